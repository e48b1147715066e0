// What a power cut leaves of a program or an erase, on each kind of memory.
// SPDX-License-Identifier: MIT
#include "sim/nv/cells.h"

#include <assert.h>
#include <string.h>

#define BIT(kind) (1u << (kind))

enum {
    ANY = BIT(LAB_TEAR_NONE) | BIT(LAB_TEAR_COMPLETE),
    CELLS = ANY | BIT(LAB_TEAR_PREFIX) | BIT(LAB_TEAR_SOME_BITS) | BIT(LAB_TEAR_MOST_BITS) |
            BIT(LAB_TEAR_METASTABLE) | BIT(LAB_TEAR_GARBAGE),
    CARD = ANY | BIT(LAB_TEAR_LOST_UNSYNCED) | BIT(LAB_TEAR_GARBAGE)
};

/// What a kind can do, and how many bytes it has under way at a time.
static const struct {
    uint32_t prog, erase;
    uint32_t prog_unit, erase_unit;
} kinds[] = {
    // a byte is latched whole, out of a capacitor of the chip's own: it is old or new
    [LAB_NV_FRAM] = {ANY | BIT(LAB_TEAR_PREFIX), ANY | BIT(LAB_TEAR_PREFIX), 1, 1},
    // the chip erases and writes all cells of a page together; pages one after the other
    [LAB_NV_EEPROM] = {CELLS, CELLS, SIM_NV_PAGE, SIM_NV_PAGE},
    // pages are programmed towards 0, sectors erased towards 1 after all their cells were programmed
    [LAB_NV_NOR] = {CELLS, CELLS, SIM_NV_CELLS, 4096},
    // whole sectors; what was not synced may never have left the host's memory
    [LAB_NV_SD] = {CARD, CARD | BIT(LAB_TEAR_PREFIX), SIM_NV_SECTOR, SIM_NV_SECTOR},
};

uint32_t nv_tears(enum lab_nv_kind kind, bool erase)
{
    return erase ? kinds[kind].erase : kinds[kind].prog;
}

bool nv_can_tear(enum lab_nv_kind kind, bool erase, uint32_t size, const struct lab_tear *tear)
{
    if (tear->kind == LAB_TEAR_DEVICE)
        return true;
    if (!(nv_tears(kind, erase) & BIT(tear->kind)))
        return false;
    return tear->kind != LAB_TEAR_PREFIX || (tear->bytes >= 0 && (uint32_t)tear->bytes <= size);
}

/// An operation under way: `data` NULL is an erase.
struct torn {
    struct nv_device *nv;
    uint32_t at, size;
    const uint8_t *data;
    uint64_t draw;
    uint32_t begin, end; ///< of what the device had under way, from `at`
};

/// What is drawn of an operation, beside one number for each of its bytes (those are below SIM_NV_BYTES).
enum draws {
    OF_UNIT = SIM_NV_BYTES, ///< which one was under way
    OF_CELL,
    OF_SHARE,
    OF_OTHERS,
    OF_PAGE
};

static uint64_t chance(const struct torn *t, uint32_t i)
{
    return nv_chance(t->draw, i);
}

static void land(const struct torn *t, uint32_t from, uint32_t to)
{
    nv_write(t->nv, t->at + from, t->data ? t->data + from : NULL, to - from);
}

static bool programs_flash(const struct torn *t)
{
    return t->data && t->nv->kind == LAB_NV_NOR;
}

/// Cells of byte `i` that the operation changes.
static uint8_t changes(const struct torn *t, uint32_t i)
{
    uint8_t old = t->nv->bytes[t->at + i], data = t->data ? t->data[i] : 0xff;
    return old ^ (programs_flash(t) ? old & data : data);
}

/// One drawn cell among those under way that change: its byte, and its bit of it. Returns 0 when none does.
static uint8_t one_cell(const struct torn *t, uint32_t *byte)
{
    uint32_t count = 0;

    for (uint32_t i = t->begin; i < t->end; i++)
        count += (uint32_t)__builtin_popcount(changes(t, i));
    if (!count)
        return 0;
    uint32_t which = (uint32_t)(chance(t, OF_CELL) % count);
    for (uint32_t i = t->begin; i < t->end; i++) {
        for (unsigned bits = changes(t, i); bits; bits &= bits - 1) {
            *byte = i;
            if (!which--)
                return (uint8_t)(bits & (~bits + 1));
        }
    }
    return 0;
}

static void some_or_most_bits(const struct torn *t, bool most)
{
    uint32_t byte = t->begin;
    uint8_t cell = one_cell(t, &byte);

    if (most)
        land(t, t->begin, t->end);
    t->nv->bytes[t->at + byte] ^= cell;
}

static void garbage(const struct torn *t)
{
    land(t, t->begin, t->end); // which settles cells
    for (uint32_t i = t->begin; i < t->end; i++) {
        uint8_t any = (uint8_t)chance(t, i);
        uint8_t *byte = &t->nv->bytes[t->at + i];
        *byte = programs_flash(t) ? *byte & any : any;
    }
}

/// Which of the cells that change are in between: one of them, an eighth or half.
static uint8_t in_between(const struct torn *t, uint32_t i, uint32_t one_byte, uint8_t one)
{
    uint64_t bits = chance(t, i);
    uint8_t half = (uint8_t)bits, eighth = (uint8_t)(bits & bits >> 8 & bits >> 16);

    switch (chance(t, OF_SHARE) % 3) {
    case 0: return i == one_byte ? one : 0;
    case 1: return changes(t, i) & eighth;
    default: return changes(t, i) & half;
    }
}

/// Of a sector under erase one page is followed cell by cell. The rest of it settles at once, each cell by chance.
static void choose_page(struct torn *t)
{
    uint32_t pages = (t->end - t->begin) / SIM_NV_CELLS;
    uint64_t drawn = chance(t, OF_PAGE);

    for (uint32_t i = t->begin; i < t->end; i++)
        t->nv->bytes[t->at + i] ^= changes(t, i) & (uint8_t)chance(t, i);
    // every other time the first, which holds a block's head
    t->begin += drawn & 1 ? 0 : (uint32_t)((drawn >> 1) % pages) * SIM_NV_CELLS;
    t->end = t->begin + SIM_NV_CELLS;
}

/// Part of the cells stay in between, the others are all old or all new.
static void metastable(struct torn *t)
{
    uint8_t cells[SIM_NV_CELLS], any = 0;
    uint32_t byte = t->begin;

    if (t->end - t->begin > SIM_NV_CELLS)
        choose_page(t);
    uint8_t one = one_cell(t, &byte);
    for (uint32_t i = t->begin; i < t->end; i++)
        any |= cells[i - t->begin] = in_between(t, i, byte, one);
    if (chance(t, OF_OTHERS) & 1)
        land(t, t->begin, t->end);
    if (any)
        nv_shake(t->nv, t->at + t->begin, t->end - t->begin, cells, t->draw);
}

/// Units before the one under way are done, those behind it were not begun.
static void tear_unit(struct torn *t, enum lab_tear_kind kind)
{
    uint32_t unit = t->data ? kinds[t->nv->kind].prog_unit : kinds[t->nv->kind].erase_unit;
    uint32_t units = (t->size + unit - 1) / unit;

    t->begin = (uint32_t)(chance(t, OF_UNIT) % units) * unit;
    t->end = t->begin + unit < t->size ? t->begin + unit : t->size;
    land(t, 0, t->begin);
    if (kind == LAB_TEAR_GARBAGE)
        garbage(t);
    else if (kind == LAB_TEAR_METASTABLE)
        metastable(t);
    else
        some_or_most_bits(t, kind == LAB_TEAR_MOST_BITS);
}

/// Returns how many bytes of the operation the device has touched.
static uint32_t tear(struct torn *t, const struct nv_cut *cut)
{
    struct nv_device *nv = t->nv;
    uint32_t done = t->size;

    switch (cut->tear.kind) {
    case LAB_TEAR_NONE: done = 0; break;
    case LAB_TEAR_DEVICE: done = cut->done; break;
    case LAB_TEAR_PREFIX: done = (uint32_t)cut->tear.bytes; break;
    case LAB_TEAR_LOST_UNSYNCED: // a cache is written in any order: this one may be the one that made it
        nv_lose(nv);
        done = chance(t, OF_OTHERS) & 1 ? t->size : 0;
        break;
    case LAB_TEAR_SOME_BITS:
    case LAB_TEAR_MOST_BITS:
    case LAB_TEAR_METASTABLE:
    case LAB_TEAR_GARBAGE:
        nv_sync(nv);
        tear_unit(t, cut->tear.kind);
        return t->end;
    case LAB_TEAR_COMPLETE:
    case LAB_TEARS: break;
    }
    nv_sync(nv); // what the cut did not take away had been written
    if (nv->kind == LAB_NV_SD)
        done -= done % SIM_NV_SECTOR;
    land(t, 0, done);
    return done;
}

static void open_wound(const struct torn *t)
{
    t->nv->wound = (struct nv_wound){.from = t->at, .to = t->at + t->size};
    nv_touch(t->nv, t->at, t->size);
}

void nv_prog_torn(struct nv_device *nv, uint32_t block, uint32_t offset, const void *data,
                  uint32_t size, const struct nv_cut *cut)
{
    assert(nv_valid(nv, block, offset, size, true));
    assert(nv_can_tear(nv->kind, false, size, &cut->tear));
    struct torn t = {nv, nv_at(nv, block, offset), size, data, cut->draw, 0, 0};
    open_wound(&t);
    nv_wear_prog(nv, t.at, tear(&t, cut));
}

void nv_erase_torn(struct nv_device *nv, uint32_t block, const struct nv_cut *cut)
{
    assert(block < nv->geometry.block_count);
    assert(nv_can_tear(nv->kind, true, nv->geometry.erase_size, &cut->tear));
    struct torn t = {nv, nv_at(nv, block, 0), nv->geometry.erase_size, NULL, cut->draw, 0, 0};
    open_wound(&t);
    uint32_t done = tear(&t, cut);
    if (cut->tear.kind != LAB_TEAR_NONE)
        nv_wear_erase(nv, block, done);
}
