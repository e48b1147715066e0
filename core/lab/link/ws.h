// A WebSocket to a server elsewhere, where this program was built with libwebsockets.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_WS_H
#define LAB_LINK_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WS_HOST = 128, WS_WHY = 160, WS_WAITING = 32 };

struct ws_address {
    char host[WS_HOST], path[WS_HOST];
    int port;
};

/// What comes in, in ws_serve only.
struct ws_events {
    void (*message)(void *ctx, const char *text, size_t size);
    void (*closed)(void *ctx, const char *why); ///< also when it could not be connected
    void *ctx;
};

struct ws;

/// Read ws://ADDRESS[:PORT][/PATH]; without them 7125 and /websocket. Returns 0, -EINVAL, or -EDESTADDRREQ, with out->host, where ADDRESS is a
/// name: to look that up takes seconds when nobody answers, and who turns a link cannot wait.
int ws_parse(const char *url, struct ws_address *out);

/// Was this program built with what it takes?
bool ws_there(void);

/// Make one that is not connected. Returns 0, -ENOMEM, or -ENOTSUP where ws_there is false.
int ws_open(struct ws **out, const struct ws_address *address, const struct ws_events *events);

void ws_close(struct ws *ws);

/// Begin to connect. Returns 0 or a negative errno.
int ws_connect(struct ws *ws);

/// Let go of the connection. Nothing is told any more of it.
void ws_drop(struct ws *ws);

/// Queue a message; `first`: before those that wait. Returns 0, -ENOTCONN, -ENOBUFS, -ENOMEM.
int ws_put(struct ws *ws, const char *text, size_t size, bool first);

/// Messages that wait to be sent.
int ws_waiting(const struct ws *ws);

/// The descriptor that can be read when there is something to hear; -1: ws_serve has something to do now, or may have any time (it connects, or
/// something waits to go out).
int ws_idle_fd(const struct ws *ws);

/// Hear and send what can be at once, or wait for it for so long. A signal may end it. Returns 0 or a negative errno.
int ws_serve(struct ws *ws, int64_t for_us);

#endif
