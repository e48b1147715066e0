// What the tests of sweeps share: the small job as a sweep takes it.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_TEST_RIG_H
#define SIM_SWEEP_TEST_RIG_H

#include "sim/test_sim.h"

#include "sim/sweep/totals.h"

/// The small job as a sweep takes it.
struct rig {
    struct stage stage;
    struct lab_input input;
    struct run run;
    struct sweep_request request;
    struct sweep_work work;
    struct sweep_totals totals;
};

/// The small job, with a request for that; to be opened.
static inline struct rig *rig_make(enum sweep_every every, int64_t stride)
{
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    stage_set(&rig->stage);
    rig->input.scenario = rig->stage.scenario;
    rig->input.job = rig->stage.job;
    rig->input.material = rig->stage.material;
    snprintf(rig->input.stem, sizeof rig->input.stem, "small");
    rig->request = (struct sweep_request){
        .every = every, .stride = stride, .to = INT64_MAX, .of = 1, .jobs = 1};
    return rig;
}

static inline struct rig *rig_begin(struct rig *rig)
{
    struct lab_error err = {0};

    if (sweep_open(&rig->work, &rig->request, &rig->run, &rig->input, 7, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
    return rig;
}

static inline struct rig *rig_open(enum sweep_every every, int64_t stride, enum lab_dut dut)
{
    struct rig *rig = rig_make(every, stride);

    rig->input.scenario.dut = dut;
    return rig_begin(rig);
}

static inline void rig_close(struct rig *rig)
{
    sweep_totals_free(&rig->totals);
    sweep_close(&rig->work);
    run_free(&rig->run);
    free(rig);
}

static inline bool keep(void *ctx, const struct sweep_result *result)
{
    struct rig *rig = ctx;
    return sweep_totals_add(&rig->totals, result) == 0;
}

static inline void sweep_all(struct rig *rig)
{
    assert_int_equal(sweep_part(&rig->work, 0, rig->work.list.count, keep, rig), 0);
    assert_int_equal(rig->totals.firsts, rig->work.list.count);
}

#endif
