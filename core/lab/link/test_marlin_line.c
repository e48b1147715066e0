// Lines of Marlin's serial protocol: what each says, and that none is read as what it is not.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/lab/link/marlin_line.h"

enum { NONE = LINK_NO_TEMPERATURE };

static void numbers_and_checksums(void **state)
{
    static const struct {
        uint32_t n;
        const char *command, *line;
    } row[] = {
        {0, "M110 N0", "N0 M110 N0*125\n"},
        {1, "M115", "N1 M115*39\n"},
        {4294967295u, "G1 X1", "N4294967295 G1 X1*92\n"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        size_t size = marlin_number(out, sizeof out, row[i].n, row[i].command);
        assert_string_equal(out, row[i].line);
        assert_int_equal(size, strlen(row[i].line));
        for (size_t room = 1; room <= size; room++)
            assert_int_equal(marlin_number(out, room, row[i].n, row[i].command), 0);
    }
}

static void kinds_of_lines(void **state)
{
    static const struct {
        const char *line;
        enum marlin_word word;
        int64_t number[2];
        const char *text;
    } row[] = {
        {"start", MARLIN_START, {0, 0}, ""},
        {"??start", MARLIN_START, {0, 0}, ""},
        {"started", MARLIN_OTHER, {0, 0}, ""},
        {"wait", MARLIN_WAIT, {0, 0}, ""},
        {"echo:busy: processing", MARLIN_BUSY, {0, 0}, ""},
        {"busy: paused for user", MARLIN_BUSY, {0, 0}, ""},
        {"Resend: 12", MARLIN_RESEND, {12, 0}, ""},
        {"Resend:12", MARLIN_RESEND, {12, 0}, ""},
        {"rs N12", MARLIN_RESEND, {12, 0}, ""},
        {"Resend: ", MARLIN_OTHER, {0, 0}, ""},
        {"Resend: -1", MARLIN_OTHER, {-1, 0}, ""},
        {"Error:checksum mismatch, Last Line: 5",
         MARLIN_BAD_LINE,
         {0, 0},
         "checksum mismatch, Last Line: 5"},
        {"Error:Line Number is not Last Line Number+1, Last Line: 5",
         MARLIN_BAD_LINE,
         {0, 0},
         "Line Number is not Last Line Number+1, Last Line: 5"},
        {"Error: MINTEMP triggered", MARLIN_ERROR, {0, 0}, "MINTEMP triggered"},
        {"!! Lost communication with MCU", MARLIN_ERROR, {0, 0}, "Lost communication with MCU"},
        {"Error:Printer halted. kill() called!",
         MARLIN_KILLED,
         {0, 0},
         "Printer halted. kill() called!"},
        {"SD printing byte 123/4567", MARLIN_SD_PRINTING, {123, 4567}, ""},
        {"SD printing byte 123", MARLIN_OTHER, {123, 0}, ""},
        {"SD printing byte 8/7", MARLIN_OTHER, {8, 7}, ""},
        {"Not SD printing", MARLIN_SD_IDLE, {0, 0}, ""},
        {"File opened: CUBE~1.GCO Size: 5000", MARLIN_FILE_OPENED, {5000, 0}, "CUBE~1.GCO"},
        {"echo:File opened: a b.g Size: 7", MARLIN_FILE_OPENED, {7, 0}, "a b.g"},
        {"File opened: Size: 7", MARLIN_OTHER, {0, 0}, ""},
        {"File opened: CUBE", MARLIN_OTHER, {0, 0}, ""},
        {"open failed, File: x.g.", MARLIN_FILE_FAILED, {0, 0}, "open failed, File: x.g."},
        {"Done printing file", MARLIN_FILE_DONE, {0, 0}, ""},
        {"FIRMWARE_NAME:Marlin 2.1", MARLIN_FIRMWARE, {0, 0}, ""},
        {"Cap:FORCE_MOVE:1", MARLIN_CAP, {1, 0}, "FORCE_MOVE"},
        {"Cap:AUTOREPORT_POS:0", MARLIN_CAP, {0, 0}, "AUTOREPORT_POS"},
        {"Cap:AUTOREPORT_POS", MARLIN_OTHER, {0, 0}, ""},
        {"echo:Unknown command: \"FOO\"",
         MARLIN_UNKNOWN_COMMAND,
         {0, 0},
         "Unknown command: \"FOO\""},
        {"//action:paused", MARLIN_ACTION, {0, 0}, "paused"},
        {"// probe at 1,2", MARLIN_OTHER, {0, 0}, ""},
        {"okay", MARLIN_OTHER, {0, 0}, ""},
        {"Resend: 99999999999999999999999", MARLIN_OTHER, {0, 0}, ""},
    };
    struct marlin_said said;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        marlin_read(row[i].line, &said);
        if (said.word != row[i].word)
            fail_msg("%s: %d, not %d", row[i].line, said.word, row[i].word);
        assert_false(said.ok);
        assert_int_equal(said.number[0], row[i].number[0]);
        assert_int_equal(said.number[1], row[i].number[1]);
        assert_int_equal(said.text_size, strlen(row[i].text));
        assert_memory_equal(said.text, row[i].text, said.text_size);
    }
}

static void oks(void **state)
{
    static const struct {
        const char *line;
        int64_t n;
        enum marlin_word word;
    } row[] = {
        {"ok", -1, MARLIN_OTHER},
        {" ok", -1, MARLIN_OTHER},
        {"ok N57 P15 B3", 57, MARLIN_OTHER},
        {"ok P15 B3", -1, MARLIN_OTHER},
        {"ok T:20.00 /0.00", -1, MARLIN_TEMPERATURES},
        {"ok X:1.00 Y:2.00 Z:3.00 E:4.00", -1, MARLIN_POSITION},
    };
    struct marlin_said said;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        marlin_read(row[i].line, &said);
        assert_true(said.ok);
        assert_int_equal(said.ok_n, row[i].n);
        assert_int_equal(said.word, row[i].word);
    }
}

static void temperatures(void **state)
{
    static const struct {
        const char *line;
        int32_t nozzle[2], bed[2], chamber[2];
    } row[] = {
        {"ok T:200.00 /210.00 B:60.00 /65.50 @:64 B@:32",
         {200000, 210000},
         {60000, 65500},
         {NONE, NONE}},
        {" T:23.45 /0.00 B:22.10 /0.00 @:0 B@:0", {23450, 0}, {22100, 0}, {NONE, NONE}},
        {"T:200.12 /210.00 B:60 /60 C:45.00 /50.00 T0:200.12 /210.00 T1:25.00 /0.00 @:1 B@:2",
         {200120, 210000},
         {60000, 60000},
         {45000, 50000}},
        {"ok T0:200.00 /210.00 B:60.00 /60.00", {200000, 210000}, {60000, 60000}, {NONE, NONE}},
        {"ok T:-14.30 B:22.1", {-14300, NONE}, {22100, NONE}, {NONE, NONE}},
        {"ok B:22.1 /0", {NONE, NONE}, {22100, 0}, {NONE, NONE}},
    };
    struct marlin_said said;

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        marlin_read(row[i].line, &said);
        assert_int_equal(said.word, MARLIN_TEMPERATURES);
        assert_int_equal(said.nozzle.now_mc, row[i].nozzle[0]);
        assert_int_equal(said.nozzle.target_mc, row[i].nozzle[1]);
        assert_int_equal(said.bed.now_mc, row[i].bed[0]);
        assert_int_equal(said.bed.target_mc, row[i].bed[1]);
        assert_int_equal(said.chamber.now_mc, row[i].chamber[0]);
        assert_int_equal(said.chamber.target_mc, row[i].chamber[1]);
        assert_int_equal(said.tool[1].now_mc, i == 2 ? 25000 : NONE);
    }
    marlin_read("T:20 /0 T0:20 /0 T7:21 /5 T8:22 /0 T10:23 /0", &said);
    assert_int_equal(said.word, MARLIN_TEMPERATURES);
    assert_int_equal(said.tool[0].now_mc, 20000);
    assert_int_equal(said.tool[7].target_mc, 5000);
}

static void half_temperatures_are_none(void **state)
{
    static const char *const line[] = {"ok T:",         "T:2x",       "T:20.00 /",
                                       "T:999999.0 /0", "T:20 /-5",   "T:nan /0",
                                       "T:20 /9999999", "T:20 /0 B:", "T:99999999999999999999 /0",
                                       "Bed X:1 T:20"};
    struct marlin_said said;

    (void)state;
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        marlin_read(line[i], &said);
        assert_int_not_equal(said.word, MARLIN_TEMPERATURES);
    }
}

static void positions(void **state)
{
    struct marlin_said said;

    (void)state;
    marlin_read("X:12.34 Y:-0.50 Z:0.20 E:1234.56789 Count X:987 Y:0 Z:80", &said);
    assert_int_equal(said.word, MARLIN_POSITION);
    assert_int_equal(said.at_nm[0], 12340000);
    assert_int_equal(said.at_nm[1], -500000);
    assert_int_equal(said.at_nm[2], 200000);
    assert_int_equal(said.at_nm[3], 1234567890);
    marlin_read("X:1 Y:2 Z:3", &said);
    assert_int_equal(said.word, MARLIN_POSITION);
    assert_int_equal(said.at_nm[2], 3000000);
    assert_int_equal(said.at_nm[3], LINK_UNKNOWN);
    marlin_read("X:1.1234567 Y:-0.000001 Z:.5", &said);
    assert_int_equal(said.at_nm[0], 1123456);
    assert_int_equal(said.at_nm[1], -1);
    assert_int_equal(said.at_nm[2], 500000);
    static const char *const bad[] = {"X:1 Y:2", "X:1 Y: Z:3", "X:1 Y:2 Z:3x", "X:1.2.3 Y:2 Z:3",
                                      "Bed X:1 Y:2 Z:3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        marlin_read(bad[i], &said);
        assert_int_not_equal(said.word, MARLIN_POSITION);
    }
}

static void bytes_become_lines(void **state)
{
    static const char bytes[] = "ok\r\n\n\0o\0k\nT:\t20\xff\x01!\nhalf";
    static const char *const want[] = {"ok", "ok", "T: 20?!"};
    struct marlin_splitter splitter = {{0}, 0};
    size_t lines = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bytes - 1; i++)
        if (marlin_split(&splitter, bytes[i])) {
            assert_true(lines < 3);
            assert_string_equal(splitter.line, want[lines++]);
        }
    assert_int_equal(lines, 3);
}

static void a_long_line_is_cut(void **state)
{
    struct marlin_splitter splitter = {{0}, 0};

    (void)state;
    for (int i = 0; i < 5 * LINK_LINE; i++)
        assert_false(marlin_split(&splitter, 'x'));
    assert_true(marlin_split(&splitter, '\n'));
    assert_int_equal(strlen(splitter.line), LINK_LINE - 1);
    assert_false(marlin_split(&splitter, 'y'));
    assert_true(marlin_split(&splitter, '\n'));
    assert_string_equal(splitter.line, "y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_checksums),
        cmocka_unit_test(kinds_of_lines),
        cmocka_unit_test(oks),
        cmocka_unit_test(temperatures),
        cmocka_unit_test(half_temperatures_are_none),
        cmocka_unit_test(positions),
        cmocka_unit_test(bytes_become_lines),
        cmocka_unit_test(a_long_line_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
