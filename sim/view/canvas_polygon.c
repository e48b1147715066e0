// Filled polygons: sixteen lines of sight through every row of pixels, exact along each.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "sim/view/canvas_blend.h"

enum { SIGHTS = 16, ROW_MAX = CANVAS_SIDE_MAX };

/// Where edges cross the height y, in order.
static int32_t crossings(const struct canvas_point *corner, int32_t count, int64_t y,
                         int64_t at[CANVAS_POLYGON_POINTS])
{
    int32_t found = 0;

    for (int32_t i = 0; i < count; i++) {
        const struct canvas_point *a = &corner[i], *b = &corner[(i + 1) % count];
        if ((a->y <= y) == (b->y <= y))
            continue;
        int64_t x = a->x + (b->x - a->x) * (y - a->y) / (b->y - a->y);
        int32_t slot = found++;
        for (; slot > 0 && at[slot - 1] > x; slot--)
            at[slot] = at[slot - 1];
        at[slot] = x;
    }
    return found;
}

/// Add the span [from, to) of one line of sight: what it covers of the pixels in which it begins and ends, and in `step` where whole
/// ones begin and end. Both are relative to the row's first pixel.
static void add_span(int32_t *part, int32_t *step, int64_t from, int64_t to, int64_t width)
{
    const int64_t end = width * CANVAS_ONE;

    from = from < 0 ? 0 : from;
    to = to > end ? end : to;
    if (from >= to)
        return;
    int64_t first = from / CANVAS_ONE, last = to / CANVAS_ONE;
    if (first == last) {
        part[first] += (int32_t)(to - from);
        return;
    }
    part[first] += (int32_t)((first + 1) * CANVAS_ONE - from);
    part[last] += (int32_t)(to - last * CANVAS_ONE);
    step[first + 1] += CANVAS_ONE;
    step[last] -= CANVAS_ONE;
}

static void draw_row(struct canvas *canvas, const struct canvas_point *corner, int32_t count,
                     int32_t y, uint32_t colour)
{
    const struct canvas_rect *clip = &canvas->clip;
    int32_t part[ROW_MAX + 1], step[ROW_MAX + 1], whole = 0;
    int64_t at[CANVAS_POLYGON_POINTS];

    memset(part, 0, (size_t)(clip->w + 1) * sizeof *part);
    memset(step, 0, (size_t)(clip->w + 1) * sizeof *step);
    for (int32_t i = 0; i < SIGHTS; i++) {
        int64_t height =
            (int64_t)y * CANVAS_ONE + i * (CANVAS_ONE / SIGHTS) + CANVAS_ONE / SIGHTS / 2;
        int32_t found = crossings(corner, count, height, at);
        for (int32_t k = 0; k + 1 < found; k += 2)
            add_span(part, step, at[k] - (int64_t)clip->x * CANVAS_ONE,
                     at[k + 1] - (int64_t)clip->x * CANVAS_ONE, clip->w);
    }
    for (int32_t x = 0; x < clip->w; x++) {
        whole += step[x];
        int32_t cover = (whole + part[x]) / SIGHTS;
        if (cover)
            canvas_touch(canvas, clip->x + x, y, colour, cover);
    }
}

void canvas_polygon(struct canvas *canvas, const struct canvas_point *place, int32_t count,
                    uint32_t colour)
{
    const struct canvas_rect *clip = &canvas->clip;
    struct canvas_point corner[CANVAS_POLYGON_POINTS];
    int64_t top = INT64_MAX, low = INT64_MIN;

    if (count < 3 || count > CANVAS_POLYGON_POINTS || clip->w < 1)
        return;
    for (int32_t i = 0; i < count; i++) {
        corner[i] = canvas_near(place[i]);
        top = corner[i].y < top ? corner[i].y : top;
        low = corner[i].y > low ? corner[i].y : low;
    }
    int64_t first = top >> 8, last = low >> 8;
    first = first < clip->y ? clip->y : first;
    last = last > (int64_t)clip->y + clip->h - 1 ? (int64_t)clip->y + clip->h - 1 : last;
    for (int64_t y = first; y <= last; y++)
        draw_row(canvas, corner, count, (int32_t)y, colour);
}
