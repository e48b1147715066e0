// All lines of a bench, held together: relays switched by their rules and read back, inputs debounced with the kernel's times.
// SPDX-License-Identifier: MIT
//
// Whoever opens a bench's lines finds every relay off and has it off when he lets go. Times are microseconds of CLOCK_MONOTONIC.
// Power is logical: a relay that is on lets its domain have power, whatever its contact and its line's polarity.
#ifndef RIG_LINES_H
#define RIG_LINES_H

#include "rig/bench/bench.h"

enum { LINES_EDGES = 256 };

/// A change of an input or a relay's line, as it happened; for reports.
struct lines_edge {
    int64_t at_us;
    bool relay;    ///< a relay's line was driven; else an input changed (bounces are kept)
    int32_t index; ///< of the bench's relay or sense
    bool on;
};

/// How a relay followed.
struct lines_switched {
    int64_t line_us;  ///< its line was driven
    int64_t sense_us; ///< its read-back followed: the first edge; -1 it has none
};

struct lines;

/// Request every line of the bench, all relays off, and wait until their read-backs say so. Returns 0, or a negative errno with err
/// filled: what is not there, who holds it, which relay's contact is stuck.
int lines_open(struct lines **out, const struct bench *bench, struct lab_error *err);

/// All off, then let go. NULL is fine.
void lines_close(struct lines *lines);

/// For how long yet may this relay not be switched there (least times, cycles in an hour)? 0 when it may.
int64_t lines_wait_us(const struct lines *lines, int32_t relay, bool on);

/// Switch a relay and wait until its read-back follows, for its switching time at most. Returns 0; -EAGAIN when its rules forbid it
/// now; -EIO when the read-back did not follow, or when it did before the line was driven; err says which. A relay that did not
/// go on is switched off again.
int lines_switch(struct lines *lines, int32_t relay, bool on, struct lines_switched *out,
                 struct lab_error *err);

/// Everything off, now, whatever the rules. Returns 0, or -EIO with err filled when a read-back did not follow: then only somebody's hand
/// at the plug helps.
int lines_all_off(struct lines *lines, struct lab_error *err);

/// Take in what the inputs did until `until_us` (0: what is there). Returns 0 or a negative errno: -ENODEV when a chip is gone.
int lines_listen(struct lines *lines, int64_t until_us);

/// What an input says, debounced; since when (its first edge).
bool lines_sense(const struct lines *lines, int32_t sense, int64_t *since_us);

/// Is a relay driven on?
bool lines_relay(const struct lines *lines, int32_t relay);

/// Drive the watchdog's line to the other level, the beeper, the LED. Nothing when the bench has none. Return 0 or a negative errno.
int lines_kick(struct lines *lines);
int lines_beep(struct lines *lines, bool on);
int lines_led(struct lines *lines, bool on);

/// The newest edges, oldest first. Returns how many of at most `room`; *lost those that were before.
size_t lines_edges(const struct lines *lines, struct lines_edge *out, size_t room, uint64_t *lost);

int64_t lines_now_us(void);

#endif
