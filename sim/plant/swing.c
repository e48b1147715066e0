// The gantry without a break: its swing about the balance, from motion to motion, for a whole recovery.
// SPDX-License-Identifier: MIT
//
// With LAB_FULL dynamics run in windows and begin in balance, or in steady motion; what was left of the motion before is taken to have
// died away. With LAB_WHOLE nothing is: this is what the windows are held against. Two things are as there: motion in X and Y shifts
// loads so slowly that it makes no swing, and printing is a closed form.
#include <math.h>
#include <stdlib.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

static bool swings(const struct plant_model *model)
{
    return model->gantry == LAB_WHOLE && model->gantry_hangs;
}

static void way_of(struct full_way *way, const struct balance *balance,
                   const struct plant_drive *drive)
{
    *way = (struct full_way){.moving = drive->moving,
                             .length = (double)llabs(drive->delta_nm) * 1e-9,
                             .speed = (double)drive->speed_nm_s * 1e-9,
                             .accel = (double)drive->accel_nm_s2 * 1e-9,
                             .sign = drive->delta_nm < 0 ? -1 : 1};
    for (int i = 0; i < PLANT_CORNERS; i++) {
        way->from[i] = balance->target[i];
    }
}

void plant_swing_wait(struct plant *plant, const struct plant_model *model,
                      const struct plant_pose *pose, int64_t surface_nm)
{
    struct balance b;
    if (!swings(model)) {
        return;
    }
    balance_set(&b, plant, model, pose, surface_nm);
    double seconds = (double)(plant->heat.t_us - plant->swing.at_us) * 1e-6;
    full_wait(&b, model, b.target, seconds, &plant->swing);
    plant->swing.at_us = plant->heat.t_us;
}

void plant_swing_drive(struct plant *plant, const struct plant_model *model,
                       const struct plant_pose *pose, const struct plant_drive *drive,
                       int64_t done_nm, int64_t surface_nm)
{
    struct balance b;
    struct full_way way;
    if (!swings(model)) {
        return;
    }
    balance_set(&b, plant, model, pose, surface_nm);
    way_of(&way, &b, drive);
    full_drive(&b, model, &way, (double)llabs(done_nm) * 1e-9, &plant->swing);
    plant->swing.at_us = plant->heat.t_us;
}

int64_t swing_edge(const struct plant *plant, const struct plant_model *model,
                   const struct plant_pose *pose, const struct plant_drive *drive,
                   const double height[PLANT_CORNERS], uint32_t watch)
{
    struct balance b;
    struct full_way way;
    balance_set(&b, plant, model, pose, PLANT_NO_SURFACE);
    way_of(&way, &b, drive);
    double travel = full_edge(&b, model, &way, height, watch, &plant->swing);
    return travel < 0 ? -1 : sim_round(travel * 1e9);
}
