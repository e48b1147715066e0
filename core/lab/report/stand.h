// How the runs of a sweep, or of many seeds, stand to their limits: each to its own, which may be larger than the scenario's.
// SPDX-License-Identifier: MIT
#ifndef LAB_REPORT_STAND_H
#define LAB_REPORT_STAND_H

#include "core/lab/report/report.h"

/// How a run stands in a measure, by its own limit.
enum report_stand {
    STAND_NONE,     ///< no value
    STAND_UNJUDGED, ///< a value, but nothing was to be resumed
    STAND_PASSED,
    STAND_OVER
};
enum report_stand report_stand(const struct lab_curve_cut *cut, enum lab_measure measure);

/// The limit of a single run. Returns false when there is none, or none is known.
bool report_limit(const struct lab_sweep_report *report, enum lab_measure measure, int64_t *limit);

/// How all runs stand in a measure.
struct report_sum {
    int64_t over;     ///< ... its own limit, or unknown where it must not be:
    int64_t lost;     ///< of them those unknown
    int64_t unjudged; ///< have a value and were not judged
    int64_t judged;   ///< have a value and were
    int64_t worst;    ///< |value| of these, at most (where low is bad: at least)
    int64_t raised;   ///< the largest limit of those that had more than the usual one; 0 none had
};
/// ... in every measure. False when nobody knows: only a curve does.
bool report_sums(const struct lab_sweep_report *report, struct report_sum sum[LAB_MEASURES]);

#endif
