// plr-sim diff: where two traces part.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"

#include <stdlib.h>

#include "core/lab/diff/diff.h"

static int report(const struct lab_cli *cli, const struct lab_diff *diff)
{
    FILE *out = verb_people(cli);
    int code = diff->same ? LAB_EXIT_PASS : LAB_EXIT_FAIL;

    if (!cli->quiet)
        lab_diff_text(diff, lab_cli_colour(cli->color, out), out);
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_diff_json(diff, cli->json)));
    return code;
}

int verb_diff(const struct lab_cli *cli)
{
    struct lab_trace *trace = calloc(2, sizeof *trace);
    struct lab_error err = {0};
    struct lab_diff diff;

    if (!trace)
        return verb_complain(&err, LAB_ENOMEM);
    if (!verb_reports_fit(cli)) {
        free(trace);
        return LAB_EXIT_USAGE;
    }
    int bad = lab_trace_read_file(cli->operand[0], &trace[0], &err);
    if (!bad)
        bad = lab_trace_read_file(cli->operand[1], &trace[1], &err);
    if (!bad)
        lab_diff(&diff, cli->operand[0], &trace[0], cli->operand[1], &trace[1]);
    int code = bad ? verb_complain(&err, bad) : report(cli, &diff);
    lab_trace_free(&trace[0]);
    lab_trace_free(&trace[1]);
    free(trace);
    return code;
}
