// plr-rig run: a scenario on a real printer.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/html/html.h"
#include "core/lab/report/report.h"
#include "core/lab/trace/trace.h"
#include "core/lab/vcd/vcd.h"
#include "rig/host/host.h"
#include "rig/run/fill.h"
#include "rig/run/lock.h"
#include "rig/run/look.h"
#include "rig/run/queue.h"
#include "rig/run/run.h"
#include "rig/run/spool.h"
#include "rig/run/trace.h"
#include "rig/service/service.h"

/// All that is read before anything happens.
struct job {
    struct bench bench;
    struct lab_input input;
    struct run_plan plan;
};

/// Its ID first, as in a report. Returns 0 or an exit code, having complained.
static int tell_plan(const struct job *job)
{
    const struct lab_input *input = &job->input;
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES], id[LAB_ID_BYTES];
    struct lab_error err = {0};

    memcpy(cut, input->cut, sizeof cut);
    if (lab_input_id(input, input->scenario.seed, cut, input->cuts, id)) {
        lab_error_at_file(&err, input->scenario.path, "these overrides do not fit into a run ID");
        return rig_complain(&err, LAB_EXIT_USAGE);
    }
    puts(id);
    run_plan_tell(&job->plan, &job->bench, input, stdout);
    return 0;
}

static int dry_run(const struct rig_options *options, const struct job *job)
{
    int code = options->cli.quiet ? 0 : tell_plan(job);

    if (code)
        return code;
    int wrong = run_look(&job->bench, stderr) + run_look_gauges(&job->bench, NULL, stderr);
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

/// What is read cannot be made again by what is written.
static int check_reads(const struct rig_options *options, const struct job *job,
                       struct lab_error *err)
{
    const struct lab_cli *cli = &options->cli;
    const struct {
        const char *option, *path;
    } rows[] = {{"--json", cli->json},
                {"--junit", cli->junit},
                {"--html", cli->html},
                {"--trace", options->trace},
                {"--vcd", options->vcd}};
    int bad = 0;

    const size_t count = sizeof rows / sizeof *rows;

    for (size_t n = 0; n < count && !bad; n++) {
        bad = rig_reads_stay(&job->bench, &job->input.scenario, rows[n].option, rows[n].path, err);
        for (size_t m = n + 1; m < count && !bad && rows[n].path; m++) {
            if (!rows[m].path || !lab_write_same(rows[n].path, rows[m].path))
                continue;
            lab_error_at_file(err, rows[n].path, "%s and %s both write to it", rows[n].option,
                              rows[m].option);
            bad = -EINVAL;
        }
    }
    return bad;
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
    bad = check_reads(options, job, &err);
    bad = bad ? bad
              : run_plan_make(&job->plan, &job->bench, &job->input, cli->skip, cli->skips, &err);
    bad = bad ? bad : check_core(job, &err);
    if (bad)
        lab_input_close(&job->input);
    return bad ? rig_complain(&err, LAB_EXIT_USAGE) : 0;
}

// --- for real -----------------------------------------------------------------------------------------------------

static bool on_stdout(const char *path)
{
    return path && !strcmp(path, "-");
}

/// Returns the worse of `code` and not having been able to write.
static int written(const char *path, int bad, int code)
{
    if (bad)
        (void)verb_tell(stderr, "plr-rig: %s: cannot be written: %s\n", path, strerror(-bad));
    return bad ? LAB_EXIT_INFRA : code;
}

/// Where people, and LAVA, read.
static FILE *console(const struct rig_options *options)
{
    const struct lab_cli *cli = &options->cli;
    bool taken = on_stdout(cli->json) || on_stdout(cli->junit) || on_stdout(cli->html) ||
                 on_stdout(options->vcd);

    return taken ? stderr : stdout;
}

static int report_it(const struct rig_options *options, const struct lab_report *report, int code)
{
    const struct lab_cli *cli = &options->cli;
    FILE *out = console(options);

    if (cli->quiet)
        fprintf(out, "%s %s\n", lab_outcome_name(report->verdict->outcome), report->id);
    else
        lab_report_text(report, lab_cli_colour(cli->color, out), out);
    if (cli->json)
        code = written(cli->json, lab_report_json(report, cli->json), code);
    if (cli->junit)
        code = written(cli->junit, lab_report_junit(&report, 1, cli->junit), code);
    if (cli->html)
        code = written(cli->html, lab_html_run(report, NULL, cli->html), code);
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

// --- taken down ---------------------------------------------------------------------------------------------------

/// Block by block, out of this program's hands; by the spool's thread. Not by stdio, whose buffers this program would wait for at its end.
static int to_file(void *ctx, const void *bytes, size_t size)
{
    const char *at = bytes;

    for (size_t left = size; left;) {
        ssize_t done = write(fileno(ctx), at, left);
        if (done < 0 && errno != EINTR)
            return -errno;
        at += done > 0 ? done : 0;
        left -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

/// What a run leaves behind.
struct left {
    struct run_record record;
    struct run_told told;
    struct lab_report report;
    FILE *file;          ///< of the trace, NULL none
    struct spool *spool; ///< on whose way there it is
    struct run_trace *trace;
    bool stuck; ///< the disk does not come back: all of it is left to it
};

/// The trace of a run to come, when it or waveforms are asked for; else both stay NULL. Returns an exit code, having complained.
static int open_trace(const struct rig_options *options, const struct job *job, struct left *left)
{
    enum { ROOM = 16 << 20 }; // hours of printing
    const char *name = options->trace ? options->trace : options->vcd;

    if (!name)
        return 0;
    if (on_stdout(options->trace)) {
        fputs("plr-rig: --trace wants a file: stdout is for reports\n", stderr);
        return LAB_EXIT_USAGE;
    }
    left->file = options->trace ? fopen(options->trace, "w+be") : tmpfile();
    if (!left->file || fcntl(fileno(left->file), F_SETFD, FD_CLOEXEC))
        return written(name, -errno, 0);
    int bad = spool_open(&left->spool, to_file, left->file, ROOM);
    if (bad)
        return written(name, bad, 0);
    left->trace = run_trace_open(&job->bench, &job->input, spool_put, left->spool);
    return left->trace ? 0 : written(name, -ENOMEM, 0);
}

static int print_waves(const void *ctx, FILE *out)
{
    const struct lab_trace *trace = ctx;
    const struct lab_vcd_window all = {
        .whole = true, .from_us = 1, .to_us = 0}; // nobody knows of steps
    return lab_vcd_write(trace, &all, out);
}

static int write_waves(const struct rig_options *options, FILE *file, int code)
{
    struct lab_trace *trace = calloc(1, sizeof *trace);
    struct lab_error err = {0};

    rewind(file);
    int bad = trace ? lab_trace_read_stream("the trace", file, trace, &err) : -ENOMEM;
    if (!bad)
        bad = lab_write_file(options->vcd, print_waves, trace);
    if (trace)
        lab_trace_free(trace);
    free(trace);
    return lab_error_set(&err) ? rig_complain(&err, LAB_EXIT_BUG)
                               : written(options->vcd, bad, code);
}

/// A minute at most, in which we live.
static int drained(struct spool *spool)
{
    int bad = -ETIMEDOUT;

    for (int s = 0; s < 60 && bad == -ETIMEDOUT; s++) {
        service_alive(lines_now_us());
        bad = spool_wait(spool, 1000000);
    }
    return bad;
}

/// It ends with the run, and becomes waveforms where these are asked for.
static int end_trace(const struct rig_options *options, struct left *left, int code)
{
    if (!left->trace)
        return code;
    int bad = drained(left->spool); // everything is off: now the disk may take its time
    bad = bad ? bad : run_trace_end(left->trace, &left->record, &left->report);
    bad = bad ? bad : drained(left->spool);
    left->stuck = bad == -ETIMEDOUT;
    if (run_trace_lost(left->trace))
        (void)verb_tell(stderr,
                        "plr-rig: the disk was too slow: %llu blocks of the trace are lost, and "
                        "it says where\n",
                        (unsigned long long)run_trace_lost(left->trace));
    if (bad)
        return written(options->trace ? options->trace : options->vcd, bad, code);
    return options->vcd ? write_waves(options, left->file, code) : code;
}

/// How fast the relays were.
static void count(const struct run_record *record, struct run_queue *queue)
{
    for (int n = 0; queue && n < record->cuts; n++) {
        run_spread_add(&queue->line, run_line_latency(&record->cut[n]));
        run_spread_add(&queue->sense, run_sense_latency(&record->cut[n]));
    }
}

static int carry_out(const struct rig_options *options, const struct job *job, struct left *left)
{
    // states and events, as they happen: on stderr, for stdout may be a report
    struct rig_teller nowhere = {.fd = -1};
    struct lab_error err = {0};
    const struct run_ask ask = {.bench = &job->bench,
                                .plan = &job->plan,
                                .input = &job->input,
                                .file = job->input.job.name,
                                .locked = true, // here, or for a queue from its first run on
                                .trace = left->trace,
                                .interrupted = rig_interrupted,
                                .tell = rig_tell,
                                .ctx = options->cli.quiet ? &nowhere : rig_teller_of(stderr)};

    int bad = run_go(&ask, &left->record, &err);
    if (bad)
        return rig_complain(&err, rig_exit(bad));
    bad = run_tell(&left->told, &job->bench, &job->input, &job->plan, &left->record, &left->report);
    if (bad)
        return rig_complain(&err, LAB_EXIT_USAGE);
    int code = report_it(options, &left->report, run_exit(&left->told, &left->record));
    code = end_trace(options, left, code);
    return never_fired(job, &left->record, code);
}

/// A place for the report that cannot be written is better known before hours of printing.
static int check_places(const struct rig_options *options)
{
    const char *const paths[] = {options->cli.json, options->cli.junit, options->cli.html,
                                 options->trace, options->vcd};
    int code = 0;

    for (int i = 0; i < 5 && !code; i++)
        if (paths[i] && !on_stdout(paths[i]))
            code = written(paths[i], lab_write_check(paths[i]), 0);
    return code;
}

static void close_trace(struct left *left)
{
    run_trace_close(left->trace);
    spool_close(left->spool);
    if (left->file)
        fclose(left->file);
}

/// Before anything is written: the trace may be that of who has this bench.
static int hold(const struct rig_options *options, const struct job *job, struct run_lock *lock)
{
    struct lab_error err = {0};

    if (options->number > 0) // a queue's
        return 0;
    int bad = run_lock(lock, &job->bench, job->input.job.name, &err);
    return bad ? rig_complain(&err, rig_exit(bad)) : 0;
}

/// What measures the print is better known not to work before there is one.
static int check_gauges(const struct job *job)
{
    char text[2048] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    int wrong = out ? run_look_gauges(&job->bench, NULL, out) : 0;

    if (out)
        fclose(out);
    if (wrong)
        (void)verb_tell(stderr, "plr-rig: nothing is switched on:\n%s", text);
    return wrong ? LAB_EXIT_USAGE : 0;
}

static int real_run(const struct rig_options *options, const struct job *job,
                    struct run_queue *queue)
{
    struct left *left = calloc(1, sizeof *left);
    int code = left ? check_places(options) : LAB_EXIT_INFRA;
    FILE *out = console(options);
    struct run_lock lock = {.file = -1};
    char set[80];

    (void)rig_interrupted(); // from here on signals only set a mark
    code = code ? code : check_gauges(job);
    code = code ? code : hold(options, job, &lock);
    snprintf(set, sizeof set, options->number ? "%.50s.%lld" : "%.50s", job->input.stem,
             (long long)options->number);
    if (!code)
        code = open_trace(options, job, left);
    if (!code && options->lava)
        lab_report_lava_begin(set, out);
    if (!code) {
        code = carry_out(options, job, left);
        count(&left->record, queue);
        if (options->lava)
            lab_report_lava(left->report.verdict, out);
    }
    run_unlock(&lock);
    if (left && !left->stuck)
        close_trace(left);
    if (left && !left->stuck)
        free(left);
    return code;
}

int rig_run_once(const struct rig_options *options, struct run_queue *queue)
{
    struct job *job = calloc(1, sizeof *job);
    int code = job ? read_job(options, job) : LAB_EXIT_INFRA;

    if (!code) {
        code = options->arm ? real_run(options, job, queue) : dry_run(options, job);
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
        return rig_run_once(options, NULL);
    fputs("plr-rig: --vary, --stop-after and --state go with --repeat\n", stderr);
    return LAB_EXIT_USAGE;
}
