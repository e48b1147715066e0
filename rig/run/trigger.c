// Finding a cut's place in the job, and seeing the printer get there.
// SPDX-License-Identifier: MIT
#include "rig/run/trigger.h"

#include <stdlib.h>
#include <string.h>

#include "rig/run/walk.h"

const char *run_trigger_name(enum lab_trigger_kind kind)
{
    switch (kind) {
    case LAB_AT_TIME: return "time";
    case LAB_AT_LAYER: return "layer";
    case LAB_AT_Z: return "z";
    case LAB_AT_FILE: return "file";
    case LAB_AT_FILAMENT: return "filament";
    case LAB_AT_MOVE: return "move";
    case LAB_AT_PHASE: return "phase";
    case LAB_AT_EVENT: return "event";
    case LAB_AT_NV_WRITE: return "nv_write";
    case LAB_AT_OUTAGE: break;
    }
    return "outage";
}

bool run_target_possible(enum lab_trigger_kind kind)
{
    switch (kind) {
    case LAB_AT_TIME:
    case LAB_AT_LAYER:
    case LAB_AT_Z:
    case LAB_AT_FILE:
    case LAB_AT_FILAMENT:
    case LAB_AT_MOVE: return true;
    case LAB_AT_PHASE:
    case LAB_AT_EVENT:
    case LAB_AT_NV_WRITE:
    case LAB_AT_OUTAGE: break;
    }
    return false;
}

// --- in the file --------------------------------------------------------------------------------------------------

/// A way through the file, and what has been counted on it, as the simulator counts it.
struct walk {
    struct run_walk job;
    int64_t moves, filament_nm;
    int64_t in_layer[3]; ///< extruding moves, travels, retractions
};

enum { EXTRUDES, TRAVELS, RETRACTS, OTHERS };

static int sort_of(const struct plr_action *action)
{
    bool xy = action->from_nm[0] != action->to_nm[0] || action->from_nm[1] != action->to_nm[1];

    return action->extrudes ? EXTRUDES : action->e_nm < 0 ? RETRACTS : xy ? TRAVELS : OTHERS;
}

/// The next line. False at the end; *moved tells a move, which `action` then is.
static bool take_line(struct walk *walk, const struct lab_job *job, struct plr_action *action,
                      bool *moved)
{
    bool known;

    *moved = false;
    if (!run_walk_line(&walk->job, job, action, &known))
        return false;
    if (!known)
        return true;
    if (action->new_layer)
        memset(walk->in_layer, 0, sizeof walk->in_layer);
    *moved = run_walk_moves(action);
    if (!*moved)
        return true;
    walk->moves++;
    int sort = sort_of(action);
    if (sort < OTHERS)
        walk->in_layer[sort]++;
    return true;
}

/// Is it this move, and at which share of it?
static bool here(struct walk *walk, const struct plr_action *action, const struct lab_trigger *at,
                 int32_t *ppm)
{
    int64_t before = walk->filament_nm;

    walk->filament_nm += action->e_nm;
    *ppm = at->fraction_ppm;
    switch (at->kind) {
    case LAB_AT_LAYER: {
        int sort = at->travel ? TRAVELS : at->retract ? RETRACTS : EXTRUDES;
        return walk->job.modal.layer.number == at->layer && sort_of(action) == sort &&
               walk->in_layer[sort] == at->move + 1;
    }
    case LAB_AT_MOVE: return walk->moves == at->value + 1;
    case LAB_AT_Z: return action->extrudes && action->to_nm[2] >= at->value;
    case LAB_AT_FILE: *ppm = 0; return walk->job.next > at->value;
    case LAB_AT_FILAMENT:
        *ppm = 0;
        if (walk->filament_nm < at->value || action->e_nm <= 0)
            return false;
        *ppm = (int32_t)((at->value - before) * 1000000 / action->e_nm);
        return true;
    case LAB_AT_TIME:
    case LAB_AT_PHASE:
    case LAB_AT_EVENT:
    case LAB_AT_NV_WRITE:
    case LAB_AT_OUTAGE: break;
    }
    return false;
}

static const char marker[] = "plr-cut";

int run_marker(const char *said)
{
    const char *at = strstr(said, marker);

    return at ? atoi(at + sizeof marker - 1) : 0;
}

/// Is this a line that lets the printer say our marker?
static bool marks(const char *text, size_t size, int number)
{
    char line[128];
    size_t keep = size < sizeof line - 1 ? size : sizeof line - 1;

    if (!memchr(text, 'c', size)) // most lines
        return false;
    memcpy(line, text, keep);
    line[keep] = '\0';
    line[strcspn(line, ";")] = '\0';
    return run_marker(line) == number;
}

int run_target_find(const struct lab_job *job, const struct lab_trigger *at, int number,
                    struct run_target *out)
{
    struct walk walk = {0};
    struct plr_action action;
    int32_t ppm;
    bool moved;

    *out = (struct run_target){.kind = at->kind,
                               .byte = -1,
                               .layer = -1,
                               .z_nm = LINK_UNKNOWN,
                               .time_us = at->kind == LAB_AT_TIME ? at->value : LINK_UNKNOWN,
                               .after_us = at->after_us};
    run_walk_begin(&walk.job);
    while (take_line(&walk, job, &action, &moved)) {
        if (!out->mark && marks(walk.job.text, walk.job.size, number))
            out->mark = walk.job.line;
        if (!moved || out->line || !here(&walk, &action, at, &ppm))
            continue;
        out->byte = walk.job.at + (int64_t)walk.job.size * ppm / 1000000;
        out->line = walk.job.line;
        out->layer = walk.job.modal.layer.number;
        out->z_nm = action.to_nm[2];
    }
    return out->line || at->kind == LAB_AT_TIME || out->mark ? 0 : LAB_ENOENT;
}

void run_place(const struct lab_job *job, int64_t byte, int32_t *layer, int64_t *line)
{
    struct walk walk = {0};
    struct plr_action action;
    bool moved;

    run_walk_begin(&walk.job);
    *layer = -1;
    *line = 0;
    while (walk.job.next <= byte && take_line(&walk, job, &action, &moved)) {
        *layer = walk.job.modal.layer.number;
        *line = walk.job.line;
    }
}

// --- on the way ---------------------------------------------------------------------------------------------------

bool run_target_reached(const struct run_target *target, const struct link_status *status,
                        int64_t job_us)
{
    if (target->mark)
        return false;
    if (target->kind == LAB_AT_TIME)
        return job_us >= target->time_us;
    if (status->file_at != LINK_UNKNOWN)
        return status->file_at > target->byte;
    if (target->kind == LAB_AT_LAYER && status->layer >= 0)
        return status->layer >= target->layer;
    bool height = target->kind == LAB_AT_LAYER || target->kind == LAB_AT_Z;
    return height && status->at_nm[2] != LINK_UNKNOWN && status->homed[2] &&
           status->at_nm[2] >= target->z_nm;
}
