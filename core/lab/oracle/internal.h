// Inside of the oracle: path views of ledgers, the walk along two paths, and what alignment yields.
// SPDX-License-Identifier: MIT
#ifndef LAB_ORACLE_INTERNAL_H
#define LAB_ORACLE_INTERNAL_H

#include <stdlib.h>

#include "core/lab/oracle/oracle.h"
#include "core/lab/truth/bulk.h"

/// A deposit with XY length.
struct oracle_seg {
    const struct lab_deposit *deposit;
    int64_t len;      ///< XY length, > 0
    int64_t s;        ///< XY length of all path before it
    int64_t filament; ///< filament of all path before it
    uint32_t entry;   ///< index in the ledger
    bool gap;         ///< the next one does not begin where it ends
};

struct oracle_path {
    struct oracle_seg *seg;
    size_t count, room;    ///< room 0: a part of another path, whose segments these are
    int64_t from;          ///< coordinate at which it begins: 0, or of a part that in the whole
    int64_t len, filament; ///< ... at which it ends; and filament up to there
};

/// View of a ledger; borrows it. Returns 0 or -12.
int oracle_path_init(struct oracle_path *path, const struct lab_ledger *ledger);
void oracle_path_free(struct oracle_path *path);
/// The part of a path that lies in entries [first, end) of its ledger: borrows from it.
void oracle_path_part(struct oracle_path *path, const struct oracle_path *whole, size_t first,
                      size_t end);
/// First segment whose ledger entry is at or behind `entry`.
size_t oracle_path_at_entry(const struct oracle_path *path, size_t entry);
/// First segment that ends behind coordinate `s`; `count` when none.
size_t oracle_path_at(const struct oracle_path *path, int64_t s);

/// First entry of the ledger that the configuration lets a device lose at this cut, when logic died without warning; 0: all before it.
size_t oracle_promised(const struct lab_truth *run, const struct lab_plr *plr,
                       const struct lab_truth_cut *cut);

/// Filament laid on the path between two coordinates.
int64_t oracle_filament(const struct oracle_path *path, int64_t from_s, int64_t to_s);
/// a * b / c, rounded half away from zero; |a * b| must fit, c > 0. Inline: every step needs some.
static inline int64_t oracle_muldiv(int64_t a, int64_t b, int64_t c)
{
    int64_t product = a * b, whole = product / c, rest = product - whole * c;
    if (rest >= c - rest)
        return whole + 1;
    return -rest >= c + rest ? whole - 1 : whole;
}

/// A coordinate of the point `used` nm (0 .. len) after the beginning of a segment.
static inline int64_t oracle_at(const struct oracle_seg *seg, int64_t used, int axis)
{
    const struct lab_deposit *d = seg->deposit;
    if (used == 0)
        return d->from_nm[axis];
    if (used == seg->len)
        return d->to_nm[axis];
    return d->from_nm[axis] +
           oracle_muldiv((int64_t)d->to_nm[axis] - d->from_nm[axis], used, seg->len);
}

/// All three coordinates of it.
static inline void oracle_point(const struct oracle_seg *seg, int64_t used, int64_t out[3])
{
    for (int axis = 0; axis < 3; axis++)
        out[axis] = oracle_at(seg, used, axis);
}

/// A stretch on which run and twin advance together: both on one segment each.
struct oracle_step {
    uint32_t run, twin; ///< segments
    int64_t a[2];       ///< from and to on the run's segment
    int64_t b[2];       ///< ... on the twin's
};

/// Where segments [lo, hi) of the run begin to lie in the twin.
struct oracle_found {
    bool found;
    size_t i, j;  ///< run segment i begins on twin segment j,
    int64_t used; ///< this far along it
};

struct oracle_align;

/// Two places advancing in step along run and twin, forwards (dir 1) or backwards (-1).
struct oracle_walk {
    const struct oracle_path *run, *twin;
    int dir;
    size_t run_lo, run_hi;  ///< segments of the run that may be walked
    size_t i, j;            ///< next segments
    int64_t i_used, j_used; ///< already walked of them, in walking direction
    int64_t met_q[2];       ///< displacement at the last vertex that both have
};

/// Begin between segments: forwards at the beginning of `i` and `used` behind that of `j`, backwards
/// at the end of `i - 1` and `j - 1`. The run's segments outside [lo, hi) are not entered.
struct oracle_walk oracle_walk_begin(const struct oracle_align *align, int dir, size_t lo,
                                     size_t hi, const struct oracle_found *at);
enum { ORACLE_RULER_FLOOR_NM = 30000, ORACLE_RULER_SHARE = 50 }; // walk.c

/// Do both stand at ends of segments that are one by filament, as nearly all of a resumed print's are? Then oracle_walk_step comes to both
/// of them, whole.
static inline bool oracle_walk_pairs(const struct oracle_walk *w)
{
    if (w->i < w->run_lo || w->i >= w->run_hi || w->j >= w->twin->count || w->i_used || w->j_used)
        return false;
    const struct oracle_seg *run = &w->run->seg[w->i], *twin = &w->twin->seg[w->j];
    int64_t off = llabs(twin->len - run->len);
    return run->deposit->e_nm == twin->deposit->e_nm && run->deposit->e_nm > 0 &&
           (off <= ORACLE_RULER_FLOOR_NM ||
            off <= run->len / ORACLE_RULER_SHARE + ORACLE_RULER_FLOOR_NM);
}

/// One stretch further. False when one of the two is at its end.
bool oracle_walk_step(struct oracle_walk *walk, struct oracle_step *step);
/// Displacement run minus twin at an end (0 or 1) of a step.
void oracle_displacement(const struct oracle_walk *walk, const struct oracle_step *step, int end,
                         int64_t q[3]);

/// A stretch of the run that was found in the twin: steps [first, last) of the alignment.
struct oracle_span {
    size_t first, last;
    int64_t s0, s1;        ///< twin coordinates
    size_t run_lo, run_hi; ///< segments of the run
    int piece;             ///< 0 before the first cut, n after the n-th
};

struct oracle_align {
    struct oracle_path run, twin;
    struct oracle_step *step;
    size_t steps, step_room;
    struct oracle_span *span;
    size_t spans, span_room;
    bool completed;
    int pieces;
    size_t piece_lo[LAB_TRUTH_CUTS +
                    2]; ///< first segment of each piece; the last entry is the run's end
};

/// Align all pieces with this path, which the alignment owns from here on. Free with oracle_align_free in every case. Returns 0 or
/// -12.
int oracle_align_make(struct oracle_align *align, const struct lab_truth *run,
                      const struct oracle_path *twin);
void oracle_align_free(struct oracle_align *align);

/// Look for the first recognisable vertex of [lo, hi). `near_s` is the place that is likely. On no memory returns -12.
int oracle_locate(const struct oracle_align *align, size_t lo, size_t hi, int64_t near_s,
                  struct oracle_found *out);

/// Measures that come from the alignment, into verdict->measure and verdict->cut; extremes and percentiles only with `spread`.
int oracle_measure_path(const struct oracle_align *align, const struct lab_truth *run, bool spread,
                        struct lab_verdict *verdict);
/// Measures that gauges of a bench read.
void oracle_measure_gauged(const struct lab_truth *run, struct lab_verdict *verdict);
/// Tilt out of corners that gauges read: four readings, each with its uncertainty, make twice that of one.
void oracle_gauged_tilt(const struct lab_truth *run, struct lab_measured *tilt);
/// What a gauge of a bench allows to be said: `outcome` is what its reading would be without its uncertainty.
enum lab_outcome oracle_gauged_outcome(enum lab_measure measure,
                                       const struct lab_measured *measured,
                                       enum lab_outcome outcome);
/// Measures that truth states directly.
void oracle_measure_facts(const struct lab_truth *run, struct lab_verdict *verdict);
/// Set a measure whose numbers are all alike.
void oracle_set(struct lab_measured *measured, int64_t value);

#endif
