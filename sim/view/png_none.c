// Stands where png.c does in a build without libpng.
// SPDX-License-Identifier: MIT
#include "sim/view/png.h"

#include <errno.h>

bool png_can(void)
{
    return false;
}

int png_write_canvas(const char *path, const struct canvas *canvas)
{
    (void)path;
    (void)canvas;
    return -ENOTSUP;
}

int png_read_canvas(const char *path, struct canvas *canvas)
{
    (void)path;
    (void)canvas;
    return -ENOTSUP;
}
