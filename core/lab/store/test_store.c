// A store's manners: what it refuses, what it tells of errors, what it leaves behind, and what a commit costs.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/lab/store/crash.h"

static const struct store_shape small = {4096, 12, 2};
static struct bench bench;

static int begin(void **state)
{
    (void)state;
    bench_begin(&bench, &small);
    return 0;
}

static void shapes(void **state)
{
    static const struct store_shape wrong[] = {
        {256, 12, 2},    {3000, 12, 2}, {32768, 12, 2}, {4096, 9, 2},
        {4096, 5000, 2}, {4096, 12, 1}, {4096, 12, 65},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bench.shape = wrong[i];
        assert_int_equal(bench_open(&bench), PLR_EINVAL);
    }
    assert_int_equal(bench.model.calls, 0); // nothing was touched
    bench.shape = (struct store_shape){512, STORE_BLOCK_MIN, 2};
    assert_int_equal(bench_open(&bench), 0);
    assert_int_equal(bench.store.geometry.prog_size, 512);
    assert_int_equal(bench.store.geometry.erase_size, 5120);
    assert_int_equal(bench.store.geometry.block_count, 2);
    assert_int_equal(bench.store.geometry.endurance, 0);
}

/// The file says how it is laid out, whatever is asked for.
static void a_file_keeps_its_shape(void **state)
{
    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    assert_true(bench_append(&bench, 1) > 0);
    bench_close(&bench);
    bench.shape = (struct store_shape){0};
    assert_int_equal(bench_open(&bench), 0);
    assert_memory_equal(&bench.store.shape, &small, sizeof small);
    char text[CRASH_TEXT];
    assert_true(bench_holds(&bench, false, text));
}

static void names_may_be_too_long(void **state)
{
    static struct store store;
    char path[STORE_PATH_MAX + 1];

    (void)state;
    memset(path, 'x', sizeof path);
    path[STORE_PATH_MAX - 5] = 0; // ".lock" and the end do not fit
    assert_int_equal(store_open(&store, path, NULL, &model_os, &bench.model), -ENAMETOOLONG);
    assert_int_equal(bench.model.calls, 0);
}

/// Somebody else's file is refused and not changed; so is one that was cut short.
static void what_is_no_store_is_left_alone(void **state)
{
    static const char text[] =
        "[printer]\nkinematics: corexy\n# and more than the head of a store\n";
    char is[sizeof text] = "";

    (void)state;
    int fd = model_os.open(&bench.model, "d/s", O_RDWR | O_CREAT);
    for (int i = 0; i < 3; i++) { // empty, shorter than a head, longer
        int64_t size = i == 0 ? 0 : i == 1 ? 10 : (int64_t)sizeof text;
        if (size)
            model_os.pwrite(&bench.model, fd, text, (uint32_t)size, 0);
        assert_int_equal(bench_open(&bench), PLR_EBADMSG);
        assert_string_equal(bench.store.fault.call, i == 2 ? "head" : "pread");
        assert_int_equal(bench.store.fault.error, PLR_EBADMSG);
        assert_int_equal(model_os.size(&bench.model, fd), size);
        assert_int_equal(model_os.pread(&bench.model, fd, is, sizeof is, 0), size);
        assert_memory_equal(is, text, (size_t)size);
    }
}

static void a_file_cut_short_is_refused(void **state)
{
    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    bench_close(&bench);
    struct model_file *file = &bench.model.file[model_find(&bench.model, "d/s")];
    file->size--;
    assert_int_equal(bench_open(&bench), PLR_EBADMSG);
    assert_string_equal(bench.store.fault.call, "size");
    file->size++;
    assert_int_equal(bench_open(&bench), 0);
    uint8_t byte;
    file->size = 8192; // while it is open
    assert_int_equal(store_nv.read(&bench.store, 1, 0, &byte, 1), PLR_EIO);
    assert_int_equal(bench.store.fault.error, PLR_EBADMSG);
    assert_string_equal(bench.store.fault.call, "pread");
}

static void one_at_a_time(void **state)
{
    static struct store other;

    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    assert_int_equal(store_open(&other, "d/s", NULL, &model_os, &bench.model), PLR_EBUSY);
    assert_string_equal(other.fault.call, "flock");
    assert_true(bench_append(&bench, 1) > 0);
    bench_close(&bench);
    assert_int_equal(store_open(&other, "d/s", NULL, &model_os, &bench.model), 0);
    store_close(&other);
}

/// No room while the file is made: told, and nothing is left of it.
static void no_half_of_a_file_is_left(void **state)
{
    (void)state;
    for (uint32_t call = 4; call < 12; call++) { // behind lock, unlink and open
        bench_begin(&bench, &small);
        bench.model.fail_at = call;
        bench.model.error = MODEL_ENOSPC;
        int error = bench_open(&bench);
        if (!error)
            continue; // the journal's own first write, for which another block was found
        assert_int_equal(error, -ENOSPC);
        assert_int_equal(bench.store.fault.error, -ENOSPC);
        assert_int_equal(model_find(&bench.model, "d/s.new"), -1);
        assert_int_equal(bench.store.fd, -1);
        assert_int_equal(bench_open(&bench), 0);
        assert_true(bench_append(&bench, 1) > 0);
    }
}

static void calls_that_make_no_sense(void **state)
{
    uint8_t bytes[1024] = {0};

    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    struct store *store = &bench.store;
    assert_int_equal(store_nv.read(store, 2, 0, bytes, 1), PLR_EIO);
    assert_int_equal(store_nv.read(store, 0, 12 * 512, bytes, 1), PLR_EIO);
    assert_int_equal(store_nv.prog(store, 0, 1, bytes, 512), PLR_EIO);
    assert_int_equal(store_nv.prog(store, 0, 0, bytes, 511), PLR_EIO);
    assert_int_equal(store_nv.prog(store, 0, 11 * 512, bytes, 1024), PLR_EIO);
    assert_int_equal(store_nv.erase(store, 2), PLR_EIO);
    assert_int_equal(store_nv.erase(store, 1), 0);
    assert_int_equal(store_nv.prog(store, 1, 512, bytes, 1024), 0);
    memset(bytes, 1, sizeof bytes);
    assert_int_equal(store_nv.read(store, 1, 1000, bytes, 600),
                     0); // across two units and into a third
    for (int i = 0; i < 600; i++)
        assert_int_equal(bytes[i], i < 536 ? 0 : 0xff);
    bench_close(&bench);
    assert_int_equal(store_nv.read(store, 0, 0, bytes, 1), PLR_EIO);
    assert_int_equal(store_nv.prog(store, 0, 0, bytes, 512), PLR_EIO);
    assert_int_equal(store_nv.erase(store, 0), PLR_EIO);
    assert_int_equal(store_nv.sync(store), PLR_EIO);
}

/// The unit read last is remembered no longer than it is true.
static void what_is_read_is_what_is_there(void **state)
{
    uint8_t ones[STORE_UNIT], byte;
    const struct plr_nv *nv = &store_nv;

    (void)state;
    memset(ones, 1, sizeof ones);
    assert_int_equal(bench_open(&bench), 0);
    assert_int_equal(nv->erase(&bench.store, 1), 0);
    assert_int_equal(nv->sync(&bench.store), 0);
    assert_int_equal(nv->read(&bench.store, 1, 0, &byte, 1), 0);
    assert_int_equal(byte, 0xff);
    assert_int_equal(nv->prog(&bench.store, 1, 0, ones, sizeof ones), 0);
    assert_int_equal(nv->read(&bench.store, 1, 0, &byte, 1), 0);
    assert_int_equal(byte, 1);
    bench.model.fail_at = bench.model.calls;
    bench.model.error = MODEL_LIED; // the device takes it and drops it
    assert_int_equal(nv->sync(&bench.store), 0);
    assert_int_equal(nv->read(&bench.store, 1, 0, &byte, 1), 0);
    assert_int_equal(byte, 0xff);
    assert_int_equal(nv->prog(&bench.store, 1, 0, ones, sizeof ones), 0);
    assert_int_equal(nv->read(&bench.store, 1, 0, &byte, 1), 0);
    assert_int_equal(nv->erase(&bench.store, 1), 0);
    assert_int_equal(nv->read(&bench.store, 1, 0, &byte, 1), 0);
    assert_int_equal(byte, 0xff);
}

/// A file that is being made is given up with the first call that fails, also where the journal would find a way round it.
static void no_reshape_survives_an_error(void **state)
{
    static const struct store_shape other = {4096, 14, 3};
    static struct bench before;
    char text[CRASH_TEXT];

    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    for (uint32_t id = 1; id < 20; id++)
        assert_true(bench_append(&bench, id) > 0);
    before = bench;
    for (uint32_t call = 0;; call++) {
        bench = before;
        bench.store.ctx = &bench.model;
        bench.model.fail_at = bench.model.calls + call;
        bench.model.error = MODEL_EIO;
        int error = store_reshape(&bench.store, &bench.journal, &other);
        if (!bench.model.failed) {
            assert_int_equal(error, 0);
            assert_true(call > 30);
            return;
        }
        assert_int_equal(error, -EIO);
        assert_true(bench.store.fd >= 0 || bench_open(&bench) == 0);
        assert_true(bench_holds(&bench, false, text));
    }
}

/// When there is no room for the other shape, the store goes on with the one it has.
static void a_reshape_may_fail(void **state)
{
    static const struct store_shape other = {4096, 14, 3}, wrong = {4096, 1, 3};
    char text[CRASH_TEXT];

    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    for (uint32_t id = 1; id < 20; id++)
        assert_true(bench_append(&bench, id) > 0);
    assert_int_equal(store_reshape(&bench.store, &bench.journal, &wrong), PLR_EINVAL);
    bench.model.fail_at = bench.model.calls + 3;
    bench.model.error = MODEL_ENOSPC;
    assert_int_equal(store_reshape(&bench.store, &bench.journal, &other), -ENOSPC);
    assert_int_equal(bench.store.fault.error, -ENOSPC);
    assert_true(bench_holds(&bench, false, text));
    assert_memory_equal(&bench.store.shape, &small, sizeof small);
    assert_true(bench_append(&bench, 20) > 0);
    assert_int_equal(store_reshape(&bench.store, &bench.journal, &other), 0);
    assert_memory_equal(&bench.store.shape, &other, sizeof other);
    assert_int_equal(bench.journal.geometry.block_count, 3);
    assert_true(bench_holds(&bench, false, text));
    assert_true(bench_append(&bench, 21) > 0);
    bench_close(&bench);
    assert_int_equal(bench_open(&bench), 0);
    assert_true(bench_holds(&bench, false, text));
}

/// One page and one fdatasync for each commit; the pages of a block and two more of it for each block.
static void what_a_commit_costs(void **state)
{
    uint32_t blocks = 0;

    (void)state;
    assert_int_equal(bench_open(&bench), 0);
    for (uint32_t id = 1; id <= 60; id++) {
        struct store_counts before = bench.store.counts;
        uint32_t erased = bench.journal.erased;
        assert_true(bench_append(&bench, id) > 0);
        uint64_t writes = bench.store.counts.writes - before.writes;
        uint64_t syncs = bench.store.counts.syncs - before.syncs;
        uint64_t bytes = bench.store.counts.bytes_written - before.bytes_written;
        if (bench.journal.erased == erased) {
            assert_int_equal(writes, 1);
            assert_int_equal(bytes, 4096);
            assert_int_equal(syncs, 1);
        } else {
            assert_int_equal(syncs, 3);
            assert_true(bytes <= 4096u * (2 * small.block_pages));
            blocks++;
        }
    }
    assert_true(blocks > 5);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shapes),
        TEST(a_file_keeps_its_shape),
        TEST(names_may_be_too_long),
        TEST(what_is_no_store_is_left_alone),
        TEST(a_file_cut_short_is_refused),
        TEST(one_at_a_time),
        TEST(no_half_of_a_file_is_left),
        TEST(calls_that_make_no_sense),
        TEST(what_is_read_is_what_is_there),
        TEST(a_reshape_may_fail),
        TEST(no_reshape_survives_an_error),
        TEST(what_a_commit_costs),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
