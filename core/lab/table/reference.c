// Tables as Markdown: the reference pages.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/table/table.h"

struct walk {
    FILE *out;
    const char *prefix; ///< path so far, with its dot; "" at the root
    bool sources;       ///< its rows have marks and sources
};

static void cell(FILE *out, const char *text)
{
    fputc(' ', out);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '|') {
            fputc('\\', out);
        }
        fputc(*p, out);
    }
    fputs(" |", out);
}

static void row(const struct walk *w, const struct lab_field *field)
{
    char text[640];
    fprintf(w->out, "| `%s%s` |", w->prefix, field->key);
    lab_field_type_text(field, text, sizeof text);
    cell(w->out, text);
    lab_field_default_text(field, text, sizeof text);
    cell(w->out, field->required ? "required" : text);
    cell(w->out, field->about);
    if (w->sources) {
        snprintf(text, sizeof text, "%c: %s", field->mark,
                 field->source != NULL ? field->source : "");
        cell(w->out, field->mark != '\0' ? text : "");
    }
    fputc('\n', w->out);
}

static void head(const struct walk *w, const struct lab_table *table, const char *title)
{
    fprintf(w->out, "\n### %s\n\n%s.\n\n", title, table->about);
    fputs("| key | takes | default | meaning |", w->out);
    fputs(w->sources ? " source |\n" : "\n", w->out);
    fputs("|---|---|---|---|", w->out);
    fputs(w->sources ? "---|\n" : "\n", w->out);
}

/// Print a table, then what hangs below it.
static void section(const struct walk *w, const struct lab_table *table, const char *title)
{
    head(w, table, title);
    for (size_t i = 0; i < table->count; i++) {
        row(w, &table->fields[i]);
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct lab_field *field = &table->fields[i];
        char prefix[120];
        char name[120];
        if (field->table == NULL) {
            continue;
        }
        const char *index = field->kind == LAB_F_LIST ? "[0]" : "";
        snprintf(prefix, sizeof prefix, "%s%s%s.", w->prefix, field->key, index);
        snprintf(name, sizeof name, "`%s%s`", w->prefix, field->key);
        const struct walk below = {w->out, prefix, w->sources || field->table->sourced};
        section(&below, field->table, name);
    }
}

void lab_words_reference(FILE *out, const char *title, const struct lab_word *words)
{
    fprintf(out, "\n### %s\n\n", title);
    for (; words->text != NULL; words++) {
        fprintf(out, "- `%s`%s%s\n", words->text, words->about != NULL ? ": " : "",
                words->about != NULL ? words->about : "");
    }
}

void lab_table_reference(FILE *out, const struct lab_table *table, const char *title)
{
    const struct walk whole = {out, "", table->sourced};
    section(&whole, table, title);
}
