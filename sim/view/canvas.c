// The picture, and what is drawn in whole pixels.
// SPDX-License-Identifier: MIT
#include "sim/view/canvas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/view/canvas_blend.h"

int canvas_open(struct canvas *canvas, int32_t width, int32_t height)
{
    *canvas = (struct canvas){0};
    if (width < 1 || height < 1 || width > CANVAS_SIDE_MAX || height > CANVAS_SIDE_MAX)
        return -EINVAL;
    canvas->pixel = malloc((size_t)width * (size_t)height * sizeof *canvas->pixel);
    if (!canvas->pixel)
        return -ENOMEM;
    canvas->width = width;
    canvas->height = height;
    canvas->clip = (struct canvas_rect){0, 0, width, height};
    canvas_fill(canvas, canvas->clip, 0xff000000u);
    return 0;
}

void canvas_close(struct canvas *canvas)
{
    free(canvas->pixel);
    *canvas = (struct canvas){0};
}

struct canvas_rect canvas_within(struct canvas_rect a, struct canvas_rect b)
{
    int64_t left = a.x > b.x ? a.x : b.x, top = a.y > b.y ? a.y : b.y;
    int64_t a_right = (int64_t)a.x + a.w, b_right = (int64_t)b.x + b.w;
    int64_t a_low = (int64_t)a.y + a.h, b_low = (int64_t)b.y + b.h;
    int64_t right = a_right < b_right ? a_right : b_right, low = a_low < b_low ? a_low : b_low;

    if (right <= left || low <= top)
        return (struct canvas_rect){b.x, b.y, 0, 0};
    return (struct canvas_rect){(int32_t)left, (int32_t)top, (int32_t)(right - left),
                                (int32_t)(low - top)};
}

struct canvas_rect canvas_clip(struct canvas *canvas, struct canvas_rect rect)
{
    struct canvas_rect before = canvas->clip;

    canvas->clip = canvas_within(rect, canvas->clip);
    return before;
}

void canvas_unclip(struct canvas *canvas, struct canvas_rect before)
{
    canvas->clip = before;
}

void canvas_fill(struct canvas *canvas, struct canvas_rect rect, uint32_t colour)
{
    struct canvas_rect at = canvas_within(rect, canvas->clip);
    uint32_t *first = canvas->pixel + (int64_t)at.y * canvas->width + at.x;

    if (colour >> 24 == 255) {
        for (int32_t x = 0; x < at.w && at.h > 0; x++)
            first[x] = colour;
        for (int32_t y = 1; y < at.h; y++)
            memcpy(first + (int64_t)y * canvas->width, first, (size_t)at.w * sizeof *first);
        return;
    }
    for (int32_t y = 0; y < at.h; y++) {
        uint32_t *row = first + (int64_t)y * canvas->width;
        for (int32_t x = 0; x < at.w; x++)
            row[x] = canvas_mixed(row[x], colour, CANVAS_ONE);
    }
}

void canvas_frame(struct canvas *canvas, struct canvas_rect r, int32_t thick, uint32_t colour)
{
    canvas_fill(canvas, (struct canvas_rect){r.x, r.y, r.w, thick}, colour);
    canvas_fill(canvas, (struct canvas_rect){r.x, r.y + r.h - thick, r.w, thick}, colour);
    canvas_fill(canvas, (struct canvas_rect){r.x, r.y + thick, thick, r.h - 2 * thick}, colour);
    canvas_fill(canvas,
                (struct canvas_rect){r.x + r.w - thick, r.y + thick, thick, r.h - 2 * thick},
                colour);
}

void canvas_copy(struct canvas *canvas, int32_t x, int32_t y, const struct canvas *other,
                 struct canvas_rect from)
{
    struct canvas_rect whole = {0, 0, other->width, other->height};
    struct canvas_rect part = canvas_within(from, whole);
    struct canvas_rect to = {x + part.x - from.x, y + part.y - from.y, part.w, part.h};
    struct canvas_rect at = canvas_within(to, canvas->clip);

    for (int32_t row = 0; row < at.h; row++)
        memcpy(canvas->pixel + (int64_t)(at.y + row) * canvas->width + at.x,
               other->pixel + (int64_t)(part.y + at.y - to.y + row) * other->width + part.x + at.x -
                   to.x,
               (size_t)at.w * sizeof *canvas->pixel);
}

void canvas_mask(struct canvas *canvas, int32_t x, int32_t y, const uint8_t *mask, int32_t w,
                 int32_t h, uint32_t colour)
{
    struct canvas_rect at = canvas_within((struct canvas_rect){x, y, w, h}, canvas->clip);

    for (int32_t j = at.y; j < at.y + at.h; j++) {
        const uint8_t *cover = mask + (int64_t)(j - y) * w;
        uint32_t *row = canvas->pixel + (int64_t)j * canvas->width;
        for (int32_t i = at.x; i < at.x + at.w; i++)
            if (cover[i - x])
                row[i] = canvas_mixed(row[i], colour, cover[i - x] + (cover[i - x] >> 7));
    }
}
