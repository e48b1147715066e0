// plr-sim swarm: from the command line to the report.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/run/verbs.h"
#include "sim/sweep/interrupt.h"
#include "sim/swarm/swarm.h"

/// A run that was heard of.
struct kept {
    bool there, made;
    struct swarm_row row;
    char *id; ///< owned; of one that could not be made: how to try it again
};

struct listener {
    const struct swarm_request *request;
    struct kept *kept; ///< by number - from
    int64_t got, failures;
    int code; ///< of runs that could not be made
    bool full, interrupted;
    struct lab_cover *cover; ///< runs that were heard of
    size_t covers;
    struct lab_progress progress;
};

static int64_t count_of(const struct swarm_request *request)
{
    return request->to - request->from + 1;
}

/// A run that cannot be made is the swarm's own mistake, or that of an override.
static void complain(struct listener *listener, const struct swarm_result *result)
{
    fprintf(stderr, "plr-sim: swarm: run %" PRId64 " of seed %" PRIu64 ":\n", result->row.number,
            listener->request->seed);
    listener->code = verb_worse(listener->code, verb_complain(&result->error, result->bad));
}

/// What makes one run of a swarm, where no ID does. NULL: out of memory.
static char *again(const struct swarm_request *request, int64_t number)
{
    char text[96];

    snprintf(text, sizeof text, "swarm --seed %" PRIu64 " --from %" PRId64 " --to %" PRId64,
             request->seed, number, number);
    return strdup(text);
}

static bool heard(void *ctx, const void *data)
{
    struct listener *listener = ctx;
    const struct swarm_result *result = data;
    struct kept *kept = &listener->kept[result->row.number - listener->request->from];
    char what[48];

    kept->there = true;
    kept->made = !result->bad;
    kept->row = result->row;
    if (result->bad)
        complain(listener, result);
    kept->id = result->bad ? again(listener->request, result->row.number) : strdup(result->id);
    listener->full = listener->full || !kept->id;
    listener->got++;
    listener->failures += result->bad || result->row.outcome >= LAB_FAIL;
    snprintf(what, sizeof what, "%" PRId64 " failed", listener->failures);
    lab_progress_step(&listener->progress, listener->got, count_of(listener->request), what);
    return !listener->full && !interrupt_came() &&
           (!listener->request->stop_after || listener->failures < listener->request->stop_after);
}

// --- reports ------------------------------------------------------------------------------------------------------

static void as_verdict(const struct swarm_row *row, struct lab_verdict *out)
{
    memset(out, 0, sizeof *out);
    out->outcome = (enum lab_outcome)row->outcome;
    out->result = (enum lab_result)row->result;
    out->result_ok = row->result_ok;
    for (int n = 0; n < LAB_MEASURES; n++) {
        out->measure[n].known = (row->known >> n) & 1u;
        out->measure[n].value = row->value[n];
        out->measure[n].outcome = (enum lab_outcome)row->measure_outcome[n];
    }
}

/// Count all into a population. In their order, whoever was heard of first.
static int sum_up(const struct listener *listener, struct lab_population *population)
{
    struct lab_verdict verdict;
    int bad = 0;

    for (int64_t i = 0; i < count_of(listener->request) && !bad; i++) {
        const struct kept *kept = &listener->kept[i];
        struct lab_population_run run = {.at = kept->row.number, .id = kept->id, .reason = ""};
        if (kept->there && !kept->made)
            bad = lab_population_not_made(population, &run);
        if (!kept->made)
            continue;
        run.reason =
            run_reason((enum lab_result)kept->row.result, (enum plr_reason)kept->row.reason);
        as_verdict(&kept->row, &verdict);
        bad = lab_population_add(population, &run, &verdict);
    }
    return bad;
}

/// For which reasons was refused, if anything was.
static void print_reasons(const struct listener *listener, FILE *out)
{
    int listed = 0;

    for (int reason = 0; reason < PLR_REASONS; reason++) {
        int64_t runs = 0;
        for (int64_t i = 0; i < count_of(listener->request); i++)
            runs += listener->kept[i].made && listener->kept[i].row.result == LAB_REFUSED &&
                    listener->kept[i].row.reason == reason;
        if (runs)
            fprintf(out, "%s%s %" PRId64, listed++ ? ", " : "  refused for ",
                    lab_reason_word(reason) ? lab_reason_word(reason) : "no reason", runs);
    }
    if (listed)
        fputc('\n', out);
}

/// What each kind of fault led to, and for which reasons was refused.
static void print_faults(const struct listener *listener, FILE *out)
{
    fprintf(out, "\nRuns with each fault\n  %-16s %7s %8s %8s %8s %7s\n", "fault", "runs",
            "resumed", "refused", "nothing", "failed");
    for (int fault = 0; fault < SWARM_FAULTS; fault++) {
        int64_t runs = 0, result[LAB_RESULT_ANY] = {0}, failed = 0;
        for (int64_t i = 0; i < count_of(listener->request); i++) {
            const struct kept *kept = &listener->kept[i];
            if (!kept->made || !(kept->row.faults >> fault & 1u))
                continue;
            runs++;
            result[kept->row.result]++;
            failed += kept->row.outcome >= LAB_FAIL;
        }
        fprintf(out, "  %-16s %7" PRId64 " %8" PRId64 " %8" PRId64 " %8" PRId64 " %7" PRId64 "\n",
                swarm_fault_word((enum swarm_fault)fault), runs, result[LAB_RESUMED],
                result[LAB_REFUSED], result[LAB_NOTHING_TO_RESUME], failed);
    }
    print_reasons(listener, out);
}

static void print_failures(const struct listener *listener, FILE *out)
{
    for (int64_t i = 0; i < count_of(listener->request); i++) {
        const struct kept *kept = &listener->kept[i];
        const char *reason = lab_reason_word(kept->row.reason);
        if (!kept->made || kept->row.outcome < LAB_FAIL)
            continue;
        bool told = reason && kept->row.result != LAB_RESUMED;
        fprintf(out, "run %" PRId64 " of seed %" PRIu64 ": %s%s%s%s\n  plr-sim '%s'\n",
                kept->row.number, listener->request->seed, kept->row.why, told ? " (" : "",
                told ? reason : "", told ? ")" : "", kept->id);
    }
}

static void csv_line(FILE *out, const struct kept *kept)
{
    const struct swarm_row *row = &kept->row;
    const char *reason = lab_reason_word(row->reason);

    fprintf(out, "%" PRId64 ",%s,%s,%d,%d,%s,%s,%s,", row->number, row->printer, row->job,
            row->cuts, row->dropped,
            kept->made ? lab_result_name((enum lab_result)row->result)
                       : lab_failed_word(LAB_FAILED_NOT_MADE),
            row->result == LAB_RESUMED || !reason ? "" : reason,
            lab_outcome_name(kept->made ? (enum lab_outcome)row->outcome : LAB_ERROR));
    for (int fault = 0, listed = 0; fault < SWARM_FAULTS; fault++)
        if (row->faults >> fault & 1u)
            fprintf(out, "%s%s", listed++ ? " " : "", swarm_fault_word((enum swarm_fault)fault));
    for (int n = 0; n < LAB_MEASURES; n++)
        if ((row->known >> n) & 1u)
            fprintf(out, ",%" PRId64, row->value[n]);
        else
            fputc(',', out);
    fprintf(out, ",%s\n", kept->id);
}

static int make_csv(const void *ctx, FILE *out)
{
    const struct listener *listener = ctx;

    fputs("run,printer,job,cuts,dropped,result,reason,outcome,faults", out);
    for (int n = 0; n < LAB_MEASURES; n++)
        fprintf(out, ",%s", lab_measure_info((enum lab_measure)n)->key);
    fputs(",id\n", out);
    for (int64_t i = 0; i < count_of(listener->request); i++)
        if (listener->kept[i].there)
            csv_line(out, &listener->kept[i]);
    return ferror(out) ? -EIO : 0;
}

static int write_reports(const struct lab_cli *cli, const struct listener *listener,
                         const struct lab_sweep_report *head)
{
    int code = LAB_EXIT_PASS;

    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_sweep_json(head, cli->json)));
    if (cli->junit)
        code = verb_worse(code, verb_written(cli->junit, lab_sweep_junit(head, cli->junit)));
    if (cli->csv)
        code =
            verb_worse(code, verb_written(cli->csv, lab_write_file(cli->csv, make_csv, listener)));
    return code;
}

static void print_all(const struct listener *listener, const struct lab_sweep_report *head,
                      bool colour, FILE *out)
{
    fprintf(out, "swarm of seed %" PRIu64 ", runs %" PRId64 " to %" PRId64 "\n",
            listener->request->seed, listener->request->from, listener->request->to);
    lab_sweep_text(head, colour, out);
    print_faults(listener, out);
    print_failures(listener, out);
}

/// A line that makes this swarm again, and how to make each failure again.
static void print_quietly(const struct listener *listener, const struct lab_population *population,
                          FILE *out)
{
    fprintf(out, "%s swarm --seed %" PRIu64 " --from %" PRId64 " --to %" PRId64 "\n",
            lab_outcome_name(population->outcome), listener->request->seed, listener->request->from,
            listener->request->to);
    print_failures(listener, out);
}

/// Which runs were heard of. Returns 0 or -ENOMEM.
static int cover(struct listener *listener)
{
    int64_t from = listener->request->from;

    listener->cover = calloc((size_t)count_of(listener->request) + 1, sizeof *listener->cover);
    if (!listener->cover)
        return -ENOMEM;
    for (int64_t i = 0; i < count_of(listener->request); i++) {
        struct lab_cover *next = &listener->cover[listener->covers];
        if (!listener->kept[i].there)
            continue;
        if (listener->covers && next[-1].end == from + i)
            next[-1].end++;
        else
            listener->cover[listener->covers++] = (struct lab_cover){from + i, from + i + 1};
    }
    return 0;
}

static int report(const struct lab_cli *cli, const struct lab_input *base,
                  const struct listener *listener)
{
    struct lab_population population = {0};
    struct lab_sweep_report head;
    FILE *out = verb_people(cli);

    int bad = sum_up(listener, &population);
    if (bad) {
        lab_population_free(&population);
        return verb_complain(&(struct lab_error){0}, bad);
    }
    lab_population_judge(&population, &base->scenario);
    verb_population(base, &head);
    head.population = &population;
    head.cover = listener->cover;
    head.covers = listener->covers;
    head.of = listener->request->of;
    head.interrupted = listener->interrupted;
    head.seeded = true;
    head.seed = listener->request->seed;
    verb_host(cli, &head.host);
    head.host.jobs = listener->request->jobs;
    if (cli->quiet)
        print_quietly(listener, &population, out);
    else
        print_all(listener, &head, lab_cli_colour(cli->color, out), out);
    int code = listener->failures ? LAB_EXIT_FAIL : LAB_EXIT_PASS;
    if (population.results[LAB_NEVER_FINISHED])
        code = LAB_EXIT_LIVENESS;
    code = verb_worse(code, write_reports(cli, listener, &head));
    lab_population_free(&population);
    return verb_worse(code, listener->code);
}

// --- the verb -----------------------------------------------------------------------------------------------------

static int make_runs(const struct swarm_request *request, struct listener *listener,
                     struct lab_error *err)
{
    interrupt_begin();
    int bad = swarm_runs(request, heard, listener, err);
    interrupt_end();
    listener->interrupted = interrupt_came();
    return bad;
}

static int swarm(const struct lab_cli *cli, const struct lab_input *base,
                 const struct swarm_request *request)
{
    int64_t count = count_of(request);
    struct listener listener = {.request = request,
                                .kept = calloc((size_t)count, sizeof *listener.kept)};
    int bad = listener.kept ? 0 : -ENOMEM;
    struct lab_error err = {0};

    lab_progress_begin(&listener.progress, stderr, cli->quiet, "swarm");
    if (!bad)
        bad = make_runs(request, &listener, &err);
    lab_progress_end(&listener.progress);
    if (!bad)
        bad = listener.full ? -ENOMEM : cover(&listener);
    int code = bad ? verb_complain(&err, bad) : report(cli, base, &listener);
    for (int64_t i = 0; i < count && listener.kept; i++)
        free(listener.kept[i].id);
    free(listener.kept);
    free(listener.cover);
    if (!bad && listener.interrupted)
        return LAB_EXIT_INTERRUPTED;
    return bad == -ECHILD ? LAB_EXIT_BUG : code;
}

static bool number(const char *text, int64_t otherwise, int64_t *out)
{
    char *end;

    *out = otherwise;
    if (!text)
        return true;
    *out = strtoll(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && *out < INT32_MAX;
}

/// Fill the request. Returns whether it makes sense.
static bool ask(const struct lab_cli *cli, struct swarm_request *out)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t runs = cli->runs ? cli->runs : 100;

    *out = (struct swarm_request){.seed = cli->has_seed ? cli->seed : 1,
                                  .stop_after = cli->stop_after,
                                  .root = cli->root,
                                  .set = cli->set,
                                  .sets = cli->sets};
    out->jobs = (int32_t)(cli->jobs ? cli->jobs : processors > 0 ? processors : 1);
    if (!number(cli->from, 0, &out->from) || !number(cli->to, runs - 1, &out->to))
        fprintf(stderr, "plr-sim: --from and --to want numbers of runs\n");
    else if (out->from > out->to)
        fprintf(stderr, "plr-sim: --from %" PRId64 " is beyond the last run, %" PRId64 "\n",
                out->from, out->to);
    else {
        out->of = runs > out->to ? runs : out->to + 1;
        return true;
    }
    fprintf(stderr, "Try 'plr-sim swarm --help'.\n");
    return false;
}

int verb_swarm(const struct lab_cli *cli)
{
    struct swarm_request request;
    struct lab_error err = {0};
    char path[1024];

    if (!ask(cli, &request) || !verb_reports_fit(cli))
        return LAB_EXIT_USAGE;
    struct lab_input *base = calloc(1, sizeof *base);
    int bad =
        base ? lab_id_find_scenario(cli->root, SWARM_SCENARIO, path, sizeof path, &err) : -ENOMEM;
    if (!bad)
        bad = run_load(base, path, cli->root, cli->set, cli->sets, NULL, &err);
    bool loaded = !bad;
    bad = bad ? bad : verb_reads_stay(cli, &base->scenario, &err);
    int code = bad ? verb_complain(&err, bad) : swarm(cli, base, &request);
    if (loaded)
        lab_input_close(base);
    free(base);
    return code;
}
