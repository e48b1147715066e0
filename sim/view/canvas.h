// A picture of our own that everything is drawn into: ARGB8888, integers only, so that the same calls give the same bytes everywhere.
// SPDX-License-Identifier: MIT
//
// Coordinates: pixels where a struct canvas_rect is asked for, else sub-pixels, CANVAS_ONE of them in a pixel; (0,0) is the upper left
// corner of the upper left pixel, y grows downwards. Colours are 0xAARRGGBB, not premultiplied; what is drawn is blended by its alpha and by
// how much of a pixel it covers. The picture itself stays opaque. Nothing is drawn outside the clip. Coordinates may lie anywhere:
// what is outside costs nothing, and beyond CANVAS_FAR counts as there.
#ifndef SIM_VIEW_CANVAS_H
#define SIM_VIEW_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CANVAS_ONE = 256,           ///< sub-pixels in a pixel
    CANVAS_FAR = 1 << 29,       ///< sub-pixels: two million pixels
    CANVAS_SIDE_MAX = 8192,     ///< pixels
    CANVAS_POLYGON_POINTS = 256 ///< corners of a polygon at most
};

/// Pixels [x, x + w) by [y, y + h).
struct canvas_rect {
    int32_t x, y, w, h;
};

/// A place in sub-pixels.
struct canvas_point {
    int64_t x, y;
};

/// The picture. Its owner may read `pixel` (row after row, `width` in each) and the sizes.
struct canvas {
    uint32_t *pixel;
    int32_t width, height;
    struct canvas_rect clip;
};

/// Make a black picture of this size. Returns 0, -EINVAL for a size below 1 or above CANVAS_SIDE_MAX, or -ENOMEM. Close with
/// canvas_close, which takes a zeroed one, too.
int canvas_open(struct canvas *canvas, int32_t width, int32_t height);
void canvas_close(struct canvas *canvas);

/// Draw only inside `rect` and the clip there is, until canvas_unclip with what this returns.
struct canvas_rect canvas_clip(struct canvas *canvas, struct canvas_rect rect);
void canvas_unclip(struct canvas *canvas, struct canvas_rect before);

/// Blend one colour over whole pixels.
void canvas_fill(struct canvas *canvas, struct canvas_rect rect, uint32_t colour);
/// The border of `rect`, `thick` pixels inwards.
void canvas_frame(struct canvas *canvas, struct canvas_rect rect, int32_t thick, uint32_t colour);

/// A straight line with round ends, `width` sub-pixels thick.
void canvas_line(struct canvas *canvas, struct canvas_point from, struct canvas_point to,
                 int32_t width, uint32_t colour);
/// The same in dashes: `on` drawn, `off` left out, both in sub-pixels and positive, beginning with a whole dash.
void canvas_dashes(struct canvas *canvas, struct canvas_point from, struct canvas_point to,
                   int32_t width, int32_t on, int32_t off, uint32_t colour);
/// A filled polygon of `count` corners, up to CANVAS_POLYGON_POINTS (more are left out); where it crosses itself, inside is what an odd number
/// of edges encloses.
void canvas_polygon(struct canvas *canvas, const struct canvas_point *corner, int32_t count,
                    uint32_t colour);
/// A filled circle, and one as a line of `width` sub-pixels whose middle is `radius` away.
void canvas_disc(struct canvas *canvas, struct canvas_point middle, int32_t radius,
                 uint32_t colour);
void canvas_ring(struct canvas *canvas, struct canvas_point middle, int32_t radius, int32_t width,
                 uint32_t colour);

/// Copy the part `from` of another picture to (x, y) pixels.
void canvas_copy(struct canvas *canvas, int32_t x, int32_t y, const struct canvas *other,
                 struct canvas_rect from);
/// Blend one colour through a mask of `w` by `h` bytes (255: all of it) whose upper left is at (x, y) pixels.
void canvas_mask(struct canvas *canvas, int32_t x, int32_t y, const uint8_t *mask, int32_t w,
                 int32_t h, uint32_t colour);

/// How far a stroke of half the width `half` around from-to covers the pixel-sized neighbourhood of `at`: 0 to 256. What
/// canvas_line is made of; for glyphs.
int32_t canvas_stroke_cover(struct canvas_point from, struct canvas_point to, int32_t half,
                            struct canvas_point at);
/// The square root, rounded down.
uint32_t canvas_root(uint64_t value);

#endif
