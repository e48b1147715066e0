// Plain numbers, the fast way of the lexer: digits, at most one dot, no plus sign, and a blank or the line's end behind them.
// SPDX-License-Identifier: MIT
//
// Two ways that give the same. One goes byte by byte and is small: it is for microcontrollers. The other takes eight bytes at a
// time; on a computer that guesses branches it is several times as fast, for how long numbers are cannot be guessed.
// PLR_GCODE_WIDE says which the lexer uses.
#ifndef PLR_GCODE_PLAIN_H
#define PLR_GCODE_PLAIN_H

#include "core/plr/gcode/internal.h"

#include <string.h>

#define PLR_PLAIN_EVERY(byte) (UINT64_C(0x0101010101010101) * (byte))

/// Factor to micro-units by number of decimals; more than six are not taken.
static const uint32_t plr_plain_scale[8] = {1000000, 100000, 10000, 1000, 100, 10, 1, 0};

/// A number of at most nine digits, six of them behind the dot, that begins at `at` < `end`. Returns where it ends, or NULL: it is
/// another sort of number, or none. Whoever calls looks at what stands behind it: where that is neither a blank nor the end, the
/// long way must read the number again.
static inline const char *plr_plain_narrow(const char *at, const char *end, int64_t *micro)
{
    bool negative = *at == '-';
    const char *begin = at += negative, *point = NULL;
    uint32_t digits = 0; // wraps only where there are too many, which are not taken

    for (; at < end && plr_is_digit(*at); at++)
        digits = digits * 10 + (uint32_t)(*at - '0');
    if (at < end && *at == '.')
        for (point = ++at; at < end && plr_is_digit(*at); at++)
            digits = digits * 10 + (uint32_t)(*at - '0');
    ptrdiff_t decimals = point ? at - point : 0, count = at - begin - (point != NULL);
    if (count < 1 || count > 9 || decimals > 6)
        return NULL;
    int64_t value = (int64_t)digits * plr_plain_scale[decimals];
    *micro = negative ? -value : value;
    return at;
}

#if PLR_GCODE_WIDE
#define PLR_PLAIN_WIDEST \
    18u ///< bytes that may be looked at: a minus, eight digits, a dot, eight more

/// Eight bytes as they lie in memory: the first in the lowest eight bits.
PLR_ALWAYS_INLINE uint64_t plr_plain_order(uint64_t text)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(text);
#else
    return text;
#endif
}

/// Eight bytes, the first in the lowest eight bits; those from `end` on are 0. `at` < `end`; the eight bytes before `end` must be
/// readable. With `end` NULL those behind `at` are.
PLR_ALWAYS_INLINE uint64_t plr_plain_load(const char *at, const char *end)
{
    uint64_t text;

    if (!end || at <= end - sizeof text) {
        memcpy(&text, at, sizeof text);
        return plr_plain_order(text);
    }
    const char *last = end - sizeof text;
    memcpy(&text, last, sizeof text);
    return plr_plain_order(text) >> 8 * (at - last);
}

/// Marks, by its highest bit, every one of these eight bytes that is below a blank, or DEL. (A tab is no fault, but seldom.)
PLR_ALWAYS_INLINE uint64_t plr_plain_controls(const char *at)
{
    uint64_t text = plr_plain_load(at, NULL), low = text & PLR_PLAIN_EVERY(0x7f);

    return (~(low + PLR_PLAIN_EVERY(0x60)) | (low + PLR_PLAIN_EVERY(0x01))) & ~text &
           PLR_PLAIN_EVERY(0x80);
}

/// How many of these eight bytes, from the first on, are from '.' to '~' and no ';'? Those end neither a name nor text, whatever the dialect.
PLR_ALWAYS_INLINE size_t plr_plain_names(const char *at)
{
    uint64_t text;

    memcpy(&text, at, sizeof text);
    text = plr_plain_order(text);
    uint64_t low = text & PLR_PLAIN_EVERY(0x7f), mark = (text ^ PLR_PLAIN_EVERY(';'));
    uint64_t others = (~(low + PLR_PLAIN_EVERY(0x80 - '.')) | (low + PLR_PLAIN_EVERY(0x01)) |
                       ~((mark & PLR_PLAIN_EVERY(0x7f)) + PLR_PLAIN_EVERY(0x7f)) | text) &
                      PLR_PLAIN_EVERY(0x80);
    return others ? (unsigned)__builtin_ctzll(others) / 8 : sizeof text;
}

/// Digits as their values; what has bit 4 then cannot be a digit, though not every other byte is one.
PLR_ALWAYS_INLINE uint64_t plr_plain_values(uint64_t text)
{
    return text ^ PLR_PLAIN_EVERY('0');
}

/// Marks every byte that cannot be a digit. Of a dot only the lowest of these bits is set.
PLR_ALWAYS_INLINE uint64_t plr_plain_marks(uint64_t values)
{
    return values & PLR_PLAIN_EVERY(0xf0);
}

/// How many bytes stand before the first that is marked; there is one.
PLR_ALWAYS_INLINE size_t plr_plain_before(uint64_t marks)
{
    return (unsigned)__builtin_ctzll(marks) / 8;
}

/// The number that the first `count` (0 to 8) of these values make. Leaves a bit of PLR_PLAIN_EVERY(0xf0) in *bad when they are not digits
/// all, or none.
PLR_ALWAYS_INLINE uint64_t plr_plain_digits(uint64_t values, size_t count, uint64_t *bad)
{
    // a product is cheaper than a shift by what is only known when it runs; where there is none, what ends the number is no digit
    static const uint64_t to_the_end[9] = {UINT64_C(1) << 56,
                                           UINT64_C(1) << 56,
                                           UINT64_C(1) << 48,
                                           UINT64_C(1) << 40,
                                           UINT64_C(1) << 32,
                                           1 << 24,
                                           1 << 16,
                                           1 << 8,
                                           1};
    uint64_t digits = values * to_the_end[count]; // zeros before them

    *bad |= digits + PLR_PLAIN_EVERY(0x06); // carries nothing: none has bit 4 here
    digits = (digits * (10 * 0x100 + 1) >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits * (100 * 0x10000 + 1) >> 16) & UINT64_C(0x0000ffff0000ffff);
    return digits * (UINT64_C(10000) * 0x100000000 + 1) >> 32;
}

/// "158.485 " and the like: a dot, and an end, among the first eight characters. NULL: it is another number, or none.
PLR_ALWAYS_INLINE const char *plr_plain_usual(const char *at, const char *end, int64_t *micro,
                                              uint64_t *bad)
{
    uint64_t values = plr_plain_values(plr_plain_load(at, end));
    uint64_t marks = plr_plain_marks(values), up_to_dot = marks ^ (marks - 1);
    uint64_t behind = marks & (marks - 1), later = values >> 8;

    if (!behind)
        return NULL;
    size_t whole = plr_plain_before(marks), size = plr_plain_before(behind);
    if ((end && at + whole >= end) || at[whole] != '.')
        return NULL;
    values = later ^ ((later ^ values) & up_to_dot >> 8); // the dot is taken out
    *micro = (int64_t)(plr_plain_scale[size - whole - 1] * plr_plain_digits(values, size - 1, bad));
    return at + size;
}

/// A number without a dot, or one that does not end with its first eight characters.
static inline const char *plr_plain_long(const char *at, const char *end, int64_t *micro,
                                         uint64_t *bad)
{
    uint64_t values = plr_plain_values(plr_plain_load(at, end));
    uint64_t marks = plr_plain_marks(values);
    size_t whole = marks ? plr_plain_before(marks) : 8;

    if (!whole)
        return NULL;
    *micro = (int64_t)(plr_plain_scale[0] * plr_plain_digits(values, whole, bad));
    at += whole;
    if (at == end || *at != '.' || ++at == end)
        return at;
    values = plr_plain_values(plr_plain_load(at, end));
    marks = plr_plain_marks(values);
    size_t decimals = marks ? plr_plain_before(marks) : 8;
    if (!decimals)
        return at;
    if (decimals > 6)
        return NULL;
    *micro += (int64_t)(plr_plain_scale[decimals] * plr_plain_digits(values, decimals, bad));
    return at + decimals;
}

/// What is not usual: with a minus, long, or a whole number.
PLR_NEVER_INLINE const char *plr_plain_seldom(const char *at, const char *end, int64_t *micro,
                                              uint64_t *bad)
{
    bool negative = *at == '-';
    const char *next = NULL;

    at += negative;
    if (at != end)
        next = plr_plain_usual(at, end, micro, bad);
    if (at != end && !next)
        next = plr_plain_long(at, end, micro, bad);
    *micro = negative ? -*micro : *micro;
    return next;
}

/// As plr_plain_narrow, for numbers of up to eight digits before the dot and six behind it. The eight bytes before `end` must be
/// readable; with `end` NULL, where the text goes on, PLR_PLAIN_WIDEST bytes from `at` on. Leaves a bit of PLR_PLAIN_EVERY(0xf0) in *bad when it is no number after all.
PLR_ALWAYS_INLINE const char *plr_plain_wide(const char *at, const char *end, int64_t *micro,
                                             uint64_t *bad)
{
    const char *next = plr_plain_usual(at, end, micro, bad);

    if (PLR_LIKELY(next))
        return next;
    int64_t value = 0; // not the caller's own: those are to stay in registers
    uint64_t wrong = 0;
    next = plr_plain_seldom(at, end, &value, &wrong);
    *micro = value;
    *bad |= wrong;
    return next;
}
#endif

/// Where the names end that stand at `at`, as far as that costs little: what is behind may go on.
PLR_ALWAYS_INLINE size_t plr_plain_skip(const char *text, size_t at, size_t len)
{
#if PLR_GCODE_WIDE
    for (size_t more = sizeof(uint64_t); more == sizeof(uint64_t) && len - at >= more; at += more)
        more = plr_plain_names(text + at);
#else
    (void)text;
    (void)len;
#endif
    return at;
}

/// The way that the lexer takes. Leaves a bit of PLR_PLAIN_EVERY(0xf0) in *bad when it is no number after all.
PLR_ALWAYS_INLINE const char *plr_plain_number(const char *at, const char *end, int64_t *micro,
                                               uint64_t *bad)
{
#if PLR_GCODE_WIDE
    return plr_plain_wide(at, end, micro, bad);
#else
    (void)bad;
    return plr_plain_narrow(at, end, micro);
#endif
}

#endif
