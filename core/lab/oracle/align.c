// Alignment: which stretch of the twin each piece of the interrupted run is.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRIFT_NM =
        60000, // a step whose displacement changes by more (and 1/DRIFT_SHARE of it) is no match
    DRIFT_SHARE = 50,
    JUMP_NM = 100000, // nor one that jumps by more between steps (and 1/JUMP_SHARE of a travel)
    JUMP_SHARE = 100,
    DOUBT = 2,            // what a step that does not match adds; one that matches takes 1 away
    LOST = 12,            // at this the walk has left the twin
    SPANS_MAX = 64,       // of a piece; more is chaos
    WEAK_STEPS = 3,       // fewer steps than this, or less path than
    WEAK_NM = 2000000,    // this, may be chance: they count only
    NEARBY_NM = 10000000, // within this displacement
};

// Whether steps still match, with a memory.
struct doubt {
    bool begun;
    int64_t q[2], at[2]; // displacement and place of the twin at the end of the last step
    int score;
    size_t trusted; // steps of the alignment up to here matched
};

static int more_steps(struct oracle_align *a)
{
    size_t room = a->step_room ? a->step_room * 2 : a->run.count + a->run.count / 4 + 64;
    struct oracle_step *more =
        lab_bulk_resize(a->step, a->step_room * sizeof *more, room * sizeof *more);
    if (!more)
        return -12;
    a->step = more;
    a->step_room = room;
    return 0;
}

static inline int push_step(struct oracle_align *a, const struct oracle_step *step)
{
    if (a->steps == a->step_room && more_steps(a))
        return -12;
    a->step[a->steps++] = *step;
    return 0;
}

static inline bool beyond(const int64_t a[2], const int64_t b[2], int64_t limit)
{
    return llabs(a[0] - b[0]) > limit || llabs(a[1] - b[1]) > limit;
}

static bool matches(const struct oracle_walk *walk, const struct oracle_step *step,
                    struct doubt *doubt)
{
    int first = walk->dir > 0 ? 0 : 1;
    int64_t q0[3], q1[3], at[3];
    oracle_displacement(walk, step, first, q0);
    oracle_displacement(walk, step, 1 - first, q1);
    bool good = !beyond(q0, q1, DRIFT_NM + (step->b[1] - step->b[0]) / DRIFT_SHARE);
    if (doubt->begun) {
        oracle_point(&walk->twin->seg[step->twin], step->b[first], at);
        int64_t travel = llabs(at[0] - doubt->at[0]) + llabs(at[1] - doubt->at[1]);
        good = good && !beyond(q0, doubt->q, JUMP_NM + travel / JUMP_SHARE);
    }
    doubt->begun = true;
    memcpy(doubt->q, q1, sizeof doubt->q);
    oracle_point(&walk->twin->seg[step->twin], step->b[1 - first], at);
    memcpy(doubt->at, at, sizeof doubt->at);
    return good;
}

// Does the displacement change by too much within a step of the twin? Most do by less than any length allows.
static inline bool drifts(const int64_t q0[2], const int64_t q1[2], int64_t length)
{
    return beyond(q0, q1, DRIFT_NM) && beyond(q0, q1, DRIFT_NM + length / DRIFT_SHARE);
}

// Does it jump where the last step ended and this one begins, at `from`?
static inline bool jumps(const struct doubt *last, const int64_t q[2], const int32_t from[3])
{
    if (!beyond(q, last->q, JUMP_NM))
        return false;
    int64_t travel = llabs(from[0] - last->at[0]) + llabs(from[1] - last->at[1]);
    return beyond(q, last->q, JUMP_NM + travel / JUMP_SHARE);
}

// As long as both go whole segments together and all match, nothing has to be measured: the same as below, in a tenth of the time.
static int follow_pairs(struct oracle_align *a, struct oracle_walk *w, struct doubt *doubt)
{
    const bool on = w->dir > 0;
    struct doubt last = *doubt;
    int bad = 0;
    while (!last.score && oracle_walk_pairs(w)) {
        const struct oracle_seg *run = &w->run->seg[w->i], *twin = &w->twin->seg[w->j];
        const struct lab_deposit *r = run->deposit, *t = twin->deposit;
        const int32_t *r0 = on ? r->from_nm : r->to_nm, *r1 = on ? r->to_nm : r->from_nm;
        const int32_t *t0 = on ? t->from_nm : t->to_nm, *t1 = on ? t->to_nm : t->from_nm;
        const int64_t q0[2] = {(int64_t)r0[0] - t0[0], (int64_t)r0[1] - t0[1]};
        const int64_t q1[2] = {(int64_t)r1[0] - t1[0], (int64_t)r1[1] - t1[1]};
        if (drifts(q0, q1, twin->len) || (last.begun && jumps(&last, q0, t0)))
            break;
        bad = push_step(a, &(struct oracle_step){
                               (uint32_t)w->i, (uint32_t)w->j, {0, run->len}, {0, twin->len}});
        if (bad)
            break;
        last = (struct doubt){true, {q1[0], q1[1]}, {t1[0], t1[1]}, 0, a->steps};
        w->i += (size_t)w->dir;
        w->j += (size_t)w->dir;
    }
    if (last.trusted > doubt->trusted)
        memcpy(w->met_q, last.q, sizeof last.q);
    *doubt = last;
    return bad;
}

// Append steps until the path ends or the twin is left; only what matched is kept.
static int follow(struct oracle_align *a, struct oracle_walk *walk)
{
    struct doubt doubt = {.trusted = a->steps};
    struct oracle_step step;
    int bad = follow_pairs(a, walk, &doubt);
    while (!bad && doubt.score < LOST && oracle_walk_step(walk, &step)) {
        bool good = matches(walk, &step, &doubt);
        doubt.score = good ? doubt.score - (doubt.score > 0) : doubt.score + DOUBT;
        bad = push_step(a, &step);
        if (!bad && doubt.score == 0) {
            doubt.trusted = a->steps;
            bad = follow_pairs(a, walk, &doubt);
        }
    }
    a->steps = doubt.trusted;
    return bad;
}

// The steps from `first` on, the other way round. (There may be none, and no memory for any.)
static void reverse(struct oracle_align *a, size_t first)
{
    for (size_t lo = first, hi = a->steps; lo + 1 < hi; lo++) {
        struct oracle_step other = a->step[lo];
        a->step[lo] = a->step[--hi];
        a->step[hi] = other;
    }
}

// Are the steps from `first` more than chance?
static bool credible(const struct oracle_align *a, size_t first)
{
    if (a->steps == first)
        return false;
    int64_t length = 0, q[3];
    for (size_t n = first; n < a->steps && length < WEAK_NM; n++)
        length += a->step[n].b[1] - a->step[n].b[0];
    if (a->steps - first >= WEAK_STEPS && length >= WEAK_NM)
        return true;
    struct oracle_walk walk = {.run = &a->run, .twin = &a->twin};
    oracle_displacement(&walk, &a->step[first], 0, q);
    return lab_length_nm(q, 2) <= NEARBY_NM;
}

// Close the span that holds the steps from `first`; none when there are none worth it.
static int push_span(struct oracle_align *a, size_t first, int piece)
{
    if (!credible(a, first)) {
        a->steps = first;
        return 0;
    }
    if (a->spans == a->span_room) {
        size_t room = a->span_room ? a->span_room * 2 : 16;
        struct oracle_span *more = realloc(a->span, room * sizeof *more);
        if (!more)
            return -12;
        a->span = more;
        a->span_room = room;
    }
    const struct oracle_step *head = &a->step[first], *tail = &a->step[a->steps - 1];
    a->span[a->spans++] = (struct oracle_span){.first = first,
                                               .last = a->steps,
                                               .piece = piece,
                                               .s0 = a->twin.seg[head->twin].s + head->b[0],
                                               .s1 = a->twin.seg[tail->twin].s + tail->b[1],
                                               .run_lo = head->run,
                                               .run_hi = (size_t)tail->run + 1};
    return 0;
}

// The span through a place that was found: back to `lo`, on to `hi`.
static int span_through(struct oracle_align *a, size_t lo, size_t hi, const struct oracle_found *at,
                        int piece)
{
    size_t first = a->steps;
    if (at->used == 0) {
        struct oracle_walk back = oracle_walk_begin(a, -1, lo, hi, at);
        if (follow(a, &back))
            return -12;
        reverse(a, first);
    }
    struct oracle_walk on = oracle_walk_begin(a, 1, lo, hi, at);
    return follow(a, &on) ? -12 : push_span(a, first, piece);
}

// A run printed to its end is a suffix of the twin: walk back from both ends.
static int suffix(struct oracle_align *a, size_t lo, size_t hi, int piece)
{
    size_t first = a->steps;
    struct oracle_found ends = {.found = true, .i = hi, .j = a->twin.count};
    struct oracle_walk back = oracle_walk_begin(a, -1, lo, hi, &ends);
    if (follow(a, &back))
        return -12;
    reverse(a, first);
    return push_span(a, first, piece);
}

// Spans of segments [lo, hi), found one after another.
static int search(struct oracle_align *a, size_t lo, size_t hi, int64_t near_s, int piece)
{
    for (int n = 0; lo < hi && n < SPANS_MAX; n++) {
        struct oracle_found at = {.found = true}; // the first piece begins where the twin does
        size_t spans = a->spans;
        if (lo > 0 || n > 0) {
            if (oracle_locate(a, lo, hi, near_s, &at))
                return -12;
            if (!at.found)
                return 0;
        }
        if (span_through(a, lo, hi, &at, piece))
            return -12;
        if (a->spans > spans) {
            near_s = a->span[a->spans - 1].s1;
            lo = a->span[a->spans - 1].run_hi;
        } else if (at.i > 0 || n > 0) {
            lo = at.i + 1;
        }
    }
    return 0;
}

static int by_run(const void *a, const void *b)
{
    const struct oracle_span *x = a, *y = b;
    return (x->run_lo > y->run_lo) - (x->run_lo < y->run_lo);
}

static int piece_spans(struct oracle_align *a, int piece)
{
    size_t lo = a->piece_lo[piece], hi = a->piece_lo[piece + 1], spans = a->spans;
    int64_t near_s = spans ? a->span[spans - 1].s1 : a->twin.from;
    if (lo == hi || a->twin.count == 0)
        return 0;
    if (a->completed && piece == a->pieces - 1) {
        if (suffix(a, lo, hi, piece))
            return -12;
        if (a->spans > spans)
            hi = a->span[a->spans - 1].run_lo;
    }
    if (search(a, lo, hi, near_s, piece))
        return -12;
    if (a->spans > spans)
        qsort(a->span + spans, a->spans - spans, sizeof *a->span, by_run);
    return 0;
}

static void pieces(struct oracle_align *a, const struct lab_truth *run)
{
    int cuts = run->cuts < LAB_TRUTH_CUTS ? run->cuts : LAB_TRUTH_CUTS;
    a->pieces = cuts + 1;
    for (int n = 0; n < cuts; n++) {
        size_t at = oracle_path_at_entry(&a->run, run->cut[n].ledger_at);
        a->piece_lo[n + 1] = at > a->piece_lo[n] ? at : a->piece_lo[n];
    }
    a->piece_lo[a->pieces] = a->run.count;
}

int oracle_align_make(struct oracle_align *align, const struct lab_truth *run,
                      const struct oracle_path *twin)
{
    *align = (struct oracle_align){.twin = *twin, .completed = run->completed};
    if (oracle_path_init(&align->run, &run->ledger))
        return -12;
    pieces(align, run);
    for (int n = 0; n < align->pieces; n++)
        if (piece_spans(align, n))
            return -12;
    return 0;
}

void oracle_align_free(struct oracle_align *align)
{
    oracle_path_free(&align->run);
    oracle_path_free(&align->twin);
    lab_bulk_free(align->step, align->step_room * sizeof *align->step);
    free(align->span);
    *align = (struct oracle_align){0};
}
