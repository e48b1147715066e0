// Text and JSON without stdio: numbers, decimals, strings.
// SPDX-License-Identifier: MIT
#include "core/plr/answer.h"

#include <string.h>

void plr_answer_begin(struct plr_answer *answer, const struct plr_port *port, void *ctx)
{
    memset(answer, 0, sizeof *answer);
    answer->port = port;
    answer->ctx = ctx;
    answer->first = true;
}

void plr_answer_end(struct plr_answer *answer)
{
    if (answer->len)
        answer->port->respond(answer->ctx, answer->text, answer->len);
    answer->len = 0;
}

static void put(struct plr_answer *answer, char c)
{
    if (answer->len == sizeof answer->text)
        plr_answer_end(answer);
    answer->text[answer->len++] = c;
}

void plr_answer_text(struct plr_answer *answer, const char *text)
{
    while (*text)
        put(answer, *text++);
}

/// Decimal digits of `value`, at least `width` of them.
static void digits(struct plr_answer *answer, uint64_t value, int width)
{
    char reversed[20];
    int count = 0;

    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value || count < width);
    while (count)
        put(answer, reversed[--count]);
}

static uint64_t magnitude(struct plr_answer *answer, int64_t value)
{
    if (value >= 0)
        return (uint64_t)value;
    put(answer, '-');
    return UINT64_C(0) - (uint64_t)value;
}

void plr_answer_number(struct plr_answer *answer, int64_t value)
{
    digits(answer, magnitude(answer, value), 1);
}

void plr_answer_decimal(struct plr_answer *answer, int64_t value, int places)
{
    uint64_t unit = 1;

    PLR_ASSERT(places > 0 && places < 19);
    for (int i = 0; i < places; i++)
        unit *= 10;
    uint64_t whole = magnitude(answer, value), part = whole % unit;
    digits(answer, whole / unit, 1);
    for (; places > 1 && part % 10 == 0; places--)
        part /= 10;
    put(answer, '.');
    digits(answer, part, places);
}

static char hex_digit(uint32_t nibble)
{
    return (char)(nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
}

void plr_answer_hex(struct plr_answer *answer, uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        put(answer, hex_digit((value >> shift) & 15u));
}

void plr_answer_key(struct plr_answer *answer, const char *key)
{
    if (!answer->first)
        put(answer, ',');
    answer->first = false;
    plr_answer_string(answer, key);
    put(answer, ':');
}

void plr_answer_open(struct plr_answer *answer)
{
    put(answer, '{');
    answer->first = true;
}

void plr_answer_close(struct plr_answer *answer)
{
    put(answer, '}');
    answer->first = false;
}

void plr_answer_list(struct plr_answer *answer, bool begins)
{
    put(answer, begins ? '[' : ']');
    answer->first = begins;
}

void plr_answer_item(struct plr_answer *answer, const char *text)
{
    if (!answer->first)
        put(answer, ',');
    answer->first = false;
    plr_answer_string(answer, text);
}

void plr_answer_string(struct plr_answer *answer, const char *text)
{
    put(answer, '"');
    for (; *text; text++) {
        uint8_t c = (uint8_t)*text;
        if (c == '"' || c == '\\')
            put(answer, '\\');
        if (c >= 0x20) {
            put(answer, *text);
            continue;
        }
        plr_answer_text(answer, "\\u00");
        put(answer, hex_digit(c >> 4));
        put(answer, hex_digit(c & 15u));
    }
    put(answer, '"');
}
