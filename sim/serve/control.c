// A Unix socket on which lines are answered.
// SPDX-License-Identifier: MIT
#include "sim/serve/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void prepare(int fd)
{
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// Is there a socket that nobody listens to? Others' sockets and other files stay.
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat there;

    if (lstat(address->sun_path, &there) || !S_ISSOCK(there.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) &&
                 errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return stale;
}

static int listen_at(struct control *c, const struct sockaddr_un *address)
{
    if (is_stale(address))
        unlink(address->sun_path);
    c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (c->fd < 0)
        return -errno;
    prepare(c->fd);
    if (bind(c->fd, (const struct sockaddr *)address, sizeof *address))
        return -errno;
    c->bound = true;
    return listen(c->fd, CONTROL_CLIENTS) ? -errno : 0;
}

int control_open(struct control *c, const char *path, struct lab_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *c = (struct control){.fd = -1, .path = path};
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        c->client[i].fd = -1;
    int bad = strlen(path) < sizeof address.sun_path ? 0 : -ENAMETOOLONG;
    if (!bad) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        bad = listen_at(c, &address);
    }
    if (bad)
        lab_error_at_file(err, NULL, "--control %s: cannot be made: %s", path, strerror(-bad));
    return bad;
}

static void hang_up(struct control_client *client)
{
    close(client->fd);
    free(client->out);
    *client = (struct control_client){.fd = -1};
}

void control_close(struct control *c)
{
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        if (c->client[i].fd >= 0)
            hang_up(&c->client[i]);
    if (c->fd >= 0)
        close(c->fd);
    if (c->bound)
        unlink(c->path);
    *c = (struct control){.fd = -1};
}

int control_polls(const struct control *c, struct pollfd out[CONTROL_POLLS])
{
    int count = 0;

    if (c->fd < 0)
        return 0;
    out[count++] = (struct pollfd){.fd = c->fd, .events = POLLIN};
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        if (c->client[i].fd >= 0)
            out[count++] = (struct pollfd){.fd = c->client[i].fd,
                                           .events = c->client[i].out ? POLLOUT : POLLIN};
    return count;
}

static void welcome(struct control *c)
{
    for (int i = 0; i < CONTROL_CLIENTS; i++) {
        if (c->client[i].fd >= 0)
            continue;
        int fd = accept(c->fd, NULL, NULL);
        if (fd < 0)
            return;
        prepare(fd);
        c->client[i] = (struct control_client){.fd = fd};
    }
}

/// Send what waits. False: the client is gone.
static bool flush(struct control_client *client)
{
    while (client->left) {
        ssize_t sent = send(client->fd, client->out + client->at, client->left, MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        client->at += (size_t)sent;
        client->left -= (size_t)sent;
    }
    free(client->out);
    client->out = NULL;
    return true;
}

/// Answer the line that is whole, if one is. Returns whether there was one.
static bool answer_line(struct control_client *client, control_answer *answer, void *ctx)
{
    char *end = memchr(client->line, '\n', client->size);

    if (!end)
        return false;
    *end = '\0';
    end[-(end > client->line && end[-1] == '\r')] = '\0';
    char *text = answer(ctx, client->line);
    size_t used = (size_t)(end + 1 - client->line), size = text ? strlen(text) : 0;
    client->out = text ? realloc(text, size + 2) : NULL;
    if (!client->out)
        free(text);
    else
        memcpy(client->out + size, "\n", 2);
    client->at = 0;
    client->left = client->out ? size + 1 : 0;
    client->size -= used;
    memmove(client->line, client->line + used, client->size);
    return true;
}

/// False: the client is gone, or says more than a line holds.
static bool serve(struct control_client *client, control_answer *answer, void *ctx)
{
    if (client->out && !flush(client))
        return false;
    while (!client->out) {
        if (answer_line(client, answer, ctx)) {
            if (!client->out || !flush(client))
                return false;
            continue;
        }
        size_t room = sizeof client->line - client->size;
        ssize_t got = room ? recv(client->fd, client->line + client->size, room, 0) : 0;
        if (got <= 0)
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        client->size += (size_t)got;
    }
    return true;
}

void control_turn(struct control *c, control_answer *answer, void *ctx)
{
    if (c->fd < 0)
        return;
    welcome(c);
    for (int i = 0; i < CONTROL_CLIENTS; i++)
        if (c->client[i].fd >= 0 && !serve(&c->client[i], answer, ctx))
            hang_up(&c->client[i]);
}
