// The gantry in motion: Chipmunk2D integrates two side beams on belts, coupled by the X beam, until they stand.
// SPDX-License-Identifier: MIT
//
// Each beam is a rigid body in the Y-Z plane (Chipmunk's x is Y, its y is Z). Belts, X beam, nozzle and hard stops are explicit
// forces: Chipmunk's own contacts leave micrometres of slop and its joints correct with a bias. What a cpSpace does beyond
// integrating bodies (collisions, joints, sleep) has nothing to do here, so there is none, and the bodies' fields are read without
// calls: a recovery takes fifty thousand steps. Metres, kilograms, seconds inside; the world outside holds nanometres. dt 0.2 ms:
// 0.5 ms rings for ever (reference physics section 10), 1e6 N/m on 1 kg needs < 2 ms.
#include <chipmunk/chipmunk.h>
#include <chipmunk/chipmunk_structs.h>
#include <math.h>
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

static const double dt = 2e-4;
static const double settle_s = 0.6; // many times the 67 ms of damping ratio 0.05 at 47 Hz
static const double quiet_s =
    0.2; // last part with the damping of the whole frame, so that nothing is left
static const double contact_damping =
    40.0; // N s/m at nozzle and stops [E]: half-critical on 1 kg at 1e6 N/m is 1000

// Two beams; corner k of beam s: FL, RL on the left one, FR, RR on the right one.
struct rig {
    const struct balance *balance;
    cpBody *beam[2];
    double arm[2][2]; // Y of front and rear belt from the beam's centre of mass
    double damping;
    double zero;                 // heights are kept relative to this, nm
    double motor[PLANT_CORNERS]; // target heights now, m from zero
    double rate[PLANT_CORNERS];  // and their speed, m/s
    double deepest;              // m
};

static const int corner_of[2][2] = {{0, 1}, {3, 2}};
static const double gravity = 9.80665;

// Static loads fix each beam's mass and its centre of mass between the belts.
static void make_beam(struct rig *rig, int side, const double h[PLANT_CORNERS], double depth)
{
    const struct balance *b = rig->balance;
    int front = corner_of[side][0], rear = corner_of[side][1];
    double load_f = b->base[front] + b->load[front], load_r = b->base[rear] + b->load[rear];
    double mass = (load_f + load_r) / gravity;
    rig->arm[side][0] = -depth * load_r / (load_f + load_r);
    rig->arm[side][1] = depth * load_f / (load_f + load_r);
    // mass spread along the beam with motors at its end: radius of gyration about 0.4 of the length [E, 0.3-0.5]
    cpBody *body = cpBodyNew(mass, mass * 0.16 * depth * depth);
    double low = (h[front] - rig->zero) * 1e-9, high = (h[rear] - rig->zero) * 1e-9;
    double sine = (high - low) / depth;
    cpBodySetAngle(body, sim_atan2(sine, sqrt(1 - sine * sine)));
    cpBodySetPosition(body, cpv(0, low - sine * rig->arm[side][0]));
    double vf = rig->rate[front], vr = rig->rate[rear];
    double turn = (vr - vf) / depth;
    cpBodySetVelocity(body, cpv(0, vf - turn * rig->arm[side][0]));
    cpBodySetAngularVelocity(body, turn);
    rig->beam[side] = body;
}

static void rig_open(struct rig *rig, const struct balance *balance,
                     const struct plant_model *model, const double h[PLANT_CORNERS])
{
    rig->balance = balance;
    rig->damping = model->damping;
    rig->zero = (h[0] + h[1] + h[2] + h[3]) / 4;
    rig->deepest = 0;
    double depth = (double)(model->printer.anchor_nm[1][1] - model->printer.anchor_nm[0][1]) * 1e-9;
    make_beam(rig, 0, h, depth);
    make_beam(rig, 1, h, depth);
}

static void rig_close(struct rig *rig)
{
    for (int side = 0; side < 2; side++) {
        cpBodyFree(rig->beam[side]);
    }
}

static void read_ends(const struct rig *rig, double h[PLANT_CORNERS], double v[PLANT_CORNERS])
{
    for (int side = 0; side < 2; side++) {
        const cpBody *body = rig->beam[side];
        double cosine = body->transform.a, sine = body->transform.b;
        for (int end = 0; end < 2; end++) {
            h[corner_of[side][end]] = body->p.y + sine * rig->arm[side][end];
            v[corner_of[side][end]] = body->v.y + body->w * cosine * rig->arm[side][end];
        }
    }
}

// One-sided spring: pushes back when `depth` > 0, never pulls.
static double push(double stiffness, double depth, double closing)
{
    double force = depth > 0 ? stiffness * depth + contact_damping * closing : 0;
    return force > 0 ? force : 0;
}

// Upward force on each corner from belts, twist, nozzle and stops, with the whole frame damped by `extra` N s/m.
static void forces(struct rig *rig, const double h[PLANT_CORNERS], const double v[PLANT_CORNERS],
                   double extra, double f[PLANT_CORNERS])
{
    const struct balance *b = rig->balance;
    double twist = h[0] - h[1] + h[2] - h[3];
    double tip = (b->tip - b->surface + rig->zero) * 1e-9, closing = 0;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        tip += b->weight[i] * h[i];
        closing -= b->weight[i] * v[i];
    }
    double nozzle = b->touchable ? push(b->contact * 1e9, -tip, closing) : 0;
    if (b->touchable && -tip > rig->deepest) {
        rig->deepest = -tip;
    }
    for (int i = 0; i < PLANT_CORNERS; i++) {
        double sign = i % 2 == 0 ? 1 : -1;
        double above = h[i] - (b->stop[i] - rig->zero) * 1e-9;
        f[i] = b->base[i] + b->k * 1e9 * (rig->motor[i] - h[i]) +
               (rig->damping + extra) * (rig->rate[i] - v[i]) - b->twist * 1e9 * sign * twist +
               nozzle * b->weight[i] - push(b->stop_k * 1e9, above, v[i]);
    }
}

static void step(struct rig *rig, double extra)
{
    double h[PLANT_CORNERS], v[PLANT_CORNERS], f[PLANT_CORNERS];
    read_ends(rig, h, v);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        // Chipmunk moves bodies before it turns forces into speed: forces belong to where they will be, or stiff
        // springs gain energy at every step
        h[i] += v[i] * dt;
    }
    forces(rig, h, v, extra, f);
    for (int side = 0; side < 2; side++) {
        cpBody *body = rig->beam[side];
        double front = f[corner_of[side][0]], rear = f[corner_of[side][1]];
        double lever = front * rig->arm[side][0] + rear * rig->arm[side][1];
        body->f = cpv(0, front + rear - body->m * gravity);
        body->t = lever * body->transform.a;
    }
    for (int side = 0; side < 2; side++) {
        cpBodyUpdatePosition(rig->beam[side], dt);
        cpBodyUpdateVelocity(rig->beam[side], cpvzero, 1, dt); // gravity is among the forces
    }
}

// Motors approach `to` at `speed` (m/s each), without overshoot.
static bool drive(struct rig *rig, const double to[PLANT_CORNERS], double speed)
{
    bool moving = false;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        double way = to[i] - rig->motor[i];
        double most = speed * dt;
        rig->rate[i] = fabs(way) <= most ? 0 : way > 0 ? speed : -speed;
        rig->motor[i] = fabs(way) <= most ? to[i] : rig->motor[i] + rig->rate[i] * dt;
        moving = moving || fabs(way) > most;
    }
    return moving;
}

static const struct plant_swing at_rest;

// Begin with the motors at `at` (targets, nm), and the gantry about its balance there.
static void swing_open(struct rig *rig, const struct balance *balance,
                       const struct plant_model *model, const double at[PLANT_CORNERS],
                       const struct plant_swing *swing)
{
    struct balance start = *balance;
    double h[PLANT_CORNERS];
    *rig = (struct rig){0};
    memcpy(start.target, at, sizeof start.target);
    balance_solve(&start, h, NULL, NULL);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        h[i] += swing->above_nm[i];
        rig->rate[i] = swing->rate_nm_s[i] * 1e-9; // the beams begin with that, motors stand
    }
    rig_open(rig, balance, model, h);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        rig->rate[i] = 0;
        rig->motor[i] = (at[i] - rig->zero) * 1e-9;
    }
}

// Read the swing about the balance of where the motors are now.
static void swing_read(const struct rig *rig, struct plant_swing *swing)
{
    struct balance now = *rig->balance;
    double rest[PLANT_CORNERS], h[PLANT_CORNERS], v[PLANT_CORNERS];
    for (int i = 0; i < PLANT_CORNERS; i++) {
        now.target[i] = rig->motor[i] * 1e9 + rig->zero;
    }
    balance_solve(&now, rest, NULL, NULL);
    read_ends(rig, h, v);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        swing->above_nm[i] = h[i] * 1e9 + rig->zero - rest[i];
        swing->rate_nm_s[i] = v[i] * 1e9;
    }
}

double full_move(const struct balance *balance, const struct plant_model *model,
                 const double from[PLANT_CORNERS], const double to[PLANT_CORNERS], double speed,
                 struct plant_swing *swing, double h[PLANT_CORNERS])
{
    struct rig rig;
    double goal[PLANT_CORNERS], v[PLANT_CORNERS];
    swing_open(&rig, balance, model, from, swing != NULL ? swing : &at_rest);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        goal[i] = (to[i] - rig.zero) * 1e-9;
    }
    while (drive(&rig, goal, speed * 1e-9)) {
        step(&rig, 0);
    }
    if (swing != NULL) {
        swing_read(&rig, swing);
    }
    int rest = (int)(settle_s / dt), quiet = (int)(quiet_s / dt);
    for (int k = 0; k < rest + quiet; k++) {
        step(&rig, k < rest ? 0 : 4 * rig.damping);
    }
    read_ends(&rig, h, v);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        h[i] = h[i] * 1e9 + rig.zero;
    }
    double deepest = rig.deepest * 1e9;
    rig_close(&rig);
    return deepest;
}

double full_trigger(const struct balance *balance, const struct plant_model *model,
                    const double from[PLANT_CORNERS], const double rate[PLANT_CORNERS],
                    const double height[PLANT_CORNERS], uint32_t watch, double seconds)
{
    struct rig rig = {0};
    struct balance start = *balance;
    double h[PLANT_CORNERS], v[PLANT_CORNERS];
    memcpy(start.target, from, sizeof start.target);
    balance_solve(&start, h, NULL, NULL);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        rig.rate[i] = rate[i] * 1e-9;
    }
    rig_open(&rig, balance, model, h);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        rig.motor[i] = (from[i] - rig.zero) * 1e-9;
    }
    double found = -1;
    int64_t steps = (int64_t)(seconds / dt);
    double was[PLANT_CORNERS] = {0};
    for (int64_t k = 0; k < steps && found < 0; k++) {
        read_ends(&rig, h, v);
        for (int i = 0; i < PLANT_CORNERS; i++) {
            double at = (height[i] - rig.zero) * 1e-9;
            if ((watch >> i & 1u) != 0 && h[i] >= at) { // between two steps: where the line crosses
                double part = k > 0 && h[i] > was[i] ? (at - was[i]) / (h[i] - was[i]) : 1;
                double t = ((double)k - 1 + part) * dt;
                found = found < 0 || t < found ? t : found;
            }
            was[i] = h[i];
            rig.motor[i] += rig.rate[i] * dt;
        }
        step(&rig, 0);
    }
    rig_close(&rig);
    return found;
}

// --- without a break: what the windows above are held against (LAB_WHOLE) ------------------------------------

// Is so little left that nothing can come of it? 0.01 nm, 1 nm/s.
static bool still(const struct plant_swing *swing)
{
    bool all = true;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        all = all && fabs(swing->above_nm[i]) < 0.01 && fabs(swing->rate_nm_s[i]) < 1;
    }
    return all;
}

void full_wait(const struct balance *balance, const struct plant_model *model,
               const double at[PLANT_CORNERS], double seconds, struct plant_swing *swing)
{
    enum { LOOK = 100 }; // steps between looks whether anything is left
    struct rig rig;
    int64_t steps = (int64_t)(seconds / dt);
    swing_open(&rig, balance, model, at, swing);
    for (int64_t k = 0; k < steps && !still(swing); k++) {
        step(&rig, 0);
        if (k % LOOK == 0 || k + 1 == steps) {
            swing_read(&rig, swing);
        }
    }
    if (still(swing)) {
        *swing = at_rest;
    }
    rig_close(&rig);
}

// How far along the way motors are after `t`; their speed into `rate`. m, s.
static double along(const struct full_way *way, double t, double *rate)
{
    double up = way->speed / way->accel, top = way->speed;
    if (way->accel * up * up > way->length) { // never at full speed
        up = sqrt(way->length / way->accel);
        top = way->accel * up;
    }
    double all = up + way->length / top;
    *rate = t < up ? way->accel * t : t < all - up ? top : way->accel * (all - t);
    if (t >= all) {
        *rate = 0;
        return way->length;
    }
    if (t < up) {
        return way->accel * t * t / 2;
    }
    double left = all - t;
    return t < all - up ? top * (t - up / 2) : way->length - way->accel * left * left / 2;
}

static void put(struct rig *rig, const struct full_way *way, double s, double rate)
{
    for (int i = 0; i < PLANT_CORNERS; i++) {
        bool moves = (way->moving >> i & 1u) != 0;
        rig->motor[i] = (way->from[i] - rig->zero) * 1e-9 + (moves ? way->sign * s : 0);
        rig->rate[i] = moves ? way->sign * rate : 0;
    }
}

double full_edge(const struct balance *balance, const struct plant_model *model,
                 const struct full_way *way, const double height[PLANT_CORNERS], uint32_t watch,
                 const struct plant_swing *swing)
{
    struct rig rig;
    double h[PLANT_CORNERS], v[PLANT_CORNERS], was[PLANT_CORNERS] = {0}, s = 0, before = 0, rate;
    double found = -1;
    swing_open(&rig, balance, model, way->from, swing);
    for (int64_t k = 0; found < 0 && before < way->length; k++) {
        read_ends(&rig, h, v);
        for (int i = 0; i < PLANT_CORNERS; i++) {
            double at = (height[i] - rig.zero) * 1e-9;
            if ((watch >> i & 1u) != 0 && h[i] >= at) { // between two steps, as full_trigger
                double part = k > 0 && h[i] > was[i] ? (at - was[i]) / (h[i] - was[i]) : 1;
                double there = before + part * (s - before);
                found = found < 0 || there < found ? there : found;
            }
            was[i] = h[i];
        }
        before = s;
        s = along(way, ((double)k + 1) * dt, &rate);
        put(&rig, way, s, rate);
        step(&rig, 0);
    }
    rig_close(&rig);
    return found;
}

void full_drive(const struct balance *balance, const struct plant_model *model,
                const struct full_way *way, double done, struct plant_swing *swing)
{
    struct rig rig;
    double s = 0, rate;
    swing_open(&rig, balance, model, way->from, swing);
    for (int64_t k = 1; s < done; k++) {
        s = along(way, (double)k * dt, &rate);
        s = s < done ? s : done;
        put(&rig, way, s, rate);
        step(&rig, 0);
    }
    put(&rig, way, done, 0);
    swing_read(&rig, swing);
    rig_close(&rig);
}

double full_ring_hz(const struct balance *balance, const struct plant_model *model)
{
    struct rig rig = {0};
    double h[PLANT_CORNERS], v[PLANT_CORNERS], rest = 0, was = 0;
    double first = -1, last = -1;
    int crossings = 0;
    struct balance still = *balance;
    balance_solve(&still, h, NULL, NULL);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        rest += h[i] / 4;
        h[i] += 50e3;
    }
    rig_open(&rig, balance, model, h);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        rig.motor[i] = (balance->target[i] - rig.zero) * 1e-9;
    }
    for (int k = 0; k < (int)(settle_s / dt); k++) {
        read_ends(&rig, h, v);
        double above = (h[0] + h[1] + h[2] + h[3]) / 4 * 1e9 + rig.zero - rest;
        if (k > 0 && (above > 0) != (was > 0)) {
            double t = ((double)k - above / (above - was)) * dt;
            first = crossings == 0 ? t : first;
            last = t;
            crossings++;
        }
        was = above;
        step(&rig, 0);
    }
    rig_close(&rig);
    return crossings > 2 ? (double)(crossings - 1) / 2 / (last - first) : 0;
}
