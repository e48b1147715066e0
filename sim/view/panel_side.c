// The machine from the front: bed, part, gantry on its posts, nozzle.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

enum {
    BEAD_NM = 450000,
    BED_THICK_NM = 6000000,
    POST_HALF_NM = 4000000,
    REAR_NM = 26000000,
    BEAM_NM = 14000000, ///< the beam lies so far above the nozzle in the drawing
};

/// Pixels between two places of the drawing, at least one high and wide.
static struct canvas_rect pixels(struct canvas_point low, struct canvas_point high)
{
    int32_t x0 = (int32_t)(low.x >> 8), x1 = (int32_t)(high.x >> 8);
    int32_t y0 = (int32_t)(high.y >> 8), y1 = (int32_t)(low.y >> 8);

    return (struct canvas_rect){x0, y0, x1 > x0 ? x1 - x0 : 1, y1 > y0 ? y1 - y0 : 1};
}

static void box(const struct view *v, const struct look_map *map, const int64_t low_nm[2],
                const int64_t high_nm[2], uint32_t colour)
{
    struct canvas_point low = look_place(map, low_nm[0], low_nm[1]);
    struct canvas_point high = look_place(map, high_nm[0], high_nm[1]);
    const int64_t far = (int64_t)CANVAS_SIDE_MAX * CANVAS_ONE * 2;

    low.x = low.x < -far ? -far : low.x > far ? far : low.x;
    low.y = low.y < -far ? -far : low.y > far ? far : low.y;
    high.x = high.x < -far ? -far : high.x > far ? far : high.x;
    high.y = high.y < -far ? -far : high.y > far ? far : high.y;
    canvas_fill(v->brush.canvas, pixels(low, high), colour);
}

/// The part so far, layer on layer.
static void draw_part(const struct view *v, const struct look_map *map)
{
    const struct story *s = v->story;
    int64_t last = story_layer_of(s, v->now.deposits);

    for (int64_t i = 0; i <= last; i++) {
        const struct story_layer *layer = &s->layer[i];
        int64_t high = layer->high_nm[2], under = high - layer->bead_nm;
        for (int k = 0; k < layer->stretches; k++) {
            const int64_t from[2] = {layer->stretch[k].low_nm - BEAD_NM / 2, under};
            const int64_t to[2] = {layer->stretch[k].high_nm + BEAD_NM / 2, high};
            box(v, map, from, to, layer->cut < 0 ? PAINT_PART : PAINT_RESUMED);
        }
    }
}

static void draw_bed(const struct view *v, const struct look_map *map)
{
    const int64_t low[2] = {0, -BED_THICK_NM}, high[2] = {v->trace->meta.travel_nm[0], 0};

    box(v, map, low, high, PAINT_METAL);
}

static void say_bed(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;
    struct canvas_point at = look_place(map, v->trace->meta.travel_nm[0] / 2, -BED_THICK_NM);
    int32_t x = (int32_t)(at.x >> 8), y = (int32_t)(at.y >> 8) + paint_px(b, 14);

    if (paint_free(b, x, y, PAINT_MIDDLE, FONT_SMALL, "bed"))
        paint_text(b, x, y, PAINT_MIDDLE, FONT_SMALL, PAINT_DIM, "bed");
}

/// Where a post stands in the drawing: those behind are moved inwards, so that both are to be seen.
static int64_t post_x(const struct lab_trace_meta *meta, int motor)
{
    struct panel_post post = panel_post(meta, motor);

    return meta->post_nm[motor][0] - (post.rear ? post.right * REAR_NM : 0);
}

static int64_t post_top(const struct lab_trace_meta *meta)
{
    int64_t top = meta->z_endstop_nm == LAB_TRACE_UNKNOWN ? meta->travel_nm[2] : meta->z_endstop_nm;

    return top + 2 * BEAM_NM;
}

/// A post with its switch on top.
static void draw_post(const struct view *v, const struct look_map *map, int motor)
{
    const struct lab_trace_meta *meta = &v->trace->meta;
    struct panel_post post = panel_post(meta, motor);
    int64_t x = post_x(meta, motor);
    const int64_t low[2] = {x - POST_HALF_NM, -BED_THICK_NM};
    const int64_t high[2] = {x + POST_HALF_NM, post_top(meta)};

    box(v, map, low, high, post.rear ? 0xff262d37u : 0xff39424fu);
    struct canvas_point at = look_place(map, x, high[1]);
    int32_t px = (int32_t)(at.x >> 8), py = (int32_t)(at.y >> 8);
    int line = panel_endstop(v->trace, motor);
    if (line >= 0)
        paint_lamp(&v->brush, px, py - paint_px(&v->brush, 6), (int)(v->now.levels >> line & 1),
                   PAINT_WARN);
}

/// The names of the posts in front or behind, where they can be read.
static void say_posts(const struct view *v, const struct look_map *map, bool rear)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_meta *meta = &v->trace->meta;

    for (int i = 0; i < panel_motors(meta); i++) {
        struct panel_post post = panel_post(meta, i);
        struct canvas_point at = look_place(map, post_x(meta, i), post_top(meta));
        int32_t x = (int32_t)(at.x >> 8), y = (int32_t)(at.y >> 8) - paint_px(b, 15);
        if (post.rear == rear && paint_free(b, x, y, PAINT_MIDDLE, FONT_SMALL, post.name))
            paint_text(b, x, y, PAINT_MIDDLE, FONT_SMALL, rear ? PAINT_FAINT : PAINT_DIM,
                       post.name);
    }
}

/// Height of the beam at a motor: true, or counted where nobody measured it.
static int64_t beam_nm(const struct lab_trace_state *now, int motor)
{
    int64_t z = now->corner_nm[motor];

    return BEAM_NM + (z == LAB_TRACE_UNKNOWN ? now->believed_nm[motor] : z);
}

/// The beam that the posts carry in front or behind; one motor carries all of it. Dashed where it is but counted.
static void draw_beam(const struct view *v, const struct look_map *map, bool rear)
{
    const struct lab_trace_meta *meta = &v->trace->meta;
    int left = -1, right = -1, motors = panel_motors(meta);

    for (int i = 0; i < motors; i++) {
        if (motors == 4 && panel_post(meta, i).rear != rear)
            continue;
        left = left < 0 || meta->post_nm[i][0] < meta->post_nm[left][0] ? i : left;
        right = right < 0 || meta->post_nm[i][0] > meta->post_nm[right][0] ? i : right;
    }
    if (!v->now.corners_known || left < 0 || (rear && motors < 4))
        return;
    int64_t far = left == right ? meta->travel_nm[0] : post_x(meta, right);
    struct canvas_point from = look_place(map, post_x(meta, left), beam_nm(&v->now, left));
    struct canvas_point to = look_place(map, far, beam_nm(&v->now, right));
    if (v->now.corner_nm[left] == LAB_TRACE_UNKNOWN || v->now.corner_nm[right] == LAB_TRACE_UNKNOWN)
        canvas_dashes(v->brush.canvas, from, to, paint_thick(&v->brush, 14),
                      paint_thick(&v->brush, 60), paint_thick(&v->brush, 50), PAINT_BELIEF);
    else
        canvas_line(v->brush.canvas, from, to, paint_thick(&v->brush, rear ? 36 : 50),
                    rear ? 0xff505a6bu : PAINT_METAL);
    for (int i = 0; i < 2 && !rear; i++) {
        const struct canvas_point *end = i ? &to : &from;
        struct canvas_rect slider = {(int32_t)(end->x >> 8) - paint_px(&v->brush, 5),
                                     (int32_t)(end->y >> 8) - paint_px(&v->brush, 6),
                                     paint_px(&v->brush, 10), paint_px(&v->brush, 12)};
        if (i == 0 || left != right)
            canvas_fill(v->brush.canvas, slider, PAINT_TRUTH);
    }
}

/// Posts and beam, in front or behind.
static void draw_frame(const struct view *v, const struct look_map *map, bool rear)
{
    for (int i = 0; i < panel_motors(&v->trace->meta); i++)
        if (panel_post(&v->trace->meta, i).rear == rear)
            draw_post(v, map, i);
    draw_beam(v, map, rear);
}

/// The nozzle and what holds it; its outline in dashes where nobody measured it.
static void draw_head(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_state *now = &v->now;
    const int64_t *at = now->true_known ? now->true_nm : now->belief_nm;

    if (at[0] == LAB_TRACE_UNKNOWN)
        return;
    struct canvas_point tip = look_place(map, at[0], at[2]);
    int64_t unit = paint_thick(b, 10);
    const struct canvas_point cone[] = {{tip.x - unit, tip.y},
                                        {tip.x + unit, tip.y},
                                        {tip.x + 4 * unit, tip.y - 7 * unit},
                                        {tip.x - 4 * unit, tip.y - 7 * unit}};
    int32_t x = (int32_t)(tip.x >> 8), y = (int32_t)(tip.y >> 8);
    if (!now->true_known) {
        for (int i = 0; i < 4; i++)
            canvas_dashes(b->canvas, cone[i], cone[(i + 1) % 4], paint_thick(b, 12),
                          paint_thick(b, 30), paint_thick(b, 20), PAINT_BELIEF);
        return;
    }
    canvas_polygon(b->canvas, cone, 4, PAINT_INK);
    canvas_fill(b->canvas,
                (struct canvas_rect){x - paint_px(b, 10), y - paint_px(b, 25), paint_px(b, 20),
                                     paint_px(b, 18)},
                PAINT_METAL);
}

/// A bar of a round length, so that sizes can be read off.
static void draw_scale(const struct view *v, const struct look_map *map)
{
    const struct brush *b = &v->brush;
    int64_t nm = paint_round_step(map->nm_per_px * map->rect.w / 6);
    int32_t length = (int32_t)(look_length(map, nm) / CANVAS_ONE);
    int32_t x = map->rect.x + paint_px(b, 8), y = map->rect.y + map->rect.h - paint_px(b, 8);
    char word[PAINT_WORD];

    canvas_fill(b->canvas, (struct canvas_rect){x, y, length, paint_px(b, 2)}, PAINT_DIM);
    if (nm < 1000000)
        paint_um(word, nm, false);
    else
        snprintf(word, sizeof word, "%d mm", (int)(nm / 1000000));
    // on a low panel the bed's line lies behind it
    paint_tag(b, x + length + paint_px(b, 6), y + paint_px(b, 3), PAINT_LEFT, PAINT_WELL, PAINT_DIM,
              word);
}

void panel_side(const struct view *v)
{
    const struct brush *b = &v->brush;
    struct canvas_rect inside = paint_panel(b, v->play->layout.panel[VIEW_SIDE], "Side");
    struct canvas_rect before = canvas_clip(b->canvas, inside);
    const int64_t *nozzle = v->now.true_known ? v->now.true_nm : v->now.belief_nm;
    bool follow = v->play->follow && nozzle[0] != LAB_TRACE_UNKNOWN;
    struct look_map map =
        look_make(v->story, VIEW_SIDE, &v->play->side, inside, follow ? nozzle : NULL);
    char word[PAINT_WORD];

    canvas_unclip(b->canvas, before);
    paint_mm(word, v->now.true_known ? v->now.true_nm[2] : v->now.belief_nm[2], 3);
    paint_print(b, inside.x + inside.w, inside.y - paint_px(b, 6), PAINT_RIGHT, FONT_SMALL,
                PAINT_DIM, "%snozzle z %s mm", panel_counted(v), word);
    canvas_clip(b->canvas, inside);
    canvas_fill(b->canvas, inside, PAINT_WELL);
    draw_frame(v, &map, true);
    draw_bed(v, &map);
    draw_part(v, &map);
    draw_head(v, &map);
    draw_frame(v, &map, false);
    draw_scale(v, &map);
    say_bed(v, &map);
    say_posts(v, &map, false);
    say_posts(v, &map, true);
    canvas_unclip(b->canvas, before);
}
