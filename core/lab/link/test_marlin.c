// A link to a Marlin-like printer on a real pseudo-terminal: what goes wrong on serial lines, and in real time.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <asm/termbits.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>

#include "core/lab/link/bed.h"
#include "core/lab/link/marlin.h"
#include "core/lab/link/serial.h"

enum { SECOND = 1000000 };

static struct fake_marlin_faults *faults(void)
{
    return fake_marlin_faults(&bed.fake);
}

/// How often a command stands in the printer's log.
static int count(const char *command)
{
    const char *at = fake_marlin_log(&bed.fake);
    size_t n = strlen(command);
    int found = 0;

    for (; *at; at += strcspn(at, "\n") + 1)
        found += !strncmp(at, command, n) && at[n] == '\n';
    return found;
}

/// Run ten moves and see each carried out once.
static int64_t ten_moves(void)
{
    char why[LINK_LINE], text[LINK_LINE] = "", move[16];
    int64_t begin_us = bed.now_us;

    for (int i = 0; i < 10; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "G1 X%d\n", i);
    assert_int_equal(link_gcode(bed.link, text), 0);
    assert_int_equal(bed_answer(why), 0);
    for (int i = 0; i < 10; i++) {
        snprintf(move, sizeof move, "G1 X%d", i);
        assert_int_equal(count(move), 1);
    }
    return bed.now_us - begin_us;
}

static void one_more_move(void)
{
    char why[LINK_LINE];

    assert_int_equal(link_gcode(bed.link, "G1 X77"), 0);
    assert_int_equal(bed_answer(why), 0);
    assert_int_equal(count("G1 X77"), 1);
}

// --- lines that go wrong ------------------------------------------------------------------------------------------

static void lines_asked_for_again(void **state)
{
    (void)state;
    faults()->bad_lines = 5;
    assert_true(ten_moves() < SECOND);
    assert_int_equal(faults()->bad_lines, 0);
}

static void lines_asked_for_again_without_ok(void **state)
{
    (void)state;
    faults()->bad_lines = 3;
    faults()->resend_no_ok = true;
    ten_moves();
}

static void a_line_asked_for_without_end(void **state)
{
    char why[LINK_LINE];

    (void)state;
    faults()->bad_lines = 1000;
    assert_int_equal(link_gcode(bed.link, "G1 X1\nG1 X2"), 0);
    int answer = bed_answer(why);
    // whether the script's line or the link's own question met it first
    assert_true(answer == -EIO || answer == -EPIPE);
    assert_non_null(strstr(why, "again"));
    assert_int_equal(count("G1 X1"), 0);
    faults()->bad_lines = 0;
    bed_until(LINK_READY, 10 * SECOND);
    ten_moves();
}

static void missing_oks(void **state)
{
    (void)state;
    faults()->no_ok = 3;
    ten_moves();
    assert_int_equal(faults()->no_ok, 0);
    assert_int_equal(link_status(bed.link)->state, LINK_READY);
}

static void noise_is_no_answer(void **state)
{
    static const char noise[] = "\0\0\xff\xfe T:\x80 /\nok\xff\nResend\nX:1\n\x01\x02ok T:\n";

    (void)state;
    memcpy(faults()->noise, noise, sizeof noise - 1);
    faults()->noise_size = sizeof noise - 1;
    bed_run(2 * SECOND);
    assert_int_equal(link_status(bed.link)->state, LINK_READY);
    assert_int_equal(link_status(bed.link)->nozzle.now_mc, 24500);
    ten_moves();
}

static void oks_with_numbers(void **state)
{
    (void)state;
    faults()->advanced_ok = true;
    faults()->no_ok = 2;
    ten_moves();
}

static void waits(void **state)
{
    (void)state;
    faults()->says_wait = true;
    faults()->no_ok = 1;
    ten_moves();
}

/// Not a single ok comes through, and temperatures do.
static void no_ok_at_all(void **state)
{
    char why[LINK_LINE];

    (void)state;
    faults()->no_ok = 1000;
    assert_int_equal(link_gcode(bed.link, "G28"), 0);
    assert_int_equal(bed_answer_within(why, 600 * (int64_t)SECOND), -EPIPE);
    assert_string_equal(why, "it lives, and does not answer");
    faults()->no_ok = 0;
    bed_until(LINK_READY, 10 * SECOND);
    ten_moves();
}

static void comments_are_not_sent(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_gcode(bed.link, " G90\t; a comment\n;another\n  \nG91;\r\nG1 X3 "), 0);
    assert_int_equal(bed_answer(why), 0);
    assert_int_equal(count("G90"), 1);
    assert_int_equal(count("G91"), 1);
    assert_int_equal(count("G1 X3"), 1);
}

// --- what takes long ----------------------------------------------------------------------------------------------

static void busy_is_neither_silence_nor_an_answer(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_gcode(bed.link, "G28"), 0);
    faults()->busy_until_us = bed.now_us + 10 * (int64_t)BED_SILENCE_US;
    bed_run(10 * (int64_t)BED_SILENCE_US - SECOND);
    assert_int_equal(link_status(bed.link)->state, LINK_READY);
    assert_int_equal(link_answer(bed.link, why, sizeof why), 1);
    bed_run(2 * SECOND);
    assert_int_equal(link_answer(bed.link, why, sizeof why), 0);
    assert_true(link_status(bed.link)->homed[0] && link_status(bed.link)->homed[2]);
    assert_int_equal(count("G28"), 1);
}

/// A firmware that reports its temperatures and says "busy" never.
static void a_long_command_without_busy(void **state)
{
    char why[LINK_LINE];

    (void)state;
    faults()->dumb_busy = true;
    assert_int_equal(link_gcode(bed.link, "G28 X"), 0);
    faults()->busy_until_us = bed.now_us + 60 * (int64_t)SECOND;
    bed_run(59 * (int64_t)SECOND);
    assert_int_equal(link_answer(bed.link, why, sizeof why), 1);
    bed_run(3 * SECOND);
    assert_int_equal(link_answer(bed.link, why, sizeof why), 0);
    assert_true(link_status(bed.link)->homed[0]);
    assert_false(link_status(bed.link)->homed[1]);
    ten_moves();
}

static void temperatures_are_asked_for_where_none_are_reported(void **state)
{
    (void)state;
    faults()->no_heat_report = true;
    bed_until(LINK_READY, 10 * SECOND);
    assert_int_equal(count("M155 S1"), 0);
    bed.fake.printer.bed_mc = 55000;
    bed_run(2 * SECOND);
    assert_int_equal(link_status(bed.link)->bed.now_mc, 55000);
}

// --- resets -------------------------------------------------------------------------------------------------------

static void a_reset_ends_the_job(void **state)
{
    const struct link_status *now = link_status(bed.link);
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_gcode(bed.link, "G28"), 0);
    assert_int_equal(bed_answer(why), 0);
    assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
    assert_int_equal(bed_answer(why), 0);
    bed_run(SECOND);
    assert_int_equal(now->state, LINK_PRINTING);
    faults()->busy_until_us = bed.now_us + SECOND;
    assert_int_equal(link_gcode(bed.link, "G1 X1"), 0);
    bed.fake.ops->power(&bed.fake, false);
    bed.fake.ops->power(&bed.fake, true); // sooner than anybody could miss it
    assert_int_equal(bed_answer(why), -EPIPE);
    assert_string_equal(why, "it was reset");
    assert_int_equal(now->state, LINK_STARTING);
    assert_int_equal(now->at_nm[0], LINK_UNKNOWN);
    assert_int_equal(now->file_at, LINK_UNKNOWN);
    assert_string_equal(now->file, "");
    assert_int_equal(now->nozzle.now_mc, LINK_NO_TEMPERATURE);
    assert_false(now->homed[0]);
    assert_true(bed_hears("start", SECOND));
    bed_until(LINK_READY, 10 * SECOND);
}

/// "start" was not heard; that it counts lines from 1 again tells the same.
static void a_reset_that_nobody_heard(void **state)
{
    const struct link_status *now = link_status(bed.link);
    char why[LINK_LINE];

    (void)state;
    ten_moves();
    assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
    assert_int_equal(bed_answer(why), 0);
    bed_until(LINK_PRINTING, SECOND);
    faults()->deaf = true;
    bed.fake.ops->power(&bed.fake, false);
    bed.fake.ops->power(&bed.fake, true);
    faults()->deaf = false;
    bed_until(LINK_READY, 3 * SECOND);
    assert_string_equal(now->file, "");
    assert_int_equal(now->file_at, LINK_UNKNOWN);
    one_more_move();
}

static void a_kill_has_the_words_before_it(void **state)
{
    static const char words[] = "Error:Thermal Runaway\nError:Printer halted. kill() called!\n";

    (void)state;
    memcpy(faults()->noise, words, sizeof words - 1);
    faults()->noise_size = sizeof words - 1;
    bed_run(SECOND / 10);
    assert_int_equal(link_status(bed.link)->state, LINK_FAULT);
    assert_string_equal(link_status(bed.link)->why,
                        "Thermal Runaway: Printer halted. kill() called!");
}

/// An ok that was on its way when it died is no life.
static void a_dead_printers_last_ok(void **state)
{
    (void)state;
    marlin_hear(bed.link, "Error:Printer halted. kill() called!", bed.now_us);
    marlin_hear(bed.link, "ok", bed.now_us);
    assert_int_equal(link_status(bed.link)->state, LINK_FAULT);
    bed_until(LINK_READY, 3 * SECOND); // one that answers a greeting lives
}

static void a_position_before_a_reset_is_never_confirmed(void **state)
{
    int64_t at_nm[4];

    (void)state;
    bed_run(SECOND);
    assert_true(link_confirmed(bed.link, at_nm, NULL) != LINK_UNKNOWN);
    marlin_hear(bed.link, "X:9.00 Y:9.00 Z:9.00 E:9.00", bed.now_us);
    marlin_hear(bed.link, "start", bed.now_us);
    marlin_hear(bed.link, "ok", bed.now_us);
    link_confirmed(bed.link, at_nm, NULL);
    assert_int_equal(at_nm[0], 0);
}

/// The job's own complaint is none of the script's.
static void a_job_with_an_unknown_command(void **state)
{
    char why[LINK_LINE];

    (void)state;
    faults()->busy_until_us = bed.now_us + SECOND;
    assert_int_equal(link_gcode(bed.link, "G28"), 0);
    bed_run(SECOND / 2);
    marlin_hear(bed.link, "echo:Unknown command: \"M900 K0\"", bed.now_us);
    assert_int_equal(bed_answer(why), 0);
}

static void a_reset_ends_a_fault(void **state)
{
    (void)state;
    assert_int_equal(link_stop(bed.link), 0);
    bed_until(LINK_FAULT, SECOND);
    bed.fake.ops->power(&bed.fake, false);
    bed.fake.ops->power(&bed.fake, true);
    bed_until(LINK_READY, 10 * SECOND);
}

// --- jobs ---------------------------------------------------------------------------------------------------------

static void a_job_paused_and_ended(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
    assert_int_equal(bed_answer(why), 0);
    assert_int_equal(link_status(bed.link)->state, LINK_PRINTING);
    assert_int_equal(link_gcode(bed.link, "M25"), 0);
    bed_until(LINK_PAUSED, 3 * SECOND);
    bed_run(5 * SECOND);
    assert_int_equal(link_status(bed.link)->state, LINK_PAUSED);
    assert_int_equal(link_gcode(bed.link, "M24"), 0);
    bed_until(LINK_PRINTING, 3 * SECOND);
    bed.fake.printer.job = FAKE_STOPPED;
    bed_until(LINK_CANCELLED, 3 * SECOND);
}

/// A file that is merely open is no print: some say of it what they say of one, and others do not.
static void a_file_that_is_chosen_is_no_job(void **state)
{
    char why[LINK_LINE];

    (void)state;
    for (int old = 0; old < 2; old++) {
        faults()->old_card = old;
        assert_int_equal(link_gcode(bed.link, "M23 cube.gcode"), 0);
        assert_int_equal(bed_answer(why), 0);
        bed_run(3 * SECOND);
        assert_int_equal(link_status(bed.link)->state, LINK_READY);
        assert_int_equal(link_status(bed.link)->file_size, 20000);
        assert_int_equal(link_gcode(bed.link, "M26 S700"), 0); // nor one that is sought
        assert_int_equal(bed_answer(why), 0);
        bed_run(3 * SECOND);
        assert_int_equal(link_status(bed.link)->state, LINK_READY);
    }
    assert_int_equal(link_gcode(bed.link, "M24"), 0);
    bed_until(LINK_PRINTING, SECOND / 2);
    assert_in_range(link_status(bed.link)->file_at, 1, 2000);
    marlin_hear(bed.link, "start", bed.now_us);
    marlin_hear(bed.link, "SD printing byte 0/0", bed.now_us); // an old one with a card and no file
    assert_int_equal(link_status(bed.link)->state, LINK_STARTING);
}

static void a_pause_lasts_whatever_is_told_of_the_file(void **state)
{
    char why[LINK_LINE];

    (void)state;
    for (int old = 0; old < 2; old++) {
        faults()->old_card = old;
        assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
        assert_int_equal(bed_answer(why), 0);
        bed_until(LINK_PRINTING, SECOND);
        assert_int_equal(link_gcode(bed.link, "M25"), 0);
        bed_until(LINK_PAUSED, 3 * SECOND);
        bed_run(5 * SECOND);
        assert_int_equal(link_status(bed.link)->state, LINK_PAUSED);
        bed.fake.printer.job = FAKE_RUNS; // by its own buttons, and it says nothing
        bed_until(LINK_PRINTING, 3 * SECOND);
    }
}

/// What it has its host do is what happens to the job.
static void a_job_told_by_actions(void **state)
{
    char why[LINK_LINE];

    (void)state;
    assert_int_equal(link_print(bed.link, "cube.gcode"), 0);
    assert_int_equal(bed_answer(why), 0);
    bed_until(LINK_PRINTING, SECOND);
    marlin_hear(bed.link, "//action:paused", bed.now_us);
    bed.fake.printer.job = FAKE_PAUSED;
    bed_until(LINK_PAUSED, SECOND / 10); // it is asked at once
    marlin_hear(bed.link, "//action:resumed", bed.now_us);
    bed.fake.printer.job = FAKE_RUNS;
    bed_until(LINK_PRINTING, SECOND / 10);
    assert_true(link_status(bed.link)->job_us > 0); // the same job
    marlin_hear(bed.link, "//action:cancel", bed.now_us);
    assert_int_equal(link_status(bed.link)->state, LINK_CANCELLED);
}

static void a_job_that_ran_before(void **state)
{
    struct fake_printer *p = &bed.fake.printer;

    (void)state;
    p->job = FAKE_RUNS;
    p->file_at = 5000;
    p->file_size = 1000000;
    bed_until(LINK_PRINTING, 10 * SECOND);
    assert_int_equal(link_status(bed.link)->job_us, LINK_UNKNOWN);
    assert_string_equal(link_status(bed.link)->file, "");
}

static void commands_too_long_for_a_line(void **state)
{
    char text[MARLIN_COMMAND + 2];

    (void)state;
    memset(text, 'G', sizeof text);
    text[MARLIN_COMMAND] = 0;
    assert_int_equal(link_gcode(bed.link, text), -E2BIG);
    text[MARLIN_COMMAND - 1] = 0;
    assert_int_equal(link_gcode(bed.link, text), 0);
}

// --- devices ------------------------------------------------------------------------------------------------------

static void what_is_no_serial_line(void **state)
{
    struct link_config config = {LINK_MARLIN, "/dev/null", 115200, SECOND};
    struct lab_error err = {0};
    struct link *link;

    (void)state;
    assert_int_equal(link_open(&link, &config, &err), 0);
    (void)link_turn(link, 0);
    assert_int_equal(link_status(link)->state, LINK_LOST);
    assert_non_null(strstr(link_status(link)->why, "/dev/null: Inappropriate ioctl"));
    link_close(link);
}

static void a_device_has_one_owner(void **state)
{
    (void)state;
    assert_int_equal(serial_open(bed.fake.address, 115200), -EBUSY);
}

static void any_speed(void **state)
{
    static const int32_t baud[] = {9600, 115200, 250000, 1000000, 76543};

    (void)state;
    bed.link->ops->gone(bed.link, "", bed.now_us); // it is not looked at any more
    link_wire_close(&bed.link->wire);
    for (size_t i = 0; i < sizeof baud / sizeof *baud; i++) {
        int fd = serial_open(bed.fake.address, baud[i]);
        struct termios2 is;
        assert_true(fd >= 0);
        assert_int_equal(ioctl(fd, TCGETS2, &is), 0);
        assert_int_equal(is.c_ispeed, baud[i]);
        assert_int_equal(is.c_ospeed, baud[i]);
        assert_int_equal(is.c_lflag | is.c_oflag, 0); // nothing is echoed, nothing made of anything
        struct link_wire wire = {.fd = fd};
        link_wire_close(&wire);
    }
}

// --- real time ----------------------------------------------------------------------------------------------------

static int64_t real_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

static int64_t real_time(void *ctx)
{
    (void)ctx;
    return real_us();
}

static int alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms++;
}

/// Waiting lasts until the instant told, signals or not, and ends at once when something is new.
static void waits_in_real_time(void **state)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval every = {{0, 5000}, {0, 5000}}, off = {{0, 0}, {0, 0}};

    (void)state;
    bed.link->clock = (struct link_clock){real_time, NULL};
    bed.link->config.silence_us = 3600 * (int64_t)SECOND;
    faults()->deaf = true;
    while (link_turn(bed.link, 0) == 1)
        ;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    int64_t until_us = real_us() + 40000;
    assert_int_equal(link_turn(bed.link, until_us), 0);
    assert_true(real_us() >= until_us);
    assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
    assert_true(alarms > 0);
    faults()->deaf = false;
    memcpy(faults()->noise, "hello\n", 6);
    faults()->noise_size = 6;
    bed.fake.ops->step(&bed.fake, bed.now_us);
    assert_int_equal(link_turn(bed.link, real_us() + 3600 * (int64_t)SECOND), 1);
}

/// A printer with several tools tells each, and which is the current one.
static void tools_are_told_by_their_numbers(void **state)
{
    const struct link_status *status = link_status(bed.link);

    (void)state;
    bed_run(SECOND);
    assert_int_equal(status->others, 0); // one alone is the nozzle
    snprintf(faults()->noise, sizeof faults()->noise, "T:31 /0 B:20 /0 T0:180 /190 T1:31 /0\n");
    faults()->noise_size = strlen(faults()->noise);
    bed_run(BED_STEP_US);
    assert_int_equal(status->nozzle.now_mc, 31000);
    assert_int_equal(status->others, 2);
    assert_string_equal(status->other[0].name, "T0");
    assert_int_equal(status->other[0].heat.now_mc, 180000);
    assert_int_equal(status->other[0].heat.target_mc, 190000);
    assert_string_equal(status->other[1].name, "T1");
    assert_true(bed.now_us - status->heat_us <= 2 * SECOND);
}

int main(void)
{
#define ON_BED(test, up)                                              \
    cmocka_unit_test_prestate_setup_teardown(test, up, bed_tear_down, \
                                             (void *)(uintptr_t)&fake_marlin)
    const struct CMUnitTest tests[] = {
        ON_BED(lines_asked_for_again, bed_set_up_ready),
        ON_BED(tools_are_told_by_their_numbers, bed_set_up_ready),
        ON_BED(lines_asked_for_again_without_ok, bed_set_up_ready),
        ON_BED(a_line_asked_for_without_end, bed_set_up_ready),
        ON_BED(missing_oks, bed_set_up_ready),
        ON_BED(noise_is_no_answer, bed_set_up_ready),
        ON_BED(oks_with_numbers, bed_set_up_ready),
        ON_BED(waits, bed_set_up_ready),
        ON_BED(no_ok_at_all, bed_set_up_ready),
        ON_BED(comments_are_not_sent, bed_set_up_ready),
        ON_BED(a_dead_printers_last_ok, bed_set_up_ready),
        ON_BED(a_position_before_a_reset_is_never_confirmed, bed_set_up_ready),
        ON_BED(a_job_with_an_unknown_command, bed_set_up_ready),
        ON_BED(busy_is_neither_silence_nor_an_answer, bed_set_up_ready),
        ON_BED(a_long_command_without_busy, bed_set_up_ready),
        ON_BED(temperatures_are_asked_for_where_none_are_reported, bed_set_up),
        ON_BED(a_reset_ends_the_job, bed_set_up_ready),
        ON_BED(a_reset_that_nobody_heard, bed_set_up_ready),
        ON_BED(a_file_that_is_chosen_is_no_job, bed_set_up_ready),
        ON_BED(a_pause_lasts_whatever_is_told_of_the_file, bed_set_up_ready),
        ON_BED(a_job_told_by_actions, bed_set_up_ready),
        ON_BED(a_kill_has_the_words_before_it, bed_set_up_ready),
        ON_BED(a_reset_ends_a_fault, bed_set_up_ready),
        ON_BED(a_job_paused_and_ended, bed_set_up_ready),
        ON_BED(a_job_that_ran_before, bed_set_up),
        ON_BED(commands_too_long_for_a_line, bed_set_up_ready),
        cmocka_unit_test(what_is_no_serial_line),
        ON_BED(a_device_has_one_owner, bed_set_up_ready),
        ON_BED(any_speed, bed_set_up_ready),
        ON_BED(waits_in_real_time, bed_set_up_ready),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
