// Recovery: the order of things, cuts in the middle of it, and that a print goes on where and as it stopped.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"

#include <stdlib.h>
#include <string.h>

#define SECOND  UINT64_C(1000000)
#define STEP_NM 2000

static struct plr plr;
static struct fake fake;
static struct plr_config config;
static const int32_t sagged[PLR_Z_MAX] = {3100000, 1700000, 2500000, 600000};

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    return 0;
}

static void print_to(int line, int32_t ppm)
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    if (config.z_reference == PLR_Z_PLUS)
        assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, line, ppm);
    fake_wait(&fake, 100 * SECOND);
}

/// Where a rotor comes back to whatever it does: on a whole electrical cycle.
static void stand_on_a_cycle(void)
{
    for (int i = 0; i < 4; i++)
        fake.believed_nm[i] = fake.true_nm[i] = 480000;
}

/// Power fails, goes, and comes back; nozzle and bed have cooled to `nozzle_mc` and 50 degC.
static void cut(int32_t nozzle_mc)
{
    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    fake.mc[1] = 50000;
    fake.mc[2] = nozzle_mc;
    if (config.z_reference == PLR_Z_PLUS)
        fake_sag(&fake, sagged);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
}

static void recover(void)
{
    if (fake_command(&fake, "PLR_RESUME_PRINT") == 0)
        (void)fake_run_to(&fake, PLR_PHASE_PRINTING);
}

/// The print goes on in line 20, halfway, level and at its height.
static void resumed(void)
{
    if (plr.phase != PLR_PHASE_PRINTING)
        print_message("%s %d\n", plr_reason_text(plr.reason), (int)plr.reason_value);
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(plr.result, PLR_RESULT_RESUMED);
    assert_int_equal(fake.line_at, fake_offset(&fake, 20));
    assert_int_equal(fake.fraction_ppm, 500000);
    for (int i = 0; i < fake.z_motors; i++)
        assert_true(abs(fake.true_nm[i] - 400000) <= STEP_NM);
    assert_int_equal(fake.xy_nm[0], 110000000);
    assert_int_equal(fake.xy_nm[1], 100000000);
    assert_int_equal(fake.target_mc[1], 60000);
    assert_int_equal(fake.target_mc[2], 220000);
    assert_true(abs(fake.mc[2] - 220000) <= 2000);
    assert_int_equal(fake.fan_ppm[0], 1000000);
    assert_true(fake.running);
}

static void refused(enum plr_reason reason)
{
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(plr.reason, reason);
    assert_int_equal(fake.target_mc[1], 0);
    assert_int_equal(fake.target_mc[2], 0);
    assert_false(fake.running);
}

/// The index of the one call of this hook.
static int hooked(enum plr_hook which)
{
    int at = -1;

    for (int i = 0; i < (int)fake.calls; i++)
        if (fake.call[i].what == FAKE_HOOK && fake.call[i].a == (int64_t)which) {
            assert_int_equal(at, -1);
            at = i;
        }
    assert_true(at >= 0);
    return at;
}

// --- the order --------------------------------------------------------------------------------------

static int first(enum fake_what what)
{
    int at = fake_first(&fake, what, 0);
    assert_true(at >= 0);
    return at;
}

static void test_order(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    (void)fake_run(&fake, 100 * SECOND);
    assert_int_equal(fake_count(&fake, FAKE_HEAT) + fake_count(&fake, FAKE_ENERGISE), 0);
    fake.calls = 0;
    fake.mc[1] = 50000;
    recover();
    resumed();
    assert_true(fake.calls < FAKE_CALLS);
    int lift = first(FAKE_Z_MOVE), energised = first(FAKE_ENERGISE), xy = first(FAKE_XY_HOME);
    assert_int_equal(fake.call[energised].a, 0xf); // Z alone: XY stays loose
    assert_true(energised < lift);
    assert_int_equal(fake.call[lift].a, 0xf);
    assert_int_equal(fake.call[lift].b, 10000000); // max_adjustment and five millimetres
    assert_true(lift < xy && xy < first(FAKE_XY_MOVE));
    assert_true(fake.call[xy].at_us >=
                fake.call[lift].at_us + 2 * SECOND);              // 10 mm at 5 mm/s: it was done
    assert_int_equal(fake.call[first(FAKE_XY_MOVE)].a, 10000000); // to the park place
    assert_true(first(FAKE_E_MOVE) > xy);
    int seek = first(FAKE_JOB_SEEK), run = first(FAKE_JOB_RUN);
    assert_true(seek < run && fake_count(&fake, FAKE_JOB_RUN) == 1);
}

/// The user's G-code runs in its places, and nothing else moves before it is done.
static void test_hooks(void **unused)
{
    (void)unused;
    for (int kept = 0; kept < 2; kept++) {
        (void)setup(NULL);
        config.z_reference = kept ? PLR_Z_KEPT : PLR_Z_PLUS;
        fake.hook_us = 7 * SECOND;
        print_to(20, 500000);
        if (kept)
            stand_on_a_cycle();
        cut(25000);
        fake.calls = 0;
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOME_XY), 0);
        assert_true(fake.mc[2] >= 130000); // the nozzle is soft,
        for (int i = 0; i < fake.z_motors; i++)
            assert_true(fake.true_nm[i] > 400000); // and clear of the part
        (void)fake_run_to(&fake, PLR_PHASE_PRINTING);
        assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
        int before = hooked(PLR_HOOK_BEFORE_RESUME), after = hooked(PLR_HOOK_AFTER_RESUME);
        assert_true(fake.call[before].b); // X and Y are homed
        int park = fake_first(&fake, FAKE_XY_MOVE, (uint32_t)before);
        assert_true(before > first(FAKE_XY_HOME) && before < park && park < after);
        assert_int_equal(park, first(FAKE_XY_MOVE));
        assert_true(fake.call[park].at_us >= fake.call[before].at_us + fake.hook_us);
        int z = fake_first(&fake, FAKE_Z_MOVE, (uint32_t)before);
        assert_true(kept ? z > after : z > park && z < after);
        assert_true(fake_last(&fake, FAKE_Z_SET) < after);
        int next = fake_first(&fake, FAKE_XY_MOVE, (uint32_t)after);
        assert_true(next > after && fake.call[next].at_us >= fake.call[after].at_us + fake.hook_us);
        assert_true(after < first(FAKE_E_MOVE) && after < first(FAKE_JOB_RUN));
        assert_int_equal(fake_count(&fake, FAKE_HOOK), 2);
    }
}

/// part_cooling_fans: the named ones come back as they were, the others stand still until the job says otherwise; also where
/// the file tells a fan's speed and not the saved state.
static void test_fans(void **unused)
{
    static const struct {
        uint8_t kept;
        int32_t part, other;
    } cases[] = {{0, 1000000, 300000},
                 {PLR_FANS_NAMED | 1, 1000000, 0},
                 {PLR_FANS_NAMED | 4, 0, 300000},
                 {PLR_FANS_NAMED | 5, 1000000, 300000},
                 {PLR_FANS_NAMED, 0, 0}};

    (void)unused;
    for (size_t n = 0; n < 2 * sizeof cases / sizeof *cases; n++) {
        bool ticked = n & 1u;
        (void)setup(NULL);
        config.fans = cases[n / 2].kept;
        config.tick_interval_us = SECOND;
        print_to(ticked ? 11 : 20, 500000);
        plr.modal.fan_ppm[2] = plr.after.fan_ppm[2] = 300000;
        assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
        (void)fake_run(&fake, SECOND);
        if (ticked) { // M106 stands between them; then power goes without a warning
            fake_print_to(&fake, 20, 500000);
            (void)fake_run(&fake, 2 * SECOND);
            assert_true(plr.ticks > 0);
            fake_power_on(&fake);
            assert_int_equal(fake_boot(&fake, &config), 0);
        } else {
            cut(140000);
        }
        assert_int_equal(plr.state.modal.fan_ppm[2], cases[n / 2].other);
        recover();
        assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
        assert_int_equal(fake.fan_ppm[0], cases[n / 2].part);
        assert_int_equal(fake.fan_ppm[2], cases[n / 2].other);
        assert_int_equal(fake.seeked.fan_ppm[0], cases[n / 2].part);
        assert_int_equal(fake.seeked.fan_ppm[2], cases[n / 2].other);
    }
}

/// How slow the memory is is known before the print goes on: the first save already waits for a long enough queue.
static void test_pace(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.prog_us = 5000;
    recover();
    resumed();
    assert_true(plr.save_took_us >= 5000);
}

/// The nozzle leaves the part soft but not running, and gets hot only clear of it and beside it.
static void test_heat_order(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.calls = 0;
    recover();
    resumed();
    int lift = first(FAKE_Z_MOVE), hot = fake_first_heat(&fake, 1, 170000);
    assert_true(fake_first_heat(&fake, 0, 60000) < lift);
    int warm = fake_first_heat(&fake, 1, 1);
    assert_true(warm < lift && fake.call[warm].b == 150000); // the middle of 130 and 170
    assert_true(hot > fake_first(&fake, FAKE_XY_HOME, 0));
    int purge = -1;
    for (uint32_t i = 0; i < fake.calls && purge < 0; i++)
        if (fake.call[i].what == FAKE_XY_MOVE && fake.call[i].a == 5000000)
            purge = (int)i;
    assert_true(purge >= 0 && purge < hot);
    int push = first(FAKE_E_MOVE);
    assert_true(push > hot && fake.call[push].b > 0);
    assert_int_equal(fake.call[push].a, 8000000);
    assert_int_equal(fake.e_nm, 8000000); // what is drawn back against ooze is pushed forward again
}

/// XY first, then down: fast to two millimetres above, the rest slowly; fans before the touch.
static void test_approach(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.calls = 0;
    recover();
    resumed();
    int down = fake_last(&fake, FAKE_Z_MOVE), to_part = fake_last(&fake, FAKE_XY_MOVE);
    int fan = fake_last(&fake, FAKE_FAN);
    assert_true(to_part < fan && fan < down);
    assert_int_equal(fake.call[down].b, -2000000);
    assert_int_equal(fake.call[down].a, 0xf);
}

/// A nozzle that is still soft is lifted at once and not heated for it.
static void test_short_outage(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(200000);
    fake.calls = 0;
    recover();
    resumed();
    int lift = first(FAKE_Z_MOVE);
    assert_true(fake.call[lift].at_us < 2 * SECOND);
    assert_true(fake_first_heat(&fake, 1, 1) > lift);
}

static void test_retracted(void **unused)
{
    (void)unused;
    print_to(14, 500000);
    cut(25000);
    recover();
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(fake.seeked.retract_nm, 800000);
    assert_int_equal(fake.e_nm, 8000000 - 800000); // the file's next line pushes it forward
}

/// Nothing of the state is lost, and the clock of the print goes on.
static void test_modes_and_clock(void **unused)
{
    struct plr_modal before;

    (void)unused;
    print_to(24, 250000);
    before = fake.modal;
    cut(25000);
    recover();
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_memory_equal(&fake.seeked, &before, sizeof before);
    assert_memory_equal(&plr.modal, &before, sizeof before);
    assert_int_equal(before.flow_ppm, 950000);
    assert_int_equal(plr.print_before_us, 100 * SECOND + fake.brake_us);
    (void)fake_run(&fake, SECOND); // what resumed is saved at once: the old state is stale
    assert_int_equal(plr.saves, 1);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_in_range(plr.state.print_us, 100 * SECOND + fake.brake_us, 101 * SECOND + fake.brake_us);
    assert_int_equal(plr.state.progress.fraction_ppm, 250000);
}

static void test_home_temperature(void **unused)
{
    (void)unused;
    config.home_nozzle_mc = 140000;
    print_to(20, 500000);
    cut(200000);
    recover();
    resumed();
    assert_true(fake_first(&fake, FAKE_HEAT, 0) >= 0);
    int xy = first(FAKE_XY_HOME), last = -1;
    for (int i = 0; i < xy; i++)
        if (fake.call[i].what == FAKE_HEAT && fake.call[i].a == 1)
            last = i;
    assert_true(last >= 0 && fake.call[last].b == 140000);
}

// --- ticks ------------------------------------------------------------------------------------------

/// The last full state, carried on by a tick and the file, is the state a full save would have had.
static void test_tick_and_scan(void **unused)
{
    static struct plr_state full;

    (void)unused;
    for (int line = 11; line <= 25; line++) {
        (void)setup(NULL);
        config.tick_interval_us = SECOND;
        print_to(11, 0);
        assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
        (void)fake_run(&fake, 1000);
        fake_print_to(&fake, line, 375000);
        (void)fake_run(&fake, 2 * SECOND);
        assert_int_equal(plr.ticks, 2);
        struct plr_modal modal = plr.modal;
        full = plr.history[0];
        fake_power_on(&fake);
        fake.mc[2] = 200000;
        assert_int_equal(fake_boot(&fake, &config), 0);
        assert_int_equal(plr.state.progress.file_offset, fake_offset(&fake, 11));
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_memory_equal(&plr.state.modal, &modal, sizeof modal);
        assert_int_equal(plr.state.progress.file_offset, fake_offset(&fake, line));
        assert_int_equal(plr.state.progress.fraction_ppm, 375000);
        assert_int_equal(plr.state.progress.z_motor_nm[3], line >= 20   ? 400000
                                                           : line == 19 ? 275000
                                                                        : 200000);
        assert_true(plr.state.print_us > full.print_us);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
        assert_int_equal(fake.line_at, fake_offset(&fake, line));
    }
}

/// A tick of an older save changes nothing behind a newer one.
static void test_old_tick(void **unused)
{
    (void)unused;
    config.tick_interval_us = SECOND;
    print_to(11, 0);
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    (void)fake_run(&fake, 2 * SECOND);
    assert_true(plr.ticks > 0);
    fake_print_to(&fake, 20, 500000);
    cut(25000);
    recover();
    resumed();
}

// --- cuts in the middle -----------------------------------------------------------------------------

static void job_record(uint8_t out[PLR_STATE_BYTES])
{
    memset(out, 0, PLR_STATE_BYTES);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    (void)plr_state_encode(&plr.state, out);
}

/// Power dies at every so manieth call of a recovery. The job's record stays, byte for byte, and the next recovery gets there.
static void test_cut_anywhere(void **unused)
{
    static struct plr plr_then;
    static struct fake fake_then;
    uint8_t before[PLR_STATE_BYTES], after[PLR_STATE_BYTES];
    uint32_t seen = 0;

    (void)unused;
    print_to(20, 500000);
    cut(25000);
    job_record(before);
    plr_then = plr;
    fake_then = fake;
    for (uint64_t call = 0;; call += 11) {
        plr = plr_then;
        fake = fake_then;
        fake.cut_at_call = fake.calls_made + call;
        recover();
        if (!fake.dark)
            break;
        assert_true(plr.dead);
        seen |= 1u << plr.phase;
        fake_power_on(&fake);
        fake.mc[1] = fake.mc[1] < 46000 ? 46000 : fake.mc[1];
        assert_int_equal(fake_boot(&fake, &config), 0);
        job_record(after);
        assert_memory_equal(before, after, sizeof before);
        recover();
        resumed();
    }
    for (int phase = PLR_PHASE_WARM; phase <= PLR_PHASE_APPROACH; phase++)
        assert_true((seen >> phase) & 1u);
}

/// Once lifted, a second recovery goes on lifting cold: nothing is soft, nothing needs to be.
static void test_second_lift_is_cold(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HEAT), 0);
    fake_power_on(&fake);
    fake.mc[1] = 50000;
    fake.mc[2] = 25000;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.tries, 1);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_LIFT), 0);
    assert_true(fake.now_us < 2 * SECOND);
    assert_int_equal(fake_count(&fake, FAKE_HEAT), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    resumed();
}

/// A cut while the nozzle comes down to the part, or stands on it: it is warmed before it is lifted again.
static void test_not_cold_off_the_part(void **unused)
{
    static const enum plr_phase phases[] = {PLR_PHASE_APPROACH, PLR_PHASE_RESUME,
                                            PLR_PHASE_PRINTING};

    (void)unused;
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        (void)setup(NULL);
        print_to(20, 500000);
        cut(25000);
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, phases[i]), 0);
        assert_true(plr_poll(&plr, &fake_port, &fake) >= 0); // its first step is made
        fake_power_on(&fake);
        fake.mc[2] = 25000;
        assert_int_equal(fake_boot(&fake, &config), 0);
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_LIFT), 0);
        assert_true(fake.mc[2] >= 133000);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
        resumed();
    }
}

/// The machine reports an error at any place: refused, heaters off, and the job is still there at the next boot.
static void test_errors_anywhere(void **unused)
{
    static const enum fake_what calls[] = {
        FAKE_ENERGISE, FAKE_Z_MOVE,      FAKE_XY_MOVE,  FAKE_XY_HOME, FAKE_E_MOVE, FAKE_MOTION,
        FAKE_Z_SET,    FAKE_JOB,         FAKE_JOB_SEEK, FAKE_JOB_RUN, FAKE_HEAT,   FAKE_FAN,
        FAKE_JOB_READ, FAKE_TEMPERATURE, FAKE_NV_PROG,  FAKE_NV_ERASE};
    static struct plr plr_then;
    static struct fake fake_then;

    (void)unused;
    print_to(20, 500000);
    cut(25000);
    plr_then = plr;
    fake_then = fake;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (uint32_t skip = 0; skip < 40; skip++) {
            plr = plr_then;
            fake = fake_then;
            fake.fail = calls[i];
            fake.fail_error = PLR_EIO;
            fake.fail_skip = skip;
            fake.fail_times = UINT32_MAX;
            int error = fake_command(&fake, "PLR_RESUME_PRINT");
            if (!error)
                (void)fake_run_to(&fake, PLR_PHASE_PRINTING);
            if (plr.result == PLR_RESULT_RESUMED)
                break;
            assert_true(error == PLR_EIO || plr.result == PLR_RESULT_REFUSED);
            assert_int_equal(fake.target_mc[2], 0);
            fake_power_on(&fake);
            assert_int_equal(fake_boot(&fake, &config), 0);
            assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
        }
    }
}

// --- refusals underway --------------------------------------------------------------------------------

static void test_nozzle_stays_cold(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.mc_per_s[2] = 0;
    recover();
    refused(PLR_REASON_NOZZLE_COLD);
    assert_int_equal(plr.reason_value, 25000);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
    assert_in_range(fake.now_us, 300 * SECOND, 305 * SECOND);
}

static void test_bed_stays_cold(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.mc_per_s[1] = 0;
    recover();
    refused(PLR_REASON_HEAT_TIMEOUT);
    assert_int_equal(plr.reason_value, 0);
    assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 0);
}

/// The nozzle got warm, homed, and then does not get hot.
static void test_nozzle_fails_before_the_purge(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PURGE), 0);
    fake.mc_per_s[2] = 0;
    (void)fake_run_to(&fake, PLR_PHASE_PRINTING);
    refused(PLR_REASON_HEAT_TIMEOUT);
    assert_int_equal(fake_count(&fake, FAKE_E_MOVE), 0);
}

static void test_soak(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.mc[0] = 30000; // ten kelvin cooler than at calibration
    recover();
    refused(PLR_REASON_HEAT_STATE);
    assert_int_equal(plr.reason_value, -10000);

    (void)setup(NULL);
    config.soak_max_us = 3600 * SECOND;
    print_to(20, 500000);
    cut(25000);
    fake.mc[0] = 30000;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    for (int minute = 0; minute < 20; minute++) {
        (void)fake_run(&fake, 60 * SECOND);
        assert_int_equal(plr.phase, PLR_PHASE_HEAT);
    }
    fake.mc[0] = 35000; // the machine warms up
    (void)fake_run_to(&fake, PLR_PHASE_PRINTING);
    resumed();

    (void)setup(NULL);
    config.soak_max_us = 600 * SECOND;
    print_to(20, 500000);
    cut(25000);
    fake.mc[0] = 30000;
    recover();
    refused(PLR_REASON_HEAT_STATE);
    assert_true(fake.now_us > 600 * SECOND);
}

static void test_soak_consent(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.mc[0] = 30000;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT CONSENT=calibration"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    resumed();
}

static void test_no_chamber_sensor(void **unused)
{
    (void)unused;
    fake.no_chamber = true;
    print_to(20, 500000);
    cut(25000);
    recover();
    resumed();

    (void)setup(NULL);
    print_to(20, 500000);
    cut(25000);
    fake.no_chamber = true; // it broke since
    recover();
    resumed();
}

/// A z_plus switch fires once at the very bottom: the lift goes on without it, or XY would move on the part.
static void test_lift_past_a_false_touch(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    cut(25000);
    fake.early_nm[2] = fake.switch_nm[2] - fake.true_nm[2] - 300000;
    fake.early_shots[2] = 1;
    int32_t from = fake.true_nm[2];
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOME_XY), 0);
    assert_int_equal(fake.early_shots[2], 0);
    assert_true(fake.true_nm[2] - from >= 10000000 - STEP_NM);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    resumed();
}

/// Power goes while Z is homed with a corner on its switch: the next lift does not drive it on into the stop.
static void test_cut_at_the_top(void **unused)
{
    (void)unused;
    config.z_motors = fake.z_motors = 1;
    print_to(20, 500000);
    cut(25000);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    while (!fake.closed)
        fake_wait(&fake, (uint64_t)plr_poll(&plr, &fake_port, &fake));
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOME_XY), 0);
    assert_true(fake.true_nm[0] <= fake.switch_nm[0] + 10000);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    resumed();
}

// --- machines without switches --------------------------------------------------------------------------

/// Screws hold, rotors come back at the cycle nearest to their detent: cycles of 0.16 mm.
static void test_kept(void **unused)
{
    static const struct {
        int32_t z_nm, believed_nm;
    } snaps[] = {
        {320000, 320000}, {330000, 320000}, {370000, 320000}, {430000, 480000}, {470000, 480000}};

    (void)unused;
    for (size_t i = 0; i < sizeof snaps / sizeof *snaps; i++) {
        (void)setup(NULL);
        config.z_reference = PLR_Z_KEPT;
        print_to(20, 500000);
        for (int k = 0; k < 4; k++)
            fake.believed_nm[k] = snaps[i].z_nm;
        cut(25000);
        recover();
        assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
        assert_int_equal(fake.call[first(FAKE_Z_SET)].a, snaps[i].believed_nm);
        assert_int_equal(fake.call[first(FAKE_Z_MOVE)].b, 62 * 160000); // 10 mm in whole cycles
        assert_int_equal(fake_count(&fake, FAKE_Z_SET), 1);             // nothing else is said of Z
        assert_int_equal(fake.believed_nm[0], 400000);
        assert_int_equal(fake_count(&fake, FAKE_SWITCHES), 0);
        assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 1);
    }
}

static void test_kept_little_room(void **unused)
{
    (void)unused;
    config.z_reference = PLR_Z_KEPT;
    config.z_max_nm = 3400000; // three millimetres are left
    print_to(20, 500000);
    stand_on_a_cycle();
    cut(25000);
    recover();
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(fake.call[first(FAKE_Z_MOVE)].b, 18 * 160000);

    (void)setup(NULL);
    config.z_reference = PLR_Z_KEPT;
    config.z_max_nm = 1400000;
    print_to(20, 500000);
    stand_on_a_cycle();
    cut(25000);
    recover();
    refused(PLR_REASON_NO_ROOM);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
}

/// Cut after its lift, a machine without switches knows how high it stands.
static void test_kept_second_cut(void **unused)
{
    (void)unused;
    config.z_reference = PLR_Z_KEPT;
    print_to(20, 500000);
    stand_on_a_cycle();
    cut(25000);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOME_XY), 0);
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    recover();
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(fake.believed_nm[0], 400000);
    assert_int_equal(fake.true_nm[0], 400000);
}

/// Cut while Z moves, it does not: it refuses rather than guess.
static void test_kept_cut_in_motion(void **unused)
{
    static const enum plr_phase phases[] = {PLR_PHASE_LIFT, PLR_PHASE_PURGE, PLR_PHASE_APPROACH};

    (void)unused;
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        (void)setup(NULL);
        config.z_reference = PLR_Z_KEPT;
        print_to(20, 500000);
        stand_on_a_cycle();
        cut(25000);
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, phases[i]), 0);
        assert_true(plr_poll(&plr, &fake_port, &fake) >= 0); // the phase begins to move
        fake_power_on(&fake);
        assert_int_equal(fake_boot(&fake, &config), 0);
        recover();
        refused(PLR_REASON_Z_LOST);
    }
}

/// A rotor that stood in the middle of its cycle may come back in either: elsewhere it is known.
static void test_kept_between_cycles(void **unused)
{
    static const struct {
        int32_t phase_nm;
        enum plr_z_reference z;
        bool known;
    } cases[] = {
        {0, PLR_Z_KEPT, true},      {40000, PLR_Z_KEPT, true},  {50000, PLR_Z_KEPT, true},
        {60000, PLR_Z_KEPT, false}, {80000, PLR_Z_KEPT, false}, {109999, PLR_Z_KEPT, false},
        {110000, PLR_Z_KEPT, true}, {120000, PLR_Z_KEPT, true}, {80000, PLR_Z_PLUS, true}};

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.z_reference = cases[i].z;
        print_to(20, 500000);
        for (int m = 0; m < 4; m++) // the heights that the firmware counts, and so its phases
            fake.believed_nm[m] = 320000 + cases[i].phase_nm;
        cut(25000);
        recover();
        if (!cases[i].known) {
            refused(PLR_REASON_Z_BETWEEN);
            assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
        } else {
            assert_int_equal(plr.result, PLR_RESULT_RESUMED);
        }
    }
}

/// The print goes on, and the newest record is still the one from before its recovery: until there is another, nobody knows where Z is.
static void test_kept_cut_after_resume(void **unused)
{
    (void)unused;
    for (int saved = 0; saved < 2; saved++) {
        (void)setup(NULL);
        config.z_reference = PLR_Z_KEPT;
        config.lift_cycles = 10;
        print_to(20, 500000);
        stand_on_a_cycle();
        cut(25000);
        recover();
        assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
        assert_int_equal(plr.saves, 0);
        if (saved)
            assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
        assert_int_equal(plr.saves, saved);
        fake_power_on(&fake);
        assert_int_equal(fake_boot(&fake, &config), 0);
        recover();
        if (saved)
            assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
        else
            refused(PLR_REASON_Z_LOST);
    }
}

/// A cancelled job stands lifted, and its recovery moves Z without homing: power that fails then leaves a Z that no record holds.
static void test_kept_cut_after_cancel(void **unused)
{
    static const enum plr_phase phases[] = {PLR_PHASE_CONSENT, PLR_PHASE_LIFT, PLR_PHASE_PURGE,
                                            PLR_PHASE_APPROACH};

    (void)unused;
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        (void)setup(NULL);
        config.z_reference = PLR_Z_KEPT;
        print_to(20, 500000);
        assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_CONSENT), 0);
        fake_wait(&fake, 1000000);
        if (phases[i] != PLR_PHASE_CONSENT)
            assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, phases[i]), 0);
        fake_power_on(&fake);
        assert_int_equal(fake_boot(&fake, &config), 0);
        recover();
        refused(PLR_REASON_Z_LOST);
    }
}

/// Lifted by the supply's last energy: screws hold that, so it lifts on cold. A belt gantry sags: there it takes a good millimetre.
static void test_held_up_lifts_cold(void **unused)
{
    static const struct {
        enum plr_z_reference z;
        uint8_t cycles;
        bool cold;
    } cases[] = {{PLR_Z_KEPT, 1, true}, {PLR_Z_PLUS, 4, false}, {PLR_Z_PLUS, 12, true}};

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.z_reference = cases[i].z;
        config.lift_cycles = cases[i].cycles;
        print_to(20, 500000);
        cut(25000);
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_LIFT), 0);
        assert_int_equal(fake.mc[2] < 130000, cases[i].cold);
        assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
        assert_int_equal(fake.believed_nm[0], 400000);
    }
}

/// Power went during that lift: without switches nobody knows how far it came.
static void test_lift_of_the_holdup_cut(void **unused)
{
    (void)unused;
    config.z_reference = PLR_Z_KEPT;
    config.lift_cycles = 4;
    print_to(20, 500000);
    fake.supply_bad = true;
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    (void)fake_run(&fake, fake.brake_us + 2000);
    assert_int_equal(plr.phase, PLR_PHASE_BRAKING);
    fake_power_on(&fake);
    fake.mc[1] = 50000;
    assert_int_equal(fake_boot(&fake, &config), 0);
    recover();
    refused(PLR_REASON_Z_LOST);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
}

/// A cancelled job comes back by command: over all that is printed to the purge, and full of plastic to the part.
static void test_cancelled_purges(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    plr.modal.tallest_nm = plr.after.tallest_nm = 30000000; // a finished neighbour
    assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_CONSENT), 0);
    fake.mc[2] = 25000;
    recover();
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
    assert_int_equal(fake_count(&fake, FAKE_XY_HOME), 0);
    int purged = -1, highest = 0;
    for (uint32_t i = 0; i < fake.calls; i++) {
        if (fake.call[i].what == FAKE_E_MOVE && fake.call[i].a == 8000000)
            purged = (int)i;
        if (fake.call[i].what == FAKE_XY_MOVE && purged < 0)
            highest = 1;
    }
    assert_true(purged > 0 && highest); // it had moved aside before
    assert_int_equal(fake.believed_nm[0], 400000);
}

/// Runs a recovery that is asked every `most_us` at the latest while it waits for heat. Tells when it purges and when it prints, and
/// how often temperatures were read.
static uint32_t timed(uint64_t most_us, uint64_t at_us[2])
{
    uint32_t reads = 0;

    (void)setup(NULL);
    print_to(20, 500000);
    cut(25000);
    fake.mc_per_s[1] = 700;
    fake.mc_per_s[2] = 3100;
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    while (plr.phase != PLR_PHASE_PRINTING) {
        bool heats = plr.phase == PLR_PHASE_HEAT || plr.phase == PLR_PHASE_PURGE;
        enum plr_phase before = plr.phase;
        fake.calls = 0;
        uint64_t wait = (uint64_t)plr_poll(&plr, &fake_port, &fake);
        for (uint32_t i = 0; i < fake.calls; i++)
            reads += heats && fake.call[i].what == FAKE_TEMPERATURE;
        if (plr.phase == PLR_PHASE_PURGE && before != plr.phase)
            at_us[0] = fake.now_us;
        fake_wait(&fake, heats && wait > most_us ? most_us : wait);
    }
    at_us[1] = fake.now_us;
    resumed();
    return reads;
}

/// Far from its target a heater is looked at less often: the same comes of it at the same instants.
static void test_heat_polls(void **unused)
{
    uint64_t often[2], seldom[2];

    (void)unused;
    uint32_t reads = timed(SECOND / 4, often);
    assert_true(timed(UINT64_MAX, seldom) < reads);
    assert_memory_equal(often, seldom, sizeof often);
}

/// Who answers at once finds the nozzle on its way off the part: the recovery goes on from there.
static void test_cancelled_resumes_at_once(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    assert_int_equal(plr_job_cancel(&plr, &fake_port, &fake), 0);
    for (int64_t wait = 0; plr.phase != PLR_PHASE_CONSENT; fake_wait(&fake, (uint64_t)wait)) {
        wait = plr_poll(&plr, &fake_port, &fake);
        assert_true(wait >= 0);
        if (plr.phase == PLR_PHASE_CONSENT)
            break;
    }
    assert_true(fake.now_us < fake.motion.ends_us);
    recover();
    assert_int_equal(plr.phase, PLR_PHASE_PRINTING);
}

/// Objects printed one after another: the way back to a low one leads over its tall neighbours, down only above the place itself.
static void test_over_the_neighbours(void **unused)
{
    (void)unused;
    print_to(20, 500000);
    plr.modal.tallest_nm = plr.after.tallest_nm = 30000000;
    cut(25000);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_APPROACH), 0);
    assert_int_equal(fake.believed_nm[0], 32000000);
    assert_true(plr_poll(&plr, &fake_port, &fake) > 0); // the way across begins here
    assert_int_equal(fake.call[fake_last(&fake, FAKE_XY_MOVE)].phase, PLR_PHASE_APPROACH);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_PRINTING), 0);
    resumed();
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),
        TEST(test_hooks),
        TEST(test_pace),
        TEST(test_fans),
        TEST(test_heat_order),
        TEST(test_heat_polls),
        TEST(test_approach),
        TEST(test_short_outage),
        TEST(test_retracted),
        TEST(test_modes_and_clock),
        TEST(test_home_temperature),
        TEST(test_tick_and_scan),
        TEST(test_old_tick),
        TEST(test_cut_anywhere),
        TEST(test_second_lift_is_cold),
        TEST(test_not_cold_off_the_part),
        TEST(test_errors_anywhere),
        TEST(test_nozzle_stays_cold),
        TEST(test_bed_stays_cold),
        TEST(test_nozzle_fails_before_the_purge),
        TEST(test_soak),
        TEST(test_soak_consent),
        TEST(test_no_chamber_sensor),
        TEST(test_lift_past_a_false_touch),
        TEST(test_cut_at_the_top),
        TEST(test_kept),
        TEST(test_kept_little_room),
        TEST(test_kept_second_cut),
        TEST(test_kept_cut_after_resume),
        TEST(test_kept_cut_in_motion),
        TEST(test_kept_between_cycles),
        TEST(test_kept_cut_after_cancel),
        TEST(test_held_up_lifts_cold),
        TEST(test_lift_of_the_holdup_cut),
        TEST(test_cancelled_purges),
        TEST(test_cancelled_resumes_at_once),
        TEST(test_over_the_neighbours),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
