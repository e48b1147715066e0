// How runs stand to their limits: each to its own, which may be larger than the scenario's.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/lab/report/stand.h"

enum report_stand report_stand(const struct lab_curve_cut *cut, enum lab_measure measure)
{
    if (!(cut->known >> measure & 1u))
        return STAND_NONE;
    if (!(cut->judged >> measure & 1u))
        return STAND_UNJUDGED;
    return cut->failed >> measure & 1u ? STAND_OVER : STAND_PASSED;
}

bool report_limit(const struct lab_sweep_report *r, enum lab_measure measure, int64_t *limit)
{
    *limit = 0;
    return r->scenario && lab_limit_of(r->scenario, measure, limit);
}

static void count(struct report_sum *sum, const struct lab_curve_cut *cut, enum lab_measure measure,
                  bool limited, int64_t limit)
{
    enum report_stand stand = report_stand(cut, measure);
    int64_t size = llabs(cut->value[measure]);
    bool worse = lab_measure_info(measure)->lower_is_bad ? size < sum->worst : size > sum->worst;

    sum->over += cut->failed >> measure & 1u;
    sum->lost += stand == STAND_NONE && (cut->failed >> measure & 1u);
    sum->unjudged += stand == STAND_UNJUDGED;
    if (stand < STAND_PASSED)
        return;
    if (!sum->judged++ || worse)
        sum->worst = size;
    if (limited && cut->limit[measure] > limit && cut->limit[measure] > sum->raised)
        sum->raised = cut->limit[measure];
}

bool report_sums(const struct lab_sweep_report *r, struct report_sum sum[LAB_MEASURES])
{
    struct lab_curve_cut cut;

    memset(sum, 0, LAB_MEASURES * sizeof *sum);
    for (size_t n = 0; r->curve && n < r->curve->count; n++) {
        if (!r->curve->cut(r->curve->ctx, n, &cut))
            continue;
        for (int m = 0; m < LAB_MEASURES; m++) {
            int64_t limit;
            bool limited = report_limit(r, (enum lab_measure)m, &limit);
            count(&sum[m], &cut, (enum lab_measure)m, limited, limit);
        }
    }
    return r->curve && r->curve->count;
}
