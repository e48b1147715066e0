// Heat: cooling and heating times against measured and sourced figures; independence of how time is sliced.
// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/plant/test_plant.h"

#define SECOND INT64_C(1000000)

static void hotend_cools_as_marlin_fits_say(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, 25000);
    plant.heat.hotend = plant.heat.sensor = 240;
    int64_t t = plant_heat_when(&plant, &model, 1, -100000, 60000, 1000 * SECOND);
    print_message("240 C to 60 C in %lld s\n", (long long)(t / SECOND));
    assert_true(t > 205 * SECOND && t < 240 * SECOND); // about 220 s (section 6)
}

static void hotend_holds_its_target(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    int32_t top = 0;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, 25000);
    plant_heat_target(&plant, PLANT_NOZZLE, 240000);
    int64_t there = plant_heat_when(&plant, &model, 1, 239000, 241000, 600 * SECOND);
    assert_true(there > 60 * SECOND && there < 150 * SECOND);
    for (int s = 0; s < 600; s++) {
        plant_heat_advance(&plant, &model, s * SECOND);
        int32_t now = plant_heat_read(&plant, 1);
        top = now > top ? now : top;
    }
    print_message("240 C reached after %lld s, overshoot %d mK\n", (long long)(there / SECOND),
                  (int)(top - 240000));
    assert_true(top < 243000);
    assert_true(abs(plant_heat_read(&plant, 1) - 240000) < 300);
}

static void bed_heats_in_five_to_nine_minutes(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, 24000);
    plant_heat_target(&plant, PLANT_BED, 105000);
    int64_t t = plant_heat_when(&plant, &model, 0, 104000, 107000, 1200 * SECOND);
    print_message("bed 24 C to 104 C in %lld s\n", (long long)(t / SECOND));
    assert_true(t > 270 * SECOND && t < 540 * SECOND);
    plant_heat_advance(&plant, &model, 1800 * SECOND);
    assert_true(abs(plant_heat_read(&plant, 0) - 105000) < 300);
}

static void bed_cools_as_measured(void **state)
{
    (void)state;
    static const struct {
        int64_t s;
        double degc;
    } measured[] = {{300, 84}, {600, 73}, {900, 65}, {1800, 50}, {3600, 36}, {5400, 31}};
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, 25000);
    plant_soak(&plant, &model, 105000, 100000); // the runs kept their nozzle at 100 C
    plant_heat_target(&plant, PLANT_BED, 0);
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++) {
        plant_heat_advance(&plant, &model, measured[i].s * SECOND);
        double now = (double)plant_heat_read(&plant, 0) * 1e-3;
        print_message("bed after %4lld s: %5.1f C, measured %2.0f\n", (long long)measured[i].s, now,
                      measured[i].degc);
        assert_true(fabs(now - measured[i].degc) < 2.0);
    }
}

static void soak_is_steady(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    plant_soak(&plant, &model, 105000, 240000);
    plant_reference(&plant);
    int32_t chamber = plant_heat_read(&plant, -1), plate = plant_heat_true(&plant, 0);
    int64_t z = plant_heat_z(&plant, &model);
    plant_heat_advance(&plant, &model, 7200 * SECOND);
    assert_true(abs(plant_heat_read(&plant, -1) - chamber) < 20);
    assert_true(abs(plant_heat_true(&plant, 0) - plate) < 20);
    assert_true(llabs(plant_heat_z(&plant, &model) - z) < 300);
    assert_true(chamber > 38000 && chamber < 52000);
    assert_true(plate < 105000 && plate > 95000);
}

static void slicing_does_not_matter(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant a, b;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    plant_init(&a, &model, INT64_MIN);
    plant_heat_target(&a, PLANT_BED, 90000);
    plant_heat_target(&a, PLANT_NOZZLE, 200000);
    b = a;
    plant_heat_advance(&a, &model, 500 * SECOND);
    for (int64_t t = 0; t <= 500 * SECOND; t += 77777) {
        plant_heat_advance(&b, &model, t);
    }
    plant_heat_advance(&b, &model, 500 * SECOND);
    assert_memory_equal(&a, &b, sizeof a);
}

static void power_feeds_what_it_feeds(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    int64_t mw[PLANT_HEATERS];
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    plant_heat_target(&plant, PLANT_BED, 105000);
    plant_heat_target(&plant, PLANT_NOZZLE, 240000);
    plant_heat_draw(&plant, &model, mw);
    assert_int_equal(mw[PLANT_BED], model.printer.bed_mw);
    assert_int_equal(mw[PLANT_NOZZLE], model.printer.hotend_mw);
    plant_heat_power(&plant, false, true);
    plant_heat_draw(&plant, &model, mw);
    assert_int_equal(mw[PLANT_BED], 0);
    assert_int_equal(mw[PLANT_NOZZLE], model.printer.hotend_mw);
    plant_heat_power(&plant, false, false);
    plant_heat_advance(&plant, &model, 60 * SECOND);
    assert_int_equal(plant_heat_true(&plant, 0), model.printer.ambient_mc);
    assert_int_equal(plant_heat_when(&plant, &model, 1, 100000, 110000, 120 * SECOND), -1);
}

// From cold to soaked the bed-side parts first rise, then the frame takes more than they gave (the measured course).
static void z_rises_then_falls(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    model.printer.frame_nm_k =
        17000; // as for the nozzle on a frame-mounted pin (ci/validate fits both to D1)
    model.printer.bed_rise_nm = 250 * UM;
    plant_init(&plant, &model, INT64_MIN);
    int64_t start = plant_heat_z(&plant, &model), lowest = 0;
    plant_heat_target(&plant, PLANT_BED, 105000);
    for (int s = 0; s < 7200; s += 30) {
        plant_heat_advance(&plant, &model, s * SECOND);
        int64_t z = plant_heat_z(&plant, &model) - start;
        lowest = z < lowest ? z : lowest;
    }
    assert_true(lowest < -20 * UM); // the gap closes: the bed rises
    assert_true(plant_heat_z(&plant, &model) - start > 60 * UM);
}

static void nozzle_grows(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, all_noise_off, 1);
    plant_init(&plant, &model, INT64_MIN);
    int64_t cold = plant_heat_z(&plant, &model);
    plant.heat.hotend = plant.heat.room + 200;
    assert_true(llabs(cold - plant_heat_z(&plant, &model) - 60 * UM) < 10); // 0.3 um/K
}

// A machine without power cools many steps at once: as step by step, in every state, and what is crossed on the way happens when it is
// crossed.
static void cooling_at_once_is_cooling_step_by_step(void **state)
{
    (void)state;
    int let_go = 0, froze = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct plant_model model;
        struct plant at_once, by_steps;
        test_model(&model, LAB_QUASISTATIC, 0, seed);
        plant_init(&at_once, &model, 22000);
        plant_soak(&at_once, &model, 95000 + (int32_t)seed * 400, 240000);
        at_once.part.resting = seed % 2 == 0;
        plant_part_mark(&at_once);
        plant_heat_power(&at_once, false, false);
        by_steps = at_once;
        for (int64_t s = 1; s <= 1800; s++) {
            plant_heat_advance(&at_once, &model, s * SECOND);
            for (int64_t quarter = 3; quarter >= 0; quarter--) {
                plant_heat_advance(&by_steps, &model, s * SECOND - quarter * SECOND / 4);
            }
            const struct plant_heat *a = &at_once.heat, *b = &by_steps.heat;
            assert_int_equal(a->grid, b->grid);
            assert_true(fabs(a->hotend - b->hotend) + fabs(a->sensor - b->sensor) < 1e-9);
            assert_true(fabs(a->mat - b->mat) + fabs(a->plate - b->plate) < 1e-9);
            assert_true(fabs(a->chamber - b->chamber) + fabs(a->bed_parts - b->bed_parts) < 1e-9);
            assert_true(fabs(a->part_low - b->part_low) + fabs(a->part_high - b->part_high) < 1e-9);
            assert_int_equal(at_once.part.released, by_steps.part.released);
            assert_int_equal(at_once.part.bonded, by_steps.part.bonded);
            assert_int_equal(at_once.filament.missing_nm, by_steps.filament.missing_nm);
        }
        let_go += at_once.part.released ? 1 : 0;
        froze += at_once.part.bonded && at_once.filament.missing_nm > 0 ? 1 : 0;
    }
    assert_true(let_go > 5 && froze == 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cooling_at_once_is_cooling_step_by_step),
        cmocka_unit_test(hotend_cools_as_marlin_fits_say),
        cmocka_unit_test(hotend_holds_its_target),
        cmocka_unit_test(bed_heats_in_five_to_nine_minutes),
        cmocka_unit_test(bed_cools_as_measured),
        cmocka_unit_test(soak_is_steady),
        cmocka_unit_test(slicing_does_not_matter),
        cmocka_unit_test(power_feeds_what_it_feeds),
        cmocka_unit_test(z_rises_then_falls),
        cmocka_unit_test(nozzle_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
