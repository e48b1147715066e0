// Work shared between processes: each makes an equal stretch of it and tells what came of every piece.
// SPDX-License-Identifier: MIT
#ifndef SIM_JOBS_H
#define SIM_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lab/doc/error.h"

/// Hears what came of a piece. Returns false to stop.
typedef bool jobs_heard(void *ctx, const void *result);

/// Make the pieces [first, last) in this process, in order. Returns 0 or a negative errno.
typedef int jobs_part(const void *work, size_t first, size_t last, jobs_heard *heard, void *ctx);

struct jobs {
    const void *work; ///< read-only while it is made
    jobs_part *part;
    size_t size; ///< bytes of a result: plain data, for it goes through a pipe
    int32_t processes;
    struct lab_error *err; ///< told how a process died; may be NULL
};

/// Make [first, last). With several processes results come in any order. Returns 0, or a negative errno: -ECHILD when a
/// process died (jobs->err says by which signal, or with which exit code), -EIO when one was ended from outside. Where interrupts are
/// heard (interrupt.h) one ends the work as a listener does that has had enough.
int jobs_run(const struct jobs *jobs, size_t first, size_t last, jobs_heard *heard, void *ctx);

#endif
