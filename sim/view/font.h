// Text in an own stroke font: readable from 11 pixels up, at every scale of a screen, with the same pixels everywhere.
// SPDX-License-Identifier: MIT
//
// Glyphs are strokes on a grid of pixels (glyphs.c); each style is drawn once, when the font is opened, with its stems laid on whole
// pixels. Text is ASCII, and of Latin-1, in UTF-8, the signs for degree, plus-minus, micro and times; others show as a box.
#ifndef SIM_VIEW_FONT_H
#define SIM_VIEW_FONT_H

#include "sim/view/canvas.h"

enum font_style { FONT_SMALL, FONT_TEXT, FONT_BOLD, FONT_TITLE, FONT_STYLES };

struct font;

/// Make the font for a scale of the screen in percent, 50 to 400. Returns 0, -EINVAL or -ENOMEM. Close with font_close (NULL is allowed).
int font_open(struct font **font, int32_t scale_percent);
void font_close(struct font *font);

/// Height of a capital and of a line of text, in pixels.
int32_t font_capital(const struct font *font, enum font_style style);
int32_t font_line(const struct font *font, enum font_style style);

/// How wide a text is, in pixels.
int32_t font_width(const struct font *font, enum font_style style, const char *text);

/// Draw a text with its left end at x and its baseline at y (pixels). Returns where the next would begin.
int32_t font_draw(const struct font *font, struct canvas *canvas, int32_t x, int32_t y,
                  enum font_style style, uint32_t colour, const char *text);

#endif
