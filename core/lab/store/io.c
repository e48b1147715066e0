// System calls carried through: interrupted ones again, short ones to their end, every failure noted.
// SPDX-License-Identifier: MIT
#include "core/lab/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int store_note(struct store *store, const char *call, int error)
{
    PLR_ASSERT(error < 0);
    store->fault.count++;
    store->fault.error = error;
    store->fault.call = call;
    return error;
}

int store_io_open(struct store *store, const char *path, int flags)
{
    int fd;

    do
        fd = store->os->open(store->ctx, path, flags | O_CLOEXEC);
    while (fd == -EINTR);
    return fd;
}

int store_io_read(struct store *store, int fd, void *buffer, uint32_t size, int64_t offset)
{
    uint8_t *to = buffer;

    while (size) {
        int64_t done = store->os->pread(store->ctx, fd, to, size, offset);
        if (done == -EINTR)
            continue;
        store->counts.reads++;
        if (done <= 0)
            return store_note(store, "pread", done ? (int)done : PLR_EBADMSG);
        to += done;
        offset += done;
        size -= (uint32_t)done;
    }
    return 0;
}

int store_io_write(struct store *store, int fd, const void *data, uint32_t size, int64_t offset)
{
    const uint8_t *from = data;

    while (size) {
        int64_t done = store->os->pwrite(store->ctx, fd, from, size, offset);
        if (done == -EINTR)
            continue;
        store->counts.writes++;
        if (done <= 0) // a write of nothing would be one without end
            return store_note(store, "pwrite", done ? (int)done : PLR_EIO);
        store->counts.bytes_written += (uint64_t)done;
        if (STORE_DEFECT(SHORT_WRITE_IGNORED))
            return 0;
        from += done;
        offset += done;
        size -= (uint32_t)done;
    }
    return 0;
}

static int sync_once(struct store *store, int fd, bool data_only)
{
    int error;

    do // interrupted means not done yet: nothing was given up
        error = (data_only ? store->os->fdatasync : store->os->fsync)(store->ctx, fd);
    while (error == -EINTR);
    return error;
}

int store_io_sync(struct store *store, int fd, bool data_only)
{
    store->counts.syncs++;
    int error = sync_once(store, fd, data_only);
    if (error && STORE_DEFECT(SYNC_TRIED_AGAIN))
        error = sync_once(store, fd, data_only);
    if (error && STORE_DEFECT(SYNC_ERROR_IGNORED))
        error = 0;
    return error ? store_note(store, data_only ? "fdatasync" : "fsync", error) : 0;
}

int store_io_rename(struct store *store, const char *from, const char *to)
{
    int error;

    do
        error = store->os->rename(store->ctx, from, to);
    while (error == -EINTR);
    return error ? store_note(store, "rename", error) : 0;
}

int store_io_unlink(struct store *store, const char *path)
{
    int error;

    do
        error = store->os->unlink(store->ctx, path);
    while (error == -EINTR);
    return error && error != -ENOENT ? store_note(store, "unlink", error) : 0;
}

int store_io_sync_directory(struct store *store)
{
    char path[STORE_PATH_MAX];
    char *slash;

    if (STORE_DEFECT(NO_DIR_SYNC))
        return 0;
    memcpy(path, store->path, sizeof path);
    slash = strrchr(path, '/');
    if (!slash)
        memcpy(path, ".", sizeof ".");
    else if (slash == path)
        slash[1] = 0;
    else
        *slash = 0;
    int fd = store_io_open(store, path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return store_note(store, "open", fd);
    int error = store_io_sync(store, fd, false);
    (void)store->os->close(store->ctx, fd);
    return error;
}
