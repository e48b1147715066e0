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
    SHAPE_TEXT = 32, ///< longer lines have no shape
    SHAPE_NUMBER = 16,
    SHAPE_BITS = 9,
    SHAPES = 1 << SHAPE_BITS,
    SHAPE_NO_F = INT32_MIN ///< whatever place it is added to stays negative
};

/// What lines are looked at with, each for SHAPE_TEXT bytes: what makes digits the lowest numbers of all; the first number that is no digit
/// then, none behind G; the bits that make digits differ; a line feed. In memory, for a compiler would make them anew for each line.
extern const signed char shape_bytes[4][SHAPE_TEXT];

/// All zero: none is known.
struct shape {
    char text
        [SHAPE_TEXT]; ///< the line, its line feed too, with 0 for each digit; what is behind does not matter
    /// Which bytes from `e` on are E's digits: eight places before the dot, two that stay empty, six behind it; -128 for none.
    signed char layout[SHAPE_NUMBER];
    int32_t e_sign; ///< -1 when E is negative, else 0
    int32_t f;      ///< place of F's number; SHAPE_NO_F: the line has none
    uint32_t e;     ///< place of E's first digit or dot; 0: the line has none
    uint32_t unused;
};

/// Find out the shape of the line at `text`, `size` bytes with its line feed, if that makes it a plain move: "G0" or "G1" and words of X, Y,
/// E, F, each at most once; a blank before each and nowhere else; behind each a number that ends in a digit, of at most six digits on
/// either side of the dot, of X and Y three before it. So no number is beyond what the lexer takes, and X and Y leave no machine. The
/// line may end in CR LF. False, and `shape` is as before, if it is any other line, or a longer one.
bool shape_learn(struct shape *shape, const char *text, size_t size);

#endif
