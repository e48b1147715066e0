// Pictures of a run without a window.
// SPDX-License-Identifier: MIT
#include "sim/view/shots.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/view/png.h"

enum { PATH_ROOM = 4096 };

static int say(char message[SHOTS_MESSAGE], int bad, const char *path)
{
    if (bad == -ENOTSUP)
        snprintf(message, SHOTS_MESSAGE,
                 "this plr-sim was built without libpng and writes no pictures");
    else if (bad == -EEXIST)
        snprintf(message, SHOTS_MESSAGE,
                 "%.160s holds frames of a film already: name another folder, or empty it", path);
    else
        snprintf(message, SHOTS_MESSAGE, "%.160s: cannot be written: %.60s", path, strerror(-bad));
    return bad;
}

static int open_scene(struct scene **scene, const struct story *story, struct play *play,
                      int32_t width, int32_t height, int32_t scale, char message[SHOTS_MESSAGE])
{
    int bad = scene_open(scene, story, width, height, scale);

    if (bad == -EINVAL)
        snprintf(message, SHOTS_MESSAGE,
                 "%dx%d at %d %% is no size: at least %dx%d at 100 %% (as a page %dx%d), scaled by "
                 "50 to 400 %%",
                 (int)width, (int)height, (int)scale, LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN,
                 LAYOUT_TALL_WIDTH_MIN, LAYOUT_TALL_MIN);
    else if (bad)
        snprintf(message, SHOTS_MESSAGE, "no memory for a picture of %dx%d", (int)width,
                 (int)height);
    else
        play_size(play, width, height, scale);
    return bad;
}

int shots_one(const struct story *story, struct play *play, int32_t width, int32_t height,
              int32_t scale, const char *path, char message[SHOTS_MESSAGE])
{
    struct scene *scene;

    int bad = open_scene(&scene, story, play, width, height, scale, message);
    if (bad)
        return bad;
    bad = png_write_canvas(path, scene_draw(scene, play));
    scene_close(scene);
    return bad ? say(message, bad, path) : 0;
}

/// The next frame. Returns 0 or a negative errno; `path` says where it went.
static int write_frame(struct scene *scene, const struct play *play, const char *dir,
                       int32_t number, char path[PATH_ROOM])
{
    int n = snprintf(path, PATH_ROOM, "%s/%06d.png", dir, (int)number);

    return n >= PATH_ROOM ? -ENAMETOOLONG : png_write_canvas(path, scene_draw(scene, play));
}

/// Is this the name of a frame?
static bool is_frame(const char *name)
{
    size_t digits = strspn(name, "0123456789");

    return digits >= 6 && !strcmp(name + digits, ".png");
}

/// A folder for a film, made if there is none: frames of another one in it would play on behind this one's. Returns 0 or a negative errno.
static int open_folder(const char *path)
{
    const struct dirent *entry;
    int bad = 0;

    if (!mkdir(path, 0777))
        return 0;
    DIR *dir = errno == EEXIST ? opendir(path) : NULL;
    if (!dir)
        return -errno;
    while (!bad && (entry = readdir(dir)))
        bad = is_frame(entry->d_name) ? -EEXIST : 0;
    closedir(dir);
    return bad;
}

int shots_film(const struct story *story, struct play *play, int32_t width, int32_t height,
               int32_t scale, const char *dir, int64_t until_us, int32_t *count,
               char message[SHOTS_MESSAGE])
{
    struct scene *scene;
    char path[PATH_ROOM];

    *count = 0;
    int bad = open_folder(dir);
    if (bad)
        return say(message, bad, dir);
    bad = open_scene(&scene, story, play, width, height, scale, message);
    if (bad)
        return bad;
    play->running = true;
    while (!bad) {
        bad = write_frame(scene, play, dir, ++*count, path);
        if (bad)
            say(message, bad, path);
        if (play->now_us >= until_us || !play->running)
            break;
        play_tick(play, 1000000 / SHOTS_A_SECOND);
    }
    play->running = false;
    scene_close(scene);
    return bad;
}
