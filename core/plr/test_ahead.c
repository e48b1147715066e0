// What may have come behind the newest record: a cut that nobody was told of is refused where Z or a layer may have changed since.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/fake.h"

#include <stdio.h>
#include <string.h>

#define SECOND 1000000

static struct plr plr;
static struct fake fake;
static struct plr_config config;

/// Line 7 takes six seconds. A tick is due after one, and a second late at most.
static const char head[] = "G90\nM83\n%s\n;LAYER_CHANGE\n;Z:0.48\nG1 X0 Y0 Z0.48 F6000\n"
                           "G1 X1 E0.1 F600\nG1 X61 E2\n%s\n";

static int setup(void **unused)
{
    (void)unused;
    config = fake_config();
    config.tick_interval_us = SECOND;
    config.z_reference = PLR_Z_KEPT;
    return 0;
}

/// Print with this file, up to `ppm` of a line.
static void print(const char *begin, const char *tail, int line, int32_t ppm)
{
    fake_init(&fake, &plr);
    fake.size = (uint64_t)snprintf(fake.text, sizeof fake.text, head, begin, tail);
    assert_int_equal(fake_boot(&fake, &config), 0);
    if (config.z_reference == PLR_Z_PLUS)
        assert_int_equal(fake_calibrate(&fake), 0);
    assert_int_equal(fake_begin(&fake), 0);
    fake_print_to(&fake, line, ppm);
    for (int i = 0; i < fake.z_motors; i++)
        fake.believed_nm[i] = fake.true_nm[i] = 480000; // whole cycles
}

static void save(void)
{
    assert_int_equal(fake_command(&fake, "PLR_SAVE_PRINT_STATE"), 0);
    assert_true(plr_poll(&plr, &fake_port, &fake) >= 0);
    assert_true(plr.saves > 0);
}

/// Power goes at once and comes back. Why is it refused?
static enum plr_reason resume(void)
{
    fake_power_on(&fake);
    assert_int_equal(fake_boot(&fake, &config), 0);
    assert_int_equal(plr.phase, PLR_PHASE_CONSENT);
    assert_int_equal(fake_command(&fake, "PLR_RESUME_PRINT"), 0);
    bool begun = plr.phase == PLR_PHASE_WARM;
    assert_int_equal(plr.result, begun ? PLR_RESULT_PENDING : PLR_RESULT_REFUSED);
    assert_int_equal(fake_count(&fake, FAKE_Z_MOVE), 0);
    return plr.reason;
}

static void says(enum plr_reason reason, const char *begin, const char *tail, int line, int32_t ppm)
{
    print(begin, tail, line, ppm);
    save();
    if (resume() != reason)
        fail_msg("\"%s\" at %d ppm of line %d: %s", tail, (int)ppm, line,
                 plr_reason_text(plr.reason));
}

/// As long as no newer record may be missing.
static void test_time(void **unused)
{
    (void)unused;
    says(PLR_REASON_NONE, "", "G1 Z1 F600", 7, 650000);
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 700000);
    config.save_delay = 1; // a state that is stored late defers the next tick
    config.history_size = 2;
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 650000);
    config.save_delay = 0;
    config.stability_check = true; // then a tick may wait for two seconds more
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 650000);
    says(PLR_REASON_NONE, "", "G1 Z1 F600", 7, 320000);
    config.stability_check = false;
    config.load_guard = true;
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 350000);
    config.adaptive_interval = true;
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 1);
    config.z_reference = PLR_Z_PLUS;
    says(PLR_REASON_NONE, "", "G1 Z1 F600", 7, 700000);
}

static void test_saves_alone(void **unused)
{
    (void)unused;
    config.tick_interval_us = 0;
    config.save_interval_us = 2 * SECOND;
    says(PLR_REASON_NONE, "", "G1 Z1 F600", 7, 490000);
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 510000);
    config.save_delay = 1; // the older one of two
    config.history_size = 2;
    says(PLR_REASON_NONE, "", "G1 Z1 F600", 7, 150000);
    says(PLR_REASON_Z_LOST, "", "G1 Z1 F600", 7, 180000);
    config.save_interval_us = config.save_delay = 0;
    says(PLR_REASON_Z_LOST, "", "G4 S100000\nG1 Z1 F600", 7, 1);
    says(PLR_REASON_NONE, "", "G4 S100000\nG1 X2 E1", 7, 1);
}

static void test_lines(void **unused)
{
    static const struct {
        const char *tail;
        enum plr_reason reason;
    } cases[] = {
        {"G28 Z", PLR_REASON_Z_LOST},
        {"G28 X Y", PLR_REASON_NONE},
        {"MY_MACRO", PLR_REASON_Z_LOST},
        {"M117 halfway", PLR_REASON_NONE},
        {"END_PRINT", PLR_REASON_Z_LOST},
        {"G4 P500\nG1 Z1 F600", PLR_REASON_Z_LOST},
        {"G4 P2500\nG1 Z1 F600", PLR_REASON_NONE},
        {"G1 E-1 F600\nG1 Z1", PLR_REASON_Z_LOST},
        {"G1 E-30 F600\nG1 Z1", PLR_REASON_NONE},
        {"G2 I10 E1\nG1 Z1", PLR_REASON_NONE}, // a full circle of 63 mm
        {"G2 I1 E1\nG1 Z1", PLR_REASON_Z_LOST},
        {"M220 S400\nG1 X1 E1\nG1 Z1", PLR_REASON_Z_LOST},
        {"G1 X1 E1\nG1 Z1", PLR_REASON_NONE},
        {"G92 Z0\nG1 X50 Z0 E1", PLR_REASON_NONE},
        {"SET_GCODE_OFFSET Z_ADJUST=0.1 MOVE=1", PLR_REASON_Z_LOST},
        {"PLR_DISABLE\nG4 S100\nG1 Z1", PLR_REASON_Z_LOST},
        {"G4 S100\nPLR_DISABLE\nG1 Z1", PLR_REASON_NONE},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        says(cases[i].reason, "PLR_ENABLE", cases[i].tail, 7, 999999);
    says(PLR_REASON_Z_LOST, "", "G1 X1 Z1 F60\nG1 X2 E1", 8, 500000); // in the hop itself
}

/// A power failure that was told of knows where it stopped; while it brakes, almost.
static void test_told(void **unused)
{
    (void)unused;
    print("", "G1 Z1 F600", 7, 990000);
    assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
    assert_int_equal(fake_run_to(&fake, PLR_PHASE_HOLDING), 0);
    assert_int_equal(resume(), PLR_REASON_NONE);
    for (int near = 0; near < 2; near++) {
        print("", "G1 Z1 F600", 7, near ? 950000 : 900000);
        assert_int_equal(plr_power_fail(&plr, &fake_port, &fake), 0);
        assert_int_equal(plr.phase, PLR_PHASE_BRAKING);
        assert_int_equal(resume(), near ? PLR_REASON_Z_LOST : PLR_REASON_NONE);
    }
}

/// A layer that lies whole above the place of the record would be run into.
static void test_layers(void **unused)
{
    static const char one[] = ";LAYER_CHANGE\n;Z:0.68\nG1 Z0.68\nG1 X0 E1 F600";
    static const char two[] = ";LAYER_CHANGE\n;Z:0.68\nG1 Z0.68\nG1 X0 E1 F600\n"
                              ";LAYER_CHANGE\n;Z:0.88\nG1 Z0.88\nG1 X60 E1";
    static const char soon[] = ";LAYER_CHANGE\n;Z:0.68\nG1 Z0.68\nG1 X60 E1\n"
                               ";LAYER_CHANGE\n;Z:0.88\nG1 Z0.88\nG1 X61 E1";
    static const char next_object[] = ";LAYER_CHANGE\n;Z:0.28\nG1 Z0.28\nG1 X0 E1 F600\n"
                                      ";LAYER_CHANGE\n;Z:0.48\nG1 Z0.48\nG1 X60 E1";

    (void)unused;
    config.z_reference = PLR_Z_PLUS;
    says(PLR_REASON_NONE, "", two, 7, 999999);
    config.tick_interval_us = 0;
    says(PLR_REASON_NONE, "", one, 7, 999999);
    says(PLR_REASON_NONE, "", next_object, 7, 999999);
    says(PLR_REASON_NONE, "", two, 7, 999999);     // the next layer begins with a mark
    says(PLR_REASON_TOO_OLD, "", soon, 7, 999999); // ... which may be late
    config.save_interval_us = 300 * SECOND;
    config.save_delay = 1; // a state of the layer before is stored next
    config.history_size = 2;
    says(PLR_REASON_NONE, "", two, 7, 999999);
    says(PLR_REASON_TOO_OLD, "", soon, 7, 999999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_time, setup),   cmocka_unit_test_setup(test_saves_alone, setup),
        cmocka_unit_test_setup(test_lines, setup),  cmocka_unit_test_setup(test_told, setup),
        cmocka_unit_test_setup(test_layers, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
