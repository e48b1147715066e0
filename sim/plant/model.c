// What never changes in a run: stiffness, loads, lever weights; and the start of a plant.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/clear.h"
#include "sim/plant/parts.h"

static const double gravity = 9.80665;

_Static_assert((int)NOISE_SWITCH == (int)LAB_NOISE_SWITCH && (int)NOISE_SAG == (int)LAB_NOISE_SAG &&
                   (int)NOISE_XY == (int)LAB_NOISE_XY && (int)NOISE_BOND == (int)LAB_NOISE_TERMS,
               "noise.h repeats the order of enum lab_noise");

static void set_levers(struct plant_model *model)
{
    for (int axis = 0; axis < 2 && model->motors == 4; axis++) {
        int64_t from = model->printer.anchor_nm[0][axis];
        int64_t to = model->printer.anchor_nm[axis == 0 ? 3 : 1][axis];
        model->lever_from[axis] = (double)from;
        model->lever_per[axis] = 1 / (double)(to - from);
    }
}

// Three screws: barycentric coordinates, the plane through three points.
static void weights_of_three(const int64_t anchor[LAB_CORNERS][2], double x, double y, double w[4])
{
    double x1 = (double)(anchor[1][0] - anchor[0][0]), y1 = (double)(anchor[1][1] - anchor[0][1]);
    double x2 = (double)(anchor[2][0] - anchor[0][0]), y2 = (double)(anchor[2][1] - anchor[0][1]);
    double px = x - (double)anchor[0][0], py = y - (double)anchor[0][1];
    double area = x1 * y2 - x2 * y1;
    w[1] = (px * y2 - x2 * py) / area;
    w[2] = (x1 * py - px * y1) / area;
    w[0] = 1 - w[1] - w[2];
    w[3] = 0;
}

static void weights_of_two(const int64_t anchor[LAB_CORNERS][2], double x, double y, double w[4])
{
    double dx = (double)(anchor[1][0] - anchor[0][0]), dy = (double)(anchor[1][1] - anchor[0][1]);
    double px = x - (double)anchor[0][0], py = y - (double)anchor[0][1];
    w[1] = (px * dx + py * dy) / (dx * dx + dy * dy);
    w[0] = 1 - w[1];
    w[2] = w[3] = 0;
}

void plant_weights(const struct plant_model *model, int64_t x_nm, int64_t y_nm,
                   double weight[PLANT_CORNERS])
{
    const int64_t(*anchor)[2] = model->printer.anchor_nm;
    double x = (double)x_nm, y = (double)y_nm;
    switch (model->motors) {
    case 4: clear_weights(model, x_nm, y_nm, weight); return;
    case 3: weights_of_three(anchor, x, y, weight); return;
    case 2: weights_of_two(anchor, x, y, weight); return;
    default: weight[0] = 1, weight[1] = weight[2] = weight[3] = 0; return;
    }
}

static bool anchors_work(const struct lab_printer *p)
{
    const int64_t(*a)[2] = p->anchor_nm;
    switch (p->z_motors) {
    case 1: return true;
    case 2: return a[0][0] != a[1][0] || a[0][1] != a[1][1];
    case 3:
        return fabs((double)(a[1][0] - a[0][0]) * (double)(a[2][1] - a[0][1]) -
                    (double)(a[2][0] - a[0][0]) * (double)(a[1][1] - a[0][1])) > 1e12;
    case 4: return a[3][0] != a[0][0] && a[1][1] != a[0][1];
    default: return false;
    }
}

// Loads on the belts: a quarter of the gantry each, A/B motors on the rear two, toolhead by the lever rule.
static void set_loads(struct plant_model *model)
{
    const struct lab_printer *p = &model->printer;
    plant_weights(model, p->travel_nm[0] / 2, p->travel_nm[1] / 2, model->middle);
    double extra = (double)p->rear_extra_mass_mg * 1e-6;
    double even = (double)p->gantry_mass_mg * 1e-6 - extra;
    model->toolhead = model->gantry_hangs ? (double)p->toolhead_mass_mg * 1e-6 * gravity : 0;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        bool rear = i == 1 || i == 2;
        model->load[i] =
            (even / 4 + (rear ? extra / 2 : 0)) * gravity + model->toolhead * model->middle[i];
    }
}

int plant_model_init(struct plant_model *model, const struct lab_printer *printer,
                     const struct lab_material *material, const struct lab_sim *sim, uint64_t seed)
{
    memset(model, 0, sizeof *model);
    if (printer->corner_n_m <= 0 || printer->z_fullstep_nm <= 0 || printer->xy_fullstep_nm <= 0 ||
        !anchors_work(printer)) {
        return -22;
    }
    model->printer = *printer;
    model->material = *material;
    model->gantry = sim->gantry;
    model->seed = seed;
    model->noise_off = sim->noise_off;
    model->motors = printer->z_motors;
    model->gantry_hangs = printer->z_drive == LAB_Z_BELT_GANTRY && printer->z_motors == 4;
    model->switch_nm =
        printer->plr.z_position_nm > 0 ? printer->plr.z_position_nm : printer->travel_nm[2];
    model->stiffness = (double)printer->corner_n_m;
    if (model->gantry_hangs) {
        double depth = (double)(printer->anchor_nm[1][1] - printer->anchor_nm[0][1]) * 1e-9;
        model->twist = (double)printer->twist_unm_rad * 1e-6 / (depth * depth);
    }
    set_levers(model);
    set_loads(model);
    model->give = model->toolhead / (model->stiffness * 1e-9);
    model->beam = model->twist / (model->stiffness + 4 * model->twist);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        int64_t at = model->switch_nm + printer->z_plus.place_nm[i] + printer->hard_stop_nm;
        model->stop[i] = i < model->motors ? (double)at : INFINITY;
    }
    heat_model_init(&model->heat, printer, material);
    double mass = (model->load[0] + model->load[1] + model->load[2] + model->load[3]) / 4 / gravity;
    model->damping = 2 * (double)printer->corner_damping_ppm * 1e-6 * sqrt(model->stiffness * mass);
    return 0;
}

void plant_init(struct plant *plant, const struct plant_model *model, int64_t room_mc)
{
    memset(plant, 0, sizeof *plant);
    noise_init(&plant->noise, model->seed, model->noise_off);
    plant->energised = PLANT_MOTOR_XY | ((1u << (unsigned)model->motors) - 1u);
    plant->filament.relieved = true;
    plant->supply = (struct plant_supply){.mains = true, .rail = true, .logic = true};
    plant->supply.lost_us = plant->supply.rail_us = -1;
    plant->supply.energy_j =
        (double)model->printer.supply_mw * (double)model->printer.hold_up_us * 1e-9;
    heat_init(plant, model, room_mc);
    part_init(plant, model);
    plant_home_xy(plant, model);
    plant_reference(plant);
}

void plant_reference(struct plant *plant)
{
    plant->heat.chamber_ref = plant->heat.chamber;
    plant->heat.bed_parts_ref = plant->heat.bed_parts;
}
