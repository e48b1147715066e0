// Elementary functions from + - * / and sqrt alone, so that every build computes the same bits.
// SPDX-License-Identifier: MIT
#include "sim/math/math.h"

#include <math.h>
#include <string.h>

static const double ln2_high = 6.93147180369123816490e-01; // upper bits of ln 2, the rest below
static const double ln2_low = 1.90821492927058770002e-10;
static const double half_pi_high = 1.57079632673412561417e+00;
static const double half_pi_low = 6.07710050650619224932e-11;

static double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(1023 + exponent) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int64_t sim_round(double x)
{
    return x < 0 ? -(int64_t)(0.5 - x) : (int64_t)(x + 0.5);
}

int64_t sim_nearest(int64_t value, int64_t step)
{
    int64_t shifted = value + step / 2;
    int64_t quotient = shifted / step;
    if (shifted % step < 0) {
        quotient--;
    }
    return quotient * step;
}

static const double inverse_factorial[15] = {
    1.0,
    1.0,
    1.0 / 2,
    1.0 / 6,
    1.0 / 24,
    1.0 / 120,
    1.0 / 720,
    1.0 / 5040,
    1.0 / 40320,
    1.0 / 362880,
    1.0 / 3628800,
    1.0 / 39916800,
    1.0 / 479001600,
    1.0 / 6227020800,
    1.0 / 87178291200,
};

double sim_exp(double x)
{
    if (x < -700.0) {
        return 0.0;
    }
    if (x > 700.0) {
        x = 700.0;
    }
    int64_t n = sim_round(x / (ln2_high + ln2_low));
    double r = x - (double)n * ln2_high - (double)n * ln2_low;
    double sum = inverse_factorial[14];
    for (int k = 13; k >= 0; k--) { // Taylor by Horner; |r| < 0.35, remainder below 1e-18
        sum = inverse_factorial[k] + sum * r;
    }
    return n < -1000 ? sum * power_of_two((int)n + 60) * power_of_two(-60)
                     : sum * power_of_two((int)n);
}

double sim_log(double x)
{
    const double smallest = 2.2250738585072014e-308;
    if (!(x >= smallest)) {
        x = smallest;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | ((uint64_t)1023 << 52);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    double s = (m - 1.0) / (m + 1.0);
    double square = s * s;
    double sum = 0.0;
    for (int k = 25; k >= 1; k -= 2) { // ln m = 2 artanh s
        sum = sum * square + 1.0 / (double)k;
    }
    return (double)exponent * ln2_high + (2.0 * s * sum + (double)exponent * ln2_low);
}

// Sine and cosine of |r| <= pi/4 by Taylor.
static double sine_near(double r)
{
    double square = r * r;
    double sum = 1.0;
    for (int k = 18; k >= 2; k -= 2) {
        sum = 1.0 - sum * square / (double)(k * (k + 1));
    }
    return r * sum;
}

static double cosine_near(double r)
{
    double square = r * r;
    double sum = 1.0;
    for (int k = 19; k >= 1; k -= 2) {
        sum = 1.0 - sum * square / (double)(k * (k + 1));
    }
    return sum;
}

static double turn(double x, int64_t quarter)
{
    int64_t n = sim_round(x / (half_pi_high + half_pi_low));
    double r = x - (double)n * half_pi_high - (double)n * half_pi_low;
    switch ((n + quarter) & 3) {
    case 0: return sine_near(r);
    case 1: return cosine_near(r);
    case 2: return -sine_near(r);
    default: return -cosine_near(r);
    }
}

double sim_sin(double x)
{
    return turn(x, 0);
}

double sim_cos(double x)
{
    return turn(x, 1);
}

// Arctangent of 0 <= t <= 1: halve the angle twice, then the series.
static double arctangent(double t)
{
    t = t / (1.0 + sqrt(1.0 + t * t));
    t = t / (1.0 + sqrt(1.0 + t * t));
    double square = t * t;
    double sum = 0.0;
    for (int k = 23; k >= 1; k -= 2) {
        sum = 1.0 / (double)k - square * sum;
    }
    return 4.0 * t * sum;
}

double sim_atan2(double y, double x)
{
    double ax = fabs(x);
    double ay = fabs(y);
    if (ax <= 0.0 && ay <= 0.0) {
        return 0.0;
    }
    double angle = ay <= ax ? arctangent(ay / ax) : SIM_PI / 2 - arctangent(ax / ay);
    if (x < 0) {
        angle = SIM_PI - angle;
    }
    return y < 0 ? -angle : angle;
}
