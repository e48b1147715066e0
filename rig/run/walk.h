// A job line by line, as the recorder's own reader understands it: where each begins, and in which layer and state it leaves the print.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_WALK_H
#define RIG_RUN_WALK_H

#include "core/lab/job/job.h"
#include "core/plr/gcode/gcode.h"

struct run_walk {
    struct plr_modal modal; ///< behind the line
    int64_t at, next;       ///< byte of the line, of the next one
    int64_t line;           ///< 1-based
    const char *text;
    size_t size;
};

/// Before the first line.
void run_walk_begin(struct run_walk *walk);

/// The next line. False at the end; *known tells a line that is understood, whose `action` is filled. (Somebody's own line is not: the job's
/// reader let it pass.)
bool run_walk_line(struct run_walk *walk, const struct lab_job *job, struct plr_action *action,
                   bool *known);

/// Does it move, straight or in an arc?
bool run_walk_moves(const struct plr_action *action);

#endif
