// Tests of the look-ahead planner: against closed forms, and by properties over random paths.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "sim/firmware/planner.h"

/// cmocka 1.1.5 compares no doubles: equal to a part in 1e9 (or 1e-9 near zero).
#define assert_close(a, b)        assert_within(a, b, 1e-9 * (1.0 + fabs(b)))
#define assert_within(a, b, room) check_within((a), (b), (room), #a, __LINE__)

static void check_within(double a, double b, double room, const char *what, int line)
{
    if (!(fabs(a - b) <= room)) {
        print_error("line %d: %s is %.12g, should be %.12g (+- %g)\n", line, what, a, b, room);
        fail();
    }
}

static struct sim_block block_to(double x, double y, double z, double length, double speed,
                                 double accel)
{
    double norm = sqrt(x * x + y * y + z * z);
    struct sim_block block = {.length_mm = length, .speed = speed, .accel = accel};

    if (norm > 0.0) {
        block.direction[0] = x / norm;
        block.direction[1] = y / norm;
        block.direction[2] = z / norm;
    }
    return block;
}

static void push(struct sim_planner *planner, struct sim_block block)
{
    planner_push(planner, &block);
}

static struct sim_block pop(struct sim_planner *planner)
{
    struct sim_block block;
    assert_true(planner_pop(planner, &block));
    return block;
}

// --- closed forms ------------------------------------------------------------------------------------

static void a_lone_block_is_a_trapezoid(void **state)
{
    (void)state;
    struct sim_planner planner;
    planner_init(&planner, 16, 5.0);
    push(&planner, block_to(1, 0, 0, 100.0, 200.0, 2000.0));
    struct sim_block b = pop(&planner);
    // T = L / v + v / a; both ramps cover v2 / 2a
    assert_close(block_duration(&b), 100.0 / 200.0 + 200.0 / 2000.0);
    assert_close(b.d_up, 10.0);
    assert_close(b.d_cruise, 80.0);
    assert_close(block_distance(&b, 0.05), 0.5 * 2000.0 * 0.05 * 0.05);
    assert_close(block_distance(&b, 0.1 + 0.2), 10.0 + 200.0 * 0.2);
    assert_close(block_speed(&b, 0.05), 100.0);
    assert_close(block_speed(&b, 0.3), 200.0);
    assert_close(block_speed(&b, 0.6 - 0.025), 50.0);
    assert_close(block_time(&b, 50.0), 0.1 + 40.0 / 200.0);
    assert_close(block_time(&b, 97.5), 0.6 - 0.05); // 2.5 mm from the end at 2000 mm/s2: 50 ms
}

static void a_short_block_is_a_triangle(void **state)
{
    (void)state;
    struct sim_planner planner;
    planner_init(&planner, 16, 5.0);
    push(&planner, block_to(0, 1, 0, 2.0, 200.0, 2000.0));
    struct sim_block b = pop(&planner);
    assert_close(block_duration(&b), 2.0 * sqrt(2.0 / 2000.0));
    assert_close(b.vc, sqrt(2000.0 * 2.0));
    assert_close(b.d_cruise, 0.0);
}

static void outside_its_time_a_block_stands_at_its_ends(void **state)
{
    (void)state;
    struct sim_planner planner;
    planner_init(&planner, 16, 5.0);
    push(&planner, block_to(1, 0, 0, 10.0, 100.0, 1000.0));
    struct sim_block b = pop(&planner);
    double end = block_duration(&b);
    assert_true(block_distance(&b, -1.0) == 0.0 && block_distance(&b, 0.0) == 0.0);
    assert_true(block_distance(&b, end + 1.0) == 10.0);
    assert_true(block_speed(&b, -1.0) == 0.0 && block_speed(&b, end + 1.0) == 0.0);
    assert_true(block_time(&b, -1.0) == 0.0 && block_time(&b, 11.0) == end);
    assert_false(planner_pop(&planner, &b));
    assert_false(planner_pop_braking(&planner, &b));
}

// --- junctions -------------------------------------------------------------------------------------------

/// Speed in the corner between two long moves.
static double corner_speed(struct sim_block a, struct sim_block b, double corner)
{
    struct sim_planner planner;
    planner_init(&planner, 16, corner);
    push(&planner, a);
    push(&planner, b);
    struct sim_block first = pop(&planner), second = pop(&planner);
    assert_true(first.v1 == second.v0);
    return first.v1;
}

static void a_square_corner_is_taken_at_exactly_its_speed(void **state)
{
    (void)state;
    for (double corner = 1.0; corner < 12.0; corner += 1.0)
        assert_close(corner_speed(block_to(1, 0, 0, 50, 150, 3000),
                                  block_to(0, 1, 0, 50, 150, 3000), corner),
                     corner);
    // also up in space, and whatever the acceleration
    assert_close(
        corner_speed(block_to(1, 1, 0, 50, 150, 500), block_to(0, 0, 1, 50, 150, 500), 5.0), 5.0);
}

/// From geometry: a circle that touches both legs and passes the vertex at the distance that a square corner implies.
static double by_geometry(double turn, double corner, double accel)
{
    double distance = corner * corner * (sqrt(2.0) - 1.0) / accel;
    double radius = distance * cos(turn / 2.0) / (1.0 - cos(turn / 2.0));
    return sqrt(accel * radius);
}

static void other_corners_follow_the_circle_through_them(void **state)
{
    (void)state;
    for (int degrees = 10; degrees <= 170; degrees += 10) {
        double turn = degrees * acos(-1.0) / 180.0;
        double v = corner_speed(block_to(1, 0, 0, 500, 400, 3000),
                                block_to(cos(turn), sin(turn), 0, 500, 400, 3000), 5.0);
        assert_within(v, by_geometry(turn, 5.0, 3000.0), 1e-6);
    }
}

static void straight_on_and_back(void **state)
{
    (void)state;
    struct sim_block ahead = block_to(1, 0, 0, 50, 120, 3000),
                     slower = block_to(1, 0, 0, 50, 80, 3000);
    struct sim_block back = block_to(-1, 0, 0, 50, 120, 3000),
                     filament = block_to(0, 0, 0, 2, 30, 1000);
    assert_close(corner_speed(ahead, ahead, 5.0), 120.0);
    assert_close(corner_speed(ahead, slower, 5.0), 80.0);
    assert_close(corner_speed(slower, ahead, 5.0), 80.0); // never faster than the slower of both
    assert_true(corner_speed(ahead, back, 5.0) == 0.0);
    assert_true(corner_speed(ahead, filament, 5.0) == 0.0);
    assert_true(corner_speed(filament, ahead, 5.0) == 0.0);
}

/// Many chords of a circle, no corner rule in the way: v2 = a r cos(half a turn), the centripetal law.
static void short_segments_on_a_circle_obey_centripetal_acceleration(void **state)
{
    (void)state;
    const double radius = 10.0, turn = acos(-1.0) / 90.0, accel = 1000.0;
    const double chord = 2.0 * radius * sin(turn / 2.0),
                 fastest = sqrt(accel * radius * cos(turn / 2.0));
    struct sim_planner planner;
    double most = 0.0;

    planner_init(&planner, SIM_QUEUE, 500.0);
    for (int i = 0; i < 180; i++) {
        if (planner_full(&planner)) {
            struct sim_block b = pop(&planner);
            assert_true(b.v1 <= fastest * (1.0 + 1e-9));
            most = b.v1 > most ? b.v1 : most;
        }
        push(&planner, block_to(cos(turn * i), sin(turn * i), 0, chord, 300.0, accel));
    }
    assert_within(most, fastest, fastest * 1e-6); // and the limit is reached
}

// --- the queue ----------------------------------------------------------------------------------------------

static void depth_is_kept_within_reason(void **state)
{
    (void)state;
    struct sim_planner planner;
    planner_init(&planner, 1, 5.0);
    assert_int_equal(planner.depth, 2);
    planner_init(&planner, 100000, 5.0);
    assert_int_equal(planner.depth, SIM_QUEUE);
    for (int i = 0; i < SIM_QUEUE; i++) {
        assert_false(planner_full(&planner));
        push(&planner, block_to(1, 0, 0, 1, 100, 1000));
    }
    assert_true(planner_full(&planner));
}

/// The planner sees only what is queued: a straight line of crumbs is no faster than the queue lets it stop.
static void speed_is_what_the_queue_can_stop(void **state)
{
    (void)state;
    const int depths[] = {2, 5, 20};
    for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
        struct sim_planner planner;
        double most = 0.0;
        planner_init(&planner, depths[d], 5.0);
        for (int i = 0; i < 300; i++) {
            if (planner_full(&planner)) {
                double v = pop(&planner).v1;
                most = v > most ? v : most;
            }
            push(&planner, block_to(1, 0, 0, 0.1, 500.0, 1000.0));
        }
        assert_close(most, sqrt(2.0 * 1000.0 * 0.1 * (depths[d] - 1)));
    }
}

static void after_a_stop_the_path_begins_anew(void **state)
{
    (void)state;
    struct sim_planner planner;
    planner_init(&planner, 4, 5.0);
    for (int i = 0; i < 3; i++)
        push(&planner, block_to(1, 0, 0, 10, 100, 1000));
    assert_true(pop(&planner).v1 > 50.0);
    planner_stop(&planner);
    assert_int_equal(planner.count, 0);
    push(&planner, block_to(1, 0, 0, 10, 100, 1000));
    assert_true(pop(&planner).v0 == 0.0);
}

static void a_braking_block_is_taken_as_it_is(void **state)
{
    (void)state;
    struct sim_planner planner;
    struct sim_block b;
    planner_init(&planner, 4, 5.0);
    push(&planner, block_to(1, 0, 0, 10, 100, 1000));
    push(&planner, block_to(1, 0, 0, 10, 100, 1000));
    block_profile(planner_at(&planner, 0), 90.0, 20.0);
    assert_true(planner_pop_braking(&planner, &b));
    assert_true(b.v0 == 90.0 && b.v1 == 20.0);
    assert_int_equal(planner.count, 1);
}

// --- properties over random paths -----------------------------------------------------------------------------

static uint64_t seed;

static double any(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 40) / 16777216.0;
}

static struct sim_block any_block(void)
{
    double accel = any(300, 8000), speed = any(1, 400);
    double length = any(0, 1) < 0.5 ? any(0.005, 0.6) : any(0.6, 80);
    if (any(0, 1) < 0.08)
        return block_to(0, 0, 0, any(0.1, 5), any(5, 60), accel); // a retraction
    if (any(0, 1) < 0.3)
        return block_to(1, 0, 0, length, speed, accel); // straight on, sometimes
    return block_to(any(-1, 1), any(-1, 1), any(0, 1) < 0.2 ? any(-1, 1) : 0.0, length, speed,
                    accel);
}

/// Within its limits, whole, and its two directions of asking agree.
static void check_block(const struct sim_block *b)
{
    const double eps = 1e-7;
    double end = block_duration(b), before_d = 0.0, before_v = b->v0, before_t = 0.0, sum = 0.0;

    assert_true(b->vc <= b->speed * (1.0 + 1e-9) + 1e-9);
    assert_within(b->d_up + b->d_cruise + b->t_down * 0.5 * (b->vc + b->v1), b->length_mm, eps);
    assert_within(block_distance(b, end), b->length_mm, eps);
    for (int i = 1; i <= 50; i++) {
        double t = end * i / 50.0, d = block_distance(b, t), v = block_speed(b, t);
        assert_true(d >= before_d - eps && v >= 0.0 && v <= b->vc + eps);
        assert_true(fabs(v - before_v) <= b->accel * (t - before_t) + eps);
        // distance grows by a speed between the least and the largest on the way
        assert_true(d - before_d <= (t - before_t) * b->vc + eps);
        assert_within(block_distance(b, block_time(b, d)), d, eps);
        if (v > 1.0)
            assert_within(block_time(b, d), t, 1e-6 + 1e-6 / v);
        sum += d - before_d;
        before_d = d;
        before_v = v;
        before_t = t;
    }
    assert_within(sum, b->length_mm, eps);
    assert_within(before_v, b->v1, eps);
}

static void check_path(int32_t depth, int blocks, double corner)
{
    struct sim_planner planner;
    double exit = 0.0;
    int taken = 0;

    planner_init(&planner, depth, corner);
    for (int i = 0; i < blocks || planner.count; i++) {
        if (i < blocks && !planner_full(&planner)) {
            push(&planner, any_block());
            continue;
        }
        double allowed = planner.count > 1 ? planner_at(&planner, 1)->entry2_max : 0.0;
        struct sim_block b = pop(&planner);
        assert_true(b.v0 == exit);
        assert_true(b.v1 <= sqrt(allowed) * (1.0 + 1e-9) + 1e-9);
        check_block(&b);
        exit = b.v1;
        taken++;
        i -= i < blocks; // this turn pushed nothing
    }
    assert_int_equal(taken, blocks);
    assert_true(exit == 0.0);
}

static void random_paths_keep_every_limit(void **state)
{
    (void)state;
    for (int path = 0; path < 60; path++) {
        seed = 1000 + (uint64_t)path;
        if (path % 60 == 0)
            print_message("seeds from %d\n", 1000);
        check_path(2 + path % SIM_QUEUE, 120, any(0.5, 20));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lone_block_is_a_trapezoid),
        cmocka_unit_test(a_short_block_is_a_triangle),
        cmocka_unit_test(outside_its_time_a_block_stands_at_its_ends),
        cmocka_unit_test(a_square_corner_is_taken_at_exactly_its_speed),
        cmocka_unit_test(other_corners_follow_the_circle_through_them),
        cmocka_unit_test(straight_on_and_back),
        cmocka_unit_test(short_segments_on_a_circle_obey_centripetal_acceleration),
        cmocka_unit_test(depth_is_kept_within_reason),
        cmocka_unit_test(speed_is_what_the_queue_can_stop),
        cmocka_unit_test(after_a_stop_the_path_begins_anew),
        cmocka_unit_test(a_braking_block_is_taken_as_it_is),
        cmocka_unit_test(random_paths_keep_every_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
