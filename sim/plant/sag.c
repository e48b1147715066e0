// Corners that lose their motor's current: the rotor falls into a detent, and perhaps further.
// SPDX-License-Identifier: MIT
//
// Whether a corner holds, creeps or drops, and how far it would go, is drawn (reference physics section 3: detent, friction and
// load are of the same size, so it is chance). On the way down (descent.c) the nozzle on the part relieves the belts, and a corner whose
// belt force falls below slip_force stays in the next detent.
#include <math.h>
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

// A corner that was drawn to fall does fall: its holding force is at most this share of its load.
static const double hold_share = 0.8;

enum { HELD, CREPT, DROPPED };

static double between(double u, int64_t low, int64_t high)
{
    return (double)low + u * (double)(high - low);
}

// Class and extent of corner i. Rear corners sag rear_factor times as often as front ones, with the same mean.
static int64_t draw_extent(struct plant *plant, const struct lab_printer *p, int i, uint8_t *class)
{
    double u = noise_draw_uniform(&plant->noise, NOISE_SAG);
    double v = noise_draw_uniform(&plant->noise, NOISE_SAG);
    double factor = (double)p->rear_factor_ppm * 1e-6;
    double sags = 1 - (double)p->hold_ppm * 1e-6;
    double share = 2 * sags / (1 + factor) * (i == 1 || i == 2 ? factor : 1);
    double creeps = sags > 0 ? (double)p->creep_ppm * 1e-6 / sags : 0;
    *class = HELD;
    if (!noise_on(&plant->noise, NOISE_SAG) || u >= share) {
        return 0;
    }
    if (u < share * creeps) {
        *class = CREPT;
        return sim_round(between(v, p->creep_min_nm, p->creep_max_nm));
    }
    *class = DROPPED;
    return sim_round(between(v, p->drop_min_nm, p->drop_max_nm));
}

static int64_t extent(struct plant *plant, const struct plant_model *model,
                      const struct plant_scene *scene, int i, uint8_t *class)
{
    const struct lab_printer *p = &model->printer;
    int64_t drawn = draw_extent(plant, p, i, class);
    if (scene->sag_given) {
        drawn = scene->sag_nm[i];
        *class = drawn < p->z_fullstep_nm ? HELD : drawn < p->drop_min_nm ? CREPT : DROPPED;
    }
    return sim_nearest(drawn, p->z_fullstep_nm);
}

// The belt force below which corner i stays where it is.
static double holding(const struct plant_model *model, int i)
{
    double force = (double)model->printer.slip_force_un * 1e-6;
    double most = hold_share * model->load[i];
    return force < most ? force : most;
}

// Does the fall end freely: nothing under the nozzle carries, no belt went slack?
static bool falls_freely(const struct plant *plant, const struct plant_model *model,
                         const struct plant_scene *scene, const int64_t lowest[PLANT_CORNERS])
{
    struct plant fallen = *plant;
    struct balance b;
    double h[PLANT_CORNERS], press;
    memcpy(fallen.slip_nm, lowest, sizeof fallen.slip_nm);
    balance_set(&b, &fallen, model, &scene->pose, scene->surface_nm);
    balance_solve(&b, h, NULL, &press);
    return press <= 0;
}

// The way down of those that do not: into `lowest`, or to where the belts no longer pull.
static void descend(struct plant *plant, const struct plant_model *model,
                    const struct plant_scene *scene, const int64_t lowest[PLANT_CORNERS])
{
    struct descent d;
    double start[PLANT_CORNERS];
    balance_set(&d.balance, plant, model, &scene->pose, scene->surface_nm);
    memcpy(start, d.balance.target, sizeof start);
    for (int i = 0; i < model->motors; i++) {
        d.low[i] = start[i] - (double)(plant->slip_nm[i] - lowest[i]);
        d.held[i] = holding(model, i);
        d.rate[i] = (double)model->printer.sag_speed_nm_s / (model->load[i] - d.held[i]);
    }
    descent_run(&d);
    for (int i = 0; i < model->motors; i++) {
        plant->slip_nm[i] -= sim_round(start[i] - d.balance.target[i]);
    }
}

static void to_detent(struct plant *plant, const struct plant_model *model,
                      const struct plant_pose *pose, int i)
{
    int64_t rotor = pose->motor_nm[i] + plant->slip_nm[i];
    plant->slip_nm[i] += sim_nearest(rotor, model->printer.z_fullstep_nm) - rotor;
}

void sag_read(struct plant *plant, const struct plant_model *model, const struct plant_scene *scene,
              const double from[PLANT_CORNERS], struct plant_fall *fall)
{
    struct balance b;
    double h[PLANT_CORNERS], press, deepest;
    balance_set(&b, plant, model, &scene->pose, scene->surface_nm);
    balance_solve(&b, h, NULL, &press);
    deepest = press / b.contact;
    if (model->gantry != LAB_QUASISTATIC && model->gantry_hangs) {
        struct plant_swing *swing = model->gantry == LAB_WHOLE ? &plant->swing : NULL;
        double impact =
            full_move(&b, model, from, b.target, (double)model->printer.sag_speed_nm_s, swing, h);
        deepest = fmax(deepest, impact);
    }
    gantry_fill(model, h);
    switch_update(plant, model, h);
    double tip = b.tip;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        plant->corner_nm[i] = fall->after_nm[i] = sim_round(h[i]);
        tip += b.weight[i] * h[i];
    }
    plant->part.resting = b.touchable && tip <= b.surface + 30000.0;
    fall->nozzle_n = press;
    if (deepest > (double)fall->contact_nm) {
        fall->contact_nm = sim_round(deepest);
    }
    if (fall->contact_nm > plant->contact_nm) {
        plant->contact_nm = fall->contact_nm;
    }
}

void sag_fall(struct plant *plant, const struct plant_model *model, const struct plant_scene *scene,
              uint32_t lost, struct plant_fall *fall)
{
    struct balance before;
    int64_t lowest[PLANT_CORNERS];
    balance_set(&before, plant, model, &scene->pose, scene->surface_nm);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        lowest[i] = plant->slip_nm[i];
        if ((lost >> i & 1u) == 0 || i >= model->motors) {
            continue;
        }
        to_detent(plant, model, &scene->pose, i);
        lowest[i] = plant->slip_nm[i];
        if (model->gantry_hangs) { // screws hold themselves: only the snap
            fall->wanted_nm[i] = extent(plant, model, scene, i, &fall->class[i]);
            lowest[i] -= fall->wanted_nm[i];
        }
    }
    if (falls_freely(plant, model, scene, lowest)) {
        memcpy(plant->slip_nm, lowest, sizeof lowest);
    } else {
        descend(plant, model, scene, lowest);
        for (int i = 0; i < model->motors; i++) {
            if ((lost >> i & 1u) != 0) {
                to_detent(plant, model, &scene->pose, i);
            }
        }
    }
    sag_read(plant, model, scene, before.target, fall);
}
