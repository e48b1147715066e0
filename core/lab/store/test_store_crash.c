// A store in a file, crashed at every call of its life, in everything that a file system may then have kept, and with every call failing.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/lab/store/life.h"

static const struct life small = {{512, 12, 2}, {512, 14, 3}, 9};
static const struct life usual = {{4096, 12, 2}, {4096, 14, 3}, 9};
static struct crash crash;

static void told(const char *what)
{
    print_message("%s: %u crash points (%u with every combination), %u states, %u behind a second "
                  "crash, %u different\n",
                  what, (unsigned)crash.points, (unsigned)crash.exhaustive, (unsigned)crash.states,
                  (unsigned)crash.second, (unsigned)crash.unique);
}

static void held(const char *what, bool good)
{
    told(what);
    if (!good)
        fail_msg("%s", crash.message);
}

static void every_crash_with_pages_of_4096(void **state)
{
    static const struct crash_policy policy = {.thin = PLR_TEST_THIN,
                                               .limit = 512,
                                               .draws = 16,
                                               .each = true,
                                               .tears = true,
                                               .second_every = 127};

    (void)state;
    held("pages of 4096", life_crashed(&crash, &usual, &policy));
}

static void every_crash_with_pages_of_512(void **state)
{
    static const struct crash_policy policy = {
        .thin = PLR_TEST_THIN, .limit = 512, .draws = 32, .each = true, .second_every = 127};

    (void)state;
    held("pages of 512", life_crashed(&crash, &small, &policy));
}

static void every_call_fails(void **state)
{
    static const struct crash_policy policy = {.thin = PLR_TEST_THIN, .limit = 4, .draws = 2};
    uint64_t failures;

    (void)state;
    bool good = life_failing(&crash, &usual, &policy, &failures);
    print_message("%u calls that failed\n", (unsigned)failures);
    held("failing calls", good);
    assert_int_equal(crash.unreported, 0);
    assert_true(failures > 2000 / PLR_TEST_THIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_crash_with_pages_of_4096),
        cmocka_unit_test(every_crash_with_pages_of_512),
        cmocka_unit_test(every_call_fails),
    };
    return cmocka_run_group_tests_name("store crashes", tests, NULL, NULL);
}
