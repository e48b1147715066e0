// What the files that draw into a canvas share: mixing colours, cutting rectangles.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_CANVAS_BLEND_H
#define SIM_VIEW_CANVAS_BLEND_H

#include "sim/view/canvas.h"

/// What two rectangles share; without width and height when that is nothing.
struct canvas_rect canvas_within(struct canvas_rect a, struct canvas_rect b);

/// The place, held at CANVAS_FAR, so that products of two differences fit into 64 bits.
static inline struct canvas_point canvas_near(struct canvas_point at)
{
    at.x = at.x < -CANVAS_FAR ? -CANVAS_FAR : at.x > CANVAS_FAR ? CANVAS_FAR : at.x;
    at.y = at.y < -CANVAS_FAR ? -CANVAS_FAR : at.y > CANVAS_FAR ? CANVAS_FAR : at.y;
    return at;
}

/// `over`, by its alpha and by `cover` of CANVAS_ONE, on top of `under`.
static inline uint32_t canvas_mixed(uint32_t under, uint32_t over, int32_t cover)
{
    uint32_t alpha = (over >> 24) + (over >> 31); // 0 to 256
    uint32_t a = (alpha * (uint32_t)cover + 128) >> 8;
    uint32_t rb = under & 0xff00ffu, g = under & 0x00ff00u;

    // both halves at once: each sum of products stays below 2^16 in its lane
    rb = ((rb * (256 - a) + (over & 0xff00ffu) * a + 0x800080u) >> 8) & 0xff00ffu;
    g = ((g * (256 - a) + (over & 0x00ff00u) * a + 0x008000u) >> 8) & 0x00ff00u;
    return 0xff000000u | rb | g;
}

/// Mix `over` into a pixel that is known to be inside the clip.
static inline void canvas_touch(struct canvas *canvas, int32_t x, int32_t y, uint32_t over,
                                int32_t cover)
{
    uint32_t *pixel = canvas->pixel + (int64_t)y * canvas->width + x;

    *pixel = canvas_mixed(*pixel, over, cover);
}

#endif
