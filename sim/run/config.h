// From a scenario's words to what core and simulator are configured with.
// SPDX-License-Identifier: MIT
#ifndef SIM_RUN_CONFIG_H
#define SIM_RUN_CONFIG_H

#include "core/plr/plr.h"

struct sim;

/// The core's configuration for this run: printer's and scenario's PLR options, material's temperatures.
void run_plr_config(const struct sim *sim, struct plr_config *config);

#endif
