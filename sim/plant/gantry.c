// The gantry at rest: four corner heights from motors, loads, twist, nozzle contact and hard stops, solved directly.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/clear.h"
#include "sim/plant/parts.h"

// Nozzle on plastic or plate: reference physics section 10, 1e5-1e6 N/m; soft above the softening temperature.
static const double contact_hard = 1e6 * 1e-9; // N/nm
static const double contact_soft = 1e5 * 1e-9;
// Aluminium on aluminium through a printed bumper: stiff against a belt [E].
static const double stop_stiffness = 2e6 * 1e-9;
// Holding torque 0.59 N m at 2.0 A scaled to 0.8 A, over 1.27 mN m per newton [C, section 2]: above it a motor skips a cycle.
static const double pull_out_n = 186.0;
// A nozzle that prints lies in its bead: up to this above the surface it still touches plastic [E].
static const int64_t rest_nm = 30000;

static const double twist_sign[PLANT_CORNERS] = {1, -1, 1, -1};

// Where rotors and pulleys hold their corners.
static void motor_heights(const struct plant *plant, const int64_t motor_nm[PLANT_CORNERS],
                          double target[PLANT_CORNERS])
{
    const int64_t *slip = plant->slip_nm, *pulley = plant->pulley_nm, *play = plant->play_nm;
    target[0] = (double)(motor_nm[0] + slip[0] + pulley[0] - play[0]);
    target[1] = (double)(motor_nm[1] + slip[1] + pulley[1] - play[1]);
    target[2] = (double)(motor_nm[2] + slip[2] + pulley[2] - play[2]);
    target[3] = (double)(motor_nm[3] + slip[3] + pulley[3] - play[3]);
}

void gantry_targets(const struct plant *plant, const struct plant_model *model,
                    const int64_t motor_nm[PLANT_CORNERS], double target[PLANT_CORNERS])
{
    motor_heights(plant, motor_nm, target);
    gantry_fill(model, target);
}

void gantry_fill(const struct plant_model *model, double h[PLANT_CORNERS])
{
    double sum = 0;
    for (int i = 0; i < model->motors; i++) {
        sum += h[i];
    }
    for (int i = model->motors; i < PLANT_CORNERS; i++) {
        h[i] = sum / (double)model->motors;
    }
}

double gantry_tip(const struct plant *plant, const struct plant_model *model)
{
    const struct lab_printer *p = &model->printer;
    double nozzle = plant->heat.hotend + plant->heat.bias - (double)p->calibration_nozzle_mc * 1e-3;
    double rise = (plant->heat.bed_parts - plant->heat.bed_parts_ref) / 80.0;
    double frame = plant->heat.chamber - plant->heat.chamber_ref;
    return (double)p->frame_nm_k * frame - (double)p->nozzle_growth_nm_k * nozzle -
           (double)p->bed_rise_nm * rise + (double)plant->knock_nm;
}

void balance_set(struct balance *b, const struct plant *plant, const struct plant_model *model,
                 const struct plant_pose *pose, int64_t surface_nm)
{
    b->pressed_ready = false;
    b->n = model->motors;
    b->k = model->stiffness * 1e-9;
    b->twist = model->twist * 1e-9;
    b->stop_k = stop_stiffness;
    b->tip = gantry_tip(plant, model);
    b->touchable = surface_nm != PLANT_NO_SURFACE;
    b->surface = (double)surface_nm;
    bool soft = plant->heat.hotend * 1e3 >= (double)model->material.soften_mc;
    b->contact = soft ? contact_soft : contact_hard;
    gantry_targets(plant, model, pose->motor_nm, b->target);
    plant_weights(model, pose->xy_nm[0] + plant->sideways_nm[0],
                  pose->xy_nm[1] + plant->sideways_nm[1], b->weight);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        b->base[i] = model->load[i];
        b->load[i] = model->toolhead * (b->weight[i] - model->middle[i]);
        b->stop[i] = model->stop[i];
    }
}

// Gauss without pivoting: the matrix is symmetric and positive definite (springs on the diagonal).
static void solve(int n, double a[PLANT_CORNERS][PLANT_CORNERS], double x[PLANT_CORNERS])
{
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            double f = a[j][i] / a[i][i];
            for (int k = i; k < n; k++) {
                a[j][k] -= f * a[i][k];
            }
            x[j] -= f * x[i];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) {
            x[i] -= a[i][k] * x[k];
        }
        x[i] /= a[i][i];
    }
}

// What follows is solved a thousand times in a recovery. `n` is b->n, written out where it is called, so that a compiler sees a
// number and unrolls.
#define UNROLLED static inline __attribute__((always_inline))

// x = (k I + twist s s')^-1 r, by Sherman and Morrison; s' s is the number of corners.
UNROLLED void solve_twist(const struct balance *b, int n, const double r[PLANT_CORNERS],
                          double x[PLANT_CORNERS])
{
    double along = 0;
    for (int i = 0; i < n; i++) {
        along += twist_sign[i] * r[i];
    }
    along *= b->twist / (b->k + b->twist * n);
    for (int i = 0; i < n; i++) {
        x[i] = (r[i] - along * twist_sign[i]) / b->k;
    }
}

// What the nozzle's contact adds to every solution.
static void press(struct balance *b)
{
    solve_twist(b, b->n, b->weight, b->yield);
    b->on_yield = 0;
    for (int i = 0; i < b->n; i++) {
        b->push[i] = b->contact * b->weight[i] * (b->surface - b->tip);
        b->on_yield += b->weight[i] * b->yield[i];
    }
    b->pressed_ready = true;
}

// Equilibrium clear of all stops, which is nearly always: two updates of rank one instead of an elimination.
UNROLLED void solve_clear(struct balance *b, int n, bool nozzle, double h[PLANT_CORNERS])
{
    double r[PLANT_CORNERS] = {0}, on_h = 0;
    if (nozzle && !b->pressed_ready) {
        press(b);
    }
    for (int i = 0; i < n; i++) {
        r[i] = b->k * b->target[i] - b->load[i] + (nozzle ? b->push[i] : 0);
    }
    solve_twist(b, n, r, h);
    if (!nozzle) {
        return;
    }
    for (int i = 0; i < n; i++) {
        on_h += b->weight[i] * h[i];
    }
    double share = b->contact * on_h / (1 + b->contact * b->on_yield);
    for (int i = 0; i < n; i++) {
        h[i] -= share * b->yield[i];
    }
}

// The springs of a set of active contacts: bits 0-3 stops, bit 4 the nozzle.
static void springs(const struct balance *b, uint32_t active,
                    double a[PLANT_CORNERS][PLANT_CORNERS])
{
    double contact = (active >> PLANT_CORNERS & 1u) != 0 ? b->contact : 0;
    for (int i = 0; i < b->n; i++) {
        for (int j = 0; j < b->n; j++) {
            a[i][j] =
                b->twist * twist_sign[i] * twist_sign[j] + contact * b->weight[i] * b->weight[j];
        }
        a[i][i] += b->k + ((active >> i & 1u) != 0 ? b->stop_k : 0);
    }
}

// Equilibrium with a given set of active contacts.
static void solve_stopped(const struct balance *b, uint32_t active, double h[PLANT_CORNERS])
{
    double a[PLANT_CORNERS][PLANT_CORNERS];
    bool nozzle = (active >> PLANT_CORNERS & 1u) != 0;
    springs(b, active, a);
    for (int i = 0; i < b->n; i++) {
        h[i] = b->k * b->target[i] - b->load[i];
        if (nozzle) {
            h[i] += b->contact * b->weight[i] * (b->surface - b->tip);
        }
        if ((active >> i & 1u) != 0) {
            h[i] += b->stop_k * b->stop[i];
        }
    }
    solve(b->n, a, h);
}

UNROLLED double tip_height(const struct balance *b, int n, const double h[PLANT_CORNERS])
{
    double z = b->tip;
    for (int i = 0; i < n; i++) {
        z += b->weight[i] * h[i];
    }
    return z;
}

UNROLLED uint32_t touching(const struct balance *b, int n, const double h[PLANT_CORNERS])
{
    uint32_t active = b->touchable && tip_height(b, n, h) < b->surface ? 1u << PLANT_CORNERS : 0;
    for (int i = 0; i < n; i++) {
        active |= h[i] > b->stop[i] ? 1u << i : 0;
    }
    return active;
}

// One-sided springs: their set is found in two or three rounds. Whatever they begin with they end with the same: there is one
// equilibrium.
UNROLLED uint32_t settle_corners(struct balance *b, int n, uint32_t active, double h[PLANT_CORNERS])
{
    for (int round = 0;; round++) {
        if ((active & ((1u << PLANT_CORNERS) - 1u)) == 0) {
            solve_clear(b, n, active != 0, h);
        } else {
            solve_stopped(b, active, h);
        }
        uint32_t now = round < 8 ? touching(b, n, h) : active;
        if (now == active) {
            return active;
        }
        active = now;
    }
}

static uint32_t settle(struct balance *b, uint32_t active, double h[PLANT_CORNERS])
{
    return b->n == 4 ? settle_corners(b, 4, active, h) : settle_corners(b, b->n, active, h);
}

static void belt_forces(const struct balance *b, const double h[PLANT_CORNERS],
                        double force[PLANT_CORNERS])
{
    for (int i = 0; i < PLANT_CORNERS; i++) {
        force[i] = i < b->n ? b->base[i] + b->k * (b->target[i] - h[i]) : 0;
    }
}

void balance_solve(struct balance *b, double h[PLANT_CORNERS], double force[PLANT_CORNERS],
                   double *nozzle)
{
    uint32_t active = settle(b, 0, h);
    if (force != NULL) {
        belt_forces(b, h, force);
    }
    if (nozzle != NULL) {
        bool pressed = (active >> PLANT_CORNERS & 1u) != 0;
        *nozzle = pressed ? b->contact * (b->surface - tip_height(b, b->n, h)) : 0;
    }
}

void balance_follow(struct balance *balance, uint32_t *touching_then, double h[PLANT_CORNERS],
                    double force[PLANT_CORNERS])
{
    *touching_then = settle(balance, *touching_then, h);
    belt_forces(balance, h, force);
}

uint32_t balance_touching(const struct balance *b, const double h[PLANT_CORNERS])
{
    return touching(b, b->n, h);
}

void balance_springs(const struct balance *b, uint32_t active,
                     double spring[PLANT_CORNERS][PLANT_CORNERS])
{
    for (int j = 0; j < b->n;
         j++) { // heights by a unit of one target, then what that leaves of the belt
        double a[PLANT_CORNERS][PLANT_CORNERS], h[PLANT_CORNERS] = {0};
        springs(b, active, a);
        h[j] = b->k;
        solve(b->n, a, h);
        for (int i = 0; i < b->n; i++) {
            spring[i][j] = b->k * ((i == j ? 1 : 0) - h[i]);
        }
    }
}

// The gantry clear of everything, with its corner heights. False when a corner stands in its hard stop; then nothing of it holds.
static bool clear_at(struct clear *c, const struct plant *plant, const struct plant_model *model,
                     const struct plant_pose *pose, double h[PLANT_CORNERS])
{
    double target[PLANT_CORNERS];
    motor_heights(plant, pose->motor_nm, target);
    clear_of(c, model, pose->xy_nm[0] + plant->sideways_nm[0],
             pose->xy_nm[1] + plant->sideways_nm[1], target);
    clear_corners(c, h);
    return clear_of_stops(model, h);
}

void plant_corners(const struct plant *plant, const struct plant_model *model,
                   const struct plant_pose *pose, int64_t surface_nm,
                   int64_t corner_nm[PLANT_CORNERS], double force_n[PLANT_CORNERS],
                   double *nozzle_n)
{
    struct balance b;
    double h[PLANT_CORNERS];
    balance_set(&b, plant, model, pose, surface_nm);
    balance_solve(&b, h, force_n, nozzle_n);
    gantry_fill(model, h);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        corner_nm[i] = sim_round(h[i]);
    }
}

void plant_nozzle(const struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *pose, int64_t tip_nm[3])
{
    struct clear c;
    double h[PLANT_CORNERS], at;
    if (clear_at(&c, plant, model, pose, h)) {
        at = clear_height(&c) + gantry_tip(plant, model);
    } else {
        struct balance b;
        balance_set(&b, plant, model, pose, PLANT_NO_SURFACE);
        balance_solve(&b, h, NULL, NULL);
        at = tip_height(&b, b.n, h);
    }
    tip_nm[0] = pose->xy_nm[0] + plant->sideways_nm[0];
    tip_nm[1] = pose->xy_nm[1] + plant->sideways_nm[1];
    tip_nm[2] = sim_round(at);
}

void gantry_lag_of(struct gantry_lag *lag, const struct plant *plant)
{
    memcpy(lag->slip_nm, plant->slip_nm, sizeof lag->slip_nm);
    memcpy(lag->play_nm, plant->play_nm, sizeof lag->play_nm);
}

void gantry_lag_move(struct gantry_lag *lag, const struct plant *plant,
                     const struct plant_model *model, const int64_t from_nm[PLANT_CORNERS],
                     const int64_t to_nm[PLANT_CORNERS])
{
    for (int i = 0; i < model->motors; i++) {
        int64_t step = to_nm[i] - from_nm[i];
        if ((plant->energised >> i & 1u) == 0) {
            lag->slip_nm[i] -= step; // the counter runs, the motor does not
            continue;
        }
        int64_t behind = lag->play_nm[i] + step;
        int64_t most = plant->bind_nm[i];
        lag->play_nm[i] = behind > most ? most : behind < -most ? -most : behind;
    }
}

void gantry_play(struct plant *plant, const struct plant_model *model,
                 const int64_t from_nm[PLANT_CORNERS], const int64_t to_nm[PLANT_CORNERS])
{
    struct gantry_lag lag;
    gantry_lag_of(&lag, plant);
    gantry_lag_move(&lag, plant, model, from_nm, to_nm);
    memcpy(plant->slip_nm, lag.slip_nm, sizeof lag.slip_nm);
    memcpy(plant->play_nm, lag.play_nm, sizeof lag.play_nm);
}

// What an equilibrium means for switches, the nozzle's rest and the corners. `above`: the tip over what lies under it, if anything does.
static void note_rest(struct plant *plant, const struct plant_model *model, double above,
                      double h[PLANT_CORNERS])
{
    plant->part.resting = above <= (double)rest_nm;
    gantry_fill(model, h);
    switch_update(plant, model, h);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        plant->corner_nm[i] = sim_round(h[i]);
    }
}

// Nearly every pose is one that nothing touches and all motors hold. False: another, and nothing is noted.
static bool settle_clear(struct plant *plant, const struct plant_model *model,
                         const struct plant_pose *pose, int64_t surface_nm)
{
    struct clear c;
    double h[PLANT_CORNERS], above = INFINITY, k = model->stiffness * 1e-9, most = 0;
    if (!clear_at(&c, plant, model, pose, h)) {
        return false;
    }
    if (surface_nm != PLANT_NO_SURFACE) {
        above = clear_height(&c) + gantry_tip(plant, model) - (double)surface_nm;
    }
    for (int i = 0; i < model->motors; i++) {
        double give = model->give * (c.weight[i] - model->middle[i]) + c.free[i] - h[i];
        double force = fabs(model->load[i] + k * give);
        most = force > most ? force : most;
    }
    if (above < 0 || most > pull_out_n) {
        return false;
    }
    note_rest(plant, model, above, h);
    return true;
}

// A motor pressed against a stop loses whole electrical cycles until it can hold again. Returns whether one did.
static bool skip_cycle(struct plant *plant, const struct plant_model *model,
                       const double force[PLANT_CORNERS])
{
    int64_t cycle = 4 * model->printer.z_fullstep_nm;
    bool skipped = false;
    for (int i = 0; i < model->motors; i++) {
        if (fabs(force[i]) > pull_out_n) {
            plant->slip_nm[i] -= force[i] > 0 ? cycle : -cycle;
            plant->skipped++;
            skipped = true;
        }
    }
    return skipped;
}

void plant_settle(struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *from, const struct plant_pose *to, int64_t surface_nm)
{
    struct balance b;
    double h[PLANT_CORNERS], force[PLANT_CORNERS];
    gantry_play(plant, model, from->motor_nm, to->motor_nm);
    if (settle_clear(plant, model, to, surface_nm)) {
        return;
    }
    bool skipped = true;
    for (int round = 0; round <= 4096 && skipped; round++) {
        balance_set(&b, plant, model, to, surface_nm);
        balance_solve(&b, h, force, NULL);
        skipped = round < 4096 && skip_cycle(plant, model, force);
    }
    note_rest(plant, model, b.touchable ? tip_height(&b, b.n, h) - b.surface : INFINITY, h);
}

void plant_z_set(struct plant *plant, const int64_t was_nm[PLANT_CORNERS],
                 const int64_t now_nm[PLANT_CORNERS])
{
    for (int i = 0; i < PLANT_CORNERS; i++) {
        plant->slip_nm[i] += was_nm[i] - now_nm[i];
        plant->phase_nm[i] += was_nm[i] - now_nm[i];
    }
}
