// The options of the core that a printer states and a scenario may override; names are the Klipper plugin's.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/tables.h"
#include "core/plr/options.h"

#define PLACE(member) \
    .size = sizeof(((struct lab_plr *)0)->member), .offset = offsetof(struct lab_plr, member)
#define Q(key_, unit_, member, default_, min_, max_, mark_, source_, about_)                     \
    {                                                                                            \
        .key = key_, .kind = LAB_F_QUANTITY, .unit = unit_, PLACE(member), .fallback = default_, \
        .min = min_, .max = max_, .mark = mark_, .source = source_, .about = about_              \
    }
#define SWITCH(key_, member, default_, mark_, source_, about_)                               \
    {                                                                                        \
        .key = key_, .kind = LAB_F_BOOL, PLACE(member), .fallback = default_, .mark = mark_, \
        .source = source_, .about = about_                                                   \
    }
#define POINT(key_, member, defaults_, mark_, source_, about_)                                    \
    {                                                                                             \
        .key = key_, .kind = LAB_F_VECTOR, .unit = LAB_LENGTH, .size = 8, .count = 2, .least = 2, \
        .offset = offsetof(struct lab_plr, member), .fallbacks = defaults_, .min = -1000 * NM_MM, \
        .max = 2000 * NM_MM, .mark = mark_, .source = source_, .about = about_                    \
    }

// rows that a .cfg has, too: names, ranges and defaults are the core's
#define ROW_SWITCH .kind = LAB_F_BOOL
#define ROW_COUNT  .kind = LAB_F_QUANTITY, .unit = LAB_COUNT
#define ROW_TIME   .kind = LAB_F_QUANTITY, .unit = LAB_TIME
#define ROW_LENGTH .kind = LAB_F_QUANTITY, .unit = LAB_LENGTH
#define ROW_SPEED  .kind = LAB_F_QUANTITY, .unit = LAB_SPEED
#define OPTION(name_, kind_, member, default_, least_, min_, max_, about_) \
    {.key = #name_,                                                        \
     ROW_##kind_,                                                          \
     PLACE(member),                                                        \
     .fallback = default_,                                                 \
     .min = least_,                                                        \
     .max = max_,                                                          \
     .mark = 'K',                                                          \
     .source = plugin,                                                     \
     .about = about_},

static const char plugin[] = "klipper-plr, [power_loss_recovery]";
static const char core[] = "docs/DESIGN.md section 5";

static const struct lab_word record_words[] = {
    {"auto", 0, "always while a job runs"},
    {"on_command", 1, "only between PLR_ENABLE and PLR_DISABLE"},
    {NULL, 0, NULL},
};
static const struct lab_word gate_words[] = {
    {"off", 0, "no gate"},
    {"auto", 1, "the top of the material's release range + 5 K"},
    {NULL, 0, NULL},
};
static const int64_t park[2] = {150 * NM_MM, 290 * NM_MM};
static const int64_t purge[2] = {285 * NM_MM, 298 * NM_MM};

static const struct lab_field fields[] = {
    {.key = "config",
     .kind = LAB_F_TEXT,
     .count = sizeof(((struct lab_plr *)0)->config),
     .offset = offsetof(struct lab_plr, config),
     .mark = 'K',
     .source = "docs/KLIPPER.md",
     .about =
         "Klipper configuration whose [power_loss_recovery] section gives the values that are "
         "not said beside this key; relative to this file (with --set: to the current folder)"},
    {.key = "part_cooling_fans",
     .kind = LAB_F_TEXT,
     .count = sizeof(((struct lab_plr *)0)->part_cooling_fans),
     .offset = offsetof(struct lab_plr, part_cooling_fans),
     .mark = 'K',
     .source = plugin,
     .about = "names of the fans whose speed is kept, between commas; none named: all"},
    {.key = "record",
     .kind = LAB_F_WORD,
     PLACE(record),
     .fallback = 0,
     .words = record_words,
     .mark = 'K',
     .source = plugin,
     .about = "when the core records"},
    PLR_OPTION_SET_LIST(OPTION)
        Q("tick_interval", LAB_TIME, tick_interval_us, 1 * US_S, 0, 600 * US_S, 'E', core,
          "time between the small progress marks that follow a full save; 0s makes none but one "
          "where each layer begins"),
    SWITCH("power_fail_input", power_fail_input, 1, 'E', core,
           "the board hears of lost mains before its supply dies"),
    Q("lift_cycles", LAB_COUNT, lift_cycles, 0, 0, 16, 'K',
      "Prusa Buddy, POWER_PANIC_Z_LIFT_CYCLES",
      "electrical cycles that Z is lifted after the stop while power lasts"),
    Q("verify_tolerance", LAB_LENGTH, verify_tolerance_nm, 20 * NM_UM, NM_UM, 2 * NM_MM, 'E', core,
      "what the second pass may find left at a corner"),
    POINT("park", park_nm, park, 'E', core,
          "XY for Z homing, the same at calibration and recovery"),
    POINT("purge", purge_nm, purge, 'E', core, "XY for purging, away from the part"),
    Q("purge_length", LAB_LENGTH, purge_length_nm, 8 * NM_MM, 0, 200 * NM_MM, 'E',
      "docs/PHYSICS.md section 7", "filament pushed before the part is touched again"),
    Q("travel_speed", LAB_SPEED, travel_nm_s, 150 * NM_MM, NM_MM, 1000 * NM_MM, 'E', core,
      "XY speed of the core's own moves"),
    {.key = "bed_gate",
     .kind = LAB_F_GATE,
     .unit = LAB_TEMPERATURE,
     PLACE(bed_gate_mode),
     .offset2 = offsetof(struct lab_plr, bed_gate_mc),
     .fallback = 1,
     .least = 2,
     .min = 0,
     .max = 200000,
     .words = gate_words,
     .mark = 'E',
     .source = "docs/PHYSICS.md section 6",
     .about = "a bed that was colder than this since the cut is refused: the part may have let go"},
    Q("home_nozzle_temp", LAB_TEMPERATURE, home_nozzle_mc, 0, 0, 300000, 'E',
      "docs/PHYSICS.md section 6",
      "nozzle temperature while homing Z; 0C takes the one stored with the calibration"),
    Q("soak_chamber", LAB_KELVIN, soak_chamber_mc, 5000, 0, 100000, 'E',
      "docs/PHYSICS.md section 6",
      "the chamber may differ this much from the calibration's before the core waits or corrects"),
    SWITCH("load_guard", load_guard, 1, 'K', plugin,
           "a save, or a new block of the memory, waits while the motion queue would run dry under "
           "it"),
    SWITCH("stability_check", stability_check, 1, 'K', plugin,
           "a save waits until filament is laid: not in travels, hops and retractions"),
    SWITCH("adaptive_interval", adaptive_interval, 0, 'K', plugin,
           "save_interval and tick_interval double while the machine has no time for saves, up to "
           "eight times, and "
           "comes back"),
    Q("calibration_max_age", LAB_TIME, calibration_max_age_us, 0, 0, 100000 * 3600 * US_S, 'E',
      core, "a calibration older than this is stale; 0s never"),
    SWITCH("calibration_warns", calibration_warns, 0, 'E', core,
           "use a stale calibration, or one of another configuration, with a warning instead of "
           "refusing"),
    Q("soak_max", LAB_TIME, soak_max_us, 3600 * US_S, 0, 36000 * US_S, 'M',
      "docs/PHYSICS.md section 6", "longest wait for the soak; 0s refuses at once"),
    Q("drift_correction", LAB_GROWTH, drift_nm_k, 0, -100 * NM_UM, 100 * NM_UM, 'M',
      "docs/PHYSICS.md section 6",
      "this machine's own correction of the switch height for a kelvin of chamber; 0um/K: none "
      "known"),
};

const struct lab_table lab_plr_table = {
    .about = "options of the recovery core; a scenario's override the printer's",
    .sourced = true,
    .fields = fields,
    .count = sizeof fields / sizeof fields[0],
};
