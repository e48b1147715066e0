// What the tests of the served printer share: a printer, its serial line, and a host that wakes now and then.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_TEST_SERVED_H
#define SIM_SERVE_TEST_SERVED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/serve/marlin.h"
#include "sim/test_sim.h"

static const char served_scenario[] = "scenarios/voron24_unusual_modes.yaml";
static const char *const served_sets[] = {"sim.gantry=quasistatic"};

static struct printer printer;
static struct marlin marlin;

static inline void open_with(const char *const *sets, size_t n)
{
    struct lab_error err = {0};

    if (printer_open(&printer, served_scenario, NULL, sets, n, NULL, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
    marlin_open(&marlin, &printer);
}

static inline int open_printer(void **state)
{
    (void)state;
    open_with(served_sets, 1);
    return 0;
}

static inline int close_printer(void **state)
{
    (void)state;
    printer_close(&printer);
    return 0;
}

/// As serve's loop does.
static inline void live(int64_t until_us)
{
    bool more = true;

    while (more) {
        int64_t due_us = marlin_due(&marlin), to_us = due_us < until_us ? due_us : until_us;
        more = printer_step(&printer, to_us);
        marlin_turn(&marlin);
        more |= to_us < until_us || (!printer.turned && printer_alive(&printer));
    }
}

/// The same in grains, as a host wakes.
static inline void live_in(int64_t until_us, int64_t grain_us)
{
    for (int64_t t_us = printer.t_us; t_us < until_us; t_us += grain_us)
        live(t_us);
    live(until_us);
}

static inline const char *said(void)
{
    marlin.out[marlin.said] = '\0';
    marlin.said = 0;
    return marlin.out;
}

static inline const char *ask(const char *line)
{
    char text[300];

    snprintf(text, sizeof text, "%s\n", line);
    assert_int_equal(marlin_hear(&marlin, text, strlen(text)), strlen(text));
    live(printer.t_us);
    return said();
}

static inline void asserts(const char *line, const char *answer)
{
    const char *got = ask(line);
    if (!strstr(got, answer))
        fail_msg("%s: no '%s' in '%s'", line, answer, got);
}

#endif
