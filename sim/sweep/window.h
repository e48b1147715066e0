// The verdict window: a resumed run judged by what it would print next, without printing all of it.
// SPDX-License-Identifier: MIT
//
// A run that stands where the job goes on, with the modal state that the uninterrupted run had there, prints the same lines from
// then on. What differs is where the nozzle truly is. So the twin's planned moves, up to the end of the layer after the one
// in which the resume lies, are laid through the branch's own plant, as its firmware would lay them; the oracle then judges
// that stretch of both ledgers as if it were the whole print. Where the state differs, or the window finds
// anything to complain about, the branch is printed to its end instead: the window can only ever say "good".
#ifndef SIM_SWEEP_WINDOW_H
#define SIM_SWEEP_WINDOW_H

#include "sim/run/same.h"

/// What does not change between the windows of a sweep.
struct sweep_window {
    const struct run *run;
    const struct sim_trail *trail;
    struct lab_twin *twin;
    struct run_same same;
    struct sim_piece *piece; ///< the trail's steps, but for when they begin
    uint32_t *loose;         ///< for each step of the trail: how many up to it waited for something
    uint32_t *unsettled; ///< ... or may be planned otherwise when the device waits for its memory
    size_t stalls_to;    ///< before this step the queue may run dry meanwhile
};

/// Returns 0 or -12; free in every case.
int sweep_window_open(struct sweep_window *window, const struct run *run,
                      const struct sim_trail *trail);
void sweep_window_free(struct sweep_window *window);

/// Judge a branch that stands where its job goes on (sim->held). Returns 0; 1: a window cannot tell, print it to the end; or -12. A
/// window that was walked and not stayed in the twin's state cannot tell.
int sweep_window_judge(const struct sweep_window *window, struct sim *branch,
                       struct lab_verdict *verdict);

#endif
