// When a relay's line was driven: between the instants before and behind the call that drives it.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "rig/lines/double_chip.h"
#include "rig/lines/lines.h"

/// A call takes so long; the contact follows so long behind its beginning.
enum { CALL_US = 5000, SET_US = 20000 };

static const char text[] =
    "about: a double\nlink: {kind: none}\nrelays:\n"
    "  - {name: mains, domain: mains, role: cut, line: L0, read_back: ac,\n"
    "     switching_time: 2s, min_on: 0s, min_off: 0s}\n"
    "senses: [{name: ac, kind: power, domain: mains, line: L1, debounce: 1ms}]\n";

static struct bench bench;
static struct lines *lines;
static struct lab_error err;

static int begin(void **state)
{
    (void)state;
    chip = (struct double_chip){.set_us = CALL_US, .late_us = {SET_US}, .shows = {0, 1}};
    return bench_parse(&bench, "double", text, sizeof text - 1, &err) ||
           lines_open(&lines, &bench, NULL, NULL, &err);
}

static int end(void **state)
{
    (void)state;
    lines_close(lines);
    lab_error_clear(&err);
    return 0;
}

static void a_line_was_driven_behind_its_call_at_the_latest(void **state)
{
    struct lines_switched done;
    struct lines_edge edge[LINES_EDGES];
    uint64_t lost;

    (void)state;
    int64_t before = lines_now_us();
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), 0);
    assert_true(done.line_us - before >= CALL_US);
    assert_in_range(done.line_doubt_us, CALL_US, done.line_us - before);
    assert_true(done.sense_us - done.line_us <= SET_US - CALL_US);
    assert_true(lines_edges(lines, edge, LINES_EDGES, &lost) == 2);
    assert_int_equal(edge[0].at_us, done.line_us);
}

/// The same of those that go off together.
static void all_off_is_dated_behind_its_call(void **state)
{
    struct lines_switched done;
    struct lines_edge edge[LINES_EDGES];
    uint64_t lost;

    (void)state;
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), 0);
    int64_t before = lines_now_us();
    assert_int_equal(lines_all_off(lines, &err), 0);
    assert_true(lines_edges(lines, edge, LINES_EDGES, &lost) == 4);
    assert_true(edge[2].relay && edge[2].at_us - before >= CALL_US);
}

/// A contact that followed within the call followed within the doubt, not before its line.
static void no_contact_is_faster_than_its_line(void **state)
{
    struct lines_switched done;

    (void)state;
    chip.set_us = 10000;
    chip.late_us[0] = 3000;
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), 0);
    assert_in_range(done.line_us - done.sense_us, 1, done.line_doubt_us);
}

/// Its switching time counts from the earlier one.
static void a_call_that_hangs_excuses_no_late_contact(void **state)
{
    struct lines_switched done;

    (void)state;
    bench.relay[0].switching_us = 50000;
    chip.set_us = 40000;
    chip.late_us[0] = 70000;
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), -EIO);
    lab_error_clear(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_was_driven_behind_its_call_at_the_latest, begin,
                                        end),
        cmocka_unit_test_setup_teardown(all_off_is_dated_behind_its_call, begin, end),
        cmocka_unit_test_setup_teardown(no_contact_is_faster_than_its_line, begin, end),
        cmocka_unit_test_setup_teardown(a_call_that_hangs_excuses_no_late_contact, begin, end),
    };
    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
