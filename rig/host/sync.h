// A file's way to its disk, on which an emergency stop is heard: a thread of its own waits for the disk.
// SPDX-License-Identifier: MIT
#ifndef RIG_HOST_SYNC_H
#define RIG_HOST_SYNC_H

enum { HOST_SYNC_S = 10 }; ///< a disk that takes longer is broken

/// What is done meanwhile, again and again: a moment, at most 10 ms, over as soon as `fd` can be read.
typedef void host_meanwhile(void *ctx, int fd);

/// Have `sync` called with `fd`, and wait for it so. Returns what it returns; -ETIMEDOUT when it took longer than HOST_SYNC_S: then it is left to
/// itself, and may still come to its end; or the negative errno of a thread that could not be made.
int host_sync(int (*sync)(int fd), int fd, host_meanwhile *meanwhile, void *ctx);

#endif
