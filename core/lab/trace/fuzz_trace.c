// Fuzzing the reader of traces: any bytes are a trace that can be asked and written again, or refused in a sentence.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "core/lab/trace/fuzz_trace.h"
#include "core/lab/trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
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
        check(trace.whole || trace.torn[0]);
        ask(&trace);
        check(!lab_trace_write(&trace, count, &written));
    }
    lab_trace_free(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FUZZ_TRACE_ROOM];

    read_one(data, size);
    if (size <= FUZZ_TRACE_RECORDS)
        read_one(file, fuzz_trace_whole(data, size, file));
    return 0;
}
