// Homing X and Y, and what differs from one Z+ homing session to the next.
// SPDX-License-Identifier: MIT
#include <math.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

static const double half_root = 0.70710678118654752;

void sideways_update(struct plant *plant, const struct plant_model *model)
{
    int64_t a = plant->slip_ab_nm[0], b = plant->slip_ab_nm[1];
    bool core = model->printer.kinematics == LAB_COREXY;
    plant->sideways_nm[0] = plant->home_nm[0] + (core ? (a + b) / 2 : a);
    plant->sideways_nm[1] = plant->home_nm[1] + (core ? (a - b) / 2 : b);
}

void plant_home_xy(struct plant *plant, const struct plant_model *model)
{
    const struct lab_switch *stop[2] = {&model->printer.x_stop, &model->printer.y_stop};
    for (int axis = 0; axis < 2; axis++) {
        double touch = (double)stop[axis]->sigma_nm * noise_draw_normal(&plant->noise, NOISE_XY);
        double belt =
            (double)model->printer.xy_belt_nm * noise_draw_normal(&plant->noise, NOISE_XY);
        plant->home_nm[axis] = sim_round(touch + belt);
        plant->slip_ab_nm[axis] = 0;
        plant->phase_ab_nm[axis] = 0;
    }
    sideways_update(plant, model);
}

void plant_xy_set(struct plant *plant, const struct plant_model *model, const int64_t was_nm[2],
                  const int64_t now_nm[2])
{
    for (int axis = 0; axis < 2; axis++)
        plant->home_nm[axis] += was_nm[axis] - now_nm[axis];
    sideways_update(plant, model);
}

void plant_visit_begin(struct plant *plant, const struct plant_model *model)
{
    const struct lab_printer *p = &model->printer;
    // belt and level are stated for the difference of two visits: each draws its share, 1/sqrt 2
    double belt =
        half_root * (double)p->belt_visit_nm * noise_draw_normal(&plant->noise, NOISE_BELT);
    double heat = (double)p->heat_residual_nm * noise_draw_normal(&plant->noise, NOISE_HEAT);
    for (int i = 0; i < model->motors; i++) {
        double own = (double)p->motor_angle_nm * noise_draw_normal(&plant->noise, NOISE_STEP);
        // independent corners of sigma s leave s/sqrt(motors) in their mean, where the nozzle is
        double level = half_root * sqrt((double)model->motors) * (double)p->level_nm *
                       noise_draw_normal(&plant->noise, NOISE_LEVEL);
        plant->visit_nm[i] = sim_round(belt + heat + own + level);
    }
    plant->visits++;
}
