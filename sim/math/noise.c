// Counter-based noise: a chain of SplitMix64 finalisers over seed, subsystem, ordinal and cut.
// SPDX-License-Identifier: MIT
#include "sim/math/noise.h"

#include <math.h>
#include <string.h>

#include "sim/math/math.h"

// Finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static double unit(uint64_t bits)
{
    return (double)(bits >> 11) * (1.0 / 9007199254740992.0);
}

void noise_init(struct noise *noise, uint64_t seed, uint32_t off)
{
    memset(noise, 0, sizeof *noise);
    noise->seed = seed;
    noise->off = off;
}

uint64_t noise_bits(const struct noise *noise, enum noise_subsystem subsystem, uint64_t ordinal)
{
    uint64_t h = mix(noise->seed);
    h = mix(h ^ ((uint64_t)subsystem + 1));
    h = mix(h ^ noise->cut);
    return mix(h ^ ordinal);
}

double noise_uniform(const struct noise *noise, enum noise_subsystem subsystem, uint64_t ordinal)
{
    return unit(noise_bits(noise, subsystem, ordinal));
}

bool noise_on(const struct noise *noise, enum noise_subsystem subsystem)
{
    return ((noise->off >> (unsigned)subsystem) & 1u) == 0;
}

double noise_normal(const struct noise *noise, enum noise_subsystem subsystem, uint64_t ordinal)
{
    if (!noise_on(noise, subsystem)) {
        return 0.0;
    }
    uint64_t first = noise_bits(noise, subsystem, ordinal);
    double radius = 1.0 - unit(first); // in (0, 1]: its logarithm is finite
    double angle = 2.0 * SIM_PI * unit(mix(first ^ 0xd1b54a32d192ed03u));
    return sqrt(-2.0 * sim_log(radius)) * sim_cos(angle);
}

double noise_draw_uniform(struct noise *noise, enum noise_subsystem subsystem)
{
    uint64_t ordinal = noise->next[subsystem]++;
    return noise_on(noise, subsystem) ? noise_uniform(noise, subsystem, ordinal) : 0.5;
}

double noise_draw_normal(struct noise *noise, enum noise_subsystem subsystem)
{
    return noise_normal(noise, subsystem, noise->next[subsystem]++);
}
