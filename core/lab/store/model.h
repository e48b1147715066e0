// A file system for tests that may lose power: what it may have written, and what it must, as POSIX promises it and no more.
// SPDX-License-Identifier: MIT
//
// Every 512-byte sector, every size and every directory entry has what the device is sure to hold and what happened since. A cut keeps of
// the latter whatever the one who cuts chooses, each on its own: a newer size without its bytes (they then read as zeros), bytes without
// the size, a rename before the file's data, none of it. fsync settles a file's bytes and size, of a directory its entries. A sector's
// content is a number of a pool, so that a whole disk is small and is copied for each cut.
#ifndef LAB_STORE_MODEL_H
#define LAB_STORE_MODEL_H

#include "core/lab/store/store.h"

enum {
    MODEL_SECTOR = 512,
    MODEL_SECTORS = 416, ///< of a file: two blocks of 20 pages of 4 KiB, and more
    MODEL_NAMES = 4,
    MODEL_FILES = 6,
    MODEL_FDS = 8,
    MODEL_PENDING =
        6, ///< states of a sector or of a size that a cut may choose from; further ones take the oldest's place
    MODEL_ENTRIES = 12 ///< changes of the directory between two syncs of it
};

/// What can go wrong with one call.
enum model_error {
    MODEL_FINE,
    MODEL_EIO, ///< not done; of a sync: some sectors are written, all are clean from then on, and the cache keeps what is lost
    MODEL_ENOSPC,      ///< not done; of a sync: as above
    MODEL_EROFS,       ///< not done
    MODEL_EINTR,       ///< not done
    MODEL_SHORT,       ///< a read or a write does half of it
    MODEL_HALF_ENOSPC, ///< a write does half of it, and every later one of this call's series fails
    MODEL_LIED, ///< a sync of a file: returns 0, as if it had been done; the device dropped all of it
    MODEL_ERRORS
};

struct model_file {
    bool used;
    int locked_by; ///< fd + 1, 0: nobody
    uint32_t size, disk_size;
    uint32_t sizes, size_was[MODEL_PENDING]; ///< since the last sync
    uint32_t cache[MODEL_SECTORS], disk[MODEL_SECTORS];
    uint8_t states[MODEL_SECTORS];
    uint32_t state[MODEL_SECTORS][MODEL_PENDING]; ///< since the last sync
};

/// A change of the directory that is not synced.
struct model_entry {
    int8_t file; ///< now under `name`; -1: none is
    int8_t name;
    int8_t old_name; ///< a rename's source, or -1
};

/// Calls as they are counted; pread and fstat have numbers of their own, for there are many and nothing hangs on the power going there.
enum model_call {
    MODEL_OPEN,
    MODEL_PWRITE,
    MODEL_FDATASYNC,
    MODEL_FSYNC,
    MODEL_RENAME,
    MODEL_UNLINK,
    MODEL_LOCK,
    MODEL_CALLS
};

/// Plain data, copied for each cut.
struct model {
    struct model_file file[MODEL_FILES];
    int8_t name[MODEL_NAMES], disk_name[MODEL_NAMES]; ///< file of each name, -1 none
    struct {
        bool used, directory;
        int8_t file;
    } fd[MODEL_FDS];
    uint32_t entries;
    struct model_entry entry[MODEL_ENTRIES];
    uint32_t calls, reads;          ///< made so far; each has a number
    uint32_t fail_at, fail_read_at; ///< number of the one that goes wrong
    enum model_error error;
    bool failed;   ///< it did
    bool full;     ///< MODEL_HALF_ENOSPC: the next write fails
    uint64_t draw; ///< which sectors a failed sync has written
    /// Asked before each counted call: the power may go here.
    void (*before)(void *ctx, struct model *model, enum model_call call);
    void *before_ctx;
    bool misused; ///< a call the model does not know how to make: the test is then no test
};

/// An empty directory. Its path is "d"; names in it: see model.c.
void model_init(struct model *model);
extern const struct store_os model_os; ///< its ctx is the struct model

/// What a cut at this moment may choose: each choice has at least two outcomes, 0 is what was surely there before.
struct model_choice {
    enum { MODEL_CHOOSE_SECTOR, MODEL_CHOOSE_SIZE, MODEL_CHOOSE_ENTRY } what;
    int file;
    uint32_t index; ///< sector, or entry
    uint32_t outcomes;
    uint32_t outcome[MODEL_PENDING + 1]; ///< content, size, or 0 and 1
};

enum { MODEL_CHOICES = 512 };
/// Returns how many there are; more than MODEL_CHOICES is a defect of the test.
uint32_t model_choices(const struct model *model, struct model_choice choice[MODEL_CHOICES]);

/// The machine after a cut with these outcomes (an index for each choice): nothing is open, and what is on the device is all there is.
void model_cut(struct model *after, const struct model *before, const struct model_choice *choice,
               const uint8_t *chosen, uint32_t choices);
/// The machine after its process was killed: the cache is still there, nothing is open.
void model_kill(struct model *model);

/// Contents. Marks are for going back: whatever was added since is forgotten.
uint32_t model_pool_mark(void);
void model_pool_release(uint32_t mark);
uint32_t model_pool_add(const uint8_t bytes[MODEL_SECTOR]);
const uint8_t *model_pool_bytes(uint32_t content);

/// Hash of all that is on the device or waits in the cache, and of all names.
uint64_t model_hash(const struct model *model);
/// The number of the name's file, or -1. `path` as given to store_open.
int model_find(const struct model *model, const char *path);

#endif
