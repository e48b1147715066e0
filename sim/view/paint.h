// A brush: a picture, the font and the scale of the screen; colours, and small things that every panel is made of.
// SPDX-License-Identifier: MIT
//
// Colours are by role. Those that tell things apart are of the Okabe-Ito set or near it, which people with any colour vision can tell; no
// meaning rests on colour alone: there is always a shape, a dash or a word beside it.
#ifndef SIM_VIEW_PAINT_H
#define SIM_VIEW_PAINT_H

#include "sim/view/canvas.h"
#include "sim/view/font.h"

#define PAINT_GROUND 0xff11151cu ///< behind everything
#define PAINT_PANEL  0xff181d26u ///< of a panel
#define PAINT_WELL   0xff0d1016u ///< where things are drawn
#define PAINT_EDGE   0xff2c3442u
#define PAINT_GRID   0xff232a36u
#define PAINT_INK    0xffe6e9efu ///< text
#define PAINT_DIM    0xffa3adbdu ///< text that matters less
#define PAINT_FAINT  0xff808b9du ///< what is not so, or not yet
#define PAINT_TRUTH  0xff56b4e9u ///< sky blue: what physically is
#define PAINT_BELIEF 0xffe69f00u ///< orange: what the firmware counts
#define PAINT_GOOD   0xff00b383u ///< bluish green, a little lighter on this ground
#define PAINT_BAD    0xffff6e2bu ///< vermilion, a little lighter on this ground
#define PAINT_WARN   0xfff0e442u ///< yellow
#define PAINT_MEMORY 0xffcc79a7u ///< reddish purple
#define PAINT_PART   0xff3f7fa6u ///< of the part, before a cut
#define PAINT_RESUMED \
    0xffece28au ///< of the part, after a cut: pale yellow; with a dark core, see PAINT_CORE
#define PAINT_CORE \
    0xff4a4420u ///< along the middle of path that was laid after a cut: no colour is needed to tell it
#define PAINT_METAL 0xff8791a3u

/// Hears of every text that is drawn: tests ask whether it can be read.
struct paint_listener {
    /// `box`: from the capitals' top to the baseline; `clip`: what of the picture can be drawn on; `panel`: of the brush.
    void (*said)(void *ctx, int32_t panel, struct canvas_rect box, struct canvas_rect clip,
                 const char *text);
    void *ctx;
};

/// Where texts of a panel stand already.
struct paint_taken {
    struct canvas_rect box[96]; ///< further ones are not noted
    int count;
};

struct brush {
    struct canvas *canvas;
    const struct font *font;
    int32_t scale; ///< percent
    int32_t panel; ///< enum view_panel that is drawn
    struct paint_taken *taken;
    const struct paint_listener *listener; ///< NULL: nobody listens
};

enum paint_side { PAINT_LEFT, PAINT_MIDDLE, PAINT_RIGHT };

/// Pixels for a length that is so many pixels at 100 percent.
int32_t paint_px(const struct brush *brush, int32_t length);
/// The same in sub-pixels, of tenths of a pixel: thickness of lines.
int32_t paint_thick(const struct brush *brush, int32_t tenths);
/// The middle of a pixel.
struct canvas_point paint_at(int32_t x, int32_t y);

/// A text whose left end, middle or right end is at x, on the baseline y. Returns its width.
int32_t paint_text(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                   enum font_style style, uint32_t colour, const char *text);
/// Would this text be whole there: within what can be drawn on, and clear of all texts of this panel so far? For those that may be left
/// out; the others are drawn before them.
bool paint_free(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                enum font_style style, const char *text);
/// Cut a text off, with two dots at its end, so that it is no wider than this.
void paint_shorten(const struct brush *brush, enum font_style style, int32_t width, char *text);
/// The same, printed.
__attribute__((format(printf, 7, 8))) int32_t paint_print(const struct brush *brush, int32_t x,
                                                          int32_t y, enum paint_side side,
                                                          enum font_style style, uint32_t colour,
                                                          const char *format, ...);
/// The same on a ground of its own, so that it can be read over drawings. Returns its width.
int32_t paint_tag(const struct brush *brush, int32_t x, int32_t y, enum paint_side side,
                  uint32_t ground, uint32_t colour, const char *text);

/// A text in lines of no more than the width of `rect`, broken between words. Those that fit are drawn from its top; the last of them is cut
/// off when there are more. Returns how many lines all of it takes, font_line high each.
int32_t paint_lines(const struct brush *brush, struct canvas_rect rect, enum font_style style,
                    uint32_t colour, const char *text);

/// The frame of a panel with its title. Returns what is left inside.
struct canvas_rect paint_panel(const struct brush *brush, struct canvas_rect rect,
                               const char *title);

/// A lamp: a filled disc when lit, a ring when not, a dash when nobody knows (lit < 0).
void paint_lamp(const struct brush *brush, int32_t x, int32_t y, int lit, uint32_t colour);
/// Marks of an outcome by shape: a tick, an exclamation mark, a cross, an open ring. Drawn `size` pixels high around (x, y).
enum paint_mark { PAINT_TICK, PAINT_CARE, PAINT_CROSS, PAINT_OPEN };
void paint_mark(const struct brush *brush, int32_t x, int32_t y, int32_t size,
                enum paint_mark mark);
/// An arrow head with its tip at `tip`, pointing to (dx, dy) of {-1, 0, 1}.
void paint_arrow(const struct brush *brush, struct canvas_point tip, int32_t dx, int32_t dy,
                 uint32_t colour);

enum { PAINT_WORD = 48 };
/// "0:37:11.383" of us.
void paint_clock(char out[PAINT_WORD], int64_t us);
/// "12.5 s", "2 min 31 s", "340 ms": a duration of us.
void paint_duration(char out[PAINT_WORD], int64_t us);
/// How the times of an axis are written, all of one kind: "12.5" s, "2:30" min:s, "1:02:30" h:min:s, "340" ms.
struct paint_times {
    const char *unit;
    int64_t one_us; ///< of ms and s
    int decimals;   ///< of them
    int parts;      ///< 2: min:s, 3: h:min:s; else 0
};
/// For steps of so many us, when no time is farther from zero than this.
struct paint_times paint_times(int64_t step_us, int64_t farthest_us);
void paint_time(char out[PAINT_WORD], int64_t us, const struct paint_times *times);
/// "12.345" of nm, in mm; "-" for what is unknown (INT64_MIN).
void paint_mm(char out[PAINT_WORD], int64_t nm, int decimals);
/// "+297 um" below 10 mm, else in mm. With µ. "-" for unknown.
void paint_um(char out[PAINT_WORD], int64_t nm, bool sign);
/// The next of 1, 2, 5, 10, ... that is not below `value` (1 at least).
int64_t paint_round_step(int64_t value);

#endif
