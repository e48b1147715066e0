// What a block is searched for.
// SPDX-License-Identifier: MIT
#include "core/resume/block.h"

#define EIGHT(c) c, c, c, c, c, c, c, c
#define THIRTY(c)                              \
    {                                          \
        EIGHT(c), EIGHT(c), EIGHT(c), EIGHT(c) \
    }

// the last three: what makes X and Y, 0 and 1 the same; what makes digits the lowest numbers of all; the first that is no digit then
_Alignas(32) const char block_bytes[12][32] = {
    THIRTY('\n'), THIRTY(' '), THIRTY('.'), THIRTY('-'), THIRTY('G'), THIRTY('E'),
    THIRTY('F'),  THIRTY('Y'), THIRTY('1'), THIRTY(1),   THIRTY(80),  THIRTY(-118)};

// A negative byte leaves a zero.
#define BEFORE(whole, at)       ((at) < 8 - (whole) ? -128 : (at)-8 + (whole))
#define BEHIND(whole, size, at) ((whole) + 1 + (at) < (size) ? (whole) + 1 + (at) : -128)
#define LAYOUT(w, s)                                                                        \
    {                                                                                       \
        BEFORE(w, 0), BEFORE(w, 1), BEFORE(w, 2), BEFORE(w, 3), BEFORE(w, 4), BEFORE(w, 5), \
            BEFORE(w, 6), BEFORE(w, 7), -128, -128, BEHIND(w, s, 0), BEHIND(w, s, 1),       \
            BEHIND(w, s, 2), BEHIND(w, s, 3), BEHIND(w, s, 4), BEHIND(w, s, 5)              \
    }
#define LAYOUTS(w)                                                                            \
    LAYOUT(w, 0), LAYOUT(w, 1), LAYOUT(w, 2), LAYOUT(w, 3), LAYOUT(w, 4), LAYOUT(w, 5),       \
        LAYOUT(w, 6), LAYOUT(w, 7), LAYOUT(w, 8), LAYOUT(w, 9), LAYOUT(w, 10), LAYOUT(w, 11), \
        LAYOUT(w, 12), LAYOUT(w, 13), LAYOUT(w, 14), LAYOUT(w, 15)

_Alignas(16) const signed char block_layout[8 * 16][16] = {
    LAYOUTS(0), LAYOUTS(1), LAYOUTS(2), LAYOUTS(3), LAYOUTS(4), LAYOUTS(5), LAYOUTS(6), LAYOUTS(7)};
