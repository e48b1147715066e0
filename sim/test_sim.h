// What the simulator's tests share: a small job on the stock Voron, and running it in pieces.
// SPDX-License-Identifier: MIT
#ifndef SIM_TEST_SIM_H
#define SIM_TEST_SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/oracle/oracle.h"
#include "sim/run/run.h"

/// A scenario, and a job of a few layers in memory. What a run borrows.
struct stage {
    struct lab_scenario scenario;
    struct lab_job job;
    char text[16384];
    const struct lab_material *material;
};

enum { STAGE_LAYERS = 6, STAGE_LINES = 10 };

/// Layers of a zigzag, each line 40 mm long and 20 ms or more of motion; a retraction and a travel before each layer.
static inline void stage_text(char *out, size_t room)
{
    int n = snprintf(out, room,
                     "; filament_type = ABS\nM140 S105\nM190 S105\nM104 S240\nG28\nM109 "
                     "S240\nM83\nG1 E2 F300\nM106 S128\n");
    for (int layer = 0; layer < STAGE_LAYERS; layer++) {
        n += snprintf(out + n, room - (size_t)n,
                      ";LAYER_CHANGE\n;Z:%.1f\nG1 E-.8 F1800\nG1 Z%.1f F600\nG1 X130 Y130 "
                      "F9000\nG1 E.8 F1800\nG1 F%d\n",
                      0.2 * (layer + 1), 0.2 * (layer + 1), 3000 + 300 * layer);
        for (int line = 0; line < STAGE_LINES; line++)
            n += snprintf(out + n, room - (size_t)n, "G1 X%d Y%d E1.6\n", line % 2 ? 130 : 170,
                          130 + 4 * line);
    }
    snprintf(out + n, room - (size_t)n, "M400\nM107\nG1 E-1 F1800\nM104 S0\nM140 S0\n");
}

/// The headline scenario on the quasistatic gantry with that job; one cut in layer 3, move 4.
static inline void stage_set(struct stage *stage)
{
    static const struct lab_set sets[] = {
        {"sim.gantry=quasistatic"}, {"power[0].at={layer: 3, move: 4}"}, {"plr.save_interval=5s"}};
    struct lab_error err = {0};

    if (lab_scenario_load("scenarios/voron24_cut.yaml", sets, 3, &stage->scenario, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
    stage->material = lab_material_find("ABS");
    stage_text(stage->text, sizeof stage->text);
    if (lab_job_use(&stage->job, "small.gcode", stage->text, strlen(stage->text),
                    &stage->scenario.printer, &err)) {
        lab_error_print(stderr, &err);
        fail();
    }
}

static inline struct sim *stage_open(const struct stage *stage, uint64_t seed, bool twin)
{
    struct sim *sim = calloc(1, sizeof *sim);
    assert_non_null(sim);
    assert_int_equal(sim_open(sim, &stage->scenario, stage->material, &stage->job, seed, twin), 0);
    return sim;
}

static inline void stage_close(struct sim *sim)
{
    sim_close(sim);
    free(sim);
}

/// Let the run go on until this instant (or its end).
static inline void run_until(struct sim *sim, int64_t us)
{
    sim->limit_us = us;
    sim->world.finished = false;
    assert_int_equal(sim_run(sim), 0);
    sim->limit_us = INT64_MAX;
    sim->world.finished = false;
}

/// Run to its end; a day is more than any of these takes. Returns the trace hash.
static inline uint64_t run_on(struct sim *sim)
{
    sim->limit_us = sim->world.now_us + INT64_C(86400000000);
    sim->world.finished = false;
    assert_int_equal(sim_run(sim), 0);
    assert_true(sim->world.now_us < sim->limit_us);
    return sim->world.hash;
}

/// A whole run's hash.
static inline uint64_t stage_hash(const struct stage *stage, uint64_t seed)
{
    struct sim *sim = stage_open(stage, seed, false);
    uint64_t hash = run_on(sim);
    stage_close(sim);
    return hash;
}

static inline bool same_deposit(const struct lab_deposit *a, const struct lab_deposit *b)
{
    return a->t_us == b->t_us && a->dt_us == b->dt_us &&
           !memcmp(a->from_nm, b->from_nm, sizeof a->from_nm) &&
           !memcmp(a->to_nm, b->to_nm, sizeof a->to_nm) && a->e_nm == b->e_nm &&
           a->deficit_nm == b->deficit_nm;
}

static inline bool same_ledger(const struct lab_ledger *a, const struct lab_ledger *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same_deposit(&a->entry[i], &b->entry[i]))
            return false;
    return true;
}

/// When a step of the recovery from cut 0 began; the `count`-th of that phase. -1 when it never did.
static inline int64_t step_begin(const struct sim *sim, enum plr_phase phase, int count)
{
    for (int i = 0; i < sim->steps; i++)
        if (sim->step[i].phase == phase && --count == 0)
            return sim->step[i].begin_us;
    return -1;
}

#endif
