// A curve of which only the bends are kept: what lies between two of them is straight to within a tolerance.
// SPDX-License-Identifier: MIT
#ifndef LAB_TRACE_CURVE_H
#define LAB_TRACE_CURVE_H

#include "core/lab/trace/trace.h"

/// Zero it to begin. Values up to 2^22 and times up to 2^40 us apart are safe.
struct lab_trace_curve {
    int64_t from_us, from; ///< the last that was kept
    int64_t last_us, last; ///< the newest that was looked at
    /// The steepest lines from the last kept one that miss none since: through these.
    int64_t low_us, low, high_us, high;
    bool begun, open; ///< `open`: there is a newer one than was kept
};

/// Look at a point; one that is not later than the newest is none. True: `out` is to be kept, the point itself when it is the first, else
/// the one before it, a bend.
bool lab_trace_curve_look(struct lab_trace_curve *curve, int64_t t_us, int64_t value,
                          int64_t tolerance, struct lab_trace_temperature *out);
/// The newest point is kept whatever comes: a gap follows, or the end. False: it was kept already.
bool lab_trace_curve_keep(struct lab_trace_curve *curve, struct lab_trace_temperature *out);

#endif
