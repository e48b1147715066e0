// No WebSockets: this program is built without libwebsockets.
// SPDX-License-Identifier: MIT
#include "core/lab/link/ws.h"

#include <errno.h>

bool ws_there(void)
{
    return false;
}

int ws_open(struct ws **out, const struct ws_address *address, const struct ws_events *events)
{
    (void)address;
    (void)events;
    *out = NULL;
    return -ENOTSUP;
}

void ws_close(struct ws *ws)
{
    (void)ws;
}

int ws_connect(struct ws *ws)
{
    (void)ws;
    return -ENOTSUP;
}

void ws_drop(struct ws *ws)
{
    (void)ws;
}

int ws_put(struct ws *ws, const char *text, size_t size, bool first)
{
    (void)ws;
    (void)text;
    (void)size;
    (void)first;
    return -ENOTCONN;
}

int ws_waiting(const struct ws *ws)
{
    (void)ws;
    return 0;
}

int ws_idle_fd(const struct ws *ws)
{
    (void)ws;
    return -1;
}

int ws_serve(struct ws *ws, int64_t for_us)
{
    (void)ws;
    (void)for_us;
    return -ENOTSUP;
}
