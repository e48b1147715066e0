// Where lengths of the machine lie in a drawing: zoom, pan, and what all of it takes.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_LOOK_H
#define SIM_VIEW_LOOK_H

#include "sim/view/layout.h"
#include "sim/view/story.h"

/// Zoom and pan of a drawing, as an operator set it.
struct look {
    int32_t zoom;      ///< steps of 5/4; 0 shows all
    int64_t pan_nm[2]; ///< from where the middle would be; rightwards and upwards
};

/// A drawing: its first axis goes to the right, the second upwards.
struct look_map {
    struct canvas_rect rect;
    int64_t middle_nm[2];
    int64_t nm_per_px;
};

/// So many nm in a pixel when all of a drawing (VIEW_SIDE: x and z of the machine; VIEW_TOP: x and y of part or bed) is to fit into `rect`.
int64_t look_fit_nm(const struct story *story, enum view_panel panel, struct canvas_rect rect);
/// ... and zoomed; 500 at least.
int64_t look_nm_per_px(const struct look *look, int64_t fit_nm);

/// The drawing in `rect`, with the nozzle (`nozzle_nm`, machine frame; NULL: not asked for) in its middle.
struct look_map look_make(const struct story *story, enum view_panel panel, const struct look *look,
                          struct canvas_rect rect, const int64_t *nozzle_nm);

/// Where a place lies.
struct canvas_point look_place(const struct look_map *map, int64_t a_nm, int64_t b_nm);
/// How long a length is, in sub-pixels.
int64_t look_length(const struct look_map *map, int64_t nm);

#endif
