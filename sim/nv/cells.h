// What the files of this folder share: places in the device, and its bytes as they change. Private to it.
// SPDX-License-Identifier: MIT
#ifndef SIM_NV_CELLS_H
#define SIM_NV_CELLS_H

#include "sim/nv/nv.h"

/// Where a byte of a block stands in the device.
static inline uint32_t nv_at(const struct nv_device *nv, uint32_t block, uint32_t offset)
{
    return block * nv->geometry.erase_size + offset;
}

/// Number `i` of what hangs on a draw. Pure.
uint64_t nv_chance(uint64_t draw, uint64_t i);

/// Program (or, without data, erase) cells, as the kind does it; those in between are then settled. nv.c
void nv_write(struct nv_device *nv, uint32_t at, const uint8_t *data, uint32_t size);
/// These bytes become others. nv.c
void nv_touch(struct nv_device *nv, uint32_t at, uint32_t size);
/// Count bytes and wear of an operation. nv.c
void nv_wear_prog(struct nv_device *nv, uint32_t at, uint32_t size);
void nv_wear_erase(struct nv_device *nv, uint32_t block, uint32_t done);

/// shaky.c: cells in between. `cells` has `size` bytes, a set bit for each.
void nv_shake(struct nv_device *nv, uint32_t at, uint32_t size, const uint8_t *cells,
              uint64_t draw);
/// Cells are what they are from now on, but for those whose bit of `kept` is set (NULL: none).
void nv_calm(struct nv_device *nv, uint32_t at, uint32_t size, const uint8_t *kept);
/// Give bytes just read what chance makes of them.
void nv_flicker(struct nv_device *nv, uint32_t at, uint8_t *data, uint32_t size);

/// held.c: what a file system holds back of whole sectors.
void nv_hold(struct nv_device *nv, uint32_t at, const uint8_t *data, uint32_t size);
void nv_hold_erase(struct nv_device *nv, uint32_t block);
/// Lay it over bytes just read.
void nv_unhold(const struct nv_device *nv, uint32_t at, uint8_t *data, uint32_t size);
void nv_lose(struct nv_device *nv);

#endif
