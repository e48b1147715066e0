// A second, independent reading of G-code for the tests: no lexer, no modal state of the project, numbers by strtod.
// SPDX-License-Identifier: MIT
#ifndef RESUME_SECOND_H
#define RESUME_SECOND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A machine as a reader of G-code sees it. Lengths in nm.
struct second {
    int64_t nozzle[3];   ///< where the nozzle truly is
    int64_t at[4];       ///< where the program believes it is
    int64_t offset[3];   ///< SET_GCODE_OFFSET, M290
    int64_t feed;        ///< nm/s
    int64_t speed, flow; ///< M220, M221, in ppm
    int64_t pushed;      ///< filament of the last line, with flow
    int64_t owed;        ///< filament drawn back and not pushed forward again
    int64_t hot[4], bed, chamber, fan[4];
    int64_t accel, advance; ///< last M204 S, last pressure advance
    int tool, plane, motion;
    bool inch, relative, relative_e, retracted, recorded;
    bool printed; ///< something was extruded while X or Y moved
    bool homed_z; ///< G28 without axes or with Z was seen
    /// Lowest nozzle Z in a line that did not extrude, since it was set to INT64_MAX.
    int64_t lowest;
    // the last line, when it was a move
    bool moved, arc;
    int64_t from[3], words[26];
    uint32_t has;
};

/// Power-on state.
void second_init(struct second *s);
/// One line, without line feed.
void second_line(struct second *s, const char *text, size_t len);

#endif
