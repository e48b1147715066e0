// A disk that stands still holds nobody up.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "rig/run/spool.h"

/// The disk: while it is held, it takes nothing.
static struct {
    pthread_mutex_t held;
    unsigned char bytes[1 << 16];
    size_t size;
    int bad;
    int nap_ms; ///< for each piece
} disk = {.held = PTHREAD_MUTEX_INITIALIZER};

static int to_disk(void *ctx, const void *bytes, size_t size)
{
    (void)ctx;
    nanosleep(&(struct timespec){0, disk.nap_ms * 1000000L}, NULL);
    pthread_mutex_lock(&disk.held);
    memcpy(disk.bytes + disk.size, bytes, size);
    disk.size += size;
    pthread_mutex_unlock(&disk.held);
    return disk.bad;
}

static void what_has_room_arrives_in_order_and_whole(void **state)
{
    unsigned char piece[100], want[1000];
    struct spool *spool;
    int taken = 0;

    (void)state;
    disk.size = 0;
    disk.bad = 0;
    pthread_mutex_lock(&disk.held);
    assert_int_equal(spool_open(&spool, to_disk, NULL, sizeof want), 0);
    for (int n = 0; n < 25;
         n++) { // one who waited would never come back: the disk is in these hands
        memset(piece, n, sizeof piece);
        int bad = spool_put(spool, piece, sizeof piece);
        assert_int_equal(bad, n < 10 ? 0 : -EAGAIN);
        if (!bad)
            memcpy(want + 100 * taken++, piece, sizeof piece);
    }
    assert_int_equal(spool_wait(spool, 20000), -ETIMEDOUT);
    pthread_mutex_unlock(&disk.held);
    assert_int_equal(spool_wait(spool, 10000000), 0);
    assert_int_equal(disk.size, sizeof want);
    assert_memory_equal(disk.bytes, want, sizeof want);
    assert_int_equal(spool_put(spool, piece, sizeof piece), 0); // there is room again
    assert_int_equal(spool_wait(spool, 10000000), 0);
    assert_int_equal(disk.size, sizeof want + sizeof piece);
    spool_close(spool);
}

static void the_first_error_ends_it(void **state)
{
    struct spool *spool;

    (void)state;
    disk.size = 0;
    disk.bad = -ENOSPC;
    assert_int_equal(spool_open(&spool, to_disk, NULL, 1000), 0);
    assert_int_equal(spool_put(spool, "abc", 3), 0);
    assert_int_equal(spool_wait(spool, 10000000), -ENOSPC);
    assert_int_equal(spool_put(spool, "def", 3), -ENOSPC);
    spool_close(spool);
    assert_int_equal(disk.size, 3);
    spool_close(NULL);
}

/// What nobody waited for is dropped when it is let go of.
static void letting_go_waits_for_no_more_than_one_piece(void **state)
{
    struct spool *spool;

    (void)state;
    disk.size = 0;
    disk.bad = 0;
    disk.nap_ms = 100;
    assert_int_equal(spool_open(&spool, to_disk, NULL, 1000), 0);
    for (int n = 0; n < 10; n++)
        assert_int_equal(spool_put(spool, "0123456789", 10), 0);
    spool_close(spool);
    disk.nap_ms = 0;
    assert_true(disk.size <= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_room_arrives_in_order_and_whole),
        cmocka_unit_test(the_first_error_ends_it),
        cmocka_unit_test(letting_go_waits_for_no_more_than_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
