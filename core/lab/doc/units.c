// The table of units, and decimal arithmetic without floating point.
// SPDX-License-Identifier: MIT
#include "core/lab/doc/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct unit {
    enum lab_unit dimension;
    const char *text;
    int64_t times; ///< base units in one
    int64_t over;  ///< divided by this (rounding) when not 1
    bool show;     ///< used when a value is written
};

// within a dimension from small to large
static const struct unit units[] = {
    {LAB_LENGTH, "nm", 1, 1, true},
    {LAB_LENGTH, "um", 1000, 1, true},
    {LAB_LENGTH, "mm", 1000000, 1, true},
    {LAB_LENGTH, "cm", 10000000, 1, false},
    {LAB_LENGTH, "m", 1000000000, 1, false},
    {LAB_TIME, "us", 1, 1, true},
    {LAB_TIME, "ms", 1000, 1, true},
    {LAB_TIME, "s", 1000000, 1, true},
    {LAB_TIME, "min", 60000000, 1, true},
    {LAB_TIME, "h", 3600000000, 1, true},
    {LAB_TEMPERATURE, "mC", 1, 1, true},
    {LAB_TEMPERATURE, "C", 1000, 1, true},
    {LAB_KELVIN, "mK", 1, 1, true},
    {LAB_KELVIN, "K", 1000, 1, true},
    {LAB_SPEED, "nm/s", 1, 1, true},
    {LAB_SPEED, "um/s", 1000, 1, true},
    {LAB_SPEED, "mm/min", 1000000, 60, false},
    {LAB_SPEED, "mm/s", 1000000, 1, true},
    {LAB_SPEED, "m/s", 1000000000, 1, false},
    {LAB_ACCELERATION, "um/s2", 1, 1, true},
    {LAB_ACCELERATION, "mm/s2", 1000, 1, true},
    {LAB_ACCELERATION, "m/s2", 1000000, 1, false},
    {LAB_MASS, "mg", 1, 1, true},
    {LAB_MASS, "g", 1000, 1, true},
    {LAB_MASS, "kg", 1000000, 1, true},
    {LAB_FORCE, "uN", 1, 1, true},
    {LAB_FORCE, "mN", 1000, 1, true},
    {LAB_FORCE, "N", 1000000, 1, true},
    {LAB_STIFFNESS, "N/m", 1, 1, true},
    {LAB_STIFFNESS, "kN/m", 1000, 1, true},
    {LAB_TORSION, "uNm/rad", 1, 1, true},
    {LAB_TORSION, "mNm/rad", 1000, 1, true},
    {LAB_TORSION, "Nm/rad", 1000000, 1, true},
    {LAB_POWER, "mW", 1, 1, true},
    {LAB_POWER, "W", 1000, 1, true},
    {LAB_POWER, "kW", 1000000, 1, false},
    {LAB_HEAT_CAPACITY, "mJ/K", 1, 1, true},
    {LAB_HEAT_CAPACITY, "J/K", 1000, 1, true},
    {LAB_HEAT_CAPACITY, "kJ/K", 1000000, 1, false},
    {LAB_HEAT_LOSS, "mW/K", 1, 1, true},
    {LAB_HEAT_LOSS, "W/K", 1000, 1, true},
    {LAB_GROWTH, "nm/K", 1, 1, true},
    {LAB_GROWTH, "um/K", 1000, 1, true},
    {LAB_RATIO, "ppm", 1, 1, true},
    {LAB_RATIO, "%", 10000, 1, true},
    {LAB_BYTES, "B", 1, 1, true},
    {LAB_BYTES, "KiB", 1024, 1, true},
    {LAB_BYTES, "MiB", 1048576, 1, true},
    {LAB_BYTE_RATE, "B/h", 1, 1, true},
    {LAB_BYTE_RATE, "KiB/h", 1024, 1, false},
    {LAB_YEARS, "years", 1, 1, true},
};

enum { UNIT_COUNT = sizeof units / sizeof units[0], DIGITS_MAX = 18 };

static const char *const dimension_names[LAB_UNITS] = {
    [LAB_COUNT] = "count",
    [LAB_LENGTH] = "length",
    [LAB_TIME] = "time",
    [LAB_TEMPERATURE] = "temperature",
    [LAB_KELVIN] = "temperature difference",
    [LAB_SPEED] = "speed",
    [LAB_ACCELERATION] = "acceleration",
    [LAB_MASS] = "mass",
    [LAB_FORCE] = "force",
    [LAB_STIFFNESS] = "stiffness",
    [LAB_TORSION] = "torsional stiffness",
    [LAB_POWER] = "power",
    [LAB_HEAT_CAPACITY] = "heat capacity",
    [LAB_HEAT_LOSS] = "heat loss",
    [LAB_GROWTH] = "length per kelvin",
    [LAB_RATIO] = "ratio",
    [LAB_BYTES] = "size in bytes",
    [LAB_BYTE_RATE] = "rate in bytes per hour",
    [LAB_YEARS] = "number of years",
};

const char *lab_unit_name(enum lab_unit unit)
{
    return dimension_names[unit];
}

void lab_unit_list(char *out, size_t room, enum lab_unit unit)
{
    size_t at = 0;
    out[0] = '\0';
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (units[i].dimension == unit && at < room) {
            const int n = snprintf(out + at, room - at, "%s%s", at > 0 ? "|" : "", units[i].text);
            at += n > 0 ? (size_t)n : 0;
        }
    }
}

enum lab_unit lab_unit_of(const char *text)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (strcmp(units[i].text, text) == 0) {
            return units[i].dimension;
        }
    }
    return LAB_UNITS;
}

/// A decimal number: mantissa / 10^decimals.
struct decimal {
    int64_t mantissa;
    int decimals;
    size_t size; ///< bytes read, 0 when it is no number
};

static enum lab_quantity_status read_decimal(const char *text, struct decimal *number)
{
    const bool negative = text[0] == '-';
    size_t at = negative ? 1 : 0;
    if (text[at] < '0' || text[at] > '9') {
        return LAB_Q_NOT_A_NUMBER;
    }
    int64_t mantissa = 0;
    int whole = 0;
    int fraction = 0;
    bool point = false;
    for (;; at++) {
        if (text[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[at] < '0' || text[at] > '9') {
            break;
        }
        if (whole + fraction >= DIGITS_MAX) {
            return LAB_Q_OVERFLOW;
        }
        mantissa = mantissa * 10 + (text[at] - '0');
        *(point ? &fraction : &whole) += mantissa > 0 || point ? 1 : 0;
        number->size = at + 1;
    }
    if (point && fraction == 0) {
        return LAB_Q_NOT_A_NUMBER;
    }
    number->mantissa = negative ? -mantissa : mantissa;
    number->decimals = fraction;
    return LAB_Q_OK;
}

/// mantissa * times / (10^decimals * over), exact but for `over`.
static enum lab_quantity_status scale(const struct decimal *number, int64_t times, int64_t over,
                                      int64_t *value)
{
    int64_t mantissa = number->mantissa;
    int decimals = number->decimals;
    while (decimals > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        decimals--;
    }
    while (decimals > 0 && times % 10 == 0) {
        times /= 10;
        decimals--;
    }
    int64_t divisor = over;
    for (int i = 0; i < decimals; i++) {
        if (__builtin_mul_overflow(divisor, (int64_t)10, &divisor)) {
            return LAB_Q_TOO_FINE;
        }
    }
    int64_t product;
    if (__builtin_mul_overflow(mantissa, times, &product)) {
        return LAB_Q_OVERFLOW;
    }
    if (over == 1 && product % divisor != 0) {
        return LAB_Q_TOO_FINE;
    }
    const int64_t half = product < 0 ? -(divisor / 2) : divisor / 2;
    if (product % divisor != 0 && __builtin_add_overflow(product, half, &product)) {
        return LAB_Q_OVERFLOW;
    }
    *value = product / divisor;
    return LAB_Q_OK;
}

static const struct unit *find_unit(const char *text, enum lab_unit dimension)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (units[i].dimension == dimension && strcmp(units[i].text, text) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

enum lab_quantity_status lab_quantity_parse(const char *text, enum lab_unit unit, int64_t *value,
                                            size_t *unit_at)
{
    struct decimal number = {0};
    const enum lab_quantity_status status = read_decimal(text, &number);
    if (status != LAB_Q_OK) {
        return status;
    }
    size_t at = number.size;
    while (text[at] == ' ') {
        at++;
    }
    if (unit_at != NULL) {
        *unit_at = at;
    }
    const char *name = text + at;
    if (unit == LAB_COUNT) {
        return name[0] != '\0' ? LAB_Q_NEEDS_NO_UNIT : scale(&number, 1, 1, value);
    }
    if (name[0] == '\0') {
        return LAB_Q_NO_UNIT;
    }
    const struct unit *found = find_unit(name, unit);
    if (found == NULL) {
        return lab_unit_of(name) == LAB_UNITS ? LAB_Q_UNKNOWN_UNIT : LAB_Q_WRONG_UNIT;
    }
    return scale(&number, found->times, found->over, value);
}

void lab_quantity_print(char *out, size_t room, enum lab_unit unit, int64_t value)
{
    const struct unit *best = NULL;
    for (int i = 0; i < UNIT_COUNT; i++) {
        const bool fits = units[i].dimension == unit && units[i].show;
        // zero takes the unit people think in, which is never the smallest
        if (fits && value % units[i].times == 0 && (value != 0 || units[i].times <= 1000000)) {
            best = &units[i];
        }
    }
    if (best == NULL) {
        snprintf(out, room, "%" PRId64, value);
    } else {
        snprintf(out, room, "%" PRId64 "%s", value / best->times, best->text);
    }
}

struct lab_decimal lab_micro(int64_t micro)
{
    struct lab_decimal out;
    uint64_t size = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
    int n = snprintf(out.s, sizeof out.s, "%s%" PRIu64 ".%06" PRIu64, micro < 0 ? "-" : "",
                     size / 1000000, size % 1000000);

    while (out.s[n - 1] == '0')
        out.s[--n] = '\0';
    if (out.s[n - 1] == '.')
        out.s[--n] = '\0';
    return out;
}
