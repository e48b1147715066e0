// What an operator does with a run: time, speed, what is looked at. No window is needed: keys and mouse come as numbers.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_PLAY_H
#define SIM_VIEW_PLAY_H

#include "sim/view/layout.h"
#include "sim/view/look.h"
#include "sim/view/story.h"

/// Keys beyond those that write a character, which are that character (small letters; with shift large ones).
enum play_key {
    PLAY_KEY_RIGHT = 256,
    PLAY_KEY_LEFT,
    PLAY_KEY_UP,
    PLAY_KEY_DOWN,
    PLAY_KEY_HOME,
    PLAY_KEY_END,
    PLAY_KEY_TAB,
    PLAY_KEY_ESCAPE,
    PLAY_KEY_HELP
};

enum play_input_kind { PLAY_KEY, PLAY_PRESS, PLAY_MOVE, PLAY_RELEASE, PLAY_WHEEL };

/// One thing the operator did.
struct play_input {
    enum play_input_kind kind;
    int32_t key;   ///< of PLAY_KEY: a character or enum play_key
    bool shift;    ///< held with the key, or with the mouse
    int32_t x, y;  ///< of the mouse, in pixels of the picture
    int32_t turns; ///< of PLAY_WHEEL: upwards is positive
};

/// What is left to whoever has the window.
enum play_wish { PLAY_NOTHING, PLAY_QUIT, PLAY_SHOT };

enum { PLAY_SPEEDS = 16 };

struct play {
    const struct story *story;
    struct layout layout;
    int64_t now_us;
    int64_t rest;           ///< of an instant, in 1/1000 us of the run
    int32_t speed;          ///< index; play_speed_permille
    int64_t exact_permille; ///< asked for instead; 0 not
    bool running;
    bool follow; ///< drawings keep the nozzle in their middle
    bool help;
    int64_t from_us, span_us; ///< shown by the charts
    struct look side, top;
    enum view_panel active; ///< what zoom keys act on
    enum view_panel held;   ///< where the mouse was pressed; VIEW_PANELS: it is not
    bool pans;              ///< ... and moves what is shown rather than the time
    int32_t held_x, held_y;
};

/// Begin at the beginning, at real time, standing still. Borrows the story.
void play_open(struct play *play, const struct story *story);

/// The window has (now) this size and scale.
void play_size(struct play *play, int32_t width, int32_t height, int32_t scale);

/// Time passed on the wall. Stops at the end of the run.
void play_tick(struct play *play, int64_t wall_us);

/// Go to an instant of the run (held at its ends); the charts show it.
void play_seek(struct play *play, int64_t t_us);

/// The same from elsewhere: time stands still, and the charts show all of the cuts' scene when it is there.
void play_jump(struct play *play, int64_t t_us);

/// Do what a key or the mouse asks for. Returns what is left to do.
enum play_wish play_input(struct play *play, const struct play_input *input);

/// Speed, in thousandths of real time: 100 to 10,000,000.
int64_t play_speed_permille(int32_t speed);
/// At which it plays: that of its index, or what was asked for until keys change it.
int64_t play_permille(const struct play *play);

/// Find the instant that `text` names: "cut" (the first), "cut:2", "event:123", "nv:45", "resume", "end", or a time ("90s", "37min", "0:37:11.383") of the run. Returns 0,
/// -EINVAL for what is none of these, -ENOENT for what the trace has not.
int play_find(const struct story *story, const char *text, int64_t *t_us);

#endif
