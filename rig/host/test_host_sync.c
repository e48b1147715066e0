// A disk that is slow, fails, or hangs: nobody is deaf meanwhile.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <time.h>

#include "rig/host/sync.h"
#include "rig/lines/lines.h"

static int64_t now;
static int moments;
static atomic_bool held, ended;

int64_t lines_now_us(void)
{
    return now;
}

static void nap(int ms)
{
    nanosleep(&(struct timespec){0, ms * 1000000L}, NULL);
}

static void moment(void *ctx, int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    moments++;
    now += *(int64_t *)ctx;
    (void)poll(&wait, 1, 10);
    if (moments == 20)
        held = false;
}

static int disk(int fd)
{
    while (held)
        nap(1);
    ended = true;
    return fd == 7 ? 0 : -EIO;
}

static void a_disk_is_waited_for_in_moments(void **state)
{
    int64_t step_us = 10000;

    (void)state;
    moments = 0;
    held = true;
    ended = false;
    assert_int_equal(host_sync(disk, 7, moment, &step_us), 0);
    assert_true(ended);
    assert_in_range(moments, 20, 40);
}

static void what_it_says_is_told(void **state)
{
    int64_t step_us = 10000;

    (void)state;
    held = false;
    assert_int_equal(host_sync(disk, 8, moment, &step_us), -EIO);
}

/// It is left to itself, and what it needs lives as long as it does.
static void a_disk_that_hangs_is_given_up(void **state)
{
    int64_t step_us = 1000000;

    (void)state;
    moments = 100;
    held = true;
    ended = false;
    assert_int_equal(host_sync(disk, 7, moment, &step_us), -ETIMEDOUT);
    assert_in_range(moments - 100, HOST_SYNC_S, HOST_SYNC_S + 2);
    assert_false(ended);
    held = false;
    for (int n = 0; n < 5000 && !ended; n++)
        nap(1);
    assert_true(ended);
    nap(10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_is_waited_for_in_moments),
        cmocka_unit_test(what_it_says_is_told),
        cmocka_unit_test(a_disk_that_hangs_is_given_up),
    };
    return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
