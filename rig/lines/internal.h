// The lines of a bench, from inside.
// SPDX-License-Identifier: MIT
#ifndef RIG_LINES_INTERNAL_H
#define RIG_LINES_INTERNAL_H

#include "rig/gpio/gpio.h"
#include "rig/lines/lines.h"

enum { LINES_CYCLES = 1024 };

struct output {
    int32_t slot; ///< among the lines requested; BENCH_NONE: switched by commands
    bool on;      ///< lets power through
    int64_t changed_us;
    int64_t cycle_us[LINES_CYCLES]; ///< when it went on, a ring
    uint64_t cycles;
};

struct input {
    int32_t slot;
    bool raw;           ///< the line
    bool said;          ///< debounced
    int64_t raw_us;     ///< first edge of the last burst of edges
    int64_t changed_us; ///< last edge
    int64_t said_us;
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
    bool off; ///< every relay is known to be off
    struct lines_edge edge[LINES_EDGES];
    uint64_t edges;
};

/// Keep an edge for reports.
void lines_note(struct lines *lines, const struct lines_edge *edge);

#endif
