// The GPIO chip of tests.
// SPDX-License-Identifier: MIT
#include "rig/lines/double_chip.h"

#include <stdlib.h>
#include <time.h>

#include "rig/gpio/gpio.h"
#include "rig/lines/lines.h"

struct double_chip chip;

int gpio_find(const char *address, struct gpio_place *out, char *why, size_t room)
{
    if (room)
        why[0] = '\0';
    *out = (struct gpio_place){"/dev/double", (uint32_t)atoi(address + 1)};
    return chip.find;
}

int gpio_line(const char *path, uint32_t offset, struct gpio_line_info *out)
{
    (void)path;
    (void)offset;
    *out = (struct gpio_line_info){.used = chip.held || chip.open};
    return 0;
}

int gpio_open(struct gpio **out, const char *consumer, const struct gpio_want *want, size_t count,
              size_t *culprit)
{
    (void)consumer;
    *culprit = 0;
    for (size_t i = 0; i < count; i++)
        if (want[i].place.offset != i) // these tests think of both as one
            abort();
    chip.held = !chip.open;
    *out = chip.open ? NULL : (struct gpio *)&chip;
    return chip.open;
}

void gpio_close(struct gpio *gpio)
{
    (void)gpio;
    chip.held = false;
}

int gpio_get(struct gpio *gpio, size_t line)
{
    (void)gpio;
    return chip.get ? chip.get : chip.level[line];
}

static void nap_until(int64_t at_us)
{
    int64_t us = at_us - lines_now_us();

    if (us > 0)
        nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

/// An output is driven; what shows its contact follows.
static void drive(int line, bool level, int64_t now_us)
{
    if (chip.level[line] == level)
        return;
    chip.level[line] = level;
    for (int n = 0; n < CHIP_LINES; n++)
        if (chip.shows[n] == 1 + line && !chip.stuck[line])
            chip.edge_us[n] = now_us + chip.late_us[line];
}

int gpio_set(struct gpio *gpio, uint64_t lines, uint64_t on)
{
    int64_t now_us = lines_now_us();

    (void)gpio;
    chip.call[chip.calls++ % CHIP_CALLS] = lines;
    for (int n = 0; n < CHIP_LINES && !chip.set; n++)
        if (lines >> n & 1u)
            drive(n, on >> n & 1u, now_us);
    nap_until(now_us + chip.set_us);
    return chip.set;
}

/// The input that follows next, and takes no longer than that; -1 none.
static int next_edge(int64_t until_us)
{
    int next = -1;

    for (int n = 0; n < CHIP_LINES; n++)
        if (chip.edge_us[n] && chip.edge_us[n] <= until_us &&
            (next < 0 || chip.edge_us[n] < chip.edge_us[next]))
            next = n;
    return next;
}

int gpio_edge(struct gpio *gpio, int beside, int64_t timeout_us, struct gpio_edge *out)
{
    int64_t until_us = lines_now_us() + timeout_us;
    int next;

    (void)gpio;
    (void)beside;
    while ((next = next_edge(until_us)) >= 0) {
        int64_t at_us = chip.edge_us[next];
        nap_until(at_us);
        chip.edge_us[next] = 0;
        chip.level[next] = chip.shows[next] ? chip.level[chip.shows[next] - 1] : !chip.level[next];
        *out = (struct gpio_edge){(size_t)next, chip.level[next], at_us};
        if (!chip.loses)
            return 1;
    }
    nap_until(until_us);
    return 0;
}
