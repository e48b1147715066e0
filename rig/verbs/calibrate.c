// plr-rig calibrate: where the z_plus endstops are, for the core on this computer. Power, limits and faults are a run's.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "rig/host/host.h"
#include "rig/run/run.h"

struct work {
    struct bench bench;
    struct lab_input input;
    struct run_plan plan;
    struct run_record record;
};

/// Nothing is cut. Returns 0 or an exit code, having complained.
static int plan(const struct rig_options *options, struct work *work)
{
    struct host_config config;
    struct lab_error err = {0};

    if (work->bench.dut != BENCH_DUT_CORE) {
        lab_error_at_file(&err, work->bench.path,
                          "a calibration is the core's, and this bench says dut: printer");
        return rig_complain(&err, LAB_EXIT_USAGE);
    }
    int bad = run_plan_calibration(&work->plan, &work->bench, &work->input, &err);
    if (!bad)
        bad = host_config_make(&config, &work->bench, &work->input, &err);
    if (bad)
        return rig_complain(&err, LAB_EXIT_USAGE);
    if (!options->cli.quiet && !options->arm)
        printf("%s, then the endstops of %d Z motors are touched by steps of %lld um, and what is "
               "measured is kept in %s\nthis was a dry run: nothing is switched without --arm\n",
               config.before, config.plr.z_motors, (long long)(config.step_nm / 1000),
               config.store);
    return 0;
}

static int carry_out(const struct rig_options *options, struct work *work)
{
    struct rig_teller nowhere = {.fd = -1};
    struct lab_error err = {0};
    const struct run_ask ask = {.bench = &work->bench,
                                .plan = &work->plan,
                                .input = &work->input,
                                .calibrate = true,
                                .file = work->input.job.name,
                                .interrupted = rig_interrupted,
                                .tell = rig_tell,
                                .ctx = options->cli.quiet ? &nowhere : rig_teller_of(stderr)};
    const struct run_record *record = &work->record;

    (void)rig_interrupted(); // from here on signals only set a mark
    int bad = run_go(&ask, &work->record, &err);
    if (bad)
        return rig_complain(&err, rig_exit(bad));
    if (record->unsafe)
        (void)verb_tell(stderr, "DANGER: not everything could be switched off\n");
    if (record->core_refused) {
        (void)verb_tell(stderr, "plr-rig: refused: %s\n", record->reason);
        return record->unsafe ? LAB_EXIT_INFRA : LAB_EXIT_FAIL;
    }
    if (record->fault) {
        (void)verb_tell(stderr, "plr-rig: %s\n", record->why);
        return record->fault == RUN_INTERRUPTED ? LAB_EXIT_INTERRUPTED : LAB_EXIT_INFRA;
    }
    if (!options->cli.quiet)
        (void)verb_tell(stdout, "calibrated by %llu touches, each known to %lld um\n",
                        (unsigned long long)record->touched.touches,
                        (long long)(record->touched.touch_nm / 1000));
    if (record->touched.late_touches)
        (void)verb_tell(
            stderr, "plr-rig: %llu of them came late: these taps are too slow for core.settle\n",
            (unsigned long long)record->touched.late_touches);
    return record->unsafe || !record->calibrated ? LAB_EXIT_INFRA : LAB_EXIT_PASS;
}

int rig_calibrate(const struct rig_options *options)
{
    const struct lab_cli *cli = &options->cli;
    struct work *work = calloc(1, sizeof *work);
    struct lab_error err = {0};

    if (!work)
        return LAB_EXIT_INFRA;
    int code = rig_load(options, &work->bench);
    if (!code) {
        int bad = lab_input_open(&work->input, cli->operand[0], cli->root, cli->set, cli->sets,
                                 NULL, &err);
        code = bad ? rig_complain(&err, bad == -ENOMEM ? LAB_EXIT_INFRA : LAB_EXIT_USAGE) : 0;
        if (!bad) {
            code = plan(options, work);
            if (!code && options->arm)
                code = carry_out(options, work);
            lab_input_close(&work->input);
        }
    }
    free(work);
    return code;
}
