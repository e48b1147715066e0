// Oracle: compares a run with its uninterrupted twin and judges it, from truth and ledgers only.
// SPDX-License-Identifier: MIT
//
// Alignment. Path is what was deposited with XY length; E-only pushes (unretract, purge in place)
// are not path. A place on the twin's path is its XY length from the beginning. After each cut the
// resumed deposits are located in the twin by their XY shape (a constant displacement is allowed:
// it is what layer_shift measures), with filament as the ruler within a move, so a resume in
// mid-move, other splits of a move and a shrunk part do not matter. Z takes no part. Where several
// places look alike (layers of a tower): when the run was printed to its end, the filament left to
// the end decides; otherwise the one nearest the cut. Leading deposits that are nowhere in the twin
// (purge lines) are skipped and counted as stray.
//
// All results are integers; nm become um by rounding half away from zero.
#ifndef LAB_ORACLE_H
#define LAB_ORACLE_H

#include "core/lab/scenario/scenario.h"
#include "core/lab/truth/truth.h"

enum lab_outcome {
    LAB_PASS,
    LAB_MARGINAL,
    LAB_FAIL,
    LAB_ERROR,          ///< infrastructure; never made by the oracle itself
    LAB_NOT_APPLICABLE, ///< of a single measure only
    LAB_OUTCOMES
};

/// One measure of a run, in the unit of lab_measure_info. Over several cuts: of the cut with the
/// largest |value|; coverage (gap, overlap) and all that is counted per run: of the whole run.
/// Measures without a spread repeat their value.
struct lab_measured {
    bool known;              ///< false: the numbers below mean nothing (JSON null)
    int64_t value, min, max; ///< mean, smallest, largest
    int64_t p95;             ///< of |.|, weighted by path length
    bool limited, warned;    ///< are `limit`, `warn` set?
    int64_t limit, warn;
    bool gauged;         ///< read by a gauge of a bench:
    bool independent;    ///< one that the recovery did not use,
    int64_t uncertainty; ///< half-width of its 95 % interval
    enum lab_outcome outcome;
};

/// Did a run go on in the state that the uninterrupted one had there? What no measure shows (a fan that stands still) is in it.
enum lab_state {
    LAB_STATE_UNSEEN, ///< nobody could compare: nothing went on, or with a file of the device's own
    LAB_STATE_SAME,
    LAB_STATE_OTHER
};

enum { LAB_PROFILE = 96 };

/// What the alignment found about one cut; for reports and for people who doubt a number.
struct lab_aligned {
    bool matched;          ///< the path resumed after this cut was found in the twin
    bool nothing_left;     ///< all of it lay before the cut, and the job was done: no path to find
    int64_t cut_at_nm;     ///< twin's path coordinate at which extrusion ended, -1 unknown
    int64_t resumed_at_nm; ///< ... at which it went on
    int64_t z_error_nm;    ///< mean over the first resumed path
    int64_t shift_nm[2];   ///< mean XY displacement over it
    int64_t first_path_nm; ///< length of it
    /// Deposits after this cut that are nowhere in the twin: their XY length.
    int64_t stray_path_nm;
    int64_t stray_filament_nm; ///< and their filament (with pushes in place)
    int64_t state_age_us;      ///< -1 unknown
    bool profiled;             ///< of a single run, when it was matched:
    int32_t profile_nm
        [LAB_PROFILE]; ///< mean height error of equal parts of the twin's path over the first resumed path; INT32_MIN: nothing there
    /// Length of the twin's path that these parts divide: first_path_nm, or more where stretches were not laid.
    int64_t profile_path_nm;
    size_t first_entry;     ///< of the run's ledger, in which the first resumed path begins,
    int64_t first_entry_nm; ///< so far along it
};

struct lab_verdict {
    enum lab_outcome outcome; ///< the worst of result and measures
    enum lab_result result;
    bool result_ok;       ///< result and reason are what `expect` asks for
    char why[160];        ///< first thing that is not as expected; "" when all is
    enum lab_state state; ///< said by lab_judge_state
    bool contradicted;    ///< ... by lab_judge_contradicted
    struct lab_measured measure[LAB_MEASURES];
    struct lab_aligned cut[LAB_TRUTH_CUTS];
    int cuts;
};

/// The limit of a single run, 0 by default for what must be 0. A run's own may be larger (lab_measured.limit): path that nobody could
/// know of when power went without warning may be laid twice. Returns false when there is none.
bool lab_limit_of(const struct lab_scenario *scenario, enum lab_measure measure, int64_t *limit);

/// Judge `run` against `twin` (the same job uninterrupted). `reason` is the DUT's or the harness's
/// sentence (may be NULL); scenario->expect_reason, when given, must occur in it. Limits on dive
/// and collisions are 0 when the scenario sets none; outage_contact is never judged. A limit on a
/// measure of a resumed run that could not be aligned fails, unless no path was left to be printed. Returns 0 or -12 (out of memory; `out`
/// is then all zero with outcome LAB_ERROR).
int lab_judge(const struct lab_truth *run, const struct lab_truth *twin,
              const struct lab_scenario *scenario, enum lab_result result, const char *reason,
              struct lab_verdict *out);

/// Judge a run of a bench (run->gauged): there is no ledger and no twin, and what no gauge read is not applicable. A reading whose
/// uncertainty reaches over a limit is marginal on either side of it. A gauge that the recovery itself used can fail z_offset_error
/// and cannot pass it: that is not applicable then.
void lab_judge_gauged(const struct lab_truth *run, const struct lab_scenario *scenario,
                      enum lab_result result, const char *reason, struct lab_verdict *out);

/// Say how the run's state was. Another one than the uninterrupted print had fails, whatever the measures say.
void lab_judge_state(struct lab_verdict *verdict, enum lab_state state);

/// Say that another way of judging the same run came to something else: an error of the lab.
void lab_judge_contradicted(struct lab_verdict *verdict);

/// A twin that many runs are compared with.
struct lab_twin;

/// What is worked out once for it; borrows its ledger. NULL: out of memory. Close with lab_twin_close (NULL is allowed).
struct lab_twin *lab_twin_open(const struct lab_truth *twin);
void lab_twin_close(struct lab_twin *twin);

/// Judge a resumed run by entries [first, end) of the twin's ledger, as if these were all. For sweeps, which keep no spread: min, max
/// and p95 of the first resumed path's measures are their value. Returns as lab_judge.
int lab_judge_stretch(const struct lab_truth *run, const struct lab_twin *twin, size_t first,
                      size_t end, const struct lab_scenario *scenario, struct lab_verdict *out);

/// Of so many bytes programmed in so long a print; -1 unknown.
int64_t lab_bytes_per_hour(int64_t nv_bytes, int64_t nv_print_us);

const char *lab_outcome_name(enum lab_outcome outcome); ///< "pass", "not_applicable"; static
const char *lab_result_name(enum lab_result result);    ///< "resumed", "any"; static

/// nm to um, us to ms: divide, rounding half away from zero.
int64_t lab_round_div(int64_t value, int64_t divisor);

// --- many runs of one scenario
// ---------------------------------------------------------------------

/// A run among many. Strings are borrowed for the call.
struct lab_population_run {
    int64_t at; ///< its place among all runs there could be: number of the cut, seed
    /// Fewer cuts in it make it shorter (lab_id.h); NULL where lab_population_names says no.
    const char *id;
    const char *reason; ///< of the result: "bed_cold: the bed is ..." (its word counts), "" none
};

/// What failed of a run when it is no measure.
enum {
    LAB_FAILED_RESULT = -1,
    LAB_FAILED_STATE = -2,    ///< it went on in another state
    LAB_FAILED_WINDOW = -3,   ///< a sweep's window and the whole print contradict each other
    LAB_FAILED_NOT_MADE = -4, ///< the run could not be made at all
    LAB_FAILED_LAST = LAB_FAILED_NOT_MADE
};

/// The word for what failed, as in reports: a measure's key, "result", "state", "window", "not_made". Static.
const char *lab_failed_word(int measure);
/// The other way round; an unknown word is LAB_FAILED_RESULT.
int lab_failed_of(const char *word);

/// A run that did not pass, for the list of failures. Owns its strings.
struct lab_failure {
    const char *id;
    int64_t at;
    enum lab_outcome outcome;
    int measure; ///< enum lab_measure that was worst, or LAB_FAILED_RESULT and what follows it
    bool known;
    int64_t value;
    size_t turn; ///< of those at one place: the order in which they came
};

enum { LAB_CLASS_REASON = 32 };

/// All failures of one kind, and the shortest of them: fewest cuts first, then the earliest. Owns its string.
struct lab_failure_class {
    enum lab_outcome outcome;
    int measure;                   ///< as in struct lab_failure
    enum lab_result result;        ///< LAB_RESULT_ANY: it was not made
    char reason[LAB_CLASS_REASON]; ///< its word, "" none
    int64_t count;
    int64_t at;
    const char *id;
};

/// Did both fail alike, as far as classes go?
bool lab_failure_same_kind(const struct lab_failure_class *a, const struct lab_failure_class *b);
/// Another run stands for the class. `id` is copied. Returns 0 or -12.
int lab_failure_rename(struct lab_failure_class *kind, const char *id);

/// So many runs had this value.
struct lab_tally {
    int64_t value; ///< of |measure|
    int64_t count;
};

/// Statistics of one measure over the runs in which it was known, of |value| (nearest rank). For
/// measures whose limit is a minimum "p95" and "max" are taken at the bad, low end.
struct lab_population_measure {
    int64_t count;
    int64_t p50, p95, max;
    bool limited, warned;
    int64_t limit, warn; ///< of expect_p95
    enum lab_outcome outcome;
};

/// The run with the largest |value| of a measure (the smallest where low is bad); of equals the one with fewest cuts, then the
/// earliest. Owns its string.
struct lab_worst {
    bool known;
    int64_t value;
    int64_t at;
    const char *id;
};

/// Keep the other one when its |value| is larger (smaller: `lower_is_bad`), or when it is as large and to be named rather. Its string
/// is copied. Returns 0 or -12.
int lab_worst_keep(struct lab_worst *worst, const struct lab_worst *other, bool lower_is_bad);

/// All that is known of many runs without the runs themselves; two of them make one. Owns its arrays; zero it to begin.
struct lab_population {
    int64_t runs;
    int64_t results[LAB_RESULT_ANY];
    int64_t not_made; ///< errors without a result: runs that could not be made
    int64_t outcomes[LAB_OUTCOMES];
    struct lab_failure *failure; ///< by lab_population_judge in the order of runs
    size_t failures, failure_room;
    struct lab_failure_class *kind; ///< the same: most frequent first
    size_t kinds, kind_room;
    struct lab_tally *tally[LAB_MEASURES]; ///< the same: by value, each value once
    size_t tallies[LAB_MEASURES], tally_room[LAB_MEASURES];
    struct lab_population_measure measure[LAB_MEASURES]; ///< filled by lab_population_judge
    struct lab_worst worst[LAB_MEASURES];
    enum lab_outcome outcome; ///< the worst of runs and statistics
};

/// Would the ID of such a run with so many cuts be kept: has it failed, or is it the worst so far of a measure? An ID costs more than
/// counting does; who has very many runs asks first, and makes none where the answer is no.
bool lab_population_names(const struct lab_population *population, int64_t at, int cuts,
                          const struct lab_verdict *verdict);
/// Count a run in. Returns 0 or -12.
int lab_population_add(struct lab_population *population, const struct lab_population_run *run,
                       const struct lab_verdict *verdict);
/// Count one in that could not be made: an error. `run->id` names it. Returns 0 or -12.
int lab_population_not_made(struct lab_population *population,
                            const struct lab_population_run *run);
/// Count all runs of `from` in, whatever the order in which populations come: no place (`at`) may be in both. Returns 0 or -12.
int lab_population_merge(struct lab_population *population, const struct lab_population *from);
/// Compute the statistics and judge them by scenario->expect_p95, or by the limits that are in `measure` already (NULL). May be
/// called again after more runs.
void lab_population_judge(struct lab_population *population, const struct lab_scenario *scenario);
void lab_population_free(struct lab_population *population);

// What readers of reports put a population together from. Strings are copied; each returns 0 or -12.
int lab_population_tally(struct lab_population *population, int measure, struct lab_tally tally);
int lab_population_failure(struct lab_population *population, const struct lab_failure *failure);
int lab_population_kind(struct lab_population *population, const struct lab_failure_class *kind);
int lab_population_worst(struct lab_population *population, int measure,
                         const struct lab_worst *worst);

// --- the twin, judged from outside
// ------------------------------------------------------------------

/// What the slicer says about its own file.
struct lab_slicer_totals {
    bool has_filament, has_time;
    int64_t filament_nm; ///< sum over extruders
    int64_t time_ms;
};

/// Read the slicer's comments (PrusaSlicer and kin, Cura) from the first and last 64 KiB of a file
/// in memory.
void lab_slicer_totals(const char *file, size_t size, struct lab_slicer_totals *out);

/// Twin against slicer. Errors are in ppm of the slicer's figure, + is more than the slicer says.
struct lab_twin_facts {
    struct lab_slicer_totals slicer;
    int64_t filament_nm, time_ms;               ///< the twin's own
    int64_t filament_error_ppm, time_error_ppm; ///< 0 where the slicer is silent
    int64_t path_nm;                            ///< XY length of all path
    int64_t box_nm[2][3];                       ///< smallest and largest coordinate of path
    size_t deposits;
};

/// Compare. `print_us` is how long the twin printed (caller's choice of begin and end). Judges
/// nothing.
void lab_twin_check(const struct lab_truth *twin, int64_t print_us, const char *file, size_t size,
                    struct lab_twin_facts *out);

#endif
