// A window that shows a scene and hears its operator, by SDL2.
// SPDX-License-Identifier: MIT
//
// Nothing is drawn here: the scene's picture is uploaded as it is, pixel for pixel.
#ifndef SIM_VIEW_WINDOW_H
#define SIM_VIEW_WINDOW_H

#include "sim/view/scene.h"

/// What a window is opened with.
struct window_ask {
    const char *title;
    int32_t width, height; ///< of the window, in the units of its display
    int32_t scale;         ///< of text and lines, percent; 0: as the display asks for
    /// The operator wants this picture kept. `ctx` is the caller's.
    void (*shot)(void *ctx, const struct canvas *picture, const struct play *play);
    void *ctx;
};

enum { WINDOW_MESSAGE = 256 };

/// Was this program built with SDL2?
bool window_can(void);

/// Show the run as `play` has it until the operator ends it. Returns 0; or -ENOTSUP (no SDL2), -ENODEV (no display), -ENOMEM, with a sentence in
/// `message`.
int window_run(const struct story *story, struct play *play, const struct window_ask *ask,
               char message[WINDOW_MESSAGE]);

#endif
