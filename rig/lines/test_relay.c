// When a relay's line was driven: between the instants before and behind the call that drives it.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "rig/lines/lines.h"

// --- a chip whose calls take their time ---------------------------------------------------------------------------

enum { RELAY, SENSE, SET_MS = 20, CALL_MS = 5 };

struct gpio {
    bool level[2];
    bool told;
    int64_t edge_us;
    int set_ms, edge_ms; ///< a call takes so long; the contact follows so long behind its beginning
};

static struct gpio the_gpio;

static void nap(int64_t us)
{
    if (us > 0)
        nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

int gpio_find(const char *address, struct gpio_place *out, char *why, size_t room)
{
    (void)room;
    why[0] = '\0';
    *out = (struct gpio_place){"chip", !strcmp(address, "SENSE")};
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
    (void)want;
    (void)count;
    (void)culprit;
    *out = &the_gpio;
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
    bool level = on >> RELAY & 1u;

    if (lines >> RELAY & 1u && level != gpio->level[RELAY]) {
        gpio->level[RELAY] = level;
        gpio->told = false;
        gpio->edge_us = lines_now_us() + gpio->edge_ms * 1000;
    }
    nap(gpio->set_ms * 1000);
    return 0;
}

int gpio_edge(struct gpio *gpio, int beside, int64_t timeout_us, struct gpio_edge *out)
{
    int64_t left = gpio->edge_us - lines_now_us();

    (void)beside;
    if (gpio->told || left > timeout_us) {
        nap(timeout_us);
        return 0;
    }
    nap(left);
    gpio->told = true;
    gpio->level[SENSE] = gpio->level[RELAY];
    *out = (struct gpio_edge){SENSE, gpio->level[SENSE], gpio->edge_us};
    return 1;
}

// --- tests --------------------------------------------------------------------------------------------------------

static const char text[] =
    "about: a double\nlink: {kind: none}\nrelays:\n"
    "  - {name: mains, domain: mains, role: cut, line: RELAY, read_back: ac,\n"
    "     switching_time: 2s, min_on: 0s, min_off: 0s}\n"
    "senses: [{name: ac, kind: power, domain: mains, line: SENSE, debounce: 1ms}]\n";

static struct bench bench;
static struct lines *lines;
static struct lab_error err;

static int begin(void **state)
{
    (void)state;
    the_gpio = (struct gpio){.told = true, .set_ms = CALL_MS, .edge_ms = SET_MS};
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
    assert_true(done.line_us - before >= CALL_MS * 1000);
    assert_in_range(done.line_doubt_us, CALL_MS * 1000, done.line_us - before);
    assert_true(done.sense_us - done.line_us <= (SET_MS - CALL_MS) * 1000);
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
    assert_true(edge[2].relay && edge[2].at_us - before >= CALL_MS * 1000);
}

/// A contact that followed within the call followed within the doubt, not before its line.
static void no_contact_is_faster_than_its_line(void **state)
{
    struct lines_switched done;

    (void)state;
    the_gpio.set_ms = 10;
    the_gpio.edge_ms = 3;
    assert_int_equal(lines_switch(lines, 0, true, &done, &err), 0);
    assert_in_range(done.line_us - done.sense_us, 1, done.line_doubt_us);
}

/// Its switching time counts from the earlier one.
static void a_call_that_hangs_excuses_no_late_contact(void **state)
{
    struct lines_switched done;

    (void)state;
    bench.relay[0].switching_us = 50000;
    the_gpio.set_ms = 40;
    the_gpio.edge_ms = 70;
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
