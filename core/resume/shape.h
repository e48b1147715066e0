// The shape of a line: what it is but for its digits. Prints have few, so that a line is known by comparing it with one seen before.
// SPDX-License-Identifier: MIT
//
// Lines of one shape differ in digits alone (the one behind G is not meant: G0 and G1 are different shapes). So whether a line is a
// plain move, and where its E stands, need be found out once for each shape.
#ifndef RESUME_SHAPE_H
#define RESUME_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHAPE_HALF = 32,             ///< bytes that are looked at in one go
    SHAPE_TEXT = 2 * SHAPE_HALF, ///< longer lines have no shape
    SHAPE_NUMBER = 16,
    SHAPE_BITS = 9,
    SHAPES = 1 << SHAPE_BITS,
    SHAPE_MOVED = 80,                      ///< what makes digits the lowest numbers of all
    SHAPE_DIGIT = '9' + SHAPE_MOVED - 256, ///< the highest of them then
    SHAPE_NONE = SHAPE_DIGIT - 1           ///< another digit, which is nowhere but behind G
};

/// Set up by shapes_forget.
struct shape {
    /// The line, its line feed too, with 9 for each digit, all moved by SHAPE_MOVED; what is behind does not matter. Where a line is longer
    /// than a half its first byte is SHAPE_NONE, so that nothing is like it that was looked at for half a line only.
    signed char text[2][SHAPE_HALF];
    /// Which bytes from `e` on are E's digits: eight places before the dot, two that stay empty, six behind it; -128 for none.
    signed char layout[SHAPE_NUMBER];
    signed char weight[SHAPE_NUMBER]; ///< 10 and 1 in turn, of a negative E -10 and -1
    uint32_t inside[2];               ///< a bit for each byte of `text` that is compared
    uint32_t e;                       ///< place of E's first digit or dot; 0: the line has none
    uint32_t has_f;
    uint32_t backward;  ///< E is negative
    uint32_t unused[3]; ///< a place is found by a shift
};

/// Know none of these SHAPES.
void shapes_forget(struct shape *shapes);

/// Find out the shape of the line at `text`, `size` bytes with its line feed, if that makes it a plain move: "G0" or "G1" and words of X, Y,
/// E, F, each at most once; a blank before each and nowhere else; behind each a number that ends in a digit, of at most six digits on
/// either side of the dot, of X and Y three before it. So no number is beyond what the lexer takes, and X and Y leave no machine. The
/// line may end in CR LF. False, and `shape` is as before, if it is any other line, or a longer one.
bool shape_learn(struct shape *shape, const char *text, size_t size);

#endif
