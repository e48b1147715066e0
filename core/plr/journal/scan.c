// Mounting: which block is the active one, and what of it is whole.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/layout.h"

#include <string.h>

static bool all_erased(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        if (bytes[i] != 0xff)
            return false;
    return true;
}

int plr_record_check(const struct plr_nv_geometry *geometry, const struct plr_nv *nv, void *ctx,
                     uint32_t block, uint32_t block_sequence, uint32_t offset,
                     struct plr_found *found)
{
    uint8_t chunk[64];

    PLR_ASSERT(offset + PLR_RECORD_HEAD <= geometry->erase_size);
    int error = nv->read(ctx, block, offset, chunk, PLR_RECORD_HEAD);
    if (error)
        return error;
    if (all_erased(chunk, PLR_RECORD_HEAD))
        return PLR_ENOENT;
    found->kind = chunk[0];
    found->flags = chunk[1];
    found->size = (uint32_t)chunk[2] | (uint32_t)chunk[3] << 8;
    found->sequence = plr_get32(chunk + 4);
    found->offset = offset;
    if (!found->size || found->size > PLR_RECORD_MAX || !found->sequence ||
        found->sequence > PLR_SEQUENCE_MAX ||
        offset + plr_record_room(geometry, found->size) > geometry->erase_size)
        return PLR_EBADMSG;
    uint32_t crc = plr_crc32c(plr_record_seed(block_sequence), chunk, PLR_RECORD_HEAD);
    for (uint32_t done = 0, part; done < found->size; done += part) {
        part = found->size - done < sizeof chunk ? found->size - done : (uint32_t)sizeof chunk;
        error = nv->read(ctx, block, offset + PLR_RECORD_HEAD + done, chunk, part);
        if (error)
            return error;
        crc = plr_crc32c(crc, chunk, part);
    }
    error = nv->read(ctx, block, offset + PLR_RECORD_HEAD + found->size, chunk, PLR_RECORD_CRC);
    if (error)
        return error;
    return plr_get32(chunk) == crc ? 0 : PLR_EBADMSG;
}

/// The sequence number of a block, or 0 when its head does not check.
static int read_head(const struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                     uint32_t block, uint32_t *sequence)
{
    uint8_t head[PLR_HEAD_BYTES], wanted[PLR_HEAD_BYTES];

    PLR_ASSERT(block < journal->geometry.block_count);
    *sequence = 0;
    int error = nv->read(ctx, block, 0, head, sizeof head);
    if (error)
        return error;
    uint32_t stated = plr_get32(head + 8);
    plr_block_head(wanted, stated);
    if (!memcmp(head, wanted, sizeof head) && stated <= PLR_SEQUENCE_MAX)
        *sequence = stated;
    return 0;
}

/// The block with the highest sequence below `limit`; sequence 0 when there is none.
static int newest_below(const struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                        uint32_t limit, uint32_t *block, uint32_t *sequence)
{
    *sequence = 0;
    for (uint32_t i = 0; i < journal->geometry.block_count; i++) {
        uint32_t found;
        int error = read_head(journal, nv, ctx, i, &found);
        if (error)
            return error;
        if (found > *sequence && found < limit) {
            *sequence = found;
            *block = i;
        }
    }
    return 0;
}

static void take_found(struct plr_journal *journal, uint32_t block, const struct plr_found *found)
{
    if (found->sequence > journal->sequence)
        journal->sequence = found->sequence;
    if (found->kind == 0 || found->kind >= PLR_RECORD_KINDS)
        return; // of a later version: not ours to carry
    journal->live[found->kind].block = block;
    journal->live[found->kind].offset = found->offset;
    journal->live[found->kind].size = found->size;
    journal->live[found->kind].sequence = found->sequence;
}

/// Is everything from `at` to the end of the block erased?
static int tail_erased(const struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                       uint32_t block, uint32_t at, bool *erased)
{
    uint8_t chunk[64];

    *erased = true;
    for (uint32_t part; at < journal->geometry.erase_size && *erased; at += part) {
        part = journal->geometry.erase_size - at;
        part = part < sizeof chunk ? part : (uint32_t)sizeof chunk;
        int error = nv->read(ctx, block, at, chunk, part);
        if (error)
            return error;
        *erased = all_erased(chunk, part);
    }
    return 0;
}

/// A record only makes sense when its kind may be that long and is newer than the one before it.
static bool plausible(const struct plr_journal *journal, const struct plr_found *found)
{
    if (found->kind == 0 || found->kind >= PLR_RECORD_KINDS)
        return true;
    return found->size <= plr_payload_max(found->kind) &&
           found->sequence > journal->live[found->kind].sequence;
}

int plr_block_scan(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, uint32_t block,
                   uint32_t sequence, bool *appended)
{
    const struct plr_nv_geometry *geometry = &journal->geometry;
    struct plr_found found = {0};
    bool erased;
    int error = 0;

    *appended = false;
    journal->block = block;
    journal->block_sequence = sequence;
    journal->at = plr_records_at(geometry);
    journal->sequence = 0;
    memset(journal->live, 0, sizeof journal->live);
    while (journal->at + PLR_RECORD_HEAD <= geometry->erase_size) {
        error = plr_record_check(geometry, nv, ctx, block, sequence, journal->at, &found);
        if (!error && !plausible(journal, &found))
            error = PLR_EBADMSG;
        if (error)
            break;
        take_found(journal, block, &found);
        *appended = *appended || !(found.flags & PLR_CARRIED);
        journal->at += plr_record_room(geometry, found.size);
    }
    if (error == PLR_EBADMSG)
        journal->torn++;
    else if (error && error != PLR_ENOENT)
        return error;
    error = tail_erased(journal, nv, ctx, block, journal->at, &erased);
    // A cut may have left the last record readable today and not tomorrow, and what follows it would be lost with it.
    // So nothing is added behind a record that an earlier boot wrote: the first append copies all to a new block.
    journal->dirty_tail = !erased || *appended;
    return error;
}

/// Is the block with this sequence complete? By its mark; or by a record behind the mark, which proves that the
/// mark once stood even if its bits have faded.
static int is_complete(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                       uint32_t block, uint32_t sequence, bool *complete)
{
    uint8_t mark[PLR_MARK_BYTES];
    bool appended;

    int error = nv->read(ctx, block, plr_mark_at(&journal->geometry), mark, sizeof mark);
    if (!error)
        error = plr_block_scan(journal, nv, ctx, block, sequence, &appended);
    if (!error)
        *complete = appended || plr_get32(mark) == plr_block_mark(sequence);
    return error;
}

/// Make the first block of an empty memory. `above` is the highest sequence seen in a half-made block.
static int format(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, uint32_t above)
{
    if (above >= PLR_SEQUENCE_MAX)
        above = 0; // no such block was ever ours
    memset(journal->live, 0, sizeof journal->live);
    journal->block = journal->geometry.block_count - 1; // so that block 0 is the next one
    journal->block_sequence = above;
    journal->sequence = 0;
    return plr_block_take(journal, nv, ctx);
}

static bool geometry_fits(const struct plr_nv_geometry *geometry)
{
    if (!geometry->prog_size || geometry->prog_size > PLR_PROG_MAX || geometry->block_count < 2 ||
        geometry->erase_size % geometry->prog_size || geometry->erase_size > UINT32_MAX / 2)
        return false;
    // one of each kind at its largest, and one more, so that an append always ends
    uint32_t need = plr_records_at(geometry) + plr_record_room(geometry, PLR_RECORD_MAX);
    for (uint32_t kind = 1; kind < PLR_RECORD_KINDS; kind++)
        need += plr_record_room(geometry, plr_payload_max(kind));
    return need <= geometry->erase_size;
}

int plr_journal_mount(struct plr_journal *journal, const struct plr_nv_geometry *geometry,
                      const struct plr_nv *nv, void *ctx)
{
    uint32_t block = 0, sequence, highest = 0;
    uint32_t limit = UINT32_MAX;
    bool complete = false;

    PLR_ASSERT(journal && geometry && nv);
    memset(journal, 0, sizeof *journal);
    if (!geometry_fits(geometry))
        return PLR_EINVAL;
    journal->geometry = *geometry;
    do {
        int error = newest_below(journal, nv, ctx, limit, &block, &sequence);
        if (error)
            return error;
        if (!sequence)
            return format(journal, nv, ctx, highest);
        highest = highest ? highest : sequence;
        error = is_complete(journal, nv, ctx, block, sequence, &complete);
        if (error)
            return error;
        limit = sequence;
    } while (!complete);
    // a half-made successor was begun: were a record added here and that block's mark read back as whole one day,
    // the record would be lost. So the next append makes the successor anew.
    if (sequence != highest)
        journal->dirty_tail = true;
    return 0;
}
