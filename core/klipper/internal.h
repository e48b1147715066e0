// What the readers of the [power_loss_recovery] section share.
// SPDX-License-Identifier: MIT
#ifndef KLIPPER_INTERNAL_H
#define KLIPPER_INTERNAL_H

#include "core/klipper/section.h"

/// A section being read: from where, into what.
struct klipper_view {
    const struct klipper_conf *conf;
    struct klipper_plr *plr;
    struct lab_error *err;
};

/// Complain about an option's value. Returns LAB_EINVAL.
__attribute__((format(printf, 3, 4))) int klipper_option_fail(const struct klipper_view *view,
                                                              const struct klipper_option *option,
                                                              const char *format, ...);

/// Is the text a pin? Complains when it is not. Returns 0 or LAB_EINVAL.
int klipper_pin_read(const struct klipper_view *view, const struct klipper_option *option,
                     const char *text);

/// Combinations that cannot be (section.h lists them). Fills in the pins. Returns 0 or LAB_EINVAL.
int klipper_plr_check(const struct klipper_view *view);

/// Does Z have motors that move Z and nothing else?
bool klipper_kinematics_known(const char *kinematics);

/// "stepper_z", "stepper_z1" ...
extern const char *const klipper_z_steppers[PLR_Z_MAX];

#endif
