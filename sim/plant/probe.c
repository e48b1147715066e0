// Driving Z motors until a switch closes: where the first edge falls, as motor travel.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "sim/math/math.h"
#include "sim/plant/clear.h"
#include "sim/plant/parts.h"

// The dynamic model takes over this far before the predicted edge, long enough to forget its start [C: 0.3 s at 1 mm/s].
static const double run_up_nm = 300000;

// Motors that drive: what does not change on the way.
struct drive {
    const struct plant *plant;
    const struct plant_model *model;
    const struct plant_pose *pose; // where they begin
    int64_t xy_nm[2];              // where the nozzle truly is
    uint32_t moving;
    uint32_t watch; // switches that are watched and not dead
    int64_t speed;
    double switch_nm[PLANT_CORNERS];
};

static void drive_begin(struct drive *d, const struct plant *plant, const struct plant_model *model,
                        const struct plant_pose *pose, uint32_t moving)
{
    *d = (struct drive){.plant = plant, .model = model, .pose = pose, .moving = moving};
    d->xy_nm[0] = pose->xy_nm[0] + plant->sideways_nm[0];
    d->xy_nm[1] = pose->xy_nm[1] + plant->sideways_nm[1];
}

// Switches of `watch` are looked at; where they close.
static void drive_watch(struct drive *d, uint32_t watch)
{
    for (int i = 0; i < d->model->motors; i++) {
        bool dead = (d->plant->mode_set >> i & 1u) != 0 && d->plant->mode[i] == LAB_ENDSTOP_DEAD;
        d->watch |= dead ? 0 : watch & 1u << i;
        d->switch_nm[i] = switch_height(d->plant, d->model, i);
    }
}

static struct plant_pose pose_at(const struct drive *d, int64_t travel)
{
    struct plant_pose there = *d->pose;
    for (int i = 0; i < d->model->motors; i++) {
        there.motor_nm[i] += (d->moving >> i & 1u) != 0 ? travel : 0;
    }
    return there;
}

// Corner heights when the moving motors stand `travel` further. True when all are below their hard stops.
static bool heights_at(const struct drive *d, int64_t travel, double h[PLANT_CORNERS])
{
    const struct plant_pose there = pose_at(d, travel);
    struct gantry_lag lag;
    struct clear c;
    double target[PLANT_CORNERS];
    gantry_lag_of(&lag, d->plant);
    gantry_lag_move(&lag, d->plant, d->model, d->pose->motor_nm, there.motor_nm);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        target[i] =
            (double)(there.motor_nm[i] + lag.slip_nm[i] + d->plant->pulley_nm[i] - lag.play_nm[i]);
    }
    clear_of(&c, d->model, d->xy_nm[0], d->xy_nm[1], target);
    clear_corners(&c, h);
    if (clear_of_stops(d->model, h)) {
        return true;
    }
    struct balance b;
    balance_set(&b, d->plant, d->model, d->pose, PLANT_NO_SURFACE);
    memcpy(b.target, target, sizeof target);
    balance_solve(&b, h, NULL, NULL);
    return false;
}

// What a nanometre of the moving motors adds to each corner that nothing holds back.
static void rise_of(const struct drive *d, double rise[PLANT_CORNERS])
{
    struct clear c;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        c.free[i] = (d->moving >> i & 1u) != 0 ? 1 : 0;
    }
    clear_bend(&c, d->model);
    clear_corners(&c, rise);
}

static uint32_t closed(const struct drive *d, const double h[PLANT_CORNERS])
{
    uint32_t now = 0;
    for (int i = 0; i < d->model->motors; i++) {
        now |= (d->watch >> i & 1u) != 0 && h[i] >= d->switch_nm[i] ? 1u << i : 0;
    }
    return now;
}

static bool binds(const struct plant *plant, const struct plant_model *model)
{
    bool any = false;
    for (int i = 0; i < model->motors; i++) {
        any = any || plant->bind_nm[i] != 0;
    }
    return any;
}

static uint32_t closed_after(const struct drive *d, const double low[PLANT_CORNERS],
                             const double rise[PLANT_CORNERS], int64_t travel,
                             double h[PLANT_CORNERS])
{
    for (int i = 0; i < PLANT_CORNERS; i++) {
        h[i] = low[i] + rise[i] * (double)travel;
    }
    return closed(d, h);
}

// Heights that grow in straight lines: the least travel at which a watched switch is closed, and which ones then are; `delta` and 0
// when none is at its end. False when they bend before: a corner comes to its hard stop.
static bool straight_edge(const struct drive *d, const double low[PLANT_CORNERS], int64_t delta,
                          int64_t *edge, uint32_t *hit)
{
    double h[PLANT_CORNERS], rise[PLANT_CORNERS], least = (double)delta;
    rise_of(d, rise);
    for (int i = 0; i < d->model->motors; i++) {
        if ((d->watch >> i & 1u) != 0 && rise[i] > 0) {
            least = fmin(least, (d->switch_nm[i] - low[i]) / rise[i]);
        }
    }
    *edge = (int64_t)ceil(least);
    *hit = closed_after(d, low, rise, *edge, h);
    if (*hit == 0 && *edge < delta) { // the last bit of a quotient
        *hit = closed_after(d, low, rise, ++*edge, h);
    }
    return clear_of_stops(d->model, h);
}

// Heights that grow as they like, and close a switch by the end: the same by bisection.
static int64_t bent_edge(const struct drive *d, int64_t delta, uint32_t *hit)
{
    double h[PLANT_CORNERS];
    int64_t open = 0, shut = delta;
    while (shut - open > 1) {
        int64_t middle = open + (shut - open) / 2;
        (void)heights_at(d, middle, h);
        *(closed(d, h) != 0 ? &shut : &open) = middle;
    }
    (void)heights_at(d, shut, h);
    *hit = closed(d, h);
    return shut;
}

// Least travel at which a watched switch is closed, and which ones then are; `delta` and 0 when none is at its end. Closed at once: 0.
static int64_t first_edge(const struct drive *d, int64_t delta, uint32_t *hit)
{
    double h[PLANT_CORNERS];
    int64_t edge;
    bool clear = heights_at(d, 0, h);
    if ((*hit = closed(d, h)) != 0) {
        return 0;
    }
    if (clear && !binds(d->plant, d->model) && straight_edge(d, h, delta, &edge, hit)) {
        return edge;
    }
    (void)heights_at(d, delta, h);
    *hit = closed(d, h);
    return *hit != 0 ? bent_edge(d, delta, hit) : delta;
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

// The same with the swing that the motion begins with, and from its first step on.
static int64_t whole_edge(const struct drive *d, int64_t delta, int64_t edge)
{
    const struct plant_drive drive = {.moving = d->moving,
                                      .delta_nm = delta,
                                      .speed_nm_s = d->speed,
                                      .accel_nm_s2 = d->model->printer.z_accel_um_s2 * 1000};
    int64_t found = swing_edge(d->plant, d->model, d->pose, &drive, d->switch_nm, d->watch);
    return found < 0 ? edge : found;
}

static bool needs_dynamics(const struct plant *plant, const struct plant_model *model)
{
    return model->gantry != LAB_QUASISTATIC && model->gantry_hangs && !binds(plant, model);
}

static void begin_touches(struct plant *plant, const struct plant_model *model, uint32_t watch)
{
    for (int i = 0; i < model->motors; i++) {
        if ((watch >> i & 1u) != 0 && (plant->pressed >> i & 1u) == 0) {
            switch_touch(plant, model, i);
        }
    }
}

// Touches are drawn, and the edge is found: travel, and what is closed there. Returns as plant_z_probe.
static int find(struct plant *plant, const struct plant_model *model, struct drive *drive,
                int64_t delta_nm, int64_t speed_nm_s, uint32_t watch, int64_t *travel,
                uint32_t *hit)
{
    uint32_t all = (1u << (unsigned)model->motors) - 1u;
    drive->moving &= all;
    watch &= model->printer.z_plus.kind == LAB_SWITCH_NONE ? 0 : all;
    if (drive->moving == 0 || delta_nm == 0) {
        return -22;
    }
    if ((plant->energised & drive->moving) != drive->moving) {
        return -1;
    }
    int64_t speed = speed_nm_s > 0 ? speed_nm_s : 1000000;
    *travel = delta_nm;
    *hit = plant_switches(plant, model) & watch;
    if (delta_nm > 0 || *hit != 0) {
        begin_touches(plant, model, watch);
    }
    if (*hit != 0) {
        *travel = 0;
    } else if (delta_nm > 0) {
        drive_watch(drive, watch);
        *travel = first_edge(drive, delta_nm, hit);
        drive->speed = speed;
        if (*hit != 0 && *travel > 0 && needs_dynamics(plant, model)) {
            *travel =
                model->gantry == LAB_WHOLE
                    ? whole_edge(drive, delta_nm, *travel)
                    : dynamic_edge(plant, model, drive->pose, drive->moving, *travel, speed, watch);
        }
    }
    return 0;
}

int plant_z_look(struct plant *plant, const struct plant_model *model,
                 const struct plant_pose *pose, uint32_t moving, int64_t delta_nm,
                 int64_t speed_nm_s, uint32_t watch, int64_t *travel_nm)
{
    struct plant look = *plant;
    struct drive drive;
    uint32_t hit;
    drive_begin(&drive, &look, model, pose, moving);
    int bad = find(&look, model, &drive, delta_nm, speed_nm_s, watch, travel_nm, &hit);
    memcpy(plant->drawn, look.drawn, sizeof plant->drawn);
    return bad;
}

int plant_z_probe(struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *pose, uint32_t moving, int64_t delta_nm,
                  int64_t speed_nm_s, uint32_t watch, struct plant_probe *probe)
{
    struct drive drive;
    int64_t travel;
    int32_t skipped = plant->skipped;
    uint32_t hit;
    drive_begin(&drive, plant, model, pose, moving);
    int bad = find(plant, model, &drive, delta_nm, speed_nm_s, watch, &travel, &hit);
    if (bad != 0) {
        return bad;
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
