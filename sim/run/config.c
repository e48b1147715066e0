// The core's configuration of a simulated machine.
// SPDX-License-Identifier: MIT
#include "sim/run/config.h"

#include "core/lab/input/config.h"
#include "sim/world/world.h"

void run_plr_config(const struct sim *sim, struct plr_config *config)
{
    lab_plr_config(sim->scenario, &sim->model.printer, &sim->model.material, config);
}
