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

/// A record only makes sense when its kind may be that long and is newer than the one before it.
static bool plausible(const struct plr_journal *journal, const struct plr_found *found)
{
    if (found->kind == 0 || found->kind >= PLR_RECORD_KINDS)
        return true;
    return found->size <= plr_payload_max(found->kind) &&
           found->sequence > journal->live[found->kind].sequence;
}

int plr_block_scan(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, uint32_t block,
                   uint32_t sequence, uint32_t below, bool *appended)
{
    const struct plr_nv_geometry *geometry = &journal->geometry;
    struct plr_found found = {0};
    int error = 0;

    *appended = false;
    journal->block = block;
    journal->block_sequence = sequence;
    journal->at = plr_records_at(geometry);
    journal->sequence = 0;
    memset(journal->live, 0, sizeof journal->live);
    // A cut may have left the last record readable today and not tomorrow, and what follows it would be lost with it; or it may
    // have left one that reads as erased today. So nothing is added to what an earlier boot wrote: the first append copies all
    // to a new block.
    journal->dirty_tail = true;
    while (journal->at + PLR_RECORD_HEAD <= geometry->erase_size) {
        error = plr_record_check(geometry, nv, ctx, block, sequence, journal->at, &found);
        if (!error && (!plausible(journal, &found) || found.sequence >= below))
            error = PLR_EBADMSG;
        if (error)
            break;
        take_found(journal, block, &found);
        *appended = *appended || !(found.flags & PLR_CARRIED);
        journal->at += plr_record_room(geometry, found.size);
    }
    if (error == PLR_EBADMSG) {
        journal->torn++;
        PLR_MARK(torn_record);
    }
    return error == PLR_EBADMSG || error == PLR_ENOENT ? 0 : error;
}

int plr_block_drop(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, int kind)
{
    bool appended;

    if (journal->live[kind].sequence == journal->sequence)
        return plr_block_scan(journal, nv, ctx, journal->block, journal->block_sequence,
                              journal->sequence, &appended);
    journal->torn++;
    journal->live[kind].size = 0;
    return 0;
}

/// How far the making of a block has come.
enum made {
    MADE_NOT,   ///< begun at most
    MADE_WHOLE, ///< its mark checks; it holds what the block before it holds
    MADE_USED ///< behind the mark a record was added, which proves that the mark once stood even if its bits have faded
};

/// Read the block with this sequence into the journal. Returns an enum made, or an error.
static int read_block(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                      uint32_t block, uint32_t sequence)
{
    uint8_t mark[PLR_MARK_BYTES];
    bool appended;

    int error = nv->read(ctx, block, plr_mark_at(&journal->geometry), mark, sizeof mark);
    if (!error)
        error = plr_block_scan(journal, nv, ctx, block, sequence, UINT32_MAX, &appended);
    if (error)
        return error;
    if (appended)
        return MADE_USED;
    return plr_get32(mark) == plr_block_mark(sequence) ? MADE_WHOLE : MADE_NOT;
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

/// Read the newest block below `limit` that is complete into the journal. `newest` becomes the highest sequence seen on the way.
/// Returns an enum made; MADE_NOT when there is none.
static int newest_complete(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                           uint32_t limit, uint32_t *newest)
{
    uint32_t block = 0, sequence;
    int made = MADE_NOT;

    *newest = 0;
    while (made == MADE_NOT) {
        int error = newest_below(journal, nv, ctx, limit, &block, &sequence);
        if (error)
            return error;
        if (!sequence)
            return MADE_NOT;
        *newest = *newest ? *newest : sequence;
        made = read_block(journal, nv, ctx, block, sequence);
        limit = sequence;
        if (made == MADE_NOT)
            PLR_MARK(half_block);
    }
    return made;
}

/// Is a live record missing, or older than those of `sequences`?
static bool lacks(const struct plr_journal *journal, const uint32_t sequences[PLR_RECORD_KINDS])
{
    for (int kind = 0; kind < PLR_RECORD_KINDS; kind++)
        if (journal->live[kind].sequence < sequences[kind])
            return true;
    return false;
}

int plr_journal_mount(struct plr_journal *journal, const struct plr_nv_geometry *geometry,
                      const struct plr_nv *nv, void *ctx)
{
    uint32_t highest, lower, sequences[PLR_RECORD_KINDS];

    PLR_ASSERT(journal && geometry && nv);
    memset(journal, 0, sizeof *journal);
    if (!geometry_fits(geometry))
        return PLR_EINVAL;
    journal->geometry = *geometry;
    int made = newest_complete(journal, nv, ctx, UINT32_MAX, &highest);
    if (made == MADE_NOT)
        return format(journal, nv, ctx, highest);
    if (made != MADE_WHOLE)
        return made < 0 ? made : 0;
    // The mark may have been cut short and read well this once. Were the block before it given up now, all would hang on that
    // mark. They hold the same records; so the one before it is the active one while it is there. It is there no longer when it lacks
    // any of them: then its erase was begun, because no record could be added here, and that was begun after the mark had been read back.
    uint32_t block = journal->block, sequence = journal->block_sequence;
    for (int kind = 0; kind < PLR_RECORD_KINDS; kind++)
        sequences[kind] = journal->live[kind].sequence;
    made = newest_complete(journal, nv, ctx, sequence, &lower);
    if (made == MADE_NOT || (made > 0 && lacks(journal, sequences)))
        made = read_block(journal, nv, ctx, block, sequence);
    else
        PLR_MARK(older_block);
    return made < 0 ? made : 0;
}
