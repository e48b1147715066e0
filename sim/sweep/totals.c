// Summing results up, and writing the curve.
// SPDX-License-Identifier: MIT
#include "sim/sweep/totals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void sweep_totals_free(struct sweep_totals *totals)
{
    free(totals->result);
    free(totals->state);
    free(totals->cover);
    *totals = (struct sweep_totals){0};
}

enum lab_outcome sweep_outcome(const struct sweep_result *result)
{
    enum lab_outcome outcome = (enum lab_outcome)result->outcome;

    if (result->other_state && outcome < LAB_FAIL)
        outcome = LAB_FAIL;
    return result->differs ? LAB_ERROR : outcome;
}

int sweep_totals_add(struct sweep_totals *totals, const struct sweep_result *result)
{
    if (totals->count == totals->room) {
        size_t room = totals->room ? 2 * totals->room : 1024;
        struct sweep_result *more = realloc(totals->result, room * sizeof *more);
        if (!more)
            return -12;
        totals->result = more;
        totals->room = room;
    }
    totals->result[totals->count++] = *result;
    totals->firsts += result->order == 0;
    totals->failures += result->fired && sweep_outcome(result) >= LAB_FAIL;
    return 0;
}

static int in_order(const void *a, const void *b)
{
    const struct sweep_result *x = a, *y = b;

    if (x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

void sweep_totals_sort(struct sweep_totals *totals)
{
    if (totals->count)
        qsort(totals->result, totals->count, sizeof *totals->result, in_order);
}

/// As the verdict it came from, as far as populations ask.
static void as_verdict(const struct sweep_result *result, struct lab_verdict *out)
{
    memset(out, 0, sizeof *out);
    out->outcome = (enum lab_outcome)result->outcome;
    out->result = (enum lab_result)result->result;
    out->result_ok = result->result_ok;
    for (int n = 0; n < LAB_MEASURES; n++) {
        out->measure[n].known = (result->known >> n) & 1u;
        out->measure[n].value = result->value[n];
        out->measure[n].outcome = (enum lab_outcome)result->measure_outcome[n];
    }
    lab_judge_state(out, result->other_state ? LAB_STATE_OTHER : LAB_STATE_SAME);
    if (result->differs)
        lab_judge_contradicted(out);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/// The different memories, ascending. Returns how many.
static int64_t unique(const struct sweep_totals *totals, uint64_t *state)
{
    size_t count = 0;
    int64_t different = 0;

    for (size_t i = 0; i < totals->count; i++)
        if (totals->result[i].fired)
            state[count++] = totals->result[i].state;
    qsort(state, count, sizeof *state, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || state[i] != state[i - 1])
            state[different++] = state[i];
    return different;
}

int sweep_count_in(const struct sweep_work *work, const struct sweep_cut *cut,
                   const struct sweep_result *result, struct lab_population *population)
{
    char id[LAB_ID_BYTES];
    struct lab_verdict verdict;
    struct lab_population_run run = {
        .at = result->index,
        .reason = run_reason((enum lab_result)result->result, (enum plr_reason)result->reason)};
    int bad = 0;

    as_verdict(result, &verdict);
    if (lab_population_names(population, run.at, cut->cuts, &verdict)) {
        bad = sweep_id(work->run, cut, id);
        run.id = id;
    }
    return bad ? bad : lab_population_add(population, &run, &verdict);
}

int sweep_totals_sum(struct sweep_totals *totals, const struct sweep_work *work,
                     struct lab_population *population, struct lab_sweep_facts *facts)
{
    totals->state = calloc(totals->count + 1, sizeof *totals->state);
    int bad = totals->state ? 0 : -12;

    for (size_t i = 0; i < totals->count && !bad; i++) {
        const struct sweep_result *result = &totals->result[i];
        facts->never_fired += !result->fired;
        if (!result->fired)
            continue;
        facts->cuts++;
        facts->to_end += result->to_end;
        facts->differs += result->differs;
        facts->other_state += result->other_state;
        for (int n = 0; n < PLR_MARKS; n++)
            facts->marks[n] += (int64_t)(result->marks >> n & 1u);
        const struct sweep_cut cut = sweep_cut_of(&work->list, &work->run->input->scenario, result);
        bad = sweep_count_in(work, &cut, result, population);
    }
    if (bad)
        return bad;
    facts->unique_states = unique(totals, totals->state);
    facts->state = totals->state;
    return 0;
}

int sweep_totals_cover(struct sweep_totals *totals, size_t first, size_t last, bool stopped)
{
    totals->cover = calloc(totals->count + 1, sizeof *totals->cover);
    if (!totals->cover)
        return -12;
    totals->covers = !stopped && last > first;
    totals->cover[0] = (struct lab_cover){(int64_t)first, (int64_t)last};
    for (size_t i = 0; i < totals->count && stopped; i++) {
        int64_t at = totals->result[i].index;
        struct lab_cover *cover = &totals->cover[totals->covers];
        if (totals->covers && cover[-1].end >= at)
            cover[-1].end = at + 1;
        else
            totals->cover[totals->covers++] = (struct lab_cover){at, at + 1};
    }
    return 0;
}

/// The words of a cut, as in its ID.
static void cut_word(const struct sweep_cut *cut, char out[LAB_CURVE_WORD])
{
    char word[LAB_CUT_BYTES];
    size_t at = 0;

    out[0] = '\0';
    for (int i = 0; i < cut->cuts && at < LAB_CURVE_WORD; i++)
        if (lab_cut_print(&cut->power[i], word) > 0)
            at += (size_t)snprintf(out + at, LAB_CURVE_WORD - at, "%s%s", i ? ":" : "", word);
}

static void csv_line(FILE *out, const struct sweep_cut *cut, const struct sweep_result *result)
{
    char word[LAB_CURVE_WORD];

    cut_word(cut, word);
    fprintf(out, "%s,%" PRId64 ",%s,%s,%s", word, result->cut_us / 1000,
            result->differs       ? "differs"
            : result->other_state ? "other_state"
            : result->to_end      ? "end"
                                  : "window",
            lab_result_name((enum lab_result)result->result),
            lab_outcome_name(sweep_outcome(result)));
    for (int n = 0; n < LAB_MEASURES; n++)
        if ((result->known >> n) & 1u)
            fprintf(out, ",%" PRId64, result->value[n]);
        else
            fputc(',', out);
    fputc('\n', out);
}

static int make_csv(const void *ctx, FILE *out)
{
    const struct sweep_curve *curve = ctx;
    const struct sweep_totals *totals = curve->totals;

    fputs("cut,cut_ms,judged,result,outcome", out);
    for (int n = 0; n < LAB_MEASURES; n++)
        fprintf(out, ",%s", lab_measure_info((enum lab_measure)n)->key);
    fputc('\n', out);
    for (size_t i = 0; i < totals->count; i++) {
        const struct sweep_result *result = &totals->result[i];
        const struct sweep_cut cut =
            sweep_cut_of(&curve->work->list, &curve->work->run->input->scenario, result);
        if (result->fired)
            csv_line(out, &cut, result);
    }
    return ferror(out) ? -5 : 0;
}

int sweep_totals_csv(const struct sweep_totals *totals, const struct sweep_work *work,
                     const char *path)
{
    const struct sweep_curve curve = {totals, work};
    return lab_write_file(path, make_csv, &curve);
}

// --- the curve, cut by cut ----------------------------------------------------------------------------------

/// What a second cut fell into; NULL: there is none.
static const char *within(const struct sweep_cut *cut)
{
    const struct lab_trigger *at = &cut->power[cut->cuts - 1].at;

    if (cut->cuts < 2)
        return NULL;
    return at->kind == LAB_AT_PHASE ? plr_phase_name((enum plr_phase)at->phase) : "a write";
}

static bool curve_cut(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    const struct sweep_curve *curve = ctx;
    const struct sweep_result *result = &curve->totals->result[n];

    if (!result->fired)
        return false;
    const struct sweep_cut cut =
        sweep_cut_of(&curve->work->list, &curve->work->run->input->scenario, result);
    *out = (struct lab_curve_cut){.into_job_us = result->cut_us,
                                  .within = within(&cut),
                                  .result = (enum lab_result)result->result,
                                  .outcome = sweep_outcome(result),
                                  .known = result->known};
    for (int m = 0; m < LAB_MEASURES; m++) {
        out->judged |= (uint32_t)(result->measure_outcome[m] != LAB_NOT_APPLICABLE) << m;
        out->failed |= (uint32_t)(result->measure_outcome[m] == LAB_FAIL) << m;
    }
    cut_word(&cut, out->word);
    memcpy(out->value, result->value, sizeof out->value);
    memcpy(out->limit, result->limit, sizeof out->limit);
    return true;
}

void sweep_totals_curve(const struct sweep_curve *curve, struct lab_curve *out)
{
    *out = (struct lab_curve){
        .of = "cut", .count = curve->totals->count, .cut = curve_cut, .ctx = curve};
}
