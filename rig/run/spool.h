// Bytes on their way to a file, behind whose back a run goes on: a slow disk holds up nobody who listens for an emergency stop.
// SPDX-License-Identifier: MIT
//
// A thread of its own writes them, in their order. What does not fit into the room between is dropped, whole, and whoever put it is told.
#ifndef RIG_RUN_SPOOL_H
#define RIG_RUN_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct spool;

/// Begin, with room for so many bytes. `write` returns 0 or a negative errno, is called by the thread, and may take its time. Returns 0 or a
/// negative errno.
int spool_open(struct spool **out, int (*write)(void *ctx, const void *bytes, size_t size),
               void *ctx, size_t room);

/// Never waits. `spool` is a struct spool. Returns 0; -EAGAIN: there was no room, and nothing was taken; or the first error of `write`: then
/// nothing is written any more.
int spool_put(void *spool, const void *bytes, size_t size);

/// Wait until all is written, at most so long. Returns 0, the first error of `write`, or -ETIMEDOUT.
int spool_wait(struct spool *spool, int64_t for_us);

/// Let go of it; waits for what is being written, and drops the rest. NULL is fine.
void spool_close(struct spool *spool);

#endif
