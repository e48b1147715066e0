// Temperatures of a run, looked at each second and told by their bends.
// SPDX-License-Identifier: MIT
#include "sim/trace/internal.h"

static const int64_t period_us = PLR_US_PER_S;
enum { FADING = 16 }; ///< in the dark a step is no longer than this part of the time since it began

/// What the sensors show: as the port says it to a PLR.
static const int sensor[LAB_TRACE_HEATS] = {
    [LAB_TRACE_NOZZLE] = 1, [LAB_TRACE_BED] = 0, [LAB_TRACE_CHAMBER] = -1};

static void look(struct sim_recorder *r, int64_t t_us)
{
    struct lab_trace_temperature bend;

    for (int i = 0; i < LAB_TRACE_HEATS; i++) {
        int32_t mc = plant_heat_read(&r->heat, sensor[i]);
        if (lab_trace_curve_look(&r->curve[i], t_us, mc, LAB_TRACE_HEAT_MC, &bend))
            lab_trace_put_temperature(&r->to, (enum lab_trace_heat)i, &bend);
    }
    r->sampled_us = t_us;
}

void trace_heat_dark(struct sim_recorder *r, const struct sim *sim)
{
    r->heat = sim->world.plant;
    plant_heat_power(&r->heat, false, false);
    r->dark = true;
    r->dark_us = sim->world.now_us;
}

/// A second, and longer and longer ones in the dark: what is left to cool does so ever slower.
static int64_t step_us(const struct sim_recorder *r, int64_t at_us)
{
    int64_t fading_us = r->dark ? (at_us - r->dark_us) / FADING : 0;

    return fading_us > period_us ? fading_us : period_us;
}

void trace_heat(struct sim_recorder *r, const struct sim *sim, int64_t to_us)
{
    if (to_us - r->sampled_us < period_us)
        return;
    if (r->dark && sim->world.plant.supply.mains)
        r->dark = false;
    if (!r->dark)
        r->heat = sim->world.plant;
    int64_t at_us = r->sampled_us + step_us(r, r->sampled_us);
    if (at_us < sim->world.now_us) // nothing was looked at for long: what lay between is gone
        at_us = sim->world.now_us;
    for (; at_us <= to_us; at_us += step_us(r, at_us)) {
        plant_heat_advance(&r->heat, &sim->model, at_us);
        look(r, at_us);
    }
}

void trace_heat_end(struct sim_recorder *r)
{
    struct lab_trace_temperature last;

    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        if (lab_trace_curve_keep(&r->curve[i], &last))
            lab_trace_put_temperature(&r->to, (enum lab_trace_heat)i, &last);
}
