// A small machine for tests of the core: it has a clock, a memory, four corners with hidden offsets, switches and heaters.
// SPDX-License-Identifier: MIT
//
// Everything is a field that a test may set. Nothing is random: two runs with the same fields make the same calls.
#ifndef PLR_FAKE_H
#define PLR_FAKE_H

#include "core/plr/plr.h"

#define FAKE_BLOCK  8192u
#define FAKE_BLOCKS 3u
#define FAKE_CALLS  4096u
#define FAKE_NEVER  UINT64_MAX

/// The port's functions, as they stand in the log.
enum fake_what {
    FAKE_NV_READ,
    FAKE_NV_PROG,  ///< a: block, b: bytes
    FAKE_NV_ERASE, ///< a: block
    FAKE_NV_SYNC,
    FAKE_ENERGISE, ///< a: motors
    FAKE_Z_MOVE,   ///< a: motors, b: delta
    FAKE_XY_MOVE,  ///< a, b: X, Y
    FAKE_XY_HOME,
    FAKE_E_MOVE, ///< a: delta
    FAKE_BRAKE,
    FAKE_MOTION,
    FAKE_PROGRESS,
    FAKE_Z_SET, ///< a, b: heights of motors 0 and 1
    FAKE_RUN_LINE,
    FAKE_HOOK,        ///< a: which, b: are X and Y homed?
    FAKE_TEMPERATURE, ///< a: heater
    FAKE_SWITCHES,
    FAKE_SUPPLY,
    FAKE_JOB,
    FAKE_JOB_READ,
    FAKE_JOB_SEEK, ///< a: offset, b: fraction
    FAKE_JOB_RUN,
    FAKE_HEAT, ///< a: heater, b: target
    FAKE_FAN,  ///< a: fan, b: ppm
    FAKE_HEATERS_OFF,
    FAKE_LOG, ///< b: value
    FAKE_WHATS
};

struct fake_call {
    enum fake_what what;
    int64_t a, b;
    uint64_t at_us;
    enum plr_phase phase; ///< of the core, when the call was made
};

/// A motion: all selected motors run from `from` by `delta` at one speed.
struct fake_motion {
    uint64_t begun_us, ends_us;
    uint32_t motors, triggered;
    int32_t from_nm[PLR_Z_MAX], true_from_nm[PLR_Z_MAX], slack_from_nm[PLR_Z_MAX];
    int32_t delta_nm;
    bool z;
};

struct fake {
    struct plr *plr; ///< only to note its phase in the log and to know whom to tell lines
    uint64_t now_us;
    // power
    bool dark;
    bool supply_bad;
    bool lost;            ///< drivers have lost power since they were energised
    uint64_t calls_made;  ///< port calls that may fail, since the start
    uint64_t cut_at_call; ///< the call with this number meets the dark
    uint64_t dark_calls;  ///< made although power was away
    // errors: calls of `fail` answer fail_error from the fail_skip-th on, fail_times times
    enum fake_what fail;
    int fail_error;
    uint32_t fail_skip, fail_times;
    // memory
    struct plr_nv_geometry geometry;
    uint8_t bytes[FAKE_BLOCKS][FAKE_BLOCK];
    int32_t queued_us;    ///< motion planned ahead
    uint64_t prog_us;     ///< a program takes so long
    uint64_t programmed;  ///< bytes so far
    uint64_t cut_at_byte; ///< power goes when so many are programmed
    uint32_t erases;
    // Z: true height = believed height + what nobody knows
    uint8_t z_motors;
    int32_t believed_nm[PLR_Z_MAX], true_nm[PLR_Z_MAX];
    int32_t lowest_nm; ///< that a corner was moved to; the test says from where on
    int32_t latched_nm[PLR_Z_MAX];
    int32_t follow_ppm[PLR_Z_MAX]; ///< of a motor's way that its corner makes; 1e6 whole
    /// A motor going down moves this far before its corner comes with it.
    int32_t hang_nm[PLR_Z_MAX];
    int32_t slack_nm[PLR_Z_MAX];                ///< how much of that is used up
    int32_t switch_nm[PLR_Z_MAX];               ///< true height at which each triggers
    uint32_t switch_dead, switch_stuck, closed; ///< bit per motor
    int32_t noise_nm;                           ///< a switch triggers up to this much off
    uint32_t noise_on;                          ///< bit per motor that has noise
    uint32_t noise_state;
    int32_t early_nm[PLR_Z_MAX];    ///< a false trigger this far below the switch ...
    uint32_t early_skip[PLR_Z_MAX]; ///< ... after so many passes of that place
    uint32_t early_shots[PLR_Z_MAX];
    int32_t racking_found_nm, racking_max_nm;
    uint32_t energised;
    struct fake_motion motion;
    // XY and filament
    int64_t xy_nm[2], e_nm;
    bool xy_homed;
    // heat: index is heater + 1, so 0 is the chamber, 1 the bed
    int32_t mc[2 + PLR_TOOL_MAX], target_mc[2 + PLR_TOOL_MAX];
    int32_t mc_per_s[2 + PLR_TOOL_MAX];
    bool no_chamber;  ///< there is no such sensor
    uint64_t hook_us; ///< the user's G-code keeps the machine busy so long
    int32_t fan_ppm[PLR_FAN_MAX];
    // job and the running line
    char text[2048];
    uint64_t size;
    uint32_t name_hash;
    bool missing, running;
    uint64_t line_at;
    int32_t fraction_ppm;
    uint64_t brake_to; ///< offset of the line in which braking ends; 0: the running one
    int32_t brake_ppm;
    uint64_t brake_us;
    struct plr_modal modal, seeked; ///< the firmware's own idea; as told by job_seek
    struct plr_objects objects;     ///< as told by job_seek
    // log
    struct fake_call call[FAKE_CALLS];
    uint32_t calls;
    char last_log[120];
    char last_line[64]; ///< of run_line
    uint64_t wall_s;    ///< the machine's clock, 0: not set; it stands still
    char answer[4096];  ///< what commands answered
    uint32_t answered;
};

extern const struct plr_port fake_port;

/// A machine that stands ready: four motors, level, warm bed, the standard job, an empty memory.
void fake_init(struct fake *fake, struct plr *plr);
/// A configuration that fits it.
struct plr_config fake_config(void);
/// Power returns after an outage: drivers and heaters are off, the clock begins anew. Temperatures stay as they were.
void fake_power_on(struct fake *fake);
/// Each corner falls by this much, as gantries do when motors are off.
void fake_sag(struct fake *fake, const int32_t nm[PLR_Z_MAX]);
/// Time passes.
void fake_wait(struct fake *fake, uint64_t us);
/// Start the core with a configuration and let it look into the memory.
int fake_boot(struct fake *fake, const struct plr_config *config);
/// The job begins.
int fake_begin(struct fake *fake);
/// Z+ calibration from begin to end. 0, or PLR_EIO when it was refused.
int fake_calibrate(struct fake *fake);
/// Tell the core all lines of the job up to this (by number, from 0), and be `ppm` through it.
void fake_print_to(struct fake *fake, int line, int32_t ppm);
/// File offset of a line.
uint64_t fake_offset(const struct fake *fake, int line);
/// Poll and let time pass until the core leaves what it is at (or an hour of its time is gone). Returns the last poll's answer.
int64_t fake_run(struct fake *fake, uint64_t most_us);
/// The same until it enters `phase`.
int64_t fake_run_to(struct fake *fake, enum plr_phase phase);
int fake_command(struct fake *fake, const char *text);
/// A line from the console while the job runs: firmware and core take it.
void fake_console(struct fake *fake, const char *text);
/// Highest minus lowest true corner.
int32_t fake_racking(const struct fake *fake);
/// Index of the first (last) call of this kind at or behind (before) `from`, or -1.
int fake_first(const struct fake *fake, enum fake_what what, uint32_t from);
int fake_last(const struct fake *fake, enum fake_what what);
uint32_t fake_count(const struct fake *fake, enum fake_what what);
/// First call that heats `heater`, or -1.
int fake_first_heat(const struct fake *fake, int heater, int32_t at_least_mc);

#endif
