// Opening a sweep: its twin, what the twin planned, and which cuts there are.
// SPDX-License-Identifier: MIT
#include "sim/sweep/full.h"

#include <string.h>

int sweep_open(struct sweep_work *work, const struct sweep_request *request, struct run *run,
               const struct lab_input *input, uint64_t seed, struct lab_error *err)
{
    memset(work, 0, sizeof *work);
    work->request = request;
    work->run = run;
    int bad = run_dry(run, input, seed, &work->trail, err);
    if (!bad)
        bad = sweep_list_make(&work->list, request, run, &work->trail);
    if (!bad)
        bad = sweep_window_open(&work->window, run, &work->trail);
    if (!bad)
        bad = sweep_full_open(work, err);
    return bad;
}

void sweep_close(struct sweep_work *work)
{
    sim_trail_free(&work->trail);
    sweep_list_free(&work->list);
    sweep_window_free(&work->window);
    sweep_full_close(work);
}
