// Parts of a sweep's page.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_SWEEP_H
#define LAB_HTML_SWEEP_H

#include <stdio.h>

#include "core/lab/report/report.h"

/// How a run stands in a measure, by its own limit.
enum sweep_stand {
    SWEEP_NONE,     ///< no value
    SWEEP_UNJUDGED, ///< a value, but nothing was to be resumed
    SWEEP_PASSED,
    SWEEP_OVER
};
enum sweep_stand sweep_stand(const struct lab_curve_cut *cut, enum lab_measure measure);

/// The limit of a single run. Returns false when there is none, or none is known.
bool sweep_limit(const struct lab_sweep_report *report, enum lab_measure measure, int64_t *limit);

/// How all runs stand in a measure.
struct sweep_sum {
    int64_t over;     ///< ... its own limit, or unknown where it must not be:
    int64_t lost;     ///< of them those unknown
    int64_t unjudged; ///< have a value and were not judged
    int64_t judged;   ///< have a value and were
    int64_t worst;    ///< |value| of these, at most (where low is bad: at least)
    int64_t raised;   ///< the largest limit of those that had more than the usual one; 0 none had
};
/// ... in every measure. False when nobody knows: only a curve does.
bool sweep_sums(const struct lab_sweep_report *report, struct sweep_sum sum[LAB_MEASURES]);

/// What makes all of it again.
void sweep_page_again(const struct lab_sweep_report *report, FILE *out);

/// Charts of measures against the cut's instant. Returns 0 or -ENOMEM.
int sweep_page_curves(const struct lab_sweep_report *report, FILE *out);

/// The table of measures by what was cut: phases of recoveries, or tenths of the print.
void sweep_page_heat(const struct lab_sweep_report *report, FILE *out);

/// The table of percentiles with their limits.
void sweep_page_measures(const struct lab_sweep_report *report, FILE *out);

#endif
