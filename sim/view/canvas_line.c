// Lines and circles by how far a pixel's middle is from them.
// SPDX-License-Identifier: MIT
#include "sim/view/canvas_blend.h"

uint32_t canvas_root(uint64_t value)
{
    uint64_t root = 0;

    if (!value)
        return 0;
    for (uint64_t bit = 1ull << ((63 - __builtin_clzll(value)) & ~1); bit; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/// The pixel that holds a place, also left of and above the picture.
static int64_t pixel_of(int64_t sub)
{
    return sub >> 8;
}

/// Coverage from the distance to an edge: half a pixel inside is all, half a pixel outside nothing.
static int32_t cover_of(int64_t inside)
{
    return (int32_t)least(most(inside + CANVAS_ONE / 2, 0), CANVAS_ONE);
}

static int64_t distance(int64_t dx, int64_t dy)
{
    return canvas_root((uint64_t)(dx * dx + dy * dy));
}

/// Coverage of a disc, so far from its middle; roots are drawn only at its edge.
static int32_t round_cover(int64_t dx, int64_t dy, int64_t radius)
{
    int64_t square = dx * dx + dy * dy, outside = radius + CANVAS_ONE / 2,
            inside = radius - CANVAS_ONE / 2;

    if (square >= outside * outside)
        return 0;
    if (inside > 0 && square <= inside * inside)
        return CANVAS_ONE;
    return cover_of(radius - distance(dx, dy));
}

/// A stroke made ready: direction in 1/65536, so that a pixel costs two products.
struct stroke {
    struct canvas_point from, to;
    int64_t length, ux, uy, half;
};

static struct stroke stroke_of(struct canvas_point from, struct canvas_point to, int64_t half)
{
    int64_t dx = to.x - from.x, dy = to.y - from.y, length = distance(dx, dy);

    return (struct stroke){.from = from,
                           .to = to,
                           .length = length,
                           .ux = length ? dx * 65536 / length : 0,
                           .uy = length ? dy * 65536 / length : 0,
                           .half = half};
}

static int32_t stroke_cover(const struct stroke *s, int64_t x, int64_t y)
{
    int64_t dx = x - s->from.x, dy = y - s->from.y;
    int64_t along = (dx * s->ux + dy * s->uy) >> 16;
    int32_t cover;

    if (along <= 0) {
        cover = round_cover(dx, dy, s->half);
    } else if (along >= s->length) {
        cover = round_cover(x - s->to.x, y - s->to.y, s->half);
    } else {
        int64_t away = (dy * s->ux - dx * s->uy) >> 16;
        cover = cover_of(s->half - (away < 0 ? -away : away));
    }
    // a line thinner than a pixel covers no more than its width
    return s->half < CANVAS_ONE / 2 ? (int32_t)least(cover, 2 * s->half) : cover;
}

int32_t canvas_stroke_cover(struct canvas_point from, struct canvas_point to, int32_t half,
                            struct canvas_point at)
{
    struct stroke s = stroke_of(from, to, half);

    return stroke_cover(&s, at.x, at.y);
}

/// Move one end along the line to where coordinate `a` (of the pair a, b) is `bound`.
static void cut_end(int64_t *a, int64_t *b, int64_t other_a, int64_t other_b, int64_t bound)
{
    *b += (bound - *a) * (other_b - *b) / (other_a - *a);
    *a = bound;
}

/// Keep of a line what lies in [low, high] of coordinate a. False: nothing does.
static bool cut_axis(int64_t *a0, int64_t *b0, int64_t *a1, int64_t *b1, int64_t low, int64_t high)
{
    if ((*a0 < low && *a1 < low) || (*a0 > high && *a1 > high))
        return false;
    if (*a0 < low || *a0 > high)
        cut_end(a0, b0, *a1, *b1, *a0 < low ? low : high);
    if (*a1 < low || *a1 > high)
        cut_end(a1, b1, *a0, *b0, *a1 < low ? low : high);
    return true;
}

/// Keep of a line what may touch the clip. False: nothing does.
static bool cut_line(const struct canvas_rect *clip, int64_t margin, struct canvas_point *from,
                     struct canvas_point *to)
{
    int64_t left = (int64_t)clip->x * CANVAS_ONE - margin;
    int64_t right = ((int64_t)clip->x + clip->w) * CANVAS_ONE + margin;
    int64_t top = (int64_t)clip->y * CANVAS_ONE - margin;
    int64_t low = ((int64_t)clip->y + clip->h) * CANVAS_ONE + margin;

    *from = canvas_near(*from);
    *to = canvas_near(*to);
    return clip->w > 0 && clip->h > 0 &&
           cut_axis(&from->x, &from->y, &to->x, &to->y, left, right) &&
           cut_axis(&from->y, &from->x, &to->y, &to->x, top, low);
}

/// Which pixels of a row (or column) at `at` a stroke can touch: around where its middle line is there, over what is left of it.
struct reach {
    int64_t first, last;
};

static struct reach reach_of(int64_t a0, int64_t b0, int64_t a1, int64_t b1, int64_t middle,
                             int64_t room)
{
    int64_t from = most(middle - room, least(a0, a1)), to = least(middle + room, most(a0, a1));
    int64_t b_from = a1 == a0 ? least(b0, b1) : b0 + (b1 - b0) * (from - a0) / (a1 - a0);
    int64_t b_to = a1 == a0 ? most(b0, b1) : b0 + (b1 - b0) * (to - a0) / (a1 - a0);

    return (struct reach){pixel_of(least(b_from, b_to) - room),
                          pixel_of(most(b_from, b_to) + room)};
}

static void draw_row(struct canvas *canvas, const struct stroke *s, int64_t y, uint32_t colour)
{
    const struct canvas_rect *clip = &canvas->clip;
    int64_t middle = y * CANVAS_ONE + CANVAS_ONE / 2;
    struct reach r = reach_of(s->from.y, s->from.x, s->to.y, s->to.x, middle, s->half + CANVAS_ONE);
    int64_t last = least(r.last, (int64_t)clip->x + clip->w - 1);

    for (int64_t x = most(r.first, clip->x); x <= last; x++) {
        int32_t cover = stroke_cover(s, x * CANVAS_ONE + CANVAS_ONE / 2, middle);
        if (cover)
            canvas_touch(canvas, (int32_t)x, (int32_t)y, colour, cover);
    }
}

void canvas_line(struct canvas *canvas, struct canvas_point from, struct canvas_point to,
                 int32_t width, uint32_t colour)
{
    const struct canvas_rect *clip = &canvas->clip;
    int64_t half = width / 2, room = half + CANVAS_ONE;

    if (!cut_line(clip, 2 * room, &from, &to))
        return;
    struct stroke s = stroke_of(from, to, half);
    int64_t first = most(pixel_of(least(from.y, to.y) - room), clip->y);
    int64_t last = least(pixel_of(most(from.y, to.y) + room), (int64_t)clip->y + clip->h - 1);
    for (int64_t y = first; y <= last; y++)
        draw_row(canvas, &s, y, colour);
}

void canvas_dashes(struct canvas *canvas, struct canvas_point from, struct canvas_point to,
                   int32_t width, int32_t on, int32_t off, uint32_t colour)
{
    if (on < 1 || off < 1 || !cut_line(&canvas->clip, width + CANVAS_ONE, &from, &to))
        return;
    int64_t dx = to.x - from.x, dy = to.y - from.y, length = distance(dx, dy);
    for (int64_t at = 0; at < length; at += on + off) {
        int64_t end = least(at + on, length);
        struct canvas_point a = {from.x + dx * at / length, from.y + dy * at / length};
        struct canvas_point b = {from.x + dx * end / length, from.y + dy * end / length};
        canvas_line(canvas, a, b, width, colour);
    }
}

/// Pixels whose middle is `inner` to `outer` away.
static void annulus(struct canvas *canvas, struct canvas_point middle, int64_t inner, int64_t outer,
                    uint32_t colour)
{
    const struct canvas_rect *clip = &canvas->clip;
    int64_t room = outer + CANVAS_ONE;
    int64_t left = most(pixel_of(middle.x - room), clip->x);
    int64_t right = least(pixel_of(middle.x + room), (int64_t)clip->x + clip->w - 1);
    int64_t top = most(pixel_of(middle.y - room), clip->y);
    int64_t low = least(pixel_of(middle.y + room), (int64_t)clip->y + clip->h - 1);

    for (int64_t y = top; y <= low; y++) {
        for (int64_t x = left; x <= right; x++) {
            int64_t dx = x * CANVAS_ONE + CANVAS_ONE / 2 - middle.x;
            int64_t dy = y * CANVAS_ONE + CANVAS_ONE / 2 - middle.y;
            int32_t cover =
                round_cover(dx, dy, outer) - (inner > 0 ? round_cover(dx, dy, inner) : 0);
            if (cover > 0)
                canvas_touch(canvas, (int32_t)x, (int32_t)y, colour, cover);
        }
    }
}

void canvas_disc(struct canvas *canvas, struct canvas_point middle, int32_t radius, uint32_t colour)
{
    annulus(canvas, middle, 0, radius, colour);
}

void canvas_ring(struct canvas *canvas, struct canvas_point middle, int32_t radius, int32_t width,
                 uint32_t colour)
{
    annulus(canvas, middle, radius - width / 2, radius + width / 2, colour);
}
