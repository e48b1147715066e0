// Filament: melt pressure lags, an idle hot nozzle oozes, an emptied one must be filled before anything comes out.
// SPDX-License-Identifier: MIT
#include <math.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

enum { FIRST_US = 10000000, TRICKLE_US = 70000000 }; // section 7: first 10 s, then a minute

bool plant_filament_oozes(const struct plant *plant, const struct plant_model *model)
{
    return plant->heat.hotend * 1e3 >= (double)model->material.ooze_mc;
}

bool plant_filament_melts(const struct plant *plant, const struct plant_model *model)
{
    return plant->heat.hotend * 1e3 >= (double)model->material.melt_mc;
}

// Filament lost by an idle hot nozzle up to `t` after the last push, nm.
static double oozed(const struct lab_printer *p, int64_t t_us)
{
    double first = (double)(t_us < FIRST_US ? t_us : FIRST_US) / (double)FIRST_US;
    int64_t rest = t_us < FIRST_US ? 0 : (t_us < TRICKLE_US ? t_us : TRICKLE_US) - FIRST_US;
    return (double)p->ooze_first_nm * first + (double)p->ooze_rate_nm_s * (double)rest * 1e-6;
}

static double lag_us(const struct plant_model *model)
{
    return (double)(model->printer.advance_us > 0 ? model->printer.advance_us : 1);
}

double plant_filament_decay(const struct plant_model *model, int64_t dt_us)
{
    return sim_exp(-(double)dt_us / lag_us(model));
}

void plant_filament_idle(struct plant *plant, const struct plant_model *model, int64_t dt_us)
{
    plant_filament_idle_by(plant, model, dt_us, plant_filament_decay(model, dt_us));
}

void plant_filament_idle_by(struct plant *plant, const struct plant_model *model, int64_t dt_us,
                            double decay)
{
    struct plant_filament *f = &plant->filament;
    const struct lab_printer *p = &model->printer;
    if (dt_us <= 0) {
        return;
    }
    f->pressure *= decay;
    if (!plant_filament_oozes(plant, model)) {
        return;
    }
    double lost = oozed(p, f->idle_us + dt_us) - oozed(p, f->idle_us);
    f->missing_nm += sim_round(f->relieved ? 0.5 * lost : lost); // a retraction halves it [E]
    f->idle_us += dt_us;
}

// After a cool-down the melt zone has shrunk and drained: it takes a purge before flow is steady.
void filament_freeze(struct plant *plant, const struct plant_model *model)
{
    if (plant->filament.missing_nm < model->printer.melt_nm) {
        plant->filament.missing_nm = model->printer.melt_nm;
    }
}

int64_t plant_filament_push(struct plant *plant, const struct plant_model *model, int64_t e_nm,
                            int64_t dt_us)
{
    return plant_filament_push_by(plant, model, e_nm, dt_us, plant_filament_decay(model, dt_us));
}

int64_t plant_filament_push_by(struct plant *plant, const struct plant_model *model, int64_t e_nm,
                               int64_t dt_us, double decay)
{
    struct plant_filament *f = &plant->filament;
    if (e_nm <= 0) {
        f->relieved = f->relieved || e_nm < 0;
        return 0;
    }
    if (!plant_filament_melts(plant, model)) {
        return e_nm; // the gear grinds
    }
    f->idle_us = 0;
    f->relieved = false;
    int64_t filled = f->missing_nm < e_nm ? f->missing_nm : e_nm;
    f->missing_nm -= filled;
    double rise = 1 - decay;
    double rate = dt_us > 0 ? (double)e_nm / (double)dt_us : 0; // nm per us
    // pressure follows flow with the lag tau: what is stored on the way up is missing from the bead
    int64_t late = sim_round(rate * lag_us(model) * (1 - f->pressure) * rise);
    f->pressure += (1 - f->pressure) * rise;
    int64_t deficit = filled + late;
    return deficit < e_nm ? deficit : e_nm;
}
