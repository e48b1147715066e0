// Opening a store: one at a time, what is there is made durable before it is believed, what is not there is made whole.
// SPDX-License-Identifier: MIT
#include "core/lab/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int lock(struct store *store)
{
    char path[STORE_PATH_MAX];

    // not the file itself: that one is replaced by store_reshape, and a lock is the inode's
    store_path(store, ".lock", path);
    int fd = store_io_open(store, path, O_RDWR | O_CREAT);
    if (fd < 0)
        return store_note(store, "open", fd);
    store->lock_fd = fd;
    int error;
    do
        error = STORE_DEFECT(NOT_LOCKED) ? 0 : store->os->lock(store->ctx, fd);
    while (error == -EINTR);
    if (error)
        (void)store_note(store, "flock", error);
    return error == -EWOULDBLOCK ? PLR_EBUSY : error;
}

static int make(struct store *store)
{
    bool renamed;

    int error = store_image_new(store);
    if (error)
        return error;
    error = store_image_commit(store, &renamed);
    if (error && !renamed) { // else a whole one stands under the name
        store_image_drop(store, store->fd);
        store->fd = -1;
    }
    return error;
}

/// A predecessor that was killed, not cut, leaves records in the cache that no sync has vouched for, and perhaps a name that the
/// directory on the device does not know. They are read from here on, so they must stay. Behind a sync that failed the cache may show
/// what the device does not have: it is dropped, and the device is asked.
static int settle(struct store *store)
{
    if (STORE_DEFECT(NO_OPEN_SYNC))
        return 0;
    int error = store_io_sync(store, store->fd, false);
    if (!error)
        error = store_io_sync_directory(store);
    if (!STORE_DEFECT(NOT_FORGOTTEN))
        (void)store->os->forget(store->ctx, store->fd);
    return error;
}

static int open_or_make(struct store *store, const struct store_shape *shape)
{
    char path[STORE_PATH_MAX];

    int error = lock(store);
    store_path(store, ".new", path);
    if (!error)
        error = store_io_unlink(store, path); // unfinished, of a predecessor
    if (error)
        return error;
    int fd = store_io_open(store, store->path, O_RDWR);
    if (fd == -ENOENT) {
        store_shape_take(store, shape);
        return make(store);
    }
    if (fd < 0)
        return store_note(store, "open", fd);
    store->fd = fd;
    error = settle(store);
    return error ? error : store_image_read(store);
}

int store_open(struct store *store, const char *path, const struct store_shape *shape,
               const struct store_os *os, void *ctx)
{
    struct store_shape taken = shape ? *shape : (struct store_shape){0};

    PLR_ASSERT(store && path && os);
    memset(store, 0, sizeof *store);
    store->os = os;
    store->ctx = ctx;
    store->fd = store->lock_fd = -1;
    if (strlen(path) + sizeof ".lock" > sizeof store->path)
        return -ENAMETOOLONG;
    memcpy(store->path, path, strlen(path) + 1);
    int error = store_shape_check(&taken);
    if (!error)
        error = open_or_make(store, &taken);
    if (error)
        store_close(store);
    return error;
}

void store_close(struct store *store)
{
    if (store->fd >= 0)
        (void)store->os->close(store->ctx, store->fd);
    if (store->lock_fd >= 0)
        (void)store->os->close(store->ctx, store->lock_fd); // which unlocks
    store->fd = store->lock_fd = -1;
}
