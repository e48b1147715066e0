// Values of a Klipper configuration as integers: numbers, switches, lists of numbers.
// SPDX-License-Identifier: MIT
#ifndef KLIPPER_VALUE_H
#define KLIPPER_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum klipper_number_status {
    KLIPPER_NUMBER_OK,
    KLIPPER_NUMBER_NONE, ///< not a number
    KLIPPER_NUMBER_LARGE ///< beyond 64 bits
};

/// A decimal number as Klipper takes it (sign, digits, fraction, exponent; blanks around it) with so many `decimals`, rounded
/// to the nearest integer, halves away from zero: "0.05" with 6 decimals is 50000.
enum klipper_number_status klipper_number(const char *text, int decimals, int64_t *value);

/// The same for the first number of a text; *rest gets what follows it and its blanks.
enum klipper_number_status klipper_number_begin(const char *text, int decimals, int64_t *value,
                                                const char **rest);

/// A whole number, without fraction or exponent.
enum klipper_number_status klipper_whole(const char *text, int64_t *value);

/// true/yes/on/1 and false/no/off/0 in any case. Returns false when it is neither.
bool klipper_switch(const char *text, bool *value);

/// Numbers between commas, at most `most`. Returns how many, -1 when the text is not such a list.
int klipper_numbers(const char *text, int decimals, int64_t *values, int most);

/// Write value / 10^decimals without trailing zeros: 50000 with 6 decimals is "0.05".
void klipper_number_print(char *out, size_t room, int64_t value, int decimals);

#endif
