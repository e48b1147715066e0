// Somebody who looks on while a run goes: told of everything that happens, and changing nothing.
// SPDX-License-Identifier: MIT
//
// A run with a watch is the same as one without, to the byte. So whoever watches calls only what takes the run as const: even
// bringing heat up to date would change what others see.
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct sim;
struct manual;

/// An operation of the memory that has ended.
struct sim_nv {
    int64_t block, offset; ///< offset -1: an erase; size 0: a sync
    int64_t size;
    int error; ///< 0, PLR_EPOWER, PLR_ECANCELED
};

/// Functions that a run calls (struct sim.watch). All of them are there.
struct sim_watch {
    void *ctx;
    /// An event happens now: enum sim_event_kind, its payload; its number is world.events.
    void (*event)(void *ctx, const struct sim *sim, int kind, const int64_t payload[4]);
    /// Time is about to pass from now to `to_us`, and nothing happens in between.
    void (*passes)(void *ctx, const struct sim *sim, int64_t to_us);
    /// A piece of the running block was executed: commanded places, machine coordinates (of [3] only the difference counts).
    void (*piece)(void *ctx, const struct sim *sim, const int64_t from_nm[4],
                  const int64_t to_nm[4], double begin_us, double duration_us);
    /// A motion outside the job has ended now, whole or not.
    void (*manual)(void *ctx, const struct sim *sim, const struct manual *manual);
    /// The memory was busy from then till now.
    void (*nv)(void *ctx, const struct sim *sim, int64_t begin_us, const struct sim_nv *nv);
};

#endif
