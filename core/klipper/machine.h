// What a Klipper configuration tells of the machine itself, as values for a printer file.
// SPDX-License-Identifier: MIT
#ifndef KLIPPER_MACHINE_H
#define KLIPPER_MACHINE_H

#include "core/klipper/section.h"

enum { KLIPPER_FACTS = 80 };

/// A value of a printer file, and where it comes from.
struct klipper_fact {
    char key[48];             ///< "limits.travel"
    char word[128];           ///< a word or text, "" for numbers
    int count;                ///< of numbers
    int64_t value[4];         ///< base units of the printer file: nm, us, nm/s, um/s2
    struct klipper_mark mark; ///< line 0: from no line of the configuration
    char note[96];            ///< "[stepper_x] position_max"; how it was worked out
};

struct klipper_machine {
    struct klipper_fact fact[KLIPPER_FACTS];
    int facts;
    struct klipper_plr plr; ///< when there is a [power_loss_recovery] section
    bool has_plr;
};

/// Read the machine. Returns 0; or LAB_EINVAL with file, line and column: kinematics that cannot be simulated (delta, polar
/// ...), more than four Z motors or different ones, steppers without rotation_distance, microsteps or position_max, levelling
/// points that do not go with the motors, and whatever klipper_plr_read refuses.
int klipper_machine_read(const struct klipper_conf *conf, struct klipper_machine *out,
                         struct lab_error *err);

/// The fact of that key, NULL when there is none.
const struct klipper_fact *klipper_machine_find(const struct klipper_machine *machine,
                                                const char *key);

#endif
