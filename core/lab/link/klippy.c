// A link to Klipper: connecting, asking, losing.
// SPDX-License-Identifier: MIT
#include "core/lab/link/klippy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct klippy *own(struct link *link)
{
    return link->own;
}

// --- opening ------------------------------------------------------------------------------------------------------

/// A WebSocket's message, or its end.
static void ws_message(void *ctx, const char *text, size_t size)
{
    struct link *link = ctx;

    link->wire.in += size + 1;
    own(link)->heard_us = link_now(link);
    klippy_take(link, text, size, own(link)->heard_us);
}

static void ws_closed(void *ctx, const char *why)
{
    klippy_lose(ctx, why, link_now(ctx));
}

/// Where is it?
static int open_address(struct link *link, struct klippy *k, struct lab_error *err)
{
    const char *address = link->config.address;
    const struct ws_events events = {ws_message, ws_closed, link};
    struct ws_address at;
    struct sockaddr_un to;

    if (k->dialect->jsonrpc && strstr(address, "://")) {
        int bad = ws_parse(address, &at);
        if (bad) {
            lab_error_at_file(err, NULL, "%s is not ws://ADDRESS:PORT/websocket%s", address,
                              bad == -EDESTADDRREQ ? ": names are not looked up" : "");
            return -EINVAL;
        }
        bad = ws_open(&k->ws, &at, &events);
        if (bad)
            lab_error_at_file(err, NULL, "%s: %s", address,
                              bad == -ENOTSUP ? "this program is built without libwebsockets"
                                              : strerror(-bad));
        return bad;
    }
    if (strlen(address) < sizeof to.sun_path)
        return 0;
    lab_error_at_file(err, NULL, "a socket's path has at most %zu bytes: %s",
                      sizeof to.sun_path - 1, address);
    return -EINVAL;
}

int klippy_open(struct link *link, const struct klippy_dialect *dialect, struct lab_error *err)
{
    struct klippy *k = calloc(1, sizeof *k);

    if (!k) {
        lab_error_at_file(err, NULL, "no memory for a link");
        return -ENOMEM;
    }
    k->dialect = dialect;
    klippy_know_nothing(&k->known);
    link->own = k;
    link_state_is(link, LINK_LOST, "not looked for yet");
    return open_address(link, k, err);
}

void klippy_close(struct link *link)
{
    struct klippy *k = own(link);

    if (!k)
        return;
    ws_close(k->ws);
    frames_free(&k->frames);
    json_decref(k->objects);
    free(k);
}

// --- coming and going ---------------------------------------------------------------------------------------------

void klippy_lose(struct link *link, const char *why, int64_t now_us)
{
    struct klippy *k = own(link);

    if (k->ws)
        ws_drop(k->ws);
    link_wire_close(&link->wire);
    frames_drop(&k->frames);
    k->phase = KLIPPY_AWAY;
    k->look_us = now_us + KLIPPY_LOOK_US;
    link_state_is(link, LINK_LOST, why);
    link_answer_end(link, -EPIPE, why);
}

void klippy_gone(struct link *link, const char *why, int64_t now_us)
{
    klippy_lose(link, why, now_us);
}

/// Returns a file descriptor or a negative errno.
static int connect_to(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), bad = 0;

    if (fd < 0)
        return -errno;
    memcpy(to.sun_path, path, strlen(path) + 1);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
        bad = -errno;
    else if (connect(fd, (const struct sockaddr *)&to, sizeof to))
        bad = -errno;
    if (bad)
        (void)close(fd);
    return bad ? bad : fd;
}

/// There is a connection, or there will be one.
static void meet(struct link *link, int64_t now_us)
{
    struct klippy *k = own(link);

    memset(k->waits, 0, sizeof k->waits);
    klippy_know_nothing(&k->known);
    k->phase = KLIPPY_MET;
    k->heard_us = now_us;
    k->info_us = now_us;
    k->mute = k->answered = false;
    link->abilities = 0;
    link_state_is(link, LINK_LOST, "it has not answered yet");
}

static void look(struct link *link, int64_t now_us)
{
    struct klippy *k = own(link);
    char why[LINK_LINE];
    int fd = k->ws ? 0 : connect_to(link->config.address), bad = fd < 0 ? fd : 0;

    if (!bad)
        meet(link, now_us);
    if (k->ws)
        bad = ws_connect(k->ws); // which may have told already why it cannot
    else if (!bad)
        link_wire_use(&link->wire, fd);
    if (bad && (k->phase != KLIPPY_AWAY || !k->ws)) {
        snprintf(why, sizeof why, "%s: %s", link->config.address, strerror(-bad));
        klippy_lose(link, why, now_us);
    }
    if (!bad)
        (void)klippy_ask(link, KLIPPY_IDENTIFY,
                         json_pack("{s:s, s:s, s:s, s:s}", "client_name", "plr-rig", "version", "1",
                                   "type", "other", "url", "none"));
}

// --- asking -------------------------------------------------------------------------------------------------------

/// A message with its end. NULL: no memory.
static char *message(const struct klippy *k, enum klippy_request what, json_t *params)
{
    json_t *out = json_pack("{s:s, s:o, s:I}", "method", k->dialect->method[what], "params",
                            params ? params : json_object(), "id", (json_int_t)k->serial);
    char *text, *whole = NULL;

    if (out && k->dialect->jsonrpc)
        json_object_set_new(out, "jsonrpc", json_string("2.0"));
    text = out ? json_dumps(out, JSON_COMPACT) : NULL;
    json_decref(out);
    if (text)
        whole = realloc(text, strlen(text) + 2);
    if (whole)
        memcpy(whole + strlen(whole), (const char[]){FRAME_END, 0}, 2);
    else
        free(text);
    return whole;
}

/// Send a message that has its end; `first`: before what waits.
static int post(struct link *link, const char *text, bool first)
{
    struct ws *ws = own(link)->ws;
    size_t size = strlen(text);

    if (!ws)
        return first ? link_wire_first(&link->wire, text, size, FRAME_END)
                     : link_wire_put(&link->wire, text, size);
    int bad = ws_put(ws, text, size - 1, first);
    link->wire.gone += bad ? 0 : size;
    return bad;
}

int klippy_ask(struct link *link, enum klippy_request what, json_t *params)
{
    struct klippy *k = own(link);
    int bad;

    if (!k->dialect->method[what]) {
        json_decref(params);
        return 0;
    }
    k->serial++;
    char *text = message(k, what, params);
    if (!text)
        return -ENOMEM;
    bad = post(link, text, what == KLIPPY_STOP);
    free(text);
    if (!bad)
        k->waits[what] = k->serial;
    return bad;
}

int klippy_gcode(struct link *link, const char *text)
{
    struct klippy *k = own(link);
    json_t *script = json_string(text); // NULL: no UTF-8
    int bad = -EINVAL;

    if (script)
        bad = klippy_ask(link, KLIPPY_SCRIPT, json_pack("{s:o}", "script", script));
    if (bad)
        return bad;
    snprintf(k->script, sizeof k->script, "%s", text);
    k->refused[0] = 0;
    link_answer_begin(link);
    return 0;
}

int klippy_print(struct link *link, const char *file)
{
    char text[LINK_FILE + LINK_LINE];

    snprintf(text, sizeof text, "SDCARD_PRINT_FILE FILENAME=\"%s\"", file);
    return klippy_gcode(link, text);
}

int klippy_stop(struct link *link)
{
    struct ws *ws = own(link)->ws;
    int bad = klippy_ask(link, KLIPPY_STOP, NULL);

    if (bad)
        return bad;
    if (!ws) {
        bad = link_wire_flush(&link->wire);
        return bad ? bad : link->wire.out_size ? -EAGAIN : 0;
    }
    for (int i = 0; i < 2 * WS_WAITING && ws_waiting(ws); i++)
        bad = ws_serve(ws, 0);
    if (own(link)->phase == KLIPPY_AWAY)
        return -ENOTCONN; // it hung up instead
    return bad ? bad : ws_waiting(ws) ? -EAGAIN : 0;
}

int klippy_serve(struct link *link, int64_t for_us)
{
    struct klippy *k = own(link);

    // without a connection there is nothing that could wake the library
    if (k->ws && (for_us <= 0 || k->phase != KLIPPY_AWAY))
        return ws_serve(k->ws, for_us);
    return link_wire_wait(&link->wire, for_us);
}

int64_t klippy_rest(const struct link *link, int *fd)
{
    const struct klippy *k = link->own;

    if (!k->ws)
        return link_wire_rest_us(&link->wire, link->wake_us, fd);
    *fd = k->phase == KLIPPY_AWAY ? -1 : ws_idle_fd(k->ws);
    return *fd >= 0 || k->phase == KLIPPY_AWAY ? link->wake_us : 0;
}

// --- turning ------------------------------------------------------------------------------------------------------

static int64_t mcu_silence_us(const struct link *link)
{
    int64_t silence_us = link->config.silence_us;
    return silence_us > KLIPPY_MCU_SILENT_US ? silence_us : KLIPPY_MCU_SILENT_US;
}

/// The state of a host process that is there.
static void judge_host(struct link *link)
{
    struct klippy *k = own(link);

    switch (k->known.host) {
    case KLIPPY_GONE:
        link_state_is(link, LINK_LOST, "Klipper's host process is not there");
        link_answer_end(link, -EPIPE, "Klipper's host process is not there");
        return;
    case KLIPPY_STARTUP: link_state_is(link, LINK_STARTING, NULL); return;
    case KLIPPY_SHUTDOWN: link_state_is(link, LINK_FAULT, k->known.host_why); return;
    case KLIPPY_READY: break;
    }
    if (k->phase != KLIPPY_UP)
        link_state_is(link, LINK_STARTING, NULL);
    else
        link_state_is(link, k->known.job, k->known.job == LINK_FAULT ? k->known.job_why : NULL);
}

void klippy_judge(struct link *link, int64_t now_us)
{
    struct klippy *k = own(link);
    int64_t silence_us = mcu_silence_us(link);
    char why[LINK_LINE];

    bool counts = k->phase == KLIPPY_UP && k->known.host == KLIPPY_READY && k->known.mcu_bytes >= 0;
    bool mute = counts && now_us - k->step_us >= silence_us;
    if (mute && !k->mute) {
        snprintf(why, sizeof why, "nothing was heard of its microcontroller for %lld ms",
                 (long long)(silence_us / 1000));
        link_state_is(link, LINK_LOST, why);
        link_answer_end(link, -EPIPE, why);
    }
    k->mute = mute;
    if (!mute)
        judge_host(link);
}

/// Parameters of what is told from now on. Klipper wants to be told what to call it.
static json_t *told_as(const struct klippy *k, const char *method)
{
    if (k->dialect->jsonrpc)
        return json_object();
    return json_pack("{s:{s:s}}", "response_template", "method", method);
}

/// Go on with what is asked at the beginning.
static void ask_on(struct link *link)
{
    struct klippy *k = own(link);

    if (k->phase == KLIPPY_MET && k->known.host == KLIPPY_READY) {
        (void)klippy_ask(link, KLIPPY_LIST, NULL);
        (void)klippy_ask(link, KLIPPY_HELP, NULL);
        (void)klippy_ask(link, KLIPPY_OUTPUT, told_as(k, KLIPPY_CALL_CONSOLE));
        k->phase = KLIPPY_ASKED;
    } else if (k->phase == KLIPPY_ASKED && !k->waits[KLIPPY_LIST] && !k->waits[KLIPPY_HELP]) {
        json_t *params = told_as(k, KLIPPY_CALL_STATUS);
        (void)json_object_set(params, "objects", k->objects);
        (void)klippy_ask(link, KLIPPY_SUBSCRIBE, params);
        k->phase = KLIPPY_ASKED_ALL;
    }
}

void klippy_step(struct link *link, int64_t now_us)
{
    struct klippy *k = own(link);
    char why[LINK_LINE];

    if (k->phase == KLIPPY_AWAY) {
        if (now_us >= k->look_us)
            look(link, now_us);
    } else if (now_us - k->heard_us >= link->config.silence_us) {
        snprintf(why, sizeof why, "it has been silent for %lld ms",
                 (long long)(link->config.silence_us / 1000));
        klippy_lose(link, why, now_us);
    }
    if (k->phase == KLIPPY_AWAY) {
        link->wake_us = k->look_us;
        return;
    }
    if (now_us >= k->info_us && !k->waits[KLIPPY_INFO]) {
        (void)klippy_ask(link, KLIPPY_INFO, NULL);
        k->info_us = now_us + KLIPPY_INFO_US;
    }
    ask_on(link);
    if (k->answered)
        klippy_judge(link, now_us);
    link->wake_us = k->heard_us + link->config.silence_us;
    if (!k->waits[KLIPPY_INFO] && k->info_us < link->wake_us)
        link->wake_us = k->info_us;
    if (k->phase == KLIPPY_UP && !k->mute && k->step_us + mcu_silence_us(link) < link->wake_us)
        link->wake_us = k->step_us + mcu_silence_us(link);
}

static void each(void *ctx, const char *text, size_t size)
{
    struct link *link = ctx;
    klippy_take(link, text, size, own(link)->heard_us);
}

void klippy_heard(struct link *link, const char *bytes, size_t size, int64_t now_us)
{
    struct klippy *k = own(link);

    k->heard_us = now_us;
    if (frames_take(&k->frames, bytes, size, each, link))
        klippy_lose(link, "it says what has no end", now_us);
}
