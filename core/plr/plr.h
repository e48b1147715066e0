// The PLR core: records where a print is, and brings it back after power was lost.
// SPDX-License-Identifier: MIT
//
// A polled state machine. All of its state is in one `struct plr` that the caller owns and may copy; neither the port
// nor its context is stored, every call takes both. The firmware calls inward (a line begins, power fails, a command, a
// poll); the core calls outward through `struct plr_port`. Motion and heating are started and then polled. When a port call
// returns PLR_EPOWER the core does nothing more: it waits for plr_boot.
//
//   printing:   plr_job_begin -> plr_line ... plr_poll ... -> plr_job_end
//   power cut:  plr_power_fail -> plr_poll until dark
//   power back: plr_boot -> plr_command("PLR_RESUME_PRINT") -> plr_poll ... -> PLR_RESULT_RESUMED
#ifndef PLR_H
#define PLR_H

#include "core/plr/base.h"
#include "core/plr/gcode/gcode.h"
#include "core/plr/journal/journal.h"

// --- what the core is told about the machine ------------------------------------------------------

enum plr_z_reference {
    PLR_Z_PLUS, ///< every Z motor has a z_plus endstop at the top (or, floating bed, at the bottom)
    PLR_Z_KEPT, ///< no switches: the screws hold; Z is kept modulo the motors' electrical cycle
    PLR_Z_LOOSE ///< no switches, and nothing holds without power (belts): only what never lost power goes on
};

enum plr_consent {
    PLR_CONSENT_RESUME = 1u << 0, ///< the operator says: go on. Nothing heats or moves without it
    PLR_CONSENT_COLD_BED =
        1u << 1, ///< the bed was colder than its gate; the operator has checked that the part holds
    PLR_CONSENT_FILE = 1u << 2,       ///< the file changed; the operator takes it all the same
    PLR_CONSENT_CALIBRATION = 1u << 3 ///< the calibration is old or of another state of heat
};

enum { PLR_FANS_NAMED = 1u << 7 }; ///< some fans were named, and only these count (plr_fans)

enum { PLR_NO_RETRIES = 255 }; ///< samples_retries: none, where 0 is the default

/// Configuration. Names follow the [power_loss_recovery] section. Zero means the default in brackets, except where
/// a zero is itself a value (then it says so).
struct plr_config {
    // recorder
    /// Time between full saves, 0 = only on layers and power failure [30 s].
    uint32_t save_interval_us;
    /// Time between progress ticks, 0 = none but one where each layer begins.
    uint32_t tick_interval_us;
    bool save_on_layer;    ///< a full save at each layer
    bool on_command;       ///< record only between PLR_ENABLE and PLR_DISABLE; else always in a job
    uint8_t history_size;  ///< bound of save_delay, 2-20 [5]; changes nothing else
    uint8_t save_delay;    ///< states between collecting and storing, 0-4 (0 is a value)
    bool power_fail_input; ///< there is one
    /// A save, or a new block of the memory, waits while the motion queue would run dry under it.
    bool load_guard;
    /// A save waits until filament is laid: not in travels, hops and retractions.
    bool stability_check;
    /// Both intervals double while the machine has no time for saves, up to eight times, and come back.
    bool adaptive_interval;
    uint8_t fans; ///< whose speed is kept: bits 0-3, and PLR_FANS_NAMED [0: all]
    /// Electrical cycles to lift Z after the stop while power lasts (0 is a value).
    uint8_t lift_cycles;
    // machine
    uint8_t z_motors; ///< 1-4
    enum plr_z_reference z_reference;
    int32_t cycle_nm;        ///< Z of one electrical cycle (4 full steps) [160000]
    int32_t z_max_nm;        ///< highest Z that may be commanded
    int32_t z_position_nm;   ///< nominal Z of the z_plus switches
    int32_t park_nm[2];      ///< XY for Z homing; the same at CALIBRATE and RESUME
    int32_t purge_nm[2];     ///< XY for purging, away from the part
    int32_t purge_length_nm; ///< filament to push before the part is touched [8 mm]
    int32_t travel_nm_s;     ///< XY speed of the core's own moves [150 mm/s]
    // Z+ homing
    int32_t fast_move_nm_s;   ///< first approach [5 mm/s]
    int32_t slow_homing_nm_s; ///< sampling [1 mm/s]
    int32_t fast_travel_nm_s; ///< [50 mm/s]
    /// Travel fast up to this Z when the position is trusted [0: never].
    int32_t fast_travel_upto_nm;
    int32_t retract_nm;           ///< back off after the first touch [1 mm]
    int32_t sample_retract_nm;    ///< back off between samples [1 mm]
    int32_t samples_tolerance_nm; ///< a sample further than this from the median is bad [50 um]
    int32_t samples_range_nm;     ///< largest minus smallest kept sample [70 um]
    int32_t max_adjustment_nm;    ///< a corner that fell further is refused [5 mm]
    /// How far a corner may go beyond its switch, well before the frame stops it [5 mm].
    int32_t z_overtravel_nm;
    int32_t verify_tolerance_nm;         ///< second pass: what may be left per corner [20 um]
    int32_t z_height_offset_nm;          ///< added to Z after homing (0 is a value)
    int32_t adjust_offset_nm[PLR_Z_MAX]; ///< per motor (0 is a value)
    uint8_t sample_size;                 ///< [3]
    /// Sets thrown away, or strays in a row, at most [3]; PLR_NO_RETRIES: none.
    uint8_t samples_retries;
    uint8_t sample_misses; ///< touches in a row that never came before it is refused [3]
    /// Passes at least; one measures, each further one corrects half of what it sees [2].
    uint8_t probe_iterations;
    // heat
    int32_t soften_mc;   ///< nozzle temperature at which the material lets go
    int32_t ooze_mc;     ///< top of the warm window: from here it oozes
    int32_t bed_gate_mc; ///< bed colder than this since the cut: refuse (0 = no gate)
    /// Nozzle temperature while homing Z; 0 = as stored with the calibration.
    int32_t home_nozzle_mc;
    /// Chamber may differ this much from the calibration's before it must wait [5 K].
    int32_t soak_chamber_mc;
    uint64_t soak_max_us; ///< longest wait for the soak; 0 = refuse at once
    /// This machine's own correction: switch height per K of chamber (0 = none known).
    int32_t drift_nm_per_k;
    uint32_t drivers_us; ///< longest time between two looks at the drivers (plr_drivers) [1 s]
    // identity of the configuration, stored with the calibration
    uint32_t config_hash;
    uint32_t calibration_max_age_s; ///< older than this is stale; 0 = never (0 is a value)
    /// A stale calibration, or another configuration's, is used with a warning; else it is refused.
    bool calibration_warns;
    bool debug_mode; ///< reasons of every decision go to log and console, too
};

// --- what the core asks of the machine -------------------------------------------------------------

/// Where execution is: the running line, not the look-ahead end.
struct plr_progress {
    uint64_t file_offset; ///< first byte of the running line
    int32_t fraction_ppm; ///< of its path done
    int64_t machine_nm
        [PLR_AXES]; ///< commanded machine position there; in a saved state without a lift after the stop
    int32_t z_motor_nm[PLR_Z_MAX]; ///< believed height of each Z motor (its step counter in nm)
    int32_t z_phase_nm
        [PLR_Z_MAX];   ///< its place in the driver's electrical cycle, 0 <= phase < cycle_nm
    int32_t feed_nm_s; ///< path speed now
};

/// State of the motion that was started last.
struct plr_motion {
    bool busy;
    uint32_t triggered;            ///< bit per z_plus switch that stopped it
    int32_t z_motor_nm[PLR_Z_MAX]; ///< believed heights now; after a trigger: latched at the edge
    int32_t latched_nm[PLR_Z_MAX];
    bool lost; ///< the drivers lost power since they were energised: positions mean nothing
};

/// Identity of the job file.
struct plr_job {
    uint64_t size;
    uint32_t name_hash; ///< CRC-32C of the name
    char name[48];      ///< truncated from the left
};

#define PLR_LOG_PLAIN INT64_MIN

enum plr_motor_mask { PLR_MOTOR_XY = 1u << 7 }; ///< bits 0-3 are Z motors

/// Places where a user's own G-code runs: the *_gcode options of the [power_loss_recovery] section.
enum plr_hook {
    PLR_HOOK_BEFORE_RESUME,    ///< nozzle warm and clear of the part, XY homed, Z not yet
    PLR_HOOK_AFTER_RESUME,     ///< Z known, gantry level
    PLR_HOOK_BEFORE_CALIBRATE, ///< may home and heat
    PLR_HOOK_AFTER_CALIBRATE
};

/// Everything the core needs from a machine. All functions return 0 or a negative enum plr_error unless they say otherwise;
/// any may return PLR_EPOWER. None may be NULL.
struct plr_port {
    /// Microseconds since this boot; never goes back.
    uint64_t (*now_us)(void *ctx);
    struct plr_nv nv;

    // motion: one at a time; started here, watched with `motion`
    /// Energise exactly these motors (bits 0-3: Z motors; PLR_MOTOR_XY). Rotors snap to the drivers' phase.
    int (*energise)(void *ctx, uint32_t motors);
    /// Move the selected Z motors by `delta` (+ is away from the bed) and stop *all* of them at the first edge of a switch in `watch`.
    int (*z_move)(void *ctx, uint32_t motors, int32_t delta_nm, int32_t speed_nm_s, uint32_t watch);
    /// Straight XY move to machine coordinates.
    int (*xy_move)(void *ctx, const int32_t to_nm[2], int32_t speed_nm_s);
    /// Home X and Y on their endstops.
    int (*xy_home)(void *ctx);
    /// Push (or draw back) filament without moving.
    int (*e_move)(void *ctx, int32_t delta_nm, int32_t speed_nm_s);
    /// Brake on the path as hard as the machine may, drop what is queued. Starts it; motion() says when it stands.
    int (*brake)(void *ctx);
    /// How the last motion stands.
    int (*motion)(void *ctx, struct plr_motion *motion);
    /// Motion planned and not yet executed, in us: how long the machine runs on while the caller is busy. INT32_MAX at rest.
    int32_t (*queued_us)(void *ctx);
    /// Where execution is now.
    int (*progress)(void *ctx, struct plr_progress *progress);
    /// Tell the firmware how high each Z motor really is, and so where Z is.
    int (*z_set)(void *ctx, const int32_t z_motor_nm[PLR_Z_MAX]);
    /// Run a line of G-code. `motion` is busy until it is done.
    int (*run_line)(void *ctx, const char *line);
    /// Run the user's G-code for this place, if there is any. The same.
    int (*hook)(void *ctx, enum plr_hook hook);

    // sense
    /// Temperature now: heater 0 bed, 1.. nozzles, -1 chamber. PLR_ENOENT when there is no sensor.
    int (*temperature)(void *ctx, int heater, int32_t *mc);
    /// z_plus switches now, bit per motor.
    int (*switches)(void *ctx, uint32_t *triggered);
    /// 1 supply good, 0 failing.
    int (*supply)(void *ctx);

    // job file
    int (*job)(void *ctx, struct plr_job *job);
    /// Bytes read (0 at the end).
    int (*job_read)(void *ctx, uint64_t offset, void *buffer, uint32_t size);
    /// Put the firmware's modal state and file position to where `modal`/`at` say, without moving, and exclude `objects` (NULL:
    /// none) and no others; tells the machine position at that point of the path.
    int (*job_seek)(void *ctx, const struct plr_modal *modal, const struct plr_objects *objects,
                    const struct plr_progress *at, int64_t machine_nm[PLR_AXES]);
    /// Run the job from there.
    int (*job_run)(void *ctx);

    // heaters and fans
    int (*heat)(void *ctx, int heater, int32_t target_mc);
    int (*fan)(void *ctx, int fan, int32_t ppm);
    /// All heaters and fans off, at once.
    int (*heaters_off)(void *ctx);

    /// Seconds since 1970 by the machine's own clock; 0 when it has none or it was not set.
    uint64_t (*wall_s)(void *ctx);
    /// Answer whoever gave the command at hand: `len` bytes of UTF-8; lines end with a line feed. Never fails for the core.
    void (*respond)(void *ctx, const char *text, uint32_t len);
    /// A decision or an event, for people. `text` is static; ", nm", ", mK", ", mC", ", ms" at its end is the unit of `value`, PLR_LOG_PLAIN
    /// says that there is none.
    void (*log)(void *ctx, const char *text, int64_t value);
};

// --- state that is saved ---------------------------------------------------------------------------

enum plr_state_flag {
    PLR_STATE_BRAKING = 1u << 0, ///< written while braking began: the stop lies behind it
    PLR_STATE_LIFTED =
        1u << 1, ///< the nozzle was lifted after the stop; reached height in z_motor_nm
    PLR_STATE_LIFTING = 1u << 2, ///< a lift was begun: it may or may not have been made
    /// The running line lays the first filament of the job, which its modal state cannot say yet.
    PLR_STATE_LAID = 1u << 3,
    /// The drivers had let go unnoticed: the job stopped somewhere between here and the next look at them.
    PLR_STATE_BLIND = 1u << 4
};

/// A saved state: everything that a resumed move depends on, so that no scan of the file is needed.
struct plr_state {
    struct plr_modal modal;       ///< before the running line
    struct plr_progress progress; ///< the running line
    uint32_t session;             ///< number of the job since the memory was formatted
    uint32_t flags;               ///< enum plr_state_flag
    uint64_t print_us;            ///< print time so far
    struct plr_job job;
    uint64_t window_at;   ///< file window whose hash was taken: offset,
    uint32_t window_size; ///< length,
    uint32_t window_crc;  ///< CRC-32C
};

/// z_plus calibration: where each motor's switch triggers, in believed heights with the bed at 0.
struct plr_calibration {
    int32_t trigger_nm[PLR_Z_MAX];
    int32_t release_nm[PLR_Z_MAX];         ///< travel down from there until the switch opens again
    int32_t nozzle_mc, bed_mc, chamber_mc; ///< temperatures then; INT32_MIN unknown
    uint32_t config_hash;
    uint64_t made_s; ///< when, seconds since 1970; 0 unknown
    uint8_t z_motors;
};

/// Where the switch of motor `i` sits above the reference motor's (stepper_z), nm: what the plugin calls its offset.
static inline int32_t plr_calibration_offset(const struct plr_calibration *calibration, int i)
{
    return calibration->trigger_nm[i] - calibration->trigger_nm[0];
}

/// Bytes a state takes on the medium at most.
#define PLR_STATE_BYTES 384u

/// Serialise and parse (little-endian, versioned; docs/JOURNAL.md). Encode returns the size; decode returns 0 or PLR_EBADMSG.
uint32_t plr_state_encode(const struct plr_state *state, uint8_t out[PLR_STATE_BYTES]);
int plr_state_decode(struct plr_state *state, const uint8_t *data, uint32_t size);
uint32_t plr_calibration_encode(const struct plr_calibration *calibration, uint8_t out[64]);
int plr_calibration_decode(struct plr_calibration *calibration, const uint8_t *data, uint32_t size);

/// Is this state whole and plausible (ranges, fraction, offset inside the file)? Returns 0 or PLR_EBADMSG.
int plr_state_check(const struct plr_state *state);

// --- recovery, as seen from outside ------------------------------------------------------------------

/// Phases of a recovery, in order; names for cuts and reports.
enum plr_phase {
    PLR_PHASE_IDLE,
    PLR_PHASE_PRINTING,
    PLR_PHASE_BRAKING, ///< power failed; braking, committing
    PLR_PHASE_HOLDING, ///< all is saved; waiting for the dark, or for power to come back
    PLR_PHASE_BOOT,
    PLR_PHASE_MOUNT,
    PLR_PHASE_CONSENT,
    PLR_PHASE_WARM,
    PLR_PHASE_LIFT,
    PLR_PHASE_HEAT,
    PLR_PHASE_HOME_XY,
    PLR_PHASE_HOME_Z0,
    PLR_PHASE_HOME_Z1,
    PLR_PHASE_HOME_Z2,
    PLR_PHASE_HOME_Z3,
    PLR_PHASE_LEVEL,
    PLR_PHASE_VERIFY,
    PLR_PHASE_PURGE,
    PLR_PHASE_APPROACH,
    PLR_PHASE_RESUME,
    PLR_PHASE_CALIBRATE,
    PLR_PHASES
};

enum plr_result {
    PLR_RESULT_PENDING,
    PLR_RESULT_RESUMED,
    PLR_RESULT_REFUSED,
    PLR_RESULT_NOTHING, ///< nothing to resume
    PLR_RESULT_CALIBRATED,
    PLR_RESULT_HOMED ///< PLR_Z_HOME MODE=RESUME by itself: level, and Z is known
};

/// Why. One sentence each from plr_reason_text.
enum plr_reason {
    PLR_REASON_NONE,
    PLR_REASON_NO_RECORD,   ///< the memory holds no unfinished job
    PLR_REASON_NOT_STARTED, ///< nothing had been extruded yet
    PLR_REASON_ENDED,       ///< the job had ended or was given up
    PLR_REASON_BAD_STATE,   ///< a record checks but makes no sense
    PLR_REASON_NO_CONSENT,
    PLR_REASON_FILE_MISSING,
    PLR_REASON_FILE_CHANGED,
    PLR_REASON_BED_COLD,
    PLR_REASON_NO_CALIBRATION,
    PLR_REASON_OTHER_CALIBRATION, ///< calibrated with another configuration
    PLR_REASON_OLD_CALIBRATION,   ///< calibrated longer ago than calibration_max_age
    PLR_REASON_HEAT_STATE, ///< the machine is not as warm as at calibration and may not wait or correct
    PLR_REASON_NOZZLE_COLD, ///< the nozzle does not reach its window
    PLR_REASON_HEAT_TIMEOUT,
    PLR_REASON_SWITCH_STUCK,   ///< a z_plus switch is triggered where it cannot be
    PLR_REASON_SWITCH_DEAD,    ///< a z_plus switch does not trigger where it must
    PLR_REASON_SWITCH_NOISY,   ///< samples do not agree
    PLR_REASON_MAX_ADJUSTMENT, ///< a corner fell further than max_adjustment
    PLR_REASON_BINDING,        ///< a corner does not follow its motor: verification keeps failing
    PLR_REASON_VERIFY,         ///< the second pass does not agree with the first
    PLR_REASON_NO_ROOM,        ///< no room to lift
    PLR_REASON_NO_TOOL,        ///< the state's tool has no heater in this machine
    PLR_REASON_Z_LOOSE,        ///< PLR_Z_LOOSE: the motors lost power
    PLR_REASON_Z_LOST, ///< PLR_Z_KEPT: power failed while Z moved, or may have, and there is no switch to find it
    PLR_REASON_Z_BETWEEN, ///< PLR_Z_KEPT: Z stood half-way between two electrical cycles
    PLR_REASON_TOO_OLD,   ///< a layer may lie whole above the place of the newest record
    PLR_REASON_MEMORY,    ///< the memory fails
    PLR_REASON_MACHINE,   ///< the port reports an error
    PLR_REASONS
};

const char *plr_phase_name(enum plr_phase phase);    ///< "home_z0"; static, never NULL
const char *plr_reason_text(enum plr_reason reason); ///< a short sentence; static, never NULL

/// Progress of Z+ homing (private to zhome/).
struct plr_zhome {
    uint8_t step;     ///< where in the procedure
    uint8_t corner;   ///< motor being driven
    uint8_t sample;   ///< samples taken of this set
    uint8_t tries;    ///< sets thrown away
    uint8_t verifies; ///< second passes made
    uint8_t passes;   ///< passes whose touches agreed
    uint8_t misses;   ///< touches that never came
    uint8_t hangs;    ///< switches that opened too late
    uint8_t strays;   ///< false touches since the last good one
    bool calibrate;
    bool second;      ///< verification pass
    bool started;     ///< the motion of this step was started
    uint32_t touched; ///< motors whose switch was reached
    uint32_t seen;    ///< motors whose switch fired while all rose together
    /// How far each must be driven alone to get there, as raised_nm counts.
    int32_t seen_nm[PLR_Z_MAX];
    int32_t rise_nm;              ///< how far all have risen above the first touch
    int32_t raised_nm[PLR_Z_MAX]; ///< how far each was driven alone
    int32_t from_nm[PLR_Z_MAX];   ///< where each stood when the step began
    int32_t samples_nm[PLR_Z_MAX][8];
    int32_t trigger_nm[PLR_Z_MAX]; ///< median of this pass
    int32_t target_nm;             ///< where levelling drives every motor
    int32_t release_nm[PLR_Z_MAX]; ///< travel down until each switch opened
    int32_t below_nm;              ///< how far all motors stand below where they touched
    int32_t begun_nm;              ///< where it began
    int32_t down_nm;               ///< back off from the first touch
};

/// How a recovery left the nozzle, kept in its note across further cuts.
enum plr_lifted {
    PLR_LIFTED_NOT,    ///< on or close above the part
    PLR_LIFTED_BY,     ///< clear of it by lift_nm
    PLR_LIFTED_HOMING, ///< clear of it, on the way to the z_plus endstops: the height is not known
    PLR_LIFTED_MOVING, ///< PLR_Z_KEPT: Z moves; if power fails now nothing can tell where it stands
    PLR_LIFTED_TOP ///< as HOMING, and the first endstop was reached: corners may stand above theirs
};

/// The whole state of the core. Plain data; treat as opaque but for the fields marked public.
struct plr {
    struct plr_config config;
    struct plr_journal journal;
    enum plr_phase phase;   ///< public
    enum plr_result result; ///< public: of the last recovery or calibration
    enum plr_reason reason; ///< public
    int32_t reason_value;   ///< public: a number that goes with the reason (mc, nm, motor)
    bool dead;              ///< a port call said PLR_EPOWER
    bool mounted, job_active;
    bool kept; ///< the drivers never lost power (a flicker, a cancelled job): no homing needed
    /// A flicker: kept, and the nozzle is still full and hot; it goes on where it stands.
    bool in_place;
    bool alone;        ///< Z+ homing by itself, for a macro: no recovery follows
    uint8_t alone_in;  ///< phase it returns to
    bool booted;       ///< power was away and no job has run since: nothing that moves was kept
    bool told;         ///< the restored state is the one that a power failure committed
    bool note_due;     ///< the note of a recovery that is over waits for the first save
    bool recovering;   ///< power failed in a recovery, not in a print
    uint8_t lifted;    ///< is the nozzle known to be clear of the part: enum plr_lifted
    bool cancelled;    ///< the job was cancelled, not cut: its state is kept and waits for consent
    uint32_t consents; ///< given so far
    // recorder
    struct plr_modal modal; ///< before the running line
    struct plr_modal after; ///< behind it
    uint64_t line_offset;
    uint32_t line_length;
    struct plr_objects objects; ///< public: excluded from the job
    bool objects_changed;       ///< since they were stored
    uint64_t job_started_us, print_before_us;
    /// When a new place was written, by a tick or by a state that was not delayed.
    uint64_t placed_us;
    uint64_t ticked_us, collected_us;
    struct plr_state history[20];
    uint8_t history_count, history_next;
    /// Scratch of the recorder; saved state of a recovery. public in recovery.
    struct plr_state state;
    uint64_t saves, ticks; ///< public counters
    uint32_t session;
    bool ended;         ///< so says the session's record
    char kept_mesh[17]; ///< bed mesh kept by PLR_SAVE_MESH, "" for none
    bool save_wanted;
    bool console_set;      ///< a console set something that no full state in the memory has
    bool layer_begun;      ///< and no record from within or above it has said so yet
    bool risen;            ///< the running line is above what was laid before, and keeps its Z
    int64_t laid_z_nm;     ///< machine Z of the filament laid last
    bool save_now;         ///< by command: it waits for nothing
    bool laying;           ///< the running line lays filament
    uint64_t postponed_us; ///< since when a due save waits, 0 it does not
    uint64_t postpones;    ///< public counter: saves that waited
    /// Since when a new block of the memory is urgent and waits, 0 it does not.
    uint64_t take_due_us;
    uint32_t save_took_us; ///< the slowest of the last writes, as if each had been a full state's
    uint32_t take_took_us; ///< the slowest of the last new blocks, 0: none was made yet
    uint8_t stretch;       ///< the interval is so many times doubled
    /// As the job stood when the drivers were last seen to be well, and whether they were.
    struct plr_state sure;
    bool sure_set;
    // recovery
    struct plr_calibration calibration;
    bool calibrated;
    struct plr_zhome zhome;
    uint64_t phase_since_us;
    uint8_t step; ///< within the phase
    uint64_t stable_since_us;
    int32_t lifted_nm;       ///< how far above the saved height of the Z motors the nozzle was left
    int32_t lift_nm;         ///< how far the lift in progress goes
    int32_t lift_from_nm;    ///< from where
    uint32_t lift_unwatched; ///< switches that fired where they cannot be
    int64_t resume_nm[PLR_AXES];
    uint32_t tries; ///< recoveries of this state begun before this one
};

// --- inbound calls -------------------------------------------------------------------------------

/// Prepare `plr` with a configuration; touches no hardware. Returns 0, or PLR_EINVAL when the configuration is impossible.
int plr_init(struct plr *plr, const struct plr_config *config);

/// After power-on or reset: mount the memory and see whether a job is unfinished (then phase is PLR_PHASE_CONSENT).
int plr_boot(struct plr *plr, const struct plr_nv_geometry *geometry, const struct plr_port *port,
             void *ctx);

/// A job begins from its start / is done.
int plr_job_begin(struct plr *plr, const struct plr_port *port, void *ctx);
int plr_job_end(struct plr *plr, const struct plr_port *port, void *ctx);

/// The job is cancelled by the user: as plr_power_fail, but the state then waits for PLR_RESUME_PRINT.
int plr_job_cancel(struct plr *plr, const struct plr_port *port, void *ctx);

/// Execution of a line begins. Call for every line of the file in the order of execution, also those without motion.
/// `offset` is its first byte, `text` without line feed.
void plr_line(struct plr *plr, uint64_t offset, const char *text, size_t len);

/// A layer has just begun, and its tick is due: who wants the least lost of a print calls plr_poll now.
static inline bool plr_layer_due(const struct plr *plr)
{
    return plr->layer_begun && plr->risen;
}

/// May a layer begin within so long from where the job is now, at the speed that the file states? 1 (also while lines are on their way to
/// plr_line), 0, or an error of the port.
int plr_layer_near(const struct plr *plr, const struct plr_port *port, void *ctx, uint32_t us);

/// A line of G-code that is not the job's took effect while it runs: from a console, a display, a macro. What it sets holds from
/// here on: a full state that has it, or what it excludes, is stored at the next poll, so call that soon, and states from before it are
/// not gone back to. Babysteps are for
/// here, lines that lead the head elsewhere in the file's coordinates are not, and are ignored. The firmware says which object it
/// means, NAME= in place of CURRENT=1, M486 P in place of C: its own current object is the interpreter's, the core's is the
/// running line's. PLR_* go to plr_command; PLR_ENABLE and PLR_DISABLE of a console here, too.
void plr_console(struct plr *plr, const char *text, size_t len);

/// A homing move of the job has ended: these axes (bit per plr_axis) now stand at these machine coordinates.
void plr_homed(struct plr *plr, uint32_t axes, const int64_t machine_nm[PLR_AXES]);

/// The power-fail input fell. Makes the machine safe, brakes, commits. May be called from any phase.
int plr_power_fail(struct plr *plr, const struct plr_port *port, void *ctx);

/// The drivers' own status was read: call it at a steady pace (drivers_us). A dip of the supply that is over before the power-fail input
/// falls, or a machine without one, leaves a controller that runs on and motors that let go: then no place that was counted since the
/// last good look is true. Look also when plr_layer_due, before plr_poll: a job does not go back under a layer. `well`: they have not been without power since that look (of a TMC: the reset and undervoltage flags of
/// GSTAT). If they have, the machine is made safe, and the job goes on as after a power cut from where the last good look found it. May
/// be called from any phase; says nothing new where a power failure was told of already.
int plr_drivers(struct plr *plr, const struct plr_port *port, void *ctx, bool well);

/// The firmware has brought the machine by its own means to the saved place, warm and level (a user's restart macro did): take
/// the print up there. In phase CONSENT only, consent given. Returns 0, PLR_EBUSY, or a port error.
int plr_resume_here(struct plr *plr, const struct plr_port *port, void *ctx);

/// A command of the Klipper plugin's names (docs/KLIPPER.md):
///   PLR_ENABLE, PLR_DISABLE                        record or not; in a job's file they count from that line on
///   PLR_SAVE_PRINT_STATE                           save now
///   PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER= LAYER_HEIGHT=   which layer runs; a save, unless save_on_layer is off
///   PLR_QUERY_SAVED_STATE [JSON=1]                 answer with the saved state and the calibration
///   PLR_RESET_PRINT_DATA                           forget the unfinished job
///   PLR_Z_HOME MODE=CALIBRATE|RESUME               measure the switches, or level by them
///   PLR_RESUME_PRINT [CONSENT=name,name]           bring the print back
///   PLR_SAVE_MESH, PLR_LOAD_MESH                   keep the active bed mesh's name; load that profile
/// Returns 0, PLR_ENOENT (unknown: the answer says so; or nothing there), PLR_EINVAL, PLR_EBUSY, or a port error.
int plr_command(struct plr *plr, const struct plr_port *port, void *ctx, const char *text,
                size_t len);

/// What plr_poll returns while it waits for nothing but the end of a motion. A caller that hears of that end itself need not call
/// before; any other calls as often as it says.
#define PLR_POLL_MOTION_US 10000

/// Do what is due. Returns microseconds until it next wants to be called (0 = at once), or an error.
/// A caller may call earlier; it never needs to call later than motion's end or a heater's arrival.
int64_t plr_poll(struct plr *plr, const struct plr_port *port, void *ctx);

#endif
