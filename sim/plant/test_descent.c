// A fall many steps at once against the same fall step by step, over random gantries, places and loads.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "sim/plant/parts.h"
#include "sim/plant/test_plant.h"

enum { FALLS = 300 };

/// Uniform in [low, high), by the fall's own noise.
static double draw(struct noise *noise, double low, double high)
{
    return low + (high - low) * noise_draw_uniform(noise, NOISE_OTHER);
}

/// A gantry somewhere over a surface, in contact, above it or over nothing; near its hard stops in one of five.
static void any_fall(struct noise *noise, struct descent *d)
{
    struct plant_model model;
    struct plant plant;
    int64_t tip[3], surface = PLANT_NO_SURFACE;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    bool high = draw(noise, 0, 1) < 0.2;
    int64_t z = high ? model.switch_nm + model.printer.hard_stop_nm + 50 * UM : 40 * MM;
    struct plant_pose pose =
        test_pose((int64_t)draw(noise, 0, 300e6), (int64_t)draw(noise, 0, 300e6), z);
    plant_nozzle(&plant, &model, &pose, tip);
    if (draw(noise, 0, 1) < 0.8) {
        surface = tip[2] - (int64_t)draw(noise, -20e3, 400e3);
    }
    balance_set(&d->balance, &plant, &model, &pose, surface);
    for (int i = 0; i < 4; i++) {
        bool holds = draw(noise, 0, 1) < 0.4;
        d->balance.target[i] -= draw(noise, 0, 30e3);
        d->low[i] = d->balance.target[i] - (holds ? 0 : draw(noise, 0, 6e6));
        d->held[i] = draw(noise, 0.1, 0.8) * model.load[i];
        d->rate[i] = (double)model.printer.sag_speed_nm_s / (model.load[i] - d->held[i]);
    }
}

/// What descent_run stands for.
static int step_by_step(struct descent *d)
{
    const double step_s = 0.25e-3;
    for (int step = 1;; step++) {
        double h[PLANT_CORNERS], force[PLANT_CORNERS], press, fastest = 0;
        balance_solve(&d->balance, h, force, &press);
        for (int i = 0; i < 4; i++) {
            if (force[i] <= d->held[i] || d->balance.target[i] <= d->low[i]) {
                continue;
            }
            double speed = d->rate[i] * (force[i] - d->held[i]);
            d->balance.target[i] = fmax(d->balance.target[i] - speed * step_s, d->low[i]);
            fastest = fmax(fastest, speed);
        }
        if (fastest < 1000 || step == 40000) {
            return step;
        }
    }
}

static void many_steps_at_once_are_the_steps(void **state)
{
    (void)state;
    struct noise noise;
    int long_ones = 0;
    double worst = 0;
    noise_init(&noise, 5, 0);
    for (int k = 0; k < FALLS; k++) {
        struct descent d, chain;
        any_fall(&noise, &d);
        chain = d;
        int steps = descent_run(&d), chained = step_by_step(&chain);
        assert_int_equal(steps, chained);
        for (int i = 0; i < 4; i++) {
            worst = fmax(worst, fabs(d.balance.target[i] - chain.balance.target[i]));
        }
        long_ones += steps > 200 ? 1 : 0;
    }
    print_message("%d falls, %d of them longer than 200 steps: worst difference %.2e nm\n", FALLS,
                  long_ones, worst);
    assert_true(worst < 0.01);
    assert_true(long_ones > FALLS / 4);
}

static void a_held_corner_stays(void **state)
{
    (void)state;
    struct noise noise;
    struct descent d;
    noise_init(&noise, 6, 0);
    any_fall(&noise, &d);
    for (int i = 0; i < 4; i++) {
        d.low[i] = d.balance.target[i];
    }
    struct descent before = d;
    assert_int_equal(descent_run(&d), 1);
    assert_memory_equal(d.balance.target, before.balance.target, sizeof d.balance.target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_steps_at_once_are_the_steps),
        cmocka_unit_test(a_held_corner_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
