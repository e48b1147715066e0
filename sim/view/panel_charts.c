// Curves of a run on one axis of time: supply, power-fail signal, memory, heights, temperatures; cuts and what followed are marked.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    LANES = 6,
    DIGITAL = 3,
    FINE_NM = 5000000 ///< heights that lie closer together have a decimal
};

/// A lane of the charts, and what is left for its curve.
struct lane {
    struct canvas_rect rect;
    const struct view *view;
    struct canvas *canvas;
    const struct sample *sample;
    int32_t samples;
};

static struct brush brush_of(const struct lane *l)
{
    struct brush b = l->view->brush;

    b.canvas = l->canvas;
    return b;
}

/// In order: supply, signal, memory, height, error, temperature. Each has what its texts need; the rest is shared.
static struct canvas_rect lane_rect(const struct brush *b, const struct canvas_rect *time, int lane)
{
    static const int32_t need[LANES + 1] = {0, 39, 55, 71, 114, 143, 200};
    static const int32_t share[LANES + 1] = {0, 20, 28, 37, 58, 77, 100};
    int32_t rest = time->h - paint_px(b, need[LANES]), y[2];

    for (int i = 0; i < 2; i++)
        y[i] = time->y + paint_px(b, need[lane + i]) + rest * share[lane + i] / 100;
    return (struct canvas_rect){time->x, y[0], time->w, y[1] - y[0] - paint_px(b, 4)};
}

// --- curves -----------------------------------------------------------------------------------------------------

/// Height in a lane of a value within [low, high], in sub-pixels.
static int64_t y_of(const struct canvas_rect *r, int64_t value, int64_t low, int64_t high)
{
    int64_t room = (int64_t)(r->h - 4) * CANVAS_ONE;

    return ((int64_t)r->y + r->h - 2) * CANVAS_ONE -
           (high > low ? (value - low) * room / (high - low) : room / 2);
}

/// Of each `period` columns (at 100 percent) so many are drawn: lines are told apart by it, whatever their colours.
struct dash {
    int32_t on, period;
};
static const struct dash WHOLE = {1, 1}, DASHED = {5, 8}, LONG = {12, 16}, DOTTED = {2, 6};

static bool shown(const struct lane *l, const struct dash *dash, int32_t column)
{
    int32_t unit = l->view->brush.scale / 100;

    return column / (unit > 0 ? unit : 1) % dash->period < dash->on;
}

/// How a line of a curve looks.
struct stroke {
    int32_t thick; ///< tenths of a pixel
    const struct dash *dash;
    uint32_t colour;
};

/// A curve through its values at each column, and all that it reaches within one. `pick` gives value and range of a column; a range
/// whose low is above its high is a gap.
static void draw_curve(const struct lane *l,
                       void (*pick)(const struct sample *, int64_t *, struct sample_range *),
                       int64_t low, int64_t high, const struct stroke *stroke)
{
    int32_t thick = paint_thick(&l->view->brush, stroke->thick);
    struct canvas_point before = {0, 0};
    bool joined = false;

    for (int32_t i = 0; i < l->samples; i++) {
        int64_t value;
        struct sample_range range;
        pick(&l->sample[i], &value, &range);
        if (range.low > range.high || value == LAB_TRACE_UNKNOWN) {
            joined = false;
            continue;
        }
        int64_t x = ((int64_t)l->rect.x + i) * CANVAS_ONE + CANVAS_ONE / 2;
        struct canvas_point at = {x, y_of(&l->rect, value, low, high)};
        bool on = shown(l, stroke->dash, i);
        if (joined && on)
            canvas_line(l->canvas, before, at, thick, stroke->colour);
        struct canvas_point top = {x, y_of(&l->rect, range.high, low, high)};
        struct canvas_point bottom = {x, y_of(&l->rect, range.low, low, high)};
        if (on && bottom.y - top.y > CANVAS_ONE)
            canvas_line(l->canvas, top, bottom, thick, stroke->colour);
        before = at;
        joined = true;
    }
}

static void pick_truth(const struct sample *s, int64_t *value, struct sample_range *range)
{
    *range = s->truth_nm;
    *value = s->at.true_known ? s->at.true_nm[2] : LAB_TRACE_UNKNOWN;
}

static void pick_belief(const struct sample *s, int64_t *value, struct sample_range *range)
{
    *range = s->belief_nm;
    *value = s->at.belief_nm[2];
}

static void pick_error(const struct sample *s, int64_t *value, struct sample_range *range)
{
    bool known = s->at.true_known && s->at.belief_nm[2] != LAB_TRACE_UNKNOWN && !s->at.lost;

    *range = s->error_nm;
    *value = known ? s->at.true_nm[2] - s->at.belief_nm[2] : LAB_TRACE_UNKNOWN;
}

static void pick_heat(const struct sample *s, int which, bool target, int64_t *value,
                      struct sample_range *range)
{
    *value = target ? s->at.target_mc[which] : s->at.heat_mc[which];
    *range = *value == LAB_TRACE_UNKNOWN || (target && *value == 0)
                 ? (struct sample_range){1, 0}
                 : (struct sample_range){*value, *value};
}

static void pick_nozzle(const struct sample *s, int64_t *value, struct sample_range *range)
{
    pick_heat(s, LAB_TRACE_NOZZLE, false, value, range);
}

static void pick_bed(const struct sample *s, int64_t *value, struct sample_range *range)
{
    pick_heat(s, LAB_TRACE_BED, false, value, range);
}

static void pick_chamber(const struct sample *s, int64_t *value, struct sample_range *range)
{
    pick_heat(s, LAB_TRACE_CHAMBER, false, value, range);
}

static void pick_nozzle_target(const struct sample *s, int64_t *value, struct sample_range *range)
{
    pick_heat(s, LAB_TRACE_NOZZLE, true, value, range);
}

static void pick_bed_target(const struct sample *s, int64_t *value, struct sample_range *range)
{
    pick_heat(s, LAB_TRACE_BED, true, value, range);
}

/// A level: a line above when it is high, below when it is low, filled when it changes within a column; nothing where nobody knows.
static void draw_level(const struct lane *l, struct canvas_rect r, uint32_t bit, uint32_t colour)
{
    const struct brush b = brush_of(l);
    int32_t thick = paint_px(&b, 2);

    for (int32_t i = 0; i < l->samples; i++) {
        if (!l->sample[i].power_known)
            continue;
        bool any = l->sample[i].power_any & bit, all = l->sample[i].power_all & bit;
        struct canvas_rect at = {r.x + i,
                                 all   ? r.y
                                 : any ? r.y
                                       : r.y + r.h - thick,
                                 1, any && !all ? r.h : thick};
        canvas_fill(l->canvas, at, any ? colour : PAINT_FAINT);
        if (all)
            canvas_fill(l->canvas, (struct canvas_rect){r.x + i, r.y + thick, 1, r.h - thick},
                        (colour & 0xffffffu) | 0x28000000u);
    }
}

/// Ends of an axis, as round as 1/50 of it allows, that hold all of `range`: multiples of `unit` at least, and so much apart at least.
static void round_ends(struct sample_range *range, int64_t unit, int64_t least)
{
    int64_t low = range->low, high = range->high;

    if (low > high)
        low = high = 0;
    high = high - low < least ? low + least : high;
    int64_t step = paint_round_step((high - low) / 50);
    step = step < unit ? unit : step;
    range->low = (low >= 0 ? low / step : -((step - 1 - low) / step)) * step;
    range->high = (high >= 0 ? (high + step - 1) / step : -(-high / step)) * step;
}

// --- lanes ------------------------------------------------------------------------------------------------------

/// Lines, labels and numbers of a lane.
static void draw_frame(const struct lane *l, const char *title)
{
    const struct brush b = brush_of(l);
    int32_t left = l->view->play->layout.panel[VIEW_CHARTS].x + paint_px(&b, 8);

    canvas_fill(l->canvas, l->rect, PAINT_WELL);
    paint_text(&b, left, l->rect.y + font_capital(b.font, FONT_SMALL) + paint_px(&b, 2), PAINT_LEFT,
               FONT_SMALL, PAINT_INK, title);
}

/// A lane that nobody filled: an empty one would say that nothing happened.
static void say_unmeasured(const struct lane *l)
{
    const struct brush b = brush_of(l);
    int32_t y = l->rect.y + (l->rect.h + font_capital(b.font, FONT_SMALL)) / 2;

    paint_text(&b, l->rect.x + paint_px(&b, 8), y, PAINT_LEFT, FONT_SMALL, PAINT_FAINT,
               "nobody measured it");
}

/// Baseline of a row below a lane's title, clear of what stands above it at any scale.
static int32_t key_y(const struct brush *b, const struct canvas_rect *lane, int32_t row)
{
    int32_t high = font_capital(b->font, FONT_SMALL);

    return lane->y + paint_px(b, 2) + high + (row + 1) * (high + paint_px(b, 4));
}

/// A word of the legend below the title, with a sample of its line.
static void draw_key(const struct lane *l, int row, bool dashed, uint32_t colour, const char *text)
{
    const struct brush b = brush_of(l);
    int32_t left = l->view->play->layout.panel[VIEW_CHARTS].x + paint_px(&b, 8);
    int32_t y = key_y(&b, &l->rect, row);
    struct canvas_point from = paint_at(left, y - paint_px(&b, 4)),
                        to = paint_at(left + paint_px(&b, 14), y - paint_px(&b, 4));

    if (!paint_free(&b, left + paint_px(&b, 20), y, PAINT_LEFT, FONT_SMALL, text))
        return;
    if (dashed)
        canvas_dashes(l->canvas, from, to, paint_thick(&b, 16), paint_thick(&b, 40),
                      paint_thick(&b, 30), colour);
    else
        canvas_line(l->canvas, from, to, paint_thick(&b, 16), colour);
    paint_text(&b, left + paint_px(&b, 20), y, PAINT_LEFT, FONT_SMALL, PAINT_DIM, text);
}

static void draw_ends(const struct lane *l, const char *high, const char *low)
{
    const struct brush b = brush_of(l);
    int32_t x = l->rect.x - paint_px(&b, 5);

    paint_text(&b, x, l->rect.y + font_capital(b.font, FONT_SMALL) + paint_px(&b, 2), PAINT_RIGHT,
               FONT_SMALL, PAINT_DIM, high);
    paint_text(&b, x, l->rect.y + l->rect.h - paint_px(&b, 1), PAINT_RIGHT, FONT_SMALL, PAINT_DIM,
               low);
}

static void draw_supply(const struct lane *l)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } row[DIGITAL] = {
        {LAB_TRACE_MAINS, "mains"}, {LAB_TRACE_RAIL, "24 V"}, {LAB_TRACE_LOGIC, "logic"}};
    const struct brush b = brush_of(l);

    draw_frame(l, "supply");
    for (int i = 0; i < DIGITAL; i++) {
        int32_t h = l->rect.h / DIGITAL;
        struct canvas_rect r = {l->rect.x, l->rect.y + i * h + 2, l->rect.w, h - 4};
        draw_level(l, r, row[i].bit, PAINT_GOOD);
        paint_text(&b, l->rect.x - paint_px(&b, 5),
                   r.y + (r.h + font_capital(b.font, FONT_SMALL)) / 2, PAINT_RIGHT, FONT_SMALL,
                   PAINT_DIM, row[i].name);
    }
}

static void draw_signal(const struct lane *l)
{
    const struct brush b = brush_of(l);
    struct canvas_rect r = {l->rect.x, l->rect.y + 2, l->rect.w, l->rect.h - 4};

    draw_frame(l, "PLR signal");
    if (!lab_trace_sees_inside(l->view->trace)) {
        say_unmeasured(l);
        return;
    }
    draw_level(l, r, LAB_TRACE_FAIL, PAINT_BAD);
    paint_text(&b, l->rect.x - paint_px(&b, 5), r.y + (r.h + font_capital(b.font, FONT_SMALL)) / 2,
               PAINT_RIGHT, FONT_SMALL, PAINT_DIM, "failing");
}

static void draw_nv(const struct lane *l)
{
    const struct brush b = brush_of(l);
    int64_t most = 1;
    char word[PAINT_WORD];

    draw_frame(l, "NV writes");
    if (!l->view->trace->nvs && !lab_trace_sees_inside(l->view->trace)) {
        say_unmeasured(l);
        return;
    }
    for (int32_t i = 0; i < l->samples; i++)
        most = l->sample[i].nv_bytes > most ? l->sample[i].nv_bytes : most;
    for (int32_t i = 0; i < l->samples; i++) {
        const struct sample *s = &l->sample[i];
        if (!s->nv_count)
            continue;
        // the root of the share: small writes are to be seen beside large ones
        int32_t h = paint_px(&b, 3) +
                    (int32_t)((l->rect.h - paint_px(&b, 3)) *
                              (int64_t)canvas_root((uint64_t)(s->nv_bytes * 10000 / most)) / 100);
        canvas_fill(l->canvas, (struct canvas_rect){l->rect.x + i, l->rect.y + l->rect.h - h, 1, h},
                    s->nv_torn ? PAINT_BAD : PAINT_MEMORY);
        if (s->nv_torn)
            paint_mark(&b, l->rect.x + i, l->rect.y + paint_px(&b, 6), paint_px(&b, 9),
                       PAINT_CROSS);
    }
    snprintf(word, sizeof word, "%" PRId64 " B", most);
    draw_ends(l, word, "");
}

static void draw_height(const struct lane *l)
{
    struct sample_range range = {INT64_MAX, INT64_MIN};
    char high[PAINT_WORD], low[PAINT_WORD];

    for (int32_t i = 0; i < l->samples; i++) {
        const struct sample *s = &l->sample[i];
        if (s->truth_nm.low <= s->truth_nm.high) {
            sample_widen(&range, s->truth_nm.low);
            sample_widen(&range, s->truth_nm.high);
        }
        if (s->belief_nm.low <= s->belief_nm.high) {
            sample_widen(&range, s->belief_nm.low);
            sample_widen(&range, s->belief_nm.high);
        }
    }
    bool fine = range.low > range.high || range.high - range.low < FINE_NM;
    round_ends(&range, fine ? 100000 : 1000000, 1000000);
    draw_frame(l, "nozzle Z");
    draw_curve(l, pick_truth, range.low, range.high, &(struct stroke){18, &WHOLE, PAINT_TRUTH});
    draw_curve(l, pick_belief, range.low, range.high, &(struct stroke){14, &DASHED, PAINT_BELIEF});
    char number[PAINT_WORD];
    paint_mm(number, range.high, fine);
    snprintf(high, sizeof high, "%.40s mm", number);
    paint_mm(low, range.low, fine);
    draw_ends(l, high, low);
    if (l->view->story->has_truth)
        draw_key(l, 0, false, PAINT_TRUTH, "truth");
    draw_key(l, l->view->story->has_truth, true, PAINT_BELIEF, "belief");
}

static void draw_error(const struct lane *l)
{
    struct sample_range range = {0, 0};
    char high[PAINT_WORD], low[PAINT_WORD];

    for (int32_t i = 0; i < l->samples; i++) {
        if (l->sample[i].error_nm.low > l->sample[i].error_nm.high)
            continue;
        sample_widen(&range, l->sample[i].error_nm.low);
        sample_widen(&range, l->sample[i].error_nm.high);
    }
    round_ends(&range, 1000, 20000);
    draw_frame(l, "Z error");
    if (!l->view->story->has_truth) {
        say_unmeasured(l);
        return;
    }
    int64_t zero = y_of(&l->rect, 0, range.low, range.high);
    canvas_fill(l->canvas, (struct canvas_rect){l->rect.x, (int32_t)(zero >> 8), l->rect.w, 1},
                PAINT_EDGE);
    struct canvas_rect before = canvas_clip(l->canvas, l->rect);
    draw_curve(l, pick_error, range.low, range.high, &(struct stroke){16, &WHOLE, PAINT_INK});
    canvas_unclip(l->canvas, before);
    paint_um(high, range.high, true);
    paint_um(low, range.low, true);
    draw_ends(l, high, low);
    draw_key(l, 0, false, PAINT_INK, "truth - belief");
}

/// Temperatures: by colour, and by their dashes.
static const struct {
    const char *name;
    void (*pick)(const struct sample *, int64_t *, struct sample_range *);
    struct stroke stroke;
} heats[LAB_TRACE_HEATS] = {{"nozzle", pick_nozzle, {18, &WHOLE, PAINT_BAD}},
                            {"bed", pick_bed, {18, &LONG, PAINT_WARN}},
                            {"chamber", pick_chamber, {18, &DOTTED, PAINT_TRUTH}}};

static void draw_heat(const struct lane *l)
{
    const int64_t low = 0, high = 300000;
    const struct stroke target = {10, &DASHED, PAINT_FAINT};

    draw_frame(l, "temperature");
    draw_curve(l, pick_nozzle_target, low, high, &target);
    draw_curve(l, pick_bed_target, low, high, &target);
    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        draw_curve(l, heats[i].pick, low, high, &heats[i].stroke);
    draw_ends(l,
              "300 \xc2\xb0"
              "C",
              "0");
}

// --- time -------------------------------------------------------------------------------------------------------

static int32_t x_of(const struct play *play, int64_t t_us)
{
    const struct canvas_rect *r = &play->layout.time;
    int64_t x = r->x + (t_us - play->from_us) * r->w / play->span_us;

    return (int32_t)(x < -30000 ? -30000 : x > 30000 ? 30000 : x);
}

/// Steps of time that people like.
static int64_t time_step(int64_t us)
{
    static const int64_t second[] = {1,   2,   5,   10,   15,   30,   60,   120,
                                     300, 600, 900, 1800, 3600, 7200, 14400};

    if (us < 1000000)
        return paint_round_step(us);
    for (size_t i = 0; i < sizeof second / sizeof *second; i++)
        if (second[i] * 1000000 >= us)
            return second[i] * 1000000;
    return paint_round_step(us / 3600000000) * 3600000000;
}

/// What the charts' times are counted from.
static int64_t zero_us(const struct view *v)
{
    return v->trace->cuts && v->trace->cut[0].mains_us >= 0 ? v->trace->cut[0].mains_us
                                                            : v->story->begin_us;
}

/// The kind of times for all labels of the axis, and the step between them.
static struct paint_times times_of(const struct view *v, int64_t *step_us)
{
    const struct play *play = v->play;
    int64_t from = play->from_us - zero_us(v), to = from + play->span_us;
    int32_t w = play->layout.time.w;

    *step_us = time_step(play->span_us * paint_px(&v->brush, 86) / (w > 0 ? w : 1));
    return paint_times(*step_us, from < 0 && -from > to ? -from : to);
}

/// Times along the lower edge, from the first cut on (before it they are negative), and lines up through the lanes.
static void draw_times(const struct view *v, const struct brush *b)
{
    const struct play *play = v->play;
    const struct canvas_rect *r = &play->layout.time;
    int64_t zero = zero_us(v), step;
    struct paint_times kind = times_of(v, &step);
    int64_t first = (play->from_us - zero) / step * step;

    for (int64_t t = first - step; t <= first + play->span_us + step; t += step) {
        int32_t x = x_of(play, zero + t);
        char word[PAINT_WORD];
        if (x < r->x || x >= r->x + r->w)
            continue;
        canvas_fill(b->canvas, (struct canvas_rect){x, r->y, 1, r->h}, 0x60303a4au);
        paint_time(word, t, &kind);
        int32_t y = r->y + r->h + paint_px(b, 14);
        if (paint_free(b, x, y, PAINT_MIDDLE, FONT_SMALL, word))
            paint_text(b, x, y, PAINT_MIDDLE, FONT_SMALL, PAINT_DIM, word);
    }
}

/// A flag above the lanes and a line through them: whole for a cut, dashed for power's return, dotted for where printing goes on.
static void draw_flag(const struct view *v, const struct brush *b, int64_t t_us, int32_t on,
                      uint32_t colour, const char *text)
{
    const struct canvas_rect *r = &v->play->layout.time;
    int32_t x = x_of(v->play, t_us), y = r->y - paint_px(b, 7);

    if (t_us < 0 || x < r->x || x >= r->x + r->w)
        return;
    if (on)
        canvas_dashes(b->canvas, paint_at(x, r->y - paint_px(b, 4)), paint_at(x, r->y + r->h),
                      paint_thick(b, 14), paint_thick(b, on), paint_thick(b, 40), colour);
    else
        canvas_fill(
            b->canvas,
            (struct canvas_rect){x, r->y - paint_px(b, 4), paint_px(b, 2), r->h + paint_px(b, 4)},
            colour);
    for (int i = 0; i < 2; i++) {
        int32_t at = x + paint_px(b, i ? -3 : 3);
        enum paint_side side = i ? PAINT_RIGHT : PAINT_LEFT;
        if (!paint_free(b, at, y, side, FONT_SMALL, text))
            continue;
        paint_tag(b, at, y, side, PAINT_PANEL, colour, text);
        return;
    }
}

/// Where there is no room for all names, those of cuts matter most.
static void draw_flags(const struct view *v, const struct brush *b)
{
    const struct lab_trace *trace = v->trace;
    char text[32];

    for (size_t i = 0; i < trace->cuts; i++) {
        snprintf(text, sizeof text, "CUT %d", (int)i + 1);
        draw_flag(v, b, trace->cut[i].mains_us, 0, PAINT_BAD, text);
    }
    for (size_t i = 0; i < trace->cuts; i++)
        draw_flag(v, b, trace->cut[i].first_extrusion_us, 15, PAINT_RESUMED, "prints on");
    for (size_t i = 0; i < trace->cuts; i++)
        draw_flag(v, b, trace->cut[i].back_us, 70, PAINT_GOOD, "power back");
}

static void draw_all(const struct view *v, struct canvas *back, const struct kept_charts *kept)
{
    static void (*const draw[LANES])(const struct lane *) = {draw_supply, draw_signal, draw_nv,
                                                             draw_height, draw_error,  draw_heat};
    struct brush b = v->brush;

    b.canvas = back;
    struct canvas_rect inside = v->play->layout.panel[VIEW_CHARTS];
    paint_panel(&b, inside, "Charts");
    inside.w -= paint_px(&b, 4); // no label to the very edge
    struct canvas_rect before = canvas_clip(back, inside);
    for (int i = 0; i < LANES; i++) {
        struct lane lane = {.rect = lane_rect(&b, &v->play->layout.time, i),
                            .view = v,
                            .canvas = back,
                            .sample = kept->sample,
                            .samples = kept->samples};
        draw[i](&lane);
    }
    draw_times(v, &b);
    draw_flags(v, &b);
    canvas_unclip(back, before);
}

/// What temperatures are now, beside their lane.
static void draw_now(const struct view *v)
{
    const struct brush *b = &v->brush;
    const struct lane lane = {.view = v};
    struct canvas_rect r = lane_rect(b, &v->play->layout.time, LANES - 1);
    int32_t left = v->play->layout.panel[VIEW_CHARTS].x + paint_px(b, 8);

    for (int i = 0; i < LAB_TRACE_HEATS; i++) {
        int32_t y = key_y(b, &r, i);
        if (v->now.heat_mc[i] == LAB_TRACE_UNKNOWN)
            continue;
        for (int32_t x = 0; x < paint_px(b, 16); x++)
            if (shown(&lane, heats[i].stroke.dash, x))
                canvas_fill(b->canvas,
                            (struct canvas_rect){left + x, y - paint_px(b, 5), 1, paint_px(b, 2)},
                            heats[i].stroke.colour);
        paint_print(b, left + paint_px(b, 19), y, PAINT_LEFT, FONT_SMALL, PAINT_DIM,
                    "%s %d \xc2\xb0"
                    "C",
                    heats[i].name, (int)(v->now.heat_mc[i] / 1000));
    }
}

void panel_charts(const struct view *v, struct canvas *back, struct kept_charts *kept)
{
    const struct brush *b = &v->brush;
    const struct canvas_rect *r = &v->play->layout.time;
    struct canvas_rect panel = v->play->layout.panel[VIEW_CHARTS];
    int32_t x = x_of(v->play, v->now.t_us);

    if (!kept->valid || kept->from_us != v->play->from_us || kept->span_us != v->play->span_us) {
        kept->from_us = v->play->from_us;
        kept->span_us = v->play->span_us;
        sample_take(v->trace, kept->from_us, kept->span_us, kept->sample, kept->samples);
        draw_all(v, back, kept);
        kept->valid = true;
    }
    canvas_copy(b->canvas, panel.x, panel.y, back, panel);
    // what is to come is there, but faint
    struct canvas_rect before = canvas_clip(b->canvas, *r);
    canvas_fill(b->canvas, (struct canvas_rect){x + 1, r->y, r->x + r->w - x, r->h}, 0x78181d26u);
    canvas_fill(b->canvas, (struct canvas_rect){x, r->y, paint_px(b, 1), r->h}, PAINT_INK);
    canvas_unclip(b->canvas, before);
    draw_now(v);
    int64_t step;
    paint_print(b, panel.x + panel.w - paint_px(b, 8), panel.y + paint_px(b, 16), PAINT_RIGHT,
                FONT_SMALL, PAINT_DIM, "%s from the %s", times_of(v, &step).unit,
                v->trace->cuts ? "first cut" : "beginning");
}
