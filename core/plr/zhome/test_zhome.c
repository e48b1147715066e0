// Z+ homing: a sagged gantry is levelled by its switches, and whatever a switch or a corner does wrong is noticed.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"
#include "core/plr/zhome/internal.h"

#include <stdlib.h>
#include <string.h>

#define STEP_NM 2000

static struct plr plr;
static struct fake fake;
static struct plr_config config;

static int setup(void **unused)
{
    static const int32_t mounted[PLR_Z_MAX] = {0, 100000, -80000, 50000};

    (void)unused;
    config = fake_config();
    fake_init(&fake, &plr);
    for (int i = 0; i < PLR_Z_MAX; i++)
        fake.switch_nm[i] += mounted[i];
    return 0;
}

/// Calibrated, printed to line 20, cut, sagged; power is back.
static void cut(const int32_t sag[PLR_Z_MAX])
{
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, 20, 500000);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    fake_power_on(&fake);
    fake_sag(&fake, sag);
    assert_int_equal(fake_boot(&fake, &config), 0);
}

static void home(void)
{
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    (void)fake_run_to(&fake, PLR_PHASE_PURGE);
}

/// No corner was ever driven further from the others than it was found, but for half a millimetre.
static void gently(void)
{
    assert_true(fake.racking_max_nm <= fake.racking_found_nm + 500000);
}

/// The firmware's heights are the true ones, but for the offsets the user gave, and the gantry is level but for those.
static void measured(void)
{
    if (plr.phase != PLR_PHASE_PURGE)
        print_message("refused: %s %d\n", plr_reason_text(plr.reason), (int)plr.reason_value);
    assert_int_equal(plr.phase, PLR_PHASE_PURGE);
    for (int i = 0; i < fake.z_motors; i++) {
        int32_t wanted =
            fake.believed_nm[i] + config.adjust_offset_nm[i] + config.z_height_offset_nm;
        assert_true(abs(fake.true_nm[i] - wanted) <= STEP_NM);
        assert_int_equal(fake.believed_nm[i], fake.believed_nm[0]);
    }
    gently();
}

static void refused(enum plr_reason reason)
{
    assert_int_equal(plr.phase, PLR_PHASE_IDLE);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(plr.reason, reason);
    assert_int_equal(fake.target_mc[1], 0);
    assert_int_equal(fake.target_mc[2], 0);
    assert_int_equal(fake_count(&fake, FAKE_JOB_RUN), 0);
}

static const int32_t level[PLR_Z_MAX];
static const int32_t sagged[PLR_Z_MAX] = {3100000, 1700000, 2500000, 600000};

// --- calibration ----------------------------------------------------------------------------------

static void test_calibrate(void **unused)
{
    (void)unused;
    fake.mc[0] = 41000;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.calibrated, false);
    fake_sag(&fake, level);
    assert_int_equal(fake_calibrate(&fake), 0);
    gently();
    assert_true(fake_racking(&fake) <= STEP_NM); // left as level as it was
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.calibrated, true);
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_true(abs(plr.calibration.trigger_nm[i] - fake.switch_nm[i]) <= STEP_NM);
    assert_int_equal(plr.calibration.bed_mc, 60000);
    assert_int_equal(plr.calibration.nozzle_mc, 150000);
    assert_int_equal(plr.calibration.chamber_mc, 41000);
    assert_int_equal(plr.calibration.config_hash, 99);
    assert_int_equal(plr.calibration.z_motors, 4);
}

/// One sample of three that is off, though within the tolerance, does not move the value: it is a median.
static void test_median(void **unused)
{
    (void)unused;
    for (uint32_t pass = 0; pass < 8; pass++) {
        (void)setup(NULL);
        assert_int_equal(fake_boot(&fake, &config), 0);
        fake.early_nm[2] = 40000;
        fake.early_skip[2] = pass;
        fake.early_shots[2] = 1;
        assert_int_equal(fake_calibrate(&fake), 0);
        for (int i = 0; i < PLR_Z_MAX; i++)
            assert_true(abs(plr.calibration.trigger_nm[i] - fake.switch_nm[i]) <= STEP_NM);
    }
}

static void test_calibrate_refused(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    int32_t trigger = plr.calibration.trigger_nm[2];
    fake.switch_nm[2] += 3000000; // further up than switches may differ
    assert_int_equal(fake_calibrate(&fake), PLR_EIO);
    assert_int_equal(plr.reason, PLR_REASON_SWITCH_DEAD);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.calibration.trigger_nm[2], trigger); // the old one stands
}

static void test_calibrate_without_switches(void **unused)
{
    (void)unused;
    config.z_reference = PLR_Z_KEPT;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), PLR_ENOENT);
}

/// Without a memory it is good until the next boot.
static void test_calibrate_without_memory(void **unused)
{
    (void)unused;
    fake.no_chamber = true;
    assert_int_equal(plr_init(&plr, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(plr.calibrated, true);
    assert_int_equal(plr.calibration.chamber_mc, INT32_MIN);
    assert_int_equal(fake_count(&fake, FAKE_NV_PROG), 0);
}

/// Power dies at every call of a second calibration: what is found then is the old or the new one, whole.
static void test_calibrate_cut(void **unused)
{
    static struct plr plr_then;
    static struct fake fake_then;
    bool done = false;

    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(fake_calibrate(&fake), 0);
    struct plr_calibration old = plr.calibration;
    for (int i = 0; i < PLR_Z_MAX; i++)
        fake.switch_nm[i] += 70000;
    plr_then = plr;
    fake_then = fake;
    for (uint64_t at = 0; !done; at += 7) {
        plr = plr_then;
        fake = fake_then;
        fake.cut_at_call = fake.calls_made + at;
        done = fake_calibrate(&fake) == 0;
        assert_int_equal(plr.dead, !done);
        fake_power_on(&fake);
        assert_int_equal(fake_boot(&fake, &config), 0);
        assert_true(plr.calibrated);
        int32_t shift = plr.calibration.trigger_nm[0] - old.trigger_nm[0];
        assert_true(shift == 0 || abs(shift - 70000) <= STEP_NM);
        for (int i = 1; i < PLR_Z_MAX; i++)
            assert_true(abs(plr.calibration.trigger_nm[i] - old.trigger_nm[i] - shift) <= STEP_NM);
    }
}

// --- resume ---------------------------------------------------------------------------------------

static void test_level(void **unused)
{
    (void)unused;
    cut(sagged);
    home();
    measured();
    assert_true(fake.racking_found_nm == 2500000);
}

static void test_nothing_fell(void **unused)
{
    (void)unused;
    cut(level);
    home();
    measured();
}

static void test_each_corner(void **unused)
{
    (void)unused;
    for (int corner = 0; corner < PLR_Z_MAX; corner++) {
        int32_t sag[PLR_Z_MAX] = {0};
        (void)setup(NULL);
        sag[corner] = 4700000;
        cut(sag);
        home();
        measured();
    }
}

static void test_motors(void **unused)
{
    (void)unused;
    for (uint8_t motors = 1; motors <= PLR_Z_MAX; motors++) {
        (void)setup(NULL);
        config.z_motors = fake.z_motors = motors;
        cut(sagged);
        home();
        measured();
    }
}

/// Far below the switches it may travel fast.
static void test_fast_travel(void **unused)
{
    (void)unused;
    cut(sagged);
    home();
    uint64_t slow = fake.now_us;
    (void)setup(NULL);
    config.fast_travel_upto_nm = 250000000;
    cut(sagged);
    home();
    measured();
    assert_true(fake.now_us < slow - 40000000);
}

/// A switch that triggers on the fast way is confirmed as any other.
static void test_travel_into_a_switch(void **unused)
{
    (void)unused;
    config.fast_travel_upto_nm = 305000000;
    cut(level);
    home();
    measured();
}

static void test_max_adjustment(void **unused)
{
    (void)unused;
    for (int corner = 0; corner < PLR_Z_MAX; corner++) {
        int32_t sag[PLR_Z_MAX] = {100000, 100000, 100000, 100000}, found[PLR_Z_MAX];
        (void)setup(NULL);
        sag[corner] = 6700000;
        cut(sag);
        for (int i = 0; i < PLR_Z_MAX; i++)
            found[i] = fake.true_nm[i] - fake.true_nm[0];
        home();
        refused(PLR_REASON_MAX_ADJUSTMENT);
        assert_int_equal(plr.reason_value, corner);
        for (int i = 0; i < PLR_Z_MAX; i++) // what was raised alone went down again
            assert_true(abs(fake.true_nm[i] - fake.true_nm[0] - found[i]) <= STEP_NM);
        gently();
    }
}

/// A max_adjustment beyond what all can rise together is a statement of trust: that far a silent corner is raised alone.
static void test_deep_fall(void **unused)
{
    static const int32_t sag[PLR_Z_MAX] = {0, 100000, 18000000, 40000};

    (void)unused;
    config.max_adjustment_nm = 25000000;
    cut(sag);
    home();
    measured();
}

static void test_offsets_once(void **unused)
{
    static const int32_t adjust[PLR_Z_MAX] = {100000, -50000, 0, 30000};

    (void)unused;
    memcpy(config.adjust_offset_nm, adjust, sizeof adjust);
    config.z_height_offset_nm = 200000;
    cut(sagged);
    home();
    measured();
    assert_true(abs(fake_racking(&fake) - 150000) <= STEP_NM);
    int32_t over = fake.true_nm[2] - fake.believed_nm[2];
    assert_true(abs(over - 200000) <= STEP_NM); // a positive offset raises the nozzle
}

/// Warmer than at calibration, this machine's switches sit higher by so much for every kelvin: it knows.
static void test_drift(void **unused)
{
    (void)unused;
    config.drift_nm_per_k = 10000;
    cut(sagged);
    fake.mc[0] += 8000;
    for (int i = 0; i < PLR_Z_MAX; i++)
        fake.switch_nm[i] += 80000;
    home();
    measured();
}

static void test_one_kelvin_more_without_data(void **unused)
{
    (void)unused;
    cut(sagged);
    fake.mc[0] += 1000; // within the soak's tolerance: taken as it is
    home();
    measured();
}

// --- what goes wrong ------------------------------------------------------------------------------

static void test_dead_switches(void **unused)
{
    (void)unused;
    cut(sagged);
    fake.switch_dead = 0xf;
    home();
    refused(PLR_REASON_SWITCH_DEAD);

    (void)setup(NULL);
    cut(sagged);
    fake.switch_dead = 1u << 2; // the others stop all; this one could as well have fallen very far
    home();
    refused(PLR_REASON_MAX_ADJUSTMENT);
    assert_int_equal(plr.reason_value, 2);
    gently();
}

/// All rise together first: a dead switch is found without racking a gantry that was level, whichever corner it is.
static void test_dead_switch_racks_nothing(void **unused)
{
    (void)unused;
    for (int corner = 0; corner < PLR_Z_MAX; corner++) {
        (void)setup(NULL);
        cut(level);
        fake.switch_dead = 1u << corner;
        home();
        refused(PLR_REASON_MAX_ADJUSTMENT);
        assert_int_equal(plr.reason_value, corner);
        gently();

        (void)setup(NULL);
        assert_int_equal(fake_boot(&fake, &config), 0);
        fake.switch_dead = 1u << corner;
        fake.racking_found_nm = fake.racking_max_nm = fake_racking(&fake);
        assert_int_equal(fake_calibrate(&fake), PLR_EIO);
        assert_int_equal(plr.reason, PLR_REASON_SWITCH_DEAD);
        gently();
    }
}

static void test_stuck_switch(void **unused)
{
    (void)unused;
    cut(sagged);
    fake.switch_stuck = 1u << 3;
    home();
    refused(PLR_REASON_SWITCH_STUCK);
    assert_int_equal(plr.reason_value, 3);
}

/// A switch that is closed, or fires at once, while the nozzle is just clear of the part: what backs off from it stays clear of the
/// part, whatever retract_dist says.
static void test_backs_off_within_the_lift(void **unused)
{
    (void)unused;
    for (int stuck = 0; stuck < 2; stuck++) {
        for (int32_t mm = 1; mm <= 20; mm++) {
            (void)setup(NULL);
            config.retract_nm = mm * PLR_NM_PER_MM;
            cut(level);
            assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
            (void)fake_run_to(&fake, PLR_PHASE_HOME_Z0);
            int32_t begun_nm = fake.lowest_nm = fake.true_nm[0];
            if (stuck)
                fake.switch_stuck = 1u << 3;
            fake.early_nm[1] = fake.switch_nm[1] - fake.true_nm[1] - STEP_NM;
            fake.early_shots[1] = 1;
            (void)fake_run_to(&fake, PLR_PHASE_PURGE);
            assert_true(fake.lowest_nm > begun_nm - 5 * PLR_NM_PER_MM);
            assert_true(fake.lowest_nm < begun_nm); // it did back off
            if (stuck)
                refused(PLR_REASON_SWITCH_STUCK);
            else
                assert_int_equal(plr.phase, PLR_PHASE_PURGE);
        }
    }
}

/// Standing on a switch to begin with: backs off and finds it released.
static void test_starts_at_a_switch(void **unused)
{
    (void)unused;
    assert_int_equal(fake_boot(&fake, &config), 0);
    for (int i = 0; i < PLR_Z_MAX; i++)
        fake.believed_nm[i] = fake.true_nm[i] = 299950000;
    fake.closed = 1u << 2;
    fake_sag(&fake, level);
    fake.closed = 1u << 2;
    assert_int_equal(fake_calibrate(&fake), 0);
    assert_true(abs(plr.calibration.trigger_nm[2] - fake.switch_nm[2]) <= STEP_NM);
}

/// Fires once far below its place, and not again: ignored.
static void test_false_once(void **unused)
{
    static const int32_t early[] = {40000000, 8000000, 600000};

    (void)unused;
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        (void)setup(NULL);
        cut(sagged);
        fake.early_nm[3] = early[i];
        fake.early_shots[3] = 1;
        home();
        measured();
        assert_int_equal(fake.early_shots[3], 0);
    }
}

/// Fires early at any one pass of the procedure (in a sample, too): the value is taken again.
static void test_false_at_any_pass(void **unused)
{
    static const int32_t early[] = {150000, 250000, 500000, 900000};

    (void)unused;
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        for (uint32_t pass = 0; pass < 24; pass++) {
            for (int motor = 0; motor < PLR_Z_MAX; motor++) {
                (void)setup(NULL);
                cut(pass % 2 ? level : sagged);
                fake.early_nm[motor] = early[i];
                fake.early_skip[motor] = pass / 2;
                fake.early_shots[motor] = 1;
                home();
                measured();
            }
        }
    }
}

/// The switch of a corner that fell far fires while it is still on its way up alone.
static void test_false_on_the_way_up_alone(void **unused)
{
    static const int32_t sag[PLR_Z_MAX] = {0, 4500000, 0, 0};

    (void)unused;
    cut(sag);
    fake.early_nm[1] = 1500000;
    fake.early_shots[1] = 1;
    home();
    measured();
    assert_int_equal(fake.early_shots[1], 0);
}

/// A switch that keeps firing early is given up on, not tried for ever.
static void test_always_early(void **unused)
{
    (void)unused;
    cut(level);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOME_Z0), 0);
    for (int times = 0; times < 1000 && plr.phase != PLR_PHASE_IDLE; times++) {
        fake.early_nm[0] = fake.switch_nm[0] - fake.true_nm[0] - 3000000; // higher up each time
        fake.early_shots[0] = 1;
        (void)fake_run(&fake, 1000000);
    }
    refused(PLR_REASON_SWITCH_NOISY);
}

/// Home Z while motor `motor`'s switch fires as soon as some of the motions of the steps in `steps` begin, and does not stay closed:
/// bit n of `falsely` is the n-th motion, round and round.
static void home_with_strays(int motor, uint32_t steps, uint32_t falsely)
{
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    for (uint32_t polls = 0; polls < 200000 && plr.phase != PLR_PHASE_PURGE; polls++) {
        uint8_t step = plr.zhome.step;
        bool begins = plr.phase >= PLR_PHASE_HOME_Z0 && (steps >> step & 1u) &&
                      (!plr.zhome.started || step == ZHOME_GATHER);
        fake.early_nm[motor] = fake.switch_nm[motor] - fake.true_nm[motor] - STEP_NM;
        fake.early_shots[motor] = begins && (falsely & 1u);
        uint64_t wait = (uint64_t)plr_poll(&plr, &fake_port, &fake);
        if (begins && fake.motion.z)
            falsely = falsely >> 1 | falsely << 31;
        fake.early_shots[motor] = 0;
        fake_wait(&fake, wait);
        if (plr.phase == PLR_PHASE_IDLE)
            return;
    }
}

/// False touches that are known as such are taken again, however many: only too many in a row are a bad switch.
static void test_strays(void **unused)
{
    static const int32_t far[PLR_Z_MAX] = {0, 4500000, 0, 0};
    static const struct {
        uint32_t steps, falsely;
        uint8_t allowed;
        bool borne;
    } cases[] = {
        {1u << ZHOME_SAMPLE_UP, 0x55555555, 3, true}, // every other one
        {1u << ZHOME_SAMPLE_UP, 0x77777777, 3, true},
        {1u << ZHOME_SAMPLE_UP, 0xf, 3, false},
        {1u << ZHOME_SAMPLE_UP, 0xf0, 3, false}, // not the first set
        {1u << ZHOME_SAMPLE_UP, 0x55555555, 1, true},
        {1u << ZHOME_SAMPLE_UP, 0x3, 1, false},
        {1u << ZHOME_SAMPLE_UP, 0, PLR_NO_RETRIES, true},
        {1u << ZHOME_SAMPLE_UP, 0x1, PLR_NO_RETRIES, false},
        {1u << ZHOME_GATHER, 0x55555555, 3, true},
        {1u << ZHOME_GATHER, 0x77777777, 3, true},
        {1u << ZHOME_GATHER, 0xff, 3, false}, // between other corners, then in a row
        {1u << ZHOME_FAST, 0x77, 3, true},    // both passes
        {1u << ZHOME_FAST, 0xf, 3, false},
        {1u << ZHOME_FAST | 1u << ZHOME_GATHER | 1u << ZHOME_SAMPLE_UP, 0x77777777, 3, true},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)setup(NULL);
        config.samples_retries = cases[i].allowed;
        cut(far);
        home_with_strays(1, cases[i].steps, cases[i].falsely);
        if (cases[i].borne) {
            measured();
            assert_int_equal(plr.zhome.tries, 0); // no set was thrown away
        } else {
            refused(PLR_REASON_SWITCH_NOISY);
        }
        if (!cases[i].borne && !(cases[i].steps >> ZHOME_FAST & 1u))
            assert_int_equal(plr.reason_value, 1);
    }
}

/// Touches a quarter of a millimetre apart: refused, but for the few sets that agree by luck, and those are within that noise.
static void test_noisy(void **unused)
{
    int lucky = 0;

    (void)unused;
    for (uint32_t seed = 0; seed < 100; seed++) {
        (void)setup(NULL);
        cut(sagged);
        fake.noise_state = seed * 7919;
        fake.noise_nm = 250000;
        fake.noise_on = 1u << seed % PLR_Z_MAX;
        home();
        lucky += plr.phase == PLR_PHASE_PURGE;
        for (int i = 0; i < fake.z_motors && plr.phase == PLR_PHASE_PURGE; i++)
            assert_true(abs(fake.true_nm[i] - fake.believed_nm[i]) <= fake.noise_nm);
        if (plr.phase != PLR_PHASE_PURGE)
            assert_int_equal(fake_count(&fake, FAKE_JOB_RUN), 0);
    }
    assert_true(lucky <= 15);
}

static void test_a_little_noise(void **unused)
{
    (void)unused;
    fake.noise_nm = 5000;
    fake.noise_on = 0xf;
    cut(sagged);
    home();
    assert_int_equal(plr.phase, PLR_PHASE_PURGE);
    for (int i = 0; i < PLR_Z_MAX; i++)
        assert_true(abs(fake.true_nm[i] - fake.believed_nm[i]) <= 10000);
    gently();
}

/// A corner that hangs when its motor goes down: touches from below alone would never show it.
static void test_hanging_corner(void **unused)
{
    (void)unused;
    for (int corner = 0; corner < PLR_Z_MAX; corner++) {
        (void)setup(NULL);
        cut(sagged);
        fake.hang_nm[corner] = 350000;
        home();
        refused(PLR_REASON_BINDING);
        assert_int_equal(plr.reason_value, corner);
        gently();
    }
}

/// It hangs by more than all motors back off: its switch never opens, and it must not be driven on.
static void test_switch_that_stays(void **unused)
{
    (void)unused;
    cut(sagged);
    fake.hang_nm[1] = 980000;
    home();
    refused(PLR_REASON_SWITCH_STUCK);
    assert_int_equal(plr.reason_value, 1);
    gently();
}

/// All stop for one switch, and another closes in that very moment: no edge of it will ever come.
static void test_closed_without_an_edge(void **unused)
{
    (void)unused;
    for (uint8_t sample = 0; sample < 3; sample++) {
        bool met = false;
        (void)setup(NULL);
        cut(level);
        assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
        for (uint32_t polls = 0; polls < 200000 && plr.phase != PLR_PHASE_PURGE; polls++) {
            assert_true(plr.phase != PLR_PHASE_IDLE);
            if (!met && (fake.motion.triggered & 1u << 2) && plr.zhome.sample == sample &&
                plr.zhome.touched == (sample ? 0xf : 0) && fake.now_us >= fake.motion.ends_us) {
                fake.motion.triggered = 1u << 2;
                fake.closed |= 1u << 3;
                met = true;
            }
            fake_wait(&fake, (uint64_t)plr_poll(&plr, &fake_port, &fake));
        }
        assert_true(met);
        gently();
    }
}

/// A corner that makes four fifths of its motor's way never gets where the second pass would agree.
static void test_slipping_corner(void **unused)
{
    (void)unused;
    cut(sagged);
    fake.follow_ppm[1] = 800000;
    home();
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(fake_count(&fake, FAKE_JOB_RUN), 0);
}

/// A corner that does not move at all.
static void test_blocked_corner(void **unused)
{
    (void)unused;
    cut(sagged);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOME_XY), 0);
    fake.follow_ppm[2] = 0;
    (void)fake_run_to(&fake, PLR_PHASE_PURGE);
    assert_int_equal(plr.result, PLR_RESULT_REFUSED);
    assert_int_equal(plr.reason, PLR_REASON_MAX_ADJUSTMENT);
}

/// One corner's switch was moved since the calibration: its value wanders from pass to pass, and the second does not agree.
static void test_verification(void **unused)
{
    (void)unused;
    cut(sagged);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    bool second = false;
    for (uint32_t polls = 0; polls < 200000 && plr.phase != PLR_PHASE_IDLE; polls++) {
        assert_true(plr.phase != PLR_PHASE_PURGE);
        if (plr.zhome.second && !second)
            second = true;
        if (plr.phase == PLR_PHASE_VERIFY && plr.zhome.touched == 0)
            fake.switch_nm[1] = 300100000 + 60000 * (plr.zhome.verifies + 1);
        fake_wait(&fake, (uint64_t)plr_poll(&plr, &fake_port, &fake));
    }
    assert_true(second);
    refused(PLR_REASON_VERIFY);
}

/// In the second pass a corner does not come up at all.
static void test_second_pass_binds(void **unused)
{
    (void)unused;
    cut(level);
    home();
    (void)setup(NULL);
    cut(level);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_VERIFY), 0);
    fake.switch_dead = 1u << 0;
    (void)fake_run_to(&fake, PLR_PHASE_PURGE);
    refused(PLR_REASON_BINDING);
}

// --- how often --------------------------------------------------------------------------------------

/// probe_iteration_count: so many passes agreed, never fewer than two; each tells the firmware the heights once.
static void test_passes(void **unused)
{
    uint32_t two = 0;

    (void)unused;
    for (uint8_t wanted = 0; wanted <= 5; wanted++) {
        (void)setup(NULL);
        config.probe_iterations = wanted;
        cut(sagged);
        home();
        measured();
        uint32_t told = fake_count(&fake, FAKE_Z_SET);
        two = wanted ? two : told;
        assert_int_equal(plr.zhome.passes, wanted < 2 ? 2 : wanted);
        assert_int_equal(told, two + (wanted < 2 ? 0 : wanted - 2));
    }
}

/// Home Z while no switch answers in some of the first samples: bit n of `silent` is the n-th.
static void home_deaf(uint32_t silent)
{
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    for (uint32_t polls = 0; polls < 200000 && plr.phase != PLR_PHASE_PURGE; polls++) {
        bool sampling = plr.zhome.step == ZHOME_SAMPLE_UP && !plr.zhome.started;
        fake.switch_dead = sampling && (silent & 1u) ? 0xf : 0;
        silent >>= sampling;
        fake_wait(&fake, (uint64_t)plr_poll(&plr, &fake_port, &fake));
        if (plr.phase == PLR_PHASE_IDLE)
            return;
    }
}

/// samples_retry_count: so many touches in a row may never come, not one more; 0 is the default of three.
static void test_misses(void **unused)
{
    (void)unused;
    for (uint8_t allowed = 0; allowed <= 4; allowed++)
        for (uint32_t more = 0; more < 2; more++) {
            (void)setup(NULL);
            config.sample_misses = allowed;
            cut(level);
            uint32_t row = (1u << (allowed ? allowed : 3)) - 1u;
            home_deaf(more ? row << 1 | 1u : row << 8 | row); // twice, with touches between them
            if (more)
                refused(PLR_REASON_SWITCH_DEAD);
            else
                measured();
        }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_calibrate),
        TEST(test_median),
        TEST(test_calibrate_refused),
        TEST(test_calibrate_without_switches),
        TEST(test_calibrate_without_memory),
        TEST(test_calibrate_cut),
        TEST(test_level),
        TEST(test_nothing_fell),
        TEST(test_each_corner),
        TEST(test_motors),
        TEST(test_fast_travel),
        TEST(test_travel_into_a_switch),
        TEST(test_max_adjustment),
        TEST(test_offsets_once),
        TEST(test_drift),
        TEST(test_one_kelvin_more_without_data),
        TEST(test_dead_switches),
        TEST(test_stuck_switch),
        TEST(test_backs_off_within_the_lift),
        TEST(test_starts_at_a_switch),
        TEST(test_false_once),
        TEST(test_deep_fall),
        TEST(test_dead_switch_racks_nothing),
        TEST(test_false_at_any_pass),
        TEST(test_false_on_the_way_up_alone),
        TEST(test_always_early),
        TEST(test_strays),
        TEST(test_noisy),
        TEST(test_a_little_noise),
        TEST(test_hanging_corner),
        TEST(test_switch_that_stays),
        TEST(test_closed_without_an_edge),
        TEST(test_slipping_corner),
        TEST(test_blocked_corner),
        TEST(test_verification),
        TEST(test_second_pass_binds),
        TEST(test_passes),
        TEST(test_misses),
    };
    return cmocka_run_group_tests_name("zhome", tests, NULL, NULL);
}
