// Another shape for a store: a whole new file with the same records takes the old one's place.
// SPDX-License-Identifier: MIT
#include "core/lab/store/internal.h"

#include <string.h>

/// The live record behind sequence number `after` with the lowest one; 0 when there is none.
static int next_kind(const struct plr_journal *journal, uint32_t after)
{
    int next = 0;

    for (int kind = 1; kind < PLR_RECORD_KINDS; kind++) {
        uint32_t sequence = journal->live[kind].size ? journal->live[kind].sequence : 0;
        if (sequence > after && (!next || sequence < journal->live[next].sequence))
            next = kind;
    }
    return next;
}

/// In the order in which they were written: whoever compares two kinds finds the same one newer.
static int copy_records(struct store *from, struct plr_journal *journal, struct store *to,
                        struct plr_journal *copy)
{
    uint8_t payload[PLR_RECORD_MAX];
    uint32_t after = 0;

    for (int kind; (kind = next_kind(journal, after)) != 0;) {
        int size = plr_journal_read(journal, &store_nv, from, (enum plr_record_kind)kind, payload,
                                    sizeof payload, &after);
        if (size == PLR_ENOENT)
            continue; // it was cut short after all, and there is none before it
        if (size < 0)
            return size;
        int done = plr_journal_append(copy, &store_nv, to, (enum plr_record_kind)kind, payload,
                                      (uint32_t)size);
        if (done < 0)
            return done;
    }
    return 0;
}

/// The new file has the name, whether or not its directory says so yet.
static void take_place(struct store *store, const struct store *fresh)
{
    (void)store->os->close(store->ctx, store->fd);
    store->fd = fresh->fd;
    store_shape_take(store, &fresh->shape);
}

static void add_counts(struct store *store, const struct store *fresh)
{
    store->counts.writes += fresh->counts.writes;
    store->counts.bytes_written += fresh->counts.bytes_written;
    store->counts.reads += fresh->counts.reads;
    store->counts.syncs += fresh->counts.syncs;
    store->fault.count += fresh->fault.count;
    if (fresh->fault.count) {
        store->fault.error = fresh->fault.error;
        store->fault.call = fresh->fault.call;
    }
}

/// Fill the new file and give it the name.
static int replace(struct store *store, struct plr_journal *journal, struct store *fresh,
                   struct plr_journal *copy, bool *renamed)
{
    int error = STORE_DEFECT(COMMIT_FIRST) ? store_image_commit(fresh, renamed) : 0;

    if (!error)
        error = plr_journal_mount(copy, &fresh->geometry, &store_nv, fresh);
    if (!error)
        error = copy_records(store, journal, fresh, copy);
    // the journal goes on in another block where a sync has failed, but all else of the file may be lost with that sync
    if (!error && fresh->fault.count)
        error = fresh->fault.error;
    if (!error && !STORE_DEFECT(COMMIT_FIRST))
        error = store_image_commit(fresh, renamed);
    return error;
}

int store_reshape(struct store *store, struct plr_journal *journal, const struct store_shape *shape)
{
    struct store fresh = *store;
    struct store_shape taken = *shape;
    struct plr_journal copy;
    bool renamed = false;

    PLR_ASSERT(store->fd >= 0 && journal);
    if (store_shape_check(&taken))
        return PLR_EINVAL;
    store_shape_take(&fresh, &taken);
    fresh.counts = (struct store_counts){0};
    fresh.fault = (struct store_fault){0};
    fresh.fd = -1;
    int error = store_image_new(&fresh);
    if (!error)
        error = replace(store, journal, &fresh, &copy, &renamed);
    add_counts(store, &fresh);
    if (!error || (renamed && STORE_DEFECT(OLD_FD_KEPT))) {
        take_place(store, &fresh);
        *journal = copy;
    } else if (renamed) {
        (void)store->os->close(store->ctx, fresh.fd);
        store_close(store); // either file may be the one that the next boot finds
    } else if (fresh.fd >= 0) {
        store_image_drop(&fresh, fresh.fd);
    }
    return error;
}
