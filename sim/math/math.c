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

int64_t sim_nearest(int64_t value, int64_t step)
{
    int64_t shifted = value + step / 2;
    int64_t quotient = shifted / step;
    if (shifted % step < 0) {
        quotient--;
    }
    return quotient * step;
}

// 2 to the n/32
static const double root[32] = {
    1.0,
    1.0218971486541166,
    1.0442737824274138,
    1.0671404006768237,
    1.0905077326652577,
    1.1143867425958924,
    1.1387886347566916,
    1.1637248587775775,
    1.189207115002721,
    1.215247359980469,
    1.241857812073484,
    1.2690509571917332,
    1.2968395546510096,
    1.3252366431597413,
    1.3542555469368927,
    1.383909881963832,
    1.4142135623730951,
    1.4451808069770467,
    1.4768261459394993,
    1.5091644275934228,
    1.5422108254079407,
    1.5759808451078865,
    1.6104903319492543,
    1.645755478153965,
    1.681792830507429,
    1.718619298122478,
    1.7562521603732995,
    1.7947090750031072,
    1.8340080864093424,
    1.8741676341103,
    1.9152065613971474,
    1.9571441241754002,
};
static const double step_high = 0.021660849335603416; // upper bits of ln 2 / 32, the rest below
static const double step_low = 5.689487495325457e-11;
static const double steps_per_unit = 46.16624130844683;

double sim_exp(double x)
{
    if (x < -700.0) {
        return 0.0;
    }
    if (x > 700.0) {
        x = 700.0;
    }
    int64_t n = sim_round(x * steps_per_unit); // x = n ln 2 / 32 + r
    double r = x - (double)n * step_high - (double)n * step_low;
    // Taylor; |r| < 0.011, remainder below 1e-17
    double tail = 1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720));
    double grown = r + r * r * (1.0 / 2 + r * (1.0 / 6 + r * tail));
    int64_t place = n & 31, whole = (n - place) / 32;
    double sum = root[place] + root[place] * grown;
    return whole < -1000 ? sum * power_of_two((int)whole + 60) * power_of_two(-60)
                         : sum * power_of_two((int)whole);
}

// ln(1 + n/16), n from -5 to 7
static const double logs[13] = {
    -0.3746934494414107,  -0.2876820724517809,  -0.2076393647782445,
    -0.13353139262452263, -0.06453852113757118, 0.0,
    0.06062462181643484,  0.11778303565638346,  0.17185025692665923,
    0.22314355131420976,  0.27193371548364176,  0.3184537311185346,
    0.3629054936893685,
};

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
    // ln m = ln c + 2 artanh s with c the nearest sixteenth; |s| < 0.023, remainder below 1e-17
    int n = (int)(m * 16 + 0.5) - 16;
    double c = 1 + n * (1.0 / 16), s = (m - c) / (m + c), square = s * s;
    double odd = 1.0 / 3 + square * (1.0 / 5 + square * (1.0 / 7 + square * (1.0 / 9)));
    double low = 2 * s * (square * odd) + (double)exponent * ln2_low;
    return (double)exponent * ln2_high + (logs[n + 5] + (2 * s + low));
}

// Sine and cosine of |r| <= pi/4 by Taylor; the remainder is below 1e-17.
static double sine_near(double r)
{
    static const double inverse[8] = {1.0 / (2 * 3),   1.0 / (4 * 5),   1.0 / (6 * 7),
                                      1.0 / (8 * 9),   1.0 / (10 * 11), 1.0 / (12 * 13),
                                      1.0 / (14 * 15), 1.0 / (16 * 17)};
    double square = r * r;
    double sum = 1.0;
    for (int k = 7; k >= 0; k--) {
        sum = 1.0 - sum * square * inverse[k];
    }
    return r * sum;
}

static double cosine_near(double r)
{
    static const double inverse[9] = {1.0 / (1 * 2),   1.0 / (3 * 4),   1.0 / (5 * 6),
                                      1.0 / (7 * 8),   1.0 / (9 * 10),  1.0 / (11 * 12),
                                      1.0 / (13 * 14), 1.0 / (15 * 16), 1.0 / (17 * 18)};
    double square = r * r;
    double sum = 1.0;
    for (int k = 8; k >= 0; k--) {
        sum = 1.0 - sum * square * inverse[k];
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
