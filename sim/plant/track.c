// The fast path: true nozzle height of a printing machine in a few dozen operations.
// SPDX-License-Identifier: MIT
//
// All motors go together, so what the closed form of clear.h says at zero holds at any height.
#include "sim/math/math.h"
#include "sim/plant/clear.h"
#include "sim/plant/parts.h"

void plant_track(struct plant_track *track, const struct plant *plant,
                 const struct plant_model *model)
{
    const int64_t zero[PLANT_CORNERS] = {0};
    gantry_targets(plant, model, zero, track->at);
    track->tip = gantry_tip(plant, model);
    track->xy_nm[0] = plant->sideways_nm[0];
    track->xy_nm[1] = plant->sideways_nm[1];
}

int64_t plant_track_z(const struct plant_track *track, const struct plant_model *model,
                      int64_t x_nm, int64_t y_nm, int64_t z_nm)
{
    struct clear c;
    clear_of(&c, model, x_nm + track->xy_nm[0], y_nm + track->xy_nm[1], track->at);
    return z_nm + sim_round(clear_height(&c) + track->tip);
}
