// The table of measures, each filled in when time has come to where it is known.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

static enum paint_mark mark_of(const struct lab_trace_measure *m)
{
    return !strcmp(m->outcome, "pass")       ? PAINT_TICK
           : !strcmp(m->outcome, "marginal") ? PAINT_CARE
           : !strcmp(m->outcome, "fail")     ? PAINT_CROSS
                                             : PAINT_OPEN;
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

static void draw_row(const struct view *v, const struct lab_trace_measure *m, struct canvas_rect r,
                     int32_t base)
{
    const struct brush *b = &v->brush;
    bool known = v->now.t_us >= v->story->known_us[m - v->trace->measure];
    uint32_t ink = !known ? PAINT_FAINT : PAINT_INK;
    char text[LAB_TRACE_KEY], number[PAINT_WORD];
    int32_t value_x = r.x + r.w * 68 / 100;

    paint_mark(b, r.x + paint_px(b, 6), base - paint_px(b, 4), paint_px(b, 10),
               known ? mark_of(m) : PAINT_OPEN);
    label_of(m, text);
    paint_text(b, r.x + paint_px(b, 18), base, PAINT_LEFT, FONT_SMALL, ink, text);
    if (!known) {
        paint_text(b, value_x, base, PAINT_RIGHT, FONT_SMALL, PAINT_FAINT, "...");
    } else if (m->known) {
        grouped(number, m->value);
        paint_text(b, value_x, base, PAINT_RIGHT, FONT_BOLD, ink, number);
        paint_text(b, value_x + paint_px(b, 5), base, PAINT_LEFT, FONT_SMALL, PAINT_DIM,
                   unit_of(m));
    } else {
        paint_text(b, value_x, base, PAINT_RIGHT, FONT_SMALL, PAINT_DIM, "n/a");
    }
    if (!m->limited)
        return;
    grouped(number, m->limit);
    paint_text(b, r.x + r.w, base, PAINT_RIGHT, FONT_SMALL, PAINT_DIM, number);
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
    int32_t high = r.h / (int32_t)trace->measures, most = paint_px(b, 21);
    high = high > most ? most : high;
    struct canvas_rect before = canvas_clip(b->canvas, r);
    for (size_t i = 0; i < trace->measures; i++)
        draw_row(v, &trace->measure[i], r, r.y + (int32_t)i * high + high / 2 + paint_px(b, 4));
    canvas_unclip(b->canvas, before);
    paint_text(b, panel.x + panel.w - paint_px(b, 8), panel.y + paint_px(b, 16), PAINT_RIGHT,
               FONT_SMALL, PAINT_DIM, "limit");
}
