// The rows of printer files. Defaults are a Voron 2.4 of 300 mm; docs/PHYSICS.md gives sources at length.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/tables.h"

#include <string.h>

#define PLACE(member)                                  \
    .size = sizeof(((struct lab_printer *)0)->member), \
    .offset = offsetof(struct lab_printer, member)
#define Q(key_, unit_, member, default_, min_, max_, mark_, source_, about_)                     \
    {                                                                                            \
        .key = key_, .kind = LAB_F_QUANTITY, .unit = unit_, PLACE(member), .fallback = default_, \
        .min = min_, .max = max_, .mark = mark_, .source = source_, .about = about_              \
    }
#define WORD(key_, member, default_, words_, mark_, source_, about_)                           \
    {                                                                                          \
        .key = key_, .kind = LAB_F_WORD, PLACE(member), .fallback = default_, .words = words_, \
        .mark = mark_, .source = source_, .about = about_                                      \
    }
#define VECTOR(key_, member, least_, count_, defaults_, min_, max_, mark_, source_, about_)      \
    {                                                                                            \
        .key = key_, .kind = LAB_F_VECTOR, .unit = LAB_LENGTH, .size = 8, .count = count_,       \
        .least = least_, .offset = offsetof(struct lab_printer, member), .fallbacks = defaults_, \
        .min = min_, .max = max_, .mark = mark_, .source = source_, .about = about_              \
    }
#define SECTION(key_, table_)                                                           \
    {                                                                                   \
        .key = key_, .kind = LAB_F_TABLE, .table = &(table_), .about = (about_##table_) \
    }
#define TABLE(name_, rows_, about_text_)             \
    static const char about_##name_[] = about_text_; \
    static const struct lab_table name_ = {          \
        .about = about_##name_, .fields = rows_, .count = sizeof rows_ / sizeof rows_[0]}

static const char octopus[] = "Voron2_Octopus_Config.cfg";
static const char drive[] = "docs/PHYSICS.md section 1";
static const char masses[] = "docs/PHYSICS.md section 2";
static const char sagging[] = "docs/PHYSICS.md section 3";
static const char switching[] = "docs/PHYSICS.md section 5";
static const char heating[] = "docs/PHYSICS.md section 6";
static const char filaments[] = "docs/PHYSICS.md section 7";
static const char supplies[] = "docs/PHYSICS.md section 8";
static const char drivers[] = "docs/PHYSICS.md section 8: klippy/extras/tmc.py asks every second";
static const char budget[] = "docs/PHYSICS.md section 9";

static const struct lab_word kinematics_words[] = {
    {"corexy", LAB_COREXY, "two crossed belts move the head"},
    {"cartesian", LAB_CARTESIAN, "one motor for each axis"},
    {NULL, 0, NULL},
};
static const struct lab_word drive_words[] = {
    {"belt_gantry", LAB_Z_BELT_GANTRY, "flying gantry on belts: sags (Voron 2.4)"},
    {"screw_bed", LAB_Z_SCREW_BED, "bed on screws, sinks little (Trident)"},
    {"screw_x", LAB_Z_SCREW_X, "X beam on one or two screws (Ender 3)"},
    {NULL, 0, NULL},
};
static const struct lab_word switch_words[] = {
    {"none", LAB_SWITCH_NONE, "there is none"},
    {"micro", LAB_SWITCH_MICRO, "micro-switch"},
    {"optical", LAB_SWITCH_OPTICAL, "light barrier"},
    {"inductive", LAB_SWITCH_INDUCTIVE, "inductive sensor"},
    {NULL, 0, NULL},
};

// --- limits: what the firmware knows ---------------------------------------------------------------

static const int64_t travel[3] = {300 * NM_MM, 300 * NM_MM, 260 * NM_MM};

static const struct lab_field limit_rows[] = {
    VECTOR("travel", travel_nm, 3, 3, travel, NM_MM, 2000 * NM_MM, 'K', octopus,
           "machine volume [X, Y, Z] from 0"),
    Q("velocity", LAB_SPEED, velocity_nm_s, 300 * NM_MM, NM_MM, 2000 * NM_MM, 'K', octopus,
      "largest path speed"),
    Q("accel", LAB_ACCELERATION, accel_um_s2, 3000000, 10000, 100000000, 'K', octopus,
      "path acceleration"),
    Q("corner_velocity", LAB_SPEED, corner_nm_s, 5 * NM_MM, 0, 100 * NM_MM, 'K', octopus,
      "speed through a corner of 90 degrees"),
    Q("z_velocity", LAB_SPEED, z_velocity_nm_s, 15 * NM_MM, NM_MM / 10, 200 * NM_MM, 'K', octopus,
      "largest Z speed"),
    Q("z_accel", LAB_ACCELERATION, z_accel_um_s2, 350000, 1000, 10000000, 'K', octopus,
      "Z acceleration"),
    Q("e_velocity", LAB_SPEED, e_velocity_nm_s, 80 * NM_MM, NM_MM, 500 * NM_MM, 'C',
      "Klipper's default: 300 mm/s x 0.64 / 2.405", "largest speed of moves of the filament alone"),
    Q("e_accel", LAB_ACCELERATION, e_accel_um_s2, 800000, 10000, 50000000, 'C',
      "Klipper's default: 3000 mm/s2 x 0.64 / 2.405",
      "acceleration of moves of the filament alone"),
    Q("z_home_speed", LAB_SPEED, z_home_nm_s, 8 * NM_MM, NM_MM / 10, 100 * NM_MM, 'K', octopus,
      "Z homing"),
    Q("xy_home_speed", LAB_SPEED, xy_home_nm_s, 25 * NM_MM, NM_MM, 300 * NM_MM, 'K', octopus,
      "XY homing, first touch"),
    Q("xy_home_second_speed", LAB_SPEED, xy_home_second_nm_s, 10 * NM_MM, NM_MM / 10, 100 * NM_MM,
      'S', switching, "XY homing, second touch"),
    Q("queue_moves", LAB_COUNT, queue_moves, 16, 2, 64, 'M',
      "Klipper's reader leads the nozzle by 2.5 s (median, measured); Marlin: 16 blocks",
      "moves in the planner's look-ahead queue"),
};
TABLE(limits, limit_rows, "what the firmware knows of the machine: volume, speeds, accelerations");

// --- drives -----------------------------------------------------------------------------------------

static const struct lab_field drive_rows[] = {
    Q("z_microstep", LAB_LENGTH, z_microstep_nm, 1250, 10, NM_MM, 'C', drive, "Z of one microstep"),
    Q("z_fullstep", LAB_LENGTH, z_fullstep_nm, 40 * NM_UM, 100, 10 * NM_MM, 'C', drive,
      "Z of one full step; an electrical cycle is four"),
    Q("xy_microstep", LAB_LENGTH, xy_microstep_nm, 12500, 10, NM_MM, 'C', drive,
      "belt travel of one microstep"),
    Q("xy_fullstep", LAB_LENGTH, xy_fullstep_nm, 200 * NM_UM, 100, 10 * NM_MM, 'C', drive,
      "belt travel of one full step"),
    Q("filament", LAB_LENGTH, filament_nm, 1750 * NM_UM, NM_MM, 4 * NM_MM, 'K', octopus,
      "diameter of the filament"),
};
TABLE(drives, drive_rows, "motors and what a step of them moves");

// --- gantry -----------------------------------------------------------------------------------------

#define ANCHOR(key_, i_, x_, y_)                                                                  \
    VECTOR(key_, anchor_nm[i_], 2, 2, ((const int64_t[2]){x_ * NM_MM, y_ * NM_MM}), -500 * NM_MM, \
           2500 * NM_MM, 'K', octopus,                                                            \
           "XY of this Z motor's belt or screw, in nozzle coordinates")

static const struct lab_field anchor_rows[] = {
    ANCHOR("stepper_z", 0, -60, -10),
    ANCHOR("stepper_z1", 1, -60, 370),
    ANCHOR("stepper_z2", 2, 360, 370),
    ANCHOR("stepper_z3", 3, 360, -10),
};
TABLE(anchors, anchor_rows, "where the Z motors hold the gantry or the bed");

static const struct lab_field gantry_rows[] = {
    SECTION("anchors", anchors),
    Q("mass", LAB_MASS, gantry_mass_mg, 3600000, 100000, 20000000, 'E', masses,
      "what the Z motors carry, A/B motors included, toolhead not"),
    Q("toolhead_mass", LAB_MASS, toolhead_mass_mg, 450000, 50000, 3000000, 'E', masses, "toolhead"),
    Q("rear_extra_mass", LAB_MASS, rear_extra_mass_mg, 680000, 0, 5000000, 'S', "42HS motor table",
      "A/B motors on the rear corners, both together"),
    Q("corner_stiffness", LAB_STIFFNESS, corner_n_m, 90000, 1000, 100000000, 'C', masses,
      "stiffness of one Z corner, belt and joints in series"),
    Q("corner_damping", LAB_RATIO, corner_damping_ppm, 50000, 1000, 1000000, 'E', masses,
      "damping ratio of a corner"),
    Q("twist_stiffness", LAB_TORSION, twist_unm_rad, 40000000, 0, 100000000000, 'E', masses,
      "X beam and its joints against twist"),
    Q("hard_stop", LAB_LENGTH, hard_stop_nm, 7 * NM_MM, 0, 100 * NM_MM, 'K',
      "the plugin's guide: 5 to 10 mm of clearance",
      "how far above the nominal switch the frame stops a corner"),
};
TABLE(gantry, gantry_rows, "masses and stiffness of what the Z motors carry");

// --- sag --------------------------------------------------------------------------------------------

static const struct lab_field sag_rows[] = {
    Q("hold", LAB_RATIO, hold_ppm, 600000, 0, 1000000, 'E', sagging,
      "share of unpowered corners that stay within a full step"),
    Q("creep", LAB_RATIO, creep_ppm, 300000, 0, 1000000, 'E', sagging,
      "share that creeps; the rest drops"),
    Q("creep_min", LAB_LENGTH, creep_min_nm, 50 * NM_UM, 0, 10 * NM_MM, 'E', sagging,
      "least creep"),
    Q("creep_max", LAB_LENGTH, creep_max_nm, 800 * NM_UM, 0, 10 * NM_MM, 'E', sagging,
      "largest creep"),
    Q("drop_min", LAB_LENGTH, drop_min_nm, 1 * NM_MM, 0, 500 * NM_MM, 'E', sagging, "least drop"),
    Q("drop_max", LAB_LENGTH, drop_max_nm, 20 * NM_MM, 0, 500 * NM_MM, 'E', sagging,
      "largest drop"),
    Q("rear_factor", LAB_RATIO, rear_factor_ppm, 2000000, 100000, 10000000, 'S',
      "jlas1/Klicky-Probe issue 171", "how much likelier a rear corner sags than a front one"),
    Q("speed", LAB_SPEED, sag_speed_nm_s, 15 * NM_MM, NM_MM / 10, 200 * NM_MM, 'E', sagging,
      "descent of a slipping corner"),
    Q("slip_force", LAB_FORCE, slip_force_un, 6000000, 0, 1000000000, 'E', sagging,
      "belt force at which a slipped corner stops"),
};
TABLE(sag, sag_rows, "what the corners do without power");

// --- switches ---------------------------------------------------------------------------------------

// what a switch is like when the file names only its kind
struct switch_kind {
    int32_t sigma_nm, hysteresis_nm, bounce_us, drift_nm_k, false_ppm, false_nm;
};
static const struct switch_kind switch_kinds[] = {
    [LAB_SWITCH_NONE] = {0, 0, 0, 0, 0, 0},
    [LAB_SWITCH_MICRO] = {2000, 100000, 3000, 200, 2860, 4300000},
    [LAB_SWITCH_OPTICAL] = {600, 20000, 0, 100, 0, 0},
    [LAB_SWITCH_INDUCTIVE] = {5000, 200000, 0, 3500, 0, 0},
};

struct switch_in {
    int64_t kind, sigma_nm, hysteresis_nm, bounce_us, drift_nm_k, false_ppm, false_nm;
    int64_t place_nm[LAB_CORNERS];
};

#define SWITCH(key_, unit_, member, min_, max_, mark_, about_)                             \
    {                                                                                      \
        .key = key_, .kind = LAB_F_QUANTITY, .unit = unit_, .size = 8,                     \
        .offset = offsetof(struct switch_in, member), .fallback = LAB_UNSAID, .min = min_, \
        .max = max_, .mark = mark_, .source = switching, .about = about_                   \
    }

static const struct lab_field switch_rows[] = {
    {.key = "kind",
     .kind = LAB_F_WORD,
     .size = 8,
     .offset = offsetof(struct switch_in, kind),
     .fallback = LAB_SWITCH_MICRO,
     .words = switch_words,
     .mark = 'K',
     .source = switching,
     .about = "kind of switch; what is not said below follows from it"},
    SWITCH("sigma", LAB_LENGTH, sigma_nm, 0, NM_MM, 'M',
           "repeatability of one touch, 1 sigma; micro 2um, optical 600nm, inductive 5um"),
    SWITCH("hysteresis", LAB_LENGTH, hysteresis_nm, 0, 5 * NM_MM, 'E',
           "release minus trigger point; micro 100um, optical 20um, inductive 200um"),
    SWITCH("bounce", LAB_TIME, bounce_us, 0, 100 * US_MS, 'S',
           "longest bounce on release; micro 3ms, others none"),
    SWITCH("drift", LAB_GROWTH, drift_nm_k, -100 * NM_UM, 100 * NM_UM, 'E',
           "trigger point for a kelvin of chamber; micro 200nm/K, optical 100nm/K, inductive "
           "3500nm/K"),
    SWITCH("false_rate", LAB_RATIO, false_ppm, 0, 1000000, 'M',
           "share of touches that fire grossly early; micro 2860ppm (11 of 3846 measured), others "
           "none"),
    SWITCH("false_early", LAB_LENGTH, false_nm, 0, 50 * NM_MM, 'M',
           "how early those fire; micro 4300um"),
    {.key = "place",
     .kind = LAB_F_VECTOR,
     .unit = LAB_LENGTH,
     .size = 8,
     .count = LAB_CORNERS,
     .least = 1,
     .offset = offsetof(struct switch_in, place_nm),
     .fallback = 0,
     .min = -10 * NM_MM,
     .max = 10 * NM_MM,
     .mark = 'E',
     .source = switching,
     .about = "where each switch really sits, against nominal: [stepper_z, stepper_z1, ...]"},
};

static int32_t said(int64_t value, int32_t otherwise)
{
    return value == LAB_UNSAID ? otherwise : (int32_t)value;
}

static void make_switch(const struct switch_in *in, struct lab_switch *out)
{
    const struct switch_kind *kind = &switch_kinds[in->kind];
    memset(out, 0, sizeof *out);
    out->kind = (enum lab_switch_kind)in->kind;
    out->sigma_nm = said(in->sigma_nm, kind->sigma_nm);
    out->hysteresis_nm = said(in->hysteresis_nm, kind->hysteresis_nm);
    out->bounce_us = said(in->bounce_us, kind->bounce_us);
    out->drift_nm_k = said(in->drift_nm_k, kind->drift_nm_k);
    out->false_ppm = said(in->false_ppm, kind->false_ppm);
    out->false_nm = said(in->false_nm, kind->false_nm);
    for (int i = 0; i < LAB_CORNERS; i++) {
        out->place_nm[i] = (int32_t)in->place_nm[i];
    }
}

static int finish_switch(struct lab_bind *bind, const struct lab_node *node, const void *in,
                         void *out)
{
    (void)bind;
    (void)node;
    make_switch(in, out);
    return LAB_OK;
}

static int finish_xy_switch(struct lab_bind *bind, const struct lab_node *node, const void *in,
                            void *out)
{
    // an X or Y switch is hit at 10 mm/s, not at 1: less repeatable, and no 4.3 mm false touches were seen there
    struct switch_in xy = *(const struct switch_in *)in;
    xy.sigma_nm = xy.sigma_nm == LAB_UNSAID && xy.kind == LAB_SWITCH_MICRO ? 7000 : xy.sigma_nm;
    xy.false_ppm = xy.false_ppm == LAB_UNSAID ? 0 : xy.false_ppm;
    (void)bind;
    (void)node;
    make_switch(&xy, out);
    return LAB_OK;
}

enum { SWITCH_ROWS = sizeof switch_rows / sizeof switch_rows[0] };
static const char about_z_switches[] =
    "z_plus endstops, one for each Z motor, at the top (floating bed: at the bottom)";
static const char about_xy_switches[] = "X or Y endstop; a micro-switch here repeats to 7um";
static const struct lab_table z_switches = {.about = about_z_switches,
                                            .fields = switch_rows,
                                            .count = SWITCH_ROWS,
                                            .scratch = sizeof(struct switch_in),
                                            .finish = finish_switch};
static const struct lab_table xy_switches = {.about = about_xy_switches,
                                             .fields = switch_rows,
                                             .count = SWITCH_ROWS,
                                             .scratch = sizeof(struct switch_in),
                                             .finish = finish_xy_switch};

// --- errors between one visit of the switches and the next ------------------------------------------

static const struct lab_field visit_rows[] = {
    Q("motor_angle", LAB_LENGTH, motor_angle_nm, 2 * NM_UM, 0, NM_MM, 'C', budget,
      "1 sigma of microstep and load angle at a Z trigger, one corner, one visit"),
    Q("belt", LAB_LENGTH, belt_visit_nm, 2 * NM_UM, 0, NM_MM, 'C', budget,
      "1 sigma of belt stretch that differs between visits"),
    Q("level", LAB_LENGTH, level_nm, 4 * NM_UM, 0, NM_MM, 'C', budget,
      "1 sigma at the nozzle of the tilt that independent corners leave"),
    Q("xy_belt", LAB_LENGTH, xy_belt_nm, 5 * NM_UM, 0, NM_MM, 'C', budget,
      "1 sigma of X and of Y from belts that relax between visits"),
};
TABLE(visits, visit_rows, "errors between one visit of the switches and the next");

// --- heat -------------------------------------------------------------------------------------------

static const struct lab_field heat_rows[] = {
    Q("hotend_capacity", LAB_HEAT_CAPACITY, hotend_mj_k, 13500, 1000, 200000, 'S', heating,
      "hotend"),
    Q("hotend_loss", LAB_HEAT_LOSS, hotend_mw_k, 110, 1, 5000, 'S', heating,
      "hotend to the chamber, fan off"),
    Q("hotend_power", LAB_POWER, hotend_mw, 50000, 1000, 500000, 'S', heating, "hotend heater"),
    Q("sensor_lag", LAB_TIME, sensor_lag_us, 4500 * US_MS, 0, 60 * US_S, 'S', heating,
      "hotend sensor"),
    Q("nozzle_sigma", LAB_KELVIN, nozzle_sigma_mc, 5000, 0, 50000, 'E', budget,
      "1 sigma of the nozzle's true temperature at one reading of its sensor"),
    Q("bed_capacity", LAB_HEAT_CAPACITY, bed_mj_k, 1950000, 1000, 100000000, 'M', heating,
      "bed with magnet and sheet"),
    Q("bed_loss", LAB_HEAT_LOSS, bed_mw_k, 1900, 10, 100000, 'M', heating, "bed to the chamber"),
    Q("bed_power", LAB_POWER, bed_mw, 450000, 1000, 10000000, 'K', octopus, "bed heater"),
    Q("chamber_capacity", LAB_HEAT_CAPACITY, chamber_mj_k, 9700000, 10000, 1000000000, 'M', heating,
      "chamber air and panels"),
    Q("chamber_loss", LAB_HEAT_LOSS, chamber_mw_k, 5500, 10, 1000000, 'M', heating,
      "chamber to the room"),
    Q("ambient", LAB_TEMPERATURE, ambient_mc, 23000, -20000, 60000, 'E', heating, "the room"),
    Q("bed_rise", LAB_LENGTH, bed_rise_nm, 90 * NM_UM, 0, 5 * NM_MM, 'M', heating,
      "rise of the bed-side parts for a bed 80 K warmer"),
    Q("bed_lag", LAB_TIME, bed_lag_us, 200 * US_S, 0, US_H, 'M', heating,
      "lag of that rise behind the bed"),
    Q("frame_growth", LAB_GROWTH, frame_nm_k, 5 * NM_UM, -100 * NM_UM, 100 * NM_UM, 'E', heating,
      "the Z reference falls by this for a kelvin of chamber"),
    Q("residual", LAB_LENGTH, heat_residual_nm, 6 * NM_UM, 0, NM_MM, 'M', heating,
      "1 sigma of the Z reference that no model explains, one visit"),
    Q("nozzle_growth", LAB_GROWTH, nozzle_growth_nm_k, 300, 0, 10 * NM_UM, 'M', heating,
      "nozzle and block for a kelvin of hotend"),
    Q("calibration_nozzle", LAB_TEMPERATURE, calibration_nozzle_mc, 150000, 0, 300000, 'E', heating,
      "nozzle temperature at calibration"),
};
TABLE(heat, heat_rows, "hotend, bed, chamber, and what their heat does to Z");

// --- filament and power -----------------------------------------------------------------------------

static const struct lab_field filament_rows[] = {
    Q("ooze_first", LAB_LENGTH, ooze_first_nm, 900 * NM_UM, 0, 20 * NM_MM, 'E', filaments,
      "filament that leaves an idle hot nozzle in the first ten seconds"),
    Q("ooze_rate", LAB_SPEED, ooze_rate_nm_s, 50 * NM_UM, 0, 5 * NM_MM, 'E', filaments,
      "and afterwards, for a minute"),
    Q("pressure_time", LAB_TIME, advance_us, 40 * US_MS, 0, 2 * US_S, 'E', filaments,
      "time constant of the pressure in the nozzle"),
    Q("melt", LAB_LENGTH, melt_nm, 6 * NM_MM, 0, 100 * NM_MM, 'E', filaments,
      "filament missing in the nozzle after a cool-down"),
};
TABLE(filament, filament_rows, "pressure and ooze");

static const struct lab_field power_rows[] = {
    Q("hold_up", LAB_TIME, hold_up_us, 16 * US_MS, 0, 10 * US_S, 'D', "Mean Well class, 230 VAC",
      "hold-up time of the data sheet, at full load"),
    Q("supply", LAB_POWER, supply_mw, 350000, 1000, 10000000, 'D', supplies,
      "full load of the supply"),
    Q("detect", LAB_TIME, detect_us, 10 * US_MS, 0, US_S, 'E', supplies,
      "from lost mains to the power-fail input"),
    Q("logic_hold", LAB_TIME, logic_hold_us, 20 * US_MS, 0, 10 * US_S, 'E', supplies,
      "logic lives on after the 24 V rail collapsed"),
    Q("motor_z", LAB_POWER, motor_z_mw, 6500, 0, 200000, 'S', supplies, "each Z motor"),
    Q("motor_xy", LAB_POWER, motor_xy_mw, 16000, 0, 400000, 'E', supplies,
      "X and Y motors together"),
    Q("logic", LAB_POWER, logic_mw, 5000, 0, 100000, 'E', supplies, "board and host"),
    Q("fan", LAB_POWER, fan_mw, 3000, 0, 100000, 'E', supplies, "part fan at full speed"),
    Q("driver_check", LAB_TIME, driver_check_us, US_S, US_MS, 10 * US_S, 'S', drivers,
      "between two looks of the firmware at its drivers' reset and undervoltage flags"),
    Q("boot", LAB_TIME, boot_us, 3 * US_S, 0, 600 * US_S, 'E', supplies,
      "power good to running firmware"),
};
TABLE(power, power_rows, "the supply and its loads");

// --- the whole --------------------------------------------------------------------------------------

/// A file that leaves a section out still gets the right switches, which are made by kind.
static void default_switch(bool xy, void *out)
{
    struct switch_in in;
    memset(&in, 0, sizeof in);
    lab_bind_defaults(xy ? &xy_switches : &z_switches, &in);
    (xy ? finish_xy_switch : finish_switch)(NULL, NULL, &in, out);
}

static int check_sag(struct lab_bind *bind, const struct lab_node *node,
                     const struct lab_printer *printer)
{
    const struct lab_node *sag_node = lab_node_find(node, "sag");
    const struct lab_node *blamed = sag_node != NULL ? sag_node : node;
    if (printer->creep_min_nm > printer->creep_max_nm) {
        return lab_bind_fail_key(bind, blamed, "'sag.creep_min' is larger than 'sag.creep_max'");
    }
    if (printer->drop_min_nm > printer->drop_max_nm) {
        return lab_bind_fail_key(bind, blamed, "'sag.drop_min' is larger than 'sag.drop_max'");
    }
    if (printer->hold_ppm + printer->creep_ppm > 1000000) {
        return lab_bind_fail_key(bind, blamed,
                                 "'sag.hold' and 'sag.creep' are more than 100%% together");
    }
    return LAB_OK;
}

static int finish_printer(struct lab_bind *bind, const struct lab_node *node, const void *in,
                          void *out)
{
    struct lab_printer *printer = out;
    (void)in;
    const char *const switches[] = {"z_plus", "x_stop", "y_stop"};
    struct lab_switch *const places[] = {&printer->z_plus, &printer->x_stop, &printer->y_stop};
    for (int i = 0; i < 3; i++) {
        if (lab_node_find(node, switches[i]) == NULL) {
            default_switch(i > 0, places[i]);
        }
    }
    const int status = check_sag(bind, node, printer);
    const struct lab_node *motors = lab_node_find(node, "z_motors");
    if (status == LAB_OK && printer->z_drive == LAB_Z_SCREW_X && printer->z_motors > 2) {
        return lab_bind_fail(bind, motors != NULL ? motors : node,
                             "an X beam on screws has one or two Z motors");
    }
    return status;
}

static const struct lab_field printer_rows[] = {
    {.key = "name",
     .kind = LAB_F_TEXT,
     .count = sizeof(((struct lab_printer *)0)->name),
     .required = true,
     .offset = offsetof(struct lab_printer, name),
     .about = "name of the printer"},
    WORD("kinematics", kinematics, LAB_COREXY, kinematics_words, 'K', octopus,
         "how motors move the head"),
    WORD("z_drive", z_drive, LAB_Z_BELT_GANTRY, drive_words, 'K', octopus,
         "what the Z motors move"),
    Q("z_motors", LAB_COUNT, z_motors, 4, 1, LAB_CORNERS, 'K', octopus, "number of Z motors"),
    SECTION("limits", limits),
    SECTION("drives", drives),
    SECTION("gantry", gantry),
    SECTION("sag", sag),
    {.key = "z_plus",
     .kind = LAB_F_TABLE,
     .table = &z_switches,
     .offset = offsetof(struct lab_printer, z_plus),
     .about = about_z_switches},
    {.key = "x_stop",
     .kind = LAB_F_TABLE,
     .table = &xy_switches,
     .offset = offsetof(struct lab_printer, x_stop),
     .about = about_xy_switches},
    {.key = "y_stop",
     .kind = LAB_F_TABLE,
     .table = &xy_switches,
     .offset = offsetof(struct lab_printer, y_stop),
     .about = about_xy_switches},
    SECTION("visits", visits),
    SECTION("heat", heat),
    SECTION("filament", filament),
    SECTION("power", power),
    {.key = "plr",
     .kind = LAB_F_TABLE,
     .table = &lab_plr_table,
     .offset = offsetof(struct lab_printer, plr),
     .about = "options of the recovery core on this printer"},
};

const struct lab_table lab_printer_table = {
    .about = "a printer: geometry, drives, physics, and its options of the recovery core",
    .sourced = true,
    .fields = printer_rows,
    .count = sizeof printer_rows / sizeof printer_rows[0],
    .finish = finish_printer,
};
