// A window that shows a scene, by SDL2.
// SPDX-License-Identifier: MIT
#include "sim/view/window.h"

#include <SDL.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FRAME_MS = 16, SLEEP_MS = 250 };

struct window {
    const struct story *story;
    struct play *play;
    const struct window_ask *ask;
    SDL_Window *sdl;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    struct scene *scene;
    int pixels_w, pixels_h;       ///< of the window
    int32_t width, height, scale; ///< of the picture; wanted, which may be more than fits
    uint64_t ticks;               ///< of SDL's clock, when time was last let pass
    bool over;
};

bool window_can(void)
{
    return true;
}

// --- size -------------------------------------------------------------------------------------------------------

/// How much larger than on a plain display text should be, percent: by pixels in a unit of the window, or else by their density.
static int32_t scale_of(const struct window *w, int pixels, int units)
{
    float dpi = 0;

    if (w->ask->scale)
        return w->ask->scale;
    if (pixels > units && units > 0)
        return pixels * 100 / units;
    if (SDL_GetDisplayDPI(SDL_GetWindowDisplayIndex(w->sdl), NULL, &dpi, NULL))
        return 100;
    return dpi >= 190 ? 200 : dpi >= 140 ? 150 : 100;
}

/// A scene and a texture for the window's size; nothing when that is as it was. What is larger than the window is shown scaled down.
static int fit(struct window *w)
{
    int pixels_w = 0, pixels_h = 0, units_w = 0, units_h = 0;

    SDL_GetRendererOutputSize(w->renderer, &pixels_w, &pixels_h);
    SDL_GetWindowSize(w->sdl, &units_w, &units_h);
    int32_t scale = scale_of(w, pixels_w, units_w);
    if (w->scene && pixels_w == w->pixels_w && pixels_h == w->pixels_h && scale == w->scale)
        return 0;
    scene_close(w->scene);
    w->scene = NULL;
    int32_t fits = scale;
    w->pixels_w = w->width = pixels_w;
    w->pixels_h = w->height = pixels_h;
    w->scale = scale;
    scene_fit(&w->width, &w->height, &fits);
    int bad = scene_open(&w->scene, w->story, w->width, w->height, fits);
    if (bad)
        return bad;
    if (w->texture)
        SDL_DestroyTexture(w->texture);
    w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_ARGB8888,
                                   SDL_TEXTUREACCESS_STREAMING, w->width, w->height);
    if (!w->texture)
        return -ENOMEM;
    SDL_SetTextureBlendMode(w->texture, SDL_BLENDMODE_NONE);
    if (w->width != pixels_w || w->height != pixels_h)
        SDL_SetTextureScaleMode(w->texture, SDL_ScaleModeLinear);
    play_size(w->play, w->width, w->height, fits);
    return 0;
}

// --- what the operator does -------------------------------------------------------------------------------------

static int32_t special_key(SDL_Keycode key)
{
    switch (key) {
    case SDLK_RIGHT: return PLAY_KEY_RIGHT;
    case SDLK_LEFT: return PLAY_KEY_LEFT;
    case SDLK_UP: return PLAY_KEY_UP;
    case SDLK_DOWN: return PLAY_KEY_DOWN;
    case SDLK_HOME: return PLAY_KEY_HOME;
    case SDLK_END: return PLAY_KEY_END;
    case SDLK_TAB: return PLAY_KEY_TAB;
    case SDLK_ESCAPE: return PLAY_KEY_ESCAPE;
    case SDLK_F1: return PLAY_KEY_HELP;
    default: return 0;
    }
}

static void heard(struct window *w, const struct play_input *in)
{
    switch (play_input(w->play, in)) {
    case PLAY_QUIT: w->over = true; break;
    case PLAY_SHOT: w->ask->shot(w->ask->ctx, scene_draw(w->scene, w->play), w->play); break;
    case PLAY_NOTHING: break;
    }
}

/// A place of the window in pixels of the picture.
static void to_pixels(const struct window *w, int x, int y, struct play_input *in)
{
    int units_w = 1, units_h = 1;

    SDL_GetWindowSize(w->sdl, &units_w, &units_h);
    in->x = (int32_t)((int64_t)x * w->width / (units_w > 0 ? units_w : 1));
    in->y = (int32_t)((int64_t)y * w->height / (units_h > 0 ? units_h : 1));
    in->shift = SDL_GetModState() & KMOD_SHIFT;
}

static void mouse(struct window *w, const SDL_Event *event)
{
    struct play_input in = {0};
    int x = 0, y = 0;

    if (event->type == SDL_MOUSEWHEEL) {
        SDL_GetMouseState(&x, &y);
        in.kind = PLAY_WHEEL;
        in.turns = event->wheel.y;
    } else if (event->type == SDL_MOUSEMOTION) {
        in.kind = PLAY_MOVE;
        x = event->motion.x;
        y = event->motion.y;
    } else {
        in.kind = event->type == SDL_MOUSEBUTTONDOWN ? PLAY_PRESS : PLAY_RELEASE;
        x = event->button.x;
        y = event->button.y;
    }
    to_pixels(w, x, y, &in);
    heard(w, &in);
}

/// Keys that write come as what they write, whatever the keyboard; the others by their name.
static void handle(struct window *w, const SDL_Event *event)
{
    struct play_input in = {.kind = PLAY_KEY};

    switch (event->type) {
    case SDL_QUIT: w->over = true; break;
    case SDL_KEYDOWN:
        in.key = special_key(event->key.keysym.sym);
        if (in.key)
            heard(w, &in);
        break;
    case SDL_TEXTINPUT:
        in.key = (unsigned char)event->text.text[0];
        heard(w, &in);
        break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
    case SDL_MOUSEMOTION:
    case SDL_MOUSEWHEEL: mouse(w, event); break;
    default: break;
    }
}

// --- frames -----------------------------------------------------------------------------------------------------

static int show(struct window *w)
{
    int bad = fit(w);

    if (bad)
        return bad;
    const struct canvas *picture = scene_draw(w->scene, w->play);
    SDL_UpdateTexture(w->texture, NULL, picture->pixel,
                      picture->width * (int)sizeof *picture->pixel);
    SDL_RenderCopy(w->renderer, w->texture, NULL, NULL);
    SDL_RenderPresent(w->renderer);
    return 0;
}

/// Let the run go on by as much as passed on the wall; a long sleep of this program is not caught up.
static void pass(struct window *w)
{
    uint64_t now = SDL_GetTicks64(), by = now - w->ticks;

    w->ticks = now;
    play_tick(w->play, (int64_t)(by < SLEEP_MS ? by : SLEEP_MS) * 1000);
}

/// While the run stands still nothing is drawn until the operator does something.
static int loop(struct window *w)
{
    int bad = show(w);

    while (!bad && !w->over) {
        SDL_Event event;
        bool moved = w->play->running;
        uint64_t begun = SDL_GetTicks64();
        if (SDL_WaitEventTimeout(&event, moved ? 0 : SLEEP_MS)) {
            do {
                handle(w, &event);
            } while (SDL_PollEvent(&event));
            moved = true;
        }
        pass(w);
        if (!moved)
            continue;
        bad = show(w);
        uint64_t took = SDL_GetTicks64() - begun;
        if (took < FRAME_MS)
            SDL_Delay((uint32_t)(FRAME_MS - took));
    }
    return bad;
}

/// Has SDL fallen back to a driver that shows nothing, although nobody asked for it? Such a window could never be closed.
static bool unseen(void)
{
    static const char *const blind[] = {"dummy", "evdev", "offscreen"};
    const char *driver = SDL_GetCurrentVideoDriver();

    if (SDL_GetHint(SDL_HINT_VIDEODRIVER)) // the environment's SDL_VIDEODRIVER, too
        return false;
    for (size_t i = 0; driver && i < sizeof blind / sizeof *blind; i++)
        if (!strcmp(driver, blind[i]))
            return true;
    return !driver;
}

static int open_window(struct window *w, char message[WINDOW_MESSAGE])
{
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "nearest");
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1"); // Ctrl+C ends the program as ever
    if (SDL_Init(SDL_INIT_VIDEO)) {
        snprintf(message, WINDOW_MESSAGE, "no window: %s", SDL_GetError());
        return -ENODEV;
    }
    if (unseen()) {
        snprintf(message, WINDOW_MESSAGE, "no display: use --screenshot");
        return -ENODEV;
    }
    w->sdl = SDL_CreateWindow(w->ask->title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                              w->ask->width, w->ask->height,
                              SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    w->renderer = w->sdl ? SDL_CreateRenderer(w->sdl, -1, 0) : NULL;
    if (!w->renderer) {
        snprintf(message, WINDOW_MESSAGE, "no window: %s", SDL_GetError());
        return -ENODEV;
    }
    SDL_SetWindowMinimumSize(w->sdl, LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN);
    SDL_StartTextInput();
    w->ticks = SDL_GetTicks64();
    return 0;
}

int window_run(const struct story *story, struct play *play, const struct window_ask *ask,
               char message[WINDOW_MESSAGE])
{
    struct window w = {.story = story, .play = play, .ask = ask};

    message[0] = '\0';
    int bad = open_window(&w, message);
    if (!bad)
        bad = loop(&w);
    if (bad && !message[0])
        snprintf(message, WINDOW_MESSAGE, "no memory for a window of this size");
    scene_close(w.scene);
    if (w.texture)
        SDL_DestroyTexture(w.texture);
    if (w.renderer)
        SDL_DestroyRenderer(w.renderer);
    if (w.sdl)
        SDL_DestroyWindow(w.sdl);
    SDL_Quit();
    return bad;
}
