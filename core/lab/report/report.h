// Reports: a run as a lab protocol for people, as JSON and as JUnit XML for machines.
// SPDX-License-Identifier: MIT
//
// The caller fills plain structs; pointers in them are borrowed for the call. Writers print to the
// FILE or path they are given and nowhere else. A file is written beside its place and renamed, so
// a half-written report never exists.
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include <stdio.h>

#include "core/lab/oracle/oracle.h"
#include "core/lab/report/rig.h"
#include "core/plr/mark.h"

enum { LAB_REPORT_TEAR = 24 };

/// One cut: where it fell, beside what it did (truth).
struct lab_report_cut {
    struct lab_truth_cut truth;
    int64_t into_job_us; ///< mains_us since the job began, as --dry-run counts; -1 unknown
    uint64_t event;      ///< number of the event at which mains went
    int32_t layer;       ///< 0-based, -1 before the first
    int32_t line;        ///< of the job file, 1-based; 0 unknown
    int64_t file_offset; ///< -1 none
    int32_t move_fraction_ppm;
    const char *during; ///< "print", "travel", "retract", "heat", "home_z0" ...
    bool torn;          ///< scripted to fall into an operation of the memory:
    bool torn_erase;    ///< an erase, else a program
    uint32_t torn_size; ///< of so many bytes
    char tear
        [LAB_REPORT_TEAR]; ///< what was left of it: a word of the scenario's `tear`, "" its first half
};

/// A stretch of time in which a step of a recovery went on.
struct lab_report_bout {
    int64_t start_us, duration_us; ///< since that cut's power return
};
enum { LAB_REPORT_BOUTS = 12 };

/// A step of a recovery.
struct lab_report_step {
    int32_t cut;         ///< after which cut, 0-based
    const char *phase;   ///< plr_phase_name
    int64_t start_us;    ///< since that cut's power return
    int64_t duration_us; ///< of all its bouts
    const char *note;    ///< "" none: corner heights found, retries ...
    int32_t bouts;       ///< it was come to so often, with something else in between; 0: once
    struct lab_report_bout bout[LAB_REPORT_BOUTS]; ///< the first of them
};

/// One kind of save the DUT made.
struct lab_report_save {
    const char *what; ///< "layer", "interval", "power_fail", "tick"
    int64_t count;
    int64_t bytes;  ///< written by them together, -1 not known apart
    int64_t age_us; ///< of the newest when motion stopped at the last cut, -1 unknown
};

/// A G-code word or command that the firmware does not know.
struct lab_report_unknown {
    const char *name;
    int64_t count;
};

/// Figures of this computer and this moment; left out of byte comparisons.
struct lab_report_host {
    bool present;            ///< false: --no-host
    int64_t wall_ms;         ///< process start to report, twin included
    int64_t max_rss_kib;     ///< -1 unknown
    int64_t jobs;            ///< processes at work (sweep)
    int64_t cuts_per_second; ///< (sweep), -1 unknown
};

struct lab_report {
    const char *version;                  ///< of the program
    const char *id;                       ///< run ID
    const char *about;                    ///< scenario's one line
    const char *printer, *job, *material; ///< names for people
    const struct lab_scenario *scenario;
    const char *scenario_name;
    uint64_t seed;
    const char *const *set; ///< "key=value" as given
    size_t sets;
    uint32_t hash_doc, hash_printer, hash_job;
    uint32_t hash_config; ///< of the Klipper configuration, 0 none
    const char *dut;      ///< "core", "naive"
    const char *gantry;   ///< "full", "quasistatic"
    const char *reason;   ///< of the result; "" none
    const struct lab_verdict *verdict;
    uint64_t trace_hash;
    uint64_t marks; ///< of the core that were passed: bit per enum plr_mark
    int64_t sim_ms; ///< time with mains on in the interrupted run
    int64_t moves;
    const struct lab_report_cut *cut;
    size_t cuts;
    const struct lab_report_step *step;
    size_t steps;
    const struct lab_report_save *save;
    size_t saves;
    const struct lab_report_unknown *unknown;
    size_t unknowns;
    /// Further names that the list has no room for; lines.
    int64_t unknown_more, unknown_more_lines;
    bool unknown_more_capped; ///< that many names or more
    const char *const *note;
    size_t notes;
    /// Of the interrupted run: corner heights at the end; may be NULL.
    const struct lab_truth *truth;
    const struct lab_twin_facts *twin; ///< may be NULL
    const struct lab_report_rig *rig;  ///< of a real printer; NULL simulated
    struct lab_report_host host;
};

/// How a text looks: bits. Colours are ANSI's and never the only carrier; without blocks small charts are drawn in ASCII.
enum { LAB_TEXT_COLOUR = 1, LAB_TEXT_BLOCKS = 2 };
/// ... and so many columns for a small chart at most (a narrow terminal); 0: as many as fit into a report.
#define LAB_TEXT_CHART(columns) ((unsigned)(columns) << 8)

/// Lab protocol for people, at most 100 columns. `look`: LAB_TEXT bits (true is colour alone). Returns 0 or -5 (the stream has an
/// error).
int lab_report_text(const struct lab_report *report, unsigned look, FILE *out);

/// JSON plr-run/1 to `path` ("-" is stdout). Integers only, keys in a fixed order. Returns 0 or a
/// negative errno; then no file appears and an older one stays as it was.
int lab_report_json(const struct lab_report *report, const char *path);

/// The same to a stream. Returns 0 or a negative errno.
int lab_report_json_out(const struct lab_report *report, FILE *out);

/// JUnit: a test suite for each report, a test case for the result, for the state in which the job went on (where it could be
/// compared), and for each measure. Returns as lab_report_json.
int lab_report_junit(const struct lab_report *const *report, size_t count, const char *path);

/// Signals for LAVA, which watches a console: a run that is a test set of this name begins.
void lab_report_lava_begin(const char *set, FILE *out);
/// ... and has ended: a test case for the result and one for each measure, as in JUnit. NULL: no verdict came of it.
void lab_report_lava(const struct lab_verdict *verdict, FILE *out);

/// Cuts of a sweep that were made again with the full gantry. Owns its strings.
struct lab_sweep_full {
    int64_t every; ///< one in so many, as asked
    int64_t cuts;
    int64_t otherwise; ///< of them those with another result, reason or outcome
    int64_t too_far;   ///< ... with a height further away than rounding to microsteps explains
    struct lab_worst apart[LAB_MEASURES]; ///< largest difference, full minus balance, and where
};
void lab_sweep_full_free(struct lab_sweep_full *full);

/// What a sweep adds to a population.
struct lab_sweep_facts {
    const char *every;                 ///< "move", "nv_write", "ms:500"
    const char *tear;                  ///< as asked; NULL not said
    int64_t depth;                     ///< cuts of a run, at most
    const char *every2;                ///< what recoveries are cut at, as asked; NULL not said
    int64_t from, to;                  ///< as asked; `to` INT64_MAX: to the end
    uint32_t list;                     ///< hash of all cuts that there are, made here or not
    int64_t cuts;                      ///< made
    int64_t never_fired;               ///< places that the interrupted print never reached
    int64_t to_end;                    ///< printed to the end, not judged by the window
    int64_t differs;                   ///< of them those where the window had said something else
    int64_t unique_states;             ///< different memories that recoveries began with
    const uint64_t *state;             ///< so many hashes of them, ascending
    const struct lab_sweep_full *full; ///< NULL: no cut was made again with the full gantry
    int64_t other_state; ///< went on in a state that the uninterrupted print did not have there
    int64_t marks[PLR_MARKS]; ///< cuts that came by each mark of the core, from the cut on
};

/// Facts that are numbers, and that add up where reports are merged. Static.
struct lab_sweep_number {
    const char *key; ///< in JSON
    size_t offset;   ///< of an int64_t in struct lab_sweep_facts
};
const struct lab_sweep_number *lab_sweep_numbers(size_t *count);

/// Places [first, end) of runs that a report holds.
struct lab_cover {
    int64_t first, end;
};

enum { LAB_CURVE_WORD = 104 };

/// One of many runs, as a curve shows it.
struct lab_curve_cut {
    char word
        [LAB_CURVE_WORD]; ///< what is its own in its ID: "m18311", "l61:pverify.1"; of seeds "s7"
    int64_t into_job_us;  ///< when the power went, since the job began
    /// What its last cut fell into, when that is a recovery: a phase, "a write"; NULL the print. Static.
    const char *within;
    enum lab_result result;
    enum lab_outcome outcome;
    uint32_t known;  ///< bit per measure
    uint32_t judged; ///< those that could be right or wrong: where nothing was to be resumed, few
    uint32_t failed; ///< those over their limit, or unknown where they must not be
    int64_t value[LAB_MEASURES];
    int64_t limit[LAB_MEASURES]; ///< its own, where the scenario has one: never smaller than that
};

/// Every run of a sweep or of many seeds, in their order; asked for one by one, for a sweep keeps them in a form of its own.
struct lab_curve {
    const char *of; ///< what a report calls one of them: "cut", "run" of many seeds. Static
    size_t count;
    /// The n-th. Returns false for a place that was never reached: `out` is then not filled.
    bool (*cut)(const void *ctx, size_t n, struct lab_curve_cut *out);
    const void *ctx;
};

/// Many runs of one scenario: --seeds, sweep.
struct lab_sweep_report {
    const char *version; ///< of the program
    const char *scenario_name;
    const char *id; ///< of the whole: NAME@HASH8#sSEED..., or ""
    /// Limits of a single run; NULL: not known (merged reports).
    const struct lab_scenario *scenario;
    const char *dut, *gantry;
    const char *const *set;
    size_t sets;
    uint32_t hash_doc, hash_printer, hash_job;
    uint32_t hash_config;                    ///< of the Klipper configuration, 0 none
    const struct lab_population *population; ///< judged
    const struct lab_sweep_facts *sweep;     ///< NULL: seeds, no sweep
    const struct lab_cover *cover;           ///< ascending, apart from each other
    size_t covers;
    bool seeded; ///< a swarm, and `seed` is what it was drawn from
    uint64_t seed;
    int64_t of;       ///< places [0, of) are all that there are; -1: nobody has said how many
    bool interrupted; ///< by a signal: it holds what was done by then
    const struct lab_curve *curve; ///< NULL: not known apart (merged reports)
    struct lab_report_host host;
};

/// How many places of the whole a report does not hold; 0 when `of` is not known.
int64_t lab_sweep_missing(const struct lab_sweep_report *report);

/// Did any cut come by a mark of the core? If not, the core was not at work.
bool lab_sweep_marked(const struct lab_sweep_facts *sweep);

/// The same for a population; JSON plr-sweep/1. Returns as above.
int lab_sweep_text(const struct lab_sweep_report *report, unsigned look, FILE *out);
int lab_sweep_json(const struct lab_sweep_report *report, const char *path);
int lab_sweep_junit(const struct lab_sweep_report *report, const char *path);

/// The same sweep for several combinations of values.
struct lab_axes_report {
    const char *const *key; ///< keys of the scenario
    size_t keys;
    const struct lab_sweep_report *const *row; ///< their sets end in these keys
    size_t rows;
};

/// A table with a row for each; JSON plr-sweep-axes/1, whose `sweeps` are plr-sweep/1. Returns as above.
int lab_axes_text(const struct lab_axes_report *report, bool colour, FILE *out);
int lab_axes_json(const struct lab_axes_report *report, const char *path);

/// Could lab_write_file write to `path`? To be asked before a long run; makes and changes nothing. Returns 0, or the negative errno
/// that stands in the way: no such folder, a directory, no permission. A disk may still fill up meanwhile.
int lab_write_check(const char *path);

/// Would both be written to the same file, by whatever name or link it is called? What is no plain file (/dev/null) is the same only
/// under the same name.
bool lab_write_same(const char *a, const char *b);

/// Which of the files that a scenario was read from (its own, its printer's, job's and configuration's) would be written over at `path`? NULL: none.
const char *lab_write_over(const struct lab_scenario *scenario, const char *path);

/// Remove what lab_write_file has begun in this process and not finished. For handlers of signals that end the program: it is safe there.
void lab_write_abandon(void);

/// Write to `path` by way of a temporary file and rename ("-" is stdout): `make` prints to the
/// stream it is given and returns 0 or a negative errno. Returns 0 or a negative errno; on error
/// nothing appears at `path`.
int lab_write_file(const char *path, int (*make)(const void *ctx, FILE *out), const void *ctx);

#endif
