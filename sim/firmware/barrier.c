// Lines the queue must wait for: homing, heating, dwelling, start and end of a print.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

static const int64_t heat_poll_us = 250000;
static const int64_t heat_patience_us = 6 * 3600 * (int64_t)PLR_US_PER_S;
static const int32_t reached_mc = 2000;
// Leveling and the nozzle's touch on the bed at the start of a print take this long; they make Z true by definition
// (the reference every later number refers to).
static const int64_t level_us = 60 * PLR_US_PER_S;

/// Is a heater where a wait wants it?
static bool arrived(const struct sim *sim, int heater, bool cool_too)
{
    int32_t target = sim->world.firmware.target_mc[heater];
    int32_t now = plant_heat_read(&sim->world.plant, heater);

    return target == 0 || (now >= target - reached_mc && (!cool_too || now <= target + reached_mc));
}

/// Height that a tip at its calibration temperature would have: start macros touch the bed at that temperature.
static int64_t tip_when_calibrated(const struct sim *sim, const struct plant_pose *pose)
{
    const struct lab_printer *p = &sim->model.printer;
    int64_t tip[3], warmer = plant_heat_true(&sim->world.plant, 1) - p->calibration_nozzle_mc;

    plant_nozzle(&sim->world.plant, &sim->model, pose, tip);
    return tip[2] + warmer * p->nozzle_growth_nm_k / 1000;
}

void firmware_level(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    struct plant_pose from, to;
    int64_t corner[PLANT_CORNERS];
    int32_t z[PLR_Z_MAX];

    world_heat(sim);
    fw->xy_nm[0] = sim->model.printer.travel_nm[0] / 2;
    fw->xy_nm[1] = sim->model.printer.travel_nm[1] / 2;
    firmware_pose(sim, &from);
    to = from;
    for (int pass = 0; pass < 4; pass++) { // corners pull on each other: a few passes, as QGL makes
        plant_corners(&sim->world.plant, &sim->model, &to, PLANT_NO_SURFACE, corner, NULL, NULL);
        int64_t mean = (corner[0] + corner[1] + corner[2] + corner[3]) / 4;
        for (int i = 0; i < sim->model.printer.z_motors; i++)
            to.motor_nm[i] += mean - corner[i];
    }
    plant_settle(&sim->world.plant, &sim->model, &from, &to, PLANT_NO_SURFACE);
    for (int i = 0; i < PLR_Z_MAX; i++)
        fw->z_nm[i] = (int32_t)to.motor_nm[i];
    int32_t height = (int32_t)tip_when_calibrated(sim, &to);
    for (int i = 0; i < PLR_Z_MAX; i++)
        z[i] = height;
    firmware_z_set(sim, z);
}

/// Home X, Y and Z as a job's G28 does; Z on the bed, where zero is. PLR_EAGAIN while it runs.
static int home_all(struct sim *sim, uint32_t axes, int32_t *stage)
{
    struct firmware *fw = &sim->world.firmware;
    struct barrier *b = &fw->barrier;
    int64_t machine[PLR_AXES] = {0};

    if (*stage == 0) {
        fw->energised = PLR_MOTOR_XY | ((1u << sim->model.printer.z_motors) - 1u);
        if (axes & 3u)
            (void)firmware_manual_home_xy(sim);
        b->until_us = sim->world.now_us + (axes & 4u ? level_us : 0);
        *stage = 1;
        return PLR_EAGAIN;
    }
    if (fw->manual.kind != MANUAL_NONE || sim->world.now_us < b->until_us)
        return PLR_EAGAIN;
    if (axes & 4u)
        firmware_level(sim);
    machine[0] = fw->xy_nm[0];
    machine[1] = fw->xy_nm[1];
    machine[2] = fw->z_nm[0];
    plr_modal_set_machine(&fw->ahead, axes, machine);
    plr_modal_set_machine(&fw->exec, axes, machine);
    sim->dut->homed(sim, axes, machine);
    sim->world.track_us = -1;
    return 0;
}

static int wait_heat(struct sim *sim, int heater, bool cool_too, int64_t *wake)
{
    world_heat(sim);
    if (heater < 0 || arrived(sim, heater ? 1 : 0, cool_too))
        return 0;
    *wake = sim->world.now_us + heat_poll_us;
    return PLR_EAGAIN;
}

/// print_start EXTRUDER= BED=: heat the bed, home, heat the nozzle.
static int start(struct sim *sim, struct barrier *b, int64_t *wake)
{
    struct firmware *fw = &sim->world.firmware;

    if (!b->begun) {
        b->begun = true;
        for (int heater = 0; heater < 2; heater++)
            if (b->action.heat_mc[heater])
                firmware_set_heater(sim, heater, b->action.heat_mc[heater]);
    }
    if (wait_heat(sim, 0, false, wake))
        return PLR_EAGAIN;
    if (b->stage < 2) {
        int state = home_all(sim, 7, &b->stage);
        if (state) {
            *wake = fw->manual.kind != MANUAL_NONE ? fw->manual.end_us : b->until_us;
            return state;
        }
        b->stage = 2;
    }
    return wait_heat(sim, 1, false, wake);
}

/// The print is over: heaters and motors off.
static int end(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    for (int heater = 0; heater < 2; heater++)
        firmware_set_heater(sim, heater, 0);
    fw->feed_at = sim->job_now.size; // what stands behind it is comment
    return 0;
}

/// A temperature that a heater cannot reach is not waited for for ever: the job is given up.
static void lose_patience(struct sim *sim, struct barrier *b, bool waits)
{
    if (b->heat_until_us == 0)
        b->heat_until_us = sim->world.now_us + heat_patience_us;
    if (!waits || sim->world.now_us < b->heat_until_us)
        return;
    world_note(sim, "byte %llu of the job waits for a temperature that never comes",
               (unsigned long long)b->line);
    sim->world.stop_requested = true;
}

int firmware_run_barrier(struct sim *sim, int64_t *wake)
{
    struct firmware *fw = &sim->world.firmware;
    struct barrier *b = &fw->barrier;
    int state = 0;

    if (fw->exec_at <= b->line)
        firmware_exec_to(sim, b->line);
    *wake = INT64_MAX;
    switch (b->action.kind) {
    case PLR_ACT_DWELL:
        if (!b->begun)
            b->until_us = sim->world.now_us + b->action.time_us;
        b->begun = true;
        *wake = b->until_us;
        state = sim->world.now_us < b->until_us ? PLR_EAGAIN : 0;
        break;
    case PLR_ACT_WAIT:
        state = wait_heat(sim, b->action.heater, b->action.wait_cool, wake);
        lose_patience(sim, b, state != 0);
        break;
    case PLR_ACT_HOME:
        state = home_all(sim, b->action.axes, &b->stage);
        *wake = fw->manual.kind != MANUAL_NONE ? fw->manual.end_us : b->until_us;
        break;
    case PLR_ACT_START:
        state = start(sim, b, wake);
        lose_patience(sim, b, state != 0);
        break;
    case PLR_ACT_END: state = end(sim); break;
    case PLR_ACT_NONE:
    case PLR_ACT_MOVE:
    case PLR_ACT_ARC:
    case PLR_ACT_SYNC:
    case PLR_ACT_RETRACT:
    case PLR_ACT_COMMAND:
    case PLR_ACT_UNKNOWN: break;
    }
    if (!state) {
        b->set = false;
        fw->line_ppm = PLR_PPM;
    }
    return state;
}
