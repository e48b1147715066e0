// Queues: their file is whole or old, another queue's is left alone, and places are spread.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/input/input.h"
#include "rig/run/queue.h"

static char folder[] = "/tmp/plr_queue_XXXXXX";
static char path[64], fresh[80];

static int begin(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/queue", folder);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    unlink(fresh);
    return rmdir(folder);
}

static void a_queue_goes_on_where_it_was(void **state)
{
    struct run_queue queue = {.what = "tower@1#s1 at varies", .repeat = 10}, again = queue;
    struct lab_error err = {0};

    (void)state;
    assert_int_equal(run_queue_open(&queue, path, &err), 0);
    assert_int_equal(queue.done, 0);
    queue.done = 3, queue.passed = 2, queue.failed = 1;
    static const int64_t us[] = {-1, 8000, 6100, 9300};
    for (int i = 0; i < 4; i++)
        run_spread_add(&queue.sense, us[i]);
    assert_int_equal(run_queue_save(&queue, path), 0);
    assert_int_not_equal(access(fresh, F_OK), 0);
    assert_int_equal(run_queue_open(&again, path, &err), 0);
    assert_int_equal(again.done, 3);
    assert_int_equal(again.passed, 2);
    assert_int_equal(again.failed, 1);
    assert_int_equal(again.line.count, 0);
    assert_int_equal(again.sense.count, 3);
    assert_int_equal(again.sense.min_us, 6100);
    assert_int_equal(again.sense.max_us, 9300);
    assert_int_equal(again.sense.sum_us, 23400);
    again.repeat = 20; // more of the same
    assert_int_equal(run_queue_open(&again, path, &err), 0);
    assert_int_equal(again.done, 3);
}

/// Whoever died in the middle of saving left the file as it was.
static void half_a_file_is_not_looked_at(void **state)
{
    struct run_queue queue = {.what = "tower@1#s1 at varies", .repeat = 10};
    struct lab_error err = {0};

    (void)state;
    FILE *half = fopen(fresh, "w");
    assert_non_null(half);
    fputs("{\"schema\": \"plr-que", half);
    fclose(half);
    assert_int_equal(run_queue_open(&queue, path, &err), 0);
    assert_int_equal(queue.done, 3);
    assert_int_equal(run_queue_save(&queue, path), 0);
    assert_int_not_equal(access(fresh, F_OK), 0);
}

static void what_is_not_ours_is_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "this is no queue of plr-rig"},
        {"{}", "this is no queue of plr-rig"},
        {"{\"schema\": \"plr-run/1\"}", "this is no queue of plr-rig"},
        {"{\"schema\":\"plr-queue/1\",\"what\":\"a\",\"done\":3,\"passed\":1,\"failed\":1}",
         "this is no queue"},
        {"{\"schema\":\"plr-queue/1\",\"what\":\"a\",\"done\":-2,\"passed\":-1,\"failed\":-1}",
         "this is no queue"},
        {"{\"schema\":\"plr-queue/1\",\"what\":\"b\",\"done\":2,\"passed\":1,\"failed\":1}",
         "a queue of other runs (b, and not a)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run_queue queue = {.what = "a", .repeat = 10};
        struct lab_error err = {0};
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(rows[i].text, file);
        fclose(file);
        assert_true(run_queue_open(&queue, path, &err) < 0);
        if (!strstr(err.message, rows[i].says))
            fail_msg("'%s' says '%s'", rows[i].text, err.message);
        assert_int_equal(queue.done, 0);
    }
}

static void a_file_that_cannot_be_kept_is_told(void **state)
{
    struct run_queue queue = {.what = "a", .repeat = 1};

    (void)state;
    assert_true(run_queue_save(&queue, "/nowhere/at/all") < 0);
}

/// Whatever their number, places fill the print evenly and are never twice the same.
static void places_are_spread(void **state)
{
    static struct lab_input input;
    struct lab_error err = {0};
    enum { RUNS = 64, PARTS = 16 };
    int64_t place[RUNS], low = INT64_MAX, high = 0;
    int in[PARTS] = {0};

    (void)state;
    assert_int_equal(
        lab_input_open(&input, "scenarios/voron24_cut.yaml", NULL, NULL, 0, NULL, &err), 0);
    for (int n = 0; n < RUNS; n++) {
        place[n] = run_queue_place(&input.job, n);
        low = place[n] < low ? place[n] : low;
        high = place[n] > high ? place[n] : high;
        for (int i = 0; i < n; i++)
            assert_true(place[i] != place[n]);
    }
    assert_true(low > 0 && high < (int64_t)input.job.size);
    assert_true(high - low > (int64_t)input.job.size * 8 / 10);
    for (int n = 0; n < RUNS; n++)
        in[(place[n] - low) * PARTS / (high - low + 1)]++;
    for (int i = 0; i < PARTS; i++)
        assert_in_range(in[i], RUNS / PARTS - 2, RUNS / PARTS + 2);
    lab_input_close(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_goes_on_where_it_was),
        cmocka_unit_test(half_a_file_is_not_looked_at),
        cmocka_unit_test(what_is_not_ours_is_refused),
        cmocka_unit_test(a_file_that_cannot_be_kept_is_told),
        cmocka_unit_test(places_are_spread),
    };
    return cmocka_run_group_tests_name("queue", tests, begin, end);
}
