// The options of the [power_loss_recovery] section: one list with names, kinds, ranges, defaults and meaning.
// SPDX-License-Identifier: MIT
//
// Names are the Klipper plugin's. Whoever reads such options (core/klipper a user's .cfg, core/lab/scenario a scenario's
// `plr:`, a firmware its own settings) expands this list, so that no range is written down twice. Values are integers in
// base units: us, nm, nm/s; true is 1.
#ifndef PLR_OPTIONS_H
#define PLR_OPTIONS_H

#include "core/plr/plr.h"

enum plr_option_kind {
    PLR_OPTION_SWITCH, ///< true or false
    PLR_OPTION_COUNT,  ///< a whole number
    PLR_OPTION_TIME,   ///< seconds in a .cfg, us here
    PLR_OPTION_LENGTH, ///< millimetres in a .cfg, nm here
    PLR_OPTION_SPEED,  ///< mm/s in a .cfg, nm/s here
    PLR_OPTION_PIN,    ///< a pin of a z_plus endstop, with `^`, `~` and `!`
    PLR_OPTION_NAMES,  ///< a list of names
    PLR_OPTION_GCODE,  ///< lines of G-code
    PLR_OPTION_TEXT    ///< a text of the plugin's own that means nothing here
};

#define PLR_OPTION_MM  INT64_C(1000000)
#define PLR_OPTION_UM  INT64_C(1000)
#define PLR_OPTION_SEC INT64_C(1000000)

// SET(name, kind, member of struct plr_config, default, least, min, max, about): what the core acts on. `min` to `max` is the
// range of a .cfg; `least` is what the core itself takes at least, where a scenario may go further.
#define PLR_OPTION_SET_LIST(SET)                                                                   \
    SET(save_interval, TIME, save_interval_us, 30 * PLR_OPTION_SEC, 0, 0, 300 * PLR_OPTION_SEC,    \
        "time between full saves; 0 saves only on layers and on power failure")                    \
    SET(save_on_layer, SWITCH, save_on_layer, 1, 0, 0, 1, "a full save at each layer")             \
    SET(history_size, COUNT, history_size, 5, 2, 2, 20,                                            \
        "bound of save_delay, and nothing else: states older than that are never read")            \
    SET(save_delay, COUNT, save_delay, 2, 0, 1, 4,                                                 \
        "states between collecting and storing; must stay below history_size")                     \
    SET(stepper_z_adjust_offset, LENGTH, adjust_offset_nm[0], 0, -5 * PLR_OPTION_MM,               \
        -5 * PLR_OPTION_MM, 5 * PLR_OPTION_MM, "added to the height of this Z motor after homing") \
    SET(stepper_z1_adjust_offset, LENGTH, adjust_offset_nm[1], 0, -5 * PLR_OPTION_MM,              \
        -5 * PLR_OPTION_MM, 5 * PLR_OPTION_MM, "added to the height of this Z motor after homing") \
    SET(stepper_z2_adjust_offset, LENGTH, adjust_offset_nm[2], 0, -5 * PLR_OPTION_MM,              \
        -5 * PLR_OPTION_MM, 5 * PLR_OPTION_MM, "added to the height of this Z motor after homing") \
    SET(stepper_z3_adjust_offset, LENGTH, adjust_offset_nm[3], 0, -5 * PLR_OPTION_MM,              \
        -5 * PLR_OPTION_MM, 5 * PLR_OPTION_MM, "added to the height of this Z motor after homing") \
    SET(z_height_offset, LENGTH, z_height_offset_nm, 0, -5 * PLR_OPTION_MM, -5 * PLR_OPTION_MM,    \
        5 * PLR_OPTION_MM, "added to Z after homing")                                              \
    SET(fast_travel_upto_z_height, LENGTH, fast_travel_upto_nm, 0, 0, 0, 2000 * PLR_OPTION_MM,     \
        "travel fast up to this Z when the position is trusted; 0 never")                          \
    SET(fast_travel_speed, SPEED, fast_travel_nm_s, 50 * PLR_OPTION_MM, PLR_OPTION_MM,             \
        PLR_OPTION_MM, 500 * PLR_OPTION_MM, "Z speed where the position is trusted")               \
    SET(z_position, LENGTH, z_position_nm, 250 * PLR_OPTION_MM, 0, 0, 2000 * PLR_OPTION_MM,        \
        "nominal Z of the z_plus endstops")                                                        \
    SET(fast_move_speed, SPEED, fast_move_nm_s, 5 * PLR_OPTION_MM, PLR_OPTION_MM / 10,             \
        PLR_OPTION_MM / 10, 100 * PLR_OPTION_MM, "first approach to the z_plus endstops")          \
    SET(slow_homing_speed, SPEED, slow_homing_nm_s, 1 * PLR_OPTION_MM, PLR_OPTION_MM / 100,        \
        PLR_OPTION_MM / 100, 50 * PLR_OPTION_MM, "speed of the touches that are measured")         \
    SET(max_adjustment, LENGTH, max_adjustment_nm, 5 * PLR_OPTION_MM, 0, 0, 100 * PLR_OPTION_MM,   \
        "a corner that fell further than this is refused")                                         \
    SET(sample_size, COUNT, sample_size, 3, 1, 1, 8, "touches of one set; their median counts")    \
    SET(sample_retract_dist, LENGTH, sample_retract_nm, 1 * PLR_OPTION_MM, PLR_OPTION_MM / 10,     \
        PLR_OPTION_MM / 10, 20 * PLR_OPTION_MM, "back off between touches")                        \
    SET(samples_tolerance, LENGTH, samples_tolerance_nm, 50 * PLR_OPTION_UM, PLR_OPTION_UM,        \
        PLR_OPTION_UM, 2 * PLR_OPTION_MM, "a touch further than this from the median is bad")      \
    SET(samples_tolerance_retries, COUNT, samples_retries, 3, 0, 0, 20,                            \
        "sets thrown away, or false touches in a row, before it is refused; 0: none")              \
    SET(probe_samples_range, LENGTH, samples_range_nm, 70 * PLR_OPTION_UM, PLR_OPTION_UM,          \
        PLR_OPTION_UM, 2 * PLR_OPTION_MM, "largest minus smallest touch of a good set")            \
    SET(debug_mode, SWITCH, debug_mode, 0, 0, 0, 1, "tell the reasons of every decision")          \
    SET(probe_iteration_count, COUNT, probe_iterations, 1, 0, 0, 10,                               \
        "passes of the whole probing at least; here never fewer than two: one measures, one "      \
        "verifies")                                                                                \
    SET(samples_retry_count, COUNT, sample_misses, 3, 0, 0, 20,                                    \
        "touches in a row that never come before it is refused; 0 means 3")                        \
    SET(retract_dist, LENGTH, retract_nm, 1 * PLR_OPTION_MM, PLR_OPTION_MM / 10,                   \
        PLR_OPTION_MM / 10, 20 * PLR_OPTION_MM, "back off after the first touch")

// KEEP(name, kind, default, min, max, about): what is kept for whoever runs the recovery around the core.
#define PLR_OPTION_KEEP_LIST(KEEP)                                                                \
    KEEP(pin_stepper_z, PIN, 0, 0, 0, "pin of the z_plus endstop of this Z motor")                \
    KEEP(pin_stepper_z1, PIN, 0, 0, 0, "pin of the z_plus endstop of this Z motor")               \
    KEEP(pin_stepper_z2, PIN, 0, 0, 0, "pin of the z_plus endstop of this Z motor")               \
    KEEP(pin_stepper_z3, PIN, 0, 0, 0, "pin of the z_plus endstop of this Z motor")               \
    KEEP(part_cooling_fans, NAMES, 0, 0, 0,                                                       \
         "fans whose speed is saved and restored; all when none is named")                        \
    KEEP(restart_gcode, GCODE, 0, 0, 0, "run before the first resumed line")                      \
    KEEP(before_resume_gcode, GCODE, 0, 0, 0, "run before PLR_Z_HOME MODE=RESUME homes")          \
    KEEP(after_resume_gcode, GCODE, 0, 0, 0, "run after it")                                      \
    KEEP(before_calibrate_gcode, GCODE, 0, 0, 0, "run before PLR_Z_HOME MODE=CALIBRATE homes")    \
    KEEP(after_calibrate_gcode, GCODE, 0, 0, 0, "run after it")                                   \
    KEEP(apply_offset_gcode, GCODE, 0, 0, 0, "not in the guide: accepted, nothing here runs it")  \
    KEEP(variables_file, TEXT, 0, 0, 0, "not in the guide: accepted, the plugin ignores it, too") \
    KEEP(halt_after_initial_probe, SWITCH, 0, 0, 1,                                               \
         "not in the guide: accepted, nothing here halts")

enum plr_option_id {
#define PLR_OPTION_ID_SET(name, ...)  PLR_O_##name,
#define PLR_OPTION_ID_KEEP(name, ...) PLR_O_##name,
    PLR_OPTION_SET_LIST(PLR_OPTION_ID_SET) PLR_OPTION_KEEP_LIST(PLR_OPTION_ID_KEEP)
#undef PLR_OPTION_ID_SET
#undef PLR_OPTION_ID_KEEP
        PLR_OPTIONS
};

struct plr_option {
    const char *name;
    enum plr_option_kind kind;
    int64_t fallback;  ///< default; 0 for kinds without a number
    int64_t least;     ///< smallest that plr_option_set takes
    int64_t min, max;  ///< range of a .cfg
    size_t offset;     ///< of the member of struct plr_config
    uint8_t size;      ///< of it; 0: the core has none
    const char *about; ///< one line
};

/// The fans of a part_cooling_fans list ("fan, exhaust2") as struct plr_config has them: "fan" and an extruder's
/// ("extruder_fan") is fan 0, the part's own; others as SET_FAN_SPEED counts them. 0 for an empty list: all.
uint8_t plr_fans(const char *names);

/// The row of an option. Static.
const struct plr_option *plr_option(enum plr_option_id id);

/// The option of that name, `len` bytes, as in a .cfg (lower case); PLR_OPTIONS when there is none.
enum plr_option_id plr_option_find(const char *name, size_t len);

/// Put a value (base units) into the configuration. Returns 0; PLR_ERANGE outside `least` to `max`; PLR_ENOENT when the core has
/// no member for it. What only combinations tell is for plr_init.
int plr_option_set(struct plr_config *config, enum plr_option_id id, int64_t value);

/// What the configuration holds for it, in base units; 0 when the core has no member for it.
int64_t plr_option_get(const struct plr_config *config, enum plr_option_id id);

#endif
