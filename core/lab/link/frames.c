// Messages that end with the byte 0x03.
// SPDX-License-Identifier: MIT
#include "core/lab/link/frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int add(struct frames *frames, const char *bytes, size_t size)
{
    size_t need = frames->size + size;

    if (need > FRAMES_MAX)
        return -EMSGSIZE;
    if (need > frames->room) {
        size_t room = need < 4096 ? 4096 : 2 * need;
        char *text = realloc(frames->text, room);
        if (!text)
            return -ENOMEM;
        frames->text = text;
        frames->room = room;
    }
    if (size)
        memcpy(frames->text + frames->size, bytes, size);
    frames->size = need;
    return 0;
}

int frames_take(struct frames *frames, const char *bytes, size_t size,
                void (*each)(void *ctx, const char *text, size_t size), void *ctx)
{
    while (size) {
        const char *end = memchr(bytes, FRAME_END, size);
        size_t n = end ? (size_t)(end - bytes) : size;
        int bad = add(frames, bytes, n);
        if (bad)
            return bad;
        if (!end)
            return 0;
        size_t whole = frames->size;
        frames->size = 0; // `each` may drop the rest
        if (whole)
            each(ctx, frames->text, whole);
        bytes += n + 1;
        size -= n + 1;
    }
    return 0;
}

void frames_drop(struct frames *frames)
{
    frames->size = 0;
}

void frames_free(struct frames *frames)
{
    free(frames->text);
    *frames = (struct frames){NULL, 0, 0};
}
