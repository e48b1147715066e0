// Datagrams to the socket that $NOTIFY_SOCKET names.
// SPDX-License-Identifier: MIT
#include "rig/service/service.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t size = path ? strlen(path) : 0;

    if (!size || size >= sizeof to.sun_path)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0)
        return;
    memcpy(to.sun_path, path, size);
    if (to.sun_path[0] == '@') // a name that is in no file system
        to.sun_path[0] = '\0';
    (void)sendto(fd, text, strlen(text), MSG_DONTWAIT, (const struct sockaddr *)&to,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    close(fd);
}

void service_ready(const char *status)
{
    char text[200];

    snprintf(text, sizeof text, "READY=1\nSTATUS=%.150s\n", status);
    tell(text);
}

void service_alive(int64_t now_us)
{
    static int64_t said_us = INT64_MIN;
    const char *period = getenv("WATCHDOG_USEC");
    int64_t every_us = period ? strtoll(period, NULL, 10) / 4 : 0;

    if (every_us <= 0 || (said_us != INT64_MIN && now_us - said_us < every_us))
        return;
    said_us = now_us;
    tell("WATCHDOG=1\n");
}
