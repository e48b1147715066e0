// What gauges of a bench read, and what their uncertainty allows to be said of it.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <stdlib.h>

static void gauged(struct lab_measured *measured, const struct lab_gauged *reading)
{
    if (!reading->known)
        return;
    oracle_set(measured, lab_round_div(reading->value_nm, 1000));
    measured->gauged = true;
    measured->independent = reading->independent;
    measured->uncertainty = lab_round_div(reading->uncertainty_nm, 1000);
}

/// Nobody on a bench sees the first extrusion: what its printer says of itself stands for it.
static void resume_time(const struct lab_truth *run, struct lab_measured *measured)
{
    if (run->resume_us < 0)
        return;
    oracle_set(measured, lab_round_div(run->resume_us, 1000));
    measured->gauged = measured->independent = true;
    measured->uncertainty = lab_round_div(run->resume_doubt_us, 1000);
}

void oracle_measure_gauged(const struct lab_truth *run, struct lab_verdict *verdict)
{
    gauged(&verdict->measure[LAB_Z_OFFSET_ERROR], &run->z_offset);
    gauged(&verdict->measure[LAB_LAYER_SHIFT], &run->layer_shift);
    resume_time(run, &verdict->measure[LAB_TIME_TO_RESUME]);
}

void oracle_gauged_tilt(const struct lab_truth *run, struct lab_measured *tilt)
{
    if (!run->gauged || !tilt->known)
        return;
    tilt->gauged = true;
    tilt->independent = run->corner_independent;
    tilt->uncertainty = lab_round_div(2 * run->corner_uncertainty_nm, 1000);
}

enum lab_outcome oracle_gauged_outcome(enum lab_measure measure,
                                       const struct lab_measured *measured,
                                       enum lab_outcome outcome)
{
    int64_t size = llabs(measured->value), least = size - measured->uncertainty,
            most = size + measured->uncertainty;

    if (measured->limited && least <= measured->limit && most > measured->limit)
        outcome = LAB_MARGINAL;
    if (outcome == LAB_PASS && measured->warned && most > measured->warn)
        outcome = LAB_MARGINAL;
    bool vouched = measure != LAB_Z_OFFSET_ERROR || measured->independent;
    return outcome == LAB_FAIL || vouched ? outcome : LAB_NOT_APPLICABLE;
}
