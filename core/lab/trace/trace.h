// A trace: what happened in one run, for those who draw, chart, compare or convert it afterwards. In memory, whole.
// SPDX-License-Identifier: MIT
//
// The simulator and the bench write the same file (writer.h makes it as a run goes on; docs/TRACE.md has its bytes); lab_trace_read
// makes it a `struct lab_trace`: what is known of the machine, and arrays in the order of time. Everything is an integer in the unit
// of its name: nm, us since the run began, milli-degC. Places are those of docs/PHYSICS.md: the bed's surface is z = 0, corners are
// FL, RL, RR, FR. Belief is what the firmware counts; truth is what the plant (or a gauge) knows.
//
// What nobody knows is LAB_TRACE_UNKNOWN (of a length, a temperature), or an empty array.
#ifndef LAB_TRACE_H
#define LAB_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lab/doc/error.h"

#define LAB_TRACE_UNKNOWN INT64_MIN
/// A place that is farther from zero is nowhere: a trace with one is refused. 17 m.
#define LAB_TRACE_PLACE_LIMIT_NM (INT64_C(1) << 34)

enum {
    LAB_TRACE_CORNERS = 4,
    LAB_TRACE_LINES_MAX = 32, ///< endstops, relays, inputs
    LAB_TRACE_CUTS_MAX = 64,
    LAB_TRACE_TEXT = 256, ///< bytes of any text in a trace, with its end
    LAB_TRACE_KEY = 48,   ///< bytes of a key or a name, with its end
};

// --- what does not change in a run ---------------------------------------------------------------------------------------------

enum lab_trace_source { LAB_TRACE_SIM, LAB_TRACE_RIG };

/// Who was traced, and the machine's shape.
struct lab_trace_meta {
    enum lab_trace_source source;
    char id[1024];                         ///< run ID: `plr-sim ID` replays it
    char scenario[LAB_TRACE_TEXT];         ///< name, "" none
    char about[LAB_TRACE_TEXT];            ///< the scenario's sentence
    char printer[LAB_TRACE_TEXT];          ///< name
    char job[LAB_TRACE_TEXT];              ///< file name
    char dut[LAB_TRACE_KEY];               ///< what brought the print back: "core"
    char material[LAB_TRACE_KEY];          ///< "ABS"
    char program[LAB_TRACE_TEXT];          ///< that wrote the trace, with its version
    int64_t post_nm[LAB_TRACE_CORNERS][2]; ///< where each Z drive holds gantry or bed, x and y
    int64_t z_motors;                      ///< 1 to 4, 0 not told; the rest of `post_nm` repeats
    /// enum lab_z_drive: 0 belts carry the gantry, 1 screws carry the bed, 2 screws carry X.
    int64_t z_drive;
    int64_t travel_nm[3];          ///< machine volume from 0: bed size and height
    int64_t xy_endstop_nm[2];      ///< where X and Y are homed
    int64_t z_endstop_nm;          ///< height of the z_plus switches; LAB_TRACE_UNKNOWN: none
    int64_t xy_step_nm, z_step_nm; ///< of a microstep
    int64_t core_xy;               ///< 1: motors A = X + Y, B = X - Y; 0: a motor for each axis
    int64_t begin_us;              ///< time of the first record
};

/// A line that is either on or off.
enum lab_trace_line_role {
    LAB_TRACE_ENDSTOP,
    LAB_TRACE_RELAY,
    LAB_TRACE_INPUT ///< anything else that is sensed
};
struct lab_trace_line {
    char name[LAB_TRACE_KEY]; ///< "z_plus0", "mains"
    enum lab_trace_line_role role;
};

/// The word for a number: of a phase, a state, a kind of event.
enum lab_trace_domain { LAB_TRACE_PHASE, LAB_TRACE_STATE, LAB_TRACE_EVENT, LAB_TRACE_DOMAINS };
struct lab_trace_name {
    enum lab_trace_domain domain;
    int64_t value;
    char text[LAB_TRACE_KEY];
};

// --- what happened, each array by time -----------------------------------------------------------------------------------------

/// A numbered event of the run, with its payload (docs/TRACE.md#events says what a to d are for each kind).
struct lab_trace_event {
    int64_t t_us;
    int64_t number;
    int32_t kind; ///< enum lab_trace_event_kind of a simulated run
    int64_t a, b, c, d;
};
/// Kinds of events, as they stand in every trace.
enum lab_trace_event_kind {
    LAB_TRACE_EVENT_MOVE,  ///< a line with motion begins: to x, y, z in nm, filament nm
    LAB_TRACE_EVENT_LAYER, ///< number from 0, z nm
    LAB_TRACE_EVENT_NV,    ///< block, offset (-1: erase), size
    LAB_TRACE_EVENT_PHASE, ///< number of the phase, how often it has begun
    LAB_TRACE_EVENT_SWITCH,
    LAB_TRACE_EVENT_SUPPLY, ///< 1 mains off, 2 mains on, 3 died at once, 11 power-fail input, 12 good again, 13 rail, 14 logic, 100 motors
    LAB_TRACE_EVENT_HEATER, ///< 0 bed, 1 nozzle; target
    LAB_TRACE_EVENT_DISTURB,
    LAB_TRACE_EVENT_JOB, ///< 1 begin, 2 end, 3 goes on at byte b
    LAB_TRACE_EVENT_KINDS
};

/// Feeding of the machine. A bit is "lives"; LAB_TRACE_FAIL is "the power-fail input says failing".
enum lab_trace_power_bit {
    LAB_TRACE_MAINS = 1,
    LAB_TRACE_FAIL = 2,
    LAB_TRACE_RAIL = 4,   ///< 24 V: drivers hold
    LAB_TRACE_LOGIC = 8,  ///< the controller has power
    LAB_TRACE_ALIVE = 16, ///< its firmware runs
};
struct lab_trace_power {
    int64_t t_us;
    uint32_t bits;   ///< from then on
    uint32_t motors; ///< that have current: bit per Z motor, bit 7 X and Y
};

/// A number with a word: the phase of the PLR, or the state of a rig.
struct lab_trace_phase {
    int64_t t_us;
    enum lab_trace_domain domain; ///< LAB_TRACE_PHASE or LAB_TRACE_STATE
    int64_t value;
};

enum lab_trace_motion_kind {
    LAB_TRACE_MOVE,     ///< of the job
    LAB_TRACE_Z,        ///< Z motors, maybe not all
    LAB_TRACE_XY,       ///< travel outside the job
    LAB_TRACE_E,        ///< filament alone
    LAB_TRACE_HOME,     ///< X and Y to their endstops
    LAB_TRACE_STRAIGHT, ///< all axes, outside the job
    LAB_TRACE_JUMP,     ///< of no duration: sag, snap, homing, a frame renamed
    LAB_TRACE_MOTIONS
};
/// A straight piece of motion. In between, the share done follows a trapezoid of speed (lab_trace_share).
struct lab_trace_motion {
    int64_t t_us;
    int64_t duration_us; ///< 0: a jump
    /// Speeding up and slowing down: parts of the duration, together not more than it.
    int64_t up_us, down_us;
    /// Speed at its beginning, in between, at its end; all 0: steady.
    int64_t v0_um_s, cruise_um_s, v1_um_s;
    enum lab_trace_motion_kind kind;
    int64_t from_nm[4], to_nm[4]; ///< belief: x, y, z, e (filament pushed in all)
    bool true_known;
    int64_t true_from_nm[3], true_to_nm[3]; ///< tip of the nozzle, machine frame
};

/// A heights' change: over `duration_us` from what they were to these (0: at once).
struct lab_trace_corners {
    int64_t t_us, duration_us;
    int64_t believed_nm[LAB_TRACE_CORNERS]; ///< step counters
    int64_t true_nm[LAB_TRACE_CORNERS];     ///< LAB_TRACE_UNKNOWN: no gauge
};

enum lab_trace_heat { LAB_TRACE_NOZZLE, LAB_TRACE_BED, LAB_TRACE_CHAMBER, LAB_TRACE_HEATS };
/// A point of a temperature's curve: between two points it is straight, to within LAB_TRACE_HEAT_MC.
struct lab_trace_temperature {
    int64_t t_us;
    int64_t mc; ///< as its sensor shows it
};
enum { LAB_TRACE_HEAT_MC = 250 };

/// A target that was set.
struct lab_trace_target {
    int64_t t_us;
    enum lab_trace_heat heat;
    int64_t mc;
};

/// All lines at once, from then on: bit i is lab_trace.line[i], 1 pressed, closed or high.
struct lab_trace_levels {
    int64_t t_us;
    uint32_t bits;
};

/// What became of an operation of the memory.
enum lab_trace_nv_end { LAB_TRACE_NV_DONE, LAB_TRACE_NV_TORN, LAB_TRACE_NV_GIVEN_UP };
struct lab_trace_nv {
    int64_t t_us, duration_us; ///< busy
    int64_t block, offset;     ///< offset -1: an erase
    int64_t size;              ///< bytes asked for; 0: a sync
    enum lab_trace_nv_end end;
};

/// Filament that was laid: a piece of path in the part's own frame. The same as struct lab_deposit, and which motion laid it.
struct lab_trace_deposit {
    int64_t t_us, duration_us;
    int64_t from_nm[3], to_nm[3];
    int64_t e_nm, deficit_nm; ///< filament pushed, and how much of it is missing (pressure)
    int64_t motion;           ///< index, -1 none (the twin's)
};

/// Where a printer has proved to be (link_confirmed): of a rig, which does not see motions.
struct lab_trace_place {
    int64_t t_us;
    int64_t at_nm[4];
    int64_t file_at; ///< byte of the job; LAB_TRACE_UNKNOWN
};

/// A sentence that came up: the device's log, an operator's doing.
struct lab_trace_note {
    int64_t t_us;
    char text[LAB_TRACE_TEXT];
};

/// A layer as it began.
struct lab_trace_layer {
    int64_t t_us, number, z_nm;
    size_t deposit; ///< deposits before it
};

/// A stretch in which the count of Z is lost: the firmware has started and counts from anywhere. It ends where Z is homed, where a device
/// that homes none sets its count, where the print goes on, or where the firmware dies.
struct lab_trace_lost {
    int64_t from_us, until_us;
};

// --- what was made of it, at the end of a trace --------------------------------------------------------------------------------

/// A cut, as struct lab_truth_cut and the alignment have it. -1: never.
struct lab_trace_cut {
    int64_t mains_us, detected_us, stopped_us, drivers_us, logic_us, back_us, first_extrusion_us;
    int64_t event;        ///< number of the next event when mains went
    int64_t layer, line;  ///< of the job; line from 1
    int64_t offset;       ///< byte of the job's file
    int64_t fraction_ppm; ///< of that line's motion
    int64_t stop_nm[3];   ///< tip at standstill
    /// True corners at standstill and when power came back.
    int64_t before_nm[LAB_TRACE_CORNERS], after_nm[LAB_TRACE_CORNERS];
    int64_t deposit; ///< deposits of the run before it
    int64_t matched; ///< 1: the path after it was found in the twin, then:
    /// Along the twin's path: where it ended, where it went on (later: a gap; earlier: an overlap).
    int64_t cut_at_nm, resumed_at_nm;
    int64_t z_error_nm, shift_x_nm, shift_y_nm; ///< means over the first resumed path
    int64_t first_path_nm;                      ///< its length
    int64_t twin_from, twin_count; ///< of lab_trace.twin: the uncut print around this cut
    int64_t twin_at_nm;            ///< along the twin's path: where that begins
};

/// A measure as judged. Strings as in reports.
struct lab_trace_measure {
    char key[LAB_TRACE_KEY], unit[16], outcome[16]; ///< "z_offset_error_um", "um", "pass"
    bool known, limited, warned;
    int64_t value, min, max, p95, limit, warn;
};

struct lab_trace_verdict {
    bool known;
    char outcome[16], result[32]; ///< "pass", "resumed"
    char reason[LAB_TRACE_TEXT], why[LAB_TRACE_TEXT];
    uint64_t trace_hash; ///< of the report
};

// --- the whole -----------------------------------------------------------------------------------------------------------------

/// All of a trace. Owns its arrays; zero it to begin, release with lab_trace_free.
struct lab_trace {
    struct lab_trace_meta meta;
    struct lab_trace_line line[LAB_TRACE_LINES_MAX];
    size_t lines;
    struct lab_trace_name *name;
    size_t names, name_room;
    struct lab_trace_event *event;
    size_t events, event_room;
    struct lab_trace_power *power;
    size_t powers, power_room;
    struct lab_trace_phase *phase; ///< both domains, by time
    size_t phases, phase_room;
    struct lab_trace_motion *motion;
    size_t motions, motion_room;
    struct lab_trace_corners *corners;
    size_t corner_count, corners_room;
    struct lab_trace_temperature *heat[LAB_TRACE_HEATS];
    size_t heats[LAB_TRACE_HEATS], heat_room[LAB_TRACE_HEATS];
    struct lab_trace_target *target;
    size_t targets, target_room;
    struct lab_trace_levels *levels;
    size_t level_count, levels_room;
    struct lab_trace_nv *nv;
    size_t nvs, nv_room;
    struct lab_trace_deposit *deposit;
    size_t deposits, deposit_room;
    /// Of the uncut print, around each cut: lab_trace_cut.twin_from.
    struct lab_trace_deposit *twin;
    size_t twins, twin_room;
    struct lab_trace_place *place;
    size_t places, place_room;
    struct lab_trace_note *note;
    size_t notes, note_room;
    struct lab_trace_layer *layer; ///< made from the events
    size_t layers, layer_room;
    struct lab_trace_lost *lost; ///< made from supply, phases and motions
    size_t losts, lost_room;
    struct lab_trace_cut *cut;
    size_t cuts, cut_room;
    /// Of a torn trace: so many of them, the last, are no records but made of those of supply.
    size_t cuts_made;
    struct lab_trace_measure *measure;
    size_t measures, measure_room;
    struct lab_trace_verdict verdict;
    int64_t end_us; ///< time of the last record
    /// The trace was ended by who wrote it. Else `torn` says what became of it; of a whole one what follows its end.
    bool whole;
    char torn[LAB_TRACE_TEXT];
};

void lab_trace_free(struct lab_trace *trace);

/// Read a trace from memory. `name` is the file's, for messages. A trace that stops in the midst (who wrote it died) is read up to the
/// last block that is whole, and `whole` and `torn` say so: that is no error. Cuts are written last; those that a torn trace lacks are
/// made of its records of supply (`cuts_made`), without what only an oracle knows: line, offset, where the print went on. Returns 0; LAB_EINVAL when it is no trace, of a later
/// version, or nonsense behind a good checksum; LAB_ENOMEM. `trace` may be freed in every case.
int lab_trace_read(const char *name, const void *bytes, size_t size, struct lab_trace *trace,
                   struct lab_error *err);
/// The same from a stream, from where it stands to its end. Also LAB_EIO.
int lab_trace_read_stream(const char *name, FILE *in, struct lab_trace *trace,
                          struct lab_error *err);
/// The same from a file ("-" is stdin). Also LAB_ENOENT, LAB_EISDIR.
int lab_trace_read_file(const char *path, struct lab_trace *trace, struct lab_error *err);

/// Write a trace that is in memory. `put` gets pieces in order and returns 0 or a negative errno, which is returned.
/// What is read from it is the same trace. Returns 0, -ENOMEM or what `put` says.
int lab_trace_write(const struct lab_trace *trace,
                    int (*put)(void *ctx, const void *bytes, size_t size), void *ctx);
/// The same to a stream. Returns 0 or -EIO.
int lab_trace_write_file(const struct lab_trace *trace, void *stream);

// --- asking it -----------------------------------------------------------------------------------------------------------------

/// Everything at an instant. Indices are -1 where there is nothing yet.
struct lab_trace_state {
    int64_t t_us;
    int64_t motion;       ///< the newest that has begun
    bool moving;          ///< it has not ended
    int64_t share_ppm;    ///< of it done
    int64_t belief_nm[4]; ///< x, y, z, e; LAB_TRACE_UNKNOWN before the first motion
    bool lost;            ///< struct lab_trace_lost: `belief_nm[2]` and `believed_nm` say nothing
    bool true_known;
    int64_t true_nm[3]; ///< tip of the nozzle
    bool corners_known;
    int64_t believed_nm[LAB_TRACE_CORNERS],
        /// Of the four corners; the true ones may be LAB_TRACE_UNKNOWN.
        corner_nm[LAB_TRACE_CORNERS];
    /// LAB_TRACE_UNKNOWN: nobody said.
    int64_t heat_mc[LAB_TRACE_HEATS], target_mc[LAB_TRACE_HEATS];
    uint32_t power, motors; ///< bits of enum lab_trace_power_bit
    uint32_t levels;        ///< of the lines
    int64_t phase, state;   ///< numbers, for lab_trace_word; -1 none yet
    int64_t event;          ///< index of the newest
    int64_t nv;             ///< index of the newest operation of the memory that has begun
    bool nv_busy;           ///< it has not ended
    int64_t layer;          ///< index of the newest
    size_t deposits;        ///< that have begun: lab_trace.deposit[0 .. deposits)
    int64_t cut;            ///< index of the newest cut whose mains have gone
};

/// The state at an instant, in O(log n). Before the first record everything is as unknown; behind the last it stays.
void lab_trace_at(const struct lab_trace *trace, int64_t t_us, struct lab_trace_state *out);

/// Does the trace know what only the inside of a machine shows: the power-fail input, and which motors have current? A bench measures
/// neither: LAB_TRACE_FAIL and `motors` say nothing then.
bool lab_trace_sees_inside(const struct lab_trace *trace);

/// How much of a motion is done at an instant: 0 to 1,000,000. Integers only.
int64_t lab_trace_share(const struct lab_trace_motion *motion, int64_t t_us);

/// The word for a number ("home_z0"), or "" when the trace has none. Belongs to the trace.
const char *lab_trace_word(const struct lab_trace *trace, enum lab_trace_domain domain,
                           int64_t value);

/// Index of the last of `count` things of `stride` bytes, each beginning with its time in int64 us, that is not later than `t_us`;
/// -1: all are later. For who walks the arrays himself.
int64_t lab_trace_last(const void *first, size_t count, size_t stride, int64_t t_us);

#endif
