// The part, its surface, contact, and the filament that makes it.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/plant/test_plant.h"

#define SECOND INT64_C(1000000)

// A warm plant with a part of 900 mm2 that was printed at bed 105 C.
static void warm_plant(struct plant_model *model, struct plant *plant, uint64_t seed)
{
    test_model(model, LAB_QUASISTATIC, 0, seed);
    plant_init(plant, model, INT64_MIN);
    plant_soak(plant, model, 105000, 240000);
    plant_reference(plant);
    plant_part_footprint(plant, 150 * MM, 150 * MM, 900);
}

static void draws_stay_in_the_materials_range(void **state)
{
    (void)state;
    double least = 1, most = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct plant_model model;
        struct plant plant;
        warm_plant(&model, &plant, seed);
        assert_in_range(plant.part.release_mc, model.material.release_min_mc,
                        model.material.release_max_mc);
        least = fmin(least, plant.part.cte);
        most = fmax(most, plant.part.cte);
    }
    assert_true(least >= 75e-6 && least < 77e-6 && most <= 95e-6 && most > 93e-6);
}

// 60 mm of ABS, 70 K colder: 0.36 mm shorter; a footprint of 100 mm: 0.6 mm smaller (section 6).
static void shrinks_as_the_books_say(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    warm_plant(&model, &plant, 1);
    plant.part.cte = 85e-6;
    assert_int_equal(plant_part_shrink(&plant, 60 * MM), 0); // no cut yet
    plant_part_mark(&plant);
    assert_int_equal(plant_part_shrink(&plant, 60 * MM), 0);
    plant.heat.part_low -= 70;
    plant.heat.part_high -= 70;
    assert_true(llabs(plant_part_shrink(&plant, 60 * MM) - 357 * UM) < 2 * UM);
    plant.part.released = true;
    const int64_t rim[3] = {200 * MM, 150 * MM, 60 * MM};
    int64_t machine[3], back[3];
    plant_part_to_machine(&plant, rim, machine);
    assert_true(llabs(rim[0] - machine[0] - 297 * UM) < 2 * UM);
    assert_int_equal(machine[1], rim[1]);
    plant_part_from_machine(&plant, machine, back);
    for (int axis = 0; axis < 3; axis++) {
        assert_true(llabs(back[axis] - rim[axis]) <= 20);
    }
}

// Re-heating the bed gives back the lowest centimetres only.
static void reheating_recovers_the_foot(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    warm_plant(&model, &plant, 1);
    plant_part_mark(&plant);
    plant.heat.part_high -= 20; // chamber cold, bed warm again
    double low = (double)plant_part_shrink(&plant, 5 * MM) / 5.0;
    double high =
        (double)(plant_part_shrink(&plant, 60 * MM) - plant_part_shrink(&plant, 55 * MM)) / 5.0;
    assert_true(low < 0.25 * high);
}

static void lets_go_of_a_cold_bed(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_scene scene = {.pose = test_pose(150 * MM, 150 * MM, 30 * MM),
                                .surface_nm = PLANT_NO_SURFACE};
    warm_plant(&model, &plant, 1);
    plant_heat_advance(&plant, &model, 10 * SECOND);
    assert_true(plant_part_adhesion(&plant, &model) > 40);
    plant_outage(&plant, &model, &scene, 1, 100 * SECOND, NULL);
    assert_false(plant.part.released); // 90 s
    plant_outage(&plant, &model, &scene, 2, 2710 * SECOND, NULL);
    assert_true(plant.part.released); // 45 min
    assert_true(plant_part_adhesion(&plant, &model) <= 0);
    assert_true(plant.filament.missing_nm >= model.printer.melt_nm);
}

// The nozzle freezes into the part; what then happens to a vertical pull, a press, a sideways move.
static void frozen_nozzle(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    warm_plant(&model, &plant, 1);
    struct plant_pose pose = test_pose(150 * MM, 150 * MM, 30 * MM);
    int64_t tip[3];
    plant_nozzle(&plant, &model, &pose, tip);
    struct plant_scene scene = {.pose = pose, .surface_nm = tip[2], .sag_given = true};
    assert_true(plant_hot_rest(&plant, &model, &pose, tip[2]));
    assert_false(plant_hot_rest(&plant, &model, &pose, tip[2] - MM));
    assert_false(plant_hot_rest(&plant, &model, &pose, PLANT_NO_SURFACE));
    plant_outage(&plant, &model, &scene, 1, 150 * SECOND, NULL);
    assert_true(plant.part.resting && plant.part.bonded);
    assert_in_range((int64_t)(plant.part.bond_n * 1e3), 5000, 40000);
    assert_false(plant_hot_rest(&plant, &model, &pose, tip[2])); // cold by now
    const int64_t up[3] = {0, 0, MM}, down[3] = {0, 0, -MM}, side[3] = {MM, 0, 0};
    struct plant stuck = plant;
    assert_false(plant_part_pull(&stuck, &model, tip[2], down));
    assert_true(stuck.part.bonded);
    assert_false(plant_part_pull(&stuck, &model, tip[2], up)); // 54 N of adhesion hold
    assert_false(stuck.part.bonded);
    assert_false(plant_part_pull(&stuck, &model, tip[2], up)); // nothing left to pull on
    stuck = plant;
    stuck.part.footprint_mm2 = 40; // a small part: 2.4 N
    assert_true(plant_part_pull(&stuck, &model, tip[2], up));
    assert_true(stuck.part.released);
    stuck = plant;
    stuck.part.footprint_mm2 = 100;
    assert_true(plant_part_pull(&stuck, &model, tip[2], side));
    assert_int_equal(stuck.part.shift_nm[0], MM);
    stuck = plant;
    plant_heat_power(&stuck, true, true);
    plant_heat_target(&stuck, PLANT_NOZZLE, 140000);
    plant_heat_advance(&stuck, &model, 300 * SECOND);
    assert_false(stuck.part.bonded); // warmed free
    assert_false(plant_part_pull(&stuck, &model, tip[2], up));
}

static void sideways_snap_of_a_frozen_nozzle(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct plant_fall fall;
    warm_plant(&model, &plant, 1);
    struct plant_pose pose = test_pose(150 * MM + 330 * UM, 150 * MM, 30 * MM);
    int64_t tip[3];
    plant_nozzle(&plant, &model, &pose, tip);
    struct plant_scene scene = {.pose = pose, .surface_nm = tip[2], .sag_given = true};
    plant_outage(&plant, &model, &scene, 1, 200 * SECOND, NULL);
    plant.part.footprint_mm2 = 60;
    plant_energise(&plant, &model, &scene, PLANT_MOTOR_XY, &fall);
    assert_true(fall.released);
    assert_true(plant.part.shift_nm[0] != 0);
}

static struct lab_deposit line(int64_t x0, int64_t x1, int64_t y, int64_t z)
{
    struct lab_deposit d = {.from_nm = {(int32_t)x0, (int32_t)y, (int32_t)z},
                            .to_nm = {(int32_t)x1, (int32_t)y, (int32_t)z}};
    return d;
}

static void surface_knows_what_was_printed(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct surface surface;
    warm_plant(&model, &plant, 1);
    assert_int_equal(surface_init(&surface, &model.printer), 0);
    assert_int_equal(surface_top(&surface, 150 * MM, 150 * MM), PLANT_NO_SURFACE);
    assert_int_equal(surface_under(&surface, &plant, &model, (const int64_t[]){150 * MM, 150 * MM, 0}), 0);
    assert_int_equal(surface_under(&surface, &plant, &model, (const int64_t[]){-15 * MM, 0, 0}), PLANT_NO_SURFACE);
    assert_int_equal(surface_top(&surface, -50 * MM, 900 * MM), PLANT_NO_SURFACE);
    struct lab_deposit entry[40];
    for (int i = 0; i < 40; i++) {
        entry[i] =
            line(140 * MM, 160 * MM, 140 * MM + i % 20 * MM / 2, i < 20 ? 200 * UM : 400 * UM);
    }
    struct lab_ledger ledger = {.entry = entry, .count = 40};
    surface_take(&surface, &ledger, 20);
    assert_int_equal(surface_top(&surface, 150 * MM, 145 * MM), 200 * UM);
    surface_take(&surface, &ledger, 40);
    surface_take(&surface, &ledger, 99);
    assert_int_equal(surface.entries, 40);
    assert_int_equal(surface_top(&surface, 150 * MM, 145 * MM), 400 * UM);
    assert_int_equal(surface_top(&surface, 160 * MM + 400 * UM, 145 * MM),
                     400 * UM); // rim of the tip
    assert_int_equal(surface_top(&surface, 162 * MM, 145 * MM), PLANT_NO_SURFACE);
    assert_int_equal(surface_under(&surface, &plant, &model, (const int64_t[]){150 * MM, 145 * MM, 0}), 400 * UM);
    struct plant moved = plant;
    const int64_t shift[2] = {10 * MM, 0};
    plant_part_release(&moved, shift); // the part went, and its surface with it
    assert_int_equal(surface_under(&surface, &moved, &model, (const int64_t[]){145 * MM, 145 * MM, 0}), 0);
    assert_int_equal(surface_under(&surface, &moved, &model, (const int64_t[]){168 * MM, 145 * MM, 0}), 400 * UM);
    int64_t centre[2], area;
    surface_footprint(&surface, centre, &area);
    assert_true(llabs(centre[0] - 150 * MM) < MM && llabs(centre[1] - 144750 * UM) < MM);
    assert_true(area > 180 && area < 240); // 20.5 x 10 mm
    surface_clear(&surface);
    assert_int_equal(surface_top(&surface, 150 * MM, 145 * MM), PLANT_NO_SURFACE);
    surface_free(&surface);
}

/// A line of 10 mm at this height.
static struct lab_deposit line_at(int64_t z_nm)
{
    return (struct lab_deposit){.from_nm = {100 * MM, 100 * MM, (int32_t)z_nm},
                                .to_nm = {110 * MM, 100 * MM, (int32_t)z_nm}};
}

static void surface_goes_back_to_its_marks(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    warm_plant(&model, &plant, 1);
    struct surface surface, before, within;
    const struct lab_deposit low = line_at(200 * UM), middle = line_at(400 * UM),
                             high = line_at(600 * UM);

    assert_int_equal(surface_init(&surface, &model.printer), 0);
    surface_add(&surface, &low);
    before = surface;
    surface_mark(&surface);
    surface_add(&surface, &middle);
    for (int i = 0; i < 3; i++) {
        within = surface;
        surface_mark(&surface);
        surface_add(&surface, &high);
        assert_int_equal(surface_top(&surface, 105 * MM, 100 * MM), 600 * UM);
        surface_back(&surface, &within);
        assert_int_equal(surface_top(&surface, 105 * MM, 100 * MM), 400 * UM);
        assert_int_equal(surface.highest_nm, 400 * UM);
    }
    surface_add(&surface, &high); // within the outer mark still
    surface_back(&surface, &before);
    assert_int_equal(surface_top(&surface, 105 * MM, 100 * MM), 200 * UM);
    assert_false(surface.marked);
    surface_free(&surface);
}

static void check(struct plant *plant, const struct plant_model *model,
                  const struct surface *surface, const int64_t from[3], const int64_t to[3],
                  int64_t already, struct plant_contact *hit)
{
    struct plant_way way;
    memcpy(way.from_nm, from, sizeof way.from_nm);
    memcpy(way.to_nm, to, sizeof way.to_nm);
    plant_part_from_machine(plant, from, way.part_from_nm);
    plant_part_from_machine(plant, to, way.part_to_nm);
    plant_contact_check(plant, model, surface, &way, already, hit);
}

static void contact_is_told_apart(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct surface surface;
    struct plant_contact hit;
    warm_plant(&model, &plant, 1);
    assert_int_equal(surface_init(&surface, &model.printer), 0);
    for (int i = 0; i < 40; i++) {
        struct lab_deposit d = line(140 * MM, 160 * MM, 140 * MM + i * MM / 2, 5 * MM);
        surface_add(&surface, &d);
    }
    const int64_t from[3] = {130 * MM, 150 * MM, 4800 * UM},
                  to[3] = {170 * MM, 150 * MM, 4800 * UM};
    check(&plant, &model, &surface, from, to, 0, &hit);
    assert_int_equal(hit.hits, PLANT_HIT_PART);
    assert_int_equal(hit.dive_nm, 200 * UM);
    assert_int_equal(plant.part.dents, 1);
    check(&plant, &model, &surface, from, to, 250 * UM, &hit);
    assert_int_equal(hit.hits, 0); // it stood deeper already: the outage's doing
    const int64_t low[3] = {130 * MM, 150 * MM, 4960 * UM},
                  side[3] = {170 * MM, 150 * MM, 4960 * UM};
    check(&plant, &model, &surface, low, side, 0, &hit);
    assert_int_equal(hit.hits, 0); // scrapes within a quarter layer
    const int64_t bed[3] = {20 * MM, 20 * MM, -80 * UM}, away[3] = {30 * MM, 20 * MM, MM};
    check(&plant, &model, &surface, bed, away, 0, &hit);
    assert_int_equal(hit.hits, PLANT_HIT_BED);
    assert_int_equal(hit.bed_nm, 80 * UM);
    const int64_t out[3] = {302 * MM, 20 * MM, 10 * MM}, high[3] = {20 * MM, 20 * MM, 400 * MM};
    check(&plant, &model, &surface, away, out, 0, &hit);
    assert_int_equal(hit.hits, PLANT_HIT_FRAME);
    check(&plant, &model, &surface, away, high, 0, &hit);
    assert_int_equal(hit.hits, PLANT_HIT_FRAME);
    surface_free(&surface);
}

static void a_cold_plough_takes_the_part_along(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    struct surface surface;
    struct plant_contact hit;
    warm_plant(&model, &plant, 1);
    plant.heat.hotend = 30;
    plant.part.footprint_mm2 = 50;
    assert_int_equal(surface_init(&surface, &model.printer), 0);
    struct lab_deposit d = line(140 * MM, 160 * MM, 150 * MM, 20 * MM);
    surface_add(&surface, &d);
    const int64_t from[3] = {130 * MM, 150 * MM, 19 * MM}, to[3] = {141 * MM, 150 * MM, 19 * MM};
    check(&plant, &model, &surface, from, to, 0, &hit);
    assert_int_equal(hit.hits, PLANT_HIT_PART);
    assert_true(plant.part.released);
    surface_free(&surface);
}

static void filament_oozes_and_is_refilled(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    warm_plant(&model, &plant, 1);
    plant.filament.relieved = false;
    assert_true(plant_filament_melts(&plant, &model));
    int64_t deficit = 0;
    for (int i = 0; i < 20; i++) {
        deficit = plant_filament_push(&plant, &model, 500 * UM, SECOND / 10);
    }
    assert_true(deficit < 2 * UM); // steady
    plant_filament_idle(&plant, &model, 10 * SECOND);
    assert_true(llabs(plant.filament.missing_nm - model.printer.ooze_first_nm) < UM);
    plant_filament_idle(&plant, &model, 600 * SECOND);
    assert_true(llabs(plant.filament.missing_nm - model.printer.ooze_first_nm -
                      60 * model.printer.ooze_rate_nm_s) < UM);
    assert_int_equal(plant_filament_push(&plant, &model, 300 * UM, SECOND / 10), 300 * UM);
    for (int i = 0; i < 40; i++) {
        deficit = plant_filament_push(&plant, &model, 500 * UM, SECOND / 10);
    }
    assert_int_equal(plant.filament.missing_nm, 0);
    assert_int_equal(plant_filament_push(&plant, &model, -500 * UM, SECOND / 10), 0);
    assert_true(plant.filament.relieved);
    plant_filament_idle(&plant, &model, 0);
    plant.heat.hotend = 150;
    assert_int_equal(plant_filament_push(&plant, &model, 500 * UM, SECOND / 10), 500 * UM);
    plant_filament_idle(&plant, &model, SECOND);
    assert_int_equal(plant.filament.missing_nm, 0); // too cold to ooze
}

// Pressure lag: what a start from rest leaves out is flow x time constant.
static void pressure_lags(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    warm_plant(&model, &plant, 1);
    int64_t deficit = plant_filament_push(&plant, &model, 5 * MM, SECOND);
    double closed = 5.0e6 * (double)model.printer.advance_us * 1e-6;
    assert_true(fabs((double)deficit - closed) < 0.02 * closed);
}

// The tip's nine places looked up one by one, anywhere over and beside the map.
static void the_tip_covers_nine_places(void **state)
{
    (void)state;
    static const int place[9][2] = {{0, 0},     {500, 0},    {-500, 0},   {0, 500},    {0, -500},
                                    {250, 250}, {250, -250}, {-250, 250}, {-250, -250}};
    struct plant_model model;
    struct surface surface;
    struct noise noise;
    int seen = 0;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    assert_int_equal(surface_init(&surface, &model.printer), 0);
    noise_init(&noise, 3, 0);
    for (int i = 0; i < surface.nx * surface.ny; i++) {
        surface.top_nm[i] = (int32_t)(noise_bits(&noise, NOISE_OTHER, (uint64_t)i) >> 40);
    }
    for (int k = 0; k < 4000; k++) {
        bool rim = k % 2 == 0;
        int64_t at[2], top = PLANT_NO_SURFACE;
        for (int axis = 0; axis < 2; axis++) {
            double u = noise_draw_uniform(&noise, NOISE_OTHER);
            at[axis] = rim && axis == k / 2 % 2
                           ? (k % 3 == 0 ? -20 * MM : (surface.nx - 40) * 500 * UM) +
                                 (int64_t)(4e6 * (u - 0.5))
                           : (int64_t)(380e6 * u) - 40 * MM;
        }
        for (int n = 0; n < 9; n++) {
            int64_t x = at[0] + place[n][0] * UM + 20 * MM, y = at[1] + place[n][1] * UM + 20 * MM;
            int64_t i = x / (500 * UM), j = y / (500 * UM);
            if (x >= 0 && y >= 0 && i < surface.nx && j < surface.ny &&
                surface.top_nm[j * surface.nx + i] > top) {
                top = surface.top_nm[j * surface.nx + i];
            }
        }
        assert_int_equal(surface_top(&surface, at[0], at[1]), top);
        seen += top != PLANT_NO_SURFACE ? 1 : 0;
    }
    assert_true(seen > 2000 && seen < 4000);
    surface_free(&surface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tip_covers_nine_places),
        cmocka_unit_test(draws_stay_in_the_materials_range),
        cmocka_unit_test(shrinks_as_the_books_say),
        cmocka_unit_test(reheating_recovers_the_foot),
        cmocka_unit_test(lets_go_of_a_cold_bed),
        cmocka_unit_test(frozen_nozzle),
        cmocka_unit_test(sideways_snap_of_a_frozen_nozzle),
        cmocka_unit_test(surface_knows_what_was_printed),
        cmocka_unit_test(surface_goes_back_to_its_marks),
        cmocka_unit_test(contact_is_told_apart),
        cmocka_unit_test(a_cold_plough_takes_the_part_along),
        cmocka_unit_test(filament_oozes_and_is_refilled),
        cmocka_unit_test(pressure_lags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
