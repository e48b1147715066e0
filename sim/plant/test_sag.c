// Current off and on: who falls and how far, what arrests it, where rotors snap, and that two cuts differ.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/plant/test_plant.h"

#define SECOND INT64_C(1000000)

static const int64_t cycle = 160 * UM, fullstep = 40 * UM;

static struct plant_scene scene_at(int64_t x, int64_t y, int64_t z, int64_t surface)
{
    struct plant_scene scene = {.pose = test_pose(x, y, z), .surface_nm = surface};
    return scene;
}

static void corners_fall_as_often_as_they_should(void **state)
{
    (void)state;
    struct plant_model model;
    int count[3] = {0}, rear = 0, front = 0, runs = 0, dropped_runs = 0;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    for (uint64_t seed = 0; seed < 1000; seed++) { // 4000 corners
        struct plant plant;
        struct plant_fall fall;
        struct plant_scene scene = scene_at(150 * MM, 150 * MM, 60 * MM, PLANT_NO_SURFACE);
        model.seed = seed;
        plant_init(&plant, &model, INT64_MIN);
        plant_drivers_lost(&plant, &model, &scene, 1, &fall);
        bool dropped = false;
        for (int i = 0; i < 4; i++) {
            count[fall.class[i]]++;
            dropped = dropped || fall.class[i] == 2;
            (i == 1 || i == 2 ? &rear : &front)[0] += fall.class[i] != 0 ? 1 : 0;
            int64_t fell = fall.before_nm[i] - fall.after_nm[i];
            // nothing under the nozzle: as far as drawn, give or take detent and what twist bends over 20 mm
            assert_true(llabs(fell - fall.wanted_nm[i]) < fullstep / 2 + 250 * UM);
            assert_int_equal((60 * MM + plant.slip_nm[i]) % fullstep, 0);
        }
        runs++;
        dropped_runs += dropped ? 1 : 0;
    }
    print_message(
        "held %d crept %d dropped %d of 4000; rear %d front %d; %d of %d runs with a drop\n",
        count[0], count[1], count[2], rear, front, dropped_runs, runs);
    assert_true(abs(count[0] - 2400) < 125); // four standard errors
    assert_true(abs(count[1] - 1200) < 116);
    assert_true(abs(count[2] - 400) < 76);
    assert_true(fabs((double)rear / (double)front - 2) < 0.25);
    assert_true(dropped_runs > 280 && dropped_runs < 400); // a third
}

static void two_cuts_differ_and_a_replay_repeats(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant a, b, c;
    test_model(&model, LAB_QUASISTATIC, 0, 9);
    plant_init(&a, &model, INT64_MIN);
    b = c = a;
    struct plant_scene scene = scene_at(150 * MM, 150 * MM, 60 * MM, 60 * MM);
    plant_outage(&a, &model, &scene, 100, 90 * SECOND, NULL);
    plant_outage(&b, &model, &scene, 100, 90 * SECOND, NULL);
    plant_outage(&c, &model, &scene, 101, 90 * SECOND, NULL);
    assert_memory_equal(&a, &b, sizeof a);
    plant_visit_begin(&a, &model);
    plant_visit_begin(&c, &model);
    assert_memory_not_equal(a.visit_nm, c.visit_nm, sizeof a.visit_nm);
    assert_memory_not_equal(&a.heat.bias, &c.heat.bias, sizeof a.heat.bias);
}

static void snap_keeps_whole_cycles_and_stays_within_two_steps(void **state)
{
    (void)state;
    struct plant_model model;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    int64_t widest = 0;
    for (int64_t z = 60 * MM; z < 60 * MM + 2 * cycle; z += 1250) {
        struct plant plant;
        plant_init(&plant, &model, INT64_MIN);
        struct plant_scene scene = scene_at(150 * MM, 150 * MM, z, PLANT_NO_SURFACE);
        plant_drivers_lost(&plant, &model, &scene, 1, NULL);
        for (int i = 0; i < 4; i++) {
            assert_true(llabs(plant.slip_nm[i]) <= fullstep / 2);
        }
        plant_energise(&plant, &model, &scene, 15, NULL);
        for (int i = 0; i < 4; i++) {
            assert_int_equal((z + plant.slip_nm[i]) % cycle, 0);
            assert_true(llabs(plant.slip_nm[i]) <= 2 * fullstep + fullstep / 2);
            widest = llabs(plant.slip_nm[i]) > widest ? llabs(plant.slip_nm[i]) : widest;
        }
        if (z % cycle == 0) {
            assert_int_equal(plant.slip_nm[0], 0);
        }
    }
    assert_true(widest >= 2 * fullstep - 1250);
}

// Disabled and enabled again without losing the driver's power: the phase is kept, and with it the position.
static void a_kept_phase_keeps_the_position(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_scene scene = scene_at(150 * MM, 150 * MM, 60 * MM + 51250, PLANT_NO_SURFACE);
    plant_energise(&plant, &model, &scene, 0, NULL);
    assert_int_not_equal(plant.slip_nm[0], 0);
    plant_energise(&plant, &model, &scene, 15 | PLANT_MOTOR_XY, NULL);
    assert_int_equal(plant.slip_nm[0], 0);
    assert_int_equal(plant.slip_ab_nm[0], 0);
}

static void renaming_heights_moves_nothing(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    int64_t before[4], after[4];
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_pose pose = test_pose(150 * MM, 150 * MM, 60 * MM);
    struct plant_pose named = test_pose(150 * MM, 150 * MM, 61234 * UM);
    plant_corners(&plant, &model, &pose, PLANT_NO_SURFACE, before, NULL, NULL);
    plant_z_set(&plant, pose.motor_nm, named.motor_nm);
    plant_corners(&plant, &model, &named, PLANT_NO_SURFACE, after, NULL, NULL);
    assert_memory_equal(before, after, sizeof before);
    struct plant_scene scene = {.pose = named, .surface_nm = PLANT_NO_SURFACE};
    plant_energise(&plant, &model, &scene, 0, NULL);
    plant_energise(&plant, &model, &scene, 15, NULL);
    plant_corners(&plant, &model, &named, PLANT_NO_SURFACE, after, NULL, NULL);
    assert_memory_equal(before, after, sizeof before);
}

static void belts_snap_sideways(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_fall fall;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_scene scene = scene_at(150 * MM + 330 * UM, 150 * MM, 60 * MM, PLANT_NO_SURFACE);
    plant_drivers_lost(&plant, &model, &scene, 1, &fall);
    assert_true(llabs(plant.sideways_nm[0]) <= 100 * UM);
    plant_energise(&plant, &model, &scene, 15 | PLANT_MOTOR_XY, &fall);
    // a = x + y, b = x - y go to whole cycles of 800 um
    int64_t a = 300 * MM + 330 * UM + plant.sideways_nm[0] + plant.sideways_nm[1];
    assert_int_equal(a % (800 * UM), 0);
    assert_true(llabs(plant.sideways_nm[0]) <= 500 * UM); // two full steps after half a one
    int64_t was = plant.sideways_nm[0];
    const int64_t push[2] = {3 * MM, 0};
    plant_energise(&plant, &model, &scene, 15, &fall);
    plant_nudge(&plant, &model, push);
    assert_true(llabs(plant.sideways_nm[0] - was - 3 * MM) <= 200 * UM);
    model.printer.kinematics = LAB_CARTESIAN;
    plant_nudge(&plant, &model, push);
    plant_home_xy(&plant, &model);
    assert_int_equal(plant.sideways_nm[0], 0);
}

// A corner drops while the nozzle lies on the part: the nozzle carries, the corner hangs in the air.
static void nozzle_on_the_part_arrests_a_fall(void **state)
{
    (void)state;
    for (int f = 0; f < 2; f++) {
        struct plant_model model;
        struct plant plant;
        struct plant_fall fall;
        test_model(&model, f == 0 ? LAB_QUASISTATIC : LAB_FULL, all_noise_off, 1);
        plant_init(&plant, &model, INT64_MIN);
        int64_t tip[3];
        struct plant_pose pose = test_pose(150 * MM, 150 * MM, 30 * MM);
        plant_nozzle(&plant, &model, &pose, tip);
        struct plant_scene scene = {.pose = pose, .surface_nm = tip[2], .sag_given = true};
        scene.sag_nm[1] = 5 * MM;
        plant_drivers_lost(&plant, &model, &scene, 1, &fall);
        int64_t fell = fall.before_nm[1] - fall.after_nm[1];
        print_message("5 mm drop with the nozzle on the part: %lld um, press %.1f N, %lld um\n",
                      (long long)(fell / UM), fall.nozzle_n, (long long)(fall.contact_nm / UM));
        assert_true(fell > 100 * UM && fell < MM);
        assert_true(fall.nozzle_n > 5 && fall.nozzle_n < 45);
        assert_true(fall.contact_nm > 0 && fall.contact_nm < 500 * UM);
        assert_true(plant.part.resting);
        assert_false(fall.released); // pressing releases nothing
        assert_int_equal(plant.contact_nm, fall.contact_nm);
    }
}

static void fidelities_agree_about_outages(void **state)
{
    (void)state;
    int64_t worst = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct plant_fall fall[2], snap[2];
        for (int f = 0; f < 2; f++) {
            struct plant_model model;
            struct plant plant;
            int64_t tip[3];
            test_model(&model, f == 0 ? LAB_QUASISTATIC : LAB_FULL,
                       all_noise_off & ~(1u << LAB_NOISE_SAG), seed);
            plant_init(&plant, &model, INT64_MIN);
            struct plant_pose pose = test_pose((int64_t)(seed * 31 % 300) * MM,
                                               (int64_t)(seed * 67 % 300) * MM, 30 * MM + 70 * UM);
            plant_nozzle(&plant, &model, &pose, tip);
            int64_t lifted = seed % 3 == 0 ? 640 * UM : 0;
            struct plant_scene scene = {
                .pose = pose, .surface_nm = seed % 4 == 0 ? PLANT_NO_SURFACE : tip[2] - lifted};
            plant_drivers_lost(&plant, &model, &scene, 1, &fall[f]);
            plant_energise(&plant, &model, &scene, 15, &snap[f]);
        }
        for (int i = 0; i < 4; i++) {
            int64_t a = llabs(fall[0].after_nm[i] - fall[1].after_nm[i]);
            int64_t b = llabs(snap[0].after_nm[i] - snap[1].after_nm[i]);
            worst = a > worst ? a : worst;
            worst = b > worst ? b : worst;
        }
    }
    print_message("full against quasistatic after falls and snaps: %lld nm\n", (long long)worst);
    assert_true(worst < 2 * UM);
}

static void screws_only_snap(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_fall fall;
    test_model(&model, LAB_QUASISTATIC, 0, 4);
    model.gantry_hangs = false;
    for (int k = 0; k < 50; k++) {
        plant_init(&plant, &model, INT64_MIN);
        struct plant_scene scene =
            scene_at(150 * MM, 150 * MM, 60 * MM + 13 * UM, PLANT_NO_SURFACE);
        plant_drivers_lost(&plant, &model, &scene, (uint64_t)k, &fall);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(fall.class[i], 0);
            assert_int_equal(plant.slip_nm[i], -13 * UM);
        }
    }
}

static void a_counter_that_runs_without_current(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 4);
    plant_init(&plant, &model, INT64_MIN);
    struct plant_scene scene = scene_at(150 * MM, 150 * MM, 60 * MM, PLANT_NO_SURFACE);
    plant_energise(&plant, &model, &scene, 7, NULL);
    struct plant_pose up = test_pose(150 * MM, 150 * MM, 61 * MM);
    plant_settle(&plant, &model, &scene.pose, &up, PLANT_NO_SURFACE);
    assert_true(llabs(plant.corner_nm[3] - 60 * MM) < 10 * UM);
    assert_true(llabs(plant.corner_nm[1] - 61 * MM) < 10 * UM);
}

static void disturbances(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    int64_t h[4];
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 4);
    plant_init(&plant, &model, INT64_MIN);
    struct lab_disturb d = {.kind = LAB_DISTURB_SLIP, .which = 2, .amount_nm = 700 * UM};
    plant_disturb(&plant, &model, &d);
    struct plant_pose pose = test_pose(150 * MM, 150 * MM, 60 * MM);
    plant_corners(&plant, &model, &pose, PLANT_NO_SURFACE, h, NULL, NULL);
    assert_true(llabs(h[2] - 59300 * UM) < 5 * UM);
    d = (struct lab_disturb){.kind = LAB_DISTURB_BIND, .which = 1, .amount_nm = 300 * UM};
    plant_disturb(&plant, &model, &d);
    assert_int_equal(plant.bind_nm[1], 300 * UM);
    d = (struct lab_disturb){.kind = LAB_DISTURB_NUDGE, .xy_nm = {2 * MM, 0}};
    plant_disturb(&plant, &model, &d);
    assert_int_equal(plant.sideways_nm[0], 2 * MM);
    d = (struct lab_disturb){.kind = LAB_DISTURB_RELEASE, .xy_nm = {0, MM}};
    plant_disturb(&plant, &model, &d);
    assert_true(plant.part.released);
    assert_int_equal(plant.part.shift_nm[1], MM);
    d.kind = LAB_DISTURB_FILE;
    plant_disturb(&plant, &model, &d);
    assert_true(plant_coast_nm(&model, 300 * MM) > 3 * MM);
    assert_true(plant_coast_nm(&model, 300 * MM) < 12 * MM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_fall_as_often_as_they_should),
        cmocka_unit_test(two_cuts_differ_and_a_replay_repeats),
        cmocka_unit_test(snap_keeps_whole_cycles_and_stays_within_two_steps),
        cmocka_unit_test(a_kept_phase_keeps_the_position),
        cmocka_unit_test(renaming_heights_moves_nothing),
        cmocka_unit_test(belts_snap_sideways),
        cmocka_unit_test(nozzle_on_the_part_arrests_a_fall),
        cmocka_unit_test(fidelities_agree_about_outages),
        cmocka_unit_test(screws_only_snap),
        cmocka_unit_test(a_counter_that_runs_without_current),
        cmocka_unit_test(disturbances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
