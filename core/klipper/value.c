// Reads numbers and switches, exactly and without floating point.
// SPDX-License-Identifier: MIT
#include "core/klipper/value.h"

#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// A number as digits: value = digits * 10^exponent.
struct decimal {
    uint64_t digits;
    int exponent;
    bool negative;
};

static const char *read_digits(const char *p, struct decimal *d, bool fraction, bool *any)
{
    for (; is_digit(*p); p++) {
        *any = true;
        if (d->digits < UINT64_MAX / 10 - 1) {
            d->digits = d->digits * 10 + (uint64_t)(*p - '0');
            d->exponent -= fraction;
        } else {
            d->exponent += !fraction;
        }
    }
    return p;
}

static const char *read_exponent(const char *p, struct decimal *d)
{
    int exponent = 0;
    if (*p != 'e' && *p != 'E') {
        return p;
    }
    const char *q = p + 1;
    const bool negative = *q == '-';
    q += *q == '-' || *q == '+';
    if (!is_digit(*q)) {
        return p;
    }
    for (; is_digit(*q); q++) {
        exponent = exponent < 1000 ? exponent * 10 + (*q - '0') : exponent;
    }
    d->exponent += negative ? -exponent : exponent;
    return q;
}

/// Returns behind the number, NULL when there is none.
static const char *read_decimal(const char *p, struct decimal *d)
{
    bool any = false;
    memset(d, 0, sizeof *d);
    d->negative = *p == '-';
    p += *p == '-' || *p == '+';
    p = read_digits(p, d, false, &any);
    if (*p == '.') {
        p = read_digits(p + 1, d, true, &any);
    }
    return any ? read_exponent(p, d) : NULL;
}

/// digits * 10^exponent, rounded; halves away from zero.
static enum klipper_number_status rounded(const struct decimal *d, int64_t *value)
{
    uint64_t whole = d->digits;
    int exponent = d->exponent;
    unsigned last = 0; ///< digit that was dropped last
    for (; exponent < 0 && (whole != 0 || last != 0); exponent++) {
        last = (unsigned)(whole % 10);
        whole /= 10;
    }
    whole += last >= 5;
    for (; exponent > 0 && whole != 0; exponent--) {
        if (whole > INT64_MAX / 10) {
            return KLIPPER_NUMBER_LARGE;
        }
        whole *= 10;
    }
    if (whole > INT64_MAX) {
        return KLIPPER_NUMBER_LARGE;
    }
    *value = d->negative ? -(int64_t)whole : (int64_t)whole;
    return KLIPPER_NUMBER_OK;
}

enum klipper_number_status klipper_number_begin(const char *text, int decimals, int64_t *value,
                                                const char **rest)
{
    struct decimal d;
    while (is_blank(*text)) {
        text++;
    }
    const char *p = read_decimal(text, &d);
    if (p == NULL) {
        return KLIPPER_NUMBER_NONE;
    }
    while (is_blank(*p)) {
        p++;
    }
    *rest = p;
    d.exponent += decimals;
    return rounded(&d, value);
}

enum klipper_number_status klipper_number(const char *text, int decimals, int64_t *value)
{
    const char *rest = text;
    int64_t read = 0;
    const enum klipper_number_status status = klipper_number_begin(text, decimals, &read, &rest);
    if (status == KLIPPER_NUMBER_NONE || *rest != '\0') {
        return KLIPPER_NUMBER_NONE;
    }
    if (status == KLIPPER_NUMBER_OK) {
        *value = read;
    }
    return status;
}

enum klipper_number_status klipper_whole(const char *text, int64_t *value)
{
    return strpbrk(text, ".eE") != NULL ? KLIPPER_NUMBER_NONE : klipper_number(text, 0, value);
}

static bool same_word(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        const char lower = *a >= 'A' && *a <= 'Z' ? (char)(*a - 'A' + 'a') : *a;
        if (lower != *b) {
            return false;
        }
    }
    return *a == *b;
}

bool klipper_switch(const char *text, bool *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (same_word(text, words[i])) {
            *value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

int klipper_numbers(const char *text, int decimals, int64_t *values, int most)
{
    int n = 0;
    const char *rest = text;
    do {
        text = n > 0 ? rest + 1 : text;
        if (n == most ||
            klipper_number_begin(text, decimals, &values[n], &rest) != KLIPPER_NUMBER_OK) {
            return -1;
        }
        n++;
    } while (*rest == ',');
    return *rest == '\0' ? n : -1;
}

void klipper_number_print(char *out, size_t room, int64_t value, int decimals)
{
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t unit = 1;
    for (int i = 0; i < decimals; i++) {
        unit *= 10;
    }
    uint64_t fraction = magnitude % unit;
    while (decimals > 0 && fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    char digits[24] = "";
    for (int i = decimals; i > 0; i--) {
        digits[i - 1] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    snprintf(out, room, "%s%llu%s%s", value < 0 ? "-" : "", (unsigned long long)(magnitude / unit),
             decimals > 0 ? "." : "", digits);
}
