// Appending to the journal and reading from it.
// SPDX-License-Identifier: MIT
#include "core/plr/journal/layout.h"

static bool fits(const struct plr_journal *journal, uint32_t room)
{
    return !journal->dirty_tail && journal->at <= journal->geometry.erase_size &&
           room <= journal->geometry.erase_size - journal->at;
}

/// Write the record at the end of the active block, and read it back: a cell that is worn out says so only there.
static int write_record(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                        enum plr_record_kind kind, const void *payload, uint32_t size)
{
    struct plr_writer writer = {.journal = journal, .nv = nv, .ctx = ctx};
    struct plr_found found;

    plr_writer_begin(&writer, journal->block, journal->at,
                     plr_record_seed(journal->block_sequence));
    plr_writer_frame(&writer, kind, 0, size, journal->sequence + 1);
    plr_writer_put(&writer, payload, size);
    int error = plr_writer_end(&writer);
    if (!error)
        error = nv->sync(ctx);
    if (!error)
        error = plr_record_check(&journal->geometry, nv, ctx, journal->block,
                                 journal->block_sequence, journal->at, &found);
    if (error == PLR_EBADMSG || error == PLR_ENOENT)
        error = PLR_EIO;
    if (error)
        journal->dirty_tail = true; // whatever is there now, nothing may follow it
    return error;
}

static int append(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                  enum plr_record_kind kind, const void *payload, uint32_t size)
{
    uint32_t room = plr_record_room(&journal->geometry, size);

    if (!fits(journal, room)) {
        PLR_MARK(block_by_append);
        int error = plr_block_take(journal, nv, ctx);
        if (error)
            return error;
    }
    PLR_ASSERT(fits(journal, room)); // mount saw to it
    int error = write_record(journal, nv, ctx, kind, payload, size);
    if (error)
        return error;
    journal->live[kind].block = journal->block;
    journal->live[kind].offset = journal->at;
    journal->live[kind].size = size;
    journal->live[kind].sequence = ++journal->sequence;
    journal->at += room;
    return (int)journal->sequence;
}

int plr_journal_append(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                       enum plr_record_kind kind, const void *payload, uint32_t size)
{
    PLR_ASSERT(journal && payload && size && kind >= PLR_RECORD_JOB && kind < PLR_RECORD_KINDS);
    if (size > plr_payload_max(kind))
        return PLR_EFBIG;
    if (journal->sequence >= PLR_SEQUENCE_MAX)
        return PLR_ENOSPC;
    int done = append(journal, nv, ctx, kind, payload, size);
    if (done == PLR_EIO || done == PLR_ECANCELED) // once more, which takes a new block
        done = append(journal, nv, ctx, kind, payload, size);
    return done;
}

uint32_t plr_journal_room(const struct plr_journal *journal, uint32_t bytes)
{
    return plr_record_room(&journal->geometry, bytes);
}

/// Would `room` fit into a block that was just taken?
static bool would_fit(const struct plr_journal *journal, uint32_t room)
{
    return plr_block_fresh_at(journal) + room <= journal->geometry.erase_size;
}

bool plr_journal_short(const struct plr_journal *journal, uint32_t records, uint32_t bytes)
{
    uint32_t room = records * plr_journal_room(journal, bytes);
    return !fits(journal, room) && would_fit(journal, room);
}

int plr_journal_reserve(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                        uint32_t records, uint32_t bytes)
{
    uint32_t room = records * plr_journal_room(journal, bytes);

    PLR_ASSERT(records <= 64 && bytes <= PLR_RECORD_MAX);
    if (fits(journal, room))
        return 0;
    if (!would_fit(journal, room))
        return PLR_ENOSPC; // a fresh block would not help: do not wear them out
    PLR_MARK(block_by_reserve);
    return plr_block_take(journal, nv, ctx);
}

/// Read the live record of a kind as it is now.
static int read_live(const struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                     enum plr_record_kind kind, void *buffer, uint32_t size)
{
    uint8_t frame[PLR_RECORD_HEAD], stated[PLR_RECORD_CRC];
    uint32_t block = journal->live[kind].block, at = journal->live[kind].offset;
    uint32_t length = journal->live[kind].size;

    if (!length)
        return PLR_ENOENT;
    if (length > size)
        return PLR_EFBIG;
    int error = nv->read(ctx, block, at, frame, sizeof frame);
    if (!error)
        error = nv->read(ctx, block, at + PLR_RECORD_HEAD, buffer, length);
    if (!error)
        error = nv->read(ctx, block, at + PLR_RECORD_HEAD + length, stated, sizeof stated);
    if (error)
        return error;
    uint32_t crc = plr_crc32c(plr_record_seed(journal->block_sequence), frame, sizeof frame);
    crc = plr_crc32c(crc, buffer, length);
    return crc == plr_get32(stated) ? (int)length : PLR_EBADMSG;
}

int plr_journal_read(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                     enum plr_record_kind kind, void *buffer, uint32_t size, uint32_t *sequence)
{
    PLR_ASSERT(journal && buffer && kind >= PLR_RECORD_JOB && kind < PLR_RECORD_KINDS);
    int length = read_live(journal, nv, ctx, kind, buffer, size);
    if (length == PLR_EBADMSG && journal->live[kind].sequence == journal->sequence) {
        PLR_MARK(record_taken_back);
        int error = plr_block_drop(journal, nv, ctx, (int)kind); // it read well at mount, by chance
        if (error)
            return error;
        length = read_live(journal, nv, ctx, kind, buffer, size);
    }
    if (length > 0 && sequence)
        *sequence = journal->live[kind].sequence;
    return length;
}
