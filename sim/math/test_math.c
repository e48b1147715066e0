// Our exp, log, sin, cos, atan2 against the C library's, and the exact bits that every compiler must give.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/math/math.h"

static void near(double ours, double theirs)
{
    assert_true(fabs(ours - theirs) <= 1e-14 * (fabs(theirs) + 1e-2));
}

static void follows_the_library(void **state)
{
    (void)state;
    for (int i = -4000; i <= 4000; i++) {
        double x = (double)i * 0.017;
        near(sim_exp(x), exp(x));
        near(sim_sin(x), sin(x));
        near(sim_cos(x), cos(x));
        near(sim_log(fabs(x) + 1e-9), log(fabs(x) + 1e-9));
        near(sim_atan2(x, 3.0), atan2(x, 3.0));
        near(sim_atan2(-2.0, x), atan2(-2.0, x));
    }
    for (int i = -1000; i <= 1000; i++) { // all of the table, and relative
        double x = (double)i * 0.0107;
        assert_true(fabs(sim_exp(x) / exp(x) - 1) < 1e-15);
    }
    for (int i = 1; i <= 4000;
         i++) { // on both sides of each of its places, and close to one, relative
        double x = 1 + ((double)i - 2000.5) * 0.0005, close = 1 + ((double)i - 2000.5) * 1e-9;
        assert_true(fabs(sim_log(x) / log(x) - 1) < 2e-15);
        assert_true(fabs(sim_log(close) / log(close) - 1) < 2e-15);
    }
    near(sim_exp(-699.0) * 1e300, exp(-699.0) * 1e300);
}

static void edges(void **state)
{
    (void)state;
    assert_true(sim_exp(-1e9) <= 0.0);
    assert_true(sim_exp(1e9) < HUGE_VAL);
    assert_true(sim_log(0.0) < -708.0 && sim_log(-1.0) < -708.0);
    assert_true(sim_atan2(0.0, 0.0) <= 0.0);
    near(sim_atan2(0.0, -1.0), SIM_PI);
    near(sim_log(1e-300), log(1e-300));
}

static void rounds(void **state)
{
    (void)state;
    assert_int_equal(sim_round(2.5), 3);
    assert_int_equal(sim_round(-2.5), -3);
    assert_int_equal(sim_round(-0.4), 0);
    assert_int_equal(sim_nearest(59, 40), 40);
    assert_int_equal(sim_nearest(60, 40), 80);
    assert_int_equal(sim_nearest(-59, 40), -40);
    assert_int_equal(sim_nearest(-61, 40), -80);
    assert_int_equal(sim_nearest(-20, 40), 0);
}

static void fold(uint64_t *hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    *hash = (*hash ^ bits) * 0x100000001b3u;
}

// A hash over many results: differs when any compiler, level or library changes a single bit.
static void same_bits_everywhere(void **state)
{
    (void)state;
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 1; i < 2000; i++) {
        double x = (double)i * 0.01234567;
        fold(&hash, sim_exp(-x));
        fold(&hash, sim_log(x));
        fold(&hash, sim_sin(x));
        fold(&hash, sim_cos(x));
        fold(&hash, sim_atan2(x, 1.0 - x));
    }
    assert_int_equal(hash, 0x508320d4bcb3c63du);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_library),
        cmocka_unit_test(edges),
        cmocka_unit_test(rounds),
        cmocka_unit_test(same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
