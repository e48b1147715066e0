// A store on a real file system: a writer that is killed at any moment, two openers, no room, no folder.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/lab/store/store.h"

enum { ROUNDS = 30, PAYLOAD = 380, TEXT = 160 };

static const struct store_shape small = {4096, 12, 2};
static char folder[TEXT], path[TEXT + 8];
static struct store store;
static struct plr_journal journal;

static int open_store(void)
{
    int error = store_open(&store, path, &small, &store_posix, NULL);

    if (!error)
        error = plr_journal_mount(&journal, &store.geometry, &store_nv, &store);
    return error;
}

static uint8_t byte_of(uint32_t id, uint32_t i)
{
    return (uint8_t)(i < 4 ? id >> (8 * i) : id * 31 + i * 7);
}

/// Odd ones are states, even ones ticks.
static int append(uint32_t id)
{
    uint8_t payload[PAYLOAD];

    for (uint32_t i = 0; i < sizeof payload; i++)
        payload[i] = byte_of(id, i);
    return plr_journal_append(&journal, &store_nv, &store,
                              id % 2 ? PLR_RECORD_JOB : PLR_RECORD_TICK, payload,
                              id % 2 ? PAYLOAD : 57);
}

static uint32_t found(enum plr_record_kind kind)
{
    uint8_t is[PLR_RECORD_MAX];
    uint32_t id = 0;

    int size = plr_journal_read(&journal, &store_nv, &store, kind, is, sizeof is, NULL);
    if (size == PLR_ENOENT)
        return 0;
    assert_int_equal(size, kind == PLR_RECORD_JOB ? PAYLOAD : 57);
    for (uint32_t i = 0; i < 4; i++)
        id |= (uint32_t)is[i] << (8 * i);
    for (uint32_t i = 0; i < (uint32_t)size; i++)
        assert_int_equal(is[i], byte_of(id, i));
    return id;
}

static uint32_t newest(void)
{
    uint32_t job = found(PLR_RECORD_JOB), tick = found(PLR_RECORD_TICK);
    return job > tick ? job : tick;
}

/// Append without end, and say of each that it is safe.
static _Noreturn void write_on(uint32_t id, int tell)
{
    if (open_store())
        _exit(1);
    for (;; id++) {
        if (append(id) <= 0 || write(tell, &id, sizeof id) != sizeof id)
            _exit(1);
    }
}

/// Kill the writer some time behind the `count`-th record. Returns the last one that it said was safe.
static uint32_t killed_behind(uint32_t count, uint32_t from, long wait_ns)
{
    int pipe_fd[2], status;
    uint32_t id, last = from - 1;

    assert_int_equal(pipe(pipe_fd), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        write_on(from, pipe_fd[1]);
    (void)close(pipe_fd[1]);
    for (uint32_t i = 0; i < count && read(pipe_fd[0], &id, sizeof id) == sizeof id; i++)
        last = id;
    (void)nanosleep(&(struct timespec){0, wait_ns}, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipe_fd[0], &id, sizeof id) == sizeof id)
        last = id;
    (void)close(pipe_fd[0]);
    return last;
}

static void a_killed_writer_loses_nothing(void **state)
{
    uint64_t random = 1;
    uint32_t id = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint32_t count = (uint32_t)(random >> 33) % 12; // 0: perhaps while the file is made
        uint32_t last = killed_behind(count, id + 1, (long)(random >> 40) % 3000000);
        assert_int_equal(open_store(), 0);
        id = newest();
        if (id != last && id != last + 1)
            fail_msg("round %d: found %u, %u was safe", round, id, last);
        store_close(&store);
    }
    print_message("%u records, killed %d times\n", id, (int)ROUNDS);
    assert_true(id > ROUNDS);
}

static void one_daemon_at_a_time(void **state)
{
    static struct store other;
    int status;

    (void)state;
    assert_int_equal(open_store(), 0);
    assert_int_equal(store_open(&other, path, NULL, &store_posix, NULL), PLR_EBUSY);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(store_open(&other, path, NULL, &store_posix, NULL) == PLR_EBUSY ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    store_close(&store);
    assert_int_equal(open_store(), 0);
    store_close(&store);
}

static void another_shape(void **state)
{
    static const struct store_shape usual = {0};

    (void)state;
    assert_int_equal(open_store(), 0);
    uint32_t id = newest();
    assert_int_equal(store_reshape(&store, &journal, &usual), 0);
    assert_int_equal(newest(), id);
    store_close(&store);
    assert_int_equal(open_store(), 0);
    assert_int_equal(store.shape.block_pages, 64);
    assert_int_equal(newest(), id);
    store_close(&store);
}

/// A write that the system cuts short and then refuses: nothing of the new file is left.
static void no_room(void **state)
{
    struct rlimit was;
    char other[TEXT + 16], left[TEXT + 32];

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, was.rlim_max}), 0);
    (void)snprintf(other, sizeof other, "%s/other", folder);
    int error = store_open(&store, other, NULL, &store_posix, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(error, -EFBIG);
    assert_string_equal(store.fault.call, "pwrite");
    assert_int_not_equal(access(other, F_OK), 0);
    (void)snprintf(left, sizeof left, "%s.new", other);
    assert_int_not_equal(access(left, F_OK), 0);
}

static void no_folder(void **state)
{
    char other[TEXT + 32];

    (void)state;
    (void)snprintf(other, sizeof other, "%s/none/s", folder);
    assert_int_equal(store_open(&store, other, NULL, &store_posix, NULL), -ENOENT);
    assert_string_equal(store.fault.call, "open");
}

static int make_folder(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    (void)snprintf(folder, sizeof folder, "%.100s/store-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/state", folder);
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const left[] = {"state", "state.lock", "state.new", "other.lock"};
    char file[TEXT + 32];

    (void)state;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", folder, left[i]);
        (void)unlink(file);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_writer_loses_nothing),
        cmocka_unit_test(one_daemon_at_a_time),
        cmocka_unit_test(another_shape),
        cmocka_unit_test(no_room),
        cmocka_unit_test(no_folder),
    };
    return cmocka_run_group_tests_name("store files", tests, make_folder, remove_folder);
}
