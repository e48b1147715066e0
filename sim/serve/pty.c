// A pseudo-terminal as a serial line.
// SPDX-License-Identifier: MIT
#include "sim/serve/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/// No echo, no signals, no line editing, nothing translated.
static void make_raw(struct termios *t)
{
    memset(t, 0, sizeof *t);
    t->c_cflag = CS8 | CREAD | CLOCAL;
    t->c_cc[VMIN] = 1;
    (void)cfsetispeed(t, B115200);
    (void)cfsetospeed(t, B115200);
}

/// A link beside its place, then renamed onto it: who looks finds the old one or the new.
static int lead_to(const char *path, const char *device, struct lab_error *err)
{
    struct stat there;
    char beside[4096];

    if (!lstat(path, &there) && !S_ISLNK(there.st_mode)) {
        lab_error_at_file(err, NULL, "--pty %s: is there already, and no symbolic link", path);
        return -EEXIST;
    }
    int size = snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid());
    int bad = size >= (int)sizeof beside ? -ENAMETOOLONG : 0;
    if (!bad && (symlink(device, beside) || rename(beside, path)))
        bad = -errno;
    if (bad)
        lab_error_at_file(err, NULL, "--pty %s: cannot be made: %s", path, strerror(-bad));
    if (bad && size < (int)sizeof beside)
        unlink(beside);
    return bad;
}

int pty_open(struct serve_pty *pty, const char *path, struct lab_error *err)
{
    struct termios raw;
    int line;

    *pty = (struct serve_pty){.fd = -1, .path = path};
    make_raw(&raw);
    if (openpty(&pty->fd, &line, NULL, &raw, NULL)) {
        int bad = -errno;
        lab_error_at_file(err, NULL, "--pty: no pseudo-terminal: %s", strerror(-bad));
        return bad;
    }
    int bad = ttyname_r(line, pty->device, sizeof pty->device);
    (void)fcntl(pty->fd, F_SETFL, O_NONBLOCK);
    (void)fcntl(pty->fd, F_SETFD, FD_CLOEXEC);
    close(line); // from here on it is hung up until somebody opens it
    if (bad) {
        lab_error_at_file(err, NULL, "--pty: a pseudo-terminal without a name: %s", strerror(bad));
        return -bad;
    }
    return lead_to(path, pty->device, err);
}

void pty_close(struct serve_pty *pty)
{
    char device[sizeof pty->device];

    if (pty->fd < 0)
        return;
    ssize_t size = readlink(pty->path, device, sizeof device);
    if (size == (ssize_t)strlen(pty->device) && !memcmp(device, pty->device, (size_t)size))
        unlink(pty->path);
    close(pty->fd);
    pty->fd = -1;
}

bool pty_heard(const struct serve_pty *pty)
{
    struct pollfd line = {.fd = pty->fd, .events = POLLIN};
    return poll(&line, 1, 0) >= 0 && !(line.revents & POLLHUP);
}

size_t pty_read(const struct serve_pty *pty, char *out, size_t room)
{
    ssize_t size = room ? read(pty->fd, out, room) : 0;
    return size > 0 ? (size_t)size : 0; // EIO: hung up
}

size_t pty_write(const struct serve_pty *pty, const char *text, size_t size)
{
    ssize_t taken = size ? write(pty->fd, text, size) : 0;
    return taken > 0 ? (size_t)taken : 0;
}
