// Fuzz target: any bytes as a scenario, and as a --set, load or are refused with a message; nothing else.
// SPDX-License-Identifier: MIT
//
// The input up to the first line that is just `=` is the document, what follows are sets, one on each line.
#include <stdlib.h>
#include <string.h>

#include "core/lab/scenario/id.h"
#include "core/plr/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETS_MAX = 4 };

static size_t split_sets(char *text, struct lab_set *sets)
{
    size_t n = 0;
    while (text != NULL && *text != '\0' && n < SETS_MAX) {
        char *end = strchr(text, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        sets[n++].text = text;
        text = end;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lab_scenario scenario;
    static struct lab_id id;
    struct lab_error err = {0};
    struct lab_set sets[SETS_MAX];
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    char *mark = strstr(text, "\n=\n");
    const size_t length = mark != NULL ? (size_t)(mark - text) + 1 : size;
    const size_t n = split_sets(mark != NULL ? mark + 3 : NULL, sets);
    const int status =
        lab_scenario_load_text("scenarios/fuzz.yaml", text, length, sets, n, &scenario, &err);
    PLR_ASSERT((status == LAB_OK) == !lab_error_set(&err));
    lab_error_clear(&err);
    PLR_ASSERT((lab_id_parse(text, &id, &err) == LAB_OK) == !lab_error_set(&err));
    free(text);
    return 0;
}
