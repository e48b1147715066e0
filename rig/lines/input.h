// One input over time: from edges to what it says. Pure.
// SPDX-License-Identifier: MIT
//
// What an input says changes when its line has stayed so for its debounce time. An emergency stop or a door does not wait for that: it acts when it
// was active for a millisecond at a stretch (or its debounce time, where that is shorter), or for its debounce time in sum within ten of them, and
// only its release is debounced. So no chatter keeps it from being heard. Times are microseconds.
#ifndef RIG_LINES_INPUT_H
#define RIG_LINES_INPUT_H

#include <stdbool.h>
#include <stdint.h>

enum { INPUT_SLOTS = 10, INPUT_GLITCH_US = 1000 };

/// An input. `stops` and `debounce_us` are given; input_begin sets the rest.
struct input {
    bool stops; ///< emergency stop or door
    int64_t debounce_us;
    int32_t slot;       ///< among the lines requested
    bool raw;           ///< the line
    bool said;          ///< debounced
    bool heard;         ///< of what stops: it was active once, and that is not forgotten
    bool due;           ///< of what stops: it was active for long enough, and nobody has been told
    int64_t raw_us;     ///< first edge of the last burst of edges
    int64_t changed_us; ///< last edge
    int64_t said_us;
    int64_t active_us[INPUT_SLOTS]; ///< active in the newest slots of a debounce time each
    int64_t newest;                 ///< of them
};

/// As it is now, for as long as one likes.
void input_begin(struct input *input, bool on, int64_t now_us);

/// An edge: the line is `on` since then. Edges come in order; one that does not is taken for the newest.
void input_hear(struct input *input, bool on, int64_t at_us);

/// Time has passed. Returns whether it says something else now.
bool input_settle(struct input *input, int64_t now_us);

/// When input_settle may have something to say next without another edge; INT64_MAX never.
int64_t input_next_us(const struct input *input);

/// Has it not yet been quiet for its debounce time?
bool input_moves(const struct input *input, int64_t now_us);

/// Has it moved for longer than any contact bounces (half a second and ten debounce times), and does so still?
bool input_is_restless(const struct input *input, int64_t now_us);

#endif
