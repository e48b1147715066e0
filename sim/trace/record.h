// Recording a simulated run as a trace (core/lab/trace), without changing it.
// SPDX-License-Identifier: MIT
#ifndef SIM_TRACE_RECORD_H
#define SIM_TRACE_RECORD_H

#include "core/lab/trace/writer.h"
#include "sim/world/watch.h"

struct sim;

/// Who watches a run and writes. Opaque; owns its memory.
struct sim_recorder;

/// Begin a trace that goes to `put` (0 or a negative errno) in blocks. NULL: out of memory. Close with sim_record_close (NULL is allowed).
struct sim_recorder *sim_record_open(int (*put)(void *ctx, const void *bytes, size_t size),
                                     void *ctx);
void sim_record_close(struct sim_recorder *recorder);

/// Watch this opened run from now on (sim->watch); `meta` holds what a run alone does not know (run ID, names), the machine's shape is
/// filled in here. `sim` is not the recorder's and must not be moved.
void sim_record_run(struct sim_recorder *recorder, struct sim *sim,
                    const struct lab_trace_meta *meta);

/// The run is over, and nobody watches it any more. What is made of it may be put into the writer then; lab_trace_end closes the trace.
struct lab_trace_writer *sim_record_over(struct sim_recorder *recorder, struct sim *sim);

#endif
