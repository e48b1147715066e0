// A queue of runs that outlives whoever runs it: how far it is stands in a file that is whole at any instant.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_QUEUE_H
#define RIG_RUN_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lab/doc/error.h"
#include "core/lab/job/job.h"

enum { RUN_QUEUE_WHAT = 512 };

/// Latencies of all cuts of a queue.
struct run_spread {
    int64_t count, min_us, max_us, sum_us;
};

struct run_queue {
    char what[RUN_QUEUE_WHAT]; ///< which runs these are: the ID of the first, and what varies
    int64_t repeat;            ///< so many of them
    int64_t done;              ///< those that gave a verdict
    int64_t passed, failed;    ///< of these
    /// From the command to the relay's line, from there to the read-back's edge.
    struct run_spread line, sense;
};

/// Go on with the queue in the file at `path`, or begin it when there is none. `queue` says what and how many. Returns 0; or a negative
/// status with err filled: the file is of another queue, or none of ours.
int run_queue_open(struct run_queue *queue, const char *path, struct lab_error *err);

/// Keep it: the file is the old one or the new one, and on its medium when this returns. Returns 0 or a negative errno.
int run_queue_save(const struct run_queue *queue, const char *path);

/// Count one in; below 0 it is not known, and left out.
void run_spread_add(struct run_spread *spread, int64_t us);

/// The byte at which the n-th run (0-based) of a queue cuts when its places vary: spread evenly over all that is extruded, however many
/// runs there will be.
int64_t run_queue_place(const struct lab_job *job, int64_t n);

#endif
