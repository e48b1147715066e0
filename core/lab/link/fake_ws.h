// The server's side of a WebSocket, for tests.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_FAKE_WS_H
#define LAB_LINK_FAKE_WS_H

#include <stddef.h>

struct fake_ws;

/// Listen on this computer; port 0 chooses one. Messages come in fake_ws_serve; `opened` tells of a new connection, `closed` of its end.
struct fake_ws *fake_ws_open(int port, void (*message)(void *ctx, const char *text, size_t size),
                             void (*opened)(void *ctx), void (*closed)(void *ctx), void *ctx);

/// Stop listening, hang up.
void fake_ws_close(struct fake_ws *ws);

int fake_ws_port(const struct fake_ws *ws);

/// Send to who is connected. Returns whether anybody is.
int fake_ws_put(struct fake_ws *ws, const char *text, size_t size);

/// Hear and say what can be at once.
void fake_ws_serve(struct fake_ws *ws);

#endif
