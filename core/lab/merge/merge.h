// Reports on parts of a sweep, read again and put together: the same bytes as a report on the whole.
// SPDX-License-Identifier: MIT
//
// Merging is associative and commutative: whoever merges what first, and however the whole was divided, the result is the same but
// for figures of the computers at work. A report that this program would not have written is not read: after reading it is
// written again in memory, and whatever comes out otherwise is named.
#ifndef LAB_MERGE_H
#define LAB_MERGE_H

#include <jansson.h>

#include "core/lab/doc/error.h"
#include "core/lab/report/report.h"

/// A report plr-sweep/1. `report` points into the rest, so that it must not be copied.
struct lab_sweep_file {
    const char *name; ///< for messages, borrowed
    json_t *root;     ///< as read
    struct lab_population population;
    struct lab_sweep_facts facts;
    struct lab_sweep_full full;
    struct lab_sweep_report report;
    // owned
    const char **set;
    uint64_t *state;
    struct lab_cover *cover;
};

/// Read a file ("-" is stdin), or `size` bytes of text. Returns 0; LAB_ENOENT and the like, LAB_ENOMEM, or LAB_EINVAL with `err`.
/// Free in every case.
int lab_sweep_read(struct lab_sweep_file *file, const char *path, struct lab_error *err);
int lab_sweep_parse(struct lab_sweep_file *file, const char *name, const char *text, size_t size,
                    struct lab_error *err);
void lab_sweep_file_free(struct lab_sweep_file *file);

/// The JSON in a file ("-" is stdin), with its text's place of error. Returns as lab_sweep_read; the caller drops *root.
int lab_json_read(json_t **root, const char *path, struct lab_error *err);

/// A place that a report holds, and which report that is.
struct lab_merge_part {
    struct lab_cover cover;
    const char *name;
};

/// What has been put together so far. Zero it to begin.
struct lab_merge {
    struct lab_sweep_file whole; ///< with the head of the first
    struct lab_merge_part *part;
    size_t parts, part_room;
    uint64_t *state;
    size_t states, state_room;
};

/// Add a report. It is emptied, and to be freed all the same. Returns 0, LAB_ENOMEM, or LAB_EINVAL when it is no part of the same:
/// `err` names both files and what differs.
int lab_merge_add(struct lab_merge *merge, struct lab_sweep_file *file, struct lab_error *err);

/// Put all in order: then whole.report is the report (host figures are there when one part had some). Returns 0, LAB_ENOMEM, or
/// LAB_EINVAL when two reports hold the same place.
int lab_merge_end(struct lab_merge *merge, struct lab_error *err);
void lab_merge_free(struct lab_merge *merge);

#endif
