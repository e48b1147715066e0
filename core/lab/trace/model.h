// Growing a trace in memory, and what a torn one lacks; for reader and writer alone.
// SPDX-License-Identifier: MIT
#ifndef LAB_TRACE_MODEL_H
#define LAB_TRACE_MODEL_H

#include "core/lab/trace/trace.h"

/// Room for one more of `size` bytes behind `count`. Returns 0 or -12.
int trace_grow(void **array, size_t count, size_t *room, size_t size);

/// Append a copy to one of the trace's arrays. 0 or -12.
#define TRACE_ADD(array, count, room, thing)                        \
    (trace_grow((void **)&(array), (count), &(room), sizeof(thing)) \
         ? LAB_ENOMEM                                               \
         : ((array)[(count)++] = (thing), 0))

/// Behind the cuts that were read those that only records of supply tell of. Returns 0 or -12.
int trace_make_cuts(struct lab_trace *trace);
/// Find when the count of Z is lost: `lost`, in a trace that has all else. Returns 0 or -12.
int trace_find_lost(struct lab_trace *trace);

#endif
