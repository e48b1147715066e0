// Sweeps: the power goes at every event of a kind, each cut recovered and judged from a snapshot taken in passing.
// SPDX-License-Identifier: MIT
//
// The print is simulated twice, not once per cut: as the twin, which every verdict compares with, and as the *line* that branches
// start from. While the line runs, a *mark* follows close behind it: a copy of the world from before the cut that comes next. A
// branch copies the mark, lets the scenario's own trigger cut, and goes on to the end of its recovery or, where that must be
// seen, of the print. Nothing is done differently from a run by ID: the same trigger fires in the same world.
#ifndef SIM_SWEEP_H
#define SIM_SWEEP_H

#include "sim/run/run.h"
#include "sim/sweep/window.h"

/// What the power goes at.
enum sweep_every {
    SWEEP_NV_WRITE, ///< inside every program and erase of the memory
    SWEEP_MOVE,     ///< in the middle of every move of the job
    SWEEP_LAYER,    ///< in the middle of the first extruding move of every layer
    SWEEP_PHASE,    ///< where a phase begins of the recovery from the scenario's own cut
    SWEEP_EVENT,    ///< at every n-th event
    SWEEP_MS,       ///< every n milliseconds
    SWEEP_EVERIES
};

/// What a recovery, or the print behind it, is cut again at: bits.
enum {
    SWEEP_AGAIN_PHASE = 1,    ///< where each of its phases begins
    SWEEP_AGAIN_NV_WRITE = 2, ///< in each write, those of the power-fail save among them
    /// In the print that goes on behind it, as SWEEP_LAYER: in the next SWEEP_AGAIN_LAYERS layers.
    SWEEP_AGAIN_LAYER = 4,
    SWEEP_AGAIN_LAYERS = 2,
};

enum { SWEEP_DEPTH = 2 };

/// What was asked for.
struct sweep_request {
    enum sweep_every every;
    uint32_t every2;   ///< SWEEP_AGAIN bits; 0: one cut a run
    int64_t stride;    ///< of SWEEP_EVENT and SWEEP_MS, else 1
    uint32_t tears;    ///< bit per enum lab_tear_kind, as far as the memory can; 0: prefixes
    bool every_prefix; ///< each length of them; else 1 byte, half, all but one
    int64_t from, to;  ///< only cuts numbered like this, both included
    int32_t shard, of; ///< only the shard-th of `of` equal parts, 0-based
    int32_t jobs;      ///< processes; with several, what stop_after has seen by then hangs on speed
    int64_t stop_after;  ///< failures; 0: go on
    int64_t proof_every; ///< print one cut in so many to the end as well; 0: none
    /// Make one cut in so many, and every failure, again with the full gantry; 0: none.
    int64_t full_every;
    bool no_alike; ///< recover every cut by itself, also where it is known what will come of it
};

/// A cut of a sweep, behind one in whose recovery it falls.
struct sweep_cut {
    struct lab_power power[SWEEP_DEPTH]; ///< instants and tears
    int32_t cuts;
};

/// The second cut of a result, as small as it travels.
struct sweep_second {
    /// enum lab_trigger_kind: LAB_AT_PHASE, LAB_AT_NV_WRITE or LAB_AT_LAYER; meaningless in a result of order 0.
    uint8_t kind;
    uint8_t phase;
    int32_t count;  ///< of the phase
    int64_t number; ///< of the write or the layer
    struct lab_tear tear;
};

/// The cuts of a sweep, in the order of the run. Owns its array.
struct sweep_list {
    struct sweep_cut *cut;
    size_t count, room;
};

/// What became of a cut: plain data, passed between processes.
struct sweep_result {
    uint32_t index; ///< in the list
    uint32_t order; ///< 0: that cut alone; n: the n-th cut in its recovery
    struct sweep_second second;
    uint8_t outcome; ///< enum lab_outcome, by measures and result alone: see sweep_outcome
    uint8_t result;  ///< enum lab_result
    uint8_t reason;  ///< enum plr_reason
    bool result_ok;
    bool fired;       ///< false: the run never got there
    bool to_end;      ///< printed to the end, not judged by the window
    bool alike;       ///< nobody ran it: one like it was run just before (alike.h)
    bool differs;     ///< window and whole print do not agree
    bool other_state; ///< goes on in a state that the uninterrupted print did not have there
    uint8_t measure_outcome[LAB_MEASURES];
    uint32_t known;                   ///< bit per measure
    int64_t value[LAB_MEASURES];      ///< in the measures' units
    int64_t limit[LAB_MEASURES];      ///< that each was judged by
    int64_t cut_us;                   ///< into the job
    uint64_t marks;                   ///< of the core that were passed: bit per enum plr_mark
    uint64_t state;                   ///< hash of what the recovery found
    bool full;                        ///< made again with the full gantry:
    bool full_same;                   ///< result, reason and outcome are the same there,
    uint32_t full_known;              ///< bit per measure that both know,
    int64_t full_apart[LAB_MEASURES]; ///< its value minus this one's
};

/// Fill the list from what the twin met. Returns 0 or -12.
int sweep_list_make(struct sweep_list *list, const struct sweep_request *request,
                    const struct run *twin, const struct sim_trail *trail);
void sweep_list_free(struct sweep_list *list);

/// The cut at this number of what is counted (move, layer, event, millisecond).
struct sweep_cut sweep_cut_number(const struct sweep_request *request,
                                  const struct lab_scenario *scenario, int64_t number);

/// The least number of those counted that the print meets and the request does not leave out.
int64_t sweep_list_least(const struct sweep_request *request, const struct run *twin);

/// Append a cut inside this write, in every way that was asked for and that the memory can do. `before`: the cut in whose recovery
/// the write falls, or NULL. Returns 0 or -12.
int sweep_list_write(struct sweep_list *list, const struct sweep_request *request,
                     const struct lab_scenario *scenario, const struct sweep_cut *before,
                     const struct sim_trail_write *write);

/// Append a cut where this phase begins for the `count`-th time. Returns 0 or -12.
int sweep_list_phase(struct sweep_list *list, const struct lab_scenario *scenario,
                     const struct sweep_cut *before, uint8_t phase, int32_t count);

/// Append a cut in the middle of this layer's first extruding move. Returns 0 or -12.
int sweep_list_layer(struct sweep_list *list, const struct lab_scenario *scenario,
                     const struct sweep_cut *before, int32_t layer);

/// The cut that a result is of.
struct sweep_cut sweep_cut_of(const struct sweep_list *list, const struct lab_scenario *scenario,
                              const struct sweep_result *result);

/// A hash of all cuts of the list, in their order: parts of one sweep have the same.
uint32_t sweep_list_hash(const struct sweep_list *list);

/// The ID of a cut of this run. Returns 0 or a negative errno.
int sweep_id(const struct run *run, const struct sweep_cut *cut, char out[LAB_ID_BYTES]);

/// All that the processes of a sweep share: read-only once it is open.
struct sweep_work {
    const struct sweep_request *request;
    const struct run *run; ///< its twin has run
    struct sim_trail trail;
    struct sweep_list list;
    struct sweep_window window;
    struct sweep_full *full; ///< the same with the full gantry; NULL: nobody asked
};

/// Run the twin, list the cuts. Returns 0 or a negative errno with `err`; close in every case.
int sweep_open(struct sweep_work *work, const struct sweep_request *request, struct run *run,
               const struct lab_input *input, uint64_t seed, struct lab_error *err);
void sweep_close(struct sweep_work *work);

/// Hears of every result, in the order of the list within one process. Returns false to stop.
typedef bool sweep_heard(void *ctx, const struct sweep_result *result);

/// Make the cuts [first, last) of the list in this process. Returns 0 or a negative errno.
int sweep_part(const struct sweep_work *work, size_t first, size_t last, sweep_heard *heard,
               void *ctx);

/// The same with request->jobs processes. Results come in any order. -ECHILD: one died, -EIO: one was ended from outside; `err` says
/// how.
int sweep_jobs(const struct sweep_work *work, size_t first, size_t last, sweep_heard *heard,
               void *ctx, struct lab_error *err);

/// Is there anything to cut? Returns 0, or -EINVAL with `err` saying why the whole list is empty, or why no tear that was asked
/// for can be had. A part of a list may be empty.
int sweep_check_list(const struct sweep_work *work, struct lab_error *err);

/// When all of the list was made: did any of it come to pass? `cuts`: those that did. Returns as sweep_check_list.
int sweep_check_cuts(const struct sweep_work *work, int64_t cuts, struct lab_error *err);

#endif
