// z_plus switches: where each closes in this touch, what the controller reads, how long it chatters.
// SPDX-License-Identifier: MIT
#include <math.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

// Bounce on press is shorter than on release: below 1 ms against 1-5 ms (section 5).
static const double press_share = 0.2;
// A switch that fires falsely does so up to this early when the scenario does not say [M: 4.3 mm, section 5].
static const int64_t false_default_nm = 4300000;

double switch_height(const struct plant *plant, const struct plant_model *model, int i)
{
    const struct lab_switch *s = &model->printer.z_plus;
    double warmer = plant->heat.chamber - plant->heat.chamber_ref;
    return (double)(model->switch_nm + s->place_nm[i] + plant->visit_nm[i] + plant->touch_nm[i] -
                    plant->early_nm[i]) +
           (double)s->drift_nm_k * warmer;
}

// The next draw of a touch, from memory when it was the newest of this switch.
static double touch_normal(struct plant *plant, int i)
{
    struct plant_drawn *drawn = &plant->drawn[i];
    uint32_t *next = &plant->noise.next[NOISE_SWITCH];
    if (drawn->ordinal != *next + 1 || drawn->cut != plant->noise.cut) {
        drawn->normal = noise_normal(&plant->noise, NOISE_SWITCH, *next);
        drawn->ordinal = *next + 1;
        drawn->cut = plant->noise.cut;
    }
    ++*next;
    return drawn->normal;
}

void switch_touch(struct plant *plant, const struct plant_model *model, int i)
{
    const struct lab_switch *s = &model->printer.z_plus;
    double error = (double)s->sigma_nm * touch_normal(plant, i);
    bool early = noise_draw_uniform(&plant->noise, NOISE_FALSE) * 1e6 < (double)s->false_ppm;
    plant->early_nm[i] = early ? s->false_nm : 0;
    if ((plant->mode_set >> i & 1u) != 0 && plant->mode[i] == LAB_ENDSTOP_FALSE) {
        int64_t most = plant->false_nm[i] > 0 ? plant->false_nm[i] : false_default_nm;
        plant->early_nm[i] =
            sim_round((double)most * noise_draw_uniform(&plant->noise, NOISE_FALSE));
        plant->mode_set &= ~(1u << i); // once: measured false triggers never came twice in a trio
    }
    plant->touch_nm[i] = sim_round(error);
    plant->touches++;
}

void switch_update(struct plant *plant, const struct plant_model *model,
                   const double h[PLANT_CORNERS])
{
    if (model->printer.z_plus.kind == LAB_SWITCH_NONE) {
        plant->pressed = 0;
        return;
    }
    for (int i = 0; i < model->motors; i++) {
        double at = switch_height(plant, model, i);
        if (h[i] >= at) {
            plant->pressed |= 1u << i;
        } else if (h[i] < at - (double)model->printer.z_plus.hysteresis_nm) {
            plant->pressed &= ~(1u << i);
        }
    }
}

// What is actuated, as the controller reads it.
static uint32_t read_as(const struct plant *plant, const struct plant_model *model, uint32_t read)
{
    for (int i = 0; i < model->motors; i++) {
        if ((plant->mode_set >> i & 1u) == 0) {
            continue;
        }
        if (plant->mode[i] == LAB_ENDSTOP_DEAD) {
            read &= ~(1u << i);
        } else if (plant->mode[i] == LAB_ENDSTOP_STUCK) {
            read |= 1u << i;
        }
    }
    return read;
}

uint32_t plant_switches(const struct plant *plant, const struct plant_model *model)
{
    return read_as(plant, model, plant->pressed);
}

uint32_t plant_switches_at(const struct plant *plant, const struct plant_model *model,
                           const int64_t corner_nm[PLANT_CORNERS])
{
    uint32_t pressed = plant->pressed;
    bool any = model->printer.z_plus.kind != LAB_SWITCH_NONE;
    for (int i = 0; any && i < model->motors; i++) {
        double at = switch_height(plant, model, i), h = (double)corner_nm[i];
        if (h >= at) {
            pressed |= 1u << i;
        }
        at = fmin(at, (double)plant->corner_nm[i]); // one that fired early holds where it did
        if (h < at - (double)model->printer.z_plus.hysteresis_nm) {
            pressed &= ~(1u << i);
        }
    }
    return read_as(plant, model, pressed);
}

int64_t plant_bounce_us(struct plant *plant, const struct plant_model *model, bool release)
{
    const struct lab_switch *s = &model->printer.z_plus;
    double longest = (double)s->bounce_us * (release ? 1.0 : press_share);
    return s->kind == LAB_SWITCH_MICRO
               ? sim_round(longest * noise_draw_uniform(&plant->noise, NOISE_BOUNCE))
               : 0;
}
