// Fuzzing the reader of traces: any bytes are a trace that can be asked and written again, or refused in a sentence.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/lab/trace/format.h"
#include "core/lab/trace/trace.h"
#include "core/plr/journal/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/// Head and checksum are made here, so that the records are what is fuzzed.
static size_t whole(const uint8_t *data, size_t size, uint8_t *out)
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

static int count(void *ctx, const void *bytes, size_t size)
{
    (void)bytes;
    *(size_t *)ctx += size;
    return 0;
}

static void ask(const struct lab_trace *trace)
{
    struct lab_trace_state state;

    for (int64_t i = -1; i < 9; i++) {
        lab_trace_at(trace, trace->meta.begin_us + i * ((trace->end_us >> 3) + 1), &state);
        check(state.share_ppm >= 0 && state.share_ppm <= 1000000);
        check(state.motion < (int64_t)trace->motions && state.deposits <= trace->deposits);
    }
}

static void read_one(const uint8_t *bytes, size_t size)
{
    static struct lab_trace trace;
    struct lab_error err = {0};
    size_t written = 0;

    int bad = lab_trace_read("x.trace", bytes, size, &trace, &err);
    check(!bad == !lab_error_set(&err));
    if (!bad) {
        check(trace.whole == !trace.torn[0]);
        ask(&trace);
        check(!lab_trace_write(&trace, count, &written));
    }
    lab_trace_free(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[TRACE_HEAD + TRACE_BLOCK_HEAD + (1 << 16)];

    read_one(data, size);
    if (size <= 1 << 16)
        read_one(file, whole(data, size, file));
    return 0;
}
