// A memory for tests: counts instants, cuts the power at any of them, and tears what was under way.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/test_medium.h"

#include <string.h>

#define ERASE_INSTANTS 16u

uint32_t medium_random(struct medium *medium)
{
    medium->random = medium->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(medium->random >> 33);
}

void medium_init(struct medium *medium, const struct plr_nv_geometry *geometry, uint64_t seed)
{
    PLR_ASSERT((uint64_t)geometry->erase_size * geometry->block_count <= MEDIUM_BYTES);
    PLR_ASSERT(geometry->block_count <= MEDIUM_BLOCKS);
    memset(medium, 0, sizeof *medium);
    memset(medium->bytes, 0xff, sizeof medium->bytes);
    memset(medium->synced, 0xff, sizeof medium->synced);
    medium->geometry = *geometry;
    medium->random = seed;
    medium->cut_at = UINT64_MAX;
}

void medium_power(struct medium *medium)
{
    medium->dark = false;
    medium->cut_at = UINT64_MAX;
    memcpy(medium->synced, medium->bytes, sizeof medium->bytes);
}

/// Does the cut fall into a call of this many instants? Tells after how many of them.
static bool cut_now(struct medium *medium, uint32_t instants, uint32_t *after)
{
    bool cut = medium->cut_at >= medium->instant && medium->cut_at - medium->instant < instants;

    *after = cut ? (uint32_t)(medium->cut_at - medium->instant) : instants;
    medium->instant += instants;
    medium->dark = medium->dark || cut;
    return cut;
}

/// Units of which the device never said that they are safe may be as they were.
static void lose_unsynced(struct medium *medium)
{
    uint32_t unit = medium->geometry.prog_size < 32 ? 32 : medium->geometry.prog_size;

    for (uint32_t at = 0; at < MEDIUM_BYTES; at += unit)
        if (medium_random(medium) & 1u)
            memcpy(medium->bytes + at, medium->synced + at, unit);
}

static void tear_prog(struct medium *medium, uint8_t *at, const uint8_t *data, uint32_t size,
                      uint32_t done)
{
    uint32_t unit = medium->geometry.prog_size;

    switch (medium->tear) {
    case TEAR_BITS:
        for (uint32_t i = done; i < size; i++)
            at[i] &= (uint8_t)(data[i] | medium_random(medium));
        break;
    case TEAR_GARBAGE:
        for (uint32_t i = done / unit * unit; i < size && i < (done / unit + 1) * unit; i++)
            at[i] = (uint8_t)medium_random(medium);
        break;
    case TEAR_METASTABLE:
        if (done < size) {
            at[done] &= data[done];
            medium->shaky = (uint32_t)(at + done - medium->bytes);
            medium->shaky_size = 1;
        }
        break;
    case TEAR_LOST: lose_unsynced(medium); break;
    case TEAR_PREFIX:
    case TEARS: break;
    }
}

static void tear_erase(struct medium *medium, uint8_t *at, uint32_t done)
{
    uint32_t size = medium->geometry.erase_size;

    memset(at, 0xff, size / ERASE_INSTANTS * done);
    if (medium->tear == TEAR_BITS)
        for (uint32_t i = 0; i < size; i++)
            at[i] |= (uint8_t)medium_random(medium);
    if (medium->tear == TEAR_GARBAGE || medium->tear == TEAR_METASTABLE)
        for (uint32_t i = 0; i < size; i++)
            if (medium_random(medium) & 1u)
                at[i] = 0xff;
    if (medium->tear == TEAR_LOST)
        lose_unsynced(medium);
}

static int nv_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    struct medium *medium = ctx;
    uint32_t at = block * medium->geometry.erase_size + offset;
    uint8_t *out = buffer;

    if (medium->dark)
        return PLR_EPOWER;
    if (block >= medium->geometry.block_count || offset + size > medium->geometry.erase_size) {
        medium->misused = true;
        return PLR_EIO;
    }
    memcpy(out, medium->bytes + at, size);
    for (uint32_t i = 0; i < medium->shaky_size; i++)
        if (medium->shaky + i >= at && medium->shaky + i < at + size && medium_random(medium) & 1u)
            out[medium->shaky + i - at] |= (uint8_t)medium_random(medium);
    return 0;
}

static int nv_prog(void *ctx, uint32_t block, uint32_t offset, const void *buffer, uint32_t size)
{
    struct medium *medium = ctx;
    const uint8_t *data = buffer;
    uint32_t unit = medium->geometry.prog_size, done;

    if (medium->dark)
        return PLR_EPOWER;
    if (block >= medium->geometry.block_count || offset + size > medium->geometry.erase_size ||
        offset % unit || size % unit || !size) {
        medium->misused = true;
        return PLR_EIO;
    }
    uint8_t *at = medium->bytes + block * medium->geometry.erase_size + offset;
    for (uint32_t i = 0; i < size; i++)
        medium->misused = medium->misused || at[i] != 0xff;
    if ((medium->bad | medium->worn) >> block & 1u)
        return medium->bad >> block & 1u ? PLR_EIO : 0;
    bool cut = cut_now(medium, size + 1, &done);
    for (uint32_t i = 0; i < size && i < done; i++)
        at[i] &= data[i];
    if (cut)
        tear_prog(medium, at, data, size, done);
    return cut ? PLR_EPOWER : 0;
}

static int nv_erase(void *ctx, uint32_t block)
{
    struct medium *medium = ctx;
    uint32_t size = medium->geometry.erase_size, done;

    if (medium->dark)
        return PLR_EPOWER;
    if (block >= medium->geometry.block_count) {
        medium->misused = true;
        return PLR_EIO;
    }
    uint8_t *at = medium->bytes + block * size;
    medium->erases[block]++;
    if (cut_now(medium, ERASE_INSTANTS + 1, &done)) {
        tear_erase(medium, at, done);
        return PLR_EPOWER;
    }
    if (medium->give_up && !(medium->bad >> block & 1u)) {
        tear_erase(medium, at, medium->give_up);
        medium->give_up = 0;
        return PLR_ECANCELED;
    }
    memset(at, 0xff, size);
    if (medium->shaky >= block * size && medium->shaky < (block + 1) * size)
        medium->shaky_size = 0;
    return 0;
}

static int nv_sync(void *ctx)
{
    struct medium *medium = ctx;
    uint32_t done;

    if (medium->dark)
        return PLR_EPOWER;
    if (cut_now(medium, 1, &done)) {
        if (medium->tear == TEAR_LOST)
            lose_unsynced(medium);
        return PLR_EPOWER;
    }
    memcpy(medium->synced, medium->bytes, sizeof medium->bytes);
    return 0;
}

const struct plr_nv medium_nv = {
    .read = nv_read, .prog = nv_prog, .erase = nv_erase, .sync = nv_sync};
