// HTTP by libmicrohttpd, in the caller's own thread: a relay is never switched beside the loop that watches it.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // getaddrinfo
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "rig/serve/serve.h"

enum { BODY = 16, CONNECTIONS = 64, QUIET_S = 5 };

/// Somebody who is connected, and whose request has so long to come.
struct caller {
    struct MHD_Connection *connection; ///< NULL: nobody
    int64_t left_us;
};

struct serve {
    struct MHD_Daemon *daemon;
    serve_handler *handler;
    void *ctx;
    struct caller caller[CONNECTIONS];
    int64_t turned_us;
};

/// A request whose body is still coming.
struct pending {
    char body[BODY];
    size_t size; ///< also of what found no room
};

static enum MHD_Result answer(struct MHD_Connection *connection, const struct serve_answer *said)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(said->text), (void *)said->text, MHD_RESPMEM_MUST_COPY);

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
    if (said->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)said->status, response);
    MHD_destroy_response(response);
    return result;
}

static const char *query(struct MHD_Connection *connection, const char *key)
{
    return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, key);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void keep(struct pending *pending, const char *data, size_t size)
{
    size_t room = pending->size < BODY ? BODY - pending->size : 0;

    memcpy(pending->body + pending->size, data, size < room ? size : room);
    pending->size += size;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **of_connection)
{
    struct serve *serve = ctx;
    struct pending *pending = *of_connection;
    struct serve_answer said = {MHD_HTTP_CONTENT_TOO_LARGE, "a body has at most 16 bytes\n"};

    (void)version;
    if (!pending) { // its headers
        *of_connection = calloc(1, sizeof *pending);
        return *of_connection ? MHD_YES : MHD_NO;
    }
    if (*size) {
        keep(pending, data, *size < BODY + 1 ? *size : BODY + 1);
        *size = 0;
        return MHD_YES;
    }
    const struct serve_request request = {.method = method,
                                          .path = url,
                                          .port = query(connection, "port"),
                                          .delay = query(connection, "delay"),
                                          .authorization =
                                              header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
                                          .host = header(connection, MHD_HTTP_HEADER_HOST),
                                          .origin = header(connection, MHD_HTTP_HEADER_ORIGIN),
                                          .body = pending->body,
                                          .size = pending->size};
    if (pending->size <= BODY)
        serve->handler(serve->ctx, &request, &said);
    return answer(connection, &said);
}

// --- callers that take their time ---------------------------------------------------------------------------------

/// The place of this connection; of NULL, a free one. NULL when there is none.
static struct caller *find(struct serve *serve, const struct MHD_Connection *connection)
{
    for (int n = 0; n < CONNECTIONS; n++)
        if (serve->caller[n].connection == connection)
            return &serve->caller[n];
    return NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket,
                          enum MHD_ConnectionNotificationCode what)
{
    bool begins = what == MHD_CONNECTION_NOTIFY_STARTED;
    struct caller *caller = find(ctx, begins ? NULL : connection);

    (void)socket;
    if (caller)
        *caller = (struct caller){begins ? connection : NULL, QUIET_S * INT64_C(1000000)};
}

/// A byte now and then keeps a connection awake: who has not said all of it in time is hung up on. Time in which we were busy with a relay is
/// nobody's fault.
static void hang_up(struct serve *serve)
{
    enum { TURN_US = 100000 };
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    int64_t took = now_us - serve->turned_us < TURN_US ? now_us - serve->turned_us : TURN_US;
    serve->turned_us = now_us;
    for (int n = 0; n < CONNECTIONS; n++) {
        struct caller *caller = &serve->caller[n];
        caller->left_us -= took;
        if (!caller->connection || caller->left_us > 0)
            continue;
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(caller->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info)
            shutdown(info->connect_fd, SHUT_RDWR);
    }
}

static void on_end(void *ctx, struct MHD_Connection *connection, void **of_connection,
                   enum MHD_RequestTerminationCode why)
{
    struct caller *caller = find(ctx, connection);

    (void)why;
    if (caller) // its next request has as long
        caller->left_us = QUIET_S * INT64_C(1000000);
    free(*of_connection);
    *of_connection = NULL;
}

// --- where it listens ---------------------------------------------------------------------------------------------

/// Take "HOST:PORT" or "[V6]:PORT" apart. False when it is neither.
static bool split(const char *address, char host[256], char port[8])
{
    const char *colon = strrchr(address, ':');
    size_t size = colon ? (size_t)(colon - address) : 0;
    bool bracketed = size > 2 && address[0] == '[' && address[size - 1] == ']';

    if (bracketed) {
        address++;
        size -= 2;
    }
    if (!size || size >= 256 || strlen(colon + 1) >= 8 ||
        (!bracketed && memchr(address, ':', size)))
        return false;
    memcpy(host, address, size);
    host[size] = '\0';
    strcpy(port, colon + 1);
    return port[0] && port[strspn(port, "0123456789")] == '\0' && strtol(port, NULL, 10) <= 65535;
}

/// Numbers only: no name server decides where mains can be switched from. NULL when it is no address.
static struct addrinfo *resolve(const char *address)
{
    char host[256], port[8];
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;

    if (!split(address, host, port) || getaddrinfo(host, port, &hints, &found))
        return NULL;
    return found;
}

bool serve_is_place(const char *address)
{
    struct addrinfo *found = resolve(address);

    if (found)
        freeaddrinfo(found);
    return found;
}

bool serve_is_loopback(const char *address)
{
    struct addrinfo *found = resolve(address);
    bool loopback = false;

    if (found && found->ai_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)found->ai_addr;
        loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    } else if (found && found->ai_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)found->ai_addr;
        loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    }
    if (found)
        freeaddrinfo(found);
    return loopback;
}

bool serve_is_own(const struct serve_request *request, int port)
{
    char name[256], digits[8], address[300];

    if (request->origin || !request->host)
        return false;
    bool whole = split(request->host, name, digits);
    snprintf(address, sizeof address, "%s%s", request->host, whole ? "" : ":80"); // HTTP's own
    if (!split(address, name, digits) || strtol(digits, NULL, 10) != port)
        return false;
    return !strcasecmp(name, "localhost") || serve_is_loopback(address);
}

static struct MHD_Daemon *start(struct serve *serve, const struct addrinfo *at, bool own)
{
    unsigned each = own ? CONNECTIONS : 8; // all programs of this computer have one address
    unsigned flags = at->ai_family == AF_INET6 ? MHD_USE_IPv6 : MHD_NO_FLAG;

    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, serve, MHD_OPTION_SOCK_ADDR, at->ai_addr,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)QUIET_S, MHD_OPTION_NOTIFY_COMPLETED, on_end, serve, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, serve, MHD_OPTION_PER_IP_CONNECTION_LIMIT, each, MHD_OPTION_END);
}

int serve_open(struct serve **out, const char *address, serve_handler *handler, void *ctx,
               struct lab_error *err)
{
    struct addrinfo *at = resolve(address);
    struct serve *serve = at ? calloc(1, sizeof *serve) : NULL;

    if (!at) {
        lab_error_at_file(err, "", "'%s' is no place to listen at: 127.0.0.1:16421", address);
        return -EINVAL;
    }
    if (serve) {
        *serve = (struct serve){.handler = handler, .ctx = ctx};
        errno = 0;
        serve->daemon = start(serve, at, serve_is_loopback(address));
    }
    int bad = !serve ? -ENOMEM : serve->daemon ? 0 : errno ? -errno : -EADDRINUSE;
    freeaddrinfo(at);
    if (bad) {
        lab_error_at_file(err, "", "cannot listen at %s: %s", address, strerror(-bad));
        free(serve);
        return bad;
    }
    *out = serve;
    return 0;
}

int serve_port(const struct serve *serve)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(serve->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info ? info->port : -1;
}

void serve_turn(struct serve *serve)
{
    MHD_run(serve->daemon);
    hang_up(serve);
}

void serve_close(struct serve *serve)
{
    if (serve)
        MHD_stop_daemon(serve->daemon);
    free(serve);
}
