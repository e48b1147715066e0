// Thinning: of thousands of points those that a chart can show.
// SPDX-License-Identifier: MIT
//
// A chart is divided into columns. Of each the lowest, the highest and the first marked point are kept, so that no extreme is lost and
// the size of a page does not hang on how much was measured.
#ifndef LAB_HTML_THIN_H
#define LAB_HTML_THIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thin_column {
    bool used, valued, marked;
    size_t low, high, mark; ///< numbers of points
    int64_t low_y, high_y;
};

/// What is kept so far. `column` is the caller's, zeroed.
struct thin {
    struct thin_column *column;
    size_t columns;
    size_t points; ///< that came by
};

/// A point comes by: its number (ascending), its place 0 .. AXIS_SPAN, its value when it has one. Points without one are kept where
/// they are marked, or first of a column that has nothing else.
void thin_add(struct thin *thin, size_t number, int64_t place, bool valued, int64_t y, bool marked);

/// Numbers of the points that are kept, ascending within each column and each once. Returns how many; `keep` has room for three a column.
size_t thin_kept(const struct thin *thin, size_t *keep);

#endif
