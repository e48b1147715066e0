// A computer that keeps its outputs, and a bench without a watchdog line: nothing may be armed there.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig/verbs/persist.h"

static char root[] = "/tmp/test_persist.XXXXXX";

static void kernel_says(const char *driver, const char *word)
{
    char command[256];

    snprintf(command, sizeof command,
             "cd %s && mkdir -p sys/module/%s/parameters && echo %s > "
             "sys/module/%s/parameters/persist_gpio_outputs",
             root, driver, word, driver);
    assert_int_equal(system(command), 0);
}

static void a_bench_without_a_watchdog_is_not_armed_there(void **state)
{
    static struct bench bench;
    (void)state;

    assert_false(rig_dies_on(&bench, root)); // neither driver
    kernel_says("pinctrl_bcm2835", "N");
    assert_false(rig_dies_on(&bench, root));
    kernel_says("pinctrl_rp1", "Y");
    assert_true(rig_outputs_persist(root));
    assert_true(rig_dies_on(&bench, root));
    snprintf(bench.watchdog.line.address, sizeof bench.watchdog.line.address, "GPIO25");
    assert_false(rig_dies_on(&bench, root));
    bench.watchdog.line.address[0] = '\0';
    kernel_says("pinctrl_rp1", "N");
    kernel_says("pinctrl_bcm2835", "Y");
    assert_true(rig_dies_on(&bench, root));
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[64];
    (void)state;

    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bench_without_a_watchdog_is_not_armed_there)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
