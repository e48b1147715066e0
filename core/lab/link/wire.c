// The bytes to and from a printer.
// SPDX-License-Identifier: MIT
#include "core/lab/link/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void link_wire_use(struct link_wire *wire, int fd)
{
    link_wire_close(wire);
    wire->fd = fd;
}

void link_wire_close(struct link_wire *wire)
{
    if (wire->fd >= 0)
        (void)close(wire->fd);
    wire->fd = -1;
    wire->out_size = wire->line_at = 0;
    wire->in = wire->gone = 0;
}

int link_wire_put(struct link_wire *wire, const char *bytes, size_t size)
{
    if (wire->fd < 0)
        return -ENOTCONN;
    if (size > sizeof wire->out - wire->out_size)
        return -ENOBUFS;
    memcpy(wire->out + wire->out_size, bytes, size);
    wire->out_size += size;
    return 0;
}

int link_wire_first(struct link_wire *wire, const char *bytes, size_t size, char end)
{
    const char *rest = wire->line_at ? memchr(wire->out, end, wire->out_size) : NULL;
    size_t at = rest ? (size_t)(rest - wire->out) + 1 : 0;

    if (wire->fd < 0)
        return -ENOTCONN;
    if (size > sizeof wire->out - wire->out_size)
        return -ENOBUFS;
    memmove(wire->out + at + size, wire->out + at, wire->out_size - at);
    memcpy(wire->out + at, bytes, size);
    wire->out_size += size;
    return 0;
}

/// Where the last message in these bytes ends: the wire does not know what ends one, so both ends in use count.
static size_t behind_end(const char *bytes, size_t size)
{
    while (size && bytes[size - 1] != '\n' && bytes[size - 1] != 0x03)
        size--;
    return size;
}

/// A socket that hung up must not end this program by a signal.
static ssize_t write_some(int fd, const char *bytes, size_t size)
{
    ssize_t done = send(fd, bytes, size, MSG_NOSIGNAL);
    return done < 0 && errno == ENOTSOCK ? write(fd, bytes, size) : done;
}

int link_wire_flush(struct link_wire *wire)
{
    while (wire->fd >= 0 && wire->out_size) {
        ssize_t done = write_some(wire->fd, wire->out, wire->out_size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        if (done <= 0)
            return done ? -errno : -EPIPE;
        size_t ended = behind_end(wire->out, (size_t)done);
        wire->line_at = (ended ? 0 : wire->line_at) + (size_t)done - ended;
        wire->gone += (uint64_t)done;
        wire->out_size -= (size_t)done;
        memmove(wire->out, wire->out + done, wire->out_size);
    }
    return 0;
}

int64_t link_wire_read(struct link_wire *wire, char *bytes, size_t room)
{
    ssize_t got;

    if (wire->fd < 0)
        return 0;
    do
        got = read(wire->fd, bytes, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
    if (!got)
        return -EPIPE;
    wire->in += (uint64_t)got;
    return got;
}

int link_wire_wait(const struct link_wire *wire, int64_t for_us)
{
    struct pollfd what = {wire->fd, (short)(POLLIN | (wire->out_size ? POLLOUT : 0)), 0};
    int64_t ms = for_us / 1000 + 1;

    if (for_us <= 0)
        return 0;
    // a signal: the caller looks at the time and comes again
    if (poll(&what, 1, ms > 60000 ? 60000 : (int)ms) < 0 && errno != EINTR)
        return -errno;
    return 0;
}

int64_t link_wire_rest_us(const struct link_wire *wire, int64_t until_us, int *fd)
{
    *fd = wire->fd;
    return wire->out_size ? 0 : until_us;
}
