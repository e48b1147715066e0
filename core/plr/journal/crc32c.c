// CRC-32C (Castagnoli) by half bytes: 64 bytes of table instead of a kilobyte.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/journal.h"

uint32_t plr_crc32c(uint32_t crc, const void *data, size_t size)
{
    // remainder of each half byte by the reflected polynomial 0x82f63b78
    static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                       0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                       0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                       0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    const uint8_t *byte = data;

    PLR_ASSERT(data || !size);
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        crc = (crc >> 4) ^ table[crc & 15u];
        crc = (crc >> 4) ^ table[crc & 15u];
    }
    return ~crc;
}
