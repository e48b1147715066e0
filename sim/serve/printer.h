// The printer that is served: the simulated machine of a scenario, which lives by a clock outside and is cut by a hand outside.
// SPDX-License-Identifier: MIT
//
// Its time is microseconds since it was opened. The world inside advances from event to event, however time is dealt out; what is only
// read (printer_look) moves nothing. A firmware that writes to its memory is at once where the write ends; a cut that falls into it
// takes the world back to where it began, and tears it. Before its job begins, and after it has ended, a printer without power stands still: when power
// comes it is as a run begins, soaked, level and calibrated, its bed empty. In between the outage is simulated as in any run.
#ifndef SIM_SERVE_PRINTER_H
#define SIM_SERVE_PRINTER_H

#include "sim/run/run.h"

struct printer {
    struct lab_input *input; ///< the scenario as served: no cuts but those made, no consent; owned
    bool loaded;
    int disturbs;    ///< of the scenario itself; what befalls it later stands behind
    struct run run;  ///< of the twin; run.cut is the machine
    struct sim *sim; ///< the same
    /// As it was before the firmware's last turn; owned, shares what it points to.
    struct sim *before;
    bool ahead;        ///< ... which took time, and nothing was done to it since
    int64_t t_us;      ///< its time now
    int64_t shift_us;  ///< the world's time less its own
    int64_t opened_us; ///< the world's time when the machine was new
    bool stood;        ///< run.twin is that of a machine that was not new when its job began
    int64_t wake_us;   ///< when the firmware wants its next turn
    bool turned;       ///< ... and it has had the one of now
    bool off;          ///< without power and without a job: the world stands still
    bool starting;     ///< power came, the firmware runs at `starts_us`
    int64_t starts_us;
    uint32_t lost;                         ///< domains without power
    int64_t lost_us;                       ///< when the mains went
    int64_t rail_until_us, logic_until_us; ///< while `off`: the supply's capacitors
    uint64_t boots;                        ///< how often the firmware began to run
    int64_t boot_us;                       ///< the world's, of the last one seen
};

/// The scenario or ID `operand` with its sets (as run_load), its uninterrupted run, and the machine with its power on and no job.
/// Returns 0, or a negative errno with `err`. To be closed in any case.
int printer_open(struct printer *printer, const char *operand, const char *root,
                 const char *const *sets, size_t n, const uint64_t *seed, struct lab_error *err);
void printer_close(struct printer *printer);

/// Let it live until `until_us`, but one event at most. False: nothing happens until then, and it is then.
bool printer_step(struct printer *printer, int64_t until_us);
/// When the next thing happens; INT64_MAX: when something is done to it.
int64_t printer_due(const struct printer *printer);

/// Does its firmware run?
bool printer_alive(const struct printer *printer);
/// Does it print its file, with nothing amiss?
bool printer_prints(const struct printer *printer);

// --- power ---------------------------------------------------------------------------------------------------

/// A domain (enum lab_domain) loses or gets its power now. Mains go with the supply's hold-up. 24v and logic take the controller with
/// them at once, for this machine's controller has no other supply; host changes nothing here. Returns 0, or -E2BIG: a run holds
/// LAB_POWER_MAX cuts.
int printer_power(struct printer *printer, uint32_t domain, bool on);

/// What has no power now has had none for long: nothing is left in its capacitors. (Only before the job.)
void printer_settle(struct printer *printer);

/// A cut of mains to come, as a run ID writes it ("l61.30", "t2179628000", "e17004"). The one armed before is forgotten.
/// Returns 0, -EINVAL (not of that form, or it tears a write as the memory cannot), -E2BIG.
int printer_arm(struct printer *printer, const char *cut);

/// What senses beside the machine would tell.
struct printer_rails {
    bool mains; ///< present, as a detector with the supply's latency sees it
    bool rail;  ///< 24 V, until the capacitors are empty
    bool logic;
    uint32_t z_plus; ///< bit per switch that is pressed
    int64_t next_us; ///< when `mains` changes by itself; INT64_MAX
};
void printer_rails(const struct printer *printer, struct printer_rails *out);

// --- what its firmware is told ---------------------------------------------------------------------------------

/// Print the job from its first line; on a machine that has begun one already: after the bed was cleared, as if fresh. -EBUSY: it
/// prints. `offset` > 0: from there, with everything as the console has set it.
int printer_begin(struct printer *printer, uint64_t offset);
/// No further lines are read, or they are again. The queue is emptied.
void printer_pause(struct printer *printer, bool paused);
/// A line of G-code: by the script runner, or, while a job runs, what a console can set then. Returns 0 or PLR_EFBIG.
int printer_gcode(struct printer *printer, const char *line);
/// Does the script runner still work on what it was given?
bool printer_busy(const struct printer *printer);
/// Did a line since the last time fail? The rest of it was dropped.
bool printer_failed(struct printer *printer);
/// A command to the PLR; its answer as lines in `out`. Returns the command's result.
int printer_command(struct printer *printer, const char *line, char *out, size_t room);
/// Heaters off, motors without current, the firmware dead until power has gone and come.
void printer_kill(struct printer *printer);
/// Motors without current: what they held may sink.
void printer_release(struct printer *printer);
/// What is waited for is waited for no longer (a temperature).
void printer_no_wait(struct printer *printer);

// --- what befalls it ---------------------------------------------------------------------------------------------

/// In the outage at hand, or else in the next, this happens, too: corners fall by so much, or the head is moved by hand. Returns 0 or
/// -E2BIG.
int printer_sag(struct printer *printer, const int64_t corner_nm[LAB_CORNERS]);
int printer_nudge(struct printer *printer, const int64_t xy_nm[2]);
/// The nozzle's tip sits higher from now on (plant_knock).
void printer_knock(struct printer *printer, int64_t up_nm);
/// z_plus switch `which` is `mode` from now on.
void printer_endstop(struct printer *printer, int32_t which, enum lab_endstop_mode mode);
/// A new machine of the same scenario and seed, as if it had just been opened; its firmware begins to run. Returns 0 or a negative
/// errno.
int printer_again(struct printer *printer);

// --- looking at it ---------------------------------------------------------------------------------------------

struct printer_look {
    int32_t now_mc[3], target_mc[2]; ///< bed, nozzle, chamber
    int64_t at_nm[PLR_AXES];         ///< as the G-code has them
    int64_t machine_nm[3];
    /// True, in the machine's and the part's frame.
    int64_t tip_nm[3], part_nm[3], corner_nm[LAB_CORNERS];
    uint64_t file_at, file_size; ///< next byte to be read
    int32_t layer;
    bool printing, paused, done;
    enum plr_phase phase;
    enum plr_result result;
    enum plr_reason reason;
};
void printer_look(const struct printer *printer, struct printer_look *out);

/// The simulator's own verdict on the run so far, as a report's JSON (the caller frees it); NULL when there is no memory for it.
char *printer_judge(const struct printer *printer);

#endif
