// Verdicts: facts of truth, limits, expected refusals, and what the slicer says of its file.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/oracle/made.h"
#include "core/lab/oracle/oracle.h"

static struct lab_truth run, twin;
static struct lab_scenario scenario;
static struct lab_verdict verdict;

static int fresh(void **state)
{
    (void)state;
    memset(&run, 0, sizeof run);
    memset(&twin, 0, sizeof twin);
    memset(&scenario, 0, sizeof scenario);
    scenario.expect_result = LAB_REFUSED;
    run.cuts = 1;
    run.cut[0].first_extrusion_us = -1;
    return 0;
}

static const struct lab_measured *judged(enum lab_measure measure)
{
    assert_int_equal(lab_judge(&run, &twin, &scenario, LAB_REFUSED, NULL, &verdict), 0);
    return &verdict.measure[measure];
}

static void test_rounding(void **state)
{
    (void)state;
    static const struct {
        int64_t value, divisor, want;
    } row[] = {{0, 1000, 0},
               {499, 1000, 0},
               {500, 1000, 1},
               {-499, 1000, 0},
               {-500, 1000, -1},
               {1499, 1000, 1},
               {-1500, 1000, -2},
               {5, 3, 2},
               {4, 3, 1},
               {-5, 3, -2},
               {3, 1, 3},
               {INT64_MAX, 1, INT64_MAX},
               {INT64_MIN, 1, INT64_MIN},
               {INT64_MAX, INT64_MAX, 1},
               {7, 2, 4},
               {-7, 2, -4}};
    for (size_t n = 0; n < sizeof row / sizeof *row; n++)
        assert_int_equal(lab_round_div(row[n].value, row[n].divisor), row[n].want);
}

static void test_tilt(void **state)
{
    (void)state;
    static const int32_t start[] = {12400000, 12500000, 12400000, 12300000};
    static const int32_t end[] = {12400000, 12500000, 12460400, 12270000};
    memcpy(run.corner_start_nm, start, sizeof start);
    memcpy(run.corner_end_nm, end, sizeof end);
    assert_int_equal(judged(LAB_GANTRY_TILT)->value, 90);
    run.corner_end_nm[1] = INT32_MIN; // no gauge there
    assert_false(judged(LAB_GANTRY_TILT)->known);
}

static void test_facts(void **state)
{
    (void)state;
    run.dive_nm = 1499;
    run.collisions_part = 1;
    run.collisions_bed = 2;
    run.collisions_frame = 3;
    run.outage_contact_nm = 700000;
    run.hot_dwell_us = 1234567;
    run.stall_us = 7654321;
    assert_int_equal(judged(LAB_DIVE)->value, 1);
    assert_int_equal(verdict.measure[LAB_COLLISIONS].value, 6);
    assert_int_equal(verdict.measure[LAB_OUTAGE_CONTACT].value, 700);
    assert_int_equal(verdict.measure[LAB_HOT_DWELL].value, 1235);
    assert_int_equal(verdict.measure[LAB_PRINT_STALL].value, 7654);
    assert_false(verdict.measure[LAB_NV_BYTES_PER_HOUR].known);
    run.dive_nm = INT64_MIN;
    run.collisions_bed = -1;
    run.outage_contact_nm = -1;
    run.hot_dwell_us = run.stall_us = -1;
    assert_false(judged(LAB_DIVE)->known);
    for (int n = LAB_DIVE; n <= LAB_HOT_DWELL; n++)
        assert_int_equal(verdict.measure[n].outcome, LAB_NOT_APPLICABLE);
    assert_int_equal(verdict.measure[LAB_PRINT_STALL].outcome, LAB_NOT_APPLICABLE);
    assert_int_equal(verdict.outcome, LAB_PASS);
}

// A nozzle that dives or hits fails whether or not the scenario thought of it.
static void test_zero_by_default(void **state)
{
    (void)state;
    run.dive_nm = 600;
    assert_int_equal(judged(LAB_DIVE)->outcome, LAB_FAIL);
    assert_int_equal(verdict.outcome, LAB_FAIL);
    assert_string_equal(verdict.why, "dive_um is 1, limit 0");
    scenario.expect[LAB_DIVE] = (struct lab_limit){.set = true, .max = 5};
    assert_int_equal(judged(LAB_DIVE)->outcome, LAB_PASS);
    run.collisions_frame = 1;
    assert_int_equal(judged(LAB_COLLISIONS)->outcome, LAB_FAIL);
}

static void test_outage_contact_is_nobodys_fault(void **state)
{
    (void)state;
    run.outage_contact_nm = 9000000;
    scenario.expect[LAB_OUTAGE_CONTACT] = (struct lab_limit){.set = true, .max = 5};
    assert_int_equal(judged(LAB_OUTAGE_CONTACT)->outcome, LAB_PASS);
    assert_int_equal(verdict.outcome, LAB_PASS);
}

static void test_limits(void **state)
{
    (void)state;
    scenario.expect[LAB_HOT_DWELL] =
        (struct lab_limit){.set = true, .has_warn = true, .max = 100, .warn = 50};
    static const struct {
        int64_t us;
        enum lab_outcome want;
    } row[] = {
        {50499, LAB_PASS}, {50500, LAB_MARGINAL}, {100499, LAB_MARGINAL}, {100500, LAB_FAIL}};
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        run.hot_dwell_us = row[n].us;
        assert_int_equal(judged(LAB_HOT_DWELL)->outcome, row[n].want);
        assert_int_equal(verdict.outcome, row[n].want);
    }
}

static void test_memory(void **state)
{
    (void)state;
    run.nv_bytes = 123456;
    run.nv_print_us = INT64_C(4828000000); // 80 min 28 s
    run.nv_wear_ppb = 5000;
    assert_int_equal(judged(LAB_NV_BYTES_PER_HOUR)->value, 92055); // 123456 / 1.34111
    assert_int_equal(verdict.measure[LAB_NV_WEAR_YEARS].value, 31);
    scenario.expect[LAB_NV_WEAR_YEARS] =
        (struct lab_limit){.set = true, .has_warn = true, .max = 10, .warn = 40};
    assert_int_equal(judged(LAB_NV_WEAR_YEARS)->outcome, LAB_MARGINAL);
    scenario.expect[LAB_NV_WEAR_YEARS].max = 32;
    assert_int_equal(judged(LAB_NV_WEAR_YEARS)->outcome, LAB_FAIL);
    run.nv_wear_ppb = 0; // lasts for ever
    assert_int_equal(judged(LAB_NV_WEAR_YEARS)->outcome, LAB_NOT_APPLICABLE);
}

static void test_time_to_resume(void **state)
{
    (void)state;
    run.cuts = 3;
    run.cut[0] = (struct lab_truth_cut){.back_us = 1000000, .first_extrusion_us = 301000000};
    run.cut[1] = (struct lab_truth_cut){.back_us = 5000000, .first_extrusion_us = -1};
    run.cut[2] = (struct lab_truth_cut){.back_us = 900000000, .first_extrusion_us = 1100000000};
    assert_int_equal(judged(LAB_TIME_TO_RESUME)->value, 300000);
}

// --- what may be lost when nobody was told that power goes ---------------------------------------------------------------

enum { PIECES = 600, PIECE_UM = 10000, PIECE_US = 100000, PIECES_A_LAYER = 100 };

/// A minute at 100 mm/s in layers of ten seconds, 1/20 of it filament; logic died at its end, and nothing is known of any save.
static void lose(void)
{
    scenario.expect[LAB_SEAM_OVERLAP].set = scenario.expect[LAB_SEAM_OVERLAP_FILAMENT].set = true;
    run.cut[0].committed_us = 0;
    run.cut[0].logic_us = (int64_t)PIECES * PIECE_US;
    run.cut[0].ledger_at = PIECES;
    for (int n = 0; n < PIECES; n++) {
        int32_t z = n / PIECES_A_LAYER * 200000, side = n % 2 * PIECE_UM * 1000;
        struct lab_deposit d = {.t_us = (int64_t)n * PIECE_US,
                                .dt_us = PIECE_US,
                                .from_nm = {side, 0, z},
                                .to_nm = {PIECE_UM * 1000 - side, 0, z},
                                .e_nm = PIECE_UM * 50};
        assert_int_equal(lab_ledger_append(&run.ledger, &d), 0);
    }
}

/// The limits are those of so much path: a hundredth on top, and no more than the two pieces at whose edges it was cut.
static void allows(int64_t pieces)
{
    const struct lab_measured *m = judged(LAB_SEAM_OVERLAP);
    int64_t path = pieces * PIECE_UM * 101 / 100;

    assert_in_range(m->limit, path, path + 2 * PIECE_UM);
    m = &verdict.measure[LAB_SEAM_OVERLAP_FILAMENT];
    assert_in_range(m->limit, path / 20, path / 20 + PIECE_UM / 10);
}

static int forget(void **state)
{
    (void)state;
    lab_ledger_free(&run.ledger);
    return 0;
}

/// What was extruded since the newest save that was whole; nothing when there had been a warning.
static void test_lost_since_the_newest_save(void **state)
{
    (void)state;
    lose();
    allows(PIECES); // nothing is promised, nothing was saved
    run.cut[0].committed_us = 570 * PIECE_US;
    allows(30);
    run.cut[0].committed_us = -1;
    assert_int_equal(judged(LAB_SEAM_OVERLAP)->limit, 0);
    assert_int_equal(judged(LAB_SEAM_OVERLAP_FILAMENT)->limit, 0);
    scenario.expect[LAB_SEAM_OVERLAP].max = 700000; // the scenario's own, when that is more
    run.cut[0].committed_us = 570 * PIECE_US;
    assert_int_equal(judged(LAB_SEAM_OVERLAP)->limit, 700000);
}

/// However old the newest save is, no more than the configuration lets a device lose.
static void test_lost_by_promise(void **state)
{
    (void)state;
    lose();
    scenario.plr = (struct lab_plr){.tick_interval_us = 1000000, .save_interval_us = 5000000};
    allows(10);
    scenario.plr.save_delay = 2; // a full save of an older state puts the tick off
    allows(20);
    scenario.plr.stability_check = 1;
    allows(40);
    run.cut[0].memory_us = 500000;
    allows(50);
    scenario.plr.load_guard = 1; // both wait at the same time
    allows(50);
    scenario.plr.adaptive_interval = 1;
    allows(190);
    run.cut[0].committed_us = 570 * PIECE_US; // what was saved counts, when that is younger
    allows(30);
}

static void test_lost_by_promise_of_saves(void **state)
{
    (void)state;
    lose();
    scenario.plr = (struct lab_plr){.save_interval_us = 5000000, .save_on_layer = 1};
    allows(50);
    scenario.plr.save_delay = 2;
    allows(150);
    scenario.plr.save_interval_us = 0;
    allows(300);
    scenario.plr.save_delay = 0;
    allows(100);
    run.cut[0].memory_us = 6000000; // the newest layer need not have been written yet
    allows(200);
    scenario.plr.save_delay = 9;
    allows(PIECES);
    scenario.plr = (struct lab_plr){.tick_interval_us = 1000000, .record = 1};
    allows(PIECES); // on command: nothing is promised
}

static void test_any_result(void **state)
{
    (void)state;
    scenario.expect_result = LAB_RESULT_ANY;
    judged(LAB_DIVE);
    assert_true(verdict.result_ok);
    scenario.expect_result = LAB_RESUMED;
    judged(LAB_DIVE);
    assert_false(verdict.result_ok);
    assert_int_equal(verdict.outcome, LAB_FAIL);
    assert_string_equal(verdict.why, "result is refused, expected resumed");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(lab_outcome_name(LAB_NOT_APPLICABLE), "not_applicable");
    assert_string_equal(lab_outcome_name(LAB_MARGINAL), "marginal");
    assert_string_equal(lab_result_name(LAB_NOTHING_TO_RESUME), "nothing_to_resume");
    assert_string_equal(lab_result_name(LAB_NEVER_FINISHED), "never_finished");
}

// --- the slicer's word ------------------------------------------------------------------------------------------

static struct lab_slicer_totals totals(const char *file)
{
    struct lab_slicer_totals out;
    lab_slicer_totals(file, strlen(file), &out);
    return out;
}

static void test_prusa(void **state)
{
    (void)state;
    struct lab_slicer_totals t =
        totals("G1 X1\n; filament used [mm] = 9249.79\n; filament used [cm3] = 22.25\n"
               "; estimated printing time (normal mode) = 1h 20m 28s\n"
               "; estimated printing time (silent mode) = 9h 20m 28s");
    assert_true(t.has_filament && t.has_time);
    assert_int_equal(t.filament_nm, 9249790000);
    assert_int_equal(t.time_ms, 4828000);
    t = totals("; filament used [mm] = 12.5, 3.25\r\n; estimated printing time (normal mode) = 1d "
               "2h 3m 4s\r\n");
    assert_int_equal(t.filament_nm, 15750000);
    assert_int_equal(t.time_ms, 93784000);
}

static void test_cura(void **state)
{
    (void)state;
    struct lab_slicer_totals t = totals(";FLAVOR:Marlin\n;TIME:4828.5\n;Filament used: 1.2m, 0m\n");
    assert_int_equal(t.filament_nm, 1200000000);
    assert_int_equal(t.time_ms, 4828500);
}

static void test_silent_slicer(void **state)
{
    (void)state;
    static const char *const files[] = {"",
                                        "G1 X1\n",
                                        "; filament used [mm] =\n;TIME:\n",
                                        "; filament used [mm] = many\n",
                                        ";TIME:99999999999999999999999999\n",
                                        "; estimated printing time (normal mode) = 5\n",
                                        "M117 ;TIME:12\n"};
    for (size_t n = 0; n < sizeof files / sizeof *files; n++) {
        struct lab_slicer_totals t = totals(files[n]);
        assert_false(t.has_filament);
        assert_false(t.has_time);
    }
}

// Only head and tail of a large file are read.
static void test_large_file(void **state)
{
    (void)state;
    enum { SIZE = 400000 };
    char *file = malloc(SIZE);
    assert_non_null(file);
    memset(file, '\n', SIZE);
    memcpy(file + 100, ";TIME:60\n", 9);
    memcpy(file + SIZE / 2, ";Filament used: 3m\n", 19);
    struct lab_slicer_totals t;
    lab_slicer_totals(file, SIZE, &t);
    assert_true(t.has_time);
    assert_false(t.has_filament);
    memcpy(file + SIZE - 19, ";Filament used: 3m\n", 19);
    lab_slicer_totals(file, SIZE, &t);
    assert_true(t.has_filament);
    free(file);
}

static void test_twin_check(void **state)
{
    (void)state;
    made_tower(&twin.ledger, 3);
    twin.filament_nm = 101000000;
    static const char file[] = "; filament used [mm] = 100\n;TIME:200\n";
    struct lab_twin_facts facts;
    lab_twin_check(&twin, 190000000, file, sizeof file - 1, &facts);
    assert_int_equal(facts.filament_error_ppm, 10000);
    assert_int_equal(facts.time_error_ppm, -50000);
    assert_int_equal(facts.path_nm, 3 * INT64_C(328000000));
    assert_int_equal(facts.box_nm[0][0], 100000000);
    assert_int_equal(facts.box_nm[1][1], 120000000);
    assert_int_equal(facts.box_nm[0][2], 200000);
    assert_int_equal(facts.box_nm[1][2], 600000);
    assert_int_equal(facts.deposits, twin.ledger.count);
    lab_ledger_free(&twin.ledger);
    lab_twin_check(&twin, 0, NULL, 0, &facts);
    assert_int_equal(facts.path_nm, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rounding, fresh),
        cmocka_unit_test_setup(test_tilt, fresh),
        cmocka_unit_test_setup(test_facts, fresh),
        cmocka_unit_test_setup(test_zero_by_default, fresh),
        cmocka_unit_test_setup(test_outage_contact_is_nobodys_fault, fresh),
        cmocka_unit_test_setup(test_limits, fresh),
        cmocka_unit_test_setup(test_memory, fresh),
        cmocka_unit_test_setup(test_time_to_resume, fresh),
        cmocka_unit_test_setup_teardown(test_lost_since_the_newest_save, fresh, forget),
        cmocka_unit_test_setup_teardown(test_lost_by_promise, fresh, forget),
        cmocka_unit_test_setup_teardown(test_lost_by_promise_of_saves, fresh, forget),
        cmocka_unit_test_setup(test_any_result, fresh),
        cmocka_unit_test_setup(test_names, fresh),
        cmocka_unit_test_setup(test_prusa, fresh),
        cmocka_unit_test_setup(test_cura, fresh),
        cmocka_unit_test_setup(test_silent_slicer, fresh),
        cmocka_unit_test_setup(test_large_file, fresh),
        cmocka_unit_test_setup(test_twin_check, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
