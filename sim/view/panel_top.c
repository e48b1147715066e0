// The machine from above: motors and endstops in its corners, and the path that is laid.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <stdio.h>
#include <string.h>

enum { BEAD_NM = 450000, GRID_NM = 10000000, CORNER = 24 };

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

static void draw_pieces(const struct view *v, struct canvas *canvas, const struct look_map *map,
                        size_t first, size_t end, uint32_t colour)
{
    int32_t width = width_of(v, map);

    for (size_t i = first; i < end; i++) {
        const struct lab_trace_deposit *d = &v->trace->deposit[i];
        canvas_line(canvas, look_place(map, d->from_nm[0], d->from_nm[1]),
                    look_place(map, d->to_nm[0], d->to_nm[1]), width, colour);
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

/// The newest layer at another height below this one, as a shade.
static void draw_below(const struct view *v, struct canvas *canvas, const struct look_map *map,
                       int64_t layer)
{
    const struct story *s = v->story;
    int64_t z = s->layer[layer].high_nm[2], below = layer;

    while (below >= 0 && s->layer[below].high_nm[2] > z - 30000)
        below--;
    if (below >= 0)
        draw_pieces(v, canvas, map, s->layer[below].first, s->layer[below].end, 0xff263645u);
    // what was laid of the same layer before a cut
    for (int64_t i = below + 1; i < layer; i++)
        draw_pieces(v, canvas, map, s->layer[i].first, s->layer[i].end, colour_of(v, i));
}

static bool same_map(const struct look_map *a, const struct look_map *b)
{
    return a->nm_per_px == b->nm_per_px && a->middle_nm[0] == b->middle_nm[0] &&
           a->middle_nm[1] == b->middle_nm[1] && !memcmp(&a->rect, &b->rect, sizeof a->rect);
}

/// Bring the kept picture to so many whole deposits; they only ever grow in it, in order.
static void keep_path(const struct view *v, struct canvas *back, struct kept_path *kept,
                      const struct look_map *map, size_t end)
{
    int64_t layer = story_layer_of(v->story, end ? end : 1);
    struct canvas_rect before = canvas_clip(back, map->rect);

    if (!v->story->layers)
        layer = -1;
    if (!kept->valid || kept->layer != layer || kept->end > end || !same_map(&kept->map, map)) {
        canvas_fill(back, map->rect, PAINT_WELL);
        draw_bed(v, back, map);
        if (layer >= 0)
            draw_below(v, back, map, layer);
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

    canvas_line(v->brush.canvas, look_place(map, d->from_nm[0], d->from_nm[1]),
                look_place(map, d->to_nm[0], d->to_nm[1]), width_of(v, map),
                colour_of(v, story_layer_of(v->story, v->now.deposits)));
}

/// Where power went: a cross in a ring, with its number.
static void draw_cuts(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;

    for (int64_t i = 0; i <= v->now.cut; i++) {
        const struct lab_trace_cut *cut = &v->trace->cut[i];
        if (cut->stopped_us < 0 || cut->stopped_us > v->now.t_us)
            continue;
        struct canvas_point at = look_place(map, cut->stop_nm[0], cut->stop_nm[1]);
        int64_t arm = paint_thick(b, 45);
        canvas_ring(b->canvas, at, paint_thick(b, 80), paint_thick(b, 16), PAINT_BAD);
        canvas_line(b->canvas, (struct canvas_point){at.x - arm, at.y - arm},
                    (struct canvas_point){at.x + arm, at.y + arm}, paint_thick(b, 16), PAINT_BAD);
        canvas_line(b->canvas, (struct canvas_point){at.x - arm, at.y + arm},
                    (struct canvas_point){at.x + arm, at.y - arm}, paint_thick(b, 16), PAINT_BAD);
        char text[32];
        snprintf(text, sizeof text, "cut %d", (int)i + 1);
        paint_tag(b, (int32_t)(at.x >> 8) + paint_px(b, 14), (int32_t)(at.y >> 8) - paint_px(b, 8),
                  PAINT_LEFT, PAINT_WELL, PAINT_BAD, text);
    }
}

/// An arrow at the edge, when the nozzle is outside. Else it, true as a disc in a ring, believed as a dashed cross.
static void draw_nozzle(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_state *now = &v->now;
    const int64_t *at_nm = now->true_known ? now->true_nm : now->belief_nm;
    const struct canvas_rect *r = &map->rect;
    int32_t room = paint_px(b, 14);

    if (at_nm[0] == LAB_TRACE_UNKNOWN)
        return;
    struct canvas_point at = look_place(map, at_nm[0], at_nm[1]);
    int64_t x = at.x >> 8, y = at.y >> 8;
    int32_t dx = x < r->x ? -1 : x >= r->x + r->w ? 1 : 0;
    int32_t dy = y < r->y ? -1 : y >= r->y + r->h ? 1 : 0;
    if (dx || dy) {
        int64_t px = x < r->x + room          ? r->x + room
                     : x > r->x + r->w - room ? r->x + r->w - room
                                              : x;
        int64_t py = y < r->y + room          ? r->y + room
                     : y > r->y + r->h - room ? r->y + r->h - room
                                              : y;
        char word[PAINT_WORD], text[80];
        int64_t way[2] = {(at_nm[0] - map->middle_nm[0]) / 1000,
                          (at_nm[1] - map->middle_nm[1]) / 1000};
        paint_mm(word, (int64_t)canvas_root((uint64_t)(way[0] * way[0] + way[1] * way[1])) * 1000,
                 0);
        snprintf(text, sizeof text, "nozzle %s mm away", word);
        paint_arrow(b, paint_at((int32_t)px + dx * room / 2, (int32_t)py + dy * room / 2), dx, dy,
                    PAINT_INK);
        bool right = px > r->x + r->w / 2;
        paint_tag(b, (int32_t)px + (right ? -room : room),
                  (int32_t)py + paint_px(b, dy < 0   ? 18
                                            : dy > 0 ? -10
                                                     : 4),
                  right ? PAINT_RIGHT : PAINT_LEFT, PAINT_WELL, PAINT_INK, text);
        return;
    }
    if (now->true_known && now->belief_nm[0] != LAB_TRACE_UNKNOWN) {
        struct canvas_point c = look_place(map, now->belief_nm[0], now->belief_nm[1]);
        int64_t arm = paint_thick(b, 130);
        canvas_dashes(b->canvas, (struct canvas_point){c.x - arm, c.y},
                      (struct canvas_point){c.x + arm, c.y}, paint_thick(b, 12), paint_thick(b, 40),
                      paint_thick(b, 30), PAINT_BELIEF);
        canvas_dashes(b->canvas, (struct canvas_point){c.x, c.y - arm},
                      (struct canvas_point){c.x, c.y + arm}, paint_thick(b, 12), paint_thick(b, 40),
                      paint_thick(b, 30), PAINT_BELIEF);
    }
    canvas_ring(b->canvas, at, paint_thick(b, 72), paint_thick(b, 18), PAINT_INK);
    canvas_disc(b->canvas, at, paint_thick(b, 28), PAINT_INK);
}

/// A motor and its endstop in a corner of the panel: FL, RL, RR, FR.
static void draw_corner(const struct view *v, struct canvas_rect r, int corner)
{
    static const char *const name[LAB_TRACE_CORNERS] = {"FL", "RL", "RR", "FR"};
    const struct brush *b = &v->brush;
    bool right = corner >= 2, rear = corner == 1 || corner == 2;
    bool exists = corner < v->trace->meta.z_motors;
    bool on = v->now.motors >> corner & 1;
    int line = panel_endstop(v->trace, corner);
    int lit = line < 0 ? -1 : (int)(v->now.levels >> line & 1);
    int32_t size = paint_px(b, CORNER);
    int32_t room = paint_px(b, 5);
    int32_t x = right ? r.x + r.w - size - room : r.x + room,
            y = rear ? r.y + room : r.y + r.h - size - room;
    struct canvas_rect motor = {x, y, size, size};

    if (!exists)
        return;
    canvas_fill(b->canvas, motor, on ? 0xff35506au : PAINT_PANEL);
    canvas_frame(b->canvas, motor, paint_px(b, 2), on ? PAINT_TRUTH : PAINT_FAINT);
    paint_text(b, x + size / 2, y + size / 2 + paint_px(b, 4), PAINT_MIDDLE, FONT_BOLD,
               on ? PAINT_INK : PAINT_FAINT, name[corner]);
    enum paint_side side = right ? PAINT_RIGHT : PAINT_LEFT;
    int32_t tx = right ? x - paint_px(b, 8) : x + size + paint_px(b, 8);
    int32_t ty = y + paint_px(b, 9);
    char text[PAINT_WORD];
    bool narrow = r.w < paint_px(b, 300); // words from both sides must not meet
    snprintf(text, sizeof text, narrow ? "Z%d %s" : "Z%d motor %s", corner, on ? "on" : "off");
    paint_tag(b, tx, ty, side, PAINT_WELL, on ? PAINT_INK : PAINT_DIM, text);
    if (line < 0)
        return;
    int32_t lamp = right ? tx - paint_px(b, 4) : tx + paint_px(b, 4);
    paint_lamp(b, lamp, ty + paint_px(b, 10), lit, PAINT_WARN);
    paint_tag(b, right ? lamp - paint_px(b, 10) : lamp + paint_px(b, 10), ty + paint_px(b, 14),
              side, PAINT_WELL, lit > 0 ? PAINT_WARN : PAINT_DIM,
              narrow    ? (lit > 0 ? "pressed" : "open")
              : lit > 0 ? "endstop pressed"
                        : "endstop open");
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
    for (int corner = 0; corner < LAB_TRACE_CORNERS; corner++)
        draw_corner(v, inside, corner);
    canvas_unclip(b->canvas, before);
    paint_mm(x, nozzle[0], 2);
    paint_mm(y, nozzle[1], 2);
    paint_print(b, inside.x + inside.w, inside.y - paint_px(b, 6), PAINT_RIGHT, FONT_SMALL,
                PAINT_DIM, "x %s  y %s mm", x, y);
}
