// Reports as pages: one self-contained HTML file for a run or a sweep, to be opened on anything, sent to anybody, printed.
// SPDX-License-Identifier: MIT
//
// A page loads nothing (a policy in its head forbids it), works without its script and in print, in light and dark, by keyboard and by
// ear; every chart has its values as a table. Its bytes hang on the report alone: host figures stand in one place, between two comments,
// and are left out with the report's host.present. Its size is bounded whatever was measured: charts keep the lowest, the highest and the
// first failed of each of some hundred columns, lists their first entries, and both say so.
#ifndef LAB_HTML_H
#define LAB_HTML_H

#include <stdio.h>

#include "core/lab/report/report.h"
#include "core/lab/trace/trace.h"

/// A page on one run: verdict and what replays it, measures with their limits, and for each cut where it fell, supply, signal and memory
/// around it, what the outage did, temperatures, heights and steps of the recovery, the seam from above. `trace` is of the same run; NULL
/// leaves out what needs it. Returns 0 or a negative errno; on error nothing appears at `path` ("-" is stdout).
int lab_html_run(const struct lab_report *report, const struct lab_trace *trace, const char *path);
/// The same to a stream.
int lab_html_run_out(const struct lab_report *report, const struct lab_trace *trace, FILE *out);

/// A page on many runs: verdict, curve (where the report has one), by place or phase, percentiles, failing classes with what is to be
/// typed to see one of them again. Returns 0 or a negative errno; on error nothing appears at `path` ("-" is stdout).
int lab_html_sweep(const struct lab_sweep_report *report, const char *path);
/// The same to a stream.
int lab_html_sweep_out(const struct lab_sweep_report *report, FILE *out);

#endif
