// Pictures as PNG files.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_PNG_H
#define SIM_VIEW_PNG_H

#include "sim/view/canvas.h"

/// Was this program built with a library for PNG? Without one the two below return -ENOTSUP.
bool png_can(void);

/// Write the picture, packed well. The file is there whole or not at all. Returns 0 or a negative errno.
int png_write_canvas(const char *path, const struct canvas *canvas);
/// Read a picture, whatever its kind, as an opaque one. Returns 0, a negative errno, or -EBADMSG for what is none. Close it.
int png_read_canvas(const char *path, struct canvas *canvas);

#endif
