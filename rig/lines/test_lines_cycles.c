// When relays went on: ages across boots, and the file.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig/lines/cycles.h"

static const int64_t min_us = INT64_C(60000000);

static char path[64];
static struct lab_error err;

/// What was told, as words.
static char told[1024];

static void tell(void *ctx, const char *relay, int64_t age_us)
{
    size_t used = strlen(told);

    (void)ctx;
    snprintf(told + used, sizeof told - used, "%s %lld, ", relay, (long long)(age_us / min_us));
}

static int begin(void **state)
{
    (void)state;
    strcpy(path, "/tmp/plr_cycles_XXXXXX");
    close(mkstemp(path));
    unlink(path);
    told[0] = '\0';
    lab_error_clear(&err);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void has(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void holds(const char *text)
{
    char all[512] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    all[fread(all, 1, sizeof all - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(all, text);
}

static void ages_are_never_too_high(void **state)
{
    static const struct {
        struct cycles_clock then, now;
        int64_t age_min;
    } cases[] = {
        // one boot: its own clock, whatever the calendar was set to
        {{"a", 600000000, 1000, true}, {"a", 1200000000, 900000, true}, 10},
        {{"a", 600000000, 900000, true}, {"a", 1200000000, 1000, true}, 10},
        {{"a", 1200000000, 0, true}, {"a", 600000000, 0, true}, 0}, // no clock runs so
        // across a boot: the calendar where it was kept, at least since the boot
        {{"a", 600000000, 1000, true}, {"b", 60000000, 1000 + 1800, true}, 30},
        {{"a", 600000000, 9000, true}, {"b", 60000000, 1000, true}, 1},
        {{"a", 600000000, 1000, false}, {"b", 60000000, 1000 + 1800, true}, 1},
        {{"a", 600000000, 1000, true}, {"b", 60000000, 1000 + 1800, false}, 1},
        {{"a", 600000000, 1000, false}, {"b", 5400000000, 1000, false}, 90},
        // who does not know its boot may be in the same, unless time went back
        {{"-", 600000000, 1000, true}, {"-", 660000000, 1000 + 1800, true}, 1},
        {{"a", 600000000, 1000, false}, {"-", 660000000, 1060, false}, 1},
        {{"-", 6000000000, 1000, false}, {"-", 660000000, 1060, false}, 11},
        {{"a", 0, 0, true}, {"b", 0, INT64_MAX, true}, INT64_MAX / 1000000 / 60},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(cycles_age_us(&cases[i].then, &cases[i].now) / min_us, cases[i].age_min);
}

static void what_is_added_is_read(void **state)
{
    struct cycles_clock now = {"a", 600000000, 1000, true};

    (void)state;
    assert_int_equal(cycles_read(path, &now, tell, NULL, &err), 0); // there is none yet
    assert_int_equal(cycles_add(path, &now, "mains"), 0);
    now.up_us += 2 * min_us;
    assert_int_equal(cycles_add(path, &now, "24 V of the board"), 0);
    now.up_us += 3 * min_us;
    assert_int_equal(cycles_read(path, &now, tell, NULL, &err), 0);
    assert_string_equal(told, "mains 5, 24 V of the board 3, ");
    assert_int_equal(cycles_sync(path), 0);
    holds("a 600000000 1000 1 mains\na 720000000 1000 1 24 V of the board\n");
}

static void an_hour_and_what_is_torn_go(void **state)
{
    const struct cycles_clock now = {"a", 3660000000, 1000, true};

    (void)state;
    has("b 1 1 0 old\na 60000000 1000 1 just over\na 60000001 1000 1 mains\na 3600000000 1000 1 "
        "mains\na 36000");
    assert_int_equal(cycles_read(path, &now, tell, NULL, &err), 0);
    assert_string_equal(told, "mains 59, mains 1, ");
    holds("a 60000001 1000 1 mains\na 3600000000 1000 1 mains\n");
    assert_int_equal(cycles_add(path, &now, "mains"), 0); // and what comes next stands alone
    told[0] = '\0';
    assert_int_equal(cycles_read(path, &now, tell, NULL, &err), 0);
    assert_string_equal(told, "mains 59, mains 1, mains 0, ");
}

/// A power cut may leave zeros where the end was.
static void zeros_are_torn_too(void **state)
{
    const struct cycles_clock now = {"a", 3660000000, 1000, true};

    (void)state;
    has("a 3600000000 1000 1 mains\n");
    assert_int_equal(truncate(path, 60), 0);
    assert_int_equal(cycles_read(path, &now, tell, NULL, &err), 0);
    holds("a 3600000000 1000 1 mains\n");
}

static void other_files_are_left_alone(void **state)
{
    static const char *const files[] = {"a 1 1 1 mains\nhello\n", "a 1 1 1 mains\na 1 1 2 mains\n",
                                        "a 1 1 1 mains\na 1 1 1 \n",
                                        "a 1 1 1 mains\na -1 1 1 mains\n", "a 1 1 1 mains\n\n"};
    const struct cycles_clock now = {"a", 60000000, 1000, true};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        lab_error_clear(&err);
        has(files[i]);
        assert_int_equal(cycles_read(path, &now, tell, NULL, &err), -EBADMSG);
        assert_non_null(strstr(err.message, "line 2 says nothing"));
        holds(files[i]);
    }
}

static void a_clock_runs(void **state)
{
    struct cycles_clock one, two;

    (void)state;
    cycles_now(&one);
    cycles_now(&two);
    assert_string_equal(one.boot, two.boot);
    assert_true(one.up_us > 0 && two.up_us >= one.up_us);
    assert_true(one.wall_s > 0);
}

static void a_bench_has_one_file(void **state)
{
    char real[CYCLES_PATH], through[CYCLES_PATH], other[80];

    (void)state;
    has("about: a bench\n");
    snprintf(other, sizeof other, "%s.link", path);
    assert_int_equal(symlink(path, other), 0);
    assert_int_equal(cycles_path(path, real), 0);
    assert_int_equal(cycles_path(other, through), 0);
    unlink(other);
    assert_string_equal(real, through);
    assert_string_equal(real + strlen(real) - 7, ".cycles");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_are_never_too_high),
        cmocka_unit_test_setup_teardown(what_is_added_is_read, begin, end),
        cmocka_unit_test_setup_teardown(an_hour_and_what_is_torn_go, begin, end),
        cmocka_unit_test_setup_teardown(zeros_are_torn_too, begin, end),
        cmocka_unit_test_setup_teardown(other_files_are_left_alone, begin, end),
        cmocka_unit_test(a_clock_runs),
        cmocka_unit_test_setup_teardown(a_bench_has_one_file, begin, end)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
