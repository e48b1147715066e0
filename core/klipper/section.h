// The [power_loss_recovery] section of a Klipper configuration: its values, its pins, and what cannot be.
// SPDX-License-Identifier: MIT
//
// Names, kinds, ranges and defaults are the table of core/plr/options.h; docs/KLIPPER.md tells what each means here.
#ifndef KLIPPER_SECTION_H
#define KLIPPER_SECTION_H

#include "core/klipper/conf.h"
#include "core/plr/options.h"

enum { KLIPPER_NAMES_MAX = 127 }; ///< longest list of names, bytes

/// A value of the section, or its default.
struct klipper_setting {
    bool said;        ///< it stands in the file
    int64_t value;    ///< in base units; 0 for texts
    const char *text; ///< as it stands in the file, "" when it does not; owned by the configuration
    struct klipper_mark mark; ///< of the value
};

/// A pin: `^` pull-up, `~` pull-down, `!` inverted, a name, perhaps with its board before a colon.
struct klipper_pin {
    bool used;
    bool pull_up, pull_down, inverted;
    char name[64]; ///< with its board: "mcu:PG10"; aliases of [board_pins] are resolved
};

struct klipper_plr {
    struct klipper_setting option[PLR_OPTIONS];
    struct klipper_pin pin[PLR_Z_MAX]; ///< of stepper_z, z1, z2, z3
    int pins;                          ///< how many are used
    struct klipper_mark mark;          ///< of the section
    const char *variables;             ///< the file of [save_variables]
    /// The configuration has a [printer] section: steppers and kinematics were checked, too.
    bool whole;
};

/// Read and check the section. Returns 0; or a negative enum lab_status with `err` (may be NULL) telling file, line, column,
/// token, the allowed range, what was probably meant. Refused besides values out of range: unknown options; no
/// [save_variables] with its filename; a save_delay that is not less than history_size; the same pin twice. In a whole
/// configuration also: Z motors without their pin and pins without their motor (unless there are no pins at all), a gap in
/// the motors (stepper_z2 without stepper_z1), a pin that another stepper's endstop uses, kinematics without Z motors of
/// their own, a z_position above stepper_z's position_max, distances that do not fit below it.
int klipper_plr_read(const struct klipper_conf *conf, struct klipper_plr *out,
                     struct lab_error *err);

/// Read a pin. Returns false when the text is none.
bool klipper_pin_parse(const char *text, struct klipper_pin *pin);

/// Print a base-unit value of an option as a .cfg has it: "0.05", "True".
void klipper_setting_print(char *out, size_t room, const struct plr_option *option, int64_t value);

/// "s", "mm", "mm/s" or "".
const char *klipper_setting_unit(enum plr_option_kind kind);

#endif
