// Stores with defects on purpose: each must be caught by one of the sweeps, and the one without by none.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/lab/store/defect.h"
#include "core/lab/store/life.h"

enum store_defect store_defect;

static const struct life usual = {{4096, 12, 2}, {4096, 14, 3}, 9};
static const struct life packed = {{512, 12, 2}, {512, 14, 3}, 9};
static struct crash crash;

enum sweep { CRASHES, FAILURES, OPENINGS };

#define ABOUT(name, about) [STORE_DEFECT_##name] = #name " (" about ")",
static const char *const abouts[] = {STORE_DEFECT_LIST(ABOUT)};

/// What catches each.
static const enum sweep catches[STORE_DEFECTS_COUNT] = {
    [STORE_DEFECT_SYNC_ERROR_IGNORED] = FAILURES,  [STORE_DEFECT_SYNC_TRIED_AGAIN] = FAILURES,
    [STORE_DEFECT_SHORT_WRITE_IGNORED] = FAILURES, [STORE_DEFECT_NOT_FORGOTTEN] = FAILURES,
    [STORE_DEFECT_OLD_FD_KEPT] = FAILURES,         [STORE_DEFECT_NOT_LOCKED] = OPENINGS};

static bool crash_everywhere(void)
{
    static const struct crash_policy policy = {.limit = 32, .draws = 8};
    return life_crashed(&crash, &usual, &policy);
}

static bool fail_everywhere(void)
{
    static const struct crash_policy policy = {.limit = 4, .draws = 2};
    uint64_t failures;
    return life_failing(&crash, &usual, &policy, &failures);
}

static void each_defect_is_caught(void **state)
{
    (void)state;
    for (int i = STORE_DEFECT_NONE + 1; i < STORE_DEFECTS_COUNT; i++) {
        if (catches[i] == OPENINGS)
            continue; // below
        store_defect = (enum store_defect)i;
        bool good = catches[i] == FAILURES ? fail_everywhere() : crash_everywhere();
        store_defect = STORE_DEFECT_NONE;
        print_message("%s: %s, after %u states\n", abouts[i], good ? "NOT CAUGHT" : crash.message,
                      (unsigned)(crash.states + crash.second));
        assert_false(good);
    }
}

static void none_is_caught_without_one(void **state)
{
    (void)state;
    if (!crash_everywhere())
        fail_msg("%s", crash.message);
}

/// With several units in a page that a cut may leave in any state, a write endangers what was committed beside it.
static void units_that_share_a_page_are_caught(void **state)
{
    static const struct crash_policy policy = {.limit = 64, .draws = 8, .tears = true};

    (void)state;
    assert_false(life_crashed(&crash, &packed, &policy));
    print_message("pages of 512: %s\n", crash.message);
}

static void a_missing_lock_is_seen(void **state)
{
    static struct bench bench;
    static struct store other;

    (void)state;
    bench_begin(&bench, &usual.shape);
    assert_int_equal(bench_open(&bench), 0);
    assert_int_equal(store_open(&other, "d/s", NULL, &model_os, &bench.model), PLR_EBUSY);
    store_defect = STORE_DEFECT_NOT_LOCKED;
    assert_int_equal(store_open(&other, "d/s", NULL, &model_os, &bench.model), 0);
    store_defect = STORE_DEFECT_NONE;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_defect_is_caught),
        cmocka_unit_test(none_is_caught_without_one),
        cmocka_unit_test(units_that_share_a_page_are_caught),
        cmocka_unit_test(a_missing_lock_is_seen),
    };
    return cmocka_run_group_tests_name("store mutants", tests, NULL, NULL);
}
