// The lexer: known lines, faults with their columns, numbers that come back, and bytes that make no sense.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/gcode/gcode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static struct plr_gcode_line lex(const char *text, int wanted)
{
    struct plr_gcode_line line;

    int got = plr_gcode_lex(text, strlen(text), &line);
    if (got != wanted)
        fail_msg("'%s': %d instead of %d", text, got, wanted);
    return line;
}

static void is_text(const char *at, size_t len, const char *wanted)
{
    assert_int_equal(len, strlen(wanted));
    assert_memory_equal(at, wanted, len);
}

/// Letter, code, sub, then pairs of letter and micro-units up to a 0.
struct known {
    const char *text;
    char letter;
    int32_t code, sub;
    struct {
        char letter;
        int64_t micro;
    } word[6];
};

static const struct known lines[] = {
    {"G1 X1.25 Y-2 E.03 F1800",
     'G',
     1,
     0,
     {{'X', 1250000}, {'Y', -2000000}, {'E', 30000}, {'F', 1800000000}}},
    {"g1x1y2z3", 'G', 1, 0, {{'X', 1000000}, {'Y', 2000000}, {'Z', 3000000}}},
    {"  N12 G1 X5 ; hi", 'G', 1, 0, {{'X', 5000000}}},
    {"N3 T0*57", 'T', 0, 0, {{0, 0}}},
    {"N4 G92 E0*67 ;after", 'G', 92, 0, {{'E', 0}}},
    {"N4G92E0*67", 'G', 92, 0, {{'E', 0}}},
    {"G92.1", 'G', 92, 1, {{0, 0}}},
    {"M862.3 P \"MK3S\"", 'M', 862, 3, {{0, 0}}},
    {"M115 U3.9.0", 'M', 115, 0, {{0, 0}}},
    {"G1 (to X9) X1(mid)Y2", 'G', 1, 0, {{'X', 1000000}, {'Y', 2000000}}},
    {"G1 X 7 Y\t8", 'G', 1, 0, {{'X', 7000000}, {'Y', 8000000}}},
    {"G1 X+1 Y-.5 Z1.", 'G', 1, 0, {{'X', 1000000}, {'Y', -500000}, {'Z', 1000000}}},
    {"G1 X1 X2\r", 'G', 1, 0, {{'X', 2000000}}},
    {"M104 S240\r\n", 'M', 104, 0, {{'S', 240000000}}},
    {"G00 X0001.5", 'G', 0, 0, {{'X', 1500000}}},
    {"G1X1E5", 'G', 1, 0, {{'X', 1000000}, {'E', 5000000}}}, // no exponents: E is an axis
    {"M1600 B2", 'M', 1600, 0, {{'B', 2000000}}},
    {"T3", 'T', 3, 0, {{0, 0}}},
};

static void test_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct plr_gcode_line line;
        uint32_t valued = 0;

        memset(&line, 0xa5, sizeof line); // what was there before means nothing
        assert_int_equal(plr_gcode_lex(lines[i].text, strlen(lines[i].text), &line), 0);
        assert_int_equal(line.kind, PLR_GCODE_CODE);
        assert_int_equal(line.letter, lines[i].letter);
        assert_int_equal(line.code, lines[i].code);
        assert_int_equal(line.sub, lines[i].sub);
        for (size_t j = 0; lines[i].word[j].letter; j++) {
            char letter = lines[i].word[j].letter;
            assert_true(plr_gcode_has(&line, letter));
            assert_int_equal(plr_gcode_get(&line, letter, -1), lines[i].word[j].micro);
            valued |= 1u << (letter - 'A');
        }
        assert_int_equal(line.valued, valued);
        for (int letter = 0; letter < 26; letter++)
            if (line.present & ~valued & (1u << letter))
                assert_int_equal(line.value[letter], 0);
    }
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(lex("", 0).kind, PLR_GCODE_EMPTY);
    assert_int_equal(lex(" \t\r", 0).kind, PLR_GCODE_EMPTY);
    assert_int_equal(lex("(only this)", 0).kind, PLR_GCODE_EMPTY);
    assert_int_equal(lex("N10", 0).kind, PLR_GCODE_EMPTY);
    assert_int_equal(lex("X10 Y20", 0).kind, PLR_GCODE_WORDS);
    assert_int_equal(lex("F1800", 0).kind, PLR_GCODE_WORDS);
    assert_int_equal(lex("print_start BED=60", 0).kind, PLR_GCODE_EXTENDED);
    assert_int_equal(lex("_PRIVATE", 0).kind, PLR_GCODE_EXTENDED);
    assert_int_equal(lex("G", 0).kind, PLR_GCODE_EXTENDED);
    assert_int_equal(lex("%", 0).kind, PLR_GCODE_EXTENDED);
    struct plr_gcode_line line = lex("; Z:0.4", 0);
    assert_int_equal(line.kind, PLR_GCODE_EMPTY);
    is_text(line.comment, line.comment_len, " Z:0.4");
    line = lex("G28 X Y", 0);
    assert_int_equal(line.present, 3u << ('X' - 'A'));
    assert_int_equal(line.valued, 0);
    line = lex("G28XY", 0);
    assert_int_equal(line.present, 3u << ('X' - 'A'));
    line = lex("M862.3 P \"MK3S\"", 0);
    is_text(line.name, line.name_len, "P \"MK3S\"");
    line = lex("M117 Layer 3 / 20 * nice ; not this", 0);
    is_text(line.name, line.name_len, "Layer 3 / 20 * nice");
    is_text(line.comment, line.comment_len, " not this");
}

static void test_faults(void **state)
{
    static const struct {
        const char *text;
        enum plr_gcode_fault fault;
        size_t at, len;
    } faults[] = {
        {"G1 Xnan Y1", PLR_GCODE_NAN, 3, 4},
        {"G1 X1.2.3", PLR_GCODE_NAN, 3, 6},
        {"G1 X-", PLR_GCODE_NAN, 3, 2},
        {"G1 X1e400", PLR_GCODE_NAN, 3, 6},
        {"G1 E1e-05", PLR_GCODE_NAN, 3, 6},
        {"G1 X--5 Y2", PLR_GCODE_NAN, 3, 4},
        {"G1 X1-5", PLR_GCODE_NAN, 3, 4},
        {"G1 X1,5", PLR_GCODE_NAN, 3, 4},
        {"G1 X. Y1", PLR_GCODE_NAN, 3, 2},
        {"G1 X1 @", PLR_GCODE_NAN, 6, 1},
        {"G1 P\"open", PLR_GCODE_NAN, 3, 6},
        {"G1 X1000000001;c", PLR_GCODE_TOO_BIG, 3, 11},
        {"G1 X-99999999999999999999999", PLR_GCODE_TOO_BIG, 3, 25},
        {"G1234567", PLR_GCODE_TOO_BIG, 0, 8},
        {"N3 T0*58", PLR_GCODE_BAD_CHECKSUM, 5, 3},
        {"N3 T0*", PLR_GCODE_BAD_CHECKSUM, 5, 1},
        {"N3 M117 hi*1", PLR_GCODE_BAD_CHECKSUM, 10, 2},
        {"G1 X1*63 Y2", PLR_GCODE_NAN, 9, 2},
        {"G1 X1\001", PLR_GCODE_NAN, 3, 3}, // the word is what a person sees
        {"G1 \001", PLR_GCODE_BINARY, 3, 1},
        {"\177", PLR_GCODE_BINARY, 0, 1},
        {"; a\002b", PLR_GCODE_BINARY, 3, 1},
        {"M117 a\033b", PLR_GCODE_BINARY, 6, 1},
        {"SET_X A=\"\004\"", PLR_GCODE_BINARY, 9, 1},
        {"SE\005T", PLR_GCODE_BINARY, 2, 1},
        {"G1 (a\006)", PLR_GCODE_BINARY, 5, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct plr_gcode_line line = lex(faults[i].text, PLR_EINVAL);
        if (line.fault != faults[i].fault || line.fault_at != faults[i].at ||
            line.fault_len != faults[i].len)
            fail_msg("'%s': fault %d at %zu, %zu long", faults[i].text, line.fault, line.fault_at,
                     line.fault_len);
    }
    struct plr_gcode_line line;
    assert_int_equal(plr_gcode_lex("G1 X1\0 Y2", 9, &line), PLR_EINVAL);
    assert_int_equal(plr_gcode_lex("G1\0", 3, &line), PLR_EINVAL);
    assert_int_equal(line.fault, PLR_GCODE_BINARY);
    assert_int_equal(plr_gcode_lex("G1 X\303\244", 6, &line), PLR_EINVAL); // UTF-8 is no number
    assert_int_equal(plr_gcode_lex(";\303\244", 3, &line), 0);             // but a fine comment
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        int used;
        int64_t micro;
    } numbers[] = {
        {"0", 1, 0},
        {"-0", 2, 0},
        {"1.", 2, 1000000},
        {".5x", 2, 500000},
        {"+.000001", 8, 1},
        {"0.0000005", 9, 1},
        {"0.0000004999", 12, 0},
        {"-0.0000005", 10, -1},
        {"1.9999995", 9, 2000000},
        {"1000000000", 10, 1000000000000000},
        {"-1000000000.000000", 18, -1000000000000000},
        {"000000000000000000000000012", 27, 12000000},
        {"12 ", 2, 12000000},
    };
    int64_t micro;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_int_equal(plr_gcode_number(numbers[i].text, strlen(numbers[i].text), &micro),
                         numbers[i].used);
        assert_int_equal(micro, numbers[i].micro);
    }
    assert_int_equal(plr_gcode_number("", 0, &micro), PLR_EINVAL);
    assert_int_equal(plr_gcode_number("-", 1, &micro), PLR_EINVAL);
    assert_int_equal(plr_gcode_number(".", 1, &micro), PLR_EINVAL);
    assert_int_equal(plr_gcode_number("x", 1, &micro), PLR_EINVAL);
    assert_int_equal(plr_gcode_number("1000000000.000001", 17, &micro), PLR_ERANGE);
    assert_int_equal(plr_gcode_number("12345678901234567890123", 23, &micro), PLR_ERANGE);
    assert_int_equal(plr_gcode_number("125", 2, &micro), 2); // never reads behind the length
    assert_int_equal(micro, 12000000);
}

/// Whatever is printed comes back, whole or as a word of a line.
static void test_round_trip(void **state)
{
    (void)state;
    for (int i = 0; i < 200000 / PLR_TEST_THIN; i++) {
        int64_t value = ((int64_t)draw(1u << 30) << 20 | draw(1u << 20)) >> draw(50);
        if (value > INT64_C(1000000000000000))
            value %= INT64_C(1000000000000000);
        bool minus = draw(2);
        char text[64], line_text[96];
        int len = snprintf(text, sizeof text, "%s%" PRId64 ".%06" PRId64, minus ? "-" : "",
                           value / 1000000, value % 1000000);
        int64_t micro;
        assert_int_equal(plr_gcode_number(text, (size_t)len, &micro), len);
        assert_int_equal(micro, minus ? -value : value);
        snprintf(line_text, sizeof line_text, "G1 X1 Y%s%sE2", text, draw(2) ? " " : "");
        struct plr_gcode_line line = lex(line_text, 0);
        assert_int_equal(plr_gcode_get(&line, 'Y', 0), minus ? -value : value);
        assert_int_equal(plr_gcode_get(&line, 'E', 0), 2000000);
    }
}

/// Any bytes at all: no crash, and every column and pointer stays inside the line.
static void test_random_bytes(void **state)
{
    static const char likely[] = "GMTXYZEFN0123456789.-+*;() \t\"'=_#LAYER:\r";
    char text[80];

    (void)state;
    for (int i = 0; i < 500000 / PLR_TEST_THIN; i++) {
        size_t len = draw(sizeof text);
        for (size_t j = 0; j < len; j++)
            text[j] = draw(20) ? likely[draw(sizeof likely - 1)] : (char)draw(256);
        struct plr_gcode_line line;
        int error = plr_gcode_lex(text, len, &line);
        assert_true(error == (line.fault ? PLR_EINVAL : 0));
        if (error)
            assert_true(line.fault_len > 0 && line.fault_at + line.fault_len <= len);
        assert_int_equal(line.valued & ~line.present, 0);
        assert_true(!line.name || (line.name >= text && line.name + line.name_len <= text + len));
        assert_true(!line.args || (line.args >= text && line.args + line.args_len <= text + len));
        assert_true(!line.comment ||
                    (line.comment >= text && line.comment + line.comment_len <= text + len));
    }
}

static void test_arguments(void **state)
{
    const char *value;
    int64_t micro;
    struct plr_gcode_line line =
        lex("set_x  a=1 NAME=\"two words; # still\" b=  C='x y' open=\" x AA=2 a=-.5 # gone", 0);

    (void)state;
    assert_true(plr_gcode_is(&line, "SET_X"));
    assert_false(plr_gcode_is(&line, "SET_XY"));
    assert_false(plr_gcode_is(&line, "SET_"));
    assert_int_equal(plr_gcode_arg_number(&line, "A", &micro), 0);
    assert_int_equal(micro, 1000000); // the quote before "x AA" is never closed
    assert_int_equal(plr_gcode_arg(&line, "name", &value), 18);
    is_text(value, 18, "two words; # still");
    assert_int_equal(plr_gcode_arg(&line, "B", &value), 0);
    assert_int_equal(plr_gcode_arg(&line, "C", &value), 3);
    assert_int_equal(plr_gcode_arg(&line, "AME", &value), PLR_ENOENT);
    assert_int_equal(plr_gcode_arg_number(&line, "B", &micro), PLR_EINVAL);
    assert_int_equal(plr_gcode_arg_number(&line, "NAME", &micro), PLR_EINVAL);
    line = lex("X_Y A=1 A=2 ;A=3", 0);
    assert_int_equal(plr_gcode_arg_number(&line, "A", &micro), 0);
    assert_int_equal(micro, 2000000); // the later one counts
    line = lex("X_Y A=1x Q=\"", 0);
    assert_int_equal(plr_gcode_arg_number(&line, "A", &micro), PLR_EINVAL);
    assert_int_equal(plr_gcode_arg(&line, "Q", &value), 0);
    line = lex("N5 SET_X A=1*115", 0);
    assert_int_equal(plr_gcode_arg_number(&line, "A", &micro), 0);
    assert_int_equal(plr_gcode_arg_number(&line, "A=1", &micro), PLR_ENOENT);
}

/// Every byte at every place of a comment: control characters are faults where they stand, all else is text.
static void test_comment_bytes(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++)
        for (size_t at = 1; at < 20; at++) {
            char text[] = "; a comment of size 24. ";
            struct plr_gcode_line line;
            bool bad = (c < ' ' && c != '\t') || c == 0x7f;
            text[at] = (char)c;
            int error = plr_gcode_lex(text, sizeof text - 1, &line);
            assert_int_equal(error, bad ? PLR_EINVAL : 0);
            assert_int_equal(line.fault_at, bad ? at : 0);
        }
}

/// "G1 ..." goes the fast way as far as it is plain, "g1 ..." never: they must say the same, whatever stands behind.
static void test_both_ways(void **state)
{
    static const char bytes[] = "0123456789....--  XYZEF:;/()+e\t\x01\xb1";
    static const char *const words[] = {" X158.485",    " Y9",    " E.01898",
                                        " E-12.5",      " F7800", " Z1",
                                        " E1234.56789", " X-.5",  " Y123456.7"};

    (void)state;
    for (int i = 0; i < 200000 / PLR_TEST_THIN; i++) {
        char fast[96] = "G1", slow[96];
        for (uint32_t n = 1 + draw(4); n; n--)
            strcat(fast, words[draw(sizeof words / sizeof *words)]);
        size_t len = strlen(fast);
        for (uint32_t n = draw(3); n; n--)
            fast[3 + draw((uint32_t)len - 3)] = bytes[draw(sizeof bytes - 1)];
        memcpy(slow, fast, len);
        slow[0] = 'g';
        struct plr_gcode_line a, b;
        int error = plr_gcode_lex(fast, len, &a);
        if (error != plr_gcode_lex(slow, len, &b) || a.fault != b.fault ||
            a.fault_at != b.fault_at || a.fault_len != b.fault_len || a.kind != b.kind ||
            a.letter != b.letter || a.code != b.code || a.sub != b.sub ||
            (!error &&
             (a.present != b.present || a.valued != b.valued || a.comment_len != b.comment_len)))
            fail_msg("'%.*s' is not the same both ways", (int)len, fast);
        for (int letter = 0; !error && letter < 26; letter++)
            if ((a.present >> letter) & 1u)
                assert_int_equal(a.value[letter], b.value[letter]);
    }
}

static void test_strerror(void **state)
{
    static const int known[] = {PLR_OK,     PLR_ENOENT,  PLR_EIO,    PLR_EAGAIN,
                                PLR_EBUSY,  PLR_EINVAL,  PLR_EFBIG,  PLR_ENOSPC,
                                PLR_ERANGE, PLR_EBADMSG, PLR_EPOWER, PLR_ECANCELED};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_string_not_equal(plr_strerror(known[i]), plr_strerror(-9999));
    assert_string_equal(plr_strerror(-9999), "unknown error");
    assert_string_equal(plr_strerror(12), "no error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),      cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_faults),     cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_arguments),  cmocka_unit_test(test_comment_bytes),
        cmocka_unit_test(test_both_ways),  cmocka_unit_test(test_strerror),
    };
    return cmocka_run_group_tests_name("lex", tests, NULL, NULL);
}
