// The lock of a bench.
// SPDX-License-Identifier: MIT
#include "rig/run/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// Name the owner: the process, and what it wrote about itself.
static int say_owner(int fd, const char *path, struct lab_error *err)
{
    struct flock owner = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char text[160] = "";

    if (fcntl(fd, F_GETLK, &owner) || owner.l_type == F_UNLCK)
        owner.l_pid = 0;
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    lab_error_at_file(err, path, "another run has this bench: process %ld, %s", (long)owner.l_pid,
                      text[0] ? text : "which says nothing of itself");
    return -EBUSY;
}

static int sign(int fd, const char *what)
{
    char text[160];
    int n = snprintf(text, sizeof text, "%.120s\n", what);

    return ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n ? -errno : 0;
}

int run_lock(const char *bench, const char *what, struct lab_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[512];

    snprintf(path, sizeof path, "%s.lock", bench);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        int bad = -errno;
        lab_error_at_file(err, path, "the lock of the bench cannot be made: %s", strerror(-bad));
        return bad;
    }
    int bad = 0;
    if (fcntl(fd, F_SETLK, &whole))
        bad = errno == EACCES || errno == EAGAIN ? say_owner(fd, path, err) : -errno;
    bad = bad ? bad : sign(fd, what);
    if (!bad)
        return fd;
    if (bad != -EBUSY)
        lab_error_at_file(err, path, "the bench cannot be locked: %s", strerror(-bad));
    close(fd);
    return bad;
}
