// Parts of a run's page.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_RUN_H
#define LAB_HTML_RUN_H

#include <stdio.h>

#include "core/lab/html/svg.h"
#include "core/lab/report/report.h"
#include "core/lab/trace/trace.h"

/// What a page is made of. `trace` may be NULL: then what needs it is left out.
struct run_page {
    FILE *out;
    const struct lab_report *report;
    const struct lab_trace *trace;
};

/// A line of a chart over time: what a state of the trace says.
struct run_line {
    const char *name;
    enum svg_look look;
    int64_t (*of)(const struct lab_trace_state *state,
                  const struct run_line *line); ///< LAB_TRACE_UNKNOWN: nothing to draw
    int which;
    int64_t base;
};

/// A word at an instant, in us of the run.
struct run_instant {
    int64_t t_us;
    const char *text;
};

/// A chart over a stretch of the run's time, and its lines. `about` is what lines alone do not say.
struct run_chart {
    const char *id, *title, *about, *x_name, *y_name;
    struct axis y;                   ///< of nothing yet: what is drawn fits it
    int64_t from_us, to_us, zero_us; ///< of the run; times are told from `zero_us` on
    int height;
    bool note; ///< `about` is to be read by everybody, below the chart
    const struct run_line *line;
    size_t lines;
    const struct run_instant *instant;
    size_t instants;
};

/// Draw it. Returns 0 or -12.
int run_page_lines(const struct run_page *page, const struct run_chart *chart);

/// Charts of the cut number `n` itself: some tenths of a second. Returns 0 or -12.
int run_page_cut(const struct run_page *page, size_t n);
/// Charts from there to the print's going on. Returns 0 or -12.
int run_page_recovery(const struct run_page *page, size_t n);
/// The first resumed path: from above, and its height along it. Returns 0 or -12.
int run_page_seam(const struct run_page *page, size_t n);

/// The limit of the height error, or what is usual.
int64_t run_page_limit(const struct run_page *page);

#endif
