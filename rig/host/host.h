// Our recovery core on this computer, bringing back the print of somebody else's printer through its link and the taps of its switches.
// SPDX-License-Identifier: MIT
//
// The core (core/plr) sees a machine: struct plr_port, made of a link, the bench's lines and a file. Everything is polled; nothing here
// waits. What the core gets to know of a print is only what the printer proved (link_confirmed): the place is looked for on the path of
// the job's own file, never ahead of it. A cut is told by nobody: after it the core goes back to the newest place that was proved and
// stored. docs/HOST.md says what this can do and what it cannot.
//
//   host_open -> host_print -> host_turn ... (cut) ... host_recover -> host_turn ... -> HOST_PRINTING again, and so on -> host_close
//   host_open -> host_calibrate -> host_turn ... -> HOST_CALIBRATED
//
// Lengths are nanometres, times microseconds of CLOCK_MONOTONIC. Lines and link are the caller's: he turns the link, and switches power.
#ifndef RIG_HOST_H
#define RIG_HOST_H

#include "core/lab/input/input.h"
#include "core/lab/link/link.h"
#include "core/plr/plr.h"
#include "rig/lines/lines.h"

enum { HOST_GCODE = 256, HOST_WHY = 300, HOST_PATH = 200 };

/// What is to be known before.
struct host_config {
    struct plr_config plr;
    const struct lab_job *job; ///< the job's bytes, as they lie on the printer; borrowed
    char file[LINK_FILE];      ///< its name on the printer
    char store[HOST_PATH];     ///< file of the core's memory; made when there is none
    char consent[64];          ///< words for PLR_RESUME_PRINT CONSENT=, "" none but to go on
    char before[HOST_GCODE];   ///< G-code before a calibration: homes X, Y, Z
    int64_t step_nm;           ///< of looking for a switch
    int64_t settle_us;         ///< from a step's end until the switches are looked at ...
    int64_t slack_us; ///< ... of which so much is left for a tap to follow, beside its debounce
    int32_t sense[PLR_Z_MAX]; ///< of the bench: the z_plus tap of each motor
    bool klipper;             ///< the printer knows Klipper's names; else Marlin's
    /// A line for people: decisions of the core, and what it answers. May be NULL.
    void (*tell)(void *ctx, const char *what);
    void *ctx;
};

enum host_state {
    HOST_IDLE,
    HOST_PRINTING,   ///< a job runs, and is recorded; a recovery that ends here has brought it back
    HOST_RECOVERING, ///< the core brings it back
    HOST_CALIBRATING,
    HOST_CALIBRATED,
    HOST_REFUSED, ///< the core will not, or cannot with this printer: `why`
    HOST_NOTHING, ///< the memory holds nothing to bring back: `why`
    HOST_LOST, ///< the printer went away meanwhile, or this computer's file or lines failed: no verdict on the core
    HOST_STATES
};

/// How it stands.
struct host_result {
    enum host_state state;
    enum plr_phase phase;
    enum plr_reason reason; ///< of HOST_REFUSED and HOST_NOTHING
    bool resumed;           ///< the running job was brought back
    char why[HOST_WHY];     ///< a sentence, with the printer's words where it has some; else ""
    uint64_t place;         ///< byte of the job that was proved to be at work last
    int32_t place_ppm;      ///< so much of its line
    uint64_t saves;         ///< full states stored since the job began or was brought back
    uint64_t steps;         ///< steps after which switches were looked at
    uint64_t touches;       ///< slow ones: those that measure
    uint64_t late_touches;  ///< of these: switches whose taps are too slow for `slack_us`
    /// Longest from a step's end to the edge that was seen behind it; 0: all came before.
    int64_t edge_us;
    int64_t late_us;  ///< longest from a step's end to the look
    int64_t touch_nm; ///< a slow touch is known to this: the step, twice that when one was late
};

struct host;

/// What a bench and a scenario say, together: options of the core, taps, steps. The store is beside the bench file unless the bench names
/// one. Returns 0, or -EINVAL with err filled: the bench has no z_plus tap for a motor, no link, or names that cannot be said.
int host_config_make(struct host_config *out, const struct bench *bench,
                     const struct lab_input *input, struct lab_error *err);

/// Open the memory and prepare the core; nothing is said to the printer. Returns 0 or a negative errno with err filled (-EBUSY: somebody
/// else has the memory open). Lines and link must outlive it.
int host_open(struct host **out, const struct host_config *config, struct lines *lines,
              struct link *link, struct lab_error *err);

/// Let go. What was stored stays. NULL is fine.
void host_close(struct host *host);

/// The job was started on the printer from its beginning: record it. Returns 0 or a negative errno (-EIO: the memory).
int host_print(struct host *host);

/// Somebody said this to the printer's console while the job runs: what it sets holds from here on.
void host_console(struct host *host, const char *line);

/// Power went: nothing more is recorded until host_recover.
void host_dark(struct host *host);

/// Power is back and the printer ready: bring the print back. The answer comes by host_result.
void host_recover(struct host *host);

/// Measure the switches against the bed (PLR_Z_HOME MODE=CALIBRATE). X and Y are moved, and all of Z: the bed must be empty.
void host_calibrate(struct host *host);

/// Do what is due; call it after each link_turn. Returns microseconds until it next has something to do (0: at once).
int64_t host_turn(struct host *host);

/// Lives as long as the host; changes in the calls above.
const struct host_result *host_result(const struct host *host);

const char *host_state_name(enum host_state state); ///< "recovering"; static

#endif
