// A run and its trace: what it begins with, what is made of it at the end.
// SPDX-License-Identifier: MIT
#ifndef SIM_RUN_TRACED_H
#define SIM_RUN_TRACED_H

#include "sim/run/run.h"
#include "sim/trace/record.h"

/// The recorder watches `sim`, an opened run of `run`, from now on.
void run_traced_begin(const struct run *run, struct sim *sim, struct sim_recorder *recorder);

/// The run was judged: cuts, the twin around them, measures and verdict end the trace. Returns 0 or the sink's first error.
int run_traced_end(const struct run *run, struct sim_recorder *recorder);

#endif
