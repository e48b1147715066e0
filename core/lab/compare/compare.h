// Two reports, an older and a newer one: what got worse, what got better, what merely changed.
// SPDX-License-Identifier: MIT
//
// Two runs (plr-run/1) or two sweeps (plr-sweep/1) of the same scenario. Reports of older versions are read as far as they go: a
// measure that the older one does not have is not compared. A change of verdict always counts; a number counts when it moved by
// more than the tolerance, the larger of so many units and such a part of what it was. Larger is worse, but for a measure whose
// limit is a minimum; what no limit is ever set on (contact during the outage) is never worse. A measure that was known and is not
// any more is worse; so is a print that resumed and does not, unless failures became fewer by it or there were fewer runs.
#ifndef LAB_COMPARE_H
#define LAB_COMPARE_H

#include <jansson.h>

#include "core/lab/doc/error.h"
#include "core/lab/report/report.h"
#include "core/lab/scenario/id.h"

enum lab_change_kind {
    LAB_CHANGE_WORSE,
    LAB_CHANGE_BETTER,
    LAB_CHANGE_OTHER, ///< files, results that are as good, numbers without a good end
    LAB_CHANGE_KINDS
};

enum { LAB_CHANGE_TEXT = LAB_ID_BYTES + 192 };

/// One difference.
struct lab_change {
    enum lab_change_kind kind;
    char what[64];              ///< "outcome", "hashes.job", "z_offset_error_um.p95", "class"
    char text[LAB_CHANGE_TEXT]; ///< "31, was 18"; in words, on one line
};

struct lab_compare_tolerance {
    int64_t units;   ///< of the measure: um, ms ...
    int64_t percent; ///< of the older value
};

/// Owns its array.
struct lab_comparison {
    const char *old_name, *new_name; ///< borrowed
    struct lab_change *change;
    size_t changes, room;
    size_t count[LAB_CHANGE_KINDS];
};

/// Compare. Names are for messages. Returns 0, LAB_ENOMEM, or LAB_EINVAL with `err` when the two cannot be compared: no reports
/// or gutted ones, one a run and one a sweep, other scenarios, other kinds of cuts, a part of a sweep with anything but the same
/// part. Free in every case.
int lab_compare(struct lab_comparison *out, const char *old_name, const json_t *old_root,
                const char *new_name, const json_t *new_root,
                const struct lab_compare_tolerance *tolerance, struct lab_error *err);
void lab_compare_free(struct lab_comparison *comparison);

/// For people; JSON plr-compare/1. Return as the writers of reports.
int lab_compare_text(const struct lab_comparison *comparison, bool colour, FILE *out);
int lab_compare_json(const struct lab_comparison *comparison, const char *path);

#endif
