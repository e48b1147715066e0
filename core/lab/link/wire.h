// The bytes to and from a printer: a file descriptor that never blocks, with what still has to go out.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_WIRE_H
#define LAB_LINK_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum { LINK_OUT = 32768 };

struct link_wire {
    int fd; ///< -1: none
    char out[LINK_OUT];
    size_t out_size;
    size_t line_at;    ///< bytes of the message begun that are gone already; 0: between messages
    uint64_t in, gone; ///< bytes since it was opened
};

/// Take a file descriptor, which becomes the wire's. Drops what was to go out.
void link_wire_use(struct link_wire *wire, int fd);

/// Close it. Fine when there is none.
void link_wire_close(struct link_wire *wire);

/// Queue bytes. Returns 0, -ENOTCONN without a file descriptor, -ENOBUFS when too much waits already.
int link_wire_put(struct link_wire *wire, const char *bytes, size_t size);

/// Queue a message before what waits. One that is half gone is finished first: it ends with `end`. As link_wire_put.
int link_wire_first(struct link_wire *wire, const char *bytes, size_t size, char end);

/// Write what can be written at once. Returns 0 or a negative errno: the wire is dead.
int link_wire_flush(struct link_wire *wire);

/// Read what is there. Returns bytes, 0 when there is nothing now, or a negative errno: the wire is dead (-EPIPE: hung up).
int64_t link_wire_read(struct link_wire *wire, char *bytes, size_t room);

/// Wait until it can be read, or written when something waits to go out; at most so long, and a signal may end it. Without a file descriptor it
/// just waits. Returns 0, or a negative errno.
int link_wire_wait(const struct link_wire *wire, int64_t for_us);

/// For who waits for it himself: *fd is what to wait for to be readable, and the instant is `until_us`; or 0 when something waits to go out.
int64_t link_wire_rest_us(const struct link_wire *wire, int64_t until_us, int *fd);

#endif
