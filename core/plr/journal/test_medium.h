// A memory for tests: counts instants, cuts the power at any of them, and tears what was under way.
// SPDX-License-Identifier: MIT
#ifndef PLR_TEST_MEDIUM_H
#define PLR_TEST_MEDIUM_H

#include "core/plr/journal/journal.h"

#define MEDIUM_BYTES  16384u
#define MEDIUM_BLOCKS 4u

/// What a cut does to the call it hits.
enum medium_tear {
    TEAR_PREFIX,     ///< the bytes before the cut are there, those behind it are not
    TEAR_BITS,       ///< behind the cut every bit may or may not have changed
    TEAR_GARBAGE,    ///< the program unit hit by the cut holds anything
    TEAR_LOST,       ///< prefix; and units programmed since the last sync may be as they were
    TEAR_METASTABLE, ///< the byte hit by the cut reads differently every time, until it is erased
    TEARS
};

struct medium {
    struct plr_nv_geometry geometry;
    uint8_t bytes[MEDIUM_BYTES];
    uint8_t synced[MEDIUM_BYTES]; ///< as of the last sync
    uint32_t erases[MEDIUM_BLOCKS];
    uint64_t instant; ///< every programmed byte and every sixteenth of an erase is one
    uint64_t cut_at;  ///< the call that reaches it is cut; UINT64_MAX: never
    enum medium_tear tear;
    uint64_t random;
    uint32_t shaky, shaky_size; ///< bytes that read differently every time
    uint32_t bad;               ///< bit per block whose programs fail with PLR_EIO
    uint32_t worn;              ///< bit per block whose programs succeed and do nothing
    /// The next erase of a good block is given up after so many sixteenths; 0: none.
    uint32_t give_up;
    bool dark;    ///< power is away
    bool misused; ///< a call broke the device's contract: alignment, bounds, programming twice
};

void medium_init(struct medium *medium, const struct plr_nv_geometry *geometry, uint64_t seed);
/// Power is back.
void medium_power(struct medium *medium);
uint32_t medium_random(struct medium *medium);
extern const struct plr_nv medium_nv; ///< its ctx is the struct medium

#endif
