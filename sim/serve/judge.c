// The simulator's own verdict on a served run, however far it has come.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "core/lab/report/report.h"
#include "sim/serve/inside.h"

/// Judging completes the truth, which goes on changing here: a copy is judged.
static int judge(struct run *run, const struct printer *p)
{
    *run = p->run;
    run->cut = calloc(1, sizeof *run->cut);
    if (!run->cut)
        return -1;
    sim_copy(run->cut, p->sim);
    return run_judge(run, run->cut, &run->result, run->reason, &run->verdict);
}

char *printer_judge(const struct printer *p)
{
    struct run *run = calloc(1, sizeof *run);
    struct lab_report report;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    int bad = run && out ? judge(run, p) : -1;
    if (!bad) {
        run_report(run, &report);
        bad = lab_report_json_out(&report, out);
    }
    if (out && fclose(out))
        bad = -1;
    if (run)
        free(run->cut);
    free(run);
    if (!bad)
        return text;
    free(text);
    return NULL;
}
