// plr-rig run: a scenario on a real printer.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/report/report.h"
#include "rig/host/host.h"
#include "rig/run/fill.h"
#include "rig/run/look.h"
#include "rig/run/run.h"

/// All that is read before anything happens.
struct job {
    struct bench bench;
    struct lab_input input;
    struct run_plan plan;
};

static int dry_run(const struct rig_options *options, const struct job *job)
{
    if (!options->cli.quiet)
        run_plan_tell(&job->plan, &job->bench, &job->input, stdout);
    int wrong = run_look(&job->bench, stderr);
    if (!options->cli.quiet)
        puts("this was a dry run: nothing is switched without --arm");
    return wrong ? LAB_EXIT_INFRA : LAB_EXIT_PASS;
}

/// With dut: core: has it the taps that it needs, and was it calibrated? That is better known before a print than behind its cut.
static int check_core(const struct job *job, struct lab_error *err)
{
    struct host_config config;

    if (job->bench.dut != BENCH_DUT_CORE)
        return 0;
    int bad = host_config_make(&config, &job->bench, &job->input, err);
    if (bad || job->input.scenario.expect_result == LAB_REFUSED || !access(config.store, F_OK))
        return bad;
    lab_error_at_file(err, job->bench.path,
                      "the core has no memory at %s yet, and so no calibration: plr-rig calibrate "
                      "comes first",
                      config.store);
    return -ENOENT;
}

/// Returns 0 or an exit code, having complained; then there is nothing to close.
static int read_job(const struct rig_options *options, struct job *job)
{
    const struct lab_cli *cli = &options->cli;
    struct lab_error err = {0};
    int code = rig_load(options, &job->bench);

    if (code)
        return code;
    int bad =
        lab_input_open(&job->input, cli->operand[0], cli->root, cli->set, cli->sets, NULL, &err);
    if (bad)
        return rig_complain(&err, bad == -ENOMEM ? LAB_EXIT_INFRA : LAB_EXIT_USAGE);
    bad = run_plan_make(&job->plan, &job->bench, &job->input, cli->skip, cli->skips, &err);
    bad = bad ? bad : check_core(job, &err);
    if (bad)
        lab_input_close(&job->input);
    return bad ? rig_complain(&err, LAB_EXIT_USAGE) : 0;
}

// --- for real -----------------------------------------------------------------------------------------------------

/// States and events, as they happen: on stderr, for stdout may be a report.
static void tell(void *ctx, int64_t at_us, const char *what)
{
    const struct rig_options *options = ctx;

    if (!options->cli.quiet)
        fprintf(stderr, "%8lld.%03d s  %s\n", (long long)(at_us / 1000000),
                (int)(at_us / 1000 % 1000), what);
}

static bool on_stdout(const char *path)
{
    return path && !strcmp(path, "-");
}

/// Returns the worse of `code` and not having been able to write.
static int written(const char *path, int bad, int code)
{
    if (bad)
        fprintf(stderr, "plr-rig: %s: cannot be written: %s\n", path, strerror(-bad));
    return bad ? LAB_EXIT_INFRA : code;
}

/// Where people, and LAVA, read.
static FILE *console(const struct lab_cli *cli)
{
    return on_stdout(cli->json) || on_stdout(cli->junit) ? stderr : stdout;
}

static int report_it(const struct lab_cli *cli, const struct lab_report *report, int code)
{
    FILE *out = console(cli);

    if (cli->quiet)
        fprintf(out, "%s %s\n", lab_outcome_name(report->verdict->outcome), report->id);
    else
        lab_report_text(report, lab_cli_colour(cli->color, out), out);
    if (cli->json)
        code = written(cli->json, lab_report_json(report, cli->json), code);
    if (cli->junit)
        code = written(cli->junit, lab_report_junit(&report, 1, cli->junit), code);
    return code;
}

/// A cut whose place the printer never told.
static int never_fired(const struct job *job, const struct run_record *record, int code)
{
    const struct run_cut *cut = &job->plan.cut[record->cuts];
    struct lab_error err = {0};

    if (!record->never_cut || record->fault)
        return code;
    lab_scenario_blame(&job->input.scenario, job->input.set, job->input.sets,
                       job->input.scenario.power[cut->entry].at.mark, &err,
                       "this cut never fired: the job was over, and the printer never told that "
                       "it was there");
    return rig_complain(&err, code);
}

/// What a run leaves behind.
struct left {
    struct run_record record;
    struct run_told told;
    struct lab_report report;
};

static int carry_out(const struct rig_options *options, const struct job *job, struct left *left)
{
    struct lab_error err = {0};
    const struct run_ask ask = {.bench = &job->bench,
                                .plan = &job->plan,
                                .input = &job->input,
                                .file = job->input.job.name,
                                .interrupted = rig_interrupted,
                                .tell = tell,
                                .ctx = (void *)(uintptr_t)options};

    int bad = run_go(&ask, &left->record, &err);
    if (bad)
        return rig_complain(&err, rig_exit(bad));
    bad = run_tell(&left->told, &job->bench, &job->input, &job->plan, &left->record, &left->report);
    if (bad)
        return rig_complain(&err, LAB_EXIT_USAGE);
    int code = report_it(&options->cli, &left->report, run_exit(&left->told, &left->record));
    return never_fired(job, &left->record, code);
}

/// A place for the report that cannot be written is better known before hours of printing.
static int check_places(const struct lab_cli *cli)
{
    const char *const paths[] = {cli->json, cli->junit};
    int code = 0;

    for (int i = 0; i < 2 && !code; i++)
        if (paths[i] && !on_stdout(paths[i]))
            code = written(paths[i], lab_write_check(paths[i]), 0);
    return code;
}

static int real_run(const struct rig_options *options, const struct job *job)
{
    struct left *left = calloc(1, sizeof *left);
    int code = left ? check_places(&options->cli) : LAB_EXIT_INFRA;
    FILE *out = console(&options->cli);
    char set[80];

    (void)rig_interrupted(); // from here on signals only set a mark
    snprintf(set, sizeof set, options->number ? "%.50s.%lld" : "%.50s", job->input.stem,
             (long long)options->number);
    if (!code && options->lava)
        lab_report_lava_begin(set, out);
    if (!code) {
        code = carry_out(options, job, left);
        if (options->lava)
            lab_report_lava(left->report.verdict, out);
    }
    free(left);
    return code;
}

int rig_run_once(const struct rig_options *options)
{
    struct job *job = calloc(1, sizeof *job);
    int code = job ? read_job(options, job) : LAB_EXIT_INFRA;

    if (!code) {
        code = options->arm ? real_run(options, job) : dry_run(options, job);
        lab_input_close(&job->input);
    }
    free(job);
    return code;
}

int rig_run(const struct rig_options *options)
{
    const struct lab_cli *cli = &options->cli;

    if (options->repeat)
        return rig_run_queue(options);
    if (!options->vary && !cli->stop_after && !cli->state)
        return rig_run_once(options);
    fputs("plr-rig: --vary, --stop-after and --state go with --repeat\n", stderr);
    return LAB_EXIT_USAGE;
}
