// The lines of a bench, from inside.
// SPDX-License-Identifier: MIT
#ifndef RIG_LINES_INTERNAL_H
#define RIG_LINES_INTERNAL_H

#include <sys/types.h>

#include "rig/gpio/gpio.h"
#include "rig/lines/cycles.h"
#include "rig/lines/input.h"
#include "rig/lines/lines.h"

enum {
    LINES_CYCLES = 1024,
    LINES_WHY = 120,
    LINES_ASK_AGAIN_US = 200000 ///< between two times that get_cmd is asked
};

struct output {
    int32_t slot; ///< among the lines requested; BENCH_NONE: switched by commands
    bool on;      ///< lets power through
    int64_t changed_us;
    int64_t cycle_us[LINES_CYCLES]; ///< when it went on, a ring
    uint64_t cycles;
};

struct lines {
    const struct bench *bench;
    struct gpio *gpio;
    struct gpio_want want[GPIO_LINES];
    const char *address[GPIO_LINES];
    size_t count;
    struct output relay[BENCH_RELAYS];
    struct input sense[BENCH_SENSES];
    int32_t beeper, led;
    int32_t watchdog; ///< BENCH_NONE, too, when something could not be switched off: kicked no more
    bool kicked;      ///< the watchdog's line is high
    int64_t kicked_us, looked_us;
    bool tried; ///< everything was switched off as well as can be, and no relay driven since
    lines_meanwhile *meanwhile;
    void *meanwhile_ctx;
    struct lines_edge edge[LINES_EDGES];
    uint64_t edges;
    char cycles[CYCLES_PATH]; ///< file of when relays went on, "" nothing is counted
    bool counted;             ///< something was added to it
};

/// Keep an edge for reports.
void lines_note(struct lines *lines, const struct lines_edge *edge);

/// Is an emergency stop pressed, a door open? Says which.
bool lines_stopped(const struct lines *lines, char *why, size_t room);

/// A command that switches off or asks whether it is, and what became of it.
struct lines_job {
    const char *text;
    int32_t relay;
    pid_t child; ///< 0 it is over
    int code;    ///< as of lines_command
    int64_t ended_us;
};

/// Run them all at once: together they take no longer than one, which is `most_us`.
void lines_commands_off(struct lines *lines, struct lines_job *job, int32_t jobs, int64_t most_us);

/// Run a command that is to have something on to its end, listening meanwhile. Returns its exit code; -EIO when a signal ended it, -ETIMEDOUT
/// when it took longer than that, -ECANCELED at an emergency stop or an open door, -EINTR when it was not to go on, or what listening found.
/// Where it is not 0, nothing of it is left running.
int lines_command(struct lines *lines, const char *text, int64_t most_us);

/// A moment of that: 10 ms of listening, in which an emergency stop is heard and watchdogs are kicked. Returns 0, or as above. (Where nothing may
/// end what is waited for, as an off, it is lines_pass.)
int lines_command_turn(struct lines *lines);

/// Level of a relay's line that gives or takes power.
bool lines_level(const struct bench_relay *relay, bool on);

/// Note that a relay was driven.
void lines_driven(struct lines *lines, int32_t relay, bool on, int64_t at_us);

/// Do its rules let a relay be switched now? Returns 0, -EAGAIN or -EIO with err filled.
int lines_ready(const struct lines *lines, int32_t relay, bool on, struct lab_error *err);

/// Wait until a relay's sense says so and rests, for as long as relay and debouncing may take. Returns 0, -EIO, -ECANCELED when it goes on and
/// nothing may, or another negative errno.
int lines_follow(struct lines *lines, int32_t relay, bool on, int64_t from_us);

/// When a sense that follows did so. Returns 0, or -EIO: late by less than its debounce time.
int lines_followed(const struct lines *lines, int32_t relay, int64_t from_us, int64_t *sense_us);

/// A relay did not follow. Returns -EIO.
int lines_say_stuck(const struct lines *lines, int32_t relay, bool on, struct lab_error *err);

/// Drive these relays (a bit each) off, whatever the rules: lines in one call, then commands, all at once, and what fails once more. Nothing is
/// read back: of `out` sense_us stays -1. Returns 0 or a negative errno.
int lines_drive_off(struct lines *lines, uint32_t relays, struct lines_switched out[BENCH_RELAYS]);

/// Every relay that is on and has a line, off at once: an emergency stop waits for no command. Nothing is waited for.
void lines_drop(struct lines *lines);

#endif
