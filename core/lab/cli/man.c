// The man page from a program's tables.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

// Roff takes '-' for a hyphen, '\' for an escape, and a leading '.' or ''' for a request.
static void escaped(FILE *out, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        line_start = *text == '\n';
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
    }
}

// A text whose line feeds are kept.
static void lines(FILE *out, const char *text)
{
    for (;;) {
        size_t length = strcspn(text, "\n");
        char line[256];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        escaped(out, line);
        fputc('\n', out);
        if (!text[length])
            return;
        text += length + 1;
        fputs(".br\n", out);
    }
}

static void heading(const struct lab_cli_program *program, FILE *out)
{
    fputs(".\\\" Made by the program's test from the tables of options; do not edit.\n", out);
    fputs(".TH ", out);
    for (const char *c = program->name; *c; c++)
        fputc(toupper((unsigned char)*c), out);
    fprintf(out, " 1 \"\" \"%s %s\" \"User Commands\"\n.SH NAME\n%s \\- ", program->name,
            program->version, program->name);
    lines(out, program->about);
}

static void synopsis(const struct lab_cli_program *program, FILE *out)
{
    fputs(".SH SYNOPSIS\n", out);
    for (int n = 0; n < program->verbs; n++) {
        const struct lab_cli_verb *v = &program->verb[n];
        if (n)
            fputs(".br\n", out);
        fprintf(out, ".B %s\n", program->name);
        if (v->name[0])
            fprintf(out, n ? "%s\n" : "[%s]\n", v->name);
        fprintf(out, ".I %s%s[OPTION...]\n", v->operands, v->operands[0] ? " " : "");
    }
}

static void options(const struct lab_cli_program *program, FILE *out)
{
    fputs(".SH OPTIONS\n", out);
    for (int n = 0; n < program->options; n++) {
        const struct lab_cli_option *o = &program->option[n];
        fputs(".TP\n.B ", out);
        if (o->letter)
            fprintf(out, "\\-%c, ", o->letter);
        fputs("\\-\\-", out);
        escaped(out, o->name);
        if (o->argument)
            fprintf(out, " \\fI%s\\fR", o->argument);
        fputc('\n', out);
        lines(out, o->about);
    }
}

static void verbs(const struct lab_cli_program *program, FILE *out)
{
    fputs(".SH VERBS\n", out);
    for (int n = 0; n < program->verbs; n++) {
        fprintf(out, ".TP\n.B %s\n", program->verb[n].name);
        lines(out, program->verb[n].about);
    }
}

void lab_cli_man(const struct lab_cli_program *program, FILE *out)
{
    assert(program && out);
    heading(program, out);
    synopsis(program, out);
    if (program->verb[0].name[0])
        verbs(program, out);
    options(program, out);
    fputs(".SH EXIT STATUS AND MORE\n", out);
    lines(out, program->notes);
    fputs(".SH EXAMPLES\n", out);
    for (int n = 0; n < program->examples; n++) {
        fputs(".TP\n.B ", out);
        escaped(out, program->example[2 * n]);
        fputc('\n', out);
        lines(out, program->example[2 * n + 1]);
    }
}
