// The journal's memory in a file of a host: what a daemon beside the printer needs to lose no committed record.
// SPDX-License-Identifier: MIT
//
// A store is one preallocated file that is only ever overwritten in place, and the NV half of a port over it: core/plr/journal runs
// on it as on any other memory. docs/JOURNAL.md ("In a file of a host") says what is assumed of the file system and what was tested.
//
//   file:  | page 0: what this file is | block 0: page page page ... | block 1: ... | ... |
//   page:  | one program unit of 512 bytes (a record always fits) | 0xff up to page_bytes |
//
// Each unit has a page of its own, so that a write never touches a page in which something committed stands. A file is made whole
// under another name (PATH.new), synced, renamed to PATH, and its directory synced; a crash leaves the whole file or none. PATH.lock is
// locked while a store is open and stays behind, empty.
//
// All calls return 0 or a negative errno. Nothing is printed, nothing allocated.
#ifndef LAB_STORE_H
#define LAB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plr/journal/journal.h"

enum {
    STORE_UNIT = 512,       ///< bytes of a program unit
    STORE_PAGE_MAX = 16384, ///< largest page
    STORE_BLOCK_MIN = 10,   ///< least pages of a block: what the journal needs
    STORE_PATH_MAX = 256    ///< bytes of PATH with its longest suffix and the end
};

/// The system below, so that a test can take its place. Every call returns a negative errno on failure.
struct store_os {
    int (*open)(void *ctx, const char *path,
                int flags); ///< flags of open(2); new files get mode 0644
    int (*close)(void *ctx, int fd);
    int64_t (*size)(void *ctx, int fd); ///< bytes of the file
    int64_t (*pread)(void *ctx, int fd, void *buffer, uint32_t size, int64_t offset);
    int64_t (*pwrite)(void *ctx, int fd, const void *data, uint32_t size, int64_t offset);
    int (*fdatasync)(void *ctx, int fd);
    int (*fsync)(void *ctx, int fd);
    int (*forget)(void *ctx,
                  int fd); ///< drop pages that are clean: reads then come from the device
    int (*lock)(void *ctx,
                int fd); ///< exclusive, does not wait: -EWOULDBLOCK when another holds it
    int (*rename)(void *ctx, const char *from, const char *to);
    int (*unlink)(void *ctx, const char *path);
};

extern const struct store_os store_posix; ///< the real one; its ctx is not used

/// How a file is laid out. 0 takes the default.
struct store_shape {
    /// Power of two, 512 to STORE_PAGE_MAX; default 4096, a page of the kernel and of ext4.
    uint32_t page_bytes;
    uint32_t block_pages; ///< pages of a journal block, STORE_BLOCK_MIN to 4096; default 64
    uint32_t blocks;      ///< 2 to 64; default 4
};

/// The last call that failed. What a daemon logs.
struct store_fault {
    uint32_t count; ///< failed calls since store_open
    int error; ///< negative errno of the last one; a file that is too short or is none of ours has PLR_EBADMSG
    const char *call; ///< its name, static; NULL: none failed
};

/// What the store asked of the system since store_open.
struct store_counts {
    uint64_t writes, bytes_written, reads, syncs;
};

/// An open store. Owned by the caller, who must not move it to another thread without a lock of his own.
struct store {
    const struct store_os *os;
    void *ctx;
    int fd, lock_fd; ///< -1: none
    struct store_shape shape;
    struct plr_nv_geometry geometry; ///< for plr_boot or plr_journal_mount
    struct store_fault fault;
    struct store_counts counts;
    char path[STORE_PATH_MAX];
    bool unit_known;          ///< `unit` holds the unit at `unit_at`
    int64_t unit_at;          ///< offset in the file
    uint8_t unit[STORE_UNIT]; ///< the unit read last: the journal reads in small pieces
    uint8_t page[STORE_PAGE_MAX];
};

/// Open the store at `path`; make it when there is none. A file that is there keeps its own shape, `shape` (may be NULL) is for a new one.
/// What a killed predecessor may have left in the cache is on the device, and the name in its directory, before this returns.
/// Errors: PLR_EBUSY another process has it open; PLR_EBADMSG there is a file and it is no store, or cut short: it is left as it is;
/// PLR_EINVAL the shape; -ENAMETOOLONG; or what the system said (-ENOSPC, -EIO, -EROFS, -EACCES, ...). After an error
/// nothing is open, and either no file was made or a whole one.
int store_open(struct store *store, const char *path, const struct store_shape *shape,
               const struct store_os *os, void *ctx);

/// Give it back. Never fails: what is committed was synced.
void store_close(struct store *store);

/// The NV half of a port; its ctx is the struct store. A call that fails returns PLR_EIO, `fault` says why. After a failed sync nothing
/// of what was written before is relied on, and no second sync is asked about it: the journal writes it again elsewhere.
extern const struct plr_nv store_nv;

/// Give the store another shape: a new file is made with the journal's live records, and replaces the old one. `journal` must be
/// mounted on the store; it is then mounted on the new file, with new sequence numbers in the same order. Call it before plr_boot.
/// Errors: PLR_EINVAL the shape; what the journal says of a record; what the system said. The old file is then still there and in
/// use, unless its directory could not be synced: the store is then closed, and opening it finds either file, with the same records.
int store_reshape(struct store *store, struct plr_journal *journal,
                  const struct store_shape *shape);

#endif
