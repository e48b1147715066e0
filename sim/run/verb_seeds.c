// One scenario with many seeds: a population, and each of its runs for the curve.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/lab/html/html.h"

/// What is kept of all runs. Owns both.
struct seeds {
    struct lab_population population;
    struct lab_curve_cut *run;
    size_t runs, room;
};

static void point_of(const struct run *run, struct lab_curve_cut *out)
{
    const struct lab_truth *truth = &run->cut->truth;

    *out = (struct lab_curve_cut){.result = run->result, .outcome = run->verdict.outcome};
    snprintf(out->word, sizeof out->word, "s%" PRIu64, run->seed);
    if (truth->cuts)
        out->into_job_us = truth->cut[0].mains_us - run->cut->job_begin_us;
    for (int m = 0; m < LAB_MEASURES; m++) {
        const struct lab_measured *measured = &run->verdict.measure[m];
        out->known |= (uint32_t)measured->known << m;
        out->judged |= (uint32_t)(measured->outcome != LAB_NOT_APPLICABLE) << m;
        out->failed |= (uint32_t)(measured->outcome == LAB_FAIL) << m;
        out->value[m] = measured->value;
        out->limit[m] = measured->limit;
    }
}

/// Returns 0 or -ENOMEM.
static int keep(struct seeds *seeds, const struct run *run)
{
    if (seeds->runs == seeds->room) {
        size_t room = seeds->room ? 2 * seeds->room : 64;
        struct lab_curve_cut *more = realloc(seeds->run, room * sizeof *more);
        if (!more)
            return -ENOMEM;
        seeds->run = more;
        seeds->room = room;
    }
    point_of(run, &seeds->run[seeds->runs++]);
    return lab_population_add(
        &seeds->population,
        &(struct lab_population_run){.at = (int64_t)(run->seed & INT64_MAX),
                                     .id = run->id,
                                     .reason = run->result == LAB_RESUMED ? "" : run->reason},
        &run->verdict);
}

static bool curve_run(const void *ctx, size_t n, struct lab_curve_cut *out)
{
    const struct seeds *seeds = ctx;
    *out = seeds->run[n];
    return true;
}

static int report(const struct lab_cli *cli, const struct lab_input *input, struct seeds *seeds)
{
    const struct lab_scenario *s = &input->scenario;
    const struct lab_curve curve = {
        .of = "run", .count = seeds->runs, .cut = curve_run, .ctx = seeds};
    struct lab_sweep_report report;
    int64_t first = (int64_t)(s->seed & INT64_MAX); // 2^63 and more: nobody merges those
    const struct lab_cover cover = {first, first + cli->seeds};

    verb_population(input, &report);
    report.population = &seeds->population;
    report.curve = &curve;
    report.cover = &cover;
    report.covers = first <= INT64_MAX - cli->seeds;

    lab_population_judge(&seeds->population, s);
    verb_host(cli, &report.host);
    verb_tell_sweep(cli, &report);
    int code = verb_sweep_code(&report);
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_sweep_json(&report, cli->json)));
    if (cli->junit)
        code = verb_worse(code, verb_written(cli->junit, lab_sweep_junit(&report, cli->junit)));
    if (cli->html)
        code = verb_worse(code, verb_written(cli->html, lab_html_sweep(&report, cli->html)));
    return code;
}

int verb_seeds(const struct lab_cli *cli, const struct lab_input *input)
{
    struct seeds seeds = {0};
    struct lab_progress progress;
    struct lab_error err = {0};
    int bad = 0;

    lab_progress_begin(&progress, stderr, cli->quiet, input->stem);
    for (int64_t i = 0; i < cli->seeds && !bad; i++) {
        struct run run;
        bad = run_execute(&run, input, input->scenario.seed + (uint64_t)i, &err);
        if (!bad)
            bad = keep(&seeds, &run);
        lab_progress_step(&progress, i + 1, cli->seeds,
                          bad ? "" : lab_outcome_name(run.verdict.outcome));
        run_free(&run);
    }
    lab_progress_end(&progress);
    int code = bad ? verb_complain(&err, bad) : report(cli, input, &seeds);
    lab_population_free(&seeds.population);
    free(seeds.run);
    return code;
}
