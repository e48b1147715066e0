// Extended commands: Klipper's, the print macros, and the core's own PLR_*.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#include <string.h>

/// Index of a heater by Klipper's name, as in PLR_ACT_WAIT; PLR_ENOENT when it is none of the print's.
static int heater_of(const struct plr_gcode_line *line, const char *key)
{
    static const char chamber[] = "chamber";
    const char *name;

    int len = plr_gcode_arg(line, key, &name);
    if (len < 0)
        return PLR_ENOENT;
    size_t size = (size_t)len;
    if (plr_text_is(name, size, "heater_bed"))
        return 0;
    if (plr_text_is(name, size, "extruder"))
        return 1;
    if (size == 9 && plr_text_begins(name, size, "extruder") && name[8] > '0' &&
        name[8] < '0' + PLR_TOOL_MAX)
        return 1 + (name[8] - '0');
    size_t tail = sizeof chamber - 1; // "heater_generic chamber", "temperature_sensor chamber"
    if (size >= tail && plr_text_is(name + size - tail, tail, chamber))
        return -1;
    return PLR_ENOENT;
}

static int unknown(struct plr_action *action)
{
    action->kind = PLR_ACT_UNKNOWN;
    return 0;
}

static int ignore(struct plr_modal *modal, const struct plr_gcode_line *line,
                  struct plr_action *action)
{
    (void)modal;
    (void)line;
    (void)action;
    return 0;
}

/// A number that may be missing but must not be malformed. 1 when it is there, 0, or PLR_EINVAL.
static int optional(const struct plr_gcode_line *line, const char *key, int64_t *micro)
{
    int error = plr_gcode_arg_number(line, key, micro);

    return error == PLR_ENOENT ? 0 : error ? error : 1;
}

static int pressure_advance(struct plr_modal *modal, const struct plr_gcode_line *line,
                            struct plr_action *action)
{
    int64_t value;
    int there = optional(line, "ADVANCE", &value);

    (void)action;
    if (there > 0)
        modal->advance_us = (int32_t)plr_clamp(value, 0, INT32_MAX);
    return there < 0 ? there : 0;
}

static int velocity_limit(struct plr_modal *modal, const struct plr_gcode_line *line,
                          struct plr_action *action)
{
    static const char *const keys[3] = {"VELOCITY", "ACCEL", "SQUARE_CORNER_VELOCITY"};
    int32_t value[3] = {modal->velocity_um_s, modal->accel_um_s2, modal->corner_um_s};

    (void)action;
    for (int i = 0; i < 3; i++) {
        int64_t micro;
        int there = optional(line, keys[i], &micro);
        if (there < 0)
            return there;
        if (there) // a corner velocity may be zero, the others may not
            value[i] = (int32_t)plr_clamp(plr_div_round(micro, 1000), i < 2, INT32_MAX);
    }
    modal->velocity_um_s = value[0];
    modal->accel_um_s2 = value[1];
    modal->corner_um_s = value[2];
    return 0;
}

/// X, Y, Z set an offset, X_ADJUST etc. add to it. Only MOVE=1 moves the machine at once.
static int gcode_offset(struct plr_modal *modal, const struct plr_gcode_line *line,
                        struct plr_action *action)
{
    static const char *const set[3] = {"X", "Y", "Z"};
    static const char *const adjust[3] = {"X_ADJUST", "Y_ADJUST", "Z_ADJUST"};
    int64_t offset[3], move = 0;

    for (int i = 0; i < 3; i++) {
        int64_t value;
        offset[i] = modal->offset_nm[i];
        int there = optional(line, set[i], &value);
        if (there > 0) {
            offset[i] = value;
        } else if (!there) {
            there = optional(line, adjust[i], &value);
            offset[i] += there > 0 ? value : 0;
        }
        if (there < 0)
            return there;
    }
    int error = optional(line, "MOVE", &move);
    return error < 0 ? error : plr_modal_shift(modal, offset, move != 0, action);
}

static int bed_mesh(struct plr_modal *modal, const struct plr_gcode_line *line,
                    struct plr_action *action)
{
    const char *name;
    int len = plr_gcode_arg(line, "LOAD", &name);

    (void)action;
    if (len < 0)
        return 0; // SAVE and REMOVE change nothing that runs
    if ((size_t)len >= sizeof modal->mesh)
        return PLR_ERANGE; // half a name would bring back another mesh
    memset(modal->mesh, 0, sizeof modal->mesh);
    memcpy(modal->mesh, name, (size_t)len);
    return 0;
}

static int bed_mesh_clear(struct plr_modal *modal, const struct plr_gcode_line *line,
                          struct plr_action *action)
{
    (void)line;
    (void)action;
    memset(modal->mesh, 0, sizeof modal->mesh);
    return 0;
}

// Fan 0 is the part's own, which Klipper drives with M106.
int plr_gcode_fan(const char *name, size_t len)
{
    return plr_is_digit(name[len - 1]) ? name[len - 1] - '0' : 1;
}

static int fan_speed(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    const char *name;
    int64_t speed = 0;
    int len = plr_gcode_arg(line, "FAN", &name);
    int there = optional(line, "SPEED", &speed);

    if (len <= 0 || there < 0)
        return len <= 0 ? unknown(action) : there;
    int index = plr_gcode_fan(name, (size_t)len);
    if (index < PLR_FAN_MAX)
        modal->fan_ppm[index] = (int32_t)plr_clamp(speed, 0, PLR_PPM);
    return 0;
}

static int heater_temperature(struct plr_modal *modal, const struct plr_gcode_line *line,
                              struct plr_action *action)
{
    int64_t target = 0;
    int heater = heater_of(line, "HEATER");
    int there = optional(line, "TARGET", &target);

    if (heater == PLR_ENOENT || there < 0)
        return there < 0 ? there : unknown(action);
    plr_modal_heat(modal, heater, target);
    return 0;
}

static int temperature_wait(struct plr_modal *modal, const struct plr_gcode_line *line,
                            struct plr_action *action)
{
    int64_t low, high;
    int heater = heater_of(line, "SENSOR");
    int has_low = optional(line, "MINIMUM", &low);
    int has_high = optional(line, "MAXIMUM", &high);

    if (has_low < 0 || has_high < 0)
        return PLR_EINVAL;
    if (heater == PLR_ENOENT)
        return unknown(action);
    plr_modal_wait(modal, heater, has_high, action);
    action->heat_mc[0] =
        has_low ? (int32_t)plr_clamp(plr_div_round(low, 1000), INT32_MIN, INT32_MAX) : INT32_MIN;
    action->heat_mc[1] =
        has_high ? (int32_t)plr_clamp(plr_div_round(high, 1000), INT32_MIN, INT32_MAX) : INT32_MAX;
    return 0;
}

static int activate_extruder(struct plr_modal *modal, const struct plr_gcode_line *line,
                             struct plr_action *action)
{
    int heater = heater_of(line, "EXTRUDER");

    if (heater < 1)
        return unknown(action);
    if (modal->tool != heater - 1)
        action->kind = PLR_ACT_SYNC;
    modal->tool = (uint8_t)(heater - 1);
    return 0;
}

/// The first of these keys that is there.
static int first_of(const struct plr_gcode_line *line, const char *const *keys, int64_t *micro)
{
    int there = 0;

    for (int i = 0; keys[i] && !there; i++)
        there = optional(line, keys[i], micro);
    return there;
}

/// The start macro heats to what it is given; what it is not given stays.
static int print_start(struct plr_modal *modal, const struct plr_gcode_line *line,
                       struct plr_action *action)
{
    static const char *const bed[] = {"BED", "BED_TEMP", "BED_TEMPERATURE", NULL};
    static const char *const hot[] = {"EXTRUDER", "EXTRUDER_TEMP", "HOTEND", "HOTEND_TEMP",
                                      "NOZZLE",   "TEMP",          NULL};
    int64_t bed_micro, hot_micro;
    int has_bed = first_of(line, bed, &bed_micro);
    int has_hot = first_of(line, hot, &hot_micro);

    if (has_bed < 0 || has_hot < 0)
        return PLR_EINVAL;
    if (has_bed)
        plr_modal_heat(modal, 0, bed_micro);
    if (has_hot)
        plr_modal_heat(modal, 1 + modal->tool, hot_micro);
    action->kind = PLR_ACT_START;
    action->heat_mc[0] = modal->bed_mc;
    action->heat_mc[1] = modal->nozzle_mc[modal->tool];
    return 0;
}

static int print_end(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    (void)modal;
    (void)line;
    action->kind = PLR_ACT_END;
    return 0;
}

/// PLR_*: for the core to do; what of it the file's state depends on is kept here.
static int own_command(struct plr_modal *modal, const struct plr_gcode_line *line,
                       struct plr_action *action)
{
    int64_t number = -1000000, z;

    action->kind = PLR_ACT_COMMAND;
    if (plr_gcode_is(line, "PLR_SAVE_PRINT_STATE_WITH_LAYER")) { // nearly always
        int has_number = optional(line, "LAYER", &number);
        int has_z = optional(line, "LAYER_HEIGHT", &z);
        if (has_number < 0 || has_z < 0)
            return PLR_EINVAL;
        if (has_z)
            action->new_layer = plr_layer_mark(modal, number / 1000000, z);
        return 0;
    }
    bool enable = plr_gcode_is(line, "PLR_ENABLE");
    if (enable || plr_gcode_is(line, "PLR_DISABLE")) {
        modal->flags |= PLR_MODAL_PLR_NAMED | PLR_MODAL_PLR_ENABLED;
        if (!enable)
            modal->flags &= ~(uint32_t)PLR_MODAL_PLR_ENABLED;
    }
    return 0;
}

struct command {
    const char *name;
    plr_modal_handler *handler;
};

// Seldom lines in a file: a plain search is fast enough, and the order says what belongs together.
static const struct command commands[] = {
    {"SET_PRESSURE_ADVANCE", pressure_advance},
    {"SET_VELOCITY_LIMIT", velocity_limit},
    {"SET_GCODE_OFFSET", gcode_offset},
    {"BED_MESH_PROFILE", bed_mesh},
    {"BED_MESH_CLEAR", bed_mesh_clear},
    {"SET_FAN_SPEED", fan_speed},
    {"SET_HEATER_TEMPERATURE", heater_temperature},
    {"TEMPERATURE_WAIT", temperature_wait},
    {"ACTIVATE_EXTRUDER", activate_extruder},
    {"PRINT_START", print_start},
    {"START_PRINT", print_start},
    {"PRINT_END", print_end},
    {"END_PRINT", print_end},
    {"SET_PRINT_STATS_INFO", ignore},
    {"QUAD_GANTRY_LEVEL", ignore},
    {"Z_TILT_ADJUST", ignore},
    {"BED_MESH_CALIBRATE", ignore},
    {"TIMELAPSE_TAKE_FRAME", ignore},
    {"RESPOND", ignore},
};

int plr_modal_extended(struct plr_modal *modal, const struct plr_gcode_line *line,
                       struct plr_action *action)
{
    PLR_ASSERT(line->kind == PLR_GCODE_EXTENDED);
    if (plr_text_begins(line->name, line->name_len, "PLR_"))
        return own_command(modal, line, action);
    if (plr_text_begins(line->name, line->name_len, "EXCLUDE_OBJECT"))
        return plr_modal_object(modal, line, action);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (plr_text_is(line->name, line->name_len, commands[i].name))
            return commands[i].handler(modal, line, action);
    return unknown(action);
}
