// Pictures as PNG files, by libpng.
// SPDX-License-Identifier: MIT
#include "sim/view/png.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/report/report.h"

bool png_can(void)
{
    return true;
}

/// A row's bytes in the order of the file.
static void to_bytes(const uint32_t *pixel, int32_t width, png_byte *out)
{
    for (int32_t x = 0; x < width; x++) {
        out[3 * x] = (png_byte)(pixel[x] >> 16);
        out[3 * x + 1] = (png_byte)(pixel[x] >> 8);
        out[3 * x + 2] = (png_byte)pixel[x];
    }
}

/// What libpng would print is told by who asked.
static void fail_quietly(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void say_nothing(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/// Everything libpng may leave by longjmp. Returns 0 or -EIO.
static int write_rows(png_structp png, png_infop info, FILE *out, const struct canvas *canvas,
                      png_byte *row)
{
    if (setjmp(png_jmpbuf(png)))
        return -EIO;
    png_init_io(png, out);
    // flat colours and letters: filters make the files larger, and more than this level takes ten times as long for a quarter
    png_set_compression_level(png, 3);
    png_set_filter(png, 0, PNG_FILTER_NONE);
    png_set_IHDR(png, info, (png_uint_32)canvas->width, (png_uint_32)canvas->height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int32_t y = 0; y < canvas->height; y++) {
        to_bytes(canvas->pixel + (int64_t)y * canvas->width, canvas->width, row);
        png_write_row(png, row);
    }
    png_write_end(png, NULL);
    return 0;
}

/// lab_write_file's printer.
static int print_png(const void *ctx, FILE *out)
{
    const struct canvas *canvas = ctx;
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail_quietly, say_nothing);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_byte *row = malloc((size_t)canvas->width * 3);

    int bad = info && row ? write_rows(png, info, out, canvas, row) : -ENOMEM;
    free(row);
    png_destroy_write_struct(&png, &info);
    return bad;
}

int png_write_canvas(const char *path, const struct canvas *canvas)
{
    return lab_write_file(path, print_png, canvas);
}

int png_read_canvas(const char *path, struct canvas *canvas)
{
    png_image image = {.version = PNG_IMAGE_VERSION};

    *canvas = (struct canvas){0};
    if (!png_image_begin_read_from_file(&image, path))
        return -EBADMSG;
    int bad = image.width > CANVAS_SIDE_MAX || image.height > CANVAS_SIDE_MAX
                  ? -EFBIG
                  : canvas_open(canvas, (int32_t)image.width, (int32_t)image.height);
    image.format = PNG_FORMAT_BGRA; // blue is the lowest byte of a pixel
    if (!bad && !png_image_finish_read(&image, NULL, canvas->pixel, 0, NULL))
        bad = -EBADMSG;
    png_image_free(&image);
    if (bad)
        canvas_close(canvas);
    return bad;
}
