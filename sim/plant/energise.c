// Current on and off: rotors snap to detents, and back to the driver's electrical cycle; the whole outage.
// SPDX-License-Identifier: MIT
//
// A driver holds its rotor at rotor = counter + phase (modulo four full steps). After a power-up its table starts at zero again, so
// the rotor goes to the nearest whole cycle: up to two full steps. A count that was a whole number of cycles at the cut is kept.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

static void belts_of(const struct plant_model *model, const int64_t xy_nm[2], int64_t ab_nm[2])
{
    bool core = model->printer.kinematics == LAB_COREXY;
    ab_nm[0] = core ? xy_nm[0] + xy_nm[1] : xy_nm[0];
    ab_nm[1] = core ? xy_nm[0] - xy_nm[1] : xy_nm[1];
}

// Slip with which a rotor rests in its detent.
static int64_t detent(int64_t counter, int64_t slip, int64_t fullstep)
{
    return sim_nearest(counter + slip, fullstep) - counter;
}

// Slip at the stable point nearest to where the rotor is.
static int64_t stable(int64_t counter, int64_t slip, int64_t phase, int64_t cycle, bool phase_lost)
{
    if (phase_lost) {
        return sim_nearest(counter + slip, cycle) - counter;
    }
    return phase + sim_nearest(slip - phase, cycle);
}

static void belts(struct plant *plant, const struct plant_model *model,
                  const struct plant_scene *scene, bool on, struct plant_fall *fall)
{
    int64_t ab[2], was[2] = {plant->sideways_nm[0], plant->sideways_nm[1]};
    int64_t full = model->printer.xy_fullstep_nm;
    bool lost = (plant->phase_lost & PLANT_MOTOR_XY) != 0;
    belts_of(model, scene->pose.xy_nm, ab);
    for (int k = 0; k < 2; k++) {
        int64_t *slip = &plant->slip_ab_nm[k];
        *slip = on ? stable(ab[k], *slip, plant->phase_ab_nm[k], 4 * full, lost)
                   : detent(ab[k], *slip, full);
        if (on) {
            plant->phase_ab_nm[k] = *slip;
        }
    }
    sideways_update(plant, model);
    for (int axis = 0; axis < 2; axis++) {
        fall->xy_nm[axis] += plant->sideways_nm[axis] - was[axis];
    }
}

static void snap_up(struct plant *plant, const struct plant_model *model,
                    const struct plant_scene *scene, uint32_t gained, struct plant_fall *fall)
{
    struct balance before;
    int64_t cycle = 4 * model->printer.z_fullstep_nm;
    balance_set(&before, plant, model, &scene->pose, scene->surface_nm);
    for (int i = 0; i < model->motors; i++) {
        if ((gained >> i & 1u) == 0) {
            continue;
        }
        bool lost = (plant->phase_lost >> i & 1u) != 0;
        plant->slip_nm[i] =
            stable(scene->pose.motor_nm[i], plant->slip_nm[i], plant->phase_nm[i], cycle, lost);
        plant->phase_nm[i] = plant->slip_nm[i];
    }
    sag_read(plant, model, scene, before.target, fall);
}

// What a sideways jump does to a part that the nozzle presses on or sticks in.
static void jump_on_part(struct plant *plant, const struct plant_model *model,
                         const struct plant_scene *scene, struct plant_fall *fall)
{
    bool touches = plant->part.bonded || (plant->part.resting && fall->nozzle_n > 0);
    if (scene->surface_nm > 0 && touches) {
        fall->released =
            part_sideways(plant, model, scene->surface_nm, fall->xy_nm, fall->nozzle_n) ||
            fall->released;
    }
    if (fall->contact_nm > 50000 && scene->surface_nm > 0) {
        plant->part.dents++;
        plant->part.dent_nm =
            fall->contact_nm > plant->part.dent_nm ? fall->contact_nm : plant->part.dent_nm;
    }
}

void plant_energise(struct plant *plant, const struct plant_model *model,
                    const struct plant_scene *scene, uint32_t mask, struct plant_fall *fall)
{
    struct plant_fall own;
    fall = fall != NULL ? fall : &own;
    memset(fall, 0, sizeof *fall);
    plant_swing_wait(plant, model, &scene->pose, scene->surface_nm);
    uint32_t all = PLANT_MOTOR_XY | ((1u << (unsigned)model->motors) - 1u);
    mask &= all;
    uint32_t lost = plant->energised & ~mask, gained = mask & ~plant->energised;
    plant_corners(plant, model, &scene->pose, scene->surface_nm, fall->before_nm, NULL, NULL);
    memcpy(fall->after_nm, fall->before_nm, sizeof fall->after_nm);
    plant->energised = mask;
    if ((lost & ~(uint32_t)PLANT_MOTOR_XY) != 0) {
        sag_fall(plant, model, scene, lost, fall);
    }
    if ((gained & ~(uint32_t)PLANT_MOTOR_XY) != 0) {
        snap_up(plant, model, scene, gained, fall);
    }
    if (((lost | gained) & PLANT_MOTOR_XY) != 0) {
        belts(plant, model, scene, (gained & PLANT_MOTOR_XY) != 0, fall);
    }
    plant->phase_lost &= ~gained;
    jump_on_part(plant, model, scene, fall);
}

void plant_drivers_lost(struct plant *plant, const struct plant_model *model,
                        const struct plant_scene *scene, uint64_t cut, struct plant_fall *fall)
{
    plant->noise.cut = cut;
    plant_part_mark(plant);
    plant_energise(plant, model, scene, 0, fall);
    plant->phase_lost = PLANT_MOTOR_XY | ((1u << (unsigned)model->motors) - 1u);
}

void plant_outage(struct plant *plant, const struct plant_model *model,
                  const struct plant_scene *scene, uint64_t cut, int64_t back_us,
                  struct plant_fall *fall)
{
    enum { SECOND = 1000000 };
    plant_drivers_lost(plant, model, scene, cut, fall);
    plant_heat_power(plant, false, false);
    while (plant->heat.t_us < back_us) {
        int64_t dt = back_us - plant->heat.t_us;
        if (dt > SECOND && plant_filament_oozes(plant, model)) { // once cold it stays so
            dt = SECOND;
        }
        plant_heat_advance(plant, model, plant->heat.t_us + dt);
        plant_filament_idle(plant, model, dt);
    }
    heat_power_up(plant, model);
}

void plant_nudge(struct plant *plant, const struct plant_model *model, const int64_t xy_nm[2])
{
    int64_t ab[2];
    belts_of(model, xy_nm, ab);
    for (int k = 0; k < 2; k++) {
        plant->slip_ab_nm[k] += sim_nearest(ab[k], model->printer.xy_fullstep_nm);
    }
    sideways_update(plant, model);
}

void plant_knock(struct plant *plant, int64_t up_nm)
{
    plant->knock_nm = up_nm;
}

int64_t plant_coast_nm(const struct plant_model *model, int64_t v_nm_s)
{
    // belts, rails and the detent of two motors brake a free head at about 8 m/s2 [E, 4-15]; no source found
    (void)model;
    const double brake = 8e9;
    double v = (double)llabs(v_nm_s);
    return sim_round(v * v / (2 * brake));
}

void plant_disturb(struct plant *plant, const struct plant_model *model,
                   const struct lab_disturb *d)
{
    int i = d->which;
    if (i < 0 || i >= model->motors) {
        return;
    }
    switch (d->kind) {
    case LAB_DISTURB_ENDSTOP:
        plant->mode_set |= 1u << i;
        plant->mode[i] = (uint8_t)d->mode;
        plant->false_nm[i] = d->amount_nm;
        break;
    case LAB_DISTURB_BIND: plant->bind_nm[i] = d->amount_nm; break;
    case LAB_DISTURB_SLIP: plant->pulley_nm[i] -= d->amount_nm; break;
    case LAB_DISTURB_RELEASE: plant_part_release(plant, d->xy_nm); break;
    case LAB_DISTURB_NUDGE: plant_nudge(plant, model, d->xy_nm); break;
    case LAB_DISTURB_SAG:
    case LAB_DISTURB_FILE:
    case LAB_DISTURB_CANCEL:
    case LAB_DISTURB_CONSOLE: break; // the scene's, the world's, the firmware's
    }
}
