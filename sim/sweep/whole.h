// One sweep, from its scenario to its summed-up report.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_WHOLE_H
#define SIM_SWEEP_WHOLE_H

#include "core/lab/cli/cli.h"
#include "sim/sweep/totals.h"

/// Who listens to results while they come.
struct sweep_listener {
    struct sweep_totals totals;
    const struct lab_cli *cli;
    size_t first, last; ///< of the list, that will be heard of
    int bad;            ///< -12: a result could not be kept
    bool interrupted;   ///< before all had been heard
    struct lab_progress progress;
    int64_t stop_after;
    bool again; ///< there are second cuts
    int64_t begun_ms;
};

/// All of a sweep. Zero it to begin; the report borrows from the rest.
struct sweep_whole {
    struct lab_input input;
    bool loaded;
    struct run run;
    struct sweep_work work;
    struct sweep_listener listener;
    struct lab_population population;
    struct lab_sweep_facts facts;
    struct lab_sweep_full full;
    struct sweep_curve cuts;
    struct lab_curve curve;
    struct lab_sweep_report report;
};

/// Load the command line's scenario with these sets, make the cuts with a progress line, sum up. Returns 0 or a negative errno with
/// `err`; free in every case.
int sweep_whole_make(struct sweep_whole *whole, const struct lab_cli *cli,
                     const struct sweep_request *request, const char *const *sets, size_t n,
                     struct lab_error *err);
void sweep_whole_free(struct sweep_whole *whole);

#endif
