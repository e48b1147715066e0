// Noise: repeats, differs between cuts and subsystems, has the moments it should, and can be switched off.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/math/noise.h"

static void repeats_and_differs(void **state)
{
    (void)state;
    struct noise a, b;
    noise_init(&a, 7, 0);
    noise_init(&b, 7, 0);
    assert_int_equal(noise_bits(&a, NOISE_SAG, 5), noise_bits(&b, NOISE_SAG, 5));
    assert_int_not_equal(noise_bits(&a, NOISE_SAG, 5), noise_bits(&a, NOISE_SAG, 6));
    assert_int_not_equal(noise_bits(&a, NOISE_SAG, 5), noise_bits(&a, NOISE_XY, 5));
    b.cut = 1;
    assert_int_not_equal(noise_bits(&a, NOISE_SAG, 5), noise_bits(&b, NOISE_SAG, 5));
    noise_init(&b, 8, 0);
    assert_int_not_equal(noise_bits(&a, NOISE_SAG, 5), noise_bits(&b, NOISE_SAG, 5));
}

static void draws_count(void **state)
{
    (void)state;
    struct noise noise;
    noise_init(&noise, 1, 0);
    double first = noise_draw_normal(&noise, NOISE_BELT);
    double second = noise_draw_normal(&noise, NOISE_BELT);
    assert_true(fabs(first - second) > 0);
    assert_true(fabs(first - noise_normal(&noise, NOISE_BELT, 0)) <= 0);
    assert_int_equal(noise.next[NOISE_BELT], 2);
    assert_int_equal(noise.next[NOISE_SWITCH], 0);
}

static void moments(void **state)
{
    (void)state;
    struct noise noise;
    noise_init(&noise, 99, 0);
    enum { N = 40000 };
    double sum = 0, square = 0, fourth = 0, level = 0;
    for (int i = 0; i < N; i++) {
        double x = noise_draw_normal(&noise, NOISE_SWITCH);
        sum += x;
        square += x * x;
        fourth += x * x * x * x;
        level += noise_draw_uniform(&noise, NOISE_OTHER);
    }
    assert_true(fabs(sum / (double)N) < 0.02);
    assert_true(fabs(square / (double)N - 1.0) < 0.03);
    assert_true(fabs(fourth / (double)N - 3.0) < 0.2);
    assert_true(fabs(level / (double)N - 0.5) < 0.006);
}

static void terms_switch_off(void **state)
{
    (void)state;
    struct noise noise;
    noise_init(&noise, 1, 1u << NOISE_HEAT);
    assert_true(fabs(noise_draw_normal(&noise, NOISE_HEAT)) <= 0);
    assert_true(fabs(noise_draw_uniform(&noise, NOISE_HEAT) - 0.5) <= 0);
    assert_true(fabs(noise_draw_normal(&noise, NOISE_STEP)) > 0);
    assert_false(noise_on(&noise, NOISE_HEAT));
    assert_int_equal(noise.next[NOISE_HEAT], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_and_differs),
        cmocka_unit_test(draws_count),
        cmocka_unit_test(moments),
        cmocka_unit_test(terms_switch_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
