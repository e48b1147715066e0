// Looking at a bench without touching it: is every line there, and free?
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_LOOK_H
#define RIG_RUN_LOOK_H

#include <stdio.h>

#include "rig/bench/bench.h"

/// Say of each line of the bench that is not there, or is held by somebody, what is wrong. No line is requested: a request drives it.
/// Returns how many.
int run_look(const struct bench *bench, FILE *out);

/// Say of each gauge that cannot be read as things are (gauge_possible), and what helps: better before hours of printing than behind them. Returns
/// how many; *people how many of these want a terminal alone, which is no matter of the bench (NULL: nobody wants to know).
int run_look_gauges(const struct bench *bench, int *people, FILE *out);

#endif
