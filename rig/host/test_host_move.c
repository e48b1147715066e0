// Z by steps: each corner is found within the step, and nothing is driven further than is said.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rig/host/gantry.h"

static struct host_config config;
static struct host *host;

static int setup(void **unused)
{
    struct lab_error err = {0};

    (void)unused;
    gantry_begin();
    gantry_config(&config);
    return host_open(&host, &config, gantry_lines, gantry_link, &err);
}

static int teardown(void **unused)
{
    (void)unused;
    host_close(host);
    gantry_end();
    return 0;
}

/// Let what was begun end. Returns what the core is told of it.
static int end_motion(struct plr_motion *motion)
{
    int error;

    do {
        host_work(host);
        gantry.now_us += 500;
        error = host_port.motion(host, motion);
    } while (!error && motion->busy);
    return error;
}

static struct plr_motion move(uint32_t motors, int32_t delta_nm, int32_t speed_nm_s, uint32_t watch)
{
    struct plr_motion motion;

    assert_int_equal(host_port.z_move(host, motors, delta_nm, speed_nm_s, watch), 0);
    assert_int_equal(end_motion(&motion), 0);
    return motion;
}

#define SLOW (PLR_NM_PER_MM / 2)
#define FAST (5 * PLR_NM_PER_MM)
#define MM   PLR_NM_PER_MM

/// The firmware and the host believe what is true.
static void stand_at(int32_t z_nm)
{
    const int32_t z[PLR_Z_MAX] = {z_nm, z_nm, z_nm, z_nm};
    struct plr_motion motion;

    for (int i = 0; i < PLR_Z_MAX; i++)
        gantry.true_nm[i] = z_nm;
    assert_int_equal(host_port.z_set(host, z), 0);
    assert_int_equal(end_motion(&motion), 0);
}

static void a_slow_touch_is_known_to_a_step(void **unused)
{
    (void)unused;
    for (int i = 0; i < PLR_Z_MAX; i++) {
        stand_at(99 * MM);
        gantry.switch_nm[i] += 3333;
        struct plr_motion motion = move(1u << i, 3 * MM, SLOW, 1u << i);
        assert_int_equal(motion.triggered, 1u << i);
        int64_t over = motion.latched_nm[i] - gantry.switch_nm[i];
        assert_in_range(over, 0, 10000 - 1);
        assert_int_equal(motion.z_motor_nm[i], gantry.true_nm[i]);
        for (int k = 0; k < PLR_Z_MAX; k++)
            assert_int_equal(gantry.true_nm[k], k == i ? motion.z_motor_nm[i] : 99 * MM);
        (void)move(1u << i, -3 * MM, FAST, 0);
    }
    assert_true(host_result(host)->late_us >= config.settle_us);
    assert_true(host_result(host)->steps > 4 * 70);
}

/// A tap that is too slow for the looks makes touches a step later: that is noticed, and what is known of a touch is less.
static void late_taps_are_noticed(void **unused)
{
    static const struct {
        int64_t tap_us, edge_us;
        bool late;
    } row[] = {{0, 0, false}, {4400, 400, false}, {4900, 900, true}, {8500, 0, true}};

    (void)unused;
    for (size_t n = 0; n < sizeof row / sizeof row[0]; n++) {
        host->result.touches = host->result.late_touches = 0;
        host->result.edge_us = 0;
        host->result.touch_nm = config.step_nm;
        gantry.tap_us = row[n].tap_us;
        stand_at(99 * MM);
        struct plr_motion motion = move(1, 3 * MM, SLOW, 1);
        assert_int_equal(motion.triggered, 1);
        assert_int_equal(host_result(host)->touches, 1);
        assert_int_equal(host_result(host)->late_touches, row[n].late);
        assert_int_equal(host_result(host)->touch_nm, row[n].late ? 20000 : 10000);
        assert_int_equal(host_result(host)->edge_us, row[n].edge_us);
        assert_in_range(motion.latched_nm[0] - gantry.switch_nm[0], 0,
                        host_result(host)->touch_nm - 1);
        gantry.tap_us = 0;
        (void)move(1, -3 * MM, FAST, 0);
    }
    (void)move(1, 2 * MM, FAST, 1); // fast ones measure nothing
    assert_int_equal(host_result(host)->touches, 1);
}

static void all_stop_at_the_first_switch(void **unused)
{
    (void)unused;
    stand_at(99 * MM);
    struct plr_motion motion = move(15, 5 * MM, SLOW, 15);
    assert_int_equal(motion.triggered, 1u << 2); // the lowest
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_int_equal(gantry.true_nm[i], motion.z_motor_nm[2]);
    assert_in_range(motion.latched_nm[2] - gantry.switch_nm[2], 0, 9999);
}

static void a_switch_that_is_closed_already_stops_nothing(void **unused)
{
    (void)unused;
    stand_at(99 * MM);
    (void)move(15, 5 * MM, SLOW, 15);
    struct plr_motion motion = move(15, 5 * MM, SLOW, 15);
    assert_int_equal(motion.triggered, 1u << 0); // the next one
}

static void what_is_not_watched_stops_nothing(void **unused)
{
    (void)unused;
    stand_at(99 * MM);
    struct plr_motion motion = move(15, 2 * MM, SLOW, 1u << 1);
    assert_int_equal(motion.triggered, 1u << 1);
    stand_at(99 * MM);
    motion = move(15, 2 * MM, FAST, 0);
    assert_int_equal(motion.triggered, 0);
    assert_int_equal(motion.z_motor_nm[3], 101 * MM);
    uint32_t closed; // and whoever looks now sees what is, not what was
    assert_int_equal(host_port.switches(host, &closed), 0);
    assert_int_equal(closed, 15);
}

static void a_switch_that_never_fires_stops_nothing(void **unused)
{
    (void)unused;
    gantry.dead = 15;
    stand_at(99 * MM);
    struct plr_motion motion = move(15, 1234567, SLOW, 15);
    assert_int_equal(motion.triggered, 0);
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_int_equal(gantry.true_nm[i], 99 * MM + 1234567);
}

static void far_below_it_goes_far_and_never_beyond_the_overtravel(void **unused)
{
    (void)unused;
    stand_at(1 * MM);
    struct plr_motion motion = move(15, 110 * MM, FAST, 15);
    assert_int_equal(motion.triggered, 1u << 2);
    assert_in_range(gantry.overtravel_nm[2], 0, 99999);
    assert_in_range(host_result(host)->steps, 20, 100); // not 10000
}

/// Whatever is believed, a corner is never driven further past its switch than half of what the frame has.
static void a_wrong_belief_costs_half_the_overtravel_at_most(void **unused)
{
    (void)unused;
    for (int32_t wrong = 0; wrong <= 90; wrong += 7) {
        stand_at(99 * MM);
        const int32_t z[PLR_Z_MAX] = {(99 - wrong) * MM, (99 - wrong) * MM, (99 - wrong) * MM,
                                      (99 - wrong) * MM};
        assert_int_equal(host_port.z_set(host, z), 0);
        struct plr_motion motion = move(15, 10 * MM, FAST, 15);
        assert_int_equal(motion.triggered & (1u << 2), 1u << 2);
        for (int i = 0; i < PLR_Z_MAX; i++)
            assert_in_range(gantry.overtravel_nm[i], 0, host->plr.config.z_overtravel_nm / 2);
        (void)move(15, -10 * MM, FAST, 0);
    }
}

/// A recovery that was cut at the switches leaves corners above what is believed.
static void where_the_height_is_unknown_nothing_goes_far(void **unused)
{
    (void)unused;
    stand_at(99 * MM);
    const int32_t z[PLR_Z_MAX] = {50 * MM, 50 * MM, 50 * MM, 50 * MM};
    assert_int_equal(host_port.z_set(host, z), 0);
    host->plr.lifted = PLR_LIFTED_HOMING;
    (void)move(15, 10 * MM, FAST, 15);
    assert_in_range(gantry.overtravel_nm[2], 0, 99999);
}

static void down_and_alone_nothing_goes_far(void **unused)
{
    (void)unused;
    stand_at(20 * MM);
    uint64_t steps = host_result(host)->steps;
    (void)move(15, -1 * MM, FAST, 15);
    assert_int_equal(host_result(host)->steps - steps, 10);
    steps = host_result(host)->steps;
    (void)move(1, 1 * MM, FAST, 1);
    assert_int_equal(host_result(host)->steps - steps, 10);
}

static void a_refusal_of_the_printer_is_an_error_told_once(void **unused)
{
    struct plr_motion motion;

    (void)unused;
    stand_at(99 * MM);
    gantry.refuses = "G1 Z";
    gantry.words = "Must home axis first";
    assert_int_equal(host_port.z_move(host, 15, MM, SLOW, 15), 0);
    assert_int_equal(end_motion(&motion), PLR_EIO);
    assert_string_equal(host_result(host)->why, "Must home axis first");
    assert_int_equal(host_port.motion(host, &motion), 0);
    assert_false(motion.busy);
}

static void a_printer_that_is_gone_is_power_that_is_gone(void **unused)
{
    struct plr_motion motion;
    int32_t mc;

    (void)unused;
    stand_at(99 * MM);
    gantry.lost_after = gantry.commands + 50;
    assert_int_equal(host_port.z_move(host, 15, MM, SLOW, 15), 0);
    assert_int_equal(end_motion(&motion), PLR_EPOWER);
    assert_int_equal(host_port.motion(host, &motion), PLR_EPOWER);
    assert_int_equal(host_port.heat(host, 0, 60000), PLR_EPOWER);
    assert_int_equal(host_port.temperature(host, 0, &mc), PLR_EPOWER);
}

static void words_of_klipper_and_of_marlin(void **unused)
{
    struct plr_motion motion;

    (void)unused;
    assert_int_equal(host_port.energise(host, 15), 0);
    assert_int_equal(end_motion(&motion), 0);
    assert_non_null(gantry_last("M17 Z\n"));
    assert_int_equal(host_port.energise(host, 15 | PLR_MOTOR_XY), 0);
    assert_int_equal(end_motion(&motion), 0);
    assert_non_null(gantry_last("M17\n"));
    host->config.klipper = true;
    assert_int_equal(host_port.energise(host, 6), 0);
    assert_int_equal(host_port.fan(host, 0, 501961), 0);
    assert_int_equal(host_port.heat(host, 1, 215500), 0);
    assert_int_equal(host_port.heat(host, -1, 60000), 0); // it has no such sensor
    assert_int_equal(end_motion(&motion), 0);
    assert_string_equal(gantry_last("SET_STEPPER_ENABLE STEPPER=stepper_z1"),
                        "SET_STEPPER_ENABLE STEPPER=stepper_z1 ENABLE=1\n"
                        "SET_STEPPER_ENABLE STEPPER=stepper_z2 ENABLE=1\n"
                        "M106 S128\nM104 S215.5\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_slow_touch_is_known_to_a_step),
        T(late_taps_are_noticed),
        T(all_stop_at_the_first_switch),
        T(a_switch_that_is_closed_already_stops_nothing),
        T(what_is_not_watched_stops_nothing),
        T(a_switch_that_never_fires_stops_nothing),
        T(far_below_it_goes_far_and_never_beyond_the_overtravel),
        T(a_wrong_belief_costs_half_the_overtravel_at_most),
        T(where_the_height_is_unknown_nothing_goes_far),
        T(down_and_alone_nothing_goes_far),
        T(a_refusal_of_the_printer_is_an_error_told_once),
        T(a_printer_that_is_gone_is_power_that_is_gone),
        T(words_of_klipper_and_of_marlin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
