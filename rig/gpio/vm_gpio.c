// GPIO on the kernel's simulated chips: the same tests for both of libgpiod's interfaces. Run by ci/gpio-vm.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig/gpio/gpio.h"
#include "rig/gpio/sim_chip.h"

static struct sim_chip header, relays;
static struct gpio *gpio;
static size_t culprit;

static int make_chips(void **state)
{
    (void)state;
    return !sim_chip_make(&header, "header", "pinctrl-bcm2711", 28, "GPIO") ||
           !sim_chip_make(&relays, "relays", "relay-board", 8, "RELAY");
}

static int remove_chips(void **state)
{
    (void)state;
    sim_chip_remove(&header);
    sim_chip_remove(&relays);
    return 0;
}

static int close_lines(void **state)
{
    (void)state;
    gpio_close(gpio);
    gpio = NULL;
    for (uint32_t i = 0; i < header.lines; i++)
        sim_chip_pull(&header, i, false);
    for (uint32_t i = 0; i < relays.lines; i++)
        sim_chip_pull(&relays, i, false);
    return 0;
}

static struct gpio_want want(const char *address, bool output)
{
    struct gpio_want out = {.output = output};
    char why[160];

    if (gpio_find(address, &out.place, why, sizeof why))
        fail_msg("%s: %s", address, why);
    return out;
}

static void open_all(const struct gpio_want *wants, size_t count)
{
    int bad = gpio_open(&gpio, "plr-rig test", wants, count, &culprit);
    if (bad)
        fail_msg("want %zu: %s", culprit, strerror(-bad));
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// --- finding ------------------------------------------------------------------------------------------------------

static void chips_have_labels(void **state)
{
    struct gpio_chip chip[GPIO_CHIPS];
    struct gpio_line_info line;

    (void)state;
    assert_int_equal(gpio_chips(chip), 2);
    for (int i = 0; i < 2; i++) {
        bool first = !strcmp(chip[i].label, "pinctrl-bcm2711");
        assert_true(first || !strcmp(chip[i].label, "relay-board"));
        assert_int_equal(chip[i].lines, first ? 28 : 8);
        assert_int_equal(gpio_line(chip[i].path, 3, &line), 0);
        assert_string_equal(line.name, first ? "GPIO3" : "RELAY3");
        assert_false(line.used);
        assert_true(gpio_line(chip[i].path, 28, &line) < 0);
    }
}

static void lines_are_found_by_name_or_label(void **state)
{
    struct gpio_place place, same;
    char why[160];

    (void)state;
    assert_int_equal(gpio_find("GPIO17", &place, why, sizeof why), 0);
    assert_int_equal(place.offset, 17);
    assert_int_equal(gpio_find("pinctrl-bcm2711/17", &same, why, sizeof why), 0);
    assert_string_equal(same.path, place.path);
    assert_int_equal(same.offset, 17);
    assert_int_equal(gpio_find("relay-board/RELAY7", &same, why, sizeof why), 0);
    assert_string_not_equal(same.path, place.path);
    assert_int_equal(same.offset, 7);
}

static void what_is_no_line_is_explained(void **state)
{
    static const struct {
        const char *address;
        int bad;
        const char *says;
    } cases[] = {{"GPIO99", -ENOENT, "no GPIO chip here has a line 'GPIO99'"},
                 {"pinctrl-bcm2711/28", -ENOENT, "has a line '28'"},
                 {"pinctrl-rp1/17", -ENOENT, "no GPIO chip here has the label 'pinctrl-rp1'"},
                 {"gpiochip0/17", -EINVAL, "call it by its label, '"},
                 {"17", -EINVAL, "a line is NAME, LABEL/OFFSET or LABEL/NAME"},
                 {"pinctrl-bcm2711/17x", -EINVAL, "a line is NAME"},
                 {"/GPIO17", -EINVAL, "a line is NAME"},
                 {"pinctrl-bcm2711/", -EINVAL, "a line is NAME"},
                 {"", -EINVAL, "a line is NAME"}};
    struct gpio_place place;
    char why[160];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(gpio_find(cases[i].address, &place, why, sizeof why), cases[i].bad);
        if (!strstr(why, cases[i].says))
            fail_msg("'%s': '%s' does not say '%s'", cases[i].address, why, cases[i].says);
    }
}

static void a_name_on_two_chips_is_no_address(void **state)
{
    struct sim_chip twin;
    struct gpio_place place;
    char why[160];

    (void)state;
    assert_true(sim_chip_make(&twin, "twin", "expander", 4, "GPIO"));
    assert_int_equal(gpio_find("GPIO3", &place, why, sizeof why), -EEXIST);
    assert_non_null(strstr(why, "2 chips have a line 'GPIO3'"));
    assert_int_equal(gpio_find("expander/GPIO3", &place, why, sizeof why), 0);
    assert_int_equal(gpio_find("GPIO4", &place, why, sizeof why), 0);
    sim_chip_remove(&twin);
}

// --- outputs ------------------------------------------------------------------------------------------------------

static void each_output_has_its_own_value(void **state)
{
    struct gpio_want wants[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        wants[i] = want((const char *[]){"GPIO4", "GPIO17", "RELAY0", "RELAY5"}[i], true);
    wants[1].on = true;
    open_all(wants, 4);
    for (uint64_t on = 0; on < 16; on++) {
        assert_int_equal(gpio_set(gpio, 0xf, on), 0);
        for (uint32_t i = 0; i < 4; i++) {
            int level = sim_chip_level(i < 2 ? &header : &relays, wants[i].place.offset);
            assert_int_equal(level, on >> i & 1u);
            assert_int_equal(gpio_get(gpio, i), on >> i & 1u);
        }
    }
    // one of several: the others stay
    assert_int_equal(gpio_set(gpio, 0xf, 0xf), 0);
    assert_int_equal(gpio_set(gpio, 1u << 1, 0), 0);
    assert_int_equal(sim_chip_level(&header, 4), 1);
    assert_int_equal(sim_chip_level(&header, 17), 0);
    assert_int_equal(sim_chip_level(&relays, 0), 1);
}

static void outputs_begin_with_their_value(void **state)
{
    struct gpio_want wants[] = {want("GPIO4", true), want("GPIO5", true)};

    (void)state;
    wants[1].on = true;
    open_all(wants, 2);
    assert_int_equal(sim_chip_level(&header, 4), 0);
    assert_int_equal(sim_chip_level(&header, 5), 1);
}

static void active_low_turns_both_ways(void **state)
{
    struct gpio_want wants[] = {want("GPIO4", true), want("GPIO5", false), want("GPIO6", true)};

    (void)state;
    wants[0].active_low = wants[1].active_low = true;
    open_all(wants, 3);
    assert_int_equal(sim_chip_level(&header, 4), 1); // off is high
    assert_int_equal(gpio_set(gpio, 1, 1), 0);
    assert_int_equal(sim_chip_level(&header, 4), 0);
    assert_int_equal(sim_chip_level(&header, 6), 0); // the other polarity is another request
    sim_chip_pull(&header, 5, true);
    assert_int_equal(gpio_get(gpio, 1), 0);
    sim_chip_pull(&header, 5, false);
    assert_int_equal(gpio_get(gpio, 1), 1);
}

static void inputs_are_not_set(void **state)
{
    struct gpio_want wants[] = {want("GPIO4", false)};

    (void)state;
    open_all(wants, 1);
    assert_int_equal(gpio_set(gpio, 1, 1), -EINVAL);
}

/// What a relay sees when the rig dies: the line falls back to its pull.
static void a_killed_owner_lets_go(void **state)
{
    (void)state;
    for (int up = 0; up < 2; up++) {
        int ready[2];
        char byte;
        assert_int_equal(pipe(ready), 0);
        sim_chip_pull(&header, 4, up);
        pid_t child = fork();
        if (child == 0) {
            struct gpio_want wants[] = {want("GPIO4", true)};
            wants[0].on = !up;
            if (gpio_open(&gpio, "child", wants, 1, &culprit) || write(ready[1], "x", 1) != 1)
                _exit(1);
            pause();
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        assert_int_equal(sim_chip_level(&header, 4), !up);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        assert_int_equal(sim_chip_level(&header, 4), up);
        close(ready[0]);
        close(ready[1]);
    }
}

static void a_held_line_is_busy(void **state)
{
    struct gpio_want wants[] = {want("RELAY1", true), want("GPIO4", true), want("GPIO5", false)};
    struct gpio_line_info line;
    struct gpio *other;

    (void)state;
    open_all(&wants[1], 1);
    assert_int_equal(gpio_line(wants[1].place.path, 4, &line), 0);
    assert_true(line.used);
    assert_true(line.output);
    assert_string_equal(line.consumer, "plr-rig test");
    assert_int_equal(gpio_open(&other, "second", wants, 3, &culprit), -EBUSY);
    assert_int_equal(culprit, 1);
    // nothing of the request that failed is kept
    assert_int_equal(gpio_open(&other, "second", wants, 1, &culprit), 0);
    gpio_close(other);
}

// --- edges --------------------------------------------------------------------------------------------------------

static void edges_come_with_the_kernels_time(void **state)
{
    struct gpio_want wants[] = {want("GPIO4", true), want("GPIO20", false), want("GPIO21", false),
                                want("RELAY2", false)};
    struct gpio_edge edge;

    (void)state;
    wants[1].edges = wants[2].edges = wants[3].edges = true;
    wants[2].active_low = true;
    open_all(wants, 4);
    assert_int_equal(gpio_edge(gpio, -1, 0, &edge), 0);
    for (int n = 0; n < 40; n++) {
        uint32_t which = 1 + (uint32_t)n % 3;
        bool up = n % 6 < 3;
        int64_t before = now_us();
        assert_true(sim_chip_pull(which == 3 ? &relays : &header, wants[which].place.offset, up));
        assert_int_equal(gpio_edge(gpio, -1, 2000000, &edge), 1);
        assert_int_equal(edge.line, which);
        assert_int_equal(edge.on, which == 2 ? !up : up);
        assert_in_range(edge.at_us, before, now_us());
    }
    assert_int_equal(gpio_edge(gpio, -1, 1000, &edge), 0);
}

static void edges_wait_their_turn(void **state)
{
    struct gpio_want wants[] = {want("GPIO20", false)};
    struct gpio_edge edge;
    int64_t last = 0;

    (void)state;
    wants[0].edges = true;
    open_all(wants, 1);
    for (int n = 0; n < 8; n++) {
        sim_chip_pull(&header, 20, n % 2 == 0);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    for (int n = 0; n < 8; n++) {
        assert_int_equal(gpio_edge(gpio, -1, 1000000, &edge), 1);
        assert_int_equal(edge.on, n % 2 == 0);
        assert_true(edge.at_us > last);
        last = edge.at_us;
    }
}

static void a_chip_that_is_taken_away_is_seen(void **state)
{
    struct sim_chip gone;
    struct gpio_edge edge;

    (void)state;
    assert_true(sim_chip_make(&gone, "gone", "usb-expander", 4, "EXP"));
    struct gpio_want wants[] = {want("EXP0", true), want("EXP1", false)};
    wants[1].edges = true;
    open_all(wants, 2);
    sim_chip_remove(&gone);
    int said = gpio_set(gpio, 1, 1);
    int heard = gpio_edge(gpio, -1, 100000, &edge);
    print_message("chip gone: set says %d, edge says %d\n", said, heard);
    assert_true(said < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(chips_have_labels, close_lines),
        cmocka_unit_test_teardown(lines_are_found_by_name_or_label, close_lines),
        cmocka_unit_test_teardown(what_is_no_line_is_explained, close_lines),
        cmocka_unit_test_teardown(a_name_on_two_chips_is_no_address, close_lines),
        cmocka_unit_test_teardown(each_output_has_its_own_value, close_lines),
        cmocka_unit_test_teardown(outputs_begin_with_their_value, close_lines),
        cmocka_unit_test_teardown(active_low_turns_both_ways, close_lines),
        cmocka_unit_test_teardown(inputs_are_not_set, close_lines),
        cmocka_unit_test_teardown(a_killed_owner_lets_go, close_lines),
        cmocka_unit_test_teardown(a_held_line_is_busy, close_lines),
        cmocka_unit_test_teardown(edges_come_with_the_kernels_time, close_lines),
        cmocka_unit_test_teardown(edges_wait_their_turn, close_lines),
        cmocka_unit_test_teardown(a_chip_that_is_taken_away_is_seen, close_lines),
    };
    return cmocka_run_group_tests_name("gpio", tests, make_chips, remove_chips);
}
