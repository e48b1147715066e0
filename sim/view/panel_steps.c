// The steps of a recovery on a time axis of their own.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>
#include <stdio.h>

enum { LABELS = 78 };

/// Of the newest cut; before any, of the first.
static int64_t shown_cut(const struct view *v)
{
    return v->now.cut >= 0 ? v->now.cut : v->trace->cuts ? 0 : -1;
}

static int64_t last_us(const struct story *s, int64_t cut, int *rows)
{
    int64_t end = -1;

    *rows = 0;
    for (int i = 0; i < s->steps; i++) {
        if (s->step[i].cut != cut)
            continue;
        end = s->step[i].end_us > end ? s->step[i].end_us : end;
        *rows = s->step[i].row >= *rows ? s->step[i].row + 1 : *rows;
    }
    return end;
}

struct axis {
    int64_t from_us, span_us;
    int32_t x, w;
};

static int32_t x_of(const struct axis *a, int64_t t_us)
{
    return a->x + (int32_t)((t_us - a->from_us) * a->w / a->span_us);
}

/// How long a phase took in all, as far as it has come; -1 not begun. `on`: it runs now.
static int64_t taken_us(const struct view *v, int64_t cut, int row, bool *on)
{
    int64_t sum = -1;

    *on = false;
    for (int i = 0; i < v->story->steps; i++) {
        const struct story_step *s = &v->story->step[i];
        if (s->cut != cut || s->row != row || s->begin_us > v->now.t_us)
            continue;
        int64_t end = s->end_us < v->now.t_us ? s->end_us : v->now.t_us;
        sum = (sum < 0 ? 0 : sum) + end - s->begin_us;
        *on = *on || v->now.t_us < s->end_us;
    }
    return sum;
}

/// Was this the step in which the recovery ended, without a print that goes on?
static bool broke_off(const struct view *v, int64_t cut, int row)
{
    int64_t last = -1;
    int at = -1;

    for (int i = 0; i < v->story->steps; i++) {
        const struct story_step *s = &v->story->step[i];
        if (s->cut == cut && s->end_us >= last) {
            last = s->end_us;
            at = s->row;
        }
    }
    return at == row && !story_went_on(v->story, cut);
}

static void draw_row(const struct view *v, int64_t cut, int row, const struct axis *a, int32_t y,
                     int32_t high)
{
    const struct brush *b = &v->brush;
    const char *name = "";
    bool on;
    int64_t taken = taken_us(v, cut, row, &on);
    int32_t base = y + high / 2 + font_capital(b->font, FONT_SMALL) / 2;

    for (int i = 0; i < v->story->steps; i++) {
        const struct story_step *s = &v->story->step[i];
        if (s->cut != cut || s->row != row)
            continue;
        name = lab_trace_word(v->trace, s->domain, s->phase);
        int32_t from = x_of(a, s->begin_us), to = x_of(a, s->end_us);
        struct canvas_rect bar = {from, y + high / 5,
                                  to > from + paint_px(b, 2) ? to - from : paint_px(b, 2),
                                  high - 2 * (high / 5)};
        canvas_fill(b->canvas, bar, 0xff2b3340u);
        int64_t done = s->end_us < v->now.t_us ? s->end_us : v->now.t_us;
        if (done < s->begin_us)
            continue;
        bar.w = x_of(a, done) - from > paint_px(b, 2) ? x_of(a, done) - from : paint_px(b, 2);
        canvas_fill(b->canvas, bar, v->now.t_us < s->end_us ? PAINT_WARN : PAINT_GOOD);
    }
    int32_t left = v->play->layout.panel[VIEW_STEPS].x + paint_px(b, 8);
    if (taken >= 0 && !on)
        paint_mark(b, left + paint_px(b, 5), y + high / 2, paint_px(b, 9),
                   broke_off(v, cut, row) ? PAINT_CROSS : PAINT_TICK);
    else if (on)
        paint_arrow(b, paint_at(left + paint_px(b, 9), y + high / 2), 1, 0, PAINT_WARN);
    paint_text(b, left + paint_px(b, 16), base, PAINT_LEFT, FONT_SMALL,
               on           ? PAINT_WARN
               : taken >= 0 ? PAINT_INK
                            : PAINT_FAINT,
               name);
    char word[PAINT_WORD];
    if (taken >= 0) {
        struct canvas_rect panel = v->play->layout.panel[VIEW_STEPS];
        paint_duration(word, taken);
        paint_text(b, panel.x + panel.w - paint_px(b, 8), base, PAINT_RIGHT, FONT_SMALL,
                   on ? PAINT_WARN : PAINT_DIM, word);
    }
}

/// A sentence at the lower end of `r` from an instant on; its room is kept all the time. Returns what is left above.
static struct canvas_rect draw_sentence(const struct view *v, struct canvas_rect r, int64_t from_us,
                                        uint32_t colour, const char *word, const char *text)
{
    const struct brush *b = &v->brush;
    char sentence[2 * LAB_TRACE_TEXT];
    struct canvas_rect at = {r.x, r.y, r.w, 0};

    if (!text[0])
        return r;
    snprintf(sentence, sizeof sentence, "%s: %s", word, text);
    int32_t high = font_line(b->font, FONT_SMALL), most = r.h / (3 * high);
    int32_t lines = paint_lines(b, at, FONT_SMALL, colour, sentence);
    at.h = (lines < most ? lines : most) * high;
    at.y = r.y + r.h - at.h;
    if (v->now.t_us >= from_us)
        paint_lines(b, at, FONT_SMALL, colour, sentence);
    r.h -= at.h + paint_px(b, 4);
    return r;
}

/// Why the print did not go on, and why the verdict is what it is.
static struct canvas_rect draw_reasons(const struct view *v, struct canvas_rect r, int64_t last_us)
{
    const struct lab_trace_verdict *verdict = &v->trace->verdict;

    r = draw_sentence(v, r, v->story->end_us, PAINT_WARN, verdict->outcome, verdict->why);
    return draw_sentence(v, r, last_us, PAINT_INK, verdict->result, verdict->reason);
}

/// Why there are no steps: a print that goes on was recovered somehow.
static const char *why_empty(const struct view *v, int64_t cut)
{
    if (cut < 0)
        return "power was never cut";
    return story_went_on(v->story, cut) ? "nobody told its steps" : "nothing was recovered";
}

void panel_steps(const struct view *v)
{
    const struct brush *b = &v->brush;
    struct canvas_rect r = paint_panel(b, v->play->layout.panel[VIEW_STEPS], "Recovery");
    int64_t cut = shown_cut(v);
    int rows;
    int64_t end = last_us(v->story, cut, &rows);

    if (cut + 1 == (int64_t)v->trace->cuts)
        r = draw_reasons(v, r, rows ? end : v->story->end_us);
    if (cut < 0 || !rows) {
        paint_text(b, r.x + r.w / 2, r.y + r.h / 2, PAINT_MIDDLE, FONT_TEXT, PAINT_FAINT,
                   why_empty(v, cut));
        return;
    }
    int64_t back = v->trace->cut[cut].back_us;
    int32_t high = (r.h - paint_px(b, 4)) / rows, most = paint_px(b, 20), least = paint_px(b, 13);
    struct axis axis = {back, end > back ? end - back : 1, r.x + paint_px(b, LABELS),
                        r.w - paint_px(b, LABELS + 66)};
    high = high > most ? most : high < least ? least : high;
    rows = rows * high > r.h ? r.h / high : rows; // a recovery has a dozen steps: all have room
    for (int row = 0; row < rows; row++)
        draw_row(v, cut, row, &axis, r.y + row * high, high);
    int32_t x = x_of(&axis, v->now.t_us);
    if (v->now.t_us >= back && v->now.t_us <= end)
        canvas_fill(b->canvas, (struct canvas_rect){x, r.y, paint_px(b, 1), rows * high},
                    PAINT_INK);
    char word[PAINT_WORD];
    struct canvas_rect panel = v->play->layout.panel[VIEW_STEPS];
    paint_duration(word, end - back);
    paint_print(b, panel.x + panel.w - paint_px(b, 8), panel.y + paint_px(b, 16), PAINT_RIGHT,
                FONT_SMALL, PAINT_DIM,
                panel.w > paint_px(b, 270) ? "cut %" PRId64 ": %s from power back"
                                           : "%" PRId64 ": %s",
                cut + 1, word);
}
