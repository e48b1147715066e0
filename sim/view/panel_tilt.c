// The gantry's plane, its heights exaggerated: where its corners truly are, and where the firmware counts them.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NET = 6, BED_ON_SCREWS = 1 };

/// The plane in the drawing: corners of what the motors carry, in order around it.
struct plane {
    int32_t count;
    struct canvas_point counted[LAB_TRACE_CORNERS], tilted[LAB_TRACE_CORNERS];
};

/// Pixels of the drawing.
struct stage {
    int32_t x, y, half, deep,
        shift; ///< its middle; half its width and depth; how much what is behind is moved
    int64_t gain, nm_per_px;
};

/// Heights of the corners as they are drawn.
struct heights {
    int64_t counted_nm[LAB_TRACE_CORNERS], true_nm[LAB_TRACE_CORNERS]; ///< about a common mean
    int64_t off_nm[LAB_TRACE_CORNERS];                                 ///< true less counted
    int64_t tilt_nm; ///< of the true ones the highest less the lowest
};

static int64_t mean_of(const int64_t *nm, int count)
{
    int64_t mean = 0;

    for (int i = 0; i < count; i++)
        mean += nm[i] / count;
    return mean;
}

static void move_by(int64_t *nm, int count, int64_t by_nm)
{
    for (int i = 0; i < count; i++)
        nm[i] += by_nm;
}

/// False: nobody knows. Where the count is lost it says nothing of the height: both are about their own means then.
static bool measure(const struct lab_trace_state *now, int motors, struct heights *h)
{
    int64_t low = INT64_MAX, high = INT64_MIN;

    if (!now->corners_known)
        return false;
    for (int i = 0; i < motors; i++) {
        if (now->corner_nm[i] == LAB_TRACE_UNKNOWN)
            return false;
        h->true_nm[i] = now->corner_nm[i];
        h->counted_nm[i] = now->believed_nm[i];
        low = now->corner_nm[i] < low ? now->corner_nm[i] : low;
        high = now->corner_nm[i] > high ? now->corner_nm[i] : high;
    }
    h->tilt_nm = high - low;
    int64_t true_mean = mean_of(h->true_nm, motors), mean = mean_of(h->counted_nm, motors);
    if (!now->lost)
        true_mean = mean = (true_mean + mean) / 2;
    move_by(h->true_nm, motors, -true_mean);
    move_by(h->counted_nm, motors, -mean);
    for (int i = 0; i < motors; i++)
        h->off_nm[i] = h->true_nm[i] - h->counted_nm[i];
    return true;
}

/// The largest round gain with which all corners stay within `room` pixels.
static int64_t gain_of(int motors, const struct heights *h, int32_t room, int64_t nm_per_px)
{
    int64_t largest = 1000;
    static const int64_t gains[] = {1000, 500, 200, 100, 50, 20, 10, 5, 2, 1};

    for (int i = 0; i < 2 * motors; i++) {
        int64_t size = llabs(i % 2 ? h->true_nm[i / 2] : h->counted_nm[i / 2]);
        largest = size > largest ? size : largest;
    }
    for (int i = 0; i < 10; i++)
        if (largest * gains[i] / nm_per_px <= room)
            return gains[i];
    return 1;
}

static int64_t drawn(const struct stage *stage, int64_t nm)
{
    return nm * stage->gain * CANVAS_ONE / stage->nm_per_px;
}

/// Corner number i of the plane, with the heights of a motor.
static void add_corner(struct plane *p, const struct stage *stage, int32_t right, bool rear,
                       const struct heights *h, int motor)
{
    int32_t i = p->count++;

    p->counted[i] = p->tilted[i] =
        paint_at(stage->x + right * stage->half + (rear ? stage->shift : -stage->shift),
                 stage->y + (rear ? -stage->deep : stage->deep));
    p->counted[i].y -= drawn(stage, h->counted_nm[motor]);
    p->tilted[i].y -= drawn(stage, h->true_nm[motor]);
}

/// Three motors and four carry a plane by its corners; one carries all of it, two a side each.
static void make_plane(const struct lab_trace_meta *meta, const struct stage *stage,
                       const struct heights *h, struct plane *p)
{
    int motors = panel_motors(meta);

    p->count = 0;
    for (int i = 0; i < motors && motors > 2; i++) {
        struct panel_post post = panel_post(meta, i);
        add_corner(p, stage, post.right, post.rear, h, i);
    }
    for (int i = 0; i < LAB_TRACE_CORNERS && motors <= 2; i++) {
        int32_t right = i < 2 ? -1 : 1;
        int nearest = motors == 2 && panel_post(meta, 1).right == right ? 1 : 0;
        add_corner(p, stage, right, i == 1 || i == 2, h, nearest);
    }
}

static struct canvas_point between(struct canvas_point a, struct canvas_point b, int k)
{
    return (struct canvas_point){a.x + (b.x - a.x) * k / NET, a.y + (b.y - a.y) * k / NET};
}

/// A net on a plane with four corners shows its twist.
static void draw_net(const struct brush *b, const struct canvas_point at[LAB_TRACE_CORNERS])
{
    for (int k = 1; k < NET; k++) {
        canvas_line(b->canvas, between(at[0], at[3], k), between(at[1], at[2], k),
                    paint_thick(b, 8), 0x7056b4e9u);
        canvas_line(b->canvas, between(at[0], at[1], k), between(at[3], at[2], k),
                    paint_thick(b, 8), 0x7056b4e9u);
    }
}

static void draw_plane(const struct brush *b, const struct plane *p)
{
    canvas_polygon(b->canvas, p->counted, p->count, 0xff1b222du);
    for (int i = 0; i < p->count; i++)
        canvas_dashes(b->canvas, p->counted[i], p->counted[(i + 1) % p->count], paint_thick(b, 14),
                      paint_thick(b, 60), paint_thick(b, 50), PAINT_BELIEF);
    canvas_polygon(b->canvas, p->tilted, p->count, 0x5056b4e9u);
    if (p->count == LAB_TRACE_CORNERS)
        draw_net(b, p->tilted);
    for (int i = 0; i < p->count; i++) {
        canvas_line(b->canvas, p->tilted[i], p->tilted[(i + 1) % p->count], paint_thick(b, 20),
                    PAINT_TRUTH);
        canvas_line(b->canvas, p->counted[i], p->tilted[i], paint_thick(b, 12), PAINT_INK);
        canvas_disc(b->canvas, p->tilted[i], paint_thick(b, 42), PAINT_TRUTH);
        canvas_ring(b->canvas, p->counted[i], paint_thick(b, 34), paint_thick(b, 12), PAINT_BELIEF);
    }
}

static void draw_values(const struct view *v, const int64_t off_nm[LAB_TRACE_CORNERS],
                        struct canvas_rect r)
{
    const struct brush *b = &v->brush;

    for (int i = 0; i < panel_motors(&v->trace->meta); i++) {
        struct panel_post post = panel_post(&v->trace->meta, i);
        int32_t y = post.rear ? r.y + paint_px(b, 34) : r.y + r.h - paint_px(b, 34);
        int32_t room = paint_px(b, 6);
        int32_t x = post.right < 0 ? r.x + room : post.right > 0 ? r.x + r.w - room : r.x + r.w / 2;
        enum paint_side side = post.right < 0   ? PAINT_LEFT
                               : post.right > 0 ? PAINT_RIGHT
                                                : PAINT_MIDDLE;
        char word[PAINT_WORD], height[PAINT_WORD];
        paint_um(word, off_nm[i], true);
        paint_mm(height, v->now.corner_nm[i], 3);
        paint_print(b, x, y, side, FONT_BOLD, PAINT_INK, "%s %s", post.name, word);
        paint_print(b, x, y + paint_px(b, 14), side, FONT_SMALL, PAINT_DIM, "%s mm", height);
    }
}

/// What the lines mean, right of the panel's name: where there is no room for both, of the dashed ones.
static void draw_key(const struct view *v, const char *name)
{
    static const char solid[] = "solid: true", dashed[] = "dashed: counted";
    const struct brush *b = &v->brush;
    struct canvas_rect title = v->play->layout.panel[VIEW_TILT];
    int32_t x = title.x + title.w - paint_px(b, 8), y = title.y + paint_px(b, 16);
    int32_t room = title.w - 2 * paint_px(b, 8) - 2 * paint_px(b, 10);

    room -= font_width(b->font, FONT_BOLD, name) + font_width(b->font, FONT_SMALL, dashed);
    if (font_width(b->font, FONT_SMALL, solid) <= room)
        x -= paint_text(b, x, y, PAINT_RIGHT, FONT_SMALL, PAINT_TRUTH, solid) + paint_px(b, 10);
    paint_text(b, x, y, PAINT_RIGHT, FONT_SMALL, PAINT_BELIEF, dashed);
}

static void say_gain(const struct view *v, struct canvas_rect r, int64_t gain)
{
    const struct brush *b = &v->brush;
    char text[96];

    snprintf(text, sizeof text, "heights \xc3\x97%" PRId64 "%s", gain,
             v->now.lost ? ", about their mean: the count is lost" : "");
    if (font_width(b->font, FONT_SMALL, text) > r.w)
        snprintf(text, sizeof text, "\xc3\x97%" PRId64 ": the count is lost", gain);
    paint_text(b, r.x + r.w / 2, r.y + paint_px(b, 15), PAINT_MIDDLE, FONT_SMALL, PAINT_DIM, text);
}

static void draw_all(const struct view *v, struct canvas_rect r, const struct heights *h)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_meta *meta = &v->trace->meta;
    int motors = panel_motors(meta);
    // between the texts above and below, half for the plane and half for its tilt
    int32_t clear = (r.h / 2 - paint_px(b, 52)) / 2, room = r.h * 20 / 100;
    room = clear < room ? clear : room;
    struct stage stage = {.x = r.x + r.w / 2,
                          .y = r.y + r.h / 2,
                          .half = r.w * 30 / 100,
                          .deep = room,
                          .shift = r.w * 9 / 100};
    struct plane plane;
    char word[PAINT_WORD];

    stage.nm_per_px = meta->travel_nm[0] / (2 * stage.half) + 1;
    stage.gain = gain_of(motors, h, room, stage.nm_per_px);
    make_plane(meta, &stage, h, &plane);
    draw_plane(b, &plane);
    draw_values(v, h->off_nm, r);
    say_gain(v, r, stage.gain);
    paint_um(word, h->tilt_nm, false);
    if (motors > 1)
        paint_print(b, stage.x, r.y + r.h - paint_px(b, 6), PAINT_MIDDLE, FONT_SMALL, PAINT_DIM,
                    "highest less lowest: %s", word);
}

void panel_tilt(const struct view *v)
{
    const struct brush *b = &v->brush;
    const struct lab_trace_meta *meta = &v->trace->meta;
    const char *name = meta->z_drive == BED_ON_SCREWS ? "Bed" : "Gantry";
    struct canvas_rect r = paint_panel(b, v->play->layout.panel[VIEW_TILT], name);
    struct canvas_rect before = canvas_clip(b->canvas, r);
    struct heights heights = {0};

    canvas_fill(b->canvas, r, PAINT_WELL);
    if (measure(&v->now, panel_motors(meta), &heights))
        draw_all(v, r, &heights);
    else
        paint_text(b, r.x + r.w / 2, r.y + r.h / 2, PAINT_MIDDLE, FONT_TEXT, PAINT_FAINT,
                   "nobody measured its corners");
    canvas_unclip(b->canvas, before);
    draw_key(v, name);
}
