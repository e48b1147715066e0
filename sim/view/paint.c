// Small things that every panel is made of.
// SPDX-License-Identifier: MIT
#include "sim/view/paint.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 512 };

int32_t paint_px(const struct brush *brush, int32_t length)
{
    return (int32_t)(((int64_t)length * brush->scale + 50) / 100);
}

int32_t paint_thick(const struct brush *brush, int32_t tenths)
{
    return (int32_t)((int64_t)tenths * CANVAS_ONE * brush->scale / 1000);
}

struct canvas_point paint_at(int32_t x, int32_t y)
{
    return (struct canvas_point){(int64_t)x * CANVAS_ONE + CANVAS_ONE / 2,
                                 (int64_t)y * CANVAS_ONE + CANVAS_ONE / 2};
}

/// From the capitals' top to the baseline.
static struct canvas_rect box_of(const struct brush *brush, int32_t x, int32_t y,
                                 enum paint_side side, enum font_style style, const char *text)
{
    int32_t width = font_width(brush->font, style, text), high = font_capital(brush->font, style);

    x -= side == PAINT_RIGHT ? width : side == PAINT_MIDDLE ? width / 2 : 0;
    return (struct canvas_rect){x, y - high, width, high};
}

/// Draw a text where its box is.
static void write_text(const struct brush *brush, struct canvas_rect box, enum font_style style,
                       uint32_t colour, const char *text)
{
    struct paint_taken *taken = brush->taken;

    font_draw(brush->font, brush->canvas, box.x, box.y + box.h, style, colour, text);
    if (taken && text[0] && taken->count < (int)(sizeof taken->box / sizeof *taken->box))
        taken->box[taken->count++] = box;
    if (brush->listener && text[0])
        brush->listener->said(brush->listener->ctx, brush->panel, box, brush->canvas->clip, text);
}

bool paint_free(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                enum font_style style, const char *text)
{
    struct canvas_rect a = box_of(brush, x, y, side, style, text), clip = brush->canvas->clip;
    int32_t room = paint_px(brush, 4); // also for what hangs below the line

    if (a.x < clip.x || a.y < clip.y || a.x + a.w > clip.x + clip.w ||
        a.y + a.h + room > clip.y + clip.h)
        return false;
    for (int i = 0; brush->taken && i < brush->taken->count; i++) {
        const struct canvas_rect *b = &brush->taken->box[i];
        if (a.x < b->x + b->w + room && b->x < a.x + a.w + room && a.y < b->y + b->h + room &&
            b->y < a.y + a.h + room)
            return false;
    }
    return true;
}

void paint_shorten(const struct brush *brush, enum font_style style, int32_t width, char *text)
{
    size_t n = strlen(text);

    if (font_width(brush->font, style, text) <= width)
        return;
    while (n > 1 && font_width(brush->font, style, text) > width) {
        n--;
        text[n - 1] = text[n] = '.';
        text[n + 1] = '\0';
    }
}

int32_t paint_text(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                   enum font_style style, uint32_t colour, const char *text)
{
    struct canvas_rect box = box_of(brush, x, y, side, style, text);

    write_text(brush, box, style, colour, text);
    return box.w;
}

int32_t paint_print(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                    enum font_style style, uint32_t colour, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return paint_text(brush, x, y, side, style, colour, text);
}

int32_t paint_tag(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                  uint32_t ground, uint32_t colour, const char *text)
{
    struct canvas_rect box = box_of(brush, x, y, side, FONT_SMALL, text);
    int32_t room = paint_px(brush, 3);

    canvas_fill(
        brush->canvas,
        (struct canvas_rect){box.x - room, box.y - room + 1, box.w + 2 * room, box.h + 2 * room},
        ground);
    write_text(brush, box, FONT_SMALL, colour, text);
    return box.w + 2 * room;
}

/// As many words of `text` as fit, one at least, into `line`. Returns how many bytes they take.
static size_t take_line(const struct brush *brush, enum font_style style, int32_t width,
                        const char *text, char line[TEXT_MAX])
{
    size_t taken = 0, end = 0;

    for (;;) {
        end += strcspn(text + end, " ");
        snprintf(line, TEXT_MAX, "%.*s", (int)end, text);
        if (taken && font_width(brush->font, style, line) > width)
            break;
        taken = end;
        if (!text[end])
            break;
        end += strspn(text + end, " ");
    }
    snprintf(line, TEXT_MAX, "%.*s", (int)taken, text);
    return taken;
}

int32_t paint_lines(const struct brush *brush, struct canvas_rect r, enum font_style style,
                    uint32_t colour, const char *text)
{
    int32_t high = font_line(brush->font, style), most = r.h / high, lines = 0;
    int32_t base = r.y + (high + font_capital(brush->font, style)) / 2;
    char line[TEXT_MAX + 4];

    for (text += strspn(text, " "); *text; text += strspn(text, " "), lines++) {
        text += take_line(brush, style, r.w, text, line);
        if (lines >= most)
            continue;
        if (lines + 1 == most && text[strspn(text, " ")])
            strcat(line, " ..");
        paint_shorten(brush, style, r.w, line);
        paint_text(brush, r.x, base + lines * high, PAINT_LEFT, style, colour, line);
    }
    return lines;
}

struct canvas_rect paint_panel(const struct brush *brush, struct canvas_rect r, const char *title)
{
    int32_t edge = paint_px(brush, 1), room = paint_px(brush, 8), bar = paint_px(brush, 22);

    canvas_fill(brush->canvas, r, PAINT_PANEL);
    canvas_frame(brush->canvas, r, edge > 0 ? edge : 1, PAINT_EDGE);
    paint_text(brush, r.x + room, r.y + paint_px(brush, 16), PAINT_LEFT, FONT_BOLD, PAINT_INK,
               title);
    return (struct canvas_rect){r.x + room, r.y + bar, r.w - 2 * room, r.h - bar - room};
}

void paint_lamp(const struct brush *brush, int32_t x, int32_t y, int lit, uint32_t colour)
{
    struct canvas_point middle = paint_at(x, y);
    int32_t radius = paint_thick(brush, 50), thick = paint_thick(brush, 14);

    if (lit > 0)
        canvas_disc(brush->canvas, middle, radius, colour);
    else if (lit == 0)
        canvas_ring(brush->canvas, middle, radius - thick / 2, thick, PAINT_FAINT);
    else
        canvas_line(brush->canvas, (struct canvas_point){middle.x - radius, middle.y},
                    (struct canvas_point){middle.x + radius, middle.y}, thick, PAINT_FAINT);
}

static void stroke(const struct brush *brush, struct canvas_point middle, int32_t size, int32_t x0,
                   int32_t y0, int32_t x1, int32_t y1, uint32_t colour)
{
    canvas_line(brush->canvas,
                (struct canvas_point){middle.x + (int64_t)size * x0 * CANVAS_ONE / 20,
                                      middle.y + (int64_t)size * y0 * CANVAS_ONE / 20},
                (struct canvas_point){middle.x + (int64_t)size * x1 * CANVAS_ONE / 20,
                                      middle.y + (int64_t)size * y1 * CANVAS_ONE / 20},
                paint_thick(brush, 18), colour);
}

void paint_mark(const struct brush *brush, int32_t x, int32_t y, int32_t size, enum paint_mark mark)
{
    struct canvas_point at = paint_at(x, y);

    switch (mark) {
    case PAINT_TICK:
        stroke(brush, at, size, -8, 1, -2, 7, PAINT_GOOD);
        stroke(brush, at, size, -2, 7, 9, -7, PAINT_GOOD);
        break;
    case PAINT_CARE:
        stroke(brush, at, size, 0, -8, 0, 2, PAINT_WARN);
        stroke(brush, at, size, 0, 8, 0, 8, PAINT_WARN);
        break;
    case PAINT_CROSS:
        stroke(brush, at, size, -7, -7, 7, 7, PAINT_BAD);
        stroke(brush, at, size, -7, 7, 7, -7, PAINT_BAD);
        break;
    case PAINT_OPEN:
        canvas_ring(brush->canvas, at, size * CANVAS_ONE * 3 / 10, paint_thick(brush, 12),
                    PAINT_FAINT);
        break;
    }
}

void paint_arrow(const struct brush *brush, struct canvas_point tip, int32_t dx, int32_t dy,
                 uint32_t colour)
{
    int64_t long_ = paint_thick(brush, 60), wide = paint_thick(brush, 34);
    const struct canvas_point corner[] = {
        tip,
        {tip.x - dx * long_ - dy * wide, tip.y - dy * long_ + dx * wide},
        {tip.x - dx * long_ + dy * wide, tip.y - dy * long_ - dx * wide}};

    canvas_polygon(brush->canvas, corner, 3, colour);
}

// --- words ------------------------------------------------------------------------------------------------------

void paint_clock(char out[PAINT_WORD], int64_t us)
{
    int64_t ms = (us < 0 ? -us : us) / 1000;

    snprintf(out, PAINT_WORD, "%s%" PRId64 ":%02d:%02d.%03d", us < 0 ? "-" : "", ms / 3600000,
             (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

void paint_duration(char out[PAINT_WORD], int64_t us)
{
    if (us < 0)
        snprintf(out, PAINT_WORD, "-");
    else if (us < 1000000)
        snprintf(out, PAINT_WORD, "%" PRId64 " ms", (us + 500) / 1000);
    else if (us < 100000000)
        snprintf(out, PAINT_WORD, "%" PRId64 ".%d s", us / 1000000, (int)(us / 100000 % 10));
    else if (us < 3600000000)
        snprintf(out, PAINT_WORD, "%" PRId64 " min %d s", us / 60000000, (int)(us / 1000000 % 60));
    else
        snprintf(out, PAINT_WORD, "%" PRId64 " h %d min", us / 3600000000,
                 (int)(us / 60000000 % 60));
}

/// value / unit to so many decimals, halves away from zero.
static void fixed(char out[PAINT_WORD], int64_t value, int64_t unit, int decimals, bool sign)
{
    int64_t ten = 1;

    for (int i = 0; i < decimals; i++)
        ten *= 10;
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t count = size / (uint64_t)(unit / ten) +
                     (size % (uint64_t)(unit / ten) * 2 >= (uint64_t)(unit / ten));
    const char *before = value < 0 && count ? "-" : sign && count ? "+" : "";
    if (decimals)
        snprintf(out, PAINT_WORD, "%s%" PRIu64 ".%0*" PRIu64, before, count / (uint64_t)ten,
                 decimals, count % (uint64_t)ten);
    else
        snprintf(out, PAINT_WORD, "%s%" PRIu64, before, count);
}

struct paint_times paint_times(int64_t step_us, int64_t farthest_us)
{
    struct paint_times times = {.unit = "s", .one_us = 1000000};

    if (step_us >= 1000000 && farthest_us >= 120000000) {
        times.parts = farthest_us < 3600000000 ? 2 : 3;
        times.unit = times.parts == 2 ? "min:s" : "h:min:s";
        return times;
    }
    if (farthest_us < 1000000) {
        times.unit = "ms";
        times.one_us = 1000;
    }
    for (int64_t unit = times.one_us; unit > step_us && times.decimals < 6; unit /= 10)
        times.decimals++;
    return times;
}

void paint_time(char out[PAINT_WORD], int64_t us, const struct paint_times *times)
{
    int64_t s = (us < 0 ? -us : us) / 1000000;
    const char *sign = us < 0 ? "-" : "";

    if (us == 0)
        snprintf(out, PAINT_WORD, "0");
    else if (times->parts == 3)
        snprintf(out, PAINT_WORD, "%s%" PRId64 ":%02d:%02d", sign, s / 3600, (int)(s / 60 % 60),
                 (int)(s % 60));
    else if (times->parts == 2)
        snprintf(out, PAINT_WORD, "%s%" PRId64 ":%02d", sign, s / 60, (int)(s % 60));
    else
        fixed(out, us, times->one_us, times->decimals, false);
}

void paint_mm(char out[PAINT_WORD], int64_t nm, int decimals)
{
    if (nm == INT64_MIN)
        snprintf(out, PAINT_WORD, "-");
    else
        fixed(out, nm, 1000000, decimals, false);
}

void paint_um(char out[PAINT_WORD], int64_t nm, bool sign)
{
    char number[PAINT_WORD];
    bool small = nm > -10000000 && nm < 10000000;

    if (nm == INT64_MIN) {
        snprintf(out, PAINT_WORD, "-");
        return;
    }
    fixed(number, nm, small ? 1000 : 1000000, small ? 0 : 1, sign);
    snprintf(out, PAINT_WORD, "%.40s %s", number, small ? "\xc2\xb5m" : "mm");
}

int64_t paint_round_step(int64_t value)
{
    static const int64_t factor[] = {1, 2, 5};

    for (int64_t ten = 1; ten <= INT64_MAX / 100; ten *= 10)
        for (int i = 0; i < 3; i++)
            if (factor[i] * ten >= value)
                return factor[i] * ten;
    return INT64_MAX / 100;
}
