// Triggers: places of the job as the simulator has them, and a printer that gets there.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/input/input.h"
#include "rig/run/trigger.h"

static struct lab_input input;
static struct lab_job *const job = &input.job;

static int open_job(void **state)
{
    struct lab_error err = {0};

    (void)state;
    if (lab_input_open(&input, "scenarios/voron24_cut.yaml", NULL, NULL, 0, NULL, &err))
        fail_msg("%s", err.message);
    return 0;
}

static int close_job(void **state)
{
    (void)state;
    lab_input_close(&input);
    return 0;
}

static struct run_target found(struct lab_trigger at)
{
    struct run_target target;

    assert_int_equal(run_target_find(job, &at, 1, &target), 0);
    return target;
}

/// plr-sim --dry-run says of this cut: layer 61, line 15510 (byte 413560, 50.0 % of the move).
static void the_simulator_cuts_there_too(void **state)
{
    (void)state;
    struct run_target target = found(input.scenario.power[0].at);
    uint64_t next;

    assert_int_equal(target.line, 15510);
    assert_int_equal(target.layer, 61);
    assert_int_equal(target.byte, 413560 + (int64_t)lab_job_line(job, 413560, &next) / 2);
}

static void every_kind_finds_its_line(void **state)
{
    (void)state;
    struct run_target first = found((struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 61});
    struct run_target z = found((struct lab_trigger){.kind = LAB_AT_Z, .value = first.z_nm});
    assert_true(z.line <= first.line && z.layer == 61);
    struct run_target higher =
        found((struct lab_trigger){.kind = LAB_AT_Z, .value = first.z_nm + 1});
    assert_int_equal(higher.layer, 62);
    struct run_target file = found((struct lab_trigger){.kind = LAB_AT_FILE, .value = first.byte});
    assert_in_range(file.line, first.line, first.line + 1);
    struct run_target travel =
        found((struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 61, .travel = true, .move = 0});
    assert_int_equal(travel.layer, 61);
    struct run_target retract =
        found((struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 61, .retract = true});
    assert_int_equal(retract.layer, 61);
    struct run_target move = found((struct lab_trigger){.kind = LAB_AT_MOVE, .value = 100}),
                      after = found((struct lab_trigger){.kind = LAB_AT_MOVE, .value = 101});
    assert_true(move.line < after.line);
    struct run_target filament =
        found((struct lab_trigger){.kind = LAB_AT_FILAMENT, .value = INT64_C(1000000000)});
    assert_true(filament.layer > 0 && filament.byte > 0);
    struct run_target time =
        found((struct lab_trigger){.kind = LAB_AT_TIME, .value = 5000000, .after_us = 7});
    assert_int_equal(time.byte, -1);
    assert_int_equal(time.after_us, 7);
}

static void places_beyond_the_end_are_never_reached(void **state)
{
    static const struct lab_trigger beyond[] = {
        {.kind = LAB_AT_LAYER, .layer = 9999},
        {.kind = LAB_AT_LAYER, .layer = 3, .move = 99999},
        {.kind = LAB_AT_Z, .value = INT64_C(900000000)},
        {.kind = LAB_AT_FILE, .value = INT64_C(1) << 40},
        {.kind = LAB_AT_MOVE, .value = 100000000},
        {.kind = LAB_AT_FILAMENT, .value = INT64_C(1) << 50},
    };
    struct run_target target;

    (void)state;
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        assert_int_equal(run_target_find(job, &beyond[i], 1, &target), LAB_ENOENT);
}

static void what_is_inside_the_printer_is_not_possible(void **state)
{
    (void)state;
    for (int kind = LAB_AT_TIME; kind <= LAB_AT_OUTAGE; kind++)
        assert_int_equal(run_target_possible((enum lab_trigger_kind)kind), kind <= LAB_AT_MOVE);
}

static void a_place_is_where_it_was_found(void **state)
{
    int32_t layer;
    int64_t line;

    (void)state;
    for (int32_t n = 0; n < 80; n += 7) {
        struct run_target target =
            found((struct lab_trigger){.kind = LAB_AT_LAYER, .layer = n, .fraction_ppm = 300000});
        run_place(job, target.byte, &layer, &line);
        assert_int_equal(layer, n);
        assert_int_equal(line, target.line);
    }
}

// --- on the way ---------------------------------------------------------------------------------------------------

static struct link_status quiet(void)
{
    return (struct link_status){.state = LINK_PRINTING,
                                .file_at = LINK_UNKNOWN,
                                .file_size = LINK_UNKNOWN,
                                .layer = -1,
                                .at_nm = {LINK_UNKNOWN, LINK_UNKNOWN, LINK_UNKNOWN, LINK_UNKNOWN}};
}

static void a_printer_that_tells_of_the_file_gets_there(void **state)
{
    (void)state;
    struct run_target target = found(input.scenario.power[0].at);
    struct link_status status = quiet();

    status.layer = 99; // the file says it better
    status.file_at = target.byte;
    assert_false(run_target_reached(&target, &status, INT64_MAX));
    status.file_at++;
    assert_true(run_target_reached(&target, &status, 0));
}

static void one_that_tells_less_gets_there_later_or_never(void **state)
{
    (void)state;
    struct run_target target = found(input.scenario.power[0].at);
    struct link_status status = quiet();

    assert_false(run_target_reached(&target, &status, INT64_MAX));
    status.layer = 60;
    assert_false(run_target_reached(&target, &status, 0));
    status.layer = 61;
    assert_true(run_target_reached(&target, &status, 0));
    status.layer = -1;
    status.at_nm[2] = target.z_nm;
    assert_false(
        run_target_reached(&target, &status, 0)); // it was not homed: what it says is no height
    status.homed[2] = true;
    assert_true(run_target_reached(&target, &status, 0));
    status.at_nm[2]--;
    assert_false(run_target_reached(&target, &status, 0));
    target.kind = LAB_AT_FILAMENT; // nothing but the file tells of it
    status.at_nm[2] = INT64_MAX;
    assert_false(run_target_reached(&target, &status, 0));
}

static void time_needs_no_printer(void **state)
{
    (void)state;
    struct run_target target = found((struct lab_trigger){.kind = LAB_AT_TIME, .value = 5000000});
    struct link_status status = quiet();

    assert_false(run_target_reached(&target, &status, 4999999));
    assert_true(run_target_reached(&target, &status, 5000000));
}

static void markers_are_read(void **state)
{
    static const struct {
        const char *said;
        int number;
    } lines[] = {{"echo: plr-cut 1", 1},   {"// plr-cut 12", 12}, {"plr-cut", 0},
                 {"plr-cut two", 0},       {"echo:cut 1", 0},     {"", 0},
                 {"echo:plr-cut 3 now", 3}};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(run_marker(lines[i].said), lines[i].number);
}

/// A job that says where to cut is asked nothing else.
static void a_marker_in_the_job_takes_its_place(void **state)
{
    static const char gcode[] = "G28\nG1 Z0.2 F600\nG1 X10 Y0 E1\n; M118 plr-cut 1\n"
                                "M118 plr-cut 2\nG1 X20 E2\nRESPOND MSG=\"plr-cut 1\"\n";
    static struct lab_job own;
    struct lab_error err = {0};
    struct lab_trigger at = {.kind = LAB_AT_FILE, .value = 20};
    struct link_status status = quiet();
    struct run_target target;

    (void)state;
    assert_int_equal(
        lab_job_use(&own, "own", gcode, sizeof gcode - 1, &input.scenario.printer, &err), 0);
    assert_int_equal(run_target_find(&own, &at, 1, &target), 0);
    assert_int_equal(target.mark, 7); // a comment says nothing
    status.file_at = 100;
    assert_false(run_target_reached(&target, &status, INT64_MAX));
    assert_int_equal(run_target_find(&own, &at, 2, &target), 0);
    assert_int_equal(target.mark, 5);
    assert_int_equal(run_target_find(&own, &at, 3, &target), 0);
    assert_int_equal(target.mark, 0);
    at = (struct lab_trigger){.kind = LAB_AT_LAYER, .layer = 44};
    assert_int_equal(run_target_find(&own, &at, 2, &target), 0); // the marker is the place
    assert_int_equal(run_target_find(&own, &at, 3, &target), LAB_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_simulator_cuts_there_too),
        cmocka_unit_test(every_kind_finds_its_line),
        cmocka_unit_test(places_beyond_the_end_are_never_reached),
        cmocka_unit_test(what_is_inside_the_printer_is_not_possible),
        cmocka_unit_test(a_place_is_where_it_was_found),
        cmocka_unit_test(a_printer_that_tells_of_the_file_gets_there),
        cmocka_unit_test(one_that_tells_less_gets_there_later_or_never),
        cmocka_unit_test(time_needs_no_printer),
        cmocka_unit_test(markers_are_read),
        cmocka_unit_test(a_marker_in_the_job_takes_its_place),
    };
    return cmocka_run_group_tests_name("trigger", tests, open_job, close_job);
}
