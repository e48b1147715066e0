// Prints the options with what differs from the plugin, and why.
// SPDX-License-Identifier: MIT
#include "core/klipper/reference.h"

#include "core/klipper/section.h"

/// What is different here, on purpose. Options without a row mean what the plugin's guide says.
static const char *const differs[PLR_OPTIONS] = {
    [PLR_O_debug_mode] = "kept for whoever runs the core",
    [PLR_O_save_interval] =
        "the plugin adds a timer with each layer and so samples ever more often; here the interval "
        "holds",
    [PLR_O_save_on_layer] = "layers are found in the job itself, too, without the slicer's macro",
    [PLR_O_save_delay] = "the plugin's code takes 0 as well; its guide, and a .cfg here, 1 to 4. A "
                         "power failure that "
                         "the board hears of saves without delay, whatever this says",
    [PLR_O_history_size] = "nothing but that it must be above save_delay: which state is stored, "
                           "save_delay says alone. "
                           "The guide's default (5); its example says 3",
    [PLR_O_pin_stepper_z] =
        "no virtual endstop, no pin of another endstop; all motors stop at any of them, where the "
        "plugin stops one and racks the gantry",
    [PLR_O_pin_stepper_z1] = "as pin_stepper_z; and none without its [stepper_z1]",
    [PLR_O_pin_stepper_z2] = "as pin_stepper_z; and none without its [stepper_z2]",
    [PLR_O_pin_stepper_z3] = "as pin_stepper_z; and none without its [stepper_z3]",
    [PLR_O_stepper_z_adjust_offset] =
        "refused when not 0 for a motor that is not there; used once, on what was measured",
    [PLR_O_stepper_z1_adjust_offset] = "as stepper_z_adjust_offset",
    [PLR_O_stepper_z2_adjust_offset] = "as stepper_z_adjust_offset",
    [PLR_O_stepper_z3_adjust_offset] = "as stepper_z_adjust_offset",
    [PLR_O_z_height_offset] = "added once; the plugin drops it when every stored offset is 0",
    [PLR_O_probe_iteration_count] =
        "the core repeats its verification by itself while two passes do not agree. The plugin's "
        "code has a default of 0",
    [PLR_O_fast_travel_upto_z_height] =
        "0 means never and may be written; refused where it would run into the switches",
    [PLR_O_fast_travel_speed] = "bounded to 500 mm/s",
    [PLR_O_z_position] =
        "refused above [stepper_z] position_max; the plugin's default of 0 cannot be meant",
    [PLR_O_fast_move_speed] = "5, as in the guide; the plugin's code says 10",
    [PLR_O_slow_homing_speed] =
        "1, as in the guide; the plugin's code says 2. Not above fast_move_speed",
    [PLR_O_max_adjustment] = "a corner that fell further is refused; the plugin moves by stored "
                             "offsets and never looks. "
                             "Must fit below z_position",
    [PLR_O_sample_size] = "at most 8; the median counts",
    [PLR_O_sample_retract_dist] = "1, as in the guide; the plugin's code says 2",
    [PLR_O_samples_tolerance] = "0.05, as in the guide; the plugin's code says 0.1",
    [PLR_O_samples_retry_count] = "of the touches that are measured. A first approach without a "
                                  "trigger within max_adjustment is "
                                  "a refusal at once (switch_dead)",
    [PLR_O_probe_samples_range] = "0.07, as in the guide; the plugin's code says 0.5",
    [PLR_O_retract_dist] =
        "1, as in the guide; the plugin's code says 2, because its motors overrun by nearly 1 mm",
    [PLR_O_part_cooling_fans] =
        "a named fan is one of four: `fan` is the part's, of others the digit that ends the name "
        "counts, "
        "or they are the second. A fan that is not named stands still until the job says otherwise",
    [PLR_O_restart_gcode] = "kept for the firmware's macros. The recovery itself heats, lifts, "
                            "homes and primes in a safe "
                            "order; the guide's macro primes in mid-air",
    [PLR_O_before_resume_gcode] =
        "kept for the firmware's macros. X and Y are homed clear of the part in any case",
    [PLR_O_before_calibrate_gcode] =
        "G28 touches the bed, so it belongs here and not into a resume",
};

static void cell(FILE *out, const char *text)
{
    fprintf(out, " %s |", text);
}

static void takes(FILE *out, const struct plr_option *option)
{
    char low[40];
    char high[40];
    char text[100];
    const char *unit = klipper_setting_unit(option->kind);
    klipper_setting_print(low, sizeof low, option, option->min);
    klipper_setting_print(high, sizeof high, option, option->max);
    switch (option->kind) {
    case PLR_OPTION_SWITCH: cell(out, "True or False"); return;
    case PLR_OPTION_PIN: cell(out, "a pin: `^PG10`, `!PG10`, `^!mcu2:PG10`"); return;
    case PLR_OPTION_NAMES: cell(out, "names between commas"); return;
    case PLR_OPTION_GCODE: cell(out, "G-code, one or more lines"); return;
    case PLR_OPTION_TEXT: cell(out, "a text"); return;
    case PLR_OPTION_COUNT:
    case PLR_OPTION_TIME:
    case PLR_OPTION_LENGTH:
    case PLR_OPTION_SPEED: break;
    }
    snprintf(text, sizeof text, "%s to %s%s%s", low, high, unit[0] != '\0' ? " " : "", unit);
    cell(out, text);
}

static void fallback(FILE *out, const struct plr_option *option)
{
    char text[40] = "";
    if (option->kind <= PLR_OPTION_SPEED) {
        klipper_setting_print(text, sizeof text, option, option->fallback);
    }
    cell(out, text);
}

void klipper_reference_print(FILE *out)
{
    fputs("## Options\n\n"
          "| option | takes | default | meaning here | what differs from the plugin, and why |\n"
          "|---|---|---|---|---|\n",
          out);
    for (int id = 0; id < PLR_OPTIONS; id++) {
        const struct plr_option *option = plr_option((enum plr_option_id)id);
        fprintf(out, "| `%s` |", option->name);
        takes(out, option);
        fallback(out, option);
        cell(out, option->about);
        cell(out, differs[id] != NULL ? differs[id] : "");
        fputc('\n', out);
    }
}
