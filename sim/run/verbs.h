// The verbs of plr-sim.
// SPDX-License-Identifier: MIT
#ifndef SIM_RUN_VERBS_H
#define SIM_RUN_VERBS_H

#include "core/lab/cli/cli.h"

/// Do what was asked for. Returns the exit code.
int verb_execute(const struct lab_cli *cli);

#endif
