// Can a gauge be read at all? Known before anything is printed.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig/child/child.h"
#include "rig/gauge/gauge.h"

__attribute__((format(printf, 4, 5))) static int
cannot(const struct bench_gauge *rule, char why[GAUGE_WHY], int error, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(why, GAUGE_WHY, "gauge '%s' ", rule->name);

    va_start(arguments, format);
    vsnprintf(why + used, GAUGE_WHY - (size_t)used, format, arguments);
    va_end(arguments);
    return error;
}

// --- commands -----------------------------------------------------------------------------------------------------

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";

/// What stands behind redirections ("<file", "2>/dev/null", ">&2"), which may come ahead of a program. NULL: only the shell can read them, or
/// nothing follows in this command.
static const char *behind_redirections(const char *text)
{
    for (;;) {
        const char *at = text + strspn(text, " \t\n");
        const char *sign = at + strspn(at, "0123456789");
        if (*sign != '<' && *sign != '>')
            return at;
        if (sign[0] == '<' && sign[1] == '<')
            return NULL;
        sign += strspn(sign, "<>|&");
        sign += strspn(sign, " \t");
        text = sign + strspn(sign, plain);
        if (text == sign || !strchr(" \t", *text) || !*text)
            return NULL;
    }
}

/// The first word of a command, where that is a program's name and nothing else: no quotes, assignment or expansion, which only the shell can
/// read. Returns whether it is.
static bool first_word(const char *text, char word[BENCH_COMMAND])
{
    text = behind_redirections(text);
    if (!text)
        return false;
    size_t size = strspn(text, plain);
    if (!size || size >= BENCH_COMMAND || *text == '-' || !strchr(" \t\n;|&<>", text[size]))
        return false; // strchr finds the end, too
    memcpy(word, text, size);
    word[size] = '\0';
    return true;
}

/// Would a shell find it: a word of its own, or a program in PATH?
static bool shell_knows(const char *word)
{
    int code = child_run("command -v \"$1\" > /dev/null", word, 5000000, NULL);

    return code <= 0; // who cannot tell forbids nothing
}

static int look_for_program(const struct bench_gauge *rule, char why[GAUGE_WHY])
{
    char word[BENCH_COMMAND];
    struct stat what;

    if (!first_word(rule->source, word))
        return 0;
    if (!strchr(word, '/'))
        return shell_knows(word) ? 0
                                 : cannot(rule, why, -ENOENT,
                                          "wants the program %.100s, which is not "
                                          "installed here",
                                          word);
    if (stat(word, &what) || access(word, X_OK))
        return cannot(rule, why, -ENOENT, "wants the program %.100s: %s", word, strerror(errno));
    return S_ISREG(what.st_mode)
               ? 0
               : cannot(rule, why, -ENOENT, "wants %.100s: it is no program", word);
}

// --- devices, people ----------------------------------------------------------------------------------------------

static int look_for_device(const struct bench_gauge *rule, char why[GAUGE_WHY])
{
    if (!access(rule->source, R_OK | W_OK))
        return 0;
    return cannot(rule, why, -ENODEV, "is read from %.100s: %s", rule->source, strerror(errno));
}

static int look_for_person(const struct bench_gauge *rule, char why[GAUGE_WHY])
{
    int fd =
        isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;

    if (fd < 0)
        return cannot(rule, why, -ENOTTY, "asks a person, and there is no terminal");
    close(fd);
    return 0;
}

int gauge_possible(const struct bench_gauge *rule, char why[GAUGE_WHY])
{
    switch ((enum bench_gauge_kind)rule->kind) {
    case BENCH_GAUGE_CMD: return look_for_program(rule, why);
    case BENCH_GAUGE_SERIAL: return look_for_device(rule, why);
    case BENCH_GAUGE_PROMPT: return look_for_person(rule, why);
    case BENCH_GAUGE_LINK: break; // the printer's own: it has no power yet
    }
    return 0;
}
