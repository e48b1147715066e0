// Golden pictures: what is drawn, against what was last looked at.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_GOLDEN_H
#define SIM_VIEW_GOLDEN_H

#include "sim/view/canvas.h"

enum {
    GOLDEN_TOLERANCE = 12, ///< a pixel differs when one of its colours is farther away
    GOLDEN_FEW = 10,       ///< so many pixels may
    GOLDEN_MESSAGE = 512
};

/// Compare a picture with the PNG file at `path`. Returns 0 when it is the same but for GOLDEN_FEW pixels; else a negative errno
/// (-EBADMSG: it looks otherwise), with a sentence in `message`. What differs is left in a new folder that the sentence names: the
/// picture as it is now, and one in which all that differs is red and the rest dimmed.
int golden_compare(const struct canvas *is, const char *path, char message[GOLDEN_MESSAGE]);

#endif
