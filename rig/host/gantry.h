// A printer that is not there, for tests of the host: lines.h and link.h once more, over four corners, switches, and a file.
// SPDX-License-Identifier: MIT
//
// It carries out the G-code it is given, keeps what it was told, and prints nothing by itself: a test says what it has proved of its
// place. Everything is a field that a test may set. Time is the test's own.
#ifndef RIG_HOST_GANTRY_H
#define RIG_HOST_GANTRY_H

#include "rig/host/internal.h"

enum { GANTRY_LOG = 65536 };

struct gantry {
    int64_t now_us;
    // the link
    struct link_status status;
    uint32_t abilities;
    int64_t answer_us; ///< a command takes so long
    int64_t until_us;  ///< the command under way
    int answer;
    const char *refuses; ///< a command that begins so is refused, with `words`
    const char *words;
    uint64_t lost_after; ///< so many commands on, it is gone
    bool tells;          ///< it proves at once where it is, as one does that prints nothing
    int64_t confirmed_us, confirmed_nm[PLR_AXES], confirmed_file;
    // the machine
    struct plr_modal modal; ///< as its firmware has it
    int64_t xy_nm[2], e_nm;
    int64_t true_nm[PLR_Z_MAX], z_nm; ///< corners; what the firmware believes of Z
    int64_t switch_nm[PLR_Z_MAX];     ///< a switch closes at this true height ...
    int64_t hysteresis_nm;            ///< ... and opens so far below
    uint32_t dead, stuck, closed;
    int64_t overtravel_nm[PLR_Z_MAX]; ///< furthest that a corner was above its switch
    int64_t debounce_us, since_us[PLR_Z_MAX];
    int64_t tap_us;     ///< from a switch to its tap's edge
    int64_t heat_mc[3]; ///< targets: bed, nozzle, chamber; they are reached at once
    int fan;
    char selected[64];
    int64_t seek;
    bool runs; ///< M24
    // what was said, a line each
    char log[GANTRY_LOG];
    size_t logged;
    uint64_t commands;
    uint64_t moments; ///< the lines were listened to while something took its time
};

extern struct gantry gantry;
extern struct lines *const gantry_lines;
extern struct link
    *const gantry_link; ///< gantry_link.c has it; a test may have a real one in its place

/// Ready, level at 0, cold, able to move one motor; switches at 100 mm, each a little off.
void gantry_begin(void);

/// A configuration that fits it, with a job of two layers, and a memory that does not exist yet.
void gantry_config(struct host_config *config);

/// Another job in its place.
void gantry_job(const char *text);

/// The printer is told a line: it is kept, and carried out. Returns 0, -EIO when it is to be refused, -EPIPE when nobody is there any more.
int gantry_take(const char *line);

/// The memory's folder is removed.
void gantry_end(void);

/// Offset of the job's n-th line, from 0.
uint64_t gantry_line(int n);

/// Corners fall by so much, everything is off; power is back and the printer ready.
void gantry_cut(const int64_t fall_nm[PLR_Z_MAX]);

/// The printer proved this place, now.
void gantry_prove(int64_t x_nm, int64_t y_nm, int64_t z_nm, int64_t e_nm, int64_t file_at);

/// Let `host` do what it does until its state is another one, or an hour of its time is gone.
enum host_state gantry_run(struct host *host);

/// The newest line of what was said that begins so, up to the end of the log; NULL none.
const char *gantry_last(const char *command);

#endif
