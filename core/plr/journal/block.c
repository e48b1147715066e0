// Blocks in a circle: a fresh one is erased, headed, given the live records, and marked complete last.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/layout.h"

#include <string.h>

void plr_block_head(uint8_t head[PLR_HEAD_BYTES], uint32_t block_sequence)
{
    memset(head, 0, PLR_HEAD_BYTES);
    plr_put32(head, PLR_HEAD_MAGIC);
    head[4] = PLR_HEAD_VERSION;
    plr_put32(head + 8, block_sequence);
    plr_put32(head + 12, plr_crc32c(0, head, 12));
}

uint32_t plr_block_mark(uint32_t block_sequence)
{
    uint8_t head[PLR_HEAD_BYTES];

    plr_block_head(head, block_sequence);
    // Bound to the head: the mark that an unfinished erase left of an earlier life does not fit. The head's own CRC stays
    // out, because the CRC of anything with its CRC behind it is a constant.
    return plr_crc32c(plr_crc32c(0, "done", 4), head, PLR_HEAD_BYTES - PLR_RECORD_CRC);
}

uint32_t plr_block_fresh_at(const struct plr_journal *journal)
{
    uint32_t at = plr_records_at(&journal->geometry);

    for (int kind = 0; kind < PLR_RECORD_KINDS; kind++)
        if (journal->live[kind].size)
            at += plr_record_room(&journal->geometry, journal->live[kind].size);
    return at;
}

static int write_head(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                      uint32_t block, uint32_t sequence)
{
    struct plr_writer writer = {.journal = journal, .nv = nv, .ctx = ctx};
    uint8_t head[PLR_HEAD_BYTES];

    plr_block_head(head, sequence);
    plr_writer_begin(&writer, block, 0, 0);
    plr_writer_put(&writer, head, PLR_HEAD_BYTES - PLR_RECORD_CRC);
    return plr_writer_end(&writer);
}

static int write_mark(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                      uint32_t block, uint32_t sequence)
{
    struct plr_writer writer = {.journal = journal, .nv = nv, .ctx = ctx};

    plr_writer_begin(&writer, block, plr_mark_at(&journal->geometry), plr_block_mark(sequence));
    return plr_writer_end(&writer);
}

/// Copy one live record into block `to`, under its own sequence number, and see that the copy checks.
/// The original is checked again while it is copied: what has rotted must not get a fresh CRC.
/// Returns 0, PLR_EBADMSG (the original does not check), PLR_EIO (the copy does not) or an error of the device.
static int carry(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, int kind,
                 uint32_t to, uint32_t to_sequence, uint32_t at)
{
    struct plr_writer writer = {.journal = journal, .nv = nv, .ctx = ctx};
    uint32_t from = journal->live[kind].block, size = journal->live[kind].size;
    uint32_t offset = journal->live[kind].offset;
    struct plr_found found;
    uint8_t chunk[64];

    int error = nv->read(ctx, from, offset, chunk, PLR_RECORD_HEAD);
    if (error)
        return error;
    uint32_t crc = plr_crc32c(plr_record_seed(journal->block_sequence), chunk, PLR_RECORD_HEAD);
    plr_writer_begin(&writer, to, at, plr_record_seed(to_sequence));
    plr_writer_frame(&writer, (uint32_t)kind, PLR_CARRIED, size, journal->live[kind].sequence);
    for (uint32_t done = 0, part; done < size && !writer.error; done += part) {
        part = size - done < sizeof chunk ? size - done : (uint32_t)sizeof chunk;
        error = nv->read(ctx, from, offset + PLR_RECORD_HEAD + done, chunk, part);
        if (error)
            return error;
        crc = plr_crc32c(crc, chunk, part);
        plr_writer_put(&writer, chunk, part);
    }
    error = nv->read(ctx, from, offset + PLR_RECORD_HEAD + size, chunk, PLR_RECORD_CRC);
    if (error)
        return error;
    if (plr_get32(chunk) != crc)
        return PLR_EBADMSG;
    error = plr_writer_end(&writer);
    if (!error)
        error = plr_record_check(&journal->geometry, nv, ctx, to, to_sequence, at, &found);
    return error == PLR_ENOENT || error == PLR_EBADMSG ? PLR_EIO : error;
}

/// Do head and mark read back as written? Returns 0 or PLR_EIO.
static int check_frame(const struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                       uint32_t block, uint32_t sequence)
{
    uint8_t head[PLR_HEAD_BYTES], wanted[PLR_HEAD_BYTES], mark[PLR_MARK_BYTES];

    plr_block_head(wanted, sequence);
    int error = nv->read(ctx, block, 0, head, sizeof head);
    if (!error)
        error = nv->read(ctx, block, plr_mark_at(&journal->geometry), mark, sizeof mark);
    if (!error &&
        (memcmp(head, wanted, sizeof head) || plr_get32(mark) != plr_block_mark(sequence)))
        error = PLR_EIO;
    return error;
}

/// Fill block `to`. Nothing of the journal's state changes: until the mark stands the old block is the active one. On PLR_EBADMSG
/// `rotten` is the kind whose record does not check.
static int fill(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, uint32_t to,
                uint32_t sequence, uint32_t offset[PLR_RECORD_KINDS], int *rotten)
{
    uint32_t at = plr_records_at(&journal->geometry);

    journal->erased++;
    int error = nv->erase(ctx, to);
    if (!error)
        error = write_head(journal, nv, ctx, to, sequence);
    for (int kind = 0; kind < PLR_RECORD_KINDS && !error; kind++) {
        if (!journal->live[kind].size)
            continue;
        offset[kind] = at;
        *rotten = kind;
        error = carry(journal, nv, ctx, kind, to, sequence, at);
        at += plr_record_room(&journal->geometry, journal->live[kind].size);
    }
    // what the mark vouches for must be on the medium before it
    if (!error)
        error = nv->sync(ctx);
    if (!error)
        error = write_mark(journal, nv, ctx, to, sequence);
    if (!error)
        error = nv->sync(ctx);
    return error ? error : check_frame(journal, nv, ctx, to, sequence);
}

/// Fill block `to`, without the records that no longer check.
static int fill_with_good(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                          uint32_t to, uint32_t sequence)
{
    uint32_t offset[PLR_RECORD_KINDS] = {0};
    int rotten = 0, error;

    while ((error = fill(journal, nv, ctx, to, sequence, offset, &rotten)) == PLR_EBADMSG) {
        PLR_MARK(carried_rotten);
        error = plr_block_drop(journal, nv, ctx, rotten); // each time there is one less
        if (error)
            return error;
    }
    if (error)
        return error;
    for (int kind = 0; kind < PLR_RECORD_KINDS; kind++) {
        journal->live[kind].block = to;
        journal->live[kind].offset = offset[kind];
    }
    return 0;
}

int plr_block_take(struct plr_journal *journal, const struct plr_nv *nv, void *ctx)
{
    const bool closed = journal->dirty_tail;
    const uint32_t erased = journal->erased;

    // from here until the new block is active the old one is closed: a half-made successor may exist
    journal->dirty_tail = true;
    for (uint32_t step = 1; step < journal->geometry.block_count; step++) {
        uint32_t to = (journal->block + step) % journal->geometry.block_count;
        uint32_t sequence = journal->block_sequence + step;
        if (sequence > PLR_SEQUENCE_MAX)
            return PLR_ENOSPC;
        int error = fill_with_good(journal, nv, ctx, to, sequence);
        if (error == PLR_EIO)
            continue; // a bad block: the one behind it may be good
        if (error == PLR_ECANCELED && journal->erased == erased + 1)
            journal->dirty_tail = closed; // the first erase was given up: no successor was begun
        if (error)
            return error;
        journal->at = plr_block_fresh_at(journal);
        journal->block = to;
        journal->block_sequence = sequence;
        journal->dirty_tail = false;
        return 0;
    }
    return PLR_EIO;
}
