// Cuts that differ in nothing but how a write was torn, where the recovery never sees the difference: recovered once.
// SPDX-License-Identifier: MIT
//
// Three prefixes of a record all fail its check. Behind the boot, which has read the memory, such runs are the same to the last bit but for
// the torn bytes; and when the recovery of the first never reads those again, that of the second is the first's, and is not run. This is no
// guess: all that a run goes by is compared, and every read is watched. What can tell them apart is taken from the second: its cut, its
// memory's hash, what it wrote.
#ifndef SIM_SWEEP_ALIKE_H
#define SIM_SWEEP_ALIKE_H

#include "sim/sweep/sweep.h"

/// The last cut of a line that was judged by its window, as its boot left it. Zero it to begin; release with sweep_alike_free.
struct sweep_alike {
    bool there;
    struct sim *booted;  ///< only what sim_same looks at counts
    int64_t nv_bytes;    ///< written since the job began ...
    int64_t nv_print_us; ///< ... in which time
    struct sweep_result result;
};

/// May this cut have others like it: is there a write under way in it?
bool sweep_alike_asks(const struct sweep_cut *cut);

/// A branch has just booted from its last cut: is it like the last one that was? Fills of `out` what comes behind the boot, and returns true.
bool sweep_alike_has(const struct sweep_alike *alike, const struct sim *branch,
                     const struct lab_scenario *scenario, struct sweep_result *out);

/// A branch has just booted: keep how it is, and what it reads from now on. Returns 0 or -12.
int sweep_alike_keep(struct sweep_alike *alike, struct sim *branch);

/// ... and was judged so, by its window: it stands for others, unless it has read what was torn. Its result's marks are those behind the boot.
void sweep_alike_judged(struct sweep_alike *alike, const struct sim *branch,
                        const struct sweep_result *result);

void sweep_alike_free(struct sweep_alike *alike);

#endif
