// Commands, configuration, sessions and words: what the core lets in and what it says.
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

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    return fake_boot(&fake, &config);
}

/// A job that printed to this line and was saved there; then power went without warning and came back.
static void cut_at(int line)
{
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, line, 500000);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
}

#define IMPOSSIBLE(assignment)                                 \
    do {                                                       \
        config = fake_config();                                \
        config.assignment;                                     \
        assert_int_equal(plr_init(&plr, &config), PLR_EINVAL); \
    } while (0)

static void test_config(void **unused)
{
    (void)unused;
    IMPOSSIBLE(z_motors = 0);
    IMPOSSIBLE(z_motors = 5);
    IMPOSSIBLE(history_size = 1);
    IMPOSSIBLE(history_size = 21);
    IMPOSSIBLE(save_delay = 5);
    IMPOSSIBLE(history_size = 3; config.save_delay = 3);
    IMPOSSIBLE(sample_size = 9);
    IMPOSSIBLE(cycle_nm = -1);
    IMPOSSIBLE(ooze_mc = config.soften_mc);
    IMPOSSIBLE(max_adjustment_nm = -1);
    config = fake_config();
    assert_int_equal(plr_init(&plr, &config), 0);
    assert_int_equal(plr.config.history_size, 5);
    assert_int_equal(plr.config.cycle_nm, 160000);
    assert_int_equal(plr.config.save_delay, 0);
    assert_int_equal(plr.config.max_adjustment_nm, 5000000);
    config.history_size = 20;
    config.save_delay = 4;
    assert_int_equal(plr_init(&plr, &config), 0);
    assert_int_equal(plr.config.history_size, 20);
}

static void test_unknown_commands(void **unused)
{
    (void)unused;
    assert_int_equal(fake_command(&fake, "PLR_DANCE"), PLR_ENOENT);
    assert_string_equal(fake.answer, "unknown command: PLR_DANCE\n");
    assert_int_equal(fake_command(&fake, "G1 X1"), PLR_EINVAL);
    assert_int_equal(fake_command(&fake, "G1 X1.2.3"), PLR_EINVAL);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME"), PLR_EINVAL);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=AGAIN"), PLR_EINVAL);
    assert_int_equal(fake_command(&fake, "PLR_ENABLE"), 0);
    assert_int_equal(fake_command(&fake, "plr_disable"), 0);
}

static void test_nothing_to_resume(void **unused)
{
    (void)unused;
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_NOTHING);
    assert_int_equal(plr.reason, PLR_REASON_NO_RECORD);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), PLR_ENOENT);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_US_PER_S);
}

static void test_busy(void **unused)
{
    (void)unused;
    assert_int_equal(fake_begin(&fake), 0);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), PLR_EBUSY);
    assert_int_equal(fake_command(&fake, "PLR_RESET_PRINT_DATA"), PLR_EBUSY);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=CALIBRATE"), PLR_EBUSY);
    assert_int_equal(fake_begin(&fake), PLR_EBUSY);
}

/// The motors are on before anything moves; the user's G-code runs before all of it and after all of it.
static void test_calibrate(void **unused)
{
    (void)unused;
    fake_power_on(&fake); // the motors are off
    fake.hook_us = 3000000;
    assert_int_equal(fake_calibrate(&fake), 0);
    int on = fake_first(&fake, FAKE_ENERGISE, 0), before = fake_first(&fake, FAKE_HOOK, 0);
    int park = fake_first(&fake, FAKE_XY_MOVE, 0), after = fake_last(&fake, FAKE_HOOK);
    assert_true(on >= 0 && on < before && before < park &&
                park < fake_first(&fake, FAKE_Z_MOVE, 0));
    assert_int_equal(fake.call[on].a, 0xf | PLR_MOTOR_XY);
    assert_int_equal(fake.call[before].a, PLR_HOOK_BEFORE_CALIBRATE);
    assert_int_equal(fake.call[after].a, PLR_HOOK_AFTER_CALIBRATE);
    assert_true(fake.call[park].at_us >= fake.call[before].at_us + fake.hook_us);
    assert_true(after > fake_last(&fake, FAKE_Z_MOVE) && after > fake_last(&fake, FAKE_NV_PROG));
    assert_int_equal(fake_count(&fake, FAKE_HOOK), 2);
    assert_int_equal(fake.energised, 0xf | PLR_MOTOR_XY);
}

static void test_consent_words(void **unused)
{
    (void)unused;
    cut_at(20);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=cold_bet"), PLR_EINVAL);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=file,,cold_bed"), PLR_EINVAL);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=file,calibration,cold_bed"), 0);
    assert_int_equal(plr.consents, PLR_CONSENT_RESUME | PLR_CONSENT_FILE | PLR_CONSENT_CALIBRATION |
                                       PLR_CONSENT_COLD_BED);
}

/// What is forgotten is not offered again, not even after the next cut.
static void test_reset(void **unused)
{
    (void)unused;
    cut_at(20);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_command(&fake, "PLR_RESET_PRINT_DATA"), 0);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), PLR_ENOENT);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.reason, PLR_REASON_ENDED);
}

static void test_not_started(void **unused)
{
    (void)unused;
    cut_at(6); // heated, homed, nothing extruded
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_NOTHING);
    assert_int_equal(plr.reason, PLR_REASON_NOT_STARTED);
}

/// In the middle of the first line that lays filament a print has begun: by a save there, and by a tick behind an older save.
static void test_first_line(void **unused)
{
    static const struct {
        int saved, ticked;
        int32_t ppm;
        bool told, begun;
    } cases[] = {
        {9, 9, 500000, true, false}, // a travel
        {9, 9, 500000, false, false}, {10, 10, 0, true, false},     {10, 10, 0, false, true},
        {10, 10, 1, true, true},      {10, 10, 1, false, true},     {9, 10, 0, true, false},
        {9, 10, 0, false, true},      {9, 10, 500000, true, true},  {9, 10, 500000, false, true},
        {9, 20, 0, false, true},      {6, 6, 500000, false, false}, // not there yet
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        config.tick_interval_us = 1000000;
        fake_init(&fake, &plr);
        assert_int_equal(fake_boot(&fake, &config), 0);
        assert_int_equal(fake_calibrate(&fake), 0);
        assert_int_equal(fake_begin(&fake), 0);
        fake_print_to(&fake, cases[i].saved, cases[i].ppm);
        assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
        assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
        fake_print_to(&fake, cases[i].ticked, cases[i].ppm);
        (void)fake_run(&fake, 3000000);
        if (cases[i].told) {
            fake.brake_us = 0;
            assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
            assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
        }
        fake_power_on(&fake);
        assert_int_equal(fake_boot(&fake, &config), 0);
        assert_int_equal(plr.phase, cases[i].begun ? PLR_PHASE_CONSENT : PLR_PHASE_IDLE);
        assert_int_equal(plr.reason, cases[i].begun ? PLR_REASON_NONE : PLR_REASON_NOT_STARTED);
        if (!cases[i].told)
            assert_int_equal(plr.state.progress.file_offset, fake_offset(&fake, cases[i].saved));
        if (!cases[i].begun)
            continue;
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
        assert_int_equal(fake.line_at, fake_offset(&fake, cases[i].ticked));
        assert_int_equal(fake.fraction_ppm, cases[i].ppm);
    }
}

/// A tick says that the print had begun, and the file that would tell is gone: it is offered, and refused for the file.
static void test_begun_without_file(void **unused)
{
    (void)unused;
    config.tick_interval_us = 1000000;
    fake_init(&fake, &plr);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 9, 0);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    fake_print_to(&fake, 20, 0);
    (void)fake_run(&fake, 3000000);
    fake_power_on(&fake);
    fake.missing = true;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(plr.reason, PLR_REASON_FILE_MISSING);
}

static void test_ended(void **unused)
{
    (void)unused;
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 0);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    (void)plr_poll(&plr, &fake_port, &fake);
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.reason, PLR_REASON_ENDED);
}

/// A cut before the second job's first save offers nothing, least of all the first job.
static void test_two_jobs(void **unused)
{
    (void)unused;
    cut_at(20);
    uint32_t session = plr.session;
    assert_int_equal(fake_begin(&fake), 0); // not resumed: a new job from the start
    assert_int_equal(plr.session, session + 1);
    fake_print_to(&fake, 21, 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.reason, PLR_REASON_NOT_STARTED);
}

static void test_job_without_file(void **unused)
{
    (void)unused;
    fake.missing = true;
    assert_int_equal(fake_begin(&fake), PLR_ENOENT);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
}

/// Without a memory a print runs all the same.
static void test_no_memory(void **unused)
{
    (void)unused;
    fake.fail = FAKE_NV_READ;
    fake.fail_error = PLR_EIO;
    fake.fail_times = UINT32_MAX;
    assert_int_equal(fake_boot(&fake, &config), PLR_EIO);
    assert_int_equal(plr.reason, PLR_REASON_MEMORY);
    uint32_t programs = fake_count(&fake, FAKE_NV_PROG);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 0);
    assert_true(fake_run(&fake, 60000000) > 0);
    assert_int_equal(plr.saves, 0);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_count(&fake, FAKE_NV_PROG), programs);
}

/// Power that goes inside any call silences the core until it boots; then it speaks again.
static void test_silence(void **unused)
{
    (void)unused;
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 0);
    fake.dark = true;
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_EPOWER);
    uint64_t calls = fake.dark_calls;
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_EPOWER);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake.dark_calls, calls);
    fake_power_on(&fake);
    assert_int_equal(plr_boot(&plr, &fake.geometry, &fake_port, &fake), 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_US_PER_S);
}

/// Power dies at each call of the boot itself: never more than silence, and the next boot sees it all.
static void test_boot_cut(void **unused)
{
    (void)unused;
    cut_at(20);
    for (uint64_t cut = 0;; cut++) {
        fake_power_on(&fake);
        fake.cut_at_call = fake.calls_made + cut;
        int error = fake_boot(&fake, &config);
        if (!fake.dark)
            break;
        assert_int_equal(error, PLR_EPOWER);
        assert_true(plr.dead);
        assert_true(cut < 1000);
    }
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
}

static void test_words(void **unused)
{
    (void)unused;
    for (int i = 0; i < PLR_PHASES; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(plr_phase_name((enum plr_phase)i),
                                    plr_phase_name((enum plr_phase)j));
    for (int i = 0; i < PLR_REASONS; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(plr_reason_text((enum plr_reason)i),
                                    plr_reason_text((enum plr_reason)j));
    assert_string_equal(plr_phase_name(PLR_PHASE_HOME_Z3), "home_z3");
    assert_string_equal(plr_phase_name(PLR_PHASES), "unknown");
    assert_string_equal(plr_reason_text(PLR_REASONS), "unknown reason");
}

static void test_error_words(void **unused)
{
    static const int errors[] = {PLR_ENOENT,  PLR_EIO,    PLR_EAGAIN,   PLR_EBUSY,
                                 PLR_EINVAL,  PLR_EFBIG,  PLR_ENOSPC,   PLR_ERANGE,
                                 PLR_EBADMSG, PLR_EPOWER, PLR_ECANCELED};

    (void)unused;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        assert_string_not_equal(plr_strerror(errors[i]), "unknown error");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(plr_strerror(errors[i]), plr_strerror(errors[j]));
    }
    assert_string_equal(plr_strerror(0), "no error");
    assert_string_equal(plr_strerror(7), "no error");
    assert_string_equal(plr_strerror(-9999), "unknown error");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_config),
        TEST(test_unknown_commands),
        TEST(test_nothing_to_resume),
        TEST(test_busy),
        TEST(test_calibrate),
        TEST(test_consent_words),
        TEST(test_reset),
        TEST(test_not_started),
        TEST(test_begun_without_file),
        TEST(test_first_line),
        TEST(test_ended),
        TEST(test_two_jobs),
        TEST(test_no_memory),
        TEST(test_job_without_file),
        TEST(test_silence),
        TEST(test_boot_cut),
        TEST(test_words),
        TEST(test_error_words),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
