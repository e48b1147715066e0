// Every combination of the values of some keys, each swept as a scenario of its own.
// SPDX-License-Identifier: MIT
#include "sim/sweep/axes.h"

#include "sim/run/verbs.h"
#include "sim/sweep/whole.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { AXES = 3, VALUES = 32, COMBINATIONS = 64, TEXT = 512, SET = 160 };

/// The axes as they were asked for. Words point into `text`.
struct axes {
    char text[TEXT];
    const char *key[AXES];
    const char *value[AXES][VALUES];
    int values[AXES];
    int count;
};

/// Is this word among the first `count`?
static bool has(const char *const *list, int count, const char *word)
{
    while (count > 0 && strcmp(list[count - 1], word) != 0)
        count--;
    return count > 0;
}

/// "A=1,2": cut at the signs. Returns false when it is none; twice the same would be rows that say the same.
static bool read_axis(struct axes *axes, char *word)
{
    int n = axes->count;
    char *equals = strchr(word, '=');

    if (n == AXES || !equals || equals == word)
        return false;
    *equals = '\0';
    if (has(axes->key, n, word))
        return false;
    axes->key[n] = word;
    for (char *value = equals + 1, *comma; value; value = comma ? comma + 1 : NULL) {
        comma = strchr(value, ',');
        if (comma)
            *comma = '\0';
        if (!*value || axes->values[n] == VALUES || has(axes->value[n], axes->values[n], value))
            return false;
        axes->value[n][axes->values[n]++] = value;
    }
    axes->count++;
    return true;
}

static bool read_axes(struct axes *axes, const char *text)
{
    int combinations = 1;

    if ((size_t)snprintf(axes->text, TEXT, "%s", text) >= TEXT)
        return false;
    for (char *word = axes->text, *end; word; word = end ? end + 1 : NULL) {
        end = strchr(word, ';');
        if (end)
            *end = '\0';
        if (!read_axis(axes, word))
            return false;
        combinations *= axes->values[axes->count - 1];
        if (combinations > COMBINATIONS)
            return false;
    }
    return true;
}

/// The sets of the n-th combination, the last axis running fastest. Returns false when there are not so many.
static bool combination(const struct axes *axes, int n, char set[AXES][SET])
{
    for (int i = axes->count; i-- > 0; n /= axes->values[i])
        if ((size_t)snprintf(set[i], SET, "%s=%s", axes->key[i],
                             axes->value[i][n % axes->values[i]]) >= SET)
            return false;
    return n == 0;
}

/// Sweep one combination, in a place of its own. Returns an exit code.
static int sweep_one(const struct lab_cli *cli, const struct sweep_request *request,
                     char set[AXES][SET], int sets, struct sweep_whole *whole)
{
    const char **all = calloc(cli->sets + AXES, sizeof *all);
    struct lab_error err = {0};

    if (!all)
        return verb_complain(&err, -ENOMEM);
    if (cli->sets)
        memcpy(all, cli->set, cli->sets * sizeof *all);
    for (int i = 0; i < sets; i++)
        all[cli->sets + (size_t)i] = set[i];
    int bad = sweep_whole_make(whole, cli, request, all, cli->sets + (size_t)sets, &err);
    free(all);
    for (int i = 0; bad && i < sets; i++) // the user wrote no --set
        if (!strcmp(err.file, "--set") && !strcmp(err.source, set[i]))
            snprintf(err.file, sizeof err.file, "--axes");
    if (bad) {
        int code = verb_complain(&err, bad);
        return bad == -ECHILD ? LAB_EXIT_BUG : code;
    }
    return verb_sweep_code(&whole->report);
}

static int publish(const struct lab_cli *cli, const struct axes *axes,
                   const struct lab_sweep_report *const *rows, size_t count)
{
    const struct lab_axes_report report = {axes->key, (size_t)axes->count, rows, count};
    FILE *out = verb_people(cli);

    if (!cli->quiet)
        lab_axes_text(&report, lab_cli_colour(cli->color, out), out);
    for (size_t i = 0; i < count && cli->quiet; i++) // an ID says which combination it is of
        verb_tell_sweep(cli, rows[i]);
    return cli->json ? verb_written(cli->json, lab_axes_json(&report, cli->json)) : LAB_EXIT_PASS;
}

/// All combinations, and their reports when none was stopped by something worse than a failure.
static int sweep_all(const struct lab_cli *cli, const struct sweep_request *request,
                     const struct axes *axes)
{
    struct sweep_whole *whole[COMBINATIONS] = {NULL};
    const struct lab_sweep_report *row[COMBINATIONS];
    char set[AXES][SET];
    int code = LAB_EXIT_PASS, n = 0;
    bool whole_row = true, interrupted = false;

    for (; n < COMBINATIONS && whole_row && !interrupted && combination(axes, n, set); n++) {
        whole[n] = calloc(1, sizeof *whole[n]);
        code = verb_worse(code, whole[n] ? sweep_one(cli, request, set, axes->count, whole[n])
                                         : LAB_EXIT_INFRA);
        whole_row = whole[n] && whole[n]->report.population;
        if (whole_row)
            row[n] = &whole[n]->report;
        interrupted = whole_row && whole[n]->listener.interrupted;
    }
    if (whole_row)
        code = verb_worse(code, publish(cli, axes, row, (size_t)n));
    if (interrupted)
        code = LAB_EXIT_INTERRUPTED;
    while (n-- > 0)
        if (whole[n]) {
            sweep_whole_free(whole[n]);
            free(whole[n]);
        }
    return code;
}

int sweep_axes(const struct lab_cli *cli, const struct sweep_request *request)
{
    struct axes *axes = calloc(1, sizeof *axes);
    int code = LAB_EXIT_USAGE;

    if (!axes)
        return verb_complain(&(struct lab_error){0}, -ENOMEM);
    if (cli->csv || cli->junit || cli->html)
        fputs("plr-sim: --axes makes several sweeps: --csv, --junit and --html are of one\n",
              stderr);
    else if (cli->shard)
        fputs("plr-sim: --axes is a table of sweeps, and tables are not merged: leave out --shard, "
              "or "
              "make one combination at a time with --set\n",
              stderr);
    else if (!read_axes(axes, cli->axes))
        fprintf(stderr,
                "plr-sim: --axes wants KEY=VALUE,VALUE...;KEY=... (at most %d keys and %d "
                "combinations, nothing twice), not '%.80s'\n",
                AXES, COMBINATIONS, cli->axes);
    else
        code = sweep_all(cli, request, axes);
    free(axes);
    return code;
}
