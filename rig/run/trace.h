// A run on a bench as a trace (core/lab/trace): what the rig knows of it, told as it happens.
// SPDX-License-Identifier: MIT
//
// States, relays and inputs with their edges' times; where the printer says that it is (as motions from one status to the next) and
// where it has proved to be; temperatures and targets as it tells them; layers; what people are told; gauges; cuts, measures and verdict.
// What only a simulator knows (truth, steps, the memory) is not in it. Times count from the run's beginning.
#ifndef RIG_RUN_TRACE_H
#define RIG_RUN_TRACE_H

#include "core/lab/report/report.h"
#include "rig/run/run.h"

struct engine;
struct run_trace;

/// Begin a trace of a run to come, which goes to `put` (0 or a negative errno; -EAGAIN: it has no room for this one) in blocks: one each second in which something happened, so
/// that it outlives us. Bench and input are borrowed. NULL: out of memory. Close with run_trace_close (NULL is allowed).
struct run_trace *run_trace_open(const struct bench *bench, const struct lab_input *input,
                                 int (*put)(void *ctx, const void *bytes, size_t size), void *ctx);
void run_trace_close(struct run_trace *trace);

/// The loop's: take in what is new. NULL: nobody asked for a trace.
void run_trace_look(struct run_trace *trace, const struct engine *engine);
/// People are told something.
void run_trace_note(struct run_trace *trace, int64_t at_us, const char *words);

/// The run is over and was judged. Returns 0 or the first error of `put`.
int run_trace_end(struct run_trace *trace, const struct run_record *record,
                  const struct lab_report *report);

/// Blocks that there was no room for: each gap is a note in the trace.
uint64_t run_trace_lost(const struct run_trace *trace);

#endif
