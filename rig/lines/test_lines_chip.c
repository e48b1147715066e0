// Several relays that go off together, and edges that nobody tells of.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rig/lines/double_chip.h"
#include "rig/lines/lines.h"

// --- the bench ----------------------------------------------------------------------------------------------------

#define RULES "role: cut, switching_time: 400ms, min_off: 0s, cycles_per_hour: 0"
static const char text[] =
    "about: a double\nlink: {kind: none}\nrelays:\n"
    "  - {name: mains, domain: mains, line: L0, read_back: ac, min_on: 0s, " RULES "}\n"
    "  - {name: psu, domain: 24v, line: L1, read_back: dc, min_on: 0s, " RULES "}\n"
    "  - {name: board, domain: logic, line: L2, read_back: usb, min_on: 0s, " RULES "}\n"
    "senses:\n"
    "  - {name: ac, kind: power, domain: mains, line: L3, debounce: 1ms}\n"
    "  - {name: dc, kind: power, domain: 24v, line: L4, debounce: 1ms}\n"
    "  - {name: usb, kind: power, domain: logic, line: L5, debounce: 1ms}\n"
    "  - {name: stop, kind: estop, line: L6, debounce: 1ms}\n";

/// Three relays, their read-backs, a stop.
enum { RELAYS = 3, SENSE = RELAYS, STOP = 2 * RELAYS };

static struct bench bench;
static struct lines *lines;
static struct lab_error err;

/// All are on.
static int begin(void **state)
{
    struct lines_switched done;

    (void)state;
    chip = (struct double_chip){.late_us = {4000, 2000, 1000}, .shows = {0, 0, 0, 1, 2, 3}};
    if (bench_parse(&bench, "double", text, sizeof text - 1, &err) ||
        lines_open(&lines, &bench, NULL, NULL, &err))
        return -1;
    for (int32_t n = 0; n < RELAYS; n++)
        if (lines_switch(lines, n, true, &done, &err))
            return -1;
    chip.calls = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    chip.calls = 0;
    lines_close(lines);
    lab_error_clear(&err);
    return 0;
}

// --- together -----------------------------------------------------------------------------------------------------

/// The read-back of the first takes its time, and no other relay waits for that.
static void relays_of_a_cut_go_in_one_call(void **state)
{
    struct lines_switched done[BENCH_RELAYS];

    (void)state;
    chip.late_us[0] = 300000;
    assert_int_equal(lines_switch_off(lines, 3, false, done, &err), 0);
    assert_int_equal(chip.calls, 1);
    assert_int_equal(chip.call[0], 3);
    assert_false(lines_relay(lines, 0) || lines_relay(lines, 1));
    assert_true(lines_relay(lines, 2)); // was not asked for
    assert_int_equal(done[0].line_us, done[1].line_us);
    assert_int_equal(done[2].line_us, -1);
    for (int n = 0; n < 2; n++) { // its own time behind an instant within the call
        int64_t within_us = done[n].sense_us - chip.late_us[n];
        assert_true(within_us <= done[n].line_us);
        assert_true(within_us >= done[n].line_us - done[n].line_doubt_us);
    }
}

/// Each is read back by itself: one that is welded hides neither itself nor when the other went.
static void one_that_is_welded_is_named(void **state)
{
    struct lines_switched done[BENCH_RELAYS];

    (void)state;
    chip.stuck[0] = true;
    assert_int_equal(lines_switch_off(lines, 3, false, done, &err), -EIO);
    assert_non_null(strstr(err.message, "relay 'mains' was switched off, and ac did not follow"));
    assert_int_equal(done[0].sense_us, -1);
    assert_true(done[1].sense_us > 0);
    assert_false(chip.level[SENSE + 1]);
    chip.stuck[0] = chip.level[SENSE] = false;
}

static void none_opens_when_one_may_not(void **state)
{
    struct lines_switched done[BENCH_RELAYS];

    (void)state;
    bench.relay[1].min_on_us = 60000000;
    assert_int_equal(lines_switch_off(lines, 3, false, done, &err), -EAGAIN);
    assert_non_null(strstr(err.message, "relay 'psu' may not be switched off"));
    assert_int_equal(chip.calls, 0);
    assert_true(lines_relay(lines, 0) && lines_relay(lines, 1));
    assert_int_equal(done[0].line_us, -1);
    assert_int_equal(lines_switch_off(lines, 3, true, done, &err), 0); // unless nobody asks it
    assert_false(lines_relay(lines, 0) || lines_relay(lines, 1));
}

// --- edges that nobody tells of -----------------------------------------------------------------------------------

/// The lines themselves are looked at, every 100 ms, or every 200 ms while edges come.
static void edges_that_were_lost_are_noticed(void **state)
{
    char why[120];

    (void)state;
    chip.loses = true;
    assert_false(lines_alarm(lines, why, sizeof why));
    chip.edge_us[STOP] = lines_now_us() + 5000;
    int64_t until = lines_now_us() + 250000;
    while (lines_now_us() < until && !lines_alarm(lines, why, sizeof why))
        (void)lines_listen(lines, lines_now_us() + 10000);
    assert_true(lines_alarm(lines, why, sizeof why));
    assert_string_equal(why, "stop is pressed");
    chip.loses = false;
}

static void a_read_back_whose_edge_was_lost_has_followed(void **state)
{
    struct lines_switched done;

    (void)state;
    chip.loses = true;
    assert_int_equal(lines_switch(lines, 1, false, &done, &err), 0);
    chip.loses = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(relays_of_a_cut_go_in_one_call, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_welded_is_named, begin, end),
        cmocka_unit_test_setup_teardown(none_opens_when_one_may_not, begin, end),
        cmocka_unit_test_setup_teardown(edges_that_were_lost_are_noticed, begin, end),
        cmocka_unit_test_setup_teardown(a_read_back_whose_edge_was_lost_has_followed, begin, end),
    };
    return cmocka_run_group_tests_name("lines_chip", tests, NULL, NULL);
}
