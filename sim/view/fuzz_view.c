// Fuzzing the view: any trace that the reader accepts can be told and drawn, at every instant and zoom.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "core/lab/trace/fuzz_trace.h"
#include "core/lab/trace/trace.h"
#include "sim/view/scene.h"

/// As small as there are: the fuzzer wants many.
enum {
    SCALE = 50,
    WIDTH = LAYOUT_WIDTH_MIN * SCALE / 100,
    HEIGHT = LAYOUT_HEIGHT_MIN * SCALE / 100
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void draw(const struct story *story)
{
    static const char keys[] = "c-f+n";
    struct play play;
    struct scene *scene;

    play_open(&play, story);
    play_size(&play, WIDTH, HEIGHT, SCALE);
    if (scene_open(&scene, story, WIDTH, HEIGHT, SCALE))
        abort();
    scene_draw(scene, &play);
    play_seek(&play, story->end_us / 2 + story->begin_us / 2);
    for (const char *k = keys; *k; k++)
        play_input(&play, &(struct play_input){.kind = PLAY_KEY, .key = *k});
    scene_draw(scene, &play);
    play_seek(&play, story->end_us);
    scene_draw(scene, &play);
    scene_close(scene);
}

static void show(const uint8_t *bytes, size_t size)
{
    static struct lab_trace trace;
    struct lab_error err = {0};
    struct story story;

    if (!lab_trace_read("x.trace", bytes, size, &trace, &err) && !story_open(&story, &trace)) {
        draw(&story);
        story_close(&story);
    }
    lab_trace_free(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[FUZZ_TRACE_ROOM];

    show(data, size);
    if (size <= FUZZ_TRACE_RECORDS)
        show(file, fuzz_trace_whole(data, size, file));
    return 0;
}
