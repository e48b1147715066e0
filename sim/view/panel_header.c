// The line above everything: which run, what is going on, when, how fast, and how it ended.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/// What speed to show: "10x", "0.1x".
static void speed_word(char out[PAINT_WORD], const struct play *play)
{
    int64_t permille = play_permille(play);

    if (permille < 1000)
        snprintf(out, PAINT_WORD, "0.%" PRId64 "\xc3\x97", permille / 100);
    else if (permille < 10000000)
        snprintf(out, PAINT_WORD, "%" PRId64 "\xc3\x97", permille / 1000);
    else
        snprintf(out, PAINT_WORD, "%" PRId64 ",%03d\xc3\x97", permille / 1000000,
                 (int)(permille / 1000 % 1000));
}

/// A triangle while time runs, two bars while it stands.
static void draw_running(const struct brush *b, int32_t x, int32_t y, bool running)
{
    int64_t size = paint_thick(b, 60);
    struct canvas_point at = paint_at(x, y);

    if (running) {
        const struct canvas_point corner[] = {
            {at.x - size, at.y - size}, {at.x + size, at.y}, {at.x - size, at.y + size}};
        canvas_polygon(b->canvas, corner, 3, PAINT_INK);
        return;
    }
    int32_t w = paint_px(b, 3), h = paint_px(b, 12);
    canvas_fill(b->canvas, (struct canvas_rect){x - 2 * w + w / 2, y - h / 2, w, h}, PAINT_INK);
    canvas_fill(b->canvas, (struct canvas_rect){x + w / 2, y - h / 2, w, h}, PAINT_INK);
}

/// The verdict, once the run has ended. Returns the pixel left of it.
static int32_t draw_verdict(const struct view *v, struct canvas_rect r)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_verdict *verdict = &v->trace->verdict;
    bool over = v->now.t_us >= v->story->end_us && verdict->known;
    enum paint_mark mark = panel_mark(verdict->outcome);
    uint32_t colour = mark == PAINT_TICK    ? PAINT_GOOD
                      : mark == PAINT_CARE  ? PAINT_WARN
                      : mark == PAINT_CROSS ? PAINT_BAD
                                            : PAINT_INK;
    int32_t right = r.x + r.w - paint_px(b, 12), base = r.y + paint_px(b, 29);
    char text[96];
    char upper[16];

    if (!v->trace->whole) { // what it shows last need not be how the run went on
        right -= paint_text(b, right, base, PAINT_RIGHT, FONT_BOLD, PAINT_BAD, "TORN");
        right -= paint_px(b, 12);
    }
    if (!over) {
        right -= paint_text(b, right, base, PAINT_RIGHT, FONT_TEXT, PAINT_FAINT,
                            verdict->known ? "verdict at the end" : "no verdict");
        return right - paint_px(b, 16);
    }
    snprintf(upper, sizeof upper, "%s", verdict->outcome);
    for (char *c = upper; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    snprintf(text, sizeof text, "%s  %s", upper, verdict->result);
    right -= paint_text(b, right, base, PAINT_RIGHT, FONT_BOLD, colour, text);
    right -= paint_px(b, 12);
    paint_mark(b, right, r.y + paint_px(b, 23), paint_px(b, 14), mark);
    return right - paint_px(b, 22);
}

void panel_header(const struct view *v)
{
    const struct brush *b = &v->brush;
    struct canvas_rect r = v->play->layout.panel[VIEW_HEADER];
    struct panel_state state = panel_state(v);
    int32_t base = r.y + paint_px(b, 29), x = r.x + paint_px(b, 12);
    char text[PAINT_WORD];

    canvas_fill(b->canvas, r, PAINT_PANEL);
    canvas_frame(b->canvas, r, paint_px(b, 1), PAINT_EDGE);
    int32_t left = draw_verdict(v, r);
    paint_clock(text, v->now.t_us);
    x += paint_text(b, x, base + paint_px(b, 2), PAINT_LEFT, FONT_TITLE, PAINT_INK, text);
    x += paint_px(b, 20);
    draw_running(b, x, r.y + paint_px(b, 23), v->play->running);
    speed_word(text, v->play);
    x += paint_px(b, 14);
    x += paint_text(b, x, base, PAINT_LEFT, FONT_BOLD, PAINT_INK, text) + paint_px(b, 20);
    // what is going on, with a bar whose colour the word repeats
    canvas_fill(b->canvas,
                (struct canvas_rect){x, r.y + paint_px(b, 12), paint_px(b, 4), paint_px(b, 22)},
                state.colour);
    x += paint_px(b, 12);
    x += paint_text(b, x, base, PAINT_LEFT, FONT_BOLD, PAINT_INK, state.word) + paint_px(b, 10);
    x += paint_text(b, x, base, PAINT_LEFT, FONT_TEXT, PAINT_DIM, state.more);
    if (v->now.layer >= 0 && !state.more[0])
        x += paint_print(b, x, base, PAINT_LEFT, FONT_TEXT, PAINT_DIM, "layer %" PRId64,
                         v->trace->layer[v->now.layer].number);
    x += paint_px(b, 24);
    const char *id = v->trace->meta.id;
    if (x + font_width(b->font, FONT_TEXT, id) < left)
        paint_text(b, left, base, PAINT_RIGHT, FONT_TEXT, PAINT_DIM, id);
    else if (x + font_width(b->font, FONT_TEXT, v->trace->meta.scenario) < left)
        paint_text(b, left, base, PAINT_RIGHT, FONT_TEXT, PAINT_DIM, v->trace->meta.scenario);
}
