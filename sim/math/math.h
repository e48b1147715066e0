// Elementary functions that give the same bits with every compiler, optimisation level and C
// library. SPDX-License-Identifier: MIT
//
// Only + - * / and sqrt are used (all exactly rounded by IEEE 754); libm's exp and sin are not, and
// differ between libraries. Relative error below 1e-14 in the ranges given, far below a nanometre
// in a metre.
#ifndef SIM_MATH_H
#define SIM_MATH_H

#include <stdint.h>

#define SIM_PI 3.14159265358979323846

/// e to the x. 0 below -700; +infinity never: x is held at 700.
double sim_exp(double x);
/// Natural logarithm of x > 0; of anything else, the logarithm of the smallest normal number.
double sim_log(double x);
/// Sine and cosine of x radians, |x| < 1e6.
double sim_sin(double x);
double sim_cos(double x);
/// Angle of (x, y) in radians, -pi to pi; 0 for the origin.
double sim_atan2(double y, double x);
/// Nearest integer, halves away from zero; |x| < 2^62. The same as llround, without libm's errno
/// and modes. Inline, and without a branch: thousands in a recovery, of signs that nobody can guess.
static inline int64_t sim_round(double x)
{
    return (int64_t)(x + __builtin_copysign(0.5, x));
}
/// `value` rounded to the nearest multiple of `step` > 0, halves upwards. Negative values too.
int64_t sim_nearest(int64_t value, int64_t step);

#endif
