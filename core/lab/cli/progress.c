// Progress: a line redrawn on a terminal, a plain line each tenth elsewhere.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 24 };

void lab_progress_begin(struct lab_progress *progress, FILE *out, bool quiet, const char *label)
{
    assert(progress && out && label);
    const char *term = getenv("TERM");
    int file = fileno(out);
    *progress = (struct lab_progress){
        .out = out, .quiet = quiet, .shown_permille = -1, .begun = time(NULL)};
    progress->terminal = file >= 0 && isatty(file) && !(term && strcmp(term, "dumb") == 0);
    snprintf(progress->label, sizeof progress->label, "%s", label);
}

/// " 12 s left", once there is something to reckon with.
static void left(const struct lab_progress *progress, int permille, char *out, size_t room)
{
    double seconds = difftime(time(NULL), progress->begun);

    out[0] = '\0';
    if (permille > 0 && permille < 1000 && seconds >= 2.0)
        snprintf(out, room, ", %.0f s left", seconds * (1000 - permille) / permille);
}

static void redraw(struct lab_progress *progress, int permille, const char *what)
{
    char bar[BAR + 1], rest[32];
    for (int n = 0; n < BAR; n++)
        bar[n] = n * 1000 < permille * BAR ? '#' : '.';
    bar[BAR] = 0;
    left(progress, permille, rest, sizeof rest);
    fprintf(progress->out, "\r%s [%s] %3d %%  %.48s%s\033[K", progress->label, bar, permille / 10,
            what, rest);
    fflush(progress->out);
    progress->drawn = true;
}

void lab_progress_step(struct lab_progress *progress, int64_t done, int64_t total, const char *what)
{
    assert(progress && what);
    if (progress->quiet || total <= 0 || done < 0)
        return;
    // in parts, so that large totals do not overflow
    int64_t unit = total > 1000000 ? total / 1000000 : 1;
    int64_t exact = done >= total ? 1000 : done / unit * 1000 / (total / unit);
    int permille = exact > 1000 ? 1000 : (int)exact;
    int step = progress->terminal ? 5 : 100;
    if (permille / step == progress->shown_permille / step && progress->shown_permille >= 0)
        return;
    bool first = progress->shown_permille < 0;
    progress->shown_permille = permille;
    if (progress->terminal)
        redraw(progress, permille, what);
    else if (!first)
        fprintf(progress->out, "%s: %d %%%s%s\n", progress->label, permille / 10,
                what[0] ? ", " : "", what);
}

void lab_progress_end(struct lab_progress *progress)
{
    assert(progress);
    if (progress->drawn) {
        fputs("\r\033[K", progress->out);
        fflush(progress->out);
    }
    progress->drawn = false;
}
