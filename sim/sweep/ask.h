// What the command line asks of a sweep.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_ASK_H
#define SIM_SWEEP_ASK_H

#include "core/lab/cli/cli.h"
#include "sim/sweep/sweep.h"

/// Fill the request. Returns 0, or LAB_EXIT_USAGE with a sentence in `message`.
int sweep_ask(const struct lab_cli *cli, struct sweep_request *out, char *message, size_t room);

#endif
