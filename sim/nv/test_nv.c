// Tests of the memories: geometry, timing, what flash can and cannot do, torn operations, wear.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/nv/cells.h"

static struct nv_device nv;

static const enum lab_nv_kind kinds[] = {LAB_NV_FRAM, LAB_NV_EEPROM, LAB_NV_NOR, LAB_NV_SD};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void a_new_device_is_erased_and_holds_a_journal(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        assert_int_equal(nv_init(&nv, kinds[k], 0), 0);
        const struct plr_nv_geometry *g = &nv.geometry;
        assert_true(g->block_count >= 2 && g->block_count <= SIM_NV_BLOCKS);
        assert_true(g->erase_size % g->prog_size == 0 && g->prog_size <= PLR_PROG_MAX);
        assert_true((size_t)g->block_count * g->erase_size <= sizeof nv.bytes);
        for (size_t i = 0; i < sizeof nv.bytes; i++)
            assert_int_equal(nv.bytes[i], 0xff);
        assert_int_equal(nv.programmed + nv.operations, 0);
    }
}

static void sizes_that_make_no_journal_are_refused(void **state)
{
    (void)state;
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, 8192), 0);
    assert_int_equal(nv.geometry.block_count, 2);
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, SIM_NV_BYTES), 0);
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, 4096), -22);
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, 8191), -22);
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, 8193), -22);
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, SIM_NV_BYTES + 4096), -22);
    assert_int_equal(nv_init(&nv, LAB_NV_FRAM, -8192), -22);
    assert_int_equal(nv_init(&nv, LAB_NV_NOR, 16384), -22);
    assert_int_equal(nv_init(&nv, LAB_NV_NOR, INT64_MAX), -22);
}

/// The figures of the data sheets, worked out by hand.
static void operations_take_their_time(void **state)
{
    (void)state;
    nv_init(&nv, LAB_NV_FRAM, 0); // 10 us and 1 us a byte
    assert_int_equal(nv_prog_us(&nv, 100), 110);
    assert_int_equal(nv_erase_us(&nv), 10 + 4096);
    nv_init(&nv, LAB_NV_EEPROM, 0); // 50 us, 5 ms for each page of 32, 23 us a byte
    assert_int_equal(nv_prog_us(&nv, 32), 50 + 5000 + 736);
    assert_int_equal(nv_prog_us(&nv, 64), 50 + 10000 + 1472);
    assert_int_equal(nv_erase_us(&nv), 50 + 128 * 5000 + 4096 * 23);
    nv_init(&nv, LAB_NV_NOR,
            0); // 20 us, 0.7 ms for each page of 256, 0.2 us a byte; 180 ms an erase
    assert_int_equal(nv_prog_us(&nv, 256), 20 + 700 + 51);
    assert_int_equal(nv_prog_us(&nv, 512), 20 + 1400 + 102);
    assert_int_equal(nv_erase_us(&nv), 180000);
    nv_init(&nv, LAB_NV_SD, 0);
    assert_int_equal(nv_prog_us(&nv, 512), 200 + 100 + 25);
    assert_int_equal(nv_erase_us(&nv), 2000);
    assert_int_equal(nv.timing.sync_us, 20000);
}

static void accesses_must_lie_inside_and_programs_on_units(void **state)
{
    (void)state;
    nv_init(&nv, LAB_NV_NOR, 0);
    assert_true(nv_valid(&nv, 0, 0, 256, true));
    assert_true(nv_valid(&nv, 3, 16384 - 256, 256, true));
    assert_true(nv_valid(&nv, 3, 16384, 0, false));
    assert_true(nv_valid(&nv, 0, 7, 13, false));
    assert_false(nv_valid(&nv, 0, 7, 256, true));
    assert_false(nv_valid(&nv, 0, 0, 13, true));
    assert_false(nv_valid(&nv, 4, 0, 256, false));
    assert_false(nv_valid(&nv, 0, 16384, 1, false));
    assert_false(nv_valid(&nv, 0, 16385, 0, false));
    assert_false(nv_valid(&nv, 0, 1, UINT32_MAX, false));
}

static void what_is_programmed_is_read_back(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        uint8_t data[512], back[512];
        nv_init(&nv, kinds[k], 0);
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)(i * 7 + (size_t)k);
        nv_prog(&nv, 1, 512, data, sizeof data);
        nv_read(&nv, 1, 512, back, sizeof back);
        assert_memory_equal(data, back, sizeof data);
        assert_int_equal(nv.programmed, 512);
        nv_read(&nv, 0, 512, back, sizeof back); // the neighbour is as it was
        assert_int_equal(back[0] & back[511], 0xff);
        assert_int_equal(nv.bytes[nv.geometry.erase_size + 511], 0xff);
        assert_int_equal(nv.bytes[nv.geometry.erase_size + 1024], 0xff);
    }
}

static void flash_only_clears_bits_others_take_anything(void **state)
{
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        uint8_t first[512], second[512], back[512];
        memset(first, 0x0f, sizeof first);
        memset(second, 0xf3, sizeof second);
        nv_init(&nv, kinds[k], 0);
        nv_prog(&nv, 0, 0, first, sizeof first);
        nv_prog(&nv, 0, 0, second, sizeof second);
        nv_read(&nv, 0, 0, back, sizeof back);
        assert_int_equal(back[0], kinds[k] == LAB_NV_NOR ? 0x03 : 0xf3);
        assert_int_equal(back[511], back[0]);
        nv_erase(&nv, 0);
        nv_prog(&nv, 0, 0, second, sizeof second);
        nv_read(&nv, 0, 0, back, sizeof back);
        assert_int_equal(back[0], 0xf3);
    }
}

static void wear_is_that_of_the_worst_block(void **state)
{
    (void)state;
    nv_init(&nv, LAB_NV_NOR, 0); // 1e5 erases
    assert_int_equal(nv_wear_ppb(&nv), 0);
    for (int i = 0; i < 10; i++)
        nv_erase(&nv, i < 7 ? 2 : 0);
    assert_int_equal(nv_wear_ppb(&nv), 7 * 10000);
    nv_init(&nv, LAB_NV_FRAM, 0); // unlimited
    nv_erase(&nv, 0);
    assert_int_equal(nv_wear_ppb(&nv), 0);
}

/// Its cells wear by every write, and by the write that erases them; flash wears by erases alone.
static void an_eeprom_wears_by_what_is_written(void **state)
{
    (void)state;
    uint8_t data[96] = {0};
    nv_init(&nv, LAB_NV_EEPROM, 0); // 1e6 cycles of a page
    nv_prog(&nv, 1, 64, data, 32);
    assert_int_equal(nv_wear_ppb(&nv), 1000);
    nv_prog(&nv, 1, 96, data, 32); // its neighbour: no page has two
    nv_prog(&nv, 0, 64, data, 32); // nor the same place of another block
    assert_int_equal(nv_wear_ppb(&nv), 1000);
    nv_prog(&nv, 1, 32, data, 96); // three pages: two of them again
    assert_int_equal(nv_wear_ppb(&nv), 2000);
    struct nv_cut cut = {.tear = {.kind = LAB_TEAR_NONE}}; // torn before it began
    nv_prog_torn(&nv, 1, 64, data, 32, &cut);
    assert_int_equal(nv_wear_ppb(&nv), 2000);
    cut.tear =
        (struct lab_tear){.kind = LAB_TEAR_PREFIX, .bytes = 1}; // a cycle of the page all the same
    nv_prog_torn(&nv, 1, 64, data, 32, &cut);
    assert_int_equal(nv_wear_ppb(&nv), 3000);
    nv_erase(&nv, 1);
    assert_int_equal(nv_wear_ppb(&nv), 4000);
    cut.tear.bytes = 64; // torn before the worn page
    nv_erase_torn(&nv, 1, &cut);
    assert_int_equal(nv_wear_ppb(&nv), 4000);
    nv_init(&nv, LAB_NV_NOR, 0);
    for (int i = 0; i < 20; i++)
        nv_prog(&nv, 0, 0, data, 96);
    assert_int_equal(nv_wear_ppb(&nv), 0);
}

/// Something that a device goes through: any operation, here and there, whole or torn.
static void operate(struct nv_device *device, uint32_t draw)
{
    uint32_t block = draw % device->geometry.block_count, size = device->geometry.prog_size;
    uint32_t offset = draw / 7 % (device->geometry.erase_size / size) * size;
    uint8_t data[PLR_PROG_MAX];
    enum lab_tear_kind kind = (enum lab_tear_kind)(draw / 512 % LAB_TEARS);
    bool erase = draw / 64 % 5 == 3;
    struct nv_cut cut = {.tear = {.kind = kind}, .done = size / 2, .draw = draw};

    if (!nv_can_tear(device->kind, erase, erase ? device->geometry.erase_size : size, &cut.tear))
        cut.tear.kind = LAB_TEAR_DEVICE;
    memset(data, (int)(draw >> 3), sizeof data);
    switch (draw / 64 % 5) {
    case 0: nv_erase(device, block); break;
    case 1: nv_sync(device); break;
    case 2: nv_prog_torn(device, block, offset, data, size, &cut); break;
    case 3: nv_erase_torn(device, block, &cut); break;
    default: nv_prog(device, block, offset, data, size); break;
    }
    nv_read(device, block, offset, data, size);
}

static void a_copy_is_the_same_however_long_ago_both_went_apart(void **state)
{
    (void)state;
    static struct nv_device from, to;
    uint32_t draw = 1;

    for (int k = 0; k < KINDS; k++) {
        memset(&to, 0, sizeof to);
        nv_init(&from, kinds[k], 0);
        for (int n = 0; n < 2000; n++) {
            draw = draw * 1664525u + 1013904223u;
            operate(n % 3 && n > 100 ? &to : &from, draw >> 8);
            if (n < 100 || n % 13 == 0) {
                nv_copy(&to, &from);
                for (uint32_t i = to.held.count; i < SIM_NV_HELD; i++) // nobody's
                    memcpy(to.held.bytes[i], from.held.bytes[i], sizeof to.held.bytes[i]);
                assert_memory_equal(&to, &from, sizeof to);
            }
        }
    }
}

/// What is kept from one hash to the next changes none: a device of the same bytes that nobody has hashed before, all of whose parts
/// are new, has the same.
static void a_hash_is_that_of_the_bytes(void **state)
{
    (void)state;
    static struct nv_device other;
    uint64_t before = 0, same = 0;
    uint32_t draw = 1;

    for (int k = 0; k < KINDS; k++) {
        nv_init(&nv, kinds[k], 0);
        for (int n = 0; n < 1000; n++) {
            draw = draw * 1664525u + 1013904223u;
            operate(&nv, draw >> 8);
            uint64_t hash = nv_hash(&nv);
            other = nv;
            nv_touch(&other, 0, SIM_NV_BYTES);
            assert_true(nv_hash(&other) == hash && nv_hash(&nv) == hash);
            same += hash == before;
            before = hash;
        }
    }
    assert_true(same < KINDS * 750); // reads, and what is held back, leave it as it was
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_device_is_erased_and_holds_a_journal),
        cmocka_unit_test(sizes_that_make_no_journal_are_refused),
        cmocka_unit_test(operations_take_their_time),
        cmocka_unit_test(accesses_must_lie_inside_and_programs_on_units),
        cmocka_unit_test(what_is_programmed_is_read_back),
        cmocka_unit_test(flash_only_clears_bits_others_take_anything),
        cmocka_unit_test(wear_is_that_of_the_worst_block),
        cmocka_unit_test(an_eeprom_wears_by_what_is_written),
        cmocka_unit_test(a_copy_is_the_same_however_long_ago_both_went_apart),
        cmocka_unit_test(a_hash_is_that_of_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
