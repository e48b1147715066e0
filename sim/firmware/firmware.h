// The simulated printer's firmware: reads the job, plans, executes in time, and offers the machine to a PLR as a port.
// SPDX-License-Identifier: MIT
//
// Three places in the file at any moment, as in every real firmware:
//   feed_at   what the interpreter reads next (the look-ahead end)
//   line      the line whose motion runs now
//   told_at   up to where the PLR has been told (it lags while the PLR itself waits for its memory)
#ifndef SIM_FIRMWARE_H
#define SIM_FIRMWARE_H

#include "core/plr/plr.h"
#include "sim/firmware/planner.h"
#include "sim/plant/plant.h"

struct sim;

/// A motion made for a PLR or for homing, outside the job.
enum manual_kind { MANUAL_NONE, MANUAL_Z, MANUAL_XY, MANUAL_E, MANUAL_HOME_XY, MANUAL_LINE };

struct manual {
    enum manual_kind kind;
    struct sim_block block; ///< its speed profile
    int64_t begin_us, end_us;
    int64_t from_nm[4], to_nm[4]; ///< XY and E
    int32_t z_from_nm[PLR_Z_MAX];
    int64_t tip_nm[3]; ///< where the nozzle truly was when it began
    uint32_t motors, watch;
    int64_t delta_nm; ///< Z asked for
    int64_t speed_nm_s;
    bool probing;
    /// It began without motor supply: nothing moves, and what was counted is worth nothing.
    bool idle;
};

/// What keeps the queue from being filled further until the machine stands and the thing is done.
struct barrier {
    bool set, begun;
    uint64_t line;
    struct plr_action action;
    int32_t stage;
    int64_t until_us;
    int64_t heat_until_us; ///< a temperature is waited for no longer than this; 0: not yet set
};

/// An arc being cut into chords.
struct arc {
    bool active;
    bool begun; ///< a block of it was queued
    struct plr_action action;
    uint64_t line;
    int32_t chords, next;
    int32_t skip_ppm; ///< begin here
    double angle0, sweep, radius;
};

/// Moves were left out, and the head is not where the file has it (objects.c).
struct astray {
    bool is;
    int64_t head_nm[3]; ///< where the queue ends, machine coordinates
    int32_t drawn_nm;   ///< filament drawn back there
};

/// What a line of a script waits for.
enum script_wait {
    SCRIPT_NOTHING,
    SCRIPT_HEAT,
    SCRIPT_DWELL,
    SCRIPT_HOME_XY,    ///< G28: X and Y are homed
    SCRIPT_HOME_PLACE, ///< ... the head goes to where Z is homed
    SCRIPT_HOME_DOWN, ///< ... and down to the endstop, a pin beside the bed, or what lies under the probe
    SCRIPT_FORCED ///< FORCE_MOVE: one Z motor alone, which the counters shall not remember
};

enum { SCRIPT_TEXT = 8192 };

/// G-code outside the job: a user's macros (script.c).
struct script {
    char text[SCRIPT_TEXT];
    uint32_t at, len; ///< still to run: text[at..len)
    bool plr;         ///< a line gave the PLR a command and waits for it;
    uint32_t outer;   ///< then only what stands before this runs
    bool failed;      ///< a line could not be run: the rest was dropped
    uint32_t lines;   ///< begun since it was empty
    enum script_wait wait;
    int32_t heater, low_mc, high_mc;
    bool cool_too;
    int64_t until_us;
    uint32_t axes;                ///< of the G28 that runs
    int32_t forced_nm[PLR_Z_MAX]; ///< Z motors' counters before a FORCE_MOVE
};

struct firmware {
    bool alive;        ///< booted and powered
    bool drivers_lost; ///< drivers lost power since they were energised
    bool brake_on;     ///< braking: the planner's profiles are final
    int64_t boot_us;   ///< sim time of this boot
    uint32_t energised;
    // interpreter
    struct plr_modal ahead;
    uint64_t feed_at;
    int32_t skip_ppm; ///< of the next line, already done before a resume
    struct arc arc;
    struct plr_objects objects; ///< excluded ones
    struct astray astray;
    struct barrier barrier;
    struct sim_planner planner;
    // executor
    bool job_running, job_done, job_cancelled;
    struct plr_modal exec; ///< behind the lines begun
    uint64_t exec_at;      ///< next line to begin
    uint64_t line;         ///< running line
    int32_t line_ppm;      ///< done of it when nothing moves
    bool running;
    struct sim_block block;
    double block_begin;                                 ///< sim time, us
    int32_t layer_moves, layer_travels, layer_retracts; ///< begun in this layer
    int64_t job_begin_us;
    int64_t moves;      ///< blocks begun
    int64_t move_lines; ///< lines with motion begun: numbers of `move` triggers
    uint64_t told_at;
    // machine as believed
    int64_t xy_nm[2];
    int32_t z_nm[PLR_Z_MAX];       ///< step counter of each Z motor, as a height
    int32_t z_cycle_nm[PLR_Z_MAX]; ///< counter value at which the driver's cycle begins
    int64_t e_nm;                  ///< filament pushed, net
    struct manual manual;
    struct script script;
    uint32_t latched; ///< switches that ended the last probing move
    int32_t latched_nm[PLR_Z_MAX];
    int32_t target_mc[3]; ///< bed, nozzle, chamber
    int32_t fan_ppm[PLR_FAN_MAX];
    /// XY moved or motors changed since the last probing: the next one is a new visit.
    bool visit_stale;
    bool blocked;               ///< the PLR waits for its memory: nobody fills the queue
    bool paused;                ///< the user wants it (M25): nobody fills the queue
    int64_t dry_us;             ///< since when the queue is empty for that reason, -1 it is not
    int64_t stalls, stalled_us; ///< how often, and for how long in all
    /// The drivers were without power, and neither firmware nor PLR was told.
    bool drivers_reset;
    int64_t look_us, looked_us; ///< when their status is read next, 0 not yet; and was last
    bool fail_pending;          ///< the power-fail input fell; the PLR has not been told yet
};

/// Power-on state: motors off, heaters off, nothing known.
void firmware_boot(struct sim *sim);

/// Begin the job from its first line.
void firmware_job_begin(struct sim *sim);

/// One turn of the main loop: tell the PLR about lines, power failure and its polls, run what stands in the way of the queue, fill
/// the queue. Returns the sim time at which it wants its next turn (INT64_MAX: when something happens).
int64_t firmware_turn(struct sim *sim);

/// Read the drivers' status when that is due, and act on what it says. Returns when it is due next; INT64_MAX: it says nothing new.
int64_t firmware_look_at_drivers(struct sim *sim);
/// Somebody wants to know now: the next look is in this turn.
void firmware_look_now(struct sim *sim);

/// Fill the look-ahead queue from the file.
void firmware_feed(struct sim *sim);

/// Begin the next block if nothing moves. `at` is the exact instant in us. Returns whether something runs now.
bool firmware_next_block(struct sim *sim, double at);

/// The running block or manual motion has ended at its time.
void firmware_block_end(struct sim *sim);
void firmware_manual_end(struct sim *sim);

/// Sim time at which what moves now will have ended; INT64_MAX when nothing moves.
int64_t firmware_motion_end(const struct sim *sim);

/// Motion stops now, at once and where it is (drivers dead, or a cut inside the firmware).
void firmware_freeze(struct sim *sim);

/// Position now: commanded XY and Z motors.
void firmware_pose(const struct sim *sim, struct plant_pose *pose);

/// z_plus switches as the controller reads them at an instant of what moves now, also in the midst of a motion outside the job: a bit
/// each. The plant's own (plant_switches) stay as the last settled move left them, through a whole print.
uint32_t firmware_switches(const struct sim *sim, int64_t t_us);

/// Where execution is (struct plr_progress of the running line).
void firmware_progress(const struct sim *sim, struct plr_progress *progress);

/// Path speed now, nm/s.
int64_t firmware_speed(const struct sim *sim);

/// Rest of the files of this folder: shared among themselves.
void firmware_exec_line(struct sim *sim, uint64_t offset, size_t len);
void firmware_exec_to(struct sim *sim, uint64_t line);
int firmware_run_barrier(struct sim *sim, int64_t *wake);
int firmware_brake(struct sim *sim);
void firmware_set_heater(struct sim *sim, int heater, int32_t target_mc);
void firmware_set_fan(struct sim *sim, int fan, int32_t ppm);
bool firmware_push_line(struct sim *sim, const struct plr_action *action, uint64_t line,
                        int32_t skip_ppm);
bool firmware_arc_begin(struct sim *sim, const struct plr_action *action, uint64_t line,
                        int32_t skip_ppm);
void firmware_arc_feed(struct sim *sim);
/// A line was read whose motion begins with `drawn_nm` of filament drawn back. Is it to be left out, because its object is
/// excluded? Else the action is what the machine must do for it from where the head stands.
bool firmware_leave_out(struct firmware *fw, struct plr_action *action, int32_t drawn_nm);
/// The next line finds the head at these machine coordinates, as much filament drawn back as the file has it.
void firmware_stand(struct firmware *fw, const int64_t machine_nm[PLR_AXES]);
/// Tell the PLR about the lines that have begun since it was last told.
void firmware_tell(struct sim *sim);
/// A line from the console while a job runs: takes effect behind what the queue holds, as in Klipper. Only what sets something.
void firmware_console(struct sim *sim, const char *text);
/// Is this line a command to the PLR (PLR_*)? They go to firmware_command.
bool firmware_is_command(const char *text);
/// A command to the PLR from the console, in the firmware's own turn: what it answers goes to the report's notes.
void firmware_command(struct sim *sim, const char *text);
/// Machine coordinates at `ppm` of an action's path.
void firmware_point(const struct plr_action *action, int32_t ppm, int64_t machine_nm[4]);
void firmware_arc_point(struct sim *sim, const struct plr_action *action, int32_t ppm,
                        int64_t machine_nm[4]);
int firmware_manual_z(struct sim *sim, uint32_t motors, int64_t delta_nm, int64_t speed_nm_s,
                      uint32_t watch);
int firmware_manual_xy(struct sim *sim, const int64_t to_nm[2], int64_t speed_nm_s);
int firmware_manual_e(struct sim *sim, int64_t delta_nm, int64_t speed_nm_s);
int firmware_manual_home_xy(struct sim *sim);
/// A straight line of all axes to machine coordinates, pushing `e_nm` of filament on the way.
int firmware_manual_line(struct sim *sim, const int64_t to_nm[PLR_AXES], int64_t e_nm,
                         int64_t speed_nm_s);
/// Heaters and fans follow the change from `before` to the executed modal state.
void firmware_outputs(struct sim *sim, const struct plr_modal *before);
/// Run G-code outside the job, ahead of what runs already. Returns 0 or PLR_EFBIG.
int firmware_script(struct sim *sim, const char *text, size_t len);
/// Does G-code outside the job still run, as far as a PLR must wait for it?
bool firmware_script_busy(const struct sim *sim);
/// Motion planned ahead, in us; INT32_MAX when nothing moves.
int32_t firmware_queued_us(const struct sim *sim);
/// Go on with it. Returns when it wants a turn.
int64_t firmware_script_turn(struct sim *sim);
/// What a start macro does before a print: level the gantry and touch the bed. Afterwards equal counters mean level corners and
/// zero is the bed surface, by definition; what this machine really achieves there is the same in a run and its twin.
void firmware_level(struct sim *sim);
/// Rename the Z motors' heights (no motion).
void firmware_z_set(struct sim *sim, const int32_t z_nm[PLR_Z_MAX]);

/// The port of this machine; its context is the struct sim.
extern const struct plr_port firmware_port;

#endif
