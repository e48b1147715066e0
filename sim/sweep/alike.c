// Recognising a recovery that was run already.
// SPDX-License-Identifier: MIT
#include "sim/sweep/alike.h"

#include <stdlib.h>

#include "core/lab/oracle/oracle.h"

bool sweep_alike_asks(const struct sweep_cut *cut)
{
    return cut->power[cut->cuts - 1].at.kind == LAB_AT_NV_WRITE;
}

/// What was written while printing is the one measure that a tear may change by itself.
static void measure_memory(const struct sweep_alike *alike, const struct sim *branch,
                           struct sweep_result *out)
{
    int64_t more = (int64_t)(branch->nv.programmed - alike->booted->nv.programmed);
    int64_t per_hour = lab_bytes_per_hour(alike->nv_bytes + more, alike->nv_print_us);

    if (per_hour >= 0)
        out->value[LAB_NV_BYTES_PER_HOUR] = per_hour;
}

bool sweep_alike_has(const struct sweep_alike *alike, const struct sim *branch,
                     const struct lab_scenario *scenario, struct sweep_result *out)
{
    const struct sweep_result *first = &alike->result;

    if (!alike->there || scenario->expect[LAB_NV_BYTES_PER_HOUR].set ||
        !sim_same_but_memory(alike->booted, branch) ||
        !nv_same_but_wound(&alike->booted->nv, &branch->nv))
        return false;
    struct sweep_result mine = *first;
    mine.alike = true;
    mine.index = out->index;
    mine.order = out->order;
    mine.second = out->second;
    measure_memory(alike, branch, &mine);
    *out = mine;
    return true;
}

int sweep_alike_keep(struct sweep_alike *alike, struct sim *branch)
{
    alike->there = false;
    if (!alike->booted)
        alike->booted = calloc(1, sizeof *alike->booted);
    if (!alike->booted)
        return -12;
    branch->nv.wound.read = false;
    sim_copy(alike->booted, branch);
    return 0;
}

void sweep_alike_judged(struct sweep_alike *alike, const struct sim *branch,
                        const struct sweep_result *result)
{
    alike->there = !branch->nv.wound.read;
    alike->nv_bytes = branch->truth.nv_bytes;
    alike->nv_print_us = branch->truth.nv_print_us;
    alike->result = *result;
}

void sweep_alike_free(struct sweep_alike *alike)
{
    free(alike->booted);
    *alike = (struct sweep_alike){0};
}
