// Saying a line without waiting for whoever reads it.
// SPDX-License-Identifier: MIT
#include "rig/verbs/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE = 512 }; // at most PIPE_BUF: a pipe takes all of it or nothing

/// O_NONBLOCK would be everybody's who has this terminal or pipe; in a second opening of it it is ours alone. A file has none: it does not
/// block, and would be written over.
void rig_teller_open(struct rig_teller *teller, int fd)
{
    struct stat about;
    char path[40];

    *teller = (struct rig_teller){.fd = fd, .own = -1};
    if (fd < 0 || fstat(fd, &about) || (!S_ISFIFO(about.st_mode) && !S_ISCHR(about.st_mode)))
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    teller->own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/// Returns the bytes taken, or -1.
static ssize_t put(const struct rig_teller *teller, const char *line, size_t size)
{
    struct pollfd out = {.fd = teller->fd, .events = POLLOUT};

    if (teller->own >= 0)
        return write(teller->own, line, size);
    ssize_t sent = send(teller->fd, line, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    return poll(&out, 1, 0) == 1 ? write(teller->fd, line, size) : -1;
}

void rig_tell(void *ctx, int64_t at_us, const char *what)
{
    struct rig_teller *teller = ctx;
    char line[LINE], lost[80] = "";

    if (teller->fd < 0)
        return;
    if (teller->untold)
        snprintf(lost, sizeof lost, "(%" PRIu64 " lines are missing: nobody read them in time)\n",
                 teller->untold);
    int size = snprintf(line, sizeof line - 1, "%s%8" PRId64 ".%03d s  %s", lost, at_us / 1000000,
                        (int)(at_us / 1000 % 1000), what);
    size_t used = (size_t)size < sizeof line - 2 ? (size_t)size : sizeof line - 2;
    line[used++] = '\n';
    if (put(teller, line, used) == (ssize_t)used) {
        teller->untold = 0;
        return;
    }
    teller->dropped++;
    teller->untold++;
}

void rig_teller_close(struct rig_teller *teller)
{
    if (teller->own >= 0)
        close(teller->own);
    teller->own = -1;
}
