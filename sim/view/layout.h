// Where each panel lies in the window.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_LAYOUT_H
#define SIM_VIEW_LAYOUT_H

#include "sim/view/canvas.h"

enum view_panel {
    VIEW_HEADER,
    VIEW_SIDE, ///< elevation
    VIEW_LENS, ///< around the nozzle's tip
    VIEW_TOP,
    VIEW_TILT,
    VIEW_CHARTS,
    VIEW_STEPS,
    VIEW_MEASURES,
    VIEW_RUN, ///< the whole run as one bar
    VIEW_PANELS
};

/// Pictures are as large as this at least (pixels at 100 percent), CANVAS_SIDE_MAX at most: all that there is to read has room then. With
/// the panels of a page, below one another, they are laid out from LAYOUT_TALL_MIN on when they are higher than wide; then
/// LAYOUT_TALL_WIDTH_MIN is enough.
enum {
    LAYOUT_WIDTH_MIN = 960,
    LAYOUT_HEIGHT_MIN = 600,
    LAYOUT_TALL_WIDTH_MIN = 720,
    LAYOUT_TALL_MIN = 1160
};

struct layout {
    int32_t width, height, scale; ///< pixels; percent
    struct canvas_rect panel[VIEW_PANELS];
    struct canvas_rect time; ///< of the charts: where their time runs from left to right
    struct canvas_rect run;  ///< of the whole run: the same
};

/// Is a picture of this size (pixels; percent) large enough?
bool layout_fits(int32_t width, int32_t height, int32_t scale);

/// Lay out for this size, which fits.
void layout_make(struct layout *layout, int32_t width, int32_t height, int32_t scale);

/// The panel at a pixel.
enum view_panel layout_hit(const struct layout *layout, int32_t x, int32_t y);

#endif
