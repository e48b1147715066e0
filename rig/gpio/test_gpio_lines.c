// Requests that fail, each alone: two chips in memory, one of which can be taken away.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "rig/gpio/backend.h"

// --- chips --------------------------------------------------------------------------------------------------------

enum { REQUESTS = 4 };

struct chip {
    int on[GPIO_LINES];
    size_t count;
    int fails; ///< setting answers with this negative errno
};

static struct chip chips[REQUESTS];
static int opened;

int gpio_backend_open(const struct gpio_request *request, const char *consumer, void **out)
{
    (void)consumer;
    assert_true(opened < REQUESTS);
    struct chip *chip = &chips[opened++];
    memcpy(chip->on, request->on, sizeof chip->on);
    chip->count = request->count;
    *out = chip;
    return 0;
}

int gpio_backend_get(void *backend, size_t n)
{
    const struct chip *chip = backend;

    return chip->on[n];
}

int gpio_backend_set(void *backend, const int on[GPIO_LINES])
{
    struct chip *chip = backend;

    if (!chip->fails)
        memcpy(chip->on, on, sizeof chip->on);
    return chip->fails;
}

size_t gpio_backend_fds(void *backend, int fd[GPIO_LINES])
{
    (void)backend;
    (void)fd;
    return 0;
}

int gpio_backend_edge(void *backend, size_t n, size_t *line, bool *rising, int64_t *at_us)
{
    (void)backend;
    (void)n;
    (void)line;
    (void)rising;
    (void)at_us;
    return -ENODEV;
}

void gpio_backend_close(void *backend)
{
    struct chip *chip = backend;

    *chip = (struct chip){0};
}

// --- tests --------------------------------------------------------------------------------------------------------

/// Two relays on one chip, one of them the other way round, and one on another: three requests.
static const struct gpio_want wants[] = {
    {.place = {"one", 0}, .output = true, .on = true},
    {.place = {"one", 1}, .output = true, .on = true, .active_low = true},
    {.place = {"two", 0}, .output = true, .on = true},
    {.place = {"one", 2}, .output = true, .on = true}};
enum { WANTS = 4, FIRST = 0, TURNED = 1, OTHER = 2, BESIDE = 3 };

static struct gpio *gpio;

static int begin(void **state)
{
    size_t culprit;

    (void)state;
    opened = 0;
    return gpio_open(&gpio, "test", wants, WANTS, &culprit);
}

static int end(void **state)
{
    (void)state;
    gpio_close(gpio);
    return 0;
}

/// Whichever of them fails, all others go off, and the error is told.
static void one_that_fails_keeps_no_other_from_going_off(void **state)
{
    static const uint64_t request[] = {1u << FIRST | 1u << BESIDE, 1u << TURNED, 1u << OTHER};

    for (int bad = 0; bad < 3; bad++) {
        assert_int_equal(begin(state), 0);
        assert_int_equal(opened, 3);
        chips[bad].fails = -EIO;
        assert_int_equal(gpio_set(gpio, (1u << WANTS) - 1, 0), -EIO);
        for (size_t n = 0; n < WANTS; n++)
            assert_int_equal(gpio_get(gpio, n), request[bad] >> n & 1u);
        end(state);
    }
}

/// A line that could not be set is not set by the way, when another of its request is.
static void what_failed_is_not_done_by_the_way(void **state)
{
    assert_int_equal(begin(state), 0);
    chips[0].fails = -EIO;
    assert_int_equal(gpio_set(gpio, 1u << FIRST, 0), -EIO);
    chips[0].fails = 0;
    assert_int_equal(gpio_set(gpio, 1u << BESIDE, 0), 0);
    assert_int_equal(gpio_get(gpio, FIRST), 1);
    assert_int_equal(gpio_get(gpio, BESIDE), 0);
    end(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_fails_keeps_no_other_from_going_off),
        cmocka_unit_test(what_failed_is_not_done_by_the_way),
    };
    return cmocka_run_group_tests_name("gpio_lines", tests, NULL, NULL);
}
