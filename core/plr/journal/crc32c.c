// CRC-32C (Castagnoli) by half bytes: 64 bytes of table instead of a kilobyte. Hosts, which have room, take eight bytes at once.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/journal.h"

// remainder of each half byte by the reflected polynomial 0x82f63b78
static const uint32_t half[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

static uint32_t one_byte(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    crc = (crc >> 4) ^ half[crc & 15u];
    return (crc >> 4) ^ half[crc & 15u];
}

#ifdef PLR_CRC32C_WIDE

/// Remainder of a byte that n further bytes follow: made of the small table when it is first needed.
static uint32_t wide[8][256];

static void make_wide(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        wide[0][byte] = one_byte(byte, 0);
        for (int n = 1; n < 8; n++)
            wide[n][byte] = one_byte(wide[n - 1][byte], 0);
    }
}

static uint32_t eight_bytes(uint32_t crc, const uint8_t *byte)
{
    uint32_t next = 0;

    for (int n = 0; n < 4; n++, crc >>= 8)
        next ^= wide[7 - n][(crc ^ byte[n]) & 255u];
    return next ^ wide[3][byte[4]] ^ wide[2][byte[5]] ^ wide[1][byte[6]] ^ wide[0][byte[7]];
}

#endif

uint32_t plr_crc32c(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *byte = data;
    size_t i = 0;

    PLR_ASSERT(data || !size);
    crc = ~crc;
#ifdef PLR_CRC32C_WIDE
    if (!wide[0][1])
        make_wide();
    for (; i + 8 <= size; i += 8)
        crc = eight_bytes(crc, byte + i);
#endif
    for (; i < size; i++)
        crc = one_byte(crc, byte[i]);
    return ~crc;
}
