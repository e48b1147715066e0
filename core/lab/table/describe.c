// Type, range and default of a row, in words.
// SPDX-License-Identifier: MIT
#include "core/lab/table/table.h"

#include <string.h>

static void join(const struct lab_word *words, const char *between, char *out, size_t room)
{
    size_t at = 0;
    out[0] = '\0';
    for (; words->text != NULL && at < room; words++) {
        const int n = snprintf(out + at, room - at, "%s%s", at > 0 ? between : "", words->text);
        at += n > 0 ? (size_t)n : 0;
    }
}

static void range(const struct lab_field *field, char *out, size_t room)
{
    char low[40];
    char high[40];
    lab_quantity_print(low, sizeof low, field->unit, field->min);
    lab_quantity_print(high, sizeof high, field->unit, field->max);
    // the widest range says nothing
    if (field->max >= LAB_NO_LIMIT) {
        snprintf(out, room, "%s from %s", lab_unit_name(field->unit), low);
    } else {
        snprintf(out, room, "%s, %s to %s", lab_unit_name(field->unit), low, high);
    }
}

void lab_field_type_text(const struct lab_field *field, char *out, size_t room)
{
    char text[600] = "";
    const char *word = NULL;
    switch (field->kind) {
    case LAB_F_TEXT: snprintf(out, room, "text"); return;
    case LAB_F_BOOL: snprintf(out, room, "true or false"); return;
    case LAB_F_BIT: snprintf(out, room, "on or off"); return;
    case LAB_F_TABLE: snprintf(out, room, "map"); return;
    case LAB_F_LIST: snprintf(out, room, "list of at most %d maps", field->count); return;
    case LAB_F_QUANTITY: range(field, out, room); return;
    case LAB_F_LIMIT:
        snprintf(out, room, "%s: a limit, or {%s: limit, warn: limit}", lab_unit_name(field->unit),
                 field->lower_is_bad ? "min" : "max");
        return;
    case LAB_F_WORD:
        join(field->words, ", ", text, sizeof text);
        snprintf(out, room, "one of: %s", text);
        return;
    case LAB_F_COUNTED:
        join(field->words, ", ", text, sizeof text);
        word = lab_word_text(field->words, field->least);
        snprintf(out, room, "one of: %s (%s with a number behind it, %s3)", text, word, word);
        return;
    case LAB_F_FLAGS:
        join(field->words, ", ", text, sizeof text);
        snprintf(out, room, "list of: %s", text);
        return;
    case LAB_F_VECTOR:
        range(field, text, sizeof text);
        if (field->least == field->count) {
            snprintf(out, room, "list of %d, each a %s", field->count, text);
        } else {
            snprintf(out, room, "list of %d to %d, each a %s", field->least, field->count, text);
        }
        return;
    case LAB_F_GATE:
        join(field->words, ", ", text, sizeof text);
        snprintf(out, room, "%s, or a %s", text, lab_unit_name(field->unit));
        return;
    }
}

static void vector_default(const struct lab_field *field, char *out, size_t room)
{
    size_t at = 0;
    for (size_t i = 0; i < field->count && at < room; i++) {
        char value[40];
        const int64_t number = field->fallbacks != NULL ? field->fallbacks[i] : field->fallback;
        lab_quantity_print(value, sizeof value, field->unit, number);
        const int n = snprintf(out + at, room - at, "%s%s", i > 0 ? ", " : "[", value);
        at += n > 0 ? (size_t)n : 0;
    }
    if (at < room) {
        snprintf(out + at, room - at, "]");
    }
}

static void flags_default(const struct lab_field *field, char *out, size_t room)
{
    size_t at = 0;
    for (const struct lab_word *word = field->words; word->text != NULL && at < room; word++) {
        if ((field->fallback & word->value) != 0) {
            const int n = snprintf(out + at, room - at, "%s%s", at > 0 ? ", " : "[", word->text);
            at += n > 0 ? (size_t)n : 0;
        }
    }
    if (at > 0 && at < room) {
        snprintf(out + at, room - at, "]");
    }
}

void lab_field_default_text(const struct lab_field *field, char *out, size_t room)
{
    out[0] = '\0';
    // -1 stands for "the printer's" where a quantity cannot be negative
    const bool unsaid =
        field->fallback == LAB_UNSAID || (field->fallback < field->min && field->fallback == -1);
    if (field->required || unsaid) {
        return;
    }
    const char *word = NULL;
    switch (field->kind) {
    case LAB_F_QUANTITY: lab_quantity_print(out, room, field->unit, field->fallback); return;
    case LAB_F_BOOL: snprintf(out, room, "%s", field->fallback ? "true" : "false"); return;
    case LAB_F_BIT: snprintf(out, room, "on"); return;
    case LAB_F_VECTOR: vector_default(field, out, room); return;
    case LAB_F_FLAGS: flags_default(field, out, room); return;
    case LAB_F_WORD:
    case LAB_F_GATE:
        word = lab_word_text(field->words, field->fallback);
        snprintf(out, room, "%s", word != NULL ? word : "");
        return;
    case LAB_F_TEXT:
    case LAB_F_TABLE:
    case LAB_F_LIST:
    case LAB_F_COUNTED:
    case LAB_F_LIMIT: return;
    }
}
