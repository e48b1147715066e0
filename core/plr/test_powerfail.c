// Power fails: what is done in which order, what is left behind at every byte, and what a flicker costs.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"

#include <string.h>

#define SECOND UINT64_C(1000000)

static struct plr plr;
static struct fake fake;
static struct plr_config config;

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    return 0;
}

/// The job was saved early in line 10 and now runs in line 20, halfway.
static void printing(void)
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 11, 100000);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    fake_wait(&fake, SECOND);
    fake_print_to(&fake, 20, 500000);
    fake.calls = 0;
}

static int power_fails(void)
{
    fake.supply_bad = true;
    return plr_power_fail(&plr, &fake_port, &fake);
}

/// What a boot would restore from this memory.
static const struct plr_state *restored(const struct fake *from)
{
    static struct plr other;
    static struct fake copy;

    copy = *from;
    copy.plr = &other;
    fake_power_on(&copy);
    assert_int_equal(fake_boot(&copy, &config), 0);
    assert_int_equal(other.phase, PLR_PHASE_CONSENT);
    return &other.state;
}

static void test_order(void **unused)
{
    (void)unused;
    printing();
    assert_int_equal(power_fails(), 0);
    assert_int_equal(fake.call[0].what, FAKE_HEATERS_OFF);
    assert_int_equal(fake.call[1].what, FAKE_PROGRESS);
    assert_int_equal(fake.call[2].what, FAKE_BRAKE);
    assert_true(fake_first(&fake, FAKE_NV_PROG, 0) > 1);
    assert_int_equal(plr.phase, PLR_PHASE_BRAKING);
    assert_int_equal(restored(&fake)->flags, PLR_STATE_BRAKING);
    uint32_t edge = fake.calls;
    (void)fake_run(&fake, 10000); // still braking
    assert_int_equal(fake_first(&fake, FAKE_NV_PROG, edge), -1);
    assert_int_equal(plr.phase, PLR_PHASE_BRAKING);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    int final = fake_first(&fake, FAKE_NV_PROG, edge);
    assert_true(final > 0);
    assert_true(fake.call[final].at_us - fake.call[2].at_us >= fake.brake_us);
    assert_int_equal(restored(&fake)->flags, 0);
    assert_int_equal(restored(&fake)->progress.file_offset, fake_offset(&fake, 20));
    assert_int_equal(restored(&fake)->progress.fraction_ppm, 500000);
    assert_int_equal(restored(&fake)->print_us, SECOND + fake.brake_us);
}

/// Braking ends four lines on: flow and pressure advance changed on the way, and the state knows.
static void test_brakes_into_later_lines(void **unused)
{
    (void)unused;
    printing();
    fake.brake_to = fake_offset(&fake, 24);
    fake.brake_ppm = 125000;
    assert_int_equal(power_fails(), 0);
    assert_int_equal(restored(&fake)->progress.file_offset, fake_offset(&fake, 20)); // the edge
    assert_int_equal(restored(&fake)->progress.fraction_ppm, 500000);
    assert_int_equal(restored(&fake)->modal.flow_ppm, 1000000);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    const struct plr_state *state = restored(&fake);
    assert_int_equal(state->progress.file_offset, fake_offset(&fake, 24));
    assert_int_equal(state->progress.fraction_ppm, 125000);
    assert_int_equal(state->modal.flow_ppm, 950000);
    assert_int_equal(state->modal.advance_us, 40000);
    assert_memory_equal(&state->modal, &fake.modal, sizeof fake.modal);
    assert_int_equal(state->modal.nozzle_mc[0], 220000); // though the heaters are off
    assert_int_equal(state->modal.fan_ppm[0], 1000000);
}

/// A port that rounds beyond the end of a line, or before its beginning, spoils no record.
static void test_rounding(void **unused)
{
    (void)unused;
    for (int32_t ppm = -1; ppm <= 1000001; ppm += 1000002) {
        (void)setup(NULL);
        printing();
        fake.fraction_ppm = ppm;
        assert_int_equal(power_fails(), 0);
        assert_int_equal(restored(&fake)->flags, PLR_STATE_BRAKING);
        assert_int_equal(restored(&fake)->progress.fraction_ppm, ppm < 0 ? 0 : 1000000);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
        assert_int_equal(restored(&fake)->flags, 0);
        assert_int_equal(restored(&fake)->progress.fraction_ppm, ppm < 0 ? 0 : 1000000);
    }
}

/// The lift ends on a whole electrical cycle, and only a lift that was made is called one.
static void test_lift_cycles(void **unused)
{
    (void)unused;
    config.lift_cycles = 4;
    printing();
    int32_t before = fake.believed_nm[0]; // 0.4 mm: half a cycle of 0.16 mm is left over
    assert_int_equal(power_fails(), 0);
    (void)fake_run(&fake, fake.brake_us + 2000);
    assert_int_equal(plr.phase, PLR_PHASE_BRAKING);
    assert_int_equal(restored(&fake)->flags, PLR_STATE_LIFTING);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 1);
    int lift = fake_first(&fake, FAKE_Z_MOVE, 0);
    assert_int_equal(fake.call[lift].a, 0xf); // all motors at once
    assert_int_equal(fake.call[lift].b, 80000 + 4 * 160000);
    assert_int_equal(fake.believed_nm[0] % 160000, 0);
    assert_int_equal(restored(&fake)->flags, PLR_STATE_LIFTED);
    assert_int_equal(restored(&fake)->progress.z_motor_nm[0], before + 720000);
}

static void test_no_lift_from_a_whole_cycle(void **unused)
{
    (void)unused;
    config.lift_cycles = 1;
    printing();
    for (int i = 0; i < 4; i++)
        fake.believed_nm[i] = 480000;
    assert_int_equal(power_fails(), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    assert_int_equal(fake.call[fake_first(&fake, FAKE_Z_MOVE, 0)].b, 160000);
}

static bool same_state(const struct plr_state *a, const uint8_t b[PLR_STATE_BYTES])
{
    uint8_t bytes[PLR_STATE_BYTES];
    uint32_t size = plr_state_encode(a, bytes);
    return !memcmp(bytes, b, size);
}

/// The supply dies at every byte of the path: what is found is the state before, that of the edge or a later one, in this order.
static void test_every_byte(void **unused)
{
    static struct plr plr_then;
    static struct fake fake_then;
    static uint8_t stage[4][PLR_STATE_BYTES];
    int reached = 0;

    (void)unused;
    config.lift_cycles = 2;
    printing();
    plr_then = plr;
    fake_then = fake;
    (void)plr_state_encode(restored(&fake), stage[0]);
    (void)power_fails();
    (void)plr_state_encode(restored(&fake), stage[1]);
    (void)fake_run(&fake, fake.brake_us + 2000);
    (void)plr_state_encode(restored(&fake), stage[2]);
    (void)fake_run_to(&fake, PLR_PHASE_HOLDING);
    (void)plr_state_encode(restored(&fake), stage[3]);
    uint64_t bytes = fake.programmed - fake_then.programmed;
    assert_true(bytes > 3 * 381);
    for (uint64_t cut = 0; cut <= bytes; cut++) {
        plr = plr_then;
        fake = fake_then;
        fake.cut_at_byte = fake.programmed + cut;
        (void)power_fails();
        (void)fake_run_to(&fake, PLR_PHASE_HOLDING);
        assert_int_equal(fake.dark, cut < bytes);
        assert_int_equal(plr.dead, cut < bytes);
        const struct plr_state *state = restored(&fake);
        while (reached < 3 && !same_state(state, stage[reached]))
            reached++;
        assert_true(same_state(state, stage[reached]));
    }
    assert_int_equal(reached, 3);
}

/// The supply dies at every call of the path, too.
static void test_every_call(void **unused)
{
    static struct plr plr_then;
    static struct fake fake_then;

    (void)unused;
    config.lift_cycles = 2;
    printing();
    plr_then = plr;
    fake_then = fake;
    for (uint64_t cut = 0;; cut++) {
        plr = plr_then;
        fake = fake_then;
        fake.cut_at_call = fake.calls_made + cut;
        (void)power_fails();
        if (!plr.dead)
            (void)fake_run_to(&fake, PLR_PHASE_HOLDING);
        if (!fake.dark)
            break;
        assert_true(plr.dead);
        uint64_t calls = fake.dark_calls;
        assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_EPOWER);
        assert_int_equal(fake.dark_calls, calls);
        (void)restored(&fake);
    }
}

/// A heater or a memory that fails keeps nothing else from being made safe.
static void test_errors(void **unused)
{
    (void)unused;
    printing();
    fake.fail = FAKE_HEATERS_OFF;
    fake.fail_error = PLR_EIO;
    fake.fail_times = 1;
    assert_int_equal(power_fails(), PLR_EIO);
    assert_int_equal(fake_count(&fake, FAKE_BRAKE), 1);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    assert_int_equal(restored(&fake)->progress.file_offset, fake_offset(&fake, 20));

    (void)setup(NULL);
    printing();
    fake.fail = FAKE_NV_PROG;
    fake.fail_error = PLR_EIO;
    fake.fail_times = UINT32_MAX;
    assert_int_equal(power_fails(), PLR_EIO);
    (void)fake_run(&fake, SECOND / 2);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    assert_int_equal(restored(&fake)->progress.file_offset,
                     fake_offset(&fake, 11)); // the save before

    (void)setup(NULL);
    printing();
    fake.fail = FAKE_MOTION;
    fake.fail_error = PLR_EIO;
    fake.fail_times = 1;
    assert_int_equal(power_fails(), 0);
    assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_EIO);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    assert_int_equal(restored(&fake)->flags, 0);
}

/// Execution reports a line before the one the core was told: nothing is called lifted, and what comes then is saved.
static void test_stop_before_its_line(void **unused)
{
    (void)unused;
    printing();
    fake.line_at = fake_offset(&fake, 14);
    assert_int_equal(power_fails(), PLR_EAGAIN);
    (void)fake_run(&fake, fake.brake_us + 5000);
    assert_int_equal(restored(&fake)->progress.file_offset, fake_offset(&fake, 11));
    fake.line_at = fake_offset(&fake, 20);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    assert_int_equal(restored(&fake)->progress.file_offset, fake_offset(&fake, 20));
    assert_int_equal(restored(&fake)->flags, 0);
}

static void test_not_recording(void **unused)
{
    (void)unused;
    config.on_command = true;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 0);
    uint64_t bytes = fake.programmed;
    assert_int_equal(power_fails(), 0);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    assert_int_equal(fake.programmed, bytes);
    assert_int_equal(fake_count(&fake, FAKE_BRAKE), 1);
    assert_int_equal(power_fails(), 0); // a second edge changes nothing
    assert_int_equal(fake_count(&fake, FAKE_BRAKE), 1);
    fake.supply_bad = false;
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_NOTHING);
}

// --- the supply returns ---------------------------------------------------------------------------

static void flicker(void)
{
    assert_int_equal(power_fails(), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake.supply_bad = false;
    fake.calls = 0;
}

/// Drivers held: a hop, heat, and on from the same place, without homing and without asking.
static void test_flicker(void **unused)
{
    (void)unused;
    printing();
    int32_t z = fake.believed_nm[0];
    flicker();
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(plr.result, PLR_RESULT_RESUMED);
    assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 0);
    assert_int_equal(fake_count(&fake, FAKE_ENERGISE), 0);
    assert_int_equal(fake_count(&fake, FAKE_Z_SET), 0);
    assert_int_equal(fake.call[fake_first(&fake, FAKE_Z_MOVE, 0)].b, 1000000);
    assert_int_equal(fake.believed_nm[0], z);
    assert_int_equal(fake.line_at, fake_offset(&fake, 20));
    assert_int_equal(fake.fraction_ppm, 500000);
    assert_int_equal(fake.target_mc[2], 220000);
    assert_int_equal(fake.target_mc[1], 60000);
    assert_int_equal(fake.fan_ppm[0], 1000000);
    assert_int_equal(fake.e_nm, 0);
}

/// What the file had drawn back before the flicker is still drawn back, once.
static void test_flicker_while_retracted(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 14, 500000);
    flicker();
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(plr.modal.retract_nm, 800000);
    assert_int_equal(fake.e_nm, 0);
}

/// Half a second of good supply, without a gap, is asked for.
static void test_flicker_must_be_over(void **unused)
{
    (void)unused;
    printing();
    flicker();
    (void)fake_run(&fake, 490000);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    fake.supply_bad = true;
    (void)fake_run(&fake, 10000);
    fake.supply_bad = false;
    (void)fake_run(&fake, 490000);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    (void)fake_run(&fake, 20000);
    assert_true(plr.phase >= PLR_PHASE_WARM && plr.phase <= PLR_PHASE_LIFT);
}

/// Drivers let go though the logic lived: everything is measured anew.
static void test_flicker_drivers_lost(void **unused)
{
    static const int32_t sag[PLR_Z_MAX] = {1000000, 200000, 700000, 0};

    (void)unused;
    printing();
    flicker();
    fake.lost = true;
    fake.energised = 0;
    fake_sag(&fake, sag);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(plr.result, PLR_RESULT_RESUMED);
    assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 1);
    assert_true(fake_racking(&fake) <= 20000);
}

/// ... and nobody was told: what was counted and recorded since the last good look at the drivers is not true. It goes on from there.
static void test_drivers_lost_untold(void **unused)
{
    static const int32_t sag[PLR_Z_MAX] = {1000000, 200000, 700000, 0};

    (void)unused;
    config.tick_interval_us = SECOND;
    printing();
    assert_int_equal(plr_drivers(&plr, &fake_port, &fake, true), 0);
    fake.lost = true;
    fake.energised = 0;
    fake_sag(&fake, sag);
    fake_print_to(&fake, 20, 900000); // so the controller counts
    (void)fake_run(&fake, 2 * SECOND);
    assert_true(plr.ticks > 0);
    fake.calls = 0;
    assert_int_equal(plr_drivers(&plr, &fake_port, &fake, false), 0);
    assert_true(fake_first(&fake, FAKE_HEATERS_OFF, 0) < fake_first(&fake, FAKE_NV_PROG, 0));
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    assert_int_equal(restored(&fake)->flags, PLR_STATE_BLIND); // if power goes now
    assert_int_equal(restored(&fake)->progress.fraction_ppm, 500000);
    assert_int_equal(plr_drivers(&plr, &fake_port, &fake, false), 0); // it knows
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(plr.result, PLR_RESULT_RESUMED);
    assert_int_equal(fake.line_at, fake_offset(&fake, 20));
    assert_int_equal(fake.fraction_ppm, 500000);
    assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 1);
    assert_true(fake_racking(&fake) <= 20000);
}

/// In a recovery, or while an operator is asked, it is as a power failure there.
static void test_drivers_lost_elsewhere(void **unused)
{
    (void)unused;
    printing();
    assert_int_equal(power_fails(), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr_drivers(&plr, &fake_port, &fake, false), 0);
    (void)fake_run(&fake, 10 * SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HEAT), 0);
    assert_int_equal(plr_drivers(&plr, &fake_port, &fake, true), 0);
    fake.lost = true;
    fake.energised = 0;
    assert_int_equal(plr_drivers(&plr, &fake_port, &fake, false), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(plr.result, PLR_RESULT_RESUMED);
}

/// Waiting for an operator, power flickers: it waits on. Nobody has consented.
static void test_flicker_before_consent(void **unused)
{
    (void)unused;
    printing();
    flicker();
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    (void)fake_run(&fake, 10 * SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
}

/// A flicker in a calibration ends it; no job of the past begins anew.
static void test_flicker_in_calibration(void **unused)
{
    (void)unused;
    printing();
    assert_int_equal(plr_job_end(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_command(&fake, "PLR_Z_HOME MODE=CALIBRATE"), 0);
    (void)fake_run(&fake, SECOND);
    fake.calls = 0;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    (void)fake_run(&fake, 5 * SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
}

static void test_flicker_when_idle(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake.call[fake_first(&fake, FAKE_HEATERS_OFF, 0)].what, FAKE_HEATERS_OFF);
    (void)fake_run(&fake, 5 * SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_NOTHING);
}

/// A flicker before the first extrusion: there is nothing to resume.
static void test_flicker_before_extrusion(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 9, 0);
    flicker();
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_NOTHING);
    assert_int_equal(plr.reason, PLR_REASON_NOT_STARTED);
}

/// A flicker in the middle of a recovery: it begins again, homes again, and gets there.
static void test_flicker_in_recovery(void **unused)
{
    static const enum plr_phase phases[] = {PLR_PHASE_WARM,  PLR_PHASE_LIFT,  PLR_PHASE_HEAT,
                                            PLR_PHASE_LEVEL, PLR_PHASE_PURGE, PLR_PHASE_APPROACH};

    (void)unused;
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        (void)setup(NULL);
        printing();
        (void)power_fails();
        (void)fake_run_to(&fake, PLR_PHASE_HOLDING);
        fake_power_on(&fake);
        assert_int_equal(fake_boot(&fake, &config), 0);
        fake.mc[2] = 25000;
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, phases[i]), 0);
        fake.calls = 0;
        fake.supply_bad = true;
        assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
        assert_int_equal(fake.call[0].what, FAKE_HEATERS_OFF);
        assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
        fake.supply_bad = false;
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
        assert_int_equal(plr.result, PLR_RESULT_RESUMED);
        assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 1);
        assert_int_equal(fake.line_at, fake_offset(&fake, 20));
    }
}

/// Power goes for good while the supply seemed to return: silence, whatever call meets it.
static void test_dark_while_holding(void **unused)
{
    static struct plr plr_then;
    static struct fake fake_then;

    (void)unused;
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        (void)setup(NULL);
        printing();
        if (cancelled)
            assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
        else
            (void)power_fails();
        (void)fake_run_to(&fake, PLR_PHASE_HOLDING);
        fake.supply_bad = false;
        plr_then = plr;
        fake_then = fake;
        for (uint64_t cut = 0; cut < 250; cut++) {
            plr = plr_then;
            fake = fake_then;
            fake.cut_at_call = fake.calls_made + cut;
            (void)fake_run(&fake, SECOND);
            if (!fake.dark)
                break;
            assert_int_equal(plr_poll(&plr, &fake_port, &fake), PLR_EPOWER);
            assert_true(plr.dead);
        }
    }
}

// --- cancel ---------------------------------------------------------------------------------------

static void test_cancel(void **unused)
{
    (void)unused;
    printing();
    assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake.call[0].what, FAKE_HEATERS_OFF);
    (void)fake_run(&fake, 5 * SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(plr.result, PLR_RESULT_PENDING);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
    assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), PLR_EBUSY);
    fake.calls = 0;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 0); // the motors never let go
    assert_int_equal(fake.fraction_ppm, 500000);
}

static void test_cancel_before_extrusion(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 9, 0);
    assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_NOTHING);
    assert_int_equal(plr.reason, PLR_REASON_NOT_STARTED);
}

/// Power fails while a cancelled job brakes: then it is a power failure, and the job goes on afterwards.
static void test_cancel_then_power(void **unused)
{
    (void)unused;
    printing();
    assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
    assert_int_equal(power_fails(), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    (void)fake_run(&fake, SECOND);
    assert_int_equal(plr.phase, PLR_PHASE_HOLDING);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_rounding),
        TEST(test_brakes_into_later_lines),
        TEST(test_lift_cycles),
        TEST(test_no_lift_from_a_whole_cycle),
        TEST(test_every_byte),
        TEST(test_every_call),
        TEST(test_errors),
        TEST(test_stop_before_its_line),
        TEST(test_not_recording),
        TEST(test_flicker),
        TEST(test_flicker_while_retracted),
        TEST(test_flicker_must_be_over),
        TEST(test_flicker_drivers_lost),
        TEST(test_drivers_lost_untold),
        TEST(test_drivers_lost_elsewhere),
        TEST(test_flicker_before_consent),
        TEST(test_flicker_in_calibration),
        TEST(test_flicker_when_idle),
        TEST(test_flicker_before_extrusion),
        TEST(test_flicker_in_recovery),
        TEST(test_dark_while_holding),
        TEST(test_cancel),
        TEST(test_cancel_before_extrusion),
        TEST(test_cancel_then_power),
    };
    return cmocka_run_group_tests_name("powerfail", tests, NULL, NULL);
}
