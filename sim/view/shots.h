// Pictures of a run without a window: one, or the frames of a film.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_SHOTS_H
#define SIM_VIEW_SHOTS_H

#include "sim/view/scene.h"

enum { SHOTS_A_SECOND = 25, SHOTS_MESSAGE = 256 };

/// Draw the picture that a window of this size (pixels; scale in percent) shows of `play`, and write it as PNG. Returns 0; or a negative errno with a
/// sentence in `message`.
int shots_one(const struct story *story, struct play *play, int32_t width, int32_t height,
              int32_t scale, const char *path, char message[SHOTS_MESSAGE]);

/// Write frames DIR/000001.png, ..., SHOTS_A_SECOND of them for each second of the film, from play->now_us up to `until_us`, at the speed of
/// `play`. DIR is made; one that holds frames is refused (-EEXIST). `count` is how many there are. Returns as above.
int shots_film(const struct story *story, struct play *play, int32_t width, int32_t height,
               int32_t scale, const char *dir, int64_t until_us, int32_t *count,
               char message[SHOTS_MESSAGE]);

#endif
