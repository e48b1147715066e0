// What a bench and a scenario make of the core on this computer, and which benches cannot have one.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rig/host/host.h"

#define TAPS                                                                \
    "senses:\n"                                                             \
    "  - {name: ac, kind: power, domain: mains, line: GPIO5}\n"             \
    "  - {name: z2, kind: z_plus, motor: 2, line: GPIO22, debounce: 8ms}\n" \
    "  - {name: z0, kind: z_plus, motor: 0, line: GPIO20, debounce: 2ms}\n" \
    "  - {name: z1, kind: z_plus, motor: 1, line: GPIO21, debounce: 2ms}\n"

#define TAP_3 "  - {name: z3, kind: z_plus, motor: 3, line: GPIO23, debounce: 2ms}\n"

static const char head[] = "about: a bench\n"
                           "relays: [{name: mains, domain: mains, role: cut, line: GPIO17, "
                           "read_back: ac}]\n"
                           "dut: core\n";

static struct bench bench;
static struct lab_input input;
static struct host_config config;
static struct lab_error err;

static int open_input(void **state)
{
    (void)state;
    return lab_input_open(&input, "scenarios/voron24_cut.yaml", NULL, NULL, 0, NULL, &err);
}

static int close_input(void **state)
{
    (void)state;
    lab_input_close(&input);
    return 0;
}

static int make(const char *rest)
{
    char text[2048];

    memset(&err, 0, sizeof err);
    snprintf(text, sizeof text, "%s%s", head, rest);
    if (bench_parse(&bench, "bench.yaml", text, strlen(text), &err))
        lab_error_print(stderr, &err);
    assert_false(lab_error_set(&err));
    return host_config_make(&config, &bench, &input, &err);
}

#define KLIPPER "link: {kind: klipper, address: /tmp/klippy}\n"
#define MARLIN  "link: {kind: marlin, address: /dev/ttyUSB0}\n"

static void taps_are_those_of_the_motors(void **state)
{
    static const int32_t sense[] = {2, 3, 1, 4};

    (void)state;
    assert_int_equal(make(TAPS TAP_3 KLIPPER "core: {settle: 3ms, step: 20um}\n"), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(config.sense[i], sense[i]);
    assert_int_equal(config.settle_us, 11000); // behind the slowest of them
    assert_int_equal(config.slack_us, 3000);
    assert_int_equal(config.step_nm, 20000);
    assert_true(config.klipper);
    assert_string_equal(config.store, "bench.yaml.plr");
    assert_string_equal(config.before, "G28");
    assert_string_equal(config.file, "tower_voron24.gcode");
    assert_string_equal(config.consent, "resume");
    assert_int_equal(make(TAPS TAP_3 MARLIN "core: {store: here, calibrate_gcode: G28 W}\n"), 0);
    assert_false(config.klipper);
    assert_string_equal(config.store, "here");
    assert_string_equal(config.before, "G28 W");
}

static void a_motor_without_a_tap_is_named(void **state)
{
    (void)state;
    assert_int_equal(make(TAPS KLIPPER), -EINVAL);
    assert_string_equal(err.message, "this printer has 4 Z motors, and no sense of kind z_plus is "
                                     "that of motor 3");
}

static void a_calibration_by_other_steps_is_another_one(void **state)
{
    (void)state;
    assert_int_equal(make(TAPS TAP_3 KLIPPER), 0);
    uint32_t hash = config.plr.config_hash;
    assert_int_equal(make(TAPS TAP_3 KLIPPER "core: {step: 10um, settle: 9ms}\n"), 0);
    assert_int_equal(config.plr.config_hash, hash);
    assert_int_equal(make(TAPS TAP_3 KLIPPER "core: {step: 11um}\n"), 0);
    assert_int_not_equal(config.plr.config_hash, hash);
}

static void what_a_board_alone_has_is_not_asked_for(void **state)
{
    (void)state;
    assert_int_equal(make(TAPS TAP_3 KLIPPER), 0);
    assert_false(config.plr.power_fail_input || config.plr.load_guard ||
                 config.plr.stability_check || config.plr.adaptive_interval);
    assert_int_equal(config.plr.z_reference, PLR_Z_PLUS);
    assert_true(config.plr.tick_interval_us >= 1000000);
}

static void names_that_cannot_be_said_are_refused(void **state)
{
    (void)state;
    snprintf(input.job.name, sizeof input.job.name, "a;b.gcode");
    assert_int_equal(make(TAPS TAP_3 KLIPPER), -EINVAL);
    assert_non_null(strstr(err.message, "cannot be told a file of this name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taps_are_those_of_the_motors),
        cmocka_unit_test(a_motor_without_a_tap_is_named),
        cmocka_unit_test(a_calibration_by_other_steps_is_another_one),
        cmocka_unit_test(what_a_board_alone_has_is_not_asked_for),
        cmocka_unit_test(names_that_cannot_be_said_are_refused),
    };
    return cmocka_run_group_tests(tests, open_input, close_input);
}
