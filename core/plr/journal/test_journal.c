// The journal against cuts at every instant of every write, torn in every way, and a second cut behind the first.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/journal/layout.h"
#include "core/plr/journal/test_medium.h"

#include <stdio.h>
#include <string.h>

/// What an application knows about its records: the last one of each kind that was promised to be safe.
struct known {
    uint32_t id[PLR_RECORD_KINDS]; ///< 0: none
    uint32_t in_flight_kind, in_flight_id;
};

struct bench {
    struct medium medium;
    struct plr_journal journal;
    struct known known;
};

// Blocks as small as mount allows, so that few appends go round.
static const struct plr_nv_geometry fram = {1, 2560, 2, 0};
static const struct plr_nv_geometry eeprom = {32, 2816, 3, 1000000};
static const struct plr_nv_geometry nor = {256, 4096, 4, 100000};
static const struct plr_nv_geometry sd = {512, 6144, 2, 10000};
static const struct plr_nv_geometry *const geometries[] = {&fram, &eeprom, &nor, &sd};
static const char *const tear_names[TEARS] = {"prefix", "bits", "garbage", "lost", "metastable"};

#define GEOMETRIES (sizeof geometries / sizeof *geometries)

static uint32_t kind_of(uint32_t id)
{
    return 1 + (id * 2654435761u >> 16) % (PLR_RECORD_KINDS - 1);
}

static uint32_t size_of(uint32_t id)
{
    uint32_t most = plr_payload_max(kind_of(id));
    return id % 13 == 0 ? most : 5 + (id * 40503u >> 4) % (most / 2);
}

static void payload_of(uint32_t id, uint8_t *out)
{
    for (uint32_t i = 0; i < size_of(id); i++)
        out[i] = (uint8_t)(i < 4 ? id >> (8 * i) : id * 31 + i * 7 + (i >> 3));
}

static int append_id(struct bench *bench, uint32_t id)
{
    uint8_t payload[PLR_RECORD_MAX];

    payload_of(id, payload);
    bench->known.in_flight_kind = kind_of(id);
    bench->known.in_flight_id = id;
    int done = plr_journal_append(&bench->journal, &medium_nv, &bench->medium,
                                  (enum plr_record_kind)kind_of(id), payload, size_of(id));
    if (done > 0) {
        bench->known.id[kind_of(id)] = id;
        bench->known.in_flight_kind = 0;
    }
    return done;
}

static int mount(struct bench *bench)
{
    return plr_journal_mount(&bench->journal, &bench->medium.geometry, &medium_nv, &bench->medium);
}

/// Id of the live record of a kind, 0 for none, or UINT32_MAX when it is none that was ever written.
static uint32_t read_id(struct bench *bench, uint32_t kind)
{
    uint8_t payload[PLR_RECORD_MAX], wanted[PLR_RECORD_MAX];

    int size = plr_journal_read(&bench->journal, &medium_nv, &bench->medium,
                                (enum plr_record_kind)kind, payload, sizeof payload, NULL);
    if (size == PLR_ENOENT)
        return 0;
    if (size < 4)
        return UINT32_MAX;
    uint32_t id = plr_get32(payload);
    if (kind_of(id) != kind || size_of(id) != (uint32_t)size)
        return UINT32_MAX;
    payload_of(id, wanted);
    return memcmp(payload, wanted, (size_t)size) ? UINT32_MAX : id;
}

/// Is every kind the one known to be safe, or the one in flight? `settle`: what is found is what is known from now on.
static bool holds(struct bench *bench, bool settle)
{
    struct known *known = &bench->known;

    for (uint32_t kind = 1; kind < PLR_RECORD_KINDS; kind++) {
        uint32_t id = read_id(bench, kind);
        bool old = id == known->id[kind];
        bool fresh = kind == known->in_flight_kind && id == known->in_flight_id;
        if (!old && !fresh) {
            print_error("kind %u: found %u, known %u, in flight %u\n", kind, id, known->id[kind],
                        kind == known->in_flight_kind ? known->in_flight_id : 0);
            return false;
        }
        if (settle)
            known->id[kind] = id;
    }
    if (settle)
        known->in_flight_kind = 0;
    return !bench->medium.misused;
}

static void begin(struct bench *bench, const struct plr_nv_geometry *geometry, uint64_t seed)
{
    memset(&bench->known, 0, sizeof bench->known);
    medium_init(&bench->medium, geometry, seed);
    assert_int_equal(mount(bench), 0);
}

/// After a cut: the memory mounts, holds what it must, takes a further record, and still holds all after the next boot.
/// A metastable byte may fool a single read, so in that case only the state behind the next append is judged.
static bool survives(struct bench *bench, uint32_t next_id)
{
    bool shaky = bench->medium.shaky_size != 0;

    medium_power(&bench->medium);
    if (mount(bench) || (!shaky && !holds(bench, true)))
        return false;
    uint8_t payload[PLR_RECORD_MAX];
    payload_of(next_id, payload);
    enum plr_record_kind kind = (enum plr_record_kind)kind_of(next_id);
    int done = 0;
    for (int tries = 0; tries < 20 && done <= 0; tries++) // shaky reads may spoil a copy
        done = plr_journal_append(&bench->journal, &medium_nv, &bench->medium, kind, payload,
                                  size_of(next_id));
    if (done <= 0)
        return false;
    bench->known.id[kind] = next_id;
    if (bench->known.in_flight_kind == kind)
        bench->known.in_flight_kind = 0;
    for (int boot = 0; boot < (shaky ? 4 : 1); boot++)
        if (mount(bench) || !holds(bench, true))
            return false;
    return true;
}

/// Cut once more in what follows the first cut, at every `stride`-th instant of it.
static bool survives_twice(const struct bench *cut, struct bench *bench, uint32_t next_id,
                           uint32_t stride)
{
    *bench = *cut;
    medium_power(&bench->medium);
    uint64_t from = bench->medium.instant;
    if (mount(bench) || append_id(bench, next_id) <= 0)
        return false;
    uint64_t instants = bench->medium.instant - from;
    for (uint64_t second = cut->medium.instant % stride; second < instants; second += stride) {
        *bench = *cut;
        medium_power(&bench->medium);
        bench->medium.cut_at = from + second;
        if (!mount(bench) && !holds(bench, true))
            return false;
        if (!bench->medium.dark && append_id(bench, next_id) != PLR_EPOWER)
            return false;
        if (!survives(bench, next_id + 1))
            return false;
    }
    return true;
}

/// One append, cut at its every `stride`-th instant.
static void cut_append(const struct bench *before, uint64_t instants, enum medium_tear tear,
                       uint32_t id, uint32_t stride)
{
    static struct bench bench, cut;

    for (uint64_t at = id % stride; at < instants; at += stride) {
        bench = *before;
        bench.medium.tear = tear;
        bench.medium.cut_at = bench.medium.instant + at;
        bench.medium.random ^= at * 0x9e3779b97f4a7c15u;
        bool good = append_id(&bench, id) == PLR_EPOWER;
        cut = bench;
        good = good && survives(&bench, id + 1000);
        if (good && tear != TEAR_METASTABLE && at % 149 == id % 149)
            good = survives_twice(&cut, &bench, id + 2000, 53 * PLR_TEST_THIN);
        if (!good)
            fail_msg("append %u cut at instant %u, tear %s, prog size %u", id, (unsigned)at,
                     tear_names[tear], before->medium.geometry.prog_size);
    }
}

/// Every append of a workload that goes round the blocks, cut everywhere.
static void cut_everywhere(enum medium_tear tear, uint32_t stride)
{
    static struct bench before, after;

    for (size_t i = 0; i < GEOMETRIES; i++) {
        uint32_t taken = 0;
        begin(&before, geometries[i], 1 + i);
        for (uint32_t id = 1; taken <= geometries[i]->block_count; id++) {
            after = before;
            assert_true(append_id(&after, id) > 0);
            assert_false(after.medium.misused);
            cut_append(&before, after.medium.instant - before.medium.instant, tear, id,
                       stride * PLR_TEST_THIN);
            taken += after.journal.block_sequence != before.journal.block_sequence;
            if (id % 5 == 0) { // boots in between: the next append then takes a new block
                assert_int_equal(mount(&after), 0);
                assert_true(holds(&after, false));
            }
            before = after;
        }
    }
}

static void test_cut_prefix(void **state)
{
    (void)state;
    cut_everywhere(TEAR_PREFIX, 1);
}

static void test_cut_bits(void **state)
{
    (void)state;
    cut_everywhere(TEAR_BITS, 5);
}

static void test_cut_garbage(void **state)
{
    (void)state;
    cut_everywhere(TEAR_GARBAGE, 7);
}

static void test_cut_lost(void **state)
{
    (void)state;
    cut_everywhere(TEAR_LOST, 3);
}

static void test_cut_metastable(void **state)
{
    (void)state;
    cut_everywhere(TEAR_METASTABLE, 2);
}

/// A record with a byte that reads differently every time is copied as it was or not at all: never changed, with a CRC that
/// says it is whole.
static void test_shaky_copy(void **state)
{
    static struct bench before, bench;
    uint32_t copied = 0;

    (void)state;
    begin(&before, &nor, 4);
    for (uint32_t id = 1; id < 4; id++)
        assert_true(append_id(&before, id) > 0);
    uint32_t kind = kind_of(1);
    before.medium.shaky =
        before.journal.block * nor.erase_size + before.journal.live[kind].offset + 40;
    before.medium.shaky_size = 1;
    before.journal.dirty_tail = true;
    for (uint64_t seed = 0; seed < 200; seed++) {
        bench = before;
        bench.medium.random += seed * 977;
        (void)append_id(&bench, 3);
        medium_power(&bench.medium);
        bench.medium.shaky_size = 0;
        assert_int_equal(mount(&bench), 0);
        uint32_t id = read_id(&bench, kind);
        assert_true(id == 1 || id == 0);
        copied += id == 1;
    }
    assert_true(copied > 20 && copied < 200);
}

/// The active block holds only carried records and room, and its successor was begun because a program had failed. When the
/// successor's mark reads right on some boots only, nothing may be added to the active block.
static void test_half_made_successor(void **state)
{
    static struct bench before, bench;

    (void)state;
    begin(&before, &fram, 4);
    for (uint32_t id = 1; id < 6; id++)
        assert_true(append_id(&before, id) > 0);
    assert_int_equal(plr_block_take(&before.journal, &medium_nv, &before.medium), 0);
    before.journal.dirty_tail = true; // what a failed program leaves behind
    uint64_t done = 0;
    for (uint64_t at = 0; !done; at += PLR_TEST_THIN) {
        for (uint64_t seed = 0; seed < 8; seed++) {
            bench = before;
            bench.medium.tear = TEAR_METASTABLE;
            bench.medium.random += seed * 977;
            bench.medium.cut_at = bench.medium.instant + at;
            if (append_id(&bench, 6) > 0)
                done = 1;
            else
                assert_true(survives(&bench, 13));
        }
    }
}

/// A block that was just taken cannot be programmed, so that the one before it is given up, and the power goes in its erase: what it had is
/// in the block that cannot be programmed, and only there.
static void test_fresh_block_fails(void **state)
{
    static struct bench before, bench;

    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        begin(&before, geometries[i], 4);
        for (uint32_t id = 1; id < 12; id++)
            assert_true(append_id(&before, id) > 0);
        assert_int_equal(plr_block_take(&before.journal, &medium_nv, &before.medium), 0);
        before.medium.bad = 1u << before.journal.block;
        for (int tear = 0; tear < TEAR_METASTABLE; tear++) {
            bool done = false;
            for (uint64_t at = 0; !done; at += (at < 40 ? 1u : 7u) * PLR_TEST_THIN) {
                bench = before;
                bench.medium.tear = (enum medium_tear)tear;
                bench.medium.random += at * 977;
                bench.medium.cut_at = bench.medium.instant + at;
                done = append_id(&bench, 12) > 0;
                bench.medium.bad = 0;
                if (!done && !survives(&bench, 13))
                    fail_msg("cut at instant %u, tear %s, prog size %u", (unsigned)at,
                             tear_names[tear], geometries[i]->prog_size);
            }
        }
    }
}

/// Power fails while a block is made ahead, and the device gives up the erase: the record finds the room that was kept for it, at once,
/// and may itself be cut anywhere. One that needs the block makes it all the same.
static void test_erase_given_up(void **state)
{
    static struct bench before, bench;

    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        begin(&before, geometries[i], 4);
        uint32_t id = 1;
        while (!plr_journal_short(&before.journal, 2, PLR_RECORD_MAX))
            assert_true(append_id(&before, id++) > 0);
        for (int tear = 0; tear < TEAR_METASTABLE; tear++) {
            bench = before;
            bench.medium.tear = (enum medium_tear)tear;
            bench.medium.give_up = 1 + (uint32_t)tear * 5;
            assert_int_equal(
                plr_journal_reserve(&bench.journal, &medium_nv, &bench.medium, 2, PLR_RECORD_MAX),
                PLR_ECANCELED);
            assert_true(holds(&bench, false));
            uint32_t block = bench.journal.block;
            static struct bench after;
            after = bench;
            assert_true(append_id(&after, id) > 0);
            assert_int_equal(after.journal.block, block);
            assert_false(after.medium.misused);
            cut_append(&bench, after.medium.instant - bench.medium.instant, (enum medium_tear)tear,
                       id, 3 * PLR_TEST_THIN);
            assert_true(survives(&after, id + 1));
        }
        if (geometries[i]->block_count >
            2) { // behind a block that could not be made: that one was begun
            bench = before;
            bench.medium.bad = 1u << (before.journal.block + 1) % geometries[i]->block_count;
            bench.medium.give_up = 8;
            assert_int_equal(
                plr_journal_reserve(&bench.journal, &medium_nv, &bench.medium, 2, PLR_RECORD_MAX),
                PLR_ECANCELED);
            assert_true(bench.journal.dirty_tail);
        }
        before.medium.give_up = 8;
        before.journal.dirty_tail = true; // of an earlier boot: it stays closed
        assert_int_equal(
            plr_journal_reserve(&before.journal, &medium_nv, &before.medium, 2, PLR_RECORD_MAX),
            PLR_ECANCELED);
        assert_true(before.journal.dirty_tail);
        before.medium.give_up = 8;
        assert_true(append_id(&before, id) > 0);
        assert_true(survives(&before, id + 1));
    }
}

/// A cut while the empty memory is being formatted leaves an empty memory.
static void test_cut_format(void **state)
{
    static struct bench bench;

    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        for (int tear = 0; tear < TEARS; tear++) {
            for (uint64_t at = 0;; at += PLR_TEST_THIN) {
                memset(&bench.known, 0, sizeof bench.known);
                medium_init(&bench.medium, geometries[i], at + 7);
                bench.medium.tear = (enum medium_tear)tear;
                bench.medium.cut_at = at;
                if (mount(&bench) == 0)
                    break;
                assert_true(survives(&bench, 77));
            }
        }
    }
}

static void test_crc(void **state)
{
    const char text[] = "123456789";

    (void)state;
    assert_int_equal(plr_crc32c(0, text, 9), 0xe3069283u);
    assert_int_equal(plr_crc32c(plr_crc32c(0, text, 4), text + 4, 5), 0xe3069283u);
    assert_int_equal(plr_crc32c(0, text, 0), 0);
    uint8_t zeros[32] = {0};
    assert_int_equal(plr_crc32c(0, zeros, sizeof zeros), 0x8a9136aau); // RFC 3720, B.4
    // at once, from anywhere, as byte by byte
    uint8_t bytes[80];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 151 + 7);
    for (size_t begin = 0; begin < 9; begin++) {
        uint32_t crc = 0;
        for (size_t size = 0; begin + size < sizeof bytes; size++) {
            assert_int_equal(plr_crc32c(0, bytes + begin, size), crc);
            crc = plr_crc32c(crc, bytes + begin + size, 1);
        }
    }
}

static void test_round_trip(void **state)
{
    static struct bench bench;
    uint8_t buffer[PLR_RECORD_MAX] = {0};
    uint32_t sequence;

    (void)state;
    begin(&bench, &nor, 1);
    const struct plr_nv *nv = &medium_nv;
    struct plr_journal *journal = &bench.journal;
    assert_int_equal(plr_journal_read(journal, nv, &bench.medium, PLR_RECORD_JOB, buffer, 8, NULL),
                     PLR_ENOENT);
    for (uint32_t id = 1; id <= 200; id++) {
        assert_int_equal(append_id(&bench, id), id); // sequence numbers count appends
        assert_true(holds(&bench, false));
    }
    assert_int_equal(mount(&bench), 0);
    assert_true(holds(&bench, false));
    assert_int_equal(journal->sequence, 200);
    uint32_t kind = kind_of(200);
    int size = plr_journal_read(journal, nv, &bench.medium, (enum plr_record_kind)kind, buffer,
                                sizeof buffer, &sequence);
    assert_int_equal(size, size_of(200));
    assert_int_equal(sequence, 200);
    assert_int_equal(plr_journal_read(journal, nv, &bench.medium, (enum plr_record_kind)kind,
                                      buffer, (uint32_t)size - 1, NULL),
                     PLR_EFBIG);
    assert_int_equal(journal->torn, 0);
}

static void test_limits(void **state)
{
    static struct bench bench;
    static const uint8_t big[PLR_RECORD_MAX + 1] = {1};

    (void)state;
    begin(&bench, &fram, 1);
    assert_int_equal(plr_journal_append(&bench.journal, &medium_nv, &bench.medium, PLR_RECORD_JOB,
                                        big, sizeof big),
                     PLR_EFBIG);
    assert_int_equal(plr_journal_append(&bench.journal, &medium_nv, &bench.medium, PLR_RECORD_TICK,
                                        big, PLR_RECORD_SMALL + 1),
                     PLR_EFBIG);
    static const struct plr_nv_geometry wrong[] = {
        {0, 4096, 2, 0},   {1, 4096, 1, 0},   {1024, 8192, 2, 0}, {256, 4000, 2, 0},
        {512, 4096, 2, 0}, {256, 3328, 2, 0}, {1, 2500, 2, 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bench.medium.geometry = wrong[i];
        assert_int_equal(mount(&bench), PLR_EINVAL);
    }
}

static void test_foreign(void **state)
{
    static struct bench bench;

    (void)state;
    begin(&bench, &eeprom, 3);
    for (uint32_t i = 0; i < MEDIUM_BYTES; i++)
        bench.medium.bytes[i] = (uint8_t)medium_random(&bench.medium);
    assert_int_equal(mount(&bench), 0);
    assert_true(holds(&bench, true));
    assert_true(survives(&bench, 5));
}

/// A memory that cannot be read now is not an empty one.
static int failing_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    (void)ctx, (void)block, (void)offset, (void)buffer, (void)size;
    return PLR_EIO;
}

static void test_unreadable(void **state)
{
    static struct bench bench;
    struct plr_nv nv = medium_nv;

    (void)state;
    begin(&bench, &fram, 3);
    assert_true(append_id(&bench, 1) > 0);
    nv.read = failing_read;
    uint32_t erased = bench.medium.erases[0] + bench.medium.erases[1];
    assert_int_equal(plr_journal_mount(&bench.journal, &fram, &nv, &bench.medium), PLR_EIO);
    assert_int_equal(bench.medium.erases[0] + bench.medium.erases[1], erased);
}

/// One wrong bit anywhere in the last record takes back that record and nothing else.
static void test_flipped_bits(void **state)
{
    static struct bench good, bench;

    (void)state;
    begin(&good, &fram, 1);
    uint32_t id = 1;
    for (; id < 4; id++)
        assert_true(append_id(&good, id) > 0);
    struct known before = good.known;
    uint32_t from = good.journal.at;
    assert_true(append_id(&good, id) > 0);
    for (uint32_t bit = from * 8; bit < good.journal.at * 8; bit++) {
        bench = good;
        bench.known = before;
        bench.medium.bytes[good.journal.block * fram.erase_size + bit / 8] ^=
            (uint8_t)(1u << bit % 8);
        assert_int_equal(mount(&bench), 0);
        assert_true(holds(&bench, false));
        assert_true(bench.journal.dirty_tail);
    }
    // and when it goes bad behind the mount's back, reading and carrying over notice
    bench = good;
    bench.medium.bytes[good.journal.block * fram.erase_size + from + 9] ^= 4;
    bench.known = before;
    assert_int_equal(read_id(&bench, kind_of(id)), before.id[kind_of(id)]);
    assert_true(bench.journal.dirty_tail);
    assert_true(append_id(&bench, 1001) > 0);
    assert_true(holds(&bench, false));
}

/// A record that rotted long ago is lost; the others live on.
static void test_rotten(void **state)
{
    static struct bench bench;

    (void)state;
    begin(&bench, &nor, 1);
    for (uint32_t id = 1; id < 4; id++)
        assert_true(append_id(&bench, id) > 0);
    uint32_t kind = kind_of(1);
    assert_int_not_equal(kind, kind_of(3));
    bench.medium
        .bytes[bench.journal.block * nor.erase_size + bench.journal.live[kind].offset + 9] ^= 1;
    bench.journal.dirty_tail = true;
    assert_true(append_id(&bench, 3) > 0);
    bench.known.id[kind] = 0;
    assert_true(holds(&bench, false));
    assert_int_equal(mount(&bench), 0);
    assert_true(holds(&bench, false));
}

static void test_bad_blocks(void **state)
{
    static struct bench bench;

    (void)state;
    for (int worn = 0; worn < 2; worn++) {
        begin(&bench, &nor, 9);
        uint32_t id = 1;
        for (; id < 60; id++)
            assert_true(append_id(&bench, id) > 0);
        // the active block and the one behind it fail: the record goes to the third
        uint32_t bad = 1u << bench.journal.block | 1u << (bench.journal.block + 1) % 4;
        *(worn ? &bench.medium.worn : &bench.medium.bad) = bad;
        for (; id < 160; id++)
            assert_true(append_id(&bench, id) > 0);
        assert_true(holds(&bench, false));
        assert_int_equal(mount(&bench), 0);
        assert_true(holds(&bench, false));
        bench.medium.bad = 15;
        assert_int_equal(append_id(&bench, id), PLR_EIO);
    }
}

static void test_reserve(void **state)
{
    static struct bench bench;

    (void)state;
    begin(&bench, &nor, 1);
    struct plr_journal *journal = &bench.journal;
    for (uint32_t id = 1; id < 300; id++) {
        assert_true(append_id(&bench, id) > 0);
        assert_int_equal(plr_journal_reserve(journal, &medium_nv, &bench.medium, 1, PLR_RECORD_MAX),
                         0);
        uint32_t erased = journal->erased;
        struct bench copy = bench;
        uint8_t payload[PLR_RECORD_MAX] = {1};
        assert_true(plr_journal_append(&copy.journal, &medium_nv, &copy.medium, PLR_RECORD_FAIL,
                                       payload, sizeof payload) > 0);
        assert_int_equal(copy.journal.erased, erased); // the power-fail record waited for no erase
    }
    uint32_t erased = journal->erased;
    assert_int_equal(plr_journal_reserve(journal, &medium_nv, &bench.medium, 64, PLR_RECORD_MAX),
                     PLR_ENOSPC);
    assert_int_equal(journal->erased, erased);
    assert_int_equal(mount(&bench), 0); // behind a boot there is a block to take
    assert_int_equal(plr_journal_reserve(journal, &medium_nv, &bench.medium, 1, 16), 0);
    assert_int_equal(journal->erased, 1);
    assert_true(holds(&bench, false));
}

/// Wear spreads evenly over the blocks, with and without boots in between.
static void test_wear(void **state)
{
    static struct bench bench;

    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        begin(&bench, geometries[i], 1);
        for (uint32_t id = 1; id <= 5000; id++) {
            assert_true(append_id(&bench, id) > 0);
            if (id % 97 == 0)
                assert_int_equal(mount(&bench), 0);
        }
        uint32_t least = UINT32_MAX, most = 0;
        for (uint32_t block = 0; block < geometries[i]->block_count; block++) {
            uint32_t erases = bench.medium.erases[block];
            least = erases < least ? erases : least;
            most = erases > most ? erases : most;
        }
        assert_true(least > 10);
        assert_true(most <= 2 * least);
        assert_true(holds(&bench, false));
    }
}

/// Sequence numbers near their end are refused, not wrapped.
static void test_sequence_end(void **state)
{
    static struct bench bench;

    (void)state;
    begin(&bench, &fram, 1);
    bench.journal.sequence = PLR_SEQUENCE_MAX - 1;
    assert_int_equal(append_id(&bench, 1), PLR_SEQUENCE_MAX);
    assert_int_equal(append_id(&bench, 2), PLR_ENOSPC);
    assert_int_equal(mount(&bench), 0);
    assert_int_equal(append_id(&bench, 2), PLR_ENOSPC);
    bench.known.in_flight_kind = 0;
    assert_true(holds(&bench, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_rotten),
        cmocka_unit_test(test_bad_blocks),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_wear),
        cmocka_unit_test(test_sequence_end),
        cmocka_unit_test(test_erase_given_up),
        cmocka_unit_test(test_cut_format),
        cmocka_unit_test(test_cut_prefix),
        cmocka_unit_test(test_cut_bits),
        cmocka_unit_test(test_cut_garbage),
        cmocka_unit_test(test_cut_lost),
        cmocka_unit_test(test_cut_metastable),
        cmocka_unit_test(test_half_made_successor),
        cmocka_unit_test(test_fresh_block_fails),
        cmocka_unit_test(test_shaky_copy),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
