// Messages that end with the byte 0x03, put together from what comes in, however it is cut.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_FRAMES_H
#define LAB_LINK_FRAMES_H

#include <stddef.h>

enum { FRAMES_MAX = 1 << 20, FRAME_END = 0x03 };

struct frames {
    char *text; ///< own memory
    size_t size, room;
};

/// Take bytes. `each` gets every message that they end, without its end. Returns 0, -ENOMEM, or -EMSGSIZE: longer than FRAMES_MAX.
int frames_take(struct frames *frames, const char *bytes, size_t size,
                void (*each)(void *ctx, const char *text, size_t size), void *ctx);

/// Forget what has come of a message. Keeps the memory.
void frames_drop(struct frames *frames);

/// Give the memory back.
void frames_free(struct frames *frames);

#endif
