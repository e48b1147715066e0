// Compares committed files with what programs print.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/test_golden.h"

void golden_same(const char *path, const char *from, void (*print)(FILE *out))
{
    enum { ROOM = 200000 };
    char *made = malloc(ROOM);
    char *kept = malloc(ROOM);
    assert_true(made != NULL && kept != NULL);
    FILE *file = tmpfile();
    assert_non_null(file);
    print(file);
    rewind(file);
    const size_t n = fread(made, 1, ROOM - 1, file);
    made[n] = '\0';
    fclose(file);
    file = fopen(path, "r");
    const size_t m = file != NULL ? fread(kept, 1, ROOM - 1, file) : 0;
    kept[m] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    char *begin = from != NULL ? strstr(kept, from) : kept;
    assert_non_null(begin);
    if (getenv("PLR_UPDATE") != NULL) {
        *begin = '\0';
        file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "%s%s", kept, made);
        fclose(file);
    } else if (strcmp(begin, made) != 0) {
        fail_msg("%s differs from the table: run this test with PLR_UPDATE=1", path);
    }
    free(made);
    free(kept);
}
