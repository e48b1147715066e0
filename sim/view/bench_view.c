// How much a frame of the view costs while a recorded run is played: rows of the Markdown table that ci/bench prints.
// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // syscall

#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/lab/trace/trace.h"
#include "core/plr/base.h"
#include "sim/view/scene.h"

enum { WIDTH = 1440, HEIGHT = 900, FRAMES = 300, FRAME_US = 16667 };

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "bench_view: %s:%d: assertion failed: %s\n", file, line, what);
    abort();
}

/// Instructions of this process from now on; -1 where the kernel does not count them.
static int open_counter(void)
{
    struct perf_event_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_HARDWARE;
    attr.config = PERF_COUNT_HW_INSTRUCTIONS;
    attr.exclude_kernel = 1;
    attr.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int64_t counted(int counter)
{
    int64_t count;

    return counter >= 0 && read(counter, &count, sizeof count) == sizeof count ? count : -1;
}

static double processor_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Play FRAMES frames from just before the first cut on.
static int bench(const struct story *story, int32_t speed, int counter)
{
    struct play play;
    struct scene *scene;

    play_open(&play, story);
    play_size(&play, WIDTH, HEIGHT, 100);
    if (scene_open(&scene, story, WIDTH, HEIGHT, 100))
        return 1;
    play.speed = speed;
    play_seek(&play, story->scene_us);
    scene_draw(scene, &play);
    int64_t before = counted(counter);
    double begun = processor_s();
    int32_t frames = 0;
    for (play.running = true; frames < FRAMES && play.running; frames++) {
        play_tick(&play, FRAME_US);
        scene_draw(scene, &play);
    }
    double took = processor_s() - begun;
    int64_t done = counted(counter) - before;
    scene_close(scene);
    printf("| view at %" PRId64
           " times real time | %.0f frames/s | aim 60; %d by %d, %zu moves; by processor time",
           play_speed_permille(speed) / 1000, frames / took, WIDTH, HEIGHT, story->trace->motions);
    if (before >= 0)
        printf("; %.1f million instructions a frame", (double)done / frames * 1e-6);
    printf(" |\n");
    return 0;
}

int main(int argc, char **argv)
{
    static const int32_t speeds[] = {3, 9, PLAY_SPEEDS - 1};
    struct lab_trace *trace = calloc(1, sizeof *trace);
    struct lab_error err = {0};
    struct story story;

    if (argc != 2 || !trace) {
        fprintf(stderr, "usage: bench_view TRACE\n");
        return 2;
    }
    if (lab_trace_read_file(argv[1], trace, &err)) {
        lab_error_print(stderr, &err);
        return 2;
    }
    int bad = story_open(&story, trace) != 0, counter = open_counter();
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds && !bad; i++)
        bad = bench(&story, speeds[i], counter);
    story_close(&story);
    lab_trace_free(trace);
    free(trace);
    return bad;
}
