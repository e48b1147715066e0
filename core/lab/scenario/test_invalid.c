// Walks fixtures/invalid/CASE/{input,error}: each input must be refused at the place and with the words of its error file.
// SPDX-License-Identifier: MIT
//
// `error` is one line: [FILE:]LINE:COL MESSAGE. MESSAGE need only begin the real one; COL may be `*` where the YAML library
// chooses it; 0:0 is the whole file; FILE is the end of the path where it is not the input's. A case may have `sets` (a
// --set on each line). `input` may be missing or a directory: that is then what is wrong. PLR_UPDATE=1 writes what is missing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/scenario/scenario.h"

enum { SETS_MAX = 8 };

static const char corpus[] = "fixtures/invalid";

static size_t read_text(const char *folder, const char *name, char *out, size_t room)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    const size_t n = file != NULL ? fread(out, 1, room - 1, file) : 0;
    out[n] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return n;
}

static size_t read_sets(const char *folder, char *text, size_t room, struct lab_set *sets)
{
    size_t n = 0;
    read_text(folder, "sets", text, room);
    for (char *line = strtok(text, "\n"); line != NULL && n < SETS_MAX; line = strtok(NULL, "\n")) {
        sets[n++].text = line;
    }
    return n;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text);
    const size_t m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/// Does the error match the line?
static bool matches(const char *expected, const struct lab_error *err)
{
    char file[64] = "input";
    char column[16];
    int line = 0;
    int used = 0;
    if (sscanf(expected, "%d:%15[0-9*] %n", &line, column, &used) != 2 &&
        sscanf(expected, "%63[^:]:%d:%15[0-9*] %n", file, &line, column, &used) != 3) {
        return false;
    }
    const bool same_column = column[0] == '*' || atoi(column) == err->column;
    return line == err->line && same_column && ends_with(err->file, file) &&
           strncmp(err->message, expected + used, strlen(expected + used)) == 0;
}

static void write_error(const char *folder, const struct lab_error *err)
{
    char path[512];
    snprintf(path, sizeof path, "%s/error", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    const char *slash = strrchr(err->file, '/');
    const char *base = slash != NULL ? slash + 1 : err->file;
    fprintf(file, "%s%s%d:%d %s\n", strcmp(base, "input") == 0 ? "" : base,
            strcmp(base, "input") == 0 ? "" : ":", err->line, err->column, err->message);
    fclose(file);
}

/// Returns whether the case is as it should be; tells otherwise.
static bool run_case(const char *name)
{
    static struct lab_scenario scenario;
    char folder[300];
    char path[320];
    char expected[600];
    char text[2000];
    struct lab_set sets[SETS_MAX];
    struct lab_error err = {0};
    snprintf(folder, sizeof folder, "%s/%s", corpus, name);
    snprintf(path, sizeof path, "%s/input", folder);
    const size_t n = read_sets(folder, text, sizeof text, sets);
    const int status = lab_scenario_load(path, sets, n, &scenario, &err);
    if (read_text(folder, "error", expected, sizeof expected) == 0 &&
        getenv("PLR_UPDATE") != NULL) {
        write_error(folder, &err);
        read_text(folder, "error", expected, sizeof expected);
    }
    expected[strcspn(expected, "\n")] = '\0';
    if (status < 0 && lab_error_set(&err) && matches(expected, &err)) {
        return true;
    }
    print_error("%s: status %d, got %s:%d:%d %s\n  expected %s\n", name, status, err.file, err.line,
                err.column, err.message, expected);
    return false;
}

/// Folders with cases of other readers.
static bool of_others(const char *name)
{
    static const char *const others[] = {"bench", "gcode", "klipper", "vcd"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(name, others[i]))
            return true;
    return false;
}

static void the_corpus_is_refused(void **state)
{
    (void)state;
    DIR *dir = opendir(corpus);
    assert_non_null(dir);
    int cases = 0;
    int wrong = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.' && !of_others(entry->d_name)) {
            cases++;
            wrong += !run_case(entry->d_name);
        }
    }
    closedir(dir);
    assert_true(cases >= 60);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_corpus_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
