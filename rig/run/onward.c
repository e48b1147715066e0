// Comparing where a print went on with where it was cut.
// SPDX-License-Identifier: MIT
#include "rig/run/onward.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig/run/walk.h"

enum { AHEAD_US = 2000000, FASTER = 4 };
static const int64_t longest_us = INT64_C(86400000000);

/// A line of the job: the how-manieth layer it is in (a file of several objects counts its numbers from 0 again), by which number, and how
/// long the print takes at least up to its end.
struct place {
    int64_t layers;
    int32_t layer;
    int64_t us;
};

/// A walk that counts these.
struct count {
    struct run_walk walk;
    struct place place;
    bool extrudes;
};

static void begin(struct count *count)
{
    run_walk_begin(&count->walk);
    count->place = (struct place){.layer = count->walk.modal.layer.number};
}

static int64_t longest(int64_t a, int64_t b)
{
    return llabs(b) > a ? llabs(b) : a;
}

/// Its longest axis at its feed: no move is done sooner.
static int64_t least_us(const struct plr_action *action)
{
    int64_t nm = 0;

    for (int i = 0; i < 3; i++)
        nm = longest(nm, action->to_nm[i] - action->from_nm[i]);
    if (!nm)
        nm = llabs(action->e_nm);
    return action->feed_nm_s > 0 && nm < INT64_C(10000000000) ? nm * 1000000 / action->feed_nm_s
                                                              : 0;
}

static bool next(struct count *count, const struct lab_job *job)
{
    struct plr_action action;
    bool known;

    if (!run_walk_line(&count->walk, job, &action, &known))
        return false;
    if (known && run_walk_moves(&action))
        count->place.us += least_us(&action);
    count->extrudes = known && run_walk_moves(&action) && action.extrudes;
    count->place.layers += count->place.layer != count->walk.modal.layer.number;
    count->place.layer = count->walk.modal.layer.number;
    return true;
}

/// The line that holds a byte; behind the end the last one.
static struct place find(const struct lab_job *job, int64_t byte)
{
    struct count count;

    begin(&count);
    while (count.walk.next <= byte && next(&count, job))
        continue;
    return count.place;
}

/// From where on a print that was cut there may go on: a layer begins behind the last extrusion before it, with the marks and the way there.
static int64_t first_byte(const struct lab_job *job, const struct place *cut)
{
    struct count count;
    int64_t begins = 0;

    begin(&count);
    while (next(&count, job) && count.place.layers < cut->layers - 1 &&
           count.place.us < cut->us - AHEAD_US)
        begins = count.extrudes ? count.walk.next : begins;
    return begins;
}

/// And up to where.
static int64_t last_byte(const struct lab_job *job, const struct place *cut, int64_t unheard_us)
{
    int64_t more_us = AHEAD_US + FASTER * (unheard_us < longest_us ? unheard_us : longest_us);
    struct count count;
    int64_t end_us = 0;

    begin(&count);
    while (next(&count, job)) {
        if (count.place.layers <= cut->layers + 1)
            end_us = count.place.us;
        else if (count.place.us - end_us > more_us)
            return count.walk.next;
    }
    return INT64_MAX;
}

bool run_misplaced(const struct lab_job *job, int64_t cut_at, int64_t at, int64_t unheard_us,
                   char why[RUN_ONWARD])
{
    struct place cut = find(job, cut_at), on = find(job, at);
    bool before = at < first_byte(job, &cut);

    if (!before && at <= last_byte(job, &cut, unheard_us))
        return false;
    if (!on.layers) // what comes before the first layer is told as that
        on = (struct place){.layers = 1};
    int64_t layers = llabs(cut.layers - on.layers), bytes = llabs(cut_at - at);
    snprintf(why, RUN_ONWARD,
             "it went on at byte %" PRId64 ", layer %" PRId32 ": %" PRId64 " byte%s and %" PRId64
             " layer%s %s the cut",
             at, on.layer, bytes, bytes == 1 ? "" : "s", layers, layers == 1 ? "" : "s",
             before ? "before" : "behind");
    return true;
}
