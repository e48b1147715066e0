// plr-sim view, and the options of a run that show it: from the command line to a window, a picture or a film.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/lab/doc/units.h"
#include "core/lab/trace/trace.h"
#include "sim/run/verbs.h"
#include "sim/view/shots.h"
#include "sim/view/png.h"
#include "sim/view/window.h"

enum { WIDTH = 1440, HEIGHT = 900, FILM_SPEED = 10, SPEED_MAX = 10000 };

/// What is to be shown, and how.
struct asked {
    const struct lab_cli *cli;
    int32_t width, height, scale; ///< pixels (of a window: its units); percent, 0 not said
};

static int wrong(const char *what, const char *text, const char *why)
{
    fprintf(stderr, "plr-sim: %s %s: %s\n", what, text, why);
    return LAB_EXIT_USAGE;
}

/// "1440x900".
static int read_size(const char *text, int32_t *width, int32_t *height)
{
    int w, h, end = 0;

    if (sscanf(text, "%5dx%5d%n", &w, &h, &end) != 2 || text[end] || w < 1 || h < 1 ||
        w > CANVAS_SIDE_MAX || h > CANVAS_SIDE_MAX)
        return wrong("--size", text, "WIDTHxHEIGHT in pixels is wanted, e.g. 1440x900");
    *width = w;
    *height = h;
    return LAB_EXIT_PASS;
}

/// Does a file's name say what is written into it?
static bool is_png(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && (!strcmp(dot, ".png") || !strcmp(dot, ".PNG"));
}

static int read_options(const struct lab_cli *cli, struct asked *out)
{
    if (cli->screenshot && !is_png(cli->screenshot))
        return wrong("--screenshot", cli->screenshot,
                     "pictures are PNG: a name that ends in .png is wanted");
    if (cli->screenshot && verb_writable("--screenshot", cli->screenshot) != LAB_EXIT_PASS)
        return LAB_EXIT_USAGE;
    *out = (struct asked){.cli = cli, .width = 0, .scale = (int32_t)cli->scale};
    if (cli->scale && (cli->scale < 50 || cli->scale > 400)) {
        fprintf(stderr, "plr-sim: --scale %d: 50 to 400 percent\n", (int)cli->scale);
        return LAB_EXIT_USAGE;
    }
    if (cli->speed > SPEED_MAX) {
        fprintf(stderr, "plr-sim: --speed %lld: a view has 1 to %d times real time\n",
                (long long)cli->speed, SPEED_MAX);
        return LAB_EXIT_USAGE;
    }
    if (cli->size)
        return read_size(cli->size, &out->width, &out->height);
    int32_t scale = out->scale ? out->scale : 100;
    out->width = WIDTH * scale / 100;
    out->height = HEIGHT * scale / 100;
    return LAB_EXIT_PASS;
}

/// Place `play` where --at asks for; `otherwise` when it is not given.
static int seek(const struct asked *a, const struct story *story, struct play *play,
                int64_t otherwise)
{
    const char *at = a->cli->at;
    int64_t t_us = otherwise;
    int bad = at ? play_find(story, at, &t_us) : 0;

    if (bad == -ENOENT) {
        char begin[PAINT_WORD], end[PAINT_WORD], why[2 * PAINT_WORD + 64];
        paint_clock(begin, story->begin_us);
        paint_clock(end, story->end_us);
        snprintf(why, sizeof why, "this run has no such instant; it goes from %s to %s", begin,
                 end);
        return wrong("--at", at, why);
    }
    if (bad)
        return wrong(
            "--at", at,
            "a time (90s, 0:37:11.383), cut, cut:2, resume, end, event:N or nv:N is wanted");
    play_jump(play, t_us);
    if (a->cli->speed)
        play->exact_permille = a->cli->speed * 1000;
    return LAB_EXIT_PASS;
}

static int said(const char *message, int bad)
{
    fprintf(stderr, "plr-sim: %s\n", message);
    return bad == -EINVAL || bad == -EEXIST || bad == -ENOTSUP || bad == -ENODEV ? LAB_EXIT_USAGE
                                                                                 : LAB_EXIT_INFRA;
}

static int picture(const struct asked *a, const struct story *story)
{
    char message[SHOTS_MESSAGE];
    struct play play;

    play_open(&play, story);
    int code = seek(a, story, &play, story->end_us);
    if (code != LAB_EXIT_PASS)
        return code;
    int bad = shots_one(story, &play, a->width, a->height, a->scale ? a->scale : 100,
                        a->cli->screenshot, message);
    return bad ? said(message, bad) : LAB_EXIT_PASS;
}

static int film(const struct asked *a, const struct story *story)
{
    char message[SHOTS_MESSAGE];
    struct play play;
    int32_t count;

    play_open(&play, story);
    play.exact_permille = FILM_SPEED * 1000;
    int code = seek(a, story, &play, story->scene_us);
    if (code != LAB_EXIT_PASS)
        return code;
    int64_t until = play.now_us < story->scene_end_us ? story->scene_end_us : story->end_us;
    int bad = shots_film(story, &play, a->width, a->height, a->scale ? a->scale : 100,
                         a->cli->record, until, &count, message);
    if (bad)
        return said(message, bad);
    if (!a->cli->quiet)
        fprintf(verb_people(a->cli), "%s: %d frames, %d a second\n", a->cli->record, (int)count,
                SHOTS_A_SECOND);
    return LAB_EXIT_PASS;
}

/// The operator's own pictures go to the current folder. Those of the same instant (zoomed, with the page of help) are numbered, and
/// none takes the place of another.
static void keep(void *ctx, const struct canvas *canvas, const struct play *play)
{
    long long ms = play->now_us / 1000;
    struct stat about;
    char path[64];

    (void)ctx;
    snprintf(path, sizeof path, "plr-sim-%lld.png", ms);
    for (int number = 2; !lstat(path, &about); number++)
        snprintf(path, sizeof path, "plr-sim-%lld-%d.png", ms, number);
    int bad = png_write_canvas(path, canvas);
    if (bad)
        fprintf(stderr, "plr-sim: %s: cannot be written: %s\n", path, strerror(-bad));
    else
        fprintf(stderr, "plr-sim: %s: written\n", path);
}

static int window(const struct asked *a, const struct story *story)
{
    char message[WINDOW_MESSAGE], title[320];
    const struct lab_trace_meta *meta = &story->trace->meta;
    struct play play;

    snprintf(title, sizeof title, "plr-sim %.255s", meta->scenario[0] ? meta->scenario : meta->id);
    play_open(&play, story);
    int code = seek(a, story, &play, story->begin_us);
    if (code != LAB_EXIT_PASS)
        return code;
    const struct window_ask ask = {
        .title = title, .width = a->width, .height = a->height, .scale = a->scale, .shot = keep};
    int bad = window_run(story, &play, &ask, message);
    return bad ? said(message, bad) : LAB_EXIT_PASS;
}

/// Everything that was asked for of a trace in memory.
static int show(const struct asked *a, const struct lab_trace *trace)
{
    struct story story;
    int code = LAB_EXIT_PASS;

    if (story_open(&story, trace)) {
        fprintf(stderr, "plr-sim: no memory for this trace\n");
        return LAB_EXIT_INFRA;
    }
    if (a->cli->screenshot)
        code = verb_worse(code, picture(a, &story));
    if (a->cli->record)
        code = verb_worse(code, film(a, &story));
    if (a->cli->view || (!a->cli->screenshot && !a->cli->record))
        code = verb_worse(code, window(a, &story));
    story_close(&story);
    return code;
}

bool verb_views(const struct lab_cli *cli)
{
    return cli->view || cli->screenshot || cli->record;
}

int verb_view_check(const struct lab_cli *cli)
{
    struct asked a;

    if (!verb_views(cli) && (cli->at || cli->size || cli->scale)) {
        fprintf(stderr,
                "plr-sim: --at, --size and --scale are of --view, --screenshot and --record\n");
        return LAB_EXIT_USAGE;
    }
    return verb_views(cli) ? read_options(cli, &a) : LAB_EXIT_PASS;
}

/// Read a trace, from memory or (bytes NULL) from the file `name`, and show it.
static int view(const struct lab_cli *cli, const char *name, const void *bytes, size_t size)
{
    struct lab_error err = {0};
    struct asked a;

    int code = read_options(cli, &a);
    if (code != LAB_EXIT_PASS)
        return code;
    struct lab_trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return verb_complain(&err, -ENOMEM);
    int bad = bytes ? lab_trace_read(name, bytes, size, trace, &err)
                    : lab_trace_read_file(name, trace, &err);
    if (!bad && trace->torn[0])
        fprintf(stderr, "plr-sim: %s%s: %s\n", name, trace->whole ? "" : " is torn", trace->torn);
    code = bad ? verb_complain(&err, bad) : show(&a, trace);
    lab_trace_free(trace);
    free(trace);
    return code;
}

int verb_view_trace(const struct lab_cli *cli, const char *name, const void *bytes, size_t size)
{
    return view(cli, name, bytes, size);
}

int verb_view(const struct lab_cli *cli)
{
    return view(cli, cli->operand[0], NULL, 0);
}
