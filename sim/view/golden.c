// Compares pictures with golden ones, and leaves a picture of what differs.
// SPDX-License-Identifier: MIT
#include "sim/view/golden.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/view/png.h"

static int32_t away(uint32_t a, uint32_t b)
{
    int32_t most = 0;

    for (int shift = 0; shift < 24; shift += 8) {
        int32_t by = abs((int32_t)(a >> shift & 255) - (int32_t)(b >> shift & 255));
        most = by > most ? by : most;
    }
    return most;
}

/// How many pixels differ; `diff` gets a picture of it.
static int32_t differing(const struct canvas *is, const struct canvas *was, struct canvas *diff)
{
    int32_t count = 0;

    for (int32_t i = 0; i < is->width * is->height; i++) {
        bool other = away(is->pixel[i], was->pixel[i]) > GOLDEN_TOLERANCE;
        count += other;
        diff->pixel[i] = other ? 0xffff0000u : 0xff000000u | (is->pixel[i] >> 2 & 0x3f3f3fu);
    }
    return count;
}

/// Leave both pictures (`diff` may be NULL) in a folder of their own, and say so behind `reason`.
static int leave(const struct canvas *is, const struct canvas *diff, const char *reason,
                 char message[GOLDEN_MESSAGE])
{
    char dir[] = "/tmp/plr_view_XXXXXX", actual[64], red[64];

    if (!mkdtemp(dir)) {
        snprintf(message, GOLDEN_MESSAGE, "%s; no folder for what differs: %s", reason,
                 strerror(errno));
        return -EBADMSG;
    }
    snprintf(actual, sizeof actual, "%s/actual.png", dir);
    snprintf(red, sizeof red, "%s/diff.png", dir);
    int bad = png_write_canvas(actual, is);
    bad = bad || !diff ? bad : png_write_canvas(red, diff);
    if (bad)
        snprintf(message, GOLDEN_MESSAGE, "%s; %s: cannot be written: %s", reason, dir,
                 strerror(-bad));
    else
        snprintf(message, GOLDEN_MESSAGE, "%s; look at %s%s%s", reason, actual, diff ? " and " : "",
                 diff ? red : "");
    return -EBADMSG;
}

int golden_compare(const struct canvas *is, const char *path, char message[GOLDEN_MESSAGE])
{
    struct canvas was, diff;
    char reason[256];

    message[0] = '\0';
    int bad = png_read_canvas(path, &was);
    if (bad) {
        snprintf(message, GOLDEN_MESSAGE, "%.200s: cannot be read: %s", path, strerror(-bad));
        return bad;
    }
    if (is->width != was.width || is->height != was.height) {
        snprintf(reason, sizeof reason, "%.160s: %dx%d pixels, and not %dx%d", path, (int)is->width,
                 (int)is->height, (int)was.width, (int)was.height);
        canvas_close(&was);
        return leave(is, NULL, reason, message);
    }
    bad = canvas_open(&diff, is->width, is->height);
    int32_t count = bad ? 0 : differing(is, &was, &diff);
    canvas_close(&was);
    if (bad) {
        snprintf(message, GOLDEN_MESSAGE, "no memory to compare %.200s", path);
        return bad;
    }
    snprintf(reason, sizeof reason, "%.200s: %d pixels differ", path, (int)count);
    bad = count > GOLDEN_FEW ? leave(is, &diff, reason, message) : 0;
    canvas_close(&diff);
    return bad;
}
