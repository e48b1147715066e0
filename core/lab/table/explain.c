// What a key means, what it takes, where its number comes from.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/table/table.h"

const char *lab_mark_text(char mark)
{
    switch (mark) {
    case 'K': return "public configuration";
    case 'D': return "data sheet";
    case 'M': return "measured";
    case 'S': return "sourced";
    case 'C': return "calculated";
    case 'E': return "estimate";
    default: return "";
    }
}

static void print_keys(FILE *out, const struct lab_table *table)
{
    fputs("  keys:\n", out);
    for (size_t i = 0; i < table->count; i++) {
        const struct lab_field *field = &table->fields[i];
        fprintf(out, "    %-26s %s%s\n", field->key, field->about,
                field->required ? " (required)" : "");
    }
}

static void print_words(FILE *out, const struct lab_word *words)
{
    for (; words->text != NULL; words++) {
        if (words->about != NULL) {
            fprintf(out, "    %-16s %s\n", words->text, words->about);
        }
    }
}

static void print_field(FILE *out, const char *path, const struct lab_field *field)
{
    char text[640];
    fprintf(out, "%s: %s\n", path, field->about);
    lab_field_type_text(field, text, sizeof text);
    fprintf(out, "  takes    %s%s\n", text, field->required ? " (required)" : "");
    if (field->words != NULL) {
        print_words(out, field->words);
    }
    lab_unit_list(text, sizeof text, field->unit);
    if (text[0] != '\0') {
        fprintf(out, "  units    %s\n", text);
    }
    lab_field_default_text(field, text, sizeof text);
    if (text[0] != '\0') {
        fprintf(out, "  default  %s\n", text);
    }
    if (field->mark != '\0') {
        fprintf(out, "  source   %s (%c: %s)\n", field->source, field->mark,
                lab_mark_text(field->mark));
    }
    if (field->table != NULL) {
        print_keys(out, field->table);
    }
}

/// A key being looked up: `at` is where the segment in hand begins, all before it is understood.
struct lookup {
    const struct lab_table *root;
    const char *whole;   ///< what the root is called
    const char *command; ///< that lists its keys
    const char *key;
    size_t at;
    struct lab_error *err;
};

/// Complain about `width` bytes of the key.
__attribute__((format(printf, 3, 4))) static int odd(const struct lookup *l, size_t width,
                                                     const char *format, ...)
{
    char token[64];
    snprintf(token, sizeof token, "%.*s", (int)width, l->key + l->at);
    const struct lab_place place = {.file = "key",
                                    .text = l->key,
                                    .size = strlen(l->key),
                                    .line = 1,
                                    .column = (int)l->at + 1,
                                    .token = token};
    va_list args;
    va_start(args, format);
    lab_error_at(l->err, &place, format, args);
    va_end(args);
    return LAB_ENOENT;
}

/// The keys below a field: of its own, or of the file that it names.
static const struct lab_table *below(const struct lab_field *field)
{
    return field->file != NULL ? field->file : field->table;
}

/// Where else a key of this name is, depth first: its path goes to `out`. `at` bytes of it are filled.
static bool elsewhere(const struct lab_table *table, const char *name, char *out, size_t at,
                      size_t room)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct lab_field *field = &table->fields[i];
        const int n = snprintf(out + at, room - at, "%s%s", at > 0 ? "." : "", field->key);
        if (n < 0 || (size_t)n >= room - at) {
            continue;
        }
        if (strcmp(field->key, name) == 0 ||
            (below(field) != NULL && elsewhere(below(field), name, out, at + (size_t)n, room))) {
            return true;
        }
    }
    return false;
}

/// `name` is no key of `table`, which belongs to `owner` (NULL: the root).
static int unknown(const struct lookup *l, const struct lab_table *table,
                   const struct lab_field *owner, const char *name)
{
    char path[64];
    const char *best = NULL;
    if (name[0] == '\0') {
        return odd(l, 1, "a key is missing here");
    }
    if (table == NULL) {
        return odd(l, strlen(name), "'%s' has no keys of its own", owner->key);
    }
    if (owner != NULL) {
        odd(l, strlen(name), "there is no key '%s' in %s", name, owner->key);
    } else {
        odd(l, strlen(name), "there is no key '%s' in %s; '%s' lists them", name, l->whole,
            l->command);
    }
    lab_table_find(table, name, &best);
    if (best != NULL) {
        snprintf(path, sizeof path, "%.*s%s", (int)l->at, l->key, best);
        lab_error_suggest(l->err, path);
    } else if (elsewhere(l->root, name, path, 0, sizeof path)) {
        lab_error_suggest(l->err, path);
    }
    return LAB_ENOENT;
}

/// Pass over "[0]" behind a key. Which element does not matter: all have the same keys.
static int skip_indices(struct lookup *l, const struct lab_field *field)
{
    const bool list =
        field->kind == LAB_F_LIST || field->kind == LAB_F_FLAGS || field->kind == LAB_F_VECTOR;
    while (l->key[l->at] == '[') {
        const size_t digits = strspn(l->key + l->at + 1, "0123456789");
        if (!list) {
            return odd(l, 1, "'%s' is no list", field->key);
        }
        if (digits == 0 || l->key[l->at + 1 + digits] != ']') {
            return odd(l, 1, "an element of a list is written [0], [1] and so on");
        }
        l->at += digits + 2;
    }
    return LAB_OK;
}

/// The field that the key names; NULL for the empty key. Returns 0 or LAB_ENOENT with an error.
static int look_up(struct lookup *l, const struct lab_field **out)
{
    const struct lab_table *table = l->root;
    const struct lab_field *field = NULL;
    while (l->key[l->at] != '\0' || (l->at > 0 && l->key[l->at - 1] == '.')) {
        char name[64];
        const size_t length = strcspn(l->key + l->at, ".[");
        snprintf(name, sizeof name, "%.*s", (int)length, l->key + l->at);
        const struct lab_field *found = table != NULL ? lab_table_find(table, name, NULL) : NULL;
        if (found == NULL) {
            return unknown(l, table, field, name);
        }
        field = found;
        table = below(field);
        l->at += length;
        if (skip_indices(l, field) != LAB_OK) {
            return LAB_ENOENT;
        }
        if (l->key[l->at] != '\0' && l->key[l->at] != '.') {
            return odd(l, 1, "a dot goes here, or nothing");
        }
        l->at += l->key[l->at] == '.' ? 1 : 0;
    }
    *out = field;
    return LAB_OK;
}

int lab_table_explain(FILE *out, const struct lab_table *table, const char *whole,
                      const char *command, const char *key, struct lab_error *err)
{
    const struct lab_field *field = NULL;
    struct lookup l = {table, whole, command, key, 0, err};
    const int status = look_up(&l, &field);
    if (status != LAB_OK) {
        return status;
    }
    if (field == NULL) {
        fprintf(out, "%s\n", table->about);
        print_keys(out, table);
        return LAB_OK;
    }
    print_field(out, key, field);
    if (field->file != NULL) {
        fprintf(out, "  in that file (with --set: %s.KEY=VALUE):\n", field->key);
        print_keys(out, field->file);
    }
    return LAB_OK;
}
