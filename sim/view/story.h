// What is worked out once about a trace, so that a frame is drawn fast: layers, steps of recoveries, when measures are known.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_STORY_H
#define SIM_VIEW_STORY_H

#include "core/lab/trace/trace.h"

enum { STORY_STEPS_MAX = 96 };

enum { STORY_STRETCHES = 8 };

/// Deposits [first, end) in a row that are a layer of the job, however it rises on its way (a spiral vase), or a part of one: before and after a cut,
/// and at another height. Where nobody says where layers begin, those at one height. What was not laid as path
/// (story_lies) may be among them and is not in the box.
struct story_layer {
    size_t first, end;
    int64_t low_nm[3], high_nm[3]; ///< box of it, in the part's frame
    struct {
        int64_t low_nm, high_nm;
    } stretch
        [STORY_STRETCHES]; ///< of X that its path covers, in order; gaps below a millimetre are none, and of too many the narrowest
    int stretches;
    /// How thick what was laid is: down to what lies below, and no more than the job's layer.
    int64_t bead_nm;
    int64_t cut; ///< newest cut when it was laid, -1 none
    size_t job;  ///< layers of the job that had begun; 0: nobody says
};

/// A stretch of a recovery's phase; of a bench's state where its printer tells no phases.
struct story_step {
    int64_t cut; ///< of which
    enum lab_trace_domain domain;
    int64_t phase; ///< or state: a number of the domain
    int64_t begin_us, end_us;
    int row; ///< of its cut's steps: each phase has one, in the order in which they first come
};

/// Borrows the trace. Zero it to begin, release with story_close.
struct story {
    const struct lab_trace *trace;
    struct story_layer *layer;
    size_t layers;
    int64_t part_low_nm[3],
        /// Box of all path that the job lays above the first layer, where there may be priming lines; of no purge of a recovery.
        part_high_nm[3];
    bool has_part;
    bool has_truth; ///< somebody measured where the nozzle was
    /// From when on each measure's value is known: the end of the run when it takes all of it.
    int64_t *known_us;
    struct story_step step[STORY_STEPS_MAX];
    int steps;
    int64_t begin_us, end_us; ///< of the run
    /// From just before the first cut to just after the last return; all of a run without a cut.
    int64_t scene_us, scene_end_us;
};

/// Returns 0 or -ENOMEM.
int story_open(struct story *story, const struct lab_trace *trace);
void story_close(struct story *story);

/// Did the print go on after cut number `cut`, by what the printer laid or by what a bench saw?
bool story_went_on(const struct story *story, int64_t cut);

/// Was it laid as path: on the way through the plane, at its height? What is pushed in one place (a prime, a purge) or on a way
/// that rises more than it goes hangs from the nozzle, and no trace knows where it comes to lie.
bool story_lies(const struct lab_trace_deposit *deposit);

/// Index of the layer that deposit `count` - 1 belongs to; -1 for none yet.
int64_t story_layer_of(const struct story *story, size_t count);

/// Are two layers parts of the same one?
bool story_same_layer(const struct story_layer *a, const struct story_layer *b);

/// Does a piece of path come within `reach_nm` of (x, y)?
bool story_reaches(const struct lab_trace_deposit *deposit, int64_t x_nm, int64_t y_nm,
                   int64_t reach_nm);

/// Height of what was printed below (x, y) when `count` deposits were laid, in the part's frame; LAB_TRACE_UNKNOWN when there is
/// nothing within `reach_nm` of it.
int64_t story_top_nm(const struct story *story, size_t count, int64_t x_nm, int64_t y_nm,
                     int64_t reach_nm);

/// Of `count` deposits those before the stroke that the newest is the end of, or all when it was not laid as path. A stroke goes
/// back over pieces that follow on each other in place and height, also over a cut, for two millimetres at least: the bead that
/// comes out of the nozzle and the end that it hangs on are not what the nozzle is above.
size_t story_before_stroke(const struct story *story, size_t count);

/// The newest event not later, or the earliest one later than an instant; -1 none. Of the memory's operations the same.
int64_t story_next_event(const struct story *story, int64_t t_us, int direction);
int64_t story_next_nv(const struct story *story, int64_t t_us, int direction);
/// The instant of the next cut (before or after), or -1.
int64_t story_next_cut(const struct story *story, int64_t t_us, int direction);

#endif
