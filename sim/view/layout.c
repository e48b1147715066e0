// Divides the window among the panels.
// SPDX-License-Identifier: MIT
#include "sim/view/layout.h"

enum { GAP = 6, HEADER = 46, RUN = 66, LABELS = 128, RIGHT = 8, SMALL = 90 };
/// What the panels of charts, steps and measures need for their texts, at least.
enum { LOWER = 266, STEPS = 192, MEASURES = 290 };

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/// Cut so many pixels off a rectangle's top, or left; a gap is left between. Returns what was cut off.
static struct canvas_rect off_top(struct canvas_rect *rest, int32_t h, int32_t gap)
{
    struct canvas_rect cut = {rest->x, rest->y, rest->w, h};

    rest->y += h + gap;
    rest->h -= h + gap;
    return cut;
}

static struct canvas_rect off_left(struct canvas_rect *rest, int32_t w, int32_t gap)
{
    struct canvas_rect cut = {rest->x, rest->y, w, rest->h};

    rest->x += w + gap;
    rest->w -= w + gap;
    return cut;
}

static void wide(struct layout *l, struct canvas_rect rest, int32_t gap)
{
    int32_t lower = larger((rest.h - gap) * 46 / 100, LOWER * l->scale / 100);
    int32_t measures = larger((rest.w - 2 * gap) * 24 / 100, MEASURES * l->scale / 100);
    int32_t steps = larger((rest.w - 2 * gap) * 22 / 100, STEPS * l->scale / 100);
    struct canvas_rect above = off_top(&rest, rest.h - gap - lower, gap);

    l->panel[VIEW_SIDE] = off_left(&above, (above.w - 3 * gap) * 27 / 100, gap);
    l->panel[VIEW_LENS] = off_left(&above, (above.w - 2 * gap) * 29 / 100, gap);
    l->panel[VIEW_TOP] = off_left(&above, (above.w - gap) * 49 / 100, gap);
    l->panel[VIEW_TILT] = above;
    l->panel[VIEW_CHARTS] = off_left(&rest, rest.w - 2 * gap - steps - measures, gap);
    l->panel[VIEW_STEPS] = off_left(&rest, steps, gap);
    l->panel[VIEW_MEASURES] = rest;
}

static void tall(struct layout *l, struct canvas_rect rest, int32_t gap)
{
    int32_t lower = larger((rest.h - gap) * 48 / 100, 2 * LOWER * l->scale / 100 + gap);
    struct canvas_rect above = off_top(&rest, rest.h - gap - lower, gap);
    struct canvas_rect row = off_top(&above, (above.h - gap) / 2, gap);

    l->panel[VIEW_SIDE] = off_left(&row, (row.w - gap) * 55 / 100, gap);
    l->panel[VIEW_LENS] = row;
    l->panel[VIEW_TOP] = off_left(&above, (above.w - gap) / 2, gap);
    l->panel[VIEW_TILT] = above;
    l->panel[VIEW_CHARTS] = off_top(&rest, (rest.h - gap) / 2, gap);
    l->panel[VIEW_STEPS] = off_left(&rest, (rest.w - gap) * 46 / 100, gap);
    l->panel[VIEW_MEASURES] = rest;
}

/// What is inside a panel's title and borders, less room for labels on the left.
static struct canvas_rect axis(struct canvas_rect panel, int32_t scale, int32_t left, int32_t top,
                               int32_t low)
{
    int32_t side = RIGHT * scale / 100;

    return (struct canvas_rect){panel.x + left * scale / 100, panel.y + top * scale / 100,
                                panel.w - left * scale / 100 - side,
                                panel.h - (top + low) * scale / 100};
}

static bool is_tall(int32_t width, int32_t height, int32_t scale)
{
    return height > width && height >= LAYOUT_TALL_MIN * scale / 100;
}

bool layout_fits(int32_t width, int32_t height, int32_t scale)
{
    bool tall = is_tall(width, height, scale);

    return width >= (tall ? LAYOUT_TALL_WIDTH_MIN : LAYOUT_WIDTH_MIN) * scale / 100 &&
           height >= LAYOUT_HEIGHT_MIN * scale / 100;
}

void layout_make(struct layout *l, int32_t width, int32_t height, int32_t scale)
{
    int32_t gap = GAP * scale / 100;
    struct canvas_rect rest = {gap, gap, width - 2 * gap, height - 2 * gap};

    l->width = width;
    l->height = height;
    l->scale = scale;
    l->panel[VIEW_HEADER] = off_top(&rest, HEADER * scale / 100, gap);
    rest.h -= RUN * scale / 100 + gap;
    l->panel[VIEW_RUN] =
        (struct canvas_rect){rest.x, rest.y + rest.h + gap, rest.w, RUN * scale / 100};
    if (is_tall(width, height, scale))
        tall(l, rest, gap);
    else
        wide(l, rest, gap);
    // small letters stay a pixel apart, so that labels shrink less than the rest
    int32_t labels = LABELS + (scale < SMALL ? (SMALL - scale) / 2 + LABELS / 8 : 0);
    l->time = axis(l->panel[VIEW_CHARTS], scale, labels, 40, 22);
    l->run = axis(l->panel[VIEW_RUN], scale, 8, 22, 20);
}

enum view_panel layout_hit(const struct layout *l, int32_t x, int32_t y)
{
    for (int i = 0; i < VIEW_PANELS; i++) {
        const struct canvas_rect *r = &l->panel[i];
        if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h)
            return (enum view_panel)i;
    }
    return VIEW_PANELS;
}
