// Comparing where a print went on, or ended, with where it was cut.
// SPDX-License-Identifier: MIT
#include "rig/run/onward.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rig/run/walk.h"

enum { FASTER = 4 };
static const int64_t longest_us = INT64_C(86400000000);

/// A line of the job: the how-manieth layer it is in (a file of several objects counts its numbers from 0 again), by which number, how many
/// moves come up to its end and how long they take at least.
struct place {
    int64_t layers;
    int32_t layer;
    int64_t us, moves;
    int64_t begun; ///< byte behind the last line that readies the printer for the first extrusion
    bool extruded; ///< something has been
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

/// Does it home, or heat and wait? No layer begins with that. (Somebody's own macro may do so, too, and nobody knows.)
static bool readies(const struct plr_action *action)
{
    return action->kind == PLR_ACT_HOME || action->kind == PLR_ACT_WAIT ||
           action->kind == PLR_ACT_START;
}

static bool next(struct count *count, const struct lab_job *job)
{
    struct plr_action action;
    struct place *place = &count->place;
    bool known;

    if (!run_walk_line(&count->walk, job, &action, &known))
        return false;
    bool moves = known && run_walk_moves(&action);
    place->us += moves ? least_us(&action) : 0;
    place->moves += moves;
    count->extrudes = moves && action.extrudes;
    place->extruded = place->extruded || count->extrudes;
    if (known && !place->extruded && readies(&action))
        place->begun = count->walk.next;
    place->layers += place->layer != count->walk.modal.layer.number;
    place->layer = count->walk.modal.layer.number;
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

/// What was printed for certain when the printer had read so far.
static struct place printed(const struct lab_job *job, const struct place *read,
                            const struct link_ahead *ahead)
{
    struct count count;
    struct place last;

    begin(&count);
    do
        last = count.place;
    while (next(&count, job) && count.place.us <= read->us - ahead->us &&
           count.place.moves <= read->moves - ahead->moves);
    return last;
}

/// From where on a print of which so much was printed may go on: a layer begins behind the last extrusion before it, with the marks and the
/// way there.
static int64_t first_byte(const struct lab_job *job, const struct place *printed)
{
    struct count count;
    int64_t begins = printed->extruded ? printed->begun : 0;

    begin(&count);
    while (next(&count, job) && count.place.layers < printed->layers - 1)
        begins = count.extrudes ? count.walk.next : begins;
    return begins;
}

/// And up to where.
static int64_t last_byte(const struct lab_job *job, const struct place *cut,
                         const struct run_onward *told)
{
    int64_t unheard_us = told->unheard_us < longest_us ? told->unheard_us : longest_us;
    int64_t more_us = told->ahead.us + FASTER * unheard_us;
    struct count count;
    struct place end = {0};

    begin(&count);
    while (next(&count, job)) {
        if (count.place.layers <= cut->layers + 1)
            end = count.place;
        else if (count.place.us - end.us > more_us &&
                 count.place.moves - end.moves > told->ahead.moves)
            return count.walk.next;
    }
    return INT64_MAX;
}

/// "7404 bytes and 3 layers"
static void tell_gap(int64_t bytes, int64_t layers, char *out, size_t room)
{
    bytes = longest(0, bytes);
    layers = longest(0, layers);
    snprintf(out, room, "%" PRId64 " byte%s and %" PRId64 " layer%s", bytes, bytes == 1 ? "" : "s",
             layers, layers == 1 ? "" : "s");
}

bool run_misplaced(const struct lab_job *job, const struct run_onward *told, char why[RUN_ONWARD])
{
    struct place cut = find(job, told->cut_at), on = find(job, told->at);
    struct place sure = printed(job, &cut, &told->ahead);
    bool before = told->at < first_byte(job, &sure);
    char gap[80];

    if (!before && told->at <= last_byte(job, &cut, told))
        return false;
    if (!on.layers) // what comes before the first layer is told as that
        on = (struct place){.layers = 1};
    tell_gap(told->cut_at - told->at, cut.layers - on.layers, gap, sizeof gap);
    snprintf(why, RUN_ONWARD, "it went on at byte %" PRId64 ", layer %" PRId32 ": %s %s the cut",
             told->at, on.layer, gap, before ? "before" : "behind");
    return true;
}

bool run_begins_anew(const struct lab_job *job, int64_t at)
{
    return !find(job, at).extruded;
}

bool run_done_too_soon(const struct lab_job *job, const struct run_onward *told,
                       char why[RUN_ONWARD])
{
    int64_t size = (int64_t)job->size;
    struct place cut = find(job, told->cut_at), end = find(job, size);
    char gap[80];

    if (size <= last_byte(job, &cut, told))
        return false;
    tell_gap(size - told->cut_at, end.layers - cut.layers, gap, sizeof gap);
    snprintf(why, RUN_ONWARD, "it was done within %" PRId64 " s of going on: %s behind the cut",
             told->unheard_us / 1000000, gap);
    return true;
}
