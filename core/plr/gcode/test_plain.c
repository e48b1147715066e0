// Both fast ways to read a plain number against the long one: what they take, they read the same; and slicers' numbers they take.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/gcode/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

typedef const char *reader(const char *at, const char *end, int64_t *micro);

static const char *narrow(const char *at, const char *end, int64_t *micro)
{
    return plr_plain_narrow(at, end, micro);
}

#if PLR_GCODE_WIDE
static const char *wide(const char *at, const char *end, int64_t *micro)
{
    uint64_t bad = 0;
    const char *next = plr_plain_wide(at, end, micro, &bad);
    return bad & PLR_PLAIN_EVERY(0xf0) ? NULL : next;
}
static reader *const readers[] = {narrow, wide};
#else
static reader *const readers[] = {narrow};
#endif
enum { READERS = sizeof readers / sizeof *readers };

/// Read the number behind eight bytes of other text in a block that ends where the text ends. Returns whether it was taken.
static bool agrees(reader *read, const char *number, size_t len)
{
    char *block = malloc(8 + len);
    int64_t got = INT64_MIN, wanted = 0;

    assert_non_null(block);
    memcpy(block, "G1 X7 Y9", 8);
    memcpy(block + 8, number, len);
    const char *end = block + 8 + len, *next = read(block + 8, end, &got);
    bool taken = next && (next == end || *next == ' ');
    if (taken) {
        int used = plr_gcode_number(number, len, &wanted);
        if (used < 0 || next != block + 8 + used || got != wanted)
            fail_msg("'%.*s' read as %lld for %d bytes, not %lld for %d", (int)len, number,
                     (long long)got, (int)(next - block - 8), (long long)wanted, used);
    }
    free(block);
    return taken;
}

static void test_slicers(void **state)
{
    static const char *const numbers[] = {"158.485", "-0.5",    ".01898", "-.8",   "0",
                                          "7800",    "1.00393", "5",      "-17",   "250.",
                                          "0.2",     "16.8",    "99.999", "-12.5", "103.1234"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (int r = 0; r < READERS; r++) {
            assert_true(agrees(readers[r], numbers[i], strlen(numbers[i])));
            snprintf(text, sizeof text, "%s Y1.5 E.25", numbers[i]);
            assert_true(agrees(readers[r], text, strlen(text)));
        }
#if PLR_GCODE_WIDE
    assert_true(agrees(wide, "1234.56789", 10)); // filament of a whole print
    assert_true(agrees(wide, "1234567.123456", 14));
#endif
}

static void test_others(void **state)
{
    static const char *const texts[] = {
        "",        "-",        ".",          "-.",         "+5",
        "1.2.3",   "--1",      "1-2",        "..5",        "1e5",
        "5X",      "5\t",      "1.23456789", ".12345678",  "123456789",
        "1/2",     "12:4",     "12.3;4",     "1 2",        "1.",
        "1\xb1.5", "7777777.", "12345678.5", "1234567890", "0000000.0000005"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int r = 0; r < READERS; r++)
            if (texts[i][0])
                (void)agrees(readers[r], texts[i], strlen(texts[i]));
}

static void test_random(void **state)
{
    static const char usual[] = "0123456789012345678901234567890123456789....-- ";
    char text[24];
    long taken[READERS] = {0};
    enum { ROUNDS = 1000000 / PLR_TEST_THIN };

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        size_t len = 1 + draw(sizeof text - 1);
        bool odd = draw(4) == 0;
        for (size_t j = 0; j < len; j++)
            text[j] = odd && draw(8) == 0 ? (char)draw(256) : usual[draw(sizeof usual - 1)];
        if (draw(2))
            text[1 + draw((uint32_t)len) / 2] = '.';
        for (int r = 0; r < READERS; r++)
            taken[r] += agrees(readers[r], text, len);
    }
    for (int r = 0; r < READERS; r++)
        assert_true(taken[r] > ROUNDS / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slicers),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
