// From the first failure that a coarse sweep met back to the earliest that fails alike.
// SPDX-License-Identifier: MIT
#include "sim/sweep/judge.h"
#include "sim/sweep/totals.h"

#include <string.h>

/// Cut alone, on a line of its own. Returns 1 when that fails as `kind` did, 0 when it does not, or a negative errno.
static int fails_alike(const struct sweep_work *work, const struct sweep_cut *cut,
                       const struct lab_failure_class *kind)
{
    struct lab_scenario uncut;
    struct sweep_line line;
    struct sweep_result result = {.index = (uint32_t)kind->at};
    struct lab_population one = {0};
    int bad = sweep_line_open(&line, work->run);

    if (!bad)
        bad = sweep_line_print(&line, &uncut);
    if (!bad && sweep_line_pass(&line, cut))
        bad = sweep_judge(work, &line, cut, &result);
    if (!bad && result.fired)
        bad = sweep_count_in(work, cut, &result, &one);
    int alike = one.kinds && lab_failure_same_kind(&one.kind[0], kind);
    lab_population_free(&one);
    sweep_line_print_end(&line);
    sweep_line_close(&line);
    return bad ? bad : alike;
}

/// Number of what is counted at which a listed cut falls.
static int64_t number_of(const struct sweep_work *work, const struct lab_failure_class *kind)
{
    int64_t value = work->list.cut[kind->at].power[0].at.value;
    return work->request->every == SWEEP_MS ? value / 1000 : value;
}

static int bisect(const struct sweep_work *work, struct lab_failure_class *kind)
{
    const struct lab_scenario *scenario = &work->run->input->scenario;
    int64_t fails = number_of(work, kind), before = fails - work->request->stride;
    int64_t least = sweep_list_least(work->request, work->run);
    char id[LAB_ID_BYTES];

    before = before < least - 1 ? least - 1 : before;
    while (fails - before > 1) {
        int64_t middle = before + (fails - before) / 2;
        const struct sweep_cut cut = sweep_cut_number(work->request, scenario, middle);
        int alike = fails_alike(work, &cut, kind);
        if (alike < 0)
            return alike;
        *(alike ? &fails : &before) = middle;
    }
    const struct sweep_cut cut = sweep_cut_number(work->request, scenario, fails);
    int bad = sweep_id(work->run, &cut, id);
    return bad ? bad : lab_failure_rename(kind, id);
}

/// Is it a class whose shortest ID has one cut?
static bool is_single(const struct lab_failure_class *kind, const struct sweep_work *work)
{
    char id[LAB_ID_BYTES];

    return !sweep_id(work->run, &work->list.cut[kind->at], id) && !strcmp(id, kind->id);
}

int sweep_earliest(const struct sweep_work *work, struct lab_population *population)
{
    int bad = 0;

    if (work->request->stride <= 1)
        return 0;
    for (size_t n = 0; n < population->kinds && !bad; n++)
        if (is_single(&population->kind[n], work))
            bad = bisect(work, &population->kind[n]);
    return bad;
}
