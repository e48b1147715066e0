// plr-sim sweep: from the command line to the reports.
// SPDX-License-Identifier: MIT
#include "core/lab/html/html.h"
#include "sim/run/verbs.h"
#include "sim/sweep/ask.h"
#include "sim/sweep/axes.h"
#include "sim/sweep/whole.h"

#include <errno.h>
#include <stdlib.h>

static int publish(const struct lab_cli *cli, const struct sweep_whole *whole)
{
    const struct lab_sweep_report *report = &whole->report;

    verb_tell_sweep(cli, report);
    int code = verb_sweep_code(report);
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_sweep_json(report, cli->json)));
    if (cli->junit)
        code = verb_worse(code, verb_written(cli->junit, lab_sweep_junit(report, cli->junit)));
    if (cli->html)
        code = verb_worse(code, verb_written(cli->html, lab_html_sweep(report, cli->html)));
    if (cli->csv)
        code = verb_worse(code, verb_written(cli->csv, sweep_totals_csv(&whole->listener.totals,
                                                                        &whole->work, cli->csv)));
    return code;
}

static int one(const struct lab_cli *cli, const struct sweep_request *request)
{
    struct sweep_whole *whole = calloc(1, sizeof *whole);
    struct lab_error err = {0};

    if (!whole)
        return verb_complain(&err, -ENOMEM);
    int bad = sweep_whole_make(whole, cli, request, cli->set, cli->sets, &err);
    int code = bad ? verb_complain(&err, bad) : publish(cli, whole);
    if (!bad && whole->listener.interrupted)
        code = LAB_EXIT_INTERRUPTED;
    sweep_whole_free(whole);
    free(whole);
    return bad == -ECHILD ? LAB_EXIT_BUG : code;
}

int verb_sweep(const struct lab_cli *cli)
{
    struct sweep_request request;
    char message[240];

    if (sweep_ask(cli, &request, message, sizeof message)) {
        fprintf(stderr, "plr-sim: %s\nTry 'plr-sim sweep --help'.\n", message);
        return LAB_EXIT_USAGE;
    }
    if (!verb_reports_fit(cli))
        return LAB_EXIT_USAGE;
    return cli->axes ? sweep_axes(cli, &request) : one(cli, &request);
}
