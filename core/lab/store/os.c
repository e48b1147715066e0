// The real system below a store: POSIX calls, errors as negative errno.
// SPDX-License-Identifier: MIT
#include "core/lab/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int result(int done)
{
    return done < 0 ? -errno : done;
}

static int os_open(void *ctx, const char *path, int flags)
{
    (void)ctx;
    return result(open(path, flags, 0644));
}

static int os_close(void *ctx, int fd)
{
    (void)ctx;
    return result(close(fd));
}

static int64_t os_size(void *ctx, int fd)
{
    struct stat is;

    (void)ctx;
    return fstat(fd, &is) ? -errno : (int64_t)is.st_size;
}

static int64_t os_pread(void *ctx, int fd, void *buffer, uint32_t size, int64_t offset)
{
    (void)ctx;
    ssize_t done = pread(fd, buffer, size, (off_t)offset);
    return done < 0 ? -errno : (int64_t)done;
}

static int64_t os_pwrite(void *ctx, int fd, const void *data, uint32_t size, int64_t offset)
{
    (void)ctx;
    ssize_t done = pwrite(fd, data, size, (off_t)offset);
    return done < 0 ? -errno : (int64_t)done;
}

static int os_fdatasync(void *ctx, int fd)
{
    (void)ctx;
    return result(fdatasync(fd));
}

static int os_fsync(void *ctx, int fd)
{
    (void)ctx;
    return result(fsync(fd));
}

static int os_forget(void *ctx, int fd)
{
    (void)ctx;
    return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int os_lock(void *ctx, int fd)
{
    (void)ctx;
    return result(flock(fd, LOCK_EX | LOCK_NB));
}

static int os_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return result(rename(from, to));
}

static int os_unlink(void *ctx, const char *path)
{
    (void)ctx;
    return result(unlink(path));
}

const struct store_os store_posix = {
    .open = os_open,
    .close = os_close,
    .size = os_size,
    .pread = os_pread,
    .pwrite = os_pwrite,
    .fdatasync = os_fdatasync,
    .fsync = os_fsync,
    .forget = os_forget,
    .lock = os_lock,
    .rename = os_rename,
    .unlink = os_unlink,
};
