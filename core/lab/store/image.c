// The file as a whole: its first page says what it is; a new one is made under another name and takes the place at once.
// SPDX-License-Identifier: MIT
#include "core/lab/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/plr/journal/layout.h"

enum { HEAD_MAGIC = 8, HEAD_BYTES = 28, HEAD_VERSION = 1 };

static const char magic[] = "PLRSTORE";

int store_shape_check(struct store_shape *shape)
{
    shape->page_bytes = shape->page_bytes ? shape->page_bytes : 4096;
    shape->block_pages = shape->block_pages ? shape->block_pages : 64;
    shape->blocks = shape->blocks ? shape->blocks : 4;
    bool power_of_two = !(shape->page_bytes & (shape->page_bytes - 1));
    bool good = power_of_two && shape->page_bytes >= STORE_UNIT &&
                shape->page_bytes <= STORE_PAGE_MAX && shape->block_pages >= STORE_BLOCK_MIN &&
                shape->block_pages <= 4096 && shape->blocks >= 2 && shape->blocks <= 64;
    return good ? 0 : PLR_EINVAL;
}

void store_shape_take(struct store *store, const struct store_shape *shape)
{
    store->shape = *shape;
    store->geometry = (struct plr_nv_geometry){.prog_size = STORE_UNIT,
                                               .erase_size = shape->block_pages * STORE_UNIT,
                                               .block_count = shape->blocks};
    store->unit_known = false;
}

void store_path(const struct store *store, const char *suffix, char path[STORE_PATH_MAX])
{
    size_t length = strlen(store->path), more = strlen(suffix);

    PLR_ASSERT(length + more < STORE_PATH_MAX); // store_open saw to it
    memcpy(path, store->path, length);
    memcpy(path + length, suffix, more + 1);
}

static int64_t file_bytes(const struct store_shape *shape)
{
    return (int64_t)shape->page_bytes * (1 + (int64_t)shape->block_pages * shape->blocks);
}

static void write_head(const struct store_shape *shape, uint8_t head[HEAD_BYTES])
{
    memcpy(head, magic, HEAD_MAGIC);
    plr_put32(head + 8, HEAD_VERSION);
    plr_put32(head + 12, shape->page_bytes);
    plr_put32(head + 16, shape->block_pages);
    plr_put32(head + 20, shape->blocks);
    plr_put32(head + 24, plr_crc32c(0, head, 24));
}

int store_image_read(struct store *store)
{
    uint8_t head[HEAD_BYTES], wanted[HEAD_BYTES];

    int error = store_io_read(store, store->fd, head, sizeof head, 0);
    if (error)
        return error;
    struct store_shape shape = {plr_get32(head + 12), plr_get32(head + 16), plr_get32(head + 20)};
    write_head(&shape, wanted);
    if (memcmp(head, wanted, sizeof head) || store_shape_check(&shape))
        return store_note(store, "head", PLR_EBADMSG);
    int64_t size;
    do
        size = store->os->size(store->ctx, store->fd);
    while (size == -EINTR);
    if (size < 0)
        return store_note(store, "fstat", (int)size);
    if (size < file_bytes(&shape))
        return store_note(store, "size", PLR_EBADMSG);
    store_shape_take(store, &shape);
    return 0;
}

/// Every byte is written, so that no later write needs room.
static int fill(struct store *store, int fd)
{
    int64_t size = file_bytes(&store->shape), at = store->shape.page_bytes;

    memset(store->page, 0xff, sizeof store->page);
    write_head(&store->shape, store->page);
    int error = store_io_write(store, fd, store->page, store->shape.page_bytes, 0);
    memset(store->page, 0xff, HEAD_BYTES);
    for (uint32_t part; !error && at < size; at += part) {
        part = size - at < STORE_PAGE_MAX ? (uint32_t)(size - at) : STORE_PAGE_MAX;
        error = store_io_write(store, fd, store->page, part, at);
    }
    return error;
}

int store_image_new(struct store *store)
{
    char path[STORE_PATH_MAX];
    int flags = O_RDWR | O_CREAT | (STORE_DEFECT(MADE_IN_PLACE) ? O_TRUNC : O_EXCL);

    store_path(store, STORE_DEFECT(MADE_IN_PLACE) ? "" : ".new", path);
    int fd = store_io_open(store, path, flags);
    if (fd < 0)
        return store_note(store, "open", fd);
    int error = fill(store, fd);
    if (error)
        store_image_drop(store, fd);
    else
        store->fd = fd;
    return error;
}

int store_image_commit(struct store *store, bool *renamed)
{
    char path[STORE_PATH_MAX];

    *renamed = false;
    store_path(store, ".new", path);
    int error = STORE_DEFECT(NO_FILE_SYNC) ? 0 : store_io_sync(store, store->fd, false);
    if (!error && !STORE_DEFECT(NOT_FORGOTTEN))
        (void)store->os->forget(store->ctx, store->fd);
    if (!error)
        error = store_image_read(store); // from the device: this page is never written again
    if (!error && !STORE_DEFECT(MADE_IN_PLACE))
        error = store_io_rename(store, path, store->path);
    if (error)
        return error;
    *renamed = true;
    return store_io_sync_directory(store);
}

void store_image_drop(struct store *store, int fd)
{
    char path[STORE_PATH_MAX];

    store_path(store, ".new", path);
    (void)store->os->close(store->ctx, fd);
    // what cannot be removed now is removed when the store is opened
    (void)store_io_unlink(store, path);
}
