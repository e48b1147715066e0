// Maps lengths of the machine to pixels.
// SPDX-License-Identifier: MIT
#include "sim/view/look.h"

enum { NM_PER_PX_MIN = 500, MARGIN_NM = 22000000, PART_MARGIN_NM = 6000000 };

/// The box of all that a drawing shows: low corner and size.
struct box {
    int64_t low_nm[2], size_nm[2];
};

static int64_t ceiling_nm(const struct lab_trace_meta *meta)
{
    int64_t z = meta->z_endstop_nm == LAB_TRACE_UNKNOWN ? meta->travel_nm[2] : meta->z_endstop_nm;

    return z > meta->travel_nm[2] ? z : meta->travel_nm[2];
}

static struct box side_box(const struct story *s)
{
    const struct lab_trace_meta *meta = &s->trace->meta;

    int64_t left = 0, right = meta->travel_nm[0];
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        left = meta->post_nm[i][0] < left ? meta->post_nm[i][0] : left;
        right = meta->post_nm[i][0] > right ? meta->post_nm[i][0] : right;
    }
    return (struct box){{left - MARGIN_NM, -MARGIN_NM * 3 / 2},
                        {right - left + 2 * MARGIN_NM, ceiling_nm(meta) + MARGIN_NM * 9 / 2}};
}

/// The part, when it is small on its bed; else the bed.
static struct box top_box(const struct story *s)
{
    const struct lab_trace_meta *meta = &s->trace->meta;
    struct box box = {{-MARGIN_NM / 4, -MARGIN_NM / 4},
                      {meta->travel_nm[0] + MARGIN_NM / 2, meta->travel_nm[1] + MARGIN_NM / 2}};

    for (int axis = 0; axis < 2 && s->has_part; axis++)
        if ((s->part_high_nm[axis] - s->part_low_nm[axis]) * 2 > meta->travel_nm[axis])
            return box;
    for (int axis = 0; axis < 2 && s->has_part; axis++) {
        box.low_nm[axis] = s->part_low_nm[axis] - PART_MARGIN_NM;
        box.size_nm[axis] = s->part_high_nm[axis] + PART_MARGIN_NM - box.low_nm[axis];
    }
    return box;
}

static struct box box_of(const struct story *s, enum view_panel panel)
{
    return panel == VIEW_SIDE ? side_box(s) : top_box(s);
}

int64_t look_fit_nm(const struct story *story, enum view_panel panel, struct canvas_rect rect)
{
    struct box box = box_of(story, panel);
    int64_t a = box.size_nm[0] / (rect.w > 0 ? rect.w : 1);
    int64_t b = box.size_nm[1] / (rect.h > 0 ? rect.h : 1);
    int64_t nm = (a > b ? a : b) + 1;

    return nm < NM_PER_PX_MIN ? NM_PER_PX_MIN : nm;
}

int64_t look_nm_per_px(const struct look *look, int64_t fit_nm)
{
    int64_t nm = fit_nm;

    for (int32_t i = 0; i < look->zoom; i++)
        nm = nm * 4 / 5;
    for (int32_t i = 0; i > look->zoom; i--)
        nm = nm * 5 / 4;
    return nm < NM_PER_PX_MIN ? NM_PER_PX_MIN : nm;
}

struct look_map look_make(const struct story *story, enum view_panel panel, const struct look *look,
                          struct canvas_rect rect, const int64_t *nozzle_nm)
{
    struct box box = box_of(story, panel);
    struct look_map map = {.rect = rect};
    const int second = panel == VIEW_SIDE ? 2 : 1;

    map.nm_per_px = look_nm_per_px(look, look_fit_nm(story, panel, rect));
    for (int i = 0; i < 2; i++) {
        map.middle_nm[i] =
            nozzle_nm ? nozzle_nm[i ? second : 0] : box.low_nm[i] + box.size_nm[i] / 2;
        map.middle_nm[i] += look->pan_nm[i];
    }
    return map;
}

int64_t look_length(const struct look_map *map, int64_t nm)
{
    return nm * CANVAS_ONE / map->nm_per_px;
}

struct canvas_point look_place(const struct look_map *map, int64_t a_nm, int64_t b_nm)
{
    return (struct canvas_point){(2 * (int64_t)map->rect.x + map->rect.w) * CANVAS_ONE / 2 +
                                     look_length(map, a_nm - map->middle_nm[0]),
                                 (2 * (int64_t)map->rect.y + map->rect.h) * CANVAS_ONE / 2 -
                                     look_length(map, b_nm - map->middle_nm[1])};
}
