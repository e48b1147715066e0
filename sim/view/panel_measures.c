// The table of measures, each filled in when time has come to where it is known.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 18, ROW = 21, ROW_MIN = 13 };

static const char no_limit[] = "none";

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/// "z offset error" of "z_offset_error_um".
static void label_of(const struct lab_trace_measure *m, char out[LAB_TRACE_KEY])
{
    size_t n = strlen(m->key), unit = strlen(m->unit);

    snprintf(out, LAB_TRACE_KEY, "%s", m->key);
    if (unit && n > unit + 1 && !strcmp(m->key + n - unit, m->unit) && m->key[n - unit - 1] == '_')
        out[n - unit - 1] = '\0';
    for (char *c = out; *c; c++)
        *c = *c == '_' ? ' ' : *c;
}

/// What nobody set a limit on did not pass: there was nothing to pass.
static enum paint_mark mark_of(const struct lab_trace_measure *m)
{
    enum paint_mark mark = panel_mark(m->outcome);

    return mark == PAINT_TICK && !m->limited ? PAINT_OPEN : mark;
}

/// A number with a blank between its thousands.
static void grouped(char out[PAINT_WORD], int64_t value)
{
    char digits[32];
    size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRId64, value < 0 ? -value : value),
           at = 0;

    if (value < 0)
        out[at++] = '-';
    for (size_t i = 0; i < n; i++) {
        out[at++] = digits[i];
        if ((n - i) % 3 == 1 && i + 1 < n)
            out[at++] = ',';
    }
    out[at] = '\0';
}

static const char *unit_of(const struct lab_trace_measure *m)
{
    return !strcmp(m->unit, "um")               ? "\xc2\xb5m"
           : !strcmp(m->unit, "bytes_per_hour") ? "B/h"
                                                : m->unit;
}

/// Where the columns of the table end, from the right: the limits, units, values.
struct columns {
    int32_t unit_x, value_x, label_w;
};

/// As wide as the widest of all measures is, known or not: columns stand still while they fill.
static struct columns columns_of(const struct view *v, struct canvas_rect r)
{
    const struct brush *b = &v->brush;
    int32_t limit =
        larger(font_width(b->font, FONT_SMALL, "limit"), font_width(b->font, FONT_SMALL, no_limit));
    int32_t unit = 0, value = 0;
    char number[PAINT_WORD];

    for (size_t i = 0; i < v->trace->measures; i++) {
        const struct lab_trace_measure *m = &v->trace->measure[i];
        grouped(number, m->limited ? m->limit : 0);
        limit = larger(limit, font_width(b->font, FONT_SMALL, number));
        grouped(number, m->known ? m->value : 0);
        value = larger(value, font_width(b->font, FONT_BOLD, number));
        unit = larger(unit, font_width(b->font, FONT_SMALL, unit_of(m)));
    }
    // a wide panel has its values near its middle, where they always were
    int32_t unit_x = r.x + r.w - limit - paint_px(b, 8) - unit, most = r.x + r.w * 68 / 100;
    unit_x = unit_x > most + paint_px(b, 5) ? most + paint_px(b, 5) : unit_x;
    int32_t value_x = unit_x - paint_px(b, 5);
    return (struct columns){unit_x, value_x, value_x - value - paint_px(b, 8 + LABEL) - r.x};
}

static void draw_row(const struct view *v, const struct lab_trace_measure *m, struct canvas_rect r,
                     int32_t base, const struct columns *c)
{
    const struct brush *b = &v->brush;
    bool known = v->now.t_us >= v->story->known_us[m - v->trace->measure];
    uint32_t ink = !known ? PAINT_FAINT : PAINT_INK;
    char text[LAB_TRACE_KEY], number[PAINT_WORD];

    paint_mark(b, r.x + paint_px(b, 6), base - paint_px(b, 4), paint_px(b, 10),
               known ? mark_of(m) : PAINT_OPEN);
    label_of(m, text);
    paint_shorten(b, FONT_SMALL, c->label_w, text);
    paint_text(b, r.x + paint_px(b, LABEL), base, PAINT_LEFT, FONT_SMALL, ink, text);
    if (!known) {
        paint_text(b, c->value_x, base, PAINT_RIGHT, FONT_SMALL, PAINT_FAINT, "...");
    } else if (m->known) {
        grouped(number, m->value);
        paint_text(b, c->value_x, base, PAINT_RIGHT, FONT_BOLD, ink, number);
        paint_text(b, c->unit_x, base, PAINT_LEFT, FONT_SMALL, PAINT_DIM, unit_of(m));
    } else {
        paint_text(b, c->value_x, base, PAINT_RIGHT, FONT_SMALL, PAINT_DIM, "n/a");
    }
    if (!m->limited && !m->known)
        return;
    grouped(number, m->limit);
    paint_text(b, r.x + r.w, base, PAINT_RIGHT, FONT_SMALL, PAINT_DIM,
               m->limited ? number : no_limit);
}

void panel_measures(const struct view *v)
{
    const struct brush *b = &v->brush;
    struct canvas_rect panel = v->play->layout.panel[VIEW_MEASURES];
    struct canvas_rect r = paint_panel(b, panel, "Measures");
    const struct lab_trace *trace = v->trace;

    if (!trace->measures) {
        paint_text(b, r.x + r.w / 2, r.y + r.h / 2, PAINT_MIDDLE, FONT_TEXT, PAINT_FAINT,
                   "nothing was judged");
        return;
    }
    struct columns columns = columns_of(v, r);
    int32_t rows = (int32_t)trace->measures, most = r.h / paint_px(b, ROW_MIN);
    int32_t shown = rows <= most ? rows : most - 1;
    int32_t high = r.h / (shown < rows ? most : rows);
    high = high > paint_px(b, ROW) ? paint_px(b, ROW) : high;
    for (int32_t i = 0; i < shown; i++)
        draw_row(v, &trace->measure[i], r, r.y + i * high + high / 2 + paint_px(b, 4), &columns);
    if (shown < rows)
        paint_print(b, r.x + paint_px(b, LABEL), r.y + shown * high + high / 2 + paint_px(b, 4),
                    PAINT_LEFT, FONT_SMALL, PAINT_DIM, "%d more: enlarge the window",
                    (int)(rows - shown));
    paint_text(b, panel.x + panel.w - paint_px(b, 8), panel.y + paint_px(b, 16), PAINT_RIGHT,
               FONT_SMALL, PAINT_DIM, "limit");
}
