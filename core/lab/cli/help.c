// Help text from a program's tables, at most 80 columns.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>
#include <string.h>

enum { COLUMNS = 79, INDENT = 26 };

// Words from `column` on, later lines at `indent`; a line feed in the text is kept.
static void wrap(FILE *out, int column, int indent, const char *text)
{
    bool first = true;
    while (*text) {
        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            first = true;
            text++;
            continue;
        }
        text += strspn(text, " ");
        int length = (int)strcspn(text, " \n");
        if (!first && column + 1 + length > COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        first = length == 0 && first;
    }
    fputc('\n', out);
}

static void usage(const struct lab_cli_program *program, int verb, FILE *out)
{
    bool first = true;
    for (int n = 0; n < program->verbs; n++) {
        if (verb >= 0 && n != verb)
            continue;
        const struct lab_cli_verb *v = &program->verb[n];
        fprintf(out, "%s %s", first ? "Usage:" : "      ", program->name);
        if (v->name[0])
            fprintf(out, n ? " %s" : " [%s]", v->name); // the first verb may be left out
        fprintf(out, "%s%s [OPTION...]\n", v->operands[0] ? " " : "", v->operands);
        first = false;
    }
}

static void verbs(const struct lab_cli_program *program, FILE *out)
{
    fputs("\nVerbs:\n", out);
    for (int n = 0; n < program->verbs; n++) {
        int column = fprintf(out, "  %-22s  ", program->verb[n].name);
        wrap(out, column, INDENT, program->verb[n].about);
    }
}

static void option(const struct lab_cli_option *o, FILE *out)
{
    char left[64];
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    int column = fprintf(out, "  %-22s  ", left);
    if (column > INDENT) {
        fprintf(out, "\n%*s", INDENT, "");
        column = INDENT;
    }
    wrap(out, column, INDENT, o->about);
}

/// The verb that an example shows: its second word, or the first verb, which may be left out.
static int shown(const struct lab_cli_program *program, const char *example)
{
    const char *word = example + strcspn(example, " ");
    word += *word == ' ';
    for (int n = 0; n < program->verbs; n++) {
        size_t length = strlen(program->verb[n].name);
        if (length && strncmp(word, program->verb[n].name, length) == 0 && word[length] == ' ')
            return n;
    }
    return 0;
}

void lab_cli_help(const struct lab_cli_program *program, int verb, FILE *out)
{
    assert(program && verb < program->verbs && out);
    usage(program, verb, out);
    fputc('\n', out);
    wrap(out, 0, 0, verb < 0 ? program->about : program->verb[verb].about);
    if (verb < 0 && program->verb[0].name[0])
        verbs(program, out);
    fputs("\nOptions:\n", out);
    for (int n = 0; n < program->options; n++)
        if (verb < 0 || program->option[n].verbs & 1u << verb)
            option(&program->option[n], out);
    fputc('\n', out);
    wrap(out, 0, 0, program->notes);
    bool any = verb < 0;
    for (int n = 0; n < program->examples && !any; n++)
        any = shown(program, program->example[2 * n]) == verb;
    if (!any)
        return;
    fputs("\nExamples:\n", out);
    for (int n = 0; n < program->examples; n++)
        if (verb < 0 || shown(program, program->example[2 * n]) == verb)
            fprintf(out, "  %s\n      %s\n", program->example[2 * n], program->example[2 * n + 1]);
}
