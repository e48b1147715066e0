// What a sweep has found so far, whatever the order in which results came.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_TOTALS_H
#define SIM_SWEEP_TOTALS_H

#include "sim/sweep/sweep.h"

/// Results by their place in the list, until all are there. Owns its arrays.
struct sweep_totals {
    struct sweep_result *result; ///< by index - first
    bool *there;
    size_t first, count, got;
    int64_t failures;
};

/// For the cuts [first, last). Returns 0 or -12.
int sweep_totals_open(struct sweep_totals *totals, size_t first, size_t last);
void sweep_totals_close(struct sweep_totals *totals);
void sweep_totals_add(struct sweep_totals *totals, const struct sweep_result *result);

/// Count all into a population and the facts beside it. Returns 0 or -12.
int sweep_totals_sum(const struct sweep_totals *totals, const struct sweep_work *work,
                     struct lab_population *population, struct lab_sweep_facts *facts);

/// The curve: a line for each cut. `path` "-" is stdout. Returns 0 or a negative errno.
int sweep_totals_csv(const struct sweep_totals *totals, const struct sweep_work *work,
                     const char *path);

#endif
