// Tests of motions outside the job: a lift begins where the nozzle stood, not where or how warm it ends.
// SPDX-License-Identifier: MIT
#include "sim/test_sim.h"

static const uint32_t z_motors = 0xf;
static struct stage stage;
static struct sim *cut; ///< the stage's run of seed 1, finished; read-only

static int set_up(void **state)
{
    (void)state;
    stage_set(&stage);
    cut = stage_open(&stage, 1, false);
    run_on(cut);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stage_close(cut);
    return 0;
}

/// Power is back, motors hold, and the device waits for consent: whoever likes may move.
static struct sim *powered(void)
{
    struct sim *sim = stage_open(&stage, 1, false);
    int64_t consent_us = step_begin(cut, PLR_PHASE_CONSENT, 1);

    assert_true(consent_us > 0);
    run_until(sim, consent_us + 500000);
    assert_int_equal(sim->world.phase, PLR_PHASE_CONSENT);
    sim->world.consent_us = INT64_MAX;
    assert_int_equal(firmware_port.energise(sim, z_motors | PLR_MOTOR_XY), 0);
    return sim;
}

static void lift(struct sim *sim, int64_t by_nm, int64_t speed_nm_s)
{
    assert_int_equal(firmware_manual_z(sim, z_motors, by_nm, speed_nm_s, 0), 0);
    run_until(sim, sim->world.firmware.manual.end_us + 1000);
    assert_int_equal(sim->world.firmware.manual.kind, MANUAL_NONE);
}

static void a_cold_lift_pulls_at_what_the_nozzle_sticks_in(void **state)
{
    (void)state;
    static const struct {
        double bond_n;
        bool released;
    } cases[] = {
        {1e6, true},   // stronger than the bed: the part comes along
        {1e-6, false}, // weaker: the nozzle comes free
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sim *sim = powered();
        struct plant_part *part = &sim->world.plant.part;
        sim->world.plant.heat.hotend = 50.0; // frozen in
        part->released = false;
        part->bonded = true;
        part->bond_n = cases[i].bond_n;
        lift(sim, 1000000, 5000000);
        assert_int_equal(part->released, cases[i].released);
        assert_false(part->bonded);
        stage_close(sim);
    }
}

/// The way of a lift begins at the depth at which the nozzle stood: what was too deep already is seen though the end is clear.
static void a_lift_out_of_the_part_has_been_in_it(void **state)
{
    (void)state;
    static const int64_t deep_nm[] = {200000, 20000}; // beyond the tolerance, and within
    for (int i = 0; i < 2; i++) {
        struct sim *sim = powered();
        struct plant_pose pose;
        int64_t tip[3];
        firmware_pose(sim, &pose);
        plant_nozzle(&sim->world.plant, &sim->model, &pose, tip);
        for (int c = 0; c < PLANT_CORNERS; c++)
            sim->world.plant.slip_nm[c] -= tip[2] - world_surface(sim) + deep_nm[i];
        sim->world.already_nm = 0; // nobody knows of it
        assert_int_equal(sim->truth.dive_nm, 0);
        lift(sim, 1000000, 5000000);
        assert_in_range(sim->truth.dive_nm, i ? 0 : 199000, i ? 0 : 201000);
        stage_close(sim);
    }
}

/// The nozzle warms up and grows on a slow way up: it stood as deep as it was when it began.
static void a_nozzle_that_grows_on_its_way_was_not_so_long_before(void **state)
{
    (void)state;
    struct sim *sim = powered();
    struct plant_pose pose;
    int64_t before[3], after[3], tip[3];

    firmware_pose(sim, &pose);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, tip);
    for (int c = 0; c < PLANT_CORNERS; c++) // in the part, but less than what counts
        sim->world.plant.slip_nm[c] -= tip[2] - world_surface(sim) + 45000;
    sim->world.already_nm = 0;
    firmware_set_heater(sim, 1, 250000);
    world_heat(sim);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, before);
    lift(sim, 1000000, 20000);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, after);
    assert_true(before[2] - after[2] > 15000); // it would have counted
    assert_int_equal(sim->truth.dive_nm, 0);
    stage_close(sim);
}

/// A move down from high above all ends on the part: where it ends is asked for what lies there, not only where it begins.
static void a_move_down_comes_to_lie_on_the_part(void **state)
{
    (void)state;
    struct sim *sim = powered();
    struct plant *plant = &sim->world.plant;
    struct plant_pose pose;
    int64_t tip[3];

    lift(sim, 8000000, 5000000);
    assert_false(plant->part.resting);
    firmware_pose(sim, &pose);
    plant_nozzle(plant, &sim->model, &pose, tip);
    int64_t surface = world_surface(sim);
    assert_true(surface > 0 && world_clear(sim, tip[2]));
    assert_false(world_clear(sim, surface + 900000));
    lift(sim, surface - tip[2] - 20000, 5000000);
    assert_true(plant->part.resting);
    stage_close(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cold_lift_pulls_at_what_the_nozzle_sticks_in),
        cmocka_unit_test(a_lift_out_of_the_part_has_been_in_it),
        cmocka_unit_test(a_nozzle_that_grows_on_its_way_was_not_so_long_before),
        cmocka_unit_test(a_move_down_comes_to_lie_on_the_part),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
