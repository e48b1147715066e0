// Running the line, marking it, branching from the mark.
// SPDX-License-Identifier: MIT
#include "sim/sweep/line.h"

#include <stdlib.h>
#include <string.h>

// A mark costs as much as a few steps: one in so many balances copying against running the stretch between again.
enum { STEPS_PER_MARK = 6 };

int sweep_line_open(struct sweep_line *line, const struct run *run)
{
    memset(line, 0, sizeof *line);
    line->run = run;
    line->uncut = line->cut = run->input->scenario;
    line->uncut.power_count = 0;
    line->cut.power_count = 1;
    line->line = calloc(1, sizeof *line->line);
    line->mark = calloc(1, sizeof *line->mark);
    line->branch = calloc(1, sizeof *line->branch);
    if (!line->line || !line->mark || !line->branch)
        return -12;
    int bad = sim_open(line->line, &line->uncut, run->input->material, &run->input->job, run->seed,
                       false);
    if (!bad)
        bad = surface_init(&line->branch->surface, &run->input->scenario.printer);
    line->line->limit_us = run_patience(run);
    line->since_mark = STEPS_PER_MARK;
    return bad;
}

void sweep_line_close(struct sweep_line *line)
{
    if (line->line)
        sim_close(line->line);
    if (line->branch) {
        line->branch->macros = NULL; // the line's
        sim_close(line->branch);
    }
    free(line->line);
    free(line->mark);
    free(line->branch);
}

/// Has the line gone past the instant that a trigger looks for?
static bool passed(const struct sim *sim, const struct lab_trigger *at)
{
    const struct firmware *fw = &sim->world.firmware;

    switch (at->kind) {
    case LAB_AT_MOVE: return fw->move_lines > at->value;
    case LAB_AT_LAYER:
        return fw->exec.layer.number > at->layer ||
               (fw->exec.layer.number == at->layer && fw->layer_moves > at->move);
    case LAB_AT_NV_WRITE: return (int64_t)sim->nv.operations > at->value;
    case LAB_AT_EVENT: return (int64_t)sim->world.events > at->value;
    case LAB_AT_TIME: return sim->begun && sim->world.now_us - sim->job_begin_us >= at->value;
    case LAB_AT_PHASE:
    case LAB_AT_Z:
    case LAB_AT_FILE:
    case LAB_AT_FILAMENT:
    case LAB_AT_OUTAGE: break;
    }
    return true;
}

bool sweep_line_pass(struct sweep_line *line, const struct sweep_cut *cut)
{
    struct sim *sim = line->line;

    while (!passed(sim, &cut->power.at)) {
        if (++line->since_mark > STEPS_PER_MARK) {
            memcpy(line->mark, sim, sizeof *sim);
            line->since_mark = 0;
        }
        if (!sim_step(sim))
            return false;
    }
    return true;
}

/// Entries before the mark are the line's; a branch before this one may have written over the last of them.
static int share_ledger(struct sweep_line *line, struct lab_ledger *own)
{
    const struct lab_ledger *from = &line->line->truth.ledger;
    size_t count = line->mark->world.ledger;

    own->count = line->ledger_same;
    while (own->count < count)
        if (lab_ledger_append(own, &from->entry[own->count]))
            return -12;
    line->ledger_same = count;
    return 0;
}

int sweep_line_branch(struct sweep_line *line, const struct sweep_cut *cut)
{
    struct sim *branch = line->branch;
    struct lab_ledger ledger = branch->truth.ledger;
    struct surface surface = branch->surface;

    memcpy(branch, line->mark, sizeof *branch);
    int bad = share_ledger(line, &ledger);
    branch->truth.ledger = ledger;
    branch->surface = surface;
    if (bad)
        return bad;
    surface_take(&surface, &ledger, ledger.count);
    branch->surface = surface;
    line->surface_then = surface;
    surface_mark(&branch->surface);
    line->cut.power[0] = cut->power;
    branch->scenario = &line->cut;
    if (cut->power.at.kind == LAB_AT_TIME && branch->begun)
        trigger_time(branch); // scheduled when a job begins, otherwise
    return 0;
}

void sweep_line_back(struct sweep_line *line)
{
    struct sim *branch = line->branch;

    surface_back(&branch->surface, &line->surface_then);
    if (branch->edited != line->line->edited)
        free(branch->edited);
    branch->edited = NULL;
}
