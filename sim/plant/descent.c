// The fall of corners whose bridges brake them: the chain of its time steps, many steps at once.
// SPDX-License-Identifier: MIT
//
// A step (0.25 ms, explicit) lowers each corner by its rate times what its belt pulls too much. As long as the same things touch and
// the same corners fall, belt forces are linear in the targets, so that a step is an affine map u -> A u + b of what the targets
// have gone since (u = 0), with A = 1 - dt R F: R the rates of those that fall, F the springs. Two steps are u -> AA u + (A b + b), four
// are that map's own square, and so on. So as many steps as fit before anything changes are taken by their binary digits; the
// one in which it does is taken by itself.
#include <string.h>

#include "sim/plant/parts.h"

static const double step_s = 0.25e-3;
static const double stands_nm_s = 1000.0;

enum {
    STEPS_MOST = 40000,
    // 64 steps, 16 ms: what touches, leaves and touches again within so little would not be seen
    LEVELS = 7
};

/// 2^n steps, as a map of what the targets have gone.
struct map {
    double a[PLANT_CORNERS][PLANT_CORNERS], b[PLANT_CORNERS];
};

/// A stretch of the way on which nothing changes.
struct stretch {
    struct descent *d;
    uint32_t touching; // as balance_touching
    uint32_t falling;
    double from[PLANT_CORNERS], force[PLANT_CORNERS]; // targets and belt forces where it begins
    double spring[PLANT_CORNERS][PLANT_CORNERS];
    struct map map[LEVELS];
    int maps;
    double gone[PLANT_CORNERS]; // so far
};

static uint32_t falling(const struct descent *d, const double target[PLANT_CORNERS],
                        const double force[PLANT_CORNERS])
{
    uint32_t set = 0;
    for (int i = 0; i < d->balance.n; i++) {
        set |= force[i] > d->held[i] && target[i] > d->low[i] ? 1u << i : 0;
    }
    return set;
}

static double fastest(const struct descent *d, uint32_t set, const double force[PLANT_CORNERS])
{
    double most = 0;
    for (int i = 0; i < d->balance.n; i++) {
        double speed = (set >> i & 1u) != 0 ? d->rate[i] * (force[i] - d->held[i]) : 0;
        most = speed > most ? speed : most;
    }
    return most;
}

// A step from known forces.
static double step(struct descent *d, const double force[PLANT_CORNERS])
{
    double *target = d->balance.target;
    uint32_t set = falling(d, target, force);
    double speed = fastest(d, set, force);
    for (int i = 0; i < d->balance.n; i++) {
        if ((set >> i & 1u) != 0) {
            double next = target[i] - d->rate[i] * (force[i] - d->held[i]) * step_s;
            target[i] = next > d->low[i] ? next : d->low[i];
        }
    }
    return speed;
}

static void apply(const struct map *m, int n, const double u[PLANT_CORNERS],
                  double out[PLANT_CORNERS])
{
    for (int i = 0; i < n; i++) {
        out[i] = m->b[i];
        for (int j = 0; j < n; j++) {
            out[i] += m->a[i][j] * u[j];
        }
    }
}

// The map `m` twice.
static void twice(const struct map *m, int n, struct map *out)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++) {
                sum += m->a[i][k] * m->a[k][j];
            }
            out->a[i][j] = sum;
        }
    }
    apply(m, n, m->b, out->b);
}

static void begin(struct stretch *s, struct descent *d, uint32_t touching,
                  const double force[PLANT_CORNERS])
{
    int n = d->balance.n;
    s->d = d;
    s->touching = touching;
    s->falling = falling(d, d->balance.target, force);
    s->maps = 1;
    memset(s->gone, 0, sizeof s->gone);
    memcpy(s->from, d->balance.target, sizeof s->from);
    memcpy(s->force, force, sizeof s->force);
    balance_springs(&d->balance, touching, s->spring);
    for (int i = 0; i < n; i++) {
        double rate = (s->falling >> i & 1u) != 0 ? d->rate[i] * step_s : 0;
        s->map[0].b[i] = -rate * (force[i] - d->held[i]);
        for (int j = 0; j < n; j++) {
            s->map[0].a[i][j] = (i == j ? 1 : 0) - rate * s->spring[i][j];
        }
    }
}

// Is everything there as it was where the stretch began, and does it still fall?
static bool unchanged(const struct stretch *s, const double gone[PLANT_CORNERS])
{
    const struct descent *d = s->d;
    const struct balance *b = &d->balance;
    double target[PLANT_CORNERS], force[PLANT_CORNERS], h[PLANT_CORNERS];
    for (int i = 0; i < b->n; i++) {
        target[i] = s->from[i] + gone[i];
        force[i] = s->force[i];
        for (int j = 0; j < b->n; j++) {
            force[i] += s->spring[i][j] * gone[j];
        }
        h[i] = target[i] - (force[i] - b->base[i]) / b->k;
    }
    return falling(d, target, force) == s->falling &&
           fastest(d, s->falling, force) >= stands_nm_s && balance_touching(b, h) == s->touching;
}

// 2^level steps, if nothing changes in them.
static bool leap(struct stretch *s, int level)
{
    double gone[PLANT_CORNERS];
    int n = s->d->balance.n;
    for (; s->maps <= level; s->maps++) {
        twice(&s->map[s->maps - 1], n, &s->map[s->maps]);
    }
    apply(&s->map[level], n, s->gone, gone);
    if (!unchanged(s, gone)) {
        return false;
    }
    memcpy(s->gone, gone, sizeof gone);
    return true;
}

// As many steps as nothing changes in, `most` at most. Returns how many.
static int glide(struct descent *d, uint32_t touching, const double force[PLANT_CORNERS], int most)
{
    struct stretch s;
    int steps = 0, level = 0;
    begin(&s, d, touching, force);
    while (steps + (1 << level) <= most && leap(&s, level)) {
        steps += 1 << level;
        level += level + 1 < LEVELS ? 1 : 0;
    }
    while (--level >= 0) {
        if (steps + (1 << level) <= most && leap(&s, level)) {
            steps += 1 << level;
        }
    }
    for (int i = 0; i < d->balance.n; i++) {
        d->balance.target[i] += s.gone[i];
    }
    return steps;
}

int descent_run(struct descent *d)
{
    uint32_t touching = 0;
    int steps = 0;
    for (double speed = stands_nm_s; steps < STEPS_MOST && speed >= stands_nm_s; steps++) {
        double h[PLANT_CORNERS], force[PLANT_CORNERS];
        balance_follow(&d->balance, &touching, h, force);
        int many = glide(d, touching, force, STEPS_MOST - steps - 1);
        steps += many;
        if (many > 0) {
            balance_follow(&d->balance, &touching, h, force);
        }
        speed = step(d, force);
    }
    return steps;
}
