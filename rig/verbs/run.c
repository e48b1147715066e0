// plr-rig run: a scenario on a real printer.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdlib.h>

#include "rig/run/look.h"
#include "rig/run/plan.h"

/// All that is read before anything happens.
struct job {
    struct bench bench;
    struct lab_input input;
    struct run_plan plan;
};

static int dry_run(const struct rig_options *options, const struct job *job)
{
    if (!options->cli.quiet)
        run_plan_tell(&job->plan, &job->bench, &job->input, stdout);
    int wrong = run_look(&job->bench, stderr);
    if (!options->cli.quiet)
        puts("this was a dry run: nothing is switched without --arm");
    return wrong ? LAB_EXIT_INFRA : LAB_EXIT_PASS;
}

/// Returns 0 or an exit code, having complained; then there is nothing to close.
static int read_job(const struct rig_options *options, struct job *job)
{
    const struct lab_cli *cli = &options->cli;
    struct lab_error err = {0};
    int code = rig_load(options, &job->bench);

    if (code)
        return code;
    int bad =
        lab_input_open(&job->input, cli->operand[0], cli->root, cli->set, cli->sets, NULL, &err);
    if (bad)
        return rig_complain(&err, bad == -ENOMEM ? LAB_EXIT_INFRA : LAB_EXIT_USAGE);
    bad = run_plan_make(&job->plan, &job->bench, &job->input, cli->skip, cli->skips, &err);
    if (bad)
        lab_input_close(&job->input);
    return bad ? rig_complain(&err, LAB_EXIT_USAGE) : 0;
}

int rig_run(const struct rig_options *options)
{
    struct job *job = calloc(1, sizeof *job);
    int code = job ? read_job(options, job) : LAB_EXIT_INFRA;

    if (!code) {
        code = dry_run(options, job);
        lab_input_close(&job->input);
    }
    free(job);
    return code;
}
