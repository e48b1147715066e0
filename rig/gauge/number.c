// Numbers out of what gauges, printers and people write.
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/doc/units.h"
#include "rig/gauge/gauge.h"

enum { NUMBER = 40 };

static bool begins_number(const char *at)
{
    at += *at == '+' || *at == '-';
    at += *at == '.';
    return isdigit((unsigned char)*at);
}

/// Bytes of a number without exponent at `at`; 0 when there is none.
static size_t number_length(const char *at)
{
    size_t length = at[0] == '+' || at[0] == '-';

    length += strspn(at + length, "0123456789");
    if (at[length] == '.' && isdigit((unsigned char)at[length + 1]))
        length += 1 + strspn(at + length + 1, "0123456789");
    return length;
}

/// The unit behind a number, as bytes from there; 0 none that is a length's.
static size_t unit_length(const char *at)
{
    size_t blanks = strspn(at, " "), letters = strspn(at + blanks, "num");

    if (!strncmp(at + blanks, "\xc2\xb5m", 3) || !strncmp(at + blanks, "\xce\xbcm", 3))
        return blanks + 3;
    bool ends = !isalnum((unsigned char)at[blanks + letters]);
    return letters && ends ? blanks + letters : 0;
}

/// What is finer than a nanometre is left out.
static bool as_length(const char *number, size_t length, const char *unit, int64_t *nm)
{
    bool minus = number[0] == '-', sign = minus || number[0] == '+';
    enum lab_quantity_status status;

    number += sign;
    length -= sign;
    do {
        char text[NUMBER + 8];
        snprintf(text, sizeof text, "%s%s%.*s%s", minus ? "-" : "", number[0] == '.' ? "0" : "",
                 (int)length, number, unit);
        status = lab_quantity_parse(text, LAB_LENGTH, nm, NULL);
        length--;
    } while (status == LAB_Q_TOO_FINE);
    return status == LAB_Q_OK;
}

/// A number of `scale_nm` each: whole and rest apart, rounded half away from zero. Numbers are kept in millionths.
static bool scaled(int64_t millionths, int64_t scale_nm, int64_t *nm)
{
    int64_t whole = millionths / 1000000, rest = millionths % 1000000, product;

    if (__builtin_mul_overflow(whole, scale_nm, &product))
        return false;
    int64_t part = rest * (scale_nm / 1000000) + rest * (scale_nm % 1000000) / 1000000;
    int64_t left = rest * (scale_nm % 1000000) % 1000000;
    part += left >= 500000 ? 1 : left <= -500000 ? -1 : 0;
    return !__builtin_add_overflow(product, part, nm);
}

static bool number_at(const char *at, int64_t scale_nm, int64_t *value_nm)
{
    size_t length = number_length(at), unit = unit_length(at + length);
    int64_t millionths;

    if (length > NUMBER)
        return false;
    if (!unit) // as if they were millimetres: whose base unit is the millionth
        return as_length(at, length, "mm", &millionths) && scaled(millionths, scale_nm, value_nm);
    const char *name = at + length + strspn(at + length, " ");
    const char *known = !strncmp(name, "mm", 2) ? "mm" : !strncmp(name, "nm", 2) ? "nm" : "um";
    return as_length(at, length, known, value_nm);
}

bool gauge_number(const char *text, int64_t scale_nm, int64_t *value_nm)
{
    for (; *text; text++)
        if (begins_number(text))
            return number_at(text, scale_nm, value_nm);
    return false;
}

bool gauge_z(const char *text, int64_t scale_nm, int64_t *value_nm)
{
    bool found = false;

    for (const char *at = text; *at; at++) {
        bool alone = at == text || !isalnum((unsigned char)at[-1]);
        if (!alone || (*at != 'z' && *at != 'Z') || (at[1] != '=' && at[1] != ':'))
            continue;
        const char *number = at + 2 + strspn(at + 2, " ");
        if (begins_number(number))
            found = number_at(number, scale_nm, value_nm) || found;
    }
    return found;
}
