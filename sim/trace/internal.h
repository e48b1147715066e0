// The recorder's own parts.
// SPDX-License-Identifier: MIT
#ifndef SIM_TRACE_INTERNAL_H
#define SIM_TRACE_INTERNAL_H

#include "core/lab/trace/curve.h"
#include "sim/trace/record.h"
#include "sim/world/world.h"

struct sim_recorder {
    struct lab_trace_writer to;
    struct sim_watch watch;
    struct plant_track track; ///< truth of places, as of
    int64_t track_us;         ///< ... then; -1: the run's own at hand
    size_t ledger;            ///< deposits recorded
    int64_t e_nm;             ///< filament pushed
    bool moved;               ///< there was a motion:
    struct {
        int64_t t_us, to_nm[4], true_to_nm[3];
        bool true_known;
    } last; ///< what is asked of it again
    struct lab_trace_corners corners;
    bool cornered;
    uint32_t power_bits, motors, levels;
    bool powered, levelled;
    int phase;
    int32_t target_mc[3];
    bool targeted;
    int32_t notes;
    bool look;          ///< something happened since places were looked at
    int64_t sampled_us; ///< temperatures
    int64_t drifted_us; ///< corners
    bool dark;          ///< an outage: the run's own heat is that of its end already
    int64_t dark_us;    ///< since then
    /// A copy as it was when a motion began, to see where that left the endstops.
    struct plant left;
    struct plant heat; ///< a copy whose heat is let go on
    struct lab_trace_curve curve[LAB_TRACE_HEATS];
};

/// places.c: motions and corners.
void trace_piece(void *ctx, const struct sim *sim, const int64_t from_nm[4], const int64_t to_nm[4],
                 double begin_us, double duration_us);
void trace_manual(void *ctx, const struct sim *sim, const struct manual *manual);
/// Has anything been displaced without a motion? Only while nothing moves.
void trace_places(struct sim_recorder *r, const struct sim *sim);
/// How the corners stand while the job runs: they drift with heat.
void trace_drift(struct sim_recorder *r, const struct sim *sim);

/// heat.c: temperatures up to `to_us`.
void trace_heat(struct sim_recorder *r, const struct sim *sim, int64_t to_us);
/// The lights go out: from now on the run's heat is ahead of its time.
void trace_heat_dark(struct sim_recorder *r, const struct sim *sim);
void trace_heat_end(struct sim_recorder *r);

#endif
