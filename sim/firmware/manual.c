// Motions outside the job: what a PLR asks for, and homing. One at a time, straight, with its own trapezoid.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <math.h>
#include <string.h>

// Endstops are sampled every 15 us, four times: motors run on this long after the edge.
static const int64_t poll_us = 60;

static int begin(struct sim *sim, enum manual_kind kind, double length_mm, double speed,
                 double accel)
{
    struct firmware *fw = &sim->world.firmware;
    struct manual *m = &fw->manual;

    if (fw->running || m->kind != MANUAL_NONE)
        return PLR_EBUSY;
    if (speed <= 0.0)
        return PLR_EINVAL;
    memset(m, 0, sizeof *m);
    m->kind = kind;
    m->idle = !sim->world.plant.supply.rail;
    m->begin_us = sim->world.now_us;
    m->block.length_mm = length_mm > 1e-9 ? length_mm : 1e-9;
    m->block.speed = speed;
    m->block.accel = accel;
    block_profile(&m->block, 0.0, 0.0);
    m->end_us = m->begin_us + (int64_t)ceil(block_duration(&m->block) * 1e6);
    memcpy(m->from_nm, fw->xy_nm, sizeof fw->xy_nm);
    memcpy(m->to_nm, fw->xy_nm, sizeof fw->xy_nm);
    memcpy(m->z_from_nm, fw->z_nm, sizeof m->z_from_nm);
    struct plant_pose pose;
    world_heat(sim); // the nozzle grows while it moves: what it stood in counts as it was
    firmware_pose(sim, &pose);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, m->tip_nm);
    fw->latched = 0;
    world_event(sim, SIM_EVENT_MOVE, kind, sim_round(length_mm * 1e6), 0, 0);
    return 0;
}

/// What moves Z begins with the swing that is left of the motion before.
static void wait_for(struct sim *sim)
{
    struct plant_pose pose;

    if (sim->model.gantry != LAB_WHOLE)
        return;
    world_heat(sim);
    firmware_pose(sim, &pose);
    plant_swing_wait(&sim->world.plant, &sim->model, &pose, world_surface(sim));
}

/// Motors have come so far on their way.
static void swing(struct sim *sim, const struct manual *m, const struct plant_pose *from,
                  int64_t done_nm, int64_t surface_nm)
{
    const struct plant_drive drive = {.moving = m->motors,
                                      .delta_nm = m->delta_nm,
                                      .speed_nm_s = sim_round(m->block.speed * 1e6),
                                      .accel_nm_s2 = sim->model.printer.z_accel_um_s2 * 1000};

    plant_swing_drive(&sim->world.plant, &sim->model, from, &drive, done_nm, surface_nm);
}

/// Motor travel in whole microsteps, away from zero: a step counter is read at the edge.
static int64_t microsteps(const struct sim *sim, int64_t travel)
{
    int64_t step = sim->model.printer.z_microstep_nm;
    int64_t whole = (travel < 0 ? -travel : travel) + step - 1;
    whole -= whole % step;
    return travel < 0 ? -whole : whole;
}

int firmware_manual_z(struct sim *sim, uint32_t motors, int64_t delta_nm, int64_t speed_nm_s,
                      uint32_t watch)
{
    struct world *w = &sim->world;
    const struct lab_printer *p = &sim->model.printer;
    struct plant_pose pose;
    int64_t travel = delta_nm;
    double speed =
        (double)(speed_nm_s < p->z_velocity_nm_s ? speed_nm_s : p->z_velocity_nm_s) * 1e-6;

    if (motors & ~w->firmware.energised)
        return PLR_EIO;
    world_heat(sim);
    wait_for(sim);
    firmware_pose(sim, &pose);
    if (watch) {
        if (w->firmware.visit_stale)
            plant_visit_begin(&w->plant, &sim->model);
        w->firmware.visit_stale = false;
        // the trigger takes effect when the motion gets there
        if (plant_z_look(&w->plant, &sim->model, &pose, motors, delta_nm, speed_nm_s, watch,
                         &travel))
            return PLR_EIO;
    }
    int error =
        begin(sim, MANUAL_Z, fabs((double)travel) * 1e-6, speed, (double)p->z_accel_um_s2 * 1e-3);
    if (error)
        return error;
    struct manual *m = &w->firmware.manual;
    m->motors = motors;
    m->watch = watch;
    m->delta_nm = delta_nm;
    m->speed_nm_s = speed_nm_s;
    m->probing = watch != 0;
    return 0;
}

int firmware_manual_xy(struct sim *sim, const int64_t to_nm[2], int64_t speed_nm_s)
{
    struct firmware *fw = &sim->world.firmware;
    double dx = (double)(to_nm[0] - fw->xy_nm[0]) * 1e-6,
           dy = (double)(to_nm[1] - fw->xy_nm[1]) * 1e-6;

    if (!(fw->energised & PLR_MOTOR_XY))
        return PLR_EIO;
    int error = begin(sim, MANUAL_XY, sqrt(dx * dx + dy * dy), (double)speed_nm_s * 1e-6,
                      (double)sim->model.printer.accel_um_s2 * 1e-3);
    if (!error)
        memcpy(fw->manual.to_nm, to_nm, 2 * sizeof to_nm[0]);
    return error;
}

int firmware_manual_e(struct sim *sim, int64_t delta_nm, int64_t speed_nm_s)
{
    int error = begin(sim, MANUAL_E, fabs((double)delta_nm) * 1e-6, (double)speed_nm_s * 1e-6,
                      (double)sim->model.printer.e_accel_um_s2 * 1e-3);
    if (!error)
        sim->world.firmware.manual.delta_nm = delta_nm;
    return error;
}

int firmware_manual_line(struct sim *sim, const int64_t to_nm[PLR_AXES], int64_t e_nm,
                         int64_t speed_nm_s)
{
    struct firmware *fw = &sim->world.firmware;
    double way = 0.0;
    const int64_t delta[3] = {to_nm[0] - fw->xy_nm[0], to_nm[1] - fw->xy_nm[1],
                              to_nm[2] - fw->z_nm[0]};

    for (int i = 0; i < 3; i++)
        way += (double)delta[i] * 1e-6 * ((double)delta[i] * 1e-6);
    way = way > 0.0 ? sqrt(way) : fabs((double)e_nm) * 1e-6;
    int error = begin(sim, MANUAL_LINE, way, (double)speed_nm_s * 1e-6,
                      (double)sim->model.printer.accel_um_s2 * 1e-3);
    if (error)
        return error;
    memcpy(fw->manual.to_nm, to_nm, sizeof fw->manual.to_nm);
    fw->manual.delta_nm = delta[2];
    fw->manual.to_nm[3] = e_nm;
    return 0;
}

/// Where the X and Y endstops are: a CoreXY homes to the rear right, a bed slinger to the front left.
static void endstops(const struct sim *sim, int64_t at_nm[2])
{
    bool far = sim->model.printer.kinematics == LAB_COREXY;
    at_nm[0] = far ? sim->model.printer.travel_nm[0] : 0;
    at_nm[1] = far ? sim->model.printer.travel_nm[1] : 0;
}

int firmware_manual_home_xy(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    const struct lab_printer *p = &sim->model.printer;
    int64_t at[2];

    if (!(fw->energised & PLR_MOTOR_XY))
        return PLR_EIO;
    endstops(sim, at);
    double way =
        fabs((double)(at[0] - fw->xy_nm[0])) * 1e-6 + fabs((double)(at[1] - fw->xy_nm[1])) * 1e-6;
    int error = begin(sim, MANUAL_HOME_XY, way, (double)p->xy_home_nm_s * 1e-6,
                      (double)p->accel_um_s2 * 1e-3);
    if (error)
        return error;
    memcpy(fw->manual.to_nm, at, sizeof at);
    // second touch of each axis: 5 mm back and forth at the slow speed
    fw->manual.end_us += 2 * 10 * (int64_t)PLR_US_PER_S * PLR_NM_PER_MM / p->xy_home_second_nm_s;
    return 0;
}

// --- ends -----------------------------------------------------------------------------------------------

/// The probing move is over: counters are read at the edge, motors stand a little further on. Fills `to`.
static void end_probe(struct sim *sim, const struct manual *m, const struct plant_pose *from,
                      struct plant_pose *to)
{
    struct firmware *fw = &sim->world.firmware;
    struct plant_pose at = *from;
    struct plant_probe probe;

    if (plant_z_probe(&sim->world.plant, &sim->model, from, m->motors, m->delta_nm, m->speed_nm_s,
                      m->watch, &probe))
        return;
    // the edge counts when the contact has bounced out
    int64_t late =
        m->speed_nm_s * plant_bounce_us(&sim->world.plant, &sim->model, false) / PLR_US_PER_S;
    int64_t way = probe.travel_nm + (probe.travel_nm < 0 ? -late : late);
    int64_t travel = probe.triggered ? microsteps(sim, way) : m->delta_nm;
    int64_t on = probe.triggered ? microsteps(sim, m->speed_nm_s * poll_us / PLR_US_PER_S) : 0;
    for (int i = 0; i < PLR_Z_MAX; i++) {
        bool moved = (m->motors >> i) & 1u;
        fw->latched_nm[i] = (int32_t)(from->motor_nm[i] + (moved ? travel : 0));
        to->motor_nm[i] = from->motor_nm[i] + (moved ? travel + on : 0);
        at.motor_nm[i] = probe.motor_nm[i];
    }
    fw->latched = probe.triggered;
    if (probe.triggered)
        world_event(sim, SIM_EVENT_SWITCH, probe.triggered, fw->latched_nm[0], fw->latched_nm[1],
                    fw->latched_nm[2]);
    swing(sim, m, from, travel + on, PLANT_NO_SURFACE);
    plant_settle(&sim->world.plant, &sim->model, &at, to, PLANT_NO_SURFACE);
}

/// What the nozzle may meet on its way to `to`. High above all it is nothing, and nobody looks for it; a corner that lags behind its
/// motor may still be where it began.
static int64_t below(struct sim *sim, const struct manual *m, const struct plant_pose *to)
{
    int64_t tip_nm[3];

    if (world_clear(sim, m->tip_nm[2])) {
        plant_nozzle(&sim->world.plant, &sim->model, to, tip_nm);
        if (world_clear(sim, tip_nm[2]))
            return PLANT_NO_SURFACE;
    }
    return world_surface(sim);
}

/// A move without switches is over, or one was cut short on its way. Fills `to`.
static void end_plain(struct sim *sim, const struct manual *m, bool whole,
                      const struct plant_pose *from, struct plant_pose *to)
{
    int64_t moved = m->delta_nm;

    if (!whole) {
        double done_mm =
            block_distance(&m->block, (double)(sim->world.now_us - m->begin_us) * 1e-6);
        moved = microsteps(sim, (m->delta_nm < 0 ? -1 : 1) * sim_round(done_mm * 1e6));
    }
    for (int i = 0; i < PLR_Z_MAX; i++)
        to->motor_nm[i] += (m->motors >> i) & 1u ? moved : 0;
    int64_t surface_nm = below(sim, m, to);
    swing(sim, m, from, moved, surface_nm);
    plant_settle(&sim->world.plant, &sim->model, from, to, surface_nm);
}

static void end_z(struct sim *sim, const struct manual *m, bool whole)
{
    struct firmware *fw = &sim->world.firmware;
    struct plant_pose from, to;

    firmware_pose(sim, &from);
    to = from;
    world_heat(sim);
    if (m->probing && whole)
        end_probe(sim, m, &from, &to);
    else
        end_plain(sim, m, whole, &from, &to);
    world_commanded(sim, m->tip_nm, &to);
    for (int i = 0; i < PLR_Z_MAX; i++)
        fw->z_nm[i] = (int32_t)to.motor_nm[i];
}

static void end_xy(struct sim *sim, const struct manual *m, double part)
{
    struct firmware *fw = &sim->world.firmware;
    struct plant_pose from, to;
    int64_t tip_nm[3];

    firmware_pose(sim, &from);
    memcpy(tip_nm, m->tip_nm, sizeof tip_nm);
    to = from;
    for (int i = 0; i < 2; i++)
        to.xy_nm[i] = from.xy_nm[i] + sim_round((double)(m->to_nm[i] - from.xy_nm[i]) * part);
    if (m->kind ==
        MANUAL_HOME_XY) { // X first, then Y; the endstop ends the way wherever the counters think they are
        struct plant_pose middle = from;
        for (int i = 0; i < 2; i++)
            to.xy_nm[i] -= sim_round((double)sim->world.plant.sideways_nm[i] * part);
        middle.xy_nm[0] = to.xy_nm[0];
        world_commanded(sim, tip_nm, &middle);
        plant_nozzle(&sim->world.plant, &sim->model, &middle, tip_nm);
    }
    world_commanded(sim, tip_nm, &to);
    bool homed = m->kind == MANUAL_HOME_XY && part >= 1.0;
    for (int i = 0; i < 2; i++)
        fw->xy_nm[i] = homed ? m->to_nm[i] : to.xy_nm[i];
    fw->visit_stale = true;
}

/// A straight line of all axes is over, or was cut short after `part` of it.
static void end_line(struct sim *sim, const struct manual *m, double part)
{
    struct firmware *fw = &sim->world.firmware;
    struct plant_pose from, to;
    int64_t before[4], after[4], pushed = sim_round((double)m->to_nm[3] * part);

    firmware_pose(sim, &from);
    to = from;
    world_heat(sim);
    for (int i = 0; i < 2; i++)
        to.xy_nm[i] = from.xy_nm[i] + sim_round((double)(m->to_nm[i] - from.xy_nm[i]) * part);
    for (int i = 0; i < PLR_Z_MAX; i++)
        to.motor_nm[i] += microsteps(sim, sim_round((double)m->delta_nm * part));
    plant_settle(&sim->world.plant, &sim->model, &from, &to, below(sim, m, &to));
    world_commanded(sim, m->tip_nm, &to);
    for (int i = 0; i < 2; i++) {
        before[i] = from.xy_nm[i];
        after[i] = to.xy_nm[i];
        fw->xy_nm[i] = to.xy_nm[i];
    }
    before[2] = from.motor_nm[0];
    after[2] = to.motor_nm[0];
    before[3] = after[3] = 0;
    for (int i = 0; i < PLR_Z_MAX; i++)
        fw->z_nm[i] = (int32_t)to.motor_nm[i];
    if (pushed) {
        world_deposit(sim, before, after, pushed, (double)m->begin_us,
                      (double)(sim->world.now_us - m->begin_us), false);
        fw->e_nm += pushed;
    }
    fw->visit_stale = true;
}

void firmware_manual_end(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    struct manual m = fw->manual;
    bool whole = sim->world.now_us >= m.end_us;
    double part = whole
                      ? 1.0
                      : block_distance(&m.block, (double)(sim->world.now_us - m.begin_us) * 1e-6) /
                            m.block.length_mm;

    fw->manual.kind = MANUAL_NONE;
    if (m.idle) { // what it counted is worth nothing: the drivers were lost
        sim->world.dut_wake_us = sim->world.now_us;
        return;
    }
    if (m.kind != MANUAL_E) // a hot nozzle oozes on its way
        plant_filament_idle(&sim->world.plant, &sim->model, sim->world.now_us - m.begin_us);
    if (m.kind == MANUAL_Z)
        end_z(sim, &m, whole);
    else if (m.kind == MANUAL_XY || m.kind == MANUAL_HOME_XY)
        end_xy(sim, &m, part);
    else if (m.kind == MANUAL_LINE)
        end_line(sim, &m, part);
    else if (m.kind == MANUAL_E) {
        struct plant_pose pose;
        int64_t at[4], pushed = sim_round((double)m.delta_nm * part);
        firmware_pose(sim, &pose);
        memcpy(at, pose.xy_nm, sizeof pose.xy_nm);
        at[2] = pose.motor_nm[0];
        at[3] = 0;
        world_deposit(sim, at, at, pushed, (double)m.begin_us,
                      (double)(sim->world.now_us - m.begin_us), false);
        fw->e_nm += pushed;
    }
    sim->world.dut_wake_us = sim->world.now_us; // whoever waits for it need not poll
    if (m.kind == MANUAL_HOME_XY && whole)
        plant_home_xy(&sim->world.plant, &sim->model);
    sim->world.track_us = -1;
    if (sim->watch)
        sim->watch->manual(sim->watch->ctx, sim, &m);
}

void firmware_z_set(struct sim *sim, const int32_t z_nm[PLR_Z_MAX])
{
    struct firmware *fw = &sim->world.firmware;
    int64_t was[PLANT_CORNERS], now[PLANT_CORNERS];

    for (int i = 0; i < PLR_Z_MAX; i++) {
        bool there = i < sim->model.printer.z_motors;
        was[i] = fw->z_nm[i];
        now[i] = there ? z_nm[i] : z_nm[0];
        fw->z_cycle_nm[i] += (int32_t)(now[i] - was[i]);
        fw->z_nm[i] = (int32_t)now[i];
    }
    plant_z_set(&sim->world.plant, was, now);
    sim->world.track_us = -1;
}
