// The whole picture: what a trace looked like at an instant, as an operator looks at it.
// SPDX-License-Identifier: MIT
//
// A frame is a function of trace, size and `struct play` alone: however it was come to, by playing, jumping or from the command line,
// it has the same pixels. What changes seldom is kept between frames.
#ifndef SIM_VIEW_SCENE_H
#define SIM_VIEW_SCENE_H

#include "sim/view/paint.h"
#include "sim/view/play.h"

struct scene;

/// The picture for a window of this many pixels (from 1 on), at this scale: text gets smaller where the window is too small for it,
/// down to 50 percent. Below that the picture is larger than the window and of its proportions, to be shown scaled down; above
/// CANVAS_SIDE_MAX it is smaller. scene_open takes what comes out.
void scene_fit(int32_t *width, int32_t *height, int32_t *scale);

/// Make a scene of this size in pixels, for which layout_fits, at a scale of 50 to 400 percent. Borrows the story. Returns
/// 0, -EINVAL or -ENOMEM. Close with scene_close (NULL is allowed).
int scene_open(struct scene **scene, const struct story *story, int32_t width, int32_t height,
               int32_t scale);
void scene_close(struct scene *scene);

/// From now on `listener` hears of every text that is drawn, with its enum view_panel (of the page of help: VIEW_PANELS). What is kept
/// from an earlier frame is not drawn again. Borrowed; NULL ends it.
void scene_listen(struct scene *scene, const struct paint_listener *listener);

/// Draw a frame; play_size must have been told the scene's size. The picture belongs to the scene and holds until the next call.
const struct canvas *scene_draw(struct scene *scene, const struct play *play);

#endif
