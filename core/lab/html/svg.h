// Charts as inline SVG: axes, lines, bands, marks, a legend, and the same values as a table.
// SPDX-License-Identifier: MIT
//
// Text and signs keep their size at any width: they are placed by per cent, and only lines are stretched. A chart has a title and a
// description for those who hear the page, and a table that the script reads the values under the pointer from. Order of calls:
// svg_open, a legend, svg_begin, what is drawn (later above earlier), svg_end, then perhaps svg_table, rows, svg_table_end, and last svg_finish.
// All texts are the caller's own words, unless said otherwise.
#ifndef LAB_HTML_SVG_H
#define LAB_HTML_SVG_H

#include <stdio.h>

#include "core/lab/html/axis.h"

struct svg_chart {
    FILE *out;
    const char *id;    ///< of the page
    const char *title; ///< the figure's caption
    const char *about; ///< a sentence on what is to be seen
    const char *x_name, *y_name;
    struct axis x, y; ///< fitted
    int height;       ///< px; 0: a plane, where both axes have the same scale
    const char *const *
        lane; ///< NULL: a chart with a y axis. Else names, NULL-terminated, from above, escaped; no y axis then
};

/// How something looks: enum in place of colours, so that print and dark know better.
enum svg_look {
    SVG_BLUE, ///< series; each has a dash pattern of its own, too
    SVG_ORANGE,
    SVG_GREEN,
    SVG_PURPLE,
    SVG_GREY,
    SVG_LOOKS
};

struct svg_point {
    int64_t x, y; ///< in the axes' base units
};

/// The figure with its caption.
void svg_open(const struct svg_chart *chart);
/// The drawing with its axes.
void svg_begin(const struct svg_chart *chart);
/// A line through points, or as steps: a value holds until the next.
void svg_line(const struct svg_chart *chart, enum svg_look look, const struct svg_point *point,
              size_t count);
void svg_steps(const struct svg_chart *chart, enum svg_look look, const struct svg_point *point,
               size_t count);
/// A dot at each point.
void svg_dots(const struct svg_chart *chart, enum svg_look look, const struct svg_point *point,
              size_t count);
/// A short level line at each point: limits of their own.
void svg_dashes(const struct svg_chart *chart, const struct svg_point *point, size_t count);
/// A sign at a point: one of those of page_begin, and its class.
void svg_sign(const struct svg_chart *chart, const char *sign, const char *css,
              struct svg_point point);
/// A tick that stands on the lower edge: something happened and has no value.
void svg_tick(const struct svg_chart *chart, int64_t x, bool failed);
/// A height that must not be passed. `label` may be "".
void svg_limit(const struct svg_chart *chart, int64_t y, const char *label, bool warning);
/// A remark above the drawing, at its right end: nothing is drawn there.
void svg_head(const struct svg_chart *chart, const char *text);
/// An instant.
void svg_instant(const struct svg_chart *chart, int64_t x, const char *label);
/// A time, over the whole height: shaded, hatched when `hatched`.
void svg_span(const struct svg_chart *chart, int64_t from_x, int64_t to_x, bool hatched);
/// Of a chart with lanes: this lane is on from here to there.
void svg_lane(const struct svg_chart *chart, size_t lane, int64_t from_x, int64_t to_x,
              enum svg_look look);
/// The point of a lane's middle, for rows.
struct svg_point svg_lane_point(const struct svg_chart *chart, size_t lane, int64_t x);
/// Of a plane: a word beside a place.
void svg_word(const struct svg_chart *chart, struct svg_point point, const char *text);
/// A path whose points the caller prints with svg_path_to; `css` is its class.
void svg_path(const struct svg_chart *chart, const char *css);
void svg_path_to(const struct svg_chart *chart, struct svg_point point, bool lifted);
void svg_path_end(const struct svg_chart *chart);
void svg_end(const struct svg_chart *chart);

// A legend, between svg_open and svg_begin.
void svg_legend(FILE *out);
void svg_legend_line(FILE *out, enum svg_look look, const char *text);
void svg_legend_sign(FILE *out, const char *sign, const char *css, const char *text);
void svg_legend_end(FILE *out);

/// The values: `columns` NULL-terminated. `rows` is said in the summary.
void svg_table(const struct svg_chart *chart, const char *const *columns, size_t rows);
/// Begin a row that belongs to a place of the chart; its cells follow as <td>.
void svg_row(const struct svg_chart *chart, struct svg_point point);
void svg_table_end(const struct svg_chart *chart);
/// End the figure. `note` may be NULL.
void svg_finish(const struct svg_chart *chart, const char *note);

#endif
