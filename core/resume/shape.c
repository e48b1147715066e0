// Finding out the shape of a line: slow, once for each.
// SPDX-License-Identifier: MIT
#include "core/resume/shape.h"

#include <string.h>

enum { DIGITS_MAX = 6, PLACE_MAX = 3, BEFORE_DOT = 8, BEHIND_DOT = 10 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *text)
{
    size_t count = 0;

    while (is_digit(text[count]))
        count++;
    return count;
}

/// A number as it stands in the line.
struct number {
    size_t minus, whole, decimals; ///< characters
    size_t size;
};

static bool take_number(const char *text, struct number *number)
{
    number->minus = text[0] == '-';
    number->whole = digits_at(text + number->minus);
    number->size = number->minus + number->whole;
    number->decimals = 0;
    if (text[number->size] == '.') {
        number->decimals = digits_at(text + number->size + 1);
        number->size += 1 + number->decimals;
    }
    return number->whole <= DIGITS_MAX && number->decimals <= DIGITS_MAX && number->size &&
           is_digit(text[number->size - 1]);
}

static void lay_out(struct shape *shape, const struct number *number)
{
    for (size_t i = 0; i < SHAPE_NUMBER; i++)
        shape->weight[i] = (signed char)((i % 2 ? 1 : 10) * (number->minus ? -1 : 1));
    for (size_t i = 0; i < number->whole; i++)
        shape->layout[BEFORE_DOT - number->whole + i] = (signed char)i;
    for (size_t i = 0; i < number->decimals; i++)
        shape->layout[BEHIND_DOT + i] = (signed char)(number->whole + 1 + i);
}

/// The word at `text`: a blank, a letter that is not among `seen`, a number. Returns its bytes, 0 when it is another.
static size_t take_word(struct shape *shape, const char *text, size_t at, unsigned *seen)
{
    static const char letters[] = "XYEF";
    struct number number;
    const char *letter = text[at] == ' ' && text[at + 1] ? strchr(letters, text[at + 1]) : NULL;
    unsigned bit = letter ? 1u << (letter - letters) : 0;

    if (!bit || *seen & bit || !take_number(text + at + 2, &number))
        return 0;
    if ((*letter == 'X' || *letter == 'Y') && number.whole > PLACE_MAX)
        return 0;
    if (*letter == 'E') {
        shape->e = (uint32_t)(at + 2 + number.minus);
        shape->backward = (uint32_t)number.minus;
        lay_out(shape, &number);
    } else if (*letter == 'F') {
        shape->has_f = 1;
    }
    *seen |= bit;
    return 2 + number.size;
}

/// No line is of it.
static const struct shape unknown = {.text = {{SHAPE_NONE}, {SHAPE_NONE}}, .inside = {1, 1}};

/// The text of a sound line.
static void take_text(struct shape *shape, const char *text, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        char c = at != 1 && is_digit(text[at]) ? '9' : text[at];
        shape->text[at / SHAPE_HALF][at % SHAPE_HALF] =
            (signed char)(unsigned char)(c + SHAPE_MOVED);
        shape->inside[at / SHAPE_HALF] |= UINT32_C(1) << at % SHAPE_HALF;
    }
    if (size > SHAPE_HALF)
        shape->text[0][0] = SHAPE_NONE;
}

bool shape_learn(struct shape *shape, const char *text, size_t size)
{
    struct shape new = unknown;
    size_t at = 2, word;
    unsigned seen = 0;

    if (size < 4 || size > SHAPE_TEXT || text[0] != 'G' || (text[1] != '0' && text[1] != '1'))
        return false;
    memset(new.layout, -128, sizeof new.layout);
    while ((word = take_word(&new, text, at, &seen)) != 0)
        at += word;
    at += text[at] == '\r';
    if (!seen || at + 1 != size)
        return false;
    take_text(&new, text, size);
    *shape = new;
    return true;
}

void shapes_forget(struct shape *shapes)
{
    for (size_t i = 0; i < SHAPES; i++)
        shapes[i] = unknown;
}
