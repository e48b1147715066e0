// PLR_QUERY_SAVED_STATE: the guide's fields, in numbers that a JSON parser reads back; and the commands around calibration and mesh.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/answer.h"
#include "core/plr/fake.h"

#include <string.h>

static struct plr plr;
static struct fake fake;
static struct plr_config config;

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    fake.wall_s = 1000000;
    return 0;
}

static const char *ask(const char *command)
{
    fake.answered = 0;
    fake.answer[0] = 0;
    assert_int_equal(fake_command(&fake, command), 0);
    return fake.answer;
}

static void cut_at_line_20(void)
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 500000);
    plr.modal.offset_nm[2] = plr.after.offset_nm[2] = -50000;
    fake_wait(&fake, 100000000);
    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
}

/// Looked at once, by eye and with a JSON parser; every number is what the fake machine was told.
static const char as_json[] =
    "{\"schema\":\"plr-state/"
    "1\",\"saved\":true,\"position\":{\"x\":110.0,\"y\":100.0,\"z\":0.45},\"lifted_by\":0.0,\"xyz_"
    "offsets\":{\"x\":0."
    "0,\"y\":0.0,\"z\":-0.05},"
    "\"fan_speeds\":{\"fan\":1.0},\"layer\":1,\"layer_height\":0.2,"
    "\"file_progress\":{\"position\":241,\"total_size\":362,\"progress_pct\":66.5745,\"fraction_"
    "ppm\":500000},"
    "\"window\":{\"offset\":0,\"size\":362,\"crc32c\":\"dc940a36\"},"
    "\"current_file\":\"tower.gcode\",\"active_extruder\":\"extruder\","
    "\"hotend_temp\":220.0,\"bed_temp\":60.0,\"chamber_temp\":0.0,"
    "\"speed_factor\":1.0,\"extrude_factor\":1.0,\"feedrate\":10.0,\"pressure_advance\":0.0,"
    "\"max_accel\":0.0,\"absolute_coordinates\":true,\"absolute_extrude\":false,\"inches\":false,"
    "\"bed_mesh\":\"\",\"excluded_objects\":[],\"excluded_objects_full\":false,\"session\":1,"
    "\"print_time\":100.02,\"braking\":false,"
    "\"calibration\":{\"offsets\":{\"stepper_z\":0.0,\"stepper_z1\":0.0,\"stepper_z2\":0.0,"
    "\"stepper_z3\":0.0},"
    "\"reference_height\":300.0,\"made\":1000000,"
    "\"hotend_temp\":150.0,\"bed_temp\":60.0,\"chamber_temp\":40.0,\"same_configuration\":true}}"
    "\n";

static void test_json(void **unused)
{
    (void)unused;
    cut_at_line_20();
    assert_string_equal(ask("PLR_QUERY_SAVED_STATE JSON=1"), as_json);
    assert_int_equal(plr.state.progress.file_offset, fake_offset(&fake, 20));
}

static void test_nothing_saved(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_string_equal(ask("PLR_QUERY_SAVED_STATE JSON=1"),
                        "{\"schema\":\"plr-state/1\",\"saved\":false,\"calibration\":null}\n");
    assert_string_equal(ask("PLR_QUERY_SAVED_STATE JSON=0"),
                        "saved state: none\n"
                        "calibration: none; run PLR_Z_HOME MODE=CALIBRATE\n");
}

static void test_people(void **unused)
{
    (void)unused;
    cut_at_line_20();
    fake.wall_s += 7200;
    config.config_hash++;
    assert_int_equal(fake_boot(&fake, &config), 0);
    const char *said = ask("PLR_QUERY_SAVED_STATE");
    assert_non_null(strstr(said, "saved state: tower.gcode, layer "));
    assert_non_null(strstr(said, "Z 0.45 mm"));
    assert_non_null(strstr(said, "offset Z -0.05 mm"));
    assert_non_null(strstr(said, "stepper_z3 offset "));
    assert_non_null(strstr(said, "2.0 h ago, WITH ANOTHER CONFIGURATION\n"));
}

/// Numbers at the edges, and a string that needs escapes.
static void test_writer(void **unused)
{
    static const struct {
        int64_t value;
        int places;
        const char *text;
    } cases[] = {{0, 6, "0.0"},           {150000000, 6, "150.0"},
                 {-1, 6, "-0.000001"},    {-1500000, 6, "-1.5"},
                 {123, 1, "12.3"},        {INT64_MIN, 1, "-922337203685477580.8"},
                 {1000001, 6, "1.000001"}};
    struct plr_answer answer;

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake.answered = 0;
        plr_answer_begin(&answer, &fake_port, &fake);
        plr_answer_decimal(&answer, cases[i].value, cases[i].places);
        plr_answer_end(&answer);
        assert_string_equal(fake.answer, cases[i].text);
    }
    fake.answered = 0;
    plr_answer_begin(&answer, &fake_port, &fake);
    plr_answer_string(&answer, "a\"b\\c\x01\xc3\xa9");
    plr_answer_hex(&answer, 0x0badf00d);
    plr_answer_end(&answer);
    assert_string_equal(fake.answer, "\"a\\\"b\\\\c\\u0001\xc3\xa9\"0badf00d");
}

// --- calibration's age, levelling by itself, mesh -----------------------------------------------------

static enum plr_reason resume_with(uint32_t max_age_s, bool warns, uint64_t age_s, uint32_t hash)
{
    (void)setup(NULL);
    cut_at_line_20();
    config.calibration_max_age_s = max_age_s;
    config.calibration_warns = warns;
    config.config_hash += hash;
    fake.wall_s += age_s;
    fake.mc[1] = 60000;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    return plr.result == PLR_RESULT_REFUSED ? plr.reason : PLR_REASON_NONE;
}

static void test_stale_calibration(void **unused)
{
    (void)unused;
    assert_int_equal(resume_with(3600, false, 3600, 0), PLR_REASON_NONE);
    assert_int_equal(resume_with(3600, false, 3601, 0), PLR_REASON_OLD_CALIBRATION);
    assert_int_equal(resume_with(0, false, 1000000000, 0), PLR_REASON_NONE);
    assert_int_equal(resume_with(3600, true, 3601, 0), PLR_REASON_NONE);
    assert_string_equal(fake.last_log, "recovery begins; try");
    assert_int_equal(resume_with(0, false, 0, 1), PLR_REASON_OTHER_CALIBRATION);
    assert_int_equal(resume_with(0, true, 0, 1), PLR_REASON_NONE);
}

static void test_consent_to_a_stale_one(void **unused)
{
    (void)unused;
    assert_int_equal(resume_with(3600, false, 3601, 0), PLR_REASON_OLD_CALIBRATION);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=resume,calibration"), 0);
    assert_int_equal(plr.phase, PLR_PHASE_WARM);
}

/// PLR_Z_HOME MODE=RESUME by itself levels the gantry, and the offer of the job stands as before.
static void test_level_alone(void **unused)
{
    static const int32_t sag[PLR_Z_MAX] = {300000, 100000, 900000, 0};

    (void)unused;
    cut_at_line_20();
    fake_sag(&fake, sag);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=RESUME"), 0);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=RESUME"), PLR_EBUSY);
    int64_t end = fake_run_to(&fake, PLR_PHASE_CONSENT);
    if (end)
        print_message("%s %d\n", plr_reason_text(plr.reason), (int)plr.reason_value);
    assert_int_equal(end, 0);
    assert_int_equal(plr.result, PLR_RESULT_HOMED);
    assert_true(fake_racking(&fake) <= 2000);
    assert_true(fake.racking_max_nm <= fake.racking_found_nm + 500000);
    fake.mc[1] = 60000;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_false(plr.kept); // that motors hold now says nothing of the outage
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
}

/// Power fails and comes back while it levels by itself: the job is still offered, and nothing goes on of its own accord.
static void test_level_alone_flickers(void **unused)
{
    (void)unused;
    cut_at_line_20();
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=RESUME"), 0);
    (void)fake_run(&fake, 100000);
    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    fake.supply_bad = false;
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_CONSENT), 0);
}

static void test_level_needs_calibration(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=RESUME"), PLR_ENOENT);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=SIDEWAYS"), PLR_EINVAL);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
}

static void test_mesh(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_command(&fake, "PLR_LOAD_MESH"), 0);
    assert_string_equal(fake.answer, "no bed mesh was kept: none is loaded\n");
    assert_int_equal(fake_command(&fake, "PLR_SAVE_MESH"), 0);
    assert_non_null(strstr(fake.answer, "no bed mesh is active: none is kept\n"));
    strcpy(plr.after.mesh, "hot_105");
    assert_int_equal(fake_command(&fake, "PLR_SAVE_MESH"), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_command(&fake, "PLR_LOAD_MESH"), 0);
    assert_string_equal(fake.last_line, "BED_MESH_PROFILE LOAD=hot_105");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json),        TEST(test_nothing_saved),        TEST(test_people),
        TEST(test_writer),      TEST(test_stale_calibration),    TEST(test_consent_to_a_stale_one),
        TEST(test_level_alone), TEST(test_level_alone_flickers), TEST(test_level_needs_calibration),
        TEST(test_mesh),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
