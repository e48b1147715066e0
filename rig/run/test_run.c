// Whole runs on a bench that is not there: what is switched, said and recorded, and how each fault ends in every state.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/lab/cli/cli.h"
#include "rig/run/double.h"
#include "rig/run/fill.h"
#include "rig/run/lock.h"
#include "rig/run/run.h"

static char folder[] = "/tmp/plr_run_XXXXXX";
static char path[128], dog[128], alarm_file[128];

static struct bench bench;
static struct lab_input input;
static struct run_plan plan;
static struct run_record record;
static struct lab_error err;

static const char bench_text[] =
    "about: a double\n"
    "relays:\n"
    "  - {name: mains, domain: mains, role: cut, line: GPIO1, min_on: 1s, min_off: 2s, read_back: "
    "ac}\n"
    "senses:\n"
    "  - {name: ac, kind: power, domain: mains, line: GPIO2}\n"
    "  - {name: stop, kind: estop, line: GPIO3}\n"
    "  - {name: door, kind: door, line: GPIO4}\n"
    "link: {kind: marlin, address: nowhere}\n"
    "limits: {nozzle: 250C, run_time: 2h, ready: 1min, recovery: 10min, cooldown: 30min}\n"
    "resume_gcode: RESUME\n";

enum { AC, STOP, DOOR };

// --- what happens on the way --------------------------------------------------------------------------------------

static bool interrupted;
static char told[8192];

/// What a test wants to happen in a state, and how long after it was entered.
static struct {
    const char *state;
    int64_t after_us, at_us;
    void (*happen)(void);
} event;

static void tell(void *ctx, int64_t at_us, const char *what)
{
    size_t used = strlen(told);

    (void)ctx;
    (void)at_us;
    snprintf(told + used, sizeof told - used, "%s\n", what);
    if (event.state && !strcmp(what, event.state) && event.at_us < 0)
        event.at_us = world.now_us + event.after_us;
}

/// A gauge is a process, which lives in this computer's own time.
static void wait_for_gauges(void)
{
    enum run_state state = record.times ? record.time[record.times - 1].state : RUN_OFF;

    if (bench.gauges && (state == RUN_ARMED || state == RUN_MEASURING))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/// Asked in each turn of the loop: here tests meddle.
static bool ask(void)
{
    wait_for_gauges();
    if (event.happen && event.at_us >= 0 && world.now_us >= event.at_us) {
        void (*happen)(void) = event.happen;
        event.happen = NULL;
        happen();
    }
    return interrupted;
}

static bool calibrates;

static int go(void)
{
    const struct run_ask asked = {.bench = &bench,
                                  .plan = &plan,
                                  .input = &input,
                                  .calibrate = calibrates,
                                  .file = "tower.gcode",
                                  .interrupted = ask,
                                  .tell = tell};

    told[0] = '\0';
    memset(&err, 0, sizeof err);
    return run_go(&asked, &record, &err);
}

static int begin(void **state)
{
    (void)state;
    double_begin();
    world.byte_us = 500;
    interrupted = calibrates = false;
    memset(&event, 0, sizeof event);
    event.at_us = -1;
    assert_int_equal(bench_parse(&bench, path, bench_text, sizeof bench_text - 1, &err), 0);
    assert_int_equal(run_plan_make(&plan, &bench, &input, NULL, 0, &err), 0);
    unlink(dog);
    unlink(alarm_file);
    return 0;
}

static int begin_all(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/bench.yaml", folder);
    snprintf(dog, sizeof dog, "%s/watchdog", folder);
    snprintf(alarm_file, sizeof alarm_file, "%s/alarm", folder);
    assert_int_equal(
        lab_input_open(&input, "scenarios/voron24_cut.yaml", NULL, NULL, 0, NULL, &err), 0);
    return 0;
}

static int end_all(void **state)
{
    static const char *const behind[] = {".plr", ".plr.lock"};
    char lock[160];

    (void)state;
    lab_input_close(&input);
    for (int i = 0; i < 2; i++) {
        snprintf(lock, sizeof lock, "%s%s", path, behind[i]);
        unlink(lock);
    }
    snprintf(lock, sizeof lock, "%s.lock", path);
    unlink(lock);
    unlink(dog);
    unlink(alarm_file);
    return rmdir(folder);
}

static size_t read_text(const char *file, char *out, size_t room)
{
    FILE *in = fopen(file, "r");

    out[0] = '\0';
    if (!in)
        return 0;
    size_t n = fread(out, 1, room - 1, in);
    out[n] = '\0';
    fclose(in);
    return n;
}

/// Whatever happened: nothing is on.
static void all_is_off(void)
{
    assert_false(world.relay[0]);
    assert_int_equal(record.time[record.times - 1].state, RUN_SAFE);
    assert_false(world.led);
}

// --- good runs ----------------------------------------------------------------------------------------------------

static void a_print_is_cut_and_comes_back(void **state)
{
    static const char *const states[] = {"off",     "self_test",  "armed",    "printing",  "cut",
                                         "waiting", "recovering", "printing", "measuring", "safe"};

    (void)state;
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_true(record.judged && record.completed && !record.unsafe && !record.never_cut);
    assert_int_equal(record.result, LAB_RESUMED);
    assert_int_equal(record.times, 10);
    for (int i = 0; i < 10; i++)
        assert_string_equal(run_state_name(record.time[i].state), states[i]);
    assert_int_equal(record.cuts, 1);
    const struct run_cut_record *cut = &record.cut[0];
    assert_true(cut->file_at > plan.cut[0].target.byte);
    assert_true(cut->file_at < plan.cut[0].target.byte + 100); // a status later at most
    assert_in_range(cut->due_us - cut->status_us, 0, 10000);
    assert_int_equal(run_line_latency(cut), 0);
    assert_int_equal(run_sense_latency(cut), 8000);
    assert_in_range(cut->off_us, 90000000, 90040000);
    assert_in_range(cut->ready_us - cut->back_line_us, 20000000, 20040000);
    assert_in_range(cut->resumed_us - cut->asked_us, 60000000, 60040000);
    assert_int_equal(cut->nozzle_mc, 25000);
    assert_string_equal(world.said[0], "tower.gcode");
    assert_string_equal(world.said[1], "RESUME");
    assert_string_equal(world.said[2], "M104 S0\nM140 S0");
    assert_int_equal(world.words, 3);
    assert_true(world.beeped);
    all_is_off();
    // on, off, on, off; each with its read-back
    assert_int_equal(record.edges, 8);
    assert_int_equal(record.edges_lost, 0);
    assert_in_range(record.end_us - record.begun_us - 90000000, record.on_us,
                    record.on_us + 2000000);
}

static void the_truth_of_it_is_what_was_seen(void **state)
{
    struct lab_truth truth;

    (void)state;
    assert_int_equal(go(), 0);
    run_truth(&record, &bench, &truth);
    assert_true(truth.gauged && truth.completed);
    assert_int_equal(truth.cuts, 1);
    assert_int_equal(truth.cut[0].mains_us, record.cut[0].sense_us - record.begun_us);
    assert_int_equal(truth.cut[0].back_us - truth.cut[0].mains_us, record.cut[0].off_us);
    assert_int_equal(truth.cut[0].nozzle_mc, 25000);
    assert_int_equal(truth.cut[0].stopped_us, -1);
    assert_int_equal(truth.dive_nm, -1);
}

static void say_marker(void)
{
    world.console = "echo:plr-cut 1";
}

static void a_marker_cuts_at_once(void **state)
{
    (void)state;
    plan.cut[0].target.mark = 1;
    assert_int_equal(go(), 0); // nobody says it
    assert_true(record.never_cut);
    assert_int_equal(record.cuts, 0);
    begin(state);
    plan.cut[0].target.mark = 1;
    event.state = "printing";
    event.after_us = 3000000;
    event.happen = say_marker;
    assert_int_equal(go(), 0);
    assert_int_equal(record.cuts, 1);
    assert_true(record.cut[0].marked);
    assert_in_range(record.cut[0].job_us, 2900000, 3100000);
}

static void a_delay_is_added(void **state)
{
    (void)state;
    plan.cut[0].target.after_us = 7000000;
    assert_int_equal(go(), 0);
    assert_true(record.cut[0].file_at > plan.cut[0].target.byte + 13000); // seven seconds of bytes
}

/// What a link that has not noticed yet still says of a printer without power is no print that came back.
static void what_was_said_before_the_cut_is_no_news(void **state)
{
    (void)state;
    plan.script.off_for_us[0] = 3000000;
    world.notice_us = 15000000;
    world.deaf = true;
    assert_int_equal(go(), 0);
    assert_int_equal(record.result, LAB_NEVER_FINISHED);
    assert_int_equal(record.cut[0].resumed_us, -1);
}

/// The contactor comes first and goes with everything; only what cuts opens for the cut.
static void isolation_comes_first_and_stays(void **state)
{
    static const char text[] =
        "about: a double\n"
        "relays:\n"
        "  - {name: psu, domain: mains, role: cut, line: GPIO1, min_off: 2s, read_back: dc}\n"
        "  - {name: contactor, domain: mains, role: isolation, line: GPIO2, min_off: 4s, "
        "read_back: ac}\n"
        "senses:\n"
        "  - {name: dc, kind: power, domain: mains, line: GPIO3}\n"
        "  - {name: ac, kind: power, domain: mains, line: GPIO4}\n"
        "link: {kind: marlin, address: nowhere}\n"
        "resume_gcode: RESUME\n";
    static const struct {
        int32_t relay;
        bool on;
    } order[] = {{1, true}, {0, true}, {0, false}, {0, true}, {0, false}, {1, false}};
    size_t seen = 0;

    (void)state;
    assert_int_equal(bench_parse(&bench, path, text, sizeof text - 1, &err), 0);
    assert_int_equal(run_plan_make(&plan, &bench, &input, NULL, 0, &err), 0);
    assert_int_equal(plan.cut[0].relays, 1);
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    for (size_t n = 0; n < record.edges; n++) {
        if (!record.edge[n].relay)
            continue;
        assert_true(seen < 6);
        assert_int_equal(record.edge[n].index, order[seen].relay);
        assert_int_equal(record.edge[n].on, order[seen].on);
        seen++;
    }
    assert_int_equal(seen, 6);
    all_is_off();
    assert_false(world.relay[1]);
}

static void a_refusal_is_told_in_the_printers_words(void **state)
{
    (void)state;
    world.refuses = "bed_cold: the bed is below the part's release";
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_true(record.judged && !record.completed);
    assert_int_equal(record.result, LAB_REFUSED);
    assert_string_equal(record.reason, "bed_cold: the bed is below the part's release");
    all_is_off();
}

// --- dut: core ----------------------------------------------------------------------------------------------------

/// The same bench, with taps, and the core on this computer.
static void with_core(void)
{
    static const char taps[] = "  - {name: z0, kind: z_plus, motor: 0, line: GPIO20}\n"
                               "  - {name: z1, kind: z_plus, motor: 1, line: GPIO21}\n"
                               "  - {name: z2, kind: z_plus, motor: 2, line: GPIO22}\n"
                               "  - {name: z3, kind: z_plus, motor: 3, line: GPIO23}\n";
    const char *link = strstr(bench_text, "link:"), *resume = strstr(bench_text, "resume_gcode");
    char text[2048];

    snprintf(text, sizeof text, "%.*s%s%.*sdut: core\n", (int)(link - bench_text), bench_text, taps,
             (int)(resume - link), link);
    assert_int_equal(bench_parse(&bench, path, text, strlen(text), &err), 0);
    assert_int_equal(run_plan_make(&plan, &bench, &input, NULL, 0, &err), 0);
}

static void a_core_that_cannot_move_one_motor_refuses(void **state)
{
    (void)state;
    with_core();
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_true(record.judged && !record.completed && record.core_refused);
    assert_int_equal(record.result, LAB_REFUSED);
    assert_non_null(strstr(record.reason, "this printer moves no Z motor alone"));
    all_is_off();
}

/// Nothing of the job was proved, and nothing recorded: then there is nothing to bring back, and the reason has its word.
static void a_core_that_has_nothing_says_so(void **state)
{
    (void)state;
    with_core();
    world.abilities = LINK_CAN_ONE_Z;
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_int_equal(record.result, LAB_REFUSED);
    assert_memory_equal(record.reason, "not_started: ", 13);
    all_is_off();
}

static void a_core_without_its_memory_is_not_begun_with(void **state)
{
    (void)state;
    with_core();
    snprintf(bench.core.store, sizeof bench.core.store, "%s/no/folder", folder);
    assert_true(go() < 0);
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(world.edges, 0); // nothing was switched
}

static void a_calibration_that_is_refused_is_no_fault_of_the_core(void **state)
{
    (void)state;
    with_core();
    calibrates = true;
    plan.cuts = plan.script.cuts = 0;
    assert_int_equal(go(), 0);
    assert_true(record.core_refused && !record.calibrated);
    assert_non_null(strstr(record.reason, "this printer moves no Z motor alone"));
    assert_int_equal(world.printing, false);
    all_is_off();
}

static void a_printer_that_does_nothing_never_finishes(void **state)
{
    (void)state;
    world.deaf = true;
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_int_equal(record.result, LAB_NEVER_FINISHED);
    all_is_off();
}

static void a_job_that_is_not_there_is_no_failed_recovery(void **state)
{
    (void)state;
    world.refuses_print = "cannot open tower.gcode";
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_PRINTER);
    assert_false(record.judged);
    assert_string_equal(record.why,
                        "the printer gave up before anything was cut: cannot open tower.gcode");
    all_is_off();
}

// --- gauges -------------------------------------------------------------------------------------------------------

/// A gauge that reads what stands in a file, once more than it did before.
static void add_gauge(const char *command, uint8_t measure, bool relative)
{
    struct bench_gauge *gauge = &bench.gauge[bench.gauges++];

    world.boot_us = 1000000; // for time is real until the print

    *gauge = (struct bench_gauge){.name = "dial",
                                  .kind = BENCH_GAUGE_CMD,
                                  .measure = measure,
                                  .scale_nm = 1000000,
                                  .low_nm = -5000000,
                                  .high_nm = 5000000,
                                  .uncertainty_nm = 5000,
                                  .time_us = INT64_C(1000000000),
                                  .independent = true,
                                  .relative = relative};
    snprintf(gauge->source, sizeof gauge->source, "%.255s", command);
}

static void gauges_are_read_before_and_behind(void **state)
{
    char command[280];
    struct lab_truth truth;

    (void)state;
    snprintf(command, sizeof command, "echo x >>%s; wc -l <%s", alarm_file, alarm_file);
    add_gauge(command, BENCH_Z_OFFSET, true);
    add_gauge("echo 0.040mm", BENCH_LAYER_SHIFT, false);
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_true(record.readings.before_known[0] && record.readings.after_known[0]);
    assert_false(record.readings.before_known[1]); // nothing to compare with
    run_truth(&record, &bench, &truth);
    assert_true(truth.z_offset.known && truth.z_offset.independent);
    assert_int_equal(truth.z_offset.value_nm, 1000000); // the second reading less the first
    assert_int_equal(truth.layer_shift.value_nm, 40000);
}

static void a_gauge_that_cannot_be_read_is_no_failed_recovery(void **state)
{
    (void)state;
    add_gauge("echo nothing", BENCH_Z_OFFSET, false);
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_GAUGE);
    assert_true(record.judged && record.why[0]);
    all_is_off();
    begin(state);
    add_gauge("exit 3", BENCH_CORNER, false); // corners compare: before the print already
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_GAUGE);
    assert_false(record.judged);
    assert_int_equal(world.words, 0);
    all_is_off();
}

static void a_print_that_did_not_come_back_is_not_measured(void **state)
{
    (void)state;
    add_gauge("exit 3", BENCH_Z_OFFSET, false);
    world.refuses = "no";
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_FINE);
    assert_int_equal(record.result, LAB_REFUSED);
}

// --- what is reported ---------------------------------------------------------------------------------------------

static void interrupt(void);
static void weld_and_interrupt(void);
static struct run_told told_run;
static struct lab_report report;

static int told_as(void)
{
    assert_int_equal(go(), 0);
    assert_int_equal(run_tell(&told_run, &bench, &input, &plan, &record, &report), 0);
    return run_exit(&told_run, &record);
}

static void exit_codes_tell_who_failed(void **state)
{
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_int_equal(told_run.verdict.outcome, LAB_PASS);
    assert_string_equal(report.id, "voron24_cut@8f7c72d5#s1"); // as plr-sim calls it
    assert_int_equal(report.cuts, 1);
    assert_int_equal(report.cut[0].layer, 61);
    begin(state);
    world.refuses = "bed_cold: it is";
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    begin(state);
    world.deaf = true;
    assert_int_equal(told_as(), LAB_EXIT_LIVENESS);
    begin(state);
    world.refuses_print = "no such file";
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_int_equal(told_run.verdict.outcome, LAB_ERROR);
    begin(state);
    plan.cut[0].target.mark = 1;
    assert_int_equal(told_as(), LAB_EXIT_USAGE); // a cut that never fired
    begin(state);
    event.state = "waiting";
    event.happen = interrupt;
    assert_int_equal(told_as(), LAB_EXIT_INTERRUPTED);
    begin(state);
    event.state = "printing";
    event.happen = weld_and_interrupt;
    assert_int_equal(told_as(),
                     LAB_EXIT_INFRA); // that it could not be switched off is what matters
    assert_int_equal(record.fault, RUN_INTERRUPTED);
    begin(state);
    add_gauge("echo 0.3mm", BENCH_Z_OFFSET, false);
    assert_int_equal(told_as(), LAB_EXIT_FAIL); // what a gauge saw counts
    assert_int_equal(told_run.verdict.measure[LAB_Z_OFFSET_ERROR].value, 300);
    begin(state);
    add_gauge("exit 1", BENCH_Z_OFFSET, false);
    assert_int_equal(told_as(), LAB_EXIT_INFRA); // a gauge that failed is no recovery that did
}

// --- faults, in every state ---------------------------------------------------------------------------------------

static void press(void)
{
    world.sense[STOP] = true;
}
static void open_door(void)
{
    world.sense[DOOR] = true;
}
static void take_chip(void)
{
    world.gone = -ENODEV;
}
static void overheat(void)
{
    world.nozzle_mc = 260000;
    world.printing = false;
    world.saved = true;
}
static void silence(void)
{
    world.silent = true;
}
static void interrupt(void)
{
    interrupted = true;
}
static void weld(void)
{
    world.contact[0] = DOUBLE_WELDED;
}
static void weld_and_interrupt(void)
{
    weld();
    interrupt();
}
static void stay_open(void)
{
    world.contact[0] = DOUBLE_OPEN;
}
static void shut_down(void)
{
    world.fault = true;
    world.printing = false;
}
static void sleep_long(void)
{
    world.now_us += INT64_C(7200000000);
}

static const char *const all_states[] = {"self_test", "armed",      "printing", "cut",
                                         "waiting",   "recovering", "measuring"};
enum {
    ALL_STATES = 7,
    IN_TEST = 1,
    IN_ARMED = 2,
    IN_PRINT = 4,
    IN_CUT = 8,
    IN_WAIT = 16,
    IN_RECOVERY = 32,
    IN_MEASURE = 64,
    ANYWHERE = 127
};

/// What happens, where it makes a difference, and which fault it is there.
static const struct {
    const char *name;
    void (*happen)(void);
    unsigned where;
    enum run_fault fault;
} faults[] = {
    {"e-stop", press, ANYWHERE, RUN_ALARM},
    {"door", open_door, ANYWHERE, RUN_ALARM},
    {"chip gone", take_chip, ANYWHERE, RUN_LINES_GONE},
    {"somebody's Ctrl-C", interrupt, ANYWHERE, RUN_INTERRUPTED},
    {"run time", sleep_long, ANYWHERE, RUN_TOO_LONG},
    {"link lost while hot", silence, IN_PRINT, RUN_LOST_HOT},
    {"contact does not close", stay_open, IN_TEST | IN_WAIT, RUN_STUCK},
    {"contact welded", weld, IN_PRINT, RUN_STUCK},
    {"too hot", overheat, IN_PRINT, RUN_TOO_HOT},
    {"printer's own fault", shut_down, IN_PRINT, RUN_PRINTER},
};

static void every_fault_in_every_state_leaves_it_off(void **state)
{
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
        for (int s = 0; s < ALL_STATES; s++) {
            if (!(faults[f].where >> s & 1u))
                continue;
            begin(state);
            world.nozzle_mc = 49000; // not so cool that it would be over before anything happens
            event.state = all_states[s];
            event.after_us = s == 6 ? 0 : 1;
            event.happen = faults[f].happen;
            assert_int_equal(go(), 0);
            if (record.fault != faults[f].fault)
                fail_msg("%s in %s ended with '%s' (%s)", faults[f].name, all_states[s],
                         run_fault_name(record.fault), record.why);
            bool welded = faults[f].happen == weld, gone = faults[f].happen == take_chip;
            assert_int_equal(record.unsafe, welded || gone);
            assert_true(record.why[0]);
            assert_false(record.judged && s < 6);
            if (!welded)
                all_is_off();
        }
}

/// Nobody is missed at the link of a printer that has no power.
static void silence_is_expected_without_power(void **state)
{
    static const char *const dark[] = {"cut", "waiting"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        begin(state);
        event.state = dark[i];
        event.happen = silence;
        assert_int_equal(go(), 0);
        assert_int_equal(record.fault, RUN_NOT_READY); // it stays silent, and that has a bound
        all_is_off();
    }
}

static void a_hot_printer_is_not_told_to_print(void **state)
{
    (void)state;
    world.nozzle_mc = 180000;
    assert_int_equal(go(), 0);
    assert_int_equal(record.fault, RUN_NOT_COOL);
    assert_string_equal(world.said[0], "M104 S0\nM140 S0");
    assert_int_equal(world.words, 1);
    all_is_off();
}

// --- those around it ----------------------------------------------------------------------------------------------

static void the_dog_is_kicked_and_let_go(void **state)
{
    char text[8192];

    (void)state;
    strcpy(bench.watchdog.device, dog);
    assert_int_equal(go(), -ENOENT); // a watchdog that is not there is none
    assert_non_null(strstr(err.message, "watchdog.device"));
    FILE *file = fopen(dog, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(go(), 0);
    size_t n = read_text(dog, text, sizeof text);
    int64_t seconds = (record.end_us - record.begun_us) / 1000000;
    assert_in_range(n, seconds - 10, seconds + 2);
    assert_int_equal(strspn(text, "k"), n - 1);
    assert_int_equal(text[n - 1], 'V');
}

/// Somebody who cannot vouch that everything is off lets the computer be reset.
static void the_dog_is_left_to_bite_when_it_is_not_safe(void **state)
{
    char text[8192];

    (void)state;
    fclose(fopen(dog, "w"));
    strcpy(bench.watchdog.device, dog);
    event.state = "printing";
    event.happen = weld;
    assert_int_equal(go(), 0);
    assert_true(record.unsafe);
    size_t n = read_text(dog, text, sizeof text);
    assert_int_equal(strspn(text, "k"), n);
}

static void somebody_is_called_in_a_fault(void **state)
{
    char text[400];

    (void)state;
    snprintf(bench.alarm_cmd, sizeof bench.alarm_cmd, "printf '%%s|' >%s", alarm_file);
    assert_int_equal(go(), 0);
    assert_int_equal(read_text(alarm_file, text, sizeof text), 0); // not without one
    begin(state);
    snprintf(bench.alarm_cmd, sizeof bench.alarm_cmd, "printf '%%s|' >%s", alarm_file);
    event.state = "printing";
    event.happen = press;
    assert_int_equal(go(), 0);
    read_text(alarm_file, text, sizeof text);
    assert_string_equal(text, "stop is pressed|");
    begin(state);
    snprintf(bench.alarm_cmd, sizeof bench.alarm_cmd, "printf '%%s|' >%s", alarm_file);
    event.state = "printing";
    event.happen = interrupt;
    assert_int_equal(go(), 0);
    assert_int_equal(read_text(alarm_file, text, sizeof text), 0); // he knows
}

static void one_run_at_a_time(void **state)
{
    int ready[2];
    char byte;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct lab_error own = {0};
        if (run_lock(path, "the tower, since noon", &own) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(go(), -EBUSY);
    char want[100];
    snprintf(want, sizeof want, "another run has this bench: process %ld, the tower, since noon",
             (long)child);
    assert_string_equal(err.message, want);
    assert_false(world.relay[0]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(go(), 0); // a lock goes with its owner
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_print_is_cut_and_comes_back, begin),
        cmocka_unit_test_setup(the_truth_of_it_is_what_was_seen, begin),
        cmocka_unit_test_setup(a_marker_cuts_at_once, begin),
        cmocka_unit_test_setup(a_delay_is_added, begin),
        cmocka_unit_test_setup(what_was_said_before_the_cut_is_no_news, begin),
        cmocka_unit_test_setup(isolation_comes_first_and_stays, begin),
        cmocka_unit_test_setup(a_refusal_is_told_in_the_printers_words, begin),
        cmocka_unit_test_setup(a_core_that_cannot_move_one_motor_refuses, begin),
        cmocka_unit_test_setup(a_core_that_has_nothing_says_so, begin),
        cmocka_unit_test_setup(a_core_without_its_memory_is_not_begun_with, begin),
        cmocka_unit_test_setup(a_calibration_that_is_refused_is_no_fault_of_the_core, begin),
        cmocka_unit_test_setup(a_printer_that_does_nothing_never_finishes, begin),
        cmocka_unit_test_setup(a_job_that_is_not_there_is_no_failed_recovery, begin),
        cmocka_unit_test_setup(gauges_are_read_before_and_behind, begin),
        cmocka_unit_test_setup(a_gauge_that_cannot_be_read_is_no_failed_recovery, begin),
        cmocka_unit_test_setup(a_print_that_did_not_come_back_is_not_measured, begin),
        cmocka_unit_test_setup(exit_codes_tell_who_failed, begin),
        cmocka_unit_test_setup(every_fault_in_every_state_leaves_it_off, begin),
        cmocka_unit_test_setup(silence_is_expected_without_power, begin),
        cmocka_unit_test_setup(a_hot_printer_is_not_told_to_print, begin),
        cmocka_unit_test_setup(the_dog_is_kicked_and_let_go, begin),
        cmocka_unit_test_setup(the_dog_is_left_to_bite_when_it_is_not_safe, begin),
        cmocka_unit_test_setup(somebody_is_called_in_a_fault, begin),
        cmocka_unit_test_setup(one_run_at_a_time, begin),
    };
    return cmocka_run_group_tests_name("run", tests, begin_all, end_all);
}
