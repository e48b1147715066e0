// Where two traces part: the first event, the first measure, and the first record of each other kind.
// SPDX-License-Identifier: MIT
//
// Everything of a run is compared to the nanometre and the microsecond. Run ID, program and notes are not: they say who ran, not what
// happened. Behind the end of a trace that is torn nothing is known, and so nothing differs.
#ifndef LAB_DIFF_H
#define LAB_DIFF_H

#include "core/lab/trace/trace.h"

enum lab_diff_kind {
    LAB_DIFF_EVENTS,
    LAB_DIFF_POWER,
    LAB_DIFF_PHASES,
    LAB_DIFF_MOTIONS, ///< as the firmware counts
    LAB_DIFF_PLACES,  ///< where the nozzle truly was
    LAB_DIFF_CORNERS,
    LAB_DIFF_NOZZLE, ///< temperatures
    LAB_DIFF_BED,
    LAB_DIFF_CHAMBER,
    LAB_DIFF_TARGETS,
    LAB_DIFF_LINES,
    LAB_DIFF_MEMORY,
    LAB_DIFF_DEPOSITS,
    LAB_DIFF_PROVED, ///< places that a printer has proved
    LAB_DIFF_MEASURES,
    LAB_DIFF_VERDICT,
    LAB_DIFF_KINDS
};

/// The first record of a kind that is not the same.
struct lab_diff_place {
    bool differs;
    size_t index;    ///< in both arrays; where one has no such record it ends there
    bool in_a, in_b; ///< is there one?
    int64_t t_us;    ///< when: of the two the earlier. Measures and verdict: 0
};

/// Borrows both traces and their names.
struct lab_diff {
    const char *name[2];
    const struct lab_trace *trace[2];
    bool same;    ///< nothing differs, and both are whole
    bool differs; ///< something does
    struct lab_diff_place place[LAB_DIFF_KINDS];
    size_t measures; ///< how many differ
};

/// Compare.
void lab_diff(struct lab_diff *out, const char *name_a, const struct lab_trace *a,
              const char *name_b, const struct lab_trace *b);

/// The word for a kind: "events", "places". Static.
const char *lab_diff_word(enum lab_diff_kind kind);

/// For people; JSON plr-diff/1. Return as the writers of reports.
int lab_diff_text(const struct lab_diff *diff, bool colour, FILE *out);
int lab_diff_json(const struct lab_diff *diff, const char *path);

#endif
