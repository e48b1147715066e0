// Running a line, marking it, branching from the mark.
// SPDX-License-Identifier: MIT
#include "sim/sweep/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// A mark costs as much as a few steps: one in so many balances copying against running the stretch between again.
enum { STEPS_PER_MARK = 6 };

int sweep_line_open(struct sweep_line *line, const struct run *run)
{
    memset(line, 0, sizeof *line);
    line->run = run;
    line->cut = run->input->scenario;
    line->mark = calloc(1, sizeof *line->mark);
    line->branch = calloc(1, sizeof *line->branch);
    if (!line->mark || !line->branch)
        return -12;
    return surface_init(&line->branch->surface, &run->input->scenario.printer);
}

void sweep_line_close(struct sweep_line *line)
{
    if (line->branch) {
        line->branch->macros = NULL; // the line's
        sim_close(line->branch);
    }
    free(line->mark);
    free(line->branch);
    sweep_alike_free(&line->alike);
}

int sweep_line_print(struct sweep_line *line, struct lab_scenario *uncut)
{
    const struct lab_input *input = line->run->input;

    *uncut = input->scenario;
    uncut->power_count = 0;
    line->since_mark = STEPS_PER_MARK;
    line->line = calloc(1, sizeof *line->line);
    if (!line->line)
        return -12;
    int bad = sim_open(line->line, uncut, input->material, &input->job, line->run->seed, false);
    line->line->limit_us = run_patience(line->run, uncut);
    line->line->unheard = true;
    line->line->own_dive_nm = line->run->twin->own_dive_nm;
    return bad;
}

void sweep_line_print_end(struct sweep_line *line)
{
    if (line->line)
        sim_close(line->line);
    free(line->line);
    line->line = NULL;
}

void sweep_line_release(struct sweep_line *line)
{
    sim_release(line->line);
    line->since_mark = STEPS_PER_MARK;
}

bool sweep_line_step(struct sweep_line *line)
{
    if (++line->since_mark > STEPS_PER_MARK) {
        sim_copy(line->mark, line->line);
        line->since_mark = 0;
    }
    return sim_step(line->line);
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
    while (!passed(line->line, &cut->power[0].at))
        if (!sweep_line_step(line))
            return false;
    return true;
}

/// Entries of the line up to `count`; a branch before this one may have written over the last of them.
static int share_ledger(struct sweep_line *line, size_t count)
{
    const struct lab_ledger *from = &line->line->truth.ledger;
    struct lab_ledger *own = &line->branch->truth.ledger;

    own->count = line->ledger_same;
    while (own->count < count)
        if (lab_ledger_append(own, &from->entry[own->count]))
            return -12;
    line->ledger_same = count;
    return 0;
}

int sweep_line_follow(struct sweep_line *line, const struct sweep_line *trunk)
{
    line->line = trunk->branch;
    line->ledger_same = line->ledger_base;
    line->since_mark = STEPS_PER_MARK;
    int bad = share_ledger(line, trunk->mark->world.ledger);
    line->ledger_base = line->ledger_same;
    if (!bad) // what the trunk's own branches printed after its mark is undone at the end
        surface_take(&line->branch->surface, &line->branch->truth.ledger, line->ledger_base);
    line->surface_base = line->branch->surface;
    surface_mark(&line->branch->surface);
    return bad;
}

void sweep_line_leave(struct sweep_line *line)
{
    surface_back(&line->branch->surface, &line->surface_base);
    line->line = NULL;
}

int sweep_line_branch(struct sweep_line *line, const struct sweep_cut *cut)
{
    struct sim *branch = line->branch;

    assert(line->mark->scenario); // somebody passed the cut's place on this line
    int bad = share_ledger(line, line->mark->world.ledger);
    struct lab_ledger ledger = branch->truth.ledger;
    struct surface surface = branch->surface;

    if (!bad)
        surface_take(&surface, &ledger, ledger.count);
    line->surface_then = surface;
    surface_mark(&surface);
    sim_copy(branch, line->mark);
    branch->truth.ledger = ledger;
    branch->surface = surface;
    line->cut.power_count = cut->cuts;
    memcpy(line->cut.power, cut->power, sizeof cut->power);
    branch->scenario = &line->cut;
    branch->limit_us = run_patience(line->run, &line->cut);
    branch->trail = NULL;
    branch->hold = false;
    if (cut->power[0].at.kind == LAB_AT_TIME && branch->begun && !branch->world.power_next)
        trigger_time(branch); // scheduled when a job begins, otherwise
    return bad;
}

void sweep_line_back(struct sweep_line *line)
{
    struct sim *branch = line->branch;

    surface_back(&branch->surface, &line->surface_then);
    if (branch->edited != line->mark->edited)
        free(branch->edited);
    branch->edited = NULL;
}
