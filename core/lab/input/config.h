// From a scenario's words to what the core is configured with, whoever's machine it drives.
// SPDX-License-Identifier: MIT
#ifndef LAB_INPUT_CONFIG_H
#define LAB_INPUT_CONFIG_H

#include "core/lab/scenario/scenario.h"
#include "core/plr/plr.h"

/// Printer's and scenario's PLR options, the printer's dimensions, the material's temperatures.
void lab_plr_config(const struct lab_scenario *scenario, const struct lab_printer *printer,
                    const struct lab_material *material, struct plr_config *config);

#endif
