// Where two traces part: the first event, the first measure, and the first record of each other kind.
// SPDX-License-Identifier: MIT
//
// Everything of a run is compared to the nanometre and the microsecond. Run ID, program and notes are not: they say who ran, not what
// happened. Behind the end of a trace that is torn nothing is known, and so nothing differs. What differs by less than a micrometre is
// a difference, but not the first to be told when something larger follows.
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

/// Records and doings whose lengths alone differ, each by less than this, differ by little: it is the unit of all measures of length.
enum { LAB_DIFF_LITTLE_NM = 1000 };

/// The first record of a kind that is not the same.
struct lab_diff_place {
    bool differs;
    size_t index;    ///< in both arrays; where one has no such record it ends there
    bool in_a, in_b; ///< is there one?
    int64_t t_us;    ///< when: of the two the earlier. Measures and verdict: 0
    /// That one and all that differ differ by little.
    bool little;
    int64_t much_us; ///< when the first differs by more; t_us where it is that one
};

/// What two runs did of one kind of event, in order, whatever the instant and the event's number.
struct lab_diff_course {
    bool differs;
    size_t alike;     ///< to the nanometre, from the beginning
    int64_t index[2]; ///< of the first that is not: into the events of each; -1: it has no more
    /// The same of those that are alike but for little. `much`: there is one that differs by more.
    bool much;
    size_t close;
    int64_t much_index[2];
};

/// Borrows both traces and their names.
struct lab_diff {
    const char *name[2];
    const struct lab_trace *trace[2];
    bool same;    ///< nothing differs, and both are whole
    bool differs; ///< something does
    struct lab_diff_place place[LAB_DIFF_KINDS];
    size_t measures; ///< how many differ,
    size_t alone;    ///< of them so many that one trace has and the other has not
    struct lab_diff_course course[LAB_TRACE_EVENT_KINDS];
    /// The kind whose course parts first, by the time since the job's begin; -1: none does. By more than little, where one does.
    int course_first;
};

/// An instant of a run, in the time that runs of other seeds and devices share.
struct lab_diff_since {
    int64_t cut; ///< since the mains went in this one (from 0); -1: since the job began
    int64_t us;
};
struct lab_diff_since lab_diff_since(const struct lab_trace *trace, int64_t t_us);

/// Compare.
void lab_diff(struct lab_diff *out, const char *name_a, const struct lab_trace *a,
              const char *name_b, const struct lab_trace *b);

/// Fill in the courses. Part of lab_diff.
void lab_diff_courses(struct lab_diff *diff);

/// Do two events of the same kind differ in lengths alone, each by little?
bool lab_diff_close(const struct lab_trace_event *a, const struct lab_trace_event *b);
/// The same of `count` lengths.
bool lab_diff_close_nm(const int64_t *a, const int64_t *b, int count);

/// Are both held to the same limit and warning?
bool lab_diff_same_limits(const struct lab_trace_measure *a, const struct lab_trace_measure *b);

/// Does measure number i, of those in both, differ by more than its resolution? Values are whole units, rounded: one of them is none.
/// Another outcome or limit, or one that is known in one run alone, is a difference.
bool lab_diff_measurable(const struct lab_diff *diff, size_t i);

/// The word for a kind: "events", "places". Static.
const char *lab_diff_word(enum lab_diff_kind kind);

/// For people; JSON plr-diff/1. Return as the writers of reports.
int lab_diff_text(const struct lab_diff *diff, bool colour, FILE *out);
int lab_diff_json(const struct lab_diff *diff, const char *path);

#endif
