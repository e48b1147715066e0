// The supply: hold-up at several loads, what dies when, and what a short flicker does.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "sim/plant/test_plant.h"

#define MS INT64_C(1000)

static int64_t rail_after(const struct plant_model *model, int64_t load_mw)
{
    struct plant plant;
    int64_t t;
    plant_init(&plant, model, INT64_MIN);
    plant_supply_load(&plant, model, 0, load_mw);
    plant_supply_mains(&plant, model, 100 * MS, false);
    for (;;) {
        enum plant_power_event event = plant_supply_next(&plant, model, &t);
        if (event == PLANT_POWER_NONE) {
            return -1;
        }
        assert_int_equal(plant_supply_advance(&plant, model, t), event);
        if (event == PLANT_POWER_RAIL) {
            return t - 100 * MS;
        }
    }
}

// Reference physics section 8: 16 ms at 350 W is 5.6 J; 80-120 ms at 45-70 W; 20 ms at 110 W take 2.2 J.
static void hold_up_is_energy(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    assert_true(llabs(rail_after(&model, 350000) - 16 * MS) <= 1);
    assert_true(llabs(rail_after(&model, 175000) - 32 * MS) <= 1);
    int64_t at_45 = rail_after(&model, 45000), at_70 = rail_after(&model, 70000);
    print_message("5.6 J last %lld ms at 45 W, %lld ms at 70 W\n", (long long)(at_45 / MS),
                  (long long)(at_70 / MS));
    assert_true(at_45 > 80 * MS && at_45 < 130 * MS && at_70 >= 80 * MS - 1);
    plant_init(&plant, &model, INT64_MIN);
    plant_supply_load(&plant, &model, 0, 110000);
    plant_supply_mains(&plant, &model, 0, false);
    plant_supply_load(&plant, &model, 20 * MS, 50000);
    assert_true(plant.supply.energy_j > 3.39 && plant.supply.energy_j < 3.41);
    int64_t t;
    model.printer.detect_us = 1000 * MS;
    assert_int_equal(plant_supply_next(&plant, &model, &t), PLANT_POWER_RAIL);
    assert_true(llabs(t - 88 * MS) <= 1); // heaters off early is what makes it last
    plant_supply_load(&plant, &model, 20 * MS, 0);
    assert_int_equal(plant_supply_next(&plant, &model, &t), PLANT_POWER_SEEN);
}

static void things_die_in_order(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    static const enum plant_power_event order[] = {PLANT_POWER_SEEN, PLANT_POWER_RAIL,
                                                   PLANT_POWER_LOGIC};
    int64_t t, last = 0;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    plant_init(&plant, &model, INT64_MIN);
    plant_supply_load(&plant, &model, 0, 100000);
    plant_supply_mains(&plant, &model, 1000 * MS, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(plant_supply_next(&plant, &model, &t), order[i]);
        assert_true(t > last);
        last = t;
        assert_int_equal(plant_supply_advance(&plant, &model, t - 1), PLANT_POWER_NONE);
        assert_int_equal(plant_supply_advance(&plant, &model, t), order[i]);
    }
    assert_int_equal(plant_supply_next(&plant, &model, &t), PLANT_POWER_NONE);
    assert_int_equal(t, INT64_MAX);
    assert_false(plant.supply.logic);
    plant_supply_mains(&plant, &model, 5000 * MS, true);
    assert_true(plant.supply.logic && plant.supply.rail && !plant.supply.seen);
    assert_int_equal(plant_supply_next(&plant, &model, &t), PLANT_POWER_NONE);
}

static void a_flicker_passes(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    int64_t t;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    plant_init(&plant, &model, INT64_MIN);
    plant_supply_load(&plant, &model, 0, 50000);
    plant_supply_mains(&plant, &model, 0, false);
    plant_supply_mains(&plant, &model, 0, false);     // twice is once
    plant_supply_mains(&plant, &model, 5 * MS, true); // shorter than detection
    assert_int_equal(plant_supply_next(&plant, &model, &t), PLANT_POWER_NONE);
    plant_supply_mains(&plant, &model, 100 * MS, false);
    assert_int_equal(plant_supply_advance(&plant, &model, 130 * MS), PLANT_POWER_SEEN);
    plant_supply_mains(&plant, &model, 180 * MS, true); // 80 ms, drivers held
    assert_true(plant.supply.rail);
    assert_int_equal(plant_supply_advance(&plant, &model, 180 * MS), PLANT_POWER_GOOD);
    assert_false(plant.supply.seen);
}

static void domains_and_kills(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    int64_t t;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    plant_init(&plant, &model, INT64_MIN);
    plant_supply_drop(&plant, MS, LAB_DOMAIN_24V);
    assert_false(plant.supply.rail);
    assert_true(plant.supply.logic);
    plant_supply_drop(&plant, 2 * MS, LAB_DOMAIN_LOGIC);
    assert_false(plant.supply.logic);
    plant_init(&plant, &model, INT64_MIN);
    plant_supply_kill(&plant, 3 * MS);
    assert_false(plant.supply.rail || plant.supply.logic || plant.supply.mains);
    assert_int_equal(plant.supply.lost_us, 3 * MS);
    assert_int_equal(plant_supply_next(&plant, &model, &t), PLANT_POWER_NONE);
}

static void loads_add_up(void **state)
{
    (void)state;
    struct plant_model model;
    struct plant plant;
    test_model(&model, LAB_QUASISTATIC, 0, 1);
    plant_init(&plant, &model, INT64_MIN);
    const struct lab_printer *p = &model.printer;
    int64_t idle = p->logic_mw + 4 * p->motor_z_mw + p->motor_xy_mw;
    assert_int_equal(plant_supply_need(&plant, &model, 0), idle);
    assert_int_equal(plant_supply_need(&plant, &model, 500000), idle + p->fan_mw / 2);
    plant_heat_target(&plant, PLANT_NOZZLE, 240000);
    assert_int_equal(plant_supply_need(&plant, &model, 0), idle + p->hotend_mw);
    plant.energised = 0;
    plant_heat_target(&plant, PLANT_NOZZLE, 0);
    assert_int_equal(plant_supply_need(&plant, &model, 0), p->logic_mw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hold_up_is_energy), cmocka_unit_test(things_die_in_order),
        cmocka_unit_test(a_flicker_passes),  cmocka_unit_test(domains_and_kills),
        cmocka_unit_test(loads_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
