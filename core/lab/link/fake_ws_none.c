// No WebSockets in tests: they are built without libwebsockets.
// SPDX-License-Identifier: MIT
#include "core/lab/link/fake_ws.h"

struct fake_ws *fake_ws_open(int port, void (*message)(void *ctx, const char *text, size_t size),
                             void (*opened)(void *ctx), void (*closed)(void *ctx), void *ctx)
{
    (void)port;
    (void)message;
    (void)opened;
    (void)closed;
    (void)ctx;
    return NULL;
}

void fake_ws_close(struct fake_ws *ws)
{
    (void)ws;
}

int fake_ws_port(const struct fake_ws *ws)
{
    (void)ws;
    return 0;
}

int fake_ws_put(struct fake_ws *ws, const char *text, size_t size)
{
    (void)ws;
    (void)text;
    (void)size;
    return 0;
}

void fake_ws_serve(struct fake_ws *ws)
{
    (void)ws;
}
