// Tests of tears: what each kind of memory can be left with, and that it is no more and no less.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/nv/nv.h"

static struct nv_device nv, old;

static const enum lab_nv_kind kinds[] = {LAB_NV_FRAM, LAB_NV_EEPROM, LAB_NV_NOR, LAB_NV_SD};
enum { KINDS = sizeof kinds / sizeof *kinds, SIZE = 512, AT = 1024, DRAWS = 60 };

/// An operation on a device that has been in use: where it falls, what would be there after it, what it has under way at a time.
struct operation {
    bool erase;
    uint32_t at, size, unit;
    uint8_t data[SIZE];
    uint8_t whole[SIM_NV_BYTES];
};
static struct operation op;

static void prepare(enum lab_nv_kind kind, bool erase)
{
    static const uint32_t units[][2] = {
        [LAB_NV_FRAM] = {1, 1},
        [LAB_NV_EEPROM] = {32, 32},
        [LAB_NV_NOR] = {256, 4096},
        [LAB_NV_SD] = {512, 512},
    };
    assert_int_equal(nv_init(&nv, kind, 0), 0);
    for (size_t i = 0; i < sizeof nv.bytes; i++)
        nv.bytes[i] = (uint8_t)(i * 37 + (i >> 8));
    old = nv;
    op.erase = erase;
    op.at = nv.geometry.erase_size + (erase ? 0 : AT);
    op.size = erase ? nv.geometry.erase_size : SIZE;
    op.unit = units[kind][erase];
    memcpy(op.whole, nv.bytes, sizeof op.whole);
    for (uint32_t i = 0; i < op.size; i++) {
        uint8_t *to = &op.whole[op.at + i];
        if (!erase)
            op.data[i] = (uint8_t)(i * 101 + 7);
        *to = erase ? 0xff : kind == LAB_NV_NOR ? *to & op.data[i] : op.data[i];
    }
}

static void tear(enum lab_tear_kind kind, int32_t bytes, uint64_t draw)
{
    const struct nv_cut cut = {.tear = {.kind = kind, .bytes = bytes}, .draw = draw};

    assert_true(nv_can_tear(nv.kind, op.erase, op.size, &cut.tear));
    if (op.erase)
        nv_erase_torn(&nv, 1, &cut);
    else
        nv_prog_torn(&nv, 1, AT, op.data, SIZE, &cut);
}

static bool able(enum lab_tear_kind kind)
{
    const struct lab_tear tear = {.kind = kind};
    return nv_can_tear(nv.kind, op.erase, op.size, &tear);
}

/// Every kind, program and erase, that can do it.
#define FOR_ABLE(TEAR)                              \
    for (int which = 0; which < 2 * KINDS; which++) \
        if (prepare(kinds[which / 2], which % 2), able(TEAR))

/// The unit under way: everything before it is new, everything behind it old. Returns where it begins.
static uint32_t under_way(void)
{
    uint32_t first = 0;

    while (first < op.size && nv.bytes[op.at + first] == op.whole[op.at + first])
        first++;
    first -= first % op.unit;
    if (first >= op.size)
        first = op.size - op.unit;
    for (uint32_t i = 0; i < SIM_NV_BYTES; i++) {
        bool inside = i >= op.at + first && i < op.at + first + op.unit;
        if (!inside)
            assert_int_equal(nv.bytes[i],
                             i >= op.at && i < op.at + first ? op.whole[i] : old.bytes[i]);
    }
    return first;
}

static int bits_between(const uint8_t *a, const uint8_t *b)
{
    int bits = 0;
    for (uint32_t i = 0; i < op.unit; i++)
        bits += __builtin_popcount(a[i] ^ b[i]);
    return bits;
}

static void what_each_kind_can_do(void **state)
{
    (void)state;
    const uint32_t any = 1u << LAB_TEAR_NONE | 1u << LAB_TEAR_COMPLETE;
    const uint32_t cells = any | 1u << LAB_TEAR_PREFIX | 1u << LAB_TEAR_SOME_BITS |
                           1u << LAB_TEAR_MOST_BITS | 1u << LAB_TEAR_METASTABLE |
                           1u << LAB_TEAR_GARBAGE;
    const uint32_t card = any | 1u << LAB_TEAR_LOST_UNSYNCED | 1u << LAB_TEAR_GARBAGE;
    for (int erase = 0; erase < 2; erase++) {
        assert_int_equal(nv_tears(LAB_NV_FRAM, erase), any | 1u << LAB_TEAR_PREFIX);
        assert_int_equal(nv_tears(LAB_NV_EEPROM, erase), cells);
        assert_int_equal(nv_tears(LAB_NV_NOR, erase), cells);
    }
    assert_int_equal(nv_tears(LAB_NV_SD, false), card);
    assert_int_equal(nv_tears(LAB_NV_SD, true), card | 1u << LAB_TEAR_PREFIX);
    struct lab_tear tear = {.kind = LAB_TEAR_PREFIX, .bytes = 512};
    assert_true(nv_can_tear(LAB_NV_NOR, false, 512, &tear));
    assert_false(nv_can_tear(LAB_NV_NOR, false, 511, &tear));
    assert_false(nv_can_tear(LAB_NV_SD, false, 512, &tear));
    tear.kind = LAB_TEAR_DEVICE;
    assert_true(nv_can_tear(LAB_NV_SD, false, 1, &tear));
}

static void none_and_complete(void **state)
{
    (void)state;
    FOR_ABLE(LAB_TEAR_NONE)
    {
        tear(LAB_TEAR_NONE, 0, 1);
        assert_memory_equal(nv.bytes, old.bytes, sizeof nv.bytes);
        assert_int_equal(nv.programmed + nv.wear[1], 0);
    }
    FOR_ABLE(LAB_TEAR_COMPLETE)
    {
        tear(LAB_TEAR_COMPLETE, 0, 1);
        assert_memory_equal(nv.bytes, op.whole, sizeof nv.bytes);
        assert_int_equal(nv.programmed, op.erase ? 0 : SIZE);
        assert_int_equal(nv.wear[1], op.erase);
    }
}

static void a_prefix_is_new_the_rest_old(void **state)
{
    (void)state;
    for (uint32_t bytes = 0; bytes <= SIZE; bytes += 51) {
        FOR_ABLE(LAB_TEAR_PREFIX)
        {
            uint32_t done = nv.kind == LAB_NV_SD ? bytes / 512 * 512 : bytes;
            tear(LAB_TEAR_PREFIX, (int32_t)bytes, 1);
            assert_memory_equal(nv.bytes, op.whole, op.at + done);
            assert_memory_equal(nv.bytes + op.at + done, old.bytes + op.at + done,
                                sizeof nv.bytes - op.at - done);
        }
    }
}

/// What power that fades leaves is a prefix, too; of a card in whole sectors.
static void the_device_s_own_way_is_a_prefix(void **state)
{
    (void)state;
    FOR_ABLE(LAB_TEAR_DEVICE)
    {
        const struct nv_cut cut = {.done = 300};
        uint32_t done = nv.kind == LAB_NV_SD ? 0 : 300;
        if (op.erase)
            nv_erase_torn(&nv, 1, &cut);
        else
            nv_prog_torn(&nv, 1, AT, op.data, SIZE, &cut);
        assert_memory_equal(nv.bytes, op.whole, op.at + done);
        assert_memory_equal(nv.bytes + op.at + done, old.bytes + op.at + done,
                            sizeof nv.bytes - op.at - done);
    }
}

static void some_and_most_bits_differ_by_one(void **state)
{
    (void)state;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        FOR_ABLE(LAB_TEAR_SOME_BITS)
        {
            tear(LAB_TEAR_SOME_BITS, 0, draw);
            uint32_t at = op.at + under_way();
            assert_int_equal(bits_between(nv.bytes + at, old.bytes + at), 1);
            prepare(kinds[which / 2], which % 2);
            tear(LAB_TEAR_MOST_BITS, 0, draw);
            at = op.at + under_way();
            assert_int_equal(bits_between(nv.bytes + at, op.whole + at), 1);
        }
    }
}

static void garbage_is_anything_in_one_unit(void **state)
{
    (void)state;
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        FOR_ABLE(LAB_TEAR_GARBAGE)
        {
            tear(LAB_TEAR_GARBAGE, 0, draw);
            uint32_t at = op.at + under_way(), set = 0;
            assert_true(bits_between(nv.bytes + at, old.bytes + at) > (int)op.unit / 2);
            for (uint32_t i = 0; i < op.unit; i++)
                set |= nv.bytes[at + i] & (uint32_t)~op.whole[at + i];
            // flash programs towards 0 only; an erase may leave what it made before it erased
            assert_int_equal(set != 0, nv.kind != LAB_NV_NOR && !op.erase);
        }
    }
}

/// Any unit of an operation may be the one under way.
static void every_unit_has_its_turn(void **state)
{
    (void)state;
    for (int which = 0; which < 2 * KINDS; which++) {
        uint64_t seen = 0, units;
        for (uint64_t draw = 0; draw < 4 * DRAWS; draw++) {
            prepare(kinds[which / 2], which % 2);
            if (!able(LAB_TEAR_GARBAGE))
                break;
            tear(LAB_TEAR_GARBAGE, 0, draw);
            seen |= UINT64_C(1) << (under_way() / op.unit % 64);
        }
        units = op.size / op.unit > 64 ? 64 : op.size / op.unit;
        if (able(LAB_TEAR_GARBAGE))
            assert_true((uint64_t)__builtin_popcountll(seen) > units * 9 / 10);
    }
}

/// Cells in between read differently each time; all others as old or new. Erased or written again they are steady.
static void metastable_cells_flicker_until_they_are_written(void **state)
{
    (void)state;
    static uint8_t first[SIM_NV_BYTES], again[SIM_NV_BYTES], copied[SIM_NV_BYTES];
    int flickered = 0;

    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        FOR_ABLE(LAB_TEAR_METASTABLE)
        {
            uint32_t size = nv.geometry.erase_size;
            tear(LAB_TEAR_METASTABLE, 0, draw);
            static struct nv_device copy;
            copy = nv;
            bool differs = false;
            for (int read = 0; read < 12; read++) {
                nv_read(&nv, 1, 0, first, size);
                nv_read(&copy, 1, 0, copied, size);
                assert_memory_equal(first, copied, size); // a copied world reads alike
                differs = differs || (read && memcmp(first, again, size));
                memcpy(again, first, size);
                for (uint32_t i = 0; i < size; i++) {
                    uint8_t was = old.bytes[size + i], will = op.whole[size + i];
                    assert_int_equal(first[i] & ~(was | will), 0);
                    assert_int_equal((was & will) & ~first[i], 0);
                }
            }
            flickered += differs;
            if (op.erase || nv.kind == LAB_NV_EEPROM) {
                op.erase ? nv_erase(&nv, 1) : nv_prog(&nv, 1, AT, op.data, SIZE);
                nv_read(&nv, 1, 0, first, size);
                assert_memory_equal(first, op.whole + size, size);
                assert_int_equal(nv.shaky[0].size, 0);
            }
        }
    }
    assert_true(flickered > 2 * DRAWS); // of four operations
}

/// Flash told to clear a cell that is in between has cleared it; one that it is not told to clear stays in between.
static void flash_settles_what_it_clears(void **state)
{
    (void)state;
    uint8_t zeros[SIZE] = {0}, ones[SIZE], back[SIZE];

    memset(ones, 0xff, sizeof ones);
    prepare(LAB_NV_NOR, false);
    for (uint64_t draw = 0; draw < DRAWS && !nv.shaky[0].size; draw++)
        tear(LAB_TEAR_METASTABLE, 0, draw);
    assert_true(nv.shaky[0].size);
    nv_prog(&nv, 1, AT, ones, SIZE);
    assert_true(nv.shaky[0].size);
    nv_prog(&nv, 1, AT, zeros, SIZE);
    assert_false(nv.shaky[0].size);
    nv_read(&nv, 1, AT, back, SIZE);
    assert_memory_equal(back, zeros, SIZE);
}

static void tears_hang_on_the_draw_alone(void **state)
{
    (void)state;
    static const enum lab_tear_kind drawn[] = {LAB_TEAR_SOME_BITS, LAB_TEAR_MOST_BITS,
                                               LAB_TEAR_METASTABLE, LAB_TEAR_GARBAGE};
    static struct nv_device one;
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++) {
        FOR_ABLE(drawn[i])
        {
            tear(drawn[i], 0, 5);
            one = nv;
            nv = old;
            tear(drawn[i], 0, 5);
            memcpy(nv.part, one.part, sizeof nv.part); // numbers of writes, no two alike
            assert_memory_equal(&one, &nv, sizeof nv);
            nv = old;
            tear(drawn[i], 0, 6);
            memcpy(nv.part, one.part, sizeof nv.part);
            assert_memory_not_equal(&one, &nv, sizeof nv);
        }
    }
}

// --- the file system in front of a card ---------------------------------------------------------------------------------

static void what_was_not_synced_is_lost(void **state)
{
    (void)state;
    int landed = 0;

    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        FOR_ABLE(LAB_TEAR_LOST_UNSYNCED)
        {
            uint8_t synced[512], lost[512], back[512];
            memset(synced, 0x11, sizeof synced);
            memset(lost, 0x22, sizeof lost);
            nv_prog(&nv, 0, 0, synced, sizeof synced);
            nv_sync(&nv);
            nv_prog(&nv, 0, 0, lost, sizeof lost);
            nv_erase(&nv, 2);
            nv_read(&nv, 0, 0, back, sizeof back);
            assert_memory_equal(back, lost, sizeof back); // until power goes it is there
            nv_read(&nv, 2, 0, back, sizeof back);
            assert_int_equal(back[0] & back[511], 0xff);
            tear(LAB_TEAR_LOST_UNSYNCED, 0, draw);
            nv_sync(&nv);
            nv_read(&nv, 0, 0, back, sizeof back);
            assert_memory_equal(back, synced, sizeof back);
            assert_memory_equal(nv.bytes + 512, old.bytes + 512, op.at - 512);
            bool whole = nv.bytes[op.at + 1] == op.whole[op.at + 1];
            assert_memory_equal(nv.bytes + op.at, (whole ? op.whole : old.bytes) + op.at, op.size);
            assert_memory_equal(nv.bytes + op.at + op.size, old.bytes + op.at + op.size,
                                sizeof nv.bytes - op.at - op.size);
            landed += whole;
        }
    }
    assert_in_range(landed, 2 * DRAWS / 3, 4 * DRAWS / 3); // of two operations
}

static void other_tears_lose_nothing(void **state)
{
    (void)state;
    uint8_t data[512], back[512];

    memset(data, 0x33, sizeof data);
    for (int kind = LAB_TEAR_DEVICE; kind < LAB_TEARS; kind++) {
        prepare(LAB_NV_SD, true);
        if (kind == LAB_TEAR_LOST_UNSYNCED || !able((enum lab_tear_kind)kind))
            continue;
        nv_prog(&nv, 0, 512, data, sizeof data);
        tear((enum lab_tear_kind)kind, 0, 3);
        nv_sync(&nv);
        nv_read(&nv, 0, 512, back, sizeof back);
        assert_memory_equal(back, data, sizeof data);
    }
}

/// Whatever is held back, in whatever order: what is read is what was written last.
static void what_is_held_back_is_read_as_written(void **state)
{
    (void)state;
    static uint8_t flat[SIM_NV_BYTES], back[SIM_NV_BYTES], data[4 * 512];
    uint64_t random = 7;

    assert_int_equal(nv_init(&nv, LAB_NV_SD, 0), 0);
    memset(flat, 0xff, sizeof flat);
    uint32_t block_size = nv.geometry.erase_size;
    for (int step = 0; step < 4000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint32_t what = (uint32_t)(random >> 33), block = what % 4, sectors = 1 + what / 4 % 4;
        uint32_t at = what / 16 % 29 * 512;
        if (what / 1024 % 16 == 0) {
            nv_erase(&nv, block);
            memset(flat + block * block_size, 0xff, block_size);
        } else if (what / 1024 % 16 == 1) {
            nv_sync(&nv);
            assert_memory_equal(nv.bytes, flat, sizeof flat);
        } else {
            memset(data, step, sizeof data);
            nv_prog(&nv, block, at, data, sectors * 512);
            memcpy(flat + block * block_size + at, data, sectors * 512);
        }
        for (uint32_t n = 0; n < 4; n++)
            nv_read(&nv, n, 0, back + n * block_size, block_size);
        assert_memory_equal(back, flat, sizeof flat);
        nv_read(&nv, block, at + 100, back, 700); // across sectors
        assert_memory_equal(back, flat + block * block_size + at + 100, 700);
    }
}

/// Two ends of one write differ in its wound alone; and whoever reads there, or changes anything else, is found out.
static void wounds_are_compared(void **state)
{
    (void)state;
    const struct nv_cut half = {.tear = {.kind = LAB_TEAR_PREFIX, .bytes = 100}};
    const struct nv_cut none = {.tear = {.kind = LAB_TEAR_PREFIX, .bytes = 1}};
    uint8_t byte;

    prepare(LAB_NV_FRAM, false);
    nv_prog_torn(&nv, 1, AT, op.data, SIZE, &half);
    nv_prog_torn(&old, 1, AT, op.data, SIZE, &none);
    assert_true(nv_same_but_wound(&nv, &old));
    nv_read(&nv, 1, AT - 1, &byte, 1);
    nv_read(&nv, 1, AT + SIZE, &byte, 1);
    assert_false(nv.wound.read);
    nv_read(&nv, 1, AT + SIZE - 1, &byte, 1);
    assert_true(nv.wound.read && nv_same_but_wound(&nv, &old));
    nv.wear[3]++;
    assert_false(nv_same_but_wound(&nv, &old));
    nv.wear[3]--;
    for (int place = 0; place < 3; place++) {
        static const uint32_t at[] = {AT - 1, AT + SIZE, 0};
        uint8_t other = (uint8_t)~nv.bytes[nv.geometry.erase_size + at[place]];
        nv_prog(&nv, 1, at[place], &other, 1);
        assert_false(nv_same_but_wound(&nv, &old));
        other = (uint8_t)~other;
        nv_prog(&nv, 1, at[place], &other, 1);
        assert_true(nv_same_but_wound(&nv, &old));
    }
    nv_prog_torn(&old, 2, 0, op.data, SIZE, &none); // another wound
    assert_false(nv_same_but_wound(&nv, &old));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_kind_can_do),
        cmocka_unit_test(none_and_complete),
        cmocka_unit_test(a_prefix_is_new_the_rest_old),
        cmocka_unit_test(the_device_s_own_way_is_a_prefix),
        cmocka_unit_test(some_and_most_bits_differ_by_one),
        cmocka_unit_test(garbage_is_anything_in_one_unit),
        cmocka_unit_test(every_unit_has_its_turn),
        cmocka_unit_test(metastable_cells_flicker_until_they_are_written),
        cmocka_unit_test(flash_settles_what_it_clears),
        cmocka_unit_test(tears_hang_on_the_draw_alone),
        cmocka_unit_test(what_was_not_synced_is_lost),
        cmocka_unit_test(other_tears_lose_nothing),
        cmocka_unit_test(what_is_held_back_is_read_as_written),
        cmocka_unit_test(wounds_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
