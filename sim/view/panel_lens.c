// The tip of the nozzle under a magnifier: the part below it, cut open, and the gap between them.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <stdio.h>

enum {
    BEAD_NM = 450000,
    FLAT_NM = 200000,  ///< half of the nozzle's flat tip
    REACH_NM = 300000, ///< what lies so near the tip's axis is below it
    NM_PER_PX = 14000, ///< at 100 percent
    LAYER_MAX_NM = 600000
};

struct lens {
    struct look_map map;
    const int64_t *tip;
};

/// The part of a bead that a cut along y = tip's y opens: from and to in x. False: it is not met.
static bool opened(const struct lab_trace_deposit *d, int64_t y_nm, int64_t *from, int64_t *to)
{
    int64_t half = BEAD_NM / 2, y0 = d->from_nm[1] - y_nm, y1 = d->to_nm[1] - y_nm;
    int64_t x0 = d->from_nm[0], x1 = d->to_nm[0];

    if ((y0 < -half && y1 < -half) || (y0 > half && y1 > half))
        return false;
    // in um, so that products of lengths fit
    int64_t rise = (y1 - y0) / 1000;
    if (rise) {
        int64_t low = -half / 1000, high = half / 1000;
        int64_t at0 = ((rise > 0 ? low : high) - y0 / 1000) * 1000 / rise;
        int64_t at1 = ((rise > 0 ? high : low) - y0 / 1000) * 1000 / rise;
        int64_t run = x1 - x0, begin = x0;
        at0 = at0 < 0 ? 0 : at0;
        at1 = at1 > 1000 ? 1000 : at1;
        x0 = begin + run * at0 / 1000;
        x1 = begin + run * at1 / 1000;
    }
    *from = (x0 < x1 ? x0 : x1) - half;
    *to = (x0 < x1 ? x1 : x0) + half;
    return true;
}

/// A bead cut open: a bar with round ends, in two shades by turns, so that layers can be told; with a dark core after a cut.
static void draw_bead(const struct view *v, const struct lens *lens, int64_t from, int64_t to,
                      int64_t z, int64_t i)
{
    static const uint32_t shade[2][2] = {{0xff4a8db7u, PAINT_PART}, {0xffd2c668u, PAINT_RESUMED}};
    const struct story_layer *layer = &v->story->layer[i];
    int64_t high = layer->bead_nm;
    struct canvas_point a = look_place(&lens->map, from + high / 2, z - high / 2);
    struct canvas_point b = look_place(&lens->map, to - high / 2, z - high / 2);
    int64_t thick = look_length(&lens->map, high) - paint_thick(&v->brush, 10);

    if (thick < CANVAS_ONE / 2)
        thick = CANVAS_ONE / 2;
    canvas_line(v->brush.canvas, a, b, (int32_t)thick, shade[layer->cut >= 0][i % 2]);
    if (layer->cut >= 0)
        canvas_line(v->brush.canvas, a, b, (int32_t)thick / 4, PAINT_CORE);
}

static void draw_part(const struct view *v, const struct lens *lens)
{
    const struct story *s = v->story;
    int64_t half_w = lens->map.nm_per_px * lens->map.rect.w / 2 + BEAD_NM;
    int64_t half_h = lens->map.nm_per_px * lens->map.rect.h / 2 + LAYER_MAX_NM;
    int64_t x = lens->map.middle_nm[0], y = lens->tip[1] - v->frame_nm[1];
    int64_t last = story_layer_of(s, v->now.deposits);

    for (int64_t i = 0; i <= last; i++) {
        const struct story_layer *layer = &s->layer[i];
        int64_t away = layer->high_nm[2] + v->frame_nm[2] - lens->map.middle_nm[1];
        if (away > half_h || away < -half_h)
            continue;
        size_t end = layer->end < v->now.deposits ? layer->end : v->now.deposits;
        for (size_t k = layer->first; k < end; k++) {
            bool newest = k + 1 == v->now.deposits;
            const struct lab_trace_deposit *d = newest ? &v->growing : &v->trace->deposit[k];
            int64_t from, to;
            if (!story_lies(&v->trace->deposit[k]) || !opened(d, y, &from, &to) ||
                to + v->frame_nm[0] < x - half_w || from + v->frame_nm[0] > x + half_w)
                continue;
            draw_bead(v, lens, from + v->frame_nm[0], to + v->frame_nm[0],
                      d->to_nm[2] + v->frame_nm[2], i);
        }
    }
}

static void draw_bed(const struct view *v, const struct lens *lens)
{
    struct canvas_point surface = look_place(&lens->map, 0, 0);
    int64_t y = surface.y >> 8, low = (int64_t)lens->map.rect.y + lens->map.rect.h;

    if (y < low)
        canvas_fill(v->brush.canvas,
                    (struct canvas_rect){lens->map.rect.x, (int32_t)(y < 0 ? 0 : y),
                                         lens->map.rect.w, (int32_t)(low - y)},
                    PAINT_METAL);
}

/// The nozzle: a flat tip and a cone. `outline`: only its edge, in dashes: where the firmware believes it to be.
static void draw_nozzle(const struct view *v, const struct lens *lens, const int64_t at_nm[3],
                        bool outline)
{
    const int64_t half = FLAT_NM, wide = FLAT_NM + 900000, high = 1000000;
    const struct canvas_point corner[] = {
        look_place(&lens->map, at_nm[0] - half, at_nm[2]),
        look_place(&lens->map, at_nm[0] + half, at_nm[2]),
        look_place(&lens->map, at_nm[0] + wide, at_nm[2] + high),
        look_place(&lens->map, at_nm[0] + wide, at_nm[2] + 4 * high),
        look_place(&lens->map, at_nm[0] - wide, at_nm[2] + 4 * high),
        look_place(&lens->map, at_nm[0] - wide, at_nm[2] + high)};

    if (!outline) {
        canvas_polygon(v->brush.canvas, corner, 6, 0xd0c3cad6u);
        return;
    }
    for (int i = 0; i < 6; i++)
        canvas_dashes(v->brush.canvas, corner[i], corner[(i + 1) % 6], paint_thick(&v->brush, 14),
                      paint_thick(&v->brush, 50), paint_thick(&v->brush, 40), PAINT_BELIEF);
}

/// Is a bead being laid?
static bool laying(const struct view *v)
{
    const struct lab_trace_deposit *newest = &v->growing;

    return v->now.deposits && story_lies(&v->trace->deposit[v->now.deposits - 1]) &&
           v->now.t_us < newest->t_us + newest->duration_us;
}

/// Height of the part at a place of its own frame; LAB_TRACE_UNKNOWN beside it. While the nozzle lays a bead, of what was there
/// before it: that it touches what comes out of it says nothing.
static int64_t top_nm(const struct view *v, int64_t x_nm, int64_t y_nm)
{
    size_t count = v->now.deposits;

    if (laying(v))
        count = story_before_stroke(v->story, count);
    return story_top_nm(v->story, count, x_nm, y_nm, REACH_NM);
}

/// Is the bead that is being laid too thin for such a gap?
static bool in_the_air(const struct view *v, int64_t gap_nm)
{
    int64_t layer = story_layer_of(v->story, v->now.deposits);

    return laying(v) && gap_nm > v->story->layer[layer].bead_nm * 3 / 2;
}

static void say_gap(const struct view *v, const struct canvas_rect *r, int64_t gap_nm, bool part,
                    uint32_t colour)
{
    const struct brush *b = &v->brush;
    bool pressed = gap_nm <= -500; // less shows as 0
    int32_t x = r->x + paint_px(b, 8), y = r->y + r->h - paint_px(b, 8);
    char word[PAINT_WORD], text[96];

    paint_um(word, pressed ? -gap_nm : gap_nm, false);
    snprintf(text, sizeof text, "%s %s", pressed ? "pressed in" : "gap", word);
    if (in_the_air(v, gap_nm))
        paint_tag(b, x, y - paint_px(b, 30), PAINT_LEFT, PAINT_WELL, colour, "laid in the air");
    paint_tag(b, x, y - paint_px(b, 15), PAINT_LEFT, PAINT_WELL, colour, text);
    paint_tag(b, x, y, PAINT_LEFT, PAINT_WELL, PAINT_DIM, part ? "to the part" : "to the bed");
}

/// Arrows between the tip and what lies below it, with the distance in words.
static void draw_gap(const struct view *v, const struct lens *lens)
{
    const struct brush *b = &v->brush;
    const struct canvas_rect *r = &lens->map.rect;
    int64_t top = top_nm(v, lens->tip[0] - v->frame_nm[0], lens->tip[1] - v->frame_nm[1]);
    bool part = top != LAB_TRACE_UNKNOWN;
    int64_t below = part ? top + v->frame_nm[2] : 0, gap = lens->tip[2] - below;
    struct canvas_point tip = look_place(&lens->map, lens->tip[0] - FLAT_NM, lens->tip[2]);
    struct canvas_point floor = look_place(&lens->map, lens->tip[0] - FLAT_NM, below);
    int32_t x = (int32_t)(tip.x >> 8) - paint_px(b, 34), y0 = (int32_t)(tip.y >> 8);
    int32_t y1 = (int32_t)(floor.y >> 8), low = r->y + r->h;
    uint32_t colour = gap < -50000 || in_the_air(v, gap) ? PAINT_BAD : PAINT_INK;

    y1 = y1 > low ? low : y1;
    canvas_fill(b->canvas, (struct canvas_rect){x - paint_px(b, 6), y0, paint_px(b, 40), 1},
                PAINT_DIM);
    if (floor.y >> 8 < low)
        canvas_fill(b->canvas, (struct canvas_rect){x - paint_px(b, 6), y1, paint_px(b, 40), 1},
                    PAINT_DIM);
    // arrows from outside when it is narrow, from inside when there is room
    if (y1 - y0 > paint_px(b, 26)) {
        canvas_line(b->canvas, paint_at(x, y0), paint_at(x, y1), paint_thick(b, 12), colour);
        paint_arrow(b, paint_at(x, y0), 0, -1, colour);
        if (floor.y >> 8 < low)
            paint_arrow(b, paint_at(x, y1), 0, 1, colour);
    } else {
        int32_t up = y0 < y1 ? y0 : y1, down = y0 < y1 ? y1 : y0;
        canvas_line(b->canvas, paint_at(x, up - paint_px(b, 18)), paint_at(x, up),
                    paint_thick(b, 12), colour);
        paint_arrow(b, paint_at(x, up), 0, 1, colour);
        canvas_line(b->canvas, paint_at(x, down), paint_at(x, down + paint_px(b, 18)),
                    paint_thick(b, 12), colour);
        paint_arrow(b, paint_at(x, down), 0, -1, colour);
    }
    say_gap(v, r, gap, part, colour);
}

/// Without a gauge there is but the firmware's count, and a gap by it would be none that is.
static void say_counted(const struct view *v, const struct canvas_rect *r)
{
    const struct brush *b = &v->brush;
    int32_t x = r->x + paint_px(b, 8), y = r->y + r->h - paint_px(b, 8);

    paint_tag(b, x, y - paint_px(b, 15), PAINT_LEFT, PAINT_WELL, PAINT_BELIEF,
              v->now.lost ? "the count is lost" : "as counted");
    paint_tag(b, x, y, PAINT_LEFT, PAINT_WELL, PAINT_DIM, "not measured");
}

static void draw_scale(const struct view *v, const struct lens *lens)
{
    const struct brush *b = &v->brush;
    int32_t length = (int32_t)(look_length(&lens->map, 1000000) / CANVAS_ONE);
    int32_t x = lens->map.rect.x + lens->map.rect.w - length - paint_px(b, 8);
    int32_t y = lens->map.rect.y + lens->map.rect.h - paint_px(b, 8);

    canvas_fill(b->canvas, (struct canvas_rect){x, y, length, paint_px(b, 2)}, PAINT_INK);
    if (paint_free(b, x + length / 2, y - paint_px(b, 5), PAINT_MIDDLE, FONT_SMALL, "1 mm"))
        paint_tag(b, x + length / 2, y - paint_px(b, 5), PAINT_MIDDLE, PAINT_WELL, PAINT_INK,
                  "1 mm");
}

void panel_lens(const struct view *v)
{
    const struct brush *b = &v->brush;
    struct canvas_rect inside = paint_panel(b, v->play->layout.panel[VIEW_LENS], "Nozzle and part");
    struct canvas_rect before = canvas_clip(b->canvas, inside);
    const struct lab_trace_state *now = &v->now;
    struct lens lens = {.tip = now->true_known ? now->true_nm : now->belief_nm};

    canvas_fill(b->canvas, inside, PAINT_WELL);
    if (lens.tip[0] != LAB_TRACE_UNKNOWN) {
        lens.map =
            (struct look_map){.rect = inside, .nm_per_px = (int64_t)NM_PER_PX * 100 / b->scale};
        lens.map.middle_nm[0] = lens.tip[0];
        lens.map.middle_nm[1] = lens.tip[2] - lens.map.nm_per_px * inside.h / 12;
        draw_bed(v, &lens);
        draw_part(v, &lens);
        if (now->true_known)
            draw_nozzle(v, &lens, lens.tip, false);
        if (now->belief_nm[0] != LAB_TRACE_UNKNOWN)
            draw_nozzle(v, &lens, now->belief_nm, true);
        if (now->true_known)
            draw_gap(v, &lens);
        else
            say_counted(v, &inside);
        draw_scale(v, &lens);
    } else {
        paint_text(b, inside.x + inside.w / 2, inside.y + inside.h / 2, PAINT_MIDDLE, FONT_TEXT,
                   PAINT_FAINT, "nobody knows where the nozzle is");
    }
    canvas_unclip(b->canvas, before);
}
