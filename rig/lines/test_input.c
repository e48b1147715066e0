// An input over time: bounces, glitches, stops that chatter, and lines that never come to rest.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rig/lines/input.h"

#define MS INT64_C(1000)

static struct input input;
static int64_t now;

static void begin(bool stops, int64_t debounce_us)
{
    now = 7000000;
    input = (struct input){.stops = stops, .debounce_us = debounce_us};
    input_begin(&input, false, now);
}

/// Time passes, a millisecond a turn.
static int pass(int64_t us)
{
    int news = 0;

    for (int64_t end = now + us; now < end;) {
        now = end - now < MS ? end : now + MS;
        news += input_settle(&input, now);
    }
    return news;
}

static void edge(bool on)
{
    input_hear(&input, on, now);
    (void)input_settle(&input, now);
}

static void what_lasts_counts_from_its_first_edge(void **state)
{
    (void)state;
    begin(false, 40 * MS);
    for (int n = 0; n < 3; n++) { // a bounce
        edge(true);
        pass(10 * MS);
        edge(false);
        pass(10 * MS);
    }
    edge(true);
    assert_int_equal(input_next_us(&input), now + 40 * MS);
    assert_int_equal(pass(39 * MS), 0);
    assert_int_equal(pass(1 * MS), 1);
    assert_true(input.said);
    assert_int_equal(input.said_us, 7000000);
    assert_int_equal(input_next_us(&input), INT64_MAX);
    assert_false(input.heard); // nobody is stopped by it
}

static void a_stop_waits_a_millisecond_and_its_release_longer(void **state)
{
    (void)state;
    begin(true, 40 * MS);
    edge(true);
    assert_false(input.said);
    assert_int_equal(input_next_us(&input), now + MS);
    assert_int_equal(pass(MS), 1);
    assert_true(input.said && input.heard);
    edge(false);
    assert_int_equal(pass(39 * MS), 0);
    assert_int_equal(pass(MS), 1);
    assert_false(input.said);
    assert_true(input.heard);
}

/// Nobody looked in between: the edges' own times tell.
static void a_press_that_is_over_was_one(void **state)
{
    (void)state;
    begin(true, 40 * MS);
    input_hear(&input, true, now);
    input_hear(&input, false, now + MS);
    now += 200 * MS;
    assert_true(input_next_us(&input) <= now);
    assert_true(input_settle(&input, now));
    assert_true(input.said && input.heard);
    assert_true(input_settle(&input, now)); // and is released
    assert_false(input.said);
}

static void what_a_cable_picks_up_is_no_press(void **state)
{
    (void)state;
    begin(true, 40 * MS);
    for (int n = 0; n < 1000; n++) { // 0.9 ms in each 10: never 40 in 400
        edge(true);
        now += 900;
        edge(false);
        assert_int_equal(pass(9100), 0);
    }
    assert_false(input.heard);
}

static void what_a_stop_says_in_sum_counts(void **state)
{
    int pulses = 0;

    (void)state;
    begin(true, 40 * MS);
    while (!input.heard && pulses < 1000) { // 0.9 ms in each 1.8
        edge(true);
        now += 900;
        edge(false);
        now += 900;
        pulses++;
    }
    assert_in_range(pulses, 45, 46);
}

static void no_chatter_hides_a_stop(void **state)
{
    static const int64_t debounces[] = {0, MS, 5 * MS, 40 * MS, 1000 * MS};

    (void)state;
    for (size_t i = 0; i < sizeof debounces / sizeof *debounces; i++)
        for (int64_t half = MS; half <= 50 * MS; half += 3 * MS) {
            begin(true, debounces[i]);
            edge(true);
            (void)pass(half);
            edge(false);
            assert_true(input.heard);
        }
    begin(true, 0); // not filtered at all
    edge(true);
    assert_true(input.heard);
}

static void who_never_rests_is_restless(void **state)
{
    (void)state;
    begin(false, 40 * MS);
    for (bool on = true; now <= 7000000 + 900 * MS; on = !on) {
        assert_false(input_is_restless(&input, now));
        edge(on);
        assert_true(input_moves(&input, now));
        (void)pass(20 * MS);
    }
    edge(true);
    assert_true(input_is_restless(&input, now));
    (void)pass(40 * MS);
    assert_false(input_moves(&input, now));
    assert_false(input_is_restless(&input, now));
    (void)pass(1000 * MS);
    edge(false); // behind a rest: another burst
    assert_false(input_is_restless(&input, now));
}

static void an_edge_out_of_order_turns_no_time_back(void **state)
{
    (void)state;
    begin(true, 40 * MS);
    edge(true);
    input_hear(&input, false, now - 5 * MS);
    assert_int_equal(input.changed_us, now);
    assert_int_equal(pass(100 * MS), 0);
    assert_false(input.heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lasts_counts_from_its_first_edge),
        cmocka_unit_test(a_stop_waits_a_millisecond_and_its_release_longer),
        cmocka_unit_test(a_press_that_is_over_was_one),
        cmocka_unit_test(what_a_cable_picks_up_is_no_press),
        cmocka_unit_test(what_a_stop_says_in_sum_counts),
        cmocka_unit_test(no_chatter_hides_a_stop),
        cmocka_unit_test(who_never_rests_is_restless),
        cmocka_unit_test(an_edge_out_of_order_turns_no_time_back),
    };
    return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
