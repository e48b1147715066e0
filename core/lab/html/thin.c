// Thinning points to what a chart can show.
// SPDX-License-Identifier: MIT
#include "core/lab/html/thin.h"

#include "core/lab/html/axis.h"

void thin_add(struct thin *thin, size_t number, int64_t place, bool valued, int64_t y, bool marked)
{
    size_t n = (size_t)place * thin->columns / (AXIS_SPAN + 1);
    struct thin_column *c = &thin->column[n];

    thin->points++;
    if (!c->used)
        c->low = c->high = number;
    if (valued && (!c->valued || y < c->low_y)) {
        c->low = number;
        c->low_y = y;
    }
    if (valued && (!c->valued || y > c->high_y)) {
        c->high = number;
        c->high_y = y;
    }
    if (marked && !c->marked)
        c->mark = number;
    c->used = true;
    c->valued = c->valued || valued;
    c->marked = c->marked || marked;
}

/// Add a number to the sorted few of one column, unless it is there.
static size_t insert(size_t *keep, size_t count, size_t number)
{
    size_t at = count;

    while (at > 0 && keep[at - 1] > number)
        at--;
    if (at > 0 && keep[at - 1] == number)
        return count;
    for (size_t n = count; n > at; n--)
        keep[n] = keep[n - 1];
    keep[at] = number;
    return count + 1;
}

size_t thin_kept(const struct thin *thin, size_t *keep)
{
    size_t kept = 0;

    for (size_t n = 0; n < thin->columns; n++) {
        const struct thin_column *c = &thin->column[n];
        size_t count = 0;
        if (!c->used)
            continue;
        count = insert(keep + kept, count, c->low);
        count = insert(keep + kept, count, c->high);
        if (c->marked)
            count = insert(keep + kept, count, c->mark);
        kept += count;
    }
    return kept;
}
