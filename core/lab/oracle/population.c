// Statistics over many runs of one scenario, judged by expect_p95.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int push_value(struct lab_population *p, int measure, int64_t value)
{
    if (p->count[measure] == p->room[measure]) {
        size_t room = p->room[measure] ? p->room[measure] * 2 : 64;
        int64_t *more = realloc(p->value[measure], room * sizeof *more);
        if (!more)
            return -12;
        p->value[measure] = more;
        p->room[measure] = room;
    }
    p->value[measure][p->count[measure]++] = value < 0 ? -value : value;
    return 0;
}

static int push_failure(struct lab_population *p, const char *id, const struct lab_verdict *verdict)
{
    if (p->failures == p->failure_room) {
        size_t room = p->failure_room ? p->failure_room * 2 : 16;
        struct lab_failure *more = realloc(p->failure, room * sizeof *more);
        if (!more)
            return -12;
        p->failure = more;
        p->failure_room = room;
    }
    struct lab_failure failure = {.outcome = verdict->outcome, .measure = -1};
    for (int n = LAB_MEASURES; verdict->result_ok && n-- > 0;) {
        if (verdict->measure[n].outcome != verdict->outcome)
            continue;
        failure.measure = n;
        failure.known = verdict->measure[n].known;
        failure.value = verdict->measure[n].value;
    }
    size_t length = strlen(id) + 1;
    failure.id = malloc(length);
    if (!failure.id)
        return -12;
    memcpy(failure.id, id, length);
    p->failure[p->failures++] = failure;
    return 0;
}

// Of equals the shorter ID, then the first in the alphabet: the same whatever the order in which runs are added.
static bool is_worse(const struct lab_worst *than, int measure, int64_t value, const char *id)
{
    int64_t a = llabs(value), b = llabs(than->value);
    if (!than->known)
        return true;
    if (a != b)
        return lab_measure_info((enum lab_measure)measure)->lower_is_bad ? a < b : a > b;
    size_t here = strlen(id), there = strlen(than->id);
    return here != there ? here < there : strcmp(id, than->id) < 0;
}

static int note_worst(struct lab_population *p, int measure, int64_t value, const char *id)
{
    struct lab_worst *worst = &p->worst[measure];
    if (!is_worse(worst, measure, value, id))
        return 0;
    size_t length = strlen(id) + 1;
    char *copy = realloc(worst->id, length);
    if (!copy)
        return -12;
    memcpy(copy, id, length);
    *worst = (struct lab_worst){.known = true, .value = value, .id = copy};
    return 0;
}

int lab_population_add(struct lab_population *p, const char *id, const struct lab_verdict *verdict)
{
    assert(p && id && verdict && verdict->result < LAB_RESULT_ANY);
    bool bad = verdict->outcome == LAB_FAIL || verdict->outcome == LAB_ERROR;
    if (bad && push_failure(p, id, verdict))
        return -12;
    for (int measure = 0; measure < LAB_MEASURES; measure++)
        if (verdict->measure[measure].known &&
            (push_value(p, measure, verdict->measure[measure].value) ||
             note_worst(p, measure, verdict->measure[measure].value, id)))
            return -12;
    p->runs++;
    p->results[verdict->result]++;
    p->outcomes[verdict->outcome]++;
    return 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// Nearest rank: the smallest value that `percent` of all do not exceed. From the far end where low is bad.
static int64_t rank(const int64_t *sorted, size_t count, size_t percent, bool lower_is_bad)
{
    size_t n = (count * percent + 99) / 100;
    n = n ? n - 1 : 0;
    return sorted[lower_is_bad ? count - 1 - n : n];
}

static void judge_measure(struct lab_population *p, int measure, const struct lab_limit *limit)
{
    struct lab_population_measure *m = &p->measure[measure];
    bool low = lab_measure_info((enum lab_measure)measure)->lower_is_bad;
    size_t count = p->count[measure];
    *m = (struct lab_population_measure){.count = count,
                                         .limited = limit->set,
                                         .limit = limit->max,
                                         .warned = limit->set && limit->has_warn,
                                         .warn = limit->warn,
                                         .outcome = LAB_NOT_APPLICABLE};
    if (!count)
        return;
    qsort(p->value[measure], count, sizeof *p->value[measure], by_size);
    m->p50 = rank(p->value[measure], count, 50, low);
    m->p95 = rank(p->value[measure], count, 95, low);
    m->max = rank(p->value[measure], count, 100, low);
    m->outcome = LAB_PASS;
    if (m->warned && (low ? m->p95 < m->warn : m->p95 > m->warn))
        m->outcome = LAB_MARGINAL;
    if (m->limited && (low ? m->p95 < m->limit : m->p95 > m->limit))
        m->outcome = LAB_FAIL;
}

void lab_population_judge(struct lab_population *p, const struct lab_scenario *scenario)
{
    assert(p && scenario);
    p->outcome = LAB_PASS;
    for (int outcome = LAB_MARGINAL; outcome <= LAB_ERROR; outcome++)
        if (p->outcomes[outcome])
            p->outcome = (enum lab_outcome)outcome;
    for (int measure = 0; measure < LAB_MEASURES; measure++) {
        judge_measure(p, measure, &scenario->expect_p95[measure]);
        enum lab_outcome outcome = p->measure[measure].outcome;
        if (outcome != LAB_NOT_APPLICABLE && outcome > p->outcome)
            p->outcome = outcome;
    }
}

void lab_population_free(struct lab_population *p)
{
    assert(p);
    for (size_t n = 0; n < p->failures; n++)
        free(p->failure[n].id);
    free(p->failure);
    for (int measure = 0; measure < LAB_MEASURES; measure++) {
        free(p->value[measure]);
        free(p->worst[measure].id);
    }
    *p = (struct lab_population){0};
}
