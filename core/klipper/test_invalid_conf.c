// Walks fixtures/invalid/klipper/CASE/{input.cfg,error}: each configuration is refused at the place and with the words of its
// error file.
// SPDX-License-Identifier: MIT
//
// `error` is one line: FILE:LINE:COLUMN MESSAGE, and on a second one what was probably meant, if anything. PLR_UPDATE=1
// writes what is missing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/klipper/section.h"

static const char corpus[] = "fixtures/invalid/klipper";

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
static bool run_case(const char *name)
{
    static struct klipper_plr plr;
    char folder[300];
    char path[400];
    char made[800];
    char kept[800];
    struct klipper_conf *conf = NULL;
    struct lab_error err = {0};
    snprintf(folder, sizeof folder, "%s/%s", corpus, name);
    snprintf(path, sizeof path, "%s/input.cfg", folder);
    int status = klipper_conf_open(&conf, path, &err);
    assert_int_equal(status == LAB_OK, conf != NULL);
    if (status == LAB_OK) {
        status = klipper_plr_read(conf, &plr, &err);
    }
    klipper_conf_close(conf);
    tell(&err, folder, made, sizeof made);
    snprintf(path, sizeof path, "%s/error", folder);
    read_or_write(path, made, kept, sizeof kept);
    if (status < 0 && lab_error_set(&err) && strcmp(made, kept) == 0) {
        return true;
    }
    print_error("%s: status %d, got %s  expected %s", name, status, made, kept);
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
        if (entry->d_name[0] != '.') {
            cases++;
            wrong += !run_case(entry->d_name);
        }
    }
    closedir(dir);
    assert_true(cases >= 70);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_corpus_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
