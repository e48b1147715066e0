// Cells that a cut left between old and new: read, they are now this, now that.
// SPDX-License-Identifier: MIT
#include "sim/nv/cells.h"

#include <string.h>

#include "sim/math/noise.h"

uint64_t nv_chance(uint64_t draw, uint64_t i)
{
    struct noise noise = {.seed = draw};
    return noise_bits(&noise, NOISE_MEMORY, i);
}

void nv_shake(struct nv_device *nv, uint32_t at, uint32_t size, const uint8_t *cells, uint64_t draw)
{
    memmove(&nv->shaky[1], &nv->shaky[0], (SIM_NV_SHAKY - 1) * sizeof nv->shaky[0]);
    nv->shaky[0] = (struct nv_shaky){.at = at, .size = size, .draw = draw};
    memcpy(nv->shaky[0].cells, cells, size);
}

/// The bytes that a place has in common with [at, at + size): from..to. False when there are none.
static bool common(const struct nv_shaky *place, uint32_t at, uint32_t size, uint32_t *from,
                   uint32_t *to)
{
    *from = place->at > at ? place->at : at;
    *to = place->at + place->size < at + size ? place->at + place->size : at + size;
    return *from < *to;
}

void nv_calm(struct nv_device *nv, uint32_t at, uint32_t size, const uint8_t *kept)
{
    uint32_t from, to;

    for (int n = SIM_NV_SHAKY - 1; n >= 0; n--) {
        struct nv_shaky *place = &nv->shaky[n];
        uint8_t left = 0;
        if (!common(place, at, size, &from, &to))
            continue;
        for (uint32_t i = from; i < to; i++)
            place->cells[i - place->at] &= kept ? kept[i - at] : 0;
        for (uint32_t i = 0; i < place->size; i++)
            left |= place->cells[i];
        if (!left)
            memset(place, 0, sizeof *place);
    }
}

void nv_flicker(struct nv_device *nv, uint32_t at, uint8_t *data, uint32_t size)
{
    uint32_t from, to;

    for (int n = 0; n < SIM_NV_SHAKY; n++) {
        const struct nv_shaky *place = &nv->shaky[n];
        if (!place->size || !common(place, at, size, &from, &to))
            continue;
        nv->reads++;
        for (uint32_t i = from; i < to; i++) {
            uint8_t cells = place->cells[i - place->at];
            uint8_t now = (uint8_t)nv_chance(place->draw, nv->reads * SIM_NV_BYTES + i);
            data[i - at] = (uint8_t)((data[i - at] & ~cells) | (now & cells));
        }
    }
}
