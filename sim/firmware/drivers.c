// The drivers' own status: a dip of the supply that nobody was told of shows there, as in firmwares that ask their TMC drivers.
// SPDX-License-Identifier: MIT
//
// A driver that was without motor supply says so when it is asked: a flag that only reading clears. Between two looks nobody knows,
// and a real firmware counts steps that no motor makes. Here the head and its count stand meanwhile; what was counted would not be
// used by a device that heeds the flag, and one that does not is shut down.
#include "sim/world/world.h"

/// The next look after now, on a grid of its own from the boot on.
static int64_t next_look(const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;
    int64_t every = sim->model.printer.driver_check_us;

    return fw->boot_us + ((sim->world.now_us - fw->boot_us) / every + 1) * every;
}

/// What a firmware does whose device does not take it up: all off, and a restart by whoever stands before it.
static void shut_down(struct sim *sim)
{
    struct world *w = &sim->world;

    world_note(sim, "the firmware shuts down, and is started anew");
    for (int heater = 0; heater < 2; heater++)
        firmware_set_heater(sim, heater, 0);
    firmware_freeze(sim);
    w->firmware.alive = w->firmware.job_running = w->firmware.barrier.set = false;
    w->boot_us = w->now_us + sim->model.printer.boot_us;
}

static void say_lost(struct sim *sim)
{
    struct lab_truth *truth = &sim->truth;

    if (!truth->cuts)
        return;
    struct lab_truth_cut *cut = &truth->cut[truth->cuts - 1];
    world_note(sim, "a look at the drivers found that they had let go, %.3f ms after they did",
               (double)(sim->world.now_us - cut->drivers_us) * 1e-3);
    if (cut->committed_us < 0) // what came since nobody could know
        cut->committed_us = sim->world.firmware.looked_us;
}

void firmware_look_now(struct sim *sim)
{
    sim->world.firmware.look_us = sim->world.now_us;
}

int64_t firmware_look_at_drivers(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    const struct dut *dut = sim->dut;

    // while nothing moves nothing is counted, and the look before still holds
    if (!fw->drivers_reset && (!fw->job_running || !fw->running || !dut->drivers))
        return INT64_MAX;
    if (sim->world.now_us < fw->look_us)
        return fw->look_us;
    bool due = fw->look_us > 0;
    fw->look_us = next_look(sim);
    if (!due || !sim->world.plant.supply.rail) // without motor supply they do not answer
        return fw->look_us;
    if (!fw->drivers_reset) {
        fw->looked_us = sim->world.now_us;
        (void)dut->drivers(sim, true);
        return fw->look_us;
    }
    fw->drivers_reset = false;
    say_lost(sim);
    if (!dut->drivers || !dut->drivers(sim, false))
        shut_down(sim);
    return sim->world.now_us;
}
