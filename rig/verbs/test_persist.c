// A computer that keeps its outputs, and a bench without a watchdog line: nothing may be armed there.
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

#include "rig/verbs/persist.h"

static char root[] = "/tmp/test_persist.XXXXXX";
static char why[RIG_PERSIST_WHY];
static struct bench bench;

/// "LABEL/0" is on the chip with that label.
int gpio_label(const char *address, char label[GPIO_NAME])
{
    const char *slash = strchr(address, '/');

    if (!slash)
        return -ENOENT;
    snprintf(label, GPIO_NAME, "%.*s", (int)(slash - address), address);
    return 0;
}

static void kernel_says(const char *driver, const char *word)
{
    char command[256];

    snprintf(command, sizeof command,
             "cd %s && mkdir -p sys/module/%s/parameters && echo %s > "
             "sys/module/%s/parameters/persist_gpio_outputs",
             root, driver, word, driver);
    assert_int_equal(system(command), 0);
}

static int fresh(void **state)
{
    (void)state;
    bench = (struct bench){0};
    kernel_says("pinctrl_bcm2835", "N");
    kernel_says("pinctrl_rp1", "N");
    return 0;
}

/// A relay of the bench; without a line, of commands.
static struct bench_relay *relay(const char *line, enum bench_domain domain, enum bench_role role)
{
    struct bench_relay *out = &bench.relay[bench.relays++];

    out->domain = (uint8_t)domain;
    out->role = (uint8_t)role;
    snprintf(out->name, sizeof out->name, "r%d", (int)bench.relays);
    snprintf(out->line.address, sizeof out->line.address, "%s", line);
    return out;
}

static bool dies_on(void)
{
    why[0] = '\0';
    return rig_dies_on(&bench, root, why);
}

static void a_chip_is_trusted_by_its_label(void **state)
{
    static const struct {
        const char *line, *persists;
        bool stays;
        const char *says;
    } row[] = {
        {"pinctrl-bcm2711/17", "", false, ""},
        {"pinctrl-bcm2835/17", "", false, ""},
        {"pinctrl-rp1/17", "", false, ""},
        {"gpio-sim.0-node0/1", "", false, ""},
        {"pinctrl-bcm2711/17", "pinctrl_bcm2835", true, "(pinctrl-bcm2711) is told to keep"},
        {"pinctrl-bcm2711/17", "pinctrl_rp1", false, ""}, // another chip's
        {"pinctrl-rp1/17", "pinctrl_rp1", true, "strict_gpiod"},
        {"pca9535/0", "", true, "whether its chip (pca9535) keeps"},
        {"mcp23017/0", "", true, "mcp23017"},
        {"pinctrl-rp1b/0", "", true, "pinctrl-rp1b"},
        {"not_there", "", false, ""}, // who requests it says so
        {"", "", true, "'r1' may stay on when plr-rig is killed (a command switches it)"},
    };

    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        fresh(state);
        struct bench_relay *one = relay(row[n].line, BENCH_MAINS, BENCH_ISOLATION);
        if (row[n].persists[0])
            kernel_says(row[n].persists, "Y");
        if (dies_on() != row[n].stays || !strstr(why, row[n].says))
            fail_msg("%s %s: '%s'", row[n].line, row[n].persists, why);
        one->fails_off = true;
        assert_false(dies_on());
        one->fails_off = false;
        snprintf(bench.watchdog.line.address, sizeof bench.watchdog.line.address, "GPIO25");
        assert_false(dies_on());
    }
}

/// Where the mains go, what hangs behind them goes, too; the mains stay on, whatever goes behind them.
static void what_stands_in_front_decides(void **state)
{
    (void)state;
    struct bench_relay *mains = relay("pinctrl-bcm2711/17", BENCH_MAINS, BENCH_ISOLATION);
    struct bench_relay *psu = relay("pca9535/0", BENCH_24V, BENCH_CUT);
    assert_false(dies_on());
    psu->contact = BENCH_NORMALLY_CLOSED;
    assert_false(dies_on());
    mains->line.address[0] = '\0';
    assert_true(dies_on());
    assert_non_null(strstr(why, "'r1'"));
    psu->contact = BENCH_NORMALLY_OPEN;
    snprintf(psu->line.address, sizeof psu->line.address, "pinctrl-bcm2711/17");
    assert_true(dies_on());
    mains->fails_off = true;
    assert_false(dies_on());
}

/// A line that falls back opens a coil, and that closes such a contact.
static void a_contact_that_closes_by_itself_stays_on(void **state)
{
    (void)state;
    relay("pinctrl-bcm2711/17", BENCH_24V, BENCH_CUT)->contact = BENCH_NORMALLY_CLOSED;
    assert_true(dies_on());
    assert_non_null(strstr(why, "normally closed contact gives power"));
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
        cmocka_unit_test(a_chip_is_trusted_by_its_label),
        cmocka_unit_test_setup(a_contact_that_closes_by_itself_stays_on, fresh),
        cmocka_unit_test_setup(what_stands_in_front_decides, fresh),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
