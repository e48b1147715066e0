// The core on this computer from begin to end: calibrated, a job recorded, cut, and brought back through a link.
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

#include "rig/host/gantry.h"

#define MM INT64_C(1000000)

static struct host_config config;
static struct host *host;
static struct lab_error err;

static int setup(void **unused)
{
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

static void calibrate(void)
{
    gantry.tells = true;
    host_calibrate(host);
    assert_int_equal(host_result(host)->state, HOST_CALIBRATING);
    assert_int_equal(gantry_run(host), HOST_CALIBRATED);
    gantry.tells = false;
}

/// The job runs, and has proved a place long enough for a save.
static void print_to(int64_t x, int64_t y, int64_t z_um, int64_t e_um)
{
    assert_int_equal(host_print(host), 0);
    gantry_prove(x * MM, y * MM, z_um * 1000, e_um * 1000, (int64_t)gantry_line(28));
    for (int i = 0; i < 40; i++) {
        gantry.now_us += 250000;
        (void)host_turn(host);
    }
    assert_true(host_result(host)->saves > 0);
}

static const int64_t fall[PLR_Z_MAX] = {1200000, 8300000, 7100000, 2345678};

/// Power goes and comes back; nozzle and motors stand where the print was, less what fell.
static void cut(int64_t x, int64_t y, int64_t z_um)
{
    gantry.xy_nm[0] = x * MM;
    gantry.xy_nm[1] = y * MM;
    for (int i = 0; i < PLR_Z_MAX; i++)
        gantry.true_nm[i] = z_um * 1000;
    host_dark(host);
    gantry_cut(fall);
}

static void a_calibration_finds_each_switch_within_the_step(void **unused)
{
    (void)unused;
    calibrate();
    for (int i = 0; i < PLR_Z_MAX; i++) {
        int64_t off = host->plr.calibration.trigger_nm[i] - gantry.switch_nm[i];
        assert_in_range(off, 0, 9999);
    }
    assert_int_equal(host_result(host)->touch_nm, 10000);
    assert_non_null(gantry_last("G28\n"));
}

/// Homing leaves Z where the printer's owner likes: what counts is what the printer proves then.
static void where_homing_left_z_is_asked_of_the_printer(void **unused)
{
    (void)unused;
    strcat(host->config.before, "\nG90\nG1 Z7.5");
    calibrate();
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_in_range(host->plr.calibration.trigger_nm[i] - gantry.switch_nm[i], 0, 9999);
}

/// What it told before it homed is no answer.
static void where_z_was_before_homing_does_not_count(void **unused)
{
    (void)unused;
    gantry_prove(0, 0, 50 * MM, 0, 0);
    gantry.status.state = LINK_READY;
    host_calibrate(host);
    for (int i = 0; i < 3000; i++) {
        gantry.now_us += 1000;
        (void)host_turn(host);
    }
    assert_non_null(gantry_last("G28\n"));
    assert_null(gantry_last("G1 Z"));
    gantry.tells = true;
    assert_int_equal(gantry_run(host), HOST_CALIBRATED);
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_in_range(host->plr.calibration.trigger_nm[i] - gantry.switch_nm[i], 0, 9999);
}

/// ... and is there again for whoever opens the file next.
static void a_calibration_outlives_the_process(void **unused)
{
    (void)unused;
    uint64_t before = gantry.moments, syncs = host->store.counts.syncs;
    calibrate();
    assert_true(host->store.counts.syncs > syncs); // none of which nobody listened in
    assert_true(gantry.moments - before >= host->store.counts.syncs - syncs);
    struct plr_calibration made = host->plr.calibration;
    host_close(host);
    assert_int_equal(host_open(&host, &config, gantry_lines, gantry_link, &err), 0);
    assert_true(host->plr.calibrated);
    assert_memory_equal(&host->plr.calibration, &made, sizeof made);
}

static void nobody_else_may_have_the_memory(void **unused)
{
    struct host *other;

    (void)unused;
    assert_int_equal(host_open(&other, &config, gantry_lines, gantry_link, &err), -EBUSY);
    assert_null(other);
    assert_non_null(strstr(err.message, "somebody else"));
}

static void a_print_is_brought_back_level_at_its_place(void **unused)
{
    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500); // the middle of line 23
    cut(60, 50, 400);
    host_recover(host);
    assert_int_equal(gantry_run(host), HOST_PRINTING);
    assert_true(host_result(host)->resumed);
    for (int i = 0; i < 100 && !gantry.runs; i++) {
        gantry.now_us += 5000;
        (void)host_turn(host);
    }
    // the corners: level again, at the height of the print, within two touches
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_in_range(gantry.true_nm[i] + 100000, 400000 + 100000 - 20000,
                        400000 + 100000 + 20000);
    assert_true(gantry.runs);
    assert_string_equal(gantry.selected, "TWO~1.GCO");
    assert_int_equal(gantry.seek, gantry_line(24)); // the rest of the line was said as a move
    assert_int_equal(gantry.xy_nm[0], 70 * MM);
    assert_int_equal(gantry.xy_nm[1], 50 * MM);
    assert_int_equal(gantry.heat_mc[0], 60000);
    assert_int_equal(gantry.heat_mc[1], 220000);
    assert_int_equal(gantry.fan, 255);
}

/// The printer's modal state, as its own interpreter has it behind all that was said, is the one of who reads the whole file.
static void modes_are_as_at(uint64_t offset)
{
    struct plr_modal want;
    struct plr_gcode_line line;
    struct plr_action action;
    int64_t here[PLR_AXES], there[PLR_AXES];
    uint64_t next;

    plr_modal_init(&want);
    for (uint64_t at = 0; at < offset; at = next) {
        size_t len = lab_job_line(config.job, at, &next);
        assert_int_equal(plr_gcode_lex(config.job->data + at, len, &line), 0);
        assert_int_equal(plr_modal_apply(&want, &line, &action), 0);
    }
    const struct plr_modal *is = &gantry.modal;
    assert_int_equal(is->feed_nm_s, want.feed_nm_s);
    assert_int_equal(is->feed_ppm, want.feed_ppm);
    assert_int_equal(is->flow_ppm, want.flow_ppm);
    assert_int_equal(is->advance_us, want.advance_us);
    assert_int_equal(is->at_nm[PLR_E], want.at_nm[PLR_E]);
    for (int i = 0; i < 3; i++)
        assert_in_range(is->at_nm[i] - want.at_nm[i] + 20000, 0, 40000);
    plr_modal_machine(is, here);
    plr_modal_machine(&want, there);
    assert_in_range(here[PLR_Z] - there[PLR_Z] + 20000, 0, 40000);
    assert_int_equal(is->flags & (PLR_MODAL_REL_E | PLR_MODAL_REL_XYZ | PLR_MODAL_INCH),
                     want.flags & (PLR_MODAL_REL_E | PLR_MODAL_REL_XYZ | PLR_MODAL_INCH));
    assert_in_range(is->fan_ppm[0] - want.fan_ppm[0] + 2000, 0, 4000);
}

static void bring_back(void)
{
    host_recover(host);
    assert_int_equal(gantry_run(host), HOST_PRINTING);
    for (int i = 0; i < 100 && !gantry.runs; i++) {
        gantry.now_us += 5000;
        (void)host_turn(host);
    }
    assert_true(gantry.runs);
}

static void its_modes_are_those_of_the_file(void **unused)
{
    static const struct {
        int64_t x, y, z_um, e_um;
        int goes_on;
    } place[] = {
        {60, 50, 400, 500, 24},    // G92 and M221 were before
        {110, 100, 200, 500, 11},  // the first line of all that lays filament
        {120, 120, 200, 2000, 12}, // its end
        {70, 60, 400, 1500, 26},   // with pressure advance
        {60, 60, 400, 2500, 27},   // the beginning of a line: nothing is left to be said
    };

    (void)unused;
    calibrate();
    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++) {
        print_to(place[i].x, place[i].y, place[i].z_um, place[i].e_um);
        cut(place[i].x, place[i].y, place[i].z_um);
        bring_back();
        assert_int_equal(gantry.seek, gantry_line(place[i].goes_on));
        modes_are_as_at((uint64_t)gantry.seek);
    }
}

/// The rest of a line lays the rest of its filament.
static void what_is_left_of_a_line_is_said_with_its_filament(void **unused)
{
    (void)unused;
    calibrate();
    print_to(65, 50, 400, 500);
    cut(65, 50, 400);
    bring_back();
    assert_memory_equal(gantry_last("G1 X70"), "G1 X70 Y50 Z0.4 E0.25 F2400\n", 28);
}

/// G92 of X, Y, Z and babysteps: the file's coordinates are not the machine's.
static void shifted_coordinates_are_shifted_again(void **unused)
{
    static const char text[] = "G28\nG90\nM82\nM104 S200\nG1 X30 Y30 Z0.2 F6000\nG92 X0 Y0\n"
                               "SET_GCODE_OFFSET Z=0.05\nG1 X10 Y0 Z0.2 E1\nG1 X10 Y10 E2\n"
                               "G1 X0 Y10 E3\n";

    (void)unused;
    host->config.klipper = true;
    calibrate();
    gantry_job(text);
    print_to(10, 5, 200, 1500);
    assert_int_equal(host_result(host)->place, gantry_line(8));
    cut(40, 35, 250);
    bring_back();
    assert_int_equal(gantry.seek, gantry_line(9));
    modes_are_as_at(gantry_line(9));
    assert_int_equal(gantry.xy_nm[0], 40 * MM);
    assert_int_equal(gantry.xy_nm[1], 40 * MM);
    assert_in_range(gantry.true_nm[0] + 20000, 250000, 290000);
}

static void it_is_recorded_on_and_brought_back_again(void **unused)
{
    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    bring_back();
    for (int i = 0; i < 10; i++) {
        gantry_prove(70 * MM, 60 * MM, 400000, 1500000, (int64_t)gantry_line(28));
        (void)host_turn(host);
    }
    assert_int_equal(host_result(host)->place, gantry_line(25));
    assert_int_equal(host->plr.modal.flow_ppm, 950000);
    assert_int_equal(host->plr.modal.advance_us, 40000);
    gantry.now_us += 6000000;
    (void)host_turn(host);
    cut(70, 60, 400);
    bring_back();
    assert_int_equal(gantry.seek, gantry_line(26));
    modes_are_as_at(gantry_line(26));
}

/// What somebody says to the console is in no line of the file.
static void what_a_console_sets_is_brought_back(void **unused)
{
    (void)unused;
    calibrate();
    host_console(host, "M220 S70"); // no job: nobody's
    print_to(60, 50, 400, 500);
    assert_int_equal(host->plr.modal.feed_ppm, 1000000);
    host_console(host, "M220 S80");
    for (int i = 0; i < 40; i++) {
        gantry.now_us += 250000;
        (void)host_turn(host);
    }
    cut(60, 50, 400);
    bring_back();
    assert_int_equal(gantry.modal.feed_ppm, 800000);
}

/// Power that goes again in a recovery, anywhere: the next one brings the same place back.
static void a_recovery_that_is_cut_is_begun_again(void **unused)
{
    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    for (int turns = 50; turns < 100000; turns = turns * 3) {
        host_recover(host);
        for (int i = 0; i < turns && host_result(host)->state == HOST_RECOVERING; i++) {
            gantry.now_us += 1000;
            (void)host_turn(host);
        }
        if (host_result(host)->state != HOST_RECOVERING)
            break;
        static const int64_t little[PLR_Z_MAX] = {200000, 400000, 300000, 100000};
        host_dark(host);
        gantry_cut(little);
    }
    if (host_result(host)->state != HOST_PRINTING)
        bring_back();
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_in_range(gantry.true_nm[i] + 100000, 480000, 520000);
}

// --- what does not work -------------------------------------------------------------------------------------------

static void a_switch_that_never_fires_is_refused(void **unused)
{
    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    gantry.dead = 1u << 1;
    host_recover(host);
    assert_int_equal(gantry_run(host), HOST_REFUSED);
    assert_int_equal(host_result(host)->reason, PLR_REASON_MAX_ADJUSTMENT);
    assert_true(gantry.overtravel_nm[0] < 9 * MM);
    for (int i = 0; i < 100; i++) {
        gantry.now_us += 5000;
        (void)host_turn(host);
    }
    assert_int_equal(gantry.heat_mc[0], 0); // and it cools
    assert_int_equal(gantry.heat_mc[1], 0);
}

static void no_switch_at_all_is_refused_by_a_calibration(void **unused)
{
    (void)unused;
    gantry.dead = 15;
    gantry.tells = true;
    host_calibrate(host);
    assert_int_equal(gantry_run(host), HOST_REFUSED);
    assert_int_equal(host_result(host)->reason, PLR_REASON_SWITCH_DEAD);
}

static void without_a_single_motor_it_is_refused_with_that_reason(void **unused)
{
    (void)unused;
    gantry.abilities &= ~(uint32_t)LINK_CAN_ONE_Z;
    host_calibrate(host);
    assert_int_equal(host_result(host)->state, HOST_REFUSED);
    assert_non_null(strstr(host_result(host)->why, "no Z motor alone"));
    assert_int_equal(gantry.commands, 0);
    host_recover(host);
    assert_int_equal(host_result(host)->state, HOST_REFUSED);
    assert_non_null(strstr(host_result(host)->why, "no Z motor alone"));
    assert_int_equal(gantry.commands, 0);
}

static void a_link_that_is_lost_is_no_refusal(void **unused)
{
    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    uint64_t first = gantry.commands;
    for (uint64_t n = 1; n < 3000; n = n * 2 + 1) {
        gantry.lost_after = gantry.commands + n;
        gantry.status.state = LINK_READY;
        host_recover(host);
        enum host_state state = gantry_run(host);
        if (state == HOST_PRINTING)
            break;
        assert_int_equal(state, HOST_LOST);
        assert_int_equal(host_result(host)->reason, PLR_REASON_NONE);
        host_dark(host);
        static const int64_t none[PLR_Z_MAX] = {0};
        gantry_cut(none);
    }
    assert_true(gantry.commands > first + 1000);
    gantry.lost_after = UINT64_MAX;
    gantry.status.state = LINK_READY;
    bring_back(); // and what was stored is still there
}

// --- this computer's own file -------------------------------------------------------------------------------------

static int64_t cannot_write(void *ctx, int fd, const void *data, uint32_t size, int64_t offset)
{
    (void)ctx;
    (void)fd;
    (void)data;
    (void)size;
    (void)offset;
    return -EIO;
}

static void a_memory_that_fails_is_no_refusal(void **unused)
{
    struct store_os broken = store_posix;

    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    broken.pwrite = cannot_write;
    host->store.os = &broken;
    host_recover(host);
    if (host_result(host)->state == HOST_RECOVERING)
        (void)gantry_run(host);
    assert_int_equal(host_result(host)->state, HOST_LOST);
    assert_non_null(strstr(host_result(host)->why, "pwrite failed"));
    host->store.os = &store_posix;
    host_dark(host);
    bring_back();
}

static void what_the_printer_refuses_is_told_in_its_words(void **unused)
{
    (void)unused;
    calibrate();
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    gantry.refuses = "G28 X Y";
    gantry.words = "No trigger on x after full movement";
    host_recover(host);
    assert_int_equal(gantry_run(host), HOST_REFUSED);
    assert_int_equal(host_result(host)->reason, PLR_REASON_MACHINE);
    assert_non_null(strstr(host_result(host)->why, "No trigger on x"));
}

static void without_a_calibration_it_is_refused(void **unused)
{
    (void)unused;
    print_to(60, 50, 400, 500);
    cut(60, 50, 400);
    host_recover(host);
    assert_int_equal(host_result(host)->state, HOST_REFUSED);
    assert_int_equal(host_result(host)->reason, PLR_REASON_NO_CALIBRATION);
}

static void nothing_recorded_is_nothing_to_bring_back(void **unused)
{
    (void)unused;
    host_recover(host);
    assert_int_equal(host_result(host)->state, HOST_NOTHING);
    assert_int_equal(host_result(host)->reason, PLR_REASON_NO_RECORD);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_calibration_finds_each_switch_within_the_step),
        T(where_homing_left_z_is_asked_of_the_printer),
        T(where_z_was_before_homing_does_not_count),
        T(a_calibration_outlives_the_process),
        T(nobody_else_may_have_the_memory),
        T(a_print_is_brought_back_level_at_its_place),
        T(its_modes_are_those_of_the_file),
        T(what_is_left_of_a_line_is_said_with_its_filament),
        T(shifted_coordinates_are_shifted_again),
        T(it_is_recorded_on_and_brought_back_again),
        T(what_a_console_sets_is_brought_back),
        T(a_recovery_that_is_cut_is_begun_again),
        T(a_switch_that_never_fires_is_refused),
        T(no_switch_at_all_is_refused_by_a_calibration),
        T(without_a_single_motor_it_is_refused_with_that_reason),
        T(a_link_that_is_lost_is_no_refusal),
        T(a_memory_that_fails_is_no_refusal),
        T(what_the_printer_refuses_is_told_in_its_words),
        T(without_a_calibration_it_is_refused),
        T(nothing_recorded_is_nothing_to_bring_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
