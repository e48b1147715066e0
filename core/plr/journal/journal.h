// The journal: an append-only ring of checked records on a block device.
// SPDX-License-Identifier: MIT
//
// Promise: after a power cut at any byte of any write, mounting finds for every kind of record the last
// committed one or the one in flight, never a mixture, never an older one. docs/JOURNAL.md has the bytes.
//
//   block:  | head: magic version block-sequence crc | record | record | ... | erased |
//   record: | kind length sequence | payload | crc, programmed last: the commit |
//
// Blocks are used in a circle. When the active block is full the next one is erased, its head is written, the
// newest record of each kind is carried over, and only then its "complete" mark makes it the active one.
#ifndef PLR_JOURNAL_H
#define PLR_JOURNAL_H

#include "core/plr/base.h"

/// What a memory declares about itself.
struct plr_nv_geometry {
    /// Bytes, 1 (FRAM) to PLR_PROG_MAX; programs are aligned to and multiples of this.
    uint32_t prog_size;
    uint32_t erase_size;  ///< bytes of a block
    uint32_t block_count; ///< blocks given to the journal, at least 2
    uint64_t endurance;   ///< erase (or write) cycles of a block; 0 = unlimited
};

/// A memory as the port offers it. Calls return when the device is done. Every call returns 0, PLR_EIO, or
/// PLR_EPOWER when power went away inside it (what is then on the medium is the device's affair).
struct plr_nv {
    int (*read)(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size);
    int (*prog)(void *ctx, uint32_t block, uint32_t offset, const void *buffer, uint32_t size);
    /// All bytes read 0xff after it. A device that can give up an erase does so when the power-fail input falls in it, and answers
    /// PLR_ECANCELED: the block holds anything then. One that is begun later runs to its end.
    int (*erase)(void *ctx, uint32_t block);
    int (*sync)(void *ctx); ///< all programs before it survive a cut after it
};

/// Kinds of records. The newest of each kind is live; a full block carries the live ones over.
enum plr_record_kind {
    PLR_RECORD_JOB = 1, ///< full state of a running job
    PLR_RECORD_TICK,    ///< small progress mark behind the last full state
    PLR_RECORD_FAIL,    ///< state at a power failure, predicted or final
    PLR_RECORD_NOTE, ///< what a recovery did so far (lifted, tries); never touches the job record
    PLR_RECORD_CALIBRATION, ///< z_plus switches against the bed
    PLR_RECORD_SESSION, ///< a job began, ended or was given up; and the mesh kept by PLR_SAVE_MESH
    PLR_RECORD_OBJECTS, ///< names of the job's excluded objects
    PLR_RECORD_KINDS
};

#define PLR_RECORD_MAX   472u ///< largest payload of PLR_RECORD_JOB, _FAIL and _OBJECTS in bytes
#define PLR_RECORD_SMALL 128u ///< largest payload of the other kinds
#define PLR_PROG_MAX     512u ///< largest prog_size

/// State of a mounted journal; plain data, owned by the caller.
struct plr_journal {
    struct plr_nv_geometry geometry;
    uint32_t block;          ///< active block
    uint32_t block_sequence; ///< its sequence number
    uint32_t at;             ///< offset of the next record
    uint32_t sequence;       ///< sequence number of the last record
    /// Nothing may be added behind `at` (of an earlier boot, or a write failed): the next append takes a new block.
    bool dirty_tail;
    struct {
        uint32_t block, offset, size, sequence; ///< size 0: no such record
    } live[PLR_RECORD_KINDS];
    uint64_t programmed;        ///< bytes programmed since mount
    uint32_t erased;            ///< blocks erased since mount
    uint32_t torn;              ///< records that did not check (diagnosis)
    uint8_t unit[PLR_PROG_MAX]; ///< scratch: bytes on their way into whole program units
};

/// CRC-32C (Castagnoli), reflected, initial and final xor 0xffffffff. Pass 0 to start, the last result to go on.
uint32_t plr_crc32c(uint32_t crc, const void *data, size_t size);

/// Find the live records. An empty or foreign device is formatted.
/// Returns 0, PLR_EINVAL (a block does not hold one largest record of each kind and one more: 4 KiB do up to prog_size
/// 256, 8 KiB for 512), PLR_EIO or PLR_EPOWER.
int plr_journal_mount(struct plr_journal *journal, const struct plr_nv_geometry *geometry,
                      const struct plr_nv *nv, void *ctx);

/// Append a record, make it durable and read it back. `size` from 1 to PLR_RECORD_MAX or PLR_RECORD_SMALL by kind. A block
/// that fails is left for the next one.
/// Returns its sequence number (> 0 as int), or PLR_EFBIG, PLR_EIO, PLR_ENOSPC (2^31 records written), PLR_EPOWER.
int plr_journal_append(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                       enum plr_record_kind kind, const void *payload, uint32_t size);

/// Bytes of the medium that a record of `bytes` payload takes.
uint32_t plr_journal_room(const struct plr_journal *journal, uint32_t bytes);

/// Would plr_journal_reserve take a new block?
bool plr_journal_short(const struct plr_journal *journal, uint32_t records, uint32_t bytes);

/// Take a new block now unless `records` more records of `bytes` payload each still fit into the active one, so that
/// a record written when power fails never waits for an erase. Returns 0, PLR_EIO, PLR_EPOWER, PLR_ENOSPC when even a fresh block
/// would not hold them (nothing is then erased), or PLR_ECANCELED (the device gave up an erase): all is as before when that was the
/// first erase; behind a bad block or a record that had rotted the active block is closed, and the next append takes a new one.
int plr_journal_reserve(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                        uint32_t records, uint32_t bytes);

/// Read the live record of a kind. When the last record of all read well at mount and does not now, it was cut short after all: the
/// one of its kind before it is then live again, and read. Returns its size, PLR_ENOENT, PLR_EFBIG (buffer too small), PLR_EIO,
/// PLR_EBADMSG (it has rotted) or PLR_EPOWER. `sequence` may be NULL.
int plr_journal_read(struct plr_journal *journal, const struct plr_nv *nv, void *ctx,
                     enum plr_record_kind kind, void *buffer, uint32_t size, uint32_t *sequence);

#endif
