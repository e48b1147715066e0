// plr-sim sweep: from the command line to the report.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"
#include "sim/sweep/ask.h"
#include "sim/sweep/full.h"
#include "sim/sweep/totals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// Who listens to results while they come.
struct listener {
    struct sweep_totals totals;
    const struct lab_cli *cli;
    size_t first, last; ///< of the list, that will be heard of
    int bad;            ///< -12: a result could not be kept
    struct lab_progress progress;
    int64_t stop_after;
    int64_t begun_ms;
};

static int64_t now_ms(const struct lab_cli *cli)
{
    struct lab_report_host host;

    verb_host(cli, &host);
    return host.wall_ms;
}

static void tell(struct listener *listener)
{
    const struct sweep_totals *totals = &listener->totals;
    int64_t ms = now_ms(listener->cli) - listener->begun_ms;
    char what[48];

    snprintf(what, sizeof what, "%zu cuts, %lld failed, %lld/s", totals->count,
             (long long)totals->failures, (long long)totals->count * 1000 / (ms > 0 ? ms : 1));
    lab_progress_step(&listener->progress, (int64_t)totals->firsts,
                      (int64_t)(listener->last - listener->first), what);
}

static bool heard(void *ctx, const struct sweep_result *result)
{
    struct listener *listener = ctx;
    const struct sweep_totals *totals = &listener->totals;

    listener->bad = sweep_totals_add(&listener->totals, result);
    if (listener->bad)
        return false;
    tell(listener);
    return !listener->stop_after || totals->failures < listener->stop_after;
}

/// Which places the report holds. With second cuts nobody knows of which place some are missing when it ended early.
static int cover(struct listener *listener, const struct sweep_work *work,
                 struct lab_sweep_report *head)
{
    struct sweep_totals *totals = &listener->totals;
    bool stopped = listener->stop_after && totals->failures >= listener->stop_after;

    int bad = sweep_totals_cover(totals, listener->first, listener->last, stopped);
    bool known = !stopped || !work->request->every2;
    head->cover = totals->cover;
    head->covers = known ? totals->covers : 0;
    head->of = known ? (int64_t)work->list.count : -1;
    return bad;
}

static int report(const struct lab_cli *cli, const struct sweep_work *work,
                  struct listener *listener)
{
    const struct run_input *input = work->run->input;
    struct lab_population population = {0};
    struct lab_sweep_facts facts = {.every = cli->every,
                                    .tear = cli->tear,
                                    .depth = cli->depth ? cli->depth : 1,
                                    .every2 = cli->every2,
                                    .from = work->request->from,
                                    .to = work->request->to,
                                    .list = sweep_list_hash(&work->list)};
    struct lab_sweep_report head;
    FILE *out = verb_people(cli);

    int bad = sweep_totals_sum(&listener->totals, work, &population, &facts);
    bad = bad ? bad : sweep_earliest(work, &population);
    struct lab_sweep_full full = {0};
    if (work->full && !bad) {
        bad = sweep_full_sum(&listener->totals, work, &full);
        facts.full = &full;
    }
    lab_population_judge(&population, &input->scenario);
    verb_population(input, &head);
    head.id = work->run->id;
    head.population = &population;
    head.sweep = &facts;
    bad = bad ? bad : cover(listener, work, &head);
    if (bad)
        return verb_complain(&(struct lab_error){0}, bad);
    verb_host(cli, &head.host);
    int64_t ms = head.host.wall_ms - listener->begun_ms;
    head.host.jobs = work->request->jobs;
    head.host.cuts_per_second = facts.cuts * 1000 / (ms > 0 ? ms : 1);
    lab_sweep_text(&head, lab_cli_colour(cli->color, out), out);
    int code = verb_sweep_code(&head);
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_sweep_json(&head, cli->json)));
    if (cli->junit)
        code = verb_worse(code, verb_written(cli->junit, lab_sweep_junit(&head, cli->junit)));
    if (cli->csv)
        code = verb_worse(
            code, verb_written(cli->csv, sweep_totals_csv(&listener->totals, work, cli->csv)));
    lab_population_free(&population);
    lab_sweep_full_free(&full);
    return code;
}

/// The shard's equal part of the list.
static void part_of(const struct sweep_work *work, size_t *first, size_t *last)
{
    const struct sweep_request *request = work->request;
    size_t count = work->list.count;

    *first = count * (size_t)request->shard / (size_t)request->of;
    *last = count * ((size_t)request->shard + 1) / (size_t)request->of;
}

static int sweep(const struct lab_cli *cli, const struct sweep_work *work)
{
    struct listener listener = {
        .cli = cli, .stop_after = work->request->stop_after, .begun_ms = now_ms(cli)};

    part_of(work, &listener.first, &listener.last);
    lab_progress_begin(&listener.progress, stderr, cli->quiet, work->run->input->stem);
    int bad = sweep_jobs(work, listener.first, listener.last, heard, &listener);
    bad = bad ? bad : listener.bad;
    lab_progress_end(&listener.progress);
    sweep_totals_sort(&listener.totals);
    int code = bad ? verb_complain(&(struct lab_error){0}, bad) : report(cli, work, &listener);
    sweep_totals_free(&listener.totals);
    return bad == -ECHILD ? LAB_EXIT_BUG : code;
}

/// Load the scenario; sweeps look at gantries in balance unless somebody asks for dynamics. Returns as run_load.
static int load(const struct lab_cli *cli, struct run_input *input, struct lab_error *err)
{
    static const char balanced[] = "sim.gantry=quasistatic";
    const char **set = calloc(cli->sets + 1, sizeof *set);
    int bad = set ? 0 : -ENOMEM;

    if (!bad) {
        set[0] = balanced;
        if (cli->sets)
            memcpy(set + 1, cli->set, cli->sets * sizeof *set);
        bool said = false;
        for (size_t i = 0; i < cli->sets; i++)
            said = said || !strncmp(cli->set[i], balanced, strcspn(balanced, "=") + 1);
        bad = run_load(input, cli->operand[0], cli->root, set + said, cli->sets + !said,
                       cli->has_seed ? &cli->seed : NULL, err);
    }
    free(set);
    return bad;
}

int verb_sweep(const struct lab_cli *cli)
{
    struct sweep_request request;
    struct lab_error err = {0};
    char message[240];

    if (sweep_ask(cli, &request, message, sizeof message)) {
        fprintf(stderr, "plr-sim: %s\nTry 'plr-sim sweep --help'.\n", message);
        return LAB_EXIT_USAGE;
    }
    if (!verb_reports_fit(cli))
        return LAB_EXIT_USAGE;
    struct run_input *input = calloc(1, sizeof *input);
    struct sweep_work work;
    struct run run = {0};
    memset(&work, 0, sizeof work);
    int bad = input ? load(cli, input, &err) : -ENOMEM;
    if (!bad)
        bad = sweep_open(&work, &request, &run, input, input->scenario.seed, &err);
    int code = bad ? verb_complain(&err, bad) : sweep(cli, &work);
    sweep_close(&work);
    run_free(&run);
    if (!bad)
        run_unload(input);
    free(input);
    return code;
}
