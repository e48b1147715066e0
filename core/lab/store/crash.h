// A store that is crashed everywhere: what is known to be safe, what may survive a crash, and the law that must hold behind it.
// SPDX-License-Identifier: MIT
#ifndef LAB_STORE_CRASH_H
#define LAB_STORE_CRASH_H

#include "core/lab/store/model.h"

enum { CRASH_ALLOWED = 4, CRASH_TEXT = 320 };

/// A machine with a daemon on it, and what its user may find. Plain data.
struct bench {
    struct model model;
    struct store store;
    struct plr_journal journal;
    uint32_t allowed[PLR_RECORD_KINDS]
                    [CRASH_ALLOWED]; ///< IDs, 0 is none; unused places repeat the first
    uint32_t faults;                 ///< that the store has told of so far
    struct store_shape shape;        ///< of a new file
};

/// How many of the states are looked at that a crash may leave.
struct crash_policy {
    uint32_t limit; ///< all combinations of what may survive, when there are no more than this
    uint32_t draws; ///< else: nothing, all, this many at random
    bool each;      ///< and each one missing, and each one alone
    /// And with each sector half written, of random bytes, and with its 4 KiB page of random bytes.
    bool tears;
    uint32_t thin;         ///< every so-manieth crash point, and call that fails, is taken; 0: all
    uint32_t second_every; ///< behind each so-manieth state: crash again in what follows; 0: never
};

/// A sweep under way.
struct crash {
    struct crash_policy policy;
    /// Crashes; what they left; different ones; and those of second crashes.
    uint64_t points, states, unique, second;
    uint64_t exhaustive; ///< crash points of which every combination was looked at
    uint64_t unreported; ///< calls that failed and of which the store told nothing
    uint64_t random;
    bool failed; ///< the law was broken: nothing more is looked at
    char message[CRASH_TEXT];
};

void crash_begin(struct crash *crash, const struct crash_policy *policy);
/// Note the first failure. Returns false.
__attribute__((format(printf, 2, 3))) bool crash_fail(struct crash *crash, const char *format, ...);
uint32_t crash_random(struct crash *crash);

void bench_begin(struct bench *bench, const struct store_shape *shape);
/// Open the store and mount its journal. Returns 0 or what one of them said.
int bench_open(struct bench *bench);
void bench_close(struct bench *bench);
/// Append the record of this ID, and keep account of what may be found. Returns what the journal said.
int bench_append(struct bench *bench, uint32_t id);
/// Is every kind one of those that may be found? `settle`: what is found must be found from now on.
bool bench_holds(struct bench *bench, bool settle, char text[CRASH_TEXT]);

/// The power goes now, and the process is killed now: look at what either leaves.
void crash_here(struct crash *crash, const struct bench *bench);

#endif
