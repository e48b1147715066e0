// Bytes of the journal on the medium; docs/JOURNAL.md explains them. Private to this folder and its tests.
// SPDX-License-Identifier: MIT
#ifndef PLR_JOURNAL_LAYOUT_H
#define PLR_JOURNAL_LAYOUT_H

#include "core/plr/journal/journal.h"
#include "core/plr/mark.h"

#define PLR_HEAD_MAGIC   0x4a524c50u ///< "PLRJ" read as little-endian
#define PLR_HEAD_VERSION 1u
#define PLR_HEAD_BYTES   16u ///< magic 4, version 1, zero 3, block sequence 4, crc 4
#define PLR_MARK_BYTES   4u  ///< crc of "done" and the head
#define PLR_RECORD_HEAD  8u  ///< kind 1, flags 1, length 2, sequence 4
#define PLR_RECORD_CRC   4u
#define PLR_CARRIED      1u ///< flag: copied from the block before

/// Sequence numbers stay positive as int, and far enough from its end to be a diagnosis, not an accident.
#define PLR_SEQUENCE_MAX 0x7fffff00u

static inline uint32_t plr_get32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void plr_put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static inline uint32_t plr_round_up(uint32_t value, uint32_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/// Room a record takes with its frame, in whole program units.
static inline uint32_t plr_record_room(const struct plr_nv_geometry *geometry, uint32_t size)
{
    return plr_round_up(PLR_RECORD_HEAD + size + PLR_RECORD_CRC, geometry->prog_size);
}

/// Where the complete mark stands, and where records begin.
static inline uint32_t plr_mark_at(const struct plr_nv_geometry *geometry)
{
    return plr_round_up(PLR_HEAD_BYTES, geometry->prog_size);
}

static inline uint32_t plr_records_at(const struct plr_nv_geometry *geometry)
{
    return plr_mark_at(geometry) + plr_round_up(PLR_MARK_BYTES, geometry->prog_size);
}

/// Largest payload of a kind.
static inline uint32_t plr_payload_max(uint32_t kind)
{
    bool large = kind == PLR_RECORD_JOB || kind == PLR_RECORD_FAIL || kind == PLR_RECORD_OBJECTS;
    return large ? PLR_RECORD_MAX : PLR_RECORD_SMALL;
}

/// Do bytes of a record belong to it? The block's sequence goes in first, so that what an unfinished erase
/// left of the block's earlier life never checks.
static inline uint32_t plr_record_seed(uint32_t block_sequence)
{
    uint8_t bytes[4];

    plr_put32(bytes, block_sequence);
    return plr_crc32c(0, bytes, sizeof bytes);
}

/// A record as found on the medium.
struct plr_found {
    uint32_t kind, flags, size, sequence, offset;
};

/// Read and check the record at `offset`. Returns 0, PLR_ENOENT (erased here), PLR_EBADMSG (does not check) or
/// a device error. scan.c
int plr_record_check(const struct plr_nv_geometry *geometry, const struct plr_nv *nv, void *ctx,
                     uint32_t block, uint32_t block_sequence, uint32_t offset,
                     struct plr_found *found);

/// Read a block's records into the journal, up to the first that does not check or whose sequence is `below` or higher. `appended`
/// tells whether one was written behind the complete mark. scan.c
int plr_block_scan(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, uint32_t block,
                   uint32_t sequence, uint32_t below, bool *appended);

/// The live record of a kind no longer checks. When it is the last one it was cut short after all, and the one before it is live
/// again. Any other has rotted; it is lost, and must not block the rest. scan.c
int plr_block_drop(struct plr_journal *journal, const struct plr_nv *nv, void *ctx, int kind);

/// Write a fresh block behind the active one and make it active: head, live records, mark. block.c
/// Returns 0, PLR_EIO (no block takes it), PLR_ENOSPC (sequence numbers used up) or PLR_EPOWER.
int plr_block_take(struct plr_journal *journal, const struct plr_nv *nv, void *ctx);
/// Where the next record would stand in a fresh block.
uint32_t plr_block_fresh_at(const struct plr_journal *journal);
/// The mark that belongs to a head with this sequence.
uint32_t plr_block_mark(uint32_t block_sequence);
/// Fill `head` for this sequence.
void plr_block_head(uint8_t head[PLR_HEAD_BYTES], uint32_t block_sequence);

/// Collects bytes and programs them in whole units. write.c
struct plr_writer {
    struct plr_journal *journal;
    const struct plr_nv *nv;
    void *ctx;
    uint32_t block, offset; ///< of the first byte in the unit buffer
    uint32_t fill;
    uint32_t crc;
    int error; ///< first one; later calls do nothing
};

void plr_writer_begin(struct plr_writer *writer, uint32_t block, uint32_t offset, uint32_t seed);
/// Add bytes and take them into the CRC.
void plr_writer_put(struct plr_writer *writer, const void *data, uint32_t size);
/// Add the CRC, pad to whole units and program the rest. Returns the first error.
int plr_writer_end(struct plr_writer *writer);
/// A record's frame in front of its payload.
void plr_writer_frame(struct plr_writer *writer, uint32_t kind, uint32_t flags, uint32_t size,
                      uint32_t sequence);

#endif
