// Swarms: random prints on random printers, cut and disturbed at random, each by a random few of all faults.
// SPDX-License-Identifier: MIT
//
// What a run is hangs on (seed of the swarm, its number) alone, by the project's own noise: so a swarm can be cut into parts, and
// no draw disturbs another. A run of a swarm is an ordinary run: scenarios/swarm/swarm.yaml with overrides, so its ID replays it.
// It is drawn in three steps, because what can be cut hangs on what is printed: machine and job (draw.c); then, once its twin
// has run, cuts and disturbances (cuts.c); and what must hold follows from all of these (expect.c). docs/SWEEPS.md has the odds.
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include "sim/run/run.h"
#include "sim/sweep/jobs.h"

// X(enum, word for people, how much rarer): what can go wrong. In each run some of them are switched on, with odds that are drawn
// as well: faults in company find other defects than faults alone. Those that end nearly every run where they begin are rarer, for
// what stands behind them would never be seen; so is what takes long.
#define SWARM_FAULT_LIST(X)            \
    X(MEMORY, "memory", 1)             \
    X(SYNC, "slow_memory", 1)          \
    X(SUPPLY, "supply", 1)             \
    X(COLD, "cold_start", 3)           \
    X(ROOM, "room", 1)                 \
    X(UNCALIBRATED, "uncalibrated", 8) \
    X(HELD, "held_overnight", 1)       \
    X(QUIET, "noise_off", 1)           \
    X(SWITCHES, "switches", 1)         \
    X(LOOSE, "sagging", 1)             \
    X(DYNAMICS, "dynamics", 8)         \
    X(OPTIONS, "options", 1)           \
    X(CONSENT, "consent", 3)           \
    X(TORN, "torn_writes", 1)          \
    X(LOGIC, "resets", 1)              \
    X(FLICKER, "flicker", 1)           \
    X(LONG, "long_outages", 1)         \
    X(RECUT, "cut_again", 1)           \
    X(SAG, "sag", 1)                   \
    X(NUDGE, "nudge", 1)               \
    X(ENDSTOP, "endstop", 1)           \
    X(BIND, "bind", 3)                 \
    X(SLIP, "slip", 1)                 \
    X(RELEASE, "release", 1)           \
    X(FILE, "file", 3)                 \
    X(CANCEL, "cancel", 1)             \
    X(CONSOLE, "console", 1)

enum swarm_fault {
#define ITEM(name, word, rarer) SWARM_##name,
    SWARM_FAULT_LIST(ITEM)
#undef ITEM
        SWARM_FAULTS
};

#define SWARM_SCENARIO "swarm" ///< name of the file over which all is set

enum { SWARM_CUTS = 4, SWARM_DISTURBS = 4, SWARM_ENTRY = 128 };

/// A run being drawn. Plain data.
struct swarm_draw {
    struct noise noise;
    uint32_t faults;                         ///< bit per enum swarm_fault
    bool switches;                           ///< the printer has z_plus endstops
    char set[LAB_INPUT_SETS][LAB_PLACE_SET]; ///< overrides so far
    size_t sets;
    char cut[SWARM_CUTS][SWARM_ENTRY]; ///< entries of `power`, as YAML
    int cuts;
    char disturb[SWARM_DISTURBS][SWARM_ENTRY];
    int disturbs;
};

/// The word of a fault. Static.
const char *swarm_fault_word(enum swarm_fault fault);

/// 64 bits that hang on the run and on what they are for: a name, and a number for things of that name.
uint64_t swarm_bits(const struct swarm_draw *draw, const char *what, int i);
/// Both included.
int64_t swarm_between(const struct swarm_draw *draw, const char *what, int i, int64_t least,
                      int64_t most);
/// The same, but each doubling is as likely as the next. 0 < least.
int64_t swarm_spread(const struct swarm_draw *draw, const char *what, int i, int64_t least,
                     int64_t most);
/// True `permille` of a thousand times.
bool swarm_chance(const struct swarm_draw *draw, const char *what, int i, int permille);
bool swarm_has(const struct swarm_draw *draw, enum swarm_fault fault);

/// Override a key. What finds no room is a bug.
__attribute__((format(printf, 2, 3))) void swarm_set(struct swarm_draw *draw, const char *format,
                                                     ...);

/// First step: which faults there will be; the machine and its job. `root`: where fixtures/ is, NULL for the current folder.
void swarm_draw_machine(struct swarm_draw *draw, uint64_t seed, int64_t number, const char *root);

/// Second step: cuts and disturbances of a print that a twin has made with nothing of the kind.
void swarm_draw_events(struct swarm_draw *draw, const struct run *twin,
                       const struct sim_trail *trail);

/// Third step: what must hold in a run of this scenario, as a value of `expect`.
void swarm_expect(const struct lab_scenario *scenario, char out[LAB_PLACE_SET]);

// --- runs -----------------------------------------------------------------------------------------------------

/// What was asked for.
struct swarm_request {
    uint64_t seed;
    int64_t from, to; ///< numbers of runs, both included
    int64_t of;       ///< runs of the whole swarm: these may be a part
    int32_t jobs;
    int64_t stop_after; ///< failures; 0: go on
    const char *root;   ///< NULL: the current folder
    const char *const *set;
    size_t sets; ///< the caller's own overrides, over all that is drawn
};

/// What became of a run, as far as it is kept.
struct swarm_row {
    int64_t number;
    uint32_t faults; ///< bit per enum swarm_fault
    uint8_t outcome; ///< enum lab_outcome
    uint8_t result;  ///< enum lab_result
    uint8_t reason;  ///< enum plr_reason
    bool result_ok;
    uint8_t cuts;    ///< outages that happened
    uint8_t dropped; ///< cuts and disturbances that never happened, and were taken away
    uint32_t known;  ///< bit per measure
    uint8_t measure_outcome[LAB_MEASURES];
    int64_t value[LAB_MEASURES];
    char printer[24], job[24];
    char why[160];
};

/// All of it: plain data, passed between processes.
struct swarm_result {
    struct swarm_row row;
    int32_t bad; ///< 0; or a negative errno: the run could not be made, and `error` says why
    char id[LAB_ID_BYTES];
    struct lab_error error;
};

/// Draw run `number`, make it, judge it. `input` and `run` are the caller's to look at and to release (run_free, lab_input_close when
/// result->bad is 0). What is drawn to happen and never does is taken away, a tear that does not fit the write it meets is made to fit,
/// and the run made anew, so that its ID stands for what happened.
void swarm_one(const struct swarm_request *request, int64_t number, struct lab_input *input,
               struct run *run, struct swarm_result *result);

/// Make the runs of the request with its number of processes. `heard` gets a struct swarm_result of each, in any order. Returns 0
/// or a negative errno; -ECHILD when a process died, and *err says how.
int swarm_runs(const struct swarm_request *request, jobs_heard *heard, void *ctx,
               struct lab_error *err);

#endif
