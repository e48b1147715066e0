// The option table: rows hold together, and every one reaches its own member of the configuration and no other.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/plr/options.h"

static void rows_hold_together(void **state)
{
    (void)state;
    for (int i = 0; i < PLR_OPTIONS; i++) {
        const struct plr_option *option = plr_option((enum plr_option_id)i);
        assert_true(option->least <= option->min && option->min <= option->max);
        assert_true(option->fallback >= option->min && option->fallback <= option->max);
        assert_true(strlen(option->about) > 10);
        assert_int_equal(plr_option_find(option->name, strlen(option->name)), i);
        // a name's beginning is not the name
        assert_int_not_equal(plr_option_find(option->name, strlen(option->name) - 1), i);
    }
    assert_int_equal(plr_option_find("save", 4), PLR_OPTIONS);
    assert_int_equal(plr_option_find("", 0), PLR_OPTIONS);
}

static void set_one(enum plr_option_id id, int64_t value)
{
    const struct plr_option *option = plr_option(id);
    struct plr_config config;
    struct plr_config untouched;

    memset(&config, 0x5a, sizeof config);
    untouched = config;
    assert_int_equal(plr_option_set(&config, id, value), 0);
    assert_true(plr_option_get(&config, id) == value);
    memcpy((char *)&config + option->offset, (char *)&untouched + option->offset, option->size);
    assert_memory_equal(&config, &untouched, sizeof config);
}

static void every_row_reaches_its_member(void **state)
{
    (void)state;
    for (int i = 0; i < PLR_OPTIONS; i++) {
        enum plr_option_id id = (enum plr_option_id)i;
        const struct plr_option *option = plr_option(id);
        struct plr_config config = {0};

        if (option->size == 0) {
            assert_int_equal(plr_option_set(&config, id, option->min), PLR_ENOENT);
            assert_true(plr_option_get(&config, id) == 0);
            continue;
        }
        set_one(id, option->least);
        set_one(id, option->max);
        set_one(id, option->fallback);
        assert_int_equal(plr_option_set(&config, id, option->least - 1), PLR_ERANGE);
        assert_int_equal(plr_option_set(&config, id, option->max + 1), PLR_ERANGE);
    }
}

static void ranges_are_the_guides(void **state)
{
    (void)state;
    static const struct {
        enum plr_option_id id;
        int64_t min, max, fallback;
    } guide[] = {{PLR_O_save_interval, 0, 300000000, 30000000},
                 {PLR_O_save_on_layer, 0, 1, 1},
                 {PLR_O_debug_mode, 0, 1, 0},
                 {PLR_O_history_size, 2, 20, 5},
                 {PLR_O_save_delay, 1, 4, 2}};
    for (size_t i = 0; i < sizeof guide / sizeof *guide; i++) {
        const struct plr_option *option = plr_option(guide[i].id);
        assert_true(option->min == guide[i].min && option->max == guide[i].max);
        assert_true(option->fallback == guide[i].fallback);
    }
    struct plr_config config = {0};
    assert_int_equal(plr_option_set(&config, PLR_O_save_interval, 7000000), 0);
    assert_int_equal(config.save_interval_us, 7000000);
    assert_int_equal(plr_option_set(&config, PLR_O_stepper_z2_adjust_offset, -300000), 0);
    assert_int_equal(config.adjust_offset_nm[2], -300000);
    assert_int_equal(plr_option_set(&config, PLR_O_samples_tolerance_retries, 4), 0);
    assert_int_equal(config.samples_retries, 4);
    assert_int_equal(plr_option_set(&config, PLR_O_samples_tolerance_retries, 0), 0);
    assert_int_equal(config.samples_retries, PLR_NO_RETRIES); // 0 would be the default
    assert_int_equal(plr_option_get(&config, PLR_O_samples_tolerance_retries), 0);
}

/// part_cooling_fans in the ways it is written.
static void fans_are_found_by_name(void **state)
{
    static const struct {
        const char *names;
        uint8_t fans;
    } cases[] = {
        {"", 0},
        {" , \n", 0},
        {"fan", 1},
        {"fan,fan", 1},
        {"fan, exhaust", 1 | 2},
        {"exhaust", 2},
        {"side2,fan3", 4 | 8},
        {"\n fan\n side2", 1 | 4},
        {"extruder_fan", 1},
        {"extruder1_fan", 1},
        {"my_fan", 2},
        {"far7", 0}, // named, and none that is followed
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t named = cases[i].names[strspn(cases[i].names, " ,\n")] ? PLR_FANS_NAMED : 0;
        assert_int_equal(plr_fans(cases[i].names), cases[i].fans | named);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_hold_together),
        cmocka_unit_test(every_row_reaches_its_member),
        cmocka_unit_test(ranges_are_the_guides),
        cmocka_unit_test(fans_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
