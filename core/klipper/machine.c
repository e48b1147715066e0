// From sections and options to what a printer file says of a machine.
// SPDX-License-Identifier: MIT
#include "core/klipper/machine.h"

#include <string.h>

#include "core/klipper/internal.h"
#include "core/klipper/value.h"

static const int64_t mm = 1000000; // in nm

struct reading {
    const struct klipper_conf *conf;
    struct klipper_machine *out;
    struct lab_error *err;
    int z_motors;
    int64_t travel_nm[3];
};

// --- facts ------------------------------------------------------------------------------------------

const struct klipper_fact *klipper_machine_find(const struct klipper_machine *machine,
                                                const char *key)
{
    for (int i = 0; i < machine->facts; i++) {
        if (strcmp(machine->fact[i].key, key) == 0) {
            return &machine->fact[i];
        }
    }
    return NULL;
}

static struct klipper_fact *add(struct reading *r, const char *key, struct klipper_mark mark,
                                const char *note)
{
    PLR_ASSERT(r->out->facts < KLIPPER_FACTS);
    struct klipper_fact *fact = &r->out->fact[r->out->facts++];
    snprintf(fact->key, sizeof fact->key, "%s", key);
    snprintf(fact->note, sizeof fact->note, "%s", note);
    fact->mark = mark;
    return fact;
}

static void add_number(struct reading *r, const char *key, struct klipper_mark mark,
                       const char *note, int64_t value)
{
    struct klipper_fact *fact = add(r, key, mark, note);
    fact->value[fact->count++] = value;
}

static void add_word(struct reading *r, const char *key, struct klipper_mark mark, const char *note,
                     const char *word)
{
    struct klipper_fact *fact = add(r, key, mark, note);
    snprintf(fact->word, sizeof fact->word, "%s", word);
}

static const struct klipper_mark nowhere;

// --- reading options ----------------------------------------------------------------------------------

static int odd(const struct reading *r, const struct klipper_option *option, const char *what)
{
    const struct klipper_view view = {r->conf, NULL, r->err};
    return klipper_option_fail(&view, option, "%s '%s' is not %s", option->name, option->value,
                               what);
}

/// A number that may be missing: then *found is false.
static int number(const struct reading *r, const struct klipper_section *section, const char *name,
                  int decimals, int64_t *value, bool *found)
{
    const struct klipper_option *option = klipper_section_find(section, name);
    *found = option != NULL;
    if (option != NULL && klipper_number(option->value, decimals, value) != KLIPPER_NUMBER_OK) {
        return odd(r, option, "a number");
    }
    return LAB_OK;
}

/// One that must be there, above zero.
static int needed(const struct reading *r, const struct klipper_section *section, const char *name,
                  int decimals, int64_t *value)
{
    bool found = false;
    const int status = number(r, section, name, decimals, value, &found);
    if (status == LAB_OK && !found) {
        return klipper_conf_fail(r->conf, r->err, section->mark, NULL, "[%s] needs its %s",
                                 section->name, name);
    }
    if (status == LAB_OK && *value <= 0) {
        return odd(r, klipper_section_find(section, name), "above zero");
    }
    return status;
}

/// An option that is a value of the printer file as it stands.
struct copied {
    const char *section, *option;
    int decimals;
    const char *key;
};

static int copy_numbers(struct reading *r)
{
    static const struct copied copied[] = {
        {"printer", "max_velocity", 6, "limits.velocity"},
        {"printer", "max_accel", 3, "limits.accel"},
        {"printer", "square_corner_velocity", 6, "limits.corner_velocity"},
        {"printer", "max_z_velocity", 6, "limits.z_velocity"},
        {"printer", "max_z_accel", 3, "limits.z_accel"},
        {"stepper_z", "homing_speed", 6, "limits.z_home_speed"},
        {"stepper_x", "homing_speed", 6, "limits.xy_home_speed"},
        {"stepper_x", "second_homing_speed", 6, "limits.xy_home_second_speed"},
        {"extruder", "filament_diameter", 6, "drives.filament"},
        {"extruder", "pressure_advance", 6, "filament.pressure_time"},
    };
    int status = LAB_OK;
    for (size_t i = 0; status == LAB_OK && i < sizeof copied / sizeof copied[0]; i++) {
        const struct copied *c = &copied[i];
        const struct klipper_section *section = klipper_conf_section(r->conf, c->section);
        int64_t value = 0;
        bool found = false;
        status = number(r, section, c->option, c->decimals, &value, &found);
        if (status == LAB_OK && found) {
            char note[96];
            snprintf(note, sizeof note, "[%s] %s", c->section, c->option);
            add_number(r, c->key, klipper_section_find(section, c->option)->mark, note, value);
        }
    }
    return status;
}

// --- kinematics and motors --------------------------------------------------------------------------

static int read_kinematics(struct reading *r)
{
    const struct klipper_view view = {r->conf, NULL, r->err};
    const struct klipper_section *printer = klipper_conf_section(r->conf, "printer");
    if (printer == NULL) {
        lab_error_at_file(r->err, klipper_conf_file(r->conf, 0),
                          "there is no [printer] section: is this the main file?");
        return LAB_EINVAL;
    }
    const struct klipper_option *option = klipper_section_find(printer, "kinematics");
    if (option == NULL) {
        return klipper_conf_fail(r->conf, r->err, printer->mark, NULL,
                                 "[printer] needs its kinematics");
    }
    if (!klipper_kinematics_known(option->value)) {
        return klipper_option_fail(&view, option,
                                   "kinematics '%s' cannot be simulated: cartesian, corexy and "
                                   "hybrid_corexy can",
                                   option->value);
    }
    const bool cartesian = strcmp(option->value, "cartesian") == 0;
    add_word(r, "kinematics", option->mark, "[printer] kinematics",
             cartesian ? "cartesian" : "corexy");
    return LAB_OK;
}

/// rotation_distance through the gears, for a full step and for a microstep.
static int read_steps(const struct reading *r, const struct klipper_section *stepper,
                      int64_t *full_nm, int64_t *micro_nm)
{
    int64_t rotation = 0;
    int64_t microsteps = 0;
    int64_t full = 200;
    int64_t a = 1000000;
    int64_t b = 1000000;
    bool found = false;
    int status = needed(r, stepper, "rotation_distance", 6, &rotation);
    if (status == LAB_OK) {
        status = needed(r, stepper, "microsteps", 0, &microsteps);
    }
    if (status == LAB_OK) {
        status = number(r, stepper, "full_steps_per_rotation", 0, &full, &found);
    }
    const struct klipper_option *gears = klipper_section_find(stepper, "gear_ratio");
    const char *p = gears != NULL ? gears->value : "";
    int64_t nm = rotation;
    while (status == LAB_OK && *p != '\0') {
        if (klipper_number_begin(p, 6, &a, &p) != KLIPPER_NUMBER_OK || *p != ':' ||
            klipper_number_begin(p + 1, 6, &b, &p) != KLIPPER_NUMBER_OK || a < 1 || b < 1 ||
            a > 1000 * mm || b > 1000 * mm || nm > 10000 * mm || (*p != '\0' && *p != ',')) {
            return odd(r, gears, "a ratio like 80:16");
        }
        nm = (nm * (b / 1000) + a / 2000) / (a / 1000 > 0 ? a / 1000 : 1);
        p += *p == ',';
    }
    if (status == LAB_OK && (full < 1 || full > 10000 || microsteps > 256)) {
        return klipper_conf_fail(r->conf, r->err, stepper->mark, NULL,
                                 "[%s] has steps that cannot be", stepper->name);
    }
    *full_nm = status == LAB_OK ? (nm + full / 2) / full : 0;
    *micro_nm = status == LAB_OK ? (*full_nm + microsteps / 2) / microsteps : 0;
    return status;
}

static const struct klipper_section *stepper_section(const struct reading *r, const char *name)
{
    const struct klipper_section *stepper = klipper_conf_section(r->conf, name);
    if (stepper == NULL) {
        const struct klipper_section *printer = klipper_conf_section(r->conf, "printer");
        klipper_conf_fail(r->conf, r->err, printer->mark, NULL, "there is no [%s]", name);
    }
    return stepper;
}

static int read_travel(struct reading *r)
{
    static const char *const axes[] = {"stepper_x", "stepper_y", "stepper_z"};
    struct klipper_mark mark = nowhere;
    for (int i = 0; i < 3; i++) {
        const struct klipper_section *stepper = stepper_section(r, axes[i]);
        if (stepper == NULL || needed(r, stepper, "position_max", 6, &r->travel_nm[i]) != LAB_OK) {
            return LAB_EINVAL;
        }
        mark = i == 0 ? klipper_section_find(stepper, "position_max")->mark : mark;
    }
    struct klipper_fact *fact =
        add(r, "limits.travel", mark, "position_max of [stepper_x], [stepper_y], [stepper_z]");
    memcpy(fact->value, r->travel_nm, sizeof r->travel_nm);
    fact->count = 3;
    return LAB_OK;
}

static int read_drive(struct reading *r, const char *stepper_name, const char *full_key,
                      const char *micro_key)
{
    const struct klipper_section *stepper = stepper_section(r, stepper_name);
    int64_t full = 0;
    int64_t micro = 0;
    char note[96];
    if (stepper == NULL || read_steps(r, stepper, &full, &micro) != LAB_OK) {
        return LAB_EINVAL;
    }
    snprintf(note, sizeof note, "[%s] rotation_distance, gear_ratio, full steps", stepper_name);
    const struct klipper_mark mark = klipper_section_find(stepper, "rotation_distance")->mark;
    add_number(r, full_key, mark, note, full);
    snprintf(note, sizeof note, "the same and microsteps");
    add_number(r, micro_key, mark, note, micro);
    return LAB_OK;
}

/// All Z motors are alike here: one step for all.
static int count_z(struct reading *r)
{
    int64_t first = 0;
    int64_t full = 0;
    int64_t micro = 0;
    const struct klipper_section *extra = klipper_conf_section(r->conf, "stepper_z4");
    if (extra != NULL) {
        return klipper_conf_fail(r->conf, r->err, extra->mark, NULL,
                                 "more than four Z motors cannot be simulated");
    }
    for (int i = 0; i < PLR_Z_MAX; i++) {
        const struct klipper_section *stepper =
            klipper_conf_section(r->conf, klipper_z_steppers[i]);
        if (stepper == NULL) {
            continue;
        }
        if (i > r->z_motors) {
            return klipper_conf_fail(r->conf, r->err, stepper->mark, NULL,
                                     "[%s] without [%s]: a motor is missing between them",
                                     stepper->name, klipper_z_steppers[r->z_motors]);
        }
        if (read_steps(r, stepper, &full, &micro) != LAB_OK) {
            return LAB_EINVAL;
        }
        first = i == 0 ? full : first;
        if (full != first) {
            return klipper_conf_fail(r->conf, r->err, stepper->mark, NULL,
                                     "[%s] moves another distance a step than [stepper_z]: that "
                                     "cannot be simulated",
                                     stepper->name);
        }
        r->z_motors++;
    }
    const struct klipper_section *stepper = klipper_conf_section(r->conf, "stepper_z");
    add_number(r, "z_motors", stepper->mark, "sections [stepper_z...]", r->z_motors);
    return LAB_OK;
}

/// Klipper's default: what the largest path speed through the nozzle's cross section (4 nozzle diameters squared) takes.
static int derive_extruder(struct reading *r, const char *option, const char *limit, int decimals,
                           const char *key)
{
    const struct klipper_section *extruder = klipper_conf_section(r->conf, "extruder");
    const struct klipper_section *printer = klipper_conf_section(r->conf, "printer");
    int64_t value = 0;
    int64_t nozzle = 0;
    int64_t filament = 0;
    int64_t most = 0;
    bool found = false;
    bool known[3];
    char note[96];
    if (number(r, extruder, option, decimals, &value, &found) != LAB_OK) {
        return LAB_EINVAL;
    }
    if (found) {
        snprintf(note, sizeof note, "[extruder] %s", option);
        add_number(r, key, klipper_section_find(extruder, option)->mark, note, value);
        return LAB_OK;
    }
    if (number(r, extruder, "nozzle_diameter", 3, &nozzle, &known[0]) != LAB_OK ||
        number(r, extruder, "filament_diameter", 3, &filament, &known[1]) != LAB_OK ||
        number(r, printer, limit, decimals, &most, &known[2]) != LAB_OK) {
        return LAB_EINVAL;
    }
    const bool sane = nozzle > 0 && nozzle < 10000 && filament > 0 && filament < 10000 &&
                      most > 0 && most < 100000 * mm;
    if (known[0] && known[1] && known[2] && sane) {
        // 4 n^2 / (pi f^2 / 4), pi as 355/113
        const int64_t ppm = 16 * nozzle * nozzle * 113 * 1000 / (355 * filament * filament / 1000);
        snprintf(note, sizeof note, "Klipper's default, from %s and nozzle_diameter", limit);
        // whole um/s and mm/s2: what is derived is no more exact, and people read it
        const int64_t step = 1000;
        add_number(r, key, klipper_section_find(printer, limit)->mark, note,
                   most / 1000 * ppm / 1000 / step * step);
    }
    return LAB_OK;
}

// --- what the Z motors hold --------------------------------------------------------------------------

static void add_anchor(struct reading *r, int motor, struct klipper_mark mark, const char *note,
                       const int64_t at[2])
{
    char key[48];
    snprintf(key, sizeof key, "gantry.anchors.%s", klipper_z_steppers[motor]);
    struct klipper_fact *fact = add(r, key, mark, note);
    fact->value[0] = at[0];
    fact->value[1] = at[1];
    fact->count = 2;
}

/// Points between line feeds: "-60,-10". Returns how many, -1 when it is no such list.
static int read_points(const char *text, int64_t points[][2], int most)
{
    int n = 0;
    while (*text != '\0') {
        char line[64];
        const size_t size = strcspn(text, "\n");
        if (size >= sizeof line || (size > 0 && n == most)) {
            return -1;
        }
        memcpy(line, text, size);
        line[size] = '\0';
        if (size > 0 && klipper_numbers(line, 6, points[n], 2) != 2) {
            return -1;
        }
        n += size > 0;
        text += size + (text[size] != '\0');
    }
    return n;
}

static int gantry_corners(struct reading *r, const struct klipper_option *option)
{
    int64_t corner[2][2];
    if (read_points(option->value, corner, 2) != 2) {
        return odd(r, option, "two points, one on each line");
    }
    if (r->z_motors != 4) {
        return klipper_conf_fail(r->conf, r->err, option->name_mark, option->name,
                                 "a quad_gantry_level needs four Z motors, not %d", r->z_motors);
    }
    static const int x[4] = {0, 0, 1, 1};
    static const int y[4] = {0, 1, 1, 0};
    for (int i = 0; i < 4; i++) {
        const int64_t at[2] = {corner[x[i]][0], corner[y[i]][1]};
        add_anchor(r, i, option->line[0].line > 0 ? option->mark : nowhere,
                   "[quad_gantry_level] gantry_corners", at);
    }
    return LAB_OK;
}

static int z_positions(struct reading *r, const struct klipper_option *option)
{
    int64_t points[PLR_Z_MAX][2];
    const int n = read_points(option->value, points, PLR_Z_MAX);
    if (n != r->z_motors) {
        return klipper_conf_fail(r->conf, r->err, option->name_mark, option->name,
                                 "z_positions is a point on a line for each of the %d Z motors",
                                 r->z_motors);
    }
    for (int i = 0; i < n; i++) {
        add_anchor(r, i, option->mark, "[z_tilt] z_positions", points[i]);
    }
    return LAB_OK;
}

/// Nobody says where the screws are: beside the bed, or below it.
static void guess_anchors(struct reading *r, bool x_beam)
{
    const int64_t w = r->travel_nm[0];
    const int64_t d = r->travel_nm[1];
    const int64_t beam[2][2] = {{-40 * mm, d / 2}, {w + 40 * mm, d / 2}};
    const int64_t bed[4][2] = {{0, 0}, {w / 2, d}, {w, 0}, {w, d}};
    const int64_t middle[2] = {w / 2, d / 2};
    for (int i = 0; i < r->z_motors; i++) {
        const int64_t *at = x_beam ? beam[i] : r->z_motors == 1 ? middle : bed[i];
        add_anchor(r, i, nowhere, "a guess: the configuration does not tell", at);
    }
}

static int read_z_drive(struct reading *r)
{
    const bool cartesian =
        strcmp(klipper_machine_find(r->out, "kinematics")->word, "cartesian") == 0;
    const struct klipper_option *corners =
        klipper_conf_find(r->conf, "quad_gantry_level", "gantry_corners");
    const struct klipper_option *positions = klipper_conf_find(r->conf, "z_tilt", "z_positions");
    const bool x_beam = corners == NULL && cartesian && r->z_motors <= 2;
    const struct klipper_mark mark = corners != NULL     ? corners->name_mark
                                     : positions != NULL ? positions->name_mark
                                                         : nowhere;
    add_word(r, "z_drive", mark,
             corners != NULL ? "there is a [quad_gantry_level]"
             : x_beam        ? "a guess: cartesian with one or two Z motors"
                             : "a guess: no flying gantry, and not a bed slinger",
             corners != NULL ? "belt_gantry"
             : x_beam        ? "screw_x"
                             : "screw_bed");
    if (corners != NULL) {
        return gantry_corners(r, corners);
    }
    if (positions != NULL) {
        return z_positions(r, positions);
    }
    guess_anchors(r, x_beam);
    return LAB_OK;
}

// --- the recovery -------------------------------------------------------------------------------------

/// A list of names on one line.
static void add_names(struct reading *r, const char *key, const struct klipper_setting *setting)
{
    const char *text = setting->text + strspn(setting->text, "\n ");
    if (text[0] == '\0') {
        return;
    }
    struct klipper_fact *fact = add(r, key, setting->mark, "[power_loss_recovery]");
    snprintf(fact->word, sizeof fact->word, "%s", text);
    for (char *end = fact->word; (end = strpbrk(end, "\n\t")) != NULL;) {
        *end = ' ';
    }
}

static int read_options(struct reading *r)
{
    struct klipper_plr *plr = &r->out->plr;
    r->out->has_plr = klipper_conf_section(r->conf, "power_loss_recovery") != NULL;
    if (r->out->has_plr && klipper_plr_read(r->conf, plr, r->err) != LAB_OK) {
        return LAB_EINVAL;
    }
    const bool switches = r->out->has_plr && plr->pins > 0;
    add_word(r, "z_plus.kind", switches ? plr->mark : nowhere,
             switches ? "pin_stepper_z...; that it is a micro-switch is a guess"
                      : "no pin_stepper_z: Z is what the motors keep",
             switches ? "micro" : "none");
    for (int id = 0; r->out->has_plr && id < PLR_OPTIONS; id++) {
        const struct plr_option *row = plr_option((enum plr_option_id)id);
        char key[48];
        snprintf(key, sizeof key, "plr.%s", row->name);
        if (plr->option[id].said && row->size > 0) {
            add_number(r, key, plr->option[id].mark, "[power_loss_recovery]",
                       plr->option[id].value);
        } else if (plr->option[id].said && id == PLR_O_part_cooling_fans) {
            add_names(r, key, &plr->option[id]);
        }
    }
    return LAB_OK;
}

/// Where the core parks and purges is not in Klipper's configuration: the rear, away from where parts are.
static void guess_places(struct reading *r)
{
    const int64_t *travel = r->travel_nm;
    struct klipper_fact *park = add(r, "plr.park", nowhere, "a guess: centre rear");
    struct klipper_fact *purge = add(r, "plr.purge", nowhere, "a guess: rear right edge");
    park->count = purge->count = 2;
    park->value[0] = travel[0] / 2;
    park->value[1] = travel[1] > 10 * mm ? travel[1] - 10 * mm : 0;
    purge->value[0] = travel[0] > 15 * mm ? travel[0] - 15 * mm : 0;
    purge->value[1] = travel[1] > 2 * mm ? travel[1] - 2 * mm : 0;
}

int klipper_machine_read(const struct klipper_conf *conf, struct klipper_machine *out,
                         struct lab_error *err)
{
    struct reading r = {.conf = conf, .out = out, .err = err};
    memset(out, 0, sizeof *out);
    int status = read_kinematics(&r);
    if (status == LAB_OK) {
        status = read_travel(&r);
    }
    if (status == LAB_OK) {
        status = count_z(&r);
    }
    if (status == LAB_OK) {
        status = read_z_drive(&r);
    }
    if (status == LAB_OK) {
        status = read_drive(&r, "stepper_z", "drives.z_fullstep", "drives.z_microstep");
    }
    if (status == LAB_OK) {
        status = read_drive(&r, "stepper_x", "drives.xy_fullstep", "drives.xy_microstep");
    }
    if (status == LAB_OK) {
        status = copy_numbers(&r);
    }
    if (status == LAB_OK) {
        status = derive_extruder(&r, "max_extrude_only_velocity", "max_velocity", 6,
                                 "limits.e_velocity");
    }
    if (status == LAB_OK) {
        status = derive_extruder(&r, "max_extrude_only_accel", "max_accel", 3, "limits.e_accel");
    }
    if (status == LAB_OK) {
        status = read_options(&r);
    }
    guess_places(&r);
    return status;
}
