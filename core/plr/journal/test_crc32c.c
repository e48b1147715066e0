// A host's tables of the CRC, which a processor with the instruction for it never uses.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/plr/journal/journal.h"

/// By bits, as the polynomial says.
static uint32_t by_bits(uint32_t crc, const uint8_t *byte, size_t size)
{
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1u ? 0x82f63b78u : 0);
    }
    return ~crc;
}

static void tables_and_bits_agree(void **state)
{
    uint8_t bytes[100];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i * 37 + (i << 3));
    for (size_t begin = 0; begin < 9; begin++)
        for (size_t size = 0; begin + size <= sizeof bytes; size++)
            assert_int_equal(plr_crc32c(0x1234567u * (uint32_t)size, bytes + begin, size),
                             by_bits(0x1234567u * (uint32_t)size, bytes + begin, size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tables_and_bits_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
