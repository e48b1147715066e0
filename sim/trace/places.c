// Where head and corners are: motions as they end, displacements as they are found.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "sim/trace/internal.h"

static const int64_t drift_nm =
    1000; // heights of corners are told again when they are this far off

// --- truth -----------------------------------------------------------------------------------------------------

/// The constants of the fast path: the run's own while they hold, else worked out here.
static const struct plant_track *track(struct sim_recorder *r, const struct sim *sim)
{
    const struct world *w = &sim->world;

    if (w->track_us >= 0)
        return &w->track;
    if (r->track_us != w->now_us) {
        plant_track(&r->track, &w->plant, &sim->model);
        r->track_us = w->now_us;
    }
    return &r->track;
}

static void tip_of(struct sim_recorder *r, const struct sim *sim, const int64_t at_nm[3],
                   int64_t tip_nm[3])
{
    const struct plant_track *t = track(r, sim);

    tip_nm[0] = at_nm[0] + t->xy_nm[0];
    tip_nm[1] = at_nm[1] + t->xy_nm[1];
    tip_nm[2] = plant_track_z(t, &sim->model, at_nm[0], at_nm[1], at_nm[2]);
}

/// The newest deposit, if the motion that just ended made one.
static const struct lab_trace_deposit *laid(struct sim_recorder *r, const struct sim *sim,
                                            struct lab_trace_deposit *out)
{
    const struct lab_ledger *ledger = &sim->truth.ledger;

    if (ledger->count == r->ledger)
        return NULL;
    const struct lab_deposit *newest = &ledger->entry[ledger->count - 1];
    r->ledger = ledger->count;
    for (int i = 0; i < 3; i++) {
        out->from_nm[i] = newest->from_nm[i];
        out->to_nm[i] = newest->to_nm[i];
    }
    out->e_nm = newest->e_nm;
    out->deficit_nm = newest->deficit_nm;
    return out;
}

// --- motions ---------------------------------------------------------------------------------------------------

static int64_t whole(double value)
{
    return (int64_t)(value + 0.5);
}

/// Speeds of the first `duration_us` of a block's profile.
static void profile(const struct sim_block *block, struct lab_trace_motion *m)
{
    double t = (double)m->duration_us * 1e-6;
    int64_t up_us = whole(block->t_up * 1e6), steady_us = whole(block->t_cruise * 1e6);
    bool cut_short = t < block->t_up;

    m->up_us = up_us < m->duration_us ? up_us : m->duration_us;
    m->down_us = m->duration_us - m->up_us - steady_us;
    m->down_us = m->down_us > 0 ? m->down_us : 0;
    m->v0_um_s = whole(block->v0 * 1e3);
    m->cruise_um_s = whole((cut_short ? block_speed(block, t) : block->vc) * 1e3);
    m->v1_um_s = whole((t < block_duration(block) ? block_speed(block, t) : block->v1) * 1e3);
}

/// It begins where the one before it stopped, or later.
static void put_motion(struct sim_recorder *r, const struct sim *sim, struct lab_trace_motion *m)
{
    struct lab_trace_deposit newest;

    if (r->moved && m->t_us < r->last.t_us)
        m->t_us = r->last.t_us;
    lab_trace_put_motion(&r->to, m, laid(r, sim, &newest));
    r->last.t_us = m->t_us;
    r->last.true_known = m->true_known;
    for (int i = 0; i < 4; i++)
        r->last.to_nm[i] = m->to_nm[i];
    for (int i = 0; i < 3; i++)
        r->last.true_to_nm[i] = m->true_to_nm[i];
    r->moved = true;
}

void trace_piece(void *ctx, const struct sim *sim, const int64_t from_nm[4], const int64_t to_nm[4],
                 double begin_us, double duration_us)
{
    struct sim_recorder *r = ctx;
    struct lab_trace_motion
        m; // every field is set: of a print's motions zeroing it is a part that can be measured
    bool goes_on = r->moved && r->last.true_known;

    m.t_us = whole(begin_us);
    m.duration_us = whole(begin_us + duration_us) - m.t_us;
    m.kind = LAB_TRACE_MOVE;
    profile(&sim->world.firmware.block, &m);
    for (int i = 0; i < 3; i++) {
        m.from_nm[i] = from_nm[i];
        m.to_nm[i] = to_nm[i];
        m.true_from_nm[i] = r->last.true_to_nm[i];
        goes_on = goes_on && from_nm[i] == r->last.to_nm[i];
    }
    m.from_nm[3] = r->e_nm;
    m.to_nm[3] = r->e_nm = sim->world.firmware.e_nm;
    m.true_known = true;
    if (!goes_on)
        tip_of(r, sim, from_nm, m.true_from_nm);
    tip_of(r, sim, to_nm, m.true_to_nm);
    put_motion(r, sim, &m);
    r->look = r->look || (r->levels && m.from_nm[2] != m.to_nm[2]); // it may have left an endstop
}

/// What the nozzle stands on after an outage: somebody has looked there then. While it prints, and before, nothing holds it.
static int64_t ground(const struct sim *sim, const int64_t tip_nm[3])
{
    const struct world *w = &sim->world;

    if (!w->in_outage && !w->dwelling)
        return PLANT_NO_SURFACE;
    return surface_under(&sim->surface, &w->plant, &sim->model, tip_nm);
}

/// Where everything stands now. A nozzle that presses into something lifts what carries it.
static void stand(const struct sim *sim, struct lab_trace_motion *m, struct lab_trace_corners *c)
{
    const struct plant *plant = &sim->world.plant;
    struct plant_pose pose;
    int64_t free_nm[LAB_TRACE_CORNERS];
    double weight[LAB_TRACE_CORNERS], lift = 0.0;

    firmware_pose(sim, &pose);
    m->true_known = true;
    plant_nozzle(plant, &sim->model, &pose, m->true_to_nm);
    m->to_nm[0] = pose.xy_nm[0];
    m->to_nm[1] = pose.xy_nm[1];
    m->to_nm[2] = pose.motor_nm[0];
    m->to_nm[3] = sim->world.firmware.e_nm;
    int64_t ground_nm = ground(sim, m->true_to_nm);
    memcpy(c->believed_nm, pose.motor_nm, sizeof c->believed_nm);
    plant_corners(plant, &sim->model, &pose, ground_nm, c->true_nm, NULL, NULL);
    if (ground_nm <= m->true_to_nm[2])
        return;
    plant_corners(plant, &sim->model, &pose, PLANT_NO_SURFACE, free_nm, NULL, NULL);
    plant_weights(&sim->model, m->true_to_nm[0], m->true_to_nm[1], weight);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        lift += weight[i] * (double)(c->true_nm[i] - free_nm[i]);
    m->true_to_nm[2] += sim_round(lift);
}

static void put_corners(struct sim_recorder *r, const struct lab_trace_corners *c)
{
    lab_trace_put_corners(&r->to, c);
    r->corners = *c;
    r->cornered = true;
}

/// The endstops of `left` at an instant of a motion that takes corners from where they were to `to`.
static uint32_t pressed_at(const struct sim_recorder *r, const struct sim *sim,
                           const struct lab_trace_motion *m, const struct lab_trace_corners *to,
                           int64_t t_us)
{
    int64_t corner_nm[PLANT_CORNERS], share_ppm = lab_trace_share(m, t_us);

    for (int i = 0; i < PLANT_CORNERS; i++)
        corner_nm[i] = r->corners.true_nm[i] +
                       (to->true_nm[i] - r->corners.true_nm[i]) / 1000 * share_ppm / 1000;
    return plant_switches_at(&r->left, &sim->model, corner_nm);
}

/// Endstops that a motion left let go where it crossed their edges, and not when it ended.
static void leave_endstops(struct sim_recorder *r, const struct sim *sim,
                           const struct lab_trace_motion *m, const struct lab_trace_corners *to)
{
    int64_t low_us = m->t_us, end_us = m->t_us + m->duration_us;

    if (!r->levelled || !r->levels || !r->cornered)
        return;
    r->left = sim->world.plant;
    r->left.pressed = r->levels;
    memcpy(r->left.corner_nm, r->corners.true_nm, sizeof r->left.corner_nm);
    uint32_t last = r->levels & pressed_at(r, sim, m, to, end_us);
    while (r->levels != last) {
        int64_t before_us = low_us, at_us = end_us; // it has gone by then
        while (at_us - before_us > 1) {
            int64_t middle_us = before_us + (at_us - before_us) / 2;
            if ((r->levels & pressed_at(r, sim, m, to, middle_us)) == r->levels)
                before_us = middle_us;
            else
                at_us = middle_us;
        }
        r->levels &= pressed_at(r, sim, m, to, at_us);
        lab_trace_put_levels(&r->to, &(struct lab_trace_levels){at_us, r->levels});
        low_us = at_us;
    }
}

void trace_manual(void *ctx, const struct sim *sim, const struct manual *manual)
{
    static const enum lab_trace_motion_kind kinds[] = {
        [MANUAL_NONE] = LAB_TRACE_JUMP,    [MANUAL_Z] = LAB_TRACE_Z,
        [MANUAL_XY] = LAB_TRACE_XY,        [MANUAL_E] = LAB_TRACE_E,
        [MANUAL_HOME_XY] = LAB_TRACE_HOME, [MANUAL_LINE] = LAB_TRACE_STRAIGHT};
    struct sim_recorder *r = ctx;
    int64_t now_us = sim->world.now_us, run_us = whole(block_duration(&manual->block) * 1e6);
    struct lab_trace_motion m = {.t_us = manual->begin_us, .kind = kinds[manual->kind]};
    struct lab_trace_corners c = {.t_us = manual->begin_us,
                                  .duration_us = now_us - manual->begin_us};

    m.duration_us = now_us - manual->begin_us;
    if (m.duration_us > run_us) // homing: the second, slow touches stand at the endstop
        m.duration_us = run_us;
    profile(&manual->block, &m);
    memcpy(m.from_nm, manual->from_nm, 2 * sizeof m.from_nm[0]);
    m.from_nm[2] = manual->z_from_nm[0];
    m.from_nm[3] = r->e_nm;
    stand(sim, &m, &c);
    r->e_nm = m.to_nm[3];
    memcpy(m.true_from_nm, manual->tip_nm, sizeof m.true_from_nm);
    put_motion(r, sim, &m);
    if (manual->kind == MANUAL_Z || manual->kind == MANUAL_LINE) {
        leave_endstops(r, sim, &m, &c);
        put_corners(r, &c);
    }
    r->look = true;
}

// --- displacements -----------------------------------------------------------------------------------------------

static bool far(const int64_t *a, const int64_t *b, int count, int64_t least)
{
    for (int i = 0; i < count; i++) {
        int64_t delta = a[i] - b[i];
        if (delta >= least || delta <= -least)
            return true;
    }
    return false;
}

void trace_places(struct sim_recorder *r, const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;
    int64_t now_us = sim->world.now_us;
    struct lab_trace_motion m = {.t_us = now_us, .kind = LAB_TRACE_JUMP};
    struct lab_trace_corners c = {.t_us = now_us};

    if (fw->running || (fw->manual.kind != MANUAL_NONE && fw->manual.begin_us != now_us))
        return;
    stand(sim, &m, &c);
    if (!r->moved || far(m.to_nm, r->last.to_nm, 4, 1) ||
        far(m.true_to_nm, r->last.true_to_nm, 3, drift_nm)) {
        memcpy(m.from_nm, m.to_nm, sizeof m.from_nm);
        memcpy(m.true_from_nm, m.true_to_nm, sizeof m.true_from_nm);
        r->e_nm = m.to_nm[3];
        put_motion(r, sim, &m);
    }
    if (!r->cornered || far(c.believed_nm, r->corners.believed_nm, LAB_TRACE_CORNERS, 1) ||
        far(c.true_nm, r->corners.true_nm, LAB_TRACE_CORNERS, drift_nm))
        put_corners(r, &c);
}

void trace_drift(struct sim_recorder *r, const struct sim *sim)
{
    struct lab_trace_corners c = {.t_us = sim->world.now_us};
    struct lab_trace_motion m;
    int64_t rise_nm, was_nm[LAB_TRACE_CORNERS];

    r->drifted_us = sim->world.now_us;
    if (!sim->world.firmware.running || !r->cornered)
        return;
    stand(sim, &m, &c);
    rise_nm = c.believed_nm[0] - r->corners.believed_nm[0];
    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        was_nm[i] = r->corners.true_nm[i] + rise_nm;
    if (far(c.true_nm, was_nm, LAB_TRACE_CORNERS, drift_nm))
        put_corners(r, &c);
}
