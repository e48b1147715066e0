// A gantry that nothing touches: its equilibrium in closed form, in a few dozen operations.
// SPDX-License-Identifier: MIT
//
// Springs k at each corner and the X beam's twist: (k I + t s s') h = k target - load, with s = (1, -1, 1, -1). By Sherman and
// Morrison h = free - s (s' free) t / (k + 4 t), where free = target - load / k, and load is the toolhead's weight times the lever
// weights, less the nominal ones. The formula holds below all hard stops and above the surface under the nozzle; gantry.c solves the
// rest, and a test compares the two.
#ifndef SIM_PLANT_CLEAR_H
#define SIM_PLANT_CLEAR_H

#include "sim/plant/plant.h"

/// Lengths nm. With fewer than four motors corners without one have weight 0.
struct clear {
    double weight[PLANT_CORNERS]; ///< lever weights of the nozzle
    double free[PLANT_CORNERS];   ///< heights without the beam
    double bent;                  ///< and what it adds to corners 1 and 3, and takes from 0 and 2
};

/// Weights of four belts in the corners of a rectangle, by the bilinear form (1-u)(1-v), (1-u)v, uv, u(1-v) for FL, RL, RR, FR.
static inline void clear_weights(const struct plant_model *model, int64_t x_nm, int64_t y_nm,
                                 double w[PLANT_CORNERS])
{
    if (model->motors != 4) {
        plant_weights(model, x_nm, y_nm, w);
        return;
    }
    double u = ((double)x_nm - model->lever_from[0]) * model->lever_per[0];
    double v = ((double)y_nm - model->lever_from[1]) * model->lever_per[1];
    w[0] = (1 - u) * (1 - v);
    w[1] = (1 - u) * v;
    w[2] = u * v;
    w[3] = u * (1 - v);
}

/// What the beam adds to `free`.
static inline void clear_bend(struct clear *c, const struct plant_model *model)
{
    c->bent = model->beam * (c->free[0] - c->free[1] + c->free[2] - c->free[3]);
}

/// For a nozzle truly at (x, y) and motors that hold their corners at `target` under nominal load.
static inline void clear_of(struct clear *c, const struct plant_model *model, int64_t x_nm,
                            int64_t y_nm, const double target[PLANT_CORNERS])
{
    double *w = c->weight, *free = c->free, give = model->give;
    clear_weights(model, x_nm, y_nm, w);
    free[0] = target[0] - give * (w[0] - model->middle[0]);
    free[1] = target[1] - give * (w[1] - model->middle[1]);
    free[2] = target[2] - give * (w[2] - model->middle[2]);
    free[3] = target[3] - give * (w[3] - model->middle[3]);
    clear_bend(c, model);
}

/// Corner heights.
static inline void clear_corners(const struct clear *c, double h[PLANT_CORNERS])
{
    h[0] = c->free[0] - c->bent;
    h[1] = c->free[1] + c->bent;
    h[2] = c->free[2] - c->bent;
    h[3] = c->free[3] + c->bent;
}

/// Are all of them below their hard stops?
static inline bool clear_of_stops(const struct plant_model *model, const double h[PLANT_CORNERS])
{
    const double *stop = model->stop;
    return h[0] <= stop[0] && h[1] <= stop[1] && h[2] <= stop[2] && h[3] <= stop[3];
}

/// Their weighted mean: the height of the nozzle less gantry_tip.
static inline double clear_height(const struct clear *c)
{
    const double *w = c->weight, *f = c->free;
    double twisted = w[0] - w[1] + w[2] - w[3];
    return w[0] * f[0] + w[1] * f[1] + w[2] * f[2] + w[3] * f[3] - c->bent * twisted;
}

#endif
