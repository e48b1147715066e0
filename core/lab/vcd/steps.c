// Step pulses: where a motor's way crosses whole microsteps, and when.
// SPDX-License-Identifier: MIT
#include "core/lab/vcd/internal.h"

static const int64_t pulse_us = 2;

/// A motor, and its signals.
struct motor {
    int step, dir;
    int64_t size_nm;
    bool down; ///< the direction last told
    bool told;
};

/// A way of one motor: over a motion's profile, or (NULL) straight.
struct way {
    const struct lab_trace_motion *motion;
    int64_t t_us, duration_us, from_nm, to_nm;
};

static int64_t position(const struct way *w, int64_t t_us)
{
    int64_t into = t_us - w->t_us;

    if (into >= w->duration_us)
        return w->to_nm;
    int64_t share = w->motion ? lab_trace_share(w->motion, t_us) : into * 1000000 / w->duration_us;
    return w->from_nm + (w->to_nm - w->from_nm) * share / 1000000;
}

/// Number of the whole step at or below a place.
static int64_t floor_step(int64_t nm, int64_t size_nm)
{
    return nm >= 0 ? nm / size_nm : -((-nm + size_nm - 1) / size_nm);
}

/// When a way is at step `number` or beyond it, seen in its direction: not before `low`.
static int64_t when(const struct way *w, int64_t size_nm, int64_t number, int64_t low_us)
{
    bool down = w->to_nm < w->from_nm;
    int64_t high_us = w->t_us + w->duration_us;

    while (low_us < high_us) {
        int64_t middle = low_us + (high_us - low_us) / 2;
        int64_t at = floor_step(position(w, middle), size_nm);
        if (down ? at <= number : at >= number)
            high_us = middle;
        else
            low_us = middle + 1;
    }
    return low_us;
}

static void pulse(struct vcd *vcd, const struct motor *m, int64_t t_us, int64_t next_us)
{
    int64_t half = (next_us - t_us) / 2;
    int64_t wide = half < pulse_us ? half : pulse_us;

    vcd_change(vcd, m->step, t_us, 1);
    vcd_change(vcd, m->step, t_us + (wide > 0 ? wide : 1), 0);
}

static void go(struct vcd *vcd, struct motor *m, const struct way *w)
{
    bool down = w->to_nm < w->from_nm;
    int64_t at = floor_step(w->from_nm, m->size_nm), end = floor_step(w->to_nm, m->size_nm);
    int64_t low_us = w->t_us < vcd->window.from_us ? vcd->window.from_us : w->t_us;

    if (at == end || !w->duration_us || w->t_us > vcd->window.to_us ||
        w->t_us + w->duration_us < vcd->window.from_us)
        return;
    if (low_us > w->t_us) // it began before the window
        at = floor_step(position(w, low_us), m->size_nm);
    if (!m->told || m->down != down)
        vcd_change(vcd, m->dir, low_us, down);
    m->told = true;
    m->down = down;
    if (at == end)
        return;
    int64_t t_us = when(w, m->size_nm, down ? at - 1 : at + 1, low_us);
    while (at != end && t_us <= vcd->window.to_us && !vcd->error) {
        at += down ? -1 : 1;
        int64_t next_us =
            at == end ? t_us + 2 * pulse_us : when(w, m->size_nm, down ? at - 1 : at + 1, t_us);
        pulse(vcd, m, t_us, next_us);
        t_us = next_us;
    }
}

static void motor(struct vcd *vcd, struct motor *m, const char *name, int64_t size_nm)
{
    char words[LAB_TRACE_KEY];

    snprintf(words, sizeof words, "%s_step", name);
    m->step = vcd_signal(vcd, words, VCD_WIRE);
    snprintf(words, sizeof words, "%s_dir", name);
    m->dir = vcd_signal(vcd, words, VCD_WIRE);
    m->size_nm = size_nm > 0 ? size_nm : 1000;
    vcd_change(vcd, m->step, INT64_MIN, 0);
    vcd_change(vcd, m->dir, INT64_MIN, 0);
}

/// Where a motor of X and Y stands: its axis', or a belt's of a CoreXY.
static int64_t belt(const struct lab_trace *t, int which, const int64_t at_nm[4])
{
    if (!t->meta.core_xy)
        return at_nm[which];
    return which ? at_nm[0] - at_nm[1] : at_nm[0] + at_nm[1];
}

/// X and Y follow every motion; Z those of the job alone, for others move its motors apart (the corners' records).
static void motions(struct vcd *vcd, struct motor xy[2], struct motor *z, int motors)
{
    const struct lab_trace *t = vcd->trace;

    for (size_t i = 0; i < t->motions; i++) {
        const struct lab_trace_motion *m = &t->motion[i];
        struct way w = {m, m->t_us, m->duration_us, 0, 0};
        for (int k = 0; k < 2; k++) {
            w.from_nm = belt(t, k, m->from_nm);
            w.to_nm = belt(t, k, m->to_nm);
            go(vcd, &xy[k], &w);
        }
        w.from_nm = m->from_nm[2];
        w.to_nm = m->to_nm[2];
        for (int k = 0; k < motors && m->kind == LAB_TRACE_MOVE; k++)
            go(vcd, &z[k], &w);
    }
}

static void lifts(struct vcd *vcd, struct motor *z, int motors)
{
    const struct lab_trace *t = vcd->trace;

    for (size_t i = 1; i < t->corner_count; i++) {
        const struct lab_trace_corners *c = &t->corners[i];
        struct lab_trace_state before;
        if (!c->duration_us || c->t_us > vcd->window.to_us ||
            c->t_us + c->duration_us < vcd->window.from_us)
            continue;
        lab_trace_at(t, c->t_us, &before);
        for (int k = 0; k < motors; k++) {
            const struct way w = {NULL, c->t_us, c->duration_us, before.believed_nm[k],
                                  c->believed_nm[k]};
            go(vcd, &z[k], &w);
        }
    }
}

void vcd_steps(struct vcd *vcd)
{
    static const char *const names[] = {"stepper_z", "stepper_z1", "stepper_z2", "stepper_z3"};
    const struct lab_trace_meta *meta = &vcd->trace->meta;
    int motors = meta->z_motors >= 1 && meta->z_motors <= 4 ? (int)meta->z_motors : 0;
    struct motor xy[2] = {0}, z[4] = {0};

    if (vcd->window.from_us > vcd->window.to_us)
        return;
    motor(vcd, &xy[0], "stepper_x", meta->xy_step_nm);
    motor(vcd, &xy[1], "stepper_y", meta->xy_step_nm);
    for (int i = 0; i < motors; i++)
        motor(vcd, &z[i], names[i], meta->z_step_nm);
    motions(vcd, xy, z, motors);
    lifts(vcd, z, motors);
}
