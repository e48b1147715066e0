// Quantities with units, read and written in integers: `1.5mm` is 1500000 nm, exactly or not at all.
// SPDX-License-Identifier: MIT
#ifndef LAB_UNITS_H
#define LAB_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Dimensions; the comment names the base unit that values are kept in.
enum lab_unit {
    LAB_COUNT,         ///< no unit
    LAB_LENGTH,        ///< nm
    LAB_TIME,          ///< us
    LAB_TEMPERATURE,   ///< milli-degC
    LAB_KELVIN,        ///< mK: a difference of temperatures
    LAB_SPEED,         ///< nm/s
    LAB_ACCELERATION,  ///< um/s2
    LAB_MASS,          ///< mg
    LAB_FORCE,         ///< uN
    LAB_STIFFNESS,     ///< N/m
    LAB_TORSION,       ///< uN m/rad
    LAB_POWER,         ///< mW
    LAB_HEAT_CAPACITY, ///< mJ/K
    LAB_HEAT_LOSS,     ///< mW/K
    LAB_GROWTH,        ///< nm/K
    LAB_RATIO,         ///< ppm
    LAB_BYTES,         ///< B
    LAB_BYTE_RATE,     ///< B/h
    LAB_YEARS,         ///< years
    LAB_UNITS
};

enum lab_quantity_status {
    LAB_Q_OK,
    LAB_Q_NOT_A_NUMBER,
    LAB_Q_NO_UNIT,       ///< a number without the unit it needs
    LAB_Q_UNKNOWN_UNIT,  ///< a unit nobody knows
    LAB_Q_WRONG_UNIT,    ///< a unit of another dimension
    LAB_Q_NEEDS_NO_UNIT, ///< a count with a unit
    LAB_Q_TOO_FINE,      ///< finer than the base unit
    LAB_Q_OVERFLOW       ///< beyond 64 bits
};

/// Read a quantity: sign, digits, optional fraction, optional blank, unit. No exponent, no
/// thousands separator. mm/min and the like are rounded to the base unit; everything else must be
/// exact. *value is set on LAB_Q_OK only; *unit_at (may be NULL) tells the byte where the unit
/// begins.
enum lab_quantity_status lab_quantity_parse(const char *text, enum lab_unit unit, int64_t *value,
                                            size_t *unit_at);

/// Write a value with the largest unit that shows it without a fraction: 1500000 nm is "1500um".
void lab_quantity_print(char *out, size_t room, enum lab_unit unit, int64_t value);

/// Millionths as a decimal number without needless digits, as G-code has them: -1500000 is "-1.5".
struct lab_decimal {
    char s[32];
};
struct lab_decimal lab_micro(int64_t micro);

/// "length", "time" ... ; static.
const char *lab_unit_name(enum lab_unit unit);

/// The units of a dimension, e.g. "nm|um|mm|cm|m", as a regular expression's alternatives; "" for
/// counts.
void lab_unit_list(char *out, size_t room, enum lab_unit unit);

/// The dimension that a unit's text belongs to; LAB_UNITS when nobody knows it.
enum lab_unit lab_unit_of(const char *text);

#endif
