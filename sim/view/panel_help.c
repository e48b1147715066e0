// What keys and mouse do, over everything else.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <stddef.h>

static const struct {
    const char *keys, *what;
} rows[] = {
    {"space", "play, pause"},
    {"[  ]  or  down  up", "slower, faster: 0.1\xc3\x97 to 10,000\xc3\x97;  1: real time"},
    {".  ,", "a single step on, back: a sixtieth of a second at this speed"},
    {"right  left", "next, previous event"},
    {"n  N", "next, previous write to the memory"},
    {"c  C", "next, previous cut"},
    {"b  r", "where power comes back; where printing goes on"},
    {"home  end", "to the beginning, to the end"},
    {"+  -  0", "zoom the panel that was clicked last (tab: the next one); all of it"},
    {"f", "keep the nozzle in the middle of Side and Top"},
    {"s", "save this picture as a PNG file"},
    {"h  ?  F1", "this page"},
    {"q  escape", "end"},
    {"mouse on Charts, Run", "scrub through time; wheel zooms, shift and drag pans Charts"},
    {"mouse on Side, Top", "drag pans, wheel zooms"},
};

void panel_help(const struct view *v)
{
    const struct brush *b = &v->brush;
    const struct layout *l = &v->play->layout;
    enum { ROWS = sizeof rows / sizeof *rows };
    int32_t w = paint_px(b, 720), h = paint_px(b, 66 + 22 * ROWS);
    struct canvas_rect r = {(l->width - w) / 2, (l->height - h) / 2, w, h};

    canvas_fill(b->canvas, (struct canvas_rect){0, 0, l->width, l->height}, 0xa0000000u);
    canvas_fill(b->canvas, r, PAINT_PANEL);
    canvas_frame(b->canvas, r, paint_px(b, 2), PAINT_DIM);
    paint_text(b, r.x + paint_px(b, 24), r.y + paint_px(b, 36), PAINT_LEFT, FONT_TITLE, PAINT_INK,
               "Keys and mouse");
    for (size_t i = 0; i < ROWS; i++) {
        int32_t y = r.y + paint_px(b, 66 + 22 * (int32_t)i);
        paint_text(b, r.x + paint_px(b, 24), y, PAINT_LEFT, FONT_BOLD, PAINT_BELIEF, rows[i].keys);
        paint_text(b, r.x + paint_px(b, 210), y, PAINT_LEFT, FONT_TEXT, PAINT_INK, rows[i].what);
    }
}
