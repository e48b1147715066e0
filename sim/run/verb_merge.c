// plr-sim merge: reports on parts of a sweep become the report on the whole.
// SPDX-License-Identifier: MIT
#include "sim/run/verbs.h"

#include <inttypes.h>

#include "core/lab/html/html.h"
#include "core/lab/merge/merge.h"

static int read_parts(const struct lab_cli *cli, struct lab_merge *merge, struct lab_error *err)
{
    int bad = 0;

    for (size_t i = 0; i < cli->operands && !bad; i++) {
        struct lab_sweep_file file;
        bad = lab_sweep_read(&file, cli->operand[i], err);
        if (!bad)
            bad = lab_merge_add(merge, &file, err);
        lab_sweep_file_free(&file);
    }
    return bad ? bad : lab_merge_end(merge, err);
}

static int write_whole(const struct lab_cli *cli, struct lab_sweep_report *report)
{
    int64_t missing = lab_sweep_missing(report);

    report->host.present = report->host.present && !cli->no_host;
    verb_tell_sweep(cli, report);
    int code = verb_sweep_code(report);
    if (missing) {
        fprintf(stderr, "plr-sim: not whole: %" PRId64 " of %" PRId64 " %s %s in no report\n",
                missing, report->of, report->sweep ? "cuts" : "runs", missing == 1 ? "is" : "are");
        code = verb_worse(code, LAB_EXIT_PART);
    }
    if (cli->json)
        code = verb_worse(code, verb_written(cli->json, lab_sweep_json(report, cli->json)));
    if (cli->junit)
        code = verb_worse(code, verb_written(cli->junit, lab_sweep_junit(report, cli->junit)));
    if (cli->html)
        code = verb_worse(code, verb_written(cli->html, lab_html_sweep(report, cli->html)));
    return code;
}

int verb_merge(const struct lab_cli *cli)
{
    struct lab_merge merge = {0};
    struct lab_error err = {0};

    if (!verb_reports_fit(cli))
        return LAB_EXIT_USAGE;
    int bad = read_parts(cli, &merge, &err);
    int code = bad ? verb_complain(&err, bad) : write_whole(cli, &merge.whole.report);
    lab_merge_free(&merge);
    return code;
}
