// Tests of what a served printer says on its serial line.
// SPDX-License-Identifier: MIT
#include "sim/serve/test_served.h"

/// Nothing of this was answered.
static void lacks(const char *line, const char *words)
{
    const char *got = ask(line);
    if (strstr(got, words))
        fail_msg("%s: '%s' in '%s'", line, words, got);
}

/// What comes within so long.
static const char *within(int64_t us)
{
    live_in(printer.t_us + us, 100000);
    return said();
}

static void hears(int64_t us, const char *words)
{
    const char *got = within(us);
    if (!strstr(got, words)) {
        print_error("%s\n", got);
        fail_msg("no '%s' in it", words);
    }
}

/// How often a word is said.
static int count(const char *text, const char *word)
{
    int n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

static void it_begins(void **state)
{
    (void)state;
    assert_string_equal(said(), "start\nPowerUp\nMarlin-like plr-sim 0.1.0\necho:SD card ok\n");
    asserts("M115", "FIRMWARE_NAME:");
    asserts("M115", "MACHINE_TYPE:Voron 2.4 300");
    asserts("M115", "Cap:EMERGENCY_PARSER:1\n");
    asserts("M115", "Cap:FORCE_MOVE:1\nok\n");
    asserts("M105", "ok T:");
    asserts("M105", " B:80.00 /80.00 C:");
    asserts("M114", "X:150.000 Y:290.000 Z:");
    assert_string_equal(ask("M110 N5"), "ok\n");
    assert_string_equal(ask(""), "");
    asserts("FLY_TO_THE_MOON", "echo:Unknown command: \"FLY_TO_THE_MOON\"\nok\n");
    asserts("M118 hi", "echo:hi\nok\n");
}

static void what_is_garbled_is_sent_again(void **state)
{
    (void)state;
    (void)said();
    assert_string_equal(ask("N0 M110 N0*125"), "ok\n");
    assert_string_equal(ask("N1 M115*38"),
                        "Error:checksum mismatch, Last Line: 0\nResend: 1\nok\n");
    asserts("N1 M115*39", "FIRMWARE_NAME");
    assert_string_equal(
        ask("N1 M115*39"),
        "Error:Line Number is not Last Line Number+1, Last Line: 1\nResend: 2\nok\n");
    assert_string_equal(ask("N2 M115"),
                        "Error:No Checksum with line number, Last Line: 1\nResend: 2\nok\n");
    char line[FRAME_BYTES + 20];
    memset(line, 'X', sizeof line);
    line[sizeof line - 1] = '\0';
    asserts(line, "Error:Line is longer than 255 bytes\nok\n");
}

static void a_file_is_printed(void **state)
{
    (void)state;
    asserts("M27", "Not SD printing\nok\n");
    asserts("M24", "Error:M24: no file is selected");
    asserts("M20", "Begin file list\nunusual_modes.gcode ");
    asserts("M23 other.gcode", "open failed, File: other.gcode.");
    asserts("M24", "Error:");
    asserts("M23 /UNUSUAL_MODES.gcode", "File selected");
    asserts("M27 C", "Current file: unusual_modes.gcode");
    asserts("M27", "SD printing byte 0/44564\n"); // as Marlin since 2.1.2: it is open
    asserts("M26 S100", "ok");
    asserts("M27", "SD printing byte 100/44564\n");
    asserts("M26 S0", "ok");
    assert_string_equal(ask("M24"), "ok\n");
    live_in(260 * PLR_US_PER_S, PLR_US_PER_S);
    asserts("M27", "SD printing byte ");
    asserts("G28", "Error:G28: not while a file is printed");
    asserts("M220 S90", "ok");
    lacks("M220 S90", "Error");
    int64_t at_us = printer.t_us;
    asserts("M25", "ok");
    live_in(at_us + 60 * (int64_t)PLR_US_PER_S, PLR_US_PER_S);
    asserts("M27", "SD printing byte ");               // also while it is paused
    assert_false(printer.sim->world.firmware.running); // the queue has run dry
    assert_true(printer.sim->world.firmware.job_running);
    asserts("M24", "ok");
    asserts("M27", "SD printing byte ");
    hears(2000 * (int64_t)PLR_US_PER_S, "Done printing file\n");
    asserts("M27", "Not SD printing");
    assert_true(printer.sim->truth.cuts == 0 && printer.sim->world.firmware.job_done);
}

static void reports_come_by_themselves(void **state)
{
    (void)state;
    (void)ask("M155 S2\nM27 S5");
    const char *text = within(20 * PLR_US_PER_S);
    assert_int_equal(count(text, " T:"), 10);
    assert_int_equal(count(text, "Not SD printing"), 4);
    (void)ask("M155 S0\nM27 S0");
    assert_string_equal(within(20 * PLR_US_PER_S), "");
}

static void who_is_busy_says_so(void **state)
{
    (void)state;
    (void)said();
    assert_string_equal(ask("M109 S200"), "");
    const char *text = within(10 * PLR_US_PER_S);
    assert_int_equal(count(text, "echo:busy: processing\n"), 5);
    assert_int_equal(count(text, " T:"), 10);
    assert_int_equal(count(text, "ok\n"), 0);
    // the last is heard at once, and ends the wait: then the others have their turn
    text = ask("M105\nM114\nM108");
    assert_int_equal(count(text, "ok"), 4);
    (void)ask("M104 S0");
    (void)ask("M113 S0\nG28");
    assert_int_equal(count(within(2 * PLR_US_PER_S), "busy"), 0);
    hears(200 * PLR_US_PER_S, "ok\n");
}

static void moves_are_answered_when_they_begin(void **state)
{
    (void)state;
    (void)ask("G28");
    hears(200 * PLR_US_PER_S, "ok\n");
    assert_string_equal(ask("G1 X20 Y20 Z10 F600"), "ok\n");
    assert_string_equal(ask("G1 X30"), ""); // in its turn
    assert_string_equal(ask("G91\nG1 Z1\nM400"), "");
    const char *text = within(60 * PLR_US_PER_S);
    assert_int_equal(count(text, "ok\n"), 4);
    asserts("M114", "X:30.000 Y:20.000 Z:11.000");
    assert_int_equal(count(ask("G90\nM17\nM117 x"), "ok\n"), 3);
}

static void one_motor_moves_alone(void **state)
{
    struct printer_look was, is;

    (void)state;
    (void)ask("G28");
    hears(200 * PLR_US_PER_S, "ok\n");
    (void)ask("G1 Z50 F600\nM400");
    hears(60 * PLR_US_PER_S, "ok\n");
    printer_look(&printer, &was);
    (void)ask("FORCE_MOVE STEPPER=stepper_z2 DISTANCE=0.3 VELOCITY=5");
    hears(PLR_US_PER_S, "ok\n");
    printer_look(&printer, &is);
    assert_int_equal(is.machine_nm[2], was.machine_nm[2]);
    assert_true(is.corner_nm[2] - was.corner_nm[2] > 250000);
    assert_true(is.corner_nm[0] - was.corner_nm[0] < 50000);
    asserts("M114", " Z:50.000 ");
    (void)ask(
        "FORCE_MOVE STEPPER=stepper_z DISTANCE=0.2 VELOCITY=5"); // the one that Z is counted by, too
    hears(PLR_US_PER_S, "ok\n");
    asserts("M114", " Z:50.000 ");
    (void)ask("SET_KINEMATIC_POSITION Z=7.5");
    (void)within(PLR_US_PER_S);
    asserts("M114", " Z:7.500 ");
    static const char *const bad[] = {"FORCE_MOVE STEPPER=stepper_z4 DISTANCE=1 VELOCITY=5",
                                      "FORCE_MOVE STEPPER=stepper_z0 DISTANCE=1 VELOCITY=5",
                                      "FORCE_MOVE STEPPER=stepper_x DISTANCE=1 VELOCITY=5",
                                      "FORCE_MOVE STEPPER=stepper_z DISTANCE=1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        asserts(bad[i], "Error:FORCE_MOVE");
}

static void the_emergency_stop_is_heard_at_once(void **state)
{
    (void)state;
    asserts("M23 unusual_modes.gcode", "selected");
    (void)ask("M24");
    live_in(100 * PLR_US_PER_S, PLR_US_PER_S);
    (void)ask("G4 S1"); // refused, but never mind
    asserts("M112", "Error:Printer halted. kill() called!\n");
    assert_string_equal(ask("M105"), "");
    assert_string_equal(within(60 * PLR_US_PER_S), "");
    assert_int_equal(printer.sim->world.firmware.target_mc[0], 0);
    assert_int_equal(printer.sim->world.firmware.energised, 0);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    live(printer.t_us + 2 * PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    hears(10 * PLR_US_PER_S, "start\n");
    asserts("M105", "ok T:");
}

static void it_is_heard_while_busy(void **state)
{
    (void)state;
    (void)said();
    assert_string_equal(ask("M109 S230"), "");
    asserts("N7 M112*38", "kill() called");
}

static void the_plr_answers(void **state)
{
    (void)state;
    asserts("PLR_QUERY_SAVED_STATE", "// ");
    asserts("PLR_RESUME_PRINT", "Error:PLR_RESUME_PRINT: ");
    asserts("PLR_NO_SUCH", "// unknown command: PLR_NO_SUCH\nError:PLR_NO_SUCH: ");
    (void)ask("G28");
    hears(200 * PLR_US_PER_S, "ok\n");
    (void)ask("G1 Z20 F600\nPLR_Z_HOME MODE=CALIBRATE");
    const char *text = within(PLR_US_PER_S);
    assert_int_equal(count(text, "ok\n"), 0);
    hears(600 * PLR_US_PER_S, "ok\n");
    assert_int_equal(printer.sim->dut->result(printer.sim), PLR_RESULT_CALIBRATED);
}

/// A whole life of the line: dark, booting, asked, resumed.
static void a_print_is_brought_back(void **state)
{
    (void)state;
    asserts("M23 unusual_modes.gcode", "selected");
    (void)ask("M24\nM155 S1");
    live_in(280 * PLR_US_PER_S, PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    (void)within(PLR_US_PER_S);
    assert_string_equal(ask("M105"), "");
    assert_string_equal(within(60 * PLR_US_PER_S), "");
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    hears(10 * PLR_US_PER_S, "start\nPowerUp\n");
    asserts("M27", "Not SD printing");
    lacks("M27", " T:");                                 // M155 is forgotten
    assert_string_equal(within(100 * PLR_US_PER_S), ""); // nobody consents by himself
    (void)ask("PLR_RESUME_PRINT");
    asserts("G28", "Error:G28: not while the PLR is at work");
    asserts("M24", "Error:M24: not while the PLR is at work");
    const char *text = within(250 * (int64_t)PLR_US_PER_S);
    assert_non_null(strstr(text, "// PLR phase lift\n"));
    assert_non_null(strstr(text, "File opened: unusual_modes.gcode Size: 44564\nFile selected\n"
                                 "// PLR resumed at byte "));
    asserts("M27 C", "Current file: unusual_modes.gcode");
    hears(2000 * (int64_t)PLR_US_PER_S, "Done printing file");
}

static void a_refusal_is_told(void **state)
{
    (void)state;
    asserts("M23 unusual_modes.gcode", "selected");
    (void)ask("M24");
    live_in(280 * PLR_US_PER_S, PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, false), 0);
    live(printer.t_us + 3 * 3600 * (int64_t)PLR_US_PER_S);
    assert_int_equal(printer_power(&printer, LAB_DOMAIN_MAINS, true), 0);
    (void)within(10 * PLR_US_PER_S);
    const char *text = ask("PLR_RESUME_PRINT");
    assert_non_null(strstr(text, "Error:PLR refused: bed_cold: "));
    assert_string_equal(text + strlen(text) - 4, "\nok\n"); // known when the command is answered
    assert_int_equal(printer.sim->dut->result(printer.sim), PLR_RESULT_REFUSED);
}

/// A soaked machine was warmed by no line of G-code.
static void a_soaked_bed_can_be_cooled(void **state)
{
    const int32_t *target_mc = printer.sim->world.firmware.target_mc;

    (void)state;
    (void)said();
    assert_true(target_mc[0] > 0);
    assert_string_equal(ask("M140 S0"), "ok\n");
    assert_int_equal(target_mc[0], 0);
    assert_string_equal(ask("G1 X10"), "ok\n"); // which leaves heaters alone
    assert_int_equal(target_mc[0], 0);
}

/// What a rig's inputs are driven from: where the corners are now, also while they move, and not where they last settled.
static void endstops_are_as_the_corners_stand(void **state)
{
    struct printer_rails rails;
    struct firmware *fw = &printer.sim->world.firmware;

    (void)state;
    (void)said();
    // as homing left them, long ago
    printer.sim->world.plant.pressed = 15;
    for (int i = 0; i < PLANT_CORNERS; i++)
        printer.sim->world.plant.corner_nm[i] = printer.sim->model.switch_nm;
    printer_rails(&printer, &rails);
    assert_int_equal(rails.z_plus, 0);
    printer.sim->world.plant.pressed = 0;
    int64_t up_nm = printer.sim->model.switch_nm + 5000000 - fw->z_nm[0];
    assert_int_equal(firmware_manual_z(printer.sim, 15, up_nm, 20000000, 0), 0);
    int64_t end_us = fw->manual.end_us, pressed_us = -1;
    while ((printer.t_us + printer.shift_us) < end_us) {
        live_in(printer.t_us + 20000, 20000);
        printer_rails(&printer, &rails);
        if (rails.z_plus == 15 && pressed_us < 0)
            pressed_us = (printer.t_us + printer.shift_us);
    }
    // five millimetres before its end, at 20 mm/s
    assert_in_range(end_us - pressed_us, 200000, 350000);
    assert_int_equal(firmware_manual_z(printer.sim, 15, -20000000, 20000000, 0), 0);
    live_in(printer.t_us + 600000, 20000);
    printer_rails(&printer, &rails);
    assert_int_equal(rails.z_plus, 0);
    assert_int_equal(fw->manual.kind, MANUAL_Z); // it still moves
}

static void faults_of_the_line(void **state)
{
    (void)state;
    (void)said();
    marlin.mute = true;
    assert_string_equal(ask("M104 S60"), "");
    assert_int_equal(printer.sim->world.firmware.target_mc[1], 60000);
    marlin.deaf = true;
    assert_string_equal(ask("M104 S70"), "");
    assert_int_equal(printer.sim->world.firmware.target_mc[1], 60000);
    marlin.deaf = marlin.mute = false;
    asserts("M105", "ok T:");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_printer, close_printer)
    const struct CMUnitTest tests[] = {
        TEST(it_begins),
        TEST(what_is_garbled_is_sent_again),
        TEST(a_file_is_printed),
        TEST(reports_come_by_themselves),
        TEST(who_is_busy_says_so),
        TEST(moves_are_answered_when_they_begin),
        TEST(one_motor_moves_alone),
        TEST(the_emergency_stop_is_heard_at_once),
        TEST(it_is_heard_while_busy),
        TEST(the_plr_answers),
        TEST(a_print_is_brought_back),
        TEST(a_refusal_is_told),
        TEST(a_soaked_bed_can_be_cooled),
        TEST(endstops_are_as_the_corners_stand),
        TEST(faults_of_the_line),
    };
    return cmocka_run_group_tests_name("marlin", tests, NULL, NULL);
}
