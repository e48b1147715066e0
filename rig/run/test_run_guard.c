// The guard: each limit just below and above, and what counts most when several are wrong.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rig/run/guard.h"

static const struct bench_limits limits = {.nozzle_mc = 280000,
                                           .bed_mc = 120000,
                                           .chamber_mc = 70000,
                                           .other_mc = 90000,
                                           .heat_us = 60000000,
                                           .run_us = 1000000,
                                           .cool_below_mc = 50000};
static struct link_status status;
static struct run_guard guard;
static struct run_sight sight;
static char why[RUN_WHY];

static int begin(void **state)
{
    const struct link_heater unknown = {LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};

    (void)state;
    status = (struct link_status){
        .state = LINK_PRINTING, .nozzle = {25000, 0}, .bed = unknown, .chamber = unknown};
    guard = (struct run_guard){.limits = &limits, .begun_us = 5};
    sight = (struct run_sight){.now_us = 5, .status = &status, .expected = true};
    why[0] = '\0';
    return 0;
}

static void finds(enum run_fault fault, const char *words)
{
    enum run_fault found = run_guard_look(&guard, &sight, why);

    if (found != fault)
        fail_msg("'%s', not '%s'", run_fault_name(found), run_fault_name(fault));
    assert_string_equal(why, words);
}

static void heaters_have_limits(void **state)
{
    static const struct {
        size_t offset;
        int32_t limit_mc;
        const char *words;
    } rows[] = {
        {offsetof(struct link_status, nozzle), 280000,
         "the nozzle is at 280 C, and the limit is 280 C"},
        {offsetof(struct link_status, bed), 120000, "the bed is at 120 C, and the limit is 120 C"},
        {offsetof(struct link_status, chamber), 70000,
         "the chamber is at 70 C, and the limit is 70 C"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(state);
        struct link_heater *heater =
            (struct link_heater *)(void *)((char *)&status + rows[i].offset);
        heater->now_mc = rows[i].limit_mc;
        finds(RUN_FINE, "");
        heater->now_mc++;
        finds(RUN_TOO_HOT, rows[i].words);
    }
}

static void further_heaters_have_limits(void **state)
{
    static const struct {
        const char *name;
        int32_t limit_mc;
        const char *words;
    } rows[] = {
        {"extruder1", 280000, "the extruder1 is at 280 C, and the limit is 280 C"},
        {"T1", 280000, "the T1 is at 280 C, and the limit is 280 C"},
        {"heater_generic chamber", 70000,
         "the heater_generic chamber is at 70 C, and the limit is 70 C"},
        {"heater_generic T1", 90000, "the heater_generic T1 is at 90 C, and the limit is 90 C"},
        {"oven", 90000, "the oven is at 90 C, and the limit is 90 C"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(state);
        status.others = 2;
        strcpy(status.other[1].name, rows[i].name);
        struct link_heater *heater = &status.other[1].heat;
        *heater = (struct link_heater){49999, 0};
        assert_true(run_is_cool(&limits, &status));
        heater->target_mc = 50000;
        assert_false(run_is_cool(&limits, &status));
        heater->now_mc = rows[i].limit_mc;
        finds(RUN_FINE, "");
        assert_true(guard.hot);
        heater->now_mc++;
        finds(RUN_TOO_HOT, rows[i].words);
    }
}

/// A printer that talks on and tells no temperatures is lost, where it was hot.
static void temperatures_have_an_age(void **state)
{
    (void)state;
    status.heat_us = 5;
    sight.now_us = 60000005;
    guard.begun_us = sight.now_us;
    status.nozzle.now_mc = 200000;
    finds(RUN_FINE, "");
    sight.now_us++;
    finds(RUN_LOST_HOT, "the printer is hot, and has told no temperature for 60 s");
    why[0] = '\0';
    sight.expected = false; // between a cut and the first words behind it nobody can
    finds(RUN_FINE, "");
    sight.expected = true;
    status.nozzle.now_mc = 49999;
    finds(RUN_FINE, "");
    status.nozzle.now_mc = 50000;
    status.heat_us = LINK_UNKNOWN; // forgotten, as all that was told before
    finds(RUN_FINE, "");
}

static void a_lost_link_matters_where_somebody_should_be(void **state)
{
    (void)state;
    status.state = LINK_LOST;
    strcpy(status.why, "nobody answers");
    sight.expected = false;
    finds(RUN_FINE, "");
    sight.expected = true;
    finds(RUN_LOST, "the printer is lost: nobody answers");
}

static void what_was_hot_is_hot_until_it_says_otherwise(void **state)
{
    static const struct {
        int32_t now_mc, target_mc;
        bool hot;
    } rows[] = {{49999, 0, false},
                {50000, 0, true},
                {20000, 50000, true},
                {20000, 49999, false},
                {LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE, false}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int which = 0; which < 3; which++) {
            begin(state);
            struct link_heater *heater[] = {&status.nozzle, &status.bed, &status.chamber};
            *heater[which] = (struct link_heater){rows[i].now_mc, rows[i].target_mc};
            finds(RUN_FINE, "");
            status.state = LINK_LOST;
            *heater[which] = (struct link_heater){20000, 0}; // nobody vouches for that
            assert_int_equal(run_guard_look(&guard, &sight, why),
                             rows[i].hot ? RUN_LOST_HOT : RUN_LOST);
        }
}

/// A reset forgets temperatures, and cools nothing: each heater that was hot is hot until it says otherwise itself.
static void a_reset_cools_nothing(void **state)
{
    const struct link_heater unknown = {LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};

    for (int which = 0; which < 4; which++) {
        begin(state);
        struct link_heater *heater[] = {&status.nozzle, &status.bed, &status.chamber,
                                        &status.other[0].heat};
        status.others = which == 3;
        strcpy(status.other[0].name, "heater_generic rods");
        *heater[which] = (struct link_heater){70000, 0};
        finds(RUN_FINE, "");
        status.nozzle = status.bed = status.chamber = unknown;
        status.others = 0;
        status.heat_us = LINK_UNKNOWN;
        finds(RUN_FINE, "");
        status.nozzle = (struct link_heater){which == 0 ? LINK_NO_TEMPERATURE : 25000, 0};
        finds(RUN_FINE, "");
        status.state = LINK_LOST;
        assert_int_equal(run_guard_look(&guard, &sight, why), RUN_LOST_HOT);
        status.state = LINK_STARTING;
        status.others = which == 3;
        *heater[which] = (struct link_heater){49000, 0};
        assert_int_equal(run_guard_look(&guard, &sight, why), RUN_FINE);
        status.state = LINK_LOST;
        assert_int_equal(run_guard_look(&guard, &sight, why), RUN_LOST);
    }
}

/// Who was reset has the time of heat_age to tell how hot it is, from the instant on at which somebody should be there.
static void who_was_reset_tells_how_hot_it_is(void **state)
{
    (void)state;
    status.nozzle = (struct link_heater){200000, 0};
    status.heat_us = 5;
    finds(RUN_FINE, "");
    status.nozzle = (struct link_heater){LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};
    status.heat_us = LINK_UNKNOWN;
    sight.expected = false; // a cut
    sight.now_us = guard.begun_us = 5 + 2 * limits.heat_us;
    finds(RUN_FINE, "");
    sight.expected = true;
    sight.now_us = guard.begun_us = sight.now_us + limits.heat_us;
    finds(RUN_FINE, "");
    sight.now_us++;
    assert_int_equal(run_guard_look(&guard, &sight, why), RUN_LOST_HOT);
}

static void cool_is_below_and_known(void **state)
{
    (void)state;
    assert_true(run_is_cool(&limits, &status));
    status.nozzle.now_mc = 49999;
    assert_true(run_is_cool(&limits, &status));
    status.nozzle.now_mc = 50000;
    assert_false(run_is_cool(&limits, &status));
    status.nozzle = (struct link_heater){25000, 50000};
    assert_false(run_is_cool(&limits, &status));
    status.nozzle = (struct link_heater){LINK_NO_TEMPERATURE, 0};
    assert_false(run_is_cool(&limits, &status));
    status.nozzle = (struct link_heater){25000, 0};
    status.chamber = (struct link_heater){60000, LINK_NO_TEMPERATURE};
    assert_false(run_is_cool(&limits, &status));
    status.chamber = (struct link_heater){25000, 0};
    status.bed = (struct link_heater){50000, 0};
    assert_false(run_is_cool(&limits, &status));
    status.bed = (struct link_heater){49999, 0};
    assert_true(run_is_cool(&limits, &status));
}

/// Longer than any supply holds up: then it was not cut.
static void who_prints_on_was_not_cut(void **state)
{
    (void)state;
    sight.lived_us = 4000000;
    finds(RUN_FINE, "");
    sight.lived_us++;
    finds(RUN_LIVED, "the printer prints on 4 s into the outage: its controller has power of its "
                     "own (by USB?), and nobody told it");
    begin(state);
    sight.unbroken_us = 500000;
    finds(RUN_FINE, "");
    sight.unbroken_us++;
    finds(RUN_LIVED, "the printer prints as if power had not been away for 500 ms: no reset was "
                     "heard, and nobody told it to go on");
}

static void a_run_has_an_end(void **state)
{
    (void)state;
    sight.now_us = 1000005;
    finds(RUN_FINE, "");
    sight.now_us++;
    finds(RUN_TOO_LONG, "the run takes longer than limits.run_time");
}

/// What takes the power away for a reason of its own comes first; what only ends the run comes last.
static void the_worst_is_said(void **state)
{
    (void)state;
    sight.now_us = 9000000;
    finds(RUN_TOO_LONG, "the run takes longer than limits.run_time");
    sight.interrupted = true;
    finds(RUN_INTERRUPTED, "somebody ended the run");
    sight.gauge_bad = true;
    finds(RUN_GAUGE, "somebody ended the run"); // its words are somebody else's
    status.nozzle.now_mc = 300000;
    finds(RUN_TOO_HOT, "the nozzle is at 300 C, and the limit is 280 C");
    sight.alarm = "stop is pressed";
    finds(RUN_ALARM, "stop is pressed");
    sight.stuck = true;
    finds(RUN_STUCK, "stop is pressed"); // the same
    sight.dog_bad = -EIO;
    finds(RUN_WATCHDOG, "the watchdog cannot be kicked: Input/output error");
    sight.lines_bad = -ENODEV;
    finds(RUN_LINES_GONE, "the lines are gone: No such device");
}

static void a_link_that_cannot_go_on_is_lost(void **state)
{
    (void)state;
    sight.link_bad = -ENOMEM;
    finds(RUN_LOST, "this computer has no way to the printer any more: Cannot allocate memory");
    status.nozzle.target_mc = 200000;
    assert_int_equal(run_guard_look(&guard, &sight, why), RUN_LOST_HOT);
}

static void without_a_link_there_are_the_lines(void **state)
{
    (void)state;
    sight.status = NULL;
    finds(RUN_FINE, "");
    sight.alarm = "door is open";
    finds(RUN_ALARM, "door is open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(heaters_have_limits, begin),
        cmocka_unit_test_setup(further_heaters_have_limits, begin),
        cmocka_unit_test_setup(temperatures_have_an_age, begin),
        cmocka_unit_test_setup(a_lost_link_matters_where_somebody_should_be, begin),
        cmocka_unit_test_setup(what_was_hot_is_hot_until_it_says_otherwise, begin),
        cmocka_unit_test_setup(a_reset_cools_nothing, begin),
        cmocka_unit_test_setup(who_was_reset_tells_how_hot_it_is, begin),
        cmocka_unit_test_setup(cool_is_below_and_known, begin),
        cmocka_unit_test_setup(who_prints_on_was_not_cut, begin),
        cmocka_unit_test_setup(a_run_has_an_end, begin),
        cmocka_unit_test_setup(the_worst_is_said, begin),
        cmocka_unit_test_setup(a_link_that_cannot_go_on_is_lost, begin),
        cmocka_unit_test_setup(without_a_link_there_are_the_lines, begin),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
