// Several relays that go off together, and edges that nobody tells of: a chip in memory, whose contacts each take their time.
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

#include "rig/lines/lines.h"

// --- the chip -----------------------------------------------------------------------------------------------------

enum { RELAYS = 3, SENSE = RELAYS, LINES = 2 * RELAYS + 1, STOP = LINES - 1, CALLS = 16 };

/// Line n is a relay's, line SENSE + n shows its contact.
struct gpio {
    bool level[LINES];
    int64_t edge_us[LINES]; ///< an input follows then; INT64_MAX it does not
    int64_t late_us[RELAYS];
    bool stuck[RELAYS];
    bool loses; ///< tells of no edge
    uint64_t call[CALLS];
    int calls;
};

static struct gpio chip;

int gpio_find(const char *address, struct gpio_place *out, char *why, size_t room)
{
    (void)room;
    why[0] = '\0';
    *out = (struct gpio_place){"chip", (uint32_t)atoi(address + 1)};
    return 0;
}

int gpio_line(const char *path, uint32_t offset, struct gpio_line_info *out)
{
    (void)path;
    (void)offset;
    *out = (struct gpio_line_info){0};
    return 0;
}

int gpio_open(struct gpio **out, const char *consumer, const struct gpio_want *want, size_t count,
              size_t *culprit)
{
    (void)consumer;
    (void)culprit;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(want[i].place.offset, i); // as the bench file has them
    *out = &chip;
    return 0;
}

void gpio_close(struct gpio *gpio)
{
    (void)gpio;
}

int gpio_get(struct gpio *gpio, size_t line)
{
    return gpio->level[line];
}

int gpio_set(struct gpio *gpio, uint64_t lines, uint64_t on)
{
    assert_true(gpio->calls < CALLS);
    gpio->call[gpio->calls++] = lines;
    for (int n = 0; n < RELAYS; n++) {
        bool level = on >> n & 1u;
        if (!(lines >> n & 1u) || gpio->level[n] == level)
            continue;
        gpio->level[n] = level;
        if (!gpio->stuck[n])
            gpio->edge_us[SENSE + n] = lines_now_us() + gpio->late_us[n];
    }
    return 0;
}

/// The input that follows next, and takes no longer than that.
static int next_edge(const struct gpio *gpio, int64_t until_us)
{
    int next = -1;

    for (int n = SENSE; n < LINES; n++)
        if (gpio->edge_us[n] <= until_us && (next < 0 || gpio->edge_us[n] < gpio->edge_us[next]))
            next = n;
    return next;
}

static void nap_until(int64_t at_us)
{
    int64_t us = at_us - lines_now_us();

    if (us > 0)
        nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

int gpio_edge(struct gpio *gpio, int beside, int64_t timeout_us, struct gpio_edge *out)
{
    int64_t until = lines_now_us() + timeout_us;
    int next;

    (void)beside;
    while ((next = next_edge(gpio, until)) >= 0) {
        int64_t at = gpio->edge_us[next];
        nap_until(at);
        gpio->edge_us[next] = INT64_MAX;
        gpio->level[next] = next == STOP || gpio->level[next - SENSE];
        *out = (struct gpio_edge){(size_t)next, gpio->level[next], at};
        if (!gpio->loses)
            return 1;
    }
    nap_until(until);
    return 0;
}

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

static struct bench bench;
static struct lines *lines;
static struct lab_error err;

/// All are on.
static int begin(void **state)
{
    struct lines_switched done;

    (void)state;
    chip = (struct gpio){.late_us = {4000, 2000, 1000}};
    for (int n = 0; n < LINES; n++)
        chip.edge_us[n] = INT64_MAX;
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
