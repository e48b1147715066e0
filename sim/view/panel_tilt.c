// The gantry's plane, its heights exaggerated: how far each corner truly is from where the firmware counts it.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <inttypes.h>

/// Corner i seen from the front, a little from above: -1 or 1 to the right, 0 front or 1 rear.
static const struct {
    int32_t right, rear;
    const char *name;
} corners[LAB_TRACE_CORNERS] = {{-1, 0, "FL"}, {-1, 1, "RL"}, {1, 1, "RR"}, {1, 0, "FR"}};

enum { LOST_NM = 3000000 };

struct plane {
    struct canvas_point place[LAB_TRACE_CORNERS]; ///< level
    struct canvas_point tilted[LAB_TRACE_CORNERS];
    int64_t off_nm[LAB_TRACE_CORNERS];
};

/// What the corners are off by, and how far the highest is above the lowest. False: nobody knows.
static bool measure(const struct lab_trace_state *now, int64_t off_nm[LAB_TRACE_CORNERS],
                    int64_t *tilt_nm)
{
    int64_t low = INT64_MAX, high = INT64_MIN;

    if (!now->corners_known)
        return false;
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        if (now->corner_nm[i] == LAB_TRACE_UNKNOWN)
            return false;
        off_nm[i] = now->corner_nm[i] - now->believed_nm[i];
        low = now->corner_nm[i] < low ? now->corner_nm[i] : low;
        high = now->corner_nm[i] > high ? now->corner_nm[i] : high;
    }
    *tilt_nm = high - low;
    return true;
}

/// A firmware that has just begun counts from anywhere: then the corners are shown about their own mean. Is it so?
static bool about_mean(int64_t off_nm[LAB_TRACE_CORNERS])
{
    int64_t mean = 0;

    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        mean += off_nm[i] / LAB_TRACE_CORNERS;
    if (mean > -LOST_NM && mean < LOST_NM)
        return false;
    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        off_nm[i] -= mean;
    return true;
}

/// The largest round gain with which all corners stay within `room` pixels, for `wide` pixels that stand for `span_nm` of the machine.
static int64_t gain_of(const int64_t off_nm[LAB_TRACE_CORNERS], int32_t room, int32_t wide,
                       int64_t span_nm)
{
    int64_t largest = 1000;
    static const int64_t gains[] = {1000, 500, 200, 100, 50, 20, 10, 5, 2, 1};

    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        int64_t size = off_nm[i] < 0 ? -off_nm[i] : off_nm[i];
        largest = size > largest ? size : largest;
    }
    for (int i = 0; i < 10; i++)
        if (largest * gains[i] / (span_nm / wide) <= room)
            return gains[i];
    return 1;
}

static void draw_plane(const struct brush *b, const struct plane *p)
{
    canvas_polygon(b->canvas, p->place, LAB_TRACE_CORNERS, 0xff1b222du);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        canvas_dashes(b->canvas, p->place[i], p->place[(i + 1) % LAB_TRACE_CORNERS],
                      paint_thick(b, 14), paint_thick(b, 60), paint_thick(b, 50), PAINT_BELIEF);
    canvas_polygon(b->canvas, p->tilted, LAB_TRACE_CORNERS, 0x5056b4e9u);
    // a net on it shows its twist
    for (int k = 1; k < 6; k++) {
        struct canvas_point a = {p->tilted[0].x + (p->tilted[3].x - p->tilted[0].x) * k / 6,
                                 p->tilted[0].y + (p->tilted[3].y - p->tilted[0].y) * k / 6};
        struct canvas_point c = {p->tilted[1].x + (p->tilted[2].x - p->tilted[1].x) * k / 6,
                                 p->tilted[1].y + (p->tilted[2].y - p->tilted[1].y) * k / 6};
        canvas_line(b->canvas, a, c, paint_thick(b, 8), 0x7056b4e9u);
        struct canvas_point d = {p->tilted[0].x + (p->tilted[1].x - p->tilted[0].x) * k / 6,
                                 p->tilted[0].y + (p->tilted[1].y - p->tilted[0].y) * k / 6};
        struct canvas_point e = {p->tilted[3].x + (p->tilted[2].x - p->tilted[3].x) * k / 6,
                                 p->tilted[3].y + (p->tilted[2].y - p->tilted[3].y) * k / 6};
        canvas_line(b->canvas, d, e, paint_thick(b, 8), 0x7056b4e9u);
    }
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        canvas_line(b->canvas, p->tilted[i], p->tilted[(i + 1) % LAB_TRACE_CORNERS],
                    paint_thick(b, 20), PAINT_TRUTH);
        canvas_line(b->canvas, p->place[i], p->tilted[i], paint_thick(b, 12), PAINT_INK);
        canvas_disc(b->canvas, p->tilted[i], paint_thick(b, 42), PAINT_TRUTH);
        canvas_ring(b->canvas, p->place[i], paint_thick(b, 34), paint_thick(b, 12), PAINT_BELIEF);
    }
}

static void draw_values(const struct view *v, const struct plane *p, struct canvas_rect r)
{
    const struct brush *b = &v->brush;

    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        bool right = corners[i].right > 0, rear = corners[i].rear;
        int32_t x = (int32_t)(p->place[i].x >> 8) + paint_px(b, right ? 12 : -12);
        int32_t y = rear ? r.y + paint_px(b, 34) : r.y + r.h - paint_px(b, 34);
        enum paint_side side = right ? PAINT_RIGHT : PAINT_LEFT;
        char word[PAINT_WORD], height[PAINT_WORD];
        x = right ? r.x + r.w - paint_px(b, 6) : r.x + paint_px(b, 6);
        paint_um(word, p->off_nm[i], true);
        paint_mm(height, v->now.corner_nm[i], 3);
        paint_print(b, x, y, side, FONT_BOLD, PAINT_INK, "%s %s", corners[i].name, word);
        paint_print(b, x, y + paint_px(b, 14), side, FONT_SMALL, PAINT_DIM, "%s mm", height);
    }
}

void panel_tilt(const struct view *v)
{
    const struct brush *b = &v->brush;
    struct canvas_rect r = paint_panel(b, v->play->layout.panel[VIEW_TILT], "Gantry");
    struct canvas_rect before = canvas_clip(b->canvas, r);
    const struct lab_trace_meta *meta = &v->trace->meta;
    struct plane p;
    int64_t tilt;
    char word[PAINT_WORD];

    canvas_fill(b->canvas, r, PAINT_WELL);
    if (!measure(&v->now, p.off_nm, &tilt)) {
        paint_text(b, r.x + r.w / 2, r.y + r.h / 2, PAINT_MIDDLE, FONT_TEXT, PAINT_FAINT,
                   "nobody measured its corners");
        canvas_unclip(b->canvas, before);
        return;
    }
    bool lost = about_mean(p.off_nm);
    int32_t half = r.w * 30 / 100, deep = r.h * 20 / 100, shift = r.w * 9 / 100,
            room = r.h * 20 / 100;
    int64_t gain = gain_of(p.off_nm, room, 2 * half, meta->travel_nm[0]);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        int32_t x = r.x + r.w / 2 + corners[i].right * half + (corners[i].rear ? shift : -shift);
        int32_t y = r.y + r.h / 2 + (corners[i].rear ? -deep : deep);
        p.place[i] = paint_at(x, y);
        p.tilted[i] = p.place[i];
        p.tilted[i].y -= p.off_nm[i] * gain * CANVAS_ONE / (meta->travel_nm[0] / (2 * half));
    }
    draw_plane(b, &p);
    draw_values(v, &p, r);
    paint_print(b, r.x + r.w / 2, r.y + paint_px(b, 15), PAINT_MIDDLE, FONT_SMALL, PAINT_DIM,
                "heights \xc3\x97%" PRId64 "%s", gain,
                lost ? ", about their mean: the count is lost" : "");
    paint_um(word, tilt, false);
    paint_print(b, r.x + r.w / 2, r.y + r.h - paint_px(b, 6), PAINT_MIDDLE, FONT_SMALL, PAINT_DIM,
                "highest less lowest corner: %s", word);
    canvas_unclip(b->canvas, before);
    struct canvas_rect title = v->play->layout.panel[VIEW_TILT];
    int32_t x = title.x + title.w - paint_px(b, 8), y = title.y + paint_px(b, 16);
    x -= paint_text(b, x, y, PAINT_RIGHT, FONT_SMALL, PAINT_TRUTH, "solid: true") + paint_px(b, 10);
    paint_text(b, x, y, PAINT_RIGHT, FONT_SMALL, PAINT_BELIEF, "dashed: counted");
}
