// FRAM, EEPROM, NOR flash, and SD or eMMC behind a file system, as far as a journal sees them.
// SPDX-License-Identifier: MIT
#include "sim/nv/cells.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct nv_device) < SIM_NV_BYTES + SIM_NV_BYTES / 4,
               "a device is copied with every branch of a run: its bytes must be nearly all of it");

static const struct {
    uint32_t prog_size, erase_size, size;
    uint64_t endurance;
    struct nv_timing timing;
} kinds[] = {
    // SPI FRAM at 8 MHz: bus time only; 1e14 cycles and more count as unlimited
    [LAB_NV_FRAM] = {1, 4096, 32768, 0, {10, 0, 1000, 0, 0, 0}},
    // I2C EEPROM 24C32 class at 400 kHz: 5 ms for each 32-byte page, 1e6 cycles; an erase is pages, and can end behind any
    [LAB_NV_EEPROM] = {SIM_NV_PAGE, 4096, 32768, 1000000, {50, 5000, 23000, 0, 0, 5786}},
    // SPI NOR: 0.7 ms per 256-byte page (up to 3), 45 ms per 4 KiB sector (up to 400), 1e5 cycles; four sectors make a block; an
    // erase is suspended within 30 us
    [LAB_NV_NOR] = {256, 16384, 65536, 100000, {20, 700, 200, 180000, 0, 30}},
    // SD behind a file system: sync 2-200 ms, 20 typical; sectors of 512; wear is the card's own affair, 1e5 assumed
    [LAB_NV_SD] = {512, 16384, 65536, 100000, {200, 100, 50, 2000, 20000, 0}},
};

int nv_init(struct nv_device *nv, enum lab_nv_kind kind, int64_t size)
{
    memset(nv, 0, sizeof *nv);
    nv->kind = kind;
    int64_t bytes = size ? size : kinds[kind].size;
    nv->geometry.prog_size = kinds[kind].prog_size;
    nv->geometry.erase_size = kinds[kind].erase_size;
    nv->geometry.endurance = kinds[kind].endurance;
    if (bytes < 2 * (int64_t)nv->geometry.erase_size || bytes > SIM_NV_BYTES ||
        bytes % nv->geometry.erase_size)
        return -22;
    nv->geometry.block_count = (uint32_t)bytes / nv->geometry.erase_size;
    nv->timing = kinds[kind].timing;
    memset(nv->bytes, 0xff, sizeof nv->bytes);
    nv_touch(nv, 0, SIM_NV_BYTES);
    return 0;
}

void nv_touch(struct nv_device *nv, uint32_t at, uint32_t size)
{
    static uint64_t number; // of all devices: two that went apart never have the same

    if (!size)
        return;
    number++;
    for (uint32_t part = at / SIM_NV_PART; part <= (at + size - 1) / SIM_NV_PART; part++)
        nv->part[part] = number;
}

/// From the member `first` up to, not including, the member `end`.
#define COPY_MEMBERS(to, from, first, end)                           \
    memcpy((char *)(to) + offsetof(struct nv_device, first),         \
           (const char *)(from) + offsetof(struct nv_device, first), \
           offsetof(struct nv_device, end) - offsetof(struct nv_device, first))

void nv_copy(struct nv_device *to, const struct nv_device *from)
{
    for (uint32_t i = 0; i < SIM_NV_PARTS; i++)
        if (to->part[i] != from->part[i])
            memcpy(to->bytes + i * SIM_NV_PART, from->bytes + i * SIM_NV_PART, SIM_NV_PART);
    COPY_MEMBERS(to, from, kind, page_wear);
    if (from->kind == LAB_NV_EEPROM)
        COPY_MEMBERS(to, from, page_wear, operations);
    COPY_MEMBERS(to, from, operations, held.bytes);
    memcpy(to->held.bytes, from->held.bytes, from->held.count * sizeof from->held.bytes[0]);
}

/// From the member `first` up to, not including, the member `end`.
#define SAME_MEMBERS(a, b, first, end)                             \
    (memcmp((const char *)(a) + offsetof(struct nv_device, first), \
            (const char *)(b) + offsetof(struct nv_device, first), \
            offsetof(struct nv_device, end) - offsetof(struct nv_device, first)) == 0)

/// Are the bytes the same outside the wound?
static bool same_bytes(const struct nv_device *a, const struct nv_device *b)
{
    for (uint32_t i = 0; i < SIM_NV_PARTS; i++) {
        uint32_t at = i * SIM_NV_PART, end = at + SIM_NV_PART;
        if (a->part[i] == b->part[i])
            continue;
        uint32_t from = a->wound.from > at ? a->wound.from : at,
                 to = a->wound.to < end ? a->wound.to : end;
        from = from < end ? from : end;
        to = to > from ? to : from;
        if (memcmp(a->bytes + at, b->bytes + at, from - at) ||
            memcmp(a->bytes + to, b->bytes + to, end - to))
            return false;
    }
    return true;
}

bool nv_same_but_wound(const struct nv_device *a, const struct nv_device *b)
{
    bool same = a->wound.from == b->wound.from && a->wound.to == b->wound.to &&
                SAME_MEMBERS(a, b, wear, page_wear) && SAME_MEMBERS(a, b, operations, held.bytes) &&
                !memcmp(a->held.bytes, b->held.bytes, a->held.count * sizeof a->held.bytes[0]);

    if (a->kind == LAB_NV_EEPROM)
        same = same && SAME_MEMBERS(a, b, page_wear, operations);
    return same && same_bytes(a, b);
}

static int64_t written_us(const struct nv_device *nv, uint32_t size)
{
    uint32_t units = (size + nv->geometry.prog_size - 1) / nv->geometry.prog_size;
    return nv->timing.prog_fixed_us + (int64_t)units * nv->timing.prog_unit_us +
           size * nv->timing.byte_ns / 1000;
}

int64_t nv_prog_us(const struct nv_device *nv, uint32_t size)
{
    return written_us(nv, size);
}

int64_t nv_erase_us(const struct nv_device *nv)
{
    return nv->timing.erase_us ? nv->timing.erase_us : written_us(nv, nv->geometry.erase_size);
}

int64_t nv_longest_us(const struct nv_device *nv)
{
    const uint32_t planned_bytes = 4096; // more is never written in one piece

    return nv_erase_us(nv) + nv_prog_us(nv, planned_bytes) + 4 * nv->timing.sync_us;
}

bool nv_valid(const struct nv_device *nv, uint32_t block, uint32_t offset, uint32_t size,
              bool program)
{
    const struct plr_nv_geometry *g = &nv->geometry;
    if (block >= g->block_count || offset > g->erase_size || size > g->erase_size - offset)
        return false;
    return !program || (offset % g->prog_size == 0 && size % g->prog_size == 0);
}

/// An EEPROM erases a page by itself before it writes it: each write, of whatever part of it, is a cycle of its endurance.
static void wear_pages(struct nv_device *nv, uint32_t at, uint32_t size)
{
    if (nv->kind != LAB_NV_EEPROM || size == 0)
        return;
    for (uint32_t page = at / SIM_NV_PAGE; page <= (at + size - 1) / SIM_NV_PAGE; page++)
        nv->page_wear[page]++;
}

void nv_wear_prog(struct nv_device *nv, uint32_t at, uint32_t size)
{
    nv->programmed += size;
    wear_pages(nv, at, size);
}

void nv_wear_erase(struct nv_device *nv, uint32_t block, uint32_t done)
{
    nv->wear[block]++;
    wear_pages(nv, nv_at(nv, block, 0), done);
}

void nv_write(struct nv_device *nv, uint32_t at, const uint8_t *data, uint32_t size)
{
    bool clears = data && nv->kind == LAB_NV_NOR;

    assert(at + size <= SIM_NV_BYTES);
    nv_touch(nv, at, size);
    if (clears)
        for (uint32_t i = 0; i < size; i++)
            nv->bytes[at + i] &= data[i];
    else if (data)
        memcpy(&nv->bytes[at], data, size);
    else
        memset(&nv->bytes[at], 0xff, size);
    // a flash cell that is not told to become 0 stays as it is: in between
    nv_calm(nv, at, size, clears ? data : NULL);
}

void nv_prog(struct nv_device *nv, uint32_t block, uint32_t offset, const void *data, uint32_t size)
{
    assert(nv_valid(nv, block, offset, size, false));
    uint32_t at = nv_at(nv, block, offset);
    if (nv->kind == LAB_NV_SD)
        nv_hold(nv, at, data, size);
    else
        nv_write(nv, at, data, size);
    nv_wear_prog(nv, at, size);
}

void nv_erase(struct nv_device *nv, uint32_t block)
{
    assert(block < nv->geometry.block_count);
    if (nv->kind == LAB_NV_SD)
        nv_hold_erase(nv, block);
    else
        nv_write(nv, nv_at(nv, block, 0), NULL, nv->geometry.erase_size);
    nv_wear_erase(nv, block, nv->geometry.erase_size);
}

void nv_read(struct nv_device *nv, uint32_t block, uint32_t offset, void *data, uint32_t size)
{
    assert(nv_valid(nv, block, offset, size, false));
    uint32_t at = nv_at(nv, block, offset);
    nv->wound.read = nv->wound.read || (at < nv->wound.to && at + size > nv->wound.from);
    memcpy(data, &nv->bytes[at], size);
    nv_unhold(nv, at, data, size);
    nv_flicker(nv, at, data, size);
}

/// `word` goes into the hash.
static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/// The hash of a part: four lanes, because multiplications wait for each other.
static uint64_t hash_part(const uint8_t bytes[SIM_NV_PART])
{
    uint64_t lane[4] = {1, 2, 3, 4}, word[4];

    for (size_t at = 0; at < SIM_NV_PART; at += sizeof word) {
        memcpy(word, bytes + at, sizeof word);
        for (int i = 0; i < 4; i++)
            lane[i] = mixed(lane[i], word[i]);
    }
    return mixed(mixed(lane[0], lane[1]), mixed(lane[2], lane[3]));
}

/// Parts that were not renewed since the last time are not gone through again, whichever device they are in: a number stands for what is
/// written there.
static uint64_t hash_parts(const struct nv_device *nv)
{
    static uint64_t number[SIM_NV_PARTS], hash[SIM_NV_PARTS];
    uint32_t parts = nv->geometry.block_count * nv->geometry.erase_size / SIM_NV_PART;
    uint64_t all = 0;

    for (uint32_t i = 0; i < parts; i++) {
        if (number[i] != nv->part[i])
            hash[i] = hash_part(nv->bytes + i * SIM_NV_PART);
        number[i] = nv->part[i];
        all = mixed(all, hash[i]);
    }
    return all;
}

uint64_t nv_hash(const struct nv_device *nv)
{
    uint64_t hash = hash_parts(nv);

    for (int n = 0; n < SIM_NV_SHAKY; n++) {
        const struct nv_shaky *place = &nv->shaky[n];
        if (place->size) // the draw tells which of its bytes' cells they are
            hash = mixed(hash, place->draw ^ place->at ^ nv->reads);
    }
    return hash;
}

int64_t nv_wear_ppb(const struct nv_device *nv)
{
    uint32_t worst = 0;

    if (!nv->geometry.endurance)
        return 0;
    for (uint32_t i = 0; i < nv->geometry.block_count; i++)
        worst = nv->wear[i] > worst ? nv->wear[i] : worst;
    for (uint32_t i = 0; i < SIM_NV_PAGES; i++)
        worst = nv->page_wear[i] > worst ? nv->page_wear[i] : worst;
    return (int64_t)(worst * 1000000000ull / nv->geometry.endurance);
}
