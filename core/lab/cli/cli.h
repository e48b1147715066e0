// Command line of the lab programs: options, help, progress line, colour, exit codes.
// SPDX-License-Identifier: MIT
//
// A program is a table of verbs and a table of options; parser, help text, man page and completion
// follow from it.
#ifndef LAB_CLI_H
#define LAB_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum lab_exit {
    LAB_EXIT_PASS = 0, ///< pass or marginal
    LAB_EXIT_FAIL = 1,
    LAB_EXIT_USAGE =
        2, ///< wrong use, bad file, a cut that never fires, a hash that no longer matches
    LAB_EXIT_INFRA = 3,    ///< disk full, no memory, lost connection
    LAB_EXIT_LIVENESS = 4, ///< never finished
    LAB_EXIT_BUG = 5,
    LAB_EXIT_PART = 6, ///< reports were merged, but some of the whole are missing
    LAB_EXIT_INTERRUPTED = 130
};

enum lab_verb {
    LAB_VERB_RUN,
    LAB_VERB_CHECK,
    LAB_VERB_LIST,
    LAB_VERB_SCHEMA,
    LAB_VERB_EXPLAIN,
    LAB_VERB_PRINTER,
    LAB_VERB_SWEEP,
    LAB_VERB_SWARM,
    LAB_VERB_MERGE,
    LAB_VERB_COMPARE,
    LAB_VERB_DIFF,
    LAB_VERB_VCD,
    LAB_VERB_POWER_SCRIPT,
    LAB_VERB_SERVE,
    LAB_VERB_VIEW,
    LAB_VERBS
};

enum lab_color { LAB_COLOR_AUTO, LAB_COLOR_ALWAYS, LAB_COLOR_NEVER };

/// What was asked for. Strings point into argv; the arrays are owned (lab_cli_free).
struct lab_cli {
    int verb; ///< enum lab_verb; the program's first verb when none is named
    bool verb_named;
    bool help, version;   ///< print that and exit 0
    const char **operand; ///< scenario files, run IDs, keys
    size_t operands;
    const char **set; ///< "KEY=VALUE", in order
    size_t sets;
    const char **skip; ///< keys to be left out
    size_t skips;
    bool has_seed;
    uint64_t seed;
    int64_t seeds;            ///< 0 = one run
    const char *json, *junit; ///< NULL none, "-" stdout
    const char *html;         ///< the report as a page; NULL none
    const char *state;        ///< the saved state as JSON; NULL none, "-" stdout
    const char *trace;        ///< what happened, for views; NULL none, "-" stdout
    const char *vcd;          ///< the same as waveforms
    const char *window;       ///< of them, as written; NULL not said
    /// Of a captured waveform, as written; NULL not said.
    const char *signal, *debounce, *begin, *off_for;
    bool low_is_on;
    const char *root;   ///< NULL = current folder
    const char *from;   ///< a Klipper configuration, or an event number; NULL none
    const char *output; ///< NULL = stdout
    bool no_host, dry_run, quiet, plain;
    enum lab_color color;
    // of sweeps and swarms
    const char *every, *every2, *axes, *tear, *shard, *to; ///< as written; NULL not said
    const char *csv;                                       ///< the curve; NULL none
    int64_t jobs, stop_after, depth, full;                 ///< 0 not said
    int64_t runs;                                          ///< of a swarm; 0 not said
    const char *tolerance; ///< of comparisons, as written; NULL not said
    // of a served printer
    const char *pty, *control, *gpio; ///< NULL not said
    int64_t speed;                    ///< 0 not said; also of a view
    // of a view
    bool view;                                   ///< a window
    const char *screenshot, *record, *at, *size; ///< as written; NULL not said
    int64_t scale;                               ///< percent; 0 not said
};

/// A verb: one row. A program that does one thing has one verb, without a name.
struct lab_cli_verb {
    const char *name;
    const char *operands; ///< for the usage line: "SCENARIO|ID..."
    const char *about;    ///< one line
    size_t operands_min, operands_max;
};

enum lab_cli_kind {
    LAB_CLI_FLAG,
    LAB_CLI_TEXT,
    LAB_CLI_LIST,
    LAB_CLI_U64,
    LAB_CLI_COUNT,
    LAB_CLI_COLOR
};

/// An option: one row.
struct lab_cli_option {
    const char *name;     ///< without the two dashes
    char letter;          ///< 0 none
    const char *argument; ///< "FILE", NULL = takes none
    const char *about;    ///< may hold line feeds
    enum lab_cli_kind kind;
    /// Into struct lab_cli, or into the program's own that begins with one; of a list its words, the count behind them.
    size_t offset;
    uint32_t verbs; ///< bit per verb that takes it
};

struct lab_cli_program {
    const char *name, *version, *about;
    const struct lab_cli_verb *verb;
    int verbs;
    const struct lab_cli_option *option;
    int options;
    const char *notes;          ///< after the options: exit codes and the like
    const char *const *example; ///< pairs: command, what it does
    int examples;
    /// Of the program's own struct, whose first member is a struct lab_cli; 0: only that.
    size_t size;
};

/// plr-sim's tables.
const struct lab_cli_program *lab_cli_sim(void);

/// Parse. Returns 0; -22 (EINVAL) with a sentence in `message` (no program name, no line feed); or
/// -12. `out` may be freed in every case. It is the first member of a struct of program->size bytes when that is not 0.
int lab_cli_parse(const struct lab_cli_program *program, int argc, const char *const *argv,
                  struct lab_cli *out, char *message, size_t message_size);
void lab_cli_free(struct lab_cli *cli);

/// Help for the program (verb < 0) or for one verb, at most 80 columns.
void lab_cli_help(const struct lab_cli_program *program, int verb, FILE *out);

/// Man page (man(7) macros) of the program; what docs/man/NAME.1 holds.
void lab_cli_man(const struct lab_cli_program *program, FILE *out);

/// The word of `count` words that `word` was probably meant to be, or NULL.
const char *lab_cli_nearest(const char *word, const char *const *words, size_t count);

/// Colour on this stream? Order: --color, NO_COLOR (not empty), CLICOLOR_FORCE (not empty, not
/// "0"), TERM=dumb, terminal.
bool lab_cli_colour(enum lab_color asked, FILE *stream);

/// May characters beyond ASCII go to people? By LC_ALL, LC_CTYPE, LANG (the first that is not empty), and not to TERM=dumb.
bool lab_cli_blocks(void);

/// How wide the terminal behind this stream is; 0: it is none, or does not say.
int lab_cli_columns(FILE *stream);

/// Exit code for an outcome (enum lab_outcome) and a result (enum lab_result) of one run.
int lab_cli_exit(int outcome, int result, bool result_ok);

/// Progress on stderr-like streams: one line redrawn on a terminal with the time that is left, else a plain line each tenth.
struct lab_progress {
    FILE *out;
    bool terminal, quiet, drawn;
    int shown_permille;
    time_t begun;
    char label[48];
};
void lab_progress_begin(struct lab_progress *progress, FILE *out, bool quiet, const char *label);
/// `done` of `total`, with a word about now (may be "").
void lab_progress_step(struct lab_progress *progress, int64_t done, int64_t total,
                       const char *what);
/// Wipe the line.
void lab_progress_end(struct lab_progress *progress);

#endif
