// Walks a folder of rejection cases.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/test_corpus.h"

static void tell(const struct lab_error *err, const char *folder, char *out, size_t room)
{
    const size_t n = strlen(folder);
    const char *file = strncmp(err->file, folder, n) == 0 ? err->file + n + 1 : err->file;
    snprintf(out, room, "%s:%d:%d %s\n%s%s", file, err->line, err->column, err->message,
             err->suggestion, err->suggestion[0] != '\0' ? "\n" : "");
}

static void read_or_write(const char *path, const char *made, char *kept, size_t room)
{
    FILE *file = fopen(path, "r");
    if (file == NULL && getenv("PLR_UPDATE") != NULL) {
        file = fopen(path, "w+");
        assert_non_null(file);
        fputs(made, file);
        rewind(file);
    }
    kept[file != NULL ? fread(kept, 1, room - 1, file) : 0] = '\0';
    if (file != NULL) {
        fclose(file);
    }
}

/// Returns whether the case is as it should be; tells otherwise.
static bool run_case(const char *corpus, const char *name, const char *input, corpus_reader *read)
{
    char folder[300];
    char path[400];
    char made[800];
    char kept[800];
    struct lab_error err = {0};
    snprintf(folder, sizeof folder, "%s/%s", corpus, name);
    snprintf(path, sizeof path, "%s/%s", folder, input);
    const int status = read(path, &err);
    tell(&err, folder, made, sizeof made);
    snprintf(path, sizeof path, "%s/error", folder);
    read_or_write(path, made, kept, sizeof kept);
    if (status < 0 && lab_error_set(&err) && strcmp(made, kept) == 0) {
        return true;
    }
    print_error("%s: status %d, got %s  expected %s", name, status, made, kept);
    return false;
}

void corpus_is_refused(const char *folder, const char *input, corpus_reader *read, int least)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int cases = 0;
    int wrong = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.') {
            cases++;
            wrong += !run_case(folder, entry->d_name, input, read);
        }
    }
    closedir(dir);
    assert_true(cases >= least);
    assert_int_equal(wrong, 0);
}
