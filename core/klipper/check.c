// What options alone cannot tell: pins, motors, kinematics and distances that do not go together.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/klipper/internal.h"
#include "core/klipper/value.h"

const char *const klipper_z_steppers[PLR_Z_MAX] = {"stepper_z", "stepper_z1", "stepper_z2",
                                                   "stepper_z3"};

// --- pins -------------------------------------------------------------------------------------------

bool klipper_pin_parse(const char *text, struct klipper_pin *pin)
{
    memset(pin, 0, sizeof *pin);
    pin->pull_up = *text == '^';
    pin->pull_down = *text == '~';
    text += *text == '^' || *text == '~';
    pin->inverted = *text == '!';
    text += *text == '!';
    if (strpbrk(text, "^~! \t\n#;,") != NULL || text[0] == '\0') {
        return false;
    }
    const char *colon = strchr(text, ':');
    if (colon == text || (colon != NULL && (colon[1] == '\0' || strchr(colon + 1, ':') != NULL))) {
        return false;
    }
    const int n = snprintf(pin->name, sizeof pin->name, "%s%s", colon == NULL ? "mcu:" : "", text);
    pin->used = true;
    return n > 0 && (size_t)n < sizeof pin->name;
}

int klipper_pin_read(const struct klipper_view *view, const struct klipper_option *option,
                     const char *text)
{
    struct klipper_pin pin;
    if (text[0] == '\0') {
        return klipper_option_fail(view, option, "%s has no pin", option->name);
    }
    if (!klipper_pin_parse(text, &pin)) {
        return klipper_option_fail(
            view, option, "'%s' is not a pin: a name, with ^ or ~ and then ! before it", text);
    }
    if (strstr(pin.name, "virtual_endstop") != NULL) {
        return klipper_option_fail(view, option,
                                   "%s '%s' is no switch: a z_plus endstop has a pin of its own",
                                   option->name, text);
    }
    return LAB_OK;
}

/// An alias of [board_pins]: "aliases: EXP1_1=PE8, EXP1_2=PE7".
static void resolve_alias(const struct klipper_option *aliases, struct klipper_pin *pin)
{
    const char *name = pin->name + strlen("mcu:");
    const size_t n = strlen(name);
    for (const char *p = aliases->value; *p != '\0'; p += strcspn(p, ",\n"), p += *p != '\0') {
        p += strspn(p, " \t\n");
        if (strncmp(p, name, n) != 0 || p[n + strspn(p + n, " \t")] != '=') {
            continue;
        }
        const char *value = p + n + strspn(p + n, " \t=");
        const int size = (int)strcspn(value, " \t,\n");
        snprintf(pin->name, sizeof pin->name, "mcu:%.*s", size < 50 ? size : 50, value);
        return;
    }
}

static void resolve(const struct klipper_conf *conf, struct klipper_pin *pin)
{
    static const char boards[] = "board_pins";
    for (const struct klipper_section *s = klipper_conf_first(conf); s != NULL; s = s->next) {
        const bool board = strncmp(s->name, boards, strlen(boards)) == 0;
        for (const struct klipper_option *o = s->first; board && o != NULL; o = o->next) {
            if (strncmp(o->name, "aliases", 7) == 0 && strncmp(pin->name, "mcu:", 4) == 0) {
                resolve_alias(o, pin);
            }
        }
    }
}

static const struct klipper_option *pin_option(const struct klipper_view *view, int motor)
{
    const struct plr_option *row = plr_option((enum plr_option_id)(PLR_O_pin_stepper_z + motor));
    return klipper_conf_find(view->conf, "power_loss_recovery", row->name);
}

static int read_pins(const struct klipper_view *view)
{
    for (int i = 0; i < PLR_Z_MAX; i++) {
        const struct klipper_option *option = pin_option(view, i);
        struct klipper_pin *pin = &view->plr->pin[i];
        if (option == NULL || !klipper_pin_parse(option->value, pin)) {
            continue;
        }
        resolve(view->conf, pin);
        view->plr->pins++;
        for (int j = 0; j < i; j++) {
            if (strcmp(view->plr->pin[j].name, pin->name) == 0) {
                return klipper_option_fail(
                    view, option,
                    "%s '%s' is also pin_%s's: each Z motor needs an endstop of its own",
                    option->name, option->value, klipper_z_steppers[j]);
            }
        }
    }
    return LAB_OK;
}

/// The endstop of stepper_z itself may be the z_plus endstop when that motor homes upwards.
static bool homes_up(const struct klipper_section *stepper)
{
    const struct klipper_option *endstop = klipper_section_find(stepper, "position_endstop");
    const struct klipper_option *most = klipper_section_find(stepper, "position_max");
    int64_t at = 0;
    int64_t top = 0;
    return endstop != NULL && most != NULL && strncmp(stepper->name, "stepper_z", 9) == 0 &&
           klipper_number(endstop->value, 6, &at) == KLIPPER_NUMBER_OK &&
           klipper_number(most->value, 6, &top) == KLIPPER_NUMBER_OK && at > top / 2;
}

static int check_clashes(const struct klipper_view *view)
{
    for (const struct klipper_section *s = klipper_conf_first(view->conf); s != NULL; s = s->next) {
        struct klipper_pin pin;
        const struct klipper_option *endstop = klipper_section_find(s, "endstop_pin");
        if (endstop == NULL || strncmp(s->name, "stepper_", 8) != 0 ||
            !klipper_pin_parse(endstop->value, &pin) || homes_up(s)) {
            continue;
        }
        resolve(view->conf, &pin);
        for (int i = 0; i < PLR_Z_MAX; i++) {
            if (view->plr->pin[i].used && strcmp(view->plr->pin[i].name, pin.name) == 0) {
                const struct klipper_option *option = pin_option(view, i);
                return klipper_option_fail(view, option,
                                           "%s '%s' is the endstop_pin of [%s]: a z_plus endstop "
                                           "needs a pin of its own",
                                           option->name, option->value, s->name);
            }
        }
    }
    return LAB_OK;
}

// --- motors and kinematics --------------------------------------------------------------------------

static int check_motors(const struct klipper_view *view)
{
    int motors = 0;
    for (int i = 0; i < PLR_Z_MAX; i++) {
        const struct klipper_section *stepper =
            klipper_conf_section(view->conf, klipper_z_steppers[i]);
        const struct klipper_option *option = pin_option(view, i);
        if (stepper != NULL && motors < i) {
            return klipper_conf_fail(view->conf, view->err, stepper->mark, NULL,
                                     "[%s] without [%s]: a motor is missing between them",
                                     stepper->name, klipper_z_steppers[motors]);
        }
        motors += stepper != NULL;
        if (option != NULL && stepper == NULL) {
            return klipper_conf_fail(view->conf, view->err, option->name_mark, option->name,
                                     "%s, but there is no [%s]", option->name,
                                     klipper_z_steppers[i]);
        }
        if (option == NULL && stepper != NULL && view->plr->pins > 0) {
            return klipper_conf_fail(view->conf, view->err, view->plr->mark, NULL,
                                     "[%s] has no pin_%s here: every Z motor needs its endstop, or "
                                     "none has one",
                                     stepper->name, stepper->name);
        }
        const struct klipper_setting *offset =
            &view->plr->option[PLR_O_stepper_z_adjust_offset + i];
        if (stepper == NULL && offset->value != 0) {
            return klipper_conf_fail(view->conf, view->err, offset->mark, offset->text,
                                     "%s_adjust_offset, but there is no [%s]",
                                     klipper_z_steppers[i], klipper_z_steppers[i]);
        }
    }
    return LAB_OK;
}

bool klipper_kinematics_known(const char *kinematics)
{
    static const char *const known[] = {"cartesian", "corexy", "hybrid_corexy"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(kinematics, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int check_kinematics(const struct klipper_view *view)
{
    const struct klipper_option *option = klipper_conf_find(view->conf, "printer", "kinematics");
    if (option == NULL) {
        const struct klipper_section *printer = klipper_conf_section(view->conf, "printer");
        return klipper_conf_fail(view->conf, view->err, printer->mark, NULL,
                                 "[printer] needs its kinematics");
    }
    if (!klipper_kinematics_known(option->value)) {
        return klipper_option_fail(view, option,
                                   "kinematics '%s' have no motors that move Z alone: known are "
                                   "cartesian, corexy, hybrid_corexy",
                                   option->value);
    }
    return LAB_OK;
}

// --- distances --------------------------------------------------------------------------------------

static int blame(const struct klipper_view *view, enum plr_option_id id, const char *what,
                 int64_t limit_nm)
{
    char number[40];
    const struct klipper_setting *setting = &view->plr->option[id];
    klipper_number_print(number, sizeof number, limit_nm, 6);
    return klipper_conf_fail(view->conf, view->err, setting->mark,
                             setting->said ? setting->text : NULL, "%s %s %s mm",
                             plr_option(id)->name, what, number);
}

static int check_distances(const struct klipper_view *view)
{
    const struct klipper_setting *o = view->plr->option;
    const int64_t top = o[PLR_O_z_position].value;
    if (view->plr->pins == 0) {
        return LAB_OK;
    }
    if (top == 0) {
        return klipper_conf_fail(view->conf, view->err, o[PLR_O_z_position].mark, NULL,
                                 "z_position is 0: it must be the Z of the z_plus endstops, at the "
                                 "top");
    }
    if (o[PLR_O_max_adjustment].value >= top) {
        return blame(view, PLR_O_max_adjustment, "does not fit below z_position", top);
    }
    if (o[PLR_O_retract_dist].value >= top) {
        return blame(view, PLR_O_retract_dist, "does not fit below z_position", top);
    }
    const int64_t clear = top - o[PLR_O_retract_dist].value;
    if (o[PLR_O_fast_travel_upto_z_height].value >= clear) {
        return blame(view, PLR_O_fast_travel_upto_z_height,
                     "runs into the switches: it must stay below z_position less retract_dist,",
                     clear);
    }
    if (o[PLR_O_slow_homing_speed].value > o[PLR_O_fast_move_speed].value) {
        return klipper_conf_fail(view->conf, view->err, o[PLR_O_slow_homing_speed].mark, NULL,
                                 "slow_homing_speed is above fast_move_speed");
    }
    return LAB_OK;
}

static int check_top(const struct klipper_view *view)
{
    const struct klipper_option *option =
        klipper_conf_find(view->conf, "stepper_z", "position_max");
    int64_t most = 0;
    if (option == NULL || view->plr->pins == 0 ||
        klipper_number(option->value, 6, &most) != KLIPPER_NUMBER_OK) {
        return LAB_OK;
    }
    return view->plr->option[PLR_O_z_position].value > most
               ? blame(view, PLR_O_z_position, "lies above [stepper_z] position_max", most)
               : LAB_OK;
}

static int check_delay(const struct klipper_view *view)
{
    const struct klipper_setting *delay = &view->plr->option[PLR_O_save_delay];
    const struct klipper_setting *size = &view->plr->option[PLR_O_history_size];
    if (delay->value < size->value) {
        return LAB_OK;
    }
    const struct klipper_setting *blamed = delay->said ? delay : size;
    return klipper_conf_fail(view->conf, view->err, blamed->mark, blamed->text,
                             "save_delay %d must be less than history_size %d", (int)delay->value,
                             (int)size->value);
}

int klipper_plr_check(const struct klipper_view *view)
{
    static int (*const whole[])(const struct klipper_view *) = {check_kinematics, check_motors,
                                                                check_clashes, check_top};
    int status = check_delay(view);
    if (status == LAB_OK) {
        status = read_pins(view);
    }
    if (status == LAB_OK) {
        status = check_distances(view);
    }
    for (size_t i = 0; view->plr->whole && status == LAB_OK && i < 4; i++) {
        status = whole[i](view);
    }
    return status;
}
