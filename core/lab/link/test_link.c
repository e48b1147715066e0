// What every link must do, over every kind.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/bed.h"
#include "core/lab/link/ws.h"

enum { SECOND = 1000000 };

static const struct fake_ops *const kinds[] = {&fake_klipper, &fake_moonraker, &fake_moonraker_ws,
                                               &fake_marlin};

static const struct link_status *now(void)
{
    return link_status(bed.link);
}

// --- coming and going ---------------------------------------------------------------------------------------------

static void connects(void **state)
{
    (void)state;
    assert_int_equal(now()->state, LINK_LOST);
    assert_string_not_equal(now()->why, "");
    assert_int_equal(link_gcode(bed.link, "G90"), -ENOTCONN);
    bed_until(LINK_READY, 10 * SECOND);
    assert_string_equal(now()->why, "");
}

static void looks_for_a_printer_that_comes_later(void **state)
{
    (void)state;
    bed.fake.ops->plug(&bed.fake, false);
    bed_run(3 * SECOND);
    assert_int_equal(now()->state, LINK_LOST);
    assert_non_null(strstr(now()->why, bed.fake.elsewhere ? "ws://127.0.0.1" : "No such file"));
    assert_int_equal(link_stop(bed.link), -ENOTCONN);
    bed.fake.ops->plug(&bed.fake, true);
    bed_until(LINK_READY, 10 * SECOND);
}

static void silence_is_loss(void **state)
{
    (void)state;
    bed_run(2 * SECOND);
    bed.fake.ops->power(&bed.fake, false);
    int64_t after_us = bed_until(LINK_LOST, 2 * BED_SILENCE_US);
    // not sooner than it was told, but for what the printer had not said for when it went
    assert_true(after_us > BED_SILENCE_US - 2 * SECOND);
    assert_true(after_us < BED_SILENCE_US + SECOND);
    assert_string_not_equal(now()->why, "");
    bed.fake.ops->power(&bed.fake, true);
    bed_until(LINK_READY, 10 * SECOND);
}

static void a_pulled_plug_is_loss_at_once(void **state)
{
    (void)state;
    bed.fake.ops->plug(&bed.fake, false);
    assert_true(bed_until(LINK_LOST, SECOND) <= 100000);
    bed.fake.ops->plug(&bed.fake, true);
    bed_until(LINK_READY, 10 * SECOND);
}

/// Speaking to one that has just gone is no end of this program.
static void stopping_a_printer_that_is_gone(void **state)
{
    (void)state;
    bed.fake.ops->plug(&bed.fake, false);
    int said = link_stop(bed.link);
    assert_true(said < 0 || bed.fake.elsewhere); // a network may have taken it before it tells
    bed_until(LINK_LOST, SECOND);
}

/// What runs when the printer goes: nobody knows what became of it.
static void an_answer_is_lost_with_the_printer(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_gcode(bed.link, "G28"), 0);
    bed.fake.ops->plug(&bed.fake, false);
    assert_int_equal(bed_answer(why), -EPIPE);
    assert_string_not_equal(why, "");
}

// --- what it tells ------------------------------------------------------------------------------------------------

static void tells_values(void **state)
{
    struct fake_printer *p = &bed.fake.printer;

    (void)state;
    p->nozzle_mc = 203450;
    p->nozzle_target_mc = 210000;
    p->bed_mc = 60120;
    p->bed_target_mc = 60000;
    p->at_nm[0] = 12340000;
    p->at_nm[1] = -1500000;
    p->at_nm[2] = 200000;
    p->at_nm[3] = 7500000;
    bed_run(3 * SECOND);
    assert_int_equal(now()->nozzle.now_mc, 203450);
    assert_int_equal(now()->nozzle.target_mc, 210000);
    assert_int_equal(now()->bed.now_mc, 60120);
    assert_int_equal(now()->bed.target_mc, 60000);
    assert_int_equal(now()->chamber.now_mc, LINK_NO_TEMPERATURE);
    assert_memory_equal(now()->at_nm, p->at_nm, sizeof p->at_nm);
    assert_true(bed.now_us - now()->at_us <= 1500000);
}

static void tells_that_something_is_new(void **state)
{
    (void)state;
    bed_run(2 * SECOND);
    bed.fake.printer.at_nm[2] += 100000;
    for (int i = 0; i < 200; i++) {
        bed.fake.ops->step(&bed.fake, bed.now_us);
        bed.now_us += BED_STEP_US;
        int new = link_turn(bed.link, 0);
        assert_true(new == 0 || new == 1);
        if (now()->at_nm[2] == 100000) {
            assert_int_equal(new, 1);
            return;
        }
    }
    fail_msg("it was never told");
}

/// Who waits for other things, too, is told until when it can be left alone, and by what it is woken.
static void it_says_until_when_it_can_be_left_alone(void **state)
{
    struct pollfd wait = {.fd = -1, .events = POLLIN};

    (void)state;
    bed_run(2 * SECOND);
    for (int n = 0; n < 200 && link_rest_us(bed.link, &wait.fd) <= bed.now_us; n++)
        bed_run(BED_STEP_US); // what was due has been asked and answered
    assert_true(link_rest_us(bed.link, &wait.fd) > bed.now_us);
    assert_true(wait.fd >= 0);
    assert_int_equal(poll(&wait, 1, 0), 0); // and there is nothing that was not heard
    bed.fake.printer.nozzle_mc += 5000;     // it will tell
    for (int n = 0; n < 200 && !poll(&wait, 1, 1); n++)
        bed.fake.ops->step(&bed.fake, bed.now_us += BED_STEP_US);
    assert_int_equal(wait.revents, POLLIN);
    bed_run(SECOND);
    assert_int_equal(now()->nozzle.now_mc, bed.fake.printer.nozzle_mc);
    assert_int_equal(link_gcode(bed.link, "SAY hello"), 0);
    assert_true(link_rest_us(bed.link, &wait.fd) <= bed.now_us); // there is something to say
    bed.fake.ops->plug(&bed.fake, false);
    bed_until(LINK_LOST, 10 * SECOND);
    bed_run(BED_STEP_US);
    assert_true(link_rest_us(bed.link, &wait.fd) <= bed.now_us + SECOND); // it looks for it again
}

static void console_lines_come_once_and_in_order(void **state)
{
    char line[LINK_LINE];

    (void)state;
    assert_int_equal(link_gcode(bed.link, "SAY probe at 1,2 is z=0.3"), 0);
    assert_true(bed_hears("probe at 1,2 is z=0.3", 5 * SECOND));
    assert_false(bed_hears("probe at 1,2 is z=0.3", SECOND));
    for (int i = 0; i < LINK_CONSOLE + 6; i++) {
        char text[32];
        snprintf(text, sizeof text, "SAY n=%d.", i);
        assert_int_equal(link_gcode(bed.link, text), 0);
        assert_int_equal(bed_answer(line), 0);
    }
    for (int i = 6; i < LINK_CONSOLE + 6; i++) {
        char want[32];
        snprintf(want, sizeof want, "n=%d.", i);
        assert_true(link_said(bed.link, line));
        assert_non_null(strstr(line, want));
    }
    assert_false(link_said(bed.link, line));
}

// --- what it is asked ---------------------------------------------------------------------------------------------

static void runs_gcode(void **state)
{
    char why[LINK_LINE];
    int before = bed.fake.printer.commands;

    (void)state;
    assert_int_equal(link_answer(bed.link, why, sizeof why), 0);
    assert_int_equal(link_gcode(bed.link, "G90 ; a comment\n\n  G1 X1 Y2\r\n"), 0);
    assert_int_equal(link_answer(bed.link, why, sizeof why), 1);
    assert_int_equal(link_gcode(bed.link, "G91"), -EBUSY);
    assert_int_equal(bed_answer(why), 0);
    assert_string_equal(why, "");
    assert_int_equal(bed.fake.printer.commands, before + 2);
    assert_non_null(strstr(bed.fake.printer.last, "G1 X1 Y2"));
}

static void refusal_has_words_and_ends_the_script(void **state)
{
    char why[LINK_LINE];
    int before = bed.fake.printer.commands;

    (void)state;
    assert_int_equal(link_gcode(bed.link, "G90\nREFUSE Must home axis first\nG1 X5"), 0);
    assert_int_equal(bed_answer(why), -EIO);
    assert_non_null(strstr(why, "Must home axis first"));
    assert_int_equal(bed.fake.printer.commands, before + 2);
    assert_int_equal(now()->state, LINK_READY);
    assert_int_equal(link_gcode(bed.link, "G90"), 0);
    assert_int_equal(bed_answer(why), 0);
}

static void unknown_command_is_a_refusal(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_gcode(bed.link, "FROBNICATE A=1"), 0);
    assert_int_equal(bed_answer(why), -EIO);
    assert_non_null(strstr(why, "FROBNICATE"));
}

static void too_long_is_told(void **state)
{
    static char text[LINK_SCRIPT + 1];

    (void)state;
    memset(text, 'G', sizeof text - 1);
    assert_int_equal(link_gcode(bed.link, text), -E2BIG);
}

static void prints_a_file(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_true(link_abilities(bed.link) & LINK_TELLS_FILE);
    assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
    assert_int_equal(bed_answer(why), 0);
    bed_until(LINK_PRINTING, 2 * SECOND);
    bed_run(2 * SECOND);
    assert_int_equal(now()->state, LINK_PRINTING);
    assert_string_equal(now()->file, "cube.gcode");
    assert_int_equal(now()->file_size, 20000);
    assert_in_range(now()->file_at, 1000, 4000);
    assert_in_range(now()->job_us, SECOND, 4 * SECOND);
    bed_until(LINK_DONE, 30 * SECOND);
}

static void a_file_that_is_not_there_is_refused(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_print(bed.link, "nothing.gcode"), 0);
    assert_int_equal(bed_answer(why), -EIO);
    assert_non_null(strstr(why, "nothing.gcode"));
    assert_int_equal(now()->state, LINK_READY);
}

static void a_file_name_is_no_command(void **state)
{
    static const char *const bad[] = {"a\nM112", "a\"b", "a;b", "a*b", "", "a\\b"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(link_print(bed.link, bad[i]), -EINVAL);
}

static void moves_one_motor(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_true(link_abilities(bed.link) & LINK_CAN_ONE_Z);
    assert_int_equal(link_move_z(bed.link, 2, -10000, 2500000), 0);
    assert_int_equal(bed_answer(why), 0);
    assert_string_equal(bed.fake.printer.last,
                        "FORCE_MOVE STEPPER=stepper_z2 DISTANCE=-0.010000 VELOCITY=2.500000");
    assert_int_equal(link_move_z(bed.link, 0, 1500000, 10000000), 0);
    assert_int_equal(bed_answer(why), 0);
    assert_string_equal(bed.fake.printer.last,
                        "FORCE_MOVE STEPPER=stepper_z DISTANCE=1.500000 VELOCITY=10.000000");
    assert_int_equal(link_move_z(bed.link, 4, 1, 1), -EINVAL);
}

static void cannot_move_one_motor(void **state)
{
    (void)state;
    bed.fake.printer.one_z = false;
    bed_until(LINK_READY, 10 * SECOND);
    assert_false(link_abilities(bed.link) & LINK_CAN_ONE_Z);
    assert_int_equal(link_move_z(bed.link, 0, 10000, 1000000), -ENOTSUP);
}

static void stops_out_of_turn(void **state)
{
    char why[LINK_LINE];

    (void)state;
    bed.fake.printer.nozzle_target_mc = 200000;
    assert_int_equal(link_gcode(bed.link, "G28\nG1 X1\nG1 X2"), 0);
    assert_int_equal(link_stop(bed.link), 0);
    bed_until(LINK_FAULT, 2 * SECOND);
    assert_true(bed.fake.printer.halted);
    assert_string_not_equal(now()->why, "");
    assert_int_not_equal(bed_answer(why), 0);
    bed_run(2 * BED_SILENCE_US);
    assert_int_equal(now()->state, LINK_FAULT);
}

// --- what is known to have been reached ---------------------------------------------------------------------------

static void a_position_is_confirmed_once_it_lived_on(void **state)
{
    int64_t at_nm[4], file_at = -1;
    char why[LINK_LINE];

    (void)state;
    assert_true(link_abilities(bed.link) & LINK_CAN_CONFIRM);
    assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
    assert_int_equal(bed_answer(why), 0);
    bed_run(8 * SECOND);
    int64_t told_us = link_confirmed(bed.link, at_nm, &file_at);
    assert_true(told_us != LINK_UNKNOWN);
    assert_true(now()->alive_us >= told_us);
    assert_true(bed.now_us - told_us <= 5 * SECOND);
    assert_in_range(file_at, 3000, 9000);
    // 10 mm for 1000 bytes
    assert_in_range(at_nm[0], file_at * 10000 - 3000000, file_at * 10000 + 3000000);
}

/// However the death falls between two things told: what is confirmed was reached before.
static void what_was_told_after_death_is_never_confirmed(void **state)
{
    for (int64_t die = 0; die < 2500000; die += 170000 * PLR_TEST_THIN) {
        int64_t at_nm[4], file_at;
        char why[LINK_LINE];

        bed_close();
        bed_set_up_ready(state);
        assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
        assert_int_equal(bed_answer(why), 0);
        bed_run(5 * SECOND + die);
        int64_t x_nm = bed.fake.printer.at_nm[0], byte = bed.fake.printer.file_at;
        bed.fake.ops->power(&bed.fake, false);
        bed_run(3 * SECOND);
        int64_t told_us = link_confirmed(bed.link, at_nm, &file_at);
        assert_true(told_us != LINK_UNKNOWN);
        assert_true(at_nm[0] <= x_nm);
        assert_true(file_at == LINK_UNKNOWN || file_at <= byte);
        bed.fake.ops->power(&bed.fake, true);
        for (int i = 0; i < 60; i++) {
            bed_run(SECOND / 10);
            link_confirmed(bed.link, at_nm, &file_at);
            assert_true(at_nm[0] <= x_nm);
        }
    }
}

// --- without a printer --------------------------------------------------------------------------------------------

static void addresses_that_cannot_be(void **state)
{
    struct link_config config = {LINK_MARLIN, "", 115200, SECOND};
    struct link *link;
    struct lab_error err = {0};

    (void)state;
    assert_int_equal(link_open(&link, &config, &err), -EINVAL);
    assert_true(lab_error_set(&err));
    assert_null(link);
    lab_error_clear(&err);
    snprintf(config.address, sizeof config.address, "/dev/null");
    config.baud = 0;
    assert_int_equal(link_open(&link, &config, &err), -EINVAL);
    assert_true(lab_error_set(&err));
    lab_error_clear(&err);
    config.kind = LINK_KLIPPER;
    memset(config.address, 'a', 150);
    assert_int_equal(link_open(&link, &config, &err), -EINVAL);
    assert_true(lab_error_set(&err));
    link_close(NULL);
}

/// Words are cut between characters, and stay one line.
static void words_that_are_too_long(void **state)
{
    char out[6];

    (void)state;
    link_copy(out, sizeof out, "ab\nc\td", 7);
    assert_string_equal(out, "ab c ");
    link_copy(out, sizeof out, "abcd\xc3\xa9", 6);
    assert_string_equal(out, "abcd");
    link_copy(out, sizeof out, "abc\xc3\xa9", 5);
    assert_string_equal(out, "abc\xc3\xa9");
    link_copy(out, sizeof out, "", 0);
    assert_string_equal(out, "");
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(link_kind_name(LINK_MARLIN), "marlin");
    assert_string_equal(link_kind_name(LINK_KLIPPER), "klipper");
    assert_string_equal(link_state_name(LINK_LOST), "lost");
    assert_string_equal(link_state_name(LINK_FAULT), "fault");
}

static int run_kind(const struct fake_ops *kind)
{
    void *const of = (void *)(uintptr_t)kind;
    const struct CMUnitTest tests[] = {
#define CONTRACT(test, up) {#test, test, up, bed_tear_down, of}
        CONTRACT(connects, bed_set_up),
        CONTRACT(looks_for_a_printer_that_comes_later, bed_set_up),
        CONTRACT(silence_is_loss, bed_set_up_ready),
        CONTRACT(a_pulled_plug_is_loss_at_once, bed_set_up_ready),
        CONTRACT(stopping_a_printer_that_is_gone, bed_set_up_ready),
        CONTRACT(an_answer_is_lost_with_the_printer, bed_set_up_ready),
        CONTRACT(tells_values, bed_set_up_ready),
        CONTRACT(tells_that_something_is_new, bed_set_up_ready),
        CONTRACT(it_says_until_when_it_can_be_left_alone, bed_set_up_ready),
        CONTRACT(console_lines_come_once_and_in_order, bed_set_up_ready),
        CONTRACT(runs_gcode, bed_set_up_ready),
        CONTRACT(refusal_has_words_and_ends_the_script, bed_set_up_ready),
        CONTRACT(unknown_command_is_a_refusal, bed_set_up_ready),
        CONTRACT(too_long_is_told, bed_set_up_ready),
        CONTRACT(prints_a_file, bed_set_up_ready),
        CONTRACT(a_file_that_is_not_there_is_refused, bed_set_up_ready),
        CONTRACT(a_file_name_is_no_command, bed_set_up_ready),
        CONTRACT(moves_one_motor, bed_set_up_ready),
        CONTRACT(cannot_move_one_motor, bed_set_up),
        CONTRACT(stops_out_of_turn, bed_set_up_ready),
        CONTRACT(a_position_is_confirmed_once_it_lived_on, bed_set_up_ready),
        CONTRACT(what_was_told_after_death_is_never_confirmed, bed_set_up_ready),
#undef CONTRACT
    };

    return cmocka_run_group_tests_name(kind->name, tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(addresses_that_cannot_be),
        cmocka_unit_test(words_that_are_too_long),
        cmocka_unit_test(names),
    };
    int failed = cmocka_run_group_tests_name("without a printer", alone, NULL, NULL);

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i] != &fake_moonraker_ws || ws_there())
            failed += run_kind(kinds[i]);
    return failed;
}
