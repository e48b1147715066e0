// The part: shrinks as it cools, lets go of a cold bed, holds a frozen nozzle, gets dented and dragged.
// SPDX-License-Identifier: MIT
//
// Temperature over height: T(z) = high + (low - high) exp(-z/reach); what lies between the first cut and now, times the expansion
// coefficient and integrated from the bed, is how much lower a point is than as printed.
#include <math.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

// How far the bed's warmth reaches into a part: re-heating recovers "the lowest centimetres only" (section 6) [E, 8-30 mm].
static const double reach_nm = 15e6;
// Adhesion falls to nothing over this many kelvins above the release temperature [E].
static const double weakening_k = 20.0;
// Shear strength of a frozen bond against its pull-off force: von Mises, 1/sqrt 3.
static const double shear_share = 0.577;
// Force of a cold nozzle that ploughs sideways, per mm of depth, and the most that XY belts push [E].
static const double plough_n_mm = 60.0;
static const double belt_push_n = 45.0;

void part_init(struct plant *plant, const struct plant_model *model)
{
    const struct lab_material *m = &model->material;
    struct plant_part *part = &plant->part;
    double u = noise_draw_uniform(&plant->noise, NOISE_PART);
    double v = noise_draw_uniform(&plant->noise, NOISE_PART);
    part->cte = 1e-9 * ((double)m->cte_min_ppb + u * (double)(m->cte_max_ppb - m->cte_min_ppb));
    part->release_mc = (int32_t)sim_round((double)m->release_min_mc +
                                          v * (double)(m->release_max_mc - m->release_min_mc));
    part->centre_nm[0] = model->printer.travel_nm[0] / 2;
    part->centre_nm[1] = model->printer.travel_nm[1] / 2;
    part->footprint_mm2 = 400;
}

void plant_part_mark(struct plant *plant)
{
    if (!plant->part.cut) {
        plant->part.cut = true;
        plant->part.low_ref = plant->heat.part_low;
        plant->part.high_ref = plant->heat.part_high;
    }
}

void part_step(struct plant *plant, const struct plant_model *model)
{
    struct plant_part *part = &plant->part;
    double soften = (double)model->material.soften_mc * 1e-3;
    if (!part->released && part->cut && plant->heat.plate * 1e3 < (double)part->release_mc) {
        part->released = true;
    }
    if (part->bonded && plant->heat.hotend >= soften) {
        part->bonded = false;
    } else if (part->resting && !part->bonded && plant->heat.hotend < soften) {
        const struct lab_material *m = &model->material;
        double u = noise_draw_uniform(&plant->noise, NOISE_BOND);
        part->bonded = true;
        part->bond_n =
            1e-3 * ((double)m->bond_min_mn + u * (double)(m->bond_max_mn - m->bond_min_mn));
    }
}

void plant_part_footprint(struct plant *plant, int64_t x_nm, int64_t y_nm, int64_t area_mm2)
{
    plant->part.centre_nm[0] = x_nm;
    plant->part.centre_nm[1] = y_nm;
    plant->part.footprint_mm2 = area_mm2;
}

// How far the part has shrunk up to z, and the strain of the layer there: footprints shrink about the centre with its temperature.
struct shrunk {
    double nm, strain;
};

// The strain of a layer that nothing holds. `near` is exp(-z / reach): how much of the plate's warmth reaches it.
static inline double strain_free(const struct plant *plant, double near)
{
    const struct plant_part *part = &plant->part;
    double high = part->high_ref - plant->heat.part_high;
    double low = part->low_ref - plant->heat.part_low;
    return part->cte * (high + (low - high) * near);
}

static inline struct shrunk shrunk_at(const struct plant *plant, double z, double near)
{
    const struct plant_part *part = &plant->part;
    double high = part->high_ref - plant->heat.part_high;
    double low = part->low_ref - plant->heat.part_low;
    // while it sticks, the lowest layers keep the plate's size; glass and steel hardly shrink against plastic
    double held = part->released ? 0 : near;
    return (struct shrunk){z > 0 ? part->cte * (high * z + (low - high) * reach_nm * (1 - near))
                                 : 0,
                           strain_free(plant, near) * (1 - held)};
}

enum { NEAR_ROWS = 4096, NEAR_ROW_NM = 100000 };

// From a row of a table, which fills as it is asked for, and five terms of the series over half a row: as exact as the function itself. The
// terms are added in pairs, which do not wait for each other.
static inline double near_plate(double z)
{
    static double table[NEAR_ROWS];
    int64_t row = (int64_t)(z * (1.0 / NEAR_ROW_NM) + 0.5);
    if (z <= 0 || row >= NEAR_ROWS) {
        return sim_exp(-(z > 0 ? z : 0) / reach_nm);
    }
    if (table[row] <= 0) {
        table[row] = sim_exp(-(double)(row * NEAR_ROW_NM) / reach_nm);
    }
    double x = ((double)(row * NEAR_ROW_NM) - z) * (1.0 / reach_nm), square = x * x;
    double high = square * square * (1.0 / 24 + x * (1.0 / 120));
    return table[row] * ((1 + x) + square * (1.0 / 2 + x * (1.0 / 6)) + high);
}

double plant_part_near(int64_t z_nm)
{
    return near_plate((double)z_nm);
}

int64_t plant_part_shrink(const struct plant *plant, int64_t z_nm)
{
    if (!plant->part.cut || z_nm <= 0) {
        return 0;
    }
    double z = (double)z_nm;
    return sim_round(shrunk_at(plant, z, near_plate(z)).nm);
}

void plant_part_to_machine(const struct plant *plant, const int64_t part_nm[3],
                           int64_t machine_nm[3])
{
    const struct plant_part *part = &plant->part;
    double z = (double)part_nm[2];
    double strain = part->cut ? shrunk_at(plant, z, near_plate(z)).strain : 0;
    for (int axis = 0; axis < 2; axis++) {
        double arm = (double)(part_nm[axis] - part->centre_nm[axis]);
        machine_nm[axis] = part_nm[axis] + part->shift_nm[axis] - sim_round(strain * arm);
    }
    machine_nm[2] = part_nm[2] - plant_part_shrink(plant, part_nm[2]);
}

void plant_part_from_machine_near(const struct plant *plant, const int64_t machine_nm[3],
                                  double near, int64_t part_nm[3])
{
    const struct plant_part *part = &plant->part;
    if (!part->cut) {
        part_nm[0] = machine_nm[0] - part->shift_nm[0];
        part_nm[1] = machine_nm[1] - part->shift_nm[1];
        part_nm[2] = machine_nm[2];
        return;
    }
    // shrinkage is below 1 %, so two rounds invert it to the nanometre; over that little way exp is a parabola
    double low = (double)machine_nm[2], step = shrunk_at(plant, low, near).nm;
    double share = step * (1.0 / reach_nm);
    double further = step * strain_free(plant, near * (1 - 0.5 * share));
    double strain = shrunk_at(plant, low, near * (1 - share + 0.5 * share * share)).strain;
    double ratio = strain / (1 - strain);
    for (int axis = 0; axis < 2; axis++) {
        int64_t there = machine_nm[axis] - part->shift_nm[axis];
        part_nm[axis] = there + sim_round(ratio * (double)(there - part->centre_nm[axis]));
    }
    part_nm[2] = machine_nm[2] + sim_round(step + further);
}

void plant_part_from_machine(const struct plant *plant, const int64_t machine_nm[3],
                             int64_t part_nm[3])
{
    double near = plant->part.cut ? near_plate((double)machine_nm[2]) : 0;

    plant_part_from_machine_near(plant, machine_nm, near, part_nm);
}

double plant_part_adhesion(const struct plant *plant, const struct plant_model *model)
{
    const struct plant_part *part = &plant->part;
    if (part->released) {
        return 0;
    }
    double warm = (plant->heat.plate - (double)part->release_mc * 1e-3) / weakening_k;
    double share = warm < 0 ? 0 : warm > 1 ? 1 : warm;
    return share * (double)model->material.adhesion_kpa * (double)part->footprint_mm2 * 1e-3;
}

void plant_part_release(struct plant *plant, const int64_t shift_nm[2])
{
    plant->part.released = true;
    plant->part.shift_nm[0] += shift_nm[0];
    plant->part.shift_nm[1] += shift_nm[1];
}

// Sideways force at height z that tips the part off: its moment against adhesion over half the footprint's width.
static double tipping_force(const struct plant *plant, const struct plant_model *model,
                            int64_t z_nm)
{
    double half = sqrt((double)plant->part.footprint_mm2) * 0.5e6;
    double arm = (double)z_nm > half ? (double)z_nm : half;
    return plant_part_adhesion(plant, model) * half / arm;
}

static bool push_sideways(struct plant *plant, const struct plant_model *model, int64_t z_nm,
                          const int64_t xy_nm[2], double force)
{
    if (force <= tipping_force(plant, model, z_nm)) {
        return false;
    }
    plant_part_release(plant, xy_nm);
    return true;
}

bool part_sideways(struct plant *plant, const struct plant_model *model, int64_t z_nm,
                   const int64_t xy_nm[2], double nozzle_n)
{
    struct plant_part *part = &plant->part;
    if (xy_nm[0] == 0 && xy_nm[1] == 0) {
        return false;
    }
    bool cold = plant->heat.hotend * 1e3 < (double)model->material.soften_mc;
    double force = part->bonded ? shear_share * part->bond_n : 0;
    force += cold ? 0.3 * nozzle_n : 0; // brass on plastic, friction 0.3 [E]
    if (force > belt_push_n) {
        force = belt_push_n;
    }
    bool released = force > 0 && push_sideways(plant, model, z_nm, xy_nm, force);
    if (!released) {
        part->bonded = false; // the bond sheared
    }
    return released;
}

bool plant_part_pull(struct plant *plant, const struct plant_model *model, int64_t z_nm,
                     const int64_t delta_nm[3])
{
    struct plant_part *part = &plant->part;
    if (!part->bonded) {
        return false;
    }
    const int64_t none[2] = {0, 0};
    if (delta_nm[0] != 0 || delta_nm[1] != 0) {
        return part_sideways(plant, model, z_nm, delta_nm, 0);
    }
    if (delta_nm[2] <= 0) {
        return false; // pressing down breaks nothing
    }
    if (part->bond_n > plant_part_adhesion(plant, model)) {
        plant_part_release(plant, none);
        part->bonded = false; // it comes along, then drops
        return true;
    }
    part->bonded = false;
    return false;
}

bool plant_nozzle_soft(const struct plant *plant, const struct plant_model *model)
{
    return plant->heat.hotend * 1e3 >= (double)model->material.soften_mc;
}

bool plant_hot_rest(const struct plant *plant, const struct plant_model *model,
                    const struct plant_pose *pose, int64_t surface_nm)
{
    int64_t tip[3];
    if (surface_nm == PLANT_NO_SURFACE || !plant_nozzle_soft(plant, model)) {
        return false;
    }
    plant_nozzle(plant, model, pose, tip);
    return tip[2] <= surface_nm + 30000;
}

// A hit while moving: a dent, and when the nozzle is cold and moves sideways perhaps the end of the part.
bool part_hit(struct plant *plant, const struct plant_model *model, int64_t z_nm,
              const int64_t xy_nm[2], int64_t depth_nm)
{
    struct plant_part *part = &plant->part;
    part->dents++;
    part->dent_nm = depth_nm > part->dent_nm ? depth_nm : part->dent_nm;
    if (plant_nozzle_soft(plant, model) || (xy_nm[0] == 0 && xy_nm[1] == 0)) {
        return false;
    }
    double force = plough_n_mm * (double)depth_nm * 1e-6;
    return push_sideways(plant, model, z_nm, xy_nm, force > belt_push_n ? belt_push_n : force);
}
