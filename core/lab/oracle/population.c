// Many runs of one scenario: counted in, put together, judged by expect_p95.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/// Room for one more. Returns the array, moved or not, or NULL.
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    size_t more = *room ? *room * 2 : 16;
    void *moved = realloc(array, more * size);
    if (moved)
        *room = more;
    return moved;
}

static char *copy_of(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = malloc(length);
    return copy ? memcpy(copy, text, length) : NULL;
}

/// Of a copy.
static void drop(const char *text)
{
    free((void *)text);
}

// --- tallies ------------------------------------------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
    int64_t x = ((const struct lab_tally *)a)->value, y = ((const struct lab_tally *)b)->value;
    return (x > y) - (x < y);
}

/// By value, each value once.
static void compact(struct lab_population *p, int measure)
{
    struct lab_tally *tally = p->tally[measure];
    size_t kept = 0;

    if (p->tallies[measure])
        qsort(tally, p->tallies[measure], sizeof *tally, by_value);
    for (size_t n = 0; n < p->tallies[measure]; n++)
        if (kept && tally[kept - 1].value == tally[n].value)
            tally[kept - 1].count += tally[n].count;
        else
            tally[kept++] = tally[n];
    p->tallies[measure] = kept;
}

int lab_population_tally(struct lab_population *p, int measure, struct lab_tally tally)
{
    size_t *count = &p->tallies[measure], *room = &p->tally_room[measure];

    size_t full = *count;
    if (full == *room) // values repeat: room for new ones may be found
        compact(p, measure);
    if (full == *room && *count >= full / 2) {
        struct lab_tally *more = grown(p->tally[measure], full, room, sizeof *more);
        if (!more)
            return -12;
        p->tally[measure] = more;
    }
    p->tally[measure][(*count)++] = tally;
    return 0;
}

// --- what failed --------------------------------------------------------------------------------------------

const char *lab_failed_word(int measure)
{
    static const char *const words[] = {"result", "state", "window", "not_made"};

    assert(measure >= LAB_FAILED_LAST && measure < LAB_MEASURES);
    return measure < 0 ? words[-1 - measure] : lab_measure_info((enum lab_measure)measure)->key;
}

int lab_failed_of(const char *word)
{
    for (int n = LAB_FAILED_LAST; n < LAB_MEASURES; n++)
        if (strcmp(word, lab_failed_word(n)) == 0)
            return n;
    return LAB_FAILED_RESULT;
}

// --- failures -----------------------------------------------------------------------------------------------

int lab_population_failure(struct lab_population *p, const struct lab_failure *failure)
{
    struct lab_failure *more = grown(p->failure, p->failures, &p->failure_room, sizeof *p->failure);

    if (!more)
        return -12;
    p->failure = more;
    more[p->failures] = *failure;
    more[p->failures].id = copy_of(failure->id);
    if (!more[p->failures].id)
        return -12;
    p->failures++;
    return 0;
}

/// Cuts that an ID names: each has its colon, before the overrides.
static int cuts_of(const char *id)
{
    int cuts = 0;
    for (; *id && *id != '+'; id++)
        cuts += *id == ':';
    return cuts;
}

/// Is the run at `at` with so many cuts to be named rather than the other? Fewest cuts, then the earliest.
static bool is_shorter(int64_t at, int cuts, int64_t other_at, const char *other)
{
    int others = cuts_of(other);
    return cuts != others ? cuts < others : at < other_at;
}

bool lab_failure_same_kind(const struct lab_failure_class *a, const struct lab_failure_class *b)
{
    return a->outcome == b->outcome && a->measure == b->measure && a->result == b->result &&
           strcmp(a->reason, b->reason) == 0;
}

int lab_failure_rename(struct lab_failure_class *kind, const char *id)
{
    const char *copy = copy_of(id);

    if (!copy)
        return -12;
    drop(kind->id);
    kind->id = copy;
    return 0;
}

/// A kind that is there already takes the count, and the shorter ID.
static int join(struct lab_failure_class *into, const struct lab_failure_class *kind)
{
    into->count += kind->count;
    if (!is_shorter(kind->at, cuts_of(kind->id), into->at, into->id))
        return 0;
    into->at = kind->at;
    return lab_failure_rename(into, kind->id);
}

int lab_population_kind(struct lab_population *p, const struct lab_failure_class *kind)
{
    for (size_t n = 0; n < p->kinds; n++)
        if (lab_failure_same_kind(&p->kind[n], kind))
            return join(&p->kind[n], kind);
    struct lab_failure_class *more = grown(p->kind, p->kinds, &p->kind_room, sizeof *p->kind);
    if (!more)
        return -12;
    p->kind = more;
    more[p->kinds] = *kind;
    more[p->kinds].id = copy_of(kind->id);
    if (!more[p->kinds].id)
        return -12;
    p->kinds++;
    return 0;
}

/// What made a run's outcome: that the lab contradicts itself, a wrong result, the first such measure, another state.
static int what_failed(const struct lab_verdict *verdict)
{
    if (verdict->contradicted)
        return LAB_FAILED_WINDOW;
    if (!verdict->result_ok)
        return LAB_FAILED_RESULT;
    for (int n = 0; n < LAB_MEASURES; n++)
        if (verdict->measure[n].outcome == verdict->outcome)
            return n;
    return verdict->state == LAB_STATE_OTHER ? LAB_FAILED_STATE : LAB_FAILED_RESULT;
}

/// List a failure, and count it into its class.
static int list_failure(struct lab_population *p, const struct lab_population_run *run,
                        const struct lab_failure *what, enum lab_result result)
{
    struct lab_failure failure = *what;

    failure.id = run->id;
    failure.at = run->at;
    struct lab_failure_class kind = {.outcome = failure.outcome,
                                     .measure = failure.measure,
                                     .result = result,
                                     .count = 1,
                                     .at = run->at,
                                     .id = failure.id};
    size_t word = strcspn(run->reason, ":");
    memcpy(kind.reason, run->reason, word < sizeof kind.reason ? word : sizeof kind.reason - 1);
    int bad = lab_population_failure(p, &failure);
    return bad ? bad : lab_population_kind(p, &kind);
}

static int fail_run(struct lab_population *p, const struct lab_population_run *run,
                    const struct lab_verdict *verdict)
{
    struct lab_failure failure = {.outcome = verdict->outcome, .measure = what_failed(verdict)};

    if (failure.measure >= 0) {
        failure.known = verdict->measure[failure.measure].known;
        failure.value = verdict->measure[failure.measure].value;
    }
    return list_failure(p, run, &failure, verdict->result);
}

int lab_population_not_made(struct lab_population *p, const struct lab_population_run *run)
{
    const struct lab_failure failure = {.outcome = LAB_ERROR, .measure = LAB_FAILED_NOT_MADE};

    assert(p && run && run->id && run->reason);
    p->runs++;
    p->not_made++;
    p->outcomes[LAB_ERROR]++;
    return list_failure(p, run, &failure, LAB_RESULT_ANY);
}

// --- worst --------------------------------------------------------------------------------------------------

/// A value of a run with so many cuts.
static bool is_worse(int64_t value, int64_t at, int cuts, const struct lab_worst *than,
                     bool lower_is_bad)
{
    int64_t a = llabs(value), b = llabs(than->value);
    if (!than->known)
        return true;
    if (a != b)
        return lower_is_bad ? a < b : a > b;
    return is_shorter(at, cuts, than->at, than->id);
}

int lab_worst_keep(struct lab_worst *worst, const struct lab_worst *other, bool lower_is_bad)
{
    if (!other->known ||
        !is_worse(other->value, other->at, cuts_of(other->id), worst, lower_is_bad))
        return 0;
    const char *id = copy_of(other->id);
    if (!id)
        return -12;
    drop(worst->id);
    *worst = *other;
    worst->id = id;
    return 0;
}

int lab_population_worst(struct lab_population *p, int measure, const struct lab_worst *worst)
{
    return lab_worst_keep(&p->worst[measure], worst,
                          lab_measure_info((enum lab_measure)measure)->lower_is_bad);
}

// --- runs, and many of them -----------------------------------------------------------------------------------

static bool has_failed(const struct lab_verdict *verdict)
{
    return verdict->outcome == LAB_FAIL || verdict->outcome == LAB_ERROR;
}

bool lab_population_names(const struct lab_population *p, int64_t at, int cuts,
                          const struct lab_verdict *verdict)
{
    bool named = has_failed(verdict);

    for (int measure = 0; measure < LAB_MEASURES && !named; measure++) {
        const struct lab_measured *m = &verdict->measure[measure];
        bool low = lab_measure_info((enum lab_measure)measure)->lower_is_bad;
        named = m->known && is_worse(m->value, at, cuts, &p->worst[measure], low);
    }
    return named;
}

int lab_population_add(struct lab_population *p, const struct lab_population_run *run,
                       const struct lab_verdict *verdict)
{
    assert(p && run && run->reason && verdict && verdict->result < LAB_RESULT_ANY);
    assert(run->id || !has_failed(verdict));
    int bad = has_failed(verdict) ? fail_run(p, run, verdict) : 0;

    for (int measure = 0; measure < LAB_MEASURES && !bad; measure++) {
        const struct lab_measured *m = &verdict->measure[measure];
        struct lab_worst worst = {m->known, m->value, run->at, run->id};
        if (!m->known)
            continue;
        bad = lab_population_tally(p, measure, (struct lab_tally){llabs(m->value), 1});
        if (!bad && run->id)
            bad = lab_population_worst(p, measure, &worst);
    }
    p->runs++;
    p->results[verdict->result]++;
    p->outcomes[verdict->outcome]++;
    return bad;
}

int lab_population_merge(struct lab_population *p, const struct lab_population *from)
{
    assert(p && from);
    int bad = 0;

    p->runs += from->runs;
    p->not_made += from->not_made;
    for (int n = 0; n < LAB_RESULT_ANY; n++)
        p->results[n] += from->results[n];
    for (int n = 0; n < LAB_OUTCOMES; n++)
        p->outcomes[n] += from->outcomes[n];
    for (size_t n = 0; n < from->failures && !bad; n++)
        bad = lab_population_failure(p, &from->failure[n]);
    for (size_t n = 0; n < from->kinds && !bad; n++)
        bad = lab_population_kind(p, &from->kind[n]);
    for (int measure = 0; measure < LAB_MEASURES && !bad; measure++) {
        bad = lab_population_worst(p, measure, &from->worst[measure]);
        for (size_t n = 0; n < from->tallies[measure] && !bad; n++)
            bad = lab_population_tally(p, measure, from->tally[measure][n]);
    }
    return bad;
}

// --- statistics -----------------------------------------------------------------------------------------------

// Nearest rank: the smallest value that `percent` of all do not exceed. From the far end where low is bad.
static int64_t rank(const struct lab_tally *tally, size_t tallies, int64_t count, int percent,
                    bool lower_is_bad)
{
    int64_t left = count / 100 * percent + (count % 100 * percent + 99) / 100;
    size_t n = 0;

    while (n + 1 < tallies && tally[lower_is_bad ? tallies - 1 - n : n].count < left) {
        left -= tally[lower_is_bad ? tallies - 1 - n : n].count;
        n++;
    }
    return tally[lower_is_bad ? tallies - 1 - n : n].value;
}

static void judge_measure(struct lab_population *p, int measure)
{
    struct lab_population_measure *m = &p->measure[measure];
    const struct lab_tally *tally = p->tally[measure];
    bool low = lab_measure_info((enum lab_measure)measure)->lower_is_bad;

    compact(p, measure);
    size_t tallies = p->tallies[measure];
    m->count = 0;
    m->p50 = m->p95 = m->max = 0;
    m->outcome = LAB_NOT_APPLICABLE;
    for (size_t n = 0; n < tallies; n++)
        m->count += tally[n].count;
    if (!m->count)
        return;
    m->p50 = rank(tally, tallies, m->count, 50, low);
    m->p95 = rank(tally, tallies, m->count, 95, low);
    m->max = rank(tally, tallies, m->count, 100, low);
    m->outcome = LAB_PASS;
    if (m->warned && (low ? m->p95 < m->warn : m->p95 > m->warn))
        m->outcome = LAB_MARGINAL;
    if (m->limited && (low ? m->p95 < m->limit : m->p95 > m->limit))
        m->outcome = LAB_FAIL;
}

/// In the order of runs; at one place as they came, for those come from one population.
static int by_place(const void *a, const void *b)
{
    const struct lab_failure *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

static int by_frequency(const void *a, const void *b)
{
    const struct lab_failure_class *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->measure != y->measure)
        return x->measure - y->measure;
    if (x->result != y->result)
        return (int)x->result - (int)y->result;
    return x->outcome != y->outcome ? (int)x->outcome - (int)y->outcome
                                    : strcmp(x->reason, y->reason);
}

static void put_in_order(struct lab_population *p)
{
    for (size_t n = 0; n < p->failures; n++)
        p->failure[n].turn = n;
    if (p->failures)
        qsort(p->failure, p->failures, sizeof *p->failure, by_place);
    if (p->kinds)
        qsort(p->kind, p->kinds, sizeof *p->kind, by_frequency);
}

void lab_population_judge(struct lab_population *p, const struct lab_scenario *scenario)
{
    assert(p);
    put_in_order(p);
    p->outcome = LAB_PASS;
    for (int outcome = LAB_MARGINAL; outcome <= LAB_ERROR; outcome++)
        if (p->outcomes[outcome])
            p->outcome = (enum lab_outcome)outcome;
    for (int measure = 0; measure < LAB_MEASURES; measure++) {
        const struct lab_limit *limit = scenario ? &scenario->expect_p95[measure] : NULL;
        if (limit)
            p->measure[measure] =
                (struct lab_population_measure){.limited = limit->set,
                                                .limit = limit->max,
                                                .warned = limit->set && limit->has_warn,
                                                .warn = limit->warn};
        judge_measure(p, measure);
        enum lab_outcome outcome = p->measure[measure].outcome;
        if (outcome != LAB_NOT_APPLICABLE && outcome > p->outcome)
            p->outcome = outcome;
    }
}

void lab_population_free(struct lab_population *p)
{
    assert(p);
    for (size_t n = 0; n < p->failures; n++)
        drop(p->failure[n].id);
    for (size_t n = 0; n < p->kinds; n++)
        drop(p->kind[n].id);
    free(p->failure);
    free(p->kind);
    for (int measure = 0; measure < LAB_MEASURES; measure++) {
        free(p->tally[measure]);
        drop(p->worst[measure].id);
    }
    *p = (struct lab_population){0};
}
