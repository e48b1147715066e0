// One run on a bench at a time: a lock beside its file, and one on each of its lines. They go with the process that holds them.
// SPDX-License-Identifier: MIT
//
// The first is beside the file that the name leads to, so links to a bench are that bench, and it names its owner. The others are on the GPIO chips'
// own devices, a byte for each line: a copy of a bench file is another file, and its lines are the same. The kernel holds lines only
// while they are open; these hold from the first run of a queue to its last.
#ifndef RIG_RUN_LOCK_H
#define RIG_RUN_LOCK_H

#include "rig/bench/bench.h"

/// Descriptors that hold a bench; {.file = -1} none.
struct run_lock {
    int file; ///< -1 none
    int chip[GPIO_CHIPS];
    char path[GPIO_CHIPS][GPIO_PATH]; ///< whose
    int chips;
};

/// Take the bench, and write down who we are. Returns 0; or a negative errno with err filled, and nothing is held: -EBUSY says who has it.
/// Lines that are not on this computer are left to whoever opens them.
int run_lock(struct run_lock *out, const struct bench *bench, const char *what,
             struct lab_error *err);

/// The lines alone, for who only looks at them, and may not write beside the bench file.
int run_lock_lines(struct run_lock *out, const struct bench *bench, struct lab_error *err);

/// Who has the bench file at `bench`, as run_lock would say it. Returns false when nobody has.
bool run_lock_owner(const char *bench, struct lab_error *err);

/// A file of somebody's, as the state of a queue: "PATH.lock" beside it; `kind` is what it is of ("bench", "queue"). Returns a descriptor to be closed, or a negative errno with err filled.
int run_lock_file(const char *path, const char *kind, const char *what, struct lab_error *err);

/// Let go of what is held.
void run_unlock(struct run_lock *lock);

#endif
