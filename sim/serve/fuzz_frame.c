// Fuzzing a line of the serial protocol: any bytes are nothing, a command, or asked for again; and what was numbered right comes through.
// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/serve/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void sane(const struct frame *frame, int64_t last)
{
    size_t size = strnlen(frame->text, sizeof frame->text);

    check(size < sizeof frame->text);
    check(frame->kind <= FRAME_LONG && (frame->kind == FRAME_AGAIN) == (frame->fault != NULL));
    check(frame->kind == FRAME_COMMAND || frame->last == last);
    if (frame->kind != FRAME_COMMAND)
        return;
    check(!strchr(frame->text, ';'));
    for (size_t i = 0; i < size; i++)
        check((unsigned char)frame->text[i] >= ' ' || frame->text[i] == '\t');
}

/// What a line says comes through when a host numbers it.
static void numbered(const struct frame *plain)
{
    char line[FRAME_BYTES + 64];
    struct frame frame;

    if (plain->kind != FRAME_COMMAND || !strncmp(plain->text, "M110", 4) ||
        !strncmp(plain->text, "m110", 4))
        return;
    int size = snprintf(line, sizeof line, "N8 %s", plain->text);
    size += snprintf(line + size, sizeof line - (size_t)size, "*%u",
                     (unsigned)frame_sum(line, (size_t)size));
    frame_read(line, (size_t)size, 7, &frame);
    check(frame.kind == FRAME_LONG ||
          (frame.kind == FRAME_COMMAND && frame.last == 8 && !strcmp(frame.text, plain->text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame;
    int64_t last = size ? (int64_t)data[0] - 2 : 0;

    frame_read((const char *)data, size, last, &frame);
    sane(&frame, last);
    numbered(&frame);
    (void)frame_urgent((const char *)data, size);
    return 0;
}
