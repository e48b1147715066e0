// A GPIO chip that is not there, for tests of lines: gpio.h once more. Its contacts take their time, and it fails as it is told to.
// SPDX-License-Identifier: MIT
#ifndef RIG_LINES_DOUBLE_CHIP_H
#define RIG_LINES_DOUBLE_CHIP_H

#include <stdbool.h>
#include <stdint.h>

enum { CHIP_LINES = 8, CHIP_CALLS = 16 };

/// Lines "L0" to "L7"; a bench has them in the order of its file.
struct double_chip {
    int find, open, get, set; ///< what these return in place of what is so; 0 nothing is wrong
    bool held;                ///< somebody has its lines
    bool level[CHIP_LINES];
    int shows[CHIP_LINES]; ///< 1 + the output whose contact this input shows; 0 none
    int64_t
        late_us[CHIP_LINES]; ///< an output's contact follows so long behind the call's beginning
    bool stuck[CHIP_LINES];  ///< or never
    int64_t edge_us[CHIP_LINES]; ///< an input follows then, or turns; 0 it does not
    bool loses;                  ///< tells of no edge
    int64_t set_us;              ///< a call that sets takes so long
    uint64_t call[CHIP_CALLS];   ///< the newest of these: which lines
    int calls;
};

extern struct double_chip chip;

#endif
