// `plr-sim explain KEY`: what a key means, what it takes, where its number comes from.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/scenario/table.h"

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
    char text[400];
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

/// The next segment of a path without its indices; tells how many bytes it took, with the dot.
static size_t segment(const char *path, char *out, size_t room)
{
    const size_t length = strcspn(path, ".[");
    snprintf(out, room, "%.*s", (int)length, path);
    size_t at = length;
    while (path[at] == '[') {
        at += strcspn(path + at, "]");
        at += path[at] == ']' ? 1 : 0;
    }
    return path[at] == '.' ? at + 1 : at;
}

static int unknown(const char *path, const char *key, const char *best, struct lab_error *err)
{
    lab_error_at_file(err, NULL, "there is no key '%s' in '%s'", key, path);
    lab_error_suggest(err, best);
    return LAB_ENOENT;
}

int lab_explain_print(FILE *out, const char *key, struct lab_error *err)
{
    const struct lab_table *table = &lab_scenario_table;
    const struct lab_field *field = NULL;
    const char *rest = key;
    while (*rest != '\0') {
        char name[64];
        rest += segment(rest, name, sizeof name);
        const char *best = NULL;
        field = table != NULL ? lab_table_find(table, name, &best) : NULL;
        if (field == NULL) {
            return unknown(key, name, best, err);
        }
        table = field->table;
        if (field->kind == LAB_F_TEXT && strcmp(field->key, "printer") == 0) {
            table = &lab_printer_table;
        }
    }
    if (field == NULL) {
        fprintf(out, "%s\n", table->about);
        print_keys(out, table);
        return LAB_OK;
    }
    print_field(out, key, field);
    if (table == &lab_printer_table) {
        fputs("  in that file (with --set: printer.KEY=VALUE):\n", out);
        print_keys(out, table);
    }
    return LAB_OK;
}
