// What each verb does.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/lab/doc/version.h"
#include "core/lab/html/html.h"
#include "sim/run/run.h"

/// Options that write a file.
static const struct {
    const char *option;
    size_t offset; ///< of its path in struct lab_cli
} writes[] = {{"--json", offsetof(struct lab_cli, json)},
              {"--junit", offsetof(struct lab_cli, junit)},
              {"--html", offsetof(struct lab_cli, html)},
              {"--csv", offsetof(struct lab_cli, csv)},
              {"--state", offsetof(struct lab_cli, state)},
              {"--trace", offsetof(struct lab_cli, trace)},
              {"--vcd", offsetof(struct lab_cli, vcd)},
              {"--screenshot", offsetof(struct lab_cli, screenshot)}};
enum { WRITES = sizeof writes / sizeof *writes };

/// Where the n-th of them goes, NULL: it was not given.
static const char *written_to(const struct lab_cli *cli, int n)
{
    const char *path;

    memcpy(&path, (const char *)cli + writes[n].offset, sizeof path);
    return path;
}

FILE *verb_people(const struct lab_cli *cli)
{
    bool taken = false;

    for (int i = 0; i < WRITES; i++)
        taken = taken || (written_to(cli, i) && !strcmp(written_to(cli, i), "-"));
    return taken ? stderr : stdout;
}

unsigned verb_look(const struct lab_cli *cli, FILE *out)
{
    enum { BESIDE_CHART = 36 }; // what stands beside a small chart
    unsigned look = lab_cli_colour(cli->color, out) ? LAB_TEXT_COLOUR : 0;
    int columns = lab_cli_columns(out) - BESIDE_CHART;

    if (!cli->plain && lab_cli_blocks())
        look |= LAB_TEXT_BLOCKS;
    return look | LAB_TEXT_CHART(columns > 8 ? columns : 0);
}

static int exit_for(int bad)
{
    return bad == -ENOMEM || bad == -EIO || bad == -ENOSPC ? LAB_EXIT_INFRA : LAB_EXIT_USAGE;
}

int verb_complain(const struct lab_error *err, int bad)
{
    if (lab_error_set(err))
        lab_error_print(stderr, err);
    else
        fprintf(stderr, "plr-sim: %s\n", strerror(-bad));
    return exit_for(bad);
}

void verb_host(const struct lab_cli *cli, struct lab_report_host *host)
{
    struct timespec now;
    struct rusage use;
    static double begun = -1.0;

    clock_gettime(CLOCK_MONOTONIC, &now);
    double ms = (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
    if (begun < 0.0) {
        begun = ms;
        return;
    }
    getrusage(RUSAGE_SELF, &use);
    *host = (struct lab_report_host){.present = !cli->no_host,
                                     .wall_ms = (int64_t)(ms - begun) + 1,
                                     .max_rss_kib = use.ru_maxrss,
                                     .jobs = 1,
                                     .cuts_per_second = -1};
}

int verb_worse(int a, int b)
{
    static const int order[] = {LAB_EXIT_PASS,  LAB_EXIT_FAIL,  LAB_EXIT_LIVENESS, LAB_EXIT_PART,
                                LAB_EXIT_USAGE, LAB_EXIT_INFRA, LAB_EXIT_BUG};
    int rank_a = 0, rank_b = 0;

    for (int i = 0; i < (int)(sizeof order / sizeof *order); i++) {
        rank_a = order[i] == a ? i : rank_a;
        rank_b = order[i] == b ? i : rank_b;
    }
    return rank_a > rank_b ? a : b;
}

int verb_written(const char *path, int bad)
{
    if (bad)
        fprintf(stderr, "plr-sim: %s: cannot be written: %s\n", path, strerror(-bad));
    return bad ? LAB_EXIT_INFRA : LAB_EXIT_PASS;
}

// --- run -----------------------------------------------------------------------------------------------------

static int print_state(const void *ctx, FILE *out)
{
    return fputs(ctx, out) < 0 ? -EIO : 0;
}

/// The saved state as the device offered it last; what was never offered is not written.
static int write_state(const char *path, const struct run *run)
{
    if (run->state[0])
        return verb_written(path, lab_write_file(path, print_state, run->state));
    fprintf(stderr, "plr-sim: --state %s: not written: the device never asked for consent\n", path);
    return LAB_EXIT_USAGE;
}

/// The page of a run, from its report and the trace in memory; without charts when that cannot be read, which is our own fault.
/// Returns the exit code.
static int run_page(const struct lab_report *report, const struct run_bytes *bytes,
                    const char *path)
{
    struct lab_trace *trace = calloc(1, sizeof *trace);
    struct lab_error err = {0};

    if (!trace)
        return verb_complain(&err, -ENOMEM);
    int bad = lab_trace_read("the trace", bytes->bytes, bytes->size, trace, &err);
    int code = bad ? verb_worse(verb_complain(&err, bad), LAB_EXIT_BUG) : LAB_EXIT_PASS;
    code = verb_worse(code, verb_written(path, lab_html_run(report, bad ? NULL : trace, path)));
    lab_trace_free(trace);
    free(trace);
    return code;
}

static int report_one(const struct lab_cli *cli, struct run *run, const struct run_bytes *shown)
{
    struct lab_report report;
    FILE *out = verb_people(cli);

    run_report(run, &report);
    verb_host(cli, &report.host);
    if (!cli->quiet)
        lab_report_text(&report, verb_look(cli, out), out);
    else
        fprintf(out, "%s %s\n", lab_outcome_name(run->verdict.outcome), run->id);
    int code = lab_cli_exit((int)run->verdict.outcome, (int)run->result, run->verdict.result_ok);
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_report_json(&report, cli->json)));
    if (cli->junit) {
        const struct lab_report *list = &report;
        code = verb_worse(code, verb_written(cli->junit, lab_report_junit(&list, 1, cli->junit)));
    }
    if (cli->html)
        code = verb_worse(code, run_page(&report, shown, cli->html));
    if (cli->state)
        code = verb_worse(code, write_state(cli->state, run));
    return code;
}

static void print_cut(FILE *out, const struct run *run, int i)
{
    const struct sim *twin = run->twin;
    const struct lab_power *p = &run->input->scenario.power[i];
    const struct sim_cut *at = &twin->power_at[i];

    fprintf(out, "power[%d]: ", i);
    if (twin->power_fired_us[i] < 0) {
        fprintf(out, "in the recovery (phase %s), off for %.3f s\n",
                plr_phase_name((enum plr_phase)p->at.phase), (double)p->off_for_us * 1e-6);
        return;
    }
    fprintf(out,
            "layer %d, line %lld of %s (byte %lld, %.1f %% of the move), %.3f s into the job, "
            "during %s, off for %.3f s\n",
            at->layer, (long long)lab_job_line_number(&twin->job, (uint64_t)at->file_offset),
            twin->job.name, (long long)at->file_offset, at->fraction_ppm / 1e4,
            (double)(twin->power_fired_us[i] - twin->job_begin_us) * 1e-6, at->during,
            (double)p->off_for_us * 1e-6);
}

static int dry_run(const struct lab_cli *cli, const struct lab_input *input)
{
    struct lab_error err = {0};
    struct run run;

    int bad = run_dry(&run, input, input->scenario.seed, NULL, &err);
    if (!bad) {
        fprintf(verb_people(cli), "%s\n", run.id);
        for (int i = 0; i < input->scenario.power_count; i++)
            print_cut(verb_people(cli), &run, i);
    }
    run_free(&run);
    return bad ? verb_complain(&err, bad) : LAB_EXIT_PASS;
}

static int run_single(const struct lab_cli *cli, const struct lab_input *input)
{
    struct lab_error err = {0};
    struct run run = {0};
    struct run_bytes shown = {0};
    int written;

    int bad = verb_execute_traced(cli, &run, input, &shown, &written, &err);
    int code = bad ? verb_complain(&err, bad) : verb_worse(report_one(cli, &run, &shown), written);
    if (!bad && !written && verb_views(cli))
        code = verb_worse(code, verb_view_trace(cli, run.id, shown.bytes, shown.size));
    free(shown.bytes);
    run_free(&run);
    return code;
}

static const char *dut_name(enum lab_dut value)
{
    static const char *const names[] = {[LAB_DUT_CORE] = "core",
                                        [LAB_DUT_NAIVE] = "naive",
                                        [LAB_DUT_RESUME] = "resume",
                                        [LAB_DUT_MACROS] = "macros"};
    return names[value];
}

int verb_sweep_code(const struct lab_sweep_report *report)
{
    const struct lab_population *population = report->population;
    const struct lab_sweep_full *full = report->sweep ? report->sweep->full : NULL;

    // window and whole print, or both gantries, contradict each other: one of them is wrong
    if (report->sweep && (report->sweep->differs || (full && (full->otherwise || full->too_far))))
        return LAB_EXIT_BUG;
    if (population->results[LAB_NEVER_FINISHED])
        return LAB_EXIT_LIVENESS;
    if (population->not_made)
        return LAB_EXIT_USAGE;
    // each such cut has failed; a report that forgets it is not believed
    bool strays = report->sweep && report->sweep->other_state;
    return population->outcome >= LAB_FAIL || strays ? LAB_EXIT_FAIL : LAB_EXIT_PASS;
}

void verb_tell_sweep(const struct lab_cli *cli, const struct lab_sweep_report *report)
{
    FILE *out = verb_people(cli);
    enum lab_outcome outcome = report->population->outcome;

    if (!cli->quiet) {
        lab_sweep_text(report, verb_look(cli, out), out);
        return;
    }
    if (outcome < LAB_FAIL && verb_sweep_code(report) != LAB_EXIT_PASS)
        outcome = LAB_FAIL; // both gantries contradict each other
    fprintf(out, "%s %s\n", lab_outcome_name(outcome),
            report->id[0] ? report->id : report->scenario_name);
}

void verb_population(const struct lab_input *input, struct lab_sweep_report *report)
{
    const struct lab_scenario *s = &input->scenario;

    *report = (struct lab_sweep_report){
        .version = LAB_VERSION,
        .scenario_name = input->stem,
        .id = "",
        .scenario = s,
        .dut = dut_name((enum lab_dut)s->dut),
        .gantry = lab_gantry_word((enum lab_gantry)s->sim.gantry),
        .set = input->set_list,
        .sets = input->sets,
        .hash_doc = s->hash_doc,
        .hash_printer = s->hash_printer,
        .hash_job = input->job.hash,
        .hash_config = s->hash_config,
        .of = -1,
    };
}

/// One report goes to one place.
static bool two_to_one_place(const struct lab_cli *cli)
{
    for (int i = 0; i < WRITES; i++) {
        for (int j = i + 1; j < WRITES && written_to(cli, i); j++) {
            if (!written_to(cli, j) || !lab_write_same(written_to(cli, i), written_to(cli, j)))
                continue;
            fprintf(stderr, "plr-sim: %s and %s both write to '%s'\n", writes[i].option,
                    writes[j].option, written_to(cli, i));
            return true;
        }
    }
    return false;
}

/// What is made of one run alone.
static bool asks_of_one(const struct lab_cli *cli)
{
    bool one = cli->json || cli->junit || cli->html || cli->state || cli->trace || cli->vcd;
    const char *option = cli->state ? "--state" : cli->trace ? "--trace" : "--vcd";

    if (one && cli->operands > 1 && cli->verb == LAB_VERB_RUN) {
        fprintf(stderr,
                "plr-sim: --json, --junit, --html, --state, --trace and --vcd take one scenario: "
                "%zu are "
                "named\n",
                cli->operands);
        return true;
    }
    if ((cli->state || cli->trace || cli->vcd) && cli->seeds) {
        fprintf(stderr, "plr-sim: %s takes one run, not --seeds\n", option);
        return true;
    }
    if (cli->window && !cli->vcd && cli->verb == LAB_VERB_RUN) {
        fprintf(stderr, "plr-sim: --window goes with --vcd\n");
        return true;
    }
    return false;
}

/// A dry run makes no report and knows no population: better told than silently left out.
static bool dry_run_is_asked_too_much(const struct lab_cli *cli)
{
    const char *option = NULL;

    if (cli->dry_run && verb_views(cli)) {
        fprintf(stderr, "plr-sim: --dry-run runs nothing: there is nothing to show\n");
        return true;
    }
    for (int i = WRITES - 1; i >= 0; i--)
        option = written_to(cli, i) ? writes[i].option : option;
    if (!cli->dry_run || (!option && !cli->seeds))
        return false;
    if (option)
        fprintf(stderr, "plr-sim: --dry-run runs nothing: there is no report for %s\n", option);
    else
        fprintf(stderr, "plr-sim: --dry-run runs nothing: there are no --seeds to judge\n");
    return true;
}

int verb_writable(const char *option, const char *path)
{
    int bad = lab_write_check(path);

    if (bad)
        fprintf(stderr, "plr-sim: %s %s: cannot be written: %s\n", option, path, strerror(-bad));
    return bad ? LAB_EXIT_USAGE : LAB_EXIT_PASS;
}

/// Nobody wants to learn after the run that its report has no place.
static bool reports_have_no_place(const struct lab_cli *cli)
{
    for (int i = 0; i < WRITES; i++)
        if (written_to(cli, i) && verb_writable(writes[i].option, written_to(cli, i)))
            return true;
    return false;
}

bool verb_reports_fit(const struct lab_cli *cli)
{
    return !two_to_one_place(cli) && !asks_of_one(cli) && !reports_have_no_place(cli);
}

static int verb_run(const struct lab_cli *cli)
{
    int code = LAB_EXIT_PASS;

    if (dry_run_is_asked_too_much(cli) || verb_view_check(cli) != LAB_EXIT_PASS ||
        !verb_reports_fit(cli))
        return LAB_EXIT_USAGE;
    if (verb_views(cli) && (cli->operands > 1 || cli->seeds)) {
        fprintf(stderr, "plr-sim: --view, --screenshot and --record take one run\n");
        return LAB_EXIT_USAGE;
    }

    for (size_t i = 0; i < cli->operands; i++) {
        struct lab_input *input = calloc(1, sizeof *input);
        struct lab_error err = {0};
        int one;

        int bad = input ? run_load(input, cli->operand[i], cli->root, cli->set, cli->sets,
                                   cli->has_seed ? &cli->seed : NULL, &err)
                        : -ENOMEM;
        bool loaded = !bad;
        bad = bad ? bad : verb_reads_stay(cli, &input->scenario, &err);
        if (bad)
            one = verb_complain(&err, bad);
        else if (cli->dry_run)
            one = dry_run(cli, input);
        else
            one = cli->seeds > 0 ? verb_seeds(cli, input) : run_single(cli, input);
        if (loaded)
            lab_input_close(input);
        free(input);
        code = verb_worse(code, one);
    }
    return code;
}

// --- check, list, schema, explain --------------------------------------------------------------------------------

/// A printer file rather than a scenario: it has a machine and neither job nor printer.
static bool is_printer_file(const char *path)
{
    struct lab_error err = {0};
    struct lab_doc *doc = NULL;

    if (lab_id_is(path) || lab_doc_open(&doc, path, &err))
        return false;
    const struct lab_node *root = lab_doc_root(doc);
    bool is = lab_node_find(root, "kinematics") && !lab_node_find(root, "job") &&
              !lab_node_find(root, "printer");
    lab_doc_close(doc);
    return is;
}

static int check_printer(const char *path)
{
    struct lab_error err = {0};
    struct lab_printer *printer = calloc(1, sizeof *printer);

    int bad = printer ? lab_printer_load(path, printer, NULL, &err) : -ENOMEM;
    free(printer);
    return bad ? verb_complain(&err, bad) : LAB_EXIT_PASS;
}

static int check_scenario(const struct lab_cli *cli, const char *operand)
{
    struct lab_input *input = calloc(1, sizeof *input);
    struct lab_error err = {0};

    int bad =
        input ? run_load(input, operand, cli->root, cli->set, cli->sets, NULL, &err) : -ENOMEM;
    if (!bad)
        lab_input_close(input);
    free(input);
    return bad ? verb_complain(&err, bad) : LAB_EXIT_PASS;
}

static int verb_check(const struct lab_cli *cli)
{
    int code = LAB_EXIT_PASS;

    for (size_t i = 0; i < cli->operands; i++) {
        const char *operand = cli->operand[i];
        int one = is_printer_file(operand) ? check_printer(operand) : check_scenario(cli, operand);
        if (one == LAB_EXIT_PASS && !cli->quiet)
            printf("%s: good\n", operand);
        code = verb_worse(code, one);
    }
    return code;
}

// --- printer -----------------------------------------------------------------------------------------------------

struct conversion {
    const char *from, *to;
    struct lab_error err;
};

static int convert(const void *ctx, FILE *out)
{
    struct conversion *conversion = *(struct conversion *const *)ctx;
    return lab_printer_from_klipper(conversion->from, conversion->to, out, &conversion->err);
}

static int verb_printer(const struct lab_cli *cli)
{
    struct conversion conversion = {.from = cli->from, .to = cli->output}, *one = &conversion;

    if (!cli->from) {
        fprintf(stderr, "plr-sim: printer wants --from FILE\nTry 'plr-sim printer --help'.\n");
        return LAB_EXIT_USAGE;
    }
    const char *path = cli->output ? cli->output : "-";
    int bad = lab_write_file(path, convert, &one);
    if (lab_error_set(&conversion.err))
        return verb_complain(&conversion.err, bad);
    return verb_written(path, bad);
}

static int list_one(void *ctx, const char *path, const char *name, const char *about)
{
    (void)ctx, (void)name;
    printf("%-44s %s\n", path, about ? about : "(cannot be read: try plr-sim check)");
    return 0;
}

static int verb_list(const struct lab_cli *cli)
{
    int bad = lab_scenario_list(cli->root ? cli->root : ".", list_one, NULL);
    if (bad)
        fprintf(stderr, "plr-sim: no scenarios below %s\n", cli->root ? cli->root : ".");
    return bad ? LAB_EXIT_USAGE : LAB_EXIT_PASS;
}

static int verb_explain(const struct lab_cli *cli)
{
    int code = LAB_EXIT_PASS;

    for (size_t i = 0; i < cli->operands || i == 0; i++) {
        struct lab_error err = {0};
        int bad = lab_explain_print(stdout, cli->operands ? cli->operand[i] : "", &err);
        if (bad)
            code = verb_worse(code, verb_complain(&err, bad));
    }
    return code;
}

/// Is this where something is read from? A capture, say, cannot be made again.
static bool is_read(const struct lab_cli *cli, const char *option, const char *path)
{
    bool file = path && strcmp(path, "-");

    for (size_t n = 0; file && n < cli->operands; n++) {
        if (!lab_write_same(path, cli->operand[n]))
            continue;
        fprintf(stderr, "plr-sim: %s %s: would be written over '%s', which is read\n", option, path,
                cli->operand[n]);
        return true;
    }
    return false;
}

int verb_reads_stay(const struct lab_cli *cli, const struct lab_scenario *scenario,
                    struct lab_error *err)
{
    for (int i = 0; i < WRITES; i++) {
        const char *to = written_to(cli, i), *over = to ? lab_write_over(scenario, to) : NULL;
        if (!over)
            continue;
        lab_error_at_file(err, over, "%s would be written over it, and it is read",
                          writes[i].option);
        return -EINVAL;
    }
    return 0;
}

static bool writes_over_what_is_read(const struct lab_cli *cli)
{
    bool over = is_read(cli, "--output", cli->output);

    for (int i = 0; i < WRITES && !over; i++)
        over = is_read(cli, writes[i].option, written_to(cli, i));
    return over;
}

int verb_execute(const struct lab_cli *cli)
{
    struct lab_report_host begun;

    verb_host(cli, &begun);
    if (writes_over_what_is_read(cli))
        return LAB_EXIT_USAGE;
    switch ((enum lab_verb)cli->verb) {
    case LAB_VERB_RUN: return verb_run(cli);
    case LAB_VERB_CHECK: return verb_check(cli);
    case LAB_VERB_LIST: return verb_list(cli);
    case LAB_VERB_EXPLAIN: return verb_explain(cli);
    case LAB_VERB_PRINTER: return verb_printer(cli);
    case LAB_VERB_SWEEP: return verb_sweep(cli);
    case LAB_VERB_SWARM: return verb_swarm(cli);
    case LAB_VERB_MERGE: return verb_merge(cli);
    case LAB_VERB_COMPARE: return verb_compare(cli);
    case LAB_VERB_DIFF: return verb_diff(cli);
    case LAB_VERB_VCD: return verb_vcd(cli);
    case LAB_VERB_POWER_SCRIPT: return verb_power_script(cli);
    case LAB_VERB_VIEW: return verb_view(cli);
    case LAB_VERB_SERVE: return verb_serve(cli);
    case LAB_VERB_SCHEMA: lab_schema_print(stdout); return LAB_EXIT_PASS;
    case LAB_VERBS: break;
    }
    return LAB_EXIT_BUG;
}
