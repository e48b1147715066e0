// Where a WebSocket's server is.
// SPDX-License-Identifier: MIT
#include "core/lab/link/ws.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/// Copy `size` bytes. False when there are none, or too many.
static bool part(char *out, size_t room, const char *text, size_t size)
{
    if (!size || size >= room)
        return false;
    memcpy(out, text, size);
    out[size] = 0;
    return true;
}

static bool is_number(const char *host)
{
    const struct addrinfo numbers = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    bool is = getaddrinfo(host, NULL, &numbers, &found) == 0;

    if (found)
        freeaddrinfo(found);
    return is;
}

int ws_parse(const char *url, struct ws_address *out)
{
    static const char scheme[] = "ws://", path[] = "/websocket";
    char *end;

    out->port = 7125; // Moonraker's
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return -EINVAL;
    url += sizeof scheme - 1;
    bool six = *url == '['; // an address of IPv6
    url += six;
    size_t n = strcspn(url, six ? "]" : ":/");
    if (!part(out->host, sizeof out->host, url, n) || (six && url[n] != ']'))
        return -EINVAL;
    url += n + six;
    if (*url == ':') {
        long port = strtol(url + 1, &end, 10);
        if (end == url + 1 || port < 1 || port > 65535)
            return -EINVAL;
        out->port = (int)port;
        url = end;
    }
    if (*url && *url != '/')
        return -EINVAL;
    const char *at = url[0] && url[1] ? url : path;
    if (!part(out->path, sizeof out->path, at, strlen(at)))
        return -EINVAL;
    return is_number(out->host) ? 0 : -EDESTADDRREQ;
}
