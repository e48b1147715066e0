// Made-up ledgers for tests: jobs of known shape, and runs cut out of them.
// SPDX-License-Identifier: MIT
#ifndef LAB_ORACLE_MADE_H
#define LAB_ORACLE_MADE_H

#include "core/lab/truth/truth.h"

/// A pen that draws deposits: nm, microseconds. Zero it, then set z and flow.
struct made_pen {
    struct lab_ledger *ledger;
    int64_t at[3], z_climb; ///< z_climb: rise of Z per draw
    int64_t flow_ppm;       ///< filament per path
    int64_t t_us;
};

void made_travel(struct made_pen *pen, int64_t x, int64_t y);
void made_draw(struct made_pen *pen, int64_t x, int64_t y);
void made_push(struct made_pen *pen, int64_t e); ///< in place
void made_wait(struct made_pen *pen, int64_t us);

/// Jobs. Sizes in mm.
void made_tower(struct lab_ledger *job, int layers); ///< squares with infill, all layers alike
void made_spiral(struct lab_ledger *job, int turns, int chords); ///< a circle that climbs
void made_objects(struct lab_ledger *job, int layers);           ///< two alike, one after the other
void made_arcs(struct lab_ledger *job, int layers, int chords);  ///< slots with round ends
void made_shapes(struct lab_ledger *job, int layers, uint64_t seed); ///< no two layers alike

/// How a piece differs from the job it is cut from.
struct made_piece {
    int64_t from_s, to_s; ///< XY path coordinates; to_s < 0: the end
    int64_t shift[3];
    int64_t noise;     ///< +- this on every coordinate
    int64_t scale_ppm; ///< XY grows by this about `centre`
    int64_t centre[2];
    int split;        ///< moves are split at random into up to this many (0, 1: not)
    int64_t flow_ppm; ///< filament factor; 0 = 1000000
    int64_t t_us;     ///< time at which it begins
    uint64_t seed;
};
/// Append a piece of `job` to `out`. Returns the time at its end.
int64_t made_cut(struct lab_ledger *out, const struct lab_ledger *job,
                 const struct made_piece *piece);
/// XY path of all of a job.
int64_t made_path(const struct lab_ledger *job);
/// Next of a small generator; below `limit`.
int64_t made_random(uint64_t *seed, int64_t limit);

#endif
