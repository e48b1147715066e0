// A trace around records that are fuzzed: head and checksum are made here, so that the fuzzer need not find them.
// SPDX-License-Identifier: MIT
#ifndef LAB_TRACE_FUZZ_TRACE_H
#define LAB_TRACE_FUZZ_TRACE_H

#include <string.h>

#include "core/lab/trace/format.h"
#include "core/plr/journal/journal.h"

enum {
    FUZZ_TRACE_RECORDS = 1 << 16,
    FUZZ_TRACE_ROOM = TRACE_HEAD + TRACE_BLOCK_HEAD + FUZZ_TRACE_RECORDS
};

/// A file of one block with these records, at most FUZZ_TRACE_RECORDS bytes. Returns its size.
static inline size_t fuzz_trace_whole(const uint8_t *data, size_t size,
                                      uint8_t out[FUZZ_TRACE_ROOM])
{
    uint8_t *block = out + TRACE_HEAD;
    uint32_t crc = plr_crc32c(0, data, size);

    memcpy(out, TRACE_MAGIC, 8);
    memcpy(out + 8, (const uint8_t[]){TRACE_VERSION, 0, 0, 0}, 4);
    memcpy(block, TRACE_BLOCK_MAGIC, 4);
    for (int i = 0; i < 4; i++) {
        block[4 + i] = (uint8_t)(size >> (8 * i));
        block[8 + i] = (uint8_t)(crc >> (8 * i));
    }
    memcpy(block + TRACE_BLOCK_HEAD, data, size);
    return TRACE_HEAD + TRACE_BLOCK_HEAD + size;
}

#endif
