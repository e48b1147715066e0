// Looking at the served printer: readings as of now, which move nothing in it.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "sim/serve/inside.h"

/// Temperatures as the sensors show them now: heat goes on in a copy.
static void heat(const struct sim *sim, int64_t now_us, struct printer_look *out)
{
    struct plant plant = sim->world.plant;

    plant_heat_advance(&plant, &sim->model, now_us);
    for (int heater = 0; heater < 2; heater++) {
        out->now_mc[heater] = plant_heat_read(&plant, heater);
        out->target_mc[heater] = sim->world.firmware.target_mc[heater];
    }
    out->now_mc[2] = plant_heat_read(&plant, -1);
}

static void place(const struct sim *sim, struct printer_look *out)
{
    const struct firmware *fw = &sim->world.firmware;
    const struct plr_modal *modal = fw->job_running ? &fw->exec : &fw->ahead;
    struct plant_pose pose;

    firmware_pose(sim, &pose);
    memcpy(out->machine_nm, pose.xy_nm, sizeof pose.xy_nm);
    out->machine_nm[2] = pose.motor_nm[0];
    for (int i = 0; i < 3; i++)
        out->at_nm[i] = out->machine_nm[i] - modal->g92_nm[i] - modal->offset_nm[i];
    out->at_nm[PLR_E] = modal->at_nm[PLR_E];
    plant_nozzle(&sim->world.plant, &sim->model, &pose, out->tip_nm);
    plant_part_from_machine(&sim->world.plant, out->tip_nm, out->part_nm);
    plant_corners(&sim->world.plant, &sim->model, &pose, PLANT_NO_SURFACE, out->corner_nm, NULL,
                  NULL);
}

void printer_look(const struct printer *p, struct printer_look *out)
{
    struct sim *sim = p->sim;
    const struct firmware *fw = &sim->world.firmware;
    int64_t was_us = sim->world.now_us;
    int64_t now_us = printer_now(p);

    memset(out, 0, sizeof *out);
    heat(sim, now_us, out);
    sim->world.now_us = now_us; // where motion is, is worked out from the world's time
    place(sim, out);
    sim->world.now_us = was_us;
    out->file_at = fw->feed_at;
    out->file_size = sim->job_now.size;
    out->layer = fw->exec.layer.number;
    out->printing = fw->alive && fw->job_running;
    out->paused = fw->paused;
    out->done = fw->job_done;
    out->phase = sim->dut->phase(sim);
    out->result = sim->dut->result(sim);
    out->reason = sim->dut->reason(sim);
}
