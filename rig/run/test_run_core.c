// Runs whose prints are the core's to bring back (dut: core), on a bench that is not there.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rig/run/bed.h"

/// The same bed.bench, with taps, and the core on this computer.
static void with_core(void)
{
    static const char taps[] = "  - {name: z0, kind: z_plus, motor: 0, line: GPIO20}\n"
                               "  - {name: z1, kind: z_plus, motor: 1, line: GPIO21}\n"
                               "  - {name: z2, kind: z_plus, motor: 2, line: GPIO22}\n"
                               "  - {name: z3, kind: z_plus, motor: 3, line: GPIO23}\n";
    const char *link = strstr(bed_bench, "link:"), *resume = strstr(bed_bench, "resume_gcode");
    char text[2048];

    snprintf(text, sizeof text, "%.*s%s%.*sdut: core\n", (int)(link - bed_bench), bed_bench, taps,
             (int)(resume - link), link);
    assert_int_equal(bench_parse(&bed.bench, bed.path, text, strlen(text), &bed.err), 0);
    assert_int_equal(run_plan_make(&bed.plan, &bed.bench, &bed.input, NULL, 0, &bed.err), 0);
}

static void a_core_that_cannot_move_one_motor_refuses(void **state)
{
    (void)state;
    with_core();
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_true(bed.record.judged && !bed.record.completed && bed.record.core_refused);
    assert_int_equal(bed.record.result, LAB_REFUSED);
    assert_non_null(strstr(bed.record.reason, "this printer moves no Z motor alone"));
    bed_is_off();
}

/// Nothing of the job was proved, and nothing recorded: then there is nothing to bring back, and the reason has its word.
static void a_core_that_has_nothing_says_so(void **state)
{
    (void)state;
    with_core();
    world.abilities = LINK_CAN_ONE_Z;
    assert_int_equal(bed_go(), 0);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(bed.record.result, LAB_NOTHING_TO_RESUME);
    assert_memory_equal(bed.record.reason, "not_started: ", 13);
    bed_is_off();
}

static void a_core_without_its_memory_is_not_begun_with(void **state)
{
    (void)state;
    with_core();
    strcpy(bed.bench.core.store, "no/such/folder/memory");
    assert_true(bed_go() < 0);
    assert_non_null(strstr(bed.err.message, "No such file"));
    assert_int_equal(world.edges, 0); // nothing was switched
}

/// It is a result: nobody has to be called.
static void a_calibration_that_is_refused_is_no_fault(void **state)
{
    char text[200];

    (void)state;
    with_core();
    bed.calibrates = true;
    bed.plan.cuts = bed.plan.script.cuts = 0;
    snprintf(bed.bench.alarm_cmd, sizeof bed.bench.alarm_cmd, "echo >%s", bed.alarm_file);
    world.beeped = false;
    assert_int_equal(bed_go(), 0);
    assert_true(bed.record.core_refused && !bed.record.calibrated);
    assert_int_equal(bed.record.fault, RUN_FINE);
    assert_int_equal(bed.record.result, LAB_REFUSED);
    assert_string_equal(bed.record.why, "");
    assert_non_null(strstr(bed.record.reason, "this printer moves no Z motor alone"));
    assert_int_equal(bed_read(bed.alarm_file, text, sizeof text), 0);
    assert_int_equal(world.printing, false);
    bed_is_off();
}

/// What the rig's own steps leave unknown is not held against the core.
static void the_step_of_touches_is_doubt(void **state)
{
    struct lab_truth truth;

    (void)state;
    with_core();
    bed.bench.gauges = 1;
    bed.bench.gauge[0] = (struct bench_gauge){
        .measure = BENCH_Z_OFFSET, .uncertainty_nm = 5000, .independent = true};
    memset(&bed.record, 0, sizeof bed.record);
    bed.record.readings.after_known[0] = true;
    bed.record.touched.touch_nm = 12000;
    run_truth(&bed.record, &bed.bench, &truth);
    assert_int_equal(truth.z_offset.uncertainty_nm, 13000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_core_that_cannot_move_one_motor_refuses, bed_begin),
        cmocka_unit_test_setup(a_core_that_has_nothing_says_so, bed_begin),
        cmocka_unit_test_setup(a_core_without_its_memory_is_not_begun_with, bed_begin),
        cmocka_unit_test_setup(a_calibration_that_is_refused_is_no_fault, bed_begin),
        cmocka_unit_test_setup(the_step_of_touches_is_doubt, bed_begin),
    };
    return cmocka_run_group_tests_name("run, dut: core", tests, bed_open, bed_close);
}
