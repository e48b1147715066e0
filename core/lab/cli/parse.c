// Parsing a command line by a program's tables.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64 };

struct parser {
    const struct lab_cli_program *program;
    struct lab_cli *out;
    char *message;
    size_t message_size;
    const char *const *argv;
    int argc, at;
};

__attribute__((format(printf, 2, 3))) static int complain(struct parser *p, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(p->message, p->message_size, format, arguments);
    va_end(arguments);
    for (char *c = p->message; *c; c++) // one sentence, whatever the user typed
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return -22;
}

static const struct lab_cli_option *by_name(const struct lab_cli_program *program, const char *name,
                                            size_t length)
{
    for (int n = 0; n < program->options; n++)
        if (strlen(program->option[n].name) == length &&
            strncmp(program->option[n].name, name, length) == 0)
            return &program->option[n];
    return NULL;
}

static const struct lab_cli_option *by_letter(const struct lab_cli_program *program, char letter)
{
    for (int n = 0; n < program->options; n++)
        if (program->option[n].letter && program->option[n].letter == letter)
            return &program->option[n];
    return NULL;
}

static int unknown_option(struct parser *p, const char *name, size_t length)
{
    const char *words[WORDS_MAX];
    char typed[80];
    size_t count = 0;
    for (int n = 0; n < p->program->options && count < WORDS_MAX; n++)
        words[count++] = p->program->option[n].name;
    snprintf(typed, sizeof typed, "%.*s", (int)(length < sizeof typed ? length : sizeof typed - 1),
             name);
    const char *near = lab_cli_nearest(typed, words, count);
    if (near)
        return complain(p, "unknown option '--%s', did you mean '--%s'?", typed, near);
    return complain(p, "unknown option '--%s'", typed);
}

// --- values ---------------------------------------------------------------------------------------------

static int whole(struct parser *p, const struct lab_cli_option *o, const char *value, uint64_t most,
                 uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end)
        return complain(p, "--%s wants a whole number, not '%.60s'", o->name, value);
    if (errno || n > most)
        return complain(p, "--%s: %.60s is too large", o->name, value);
    *out = n;
    return 0;
}

static int count(struct parser *p, const struct lab_cli_option *o, const char *value, int64_t *out)
{
    uint64_t n;
    int error = whole(p, o, value, 1000000000, &n);
    if (error)
        return error;
    if (n == 0)
        return complain(p, "--%s wants at least 1", o->name);
    *out = (int64_t)n;
    return 0;
}

static int color(struct parser *p, const struct lab_cli_option *o, const char *value,
                 enum lab_color *out)
{
    static const char *const word[] = {"auto", "always", "never"};
    for (int n = 0; n < 3; n++)
        if (strcmp(value, word[n]) == 0) {
            *out = (enum lab_color)n;
            return 0;
        }
    return complain(p, "--%s wants auto, always or never, not '%.60s'", o->name, value);
}

/// The number of words in a list stands right behind it.
static size_t *list_count(struct lab_cli *out, const struct lab_cli_option *o)
{
    return (size_t *)(void *)((char *)out + o->offset + sizeof(const char **));
}

static int store(struct parser *p, const struct lab_cli_option *o, const char *value)
{
    void *field = (char *)p->out + o->offset;
    switch (o->kind) {
    case LAB_CLI_FLAG: *(bool *)field = true; return 0;
    case LAB_CLI_TEXT:
        if (!value[0])
            return complain(p, "--%s wants %s, not an empty text", o->name, o->argument);
        *(const char **)field = value;
        return 0;
    case LAB_CLI_LIST: {
        size_t *count = list_count(p->out, o);
        (*(const char ***)field)[(*count)++] = value;
        return 0;
    }
    case LAB_CLI_U64: p->out->has_seed = true; return whole(p, o, value, UINT64_MAX, field);
    case LAB_CLI_COUNT: return count(p, o, value, field);
    case LAB_CLI_COLOR: return color(p, o, value, field);
    }
    return -22;
}

// `value` comes from --name=value; otherwise the next word is it.
static int option(struct parser *p, const struct lab_cli_option *o, const char *value)
{
    if (!o->argument) {
        if (value)
            return complain(p, "--%s takes no value", o->name);
        return store(p, o, NULL);
    }
    if (!value && p->at + 1 < p->argc)
        value = p->argv[++p->at];
    if (!value)
        return complain(p, "--%s wants %s", o->name, o->argument);
    return store(p, o, value);
}

static int long_option(struct parser *p, const char *text)
{
    size_t length = strcspn(text, "=");
    const struct lab_cli_option *o = by_name(p->program, text, length);
    if (!o)
        return unknown_option(p, text, length);
    return option(p, o, text[length] ? text + length + 1 : NULL);
}

static int short_options(struct parser *p, const char *letters)
{
    for (; *letters; letters++) {
        const struct lab_cli_option *o = by_letter(p->program, *letters);
        if (!o)
            return complain(p, "unknown option '-%c'", *letters);
        if (o->argument) {
            int error = option(p, o, letters[1] ? letters + 1 : NULL);
            return error;
        }
        int error = store(p, o, NULL);
        if (error)
            return error;
    }
    return 0;
}

// --- words ------------------------------------------------------------------------------------------------

static int verb_of(const struct lab_cli_program *program, const char *word)
{
    for (int n = 0; n < program->verbs; n++)
        if (word[0] && strcmp(program->verb[n].name, word) == 0)
            return n;
    return -1;
}

// The first word may be a verb; anything else is an operand of the first verb.
static void operand(struct parser *p, const char *word, bool may_be_verb)
{
    int verb = -1;
    if (may_be_verb && !p->out->verb_named && p->out->operands == 0)
        verb = verb_of(p->program, word);
    if (verb >= 0) {
        p->out->verb = verb;
        p->out->verb_named = true;
    } else {
        p->out->operand[p->out->operands++] = word;
    }
}

static int words(struct parser *p)
{
    bool options = true;
    for (p->at = 1; p->at < p->argc; p->at++) {
        const char *word = p->argv[p->at];
        int error = 0;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0)
            error = long_option(p, word + 2);
        else if (options && word[0] == '-' && word[1])
            error = short_options(p, word + 1);
        else
            operand(p, word, options);
        if (error)
            return error;
    }
    return 0;
}

static const struct lab_cli_option *misplaced(const struct parser *p)
{
    static const char fresh[sizeof(uint64_t)];
    for (int n = 0; n < p->program->options; n++) {
        const struct lab_cli_option *o = &p->program->option[n];
        if (o->verbs & 1u << p->out->verb)
            continue;
        static const size_t size[] = {sizeof(bool),     sizeof(char *),  sizeof(size_t),
                                      sizeof(uint64_t), sizeof(int64_t), sizeof(enum lab_color)};
        bool given = memcmp((const char *)p->out + o->offset, fresh, size[o->kind]) != 0;
        if (o->kind == LAB_CLI_LIST  ? *list_count(p->out, o) > 0
            : o->kind == LAB_CLI_U64 ? p->out->has_seed
                                     : given)
            return o;
    }
    return NULL;
}

// A word that is no file and looks like a verb, typed wrong.
static const char *meant_verb(const struct parser *p, const char *word)
{
    const char *words_of[WORDS_MAX];
    size_t n = 0;
    if (strpbrk(word, "./@") || verb_of(p->program, word) >= 0) // a file, or behind "--"
        return NULL;
    for (; n < (size_t)p->program->verbs && n < WORDS_MAX; n++)
        words_of[n] = p->program->verb[n].name;
    return lab_cli_nearest(word, words_of, n);
}

static int check(struct parser *p)
{
    const struct lab_cli *out = p->out;
    const struct lab_cli_verb *verb = &p->program->verb[out->verb];
    if (out->help || out->version)
        return 0;
    const struct lab_cli_option *o = misplaced(p);
    if (o)
        return complain(p, "'%s' takes no --%s", verb->name, o->name);
    if (!out->verb_named && out->operands && p->program->verbs > 1) {
        const char *near = meant_verb(p, out->operand[0]);
        if (near)
            return complain(p, "unknown verb '%.60s', did you mean '%s'?", out->operand[0], near);
    }
    const char *who = verb->name[0] ? verb->name : p->program->name;
    if (out->operands < verb->operands_min)
        return complain(p, "'%s' wants %s", who, verb->operands);
    if (out->operands > verb->operands_max)
        return complain(p, "'%s': one word too many: '%.60s'", who,
                        out->operand[verb->operands_max]);
    return 0;
}

int lab_cli_parse(const struct lab_cli_program *program, int argc, const char *const *argv,
                  struct lab_cli *out, char *message, size_t message_size)
{
    assert(program && argc >= 0 && out && message && message_size > 0);
    memset(out, 0, program->size ? program->size : sizeof *out);
    message[0] = 0;
    size_t room = (size_t)argc + 1;
    out->operand = calloc(room, sizeof *out->operand);
    out->set = calloc(room, sizeof *out->set);
    out->skip = calloc(room, sizeof *out->skip);
    if (!out->operand || !out->set || !out->skip)
        return -12;
    struct parser p = {program, out, message, message_size, argv, argc, 0};
    int error = words(&p);
    return error ? error : check(&p);
}

void lab_cli_free(struct lab_cli *cli)
{
    assert(cli);
    free(cli->operand);
    free(cli->set);
    free(cli->skip);
    *cli = (struct lab_cli){0};
}
