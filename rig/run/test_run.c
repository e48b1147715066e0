// Whole runs on a bench that is not there: what is switched, said, measured and recorded, and as what it is reported.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/cli/cli.h"
#include "rig/run/bed.h"
#include "rig/run/fill.h"

// --- good runs ----------------------------------------------------------------------------------------------------

static void a_print_is_cut_and_comes_back(void **state)
{
    static const char *const states[] = {"off",     "self_test",  "armed",    "printing",  "cut",
                                         "waiting", "recovering", "printing", "measuring", "safe"};

    (void)state;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_true(bed.record.judged && bed.record.completed && !bed.record.unsafe &&
                !bed.record.never_cut);
    assert_int_equal(bed.record.result, LAB_RESUMED);
    assert_int_equal(bed.record.times, 10);
    for (int i = 0; i < 10; i++)
        assert_string_equal(run_state_name(bed.record.time[i].state), states[i]);
    assert_int_equal(bed.record.cuts, 1);
    const struct run_cut_record *cut = &bed.record.cut[0];
    assert_true(cut->file_at > bed.plan.cut[0].target.byte);
    assert_true(cut->file_at < bed.plan.cut[0].target.byte + 100); // a status later at most
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
    bed_is_off();
    // on, off, on, off; each with its read-back
    assert_int_equal(bed.record.edges, 8);
    assert_int_equal(bed.record.edges_lost, 0);
    assert_in_range(bed.record.end_us - bed.record.begun_us - 90000000, bed.record.on_us,
                    bed.record.on_us + 2000000);
}

/// Two domains are cut in one call. The slower contact delays nothing, and the report has both.
static void domains_of_a_cut_go_together(void **state)
{
    static const char text[] =
        "about: a double\n"
        "relays:\n"
        "  - {name: mains, domain: mains, role: cut, line: GPIO1, min_on: 1s, min_off: 2s, "
        "read_back: ac}\n"
        "  - {name: psu, domain: 24v, role: cut, line: GPIO5, min_on: 1s, min_off: 2s, "
        "read_back: dc}\n"
        "senses:\n"
        "  - {name: ac, kind: power, domain: mains, line: GPIO2}\n"
        "  - {name: stop, kind: estop, line: GPIO3}\n"
        "  - {name: dc, kind: power, domain: 24v, line: GPIO6}\n"
        "link: {kind: marlin, address: nowhere}\n"
        "resume_gcode: RESUME\n";
    static struct run_told told;
    struct lab_report report;

    (void)state;
    assert_int_equal(bench_parse(&bed.bench, bed.path, text, sizeof text - 1, &bed.err), 0);
    bed.plan.cut[0].relays = 3;
    world.off_late_us[0] = 310000;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(world.offs, 1);
    const struct run_cut_record *cut = &bed.record.cut[0];
    assert_int_equal(cut->relay[0].line_us, cut->relay[1].line_us);
    assert_int_equal(cut->line_us, cut->relay[1].line_us);
    assert_int_equal(cut->sense_us, cut->line_us + 8000); // of the psu, which was first
    assert_int_equal(cut->relay[0].sense_us, cut->line_us + 318000);
    assert_int_equal(cut->spread_us, 310000);
    assert_true(cut->relay[0].back_line_us < cut->relay[1].back_line_us);
    assert_int_equal(cut->off_us, cut->relay[0].back_sense_us - cut->sense_us);
    assert_int_equal(run_tell(&told, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
    assert_int_equal(told.rig_cut[0].relays, 2);
    assert_string_equal(told.rig_cut[0].relay[1].name, "psu");
    assert_int_equal(told.rig_cut[0].spread_us, 310000);
}

/// A chamber and a second tool that somebody has heated are told off with the rest, before the print and behind it.
static void every_heater_is_told_off(void **state)
{
    (void)state;
    world.two_tools = true;
    world.chamber_target_mc = 60000;
    world.tool_target_mc = 200000;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_string_equal(world.said[0], "M104 S0\nM140 S0\nM141 S0\nM104 T1 S0");
    assert_string_equal(world.said[1], "tower.gcode");
    assert_int_equal(world.chamber_target_mc + world.tool_target_mc, 0);
    bed_is_off();
}

/// People have half a second to step back, and see that power may come any time.
static void people_are_warned(void **state)
{
    (void)state;
    bed.bench.relay[0].min_off_us = 0; // it could be on at once
    assert_int_equal(bed_go(), 0);
    assert_in_range(bed.record.edge[0].at_us - world.beep_us, 500000, 600000);
    assert_true(world.lit_us > 0 && world.lit_us <= world.beep_us);
    assert_false(world.unlit);
    bed_is_off();
}

/// A link that says when it has to be turned is not looked at all the time, and nothing comes later for it.
static void who_can_be_waited_for_is(void **state)
{
    (void)state;
    assert_int_equal(bed_go(), 0);
    uint64_t restless = world.listened;
    int times = bed.record.times;
    assert_int_equal(bed_begin(NULL), 0);
    world.rests = true;
    assert_int_equal(bed_go(), 0);
    assert_true(world.listened * 5 < restless);
    assert_int_equal(bed.record.times, times);
    assert_int_equal(bed.record.result, LAB_RESUMED);
    const struct run_cut_record *cut = &bed.record.cut[0];
    assert_int_equal(cut->due_us, cut->status_us); // the word itself wakes
    assert_in_range(cut->off_us, 90000000, 90020000);
    assert_int_equal(bed_begin(NULL), 0);
    world.rests = true;
    bed.plan.cut[0].target = (struct run_target){.kind = LAB_AT_TIME, .time_us = 33333333};
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.cut[0].job_us, 33333333); // no word comes then
}

static void the_truth_of_it_is_what_was_seen(void **state)
{
    struct lab_truth truth;

    (void)state;
    assert_int_equal(bed_go(), 0);
    run_truth(&bed.record, &bed.bench, &truth);
    assert_true(truth.gauged && truth.completed);
    assert_int_equal(truth.cuts, 1);
    assert_int_equal(truth.cut[0].mains_us, bed.record.cut[0].sense_us - bed.record.begun_us);
    assert_int_equal(truth.cut[0].back_us - truth.cut[0].mains_us, bed.record.cut[0].off_us);
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
    bed.plan.cut[0].target.mark = 1;
    assert_int_equal(bed_go(), 0); // nobody says it
    assert_true(bed.record.never_cut);
    assert_int_equal(bed.record.cuts, 0);
    bed_begin(state);
    bed.plan.cut[0].target.mark = 1;
    bed.event.state = "printing";
    bed.event.after_us = 3000000;
    bed.event.happen = say_marker;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.cuts, 1);
    assert_true(bed.record.cut[0].marked);
    assert_in_range(bed.record.cut[0].job_us, 2900000, 3100000);
}

static void a_delay_is_added(void **state)
{
    (void)state;
    bed.plan.cut[0].target.after_us = 7000000;
    assert_int_equal(bed_go(), 0);
    assert_true(bed.record.cut[0].file_at >
                bed.plan.cut[0].target.byte + 5500); // seven seconds of bytes
}

/// What a link that has not noticed yet still says of a printer without power is no print that came back.
static void what_was_said_before_the_cut_is_no_news(void **state)
{
    (void)state;
    bed.plan.script.off_for_us[0] = 3000000;
    world.notice_us = 15000000;
    world.deaf = true;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.result, LAB_NEVER_FINISHED);
    assert_int_equal(bed.record.cut[0].resumed_us, -1);
}

static void give_up_on_it(void)
{
    world.status.state =
        LINK_FAULT; // its host, which has power of its own, and says no more for a while
    world.notice_us = 105000000;
}

/// Nor is a halt: what a host said of a printer without power wakes nobody who is just booting.
static void a_halt_from_before_power_is_no_news(void **state)
{
    (void)state;
    strcpy(bed.bench.restart_gcode, "FIRMWARE_RESTART");
    bed.plan.script.restarts = true;
    bed.event.state = "waiting";
    bed.event.after_us = 10000000;
    bed.event.happen = give_up_on_it;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.result, LAB_RESUMED);
    assert_string_equal(world.said[1], "RESUME");
    assert_int_equal(world.words, 3);
}

static void break_link(void)
{
    world.link_error = -ENOMEM;
}

static void a_link_that_this_computer_loses_ends_the_run(void **state)
{
    (void)state;
    bed.event.state = "printing";
    bed.event.after_us = 5000000;
    bed.event.happen = break_link;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_LOST_HOT);
    assert_non_null(strstr(bed.record.why, "no way to the printer any more"));
    bed_is_off();
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
    assert_int_equal(bench_parse(&bed.bench, bed.path, text, sizeof text - 1, &bed.err), 0);
    assert_int_equal(run_plan_make(&bed.plan, &bed.bench, &bed.input, NULL, 0, &bed.err), 0);
    assert_int_equal(bed.plan.cut[0].relays, 1);
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    for (size_t n = 0; n < bed.record.edges; n++) {
        if (!bed.record.edge[n].relay)
            continue;
        assert_true(seen < 6);
        assert_int_equal(bed.record.edge[n].index, order[seen].relay);
        assert_int_equal(bed.record.edge[n].on, order[seen].on);
        seen++;
    }
    assert_int_equal(seen, 6);
    bed_is_off();
    assert_false(world.relay[1]);
}

static void a_refusal_is_told_in_the_printers_words(void **state)
{
    (void)state;
    world.refuses = "bed_cold: the bed is below the part's release";
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_true(bed.record.judged && !bed.record.completed);
    assert_int_equal(bed.record.result, LAB_REFUSED);
    assert_string_equal(bed.record.reason, "bed_cold: the bed is below the part's release");
    bed_is_off();
}

static void a_printer_that_does_nothing_never_finishes(void **state)
{
    (void)state;
    world.deaf = true;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(bed.record.result, LAB_NEVER_FINISHED);
    bed_is_off();
}

static void a_job_that_is_not_there_is_no_failed_recovery(void **state)
{
    (void)state;
    world.refuses_print = "cannot open tower.gcode";
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_PRINTER);
    assert_false(bed.record.judged);
    assert_string_equal(bed.record.why,
                        "the printer gave up before anything was cut: cannot open tower.gcode");
    bed_is_off();
}

// --- the console --------------------------------------------------------------------------------------------------

/// Two lines in the printing before the cut, one behind it.
static void words_are_planned(void)
{
    static const char *const lines[] = {"M221 S95", "M106 S0", "M106 S255"};

    bed.plan.words = 3;
    for (int i = 0; i < 3; i++) {
        bed.plan.word[i].entry = i;
        snprintf(bed.plan.word[i].line, sizeof bed.plan.word[i].line, "%s", lines[i]);
        bed.plan.word[i].target = bed.plan.cut[0].target;
    }
    bed.plan.word[0].target.byte = 100000;
    bed.plan.word[0].target.after_us = 3000000;
    bed.plan.word[1].target.byte = 100000; // due a millisecond before that one, in the same turn
    bed.plan.word[1].target.after_us = 2999000;
    bed.plan.word[2].target.byte = bed.plan.cut[0].target.byte + 100000;
}

static void a_console_is_heard_at_its_place(void **state)
{
    const struct run_word_record *word = bed.record.word;

    (void)state;
    words_are_planned();
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.result, LAB_RESUMED);
    assert_string_equal(world.said[1], "M106 S0");
    assert_string_equal(world.said[2], "M221 S95");
    assert_string_equal(world.said[3], "RESUME");
    assert_string_equal(world.said[4], "M106 S255");
    assert_in_range(word[0].due_us - bed.record.job_begun_us, 128000000, 128020000);
    assert_int_equal(word[0].due_us - word[1].due_us, 1000);
    assert_true(word[2].said_us > bed.record.cut[0].resumed_us);
    for (int i = 0; i < 3; i++) {
        assert_in_range(word[i].said_us - word[i].due_us, 0, 20000);
        assert_in_range(word[i].done_us - word[i].said_us, 0, 20000);
    }
}

/// A disturbance that did not happen makes another run of it: that is no verdict.
static void a_console_that_is_refused_is_no_failed_recovery(void **state)
{
    (void)state;
    words_are_planned();
    world.refuses_word = "M221 S95";
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_PRINTER);
    assert_false(bed.record.judged);
    assert_string_equal(bed.record.why,
                        "disturb[0]: the printer refused 'M221 S95': no such command");
    assert_string_equal(bed.record.reason, ""); // of the recovery nothing is known
    bed_is_off();
}

static void the_time_to_resume_has_its_doubt(void **state)
{
    struct lab_truth truth;

    (void)state;
    assert_int_equal(bed_go(), 0);
    run_truth(&bed.record, &bed.bench, &truth);
    assert_in_range(truth.resume_us, 80000000, 80060000); // booted, and brought back
    assert_in_range(truth.resume_doubt_us, 1, 20000);     // of two turns
    bed_begin(state);
    world.deaf = true;
    assert_int_equal(bed_go(), 0);
    run_truth(&bed.record, &bed.bench, &truth);
    assert_int_equal(truth.resume_us, -1);
}

// --- gauges -------------------------------------------------------------------------------------------------------

/// A gauge that reads what stands in a file, once more than it did before.
static void add_gauge(const char *command, uint8_t measure, bool relative)
{
    struct bench_gauge *gauge = &bed.bench.gauge[bed.bench.gauges++];

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
    snprintf(command, sizeof command, "echo x >>%s; wc -l <%s", bed.alarm_file, bed.alarm_file);
    add_gauge(command, BENCH_Z_OFFSET, true);
    add_gauge("echo 0.040mm", BENCH_LAYER_SHIFT, false);
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_true(bed.record.readings.before_known[0] && bed.record.readings.after_known[0]);
    assert_false(bed.record.readings.before_known[1]); // nothing to compare with
    run_truth(&bed.record, &bed.bench, &truth);
    assert_true(truth.z_offset.known && truth.z_offset.independent);
    assert_int_equal(truth.z_offset.value_nm, 1000000); // the second reading less the first
    assert_int_equal(truth.layer_shift.value_nm, 40000);
}

static void a_gauge_that_cannot_be_read_is_no_failed_recovery(void **state)
{
    (void)state;
    add_gauge("exit 3", BENCH_CORNER, false); // corners compare: before the print already
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_GAUGE);
    assert_false(bed.record.judged);
    assert_int_equal(world.words, 0);
    bed_is_off();
}

static void go_silent(void)
{
    world.silent = true;
}

/// Somebody is missed from the first word on that said ready, also while gauges are read.
static void a_link_that_goes_while_gauges_are_read_is_missed(void **state)
{
    (void)state;
    add_gauge("sleep 60", BENCH_Z_OFFSET, true);
    bed.event.state = "armed";
    bed.event.after_us = 3000000;
    bed.event.happen = go_silent;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_LOST);
    assert_int_equal(world.words, 0);
    bed_is_off();
}

static void a_print_that_did_not_come_back_is_not_measured(void **state)
{
    (void)state;
    add_gauge("exit 3", BENCH_Z_OFFSET, false);
    world.refuses = "no";
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(bed.record.result, LAB_REFUSED);
}

// --- what is reported ---------------------------------------------------------------------------------------------

static void weld_and_interrupt(void)
{
    bed_weld();
    bed_interrupt();
}

static struct run_told told_run;
static struct lab_report report;

static int told_as(void)
{
    assert_int_equal(bed_go(), 0);
    assert_int_equal(run_tell(&told_run, &bed.bench, &bed.input, &bed.plan, &bed.record, &report),
                     0);
    return run_exit(&told_run, &bed.record);
}

static void exit_codes_tell_who_failed(void **state)
{
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_int_equal(told_run.verdict.outcome, LAB_PASS);
    assert_string_equal(report.id, "voron24_cut@8f7c72d5#s1"); // as plr-sim calls it
    assert_int_equal(report.cuts, 1);
    assert_int_equal(report.cut[0].layer, 61);
    bed_begin(state);
    world.refuses = "bed_cold: it is";
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    bed_begin(state);
    world.deaf = true;
    assert_int_equal(told_as(), LAB_EXIT_LIVENESS);
    bed_begin(state);
    world.refuses_print = "no such file";
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_int_equal(told_run.verdict.outcome, LAB_ERROR);
    bed_begin(state);
    bed.plan.cut[0].target.mark = 1;
    assert_int_equal(told_as(), LAB_EXIT_USAGE);
    assert_int_equal(told_run.verdict.outcome,
                     LAB_ERROR); // nothing was cut: nothing can have passed
    assert_int_equal(told_run.verdict.measure[LAB_Z_OFFSET_ERROR].outcome, LAB_NOT_APPLICABLE);
    assert_string_equal(told_run.verdict.why, "a cut never fired");
    bed_begin(state);
    bed.event.state = "waiting";
    bed.event.happen = bed_interrupt;
    assert_int_equal(told_as(), LAB_EXIT_INTERRUPTED);
    bed_begin(state);
    bed.event.state = "printing";
    bed.event.happen = weld_and_interrupt;
    assert_int_equal(told_as(),
                     LAB_EXIT_INFRA); // that it could not be switched off is what matters
    assert_int_equal(bed.record.fault, RUN_INTERRUPTED);
    bed_begin(state);
    bed_weld(); // before it began
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_int_equal(told_run.verdict.outcome, LAB_ERROR);
    assert_true(report.rig->unsafe);
    assert_string_equal(report.rig->fault, "relay_stuck");
    bed_begin(state);
    add_gauge("echo 0.3mm", BENCH_Z_OFFSET, false);
    assert_int_equal(told_as(), LAB_EXIT_FAIL); // what a gauge saw counts
    assert_int_equal(told_run.verdict.measure[LAB_Z_OFFSET_ERROR].value, 300);
    assert_int_equal(told_run.rig.gauges, 1);
    assert_string_equal(told_run.gauge[0].measures, "z_offset");
    assert_int_equal(told_run.gauge[0].after_nm, 300000);
    assert_int_equal(told_run.gauge[0].before_nm, INT64_MIN);
    assert_int_equal(told_run.gauge[0].uncertainty_nm, 5000);
    bed_begin(state);
}

/// A gauge that failed is no recovery that did; nor does it take away what the others read.
static void a_gauge_that_is_lost_takes_nothing_with_it(void **state)
{
    (void)state;
    add_gauge("echo nothing", BENCH_Z_OFFSET, false);
    add_gauge("echo 0.01mm", BENCH_LAYER_SHIFT, false);
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(told_run.verdict.outcome, LAB_ERROR);
    assert_int_equal(told_run.verdict.result, LAB_RESUMED);
    assert_non_null(strstr(told_run.verdict.why, "gauge 'dial'"));
    assert_string_equal(told_run.gauge[0].why, told_run.verdict.why);
    assert_null(told_run.gauge[1].why);
    assert_int_equal(told_run.verdict.measure[LAB_Z_OFFSET_ERROR].outcome, LAB_NOT_APPLICABLE);
    assert_int_equal(told_run.verdict.measure[LAB_LAYER_SHIFT].outcome, LAB_PASS);
    assert_int_equal(told_run.verdict.measure[LAB_LAYER_SHIFT].value, 10);
    bed_is_off();
    bed_begin(state); // nor hides what they saw
    add_gauge("exit 1", BENCH_Z_OFFSET, false);
    add_gauge("echo 3mm", BENCH_LAYER_SHIFT, false);
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_non_null(strstr(told_run.verdict.why, "layer_shift_um is 3000"));
    assert_non_null(told_run.gauge[0].why);
}

/// Is this among the report's notes?
static bool notes(const char *words)
{
    for (size_t n = 0; n < report.notes; n++)
        if (strstr(report.note[n], words))
            return true;
    return false;
}

static void it_goes_on_where_it_was(void **state)
{
    (void)state;
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    const struct lab_rig_cut *cut = &report.rig->cut[0];
    assert_in_range(cut->resumed_offset, cut->offset, cut->offset + 1000);
    assert_int_equal(cut->resumed_layer, 61);
    assert_false(notes("nobody could look"));
    bed_begin(state); // to the beginning of the layer below: nothing to complain of
    world.resume_from = bed.plan.cut[0].target.byte - 5000;
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_in_range(report.rig->cut[0].resumed_layer, 60, 61);
}

/// The whole job once more, onto the part.
static void a_print_that_begins_anew_has_not_come_back(void **state)
{
    char want[200];

    (void)state;
    world.resume_from = 0;
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_int_equal(told_run.verdict.outcome, LAB_FAIL);
    assert_int_equal(told_run.verdict.result, LAB_RESUMED);
    assert_false(told_run.verdict.result_ok);
    const struct lab_rig_cut *cut = &report.rig->cut[0];
    assert_in_range(cut->resumed_offset, 0, 100);
    assert_int_equal(cut->resumed_layer, -1);
    snprintf(want, sizeof want,
             "it went on at byte %lld, layer 0: %lld bytes and 61 layers before the cut",
             (long long)cut->resumed_offset, (long long)(cut->offset - cut->resumed_offset));
    assert_string_equal(told_run.verdict.why, want);
    bed_begin(state); // or a part of it never
    world.resume_from = (int64_t)bed.input.job.size - 5000;
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_non_null(strstr(told_run.verdict.why, " layers behind the cut"));
    bed.record.cut[1] = bed.record.cut[0];
    bed.record.cut[0].resumed_at = bed.record.cut[0].file_at;
    bed.record.cut[0].done_us = -1;
    bed.record.cuts = 2; // which of them
    assert_int_equal(run_tell(&told_run, &bed.bench, &bed.input, &bed.plan, &bed.record, &report),
                     0);
    assert_memory_equal(told_run.verdict.why, "cut 2: it went on at byte ", 26);
}

/// A printer that says it is done, and cannot have printed the rest.
static void who_is_done_at_once_has_not_printed_the_rest(void **state)
{
    char want[200];

    (void)state;
    world.resume_from = (int64_t)bed.input.job.size; // it is the first that is heard of it
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_int_equal(report.rig->cut[0].resumed_offset, -1);
    assert_int_equal(told_run.verdict.outcome, LAB_FAIL);
    snprintf(want, sizeof want, " s of going on: %lld bytes and ",
             (long long)(bed.input.job.size - (size_t)report.rig->cut[0].offset));
    assert_non_null(strstr(told_run.verdict.why, want));
    assert_memory_equal(told_run.verdict.why, "it was done within ", 19);
    bed_begin(state); // it went on where it was, and then skipped
    world.byte_us = 100;
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_memory_equal(told_run.verdict.why, "it was done within ", 19);
    bed_begin(state); // of objects that are left out nobody knows how long they take
    world.byte_us = 100;
    bed.plan.words = 1;
    bed.plan.word[0].target = bed.plan.cut[0].target;
    bed.plan.word[0].target.byte = 100000;
    snprintf(bed.plan.word[0].line, sizeof bed.plan.word[0].line, "exclude_object NAME=a");
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    bed_begin(state); // also when it tells no place behind the cut
    world.place_late_us = INT64_MAX;
    world.resume_from = (int64_t)bed.input.job.size - 5000;
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_memory_equal(told_run.verdict.why, "it was done within ", 19);
}

/// Where nothing is to be brought back, the print that begins anew is what was asked for.
static void who_is_to_begin_anew_may(void **state)
{
    (void)state;
    bed.input.scenario.expect_result = LAB_NOTHING_TO_RESUME;
    assert_int_equal(told_as(), LAB_EXIT_FAIL); // it went on
    assert_int_equal(told_run.verdict.result, LAB_RESUMED);
    bed_begin(state);
    world.resume_from = 0;
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_int_equal(told_run.verdict.result, LAB_NOTHING_TO_RESUME);
    bed.input.scenario.expect_result = LAB_RESUMED;
}

/// One that tells it late may be further on by then.
static void a_place_that_is_told_late_is_no_lie(void **state)
{
    (void)state;
    world.place_late_us = 300000000;
    world.byte_us = 5000; // as fast as it really prints
    world.resume_from = bed.plan.cut[0].target.byte;
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    const struct run_cut_record *cut = &bed.record.cut[0];
    assert_in_range(cut->placed_us - cut->resumed_us, 299000000, 301000000);
    assert_in_range(cut->resumed_at, cut->file_at + 50000, cut->file_at + 70000);
    bed_begin(state); // the same place without that is one
    world.byte_us = 5000;
    world.resume_from = bed.plan.cut[0].target.byte + 60000;
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    int64_t *const unheard[] = {&bed.record.cut[0].resumed_doubt_us, &bed.record.cut[0].line_us};
    for (int n = 0; n < 2;
         n++) { // nor when it was unheard for as long before it went on, or was cut
        *unheard[n] += 300000000;
        assert_int_equal(
            run_tell(&told_run, &bed.bench, &bed.input, &bed.plan, &bed.record, &report), 0);
        assert_int_equal(told_run.verdict.outcome, LAB_PASS);
        *unheard[n] -= 300000000;
    }
}

/// What nobody looked at is not vouched for.
static void a_place_that_nobody_tells_is_marginal_at_best(void **state)
{
    (void)state;
    world.no_place = true;
    bed.plan.cut[0].target = (struct run_target){.kind = LAB_AT_TIME, .time_us = 33333333};
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_int_equal(told_run.verdict.outcome, LAB_MARGINAL);
    assert_int_equal(report.rig->cut[0].resumed_offset, -1);
    assert_true(notes("did not tell its place in the file: nobody could look"));
    bed_begin(state); // the rest of it, in a file of its own
    world.resume_from = 0;
    world.rest_size = (int64_t)bed.input.job.size - bed.plan.cut[0].target.byte + 1000;
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_int_equal(told_run.verdict.outcome, LAB_MARGINAL);
    assert_int_equal(report.rig->cut[0].resumed_offset, -1);
    assert_true(notes("it went on with a file of "));
    assert_true(notes(" bytes, which is not the job's"));
}

/// A stale file of the same name: whatever is cut of it is another place of another job.
static void another_file_is_not_cut(void **state)
{
    char want[200];

    (void)state;
    world.file_size = 68792;
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_int_equal(bed.record.cuts, 0);
    assert_string_equal(report.rig->fault, "other_job");
    snprintf(want, sizeof want,
             "the printer's file of the job's name is another one: it has 68792 bytes, and the "
             "scenario's job %lld",
             (long long)bed.input.job.size);
    assert_string_equal(report.rig->why, want);
    assert_int_equal(told_run.verdict.outcome, LAB_ERROR);
    bed_is_off();
    bed_begin(state);
    world.no_size = true;
    assert_int_equal(told_as(), LAB_EXIT_PASS);
    assert_true(notes("did not tell how large its file is"));
}

/// Whoever reads a report is told of it in every one of its words.
static void what_is_not_off_is_in_the_report(void **state)
{
    (void)state;
    bed.event.state = "measuring";
    bed.event.happen = bed_weld;
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_true(bed.record.judged && bed.record.unsafe);
    assert_int_equal(told_run.verdict.outcome, LAB_ERROR);
    assert_int_equal(told_run.verdict.result, LAB_RESULT_ANY);
    assert_false(told_run.verdict.measure[LAB_TIME_TO_RESUME].known);
    assert_string_equal(told_run.verdict.why, "not everything is off; pull the plug");
    assert_string_equal(report.rig->why, told_run.verdict.why);
    assert_string_equal(report.rig->fault, "relay_stuck");
    assert_true(report.rig->unsafe);
    bed_begin(state);
    bed.event.state = "printing";
    bed.event.happen = weld_and_interrupt;
    assert_int_equal(told_as(), LAB_EXIT_INFRA);
    assert_string_equal(
        told_run.verdict.why,
        "not everything is off; pull the plug (and before: somebody ended the run)");
}

static void shut_down_hot(void)
{
    world.fault = true;
    world.printing = false;
    world.nozzle_mc = 240000;
}

/// The verdict is the recovery's, and nobody waits for a halted printer to cool.
static void a_halted_printer_is_judged_and_off_at_once(void **state)
{
    bed_begin(state);
    bed.event.state = "recovering"; // 20 s to boot, 60 s to recover
    bed.event.after_us = 100000000;
    bed.event.happen = shut_down_hot;
    assert_int_equal(told_as(), LAB_EXIT_LIVENESS);
    assert_int_equal(bed.record.result, LAB_NEVER_FINISHED);
    assert_int_equal(told_run.verdict.outcome, LAB_FAIL);
    assert_string_equal(bed.record.reason, "Homing failed");
    const struct run_time *time = &bed.record.time[bed.record.times - 2];
    assert_int_equal(time[0].state, RUN_MEASURING);
    assert_in_range(time[1].at_us - time[0].at_us, 0, 100000);
    bed_is_off();
    bed_begin(state);
    world.refuses = "bed_cold: it is";
    world.nozzle_mc = 49000;
    bed.event.state = "measuring";
    bed.event.happen = shut_down_hot;
    assert_int_equal(told_as(), LAB_EXIT_FAIL);
    assert_int_equal(bed.record.result, LAB_REFUSED);
    bed_is_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_print_is_cut_and_comes_back, bed_begin),
        cmocka_unit_test_setup(domains_of_a_cut_go_together, bed_begin),
        cmocka_unit_test_setup(every_heater_is_told_off, bed_begin),
        cmocka_unit_test_setup(people_are_warned, bed_begin),
        cmocka_unit_test_setup(who_can_be_waited_for_is, bed_begin),
        cmocka_unit_test_setup(the_truth_of_it_is_what_was_seen, bed_begin),
        cmocka_unit_test_setup(a_marker_cuts_at_once, bed_begin),
        cmocka_unit_test_setup(a_delay_is_added, bed_begin),
        cmocka_unit_test_setup(what_was_said_before_the_cut_is_no_news, bed_begin),
        cmocka_unit_test_setup(a_halt_from_before_power_is_no_news, bed_begin),
        cmocka_unit_test_setup(a_link_that_this_computer_loses_ends_the_run, bed_begin),
        cmocka_unit_test_setup(isolation_comes_first_and_stays, bed_begin),
        cmocka_unit_test_setup(a_refusal_is_told_in_the_printers_words, bed_begin),
        cmocka_unit_test_setup(a_printer_that_does_nothing_never_finishes, bed_begin),
        cmocka_unit_test_setup(a_job_that_is_not_there_is_no_failed_recovery, bed_begin),
        cmocka_unit_test_setup(a_console_is_heard_at_its_place, bed_begin),
        cmocka_unit_test_setup(a_console_that_is_refused_is_no_failed_recovery, bed_begin),
        cmocka_unit_test_setup(the_time_to_resume_has_its_doubt, bed_begin),
        cmocka_unit_test_setup(gauges_are_read_before_and_behind, bed_begin),
        cmocka_unit_test_setup(a_gauge_that_cannot_be_read_is_no_failed_recovery, bed_begin),
        cmocka_unit_test_setup(a_link_that_goes_while_gauges_are_read_is_missed, bed_begin),
        cmocka_unit_test_setup(a_print_that_did_not_come_back_is_not_measured, bed_begin),
        cmocka_unit_test_setup(exit_codes_tell_who_failed, bed_begin),
        cmocka_unit_test_setup(it_goes_on_where_it_was, bed_begin),
        cmocka_unit_test_setup(a_print_that_begins_anew_has_not_come_back, bed_begin),
        cmocka_unit_test_setup(a_place_that_is_told_late_is_no_lie, bed_begin),
        cmocka_unit_test_setup(a_place_that_nobody_tells_is_marginal_at_best, bed_begin),
        cmocka_unit_test_setup(who_is_done_at_once_has_not_printed_the_rest, bed_begin),
        cmocka_unit_test_setup(who_is_to_begin_anew_may, bed_begin),
        cmocka_unit_test_setup(a_gauge_that_is_lost_takes_nothing_with_it, bed_begin),
        cmocka_unit_test_setup(another_file_is_not_cut, bed_begin),
        cmocka_unit_test_setup(what_is_not_off_is_in_the_report, bed_begin),
        cmocka_unit_test_setup(a_halted_printer_is_judged_and_off_at_once, bed_begin),
    };
    return cmocka_run_group_tests_name("run", tests, bed_open, bed_close);
}
