// The modal state: every code's effect, arcs, offsets, retraction, and what is refused without a trace.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/gcode/internal.h"

#include <stdlib.h>
#include <string.h>

#define MM(x) ((int64_t)((x)*1000000.0 + ((x) < 0 ? -0.5 : 0.5)))

static struct plr_modal modal;
static struct plr_action action;

static int apply(const char *text)
{
    struct plr_gcode_line line;

    if (plr_gcode_lex(text, strlen(text), &line))
        fail_msg("'%s' does not lex", text);
    return plr_modal_apply(&modal, &line, &action);
}

static void run(const char *text, enum plr_action_kind kind)
{
    int error = apply(text);

    if (error || action.kind != kind)
        fail_msg("'%s': error %d, action %d instead of %d", text, error, action.kind, kind);
}

/// Refused, and the state is as it was.
static void refused(const char *text, int wanted)
{
    struct plr_modal before = modal;
    int error = apply(text);

    if (error != wanted || memcmp(&before, &modal, sizeof modal))
        fail_msg("'%s': error %d instead of %d, or the state changed", text, error, wanted);
}

static void at(double x, double y, double z)
{
    int64_t machine[PLR_AXES];

    plr_modal_machine(&modal, machine);
    assert_int_equal(machine[PLR_X], MM(x));
    assert_int_equal(machine[PLR_Y], MM(y));
    assert_int_equal(machine[PLR_Z], MM(z));
}

static int setup(void **state)
{
    (void)state;
    plr_modal_init(&modal);
    return 0;
}

static void test_moves(void **state)
{
    (void)state;
    run("G1 X10 Y20 Z0.2 F6000", PLR_ACT_MOVE);
    at(10, 20, 0.2);
    assert_int_equal(action.feed_nm_s, MM(100));
    assert_int_equal(action.from_nm[PLR_X], 0);
    assert_int_equal(action.to_nm[PLR_Y], MM(20));
    assert_false(action.extrudes);
    run("G1 F1200", PLR_ACT_NONE);
    assert_int_equal(modal.feed_nm_s, MM(20));
    run("G1 F0", PLR_ACT_NONE);
    assert_int_equal(modal.feed_nm_s, MM(20));
    run("G1 X10", PLR_ACT_NONE); // already there
    run("G0 X11", PLR_ACT_MOVE);
    assert_int_equal(modal.motion, 0);
    run("X12 Y21", PLR_ACT_MOVE); // the modal code is meant
    assert_int_equal(modal.motion, 0);
    at(12, 21, 0.2);
    run("G91", PLR_ACT_NONE);
    run("G1 X-2 Z.1", PLR_ACT_MOVE);
    at(10, 21, 0.3);
    run("G90", PLR_ACT_NONE);
    run("G20", PLR_ACT_NONE);
    run("G1 X1 F60", PLR_ACT_MOVE);
    at(25.4, 21, 0.3);
    assert_int_equal(modal.feed_nm_s, MM(25.4));
    run("G21", PLR_ACT_NONE);
    run("M220 S50", PLR_ACT_NONE);
    run("G1 X0 F6000", PLR_ACT_MOVE);
    assert_int_equal(action.feed_nm_s, MM(50));
    refused("G1 X2000.001", PLR_ERANGE);
    refused("G1 Z-2001 F1", PLR_ERANGE);
}

/// E is relative when G91 or M83 holds; G90 undoes only G91.
static void test_e_modes(void **state)
{
    static const struct {
        const char *modes[3];
        int64_t e_nm;
    } cases[] = {
        {{"M82", "G90", "G90"}, 2000000}, {{"M83", "G90", "G90"}, 5000000},
        {{"G90", "M83", "M83"}, 5000000}, {{"M82", "G91", "G91"}, 5000000},
        {{"G91", "M82", "M82"}, 5000000}, {{"M83", "G91", "G90"}, 5000000},
        {{"M82", "G91", "G90"}, 2000000}, {{"G91", "M83", "M82"}, 5000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        plr_modal_init(&modal);
        run("G1 E3", PLR_ACT_MOVE);
        for (int j = 0; j < 3; j++)
            run(cases[i].modes[j], PLR_ACT_NONE);
        run("G1 X1 E5", PLR_ACT_MOVE);
        assert_int_equal(action.e_nm, cases[i].e_nm);
    }
}

static void test_extrusion(void **state)
{
    (void)state;
    run("M83", PLR_ACT_NONE);
    run("G1 E-.8 F1800", PLR_ACT_MOVE);
    assert_false(action.extrudes);
    assert_int_equal(modal.retract_nm, 800000);
    run("G1 X5 E-.2", PLR_ACT_MOVE); // wipe
    assert_int_equal(modal.retract_nm, 1000000);
    run("G1 E.6", PLR_ACT_MOVE);
    assert_int_equal(modal.retract_nm, 400000);
    assert_false(action.extrudes);
    assert_int_equal(modal.flags & PLR_MODAL_EXTRUDED, 0);
    run("G1 E.6", PLR_ACT_MOVE);
    assert_int_equal(modal.retract_nm, 0); // floor
    run("G1 Z.3 E.1", PLR_ACT_MOVE);
    assert_true(action.extrudes);
    assert_int_equal(modal.flags & PLR_MODAL_EXTRUDED, 0); // not in XY
    run("G1 X6 E.1", PLR_ACT_MOVE);
    assert_true(action.extrudes);
    assert_int_not_equal(modal.flags & PLR_MODAL_EXTRUDED, 0);
    assert_int_equal(modal.reached_z_nm, MM(0.3));
    run("G1 Z5", PLR_ACT_MOVE);
    run("G1 X7", PLR_ACT_MOVE);
    assert_int_equal(modal.reached_z_nm, MM(0.3)); // travel reaches nothing
    assert_int_equal(modal.tallest_nm, MM(0.3));
    run("M221 S95", PLR_ACT_NONE);
    run("G1 X8 E2", PLR_ACT_MOVE);
    assert_int_equal(action.e_nm, 1900000);
    assert_int_equal(action.to_nm[PLR_E] - action.from_nm[PLR_E], 2000000);
    run("M221 S5000", PLR_ACT_NONE);
    assert_int_equal(modal.flow_ppm, 10000000); // clamped
    run("G10", PLR_ACT_RETRACT);
    assert_int_not_equal(modal.flags & PLR_MODAL_RETRACTED, 0);
    run("G11", PLR_ACT_RETRACT);
    assert_int_equal(modal.flags & PLR_MODAL_RETRACTED, 0);
    run("G10 P0 S200", PLR_ACT_UNKNOWN);
}

static void test_g92(void **state)
{
    (void)state;
    run("G1 X10 Y10 Z10 E10", PLR_ACT_MOVE);
    run("G92 X0 E0", PLR_ACT_NONE);
    at(10, 10, 10);
    assert_int_equal(action.to_nm[PLR_E], MM(10)); // filament goes on
    run("G1 X5 E1", PLR_ACT_MOVE);
    at(15, 10, 10);
    assert_int_equal(action.e_nm, MM(1));
    assert_int_equal(action.to_nm[PLR_E], MM(11));
    run("G92", PLR_ACT_NONE); // bare: all are zero here
    run("G1 Y1", PLR_ACT_MOVE);
    at(15, 11, 10);
    run("G92.1", PLR_ACT_NONE);
    run("G1 X1 Y1 Z1", PLR_ACT_MOVE);
    at(1, 1, 1);
    run("G92.3", PLR_ACT_UNKNOWN);
    run("G92 Z5", PLR_ACT_NONE);
    run("G28 Z", PLR_ACT_HOME); // homing forgets G92
    assert_int_equal(action.axes, 4);
    assert_int_equal(modal.g92_nm[PLR_Z], 0);
    const int64_t home[PLR_AXES] = {MM(100), MM(100), MM(7), MM(99)};
    plr_modal_set_machine(&modal, 4, home);
    at(1, 1, 7);
    run("G28", PLR_ACT_HOME);
    assert_int_equal(action.axes, 7);
    plr_modal_set_machine(&modal, 3, home);
    at(100, 100, 7);
}

static void test_offsets(void **state)
{
    (void)state;
    run("G1 X10 Z1", PLR_ACT_MOVE);
    run("SET_GCODE_OFFSET Z=0.1", PLR_ACT_NONE);
    at(10, 0, 1); // stands still
    run("G1 X11", PLR_ACT_MOVE);
    at(11, 0, 1); // an axis that is not named, too
    run("G1 Z1", PLR_ACT_MOVE);
    at(11, 0, 1.1);
    run("SET_GCODE_OFFSET Z_ADJUST=-0.05 MOVE=1", PLR_ACT_MOVE);
    at(11, 0, 1.05);
    assert_int_equal(action.from_nm[PLR_Z] - action.to_nm[PLR_Z], 50000);
    run("M290 Z0.02", PLR_ACT_MOVE);
    at(11, 0, 1.07);
    run("M290 S-0.02", PLR_ACT_MOVE);
    at(11, 0, 1.05);
    run("G92 Z0", PLR_ACT_NONE);
    at(11, 0, 1.05);
    run("G1 Z1", PLR_ACT_MOVE);
    at(11, 0, 2.05);
    refused("SET_GCODE_OFFSET Z=3000", PLR_ERANGE);
    refused("SET_GCODE_OFFSET Z=1999 MOVE=1", PLR_ERANGE);
    refused("SET_GCODE_OFFSET Z=high", PLR_EINVAL);
    const int64_t stands[PLR_AXES] = {0, 0, MM(3), 0};
    plr_modal_set_machine(&modal, 4, stands);
    at(11, 0, 3);
}

static void test_heat(void **state)
{
    (void)state;
    run("M104 S215.5", PLR_ACT_NONE);
    assert_int_equal(modal.nozzle_mc[0], 215500);
    run("M104 T1 S200", PLR_ACT_NONE);
    assert_int_equal(modal.nozzle_mc[1], 200000);
    run("M109 S240", PLR_ACT_WAIT);
    assert_int_equal(action.heater, 1);
    assert_false(action.wait_cool);
    assert_int_equal(action.heat_mc[0], 240000);
    run("M109 R180", PLR_ACT_WAIT);
    assert_true(action.wait_cool);
    assert_int_equal(modal.nozzle_mc[0], 180000);
    run("M190 S105", PLR_ACT_WAIT);
    assert_int_equal(action.heater, 0);
    assert_int_equal(modal.bed_mc, 105000);
    run("M140 S-5", PLR_ACT_NONE);
    assert_int_equal(modal.bed_mc, 0);
    run("M191 S50", PLR_ACT_WAIT);
    assert_int_equal(action.heater, -1);
    assert_int_equal(modal.chamber_mc, 50000);
    run("M104 T7 S200", PLR_ACT_UNKNOWN);
    run("T1", PLR_ACT_SYNC);
    run("T1", PLR_ACT_NONE);
    run("M104 S99", PLR_ACT_NONE);
    assert_int_equal(modal.nozzle_mc[1], 99000);
    run("T4", PLR_ACT_UNKNOWN);
    run("SET_HEATER_TEMPERATURE HEATER=extruder2 TARGET=201", PLR_ACT_NONE);
    assert_int_equal(modal.nozzle_mc[2], 201000);
    run("SET_HEATER_TEMPERATURE HEATER=heater_bed", PLR_ACT_NONE);
    assert_int_equal(modal.bed_mc, 0);
    run("SET_HEATER_TEMPERATURE HEATER=toaster TARGET=1", PLR_ACT_UNKNOWN);
    run("TEMPERATURE_WAIT SENSOR=\"heater_generic chamber\" MINIMUM=45", PLR_ACT_WAIT);
    assert_int_equal(action.heater, -1);
    assert_int_equal(action.heat_mc[0], 45000);
    assert_int_equal(action.heat_mc[1], INT32_MAX);
    run("TEMPERATURE_WAIT SENSOR=extruder MAXIMUM=150", PLR_ACT_WAIT);
    assert_true(action.wait_cool);
    assert_int_equal(action.heat_mc[1], 150000);
    run("print_start EXTRUDER=240 BED=105", PLR_ACT_START);
    assert_int_equal(action.heat_mc[0], 105000);
    assert_int_equal(action.heat_mc[1], 240000);
    assert_int_equal(modal.nozzle_mc[1], 240000);
    run("START_PRINT BED_TEMP=60 HOTEND=200", PLR_ACT_START);
    assert_int_equal(action.heat_mc[1], 200000);
    run("PRINT_START", PLR_ACT_START);
    assert_int_equal(action.heat_mc[0], 60000);
    refused("PRINT_START BED=warm", PLR_EINVAL);
}

static void test_settings(void **state)
{
    (void)state;
    run("M106 S255", PLR_ACT_NONE);
    assert_int_equal(modal.fan_ppm[0], 1000000);
    run("M106 P2 S51", PLR_ACT_NONE);
    assert_int_equal(modal.fan_ppm[2], 200000);
    run("M106 S999", PLR_ACT_NONE);
    assert_int_equal(modal.fan_ppm[0], 1000000);
    run("M106 P9 S1", PLR_ACT_NONE);
    run("M107", PLR_ACT_NONE);
    assert_int_equal(modal.fan_ppm[0], 0);
    run("SET_FAN_SPEED FAN=exhaust SPEED=0.25", PLR_ACT_NONE);
    assert_int_equal(modal.fan_ppm[1], 250000);
    run("SET_FAN_SPEED FAN=fan3 SPEED=1", PLR_ACT_NONE);
    assert_int_equal(modal.fan_ppm[3], 1000000);
    run("M204 S3000", PLR_ACT_NONE);
    assert_int_equal(modal.accel_um_s2, 3000000);
    run("M204 P800 T500", PLR_ACT_NONE);
    assert_int_equal(modal.accel_um_s2, 500000);
    run("M204 P900", PLR_ACT_NONE);
    assert_int_equal(modal.accel_um_s2, 900000);
    run("M204 T100", PLR_ACT_NONE);
    assert_int_equal(modal.accel_um_s2, 900000);
    run("SET_VELOCITY_LIMIT VELOCITY=200 ACCEL=4000 SQUARE_CORNER_VELOCITY=0", PLR_ACT_NONE);
    assert_int_equal(modal.velocity_um_s, 200000);
    assert_int_equal(modal.accel_um_s2, 4000000);
    assert_int_equal(modal.corner_um_s, 0);
    refused("SET_VELOCITY_LIMIT VELOCITY=1 ACCEL=x", PLR_EINVAL);
    run("SET_PRESSURE_ADVANCE ADVANCE=0.045", PLR_ACT_NONE);
    assert_int_equal(modal.advance_us, 45000);
    run("M900 K0.05", PLR_ACT_NONE);
    assert_int_equal(modal.advance_us, 50000);
    run("BED_MESH_PROFILE LOAD=textured", PLR_ACT_NONE);
    assert_string_equal(modal.mesh, "textured");
    refused("BED_MESH_PROFILE LOAD=seventeen_letters", PLR_ERANGE);
    run("BED_MESH_PROFILE LOAD=sixteen_letters_", PLR_ACT_NONE);
    assert_string_equal(modal.mesh, "sixteen_letters_");
    run("BED_MESH_CLEAR", PLR_ACT_NONE);
    assert_string_equal(modal.mesh, "");
    run("M220 S0", PLR_ACT_NONE);
    assert_int_equal(modal.feed_ppm, 10000);
    run("M220", PLR_ACT_NONE);
    assert_int_equal(modal.feed_ppm, 10000);
    run("PLR_ENABLE", PLR_ACT_COMMAND);
    assert_int_equal(modal.flags & (PLR_MODAL_PLR_ENABLED | PLR_MODAL_PLR_NAMED),
                     PLR_MODAL_PLR_ENABLED | PLR_MODAL_PLR_NAMED);
    run("plr_disable", PLR_ACT_COMMAND);
    assert_int_equal(modal.flags & (PLR_MODAL_PLR_ENABLED | PLR_MODAL_PLR_NAMED),
                     PLR_MODAL_PLR_NAMED);
}

static void test_others(void **state)
{
    static const char *const ignored[] = {
        "M17",
        "M18 X",
        "M20",
        "M21",
        "M22",
        "M23 a.g",
        "M24",
        "M25",
        "M26 S0",
        "M27",
        "M73 P5 R10",
        "M84",
        "M105",
        "M110 N0",
        "M115 U3.9.0",
        "M117 hello",
        "M118 E1 hi",
        "M200 D0",
        "M201 X500",
        "M203 X200",
        "M205 X8",
        "M413 S1",
        "M862.3 P \"x\"",
        "G29",
        "EXCLUDE_OBJECT_DEFINE NAME=a CENTER=1,2",
        "SET_PRINT_STATS_INFO CURRENT_LAYER=3",
        "QUAD_GANTRY_LEVEL",
        "Z_TILT_ADJUST",
        "BED_MESH_CALIBRATE PROFILE=x",
        "M221",
        "; words",
    };
    static const char *const unknown[] = {"M600",
                                          "M200 D1.75",
                                          "M207 S1",
                                          "G5 X1",
                                          "G38.2 Z1",
                                          "M83.1",
                                          "RESTORE_GCODE_STATE NAME=x",
                                          "M999999",
                                          "PAUSE"};

    (void)state;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        struct plr_modal before = modal;
        run(ignored[i], PLR_ACT_NONE);
        assert_memory_equal(&before, &modal, sizeof modal);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        struct plr_modal before = modal;
        run(unknown[i], PLR_ACT_UNKNOWN);
        assert_memory_equal(&before, &modal, sizeof modal);
    }
}

static void test_waits_and_ends(void **state)
{
    (void)state;
    run("G4 P250", PLR_ACT_DWELL);
    assert_int_equal(action.time_us, 250000);
    run("G4 S2 P1", PLR_ACT_DWELL);
    assert_int_equal(action.time_us, 2000000);
    run("G4 P-1", PLR_ACT_DWELL);
    assert_int_equal(action.time_us, 0);
    run("M400", PLR_ACT_SYNC);
    run("M2", PLR_ACT_END);
    run("M30", PLR_ACT_END);
    run("print_end", PLR_ACT_END);
    run("END_PRINT X=1", PLR_ACT_END);
    struct plr_gcode_line line;
    (void)plr_gcode_lex("G1 Xnan", 7, &line);
    assert_int_equal(plr_modal_apply(&modal, &line, &action), PLR_EINVAL);
}

static void near(int64_t got, double mm, int64_t within_nm)
{
    int64_t off = got - MM(mm);
    if (off > within_nm || off < -within_nm)
        fail_msg("%.6f mm instead of %.6f", (double)got / 1e6, mm);
}

static void test_arcs(void **state)
{
    (void)state;
    run("G1 X10 Y0", PLR_ACT_MOVE);
    run("G3 X0 Y10 I-10 J0 E1", PLR_ACT_ARC);
    assert_false(action.clockwise);
    assert_true(action.extrudes);
    assert_int_equal(action.centre_nm[0], 0);
    assert_int_equal(action.centre_nm[1], 0);
    at(0, 10, 0);
    run("G2 I0 J-10", PLR_ACT_ARC); // full circle
    assert_true(action.clockwise);
    at(0, 10, 0);
    run("G2 X10 Y0 R10", PLR_ACT_ARC); // a quarter, clockwise about 0,0
    near(action.centre_nm[0], 0, 20);
    near(action.centre_nm[1], 0, 20);
    run("G2 X0 Y10 R-10", PLR_ACT_ARC); // the long way round
    near(action.centre_nm[0], 0, 20);
    near(action.centre_nm[1], 0, 20);
    run("G3 X10 Y0 R10", PLR_ACT_ARC); // the other side of the chord
    near(action.centre_nm[0], 10, 20);
    near(action.centre_nm[1], 10, 20);
    run("G3 X0 Y0 R5", PLR_ACT_ARC); // half a circle
    near(action.centre_nm[0], 5, 20);
    near(action.centre_nm[1], 0, 20);
    run("G3 X10 Y0 R4.999", PLR_ACT_ARC); // as a slicer rounds it
    refused("G3 X0 R4.9", PLR_EINVAL);
    refused("G2 X10 R5", PLR_EINVAL); // no chord
    refused("G2 X5 Y5", PLR_EINVAL);
    refused("G2 X5 Y5 I0 J0", PLR_EINVAL);
    refused("G2 X5 Y5 R0", PLR_EINVAL);
    refused("G2 X0 Y0 I-6 J0", PLR_EINVAL); // the ends have different radii
    refused("G2 X5 Y5 R999999999", PLR_EINVAL);
    refused("G2 X5 Y5 I999999999", PLR_EINVAL);
    run("G2 X10.0004 Y0 I-5", PLR_ACT_ARC);
    run("G1 X0 Y0 Z0", PLR_ACT_MOVE);
    run("G18", PLR_ACT_NONE);
    run("G2 X10 Z10 I10 K0", PLR_ACT_ARC);
    assert_int_equal(action.centre_nm[0], 0);      // Z
    assert_int_equal(action.centre_nm[1], MM(10)); // X
    run("G19", PLR_ACT_NONE);
    run("G3 Y10 Z10 R20", PLR_ACT_NONE + PLR_ACT_ARC);
    refused("G3 Y20 I10", PLR_EINVAL); // I is not in this plane
    run("G1 X-1999 Y-1999", PLR_ACT_MOVE);
    run("G17", PLR_ACT_NONE);
    run("G2 X1999 Y1999 R4000", PLR_ACT_ARC); // the widest sums
    at(1999, 1999, 10);
}

/// A line of random words in `text`.
static void draw_line(uint64_t *seed, char *text, size_t size)
{
    static const char *const words[] = {"G0 ",
                                        "G1 ",
                                        "G2 ",
                                        "G3 ",
                                        "G92 ",
                                        "G91\n",
                                        "G90\n",
                                        "G20\n",
                                        "G21\n",
                                        "M83\n",
                                        "M82\n",
                                        "M221 ",
                                        "M220 ",
                                        "X",
                                        "Y",
                                        "Z",
                                        "E",
                                        "F",
                                        "I",
                                        "J",
                                        "R",
                                        "S",
                                        "1000000000 ",
                                        "-1000000000 ",
                                        "0 ",
                                        "1.5 ",
                                        "-3 ",
                                        "1999 ",
                                        "\n",
                                        "\n",
                                        ";LAYER_CHANGE\n",
                                        ";Z:",
                                        ";LAYER:",
                                        "G18\n",
                                        "M290 Z",
                                        "G28\n",
                                        "SET_GCODE_OFFSET Z_ADJUST=",
                                        "MOVE=1\n",
                                        "PLR_SAVE_PRINT_STATE_WITH_LAYER LAYER=",
                                        "LAYER_HEIGHT=",
                                        "G92.1\n",
                                        "M104 S",
                                        "M204 S",
                                        "G4 S",
                                        "T1\n",
                                        "G10\n"};

    text[0] = '\0';
    for (int i = 0; i < 9; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const char *word = words[(*seed >> 33) % (sizeof words / sizeof *words)];
        if (*word == '\n')
            return;
        strncat(text, word, size - strlen(text) - 1);
        if (text[strlen(text) - 1] == '\n')
            return;
    }
}

/// Whatever a file holds: no overflow (the sanitizers watch), and a refusal changes nothing.
static void test_random_lines(void **state)
{
    uint64_t seed = 5;

    (void)state;
    for (int i = 0; i < 200000 / PLR_TEST_THIN; i++) {
        char text[160];
        struct plr_gcode_line line;
        draw_line(&seed, text, sizeof text);
        if (plr_gcode_lex(text, strlen(text), &line))
            continue;
        struct plr_modal before = modal;
        int error = plr_modal_apply(&modal, &line, &action);
        if (error)
            assert_memory_equal(&before, &modal, sizeof modal);
        assert_true(modal.retract_nm >= 0 && modal.feed_nm_s > 0);
        int64_t machine[PLR_AXES];
        plr_modal_machine(&modal, machine);
        for (int axis = 0; axis < 3; axis++)
            assert_true(machine[axis] >= -MM(2000) && machine[axis] <= MM(2000));
        if (action.kind == PLR_ACT_MOVE)
            assert_memory_equal(machine, action.to_nm, sizeof machine);
    }
}

/// plr_gcode_follow does what plr_gcode_lex and plr_modal_apply do, line by line, in all modes and with and without layer marks.
static void test_follow(void **state)
{
    static const char *const others[] = {"G90",
                                         "G91",
                                         "G20",
                                         "G21",
                                         "M82",
                                         "M83",
                                         "G92 X1 E0",
                                         "M221 S90",
                                         "G10",
                                         "G28 X",
                                         ";Z:2",
                                         ";LAYER_CHANGE",
                                         "T1",
                                         "NOBODY KNOWS",
                                         "M204 S5",
                                         "G2 X9 Y9 I2 J2",
                                         "X3 Y4",
                                         "G1.1 X5",
                                         "M104 S200",
                                         "G92 Z1",
                                         "SET_GCODE_OFFSET Z=.1"};
    static const char *const words[] = {" X1",  " X20.5", " Y-3", " Y7",   " Z.2",    " Z.4",
                                        " E.5", " E-.5",  " E3",  " F600", " X1999",  " Z-1e",
                                        " F0",  " F-5",   " E0",  " I2",   " X2500.5"};
    uint64_t seed = 9;
    int layers = 0, refusals = 0, unknown = 0;

    (void)state;
    for (int i = 0; i < 300000 / PLR_TEST_THIN; i++) {
        char text[64] = "G1";
        struct plr_gcode_line line;
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint32_t drawn = (uint32_t)(seed >> 33);
        if (i % 40 == 0)
            plr_modal_init(&modal);
        if (drawn % 8 == 0)
            strcpy(text, others[drawn / 8 % (sizeof others / sizeof *others)]);
        else
            for (uint32_t n = drawn / 8; n > 1000; n /= 40)
                strcat(text, words[n % (sizeof words / sizeof *words)]);
        if (drawn % 7 == 0)
            strcat(text, "\r");
        (void)plr_gcode_lex(text, strlen(text), &line); // faults go the same way
        bool move = line.kind == PLR_GCODE_WORDS ||
                    (line.kind == PLR_GCODE_CODE && line.letter == 'G' && line.code <= 3);
        struct plr_modal followed = modal;
        int error = plr_modal_apply(&modal, &line, &action);
        int said = plr_gcode_follow(&followed, text, strlen(text), &line);
        bool strange = action.kind == PLR_ACT_UNKNOWN;
        assert_memory_equal(&followed, &modal, sizeof modal);
        assert_int_equal(said, error ? error
                                     : (move ? PLR_FOLLOW_MOVE : 0) |
                                           (action.new_layer ? PLR_FOLLOW_LAYER : 0) |
                                           (strange ? PLR_FOLLOW_UNKNOWN : 0));
        refusals += error != 0;
        layers += !error && action.new_layer;
        unknown += !error && strange;
    }
    assert_true(layers > 1000 / PLR_TEST_THIN && refusals > 1000 / PLR_TEST_THIN &&
                unknown > 100 / PLR_TEST_THIN);
}

static const char many[] = "G1 Z-12345678.123456 Z-12345678.123456 Z-12345678.123456 "
                           "Z-12345678.123456 Z-12345678.123456 Z-12345678.123456 Z.4";
static const char *const odd_moves[] = {"G90",
                                        "G91",
                                        "G21",
                                        "M82",
                                        "M83",
                                        "G92 E0",
                                        "G28 X",
                                        ";Z:2",
                                        ";TYPE:x",
                                        ";LAYER_CHANGE",
                                        "G1 Y1 X",
                                        "G1 X1e",
                                        "G1 X1.2.",
                                        "G1 E1.\xca",
                                        "G2 X9 I2",
                                        "G1  X1",
                                        "G1 X 1",
                                        "G10",
                                        "G1 X--1",
                                        "M221 S90",
                                        "",
                                        "g1 X4",
                                        "G01 X3",
                                        "G1X3",
                                        "G1 X.",
                                        "G20",
                                        "G1 X1 ",
                                        "G1 X1;",
                                        "G1 X- Y1",
                                        "G1 X12345678.9",
                                        "G1 X1\rY2",
                                        "G1 Y4 X3 E2",
                                        "G0 F900 X5 Y6 Z.3",
                                        "G1 E.5 Z.4 X3",
                                        "G1 Z.6 Z.5",
                                        "G1 Y1 S3",
                                        "G1 X1 Y2 x3",
                                        "G1 Z-",
                                        "G1 E1 Y1.2.3",
                                        ";W",
                                        ";HEIGHT:.2 behind some more words",
                                        ";TYPE:\tx",
                                        ";A caf\xc3\xa9 of \x01 bytes",
                                        ";CHANGE_LAYER",
                                        ";LAYER:3",
                                        "; LAYER:9",
                                        ";layer:5",
                                        ";Ba\rb",
                                        many};

/// A line of a move for plr_gcode_follow_moves, now and then something else. Returns its bytes with its line feed.
static size_t add_line(char *to, uint64_t *seed)
{
    static const char *const words[5][8] = {
        {"", "", " X1", " X20.5", " X-3.25", " X158.485", " X1999", " X2500.5"},
        {"", "", " Y7", " Y.8", " Y-0.125", " Y163.1", " Y16.81", " Y5."},
        {"", "", "", "", "", "", " Z.4", " Z.2"},
        {"", " E.25628", " E1.11949", " E-.5", " E3", " E-9999.5", " E999999.9", " E12.345678"},
        {"", "", "", "", " F7800", " F1500.5", " F0", " F-5"}};
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    uint32_t drawn = (uint32_t)(*seed >> 33);
    if (drawn % 16 == 0) {
        strcpy(to, odd_moves[drawn / 16 % (sizeof odd_moves / sizeof *odd_moves)]);
    } else {
        strcpy(to, drawn & 0x100 ? "G1" : drawn & 0x600 ? "G1" : "G0");
        for (int i = 0; i < 5; i++)
            strcat(to, words[i][drawn >> (11 + 3 * i) & 7]);
    }
    strcat(to, drawn >> 26 == 9 ? "\r\n" : "\n");
    return strlen(to);
}

/// A print that goes on where its last move ended, after much filament or hardly any.
static void stand_at(struct plr_modal *print, int32_t z_nm, int64_t e_nm)
{
    print->at_nm[PLR_E] = e_nm;
    print->flags |= PLR_MODAL_EXTRUDED;
    print->at_nm[PLR_Z] = print->reached_z_nm = print->tallest_nm = z_nm;
    print->layer.number = 3;
    print->layer.z_nm = z_nm;
}

/// plr_gcode_follow_moves does what lexer and modal state do, line by line, up to any end, and takes no line that begins a layer.
static void test_follow_moves(void **state)
{
    enum { ROUNDS = 1500, LINES = 60 };
    uint64_t seed = 77;
    int64_t taken = 0, lines = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char text[LINES * 128];
        struct plr_modal followed;
        size_t size = 0, at = 0;
        for (int i = 0; i < LINES; i++, lines++)
            size += add_line(text + size, &seed);
        size -= seed >> 60;         // the last line may not be whole
        char *exact = malloc(size); // so that the sanitizer sees every byte too far
        assert_non_null(exact);
        memcpy(exact, text, size);
        plr_modal_init(&modal);
        modal.flags |= seed >> 40 & (PLR_MODAL_REL_E | PLR_MODAL_MARKED);
        if (seed >> 44 & 1)
            modal.layer.moves = INT32_MAX - 3;
        if (seed >> 45 & 1) // where something was extruded before; now and then out of reach
            stand_at(&modal, seed >> 46 & 3 ? 200000 : INT32_MAX,
                     seed >> 48 & 3 ? 0 : INT64_C(999999999000000));
        if (seed >> 50 & 1)
            modal.tallest_nm = 100000;
        followed = modal;
        while (at < size) {
            int64_t count = 0;
            size_t end = at + plr_gcode_follow_moves(&followed, exact + at, size - at,
                                                     round % 3 == 0, &count);
            taken += count;
            bool one = end == at; // else one line that it does not take
            for (bool layer = false; at < end || one; one = false) {
                const char *feed = memchr(exact + at, '\n', size - at);
                size_t len = feed ? (size_t)(feed - exact) - at : size - at;
                struct plr_gcode_line line;
                count -= at < end;
                (void)plr_gcode_lex(exact + at, len, &line);
                layer = !plr_modal_apply(&modal, &line, &action) && action.new_layer;
                assert_true(one || !layer);
                at += len + (feed != NULL);
                if (one)
                    followed = modal;
            }
            assert_int_equal(count, 0);
            assert_memory_equal(&followed, &modal, sizeof modal);
        }
        free(exact);
    }
    assert_true(!PLR_GCODE_WIDE || taken > lines / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_moves, setup),
        cmocka_unit_test_setup(test_e_modes, setup),
        cmocka_unit_test_setup(test_extrusion, setup),
        cmocka_unit_test_setup(test_g92, setup),
        cmocka_unit_test_setup(test_offsets, setup),
        cmocka_unit_test_setup(test_heat, setup),
        cmocka_unit_test_setup(test_settings, setup),
        cmocka_unit_test_setup(test_others, setup),
        cmocka_unit_test_setup(test_waits_and_ends, setup),
        cmocka_unit_test_setup(test_arcs, setup),
        cmocka_unit_test_setup(test_random_lines, setup),
        cmocka_unit_test_setup(test_follow, setup),
        cmocka_unit_test_setup(test_follow_moves, setup),
    };
    return cmocka_run_group_tests_name("modal", tests, NULL, NULL);
}
