// What a configuration tells of its machine: values, guesses, and machines that cannot be simulated.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/klipper/machine.h"

static struct klipper_machine machine;

static int read_text(const char *text, struct lab_error *err)
{
    struct klipper_conf *conf = NULL;
    lab_error_clear(err);
    assert_int_equal(klipper_conf_parse(&conf, "made.cfg", text, strlen(text), err), LAB_OK);
    const int status = klipper_machine_read(conf, &machine, err);
    klipper_conf_close(conf);
    return status;
}

#define PRINTER(kinematics) \
    "[printer]\nkinematics: " kinematics "\nmax_velocity: 200\nmax_accel: 2000\n"
#define STEPPER(name, max, more) \
    "[stepper_" name "]\nrotation_distance: 40\nmicrosteps: 16\nposition_max: " max "\n" more
#define XY       STEPPER("x", "235", "") STEPPER("y", "220", "")
#define Z(more)  STEPPER("z", "250", more)
#define Z1(more) "[stepper_z1]\nrotation_distance: 40\nmicrosteps: 16\n" more

static int64_t number(const char *key, int i)
{
    const struct klipper_fact *fact = klipper_machine_find(&machine, key);
    if (fact == NULL) {
        fail_msg("nothing is known of %s", key);
    }
    assert_true(i < fact->count);
    return fact->value[i];
}

static const char *word(const char *key)
{
    const struct klipper_fact *fact = klipper_machine_find(&machine, key);
    return fact != NULL ? fact->word : "";
}

static void a_bed_slinger(void **state)
{
    (void)state;
    struct lab_error err;
    assert_int_equal(
        read_text(PRINTER("cartesian") XY
                  "[stepper_z]\nrotation_distance: 8\nmicrosteps: 16\nposition_max: 250\n"
                  "homing_speed: 5\n[extruder]\nfilament_diameter: 1.75\nnozzle_diameter: 0.4\n"
                  "pressure_advance: 0.4\nmax_extrude_only_accel: 1500\n",
                  &err),
        LAB_OK);
    assert_string_equal(word("kinematics"), "cartesian");
    assert_string_equal(word("z_drive"), "screw_x");
    assert_string_equal(word("z_plus.kind"), "none");
    assert_int_equal(number("z_motors", 0), 1);
    assert_int_equal(number("limits.travel", 0), 235000000);
    assert_int_equal(number("limits.travel", 1), 220000000);
    assert_int_equal(number("limits.travel", 2), 250000000);
    assert_int_equal(number("limits.velocity", 0), 200000000);
    assert_int_equal(number("limits.accel", 0), 2000000);
    assert_int_equal(number("limits.z_home_speed", 0), 5000000);
    assert_int_equal(number("limits.e_accel", 0), 1500000);
    // 200 mm/s * 16 * 0.4^2 / (pi * 1.75^2)
    assert_int_equal(number("limits.e_velocity", 0) / 10000, 5321);
    assert_int_equal(number("limits.e_velocity", 0) % 1000, 0); // for people: um/s, not nm/s
    assert_int_equal(number("drives.z_fullstep", 0), 40000);
    assert_int_equal(number("drives.z_microstep", 0), 2500);
    assert_int_equal(number("drives.xy_fullstep", 0), 200000);
    assert_int_equal(number("filament.pressure_time", 0), 400000);
    assert_int_equal(number("gantry.anchors.stepper_z", 0), -40000000);
    assert_null(klipper_machine_find(&machine, "gantry.anchors.stepper_z1"));
    assert_null(klipper_machine_find(&machine, "limits.z_velocity"));
    assert_int_equal(number("plr.park", 0), 117500000);
    assert_int_equal(number("plr.purge", 1), 218000000);
    assert_false(machine.has_plr);
}

static void beds_and_gantries(void **state)
{
    (void)state;
    struct lab_error err;
    assert_int_equal(
        read_text(PRINTER("corexy") XY Z("") Z1(
                      "") "[stepper_z2]\nrotation_distance: 40\nmicrosteps: 16\n"
                          "[z_tilt]\nz_positions:\n  -50, 18\n  # rear\n  125, 298.5\n  300,18\n",
                  &err),
        LAB_OK);
    assert_string_equal(word("z_drive"), "screw_bed");
    assert_int_equal(number("gantry.anchors.stepper_z1", 1), 298500000);
    assert_int_equal(number("gantry.anchors.stepper_z2", 0), 300000000);
    // 80:16 and 2:1 one behind the other, 0.9 degree motors
    assert_int_equal(read_text(PRINTER("hybrid_corexy")
                                   XY Z("gear_ratio: 80:16, 2:1\nfull_steps_per_rotation: 400\n"),
                               &err),
                     LAB_OK);
    assert_string_equal(word("kinematics"), "corexy");
    assert_int_equal(number("drives.z_fullstep", 0), 10000);
    assert_int_equal(number("drives.z_microstep", 0), 625);
    assert_int_equal(number("gantry.anchors.stepper_z", 0), 117500000);
    assert_int_equal(read_text(PRINTER("cartesian") XY Z("") Z1(""), &err), LAB_OK);
    assert_string_equal(word("z_drive"), "screw_x");
    assert_int_equal(number("gantry.anchors.stepper_z1", 0), 275000000);
}

static void what_cannot_be_simulated(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        int line;
    } cases[] = {
        {"[mcu]\n", "there is no [printer] section: is this the main file?", 0},
        {"[printer]\n", "[printer] needs its kinematics", 1},
        {PRINTER("delta"), "kinematics 'delta' cannot be simulated", 2},
        {PRINTER("corexz"), "kinematics 'corexz' cannot be simulated", 2},
        {PRINTER("corexy"), "there is no [stepper_x]", 1},
        {PRINTER("corexy") XY, "there is no [stepper_z]", 1},
        {PRINTER("corexy") XY "[stepper_z]\nrotation_distance: 8\nmicrosteps: 16\n",
         "[stepper_z] needs its position_max", 13},
        {PRINTER("corexy") XY "[stepper_z]\nposition_max: 8\nmicrosteps: 16\n",
         "[stepper_z] needs its rotation_distance", 13},
        {PRINTER("corexy") XY "[stepper_z]\nposition_max: 8\nrotation_distance: 8\n",
         "[stepper_z] needs its microsteps", 13},
        {PRINTER("corexy") XY Z("microsteps: 0\n"), "microsteps '0' is not above zero", 17},
        {PRINTER("corexy") XY Z("rotation_distance: wide\n"),
         "rotation_distance 'wide' is not a number", 17},
        {PRINTER("corexy") XY Z("gear_ratio: 80\n"), "gear_ratio '80' is not a ratio like 80:16",
         17},
        {PRINTER("corexy") XY Z("gear_ratio: 80:0\n"),
         "gear_ratio '80:0' is not a ratio like 80:16", 17},
        {PRINTER("corexy") XY Z("gear_ratio: 80:16 2:1\n"),
         "gear_ratio '80:16 2:1' is not a ratio like 80:16", 17},
        {PRINTER("corexy") XY Z("microsteps: 512\n"), "[stepper_z] has steps that cannot be", 13},
        {PRINTER("corexy") XY Z("") Z1("gear_ratio: 2:1\n"),
         "[stepper_z1] moves another distance a step", 17},
        {PRINTER("corexy") XY Z("") "[stepper_z2]\nrotation_distance: 40\n",
         "[stepper_z2] without [stepper_z1]", 17},
        {PRINTER("corexy") XY Z("") "[stepper_z4]\n", "more than four Z motors cannot be simulated",
         17},
        {PRINTER("corexy") XY Z("") "[z_tilt]\nz_positions: 1,2\n  3,4\n",
         "z_positions is a point on a line for each of the 1 Z", 18},
        {PRINTER("corexy") XY Z("") "[z_tilt]\nz_positions: 1;2\n",
         "z_positions is a point on a line", 18},
        {PRINTER("corexy") XY Z("") "[quad_gantry_level]\ngantry_corners: 1,2\n  3,4\n",
         "a quad_gantry_level needs four Z motors, not 1", 18},
        {PRINTER("corexy") XY Z("") "[quad_gantry_level]\ngantry_corners: 1,2\n",
         "gantry_corners '1,2' is not two points", 18},
        {PRINTER("corexy") XY Z("") "[power_loss_recovery]\n",
         "[power_loss_recovery] needs a [save_variables]", 17},
        {PRINTER("corexy") "max_z_velocity: fast\n" XY Z(""),
         "max_z_velocity 'fast' is not a number", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab_error err;
        const int status = read_text(cases[i].text, &err);
        if (status == LAB_OK ||
            strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0 ||
            err.line != cases[i].line) {
            fail_msg("case %zu: %d, line %d '%s', not line %d '%s'", i, status, err.line,
                     err.message, cases[i].line, cases[i].message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bed_slinger),
        cmocka_unit_test(beds_and_gantries),
        cmocka_unit_test(what_cannot_be_simulated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
