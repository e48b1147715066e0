// The cuts of one process, one after the other.
// SPDX-License-Identifier: MIT
#include "sim/sweep/line.h"

#include <string.h>

/// Results as they travel: numbers only.
static void note(struct sweep_result *out, const struct sim *sim, const struct lab_verdict *verdict)
{
    out->outcome = (uint8_t)verdict->outcome;
    out->result = (uint8_t)verdict->result;
    out->result_ok = verdict->result_ok;
    out->reason = (uint8_t)sim->dut->reason(sim);
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_measured *m = &verdict->measure[n];
        out->measure_outcome[n] = (uint8_t)m->outcome;
        out->known |= (uint32_t)m->known << n;
        out->value[n] = m->known ? m->value : 0;
    }
}

/// Run the branch to its end and judge it by the whole print.
static int to_the_end(const struct run *run, struct sim *branch, struct sweep_result *out)
{
    char reason[RUN_REASON];
    enum lab_result result;
    struct lab_verdict verdict;

    branch->world.finished = false;
    sim_run(branch);
    int bad = run_judge(run, branch, &result, reason, &verdict);
    if (!bad)
        note(out, branch, &verdict);
    out->to_end = true;
    return bad;
}

int sweep_part(const struct run *run, const struct sweep_request *request,
               const struct sweep_list *list, size_t first, size_t last, sweep_heard *heard,
               void *ctx)
{
    struct sweep_line line;
    int bad = sweep_line_open(&line, run);

    (void)request;
    for (size_t i = first; i < last && !bad; i++) {
        struct sweep_result result = {.index = (uint32_t)i};
        if (sweep_line_pass(&line, &list->cut[i])) {
            sweep_line_branch(&line, &list->cut[i]);
            bad = to_the_end(run, line.branch, &result);
            result.fired = line.branch->truth.cuts > 0;
            if (result.fired)
                result.cut_us = line.branch->truth.cut[0].mains_us - line.branch->job_begin_us;
            sweep_line_back(&line);
        }
        if (!bad && !heard(ctx, &result))
            break;
    }
    sweep_line_close(&line);
    return bad;
}
