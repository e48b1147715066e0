// Tests of a line of the serial protocol: numbers, checksums, what is sent again, and that nothing garbled is taken for good.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "sim/serve/frame.h"

static void what_lines_are(void **state)
{
    static const struct {
        const char *line;
        int64_t last;
        enum frame_kind kind;
        int64_t then;
        const char *text; ///< the command, or the fault
    } cases[] = {
        {"", 7, FRAME_EMPTY, 7, ""},
        {" \t\r", 7, FRAME_EMPTY, 7, ""},
        {"; only words", 7, FRAME_EMPTY, 7, ""},
        {"M105", 7, FRAME_COMMAND, 7, "M105"},
        {"  M105 \r", 7, FRAME_COMMAND, 7, "M105"},
        {"M117 hi ; there", 7, FRAME_COMMAND, 7, "M117 hi"},
        {"N1 M115*39", 0, FRAME_COMMAND, 1, "M115"},
        {"n1 M115*39", 0, FRAME_AGAIN, 0, "checksum mismatch"},
        {"N1 M115*38", 0, FRAME_AGAIN, 0, "checksum mismatch"},
        {"N1 M115*", 0, FRAME_AGAIN, 0, "checksum mismatch"},
        {"N1 M115", 0, FRAME_AGAIN, 0, "No Checksum with line number"},
        {"N1 M115*39", 1, FRAME_AGAIN, 1, "Line Number is not Last Line Number+1"},
        {"N1 M115*39", -5, FRAME_AGAIN, -5, "Line Number is not Last Line Number+1"},
        {"N1 M115*39", INT64_MAX, FRAME_AGAIN, INT64_MAX, "Line Number is not Last Line Number+1"},
        {"N0 M110 N0*125", 55, FRAME_COMMAND, 0, "M110 N0"},
        {"N99 M110 N41*120", 55, FRAME_COMMAND, 41, "M110 N41"},
        {"N99 M110*111", 55, FRAME_AGAIN, 55, "checksum mismatch"},
        {"N-1 M110*15", 55, FRAME_COMMAND, -1, "M110"},
        {"M110 N12", 55, FRAME_COMMAND, 12, "M110 N12"},
        {"M110", 55, FRAME_COMMAND, 55, "M110"},
        {"M1101 N12", 55, FRAME_COMMAND, 55, "M1101 N12"},
        {"N! M115*23", 0, FRAME_AGAIN, 0, "Line Number is not Last Line Number+1"},
        {"NEXT", 55, FRAME_COMMAND, 55, "NEXT"},
        {"M118 a\001b", 7, FRAME_COMMAND, 7, "M118 a?b"},
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame_read(cases[i].line, strlen(cases[i].line), cases[i].last, &frame);
        if (frame.kind != cases[i].kind || frame.last != cases[i].then ||
            strcmp(frame.kind == FRAME_AGAIN ? frame.fault : frame.text, cases[i].text) != 0)
            fail_msg("'%s': kind %d, last %lld, '%s'", cases[i].line, (int)frame.kind,
                     (long long)frame.last, frame.kind == FRAME_AGAIN ? frame.fault : frame.text);
    }
}

static void a_line_has_its_length(void **state)
{
    char line[FRAME_BYTES + 1];
    struct frame frame;

    (void)state;
    memset(line, 'X', sizeof line);
    frame_read(line, FRAME_BYTES - 1, 0, &frame);
    assert_int_equal(frame.kind, FRAME_COMMAND);
    assert_int_equal(strlen(frame.text), FRAME_BYTES - 1);
    frame_read(line, FRAME_BYTES, 0, &frame);
    assert_int_equal(frame.kind, FRAME_LONG);
}

/// A line as a host numbers it.
static size_t numbered(char *out, size_t room, int64_t n, const char *command)
{
    int size = snprintf(out, room, "N%lld %s", (long long)n, command);
    return (size_t)size + (size_t)snprintf(out + size, room - (size_t)size, "*%u",
                                           (unsigned)frame_sum(out, (size_t)size));
}

static void what_is_numbered_comes_through(void **state)
{
    static const char *const commands[] = {"G1 X1.5 Y-2 E.03 F3000", "M117 a * in it", "T0",
                                           "SET_KINEMATIC_POSITION Z=12.345"};
    char line[128];
    struct frame frame;
    int64_t last = 0;

    (void)state;
    for (int n = 0; n < 400; n++) {
        const char *command = commands[n % 4];
        size_t size = numbered(line, sizeof line, last + 1, command);
        frame_read(line, size, last, &frame);
        assert_int_equal(frame.kind, FRAME_COMMAND);
        assert_string_equal(frame.text, command);
        assert_int_equal(frame.last, ++last);
    }
}

/// Whatever bit a wire turns around, the line is asked for again; but for the first byte, which makes it a numbered one.
static void a_bit_that_is_wrong_is_noticed(void **state)
{
    char line[128], bad[128];
    struct frame frame;

    (void)state;
    for (int64_t n = 1; n < 300; n += 37) {
        size_t size = numbered(line, sizeof line, n, "G1 X120.5 Y33 E1.25 F9000");
        for (size_t at = 1; at < size; at++)
            for (int bit = 0; bit < 8; bit++) {
                memcpy(bad, line, size);
                bad[at] = (char)(bad[at] ^ (1 << bit));
                frame_read(bad, size, n - 1, &frame);
                if (frame.kind != FRAME_AGAIN || frame.last != n - 1)
                    fail_msg("byte %zu, bit %d of '%s' is not noticed", at, bit, line);
            }
    }
}

static void what_cannot_wait(void **state)
{
    static const struct {
        const char *line;
        int code;
    } cases[] = {{"M112", 112},    {" m112", 112}, {"N5 M112*36", 112}, {"N5M112*4", 112},
                 {"M108", 108},    {"M410", 410},  {"M1120", 0},        {"M11", 0},
                 {"G112", 0},      {"", 0},        {"N5", 0},           {"M117 M112", 0},
                 {"M112 now", 112}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (frame_urgent(cases[i].line, strlen(cases[i].line)) != cases[i].code)
            fail_msg("'%s': not %d", cases[i].line, cases[i].code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lines_are),
        cmocka_unit_test(a_line_has_its_length),
        cmocka_unit_test(what_is_numbered_comes_through),
        cmocka_unit_test(a_bit_that_is_wrong_is_noticed),
        cmocka_unit_test(what_cannot_wait),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
