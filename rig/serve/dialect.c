// What a request asks for.
// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig/serve/serve.h"

static const int64_t second_us = 1000000;

__attribute__((format(printf, 3, 4))) static int refuse(char why[SERVE_WHY], int status,
                                                        const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, SERVE_WHY, format, arguments);
    va_end(arguments);
    return status;
}

/// A small number and nothing else. Returns it, or -1.
static int64_t number(const char *text, size_t size)
{
    int64_t value = 0;

    for (size_t n = 0; n < size; n++) {
        if (!isdigit((unsigned char)text[n]) || value > 100000)
            return -1;
        value = value * 10 + text[n] - '0';
    }
    return size ? value : -1;
}

/// A relay by name or number. BENCH_NONE when there is none.
static int32_t find(const struct bench *bench, const char *text, size_t size)
{
    int64_t index = number(text, size);

    for (int32_t n = 0; n < bench->relays; n++)
        if (strlen(bench->relay[n].name) == size && !memcmp(bench->relay[n].name, text, size))
            return n;
    return index >= 0 && index < bench->relays ? (int32_t)index : BENCH_NONE;
}

// --- labgrid ------------------------------------------------------------------------------------------------------

static int read_value(const struct serve_request *request, struct serve_wish *out,
                      char why[SERVE_WHY])
{
    if (!strcmp(request->method, "GET")) {
        out->what = SERVE_GET;
        return 200;
    }
    if (strcmp(request->method, "PUT") != 0)
        return refuse(why, 405, "a relay's value takes GET and PUT, not %.16s", request->method);
    size_t size = request->size;
    while (size && isspace((unsigned char)request->body[size - 1]))
        size--;
    if (size != 1 || (request->body[0] != '0' && request->body[0] != '1'))
        return refuse(why, 400, "a relay's value is 0 or 1");
    out->what = request->body[0] == '1' ? SERVE_ON : SERVE_OFF;
    return 200;
}

static int read_rest(const struct serve_request *request, const struct bench *bench,
                     struct serve_wish *out, char why[SERVE_WHY])
{
    static const char head[] = "/relay/", tail[] = "/value";
    const char *name = request->path + sizeof head - 1;
    size_t size = strcspn(name, "/");

    if (strcmp(name + size, tail) != 0)
        return refuse(why, 404, "there is /relay/{index}/value and /power/control/{on,off,reboot}");
    out->relay = find(bench, name, size);
    if (out->relay == BENCH_NONE)
        return refuse(why, 404, "the bench has no relay '%.*s'", (int)(size < 40 ? size : 40),
                      name);
    return read_value(request, out, why);
}

// --- pdudaemon ----------------------------------------------------------------------------------------------------

static bool read_verb(const char *verb, enum serve_what *out)
{
    static const struct {
        const char *word;
        enum serve_what what;
    } row[] = {{"on", SERVE_ON}, {"off", SERVE_OFF}, {"reboot", SERVE_REBOOT}};

    for (size_t n = 0; n < sizeof row / sizeof *row; n++) {
        if (strcmp(verb, row[n].word) != 0)
            continue;
        *out = row[n].what;
        return true;
    }
    return false;
}

static int read_control(const struct serve_request *request, const struct bench *bench,
                        struct serve_wish *out, char why[SERVE_WHY])
{
    static const char head[] = "/power/control/";
    enum { DEFAULT_S = 5, MOST_S = 3600 }; // pdudaemon's own delay

    out->pdudaemon = true;
    if (!read_verb(request->path + sizeof head - 1, &out->what))
        return refuse(why, 404, "a port is switched on, off, or rebooted");
    if (strcmp(request->method, "GET") != 0)
        return refuse(why, 405, "pdudaemon's commands come by GET");
    if (!request->port)
        return refuse(why, 400, "which port? port=NAME");
    out->relay = find(bench, request->port, strlen(request->port));
    if (out->relay == BENCH_NONE)
        return refuse(why, 404, "the bench has no relay '%.40s'", request->port);
    int64_t delay = request->delay ? number(request->delay, strlen(request->delay)) : DEFAULT_S;
    if (delay < 0 || delay > MOST_S)
        return refuse(why, 400, "delay is 0 to %d seconds", MOST_S);
    out->delay_us = delay * second_us;
    return 200;
}

int serve_read(const struct serve_request *request, const struct bench *bench,
               struct serve_wish *out, char why[SERVE_WHY])
{
    *out = (struct serve_wish){.relay = BENCH_NONE};
    if (!strncmp(request->path, "/relay/", 7))
        return read_rest(request, bench, out, why);
    if (!strncmp(request->path, "/power/control/", 15))
        return read_control(request, bench, out, why);
    return refuse(why, 404, "there is /relay/{index}/value and /power/control/{on,off,reboot}");
}
