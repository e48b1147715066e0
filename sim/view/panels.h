// What the panels share: everything one of them needs to draw a frame.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_PANELS_H
#define SIM_VIEW_PANELS_H

#include "sim/view/paint.h"
#include "sim/view/play.h"
#include "sim/view/sample.h"

/// Of a frame.
struct view {
    struct brush brush;
    const struct story *story;
    const struct lab_trace *trace;
    const struct play *play;
    struct lab_trace_state now;
    struct lab_trace_deposit growing; ///< the newest deposit, as far as it is laid; or all 0
    int64_t frame_nm[3]; ///< tip of the nozzle less place in the part, at the newest deposit
};

/// What of the path lies in a kept picture.
struct kept_path {
    bool valid;
    struct look_map map;
    int64_t layer;
    size_t end; ///< deposits drawn
};
/// What of the charts does.
struct kept_charts {
    bool valid;
    int64_t from_us, span_us;
    struct sample *sample; ///< one for each column of pixels, and one more
    int32_t samples;
};

/// "DARK", "RECOVERY" and so on, with a second word ("home_z0").
struct panel_state {
    const char *word, *more;
    uint32_t colour;
};
struct panel_state panel_state(const struct view *view);

/// Does time t lie in a recovery: power is back and the print does not go on yet? Index of its cut, else -1.
int64_t panel_recovery(const struct lab_trace *trace, int64_t t_us);

/// The mark of an outcome, as reports write it ("marginal"). What is none of their words is open.
enum paint_mark panel_mark(const char *outcome);

/// Where a Z motor stands, as far as drawings care, and what it is called: "FL" of four, else "Z1".
struct panel_post {
    int32_t right; ///< -1 left, 0 middle, 1 right
    bool rear;
    const char *name; ///< static
};
struct panel_post panel_post(const struct lab_trace_meta *meta, int motor);
/// Z motors of the machine: 1 to 4, whatever the trace says.
int panel_motors(const struct lab_trace_meta *meta);

/// What stands before a place of the nozzle: "counted " when it is the firmware's count, because nobody measured it; else "".
const char *panel_counted(const struct view *view);

/// The line of the endstop of a Z drive ("z_plus0"), -1 when there is none.
int panel_endstop(const struct lab_trace *trace, int corner);

void panel_header(const struct view *view);
void panel_side(const struct view *view);
void panel_lens(const struct view *view);
/// `kept` holds the path of the layer and what is below it; `back` is what it was drawn into.
void panel_top(const struct view *view, struct canvas *back, struct kept_path *kept);
void panel_tilt(const struct view *view);
void panel_charts(const struct view *view, struct canvas *back, struct kept_charts *kept);
void panel_steps(const struct view *view);
void panel_measures(const struct view *view);
void panel_run(const struct view *view);
void panel_help(const struct view *view);

#endif
