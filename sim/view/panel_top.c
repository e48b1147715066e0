// The machine from above: motors and endstops in its corners, and the path that is laid.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <stdio.h>
#include <string.h>

enum {
    BEAD_NM = 450000,
    CORNER = 24,
    LOWER_NM = 30000 ///< a layer that lies so much lower is another
};

#define SHADE 0xff263645u ///< of path that is not of this layer

static uint32_t colour_of(const struct view *v, int64_t layer)
{
    return v->story->layer[layer].cut < 0 ? PAINT_TRUTH : PAINT_RESUMED;
}

/// As wide as a bead, and to be seen.
static int32_t width_of(const struct view *v, const struct look_map *map)
{
    int64_t bead = look_length(map, BEAD_NM) * 3 / 4, thin = paint_thick(&v->brush, 12);

    return (int32_t)(bead > thin ? bead : thin);
}

/// A piece of path; one that was laid after a cut has a dark core.
static void draw_piece(struct canvas *canvas, const struct look_map *map,
                       const struct lab_trace_deposit *d, int32_t width, uint32_t colour)
{
    struct canvas_point from = look_place(map, d->from_nm[0], d->from_nm[1]);
    struct canvas_point to = look_place(map, d->to_nm[0], d->to_nm[1]);

    canvas_line(canvas, from, to, width, colour);
    if (colour == PAINT_RESUMED)
        canvas_line(canvas, from, to, width / 3, PAINT_CORE);
}

static void draw_pieces(const struct view *v, struct canvas *canvas, const struct look_map *map,
                        size_t first, size_t end, uint32_t colour)
{
    int32_t width = width_of(v, map);

    for (size_t i = first; i < end; i++) {
        const struct lab_trace_deposit *d = &v->trace->deposit[i];
        if (!story_lies(d))
            continue;
        draw_piece(canvas, map, d, width, colour);
    }
}

/// Bed and a grid of round lengths.
static void draw_bed(const struct view *v, struct canvas *canvas, const struct look_map *map)
{
    const struct lab_trace_meta *meta = &v->trace->meta;
    int64_t step = paint_round_step(map->nm_per_px * 40);

    for (int axis = 0; axis < 2; axis++) {
        for (int64_t at = 0; at <= meta->travel_nm[axis]; at += step) {
            int64_t other = meta->travel_nm[!axis];
            struct canvas_point from = axis ? look_place(map, 0, at) : look_place(map, at, 0);
            struct canvas_point to = axis ? look_place(map, other, at) : look_place(map, at, other);
            canvas_line(canvas, from, to, paint_thick(&v->brush, 10), PAINT_GRID);
        }
        int64_t end = meta->travel_nm[axis], other = meta->travel_nm[!axis];
        for (int side = 0; side < 2; side++) {
            int64_t at = side ? end : 0;
            canvas_line(canvas, axis ? look_place(map, 0, at) : look_place(map, at, 0),
                        axis ? look_place(map, other, at) : look_place(map, at, other),
                        paint_thick(&v->brush, 16), PAINT_EDGE);
        }
    }
}

/// As shades the layer below this one and the tops of parts that were finished before it: going back in time, where heights rise the job
/// had come down from a finished part. In their colours what was laid of this layer before a cut.
static void draw_before(const struct view *v, struct canvas *canvas, const struct look_map *map,
                        int64_t layer)
{
    const struct story_layer *all = v->story->layer;
    int64_t top = -1, next = -1; // a layer that is drawn; the one that was looked at before

    for (int64_t i = layer - 1; i >= 0; i--) {
        if (story_same_layer(&all[i], &all[layer]))
            continue;
        if (next < 0 || all[i].high_nm[2] > all[next].high_nm[2] + LOWER_NM)
            top = i;
        if (story_same_layer(&all[i], &all[top]))
            draw_pieces(v, canvas, map, all[i].first, all[i].end, SHADE);
        next = i;
    }
    for (int64_t i = 0; i < layer; i++)
        if (story_same_layer(&all[i], &all[layer]))
            draw_pieces(v, canvas, map, all[i].first, all[i].end, colour_of(v, i));
}

static bool same_map(const struct look_map *a, const struct look_map *b)
{
    return a->nm_per_px == b->nm_per_px && a->middle_nm[0] == b->middle_nm[0] &&
           a->middle_nm[1] == b->middle_nm[1] && !memcmp(&a->rect, &b->rect, sizeof a->rect);
}

/// Bring the kept picture to so many whole deposits; they only ever grow in it, in order. The layer is that of the newest, which may be
/// the first of it and still grow.
static void keep_path(const struct view *v, struct canvas *back, struct kept_path *kept,
                      const struct look_map *map, size_t end)
{
    int64_t layer = story_layer_of(v->story, v->now.deposits ? v->now.deposits : 1);
    struct canvas_rect before = canvas_clip(back, map->rect);

    if (!v->story->layers)
        layer = -1;
    if (!kept->valid || kept->layer != layer || kept->end > end || !same_map(&kept->map, map)) {
        canvas_fill(back, map->rect, PAINT_WELL);
        draw_bed(v, back, map);
        if (layer >= 0)
            draw_before(v, back, map, layer);
        *kept = (struct kept_path){.valid = true,
                                   .map = *map,
                                   .layer = layer,
                                   .end = layer < 0 ? 0 : v->story->layer[layer].first};
    }
    if (layer >= 0)
        draw_pieces(v, back, map, kept->end, end, colour_of(v, layer));
    kept->end = end > kept->end ? end : kept->end;
    canvas_unclip(back, before);
}

/// The piece that is being laid, as far as it is.
static void draw_growing(const struct view *v, const struct look_map *map)
{
    const struct lab_trace_deposit *d = &v->growing;

    if (!v->now.deposits || !story_lies(&v->trace->deposit[v->now.deposits - 1]))
        return;
    draw_piece(v->brush.canvas, map, d, width_of(v, map),
               colour_of(v, story_layer_of(v->story, v->now.deposits)));
}

/// Has power gone, and did the axes come to rest?
static bool to_be_seen(const struct view *v, const struct lab_trace_cut *cut)
{
    return cut->stopped_us >= 0 && cut->stopped_us <= v->now.t_us;
}

/// Where power went: a cross in a ring.
static void draw_cuts(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;

    for (int64_t i = 0; i <= v->now.cut; i++) {
        const struct lab_trace_cut *cut = &v->trace->cut[i];
        if (!to_be_seen(v, cut))
            continue;
        struct canvas_point at = look_place(map, cut->stop_nm[0], cut->stop_nm[1]);
        int64_t arm = paint_thick(b, 45);
        canvas_ring(b->canvas, at, paint_thick(b, 80), paint_thick(b, 16), PAINT_BAD);
        canvas_line(b->canvas, (struct canvas_point){at.x - arm, at.y - arm},
                    (struct canvas_point){at.x + arm, at.y + arm}, paint_thick(b, 16), PAINT_BAD);
        canvas_line(b->canvas, (struct canvas_point){at.x - arm, at.y + arm},
                    (struct canvas_point){at.x + arm, at.y - arm}, paint_thick(b, 16), PAINT_BAD);
    }
}

/// ... with its number, on whatever side there is room.
static void say_cuts(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;

    for (int64_t i = v->now.cut; i >= 0; i--) {
        const struct lab_trace_cut *cut = &v->trace->cut[i];
        if (!to_be_seen(v, cut))
            continue;
        struct canvas_point at = look_place(map, cut->stop_nm[0], cut->stop_nm[1]);
        char text[32];
        snprintf(text, sizeof text, "cut %d", (int)i + 1);
        for (int place = 0; place < 4; place++) {
            int32_t x = (int32_t)(at.x >> 8) + paint_px(b, place % 2 ? -14 : 14);
            int32_t y = (int32_t)(at.y >> 8) + paint_px(b, place < 2 ? -8 : 16);
            enum paint_side side = place % 2 ? PAINT_RIGHT : PAINT_LEFT;
            if (!paint_free(b, x, y, side, FONT_SMALL, text))
                continue;
            paint_tag(b, x, y, side, PAINT_WELL, PAINT_BAD, text);
            break;
        }
    }
}

/// An arrow at the edge to a nozzle that is outside, and how far it is from the middle.
static void point_to(const struct view *v, const struct look_map *map, const int64_t at_nm[3],
                     int32_t dx, int32_t dy)
{
    const struct brush *b = &v->brush;
    const struct canvas_rect *r = &map->rect;
    struct canvas_point at = look_place(map, at_nm[0], at_nm[1]);
    int32_t room = paint_px(b, 8), aside = paint_px(b, 70);
    int64_t x = at.x >> 8, y = at.y >> 8;
    int64_t px = x < r->x + aside          ? r->x + aside
                 : x > r->x + r->w - aside ? r->x + r->w - aside
                                           : x;
    int64_t py = y < r->y + aside          ? r->y + aside
                 : y > r->y + r->h - aside ? r->y + r->h - aside
                                           : y;
    int64_t way[2] = {(at_nm[0] - map->middle_nm[0]) / 1000, (at_nm[1] - map->middle_nm[1]) / 1000};
    char word[PAINT_WORD], text[80];

    // at the edge it points over, clear of the motors in the corners
    px = dx ? (dx < 0 ? r->x + room : r->x + r->w - room) : px;
    py = dy ? (dy < 0 ? r->y + paint_px(b, 44) : r->y + r->h - paint_px(b, 44)) : py;
    paint_mm(word, (int64_t)canvas_root((uint64_t)(way[0] * way[0] + way[1] * way[1])) * 1000, 0);
    snprintf(text, sizeof text, "nozzle %s%s mm away", v->now.true_known ? "" : "as counted ",
             word);
    paint_arrow(b, paint_at((int32_t)px, (int32_t)py), dx, dy, PAINT_INK);
    paint_tag(b, (int32_t)px - dx * paint_px(b, 12),
              (int32_t)py + paint_px(b, dy < 0   ? 24
                                        : dy > 0 ? -14
                                                 : 4),
              dx < 0   ? PAINT_LEFT
              : dx > 0 ? PAINT_RIGHT
                       : PAINT_MIDDLE,
              PAINT_WELL, PAINT_INK, text);
}

static void draw_counted(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;
    struct canvas_point c = look_place(map, v->now.belief_nm[0], v->now.belief_nm[1]);
    int64_t arm = paint_thick(b, 130);

    canvas_dashes(b->canvas, (struct canvas_point){c.x - arm, c.y},
                  (struct canvas_point){c.x + arm, c.y}, paint_thick(b, 12), paint_thick(b, 40),
                  paint_thick(b, 30), PAINT_BELIEF);
    canvas_dashes(b->canvas, (struct canvas_point){c.x, c.y - arm},
                  (struct canvas_point){c.x, c.y + arm}, paint_thick(b, 12), paint_thick(b, 40),
                  paint_thick(b, 30), PAINT_BELIEF);
}

/// The nozzle: true as a disc in a ring, counted as a dashed cross. Where nobody measured it there is but the cross.
static void draw_nozzle(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_state *now = &v->now;
    const int64_t *at_nm = now->true_known ? now->true_nm : now->belief_nm;
    const struct canvas_rect *r = &map->rect;

    if (at_nm[0] == LAB_TRACE_UNKNOWN)
        return;
    struct canvas_point at = look_place(map, at_nm[0], at_nm[1]);
    int64_t x = at.x >> 8, y = at.y >> 8;
    int32_t dx = x < r->x ? -1 : x >= r->x + r->w ? 1 : 0;
    int32_t dy = y < r->y ? -1 : y >= r->y + r->h ? 1 : 0;
    if (dx || dy) {
        point_to(v, map, at_nm, dx, dy);
        return;
    }
    if (now->belief_nm[0] != LAB_TRACE_UNKNOWN)
        draw_counted(v, map);
    if (!now->true_known)
        return;
    canvas_ring(b->canvas, at, paint_thick(b, 72), paint_thick(b, 36), PAINT_WELL);
    canvas_disc(b->canvas, at, paint_thick(b, 38), PAINT_WELL);
    canvas_ring(b->canvas, at, paint_thick(b, 72), paint_thick(b, 18), PAINT_INK);
    canvas_disc(b->canvas, at, paint_thick(b, 28), PAINT_INK);
}

/// Has a motor current? -1: nobody measured it.
static int current(const struct view *v, int motor)
{
    return lab_trace_sees_inside(v->trace) ? (int)(v->now.motors >> motor & 1) : -1;
}

/// The words beside a motor: what it is doing, and its endstop.
static void say_motor(const struct view *v, int motor, int32_t x, int32_t y, enum paint_side side,
                      bool narrow)
{
    const struct brush *b = &v->brush;
    int on = current(v, motor);
    int line = panel_endstop(v->trace, motor), away = side == PAINT_RIGHT ? -1 : 1;
    int lit = line < 0 ? -1 : (int)(v->now.levels >> line & 1);
    char text[PAINT_WORD];

    snprintf(text, sizeof text, narrow ? "Z%d %s" : "Z%d motor %s", motor,
             on < 0 ? "?"
             : on   ? "on"
                    : "off");
    paint_tag(b, x, y, side, PAINT_WELL, on > 0 ? PAINT_INK : PAINT_DIM, text);
    if (line < 0)
        return;
    x += away * paint_px(b, 4);
    paint_lamp(b, x, y + paint_px(b, 10), lit, PAINT_WARN);
    snprintf(text, sizeof text, "%s%s", narrow ? "" : "endstop ", lit > 0 ? "pressed" : "open");
    paint_tag(b, x + away * paint_px(b, 10), y + paint_px(b, 14), side, PAINT_WELL,
              lit > 0 ? PAINT_WARN : PAINT_DIM, text);
}

/// A motor at the edge of the panel where it stands: filled when it has current, without a frame when nobody knows.
static void draw_motor(const struct view *v, struct canvas_rect r, int motor)
{
    const struct brush *b = &v->brush;
    struct panel_post post = panel_post(&v->trace->meta, motor);
    int on = current(v, motor);
    int32_t size = paint_px(b, CORNER), room = paint_px(b, 5);
    int32_t left = r.x + room, right = r.x + r.w - size - room;
    int32_t x = post.right < 0 ? left : post.right > 0 ? right : (left + right) / 2;
    int32_t y = post.rear ? r.y + room : r.y + r.h - size - room;
    struct canvas_rect box = {x, y, size, size};

    canvas_fill(b->canvas, box, on > 0 ? 0xff35506au : PAINT_PANEL);
    if (on >= 0)
        canvas_frame(b->canvas, box, paint_px(b, 2), on ? PAINT_TRUTH : PAINT_FAINT);
    paint_text(b, x + size / 2, y + size / 2 + paint_px(b, 4), PAINT_MIDDLE, FONT_BOLD,
               on > 0 ? PAINT_INK : PAINT_FAINT, post.name);
    // words from both sides must not meet
    bool narrow = r.w < paint_px(b, 300);
    if (post.right > 0)
        say_motor(v, motor, x - paint_px(b, 8), y + paint_px(b, 9), PAINT_RIGHT, narrow);
    else
        say_motor(v, motor, x + size + paint_px(b, 8), y + paint_px(b, 9), PAINT_LEFT, narrow);
}

void panel_top(const struct view *v, struct canvas *back, struct kept_path *kept)
{
    const struct brush *b = &v->brush;
    struct canvas_rect inside = paint_panel(b, v->play->layout.panel[VIEW_TOP], "Top");
    const int64_t *nozzle = v->now.true_known ? v->now.true_nm : v->now.belief_nm;
    bool follow = v->play->follow && nozzle[0] != LAB_TRACE_UNKNOWN;
    struct look_map map =
        look_make(v->story, VIEW_TOP, &v->play->top, inside, follow ? nozzle : NULL);
    size_t whole = v->now.deposits;
    char x[PAINT_WORD], y[PAINT_WORD];

    // the newest may still be growing: it is drawn anew in each frame
    whole -= whole > 0;
    keep_path(v, back, kept, &map, whole);
    canvas_copy(b->canvas, inside.x, inside.y, back, inside);
    struct canvas_rect before = canvas_clip(b->canvas, inside);
    if (v->now.deposits)
        draw_growing(v, &map);
    draw_cuts(v, &map);
    draw_nozzle(v, &map);
    for (int motor = 0; motor < panel_motors(&v->trace->meta); motor++)
        draw_motor(v, inside, motor);
    say_cuts(v, &map);
    canvas_unclip(b->canvas, before);
    paint_mm(x, nozzle[0], 2);
    paint_mm(y, nozzle[1], 2);
    paint_print(b, inside.x + inside.w, inside.y - paint_px(b, 6), PAINT_RIGHT, FONT_SMALL,
                PAINT_DIM, "%sx %s  y %s mm", panel_counted(v), x, y);
}
