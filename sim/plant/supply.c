// The power supply: energy in its bulk capacitors, drained by the loads; what dies when.
// SPDX-License-Identifier: MIT
//
// Usable energy = full load x data-sheet hold-up (350 W x 16 ms = 5.6 J), whatever the load: hold-up grows as load falls.
#include "core/lab/scenario/scenario.h"
#include "sim/math/math.h"
#include "sim/plant/parts.h"

static double full_j(const struct plant_model *model)
{
    return (double)model->printer.supply_mw * (double)model->printer.hold_up_us * 1e-9;
}

// Drain up to t with the present load.
static void drain(struct plant_supply *s, int64_t t_us)
{
    if (!s->mains && s->rail && t_us > s->t_us) {
        s->energy_j -= (double)s->load_mw * (double)(t_us - s->t_us) * 1e-9;
        if (s->energy_j < 0) {
            s->energy_j = 0;
        }
    }
    if (t_us > s->t_us) {
        s->t_us = t_us;
    }
}

void plant_supply_mains(struct plant *plant, const struct plant_model *model, int64_t t_us,
                        bool present)
{
    struct plant_supply *s = &plant->supply;
    drain(s, t_us);
    if (present == s->mains) {
        return;
    }
    s->mains = present;
    if (!present) {
        s->lost_us = t_us;
        return;
    }
    s->lost_us = -1;
    s->rail_us = -1;
    s->energy_j = full_j(model);
    s->rail = true;
    if (!s->logic) { // a fresh boot, which knows of no failure
        s->logic = true;
        s->seen = false;
    }
}

void plant_supply_load(struct plant *plant, const struct plant_model *model, int64_t t_us,
                       int64_t load_mw)
{
    (void)model;
    drain(&plant->supply, t_us);
    plant->supply.load_mw = load_mw;
}

int64_t plant_supply_need(const struct plant *plant, const struct plant_model *model,
                          int32_t fan_ppm)
{
    const struct lab_printer *p = &model->printer;
    int64_t heaters[PLANT_HEATERS];
    plant_heat_draw(plant, model, heaters);
    int64_t need = p->logic_mw + heaters[PLANT_NOZZLE] + p->fan_mw * fan_ppm / 1000000;
    for (int i = 0; i < model->motors; i++) {
        need += (plant->energised >> i & 1u) != 0 ? p->motor_z_mw : 0;
    }
    return need + ((plant->energised & PLANT_MOTOR_XY) != 0 ? p->motor_xy_mw : 0);
}

static int64_t empty_at(const struct plant_supply *s)
{
    if (s->energy_j <= 0) {
        return s->t_us;
    }
    if (s->load_mw <= 0) {
        return INT64_MAX;
    }
    return s->t_us + sim_round(s->energy_j / (double)s->load_mw * 1e9);
}

enum plant_power_event plant_supply_next(const struct plant *plant, const struct plant_model *model,
                                         int64_t *t_us)
{
    const struct plant_supply *s = &plant->supply;
    enum plant_power_event event = PLANT_POWER_NONE;
    *t_us = INT64_MAX;
    if (s->mains) {
        if (s->seen && s->logic) {
            *t_us = s->t_us;
            event = PLANT_POWER_GOOD;
        }
        return event;
    }
    if (!s->seen && s->logic) {
        *t_us = s->lost_us + model->printer.detect_us;
        event = PLANT_POWER_SEEN;
    }
    if (s->rail && empty_at(s) < *t_us) {
        *t_us = empty_at(s);
        event = PLANT_POWER_RAIL;
    }
    if (!s->rail && s->logic && s->rail_us + model->printer.logic_hold_us < *t_us) {
        *t_us = s->rail_us + model->printer.logic_hold_us;
        event = PLANT_POWER_LOGIC;
    }
    return event;
}

enum plant_power_event plant_supply_advance(struct plant *plant, const struct plant_model *model,
                                            int64_t t_us)
{
    struct plant_supply *s = &plant->supply;
    int64_t due;
    enum plant_power_event event = plant_supply_next(plant, model, &due);
    if (event == PLANT_POWER_NONE || due > t_us) {
        drain(s, t_us);
        return PLANT_POWER_NONE;
    }
    drain(s, due);
    switch (event) {
    case PLANT_POWER_SEEN: s->seen = true; break;
    case PLANT_POWER_GOOD: s->seen = false; break;
    case PLANT_POWER_RAIL:
        s->rail = false;
        s->energy_j = 0;
        s->rail_us = due;
        break;
    case PLANT_POWER_LOGIC: s->logic = false; break;
    case PLANT_POWER_NONE: break;
    }
    return event;
}

void plant_supply_kill(struct plant *plant, int64_t t_us)
{
    struct plant_supply *s = &plant->supply;
    drain(s, t_us);
    s->lost_us = s->mains ? t_us : s->lost_us;
    s->mains = s->rail = s->logic = false;
    s->energy_j = 0;
    s->rail_us = t_us;
}

void plant_supply_drop(struct plant *plant, int64_t t_us, uint32_t domains)
{
    struct plant_supply *s = &plant->supply;
    drain(s, t_us);
    if ((domains & LAB_DOMAIN_24V) != 0) {
        s->rail = false;
        s->energy_j = 0;
        s->rail_us = t_us;
    }
    if ((domains & LAB_DOMAIN_LOGIC) != 0) {
        s->logic = false;
    }
}
