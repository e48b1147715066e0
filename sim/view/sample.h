// A trace by columns of pixels: what the charts draw.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_SAMPLE_H
#define SIM_VIEW_SAMPLE_H

#include "core/lab/trace/trace.h"

/// Smallest and largest of a curve within a column; low above high: nothing is known.
struct sample_range {
    int64_t low, high;
};

/// A column of time.
struct sample {
    struct lab_trace_state at;               ///< as it begins
    bool power_known;                        ///< the supply was recorded, and it is within the run
    uint32_t power_any, power_all;           ///< bits that were set at some time, and all the time
    struct sample_range truth_nm, belief_nm; ///< height of the nozzle
    struct sample_range error_nm;            ///< truth less belief, while the count is not lost
    int64_t nv_bytes;                        ///< asked for by operations that began here
    int64_t nv_count;
    bool nv_torn; ///< one of them was torn
};

/// Fill `count` columns of [from, from + span).
void sample_take(const struct lab_trace *trace, int64_t from_us, int64_t span_us,
                 struct sample *sample, int32_t count);

/// Make the range hold this, too.
void sample_widen(struct sample_range *range, int64_t value);

#endif
