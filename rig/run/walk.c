// Reading a job line by line.
// SPDX-License-Identifier: MIT
#include "rig/run/walk.h"

#include <string.h>

void run_walk_begin(struct run_walk *walk)
{
    memset(walk, 0, sizeof *walk);
    plr_modal_init(&walk->modal);
}

bool run_walk_line(struct run_walk *walk, const struct lab_job *job, struct plr_action *action,
                   bool *known)
{
    struct plr_gcode_line line;
    uint64_t next;

    walk->at = walk->next;
    if ((size_t)walk->at >= job->size)
        return false;
    walk->text = job->data + walk->at;
    walk->size = lab_job_line(job, (uint64_t)walk->at, &next);
    walk->next = (int64_t)next;
    walk->line++;
    *known = !plr_gcode_lex(walk->text, walk->size, &line) &&
             !plr_modal_apply(&walk->modal, &line, action);
    return true;
}

bool run_walk_moves(const struct plr_action *action)
{
    return action->kind == PLR_ACT_MOVE || action->kind == PLR_ACT_ARC;
}
