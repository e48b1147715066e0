// Saying a line without waiting for whoever reads it.
// SPDX-License-Identifier: MIT
#include "rig/verbs/tell.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS = 2048, LOST = 80 }; // together at most PIPE_BUF: a pipe takes all of it or nothing

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

struct rig_teller *rig_teller_of(const FILE *stream)
{
    static struct rig_teller standard[2];
    static bool open[2];
    int which = stream == stdout ? 0 : 1;

    if (!open[which])
        rig_teller_open(&standard[which], which ? STDERR_FILENO : STDOUT_FILENO);
    open[which] = true;
    return &standard[which];
}

bool rig_teller_say(struct rig_teller *teller, const char *text)
{
    char all[WORDS + LOST] = "";

    if (teller->fd < 0)
        return true;
    if (teller->untold)
        snprintf(all, LOST, "(%" PRIu64 " lines are missing: nobody read them in time)\n",
                 teller->untold);
    size_t used = strlen(all), size = strnlen(text, WORDS - 1);
    memcpy(all + used, text, size);
    used += size;
    if (put(teller, all, used) == (ssize_t)used) {
        teller->untold = 0;
        return true;
    }
    teller->dropped++;
    teller->untold++;
    return false;
}

void rig_tell(void *ctx, int64_t at_us, const char *what)
{
    char line[WORDS];

    snprintf(line, sizeof line, "%8" PRId64 ".%03d s  %.2000s\n", at_us / 1000000,
             (int)(at_us / 1000 % 1000), what);
    (void)rig_teller_say(ctx, line);
}

/// What was printed before comes first. It was when nothing could be on, and is kept back where it would wait.
static void flush(FILE *to)
{
    struct pollfd out = {.fd = fileno(to), .events = POLLOUT};

    if (poll(&out, 1, 0) == 1 && out.revents & POLLOUT)
        fflush(to);
}

bool verb_tell(FILE *to, const char *format, ...)
{
    char text[WORDS];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    flush(to);
    return rig_teller_say(rig_teller_of(to), text);
}

void rig_teller_close(struct rig_teller *teller)
{
    if (teller->own >= 0)
        close(teller->own);
    teller->own = -1;
}
