// Numbers out of what gauges, printers and people write. What could be read in two ways is not read.
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <string.h>

#include "rig/gauge/gauge.h"

static const char none[] = "no number";
static const char comma[] = "a number with a comma: is it 0.25 or two numbers?";
static const char several[] = "more than one number";
static const char strange[] = "a number with a unit that is none of nm, um, mm, cm and m";
static const char huge[] = "too large a number";
static const char blurred[] = "a number of which it is not clear where it begins";

/// A number as it is written.
struct written {
    bool minus;
    const char *digits; ///< of its mantissa, a point among them
    size_t size;
    int whole;    ///< digits ahead of the point
    int exponent; ///< of ten
    const char *end;
};

static bool digit(char c)
{
    return isdigit((unsigned char)c);
}

static bool begins_number(const char *at)
{
    at += *at == '+' || *at == '-';
    at += *at == '.';
    return digit(*at);
}

/// Take an exponent, when there is one; a hopeless one is only kept large.
static const char *take_exponent(const char *at, int *out)
{
    enum { HOPELESS = 100000 };
    bool minus = at[0] && at[1] == '-', sign = minus || (at[0] && at[1] == '+');

    *out = 0;
    if ((*at != 'e' && *at != 'E') || !digit(at[1 + sign]))
        return at;
    for (at += 1 + sign; digit(*at); at++)
        *out = *out < HOPELESS ? *out * 10 + *at - '0' : HOPELESS;
    *out = minus ? -*out : *out;
    return at;
}

static struct written take_number(const char *at)
{
    struct written n = {.minus = *at == '-'};

    at += *at == '+' || *at == '-';
    n.digits = at;
    at += strspn(at, "0123456789");
    n.whole = (int)(at - n.digits);
    if (*at == '.')
        at += 1 + strspn(at + 1, "0123456789");
    n.size = (size_t)(at - n.digits);
    n.end = take_exponent(at, &n.exponent);
    return n;
}

/// The number times ten to the `power`, in whole ones: what is finer is left out. False when it is too large.
static bool whole_of(const struct written *n, int power, int64_t *out)
{
    int64_t value = 0;
    int keep = n->whole + n->exponent + power;
    const char *at = n->digits, *end = n->digits + n->size;

    for (; keep > 0 && (at < end || value); keep--, at += at < end) {
        at += at < end && *at == '.';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, at < end ? *at - '0' : 0, &value))
            return false;
    }
    *out = n->minus ? -value : value;
    return true;
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

/// The unit at `at`: its nanometres as a power of ten, and how long it is. False when there is none that we know.
static bool take_unit(const char *at, int *power, size_t *size)
{
    static const struct {
        const char *text;
        int power;
    } unit[] = {{"nm", 0}, {"um", 3}, {"\xc2\xb5m", 3}, {"\xce\xbcm", 3},
                {"mm", 6}, {"cm", 7}, {"m", 9}};

    for (size_t n = 0; n < sizeof unit / sizeof *unit; n++) {
        *size = strlen(unit[n].text);
        *power = unit[n].power;
        if (!strncmp(at, unit[n].text, *size) && !isalnum((unsigned char)at[*size]))
            return true;
    }
    *size = 0;
    return false;
}

/// Could this begin a unit?
static bool like_unit(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80 || c == '"' || c == '\'';
}

/// Read the number at `at`. `alone`: what stands behind a blank, too, belongs to it. *end becomes what is behind it. Returns NULL or why not.
static const char *read_at(const char *at, bool alone, int64_t scale_nm, int64_t *value_nm,
                           const char **end)
{
    struct written n = take_number(at);
    size_t blanks = strspn(n.end, " "), size;
    int power;
    int64_t millionths;

    *end = n.end;
    if (n.end[0] == ',' && digit(n.end[1]))
        return comma;
    if (take_unit(n.end + blanks, &power, &size)) {
        *end = n.end + blanks + size;
        return whole_of(&n, power, value_nm) ? NULL : huge;
    }
    if (like_unit(*n.end) || (alone && like_unit(n.end[blanks])))
        return strange;
    bool fits = whole_of(&n, 6, &millionths) && scaled(millionths, scale_nm, value_nm);
    return fits ? NULL : huge;
}

/// May a number begin at `at`, with what is before it? A sign that stands apart, ahead of all, is the number's: *minus.
static const char *begins_well(const char *text, const char *at, bool *minus)
{
    const char *before = at;
    bool sign = *at == '+' || *at == '-';

    while (before > text && before[-1] == ' ')
        before--;
    char last = before > text ? before[-1] : '\0';
    *minus = false;
    if (last == '+' || last == '-') {
        *minus = last == '-';
        bool first = before - 1 == text + strspn(text, " \t\r\n");
        return first && !sign && before < at ? NULL : blurred;
    }
    if (before < at || !last)
        return NULL;
    if (last == ',')
        return comma;
    bool word = isalnum((unsigned char)last) && !sign;
    return word || last == '.' || (unsigned char)last >= 0x80 ? blurred : NULL;
}

const char *gauge_number(const char *text, int64_t scale_nm, int64_t *value_nm)
{
    const char *at = text, *end;
    bool minus;
    int64_t value;

    while (*at && !begins_number(at))
        at++;
    if (!*at)
        return none;
    const char *why = begins_well(text, at, &minus);
    why = why ? why : read_at(at, true, scale_nm, &value, &end);
    if (!why && end[strcspn(end, "0123456789")])
        why = several;
    if (!why)
        *value_nm = minus ? -value : value;
    return why;
}

const char *gauge_z(const char *text, int64_t scale_nm, int64_t *value_nm)
{
    const char *why = none, *end;
    int64_t value = 0;

    for (const char *at = text; *at; at++) {
        bool alone = at == text || !isalnum((unsigned char)at[-1]);
        if (!alone || (*at != 'z' && *at != 'Z') || (at[1] != '=' && at[1] != ':'))
            continue;
        const char *number = at + 2 + strspn(at + 2, " ");
        if (begins_number(number))
            why = read_at(number, false, scale_nm, &value, &end);
    }
    if (!why)
        *value_nm = value;
    return why;
}
