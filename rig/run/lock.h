// One run on a bench at a time: a lock beside its file, which goes with the process that holds it.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_LOCK_H
#define RIG_RUN_LOCK_H

#include "core/lab/doc/error.h"

/// Take the lock of the bench file at `bench` ("bench.yaml.lock" beside it), and write down who we are. Returns a descriptor to be
/// closed when the run is over; or a negative errno with err filled: -EBUSY names its owner.
int run_lock(const char *bench, const char *what, struct lab_error *err);

#endif
