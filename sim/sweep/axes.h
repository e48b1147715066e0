// Sweeps over parameters: the same cuts for every combination of values.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_AXES_H
#define SIM_SWEEP_AXES_H

#include "core/lab/cli/cli.h"
#include "sim/sweep/sweep.h"

/// A sweep for each combination of cli->axes ("KEY=V,V;KEY=V,V"), with a row for each in the report. Returns an exit code: the worst.
int sweep_axes(const struct lab_cli *cli, const struct sweep_request *request);

#endif
