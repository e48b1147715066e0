// Plans: what of a scenario a bench does, what it refuses, what is left out when somebody says so.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig/run/plan.h"

static struct bench bench;
static struct lab_input input;
static struct run_plan plan;
static struct lab_error err;

static int load_bench(const char *path)
{
    memset(&err, 0, sizeof err);
    return bench_load(&bench, path, &err);
}

/// Plan a scenario with these sets and skips, separated by bars.
static int make(const char *sets, const char *skips)
{
    char text[2][400];
    const char *word[2][8];
    size_t n[2] = {0};

    snprintf(text[0], sizeof text[0], "%s", sets);
    snprintf(text[1], sizeof text[1], "%s", skips);
    for (int i = 0; i < 2; i++)
        for (char *at = strtok(text[i], "|"); at; at = strtok(NULL, "|"))
            word[i][n[i]++] = at;
    memset(&err, 0, sizeof err);
    lab_input_close(&input);
    int bad = lab_input_open(&input, "scenarios/voron24_cut.yaml", NULL, word[0], n[0], NULL, &err);
    return bad ? bad : run_plan_make(&plan, &bench, &input, word[1], n[1], &err);
}

static void refused(const char *sets, const char *skips, const char *says, int line)
{
    assert_true(make(sets, skips) < 0);
    if (!strstr(err.message, says))
        fail_msg("not '%s' but '%s'", says, err.message);
    assert_int_equal(err.line, line);
    assert_true(err.column > 0);
}

static int begin(void **state)
{
    (void)state;
    return load_bench("fixtures/benches/closed_loop.yaml");
}

static int end(void **state)
{
    (void)state;
    lab_input_close(&input);
    return 0;
}

/// Half of the file is the same place, however it is said.
static void progress_is_a_place_of_the_file(void **state)
{
    char set[80];

    (void)state;
    assert_int_equal(make("power[0].at={progress: 50%}", ""), 0);
    int64_t line = plan.cut[0].target.line, half = (int64_t)input.job.size / 2;
    assert_in_range(plan.cut[0].target.byte, half - 100, half + 100);
    snprintf(set, sizeof set, "power[0].at={file: %lldB}", (long long)half);
    assert_int_equal(make(set, ""), 0);
    assert_int_equal(plan.cut[0].target.line, line);
}

static void a_scenario_becomes_a_cut(void **state)
{
    (void)state;
    assert_int_equal(make("", ""), 0);
    assert_int_equal(plan.cuts, 1);
    assert_int_equal(plan.cut[0].relays, 1);
    assert_int_equal(plan.cut[0].target.layer, 61);
    assert_int_equal(plan.cut[0].off_for_us, 90000000);
    assert_int_equal(plan.script.cuts, 1);
    assert_int_equal(plan.script.off_for_us[0], 90000000);
    assert_true(plan.script.resumes);
    assert_false(plan.script.restarts);
    assert_int_equal(plan.script.ready_us, 120000000);
    assert_int_equal(plan.skips, 0);
}

static void domains_that_are_not_wired_are_named(void **state)
{
    (void)state;
    refused("power[0].domains=[24v]", "",
            "power[0].domains.24v: no relay of fixtures/benches/closed_loop.yaml has role: cut and "
            "domain: 24v (it cuts mains: --set 'power[0].domains=[mains]')",
            1);
    assert_null(strstr(err.message, "--skip")); // nothing would be left to cut
    refused("power[0].domains=[mains,24v]", "", "--skip 'power[0].domains.24v' leaves it out", 1);
    assert_int_equal(make("power[0].domains=[mains,24v]", "power.domains.24v"), 0);
    assert_int_equal(plan.cuts, 1);
    assert_int_equal(plan.cut[0].relays, 1);
    assert_int_equal(plan.skips, 1);
    assert_string_equal(plan.skipped[0], "power[0].domains.24v");
}

static void domains_are_those_of_the_bench(void **state)
{
    (void)state;
    assert_int_equal(load_bench("fixtures/benches/voron24_pi4.yaml"), 0);
    refused("", "", "no relay of fixtures/benches/voron24_pi4.yaml has role: cut and domain: mains",
            18);
    assert_int_equal(make("power[0].domains=[24v]", ""), 0);
    assert_int_equal(plan.cut[0].relays, 2);
    assert_true(plan.script.restarts);
    assert_int_equal(load_bench("fixtures/benches/closed_loop.yaml"), 0);
}

static const char two_cuts[] = "power=[{at: {layer: 3}, off_for: 5s}, "
                               "{at: {phase: verify}, off_for: 5s}]";

static void what_is_inside_the_printer_is_refused(void **state)
{
    (void)state;
    refused("power[0].at={phase: verify}", "", "power[0].at.phase: it happens inside the printer",
            1);
    refused("power[0].at={event: 100}", "", "power[0].at.event", 1);
    refused("power[0].at={nv_write: 7}", "", "power[0].at.nv_write", 1);
    assert_null(strstr(err.message, "--skip"));
    refused(two_cuts, "", "--skip 'power[1].at.phase' leaves it out", 1);
    assert_int_equal(make(two_cuts, "power.at.phase"), 0);
    assert_int_equal(plan.cuts, 1);
    assert_string_equal(plan.skipped[0], "power[1].at.phase");
}

static void cuts_that_never_fire_are_refused(void **state)
{
    (void)state;
    refused("power[0].at={layer: 999}", "", "this cut never fires", 1);
}

static void what_a_console_says_can_be_said(void **state)
{
    static const char word[] = "disturb=[{kind: console, at: {layer: 3}, line: M221 S95}, "
                               "{kind: console, at: {time: 90s, after: 2s}, line: M106 S0}]";
    char *text = NULL;
    size_t size;

    (void)state;
    assert_int_equal(make(word, ""), 0);
    assert_int_equal(plan.words, 2);
    assert_int_equal(plan.word[0].target.layer, 3);
    assert_string_equal(plan.word[0].line, "M221 S95");
    assert_int_equal(plan.word[1].entry, 1);
    assert_int_equal(plan.word[1].target.time_us, 90000000);
    assert_int_equal(plan.word[1].target.after_us, 2000000);
    FILE *out = open_memstream(&text, &size);
    run_plan_tell(&plan, &bench, &input, out);
    fclose(out);
    assert_non_null(strstr(text, "disturb[0]: layer 3, line "));
    assert_non_null(strstr(
        text, "disturb[1]: 90.000 s into the job and 2.000 s, the printer is told M106 S0\n"));
    free(text);
    assert_int_equal(make(word, "disturb[0]"), 0);
    assert_int_equal(plan.words, 1);
    assert_string_equal(plan.skipped[0], "disturb[0]");
    refused("disturb=[{kind: console, at: {layer: 3000}, line: M221 S95}]", "",
            "disturb[0]: the print never gets there", 1);
}

/// What somebody leaves out is left out, whether the bench could do it or not.
static void a_cut_that_is_left_out_is_not_made(void **state)
{
    static const char *const keys[] = {"power[1]", "power[1].at", "power[1].at.layer",
                                       "power[1].domains", "power[1].domains.mains"};
    static const char two[] =
        "power=[{at: {layer: 3}, off_for: 5s}, {at: {layer: 7}, off_for: 5s}]";

    (void)state;
    assert_int_equal(make(two, ""), 0);
    assert_int_equal(plan.cuts, 2);
    for (size_t n = 0; n < sizeof keys / sizeof *keys; n++) {
        assert_int_equal(make(two, keys[n]), 0);
        assert_int_equal(plan.cuts, 1);
        assert_int_equal(plan.script.cuts, 1);
        assert_int_equal(plan.cut[0].target.layer, 3);
        assert_int_equal(plan.skips, 1);
        assert_non_null(strstr(plan.note[1], "power[1]."));
        assert_non_null(strstr(plan.note[1], " is left out"));
    }
    assert_int_equal(make(two, "power[0]"), 0);
    assert_int_equal(plan.cut[0].entry, 1);
}

/// A run in which nothing is cut would pass for a print that came back.
static void what_has_no_cut_left_is_no_run(void **state)
{
    static const char *const keys[] = {"power", "power[0]", "power[0].at", "power.domains"};

    (void)state;
    for (size_t n = 0; n < sizeof keys / sizeof *keys; n++) {
        assert_true(make("", keys[n]) < 0);
        assert_non_null(strstr(err.message, "every cut of this scenario is left out by --skip"));
    }
    assert_int_equal(make("power=[]", ""), 0); // what has none is asked for so
    assert_int_equal(plan.cuts, 0);
    assert_int_equal(run_plan_calibration(&plan, &bench, &input, &err), 0);
    assert_int_equal(make("", ""), 0);
    assert_int_equal(run_plan_calibration(&plan, &bench, &input, &err), 0);
    assert_int_equal(plan.cuts + plan.script.cuts, 0);
    assert_int_equal(plan.script.ready_us, 120000000);
}

/// Whoever leaves out what is not there meant something else.
static void keys_that_name_nothing_are_refused(void **state)
{
    static const struct {
        const char *key, *near;
    } rows[] = {{"disturb[7]", "disturb[0]"},
                {"nonsense", ""},
                {"", ""},
                {"pwoer", "power"},
                {"power[3]", "power[0]"},
                {"power[0].at.laier", "power[0].at.layer"},
                {"power[0].at.phase", ""},
                {"power[0].off_for", ""},
                {"power[0].domains.24v", ""}};

    (void)state;
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        const char *key = rows[n].key;
        assert_int_equal(make("disturb=[{kind: console, at: {layer: 3}, line: M221 S95}]", ""), 0);
        assert_true(run_plan_make(&plan, &bench, &input, &key, 1, &err) < 0);
        assert_non_null(strstr(err.message, "this scenario has no such cut or disturbance"));
        if (strcmp(err.suggestion, rows[n].near) != 0)
            fail_msg("%s: not '%s' but '%s'", key, rows[n].near, err.suggestion);
    }
}

static void disturbances_are_refused(void **state)
{
    (void)state;
    refused("disturb=[{kind: nudge, at: {outage: 1}, xy: [1mm, 0mm]}]", "",
            "disturb[0]: a bench disturbs a printer by its power and its console alone", 1);
    assert_int_equal(make("disturb=[{kind: nudge, at: {outage: 1}, xy: [1mm, 0mm]}]", "disturb"),
                     0);
    assert_int_equal(plan.cuts, 1);
    assert_string_equal(plan.skipped[0], "disturb[0]");
}

static void a_run_needs_a_link(void **state)
{
    (void)state;
    bench.link.kind = BENCH_LINK_NONE;
    assert_true(make("", "") < 0);
    assert_non_null(strstr(err.message, "a run needs a link"));
    bench.link.kind = BENCH_MARLIN;
}

static void keys_are_meant_with_or_without_an_index(void **state)
{
    static const struct {
        const char *key, *said;
        bool meant;
    } rows[] = {
        {"power[0].at.phase", "power[0].at.phase", true},
        {"power[0].at.phase", "power[0].at", true},
        {"power[0].at.phase", "power[0]", true},
        {"power[0].at.phase", "power", true},
        {"power[0].at.phase", "power.at", true},
        {"power[10].at.phase", "power[1]", false},
        {"power[0].at.phase", "pow", false},
        {"power[0].at.phase", "power[0].at.ph", false},
        {"power[0].at.phase", "power[1].at.phase", false},
        {"power[0].at.phase", "power[0].at.phase.x", false},
        {"disturb[3]", "disturb", true},
        {"disturb[3]", "disturb[3]", true},
        {"disturb[3]", "disturb[3", false},
        {"disturb[3]", "disturb[", false},
        {"disturb[3]", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (run_key_meant(rows[i].key, rows[i].said) != rows[i].meant)
            fail_msg("%s by %s", rows[i].key, rows[i].said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scenario_becomes_a_cut),
        cmocka_unit_test(progress_is_a_place_of_the_file),
        cmocka_unit_test(domains_that_are_not_wired_are_named),
        cmocka_unit_test(domains_are_those_of_the_bench),
        cmocka_unit_test(what_is_inside_the_printer_is_refused),
        cmocka_unit_test(cuts_that_never_fire_are_refused),
        cmocka_unit_test(what_a_console_says_can_be_said),
        cmocka_unit_test(a_cut_that_is_left_out_is_not_made),
        cmocka_unit_test(what_has_no_cut_left_is_no_run),
        cmocka_unit_test(keys_that_name_nothing_are_refused),
        cmocka_unit_test(disturbances_are_refused),
        cmocka_unit_test(a_run_needs_a_link),
        cmocka_unit_test(keys_are_meant_with_or_without_an_index),
    };
    return cmocka_run_group_tests_name("plan", tests, begin, end);
}
