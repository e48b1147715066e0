// Parts of a run's page.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_RUN_H
#define LAB_HTML_RUN_H

#include <stdio.h>

#include "core/lab/html/svg.h"
#include "core/lab/report/report.h"
#include "core/lab/trace/trace.h"

enum { RUN_ID = 48 }; ///< bytes of an id of the page

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

enum { RUN_LANES = 24, RUN_SPANS = 256 };

/// Lanes in the making: `svg` (of it id, title, about, x_name, out) and times are the caller's, all else zero. Names are borrowed.
struct run_lanes {
    struct svg_chart svg;
    int64_t zero_us, from_us, to_us; ///< of the run; times are told from `zero_us` on
    const char *name[RUN_LANES + 1];
    size_t count;
    struct {
        size_t lane;
        int64_t from_us, to_us;
        enum svg_look look;
    } span[RUN_SPANS];
    size_t spans, left_out;
};

/// The lane of that name, a new one when there is none yet. RUN_LANES: no room.
size_t run_lanes_named(struct run_lanes *lanes, const char *name);
/// It is on from then to then. What lies outside the chart is left out; of too many the later ones, and the figure says so.
void run_lanes_add(struct run_lanes *lanes, size_t lane, int64_t from_us, int64_t to_us,
                   enum svg_look look);
void run_lanes_draw(struct run_lanes *lanes);

/// Charts of the cut number `n` itself: some tenths of a second. Returns 0 or -12.
int run_page_cut(const struct run_page *page, size_t n);
/// Charts from there to the print's going on. Returns 0 or -12.
int run_page_recovery(const struct run_page *page, size_t n);
/// The first resumed path: from above, and its height along it. Returns 0 or -12.
int run_page_seam(const struct run_page *page, size_t n);

/// What a bench adds: its states, its cuts as they were asked for and made, its lines around each.
void run_page_rig(const struct run_page *page);

/// The limit of the height error, or what is usual.
int64_t run_page_limit(const struct run_page *page);

#endif
