// Execution in time: blocks begin, run, end; lines without motion take effect in their place.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define QUEUE_LOOK_US 10e6 // nobody asks for more than this of the queue

static double seconds(double us)
{
    return us * 1e-6;
}

/// Distance of the running block done by now, from its very beginning.
static double done_mm(const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;
    double t = seconds((double)sim->world.now_us - fw->block_begin);
    return fw->block.start_mm + block_distance(&fw->block, t);
}

static void block_point(const struct sim_block *block, double part, int64_t point[4])
{
    for (int i = 0; i < 4; i++)
        point[i] =
            block->from_nm[i] + sim_round((double)(block->to_nm[i] - block->from_nm[i]) * part);
}

// --- lines -----------------------------------------------------------------------------------------------

void firmware_outputs(struct sim *sim, const struct plr_modal *before)
{
    const struct plr_modal *now = &sim->world.firmware.exec;
    uint8_t tool = now->tool;

    if (before->bed_mc != now->bed_mc)
        firmware_set_heater(sim, 0, now->bed_mc);
    if (before->nozzle_mc[tool] != now->nozzle_mc[tool])
        firmware_set_heater(sim, 1, now->nozzle_mc[tool]);
    for (int i = 0; i < PLR_FAN_MAX; i++)
        if (before->fan_ppm[i] != now->fan_ppm[i])
            firmware_set_fan(sim, i, now->fan_ppm[i]);
}

static void count_move(struct sim *sim, const struct plr_action *action)
{
    struct firmware *fw = &sim->world.firmware;

    if (action->kind != PLR_ACT_MOVE && action->kind != PLR_ACT_ARC)
        return;
    fw->move_lines++;
    bool xy = action->from_nm[0] != action->to_nm[0] || action->from_nm[1] != action->to_nm[1];
    if (action->extrudes)
        fw->layer_moves++;
    else if (action->e_nm < 0)
        fw->layer_retracts++;
    else if (xy)
        fw->layer_travels++;
}

static void trail_line(struct sim *sim, uint64_t offset)
{
    const struct sim_trail_line line = {.offset = offset,
                                        .state = sim_trail_state(&sim->world.firmware.exec)};

    if (sim_trail_add_line(sim->trail, &line))
        sim->world.stop_requested = true;
}

void firmware_exec_line(struct sim *sim, uint64_t offset, size_t len)
{
    struct firmware *fw = &sim->world.firmware;
    struct plr_gcode_line line;
    struct plr_action action;
    struct plr_modal before = fw->exec;

    if (sim->trail)
        trail_line(sim, offset);
    fw->line = offset;
    fw->line_ppm = 0;
    if (plr_gcode_lex(sim->job_now.data + offset, len, &line) ||
        plr_modal_apply(&fw->exec, &line, &action))
        return;
    if (action.new_layer) {
        fw->layer_moves = fw->layer_travels = fw->layer_retracts = 0;
        if (!sim->layered ||
            fw->exec.layer.number == 0) // a prime line before the first mark is no layer yet
            sim->filament_base_nm = sim->filament_high_nm;
        sim->layered = true;
        world_event(sim, SIM_EVENT_LAYER, fw->exec.layer.number, fw->exec.layer.z_nm, 0, 0);
    }
    firmware_outputs(sim, &before);
    count_move(sim, &action);
}

/// Begin all lines up to and including the one at `line`.
void firmware_exec_to(struct sim *sim, uint64_t line)
{
    struct firmware *fw = &sim->world.firmware;

    while (fw->exec_at < sim->job_now.size && fw->exec_at <= line) {
        uint64_t offset = fw->exec_at;
        size_t len = lab_job_line(&sim->job_now, offset, &fw->exec_at);
        firmware_exec_line(sim, offset, len);
    }
}

// --- blocks ------------------------------------------------------------------------------------------------

/// What the block that was just taken was planned by. Where the path ends in the queue, nothing behind that end decides.
static void trail_outlook(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    bool ends = fw->barrier.set || (fw->feed_at >= sim->job_now.size && !fw->arc.active);

    sim->trail->outlook = planner_outlook(&fw->planner, &sim->trail->exit2);
    if (sim->trail->outlook > fw->planner.count && !ends)
        sim->trail->outlook = INT32_MAX;
}

bool firmware_next_block(struct sim *sim, double at)
{
    struct firmware *fw = &sim->world.firmware;

    if (fw->running || fw->manual.kind != MANUAL_NONE)
        return true;
    if (!fw->blocked && !fw->paused)
        firmware_feed(sim);
    if (fw->brake_on) {
        if (!planner_pop_braking(&fw->planner, &fw->block))
            return false;
    } else if (!planner_pop(&fw->planner, &fw->block)) {
        planner_stop(&fw->planner);
        if (fw->blocked && fw->dry_us < 0 && !fw->barrier.set && fw->feed_at < sim->job_now.size)
            fw->dry_us = sim->world.now_us;
        return false;
    }
    if (fw->dry_us >= 0) {
        fw->stalls++;
        fw->stalled_us += sim->world.now_us - fw->dry_us;
        fw->dry_us = -1;
    }
    if (sim->trail)
        trail_outlook(sim);
    fw->running = true;
    fw->block_begin = at;
    fw->moves++;
    if (fw->block.line >=
        fw->exec_at) // lines between were without motion: they begin now, in order
        firmware_exec_to(sim, fw->block.line);
    fw->line_ppm = fw->block.line_from_ppm;
    if (fw->block.first_of_line)
        world_event(sim, SIM_EVENT_MOVE, fw->block.to_nm[0], fw->block.to_nm[1], fw->block.to_nm[2],
                    fw->block.e_nm);
    trigger_block(sim);
    return true;
}

/// A piece of the running block, as it was planned, before it is made.
static void trail_step(struct sim *sim, const double share[2], const int64_t from[4],
                       const int64_t to[4], int64_t e_nm, double begin_us, double duration_us)
{
    const struct firmware *fw = &sim->world.firmware;
    const struct sim_block *block = &fw->block;
    double ppm = (double)(block->line_to_ppm - block->line_from_ppm);
    struct sim_trail_step step = {.line = block->line,
                                  .from_ppm = block->line_from_ppm + (int32_t)(ppm * share[0]),
                                  .to_ppm = block->line_from_ppm + (int32_t)(ppm * share[1]),
                                  .e_nm = e_nm,
                                  .begin_us = begin_us,
                                  .duration_us = duration_us,
                                  .length_mm = block->length_mm,
                                  .speed = block->speed,
                                  .accel = block->accel,
                                  .exit2 = sim->trail->exit2,
                                  .v1 = block->v1,
                                  .outlook = sim->trail->outlook,
                                  .target_mc = {fw->target_mc[0], fw->target_mc[1]},
                                  .deposit = sim->world.ledger};

    memcpy(step.from_nm, from, sizeof step.from_nm);
    memcpy(step.to_nm, to, sizeof step.to_nm);
    if (sim_trail_add_step(sim->trail, &step))
        sim->world.stop_requested = true;
}

/// Book the share of the running block between two distances from its beginning: position, filament, part.
static void book(struct sim *sim, double from_mm, double to_mm, double begin_us, double duration_us)
{
    struct firmware *fw = &sim->world.firmware;
    const struct sim_block *block = &fw->block;
    double a = from_mm / block->whole_mm, b = to_mm / block->whole_mm;
    int64_t from[4], to[4];

    block_point(block, a, from);
    block_point(block, b, to);
    int64_t e = sim_round((double)block->e_nm * b) - sim_round((double)block->e_nm * a);
    if (sim->trail)
        trail_step(sim, (double[]){a, b}, from, to, e, begin_us, duration_us);
    int64_t off =
        fw->z_nm[0] - from[2]; // where the motors stand counts, not where the job believes it is
    from[2] += off;
    to[2] += off;
    world_deposit(sim, from, to, e, begin_us, duration_us, true);
    for (int i = 0; i < PLR_Z_MAX; i++)
        fw->z_nm[i] += (int32_t)(to[2] - from[2]);
    fw->xy_nm[0] = to[0];
    fw->xy_nm[1] = to[1];
    fw->e_nm += e;
    fw->line_ppm =
        block->line_from_ppm + (int32_t)((double)(block->line_to_ppm - block->line_from_ppm) * b);
    if (sim->watch)
        sim->watch->piece(sim->watch->ctx, sim, from, to, begin_us, duration_us);
}

void firmware_block_end(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    double duration_us = block_duration(&fw->block) * 1e6;
    double end = fw->block_begin + duration_us;

    assert(fw->running);
    book(sim, fw->block.start_mm, fw->block.start_mm + fw->block.length_mm, fw->block_begin,
         duration_us);
    fw->running = false;
    firmware_next_block(sim, end);
}

int32_t firmware_queued_us(const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;

    if (!fw->running)
        return INT32_MAX;
    double us = fw->block_begin + block_duration(&fw->block) * 1e6 - (double)sim->world.now_us;
    for (int32_t i = 0; i < fw->planner.count && us < QUEUE_LOOK_US; i++) {
        const struct sim_block *block = &fw->planner.queue[(fw->planner.first + i) % SIM_QUEUE];
        us += block->length_mm / block->speed * 1e6; // at least: ramps take longer
    }
    return (int32_t)us;
}

int64_t firmware_motion_end(const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;

    if (fw->running) {
        double end = fw->block_begin + block_duration(&fw->block) * 1e6;
        int64_t whole = (int64_t)end;
        return (double)whole < end ? whole + 1 : whole;
    }
    return fw->manual.kind != MANUAL_NONE ? fw->manual.end_us : INT64_MAX;
}

int64_t firmware_speed(const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;

    if (!fw->running || (fw->block.direction[0] == 0.0 && fw->block.direction[1] == 0.0))
        return 0;
    return sim_round(block_speed(&fw->block, seconds((double)sim->world.now_us - fw->block_begin)) *
                     1e6);
}

void firmware_freeze(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    if (fw->running) {
        double begin = fw->block_begin, now = (double)sim->world.now_us;
        book(sim, fw->block.start_mm, done_mm(sim), begin, now - begin);
        fw->running = false;
    }
    if (fw->manual.kind != MANUAL_NONE)
        firmware_manual_end(sim);
    planner_stop(&fw->planner);
    fw->brake_on = false;
}

void firmware_pose(const struct sim *sim, struct plant_pose *pose)
{
    const struct firmware *fw = &sim->world.firmware;
    int64_t rise = 0;

    pose->xy_nm[0] = fw->xy_nm[0];
    pose->xy_nm[1] = fw->xy_nm[1];
    if (fw->running) {
        int64_t point[4];
        block_point(&fw->block, done_mm(sim) / fw->block.whole_mm, point);
        int64_t start[4];
        block_point(&fw->block, fw->block.start_mm / fw->block.whole_mm, start);
        pose->xy_nm[0] = point[0];
        pose->xy_nm[1] = point[1];
        rise = point[2] - start[2];
    }
    for (int i = 0; i < PLANT_CORNERS; i++)
        pose->motor_nm[i] = fw->z_nm[i] + rise;
}

uint32_t firmware_switches(const struct sim *sim, int64_t t_us)
{
    const struct manual *m = &sim->world.firmware.manual;
    const struct plant *plant = &sim->world.plant;
    struct plant_pose pose;
    int64_t corner_nm[PLANT_CORNERS];

    firmware_pose(sim, &pose);
    if (!m->idle && (m->kind == MANUAL_Z || m->kind == MANUAL_LINE)) { // its way is added to the pose at its end
        double done_mm = block_distance(&m->block, (double)(t_us - m->begin_us) * 1e-6);
        double way_nm = m->kind == MANUAL_Z ? (m->delta_nm < 0 ? -1e6 : 1e6) * done_mm
                                            : (double)m->delta_nm * done_mm / m->block.length_mm;
        for (int i = 0; i < PLANT_CORNERS; i++)
            if (m->kind == MANUAL_LINE || (m->motors >> i & 1u))
                pose.motor_nm[i] += sim_round(way_nm);
    }
    plant_corners(plant, &sim->model, &pose, PLANT_NO_SURFACE, corner_nm, NULL, NULL);
    return plant_switches_at(plant, &sim->model, corner_nm);
}

void firmware_progress(const struct sim *sim, struct plr_progress *progress)
{
    const struct firmware *fw = &sim->world.firmware;
    struct plant_pose pose;

    memset(progress, 0, sizeof *progress);
    firmware_pose(sim, &pose);
    progress->file_offset = fw->line;
    progress->fraction_ppm = fw->line_ppm;
    if (fw->running) {
        double part = done_mm(sim) / fw->block.whole_mm;
        part = part < 1.0 ? part : 1.0; // braking takes a micrometre more where less is left
        progress->fraction_ppm =
            fw->block.line_from_ppm +
            (int32_t)((double)(fw->block.line_to_ppm - fw->block.line_from_ppm) * part);
    }
    progress->machine_nm[PLR_X] = pose.xy_nm[0];
    progress->machine_nm[PLR_Y] = pose.xy_nm[1];
    progress->machine_nm[PLR_Z] = pose.motor_nm[0];
    progress->machine_nm[PLR_E] = fw->e_nm;
    int64_t cycle = 4 * sim->model.printer.z_fullstep_nm;
    for (int i = 0; i < PLR_Z_MAX; i++) {
        progress->z_motor_nm[i] = (int32_t)pose.motor_nm[i];
        int64_t phase = (pose.motor_nm[i] - fw->z_cycle_nm[i]) % cycle;
        progress->z_phase_nm[i] = (int32_t)(phase < 0 ? phase + cycle : phase);
    }
    progress->feed_nm_s = (int32_t)firmware_speed(sim);
}

// --- braking -------------------------------------------------------------------------------------------------

/// Turn a block into a pure deceleration from `v`. Returns the speed left at its end (0: it stands inside it).
static double brake_block(struct sim_block *block, double v)
{
    double needed = v * v / (2.0 * block->accel);

    block->speed = v > 0.01 ? v : 0.01;
    if (needed <= block->length_mm) {
        block->length_mm = needed > 1e-6 ? needed : 1e-6;
        block_profile(block, v, 0.0);
        return 0.0;
    }
    double left2 = v * v - 2.0 * block->accel * block->length_mm;
    double left = left2 > 0.0 ? sqrt(left2) : 0.0;
    block_profile(block, v, left);
    return left;
}

int firmware_brake(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    fw->job_running = false;
    fw->barrier.set = false;
    fw->arc.active = false;
    if (fw->manual.kind != MANUAL_NONE)
        firmware_manual_end(sim);
    if (!fw->running) {
        planner_stop(&fw->planner);
        return 0;
    }
    double t = seconds((double)sim->world.now_us - fw->block_begin);
    double v = block_speed(&fw->block, t), done = done_mm(sim);
    double booked_us = (double)sim->world.now_us - fw->block_begin;
    book(sim, fw->block.start_mm, done, fw->block_begin, booked_us);
    fw->block.length_mm = fw->block.whole_mm - done;
    fw->block.start_mm = done;
    fw->block_begin = (double)sim->world.now_us;
    fw->brake_on = true;
    if (fw->block.length_mm < 1e-6)
        fw->block.length_mm = 1e-6;
    v = brake_block(&fw->block, v);
    int32_t kept = 0;
    for (; v > 0.0 && kept < fw->planner.count; kept++)
        v = brake_block(planner_at(&fw->planner, kept), v);
    fw->planner.count = kept;
    return 0;
}
