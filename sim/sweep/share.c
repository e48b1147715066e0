// A sweep on several processes.
// SPDX-License-Identifier: MIT
#include "sim/sweep/jobs.h"
#include "sim/sweep/sweep.h"

/// How a part of a sweep is told to somebody who knows nothing of sweeps.
struct teller {
    jobs_heard *heard;
    void *ctx;
};

static bool tell(void *ctx, const struct sweep_result *result)
{
    const struct teller *teller = ctx;
    return teller->heard(teller->ctx, result);
}

static int any_part(const void *work, size_t first, size_t last, jobs_heard *heard, void *ctx)
{
    struct teller teller = {heard, ctx};
    return sweep_part(work, first, last, tell, &teller);
}

struct listener {
    sweep_heard *heard;
    void *ctx;
};

static bool hear(void *ctx, const void *result)
{
    const struct listener *listener = ctx;
    return listener->heard(listener->ctx, result);
}

int sweep_jobs(const struct sweep_work *work, size_t first, size_t last, sweep_heard *heard,
               void *ctx, struct lab_error *err)
{
    const struct jobs jobs = {.work = work,
                              .part = any_part,
                              .size = sizeof(struct sweep_result),
                              .processes = work->request->jobs,
                              .err = err};
    struct listener listener = {heard, ctx};

    return jobs_run(&jobs, first, last, hear, &listener);
}
