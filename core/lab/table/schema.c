// The table as a JSON schema (draft-07), for editors; always the same bytes.
// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <string.h>

#include "core/lab/table/table.h"

struct json {
    FILE *out;
    int indent;
    bool comma; ///< the next item of the open object or array needs one before it
};

static void put_text(const struct json *j, const char *text)
{
    fputc('"', j->out);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            fputc('\\', j->out);
        }
        fputc(*p, j->out);
    }
    fputc('"', j->out);
}

/// Begin the next item on a line of its own, with its key if it has one.
static void item(struct json *j, const char *key)
{
    fprintf(j->out, "%s\n%*s", j->comma ? "," : "", j->indent * 2, "");
    if (key != NULL) {
        put_text(j, key);
        fputs(": ", j->out);
    }
    j->comma = true;
}

static void open_group(struct json *j, const char *key, char bracket)
{
    if (j->indent > 0) {
        item(j, key);
    }
    fputc(bracket, j->out);
    j->indent++;
    j->comma = false;
}

static void close_group(struct json *j, char bracket)
{
    j->indent--;
    fprintf(j->out, "\n%*s%c", j->indent * 2, "", bracket);
    j->comma = true;
}

static void text_item(struct json *j, const char *key, const char *text)
{
    item(j, key);
    put_text(j, text);
}

static void number_item(struct json *j, const char *key, int64_t value)
{
    item(j, key);
    fprintf(j->out, "%" PRId64, value);
}

/// A number with its unit as a pattern; a count as an integer.
static void quantity(struct json *j, const struct lab_field *field)
{
    if (field->unit == LAB_COUNT) {
        text_item(j, "type", "integer");
        number_item(j, "minimum", field->min);
        number_item(j, "maximum", field->max);
        return;
    }
    char units[80];
    char pattern[140];
    lab_unit_list(units, sizeof units, field->unit);
    snprintf(pattern, sizeof pattern, "^%s[0-9]+([.][0-9]+)? *(%s)$", field->min < 0 ? "-?" : "",
             units);
    text_item(j, "type", "string");
    text_item(j, "pattern", pattern);
}

static void words(struct json *j, const struct lab_word *word)
{
    open_group(j, "enum", '[');
    for (; word->text != NULL; word++) {
        text_item(j, NULL, word->text);
        // an editor reads a bare false as a boolean; we read text
        if (strcmp(word->text, "false") == 0 || strcmp(word->text, "true") == 0) {
            item(j, NULL);
            fputs(word->text, j->out);
        }
    }
    close_group(j, ']');
}

static void truth(struct json *j)
{
    open_group(j, "enum", '[');
    item(j, NULL);
    fputs("true", j->out);
    item(j, NULL);
    fputs("false", j->out);
    text_item(j, NULL, "on");
    text_item(j, NULL, "off");
    close_group(j, ']');
}

static void limit(struct json *j, const struct lab_field *field)
{
    const char *bound = field->lower_is_bad ? "min" : "max";
    open_group(j, "oneOf", '[');
    open_group(j, NULL, '{');
    quantity(j, field);
    close_group(j, '}');
    open_group(j, NULL, '{');
    text_item(j, "type", "object");
    open_group(j, "properties", '{');
    open_group(j, bound, '{');
    quantity(j, field);
    close_group(j, '}');
    open_group(j, "warn", '{');
    quantity(j, field);
    close_group(j, '}');
    close_group(j, '}');
    open_group(j, "required", '[');
    text_item(j, NULL, bound);
    close_group(j, ']');
    item(j, "additionalProperties");
    fputs("false", j->out);
    close_group(j, '}');
    close_group(j, ']');
}

static void gate(struct json *j, const struct lab_field *field)
{
    open_group(j, "oneOf", '[');
    open_group(j, NULL, '{');
    words(j, field->words);
    close_group(j, '}');
    open_group(j, NULL, '{');
    quantity(j, field);
    close_group(j, '}');
    close_group(j, ']');
}

/// The words, one of them with a number behind it.
static void counted(struct json *j, const struct lab_field *field)
{
    char pattern[200] = "^(";
    for (const struct lab_word *word = field->words; word->text != NULL; word++) {
        const size_t at = strlen(pattern);
        snprintf(pattern + at, sizeof pattern - at, "%s%s%s", at > 2 ? "|" : "", word->text,
                 word->value == field->least ? "[0-9]+" : "");
    }
    const size_t at = strlen(pattern);
    snprintf(pattern + at, sizeof pattern - at, ")$");
    text_item(j, "type", "string");
    text_item(j, "pattern", pattern);
}

static void array_of(struct json *j, const struct lab_field *field)
{
    text_item(j, "type", "array");
    if (field->least > 0) {
        number_item(j, "minItems", field->least);
    }
    if (field->count > 0) {
        number_item(j, "maxItems", field->count);
    }
    open_group(j, "items", '{');
}

static void object(struct json *j, const struct lab_table *table);

static void value(struct json *j, const struct lab_field *field)
{
    switch (field->kind) {
    case LAB_F_TEXT:
        text_item(j, "type", "string");
        number_item(j, "maxLength", field->count - 1);
        break;
    case LAB_F_QUANTITY: quantity(j, field); break;
    case LAB_F_WORD: words(j, field->words); break;
    case LAB_F_BOOL:
    case LAB_F_BIT: truth(j); break;
    case LAB_F_LIMIT: limit(j, field); break;
    case LAB_F_GATE: gate(j, field); break;
    case LAB_F_COUNTED: counted(j, field); break;
    case LAB_F_TABLE: object(j, field->table); break;
    case LAB_F_FLAGS:
        array_of(j, field);
        words(j, field->words);
        close_group(j, '}');
        break;
    case LAB_F_VECTOR:
        array_of(j, field);
        quantity(j, field);
        close_group(j, '}');
        break;
    case LAB_F_LIST:
        array_of(j, field);
        object(j, field->table);
        close_group(j, '}');
        break;
    }
}

static void property(struct json *j, const struct lab_field *field)
{
    char fallback[120];
    char text[400];
    lab_field_default_text(field, fallback, sizeof fallback);
    snprintf(text, sizeof text, "%s%s%s%s", field->about, fallback[0] != '\0' ? " [default " : "",
             fallback, fallback[0] != '\0' ? "]" : "");
    open_group(j, field->key, '{');
    text_item(j, "description", text);
    value(j, field);
    close_group(j, '}');
}

static void object(struct json *j, const struct lab_table *table)
{
    bool required = false;
    text_item(j, "type", "object");
    open_group(j, "properties", '{');
    for (size_t i = 0; i < table->count; i++) {
        property(j, &table->fields[i]);
        required = required || table->fields[i].required;
    }
    close_group(j, '}');
    if (required) {
        open_group(j, "required", '[');
        for (size_t i = 0; i < table->count; i++) {
            if (table->fields[i].required) {
                text_item(j, NULL, table->fields[i].key);
            }
        }
        close_group(j, ']');
    }
    item(j, "additionalProperties");
    fputs("false", j->out);
}

void lab_table_schema(FILE *out, const struct lab_table *table, const char *title)
{
    struct json j = {.out = out};
    open_group(&j, NULL, '{');
    text_item(&j, "$schema", "http://json-schema.org/draft-07/schema#");
    text_item(&j, "title", title);
    text_item(&j, "description", table->about);
    object(&j, table);
    close_group(&j, '}');
    fputc('\n', out);
}
