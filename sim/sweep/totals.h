// What a sweep has found so far, whatever the order in which results came.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_TOTALS_H
#define SIM_SWEEP_TOTALS_H

#include "sim/sweep/sweep.h"

/// Results as they came. Zero it to begin; owns its arrays.
struct sweep_totals {
    struct sweep_result *result;
    size_t count, room;
    size_t firsts; ///< results of entries of the list; the others are of cuts in their recoveries
    int64_t failures;
    uint64_t *state; ///< different memories, when summed up
    struct lab_cover *cover;
    size_t covers; ///< places of the list, when covered
};

void sweep_totals_free(struct sweep_totals *totals);

/// The outcome of a cut: by its verdict, its state, and whether both ways of judging it agree.
enum lab_outcome sweep_outcome(const struct sweep_result *result);

/// Keep one. Returns 0 or -12.
int sweep_totals_add(struct sweep_totals *totals, const struct sweep_result *result);

/// When all are there: bring them into the order of the list. What follows asks for it.
void sweep_totals_sort(struct sweep_totals *totals);

/// Count all into a population and the facts beside it, which borrow from the totals. Returns 0 or -12.
int sweep_totals_sum(struct sweep_totals *totals, const struct sweep_work *work,
                     struct lab_population *population, struct lab_sweep_facts *facts);

/// Count one into a population. Returns 0 or a negative errno.
int sweep_count_in(const struct sweep_work *work, const struct sweep_cut *cut,
                   const struct sweep_result *result, struct lab_population *population);

/// A sweep of every n-th event or millisecond goes back from the first failure of each class to the earliest cut, between it and the
/// place before it (or the first that --from leaves), that fails in the same way (by bisection: at an instant from which on all do). That one stands for the class
/// then. Returns 0 or a negative errno.
int sweep_earliest(const struct sweep_work *work, struct lab_population *population);

/// Which places of the list are done: [first, last), or those that were heard of when the listener had enough before. Returns 0 or -12.
int sweep_totals_cover(struct sweep_totals *totals, size_t first, size_t last, bool stopped);

/// The cuts of a sweep, for those who draw its curve. Borrows from both.
struct sweep_curve {
    const struct sweep_totals *totals;
    const struct sweep_work *work;
};

/// A curve out of `curve`, which must stay where it is as long as that is used.
void sweep_totals_curve(const struct sweep_curve *curve, struct lab_curve *out);

/// The curve: a line for each cut. `path` "-" is stdout. Returns 0 or a negative errno.
int sweep_totals_csv(const struct sweep_totals *totals, const struct sweep_work *work,
                     const char *path);

#endif
