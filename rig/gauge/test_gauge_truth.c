// What gauges say together, up to the verdict.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/lab/oracle/oracle.h"
#include "rig/gauge/gauge.h"

static struct bench bench;
static struct gauge_readings readings;
static struct lab_truth truth;

static int fresh(void **state)
{
    (void)state;
    bench = (struct bench){0};
    readings = (struct gauge_readings){0};
    lab_truth_unknown(&truth);
    return 0;
}

static void gauge_reads(enum bench_measure measure, int64_t doubt_nm, bool independent,
                        int64_t before_nm, int64_t after_nm)
{
    int32_t n = bench.gauges++;

    bench.gauge[n] = (struct bench_gauge){
        .measure = (uint8_t)measure, .uncertainty_nm = doubt_nm, .independent = independent};
    readings.before_known[n] = readings.after_known[n] = true;
    readings.before_nm[n] = before_nm;
    readings.after_nm[n] = after_nm;
}

static void nothing_read_is_nothing_known(void **state)
{
    (void)state;
    gauge_reads(BENCH_Z_OFFSET, 5000, true, 0, 1000);
    readings.after_known[0] = false;
    gauge_truth(&readings, &bench, &truth);
    assert_false(truth.z_offset.known);
    assert_false(truth.layer_shift.known);
    assert_int_equal(truth.corner_end_nm[0], INT32_MIN);
}

static void the_surest_independent_gauge_tells_the_offset(void **state)
{
    (void)state;
    gauge_reads(BENCH_Z_OFFSET, 1000, false, 0, 2000); // the recovery's own
    gauge_reads(BENCH_Z_OFFSET, 20000, true, 0, 1000);
    gauge_reads(BENCH_Z_OFFSET, 5000, true, 0, 3000);
    gauge_reads(BENCH_Z_OFFSET, 6000, true, 0, 4000);
    gauge_truth(&readings, &bench, &truth);
    assert_int_equal(truth.z_offset.value_nm, 3000);
    assert_int_equal(truth.z_offset.uncertainty_nm, 5000);
    assert_true(truth.z_offset.independent);
    readings.after_known[1] = readings.after_known[2] = readings.after_known[3] = false;
    lab_truth_unknown(&truth);
    gauge_truth(&readings, &bench, &truth);
    assert_int_equal(truth.z_offset.value_nm, 2000);
    assert_false(truth.z_offset.independent);
}

static void a_relative_gauge_counts_from_before(void **state)
{
    (void)state;
    gauge_reads(BENCH_Z_OFFSET, 5000, true, 700000, 740000);
    bench.gauge[0].relative = true;
    gauge_truth(&readings, &bench, &truth);
    assert_int_equal(truth.z_offset.value_nm, 40000);
    assert_int_equal(truth.z_offset.uncertainty_nm, 7071); // of two readings
    gauge_reads(BENCH_Z_OFFSET, 7000, true, 0, 41000);     // surer than a difference of two
    lab_truth_unknown(&truth);
    gauge_truth(&readings, &bench, &truth);
    assert_int_equal(truth.z_offset.value_nm, 41000);
    bench.gauges = 1;
    readings.before_known[0] = false;
    lab_truth_unknown(&truth);
    gauge_truth(&readings, &bench, &truth);
    assert_false(truth.z_offset.known);
}

static void two_axes_make_a_shift(void **state)
{
    (void)state;
    gauge_reads(BENCH_LAYER_SHIFT, 3000, true, 0, -30000);
    gauge_reads(BENCH_LAYER_SHIFT, 4000, true, 0, 40000);
    gauge_truth(&readings, &bench, &truth);
    assert_int_equal(truth.layer_shift.value_nm, 50000);
    assert_int_equal(truth.layer_shift.uncertainty_nm, 5000);
    assert_true(truth.layer_shift.independent);
    readings.after_known[1] = false; // one axis alone says too little
    lab_truth_unknown(&truth);
    gauge_truth(&readings, &bench, &truth);
    assert_false(truth.layer_shift.known);
}

/// A corner gauge 10 um off racks the verdict by as much.
static void corners_make_a_tilt(void **state)
{
    struct lab_scenario scenario = {.expect_result = LAB_RESUMED};
    struct lab_verdict verdict;

    (void)state;
    for (int32_t n = 0; n < 4; n++) {
        gauge_reads(BENCH_CORNER, 2000, n != 3, 300000000, 300100000 + (n == 2 ? 60000 : 0));
        bench.gauge[n].corner = 3 - n;
    }
    gauge_truth(&readings, &bench, &truth);
    truth.cuts = 1;
    assert_int_equal(truth.corner_end_nm[1], 300160000);
    lab_judge_gauged(&truth, &scenario, LAB_RESUMED, "", &verdict);
    assert_int_equal(verdict.measure[LAB_GANTRY_TILT].value, 60);
    assert_int_equal(verdict.measure[LAB_GANTRY_TILT].uncertainty, 4);
    assert_false(verdict.measure[LAB_GANTRY_TILT].independent); // one of them is not
    readings.before_known[0] = false;
    lab_truth_unknown(&truth);
    truth.cuts = 1;
    gauge_truth(&readings, &bench, &truth);
    lab_judge_gauged(&truth, &scenario, LAB_RESUMED, "", &verdict);
    assert_false(verdict.measure[LAB_GANTRY_TILT].known);
}

/// Touches by steps, which are the rig's and not the recovery's, blur what is said of the recovery.
static void touches_of_the_rig_are_doubt(void **state)
{
    struct lab_scenario scenario = {0};
    struct lab_verdict verdict;

    (void)state;
    gauge_reads(BENCH_Z_OFFSET, 6000, true, 0, 57000);
    for (int i = 0; i < 4; i++) {
        gauge_reads(BENCH_CORNER, 3000, true, 0, 0);
        bench.gauge[1 + i].corner = i;
    }
    gauge_truth(&readings, &bench, &truth);
    gauge_truth_touched(&truth, 8000);
    assert_int_equal(truth.z_offset.uncertainty_nm, 10000);
    assert_int_equal(truth.corner_uncertainty_nm, 6402); // of 3 and 8 over the root of two
    assert_false(truth.layer_shift.known);
    scenario.expect[LAB_Z_OFFSET_ERROR] = (struct lab_limit){.set = true, .max = 50};
    truth.cuts = 1;
    lab_judge_gauged(&truth, &scenario, LAB_RESUMED, "", &verdict);
    assert_int_equal(verdict.measure[LAB_Z_OFFSET_ERROR].uncertainty, 10);
    assert_int_equal(verdict.measure[LAB_Z_OFFSET_ERROR].outcome, LAB_MARGINAL); // 57 +-6 fails
    assert_int_equal(verdict.measure[LAB_GANTRY_TILT].uncertainty, 13);
    lab_truth_unknown(&truth);
    gauge_truth(&readings, &bench, &truth);
    gauge_truth_touched(&truth, 0);
    assert_int_equal(truth.z_offset.uncertainty_nm, 6000);
    lab_judge_gauged(&truth, &scenario, LAB_RESUMED, "", &verdict);
    assert_int_equal(verdict.measure[LAB_Z_OFFSET_ERROR].outcome, LAB_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_read_is_nothing_known, fresh),
        cmocka_unit_test_setup(the_surest_independent_gauge_tells_the_offset, fresh),
        cmocka_unit_test_setup(a_relative_gauge_counts_from_before, fresh),
        cmocka_unit_test_setup(two_axes_make_a_shift, fresh),
        cmocka_unit_test_setup(corners_make_a_tilt, fresh),
        cmocka_unit_test_setup(touches_of_the_rig_are_doubt, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
