// Draws every glyph of every style once, and text from these.
// SPDX-License-Identifier: MIT
#include "sim/view/font.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/view/glyphs.h"

enum { GLYPHS_MAX = 128, STROKES_MAX = 160, CURVE = 8, TENTH = 10 };

/// Heights of lines, thickness and size of a style, at 100 percent.
static const struct {
    int32_t unit;  ///< sub-pixels in a unit of the grid
    int32_t thick; ///< of strokes, sub-pixels
    int32_t line;  ///< pixels from baseline to baseline
} styles[FONT_STYLES] = {
    [FONT_SMALL] = {228, 300, 14},
    [FONT_TEXT] = {256, 320, 17},
    [FONT_BOLD] = {256, 450, 17},
    [FONT_TITLE] = {398, 520, 25},
};

struct shape {
    uint8_t *mask; ///< w by h; NULL: nothing to see
    int32_t w, h;
    int32_t left, up; ///< from where the text stands to the mask's upper left
    int32_t advance;
};

struct font {
    struct shape shape[FONT_STYLES][GLYPHS_MAX];
    int32_t scale;
};

/// The strokes of a glyph as straight pieces, in sub-pixels of its mask's grid: baseline at 0, downwards.
struct pieces {
    struct canvas_point from[STROKES_MAX], to[STROKES_MAX];
    int32_t count;
};

static int32_t in_style(const struct font *font, int32_t value)
{
    return (int32_t)((int64_t)value * font->scale / 100);
}

/// A coordinate of the grid in tenths as sub-pixels. Whole units lie on whole pixels, tenths in between.
static int64_t laid(int32_t tenths, int32_t unit)
{
    int32_t whole = tenths >= 0 ? tenths / TENTH : -((TENTH - 1 - tenths) / TENTH);
    int32_t part = tenths - whole * TENTH;
    int64_t low = ((int64_t)whole * unit + CANVAS_ONE / 2) >> 8;
    int64_t high = ((int64_t)(whole + 1) * unit + CANVAS_ONE / 2) >> 8;

    return low * CANVAS_ONE + (high - low) * CANVAS_ONE * part / TENTH;
}

static int32_t read_tenths(const char **at)
{
    bool below;
    int32_t value = 0;

    while (**at == ' ')
        ++*at;
    below = **at == '-';
    *at += below;
    while (**at >= '0' && **at <= '9')
        value = value * TENTH + *(*at)++ - '0';
    value *= TENTH;
    if (**at == '.') {
        value += (*at)[1] - '0';
        *at += 2;
    }
    return below ? -value : value;
}

static struct canvas_point read_place(const char **at, int32_t unit)
{
    int32_t x = read_tenths(at), y = read_tenths(at);

    return (struct canvas_point){laid(x, unit), -laid(y, unit)};
}

static void add_piece(struct pieces *out, struct canvas_point from, struct canvas_point to)
{
    if (out->count < STROKES_MAX) {
        out->from[out->count] = from;
        out->to[out->count++] = to;
    }
}

static void add_curve(struct pieces *out, struct canvas_point a, struct canvas_point by,
                      struct canvas_point b)
{
    struct canvas_point from = a;

    for (int32_t i = 1; i <= CURVE; i++) {
        int64_t p = (int64_t)(CURVE - i) * (CURVE - i), q = 2 * (int64_t)i * (CURVE - i),
                r = (int64_t)i * i;
        struct canvas_point to = {(p * a.x + q * by.x + r * b.x) / (CURVE * CURVE),
                                  (p * a.y + q * by.y + r * b.y) / (CURVE * CURVE)};
        add_piece(out, from, to);
        from = to;
    }
}

static void read_strokes(const char *strokes, int32_t unit, struct pieces *out)
{
    struct canvas_point at = {0, 0};

    out->count = 0;
    for (const char *s = strokes; *s;) {
        char word = *s++;
        if (word == ' ')
            continue;
        struct canvas_point first = read_place(&s, unit);
        if (word == 'L') {
            add_piece(out, at, first);
        } else if (word == 'Q') {
            struct canvas_point last = read_place(&s, unit);
            add_curve(out, at, first, last);
            first = last;
        }
        at = first;
    }
}

/// Where the mask must lie so that all strokes are in it.
static void measure(const struct pieces *p, int32_t half, struct shape *shape)
{
    int64_t left = INT32_MAX, right = INT32_MIN, top = INT32_MAX, low = INT32_MIN;

    for (int32_t i = 0; i < 2 * p->count; i++) {
        const struct canvas_point *at = i % 2 ? &p->to[i / 2] : &p->from[i / 2];
        left = at->x < left ? at->x : left;
        right = at->x > right ? at->x : right;
        top = at->y < top ? at->y : top;
        low = at->y > low ? at->y : low;
    }
    int32_t room = half + CANVAS_ONE;
    shape->left = (int32_t)((left - room) >> 8);
    shape->up = (int32_t)((top - room) >> 8);
    shape->w = (int32_t)((right + room) >> 8) - shape->left + 1;
    shape->h = (int32_t)((low + room) >> 8) - shape->up + 1;
}

/// Cover the mask with one piece; where several meet, the most counts.
static void stamp(const struct shape *shape, struct canvas_point from, struct canvas_point to,
                  int32_t half)
{
    for (int32_t y = 0; y < shape->h; y++) {
        for (int32_t x = 0; x < shape->w; x++) {
            // the grid's lines are the middles of pixels
            struct canvas_point at = {(int64_t)(x + shape->left) * CANVAS_ONE,
                                      (int64_t)(y + shape->up) * CANVAS_ONE};
            int32_t cover = canvas_stroke_cover(from, to, half, at) * 255 / CANVAS_ONE;
            uint8_t *now = &shape->mask[y * shape->w + x];
            *now = cover > *now ? (uint8_t)cover : *now;
        }
    }
}

static int make_shape(const struct font *font, const struct glyph *glyph, int style,
                      struct shape *shape)
{
    int32_t unit = in_style(font, styles[style].unit);
    int32_t half = in_style(font, styles[style].thick) / 2;
    struct pieces p;

    read_strokes(glyph->strokes, unit, &p);
    int64_t before = laid(glyph->before * TENTH, unit) / CANVAS_ONE;
    // five eighths of a unit apart, so that letters do not touch where a unit is a pixel
    int32_t apart = (unit * 5 / 8 + CANVAS_ONE / 2) / CANVAS_ONE;
    apart = apart < 1 ? 1 : apart;
    shape->advance = apart + (int32_t)(before + laid(glyph->width * TENTH, unit) / CANVAS_ONE);
    if (!p.count)
        return 0;
    measure(&p, half, shape);
    shape->mask = calloc((size_t)shape->w * (size_t)shape->h, 1);
    if (!shape->mask)
        return -ENOMEM;
    for (int32_t i = 0; i < p.count; i++)
        stamp(shape, p.from[i], p.to[i], half);
    shape->left += (int32_t)before;
    return 0;
}

int font_open(struct font **out, int32_t scale_percent)
{
    int bad = 0;

    *out = NULL;
    if (scale_percent < 50 || scale_percent > 400)
        return -EINVAL;
    struct font *font = calloc(1, sizeof *font);
    if (!font)
        return -ENOMEM;
    font->scale = scale_percent;
    for (int style = 0; style < FONT_STYLES; style++)
        for (int32_t i = 0; i < glyph_count && !bad; i++)
            bad = make_shape(font, &glyphs[i], style, &font->shape[style][i]);
    if (bad)
        font_close(font);
    else
        *out = font;
    return bad;
}

void font_close(struct font *font)
{
    if (!font)
        return;
    for (int style = 0; style < FONT_STYLES; style++)
        for (int32_t i = 0; i < glyph_count; i++)
            free(font->shape[style][i].mask);
    free(font);
}

int32_t font_capital(const struct font *font, enum font_style style)
{
    return (int32_t)(laid(9 * TENTH, in_style(font, styles[style].unit)) / CANVAS_ONE) + 1;
}

int32_t font_line(const struct font *font, enum font_style style)
{
    return in_style(font, styles[style].line);
}

/// The next glyph of a text in UTF-8; a byte that is none of a good sequence shows as the box.
static int32_t next_glyph(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    uint32_t code = *at++;

    if (code >= 0xc2 && code <= 0xdf && (*at & 0xc0) == 0x80)
        code = (code & 0x1fu) << 6 | (*at++ & 0x3fu);
    else if (code >= 0x80)
        code = 0;
    *text = (const char *)at;
    if (code >= ' ' && code <= '~')
        return (int32_t)code - ' ';
    int32_t i = '~' - ' ' + 1;
    while (i < glyph_count - 1 && glyphs[i].code != code)
        i++;
    return i;
}

int32_t font_width(const struct font *font, enum font_style style, const char *text)
{
    int32_t width = 0;

    while (*text)
        width += font->shape[style][next_glyph(&text)].advance;
    return width;
}

int32_t font_draw(const struct font *font, struct canvas *canvas, int32_t x, int32_t y,
                  enum font_style style, uint32_t colour, const char *text)
{
    while (*text) {
        const struct shape *shape = &font->shape[style][next_glyph(&text)];
        if (shape->mask)
            canvas_mask(canvas, x + shape->left, y + shape->up, shape->mask, shape->w, shape->h,
                        colour);
        x += shape->advance;
    }
    return x;
}
