// The NV half of a port over the file: a program unit in each page, durable when fdatasync has said so.
// SPDX-License-Identifier: MIT
#include "core/lab/store/internal.h"

#include <string.h>

static int64_t page_at(const struct store *store, uint32_t block, uint32_t unit)
{
    return (int64_t)store->shape.page_bytes *
           (1 + (int64_t)block * store->shape.block_pages + unit);
}

static bool usable(const struct store *store, uint32_t block, uint32_t offset, uint32_t size)
{
    return store->fd >= 0 && block < store->geometry.block_count &&
           offset <= store->geometry.erase_size && size <= store->geometry.erase_size - offset;
}

static int read_unit(struct store *store, int64_t at)
{
    if (store->unit_known && store->unit_at == at)
        return 0;
    store->unit_known = false;
    int error = store_io_read(store, store->fd, store->unit, STORE_UNIT, at);
    store->unit_known = !error;
    store->unit_at = at;
    return error;
}

static int nv_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    struct store *store = ctx;
    uint8_t *to = buffer;

    if (!usable(store, block, offset, size))
        return PLR_EIO;
    for (uint32_t part; size; size -= part) {
        uint32_t within = offset % STORE_UNIT;
        part = size < STORE_UNIT - within ? size : STORE_UNIT - within;
        if (read_unit(store, page_at(store, block, offset / STORE_UNIT)))
            return PLR_EIO;
        memcpy(to, store->unit + within, part);
        to += part;
        offset += part;
    }
    return 0;
}

static int nv_prog(void *ctx, uint32_t block, uint32_t offset, const void *data, uint32_t size)
{
    struct store *store = ctx;
    const uint8_t *from = data;
    uint32_t page = store->shape.page_bytes;

    if (!usable(store, block, offset, size) || offset % STORE_UNIT || size % STORE_UNIT)
        return PLR_EIO;
    store->unit_known = false;
    for (; size; size -= STORE_UNIT) {
        memset(store->page, 0xff, page);
        memcpy(store->page, from, STORE_UNIT);
        if (store_io_write(store, store->fd, store->page, page,
                           page_at(store, block, offset / STORE_UNIT)))
            return PLR_EIO;
        from += STORE_UNIT;
        offset += STORE_UNIT;
    }
    return 0;
}

static int nv_erase(void *ctx, uint32_t block)
{
    struct store *store = ctx;

    if (!usable(store, block, 0, 0))
        return PLR_EIO;
    store->unit_known = false;
    memset(store->page, 0xff, sizeof store->page);
    int64_t at = page_at(store, block, 0), end = page_at(store, block + 1, 0);
    for (uint32_t part; at < end; at += part) {
        part = end - at < STORE_PAGE_MAX ? (uint32_t)(end - at) : STORE_PAGE_MAX;
        if (store_io_write(store, store->fd, store->page, part, at))
            return PLR_EIO;
    }
    return 0;
}

static int nv_sync(void *ctx)
{
    struct store *store = ctx;

    if (store->fd < 0)
        return PLR_EIO;
    store->unit_known = false;
    if (STORE_DEFECT(NO_SYNC))
        return 0;
    if (store_io_sync(store, store->fd, true))
        return PLR_EIO;
    // the journal reads back what it wrote: from the device, for a card near its end takes writes and drops them
    if (!STORE_DEFECT(NOT_FORGOTTEN))
        (void)store->os->forget(store->ctx, store->fd);
    return 0;
}

const struct plr_nv store_nv = {
    .read = nv_read, .prog = nv_prog, .erase = nv_erase, .sync = nv_sync};
