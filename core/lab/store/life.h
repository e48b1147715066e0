// A short life of a store, told to whoever wants to crash it or to let calls fail in it.
// SPDX-License-Identifier: MIT
#ifndef LAB_STORE_LIFE_H
#define LAB_STORE_LIFE_H

#include "core/lab/store/crash.h"

/// A life: made, mounted, records appended until the blocks have gone round, power-fail records into reserved room, closed and opened,
/// killed and opened, given another shape, and records again.
struct life {
    struct store_shape shape, reshaped;
    uint32_t appends; ///< before and behind each of those events
};

/// Live it in `bench`, from an empty directory. `forgiving`: calls fail, so a step may; it is then tried once more, as a daemon does
/// that is started again. Returns false when a step failed that must not, or what may not be found was found: `crash` says which.
bool life_live(struct crash *crash, struct bench *bench, const struct life *life, bool forgiving);

/// Crash at every call of a life. Returns whether the law held.
bool life_crashed(struct crash *crash, const struct life *life, const struct crash_policy *policy);

/// Let every call of a life go wrong once, in every way it can, and crash at each of the calls behind it. Counts in `crash`; in
/// `failures` the calls that went wrong. Returns whether the law held; that each was reported too says crash->unreported.
bool life_failing(struct crash *crash, const struct life *life, const struct crash_policy *policy,
                  uint64_t *failures);

#endif
