// Noise without a stream: every draw is a hash of (seed, subsystem, ordinal, cut), so draws cannot
// disturb each other. SPDX-License-Identifier: MIT
//
// Design section 3.6: calibration and resume draw independently (ordinals run on), two cuts of one
// print differ (the cut is hashed in), a replay repeats (nothing else is).
#ifndef SIM_NOISE_H
#define SIM_NOISE_H

#include <stdbool.h>
#include <stdint.h>

/// Who draws. The first nine are the terms of enum lab_noise, in its order, and can be switched off
/// one by one.
enum noise_subsystem {
    NOISE_SWITCH, ///< repeatability of one touch of a z_plus switch
    NOISE_STEP,   ///< microstep and load angle of a Z motor
    NOISE_BELT,   ///< Z belt stretch from visit to visit
    NOISE_HEAT,   ///< Z reference that no heat model explains
    NOISE_NOZZLE, ///< nozzle temperature against its reading
    NOISE_PART,   ///< expansion and release temperature of the part's material
    NOISE_LEVEL,  ///< corners against each other
    NOISE_XY,     ///< X and Y homing
    NOISE_SAG,    ///< which corner falls, and how far
    NOISE_BOND,   ///< pull-off force of a frozen nozzle
    NOISE_BOUNCE, ///< contact bounce
    NOISE_OOZE,   ///< filament lost while nobody looks
    NOISE_FALSE,  ///< false early triggers
    NOISE_MEMORY, ///< for sim/nv: tears and lost writes
    NOISE_OTHER,  ///< for the firmware and the world
    NOISE_SUBSYSTEMS
};

/// Plain data; part of the world. `next` counts the draws of each subsystem.
struct noise {
    uint64_t seed;
    uint64_t cut; ///< identity of the last power cut (any number that differs between cuts); 0
                  ///< before the first
    uint32_t off; ///< bit per subsystem that draws zeros (enum lab_noise bits)
    uint32_t next[NOISE_SUBSYSTEMS];
};

/// Start: no cut yet, all counters zero.
void noise_init(struct noise *noise, uint64_t seed, uint32_t off);

/// 64 uniform bits of draw number `ordinal` of `subsystem`. Pure: changes nothing, ignores `off`.
uint64_t noise_bits(const struct noise *noise, enum noise_subsystem subsystem, uint64_t ordinal);
/// Uniform in [0, 1), 53 bits, from the same hash.
double noise_uniform(const struct noise *noise, enum noise_subsystem subsystem, uint64_t ordinal);
/// Normal with mean 0 and sigma 1 (Box-Muller on our own log, cos and sqrt); 0 when the subsystem
/// is off.
double noise_normal(const struct noise *noise, enum noise_subsystem subsystem, uint64_t ordinal);

/// The same with the subsystem's own counter, which each call advances by one (also when the
/// subsystem is off).
double noise_draw_uniform(struct noise *noise, enum noise_subsystem subsystem);
double noise_draw_normal(struct noise *noise, enum noise_subsystem subsystem);
/// Is the term switched on?
bool noise_on(const struct noise *noise, enum noise_subsystem subsystem);

#endif
