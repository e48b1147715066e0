// A WebSocket by libwebsockets.
// SPDX-License-Identifier: MIT
#include "core/lab/link/ws.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTORS = 16, MESSAGE_MAX = 1 << 20 };

struct waiting {
    unsigned char *room; ///< own memory: LWS_PRE bytes for the library, then the message
    size_t size;
};

struct ws {
    struct ws_address address;
    struct ws_events events;
    struct lws_context *context;
    struct lws *wsi; ///< NULL: not connected
    bool established;
    bool told; ///< it is known that it closed
    struct waiting out[WS_WAITING];
    int waiting;
    char *text; ///< a message that is coming in parts
    size_t size;
    lws_sorted_usec_list_t timer;
};

bool ws_there(void)
{
    return true;
}

// --- what comes in ------------------------------------------------------------------------------------------------

static void forget(struct ws *ws)
{
    for (int i = 0; i < ws->waiting; i++)
        free(ws->out[i].room);
    ws->waiting = 0;
    ws->size = 0;
    ws->wsi = NULL;
    ws->established = false;
}

static void closed(struct ws *ws, const char *why)
{
    char text[WS_WHY];

    snprintf(text, sizeof text, "ws://%.60s:%d: %.60s", ws->address.host, ws->address.port, why);
    forget(ws);
    ws->events.closed(ws->events.ctx, text);
}

/// Returns whether there is room.
static bool part(struct ws *ws, const char *text, size_t size)
{
    char *more = ws->size + size <= MESSAGE_MAX ? realloc(ws->text, ws->size + size + 1) : NULL;

    if (!more)
        return false;
    ws->text = more;
    memcpy(ws->text + ws->size, text, size);
    ws->size += size;
    return true;
}

static int received(struct ws *ws, const char *text, size_t size)
{
    if (!part(ws, text, size))
        return -1; // hangs up
    if (!lws_is_final_fragment(ws->wsi) || lws_remaining_packet_payload(ws->wsi))
        return 0;
    size_t whole = ws->size;
    ws->size = 0;
    ws->events.message(ws->events.ctx, ws->text, whole);
    return 0;
}

// --- what goes out ------------------------------------------------------------------------------------------------

static int send_one(struct ws *ws)
{
    struct waiting first = ws->out[0];

    if (!ws->waiting)
        return 0;
    int sent = lws_write(ws->wsi, first.room + LWS_PRE, first.size, LWS_WRITE_TEXT);
    free(first.room);
    ws->waiting--;
    memmove(ws->out, ws->out + 1, (size_t)ws->waiting * sizeof *ws->out);
    if (sent < 0)
        return -1;
    if (ws->waiting)
        lws_callback_on_writable(ws->wsi);
    return 0;
}

int ws_put(struct ws *ws, const char *text, size_t size, bool first)
{
    struct waiting message = {NULL, size};

    if (!ws->wsi)
        return -ENOTCONN;
    if (ws->waiting == WS_WAITING)
        return -ENOBUFS;
    message.room = malloc(LWS_PRE + size);
    if (!message.room)
        return -ENOMEM;
    memcpy(message.room + LWS_PRE, text, size);
    if (first)
        memmove(ws->out + 1, ws->out, (size_t)ws->waiting * sizeof *ws->out);
    ws->out[first ? 0 : ws->waiting] = message;
    ws->waiting++;
    if (ws->established)
        lws_callback_on_writable(ws->wsi);
    return 0;
}

int ws_waiting(const struct ws *ws)
{
    return ws->waiting;
}

// --- the library --------------------------------------------------------------------------------------------------

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size)
{
    struct ws *ws = lws_context_user(lws_get_context(wsi));

    (void)user;
    if (!ws || wsi != ws->wsi)
        return 0; // one that was dropped, or the library's own
    // most of what the library tells is not asked for
    if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR) {
        closed(ws, in ? (const char *)in : "no connection");
    } else if (reason == LWS_CALLBACK_CLIENT_CLOSED) {
        closed(ws, "hung up");
    } else if (reason == LWS_CALLBACK_CLIENT_ESTABLISHED) {
        ws->established = true;
        if (ws->waiting)
            lws_callback_on_writable(wsi);
    } else if (reason == LWS_CALLBACK_CLIENT_RECEIVE) {
        return received(ws, in, size);
    } else if (reason == LWS_CALLBACK_CLIENT_WRITEABLE) {
        return send_one(ws);
    }
    return 0;
}

int ws_open(struct ws **out, const struct ws_address *address, const struct ws_events *events)
{
    static const struct lws_protocols protocols[] = {{"", on_event, 0, 4096, 0, NULL, 0},
                                                     {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct lws_context_creation_info info;
    struct ws *ws = calloc(1, sizeof *ws);

    *out = NULL;
    if (!ws)
        return -ENOMEM;
    lws_set_log_level(0, NULL); // a library never prints
    ws->address = *address;
    ws->events = *events;
    memset(&info, 0, sizeof info);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.fd_limit_per_thread = DESCRIPTORS;
    info.user = ws;
    ws->context = lws_create_context(&info);
    if (!ws->context) {
        free(ws);
        return -ENOMEM;
    }
    *out = ws;
    return 0;
}

void ws_close(struct ws *ws)
{
    if (!ws)
        return;
    ws_drop(ws);
    lws_context_destroy(ws->context);
    free(ws->text);
    free(ws);
}

int ws_connect(struct ws *ws)
{
    struct lws_client_connect_info info;

    ws_drop(ws);
    memset(&info, 0, sizeof info);
    info.context = ws->context;
    info.address = info.host = ws->address.host;
    info.port = ws->address.port;
    info.path = ws->address.path;
    info.pwsi = &ws->wsi; // set before anything is told
    if (!lws_client_connect_via_info(&info))
        ws->wsi = NULL;
    return ws->wsi ? 0 : -ECONNREFUSED;
}

void ws_drop(struct ws *ws)
{
    struct lws *wsi = ws->wsi;

    forget(ws);
    if (wsi)
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void wake(lws_sorted_usec_list_t *timer)
{
    (void)timer;
}

int ws_idle_fd(const struct ws *ws)
{
    enum { SOON_MS = 1000 };

    if (!ws->wsi || !ws->established || ws->waiting)
        return -1;
    if (lws_service_adjust_timeout(ws->context, SOON_MS, 0) != SOON_MS)
        return -1; // it has heard more than it has told
    return (int)lws_get_socket_fd(ws->wsi);
}

int ws_serve(struct ws *ws, int64_t for_us)
{
    if (for_us > 0)
        lws_sul_schedule(ws->context, 0, &ws->timer, wake, for_us);
    int bad = lws_service(ws->context, for_us > 0 ? 0 : -1);
    lws_sul_schedule(ws->context, 0, &ws->timer, wake, LWS_SET_TIMER_USEC_CANCEL);
    return bad < 0 ? -EIO : 0;
}
