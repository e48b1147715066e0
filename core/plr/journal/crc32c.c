// CRC-32C (Castagnoli) by half bytes: 64 bytes of table instead of a kilobyte. Hosts, which have room, take eight bytes at once.
// SPDX-License-Identifier: MIT
//
// PLR_CRC32C_WIDE makes a host's version: with the processor's own instruction where it has one (SSE 4.2), else by 8 KiB of tables;
// PLR_CRC32C_TABLES always takes the tables, for their test.
#include "core/plr/journal/journal.h"

#include <string.h>

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

/// Take whole groups of eight bytes. Returns how many bytes that were.
static size_t by_table(uint32_t *crc, const uint8_t *byte, size_t size)
{
    size_t i = 0;

    if (!wide[0][1])
        make_wide();
    for (; i + 8 <= size; i += 8, byte += 8) {
        uint32_t next = 0, was = *crc;
        for (int n = 0; n < 4; n++, was >>= 8)
            next ^= wide[7 - n][(was ^ byte[n]) & 255u];
        *crc = next ^ wide[3][byte[4]] ^ wide[2][byte[5]] ^ wide[1][byte[6]] ^ wide[0][byte[7]];
    }
    return i;
}

#if defined __x86_64__ && !defined PLR_CRC32C_TABLES

__attribute__((target("sse4.2"))) static size_t by_instruction(uint32_t *crc, const uint8_t *byte,
                                                               size_t size)
{
    uint64_t remainder = *crc, word;
    size_t i = 0;

    for (; i + 8 <= size; i += 8) {
        memcpy(&word, byte + i, sizeof word);
        remainder = __builtin_ia32_crc32di(remainder, word);
    }
    for (; i < size; i++)
        remainder = __builtin_ia32_crc32qi((uint32_t)remainder, byte[i]);
    *crc = (uint32_t)remainder;
    return i;
}

#endif
#endif

/// Take what can be taken fast. Returns how many bytes that were. One function, whatever is built: coverage is counted over all builds.
static size_t many(uint32_t *crc, const uint8_t *byte, size_t size)
{
#if !defined PLR_CRC32C_WIDE
    (void)crc;
    (void)byte;
    (void)size;
    return 0;
#elif defined __x86_64__ && !defined PLR_CRC32C_TABLES
    return __builtin_cpu_supports("sse4.2") ? by_instruction(crc, byte, size)
                                            : by_table(crc, byte, size);
#else
    return by_table(crc, byte, size);
#endif
}

uint32_t plr_crc32c(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *byte = data;

    PLR_ASSERT(data || !size);
    crc = ~crc;
    for (size_t i = many(&crc, byte, size); i < size; i++)
        crc = one_byte(crc, byte[i]);
    return ~crc;
}
