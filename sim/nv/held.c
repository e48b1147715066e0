// A file system in front of its card: writes are held back until a sync, or until it has no more room for them.
// SPDX-License-Identifier: MIT
#include "sim/nv/cells.h"

#include <assert.h>
#include <string.h>

static uint8_t *slot(struct nv_device *nv, uint32_t sector)
{
    struct nv_held *held = &nv->held;
    uint32_t i = 0;

    while (i < held->count && held->sector[i] != sector)
        i++;
    if (i == SIM_NV_HELD) {
        nv_sync(nv);
        i = 0;
    }
    if (i == held->count) {
        held->sector[i] = sector;
        held->count++;
    }
    return held->bytes[i];
}

void nv_hold(struct nv_device *nv, uint32_t at, const uint8_t *data, uint32_t size)
{
    assert(at % SIM_NV_SECTOR == 0 && size % SIM_NV_SECTOR == 0);
    for (uint32_t i = 0; i < size; i += SIM_NV_SECTOR)
        memcpy(slot(nv, (at + i) / SIM_NV_SECTOR), data + i, SIM_NV_SECTOR);
}

static uint32_t block_of(const struct nv_device *nv, uint32_t sector)
{
    return sector * SIM_NV_SECTOR / nv->geometry.erase_size;
}

void nv_hold_erase(struct nv_device *nv, uint32_t block)
{
    struct nv_held *held = &nv->held;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < held->count; i++) {
        if (block_of(nv, held->sector[i]) == block)
            continue; // written over by the erase
        held->sector[kept] = held->sector[i];
        memmove(held->bytes[kept++], held->bytes[i], SIM_NV_SECTOR);
    }
    held->count = kept;
    held->erased |= UINT64_C(1) << block;
}

void nv_unhold(const struct nv_device *nv, uint32_t at, uint8_t *data, uint32_t size)
{
    const struct nv_held *held = &nv->held;

    if (!size || (!held->erased && !held->count))
        return;
    if (held->erased >> (at / nv->geometry.erase_size) & 1u) // a read lies within a block
        memset(data, 0xff, size);
    for (uint32_t n = 0; n < held->count; n++) {
        uint32_t begin = held->sector[n] * SIM_NV_SECTOR, end = begin + SIM_NV_SECTOR;
        uint32_t from = begin > at ? begin : at, to = end < at + size ? end : at + size;
        if (from < to)
            memcpy(data + (from - at), held->bytes[n] + (from - begin), to - from);
    }
}

void nv_lose(struct nv_device *nv)
{
    nv->held.erased = 0;
    nv->held.count = 0;
}

void nv_sync(struct nv_device *nv)
{
    struct nv_held *held = &nv->held;

    for (uint32_t block = 0; block < nv->geometry.block_count; block++)
        if (held->erased >> block & 1u)
            nv_write(nv, nv_at(nv, block, 0), NULL, nv->geometry.erase_size);
    for (uint32_t n = 0; n < held->count; n++)
        nv_write(nv, held->sector[n] * SIM_NV_SECTOR, held->bytes[n], SIM_NV_SECTOR);
    nv_lose(nv);
}
