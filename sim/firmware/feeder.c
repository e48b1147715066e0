// The interpreter: reads lines of the job ahead of time and turns motion into blocks.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double mm(int64_t nm)
{
    return (double)nm * 1e-6;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/// Acceleration and speed of a block by the modal limits and the machine's.
static void limits(const struct sim *sim, const struct plr_action *action, struct sim_block *block)
{
    const struct lab_printer *p = &sim->model.printer;
    const struct plr_modal *m = &sim->world.firmware.ahead;
    double speed_max = mm(p->velocity_nm_s);
    bool limited = m->accel_um_s2 > 0; // a device that restores garbage does not stop the clock
    double accel = limited ? (double)m->accel_um_s2 * 1e-3 : (double)p->accel_um_s2 * 1e-3;

    if (m->velocity_um_s > 0)
        speed_max = least(speed_max, (double)m->velocity_um_s * 1e-3);
    double z_share = fabs(block->direction[2]);
    if (z_share > 0.0) {
        speed_max = least(speed_max, mm(p->z_velocity_nm_s) / z_share);
        accel = least(accel, (double)p->z_accel_um_s2 * 1e-3 / z_share);
    }
    block->accel = accel;
    block->speed = least(mm(action->feed_nm_s), speed_max);
    if (block->speed < 0.01)
        block->speed = 0.01; // F0 crawls instead of standing for ever
}

/// A straight piece of `action` from `from` to `to`, both on its path. False when it is too short to matter.
static bool make_block(const struct sim *sim, const struct plr_action *action,
                       const int64_t from[4], const int64_t to[4], struct sim_block *block)
{
    double d[3], square = 0.0;

    memset(block, 0, sizeof *block);
    memcpy(block->from_nm, from, sizeof block->from_nm);
    memcpy(block->to_nm, to, sizeof block->to_nm);
    for (int i = 0; i < 3; i++) {
        d[i] = mm(to[i] - from[i]);
        square += d[i] * d[i];
    }
    block->length_mm = sqrt(square);
    block->extrudes = action->extrudes;
    if (block->length_mm >= 1e-5) {
        for (int i = 0; i < 3; i++)
            block->direction[i] = d[i] / block->length_mm;
        limits(sim, action, block);
        return true;
    }
    block->length_mm = fabs(mm(to[3] - from[3]));
    if (block->length_mm < 1e-6)
        return false;
    block->accel = (double)sim->model.printer.e_accel_um_s2 * 1e-3;
    block->speed = least(mm(action->feed_nm_s), mm(sim->model.printer.e_velocity_nm_s));
    if (block->speed < 0.01)
        block->speed = 0.01;
    return true;
}

/// Filament of the share `part_ppm` of an action.
static int64_t share(int64_t whole, int64_t part_ppm)
{
    return whole * part_ppm / PLR_PPM;
}

void firmware_point(const struct plr_action *action, int32_t ppm, int64_t machine_nm[4])
{
    for (int i = 0; i < 4; i++) {
        int64_t way = action->to_nm[i] - action->from_nm[i];
        machine_nm[i] = action->from_nm[i] + (int64_t)((double)way * ppm / PLR_PPM);
    }
}

bool firmware_push_line(struct sim *sim, const struct plr_action *action, uint64_t line,
                        int32_t skip_ppm)
{
    struct sim_block block;
    int64_t from[4];

    firmware_point(action, skip_ppm, from);
    if (!make_block(sim, action, from, action->to_nm, &block))
        return false;
    block.line = line;
    block.line_from_ppm = skip_ppm;
    block.line_to_ppm = PLR_PPM;
    block.first_of_line = true;
    block.e_nm = action->e_nm - share(action->e_nm, skip_ppm);
    block.whole_mm = block.length_mm;
    planner_push(&sim->world.firmware.planner, &block);
    return true;
}

// --- arcs --------------------------------------------------------------------------------------------

static const double chord_mm = 0.5;

/// The two axes of the arc's plane and the one that rises.
static void plane_axes(const struct sim *sim, int axis[3])
{
    static const int table[3][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}}; // G17, G18, G19
    memcpy(axis, table[sim->world.firmware.ahead.plane - 17], sizeof table[0]);
}

static void arc_angles(struct arc *arc, const int axis[3])
{
    const struct plr_action *a = &arc->action;
    double u0 = mm(a->from_nm[axis[0]] - a->centre_nm[0]),
           v0 = mm(a->from_nm[axis[1]] - a->centre_nm[1]);
    double u1 = mm(a->to_nm[axis[0]] - a->centre_nm[0]),
           v1 = mm(a->to_nm[axis[1]] - a->centre_nm[1]);

    arc->radius = sqrt(u0 * u0 + v0 * v0);
    arc->angle0 = sim_atan2(v0, u0);
    arc->sweep = sim_atan2(v1, u1) - arc->angle0;
    bool full =
        a->from_nm[axis[0]] == a->to_nm[axis[0]] && a->from_nm[axis[1]] == a->to_nm[axis[1]];
    if (a->clockwise && (arc->sweep >= 0.0 || full))
        arc->sweep -= 2.0 * SIM_PI;
    if (!a->clockwise && (arc->sweep <= 0.0 || full))
        arc->sweep += 2.0 * SIM_PI;
    if (full)
        arc->sweep = a->clockwise ? -2.0 * SIM_PI : 2.0 * SIM_PI;
}

/// Point of chord boundary `n` of `arc->chords`.
static void arc_point(const struct arc *arc, const int axis[3], int32_t n, int64_t point[4])
{
    const struct plr_action *a = &arc->action;

    if (n == arc->chords) {
        memcpy(point, a->to_nm, sizeof a->to_nm);
        return;
    }
    double part = (double)n / arc->chords, angle = arc->angle0 + arc->sweep * part;
    for (int i = 0; i < 4; i++)
        point[i] = a->from_nm[i] + (int64_t)((double)(a->to_nm[i] - a->from_nm[i]) * part);
    point[axis[0]] = a->centre_nm[0] + sim_round(arc->radius * sim_cos(angle) * 1e6);
    point[axis[1]] = a->centre_nm[1] + sim_round(arc->radius * sim_sin(angle) * 1e6);
}

bool firmware_arc_begin(struct sim *sim, const struct plr_action *action, uint64_t line,
                        int32_t skip_ppm)
{
    struct arc *arc = &sim->world.firmware.arc;
    int axis[3];

    memset(arc, 0, sizeof *arc);
    arc->action = *action;
    arc->line = line;
    arc->skip_ppm = skip_ppm;
    plane_axes(sim, axis);
    arc_angles(arc, axis);
    arc->chords = 1 + (int32_t)(fabs(arc->sweep) * arc->radius / chord_mm);
    arc->next = (int32_t)((int64_t)skip_ppm * arc->chords / PLR_PPM);
    arc->active = true;
    return true;
}

/// Where in its chord the arc is resumed: on the chord itself, as the nozzle went.
static void chord_from(const struct arc *arc, const int axis[3], int64_t from[4], int32_t *from_ppm)
{
    int64_t next[4];
    int32_t begin = (int32_t)((int64_t)arc->next * PLR_PPM / arc->chords);

    arc_point(arc, axis, arc->next, from);
    *from_ppm = begin;
    if (arc->skip_ppm <= begin)
        return;
    arc_point(arc, axis, arc->next + 1, next);
    double part = (double)(arc->skip_ppm - begin) * arc->chords / PLR_PPM;
    for (int i = 0; i < 4; i++)
        from[i] += (int64_t)((double)(next[i] - from[i]) * part);
    *from_ppm = arc->skip_ppm;
}

void firmware_arc_point(struct sim *sim, const struct plr_action *action, int32_t ppm,
                        int64_t machine_nm[4])
{
    struct arc keep = sim->world.firmware.arc;
    int axis[3];
    int32_t from_ppm;

    firmware_arc_begin(sim, action, 0, ppm);
    plane_axes(sim, axis);
    if (ppm >= PLR_PPM)
        memcpy(machine_nm, action->to_nm, sizeof action->to_nm);
    else
        chord_from(&sim->world.firmware.arc, axis, machine_nm, &from_ppm);
    sim->world.firmware.arc = keep;
}

void firmware_arc_feed(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    struct arc *arc = &fw->arc;
    struct sim_block block;
    int64_t from[4], to[4];
    int axis[3];

    plane_axes(sim, axis);
    while (arc->active && !planner_full(&fw->planner)) {
        if (arc->next >= arc->chords) {
            arc->active = false;
            return;
        }
        int32_t from_ppm, to_ppm = (int32_t)((int64_t)(arc->next + 1) * PLR_PPM / arc->chords);
        chord_from(arc, axis, from, &from_ppm);
        arc_point(arc, axis, arc->next + 1, to);
        if (make_block(sim, &arc->action, from, to, &block)) {
            block.line = arc->line;
            block.line_from_ppm = from_ppm;
            block.line_to_ppm = to_ppm;
            block.first_of_line = !arc->begun; // the rest of a chord may be too short for a block
            arc->begun = true;
            block.e_nm = share(arc->action.e_nm, to_ppm) - share(arc->action.e_nm, from_ppm);
            block.whole_mm = block.length_mm;
            planner_push(&fw->planner, &block);
        }
        arc->next++;
        arc->active = arc->next < arc->chords;
    }
}

// --- lines ---------------------------------------------------------------------------------------------

static void set_barrier(struct firmware *fw, const struct plr_action *action, uint64_t line)
{
    memset(&fw->barrier, 0, sizeof fw->barrier);
    fw->barrier.set = true;
    fw->barrier.line = line;
    fw->barrier.action = *action;
}

static void feed_action(struct sim *sim, const struct plr_action *action, uint64_t line,
                        int32_t skip_ppm)
{
    struct firmware *fw = &sim->world.firmware;

    switch (action->kind) {
    case PLR_ACT_MOVE:
    case PLR_ACT_RETRACT: firmware_push_line(sim, action, line, skip_ppm); break;
    case PLR_ACT_ARC: firmware_arc_begin(sim, action, line, skip_ppm); break;
    case PLR_ACT_HOME:
    case PLR_ACT_DWELL:
    case PLR_ACT_WAIT:
    case PLR_ACT_SYNC:
    case PLR_ACT_START:
    case PLR_ACT_END: set_barrier(fw, action, line); break;
    case PLR_ACT_NONE:
    case PLR_ACT_COMMAND:
    case PLR_ACT_UNKNOWN: break; // done when execution gets there
    }
}

static void feed_line(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    struct plr_gcode_line line;
    struct plr_action action = {
        .kind = PLR_ACT_NONE}; // a world keeps it, and holds nothing that a stack left
    uint64_t offset = fw->feed_at;
    int32_t skip_ppm = fw->skip_ppm, drawn_nm = fw->ahead.retract_nm;

    size_t len = lab_job_line(&sim->job_now, offset, &fw->feed_at);
    fw->skip_ppm = 0;
    // the file was checked before it was started; a line that a disturbance broke is skipped
    if (plr_gcode_lex(sim->job_now.data + offset, len, &line) || line.kind == PLR_GCODE_EMPTY) {
        if (line.kind == PLR_GCODE_EMPTY && line.fault == PLR_GCODE_FINE)
            (void)plr_modal_apply(&fw->ahead, &line, &action); // layer marks are comments
        return;
    }
    if (plr_modal_apply(&fw->ahead, &line, &action))
        return;
    (void)plr_objects_apply(&fw->objects, &line);
    if (!firmware_leave_out(fw, &action, drawn_nm))
        feed_action(sim, &action, offset, skip_ppm);
}

void firmware_feed(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    if (fw->brake_on)
        return;
    while (fw->job_running && !fw->barrier.set && !planner_full(&fw->planner)) {
        if (fw->arc.active)
            firmware_arc_feed(sim);
        else if (fw->feed_at < sim->job_now.size)
            feed_line(sim);
        else
            return;
    }
}
