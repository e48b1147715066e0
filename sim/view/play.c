// Time, speed, zoom and pan.
// SPDX-License-Identifier: MIT
#include "sim/view/play.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/units.h"

enum {
    REAL_TIME = 3,        ///< index of 1x
    FRAMES_A_SECOND = 60, ///< a single step is one of these
    ZOOM_MAX = 44,
    ZOOM_MIN = -6,
    SPAN_MIN_US = 2000
};

int64_t play_speed_permille(int32_t speed)
{
    static const int64_t permille[PLAY_SPEEDS] = {
        100,   200,    500,    1000,   2000,    5000,    10000,   20000,
        50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000};

    return permille[speed];
}

int64_t play_permille(const struct play *play)
{
    return play->exact_permille ? play->exact_permille : play_speed_permille(play->speed);
}

static int64_t held(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

// --- time -------------------------------------------------------------------------------------------------------

/// The charts show the scene of the cuts, if now is in it and they show as much. Do they?
static bool show_scene(struct play *play)
{
    const struct story *s = play->story;

    if (play->span_us < s->scene_end_us - s->scene_us || play->now_us < s->scene_us ||
        play->now_us > s->scene_end_us)
        return false;
    play->from_us = s->scene_us;
    return true;
}

/// The charts show `now`: they stay while it is in them, and turn a page at their end.
static void show_now(struct play *play)
{
    if (play->now_us >= play->from_us && play->now_us <= play->from_us + play->span_us)
        return;
    if (show_scene(play))
        return;
    // a page begins with what was, and shows no more than a little of what lies outside the run
    int64_t last = play->story->end_us - play->span_us * 19 / 20;
    int64_t first = play->story->begin_us - play->span_us / 20;
    play->from_us = play->now_us - play->span_us / 10;
    play->from_us = play->from_us > last ? last : play->from_us;
    play->from_us = play->from_us < first ? first : play->from_us;
}

void play_seek(struct play *play, int64_t t_us)
{
    play->now_us = held(t_us, play->story->begin_us, play->story->end_us);
    play->rest = 0;
    show_now(play);
}

void play_jump(struct play *play, int64_t t_us)
{
    play->running = false;
    play_seek(play, t_us);
    show_scene(play);
}

void play_tick(struct play *play, int64_t wall_us)
{
    if (!play->running)
        return;
    int64_t passed = wall_us * play_permille(play) + play->rest;
    play->rest = passed % 1000;
    play->now_us += passed / 1000;
    if (play->now_us >= play->story->end_us) {
        play->now_us = play->story->end_us;
        play->running = false;
        play->rest = 0;
    }
    show_now(play);
}

void play_open(struct play *play, const struct story *story)
{
    *play = (struct play){.story = story,
                          .speed = REAL_TIME,
                          .now_us = story->begin_us,
                          .from_us = story->scene_us,
                          .span_us = story->scene_end_us - story->scene_us,
                          .active = VIEW_CHARTS,
                          .held = VIEW_PANELS};
    play_size(play, 1440, 900, 100);
    show_now(play);
}

void play_size(struct play *play, int32_t width, int32_t height, int32_t scale)
{
    layout_make(&play->layout, width, height, scale);
}

/// To thing number `at` of an array whose members begin with their time; -1 is none.
static void seek_thing(struct play *play, const void *first, size_t stride, int64_t at)
{
    int64_t t_us;

    if (at < 0)
        return;
    memcpy(&t_us, (const char *)first + (size_t)at * stride, sizeof t_us);
    play->running = false;
    play_seek(play, t_us);
}

static void seek_event(struct play *play, int direction)
{
    const struct lab_trace *trace = play->story->trace;

    seek_thing(play, trace->event, sizeof *trace->event,
               story_next_event(play->story, play->now_us, direction));
}

static void seek_nv(struct play *play, int direction)
{
    const struct lab_trace *trace = play->story->trace;

    seek_thing(play, trace->nv, sizeof *trace->nv,
               story_next_nv(play->story, play->now_us, direction));
}

/// To the next cut; behind the last to the first again, and the other way round.
static void seek_cut(struct play *play, int direction)
{
    const struct lab_trace *trace = play->story->trace;
    int64_t at = story_next_cut(play->story, play->now_us, direction);

    if (at < 0 && trace->cuts)
        at = trace->cut[direction > 0 ? 0 : trace->cuts - 1].mains_us;
    if (at >= 0)
        play_jump(play, at);
}

/// To where power comes back, or printing goes on, after the newest cut (the first, before any).
static void seek_back(struct play *play, bool printing)
{
    const struct lab_trace *trace = play->story->trace;
    size_t cut = 0;

    while (cut + 1 < trace->cuts && trace->cut[cut + 1].mains_us <= play->now_us)
        cut++;
    if (cut >= trace->cuts)
        return;
    int64_t at = printing ? trace->cut[cut].first_extrusion_us : trace->cut[cut].back_us;
    if (at >= 0)
        play_jump(play, at);
}

static void step(struct play *play, int direction)
{
    play->running = false;
    int64_t by = play_permille(play) * 1000 / FRAMES_A_SECOND;
    play_seek(play, play->now_us + direction * by);
}

static void set_speed(struct play *play, int64_t speed)
{
    play->speed = (int32_t)held(speed, 0, PLAY_SPEEDS - 1);
    play->exact_permille = 0;
}

/// To the next of the keys' speeds; one that was asked for may lie between two of them.
static void change_speed(struct play *play, int by)
{
    int64_t now = play_permille(play);
    int32_t speed = 0;

    while (speed < PLAY_SPEEDS && play_speed_permille(speed) < now)
        speed++;
    bool on = speed < PLAY_SPEEDS && play_speed_permille(speed) == now;
    set_speed(play, by < 0 || on ? speed + by : speed);
}

// --- zoom and pan -----------------------------------------------------------------------------------------------

static int64_t instant_at(const struct play *play, int32_t x)
{
    const struct canvas_rect *r = &play->layout.time;

    return play->from_us + (int64_t)(x - r->x) * play->span_us / (r->w > 0 ? r->w : 1);
}

/// Zoom the charts by so many steps; what is at pixel x stays there.
static void zoom_time(struct play *play, int32_t steps, int32_t x)
{
    const struct story *s = play->story;
    const struct canvas_rect *r = &play->layout.time;
    int64_t fixed = instant_at(play, x), whole = s->end_us - s->begin_us;

    const int64_t most = whole + whole / 10 + SPAN_MIN_US;
    for (int32_t i = 0; i < steps && play->span_us > SPAN_MIN_US; i++)
        play->span_us = play->span_us * 4 / 5;
    for (int32_t i = 0; i > steps && play->span_us < most; i--)
        play->span_us = play->span_us * 5 / 4;
    play->span_us = held(play->span_us, SPAN_MIN_US, most);
    play->from_us = fixed - (int64_t)(x - r->x) * play->span_us / (r->w > 0 ? r->w : 1);
}

static struct look *look_of(struct play *play, enum view_panel panel)
{
    return panel == VIEW_SIDE ? &play->side : panel == VIEW_TOP ? &play->top : NULL;
}

static void zoom(struct play *play, enum view_panel panel, int32_t steps, int32_t x)
{
    struct look *look = look_of(play, panel);

    if (look)
        look->zoom = (int32_t)held(look->zoom + steps, ZOOM_MIN, ZOOM_MAX);
    else if (panel == VIEW_CHARTS)
        zoom_time(play, steps, x);
}

/// Everything as at first, of the panel that is active.
static void reset(struct play *play)
{
    struct look *look = look_of(play, play->active);

    if (look) {
        *look = (struct look){0};
        play->follow = false;
    } else {
        play->span_us = play->story->scene_end_us - play->story->scene_us;
        play->from_us = play->story->scene_us;
        show_now(play);
    }
}

/// What the keyboard zooms around: where the cursor stands.
static int32_t cursor_x(const struct play *play)
{
    const struct canvas_rect *r = &play->layout.time;

    return (int32_t)(r->x + (play->now_us - play->from_us) * r->w / play->span_us);
}

static void next_panel(struct play *play)
{
    play->active = play->active == VIEW_SIDE  ? VIEW_TOP
                   : play->active == VIEW_TOP ? VIEW_CHARTS
                                              : VIEW_SIDE;
}

// --- keys -------------------------------------------------------------------------------------------------------

/// Keys that go through time. False: it is none of them.
static bool time_key(struct play *play, int32_t key)
{
    switch (key) {
    case ' ':
        if (play->now_us >= play->story->end_us)
            play_seek(play, play->story->begin_us);
        play->running = !play->running;
        break;
    case '.': step(play, 1); break;
    case ',': step(play, -1); break;
    case PLAY_KEY_RIGHT: seek_event(play, 1); break;
    case PLAY_KEY_LEFT: seek_event(play, -1); break;
    case 'n': seek_nv(play, 1); break;
    case 'N': seek_nv(play, -1); break;
    case 'c': seek_cut(play, 1); break;
    case 'C': seek_cut(play, -1); break;
    case 'b': seek_back(play, false); break;
    case 'r': seek_back(play, true); break;
    case PLAY_KEY_HOME: play_seek(play, play->story->begin_us); break;
    case PLAY_KEY_END: play_seek(play, play->story->end_us); break;
    case ']':
    case PLAY_KEY_UP: change_speed(play, 1); break;
    case '[':
    case PLAY_KEY_DOWN: change_speed(play, -1); break;
    case '1': set_speed(play, REAL_TIME); break;
    default: return false;
    }
    return true;
}

static enum play_wish other_key(struct play *play, int32_t key)
{
    switch (key) {
    case '+':
    case '=': zoom(play, play->active, 1, cursor_x(play)); break;
    case '-': zoom(play, play->active, -1, cursor_x(play)); break;
    case '0': reset(play); break;
    case 'f': play->follow = !play->follow; break;
    case PLAY_KEY_TAB: next_panel(play); break;
    case 'h':
    case '?':
    case PLAY_KEY_HELP: play->help = !play->help; break;
    case 's': return PLAY_SHOT;
    case 'q': return PLAY_QUIT;
    case PLAY_KEY_ESCAPE:
        if (!play->help)
            return PLAY_QUIT;
        play->help = false;
        break;
    default: break;
    }
    return PLAY_NOTHING;
}

// --- mouse ------------------------------------------------------------------------------------------------------

/// Set the time to what is at the mouse.
static void scrub(struct play *play, int32_t x)
{
    const struct canvas_rect *r = &play->layout.run;
    const struct story *s = play->story;

    if (play->held == VIEW_CHARTS)
        play->now_us = held(held(instant_at(play, x), play->from_us, play->from_us + play->span_us),
                            s->begin_us, s->end_us);
    else
        play_seek(play, s->begin_us + (int64_t)(x - r->x) * (s->end_us - s->begin_us) /
                                          (r->w > 0 ? r->w : 1));
}

static void press(struct play *play, const struct play_input *in)
{
    enum view_panel panel = layout_hit(&play->layout, in->x, in->y);

    play->held = panel;
    play->held_x = in->x;
    play->held_y = in->y;
    play->pans = look_of(play, panel) || (panel == VIEW_CHARTS && in->shift);
    if (look_of(play, panel) || panel == VIEW_CHARTS)
        play->active = panel;
    if (!play->pans && (panel == VIEW_CHARTS || panel == VIEW_RUN))
        scrub(play, in->x);
}

/// What was under the mouse stays there.
static void drag(struct play *play, const struct play_input *in)
{
    struct look *look = look_of(play, play->held);
    int32_t dx = in->x - play->held_x, dy = in->y - play->held_y;

    if (look) {
        int64_t nm = look_nm_per_px(
            look, look_fit_nm(play->story, play->held, play->layout.panel[play->held]));
        look->pan_nm[0] -= dx * nm;
        look->pan_nm[1] += dy * nm;
    } else if (play->held == VIEW_CHARTS && play->pans) {
        const struct canvas_rect *r = &play->layout.time;
        play->from_us -= (int64_t)dx * play->span_us / (r->w > 0 ? r->w : 1);
    } else if (play->held == VIEW_CHARTS || play->held == VIEW_RUN) {
        scrub(play, in->x);
    }
    play->held_x = in->x;
    play->held_y = in->y;
}

enum play_wish play_input(struct play *play, const struct play_input *in)
{
    switch (in->kind) {
    case PLAY_KEY: return time_key(play, in->key) ? PLAY_NOTHING : other_key(play, in->key);
    case PLAY_PRESS: press(play, in); break;
    case PLAY_MOVE:
        if (play->held != VIEW_PANELS)
            drag(play, in);
        break;
    case PLAY_RELEASE: play->held = VIEW_PANELS; break;
    case PLAY_WHEEL: zoom(play, layout_hit(&play->layout, in->x, in->y), in->turns, in->x); break;
    }
    return PLAY_NOTHING;
}

// --- instants by name ---------------------------------------------------------------------------------------------

/// The number behind `word` and a colon. -1: it is something else.
static int64_t number_after(const char *text, const char *word)
{
    size_t n = strlen(word);
    char *end;

    if (strncmp(text, word, n) != 0 || text[n] != ':' || text[n + 1] < '0' || text[n + 1] > '9')
        return -1;
    errno = 0;
    long long number = strtoll(text + n + 1, &end, 10);
    return *end || errno ? -1 : number;
}

static int find_cut(const struct lab_trace *trace, int64_t number, int64_t *t_us)
{
    if (number < 1 || number > (int64_t)trace->cuts || trace->cut[number - 1].mains_us < 0)
        return -ENOENT;
    *t_us = trace->cut[number - 1].mains_us;
    return 0;
}

static int find_event(const struct lab_trace *trace, int64_t number, int64_t *t_us)
{
    for (size_t i = 0; i < trace->events; i++) {
        if (trace->event[i].number == number) {
            *t_us = trace->event[i].t_us;
            return 0;
        }
    }
    return -ENOENT;
}

static int find_resume(const struct lab_trace *trace, int64_t *t_us)
{
    if (!trace->cuts || trace->cut[trace->cuts - 1].first_extrusion_us < 0)
        return -ENOENT;
    *t_us = trace->cut[trace->cuts - 1].first_extrusion_us;
    return 0;
}

/// "0:37:11.383", as reports write it. False: it is something else.
static bool read_clock(const char *text, int64_t *t_us)
{
    int hours, minutes, seconds, ms = 0, end = 0;

    if (sscanf(text, "%4d:%2d:%2d%n", &hours, &minutes, &seconds, &end) != 3)
        return false;
    if (text[end] == '.') {
        int more = 0;
        if (sscanf(text + end + 1, "%3d%n", &ms, &more) != 1 || more != 3)
            return false;
        end += 1 + more;
    }
    if (text[end] || hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 ||
        ms < 0)
        return false;
    *t_us = (((int64_t)hours * 60 + minutes) * 60 + seconds) * 1000000 + ms * 1000;
    return true;
}

int play_find(const struct story *story, const char *text, int64_t *t_us)
{
    const struct lab_trace *trace = story->trace;
    int64_t number;

    if (!strcmp(text, "cut"))
        return find_cut(trace, 1, t_us);
    if (!strcmp(text, "resume"))
        return find_resume(trace, t_us);
    if (!strcmp(text, "end")) {
        *t_us = story->end_us;
        return 0;
    }
    if ((number = number_after(text, "cut")) >= 0)
        return find_cut(trace, number, t_us);
    if ((number = number_after(text, "event")) >= 0)
        return find_event(trace, number, t_us);
    if ((number = number_after(text, "nv")) >= 0) {
        if (number >= (int64_t)trace->nvs)
            return -ENOENT;
        *t_us = trace->nv[number].t_us;
        return 0;
    }
    if (!read_clock(text, t_us) && lab_quantity_parse(text, LAB_TIME, t_us, NULL) != LAB_Q_OK)
        return -EINVAL;
    if (*t_us < 0)
        return -EINVAL;
    // as a clock shows them, in ms, both ends are instants of the run
    if (*t_us > story->end_us || *t_us < story->begin_us / 1000 * 1000)
        return -ENOENT;
    *t_us = held(*t_us, story->begin_us, story->end_us);
    return 0;
}
