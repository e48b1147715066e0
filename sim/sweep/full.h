// A sample of a sweep's cuts, and every failure, made once more with the full dynamics of the gantry.
// SPDX-License-Identifier: MIT
//
// Sweeps look at gantries in balance, because that is cheap. What this leaves out is measured, not believed: with --full N one
// cut in N runs again in a world with the full gantry from its first event on (a twin and a line of its own), and the difference
// of every measure is reported. Noise is keyed by what it belongs to, so both worlds draw the same.
#ifndef SIM_SWEEP_FULL_H
#define SIM_SWEEP_FULL_H

#include "core/lab/report/report.h"
#include "sim/sweep/line.h"
#include "sim/sweep/totals.h"

/// The sweep's other world. Owns what it holds; borrows the job.
struct sweep_full {
    struct sweep_request request; ///< the sweep's own, without whole prints for proof
    struct lab_input input;
    struct run run;
    struct sweep_work work;
};

/// When the request asks for it, run the twin with the full gantry and hang it into `work`. Returns 0 or a negative errno with
/// `err`; -EINVAL when the sweep itself has the full gantry already.
int sweep_full_open(struct sweep_work *work, struct lab_error *err);
void sweep_full_close(struct sweep_work *work);

/// Is this cut to be made again? Second cuts never are.
bool sweep_full_wanted(const struct sweep_work *work, const struct sweep_result *result);

/// The other world's uncut print, in one process. It begins when a cut is first wanted: `begun` is false before.
struct sweep_full_line {
    bool begun;
    struct lab_scenario uncut;
    struct sweep_line print;
};

/// Make it again on a line of the other world, which must not have passed it. Fills what the result says of the full gantry. Returns
/// 0 or a negative errno; end the line in every case.
int sweep_full_cut(const struct sweep_work *work, struct sweep_full_line *line,
                   const struct sweep_cut *cut, struct sweep_result *result);
void sweep_full_line_end(struct sweep_full_line *line);

/// How far apart the two worlds are in all. Returns 0 or a negative errno; lab_sweep_full_free in every case.
int sweep_full_sum(const struct sweep_totals *totals, const struct sweep_work *work,
                   struct lab_sweep_full *sum);

#endif
