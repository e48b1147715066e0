// Fuzzing the scans: any bytes as a job, behind the beginning of a print. Both lead to the same state; faults in comments only one counts.
// SPDX-License-Identifier: MIT
#include "core/resume/resume.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(struct resume_scan *scan, const char *text, size_t size, bool careful)
{
    resume_scan_begin(scan);
    scan->careful = careful;
    resume_scan_text(scan, text, size, true);
    scan->modal.layer.moves = 0; // not kept by both
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char begin[] = "M83\n;LAYER_CHANGE\n;Z:.2\nG1 Z.2 F600\nG1 X1 Y1 E.1\n";
    static struct resume_scan fast, full;
    const size_t head = sizeof begin - 1;
    char *text = calloc(1, head + size + RESUME_PAD);

    if (!text)
        abort();
    memcpy(text, begin, head);
    memcpy(text + head, data, size);
    run(&fast, text, head + size, false);
    run(&full, text, head + size, true);
    if (fast.at != full.at || fast.lines != full.lines || fast.unknown != full.unknown ||
        memcmp(&fast.modal, &full.modal, sizeof full.modal) != 0 ||
        memcmp(&fast.notes, &full.notes, sizeof full.notes) != 0)
        abort();
    free(text);
    return 0;
}
