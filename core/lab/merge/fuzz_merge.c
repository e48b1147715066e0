// Fuzzing the reader of sweep reports: any bytes are a report as plr-sim writes it, or refused in a sentence; merging adds up.
// SPDX-License-Identifier: MIT
#include "core/lab/merge/merge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lab_error err = {0};
    struct lab_sweep_file file;
    struct lab_merge merge = {0};
    int bad = lab_sweep_parse(&file, "x.json", (const char *)data, size, &err);

    check(!bad == !lab_error_set(&err));
    if (!bad) {
        int64_t runs = file.population.runs;
        bad = lab_merge_add(&merge, &file, &err);
        if (!bad)
            bad = lab_merge_end(&merge, &err);
        check(bad ? lab_error_set(&err) : merge.whole.population.runs == runs);
    }
    lab_merge_free(&merge);
    lab_sweep_file_free(&file);
    return 0;
}
