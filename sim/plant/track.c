// The fast path: true nozzle height of a printing machine in a few dozen operations.
// SPDX-License-Identifier: MIT
//
// Without contact the equilibrium is linear in the loads, so height = weights . motors - weights . (loads/k), with the twist that
// the X beam takes. Same formula as gantry.c, with Sherman-Morrison in place of the elimination; a test compares them.
#include "sim/math/math.h"
#include "sim/plant/parts.h"

static const double sign[PLANT_CORNERS] = {1, -1, 1, -1};

void plant_track(struct plant_track *track, const struct plant *plant,
                 const struct plant_model *model)
{
    const int64_t zero[PLANT_CORNERS] = {0};
    gantry_targets(plant, model, zero, track->at);
    track->tip = gantry_tip(plant, model);
    track->sag = model->toolhead / (model->stiffness * 1e-9);
    track->twist = model->twist / (model->stiffness + 4 * model->twist);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        track->middle[i] = model->middle[i];
    }
    track->xy_nm[0] = plant->sideways_nm[0];
    track->xy_nm[1] = plant->sideways_nm[1];
}

int64_t plant_track_z(const struct plant_track *track, const struct plant_model *model,
                      int64_t x_nm, int64_t y_nm, int64_t z_nm)
{
    double w[PLANT_CORNERS];
    plant_weights(model, x_nm + track->xy_nm[0], y_nm + track->xy_nm[1], w);
    double height = 0, lever = 0, twisted = 0;
    for (int i = 0; i < model->motors; i++) {
        double free = track->at[i] - track->sag * (w[i] - track->middle[i]);
        height += w[i] * free;
        lever += w[i] * sign[i];
        twisted += sign[i] * free;
    }
    return z_nm + sim_round(height - track->twist * lever * twisted + track->tip);
}
