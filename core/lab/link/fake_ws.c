// The server's side of a WebSocket, for tests, by libwebsockets.
// SPDX-License-Identifier: MIT
#include "core/lab/link/fake_ws.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

enum { WAITING = 256, TURNS = 8, MESSAGE = 65536 };

struct fake_ws {
    struct lws_context *context;
    struct lws *client;
    void (*message)(void *ctx, const char *text, size_t size);
    void (*opened)(void *ctx);
    void (*closed)(void *ctx);
    void *ctx;
    int port;
    char *out[WAITING];
    int first, waiting;
    char in[MESSAGE];
    size_t size;
};

static void forget(struct fake_ws *ws)
{
    for (; ws->waiting; ws->waiting--, ws->first = (ws->first + 1) % WAITING)
        free(ws->out[ws->first]);
    ws->client = NULL;
    ws->size = 0;
}

static int send_one(struct fake_ws *ws)
{
    if (!ws->waiting)
        return 0;
    char *text = ws->out[ws->first];
    size_t size = strlen(text + LWS_PRE);
    int sent = lws_write(ws->client, (unsigned char *)text + LWS_PRE, size, LWS_WRITE_TEXT);
    free(text);
    ws->first = (ws->first + 1) % WAITING;
    if (--ws->waiting)
        lws_callback_on_writable(ws->client);
    return sent < 0 ? -1 : 0;
}

static void received(struct fake_ws *ws, const char *text, size_t size)
{
    if (ws->size + size > MESSAGE)
        abort();
    memcpy(ws->in + ws->size, text, size);
    ws->size += size;
    if (!lws_is_final_fragment(ws->client) || lws_remaining_packet_payload(ws->client))
        return;
    size_t whole = ws->size;
    ws->size = 0;
    ws->message(ws->ctx, ws->in, whole);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size)
{
    struct fake_ws *ws = lws_context_user(lws_get_context(wsi));

    (void)user;
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        forget(ws);
        ws->client = wsi;
        ws->opened(ws->ctx);
    } else if (reason == LWS_CALLBACK_CLOSED && wsi == ws->client) {
        forget(ws);
        ws->closed(ws->ctx);
    } else if (reason == LWS_CALLBACK_RECEIVE && wsi == ws->client) {
        received(ws, in, size);
    } else if (reason == LWS_CALLBACK_SERVER_WRITEABLE && wsi == ws->client) {
        return send_one(ws);
    }
    return 0;
}

struct fake_ws *fake_ws_open(int port, void (*message)(void *ctx, const char *text, size_t size),
                             void (*opened)(void *ctx), void (*closed)(void *ctx), void *ctx)
{
    static const struct lws_protocols protocols[] = {{"", on_event, 0, 4096, 0, NULL, 0},
                                                     {NULL, NULL, 0, 0, 0, NULL, 0}};
    struct lws_context_creation_info info;
    struct fake_ws *ws = calloc(1, sizeof *ws);

    if (!ws)
        abort();
    lws_set_log_level(0, NULL);
    memset(&info, 0, sizeof info);
    info.port = port;
    info.iface = "127.0.0.1";
    info.protocols = protocols;
    info.fd_limit_per_thread = 32;
    info.user = ws;
    info.vhost_name = "fake";
    ws->message = message;
    ws->opened = opened;
    ws->closed = closed;
    ws->ctx = ctx;
    ws->context = lws_create_context(&info);
    struct lws_vhost *host = ws->context ? lws_get_vhost_by_name(ws->context, "fake") : NULL;
    if (!host)
        abort();
    ws->port = lws_get_vhost_listen_port(host);
    return ws;
}

void fake_ws_close(struct fake_ws *ws)
{
    if (!ws)
        return;
    lws_context_destroy(ws->context);
    forget(ws);
    free(ws);
}

int fake_ws_port(const struct fake_ws *ws)
{
    return ws->port;
}

int fake_ws_put(struct fake_ws *ws, const char *text, size_t size)
{
    if (!ws || !ws->client)
        return 0;
    if (ws->waiting == WAITING)
        abort();
    char *copy = malloc(LWS_PRE + size + 1);
    if (!copy)
        abort();
    memcpy(copy + LWS_PRE, text, size);
    copy[LWS_PRE + size] = 0;
    ws->out[(ws->first + ws->waiting++) % WAITING] = copy;
    lws_callback_on_writable(ws->client);
    return 1;
}

void fake_ws_serve(struct fake_ws *ws)
{
    for (int i = 0; ws && i < TURNS; i++)
        (void)lws_service(ws->context, -1);
}
