// The journal on the simulated memories: every operation of a short life, torn in every way that its device can, and again.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/lab/scenario/cut.h"
#include "core/plr/plr.h"
#include "sim/nv/nv.h"

enum { DRAWS = PLR_TEST_THIN > 1 ? 5 : 24 };
enum { ALLOWED = 4, APPENDS = 14, BOOT_EVERY = 4, PROGS_MAX = 64 };

/// A memory, the journal on it, and what may be found there.
struct bench {
    struct nv_device nv;
    struct plr_journal journal;
    uint32_t allowed[PLR_RECORD_KINDS][ALLOWED]; ///< IDs, 0 is none; unused places repeat the first
    int64_t cut_at;                              ///< operation that is cut, -1 none
    struct nv_cut cut;
    bool dark;
};

/// Each kind with as few blocks as it may have, so that a short life goes round.
static const struct {
    enum lab_nv_kind kind;
    int64_t size;
} devices[] = {{LAB_NV_FRAM, 8192}, {LAB_NV_EEPROM, 8192}, {LAB_NV_NOR, 32768}, {LAB_NV_SD, 32768}};
enum { DEVICES = sizeof devices / sizeof *devices };

// --- the port ---------------------------------------------------------------------------------------------------------

static int dev_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    struct bench *b = ctx;
    if (b->dark)
        return PLR_EPOWER;
    assert_true(nv_valid(&b->nv, block, offset, size, false));
    nv_read(&b->nv, block, offset, buffer, size);
    return 0;
}

static int dev_prog(void *ctx, uint32_t block, uint32_t offset, const void *data, uint32_t size)
{
    struct bench *b = ctx;
    if (b->dark)
        return PLR_EPOWER;
    assert_true(nv_valid(&b->nv, block, offset, size, true));
    b->dark = b->nv.operations++ == b->cut_at;
    if (b->dark)
        nv_prog_torn(&b->nv, block, offset, data, size, &b->cut);
    else
        nv_prog(&b->nv, block, offset, data, size);
    return b->dark ? PLR_EPOWER : 0;
}

static int dev_erase(void *ctx, uint32_t block)
{
    struct bench *b = ctx;
    if (b->dark)
        return PLR_EPOWER;
    b->dark = b->nv.operations++ == b->cut_at;
    if (b->dark)
        nv_erase_torn(&b->nv, block, &b->cut);
    else
        nv_erase(&b->nv, block);
    return b->dark ? PLR_EPOWER : 0;
}

static int dev_sync(void *ctx)
{
    struct bench *b = ctx;
    if (b->dark)
        return PLR_EPOWER;
    nv_sync(&b->nv);
    return 0;
}

static const struct plr_nv port = {dev_read, dev_prog, dev_erase, dev_sync};

static int power_on(struct bench *b)
{
    b->dark = false;
    b->cut_at = -1;
    nv_sync(&b->nv);
    return plr_journal_mount(&b->journal, &b->nv.geometry, &port, b);
}

// --- records ------------------------------------------------------------------------------------------------------------

static uint32_t kind_of(uint32_t id)
{
    static const uint32_t kinds[] = {PLR_RECORD_SESSION,     PLR_RECORD_JOB,  PLR_RECORD_TICK,
                                     PLR_RECORD_CALIBRATION, PLR_RECORD_FAIL, PLR_RECORD_JOB,
                                     PLR_RECORD_NOTE};
    return kinds[id % (sizeof kinds / sizeof *kinds)];
}

/// Sizes as the core writes them.
static uint32_t size_of(uint32_t id)
{
    static const uint32_t sizes[PLR_RECORD_KINDS] = {0, 377, 57, 377, 16, 60, 25};
    return sizes[kind_of(id)];
}

static void payload_of(uint32_t id, uint8_t *out)
{
    for (uint32_t i = 0; i < size_of(id); i++)
        out[i] = (uint8_t)(i < 4 ? id >> (8 * i) : id * 31 + i * 7 + (i >> 3));
}

/// ID of the live record of a kind; 0 none; UINT32_MAX: it is none that was ever written.
static uint32_t found(struct bench *b, uint32_t kind)
{
    uint8_t is[PLR_RECORD_MAX], wanted[PLR_RECORD_MAX];
    uint32_t id = 0;

    int size =
        plr_journal_read(&b->journal, &port, b, (enum plr_record_kind)kind, is, sizeof is, NULL);
    if (size == PLR_ENOENT)
        return 0;
    if (size < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++)
        id |= (uint32_t)is[i] << (8 * i);
    if (kind_of(id) != kind || size_of(id) != (uint32_t)size)
        return UINT32_MAX;
    payload_of(id, wanted);
    return memcmp(is, wanted, (size_t)size) ? UINT32_MAX : id;
}

static void allow_only(struct bench *b, uint32_t kind, uint32_t id)
{
    for (int i = 0; i < ALLOWED; i++)
        b->allowed[kind][i] = id;
}

/// It may be found, besides what might be until now.
static void allow(struct bench *b, uint32_t kind, uint32_t id)
{
    memmove(&b->allowed[kind][1], &b->allowed[kind][0], (ALLOWED - 1) * sizeof id);
    b->allowed[kind][0] = id;
}

static int append(struct bench *b, uint32_t id)
{
    uint8_t payload[PLR_RECORD_MAX];
    enum plr_record_kind kind = (enum plr_record_kind)kind_of(id);

    payload_of(id, payload);
    int done = plr_journal_append(&b->journal, &port, b, kind, payload, size_of(id));
    if (done > 0)
        allow_only(b, kind, id);
    else
        allow(b, kind, id);
    return done;
}

/// Is every kind one of those that may be found? Tells the first that is not.
static bool holds(struct bench *b, bool settle)
{
    for (uint32_t kind = 1; kind < PLR_RECORD_KINDS; kind++) {
        uint32_t id = found(b, kind);
        bool good = false;
        for (int i = 0; i < ALLOWED; i++)
            good = good || b->allowed[kind][i] == id;
        if (!good) {
            print_error("kind %u: found %u, allowed %u %u\n", kind, id, b->allowed[kind][0],
                        b->allowed[kind][1]);
            return false;
        }
        if (settle)
            allow_only(b, kind, id);
    }
    return true;
}

// --- cuts ---------------------------------------------------------------------------------------------------------------

static bool shaky(const struct bench *b)
{
    return b->nv.shaky[0].size || b->nv.shaky[1].size;
}

/// Boots after a cut find what may be found; the same each time unless cells are in between. The first append settles it for good.
static bool survives(struct bench *b, uint32_t next)
{
    int boots = shaky(b) ? 4 : 2;

    for (int boot = 0; boot < boots; boot++)
        if (power_on(b) || !holds(b, !shaky(b)))
            return false;
    if (append(b, next) <= 0)
        return false;
    for (int boot = 0; boot < boots; boot++)
        if (power_on(b) || !holds(b, true))
            return false;
    return true;
}

/// The operations of an append: how many, of which kind and size each.
struct ops {
    uint32_t first, count;
    bool erase[PROGS_MAX];
    uint32_t size[PROGS_MAX];
};

/// What operations an append makes, found by trying it.
static void list_ops(const struct bench *before, uint32_t id, struct ops *ops)
{
    static struct bench b;

    ops->first = before->nv.operations;
    for (ops->count = 0; ops->count < PROGS_MAX; ops->count++) {
        b = *before;
        b.cut_at = ops->first + ops->count;
        b.cut = (struct nv_cut){.tear = {.kind = LAB_TEAR_COMPLETE}};
        uint64_t programmed = b.nv.programmed;
        uint32_t erases = 0;
        for (uint32_t i = 0; i < SIM_NV_BLOCKS; i++)
            erases -= b.nv.wear[i];
        if (append(&b, id) != PLR_EPOWER)
            return;
        for (uint32_t i = 0; i < SIM_NV_BLOCKS; i++)
            erases += b.nv.wear[i];
        uint64_t sizes = 0; // of those before it, which this run has made too
        uint32_t erased = 0;
        for (uint32_t i = 0; i < ops->count; i++) {
            sizes += ops->erase[i] ? 0 : ops->size[i];
            erased += ops->erase[i];
        }
        ops->erase[ops->count] = erases > erased;
        ops->size[ops->count] = ops->erase[ops->count]
                                    ? b.nv.geometry.erase_size
                                    : (uint32_t)(b.nv.programmed - programmed - sizes);
    }
    fail_msg("an append makes more than %d operations", PROGS_MAX);
}

/// Cut again, in the append behind the first cut: every operation of it, with every tear, once.
static bool survives_twice(const struct bench *cut, uint32_t next, uint64_t draw)
{
    static struct bench booted, b;
    static struct ops ops;

    booted = *cut;
    if (power_on(&booted))
        return false;
    list_ops(&booted, next, &ops);
    for (uint32_t n = 0; n < ops.count; n++) {
        for (int kind = LAB_TEAR_NONE; kind < LAB_TEARS; kind++) {
            struct lab_tear tear = {.kind = (enum lab_tear_kind)kind,
                                    .bytes = (int32_t)(ops.size[n] / 2)};
            if (!nv_can_tear(cut->nv.kind, ops.erase[n], ops.size[n], &tear))
                continue;
            b = booted;
            b.cut_at = ops.first + n;
            b.cut = (struct nv_cut){.tear = tear, .draw = draw + n};
            int done = append(&b, next);
            // cells in between may have made the way to the append another one
            if ((done != PLR_EPOWER && !shaky(cut)) || !survives(&b, next + 1)) {
                print_error("second cut in operation %u: tear %d, draw %u\n", n, kind,
                            (unsigned)(draw + n));
                return false;
            }
        }
    }
    return true;
}

static uint32_t cuts_made, tears_made[LAB_TEARS];

static void cut_once(const struct bench *before, uint32_t id, uint32_t operation, bool erase,
                     const struct lab_tear *tear, uint64_t draw)
{
    static struct bench b, cut;
    char text[LAB_CUT_BYTES];

    b = *before;
    b.cut_at = operation;
    b.cut = (struct nv_cut){.tear = *tear, .draw = draw};
    bool good = append(&b, id) == PLR_EPOWER;
    cut = b;
    good = good && survives(&b, id + 100);
    if (good && (tear->kind == LAB_TEAR_METASTABLE ? draw % 4 == 0 : cuts_made % 211 == 0))
        good = survives_twice(&cut, id + 200, draw * 64);
    if (!good)
        fail_msg("device %d, append %u, operation %u (%s), tear %s, draw %u", before->nv.kind, id,
                 operation - before->nv.operations, erase ? "erase" : "program",
                 lab_tear_print(tear, text), (unsigned)draw);
    cuts_made++;
    tears_made[tear->kind]++;
}

/// Every byte of a program; of an erase every byte of its first page, then some in each page.
static void cut_prefixes(const struct bench *before, uint32_t id, uint32_t operation, bool erase,
                         uint32_t size)
{
    uint32_t bytes = 0;

    while (bytes <= size) {
        const struct lab_tear tear = {.kind = LAB_TEAR_PREFIX, .bytes = (int32_t)bytes};
        if (nv_can_tear(before->nv.kind, erase, size, &tear))
            cut_once(before, id, operation, erase, &tear, bytes);
        bytes += erase && bytes >= 64 ? 61 : 1;
    }
}

static void cut_operation(const struct bench *before, uint32_t id, uint32_t operation, bool erase,
                          uint32_t size)
{
    cut_prefixes(before, id, operation, erase, size);
    for (int kind = LAB_TEAR_NONE; kind < LAB_TEARS; kind++) {
        const struct lab_tear tear = {.kind = (enum lab_tear_kind)kind};
        bool drawn = kind != LAB_TEAR_NONE && kind != LAB_TEAR_COMPLETE;
        if (kind == LAB_TEAR_PREFIX || !nv_can_tear(before->nv.kind, erase, size, &tear))
            continue;
        for (uint64_t draw = 0; draw < (drawn ? DRAWS : 1); draw++)
            cut_once(before, id, operation, erase, &tear, draw);
    }
}

static void begin(struct bench *b, enum lab_nv_kind kind, int64_t size)
{
    memset(b, 0, sizeof *b);
    b->cut_at = -1;
    assert_int_equal(nv_init(&b->nv, kind, size), 0);
    assert_int_equal(power_on(b), 0);
}

static void cut_a_life(enum lab_nv_kind kind, int64_t size)
{
    static struct bench life;
    struct ops ops;

    memset(tears_made, 0, sizeof tears_made);
    begin(&life, kind, size);
    for (uint32_t id = 1; id <= APPENDS; id++) {
        list_ops(&life, id, &ops);
        for (uint32_t n = 0; n < ops.count; n++)
            cut_operation(&life, id, ops.first + n, ops.erase[n], ops.size[n]);
        assert_true(append(&life, id) > 0);
        if (id % BOOT_EVERY == 0) {
            assert_int_equal(power_on(&life), 0);
            assert_true(holds(&life, true));
        }
    }
    assert_true(life.journal.block_sequence > life.nv.geometry.block_count); // it went round
    for (int tear = LAB_TEAR_NONE; tear < LAB_TEARS; tear++) {
        bool can = (nv_tears(kind, false) | nv_tears(kind, true)) >> tear & 1u;
        assert_int_equal(tears_made[tear] > 0, can);
    }
}

static void a_life_on_fram(void **state)
{
    (void)state;
    cut_a_life(devices[0].kind, devices[0].size);
}

static void a_life_on_eeprom(void **state)
{
    (void)state;
    cut_a_life(devices[1].kind, devices[1].size);
}

static void a_life_on_nor(void **state)
{
    (void)state;
    cut_a_life(devices[2].kind, devices[2].size);
}

static void a_life_on_sd(void **state)
{
    (void)state;
    cut_a_life(devices[3].kind, devices[3].size);
}

/// An empty memory whose formatting is cut is an empty memory.
static void formatting_may_be_cut(void **state)
{
    (void)state;
    static struct bench b;

    for (int d = 0; d < DEVICES; d++) {
        for (int kind = LAB_TEAR_NONE; kind < LAB_TEARS; kind++) {
            const struct lab_tear tear = {.kind = (enum lab_tear_kind)kind, .bytes = 3};
            for (int64_t n = 0; n < 3 * DRAWS; n++) {
                memset(&b, 0, sizeof b);
                nv_init(&b.nv, devices[d].kind, devices[d].size);
                b.cut_at = n % 3;
                b.cut = (struct nv_cut){.tear = tear, .draw = (uint64_t)n};
                if (!nv_can_tear(b.nv.kind, b.cut_at == 0, SIM_NV_PAGE, &tear))
                    continue;
                assert_int_equal(plr_journal_mount(&b.journal, &b.nv.geometry, &port, &b),
                                 PLR_EPOWER);
                if (!survives(&b, 1))
                    fail_msg("device %d, operation %d, tear %d, draw %d", d, (int)(n % 3), kind,
                             (int)n);
            }
        }
    }
}

/// The first record of all, torn: whatever of it reads as erased at a boot, nothing is written over its cells in between.
static void the_first_record_may_be_in_between(void **state)
{
    (void)state;
    const struct lab_tear tear = {.kind = LAB_TEAR_METASTABLE};
    static struct bench b;
    struct ops ops;

    for (int d = 0; d < DEVICES; d++) {
        begin(&b, devices[d].kind, devices[d].size);
        list_ops(&b, 1, &ops);
        if (nv_can_tear(b.nv.kind, false, ops.size[0], &tear))
            for (uint64_t draw = 1; draw < 1000; draw += 2)
                cut_once(&b, 1, ops.first, false, &tear, draw);
    }
}

// --- wear ------------------------------------------------------------------------------------------------------------------

static void spread(const uint32_t *wear, uint32_t count, uint32_t *least, uint32_t *most)
{
    *least = UINT32_MAX;
    *most = 0;
    for (uint32_t i = 0; i < count; i++) {
        *least = wear[i] < *least ? wear[i] : *least;
        *most = wear[i] > *most ? wear[i] : *most;
    }
}

/// A long run of saves, with a boot now and then and a cut at each, on devices of their usual size.
static void wear_spreads(void **state)
{
    (void)state;
    static struct bench b;
    uint32_t least, most;

    for (int d = 0; d < DEVICES; d++) {
        begin(&b, devices[d].kind, 0);
        for (uint32_t id = 1; id <= 4000; id++) {
            if (id % 97 == 0)
                b.cut_at = b.nv.operations;
            b.cut = (struct nv_cut){.tear = {.kind = LAB_TEAR_NONE}};
            if (append(&b, id) <= 0)
                assert_int_equal(power_on(&b), 0);
        }
        assert_true(holds(&b, true));
        spread(b.nv.wear, b.nv.geometry.block_count, &least, &most);
        print_message("kind %d: blocks erased %u to %u times\n", devices[d].kind, least, most);
        assert_true(least > 5 && most <= 2 * least);
        if (devices[d].kind != LAB_NV_EEPROM)
            continue;
        spread(b.nv.page_wear, b.nv.geometry.block_count * b.nv.geometry.erase_size / SIM_NV_PAGE,
               &least, &most);
        print_message("pages written %u to %u times\n", least, most);
        // a page behind the last record is erased with its block and never written: half of what the others bear
        assert_true(least > 5 && most <= 2 * least + 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_on_fram),
        cmocka_unit_test(a_life_on_eeprom),
        cmocka_unit_test(a_life_on_nor),
        cmocka_unit_test(a_life_on_sd),
        cmocka_unit_test(formatting_may_be_cut),
        cmocka_unit_test(the_first_record_may_be_in_between),
        cmocka_unit_test(wear_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
