// Look-ahead over a ring of blocks.
// SPDX-License-Identifier: MIT
#include "sim/firmware/planner.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static const double sqrt2_minus_1 = 0.41421356237309503;

void planner_init(struct sim_planner *planner, int32_t depth, double corner_mm_s)
{
    const size_t queue = offsetof(struct sim_planner, first); // its blocks are in use up to `count`

    memset((char *)planner + queue, 0, sizeof *planner - queue);
    planner->depth = depth < 2 ? 2 : depth > SIM_QUEUE ? SIM_QUEUE : depth;
    planner->corner = corner_mm_s;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/// A move of E alone has no direction.
static bool still(const double direction[3])
{
    return direction[0] == 0.0 && direction[1] == 0.0 && direction[2] == 0.0;
}

/// Squared speed through the corner between the last block and this one.
static double junction2(const struct sim_planner *planner, const struct sim_block *block)
{
    const double *a = planner->last_direction, *b = block->direction;
    double cosine = -(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);

    if (!planner->joined || still(a) || still(b))
        return 0.0;
    if (cosine > 0.999999) // back the way it came
        return 0.0;
    if (cosine < -0.999999) // straight on
        return block->speed * block->speed;
    double sine_half = sqrt(0.5 * (1.0 - cosine));
    double cosine_half = sqrt(0.5 * (1.0 + cosine));
    double radius_factor = sine_half / (1.0 - sine_half);
    double corner2 = planner->corner * planner->corner * sqrt2_minus_1 * radius_factor;
    double shorter = least(planner->last_length, block->length_mm);
    double centripetal2 = 0.5 * shorter * block->accel * sine_half / cosine_half;
    return least(corner2, centripetal2);
}

struct sim_block *planner_at(struct sim_planner *planner, int32_t i)
{
    assert(i >= 0 && i < SIM_QUEUE);
    return &planner->queue[(planner->first + i) % SIM_QUEUE];
}

/// Walk back from the newest block: each must be able to brake to what the next one allows.
static void plan_backward(struct sim_planner *planner)
{
    double exit2 = 0.0;

    for (int32_t i = planner->count - 1; i > 0; i--) {
        struct sim_block *block = planner_at(planner, i);
        double reach2 = exit2 + 2.0 * block->accel * block->length_mm;
        double entry2 = least(block->entry2_max, reach2);
        if (entry2 == block->entry2 && i < planner->count - 1)
            return; // nothing before it can change either
        block->entry2 = entry2;
        exit2 = entry2;
    }
}

void planner_push(struct sim_planner *planner, const struct sim_block *block)
{
    assert(!planner_full(planner));
    assert(block->length_mm > 0.0 && block->speed > 0.0 && block->accel > 0.0);
    struct sim_block *slot = planner_at(planner, planner->count);
    *slot = *block;
    double before2 =
        planner->count ? planner_at(planner, planner->count - 1)->speed : planner->speed_now;
    before2 *= before2;
    slot->entry2_max =
        least(junction2(planner, block), least(block->speed * block->speed, before2));
    slot->entry2 = -1.0; // not planned yet
    memcpy(planner->last_direction, block->direction, sizeof planner->last_direction);
    planner->last_length = block->length_mm;
    planner->joined = true;
    planner->count++;
    plan_backward(planner);
}

void block_profile(struct sim_block *block, double v0, double v1)
{
    double room = 2.0 * block->accel * block->length_mm;
    double vc2 = least(block->speed * block->speed, 0.5 * (room + v0 * v0 + v1 * v1));
    double vc = sqrt(vc2);

    vc = vc < v0 ? v0 : vc;
    vc = vc < v1 ? v1 : vc;
    double d_up = (vc * vc - v0 * v0) / (2.0 * block->accel);
    double d_down = (vc * vc - v1 * v1) / (2.0 * block->accel);
    double rest = block->length_mm - d_up - d_down;
    block->v0 = v0;
    block->v1 = v1;
    block->vc = vc;
    block->t_up = (vc - v0) / block->accel;
    block->t_down = (vc - v1) / block->accel;
    block->d_up = d_up;
    block->d_cruise = rest > 0.0 ? rest : 0.0;
    block->t_cruise = vc > 0.0 ? block->d_cruise / vc : 0.0;
}

void block_leave(struct sim_block *block, double v0, double exit2)
{
    exit2 = least(exit2, v0 * v0 + 2.0 * block->accel * block->length_mm);
    block_profile(block, v0, sqrt(exit2));
}

int32_t planner_outlook(struct sim_planner *planner, double *exit2)
{
    int32_t n = 0;

    *exit2 = planner->count ? planner_at(planner, 0)->entry2 : 0.0;
    while (n < planner->count &&
           planner_at(planner, n)->entry2 < planner_at(planner, n)->entry2_max)
        n++;
    return n + 1;
}

bool planner_pop(struct sim_planner *planner, struct sim_block *block)
{
    if (!planner->count)
        return false;
    *block = *planner_at(planner, 0);
    block_leave(block, planner->speed_now,
                planner->count > 1 ? planner_at(planner, 1)->entry2 : 0.0);
    planner->speed_now = block->v1;
    planner->first = (planner->first + 1) % SIM_QUEUE;
    planner->count--;
    return true;
}

bool planner_pop_braking(struct sim_planner *planner, struct sim_block *block)
{
    if (!planner->count)
        return false;
    *block = *planner_at(planner, 0);
    planner->first = (planner->first + 1) % SIM_QUEUE;
    planner->count--;
    return true;
}

void planner_stop(struct sim_planner *planner)
{
    planner->first = planner->count = 0;
    planner->speed_now = 0.0;
    planner->joined = false;
}

double block_duration(const struct sim_block *block)
{
    return block->t_up + block->t_cruise + block->t_down;
}

double block_distance(const struct sim_block *block, double t)
{
    if (t <= 0.0)
        return 0.0;
    if (t < block->t_up)
        return t * (block->v0 + 0.5 * block->accel * t);
    t -= block->t_up;
    if (t < block->t_cruise)
        return block->d_up + block->vc * t;
    t -= block->t_cruise;
    if (t >= block->t_down)
        return block->length_mm;
    double d = block->d_up + block->d_cruise + t * (block->vc - 0.5 * block->accel * t);
    return least(d, block->length_mm);
}

double block_speed(const struct sim_block *block, double t)
{
    if (t < 0.0)
        return block->v0;
    if (t < block->t_up)
        return block->v0 + block->accel * t;
    t -= block->t_up;
    if (t < block->t_cruise)
        return block->vc;
    t -= block->t_cruise;
    return t >= block->t_down ? block->v1 : block->vc - block->accel * t;
}

/// Time to cover `d` from speed `v` at acceleration `a` (of either sign).
static double ramp_time(double v, double a, double d)
{
    double root2 = v * v + 2.0 * a * d;
    double end = root2 > 0.0 ? sqrt(root2) : 0.0;
    return v + end > 0.0 ? 2.0 * d / (v + end) : 0.0;
}

double block_time(const struct sim_block *block, double distance_mm)
{
    double d = distance_mm;

    if (d <= 0.0)
        return 0.0;
    if (d >= block->length_mm)
        return block_duration(block);
    if (d < block->d_up)
        return ramp_time(block->v0, block->accel, d);
    d -= block->d_up;
    if (d < block->d_cruise)
        return block->t_up + d / block->vc;
    d -= block->d_cruise;
    return block->t_up + block->t_cruise + ramp_time(block->vc, -block->accel, d);
}
