// Decimal numbers to micro-units, and the integer arithmetic that the G-code folder needs.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#define WHOLE_MAX 1000000000u
#define DECIMALS  6

int plr_gcode_number(const char *text, size_t len, int64_t *micro)
{
    static const uint32_t power[DECIMALS + 1] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    bool negative = len && text[0] == '-';
    size_t at = negative || (len && text[0] == '+');
    size_t first = at;
    uint64_t whole = 0;

    PLR_ASSERT(text || !len);
    for (; at < len && plr_is_digit(text[at]); at++)
        if (whole <= WHOLE_MAX) // beyond it only the error matters, never the value
            whole = whole * 10 + (uint64_t)(text[at] - '0');
    size_t digits = at - first;
    uint64_t value = whole * 1000000u;
    if (at < len && text[at] == '.') {
        uint32_t fraction = 0;
        size_t point = ++at;
        for (; at < len && plr_is_digit(text[at]); at++)
            if (at - point < DECIMALS)
                fraction = fraction * 10 + (uint32_t)(text[at] - '0');
        size_t decimals = at - point;
        digits += decimals;
        value += (uint64_t)fraction * power[decimals < DECIMALS ? decimals : DECIMALS];
        if (decimals > DECIMALS && text[point + DECIMALS] >= '5')
            value++;
    }
    if (!digits)
        return PLR_EINVAL;
    if (value > WHOLE_MAX * UINT64_C(1000000))
        return PLR_ERANGE;
    *micro = negative ? -(int64_t)value : (int64_t)value;
    return (int)at;
}

uint64_t plr_isqrt(uint64_t value)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 62; bit; bit >>= 2) {
        if (value >= root + bit) {
            value -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    PLR_ASSERT(root <= UINT32_MAX);
    return root;
}
