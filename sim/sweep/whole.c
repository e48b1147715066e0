// One sweep, from its scenario to its summed-up report.
// SPDX-License-Identifier: MIT
#include "sim/sweep/whole.h"

#include "sim/run/verbs.h"
#include "sim/sweep/full.h"
#include "sim/sweep/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// --- listening ---------------------------------------------------------------------------------------------

static int64_t now_ms(const struct lab_cli *cli)
{
    struct lab_report_host host;

    verb_host(cli, &host);
    return host.wall_ms;
}

static void tell(struct sweep_listener *listener)
{
    const struct sweep_totals *totals = &listener->totals;
    int64_t ms = now_ms(listener->cli) - listener->begun_ms;
    size_t entries = listener->last - listener->first;
    char what[96], place[48] = "";

    if (listener->again) // nobody knows how many cuts are still to come
        snprintf(place, sizeof place, "cuts, entry %zu of %zu", totals->firsts, entries);
    else
        snprintf(place, sizeof place, "of %zu cuts", entries);
    snprintf(what, sizeof what, "%zu %s, %lld failed, %lld/s", totals->count, place,
             (long long)totals->failures, (long long)totals->count * 1000 / (ms > 0 ? ms : 1));
    lab_progress_step(&listener->progress, (int64_t)totals->firsts, (int64_t)entries, what);
}

static bool heard(void *ctx, const struct sweep_result *result)
{
    struct sweep_listener *listener = ctx;
    const struct sweep_totals *totals = &listener->totals;

    listener->bad = sweep_totals_add(&listener->totals, result);
    if (listener->bad)
        return false;
    tell(listener);
    return !interrupt_came() && (!listener->stop_after || totals->failures < listener->stop_after);
}

/// Which places the report holds. With second cuts nobody knows of which place some are missing when it ended early.
static int cover(struct sweep_listener *listener, const struct sweep_work *work,
                 struct lab_sweep_report *head)
{
    struct sweep_totals *totals = &listener->totals;
    bool stopped =
        listener->interrupted || (listener->stop_after && totals->failures >= listener->stop_after);

    int bad = sweep_totals_cover(totals, listener->first, listener->last, stopped);
    bool known = !stopped || !work->request->every2;
    head->cover = totals->cover;
    head->covers = known ? totals->covers : 0;
    head->of = known ? (int64_t)work->list.count : -1;
    return bad;
}

/// The shard's equal part of the list.
static void part_of(const struct sweep_work *work, size_t *first, size_t *last)
{
    const struct sweep_request *request = work->request;
    size_t count = work->list.count;

    *first = count * (size_t)request->shard / (size_t)request->of;
    *last = count * ((size_t)request->shard + 1) / (size_t)request->of;
}

/// Make the cuts. Returns 0 or a negative errno.
static int make_cuts(struct sweep_whole *whole, struct lab_error *err)
{
    struct sweep_listener *listener = &whole->listener;

    listener->begun_ms = now_ms(listener->cli);
    part_of(&whole->work, &listener->first, &listener->last);
    lab_progress_begin(&listener->progress, stderr, listener->cli->quiet, whole->input.stem);
    interrupt_begin();
    int bad = sweep_jobs(&whole->work, listener->first, listener->last, heard, listener, err);
    interrupt_end();
    listener->interrupted = interrupt_came();
    lab_progress_end(&listener->progress);
    sweep_totals_sort(&listener->totals);
    return bad ? bad : listener->bad;
}

// --- summing up --------------------------------------------------------------------------------------------

static void host(struct sweep_whole *whole)
{
    struct lab_report_host *host = &whole->report.host;

    verb_host(whole->listener.cli, host);
    int64_t ms = host->wall_ms - whole->listener.begun_ms;
    host->jobs = whole->work.request->jobs;
    host->cuts_per_second = whole->facts.cuts * 1000 / (ms > 0 ? ms : 1);
}

static int sum_up(struct sweep_whole *whole, struct lab_error *err)
{
    const struct lab_cli *cli = whole->listener.cli;
    const struct sweep_work *work = &whole->work;
    struct lab_sweep_report *report = &whole->report;

    whole->facts = (struct lab_sweep_facts){.every = cli->every,
                                            .tear = cli->tear,
                                            .depth = cli->depth ? cli->depth : 1,
                                            .every2 = cli->every2,
                                            .from = work->request->from,
                                            .to = work->request->to,
                                            .list = sweep_list_hash(&work->list)};
    int bad = sweep_totals_sum(&whole->listener.totals, work, &whole->population, &whole->facts);
    bool interrupted = whole->listener.interrupted;
    if (!bad && whole->listener.first < whole->listener.last && !interrupted)
        bad = sweep_check_cuts(work, whole->facts.cuts, err);
    if (bad)
        return bad;
    if (!interrupted) // who interrupts does not want to wait for more cuts
        bad = sweep_earliest(work, &whole->population);
    if (work->full && !bad) {
        bad = sweep_full_sum(&whole->listener.totals, work, &whole->full);
        whole->facts.full = &whole->full;
    }
    lab_population_judge(&whole->population, &whole->input.scenario);
    verb_population(&whole->input, report);
    report->id = whole->run.id;
    report->population = &whole->population;
    report->sweep = &whole->facts;
    report->interrupted = interrupted;
    whole->cuts = (struct sweep_curve){&whole->listener.totals, work};
    sweep_totals_curve(&whole->cuts, &whole->curve);
    report->curve = &whole->curve;
    bad = bad ? bad : cover(&whole->listener, work, report);
    host(whole);
    return bad;
}

// --- all of it ---------------------------------------------------------------------------------------------

static const char balanced[] = "sim.gantry=quasistatic";

/// Does one of these set what `balanced` sets?
static bool says_gantry(const char *set)
{
    return !strncmp(set, balanced, strcspn(balanced, "=") + 1);
}

/// Load it; sweeps look at gantries in balance unless somebody asks for dynamics. `id`: the operand, when it is one. Returns as run_load.
static int load_sets(const struct lab_cli *cli, const struct lab_id *id, struct lab_input *input,
                     const char *const *sets, size_t n, struct lab_error *err)
{
    const char **set = calloc(n + 1, sizeof *set);
    bool said = false;

    if (!set)
        return -ENOMEM;
    set[0] = balanced;
    if (n)
        memcpy(set + 1, sets, n * sizeof *set);
    for (size_t i = 0; i < n; i++)
        said = said || says_gantry(sets[i]);
    for (int i = 0; id && i < id->sets; i++)
        said = said || says_gantry(id->set[i]);
    int bad = run_load(input, cli->operand[0], cli->root, set + said, n + !said,
                       cli->has_seed ? &cli->seed : NULL, err);
    free(set);
    return bad;
}

/// An ID's hash holds as in a run: unless the caller's own sets change what it is of. Its cuts are not the sweep's.
static int check_id(const struct lab_cli *cli, const struct lab_id *id,
                    const struct sweep_request *request, const struct lab_input *input, size_t n,
                    struct lab_error *err)
{
    int bad = n ? 0 : lab_id_check(id, &input->scenario, input->job.hash, err);

    if (bad || id->cuts <= (request->every == SWEEP_PHASE))
        return bad;
    lab_error_at_file(err, cli->operand[0],
                      "the ID names %d of its own cuts, and a sweep makes its cuts itself: leave "
                      "out ':%s'%s; --every phase takes an ID with one cut",
                      id->cuts, id->cut[0], id->cuts > 1 ? " and what follows" : "");
    return -EINVAL;
}

static int load(const struct lab_cli *cli, const struct sweep_request *request,
                struct lab_input *input, const char *const *sets, size_t n, struct lab_error *err)
{
    struct lab_id *id = lab_id_is(cli->operand[0]) ? calloc(1, sizeof *id) : NULL;
    int bad = id ? lab_id_parse(cli->operand[0], id, err) : 0;

    if (!bad)
        bad = load_sets(cli, id, input, sets, n, err);
    bool loaded = !bad;
    if (!bad && id)
        bad = check_id(cli, id, request, input, n, err);
    bad = bad ? bad : verb_reads_stay(cli, &input->scenario, err);
    if (loaded && bad)
        lab_input_close(input);
    free(id);
    return bad;
}

int sweep_whole_make(struct sweep_whole *whole, const struct lab_cli *cli,
                     const struct sweep_request *request, const char *const *sets, size_t n,
                     struct lab_error *err)
{
    whole->listener = (struct sweep_listener){
        .cli = cli, .stop_after = request->stop_after, .again = request->every2};
    int bad = load(cli, request, &whole->input, sets, n, err);
    whole->loaded = !bad;
    if (!bad)
        bad = sweep_open(&whole->work, request, &whole->run, &whole->input,
                         whole->input.scenario.seed, err);
    if (!bad)
        bad = sweep_check_list(&whole->work, err);
    if (!bad)
        bad = make_cuts(whole, err);
    return bad ? bad : sum_up(whole, err);
}

void sweep_whole_free(struct sweep_whole *whole)
{
    sweep_totals_free(&whole->listener.totals);
    sweep_close(&whole->work);
    run_free(&whole->run);
    if (whole->loaded)
        lab_input_close(&whole->input);
    lab_population_free(&whole->population);
    lab_sweep_full_free(&whole->full);
}
