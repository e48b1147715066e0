// Tests of the served printer: that it is the machine of a run however time is dealt out to it, and whoever looks at it.
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

#include "sim/serve/marlin.h"

static const char scenario[] = "scenarios/voron24_unusual_modes.yaml";
static const char *const sets[] = {"sim.gantry=quasistatic"};

static struct printer printer;
static struct marlin marlin;

static int open_printer(void **state)
{
    struct lab_error err = {0};

    (void)state;
    if (printer_open(&printer, scenario, NULL, sets, 1, NULL, &err)) {
        lab_error_print(stderr, &err);
        return 1;
    }
    marlin_open(&marlin, &printer);
    return 0;
}

static int close_printer(void **state)
{
    (void)state;
    printer_close(&printer);
    return 0;
}

/// As serve's loop does.
static void live(int64_t until_us)
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
static void live_in(int64_t until_us, int64_t grain_us)
{
    for (int64_t t_us = printer.t_us; t_us < until_us; t_us += grain_us)
        live(t_us);
    live(until_us);
}

static const char *said(void)
{
    marlin.out[marlin.said] = '\0';
    marlin.said = 0;
    return marlin.out;
}

static const char *ask(const char *line)
{
    char text[300];

    snprintf(text, sizeof text, "%s\n", line);
    assert_int_equal(marlin_hear(&marlin, text, strlen(text)), strlen(text));
    live(printer.t_us);
    return said();
}

static void asserts(const char *line, const char *answer)
{
    const char *got = ask(line);
    if (!strstr(got, answer))
        fail_msg("%s: no '%s' in '%s'", line, answer, got);
}

/// The scenario's own run, cut by its own script.
static void own_run(struct run *run, struct lab_input *input)
{
    struct lab_error err = {0};

    if (run_load(input, scenario, NULL, sets, 1, NULL, &err) ||
        run_execute(run, input, input->scenario.seed, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
}

/// The printer of that run, cut, fed and told at the same instants by a hand outside.
static void same_by_hand(const struct run *own, int64_t grain_us, const char *looks)
{
    const struct lab_truth_cut *cut = &own->cut->truth.cut[0];

    asserts("M23 unusual_modes.gcode", "File selected");
    asserts("M24", "ok");
    int64_t begun_us = printer.t_us, shift_us = own->cut->job_begin_us - begun_us;
    for (int64_t t_us = begun_us; *looks && t_us < cut->mains_us - shift_us; t_us += 7000003) {
        live_in(t_us, grain_us);
        (void)ask(looks);
    }
    live_in(cut->mains_us - shift_us, grain_us);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    live_in(cut->back_us - shift_us, grain_us);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    live_in(cut->back_us - shift_us + printer.sim->model.printer.boot_us + 2 * PLR_US_PER_S,
            grain_us);
    asserts("PLR_RESUME_PRINT", "ok");
    for (int n = 0; n < 10000 && !printer.sim->world.firmware.job_done; n++)
        live_in(printer.t_us + PLR_US_PER_S, grain_us);
    assert_true(printer.sim->world.firmware.job_done);
}

static void is_the_run_of_its_own(int64_t grain_us, const char *looks)
{
    struct lab_input *input = calloc(1, sizeof *input);
    struct run *own = calloc(1, sizeof *own);

    own_run(own, input);
    same_by_hand(own, grain_us, looks);
    assert_int_equal(printer.sim->truth.cuts, own->cut->truth.cuts);
    assert_int_equal(printer.sim->world.hash, own->cut->world.hash);
    assert_int_equal(printer.run.twin->world.hash, own->twin->world.hash);
    run_free(own);
    lab_input_close(input);
    free(own);
    free(input);
}

static void whoever_cuts_the_run_is_the_same(void **state)
{
    (void)state;
    is_the_run_of_its_own(PLR_US_PER_S, "");
}

static void however_often_the_host_wakes(void **state)
{
    (void)state;
    is_the_run_of_its_own(1711, "");
}

static void whoever_looks(void **state)
{
    (void)state;
    is_the_run_of_its_own(100003, "M105\nM114\nM27\nM115");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whoever_cuts_the_run_is_the_same, open_printer,
                                        close_printer),
        cmocka_unit_test_setup_teardown(however_often_the_host_wakes, open_printer, close_printer),
        cmocka_unit_test_setup_teardown(whoever_looks, open_printer, close_printer),
    };
    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
