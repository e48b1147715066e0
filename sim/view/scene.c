// Puts the panels together.
// SPDX-License-Identifier: MIT
#include "sim/view/scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/view/panels.h"

enum {
    SCALE_MIN = 50,
    FINE = 16 ///< a window that is too small is made larger in steps of such a part of it
};

struct scene {
    const struct story *story;
    struct canvas canvas;
    struct canvas back; ///< what changes seldom, each panel's in its place
    struct font *font;
    struct layout layout;
    struct kept_path path;
    struct kept_charts charts;
    const struct paint_listener *listener;
    struct paint_taken taken;
};

static int32_t at_most(int64_t side)
{
    return (int32_t)(side < CANVAS_SIDE_MAX ? side : CANVAS_SIDE_MAX);
}

void scene_fit(int32_t *width, int32_t *height, int32_t *scale)
{
    int64_t w = *width > 0 ? *width : 1, h = *height > 0 ? *height : 1, larger = FINE;

    while (*scale > SCALE_MIN && !layout_fits(at_most(w), at_most(h), *scale))
        *scale = *scale - 5 < SCALE_MIN ? SCALE_MIN : *scale - 5;
    while (!layout_fits(at_most(w * larger / FINE), at_most(h * larger / FINE), *scale))
        larger++;
    *width = at_most(w * larger / FINE);
    *height = at_most(h * larger / FINE);
}

int scene_open(struct scene **out, const struct story *story, int32_t width, int32_t height,
               int32_t scale)
{
    *out = NULL;
    if (!layout_fits(width, height, scale))
        return -EINVAL;
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->story = story;
    layout_make(&s->layout, width, height, scale);
    int bad = canvas_open(&s->canvas, width, height);
    bad = bad ? bad : canvas_open(&s->back, width, height);
    bad = bad ? bad : font_open(&s->font, scale);
    s->charts.samples = s->layout.time.w;
    s->charts.sample = malloc((size_t)s->charts.samples * sizeof *s->charts.sample);
    if (!bad && !s->charts.sample)
        bad = -ENOMEM;
    if (bad) {
        scene_close(s);
        return bad;
    }
    *out = s;
    return 0;
}

void scene_close(struct scene *scene)
{
    if (!scene)
        return;
    canvas_close(&scene->canvas);
    canvas_close(&scene->back);
    font_close(scene->font);
    free(scene->charts.sample);
    free(scene);
}

/// The newest deposit, as far as it is laid.
static void find_growing(struct view *v)
{
    if (!v->now.deposits)
        return;
    const struct lab_trace_deposit *d = &v->trace->deposit[v->now.deposits - 1];
    int64_t into = v->now.t_us - d->t_us;
    v->growing = *d;
    for (int axis = 0; axis < 3 && into < d->duration_us; axis++)
        v->growing.to_nm[axis] = d->from_nm[axis] + (d->to_nm[axis] - d->from_nm[axis]) *
                                                        (into * 1000 / d->duration_us) / 1000;
}

/// Where the part's frame lies in the machine's, by the newest deposit and the motion that laid it.
static void find_frame(struct view *v)
{
    if (!v->now.deposits)
        return;
    const struct lab_trace_deposit *d = &v->trace->deposit[v->now.deposits - 1];
    if (d->motion < 0 || d->motion >= (int64_t)v->trace->motions ||
        !v->trace->motion[d->motion].true_known)
        return;
    for (int axis = 0; axis < 3; axis++)
        v->frame_nm[axis] = v->trace->motion[d->motion].true_to_nm[axis] - d->to_nm[axis];
}

void scene_listen(struct scene *scene, const struct paint_listener *listener)
{
    scene->listener = listener;
}

static void draw_panel(struct scene *s, const struct view *v)
{
    switch ((enum view_panel)v->brush.panel) {
    case VIEW_HEADER: panel_header(v); break;
    case VIEW_SIDE: panel_side(v); break;
    case VIEW_LENS: panel_lens(v); break;
    case VIEW_TOP: panel_top(v, &s->back, &s->path); break;
    case VIEW_TILT: panel_tilt(v); break;
    case VIEW_CHARTS: panel_charts(v, &s->back, &s->charts); break;
    case VIEW_STEPS: panel_steps(v); break;
    case VIEW_MEASURES: panel_measures(v); break;
    case VIEW_RUN: panel_run(v); break;
    case VIEW_PANELS: panel_help(v); break;
    }
}

const struct canvas *scene_draw(struct scene *s, const struct play *play)
{
    struct view v = {.brush = {.canvas = &s->canvas,
                               .font = s->font,
                               .scale = s->layout.scale,
                               .taken = &s->taken,
                               .listener = s->listener},
                     .story = s->story,
                     .trace = s->story->trace,
                     .play = play};

    lab_trace_at(v.trace, play->now_us, &v.now);
    find_growing(&v);
    find_frame(&v);
    canvas_fill(&s->canvas, s->canvas.clip, PAINT_GROUND);
    for (v.brush.panel = 0; v.brush.panel < VIEW_PANELS; v.brush.panel++) {
        s->taken.count = 0;
        draw_panel(s, &v);
    }
    canvas_frame(&s->canvas, s->layout.panel[play->active], paint_px(&v.brush, 1), PAINT_FAINT);
    if (play->help)
        draw_panel(s, &v);
    return &s->canvas;
}
