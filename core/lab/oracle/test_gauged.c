// Verdicts on a bench: readings with an uncertainty, and everything that nobody measured.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/lab/oracle/oracle.h"

static struct lab_truth run;
static struct lab_scenario scenario;
static struct lab_verdict verdict;

static int fresh(void **state)
{
    (void)state;
    memset(&scenario, 0, sizeof scenario);
    lab_truth_unknown(&run);
    run.cuts = 1;
    scenario.expect_result = LAB_RESUMED;
    scenario.expect[LAB_Z_OFFSET_ERROR] =
        (struct lab_limit){.set = true, .max = 60, .has_warn = true, .warn = 30};
    scenario.expect[LAB_LAYER_SHIFT] = (struct lab_limit){.set = true, .max = 100};
    return 0;
}

static enum lab_outcome judged(enum lab_measure measure)
{
    lab_judge_gauged(&run, &scenario, LAB_RESUMED, "", &verdict);
    return verdict.measure[measure].outcome;
}

static void test_nothing_measured_is_nothing_said(void **state)
{
    (void)state;
    lab_judge_gauged(&run, &scenario, LAB_RESUMED, "", &verdict);
    for (int n = 0; n < LAB_MEASURES; n++) {
        assert_false(verdict.measure[n].known);
        assert_int_equal(verdict.measure[n].outcome, LAB_NOT_APPLICABLE);
    }
    assert_int_equal(verdict.outcome, LAB_PASS); // of the result alone
    assert_int_equal(verdict.cuts, 1);
}

static void test_another_result_fails(void **state)
{
    (void)state;
    lab_judge_gauged(&run, &scenario, LAB_NEVER_FINISHED, "", &verdict);
    assert_int_equal(verdict.outcome, LAB_FAIL);
    lab_judge_gauged(&run, &scenario, LAB_NOTHING_TO_RESUME, "", &verdict);
    assert_int_equal(verdict.outcome, LAB_FAIL); // nobody knows that nothing was printed
}

static void test_uncertainty_makes_marginal(void **state)
{
    static const struct {
        int64_t value_um, uncertainty_um;
        enum lab_outcome want;
    } row[] = {{0, 5, LAB_PASS},       {25, 5, LAB_PASS},      {26, 5, LAB_MARGINAL},
               {-26, 5, LAB_MARGINAL}, {55, 5, LAB_MARGINAL},  {60, 5, LAB_MARGINAL},
               {65, 5, LAB_MARGINAL},  {-65, 5, LAB_MARGINAL}, {66, 5, LAB_FAIL},
               {-66, 5, LAB_FAIL},     {60, 0, LAB_MARGINAL},  {61, 0, LAB_FAIL},
               {30, 0, LAB_PASS},      {100, 50, LAB_MARGINAL}};

    (void)state;
    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        run.z_offset =
            (struct lab_gauged){true, true, row[n].value_um * 1000, row[n].uncertainty_um * 1000};
        assert_int_equal(judged(LAB_Z_OFFSET_ERROR), row[n].want);
        assert_int_equal(verdict.outcome, row[n].want);
        assert_int_equal(verdict.measure[LAB_Z_OFFSET_ERROR].value, row[n].value_um);
    }
}

/// What the recovery homed by agrees with it whatever it did.
static void test_a_gauge_of_the_recovery_passes_no_offset(void **state)
{
    (void)state;
    run.z_offset = (struct lab_gauged){true, false, 0, 5000};
    assert_int_equal(judged(LAB_Z_OFFSET_ERROR), LAB_NOT_APPLICABLE);
    assert_true(verdict.measure[LAB_Z_OFFSET_ERROR].known);
    run.z_offset.value_nm = 62000; // might be 57
    assert_int_equal(judged(LAB_Z_OFFSET_ERROR), LAB_NOT_APPLICABLE);
    run.z_offset.value_nm = 90000;
    assert_int_equal(judged(LAB_Z_OFFSET_ERROR), LAB_FAIL);
    run.layer_shift = (struct lab_gauged){true, false, 20000, 50000};
    assert_int_equal(judged(LAB_LAYER_SHIFT), LAB_PASS);
}

static void test_tilt_has_the_uncertainty_of_four_readings(void **state)
{
    (void)state;
    scenario.expect[LAB_GANTRY_TILT] = (struct lab_limit){.set = true, .max = 50};
    for (int n = 0; n < LAB_TRUTH_CORNERS; n++)
        run.corner_start_nm[n] = run.corner_end_nm[n] = 1000000;
    run.corner_end_nm[2] += 45000;
    run.corner_uncertainty_nm = 2000;
    assert_int_equal(judged(LAB_GANTRY_TILT), LAB_PASS);
    assert_int_equal(verdict.measure[LAB_GANTRY_TILT].uncertainty, 4);
    run.corner_uncertainty_nm = 3000;
    assert_int_equal(judged(LAB_GANTRY_TILT), LAB_MARGINAL);
    run.corner_end_nm[3] = INT32_MIN;
    assert_int_equal(judged(LAB_GANTRY_TILT), LAB_NOT_APPLICABLE);
}

static void test_times_are_known_from_the_link(void **state)
{
    (void)state;
    scenario.expect[LAB_TIME_TO_RESUME] = (struct lab_limit){.set = true, .max = 150500};
    assert_int_equal(judged(LAB_TIME_TO_RESUME), LAB_NOT_APPLICABLE);
    assert_false(verdict.measure[LAB_TIME_TO_RESUME].known);
    run.resume_us = 150000000;
    run.resume_doubt_us = 250000;
    assert_int_equal(judged(LAB_TIME_TO_RESUME), LAB_PASS);
    assert_int_equal(verdict.measure[LAB_TIME_TO_RESUME].value, 150000);
    assert_int_equal(verdict.measure[LAB_TIME_TO_RESUME].uncertainty, 250);
    run.resume_doubt_us = 1000000;
    assert_int_equal(judged(LAB_TIME_TO_RESUME), LAB_MARGINAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_measured_is_nothing_said, fresh),
        cmocka_unit_test_setup(test_another_result_fails, fresh),
        cmocka_unit_test_setup(test_uncertainty_makes_marginal, fresh),
        cmocka_unit_test_setup(test_a_gauge_of_the_recovery_passes_no_offset, fresh),
        cmocka_unit_test_setup(test_tilt_has_the_uncertainty_of_four_readings, fresh),
        cmocka_unit_test_setup(test_times_are_known_from_the_link, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
