// The gate: every refusal, the consent that overrides it, and that nothing moves or heats behind a refusal.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"

#include <string.h>

static struct plr plr;
static struct fake fake;
static struct plr_config config;

/// A job was cut in line 20; power is back.
static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 500000);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    return 0;
}

/// The configuration changes and the machine boots again.
static void reboot(void)
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
}

static void refused(enum plr_reason reason)
{
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(plr.reason, reason);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
    assert_int_equal(fake_count(&fake, FAKE_ENERGISE), 0);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
    assert_int_equal(fake_count(&fake, FAKE_XY_MOVE), 0);
    assert_int_equal(plr.tries, 0);
    assert_string_equal(fake.last_log, plr_reason_text(reason));
    (void)fake_run(&fake, 10000000);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT); // asked again
}

static void consented(const char *command)
{
    assert_int_equal(fake_command(&fake, command), 0);
    assert_int_equal(plr.phase, PLR_PHASE_WARM);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(plr.result, PLR_RESULT_RESUMED);
    assert_int_equal(fake.line_at, fake_offset(&fake, 20));
}

static void test_open(void **unused)
{
    (void)unused;
    consented("PLR_RESUME_PRINT");
    assert_int_equal(plr.consents, 0); // none is left over for the next cut
}

static void test_no_consent(void **unused)
{
    (void)unused;
    (void)fake_run(&fake, 3600 * UINT64_C(1000000));
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
}

static void test_file_missing(void **unused)
{
    (void)unused;
    fake.missing = true;
    refused(PLR_REASON_FILE_MISSING);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=file"), 0);
    assert_int_equal(plr.reason, PLR_REASON_FILE_MISSING); // no consent brings it back
    fake.missing = false;
    consented("PLR_RESUME_PRINT");
}

static void test_file_other_name(void **unused)
{
    (void)unused;
    fake.name_hash++;
    refused(PLR_REASON_FILE_CHANGED);
    consented("PLR_RESUME_PRINT CONSENT=file");
}

static void test_file_other_size(void **unused)
{
    (void)unused;
    fake.text[fake.size++] = '\n';
    refused(PLR_REASON_FILE_CHANGED);
    consented("PLR_RESUME_PRINT CONSENT=file");
}

/// Same name, same size, one digit within the window.
static void test_file_other_bytes(void **unused)
{
    (void)unused;
    fake.text[fake_offset(&fake, 10) + 4] ^= 1;
    refused(PLR_REASON_FILE_CHANGED);
    consented("PLR_RESUME_PRINT CONSENT=file");
}

/// A file whose lines moved under the last tick is not scanned as if they had not.
static void test_file_changed_behind_a_tick(void **unused)
{
    (void)unused;
    config.tick_interval_us = 1000000;
    fake_init(&fake, &plr);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 0);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    (void)fake_run(&fake, 1000);
    fake_print_to(&fake, 24, 0);
    (void)fake_run(&fake, 2000000);
    assert_true(plr.ticks > 0);
    fake_power_on(&fake);
    reboot();
    memset(fake.text + fake_offset(&fake, 20), 'x', 200); // no line begins where the tick says
    refused(PLR_REASON_FILE_CHANGED);
}

static void test_file_error(void **unused)
{
    (void)unused;
    fake.fail = FAKE_JOB;
    fake.fail_error = PLR_EIO;
    fake.fail_times = 1;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(plr.reason, PLR_REASON_MACHINE);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
}

static void test_bed(void **unused)
{
    (void)unused;
    fake.mc[1] = 44999;
    refused(PLR_REASON_BED_COLD);
    assert_int_equal(plr.reason_value, 44999);
    consented("PLR_RESUME_PRINT CONSENT=cold_bed");
}

static void test_bed_at_its_gate(void **unused)
{
    (void)unused;
    fake.mc[1] = 45000;
    consented("PLR_RESUME_PRINT");
}

static void test_no_bed_gate(void **unused)
{
    (void)unused;
    config.bed_gate_mc = 0;
    reboot();
    fake.mc[1] = 25000;
    consented("PLR_RESUME_PRINT");
}

static void test_bed_sensor_fails(void **unused)
{
    (void)unused;
    fake.fail = FAKE_TEMPERATURE;
    fake.fail_error = PLR_EIO;
    fake.fail_times = 1;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(plr.reason, PLR_REASON_MACHINE);
}

static void test_never_calibrated(void **unused)
{
    (void)unused;
    fake_init(&fake, &plr);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 500000);
    for (int i = 0; i < 4; i++)
        fake.believed_nm[i] = fake.true_nm[i] = 480000; // rotors stand on a whole electrical cycle
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    reboot();
    refused(PLR_REASON_NO_CALIBRATION);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=calibration"), 0);
    assert_int_equal(plr.reason, PLR_REASON_NO_CALIBRATION); // there is nothing to consent to
    config.z_reference = PLR_Z_LOOSE; // belts that hold nothing, and no endstops: nothing to go by
    reboot();
    refused(PLR_REASON_Z_LOOSE);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=calibration"), 0);
    assert_int_equal(plr.reason, PLR_REASON_Z_LOOSE);
    fake.mc[1] = 50000;              // all that took its time
    config.z_reference = PLR_Z_KEPT; // a machine whose screws hold needs none
    reboot();
    consented("PLR_RESUME_PRINT");
}

/// A tool whose heater the machine has not: said so, before anything moves, and no consent makes up for it.
static void test_no_tool(void **unused)
{
    (void)unused;
    fake.fail = FAKE_TEMPERATURE;
    fake.fail_error = PLR_ENOENT;
    fake.fail_times = 1;
    refused(PLR_REASON_NO_TOOL);
    assert_int_equal(fake.call[fake_first(&fake, FAKE_TEMPERATURE, 0)].a, 1);
    fake.fail_times = 1;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=calibration,file,cold_bed"), 0);
    assert_int_equal(plr.reason, PLR_REASON_NO_TOOL);
}

static void test_other_calibration(void **unused)
{
    (void)unused;
    config.config_hash++;
    reboot();
    refused(PLR_REASON_OTHER_CALIBRATION);
    consented("PLR_RESUME_PRINT CONSENT=calibration");
}

static void test_other_motors(void **unused)
{
    (void)unused;
    config.z_motors = 3;
    reboot();
    refused(PLR_REASON_OTHER_CALIBRATION);
}

/// One consent does not stand for another.
static void test_wrong_consent(void **unused)
{
    (void)unused;
    fake.mc[1] = 30000;
    fake.name_hash++;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=cold_bed"), 0);
    assert_int_equal(plr.reason, PLR_REASON_FILE_CHANGED);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=file,calibration"), 0);
    assert_int_equal(plr.reason, PLR_REASON_BED_COLD);
    consented("PLR_RESUME_PRINT CONSENT=file,cold_bed");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_open),
        TEST(test_no_consent),
        TEST(test_file_missing),
        TEST(test_file_other_name),
        TEST(test_file_other_size),
        TEST(test_file_other_bytes),
        TEST(test_file_changed_behind_a_tick),
        TEST(test_file_error),
        TEST(test_bed),
        TEST(test_no_tool),
        TEST(test_bed_at_its_gate),
        TEST(test_no_bed_gate),
        TEST(test_bed_sensor_fails),
        TEST(test_never_calibrated),
        TEST(test_other_calibration),
        TEST(test_other_motors),
        TEST(test_wrong_consent),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
