// A GPIO chip of the kernel's gpio-sim, for tests: what a wire would see of each line, and what a wire does to it.
// SPDX-License-Identifier: MIT
//
// Needs root and configfs, as in the guest of ci/gpio-vm. Outputs of a line that nobody holds fall back to its pull.
#ifndef RIG_GPIO_SIM_CHIP_H
#define RIG_GPIO_SIM_CHIP_H

#include <stdbool.h>
#include <stdint.h>

struct sim_chip {
    char name[32];   ///< of its folder in configfs
    char sysfs[128]; ///< where its lines are
    uint32_t lines;
};

/// Make a chip with that label, whose lines are called PREFIX0, PREFIX1... Returns whether it is there.
bool sim_chip_make(struct sim_chip *out, const char *name, const char *label, uint32_t lines,
                   const char *prefix);
/// Take it away, also while its lines are held.
void sim_chip_remove(struct sim_chip *chip);
/// Pull a line up or down from outside: an input sees an edge.
bool sim_chip_pull(const struct sim_chip *chip, uint32_t line, bool up);
/// The voltage that the line has now: 0, 1, or -1 when the chip is gone.
int sim_chip_level(const struct sim_chip *chip, uint32_t line);

#endif
