// The world: everything that can be copied to branch a run, and the run around it.
// SPDX-License-Identifier: MIT
//
// `struct world` is plain data without pointers: plant, firmware, the device under test and the bookkeeping of events. The
// memory device is beside it (copied with it), the ledger too (append-only: a world holds its length). `struct sim` ties a
// world to what never changes in a run.
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "core/lab/scenario/scenario.h"
#include "core/lab/truth/truth.h"
#include "sim/dut/dut.h"
#include "sim/firmware/firmware.h"
#include "core/lab/job/job.h"
#include "sim/nv/nv.h"
#include "sim/math/math.h"
#include "sim/plant/plant.h"
#include "sim/world/trail.h"
#include "sim/world/watch.h"

/// Kinds of events. Each is a change of state; numbered from 0 in every run.
enum sim_event_kind {
    SIM_EVENT_MOVE,   ///< a line with motion begins: x, y, z, e
    SIM_EVENT_LAYER,  ///< layer begins: number, z
    SIM_EVENT_NV,     ///< program or erase begins: block, offset (-1: erase), size; the bytes
    SIM_EVENT_PHASE,  ///< a PLR's phase begins
    SIM_EVENT_SWITCH, ///< a watched endstop: mask, heights
    SIM_EVENT_SUPPLY, ///< mains off/on, power-fail input, rail, logic, boot
    SIM_EVENT_HEATER, ///< a target changes: heater, target
    SIM_EVENT_DISTURB,
    SIM_EVENT_JOB ///< begin, end, resume
};

/// An operation of the memory that a scripted cut fell into.
struct sim_torn {
    bool set;
    bool erase;
    uint32_t size;        ///< bytes of it
    struct lab_tear tear; ///< as asked for
};

/// Where a cut fell, for reports; beside lab_truth_cut.
struct sim_cut {
    uint64_t event;
    int32_t layer;
    int64_t file_offset;
    int32_t fraction_ppm;
    const char *during;   ///< static
    int64_t saves, ticks; ///< full states and progress ticks since boot
    int64_t saved_us;     ///< last write to the memory before mains went, -1 none
    uint64_t programmed;  ///< bytes written to the memory until mains went
    int64_t fail_bytes;   ///< bytes written between the power failure and the dark
    int64_t fail_us;      ///< when the last of them was committed
    struct sim_torn torn;
};

/// A step of a recovery, for reports.
struct sim_step {
    int32_t cut;
    uint8_t phase;
    int64_t begin_us, end_us;
};

enum { SIM_STEPS_MAX = 256, SIM_NOTES_MAX = 96, SIM_NOTE = 120 };

struct world {
    int64_t now_us;
    struct plant plant;
    struct firmware firmware;
    struct dut_state dut;
    // events
    uint64_t events;
    uint64_t hash; ///< trace hash so far
    // power script
    int32_t power_next;                         ///< entries of scenario.power begun
    int64_t mains_off_us, mains_on_us, boot_us; ///< INT64_MAX: not scheduled
    int32_t outage;                             ///< number of outages begun
    int32_t boots;                              ///< of the logic, behind an outage
    int32_t dips;          ///< ... that the supply bridged and nobody acted on; they count as none
    uint64_t noise_before; ///< the noise's cut before the outage at hand
    bool in_outage;        ///< rail and logic are gone
    bool after_power;      ///< power has returned at least once
    bool dwelling;         ///< after power return and not yet printing
    int64_t already_nm;    ///< how deep the nozzle stood at power return, or when it was cancelled
    uint32_t disturbed;    ///< bit per scenario.disturb that was triggered
    uint32_t commands;     ///< ... that is a line from the console, said and not heard yet
    int64_t disturb_us[LAB_DISTURB_MAX]; ///< when each happens; INT64_MAX: not scheduled
    int32_t phase_count[PLR_PHASES];
    uint8_t phase; ///< the DUT's, as last seen
    int64_t dut_wake_us;
    int64_t consent_us; ///< when the operator consents
    int64_t cancel_resume_us;
    int64_t heat_us; ///< last time the plant's heat was brought up to date
    struct plant_track track;
    int64_t track_us;
    size_t ledger;        ///< deposits so far
    int64_t wait_from_us; ///< idle since (dwell accounting)
    bool finished;
    bool stop_requested;
};

struct sim_macros;

/// What a device's log said while printing: one row for each sentence, told when the print stops (debug_mode).
enum { SIM_SAID_MAX = 8 };
struct sim_said {
    const char *text;
    int64_t value; ///< the newest
    int64_t times;
};

/// Where the job lies among the numbered events of a run; for sweeps.
struct sim_span {
    int64_t event_first, event_last; ///< [first, last)
    int64_t nv_first, nv_last;       ///< operations of the memory
    int32_t layer_last;              ///< -1 none
};

/// A commanded place, and where it truly is.
struct sim_spot {
    int64_t at_nm[3], tip_nm[3], part_nm[3]; ///< commanded; machine frame; the part's frame
    double near;                             ///< plant_part_near of tip_nm
    int64_t track_us, grid; ///< of the track and of the heat by which it was worked out
    bool free;              ///< nothing can stand there (world_lay)
};

/// A piece of executed motion.
struct sim_piece {
    int64_t from_nm[4], to_nm[4]; ///< commanded, of the machine
    int64_t e_nm;                 ///< filament pushed, or drawn back
    double begin_us, duration_us;
    double decay; ///< plant_filament_decay over the duration
    bool of_job;
};

/// A run.
struct sim {
    struct world world;
    struct nv_device nv;
    struct plant_model model;
    struct lab_job job;     ///< as given
    struct lab_job job_now; ///< as the printer sees it (a disturbance may change it)
    const struct lab_scenario *scenario;
    const struct dut *dut;
    bool twin; ///< uninterrupted: power script and disturbances only leave their instants
    struct surface surface; ///< valid when world.after_power
    struct lab_truth truth;
    struct sim_cut cut[LAB_TRUTH_CUTS];
    struct sim_step step[SIM_STEPS_MAX];
    int32_t steps;
    char note[SIM_NOTES_MAX][SIM_NOTE];
    int32_t notes;
    struct sim_said said[SIM_SAID_MAX];
    int32_t saids;
    int64_t power_fired_us[LAB_POWER_MAX];  ///< -1: never
    int64_t power_due_us[LAB_POWER_MAX];    ///< on the twin: when it will fire, -1 not known yet
    struct sim_cut power_at[LAB_POWER_MAX]; ///< where entries fall on the twin
    /// The first operation that cannot be torn as its cut asks for: no result counts.
    struct sim_torn misfit;
    int32_t misfit_entry; ///< of scenario.power
    /// High-water mark of net filament: what slicers call filament used ...
    int64_t filament_high_nm;
    int64_t filament_base_nm;  ///< ... less what it was when the first layer began (priming)
    bool layered;              ///< the first layer has begun
    int64_t print_begin_us;    ///< first deposit of the job, -1 none
    int64_t nv_write_us;       ///< last write to the memory, -1 none
    int64_t nv_burst_us[2];    ///< when the newest bursts of writes began, the newer first; -1 none
    int64_t nv_burst_saves[2]; ///< full states and ticks saved when the newer began
    int64_t nv_idle_us;        ///< when the memory's last operation ended, -1 none
    bool nv_busy;              ///< a write is on its way
    uint64_t found;            ///< hash of the memory at the last boot
    uint64_t nv_at_job;        ///< bytes programmed before the job began
    /// How deep the job's moves go into what it has printed, uncut: no doing of a recovery.
    int64_t own_dive_nm;
    int64_t limit_us; ///< liveness: never finished beyond this
    int64_t job_begin_us, job_end_us;
    struct sim_span span;
    /// Furthest place in the file at which a line from the console was heard; UINT64_MAX: one was not.
    uint64_t said_at;
    bool begun;   ///< the job has begun
    bool unheard; ///< nobody reads its trace hash or its notes: they are not made
    bool hold; ///< a job resumed after the last cut does not go on: somebody else looks at it then
    bool held; ///< ... and so it stands
    /// Told, before its first move, of a job that is resumed after the last cut and goes on; NULL: nobody asks. Told once.
    void (*handed)(struct sim *sim, void *ctx);
    void *handed_ctx;
    bool handing;                  ///< it has been started in this turn
    struct sim_spot spot;          ///< where the last deposit ended
    struct sim_trail *trail;       ///< recorded there, NULL: nobody asks
    const struct sim_watch *watch; ///< told of everything that happens, NULL: nobody looks
    char *answer;                  ///< catches what commands answer (dut_ask); NULL: nobody listens
    size_t answer_room;            ///< of it
    /// DUT_ANSWER bytes: the saved state as last offered, "" never; NULL: nobody asks.
    char *kept_state;
    struct sim_macros *macros; ///< the user's own, NULL when the scenario names no configuration
    char *edited;              ///< job bytes made by a disturbance
};

/// Start a run: builds model, memory, plant; soaks and calibrates as the scenario says. The first step begins the job. `sim` is the caller's; release with sim_close.
/// Returns 0, or a negative errno.
int sim_open(struct sim *sim, const struct lab_scenario *scenario,
             const struct lab_material *material, const struct lab_job *job, uint64_t seed,
             bool twin);
void sim_close(struct sim *sim);

/// A copy, as by memcpy, at the cost of what is in use and differs. `to` is a run that was copied from another of the same scenario
/// before, or all zero; what the pointers point to is shared then.
void sim_copy(struct sim *to, const struct sim *from);

/// Do these copies of a run differ in nothing but their memories, and in what is told of their cuts and in notes? Then they go on alike as long as
/// their memories say the same. (What was printed is counted, not compared: both are branches of one print.)
bool sim_same_but_memory(const struct sim *a, const struct sim *b);

/// Let the firmware have its turn, and time pass until the next thing happens. False when the run is over: the job is done, the DUT
/// has refused, or the liveness limit is reached.
bool sim_step(struct sim *sim);

/// The two halves of sim_step, for who lets time pass by a clock of his own and ends a run when he likes. The firmware has its turn;
/// returns when it wants the next, which is later than now.
int64_t sim_turn(struct sim *sim);
/// When the next thing happens, `wake_us` (of sim_turn) at the latest: let time pass to just there (world_advance, attentive), then it is
/// the firmware's turn again. However time is dealt out so, the run is the same as by sim_step.
int64_t sim_due(const struct sim *sim, int64_t wake_us);

/// The job begins now. (sim_step does it by itself.)
void sim_begin(struct sim *sim);

/// A held run goes on, as if it had never been held.
void sim_release(struct sim *sim);

/// Run to the end. Returns 0.
int sim_run(struct sim *sim);

/// Let time pass to `until_us`, with everything that moves. With `attentive`, returns early when the firmware should have a turn.
void world_advance(struct sim *sim, int64_t until_us, bool attentive);

/// port.c: when the newest burst of writes began that does not hold older places alone; -1 none.
int64_t world_committed(const struct sim *sim);

/// Bring heat and what depends on it up to now.
void world_heat(struct sim *sim);

/// Count an event and hash it with its payload.
void world_event(struct sim *sim, enum sim_event_kind kind, int64_t a, int64_t b, int64_t c,
                 int64_t d);
/// Hash further payload without counting.
void world_hash(struct sim *sim, const void *data, size_t size);

/// power.c: the script and what it does.
void world_mains_off(struct sim *sim);
void world_mains_on(struct sim *sim);
void world_power_event(struct sim *sim, enum plant_power_event event);
/// Mains come back at `at_us` after a cut that nobody knew the end of (an entry of the script whose `off_for_us` is negative). Not
/// before now.
void world_return(struct sim *sim, int64_t at_us);
/// The next entry's cut falls into an operation of the memory, of so many bytes. Returns what is left of it.
struct lab_tear world_kill_write(struct sim *sim, bool erase, uint32_t size);
void world_boot(struct sim *sim);
void world_load(struct sim *sim);
/// A cut (or a cancel) begins here: open its entry in truth and report.
void world_cut_begin(struct sim *sim);
/// How deep the nozzle stands in what is printed below it, or in the bed; 0 if it does not.
int64_t world_depth(struct sim *sim);
/// That, after power return or rotor snap, is not the recovery's doing.
void world_note_already(struct sim *sim);
/// Power is back (or a cancelled job comes back): note how things stand.
void world_note_return(struct sim *sim);
/// Where the run is, for reports.
void world_where(const struct sim *sim, struct sim_cut *cut);
/// True corner heights now, as the state after recovery.
void world_note_end(struct sim *sim);
/// Motion stands: note where, once per cut.
void world_note_stop(struct sim *sim);
/// What has been printed since it was last looked at is taken into the surface.
void world_take(struct sim *sim);
/// Is a nozzle tip at this height (machine frame) a millimetre and more above everything printed, however the part shrinks or grows
/// with its warmth? Then nothing that it may meet lies below it, and nobody need look.
bool world_clear(struct sim *sim, int64_t tip_nm);
/// What is under the nozzle now (machine frame), for outages.
int64_t world_surface(struct sim *sim);

/// trigger.c: does anything scripted begin with this?
void trigger_block(struct sim *sim); ///< a block has begun
void trigger_phase(struct sim *sim, uint8_t phase);
void trigger_event(struct sim *sim);
bool trigger_nv(struct sim *sim);   ///< power dies inside this NV operation
void trigger_time(struct sim *sim); ///< schedule entries by time when the job begins
int64_t
trigger_due(const struct sim *sim);   ///< on the twin: the next instant at which an entry would cut
void trigger_reach(struct sim *sim);  ///< on the twin: note where those due now would fall
void trigger_outage(struct sim *sim); ///< disturbances of this outage

/// disturb.c: a disturbance happens.
void world_disturb(struct sim *sim, int32_t which);
/// The firmware's turn: what was said from the console since its last one is heard now, never in the midst of what it does.
void world_commands(struct sim *sim);

/// deposit.c: what a piece of executed motion did to the part.
void world_deposit(struct sim *sim, const int64_t from_nm[4], const int64_t to_nm[4], int64_t e_nm,
                   double begin_us, double duration_us, bool of_job);
/// The same in a held run after a cut, where nothing happens but this: a piece begins where the one before ended, and until heat or track are
/// renewed what was worked out of that end holds.
void world_lay(struct sim *sim, const struct sim_piece *piece);
/// A commanded motion outside the job has led from where the tip truly was to this pose: contact, pull.
void world_commanded(struct sim *sim, const int64_t from_nm[3], const struct plant_pose *to);

/// port.c: tell what the device's log said while it printed, a line for each sentence.
void world_said(struct sim *sim);

/// A line for the report's notes. The last of SIM_NOTES_MAX says that there was more.
__attribute__((format(printf, 2, 3))) void world_note(struct sim *sim, const char *format, ...);

#endif
