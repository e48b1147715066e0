// The whole run as one bar: layers, cuts, what the charts show, where time stands; and the keys.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

static int32_t x_of(const struct view *v, int64_t t_us)
{
    const struct canvas_rect *r = &v->play->layout.run;
    int64_t whole = v->story->end_us - v->story->begin_us;

    t_us = t_us < v->story->begin_us ? v->story->begin_us
           : t_us > v->story->end_us ? v->story->end_us
                                     : t_us;
    return (int32_t)(r->x + (t_us - v->story->begin_us) * r->w / whole);
}

/// Layers in turns of two shades, so that their number and pace are to be seen; brighter where time has been.
static void draw_layers(const struct view *v)
{
    const struct canvas_rect *r = &v->play->layout.run;
    const struct lab_trace *trace = v->trace;
    int32_t now = x_of(v, v->now.t_us);

    canvas_fill(v->brush.canvas, *r, PAINT_WELL);
    for (size_t i = 0; i < trace->layers; i++) {
        int64_t end = i + 1 < trace->layers ? trace->layer[i + 1].t_us : v->story->end_us;
        int32_t from = x_of(v, trace->layer[i].t_us), to = x_of(v, end);
        int32_t middle = now < from ? from : now > to ? to : now;
        canvas_fill(v->brush.canvas, (struct canvas_rect){from, r->y, middle - from, r->h},
                    i % 2 ? PAINT_PART : 0xff356b8cu);
        canvas_fill(v->brush.canvas, (struct canvas_rect){middle, r->y, to - middle, r->h},
                    i % 2 ? 0xff24303cu : 0xff1d2731u);
    }
}

static void draw_cuts(const struct view *v)
{
    const struct brush *b = &v->brush;
    const struct canvas_rect *r = &v->play->layout.run;

    for (size_t i = 0; i < v->trace->cuts; i++) {
        const struct lab_trace_cut *cut = &v->trace->cut[i];
        if (cut->mains_us < 0)
            continue;
        int32_t from = x_of(v, cut->mains_us);
        int32_t to =
            x_of(v, cut->first_extrusion_us >= 0 ? cut->first_extrusion_us : v->story->end_us);
        canvas_fill(b->canvas, (struct canvas_rect){from, r->y, to - from, r->h}, 0xb0181d26u);
        canvas_fill(b->canvas,
                    (struct canvas_rect){from, r->y - paint_px(b, 2), paint_px(b, 2),
                                         r->h + paint_px(b, 4)},
                    PAINT_BAD);
        paint_arrow(b, paint_at(from, r->y), 0, 1, PAINT_BAD);
    }
}

static void draw_window(const struct view *v)
{
    const struct brush *b = &v->brush;
    const struct canvas_rect *r = &v->play->layout.run;
    int32_t from = x_of(v, v->play->from_us), to = x_of(v, v->play->from_us + v->play->span_us);

    canvas_frame(b->canvas, (struct canvas_rect){from, r->y, to - from + paint_px(b, 2), r->h},
                 paint_px(b, 1), PAINT_DIM);
}

void panel_run(const struct view *v)
{
    static const char keys[] =
        "space play    left right event    c cut    n NV write    [ ] speed    . , step    "
        "+ - 0 zoom    f follow    s picture    h help";
    const struct brush *b = &v->brush;
    struct canvas_rect panel = v->play->layout.panel[VIEW_RUN];
    const struct canvas_rect *r = &v->play->layout.run;
    char word[PAINT_WORD], end[PAINT_WORD], about[LAB_TRACE_TEXT];

    canvas_fill(b->canvas, panel, PAINT_PANEL);
    canvas_frame(b->canvas, panel, paint_px(b, 1), PAINT_EDGE);
    paint_text(b, panel.x + paint_px(b, 8), panel.y + paint_px(b, 15), PAINT_LEFT, FONT_BOLD,
               PAINT_INK, "Run");
    // the header's time, from where to where: what was before the job is not in it
    paint_clock(word, v->story->begin_us);
    paint_clock(end, v->story->end_us);
    int32_t room = panel.w - paint_px(b, 48 + 24) -
                   paint_print(b, panel.x + panel.w - paint_px(b, 8), panel.y + paint_px(b, 15),
                               PAINT_RIGHT, FONT_SMALL, PAINT_DIM, "%s to %s", word, end);
    snprintf(about, sizeof about, "%s", v->trace->meta.about);
    paint_shorten(b, FONT_SMALL, room, about);
    paint_text(b, panel.x + paint_px(b, 48), panel.y + paint_px(b, 15), PAINT_LEFT, FONT_SMALL,
               PAINT_DIM, about);
    draw_layers(v);
    draw_cuts(v);
    draw_window(v);
    int32_t now = x_of(v, v->now.t_us);
    canvas_fill(b->canvas,
                (struct canvas_rect){now - paint_px(b, 1), r->y - paint_px(b, 4), paint_px(b, 3),
                                     r->h + paint_px(b, 8)},
                PAINT_INK);
    if (font_width(b->font, FONT_SMALL, keys) < panel.w)
        paint_text(b, panel.x + panel.w / 2, panel.y + panel.h - paint_px(b, 6), PAINT_MIDDLE,
                   FONT_SMALL, PAINT_DIM, keys);
    else
        paint_text(b, panel.x + panel.w / 2, panel.y + panel.h - paint_px(b, 6), PAINT_MIDDLE,
                   FONT_SMALL, PAINT_DIM, "h help");
}
