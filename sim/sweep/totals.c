// Summing results up, and writing the curve.
// SPDX-License-Identifier: MIT
#include "sim/sweep/totals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int sweep_totals_open(struct sweep_totals *totals, size_t first, size_t last)
{
    size_t count = last - first;

    *totals = (struct sweep_totals){.first = first, .count = count};
    totals->result = calloc(count + 1, sizeof *totals->result);
    totals->there = calloc(count + 1, sizeof *totals->there);
    return totals->result && totals->there ? 0 : -12;
}

void sweep_totals_close(struct sweep_totals *totals)
{
    free(totals->result);
    free(totals->there);
}

void sweep_totals_add(struct sweep_totals *totals, const struct sweep_result *result)
{
    size_t at = result->index - totals->first;

    totals->result[at] = *result;
    totals->there[at] = true;
    totals->got++;
    totals->failures += result->fired && (result->outcome == LAB_FAIL || result->differs);
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
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/// How many different memories there were.
static int64_t unique(const struct sweep_totals *totals, uint64_t *state)
{
    size_t count = 0;
    int64_t different = 0;

    for (size_t i = 0; i < totals->count; i++)
        if (totals->there[i] && totals->result[i].fired)
            state[count++] = totals->result[i].state;
    qsort(state, count, sizeof *state, by_number);
    for (size_t i = 0; i < count; i++)
        different += i == 0 || state[i] != state[i - 1];
    return different;
}

int sweep_totals_sum(const struct sweep_totals *totals, const struct sweep_work *work,
                     struct lab_population *population, struct lab_sweep_facts *facts)
{
    uint64_t *state = malloc((totals->count + 1) * sizeof *state);
    char id[LAB_ID_BYTES];
    int bad = state ? 0 : -12;

    for (size_t i = 0; i < totals->count && !bad; i++) {
        const struct sweep_result *result = &totals->result[i];
        struct lab_verdict verdict;
        if (!totals->there[i])
            continue;
        facts->never_fired += !result->fired;
        if (!result->fired)
            continue;
        facts->cuts++;
        facts->to_end += result->to_end;
        facts->differs += result->differs;
        as_verdict(result, &verdict);
        bad = sweep_id(work->run, &work->list.cut[totals->first + i], id);
        if (!bad)
            bad = lab_population_add(population, id, &verdict);
    }
    if (!bad)
        facts->unique_states = unique(totals, state);
    free(state);
    return bad;
}

struct curve {
    const struct sweep_totals *totals;
    const struct sweep_work *work;
};

static void csv_line(FILE *out, const struct sweep_cut *cut, const struct sweep_result *result)
{
    char word[LAB_CUT_BYTES];

    if (lab_cut_print(&cut->power, word) < 0)
        word[0] = '\0';
    fprintf(out, "%s,%" PRId64 ",%s,%s,%s", word, result->cut_us / 1000,
            result->differs  ? "differs"
            : result->to_end ? "end"
                             : "window",
            lab_result_name((enum lab_result)result->result),
            lab_outcome_name((enum lab_outcome)result->outcome));
    for (int n = 0; n < LAB_MEASURES; n++)
        if ((result->known >> n) & 1u)
            fprintf(out, ",%" PRId64, result->value[n]);
        else
            fputc(',', out);
    fputc('\n', out);
}

static int make_csv(const void *ctx, FILE *out)
{
    const struct curve *curve = ctx;
    const struct sweep_totals *totals = curve->totals;

    fputs("cut,cut_ms,judged,result,outcome", out);
    for (int n = 0; n < LAB_MEASURES; n++)
        fprintf(out, ",%s", lab_measure_info((enum lab_measure)n)->key);
    fputc('\n', out);
    for (size_t i = 0; i < totals->count; i++)
        if (totals->there[i] && totals->result[i].fired)
            csv_line(out, &curve->work->list.cut[totals->first + i], &totals->result[i]);
    return ferror(out) ? -5 : 0;
}

int sweep_totals_csv(const struct sweep_totals *totals, const struct sweep_work *work,
                     const char *path)
{
    const struct curve curve = {totals, work};
    return lab_write_file(path, make_csv, &curve);
}
