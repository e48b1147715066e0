// The conversation with a Marlin-like printer over a line that garbles and loses: every command is carried out once, in order.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/marlin_talk.h"

enum { SECOND = 1000000, LATE_US = SECOND, COMMANDS = 200, LOG = 16384, PENDING = 32 };

static uint64_t random_state;

/// True in about `permille` of 1000 cases.
static bool chance(int permille)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int)((random_state >> 33) % 1000) < permille;
}

/// A printer that says what Marlin says, over a bad line.
struct printer {
    int to_bad, from_lost; ///< per thousand lines
    bool resend_ok, advanced, slow;
    int64_t last_n;
    char pending[PENDING][LINK_LINE]; ///< what it will say
    int first, count;
    char log[LOG]; ///< commands carried out
    int refused;
};

static struct printer printer;
static struct marlin_talk talk;

static void say(const char *line)
{
    assert_true(printer.count < PENDING);
    if (chance(printer.from_lost))
        return;
    snprintf(printer.pending[(printer.first + printer.count++) % PENDING], LINK_LINE, "%s", line);
}

static void ask_again(void)
{
    char line[LINK_LINE];

    printer.refused++;
    say("Error:checksum mismatch, Last Line: 0");
    snprintf(line, sizeof line, "Resend: %lld", (long long)printer.last_n + 1);
    say(line);
    if (printer.resend_ok)
        say("ok");
}

static void answer(const char *command)
{
    char line[LINK_LINE];

    if (!strcmp(command, "M105")) {
        say("ok T:20.00 /0.00");
        return;
    }
    if (!strcmp(command, "M114"))
        say("X:0.00 Y:0.00 Z:0.00 E:0.00");
    else if (!strcmp(command, "M115"))
        say("FIRMWARE_NAME:x");
    else if (!strcmp(command, "M27"))
        say("Not SD printing");
    else
        snprintf(printer.log + strlen(printer.log), LOG - strlen(printer.log), "%s\n", command);
    snprintf(line, sizeof line, "ok N%lld P1 B1", (long long)printer.last_n);
    say(printer.advanced ? line : "ok");
}

static void hear(const char *line, size_t size)
{
    char command[LINK_LINE];
    unsigned n, sum, is = 0;

    if (!size)
        return;
    assert_int_equal(line[size - 1], '\n');
    assert_int_equal(sscanf(line, "N%u %[^*]*%u", &n, command, &sum), 3);
    for (const char *at = line; *at != '*'; at++)
        is ^= (unsigned char)*at;
    assert_int_equal(is, sum);
    if (chance(printer.to_bad) || (int64_t)n != printer.last_n + 1) {
        ask_again();
        return;
    }
    printer.last_n = n;
    answer(command);
}

static bool next_line(struct marlin_said *out)
{
    if (!printer.count)
        return false;
    marlin_read(printer.pending[printer.first], out);
    printer.first = (printer.first + 1) % PENDING;
    printer.count--;
    return true;
}

static void begin(uint64_t seed)
{
    random_state = seed * 0x9e3779b97f4a7c15u;
    memset(&printer, 0, sizeof printer);
    printer.resend_ok = true;
    marlin_talk_begin(&talk, LATE_US);
}

static char want[LOG];

/// Say the next command; behind the last a question, as a link does all the time: a line is missed when the next one comes.
static void say_next(int *sent, int64_t now_us)
{
    char out[MARLIN_SENT], command[32] = "M105";

    if (*sent < COMMANDS) {
        snprintf(command, sizeof command, "G1 X%d", *sent);
        snprintf(want + strlen(want), LOG - strlen(want), "%s\n", command);
    }
    hear(out, marlin_talk_say(&talk, command, *sent < COMMANDS ? *sent : -1, now_us, out));
    *sent += *sent < COMMANDS;
}

/// Say COMMANDS commands. Returns the time that took.
static int64_t converse(void)
{
    char out[MARLIN_SENT];
    struct marlin_answered answered;
    struct marlin_said said;
    int sent = 0, done = 0;
    int64_t now_us = 0;

    want[0] = 0;
    for (; done < COMMANDS || strcmp(printer.log, want) != 0; now_us += 10000) {
        assert_true(now_us < 3600 * (int64_t)SECOND);
        if (marlin_talk_free(&talk))
            say_next(&sent, now_us);
        hear(out, marlin_talk_step(&talk, -1, now_us, out));
        if (!next_line(&said))
            continue;
        assert_int_equal(marlin_talk_hear(&talk, &said, now_us, &answered), MARLIN_GOES_ON);
        for (int i = 0; i < answered.count; i++)
            if (answered.tag[i] >= 0)
                assert_int_equal(answered.tag[i], done++);
    }
    return now_us;
}

static void a_good_line_loses_no_time(void **state)
{
    (void)state;
    begin(1);
    assert_true(converse() <= COMMANDS * 20000);
    assert_int_equal(talk.n, COMMANDS); // no questions
}

static void bad_lines_are_said_again(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        begin(seed);
        printer.to_bad = 100;
        printer.advanced = seed & 1;
        int64_t took_us = converse();
        assert_true(printer.refused > 0);
        assert_true(took_us < COMMANDS * 40000); // an ok behind "Resend:" was not waited for
    }
}

static void resend_without_ok(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        begin(seed);
        printer.to_bad = 100;
        printer.resend_ok = false;
        converse();
        assert_true(printer.refused > 0);
    }
}

static void missing_oks_are_asked_for(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        begin(seed);
        printer.from_lost = 50;
        printer.advanced = seed & 1;
        converse();
        assert_true(talk.n > COMMANDS);
    }
}

static void everything_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        begin(seed);
        printer.to_bad = 80;
        printer.from_lost = 50;
        printer.resend_ok = seed % 3 != 0;
        printer.advanced = seed % 2;
        converse();
    }
}

// --- what cannot go on --------------------------------------------------------------------------------------------

static enum marlin_turn told(const char *line, int64_t now_us)
{
    struct marlin_answered answered;
    struct marlin_said said;

    marlin_read(line, &said);
    return marlin_talk_hear(&talk, &said, now_us, &answered);
}

static void say_lines(int count)
{
    char out[MARLIN_SENT];

    for (int i = 0; i < count; i++) {
        assert_true(marlin_talk_say(&talk, "G1 X1", 0, 0, out) > 0);
        assert_int_equal(told("ok", 0), MARLIN_GOES_ON);
    }
}

static void the_same_line_without_end(void **state)
{
    char out[MARLIN_SENT];

    (void)state;
    begin(1);
    assert_true(marlin_talk_say(&talk, "G28", 0, 0, out) > 0);
    for (int i = 0; i < MARLIN_RESENDS; i++) {
        assert_int_equal(told("Resend: 1", 0), MARLIN_GOES_ON);
        assert_int_equal(told("ok", 0), MARLIN_GOES_ON);
        assert_true(marlin_talk_step(&talk, 0, 0, out) > 0);
        assert_string_equal(out, "N1 G28*18\n");
    }
    assert_int_equal(told("Resend: 1", 0), MARLIN_HOPELESS);
}

static void a_reset_that_was_not_heard(void **state)
{
    (void)state;
    begin(1);
    say_lines(3);
    assert_int_equal(told("Resend: 1", 0), MARLIN_GOES_ON); // a lost "Resend: 1" before looks alike
    begin(1);
    say_lines(4);
    assert_int_equal(told("Resend: 1", 0), MARLIN_RESET);
}

static void lines_that_nobody_has(void **state)
{
    static const struct {
        const char *line;
        enum marlin_turn turn;
    } row[] = {{"Resend: 40", MARLIN_GOES_ON},         {"Resend: 41", MARLIN_GOES_ON},
               {"Resend: 42", MARLIN_HOPELESS},        {"Resend: 0", MARLIN_HOPELESS},
               {"Resend: 24", MARLIN_HOPELESS},        {"Resend: 25", MARLIN_GOES_ON},
               {"Resend: 4294967295", MARLIN_HOPELESS}};

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        begin(1);
        say_lines(40);
        if (told(row[i].line, 0) != row[i].turn)
            fail_msg("%s", row[i].line);
    }
}

static void waits_are_an_answer(void **state)
{
    char out[MARLIN_SENT];

    (void)state;
    begin(1);
    assert_true(marlin_talk_say(&talk, "G28", 0, 0, out) > 0);
    assert_int_equal(told("wait", 0), MARLIN_GOES_ON); // on its way when the line was sent
    assert_false(marlin_talk_free(&talk));
    assert_int_equal(told("wait", 0), MARLIN_GOES_ON);
    assert_true(marlin_talk_free(&talk));
}

static void a_busy_printer_is_not_asked(void **state)
{
    char out[MARLIN_SENT];

    (void)state;
    begin(1);
    assert_true(marlin_talk_say(&talk, "G28", 0, 0, out) > 0);
    for (int64_t now_us = 0; now_us < 60 * SECOND; now_us += SECOND / 2) {
        assert_int_equal(marlin_talk_step(&talk, 0, now_us, out), 0);
        assert_int_equal(told("echo:busy: processing", now_us), MARLIN_GOES_ON);
    }
}

/// One that says nothing while it works must not be drowned in questions.
static void questions_end(void **state)
{
    char out[MARLIN_SENT];
    int questions = 0;

    (void)state;
    begin(1);
    assert_true(marlin_talk_say(&talk, "G28", 0, 0, out) > 0);
    for (int64_t now_us = 0; now_us < 600 * (int64_t)SECOND; now_us += SECOND / 10) {
        questions += marlin_talk_step(&talk, 0, now_us, out) > 0;
        // after one second, two more, four more: it may just be at something long
        assert_true(now_us > SECOND * 5 / 2 || questions <= 1);
        assert_true(now_us > SECOND * 13 / 2 || questions <= 2);
    }
    assert_int_equal(questions, MARLIN_OPEN - 1);
    assert_false(marlin_talk_stuck(&talk, 60 * SECOND));
    assert_true(marlin_talk_stuck(&talk, 600 * (int64_t)SECOND));
    assert_int_equal(told("ok", 0), MARLIN_GOES_ON);
    assert_int_equal(told("ok T:1.00 /0.00", 0), MARLIN_GOES_ON);
    assert_int_equal(told("FIRMWARE_NAME:x", 0), MARLIN_GOES_ON);
    assert_int_equal(told("ok", 0), MARLIN_GOES_ON);
    assert_int_equal(told("Not SD printing", 0), MARLIN_GOES_ON);
    assert_int_equal(told("ok", 0), MARLIN_GOES_ON);
    assert_false(marlin_talk_free(&talk));
    assert_int_equal(told("X:0 Y:0 Z:0 E:0", 0), MARLIN_GOES_ON);
    assert_int_equal(told("ok", 0), MARLIN_GOES_ON);
    assert_true(marlin_talk_free(&talk));
}

// --- which line an ok belongs to ----------------------------------------------------------------------------------

/// Line 1 is under way, and the questions that are asked for it when no ok comes: M105, and M115 with `both`.
static void ask_for_an_ok(bool both)
{
    char out[MARLIN_SENT];

    assert_true(marlin_talk_say(&talk, "G28", 7, 0, out) > 0);
    assert_true(marlin_talk_step(&talk, -1, LATE_US, out) > 0);
    assert_non_null(strstr(out, "M105"));
    if (both)
        assert_true(marlin_talk_step(&talk, -1, 3 * LATE_US, out) > 0);
    assert_int_equal(talk.open, both ? 3 : 2);
}

static void an_ok_is_the_oldest_lines(void **state)
{
    (void)state;
    begin(1);
    ask_for_an_ok(true);
    told("ok", 0);
    assert_int_equal(talk.open, 2);
    told("ok T:1.00 /0.00", 0);
    assert_int_equal(talk.open, 1);
}

static void what_it_tells_before_an_ok_counts_once(void **state)
{
    char out[MARLIN_SENT];

    (void)state;
    begin(1);
    assert_true(marlin_talk_say(&talk, "M115", 0, 0, out) > 0);
    told("FIRMWARE_NAME:x", 0);
    told("ok", 0);
    assert_true(marlin_talk_free(&talk));
    ask_for_an_ok(true);
    told("ok", 0);
    assert_int_equal(talk.open, 2);
    told("FIRMWARE_NAME:x", 0); // the second question's: the first one's answer was lost
    told("ok", 0);
    assert_int_equal(talk.open, 0);
}

static void temperatures_told_unasked_are_no_answer(void **state)
{
    (void)state;
    begin(1);
    ask_for_an_ok(false);
    told(" T:1.00 /0.00", 0);
    told("ok", 0);
    assert_int_equal(talk.open, 1);
}

static void an_ok_with_its_number(void **state)
{
    (void)state;
    begin(1);
    ask_for_an_ok(false);
    told("ok N2 P15 B3", 0);
    assert_int_equal(talk.open, 0);
    told("ok N1 P15 B3", 0); // long done
    assert_int_equal(talk.open, 0);
}

/// "Resend: 2" says that line 1 is through, whatever became of its ok.
static void asking_for_the_next_answers_the_last(void **state)
{
    struct marlin_answered answered;
    struct marlin_said said;

    (void)state;
    begin(1);
    ask_for_an_ok(false);
    marlin_read("Resend: 2", &said);
    assert_int_equal(marlin_talk_hear(&talk, &said, 0, &answered), MARLIN_GOES_ON);
    assert_int_equal(answered.count, 1);
    assert_int_equal(answered.tag[0], 7);
}

static void lost_oks_are_not_waited_for_later(void **state)
{
    char out[MARLIN_SENT];

    (void)state;
    begin(1);
    ask_for_an_ok(false);
    told("ok T:1.00 /0.00", 0);
    assert_true(marlin_talk_free(&talk));
    assert_true(marlin_talk_say(&talk, "G1 X1", 0, 0, out) > 0);
    told("Resend: 3", 0);
    told("ok", 0);
    assert_true(marlin_talk_step(&talk, 0, 0, out) > 0); // at once
    assert_non_null(strstr(out, "N3 G1 X1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_line_loses_no_time),
        cmocka_unit_test(bad_lines_are_said_again),
        cmocka_unit_test(resend_without_ok),
        cmocka_unit_test(missing_oks_are_asked_for),
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(the_same_line_without_end),
        cmocka_unit_test(a_reset_that_was_not_heard),
        cmocka_unit_test(lines_that_nobody_has),
        cmocka_unit_test(waits_are_an_answer),
        cmocka_unit_test(a_busy_printer_is_not_asked),
        cmocka_unit_test(questions_end),
        cmocka_unit_test(an_ok_is_the_oldest_lines),
        cmocka_unit_test(what_it_tells_before_an_ok_counts_once),
        cmocka_unit_test(temperatures_told_unasked_are_no_answer),
        cmocka_unit_test(an_ok_with_its_number),
        cmocka_unit_test(asking_for_the_next_answers_the_last),
        cmocka_unit_test(lost_oks_are_not_waited_for_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
