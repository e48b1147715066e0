// The fast scan is the full scan: the same state, bit by bit, at any place of any file, sound or broken.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/resume/resume.h"

static const char *const fixtures[] = {
    "fixtures/gcode/tower_voron24.gcode",      "fixtures/gcode/plate_absolute.gcode",
    "fixtures/gcode/objects_sequential.gcode", "fixtures/gcode/vase_spiral.gcode",
    "fixtures/gcode/ender3_cube.gcode",        "fixtures/gcode/trident_bracket.gcode",
    "fixtures/gcode/unusual_modes.gcode",
};

static uint64_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % below);
}

/// Further to the stop, through the lexer, given one line at a time: what every other way is measured by.
static void step_line_by_line(struct resume_scan *scan, const char *text, size_t size)
{
    for (size_t at = (size_t)scan->at, taken = 1; taken && at < size; at += taken) {
        const char *feed = memchr(text + at, '\n', size - at);
        taken = resume_scan_text(scan, text + at, feed ? (size_t)(feed - text) + 1 - at : size - at,
                                 true);
    }
}

static void assert_same(const struct resume_scan *scan, const struct resume_scan *wanted,
                        const char *text, const char *name)
{
    assert_int_equal(scan->at, wanted->at);
    if (memcmp(&scan->modal, &wanted->modal, sizeof scan->modal) != 0 ||
        scan->lines != wanted->lines || scan->crlf != wanted->crlf ||
        scan->unknown != wanted->unknown || scan->faults != wanted->faults ||
        memcmp(&scan->notes, &wanted->notes, sizeof scan->notes) != 0)
        fail_msg("%s differs before byte %llu: %.*s", name, (unsigned long long)scan->at,
                 (int)(scan->at < 200 ? scan->at : 200),
                 text + (scan->at < 200 ? 0 : scan->at - 200));
}

/// All scans side by side, compared at random stops. `text` has RESUME_PAD bytes behind it.
static void compare_one(const char *text, size_t size, const char *name, uint32_t stride,
                        bool modest)
{
    struct resume_scan *fast = malloc(sizeof *fast), *full = malloc(sizeof *full),
                       *each = malloc(sizeof *each);

    assert_non_null(fast);
    assert_non_null(full);
    assert_non_null(each);
    resume_scan_begin(fast);
    resume_scan_begin(full);
    resume_scan_begin(each);
    full->careful = each->careful = true;
    fast->modest = modest;
    for (uint64_t stop = 0; stop <= size; stop += 1 + draw(stride)) {
        fast->stop = full->stop = each->stop = stop;
        resume_scan_text(fast, text + fast->at, size - fast->at, true);
        resume_scan_text(full, text + full->at, size - full->at, true);
        step_line_by_line(each, text, size);
        assert_true(each->at <= stop);
        assert_int_equal(each->lexed, each->lines);
        assert_int_equal(full->lexed, full->lines);
        assert_same(full, each, text, name);
        fast->modal.layer.moves = full->modal.layer.moves; // the only thing that is not kept
        assert_same(fast, full, text, name);
    }
    free(fast);
    free(full);
    free(each);
}

/// With all that this computer can, and with what every one of its sort can.
static void compare(const char *text, size_t size, const char *name, uint32_t stride)
{
    compare_one(text, size, name, stride, false);
    compare_one(text, size, name, stride, true);
}

static void test_fixtures(void **state)
{
    (void)state;
    random_state = 7;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        FILE *in = fopen(fixtures[i], "rb");
        char *text = calloc(1, (1u << 21) + RESUME_PAD);
        assert_non_null(in);
        assert_non_null(text);
        size_t size = fread(text, 1, 1u << 21, in);
        fclose(in);
        compare(text, size, fixtures[i], 700);
        compare(text, size, fixtures[i], 60000); // runs as long as they are
        free(text);
    }
}

// --- random G-code -------------------------------------------------------------------------------

static size_t add(char *to, size_t at, const char *text)
{
    size_t len = strlen(text);
    memcpy(to + at, text, len);
    return at + len;
}

/// A number in one of many spellings, some of them wrong.
static size_t add_number(char *to, size_t at)
{
    static const char *const odd[] = {
        "",          "-",         ".",          "-.",           "1.2.3",
        "--1",       "1-2",       "+5",         ".1234567",     "-.1234565",
        "1e3",       "99999",     "1000000001", "0.1234567",    "12345678.5",
        "123456789", "-0",        "00012.50",   "1.",           ".5",
        "-.25",      "2000.0001", "1999.999",   "12345.678901", "0.0000004"};
    char text[40];

    if (draw(40) == 0)
        return add(to, at, odd[draw(sizeof odd / sizeof *odd)]);
    int whole = (int)draw(draw(3) ? 300 : 3), decimals = (int)draw(7);
    const char *sign = draw(8) ? "" : "-";
    if (decimals == 0)
        snprintf(text, sizeof text, "%s%d", sign, whole);
    else if (draw(3) == 0)
        snprintf(text, sizeof text, "%s.%0*d", sign, decimals, (int)draw(10));
    else
        snprintf(text, sizeof text, "%s%d.%0*d", sign, whole, decimals, (int)draw(10));
    return add(to, at, text);
}

static size_t add_move(char *to, size_t at)
{
    static const char letters[] = "XXXYYYZEEEEF";
    static const char *const heads[] = {"G1", "G1", "G1",  "G1", "G1", "G1",
                                        "G0", "g1", "G01", "G2", ""};

    at = add(to, at, heads[draw(sizeof heads / sizeof *heads)]);
    for (uint32_t n = draw(5) + 1; n; n--) {
        if (draw(60))
            to[at++] = draw(80) ? ' ' : '\t';
        to[at++] = draw(90) ? letters[draw(12)] : (char)('!' + draw(90));
        at = add_number(to, at);
    }
    if (draw(40) == 0)
        to[at++] = ' ';
    if (draw(50) == 0)
        at = add(to, at, draw(2) ? " ; comment" : "*17");
    return at;
}

static size_t add_line(char *to, size_t at)
{
    static const char *const lines[] = {"G90",
                                        "G91",
                                        "M82",
                                        "M83",
                                        "G92 E0",
                                        "G92 X10 Y-3",
                                        "G92 Z1.5",
                                        "G92",
                                        "G20",
                                        "G21",
                                        "G28",
                                        "M221 S95",
                                        "M221 S100",
                                        "M220 S120",
                                        "G10",
                                        "G11",
                                        "M204 S500",
                                        "M106 S99.5",
                                        "M106 P1 S3",
                                        "M104 S210",
                                        "T1",
                                        "T0",
                                        "SET_GCODE_OFFSET Z=0.05 MOVE=1",
                                        "SET_GCODE_OFFSET Z=-0.1",
                                        "M290 Z.02",
                                        ";LAYER_CHANGE",
                                        ";Z:0.4",
                                        ";LAYER:7",
                                        "; thumbnail begin 32x32 12",
                                        "; thumbnail end",
                                        ";TYPE:x",
                                        ";",
                                        "; Zebra",
                                        ";\tLAYER:3",
                                        "PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=2 LAYER_HEIGHT=.6",
                                        "EXCLUDE_OBJECT_DEFINE NAME=a",
                                        "EXCLUDE_OBJECT_START NAME=a",
                                        "EXCLUDE_OBJECT_END NAME=a",
                                        "EXCLUDE_OBJECT NAME=a",
                                        "M486 S1 A\"b\"",
                                        "M486 S-1",
                                        "SET_PRESSURE_ADVANCE ADVANCE=0.04",
                                        "M900 K.05",
                                        "M572 D0 S.03",
                                        "SET_FAN_SPEED FAN=aux SPEED=.5",
                                        "M201 X500",
                                        "G18",
                                        "G17",
                                        "G2 X10 Y10 I5 J5 E.1",
                                        "UNKNOWN THING",
                                        "",
                                        " ",
                                        "\x01",
                                        "N5 G1 X3*49",
                                        "M117 G1 X5 E9",
                                        "G1",
                                        "G1 ",
                                        "(G1 X5)",
                                        "; caf\xc3\xa9"};

    if (draw(6))
        return add_move(to, at);
    return add(to, at, lines[draw(sizeof lines / sizeof *lines)]);
}

static void test_random(void **state)
{
    enum { ROUNDS = 300, LINES = 250, ROOM = 1 << 16 };
    char *text = calloc(1, ROOM + RESUME_PAD);

    (void)state;
    assert_non_null(text);
    for (int round = 0; round < ROUNDS; round++) {
        char name[32];
        size_t size = 0;
        random_state = (uint64_t)round * 977;
        bool crlf = draw(5) == 0;
        memset(text, 0, ROOM + RESUME_PAD);
        for (int n = 0; n < LINES; n++) {
            size = add_line(text, size);
            if (crlf)
                text[size++] = '\r';
            text[size++] = '\n';
            assert_true(size < ROOM - 400);
        }
        snprintf(name, sizeof name, "round %d", round);
        compare(text, size, name, 60);
    }
    free(text);
}

/// A line as a slicer prints it: X and Y, E, now and then F or a travel, numbers of one to nine characters.
static size_t add_sliced(char *to, size_t at, bool absolute, double *e)
{
    char text[96], words[3][24] = {"", "", ""};
    uint32_t sort = draw(12);
    int decimals = (int)draw(5) ? 3 : (int)draw(7);

    *e = (absolute ? *e : 0.0) + (double)draw(200000) * 1e-5 - (draw(9) ? 0.0 : 1.0);
    snprintf(words[0], sizeof words[0], " X%s%.*f", draw(12) ? "" : "-", decimals,
             (double)draw(draw(40) ? 300000 : 1200000) * 1e-3);
    snprintf(words[1], sizeof words[1], " Y%.*f", decimals, (double)draw(300000) * 1e-3);
    const char *shown = words[2] + 2;
    snprintf(words[2], sizeof words[2], " E%.5f", *e);
    if (draw(2) && shown[0] == '0') // ".01898"
        memmove(words[2] + 2, words[2] + 3, strlen(words[2] + 2));
    snprintf(text, sizeof text, "G%c%s%s%s", draw(20) ? '1' : '0', sort ? words[0] : "",
             sort != 1 ? words[1] : "", sort < 10 ? words[2] : "");
    at = add(to, at, text);
    if (sort >= 10 || draw(10) == 0)
        at = add(to, at, draw(4) ? " F7800" : " F1500.5");
    return at;
}

/// Prints in which hardly anything is wrong: then a single byte decides, and lines lie at all distances from one another.
static void test_nearly_sound(void **state)
{
    enum { ROUNDS = 300, LINES = 300, ROOM = 1 << 16 };
    static const char bytes[] = "  ..--XYEFGZgxe019;:*(\t\r\n/";
    static const char *const breaks[] = {"G92 E0\n",
                                         ";TYPE:XYZ 1\n",
                                         "G1 E9999999\n",
                                         ";Z:3\n",
                                         "G1 E-9999999\n",
                                         ";LAYER_CHANGE\n",
                                         "G1 Z7.2\n",
                                         "G1 X5 E900000000\n",
                                         "G1 X7 E F7800\n",
                                         "G1 X- Y5 E.1\n",
                                         "G1 X Y5 E.1\n",
                                         "G1 X-5000.5 Y5 E.1\n",
                                         "G1 X5 Y-2500 E.1\n",
                                         "G1 X5000 Y5 E.1\n",
                                         "G1 X5 Y6 X7 E.1 F1200 F900\n",
                                         "G1 Y5 X6 E.1 F-5\n",
                                         "G1 X5 Y1.12345.6 E.1\n",
                                         "G1 X5 E1.123456.7\n",
                                         "G1 X5 E.1234567\n",
                                         "G1 X5 E-.0000005\n",
                                         "G1 X7 E-999999.5\n"};
    char *text = calloc(1, ROOM + RESUME_PAD);

    (void)state;
    assert_non_null(text);
    for (int round = 0; round < ROUNDS; round++) {
        char name[40];
        double e = draw(3) * 999.5;
        random_state = (uint64_t)round * 1009 + 5;
        bool absolute = draw(2);
        memset(text, 0, ROOM + RESUME_PAD);
        size_t size = add(text, 0, absolute ? "M82\n" : "M83\n");
        size = add(text, size, ";LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n");
        for (int n = 0; n < LINES; n++) {
            size_t begin = size;
            size = add_sliced(text, size, absolute, &e);
            text[size++] = '\n';
            for (uint32_t k = draw(8) ? 0 : 1 + draw(2); k; k--)
                text[begin + draw((uint32_t)(size - begin))] = bytes[draw(sizeof bytes - 1)];
            if (draw(30) == 0)
                size = add(text, size, breaks[draw(sizeof breaks / sizeof *breaks)]);
        }
        assert_true(size < ROOM);
        snprintf(name, sizeof name, "nearly sound round %d", round);
        compare(text, size, name, 90);
        compare(text, size, name, 5000);
    }
    free(text);
}

// Filament beyond what can be counted is refused in the middle of a run, too.
static void test_endless_filament(void **state)
{
    enum { LINES = 20000 };
    char *text = calloc(1, LINES * 16 + 128 + RESUME_PAD);

    (void)state;
    assert_non_null(text);
    size_t size = add(text, 0, "M83\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n");
    for (int n = 0; n < LINES; n++)
        size = add(text, size, n % 2 ? "G1 X1 E999999\n" : "G1 X2 E999999\n");
    random_state = 3;
    compare(text, size, "endless filament", 60000);
    free(text);
}

// Nor what leads beyond it in one step, from a place that G92 has put far away.
static void test_far_filament(void **state)
{
    static const char *const jumps[] = {"G92 E-1000000000\nM82\n", "G92 E1000000000\nM82\n",
                                        "G92 E-500000000\nM82\n", "G92 E-1000000000\n"};
    static char text[4096 + RESUME_PAD];

    (void)state;
    for (size_t i = 0; i < 2 * (sizeof jumps / sizeof *jumps); i++) {
        memset(text, 0, sizeof text);
        size_t size = add(text, 0, "M83\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n");
        size = add(text, size, jumps[i / 2]);
        for (size_t n = 0; n < 20; n++)
            size = add(text, size, (n + i) % 2 ? "G1 X1 Y2 E5.5\n" : "G1 X2 E-700\n");
        compare(text, size, "far filament", 60);
    }
}

// Lines of all lengths about those that are looked at in one go, and in two.
static void test_long_lines(void **state)
{
    enum { DECIMALS = 8 };
    static const char *const ends[] = {"", "", "", "\r", " ", "G1 X1", " X1"};
    static char text[8192 + RESUME_PAD];

    (void)state;
    for (int round = 0; round < DECIMALS * DECIMALS; round++) {
        int d = round % DECIMALS, more = round / DECIMALS; // 7 decimals are too many
        memset(text, 0, sizeof text);
        size_t size = add(text, 0, "M83\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n");
        for (int n = 0; n < 60; n++) {
            char line[160], padded[12]; // its last digits, as many as are wanted
            snprintf(padded, sizeof padded, "%08d", n);
            const char *few = padded + 7 - d, *many = padded + 7 - more;
            snprintf(line, sizeof line, "G1 X-%d.%s Y%03d.%s E%s%s.%s F%s.%s%s\n", n, few, n, many,
                     n % 3 ? "" : "-", few, padded + 7 - (d + more) / 2, many, few,
                     ends[(size_t)(n / 8 + round) % (sizeof ends / sizeof *ends)]);
            size = add(text, size, line);
            size = add(text, size, n % 5 ? "" : "G1 X5 Y5 E.02\n");
        }
        assert_true(size < sizeof text - RESUME_PAD);
        random_state = (uint64_t)round;
        compare(text, size, "long lines", 300);
    }
}

// What was never written (a hole that a file system left) is no line that is known.
static void test_nulls(void **state)
{
    static char text[4096 + RESUME_PAD];

    (void)state;
    for (size_t nulls = 1; nulls < 200; nulls++) {
        size_t size = add(text, 0, "M83\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n");
        for (int n = 0; n < 20; n++)
            size = add(text, size, "G1 X1.5 Y2.25 E.125\n");
        memset(text + size, 0, nulls);
        size = add(text, size + nulls, "\nG1 X2.5 Y2.25 E.125\nG1 X7 Y7\n");
        size = add(text, size,
                   "; a comment that is longer than what is looked at together at the end\n");
        memset(text + size, 0, RESUME_PAD);
        random_state = nulls;
        compare(text, size, "nulls", 300);
    }
}

/// A source that gives what it likes, at most what it is asked for.
static int64_t read_little(const struct resume_source *source, uint64_t at, void *to, size_t size)
{
    size_t left = (size_t)(source->size - at), n = 1 + draw(draw(4) ? 300 : 20000);

    n = n < size ? n : size;
    n = n < left ? n : left;
    memcpy(to, source->data + at, n);
    return (int64_t)n;
}

// What lies in the buffer behind the bytes read is older text, and no part of the job.
static void test_pieces(void **state)
{
    (void)state;
    random_state = 11;
    for (int round = 0; round < 40; round++) {
        static char text[1 << 17];
        struct resume_scan *whole = malloc(sizeof *whole), *pieces = malloc(sizeof *pieces);
        struct resume_source source = {.read = read_little, .data = text, .fd = -1, .name = "job"};
        struct lab_error err;
        size_t size = 0;
        double e = 0.0;
        assert_non_null(whole);
        assert_non_null(pieces);
        lab_error_clear(&err);
        memset(text, 0, sizeof text);
        size = add(text, size, "M83\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n");
        for (uint32_t n = 50 + draw(2000); n; n--) {
            size = draw(3) ? add_sliced(text, size, false, &e) : add_line(text, size);
            if (n > 1 || draw(2))
                text[size++] = '\n';
        }
        source.size = size;
        resume_scan_begin(whole);
        resume_scan_begin(pieces);
        whole->careful = true;
        pieces->careful = draw(2);
        resume_scan_text(whole, text, size, true);
        assert_int_equal(resume_scan_run(pieces, &source, UINT64_MAX, &err), 0);
        assert_int_equal(pieces->at, size);
        assert_int_equal(pieces->lines, whole->lines);
        pieces->modal.layer.moves = whole->modal.layer.moves;
        assert_memory_equal(&pieces->modal, &whole->modal, sizeof whole->modal);
        free(whole);
        free(pieces);
    }
}

// The lexer sees few of a slicer's lines; else the scan is not fast.
static void test_few_lexed(void **state)
{
    struct resume_source source;
    struct lab_error err;
    struct resume_scan *scan = malloc(sizeof *scan);

    (void)state;
    lab_error_clear(&err);
    assert_non_null(scan);
    assert_int_equal(resume_source_open(&source, fixtures[0], &err), 0);
    resume_scan_begin(scan);
    assert_int_equal(resume_scan_run(scan, &source, UINT64_MAX, &err), 0);
    assert_int_equal(scan->at, source.size);
    assert_true(scan->lexed < scan->lines / 10);
    resume_source_close(&source);
    free(scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),     cmocka_unit_test(test_random),
        cmocka_unit_test(test_nearly_sound), cmocka_unit_test(test_endless_filament),
        cmocka_unit_test(test_far_filament), cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_nulls),        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_few_lexed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
