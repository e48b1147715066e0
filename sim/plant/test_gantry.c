// The gantry against closed forms, and its two fidelities against each other.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>

#include "sim/math/math.h"
#include "sim/plant/parts.h"
#include "sim/plant/test_plant.h"

static void static_stretch(void **state)
{
    (void)state;
    struct plant_model model;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    double stretch = (model.load[0] + model.load[1]) / 2 / model.stiffness * 1e6;
    assert_true(fabs(stretch - 110) < 8); // reference physics section 2
    assert_true(fabs(model.load[1] - 11.9) < 0.5);
    assert_true(fabs(model.load[0] - 8.0) < 0.5);
}

static void weights_sum_to_one(void **state)
{
    (void)state;
    struct plant_model model;
    double w[4];
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    for (int motors = 1; motors <= 4; motors++) {
        model.motors = motors;
        if (motors == 3) {
            model.printer.anchor_nm[1][0] = 150 * MM;
        }
        plant_weights(&model, 40 * MM, 210 * MM, w);
        assert_true(fabs(w[0] + w[1] + w[2] + w[3] - 1) < 1e-12);
        plant_weights(&model, model.printer.anchor_nm[0][0], model.printer.anchor_nm[0][1], w);
        assert_true(fabs(w[0] - 1) < 1e-12);
    }
}

static void toolhead_bends_what_carries_it(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose middle = test_pose(150 * MM, 150 * MM, 50 * MM);
    struct plant_pose corner = test_pose(300 * MM, 300 * MM, 50 * MM);
    int64_t a[4], b[4];
    plant_corners(&plant, &model, &middle, PLANT_NO_SURFACE, a, NULL, NULL);
    plant_corners(&plant, &model, &corner, PLANT_NO_SURFACE, b, NULL, NULL);
    assert_true(llabs(a[0] - 50 * MM) < 100); // nominal load: where it is commanded
    // three newtons at most in a corner, 34 um (section 2)
    assert_true(a[2] - b[2] > 10 * UM && a[2] - b[2] < 34 * UM);
    assert_true(b[0] > a[0]);
}

// One corner up by 1 mm over 0.38 m: the neighbours carry 0.28 N, 3 um.
static void twist_loads_neighbours(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 150 * MM, 50 * MM);
    double level[4], raised[4];
    int64_t h[4];
    plant_corners(&plant, &model, &pose, PLANT_NO_SURFACE, h, level, NULL);
    pose.motor_nm[1] += MM;
    plant_corners(&plant, &model, &pose, PLANT_NO_SURFACE, h, raised, NULL);
    double closed = model.twist * 1e-3 / (1 + 4 * model.twist / model.stiffness);
    assert_true(fabs(raised[1] - level[1] - closed) < 1e-6);
    assert_true(fabs(level[0] - raised[0] - closed) < 1e-6);
    assert_true(closed > 0.1 && closed < 0.4);
}

static void first_mode(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct balance balance;
    test_model(&model, LAB_FULL, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 150 * MM, 50 * MM);
    balance_set(&balance, &plant, &model, &pose, PLANT_NO_SURFACE);
    double hz = full_ring_hz(&balance, &model);
    print_message("first vertical mode %.1f Hz\n", hz);
    assert_true(hz > 44 && hz < 56);
}

static void track_is_the_solver(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_track track;
    test_model(&model, LAB_QUASISTATIC, 0, 5);
    plant_init(&plant, &model, INT64_MIN);
    plant.slip_nm[0] = -120 * UM;
    plant.slip_nm[2] = 80 * UM;
    plant_heat_target(&plant, PLANT_BED, 100000);
    plant_heat_advance(&plant, &model, 300000000);
    plant_track(&track, &plant, &model);
    for (int i = 0; i < 200; i++) {
        int64_t x = 300 * MM / 200 * i, y = (300 * MM / 7 * i) % (300 * MM);
        struct plant_pose pose = test_pose(x, y, 30 * MM + i * UM);
        struct balance balance;
        double h[4], height = 0;
        int64_t tip[3];
        plant_nozzle(&plant, &model, &pose, tip);
        assert_int_equal(tip[2], plant_track_z(&track, &model, x, y, pose.motor_nm[0]));
        assert_int_equal(tip[0], x + track.xy_nm[0]);
        balance_set(&balance, &plant, &model, &pose, PLANT_NO_SURFACE);
        balance_solve(&balance, h, NULL, NULL);
        for (int k = 0; k < 4; k++) {
            height += balance.weight[k] * h[k];
        }
        assert_true(fabs(height + balance.tip - (double)tip[2]) < 0.51);
    }
}

// Whether nothing touches or something does: what a pose comes to rest at is what the springs say.
static void rest_is_the_solver(void **state)
{
    (void)state;
    const char *const printers[] = {"voron24_300", "trident_300", "ender3"};
    for (size_t n = 0; n < sizeof printers / sizeof *printers; n++) {
        struct plant_model model;
        int clear = 0;
        test_model_of(&model, printers[n], "PLA", LAB_QUASISTATIC, all_noise_off, 5);
        for (int i = 0; i < 300; i++) {
            struct plant plant;
            struct balance balance;
            double h[4], force[4], press;
            int64_t tip[3], top = model.switch_nm + model.printer.hard_stop_nm;
            struct plant_pose pose =
                test_pose(i * 7 % 200 * MM, i * 31 % 200 * MM, i % 5 == 0 ? top : 30 * MM);
            plant_init(&plant, &model, INT64_MIN);
            for (int k = 0; k < model.motors; k++) {
                plant.slip_nm[k] = (i * (k + 3) % 17 - 8) * 40 * UM;
            }
            plant_nozzle(&plant, &model, &pose, tip);
            int64_t surface = i % 3 == 0 ? PLANT_NO_SURFACE : tip[2] + (i % 21 - 10) * 10 * UM;
            balance_set(&balance, &plant, &model, &pose, surface);
            balance_solve(&balance, h, force, &press);
            gantry_fill(&model, h);
            plant_settle(&plant, &model, &pose, &pose, surface);
            for (int k = 0; k < 4 && plant.skipped == 0; k++) {
                assert_true(fabs((double)plant.corner_nm[k] - h[k]) < 0.51);
            }
            assert_true(press <= 0 || plant.part.resting);
            clear += press <= 0 && i % 5 != 0 ? 1 : 0;
        }
        assert_true(clear > 100 && clear < 220);
    }
}

static void stops_and_skips(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    int64_t stop = model.switch_nm + model.printer.hard_stop_nm;
    struct plant_pose from = test_pose(150 * MM, 150 * MM, stop - MM);
    struct plant_pose to = test_pose(150 * MM, 150 * MM, stop + 10 * MM);
    plant_settle(&plant, &model, &from, &to, PLANT_NO_SURFACE);
    assert_true(plant.skipped > 100); // (10 mm - what 186 N bends) / 160 um, four motors
    for (int i = 0; i < 4; i++) {
        assert_true(llabs(plant.corner_nm[i] - stop - model.printer.z_plus.place_nm[i]) < 120 * UM);
        assert_int_equal(plant.slip_nm[i] % (160 * UM), 0);
    }
}

// Nothing touches, but a racked beam pulls harder than its motors hold.
static void a_stiff_beam_skips(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct lab_sim sim = {.gantry = LAB_QUASISTATIC, .noise_off = all_noise_off};
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    struct lab_printer stiff = model.printer;
    stiff.twist_unm_rad *= 1000;
    assert_int_equal(plant_model_init(&model, &stiff, lab_material_find("PLA"), &sim, 1), 0);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose level = test_pose(150 * MM, 150 * MM, 30 * MM), racked = level;
    plant_settle(&plant, &model, &level, &level, PLANT_NO_SURFACE);
    assert_int_equal(plant.skipped, 0);
    racked.motor_nm[2] += 20 * MM;
    plant_settle(&plant, &model, &level, &racked, PLANT_NO_SURFACE);
    assert_true(plant.skipped > 0);
}

static void binding_corner_lags(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    plant.bind_nm[3] = 300 * UM;
    struct plant_pose low = test_pose(150 * MM, 150 * MM, 50 * MM);
    struct plant_pose high = test_pose(150 * MM, 150 * MM, 52 * MM);
    plant_settle(&plant, &model, &low, &high, PLANT_NO_SURFACE);
    assert_true(llabs(plant.corner_nm[3] - 51700 * UM) < 5 * UM);
    struct plant_pose back = test_pose(150 * MM, 150 * MM, 51900 * UM);
    plant_settle(&plant, &model, &high, &back, PLANT_NO_SURFACE);
    assert_true(llabs(plant.corner_nm[3] - 51700 * UM) < 5 * UM); // sticks on the way back
}

// Lever, twist and contact in many states: Chipmunk at rest against the direct solution.
static void fidelities_agree_at_rest(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    double worst = 0;
    test_model(&model, LAB_FULL, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    for (int k = 0; k < 24; k++) {
        struct balance balance;
        double h[4], full[4], from[4];
        struct plant_pose pose = test_pose((k * 53) % 300 * MM, (k * 97) % 300 * MM, 60 * MM);
        for (int i = 0; i < 4; i++) {
            pose.motor_nm[i] += ((k * (i + 3) * 37) % 400 - 200) * 10 * UM;
            from[i] = (double)pose.motor_nm[i] + ((k + i) % 3 - 1) * 160e3;
        }
        int64_t tip[3];
        plant_nozzle(&plant, &model, &pose, tip);
        bool touches = k % 2 == 1;
        balance_set(&balance, &plant, &model, &pose, touches ? tip[2] + 60 * UM : PLANT_NO_SURFACE);
        if (k % 6 == 4) {
            balance.stop[k % 4] = balance.target[k % 4] - 30e3;
        }
        balance_solve(&balance, h, NULL, NULL);
        full_move(&balance, &model, from, balance.target, 15e6, NULL, full);
        for (int i = 0; i < 4; i++) {
            worst = fmax(worst, fabs(full[i] - h[i]));
        }
    }
    print_message("full against quasistatic at rest: %.0f nm\n", worst);
    assert_true(worst < 2000);
}

static void fidelities_agree_at_triggers(void **state)
{
    (void)state;
    int64_t worst = 0;
    for (int k = 0; k < 6; k++) {
        int64_t travel[2];
        for (int f = 0; f < 2; f++) {
            struct plant_model model;
            struct plant plant;
            struct plant_probe probe;
            test_model(&model, f == 0 ? LAB_FULL : LAB_QUASISTATIC, all_noise_off, 1);
            plant_init(&plant, &model, INT64_MIN);
            struct plant_pose pose = test_pose(150 * MM, 290 * MM, model.switch_nm - 2 * MM);
            uint32_t moving = k < 4 ? 1u << k : 15u;
            int64_t speed = k == 5 ? 5 * MM : MM;
            assert_int_equal(
                plant_z_probe(&plant, &model, &pose, moving, 5 * MM, speed, moving, &probe), 0);
            assert_true(probe.triggered != 0);
            travel[f] = probe.travel_nm;
        }
        int64_t apart = llabs(travel[0] - travel[1]);
        worst = apart > worst ? apart : worst;
    }
    print_message("full against quasistatic at triggers: %lld nm\n", (long long)worst);
    assert_true(worst < 2000);
}

// --- without a break -------------------------------------------------------------------------------------

static double largest(const struct plant_swing *swing)
{
    double most = 0;
    for (int i = 0; i < PLANT_CORNERS; i++) {
        most = fmax(most, fabs(swing->above_nm[i]));
    }
    return most;
}

// A swing has lost most of itself after 0.2 s and all of it after 3 s (47 Hz, damping ratio 0.05); waiting in two parts is as in one.
static void a_swing_dies_away(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant, parts;
    test_model(&model, LAB_WHOLE, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, 100 * MM);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        plant.swing.above_nm[i] = 10e3;
    }
    parts = plant;
    plant_heat_advance(&plant, &model, 200000);
    plant_swing_wait(&plant, &model, &pose, PLANT_NO_SURFACE);
    assert_true(largest(&plant.swing) > 10 && largest(&plant.swing) < 2e3);
    for (int64_t us = 100000; us <= 200000; us += 100000) {
        plant_heat_advance(&parts, &model, us);
        plant_swing_wait(&parts, &model, &pose, PLANT_NO_SURFACE);
    }
    assert_true(fabs(largest(&plant.swing) - largest(&parts.swing)) < 50); // half a step of phase
    plant_heat_advance(&plant, &model, 3000000);
    plant_swing_wait(&plant, &model, &pose, PLANT_NO_SURFACE);
    assert_true(largest(&plant.swing) == 0);
    assert_int_equal(plant.swing.at_us, 3000000);
    plant.swing.above_nm[0] = 1; // all others know of no swing
    model.gantry = LAB_FULL;
    plant_swing_wait(&plant, &model, &pose, PLANT_NO_SURFACE);
    assert_true(plant.swing.above_nm[0] == 1);
}

// Motors that stop dead at 1 mm/s leave the corners swinging by their speed over 2 pi 47 Hz: 3.4 um.
static void a_stop_makes_a_swing(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_WHOLE, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 290 * MM, 100 * MM);
    const struct plant_drive drive = {
        .moving = 15, .delta_nm = 5 * MM, .speed_nm_s = MM, .accel_nm_s2 = 350 * MM};
    plant_swing_drive(&plant, &model, &pose, &drive, 3 * MM, PLANT_NO_SURFACE);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        assert_true(fabs(plant.swing.rate_nm_s[i] - MM) < 0.05 * MM);
        assert_true(fabs(plant.swing.above_nm[i]) < 300);
    }
    // one that slows down as planned leaves next to nothing of a jump
    plant.swing = (struct plant_swing){0};
    plant_swing_drive(&plant, &model, &pose, &drive, 5 * MM, PLANT_NO_SURFACE);
    for (int i = 0; i < PLANT_CORNERS; i++) {
        assert_true(fabs(plant.swing.rate_nm_s[i]) < 0.9 * MM);
        assert_true(fabs(plant.swing.above_nm[i]) < 6e3);
    }
}

// From rest, and far enough from the switch, an edge is where its window finds it; a swing at its beginning moves one that is near.
static void an_edge_without_a_break(void **state)
{
    (void)state;
    int64_t travel[3][2];
    for (int k = 0; k < 3; k++) {
        for (int near = 0; near < 2; near++) {
            struct plant_model model;
            struct plant plant;
            struct plant_probe probe;
            test_model(&model, k == 0 ? LAB_FULL : LAB_WHOLE, all_noise_off, 1);
            plant_init(&plant, &model, INT64_MIN);
            struct plant_pose pose =
                test_pose(150 * MM, 290 * MM, model.switch_nm - (near ? 260 * UM : 2 * MM));
            for (int i = 0; i < PLANT_CORNERS && k == 2; i++) {
                plant.swing.rate_nm_s[i] = MM;
            }
            assert_int_equal(plant_z_probe(&plant, &model, &pose, 15u, 5 * MM, MM, 15u, &probe), 0);
            assert_true(probe.triggered != 0);
            travel[k][near] = probe.travel_nm;
        }
    }
    assert_true(llabs(travel[1][0] - travel[0][0]) < 50);
    assert_true(llabs(travel[2][0] - travel[0][0]) < 50);
    assert_true(llabs(travel[2][1] - travel[1][1]) > UM);
}

// A bed on three screws and a beam on one: the same code, other anchors, nothing that sags.
static void other_drives(void **state)
{
    (void)state;
    static const char *const name[] = {"trident_300", "ender3"};
    for (int k = 0; k < 2; k++) {
        struct plant_model model;
        struct plant plant;
        struct plant_probe probe;
        struct plant_fall fall;
        int64_t h[4], tip[3];
        test_model_of(&model, name[k], "PLA", LAB_FULL, all_noise_off, 1);
        plant_init(&plant, &model, INT64_MIN);
        struct plant_pose pose = test_pose(100 * MM, 60 * MM, 50 * MM);
        plant_corners(&plant, &model, &pose, PLANT_NO_SURFACE, h, NULL, NULL);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(h[i], 50 * MM);
        }
        if (model.motors == 3) { // a screw up by 3 mm lifts the point over it, not the other two
            pose.motor_nm[1] += 3 * MM;
            pose.xy_nm[0] = model.printer.anchor_nm[1][0];
            pose.xy_nm[1] = model.printer.anchor_nm[1][1];
            int64_t grown = plant_heat_z(&plant, &model);
            plant_nozzle(&plant, &model, &pose, tip);
            assert_true(llabs(tip[2] - 53 * MM - grown) < 2);
            pose.motor_nm[1] -= 3 * MM;
        }
        int error = plant_z_probe(&plant, &model, &pose, 1, MM, MM, 1, &probe);
        assert_int_equal(error, 0);
        assert_int_equal(probe.triggered, 0);
        struct plant_scene scene = {.pose = pose, .surface_nm = PLANT_NO_SURFACE};
        plant_drivers_lost(&plant, &model, &scene, 1, &fall);
        plant_energise(&plant, &model, &scene, 15 | PLANT_MOTOR_XY, &fall);
        for (int i = 0; i < model.motors; i++) {
            assert_int_equal(fall.class[i], 0);
            assert_true(llabs(fall.after_nm[i] - fall.before_nm[i]) <=
                        2 * model.printer.z_fullstep_nm);
        }
    }
}

static void impossible_printers(void **state)
{
    (void)state;
    struct plant_model model, other;
    struct lab_sim sim = {.gantry = LAB_QUASISTATIC};
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    struct lab_printer bad = model.printer;
    bad.corner_n_m = 0;
    assert_int_equal(plant_model_init(&other, &bad, &model.material, &sim, 1), -22);
    bad = model.printer;
    bad.anchor_nm[3][0] = bad.anchor_nm[0][0];
    assert_int_equal(plant_model_init(&other, &bad, &model.material, &sim, 1), -22);
    bad = model.printer;
    bad.z_motors = 7;
    assert_int_equal(plant_model_init(&other, &bad, &model.material, &sim, 1), -22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(static_stretch),
        cmocka_unit_test(weights_sum_to_one),
        cmocka_unit_test(toolhead_bends_what_carries_it),
        cmocka_unit_test(twist_loads_neighbours),
        cmocka_unit_test(first_mode),
        cmocka_unit_test(track_is_the_solver),
        cmocka_unit_test(rest_is_the_solver),
        cmocka_unit_test(stops_and_skips),
        cmocka_unit_test(a_stiff_beam_skips),
        cmocka_unit_test(binding_corner_lags),
        cmocka_unit_test(fidelities_agree_at_rest),
        cmocka_unit_test(fidelities_agree_at_triggers),
        cmocka_unit_test(a_swing_dies_away),
        cmocka_unit_test(a_stop_makes_a_swing),
        cmocka_unit_test(an_edge_without_a_break),
        cmocka_unit_test(other_drives),
        cmocka_unit_test(impossible_printers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
