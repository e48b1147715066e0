// Opening the lines of a bench over a GPIO chip that fails as it is told to.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig/lines/double_chip.h"
#include "rig/lines/lines.h"
#include "rig/run/call.h"

static const char text[] = "about: a double\n"
                           "relays:\n"
                           "  - {name: mains, domain: mains, role: cut, line: L0, read_back: ac, "
                           "cycles_per_hour: 0}\n"
                           "senses:\n"
                           "  - {name: ac, kind: power, domain: mains, line: L1}\n"
                           "link: {kind: none}\n";

// --- opening ------------------------------------------------------------------------------------------------------

/// -EIO is for those who must not let a watchdog go: whoever could not request a line has switched nothing.
static void only_an_unknown_off_is_eio(void **state)
{
    static const struct {
        int find, open, get, set, want;
    } cases[] = {{0, 0, 0, 0, 0},           {-ENOENT, 0, 0, 0, -ENOENT},
                 {0, -EBUSY, 0, 0, -EBUSY}, {0, -EACCES, 0, 0, -EACCES},
                 {0, -ENODEV, 0, 0, -EIO},  {0, -ENXIO, 0, 0, -EIO},
                 {0, 0, -ENODEV, 0, -EIO},  {0, 0, -EINVAL, 0, -EIO},
                 {0, 0, 1, 0, -EIO}, // the contact is welded
                 {0, 0, 0, -ENODEV, -EIO}};
    struct bench bench;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_error err = {0};
        struct lines *lines = NULL;
        assert_int_equal(bench_parse(&bench, "double.yaml", text, sizeof text - 1, &err), 0);
        chip = (struct double_chip){
            .find = cases[i].find, .open = cases[i].open, .get = cases[i].get, .set = cases[i].set};
        assert_int_equal(lines_open(&lines, &bench, NULL, NULL, &err), cases[i].want);
        assert_int_equal(lab_error_set(&err), cases[i].want != 0);
        if (cases[i].want == -EIO && !cases[i].open)
            assert_true(chip.calls > 0); // nobody gives up before it was tried
        lines_close(lines);
        assert_false(chip.held);
    }
}

// --- how long an end may take -------------------------------------------------------------------------------------

/// Seconds behind a key of the service's unit.
static int seconds_of(const char *key)
{
    FILE *unit = fopen("rig/install/plr-rig@.service", "r");
    char line[256];
    int seconds = -1;

    assert_non_null(unit);
    while (fgets(line, sizeof line, unit))
        if (!strncmp(line, key, strlen(key)))
            seconds = atoi(line + strlen(key));
    fclose(unit);
    return seconds;
}

/// A relay that is just being switched, then everything, a second of beeper, and somebody who is called: systemd kills nobody before.
static void a_service_has_the_time_to_switch_off(void **state)
{
    (void)state;
    assert_true(seconds_of("TimeoutStopSec=") >= 2 * LINES_OFF_S + 1 + RUN_CALL_S);
    assert_true(seconds_of("WatchdogSec=") >=
                2 * LINES_FOLLOW_S); // in which nobody says that we live
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_an_unknown_off_is_eio),
                                       cmocka_unit_test(a_service_has_the_time_to_switch_off)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
