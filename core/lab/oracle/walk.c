// Walking along run and twin in step, though moves are split differently, shrunk, shifted or noisy.
// SPDX-License-Identifier: MIT
//
// Filament is the ruler: what remains of the run's segment is measured in the twin's length by its filament, which noise of
// XY, shrinkage and splits do not touch. Where filament and length contradict each other (a blob, another flow factor) length
// rules. Ends that meet within the ruler's accuracy are taken as one vertex, so that errors do not add up.
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>

enum {
    RULER_FLOOR_NM = ORACLE_RULER_FLOOR_NM, // filament may contradict length by this
    RULER_SHARE = ORACLE_RULER_SHARE,       // and by 1/50
    MEET_FILAMENT_NM = 500, // vertices meet: by filament (a few nm of it are 100 nm of path)
    MEET_LENGTH_NM = 25000, // by length: two noisy ends
    MEET_GAP_NM = 100000,   // where both travel next: nothing else can be meant
};

// What is left of the two segments, and how far to go on them.
struct rest {
    int64_t run, twin;       // length left, each by itself
    int64_t left;            // the run's in the twin's length
    bool by_filament;        // ... was measured by filament
    int64_t run_by, twin_by; // until the first of them ends
};

static bool at_end(const struct oracle_walk *w)
{
    return w->i < w->run_lo || w->i >= w->run_hi || w->j >= w->twin->count;
}

// Does travel follow the current segment, in walking direction?
static bool gap_behind(const struct oracle_path *path, size_t n, int dir)
{
    if (dir > 0)
        return n + 1 == path->count || path->seg[n].gap;
    return n == 0 || path->seg[n - 1].gap;
}

// Do both travel next? The end of the piece is no travel but a cut, and may lie anywhere in a move.
static bool both_travel(const struct oracle_walk *w)
{
    if (w->dir > 0 ? w->i + 1 == w->run_hi : w->i == w->run_lo)
        return false;
    return gap_behind(w->run, w->i, w->dir) && gap_behind(w->twin, w->j, w->dir);
}

// What remains of the run's segment, in the twin's length. Tells whether filament was the ruler.
static int64_t remaining(const struct oracle_seg *run, int64_t left, const struct oracle_seg *twin,
                         bool *by_filament)
{
    int64_t e_run = run->deposit->e_nm, e_twin = twin->deposit->e_nm;
    *by_filament = false;
    if (e_run <= 0 || e_twin <= 0)
        return left;
    int64_t length = e_run == e_twin ? twin->len : oracle_muldiv(e_run, twin->len, e_twin);
    // a whole segment is judged, so that a small rest is measured as its whole is
    if (llabs(length - run->len) > run->len / RULER_SHARE + RULER_FLOOR_NM)
        return left;
    *by_filament = true;
    return left == run->len ? length : oracle_muldiv(length, left, run->len);
}

// Displacement of two places, given as what is walked of two segments.
static void displaced(const struct oracle_walk *w, int64_t run_used, int64_t twin_used,
                      int64_t q[2])
{
    const struct oracle_seg *run = &w->run->seg[w->i], *twin = &w->twin->seg[w->j];
    int64_t a = w->dir > 0 ? run_used : run->len - run_used;
    int64_t b = w->dir > 0 ? twin_used : twin->len - twin_used;
    for (int axis = 0; axis < 2; axis++)
        q[axis] = oracle_at(run, a, axis) - oracle_at(twin, b, axis);
}

// How far a displacement is from that of the last vertex.
static int64_t strange(const struct oracle_walk *w, const int64_t q[2])
{
    int64_t x = llabs(q[0] - w->met_q[0]), y = llabs(q[1] - w->met_q[1]);
    return x > y ? x : y;
}

// Arcs in other chords have another length, and filament may be measured badly: a vertex behind them is met when that brings the
// displacement back to what it was before.
static bool meets_by_place(const struct oracle_walk *w, const struct rest *r)
{
    int64_t met[2], apart[2];
    displaced(w, w->run->seg[w->i].len, w->twin->seg[w->j].len, met);
    displaced(w, w->i_used + r->run_by, w->j_used + r->twin_by, apart);
    return strange(w, met) + MEET_FILAMENT_NM < strange(w, apart);
}

// Are the ends of both segments one vertex?
static bool meet(const struct oracle_walk *w, const struct rest *r)
{
    int64_t off = llabs(r->left - r->twin), raw = llabs(r->run - r->twin);
    int64_t nearest = off < raw ? off : raw, longer = r->left > r->twin ? r->left : r->twin;
    bool close = nearest <= MEET_LENGTH_NM + r->twin / 100 && nearest <= longer / 4;
    if (r->by_filament ? off <= MEET_FILAMENT_NM : close)
        return true;
    if (close && meets_by_place(w, r))
        return true;
    return off <= MEET_GAP_NM + r->twin / RULER_SHARE && both_travel(w);
}

// Store the stretch in forward terms, and go on.
static void advance(const struct oracle_path *path, int dir, size_t *n, int64_t *used, int64_t by,
                    int64_t out[2])
{
    int64_t len = path->seg[*n].len, from = *used, to = *used + by;
    assert(by >= 0 && to <= len);
    out[0] = dir > 0 ? from : len - to;
    out[1] = dir > 0 ? to : len - from;
    *used = to;
    if (to == len) {
        *n = dir > 0 ? *n + 1 : *n - 1;
        *used = 0;
    }
}

struct oracle_walk oracle_walk_begin(const struct oracle_align *align, int dir, size_t lo,
                                     size_t hi, const struct oracle_found *at)
{
    assert(dir == 1 || (dir == -1 && at->used == 0));
    struct oracle_walk walk = {.run = &align->run,
                               .twin = &align->twin,
                               .dir = dir,
                               .run_lo = lo,
                               .run_hi = hi,
                               .i = at->i,
                               .j = at->j,
                               .j_used = at->used};
    if (dir < 0) { // unsigned wrap below zero ends the walk
        walk.i--;
        walk.j--;
    }
    if (!at_end(&walk))
        displaced(&walk, 0, walk.j_used, walk.met_q);
    return walk;
}

bool oracle_walk_step(struct oracle_walk *w, struct oracle_step *step)
{
    if (at_end(w))
        return false;
    const struct oracle_seg *run = &w->run->seg[w->i], *twin = &w->twin->seg[w->j];
    struct rest r = {.run = run->len - w->i_used, .twin = twin->len - w->j_used};
    r.left = remaining(run, r.run, twin, &r.by_filament);
    r.run_by = r.run;
    r.twin_by = r.twin;
    if (r.left < r.twin)
        r.twin_by = r.left;
    else if (r.left > r.twin)
        r.run_by = oracle_muldiv(r.run, r.twin, r.left);
    if (meet(w, &r)) {
        r.run_by = r.run;
        r.twin_by = r.twin;
        displaced(w, run->len, twin->len, w->met_q);
    }
    step->run = (uint32_t)w->i;
    step->twin = (uint32_t)w->j;
    advance(w->run, w->dir, &w->i, &w->i_used, r.run_by, step->a);
    advance(w->twin, w->dir, &w->j, &w->j_used, r.twin_by, step->b);
    return true;
}

void oracle_displacement(const struct oracle_walk *w, const struct oracle_step *step, int end,
                         int64_t q[3])
{
    const struct oracle_seg *run = &w->run->seg[step->run], *twin = &w->twin->seg[step->twin];
    int64_t used = step->a[end], there[3];

    if (used == step->b[end] && !used) { // both at their beginning, or both at their end
        for (int axis = 0; axis < 3; axis++)
            q[axis] = (int64_t)run->deposit->from_nm[axis] - twin->deposit->from_nm[axis];
    } else if (used == run->len && step->b[end] == twin->len) {
        for (int axis = 0; axis < 3; axis++)
            q[axis] = (int64_t)run->deposit->to_nm[axis] - twin->deposit->to_nm[axis];
    } else {
        oracle_point(run, used, q);
        oracle_point(twin, step->b[end], there);
        for (int axis = 0; axis < 3; axis++)
            q[axis] -= there[axis];
    }
}
