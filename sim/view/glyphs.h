// The shapes of the letters.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_GLYPHS_H
#define SIM_VIEW_GLYPHS_H

#include <stdint.h>

/// A glyph on a grid: baseline at y = 0, upwards; capitals are 9 high, small letters 6, tails go to -3. Strokes as words: M and L with
/// a place each (move to, line to), Q with two (a curve: towards the first, to the second). Places have at most one decimal.
struct glyph {
    uint32_t code;  ///< Unicode
    int32_t before; ///< room left of x = 0 and
    int32_t width;  ///< from x = 0 on, up to the next glyph
    const char *strokes;
};

/// All glyphs, ASCII first and in order. The box for what is missing is the last.
extern const struct glyph glyphs[];
extern const int32_t glyph_count;

#endif
