// The [power_loss_recovery] section: the guide's own loads word for word, every option, every bound, and the page about them.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/klipper/reference.h"
#include "core/klipper/section.h"
#include "core/klipper/value.h"

static struct klipper_plr plr;
static struct klipper_conf *conf;

static void load(const char *path)
{
    struct lab_error err = {0};
    if (klipper_conf_open(&conf, path, &err) != LAB_OK ||
        klipper_plr_read(conf, &plr, &err) != LAB_OK) {
        fail_msg("%s:%d:%d %s", err.file, err.line, err.column, err.message);
    }
}

static int load_text(const char *section, struct lab_error *err)
{
    char text[2000];
    snprintf(text, sizeof text, "[save_variables]\nfilename: v\n[power_loss_recovery]\n%s\n",
             section);
    lab_error_clear(err);
    assert_int_equal(klipper_conf_parse(&conf, "made.cfg", text, strlen(text), err), LAB_OK);
    return klipper_plr_read(conf, &plr, err);
}

static int64_t value(enum plr_option_id id)
{
    assert_true(plr.option[id].said);
    return plr.option[id].value;
}

static void the_guides_section_loads_unchanged(void **state)
{
    (void)state;
    load("fixtures/klipper/guide/printer.cfg");
    assert_int_equal(value(PLR_O_debug_mode), 0);
    assert_int_equal(value(PLR_O_save_interval), 30000000);
    assert_int_equal(value(PLR_O_save_on_layer), 1);
    assert_int_equal(value(PLR_O_history_size), 3);
    assert_int_equal(value(PLR_O_save_delay), 2);
    assert_int_equal(value(PLR_O_stepper_z3_adjust_offset), 0);
    assert_int_equal(value(PLR_O_z_height_offset), 50000);
    assert_int_equal(value(PLR_O_probe_iteration_count), 1);
    assert_int_equal(value(PLR_O_fast_travel_upto_z_height), 250000000);
    assert_int_equal(value(PLR_O_fast_travel_speed), 50000000);
    assert_int_equal(value(PLR_O_z_position), 350000000);
    assert_int_equal(value(PLR_O_fast_move_speed), 5000000);
    assert_int_equal(value(PLR_O_slow_homing_speed), 1000000);
    assert_int_equal(value(PLR_O_max_adjustment), 5000000);
    assert_int_equal(value(PLR_O_sample_size), 3);
    assert_int_equal(value(PLR_O_sample_retract_dist), 1000000);
    assert_int_equal(value(PLR_O_samples_tolerance), 50000);
    assert_int_equal(value(PLR_O_samples_retry_count), 3);
    assert_int_equal(value(PLR_O_samples_tolerance_retries), 3);
    assert_int_equal(value(PLR_O_probe_samples_range), 70000);
    assert_int_equal(value(PLR_O_retract_dist), 1000000);
    assert_string_equal(plr.option[PLR_O_part_cooling_fans].text, "fan");
    assert_string_equal(plr.option[PLR_O_restart_gcode].text, "_PLR_RESUME_PRINT_START");
    assert_string_equal(plr.option[PLR_O_before_resume_gcode].text, "_PLR_BEFORE_RESUME_GCODE");
    assert_string_equal(plr.option[PLR_O_after_resume_gcode].text, "");
    assert_string_equal(plr.option[PLR_O_before_calibrate_gcode].text, "G28");
    assert_true(plr.option[PLR_O_after_calibrate_gcode].said);
    assert_int_equal(plr.pins, 4);
    assert_string_equal(plr.pin[3].name, "mcu:PG13");
    assert_true(plr.pin[3].pull_up && !plr.pin[3].pull_down && !plr.pin[3].inverted);
    assert_string_equal(plr.variables, "~/printer_data/config/variables.cfg");
    assert_true(plr.whole);
    assert_false(plr.option[PLR_O_halt_after_initial_probe].said);
    klipper_conf_close(conf);
    // the file alone, without the machine
    load("fixtures/klipper/guide/power_loss_recovery.cfg");
    assert_false(plr.whole);
    assert_int_equal(plr.mark.line, 5);
    klipper_conf_close(conf);
    load("fixtures/klipper/voron24/printer.cfg");
    assert_int_equal(value(PLR_O_z_position), 255000000);
    klipper_conf_close(conf);
}

static void the_guides_single_motor_section_loads(void **state)
{
    (void)state;
    struct lab_error err;
    assert_int_equal(
        load_text("debug_mode: False\nsave_interval: 30\nsave_on_layer: True\nhistory_size: "
                  "3\nsave_delay: 2\n# For single Z motor printers\npin_stepper_z: "
                  "^z_endstop_pin\n",
                  &err),
        LAB_OK);
    assert_int_equal(plr.pins, 1);
    assert_string_equal(plr.pin[0].name, "mcu:z_endstop_pin");
    klipper_conf_close(conf);
}

static void what_is_not_said_has_its_default(void **state)
{
    (void)state;
    struct lab_error err;
    assert_int_equal(load_text("", &err), LAB_OK);
    for (int id = 0; id < PLR_OPTIONS; id++) {
        assert_false(plr.option[id].said);
        assert_true(plr.option[id].value == plr_option((enum plr_option_id)id)->fallback);
        assert_string_equal(plr.option[id].text, "");
    }
    assert_int_equal(plr.pins, 0);
    klipper_conf_close(conf);
}

/// A value that no other option contradicts, so that only the range is looked at.
static const char *beside(enum plr_option_id id, int64_t wanted)
{
    if (id == PLR_O_save_delay) {
        return "history_size: 20";
    }
    return id == PLR_O_history_size && wanted < 3 ? "save_delay: 1" : "";
}

static int load_value(enum plr_option_id id, int64_t wanted, struct lab_error *err)
{
    char line[200];
    char number[40];
    const struct plr_option *row = plr_option(id);
    klipper_setting_print(number, sizeof number, row, wanted);
    snprintf(line, sizeof line, "%s\n%s: %s", beside(id, wanted), row->name, number);
    return load_text(line, err);
}

/// Both ends of every range load as what they say; one step further is refused and told with the range.
static void every_range_has_both_its_ends(void **state)
{
    (void)state;
    int checked = 0;
    for (int i = 0; i < PLR_OPTIONS; i++) {
        const enum plr_option_id id = (enum plr_option_id)i;
        const struct plr_option *row = plr_option(id);
        struct lab_error err;
        if (row->kind == PLR_OPTION_SWITCH || row->kind > PLR_OPTION_SPEED) {
            continue;
        }
        const int64_t ends[2] = {row->min, row->max};
        for (int end = 0; end < 2; end++) {
            assert_int_equal(load_value(id, ends[end], &err), LAB_OK);
            assert_true(value(id) == ends[end]);
            klipper_conf_close(conf);
            const int64_t beyond = ends[end] + (end ? 1 : -1);
            assert_int_equal(load_value(id, beyond, &err), LAB_ERANGE);
            assert_non_null(strstr(err.message, " is out of range: "));
            assert_int_equal(err.line, 5);
            assert_int_equal(err.column, strlen(row->name) + 3);
            klipper_conf_close(conf);
        }
        checked++;
    }
    assert_int_equal(checked, 22);
}

static void gcode_of_several_lines_is_kept(void **state)
{
    (void)state;
    struct lab_error err;
    assert_int_equal(
        load_text("after_resume_gcode:\n  M117 on ; say it\n  G4 P100 # wait\n\n  M118 "
                  "{x}\npart_cooling_fans: fan, exhaust\n",
                  &err),
        LAB_OK);
    assert_string_equal(plr.option[PLR_O_after_resume_gcode].text,
                        "\nM117 on\nG4 P100\n\nM118 {x}");
    assert_string_equal(plr.option[PLR_O_part_cooling_fans].text, "fan, exhaust");
    klipper_conf_close(conf);
    char names[200] = "part_cooling_fans: ";
    memset(names + strlen(names), 'f', KLIPPER_NAMES_MAX);
    assert_int_equal(load_text(names, &err), LAB_OK);
    klipper_conf_close(conf);
    names[strlen(names)] = 'f';
    assert_int_equal(load_text(names, &err), LAB_EINVAL);
    assert_string_equal(err.message, "part_cooling_fans takes at most 127 characters");
    klipper_conf_close(conf);
}

static void pins(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        bool up, down, inverted;
    } good[] = {{"PG10", "mcu:PG10", false, false, false},
                {"^PG10", "mcu:PG10", true, false, false},
                {"~PG10", "mcu:PG10", false, true, false},
                {"!PG10", "mcu:PG10", false, false, true},
                {"^!toolhead:gpio5", "toolhead:gpio5", true, false, true},
                {"^P1.27", "mcu:P1.27", true, false, false},
                {"host:gpiochip0/gpio17", "host:gpiochip0/gpio17", false, false, false}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct klipper_pin pin;
        assert_true(klipper_pin_parse(good[i].text, &pin));
        assert_string_equal(pin.name, good[i].name);
        assert_int_equal(pin.pull_up, good[i].up);
        assert_int_equal(pin.pull_down, good[i].down);
        assert_int_equal(pin.inverted, good[i].inverted);
    }
    static const char *const bad[] = {
        "",          "^",
        "!",         "!^PG10",
        "^^PG10",    "PG10!",
        "P G",       ":PG10",
        "mcu:",      "a:b:c",
        "PG10,PG11", "a_name_that_is_longer_than_sixty_three_characters_is_no_pin_of_anything"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct klipper_pin pin;
        assert_false(klipper_pin_parse(bad[i], &pin));
    }
}

static int load_machine(const char *text, struct lab_error *err)
{
    lab_error_clear(err);
    assert_int_equal(klipper_conf_parse(&conf, "made.cfg", text, strlen(text), err), LAB_OK);
    const int status = klipper_plr_read(conf, &plr, err);
    klipper_conf_close(conf);
    return status;
}

/// What looks like the refused, and is not.
static void machines_that_may_be(void **state)
{
    (void)state;
    struct lab_error err;
#define HEAD                                                                                    \
    "[printer]\nkinematics: corexy\n[save_variables]\nfilename: v\n[stepper_z]\nposition_max: " \
    "260\n"
    // the switch at the top may be the motor's own endstop when it homes upwards
    assert_int_equal(
        load_machine(HEAD "endstop_pin: ^PG10\nposition_endstop: 255\n[power_loss_recovery]\n"
                          "pin_stepper_z: ^PG10\nz_position: 255\n",
                     &err),
        LAB_OK);
    // motors without any switch
    assert_int_equal(load_machine(HEAD "[stepper_z1]\n[stepper_z2]\n[power_loss_recovery]\n", &err),
                     LAB_OK);
    // the same name on two boards is two pins
    assert_int_equal(load_machine(HEAD "[stepper_z1]\n[power_loss_recovery]\npin_stepper_z: a:P1\n"
                                       "pin_stepper_z1: b:P1\nz_position: 260\n",
                                  &err),
                     LAB_OK);
    // a z_position that is not used by anything
    assert_int_equal(load_machine(HEAD "[power_loss_recovery]\nz_position: 350\n", &err), LAB_OK);
}

/// The committed page ends with what the table prints. PLR_UPDATE=1 writes it.
static void the_page_is_the_table(void **state)
{
    (void)state;
    static char kept[60000];
    static char made[40000];
    static const char path[] = "docs/KLIPPER.md";
    FILE *file = tmpfile();
    assert_non_null(file);
    klipper_reference_print(file);
    rewind(file);
    made[fread(made, 1, sizeof made - 1, file)] = '\0';
    fclose(file);
    file = fopen(path, "r");
    assert_non_null(file);
    kept[fread(kept, 1, sizeof kept - 1, file)] = '\0';
    fclose(file);
    char *begin = strstr(kept, "## Options\n");
    if (getenv("PLR_UPDATE") != NULL) {
        if (begin != NULL) {
            *begin = '\0';
        }
        file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "%s%s", kept, made);
        fclose(file);
        return;
    }
    assert_non_null(begin);
    if (strcmp(begin, made) != 0) {
        fail_msg("%s differs from the table: run this test with PLR_UPDATE=1", path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guides_section_loads_unchanged),
        cmocka_unit_test(the_guides_single_motor_section_loads),
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(every_range_has_both_its_ends),
        cmocka_unit_test(gcode_of_several_lines_is_kept),
        cmocka_unit_test(pins),
        cmocka_unit_test(machines_that_may_be),
        cmocka_unit_test(the_page_is_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
