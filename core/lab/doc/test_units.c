// Units: what is read, what is refused and why, and that writing and reading agree.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/doc/units.h"

struct good {
    const char *text;
    enum lab_unit unit;
    int64_t value;
};

static const struct good good[] = {
    {"0mm", LAB_LENGTH, 0},
    {"1nm", LAB_LENGTH, 1},
    {"1.5mm", LAB_LENGTH, 1500000},
    {"1.50 mm", LAB_LENGTH, 1500000},
    {"-0.25um", LAB_LENGTH, -250},
    {"2cm", LAB_LENGTH, 20000000},
    {"1.25m", LAB_LENGTH, 1250000000},
    {"0.000001mm", LAB_LENGTH, 1},
    {"90s", LAB_TIME, 90000000},
    {"1.5min", LAB_TIME, 90000000},
    {"12h", LAB_TIME, INT64_C(43200000000)},
    {"250us", LAB_TIME, 250},
    {"20.5C", LAB_TEMPERATURE, 20500},
    {"-5C", LAB_TEMPERATURE, -5000},
    {"5K", LAB_KELVIN, 5000},
    {"3000mm/min", LAB_SPEED, 50000000},
    {"1000mm/min", LAB_SPEED, 16666667},
    {"-1000mm/min", LAB_SPEED, -16666667},
    {"300mm/s", LAB_SPEED, 300000000},
    {"3000mm/s2", LAB_ACCELERATION, 3000000},
    {"3.6kg", LAB_MASS, 3600000},
    {"6N", LAB_FORCE, 6000000},
    {"90kN/m", LAB_STIFFNESS, 90000},
    {"40Nm/rad", LAB_TORSION, 40000000},
    {"0.35kW", LAB_POWER, 350000},
    {"13.5J/K", LAB_HEAT_CAPACITY, 13500},
    {"0.11W/K", LAB_HEAT_LOSS, 110},
    {"0.3um/K", LAB_GROWTH, 300},
    {"5%", LAB_RATIO, 50000},
    {"2860ppm", LAB_RATIO, 2860},
    {"32KiB", LAB_BYTES, 32768},
    {"7", LAB_COUNT, 7},
};

static void reads_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t value = -1;
        const enum lab_quantity_status status =
            lab_quantity_parse(good[i].text, good[i].unit, &value, NULL);
        if (status != LAB_Q_OK || value != good[i].value) {
            fail_msg("%s: status %d value %lld", good[i].text, (int)status, (long long)value);
        }
    }
}

struct bad {
    const char *text;
    enum lab_unit unit;
    enum lab_quantity_status status;
};

static const struct bad bad[] = {
    {"", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {"mm", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {"-", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {"+5mm", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {".5mm", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {"5.mm", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {"NaN", LAB_LENGTH, LAB_Q_NOT_A_NUMBER},
    {"inf", LAB_TIME, LAB_Q_NOT_A_NUMBER},
    {"5", LAB_LENGTH, LAB_Q_NO_UNIT},
    {"5 ", LAB_LENGTH, LAB_Q_NO_UNIT},
    {"5 parsec", LAB_LENGTH, LAB_Q_UNKNOWN_UNIT},
    {"1e3mm", LAB_LENGTH, LAB_Q_UNKNOWN_UNIT},
    {"1,5mm", LAB_LENGTH, LAB_Q_UNKNOWN_UNIT},
    {"1.5.2mm", LAB_LENGTH, LAB_Q_UNKNOWN_UNIT},
    {"0x10mm", LAB_LENGTH, LAB_Q_UNKNOWN_UNIT},
    {"5s", LAB_LENGTH, LAB_Q_WRONG_UNIT},
    {"5K", LAB_TEMPERATURE, LAB_Q_WRONG_UNIT},
    {"5C", LAB_KELVIN, LAB_Q_WRONG_UNIT},
    {"5mm", LAB_COUNT, LAB_Q_NEEDS_NO_UNIT},
    {"0.5nm", LAB_LENGTH, LAB_Q_TOO_FINE},
    {"1.5", LAB_COUNT, LAB_Q_TOO_FINE},
    {"0.00000000000000001mm", LAB_LENGTH, LAB_Q_TOO_FINE},
    {"9223372036854775807", LAB_COUNT, LAB_Q_OVERFLOW},
    {"99999999999999999999999999", LAB_COUNT, LAB_Q_OVERFLOW},
    {"99999999999999999m", LAB_LENGTH, LAB_Q_OVERFLOW},
    {"99999999999999999h", LAB_TIME, LAB_Q_OVERFLOW},
};

static void refuses_with_the_right_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t value = 77;
        const enum lab_quantity_status status =
            lab_quantity_parse(bad[i].text, bad[i].unit, &value, NULL);
        if (status != bad[i].status || value != 77) {
            fail_msg("'%s': status %d, not %d", bad[i].text, (int)status, (int)bad[i].status);
        }
    }
}

static uint64_t next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/// What is written reads back as the same value, whatever the dimension.
static void writing_and_reading_agree(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        const enum lab_unit unit = (enum lab_unit)(next(&seed) % LAB_UNITS);
        const int shift = (int)(next(&seed) % 40) + 12;
        const int64_t value = (int64_t)next(&seed) >> shift;
        char text[64];
        int64_t back = value + 1;
        lab_quantity_print(text, sizeof text, unit, value);
        if (lab_quantity_parse(text, unit, &back, NULL) != LAB_Q_OK || back != value) {
            fail_msg("%lld in dimension %d became '%s'", (long long)value, (int)unit, text);
        }
    }
}

static void writes_the_largest_exact_unit(void **state)
{
    (void)state;
    char text[64];
    lab_quantity_print(text, sizeof text, LAB_TIME, 90000000);
    assert_string_equal(text, "90s");
    lab_quantity_print(text, sizeof text, LAB_LENGTH, 1500000);
    assert_string_equal(text, "1500um");
    lab_quantity_print(text, sizeof text, LAB_LENGTH, 0);
    assert_string_equal(text, "0mm");
    lab_quantity_print(text, sizeof text, LAB_COUNT, 7);
    assert_string_equal(text, "7");
    lab_quantity_print(text, sizeof text, LAB_RATIO, 600000);
    assert_string_equal(text, "60%");
}

static void lists_units(void **state)
{
    (void)state;
    char text[64];
    lab_unit_list(text, sizeof text, LAB_LENGTH);
    assert_string_equal(text, "nm|um|mm|cm|m");
    lab_unit_list(text, sizeof text, LAB_COUNT);
    assert_string_equal(text, "");
    assert_int_equal(lab_unit_of("mm/s"), LAB_SPEED);
    assert_int_equal(lab_unit_of("furlong"), LAB_UNITS);
    for (int unit = 0; unit < LAB_UNITS; unit++) {
        assert_true(strlen(lab_unit_name((enum lab_unit)unit)) > 0);
    }
}

static void millionths_have_no_needless_digits(void **state)
{
    (void)state;
    assert_string_equal(lab_micro(0).s, "0");
    assert_string_equal(lab_micro(-1500000).s, "-1.5");
    assert_string_equal(lab_micro(10000000).s, "10");
    assert_string_equal(lab_micro(-1).s, "-0.000001");
    assert_string_equal(lab_micro(INT64_MIN).s, "-9223372036854.775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_exactly),
        cmocka_unit_test(refuses_with_the_right_reason),
        cmocka_unit_test(writing_and_reading_agree),
        cmocka_unit_test(writes_the_largest_exact_unit),
        cmocka_unit_test(millionths_have_no_needless_digits),
        cmocka_unit_test(lists_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
