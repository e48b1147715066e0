// What the core on this computer says to a Klipper printer, over the real link: only what Klipper knows, and as Klipper wants it.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/link/bed.h"
#include "rig/host/gantry.h"

#define MM INT64_C(1000000)

static struct host_config config;
static struct host *host;
static char unknown[LINK_LINE];

// --- Klipper's words ----------------------------------------------------------------------------------------------

/// Commands of a Klipper with force_move and exclude_object, with the parameters that they take; of words with '=' all are wanted.
static const struct {
    const char *command, *parameters;
} words[] = {
    {"G1", "XYZEF"},
    {"G0", "XYZEF"},
    {"G21", ""},
    {"G28", "XYZ"},
    {"G90", ""},
    {"G91", ""},
    {"G92", "XYZE"},
    {"M82", ""},
    {"M83", ""},
    {"M104", "TS"},
    {"M106", "S"},
    {"M107", ""},
    {"M140", "S"},
    {"M204", "S"},
    {"M220", "S"},
    {"M221", "S"},
    {"M26", "S"},
    {"M24", ""},
    {"M400", ""},
    {"BED_MESH_PROFILE", "LOAD="},
    {"EXCLUDE_OBJECT", "NAME="},
    {"FORCE_MOVE", "STEPPER= DISTANCE= VELOCITY="},
    {"SET_GCODE_OFFSET", "X= Y= Z="},
    {"SET_HEATER_TEMPERATURE", "HEATER= TARGET="},
    {"SET_KINEMATIC_POSITION", "Z="},
    {"SET_PRESSURE_ADVANCE", "ADVANCE="},
    {"SET_STEPPER_ENABLE", "STEPPER= ENABLE="},
    {"SET_VELOCITY_LIMIT", "VELOCITY="},
    {"SET_VELOCITY_LIMIT", "SQUARE_CORNER_VELOCITY="},
};

/// Do the parameters of a line fit? Letters may come in any number, each with a decimal number; words all, and in this order.
static bool fits(const char *said, const char *takes)
{
    bool named = strchr(takes, '=') != NULL;

    while (*said) {
        said += strspn(said, " ");
        size_t size = named ? strcspn(takes, " ") : 1;
        if (named ? strncmp(said, takes, size) != 0 : !strchr(takes, *said))
            return false;
        said += size;
        takes += named ? size + (takes[size] == ' ') : 0;
        size = strcspn(said, " ");
        if (!size ||
            (!named && strspn(said, "-.0123456789") != size && !isspace((unsigned char)*said)))
            return !named && !size; // G28 X Y
        said += size;
    }
    return !named || !*takes;
}

static bool knows(const char *line)
{
    size_t size = strcspn(line, " ");

    if (!strncmp(line, "M23 ", 4))
        return strlen(line) > 4;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].command) == size && !strncmp(line, words[i].command, size) &&
            fits(line + size, words[i].parameters))
            return true;
    return false;
}

static int carry_out(void *machine, const char *command, char why[LINK_LINE])
{
    struct fake_printer *printer = machine;

    (void)why;
    if (!knows(command)) {
        snprintf(unknown, sizeof unknown, "%s", command);
        return -ENOSYS;
    }
    int bad = gantry_take(command);
    memcpy(printer->at_nm, gantry.modal.at_nm, sizeof printer->at_nm);
    printer->nozzle_mc = gantry.status.nozzle.now_mc;
    printer->bed_mc = gantry.status.bed.now_mc;
    if (gantry.runs)
        printer->job = FAKE_RUNS;
    return bad;
}

// --- turning ------------------------------------------------------------------------------------------------------

/// Let all of them live for so long, or until the host is in another state.
static enum host_state run(int64_t for_us)
{
    enum host_state begin = host_result(host)->state;

    for (int64_t end = bed.now_us + for_us; bed.now_us < end;) {
        bed_run(BED_STEP_US);
        gantry.now_us = bed.now_us;
        (void)host_turn(host);
        if (host_result(host)->state != begin)
            break;
    }
    return host_result(host)->state;
}

static int setup(void **unused)
{
    struct lab_error err = {0};

    (void)unused;
    unknown[0] = '\0';
    gantry_begin();
    gantry_config(&config);
    config.klipper = true;
    bed_open(&fake_klipper);
    bed.fake.printer.carry_out = carry_out;
    bed.fake.printer.machine = &bed.fake.printer;
    gantry.now_us = bed.now_us;
    bed_until(LINK_READY, 10000000);
    gantry.now_us = bed.now_us;
    return host_open(&host, &config, gantry_lines, bed.link, &err);
}

static int teardown(void **unused)
{
    (void)unused;
    host_close(host);
    bed_close();
    gantry_end();
    return 0;
}

static void calibrate(void)
{
    host_calibrate(host);
    assert_int_equal(run(3600 * INT64_C(1000000)), HOST_CALIBRATED);
}

/// Ten millimetres a second along X, as the fake prints; a babystep, an offset and two limits before.
static const char job[] = "M140 S60\nM104 S220\nG28\nG90\nM83\nM106 S128\nM220 S95\nM204 S1500\n"
                          "SET_VELOCITY_LIMIT VELOCITY=150 SQUARE_CORNER_VELOCITY=4\n"
                          "SET_PRESSURE_ADVANCE ADVANCE=0.04\n"
                          "SET_GCODE_OFFSET X=0.3 Y=-0.2 Z=0.05\n"
                          ";LAYER_CHANGE\n;Z:0.2\nG1 X0 Y50 Z0.2 F6000\n"
                          "G1 X190 Y50 E10 F600\n" // 14
                          "G1 X190 Y60 E2\n";

/// The job runs until the nozzle is proved to be in its long line for some seconds.
static void print(void)
{
    struct fake_printer *p = &bed.fake.printer;
    const int64_t begin[PLR_AXES] = {0, 50 * MM, 200000, 5 * MM};

    gantry_job(job);
    p->file_size = 100000;
    p->file_at = (int64_t)gantry_line(15);
    p->job = FAKE_RUNS;
    memcpy(p->at_nm, begin, sizeof begin);
    assert_int_equal(host_print(host), 0);
    assert_int_equal(run(10000000), HOST_PRINTING);
    assert_int_equal(host_result(host)->place, gantry_line(14));
    assert_true(host_result(host)->saves > 0);
}

static void cut(void)
{
    static const int64_t fall[PLR_Z_MAX] = {1200000, 8300000, 7100000, 2345678};
    struct fake_printer *p = &bed.fake.printer;

    for (int i = 0; i < PLR_Z_MAX; i++)
        gantry.true_nm[i] = 250000;
    bed.fake.ops->power(&bed.fake, false);
    host_dark(host);
    bed_run(8000000);
    gantry_cut(fall);
    p->nozzle_mc = p->bed_mc = 25000;
    bed.fake.ops->power(&bed.fake, true);
    bed_until(LINK_READY, 60000000);
    gantry.now_us = bed.now_us;
    gantry.logged = 0;
    gantry.log[0] = '\0';
}

static void a_calibration_says_what_klipper_knows(void **unused)
{
    (void)unused;
    calibrate();
    assert_string_equal(unknown, "");
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_in_range(host->plr.calibration.trigger_nm[i] - gantry.switch_nm[i], 0, 9999);
    assert_non_null(gantry_last("FORCE_MOVE STEPPER=stepper_z3 DISTANCE="));
    assert_null(gantry_last("M17"));
}

/// Each line in its turn: what restores the job's modes, the rest of the running line, and the file from the next line on.
static void a_job_goes_on_in_klippers_words(void **unused)
{
    static const char *const last[] = {
        "M220 S95",
        "M204 S1500",
        "SET_VELOCITY_LIMIT VELOCITY=150",
        "SET_VELOCITY_LIMIT SQUARE_CORNER_VELOCITY=4",
        "SET_PRESSURE_ADVANCE ADVANCE=0.04",
        "SET_GCODE_OFFSET X=0.3 Y=-0.2 Z=0.05",
        "G1 X190 Y50 Z0.2 E",
        "G92 E",
        "M83",
        "M400",
        "M23 TWO~1.GCO",
        "M26 S",
        "M24",
    };
    const char *at = NULL;

    (void)unused;
    calibrate();
    print();
    cut();
    host_recover(host);
    assert_int_equal(run(3600 * INT64_C(1000000)), HOST_PRINTING);
    assert_string_equal(unknown, "");
    (void)run(2000000); // what is still to be said
    assert_true(gantry.runs);
    assert_int_equal(gantry.seek, gantry_line(15));
    at = gantry_last("M220");
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        at = at ? strstr(at, last[i]) : NULL;
        if (!at)
            fail_msg("no '%s' in its turn", last[i]);
    }
    // all three of an offset: the file may count on from it
    assert_int_equal(gantry.modal.offset_nm[0], 300000);
    assert_int_equal(gantry.modal.offset_nm[1], -200000);
    assert_int_equal(gantry.modal.offset_nm[2], 50000);
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_in_range(gantry.true_nm[i] - 250000 + 20000, 0, 40000);
}

/// The chamber's heater goes by its own name, and is off when the core gives up.
static void a_chamber_is_called_by_its_name(void **unused)
{
    struct plr_motion motion;

    (void)unused;
    snprintf(bed.link->status.chamber_heater, LINK_HEATER, "chamber");
    bed.link->status.chamber = (struct link_heater){30000, 55000};
    assert_int_equal(host_port.heat(host, -1, 55000), 0);
    assert_int_equal(host_port.heaters_off(host), 0);
    do {
        host_work(host);
        bed_run(BED_STEP_US);
        assert_int_equal(host_port.motion(host, &motion), 0);
    } while (motion.busy);
    assert_string_equal(unknown, "");
    assert_string_equal(gantry_last("SET_HEATER_TEMPERATURE HEATER=\"chamber\" TARGET=55"),
                        "SET_HEATER_TEMPERATURE HEATER=\"chamber\" TARGET=55\nM104 S0\nM140 S0\n"
                        "SET_HEATER_TEMPERATURE HEATER=\"chamber\" TARGET=0\nM107\n");
}

/// Without [force_move] there is no FORCE_MOVE, and Klipper does not list it.
static void without_force_move_a_calibration_is_refused(void **unused)
{
    (void)unused;
    bed.fake.printer.one_z = false;
    bed.fake.ops->power(&bed.fake, false);
    bed_run(8000000);
    bed.fake.ops->power(&bed.fake, true);
    bed_until(LINK_READY, 60000000);
    int commands = bed.fake.printer.commands;
    host_calibrate(host);
    assert_int_equal(host_result(host)->state, HOST_REFUSED);
    assert_non_null(strstr(host_result(host)->why, "no Z motor alone"));
    (void)run(1000000);
    assert_int_equal(bed.fake.printer.commands, commands);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_calibration_says_what_klipper_knows),
        T(a_job_goes_on_in_klippers_words),
        T(a_chamber_is_called_by_its_name),
        T(without_force_move_a_calibration_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
