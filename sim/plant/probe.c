// Driving Z motors until a switch closes: where the first edge falls, as motor travel.
// SPDX-License-Identifier: MIT
#include <math.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"

// The dynamic model takes over this far before the predicted edge, long enough to forget its start [C: 0.3 s at 1 mm/s].
static const double run_up_nm = 300000;

// Motors that drive: what does not change on the way.
struct drive {
    const struct plant *plant;
    const struct plant_model *model;
    const struct plant_pose *pose; // where they begin
    uint32_t moving;
    struct balance balance; // with targets of the last place looked at
};

static void drive_begin(struct drive *d, const struct plant *plant, const struct plant_model *model,
                        const struct plant_pose *pose, uint32_t moving)
{
    *d = (struct drive){.plant = plant, .model = model, .pose = pose, .moving = moving};
    balance_set(&d->balance, plant, model, pose, PLANT_NO_SURFACE);
}

static struct plant_pose pose_at(const struct drive *d, int64_t travel)
{
    struct plant_pose there = *d->pose;
    for (int i = 0; i < d->model->motors; i++) {
        there.motor_nm[i] += (d->moving >> i & 1u) != 0 ? travel : 0;
    }
    return there;
}

// Corner heights when the moving motors stand `travel` further.
static void heights_at(struct drive *d, int64_t travel, double h[PLANT_CORNERS])
{
    const struct plant_pose there = pose_at(d, travel);
    struct gantry_lag lag = {0};
    gantry_lag_of(&lag, d->plant);
    gantry_lag_move(&lag, d->plant, d->model, d->pose->motor_nm, there.motor_nm);
    for (int i = 0; i < d->model->motors; i++) {
        d->balance.target[i] =
            (double)(there.motor_nm[i] + lag.slip_nm[i] + d->plant->pulley_nm[i] - lag.play_nm[i]);
    }
    gantry_fill(d->model, d->balance.target);
    balance_solve(&d->balance, h, NULL, NULL);
}

static bool watched_alive(const struct plant *plant, uint32_t watch, int i)
{
    bool dead = (plant->mode_set >> i & 1u) != 0 && plant->mode[i] == LAB_ENDSTOP_DEAD;
    return (watch >> i & 1u) != 0 && !dead;
}

static uint32_t closed(const struct plant *plant, const struct plant_model *model, uint32_t watch,
                       const double h[PLANT_CORNERS])
{
    uint32_t now = 0;
    for (int i = 0; i < model->motors; i++) {
        if (watched_alive(plant, watch, i) && h[i] >= switch_height(plant, model, i)) {
            now |= 1u << i;
        }
    }
    return now;
}

// How far the watched switch that is nearest to closing still is from it, nm; <= 0: closed.
static double margin(const struct plant *plant, const struct plant_model *model, uint32_t watch,
                     const double h[PLANT_CORNERS])
{
    double least = INFINITY;
    for (int i = 0; i < model->motors; i++) {
        if (watched_alive(plant, watch, i)) {
            least = fmin(least, switch_height(plant, model, i) - h[i]);
        }
    }
    return least;
}

// Least travel at which a watched switch is closed. Heights grow with travel, in straight lines between the few places where a
// stop or play comes in: so the edge is looked for where the line through the bracket's ends crosses, and a nanometre before;
// what that does not settle, bisection does.
static int64_t first_edge(struct drive *d, int64_t delta, uint32_t watch)
{
    const struct plant *plant = d->plant;
    const struct plant_model *model = d->model;
    double h[PLANT_CORNERS];
    int64_t open = 0, shut = delta;
    heights_at(d, open, h);
    double at_open = margin(plant, model, watch, h);
    heights_at(d, shut, h);
    double at_shut = margin(plant, model, watch, h);
    for (int round = 0; shut - open > 1; round++) {
        int64_t middle = open + (shut - open) / 2;
        if (round < 8) { // alternately the crossing, and just before it
            double share = at_open / (at_open - at_shut) * (double)(shut - open);
            int64_t guess = open + sim_round(share) - (round & 1);
            middle = guess <= open ? open + 1 : guess >= shut ? shut - 1 : guess;
        }
        heights_at(d, middle, h);
        double now = margin(plant, model, watch, h);
        if (now <= 0) {
            shut = middle;
            at_shut = now;
        } else {
            open = middle;
            at_open = now;
        }
    }
    return shut;
}

// The same edge by dynamics: start in steady motion shortly before it and integrate.
static int64_t dynamic_edge(const struct plant *plant, const struct plant_model *model,
                            const struct plant_pose *pose, uint32_t moving, int64_t edge,
                            int64_t speed, uint32_t watch)
{
    struct plant moved = *plant;
    struct balance b;
    int64_t back = edge < (int64_t)run_up_nm ? edge : (int64_t)run_up_nm;
    struct plant_pose start = *pose;
    double rate[PLANT_CORNERS] = {0}, height[PLANT_CORNERS];
    for (int i = 0; i < model->motors; i++) {
        start.motor_nm[i] += (moving >> i & 1u) != 0 ? edge - back : 0;
        bool follows = plant->bind_nm[i] == 0;
        rate[i] = (moving >> i & 1u) != 0 && follows ? (double)speed : 0;
        height[i] = switch_height(plant, model, i);
    }
    gantry_play(&moved, model, pose->motor_nm, start.motor_nm);
    balance_set(&b, &moved, model, &start, PLANT_NO_SURFACE);
    double seconds = 2.0 * (double)back / (double)speed + 0.1;
    double t = full_trigger(&b, model, b.target, rate, height, watch, seconds);
    return t < 0 ? edge : edge - back + sim_round(t * (double)speed);
}

static bool needs_dynamics(const struct plant *plant, const struct plant_model *model)
{
    bool binds = false;
    for (int i = 0; i < model->motors; i++) {
        binds = binds || plant->bind_nm[i] != 0;
    }
    return model->gantry == LAB_FULL && model->gantry_hangs && !binds;
}

static void begin_touches(struct plant *plant, const struct plant_model *model, uint32_t watch)
{
    for (int i = 0; i < model->motors; i++) {
        if ((watch >> i & 1u) != 0 && (plant->pressed >> i & 1u) == 0) {
            switch_touch(plant, model, i);
        }
    }
}

int plant_z_probe(struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *pose, uint32_t moving, int64_t delta_nm,
                  int64_t speed_nm_s, uint32_t watch, struct plant_probe *probe)
{
    uint32_t all = (1u << (unsigned)model->motors) - 1u;
    moving &= all;
    watch &= model->printer.z_plus.kind == LAB_SWITCH_NONE ? 0 : all;
    if (moving == 0 || delta_nm == 0) {
        return -22;
    }
    if ((plant->energised & moving) != moving) {
        return -1;
    }
    struct drive drive;
    double h[PLANT_CORNERS];
    int64_t travel = delta_nm;
    int64_t speed = speed_nm_s > 0 ? speed_nm_s : 1000000;
    int32_t skipped = plant->skipped;
    uint32_t already = plant_switches(plant, model) & watch;
    if (delta_nm > 0 || already != 0) {
        begin_touches(plant, model, watch);
    }
    drive_begin(&drive, plant, model, pose, moving);
    heights_at(&drive, 0, h);
    uint32_t hit = already | (delta_nm > 0 ? closed(plant, model, watch, h) : 0);
    if (hit != 0) {
        travel = 0;
    } else if (delta_nm > 0) {
        heights_at(&drive, delta_nm, h);
        if (closed(plant, model, watch, h) != 0) {
            travel = first_edge(&drive, delta_nm, watch);
            heights_at(&drive, travel, h);
            hit = closed(plant, model, watch, h);
            if (needs_dynamics(plant, model)) {
                travel = dynamic_edge(plant, model, pose, moving, travel, speed, watch);
            }
        }
    }
    const struct plant_pose there = pose_at(&drive, travel);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        plant->early_nm[i] = 0; // a false edge is over once it has been seen
    }
    plant_settle(plant, model, pose, &there, PLANT_NO_SURFACE);
    plant->pressed |= hit;
    probe->travel_nm = travel;
    probe->triggered = hit;
    probe->stalled = plant->skipped != skipped;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        probe->motor_nm[i] = there.motor_nm[i];
    }
    return 0;
}
