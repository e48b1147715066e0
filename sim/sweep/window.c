// Laying the twin's next moves through a branch's plant, and judging that stretch.
// SPDX-License-Identifier: MIT
#include "sim/sweep/window.h"

#include <stdlib.h>
#include <string.h>

/// Blocks that began, up to step `k`, within the last `us`.
static int32_t begun_within(const struct sim_trail *trail, size_t k, double us)
{
    int32_t n = 1;

    while (n < SIM_QUEUE && (size_t)n <= k &&
           trail->step[k - (size_t)n].begin_us > trail->step[k].begin_us - us)
        n++;
    return n;
}

/// Does this step follow the one before it without a wait, at the same temperatures?
static bool chained(const struct sim_trail_step *step)
{
    const struct sim_trail_step *before = step - 1;

    return step->begin_us == before->begin_us + before->duration_us &&
           !memcmp(step->target_mc, before->target_mc, sizeof step->target_mc);
}

/// The twin's steps as pieces to be laid.
static void make_pieces(struct sweep_window *window)
{
    for (size_t k = 0; k < window->trail->steps; k++) {
        const struct sim_trail_step *step = &window->trail->step[k];
        struct sim_piece *piece = &window->piece[k];
        *piece = (struct sim_piece){
            .e_nm = step->e_nm, .duration_us = step->duration_us, .of_job = true};
        piece->decay = plant_filament_decay(&window->run->twin->model, (int64_t)step->duration_us);
        memcpy(piece->from_nm, step->from_nm, sizeof piece->from_nm);
        memcpy(piece->to_nm, step->to_nm, sizeof piece->to_nm);
    }
}

static void count_odd(struct sweep_window *window)
{
    const struct sim_trail *trail = window->trail;
    const struct sim *twin = window->run->twin;
    double wait_us = (double)nv_longest_us(&twin->nv);
    int32_t queued = twin->world.firmware.planner.depth - 1;
    uint32_t loose = 0, unsettled = 0;

    for (size_t k = 0; k < trail->steps; k++) {
        int32_t missing = begun_within(trail, k, wait_us);
        window->loose[k] = loose += k && !chained(&trail->step[k]);
        window->unsettled[k] = unsettled += trail->step[k].outlook > queued - missing;
        if (missing >= queued)
            window->stalls_to = k + 1;
    }
}

int sweep_window_open(struct sweep_window *window, const struct run *run,
                      const struct sim_trail *trail)
{
    *window = (struct sweep_window){.run = run, .trail = trail};
    int bad = run_same_open(&window->same, run, trail);
    window->loose = malloc((trail->steps + 1) * sizeof *window->loose);
    window->unsettled = malloc((trail->steps + 1) * sizeof *window->unsettled);
    window->twin = lab_twin_open(&run->twin->truth);
    window->piece = malloc((trail->steps + 1) * sizeof *window->piece);
    if (bad || !window->twin || !window->loose || !window->unsettled || !window->piece)
        return -12;
    count_odd(window);
    make_pieces(window);
    return 0;
}

void sweep_window_free(struct sweep_window *window)
{
    lab_twin_close(window->twin);
    run_same_free(&window->same);
    free(window->piece);
    free(window->loose);
    free(window->unsettled);
    *window = (struct sweep_window){0};
}

// --- laying ----------------------------------------------------------------------------------------------

/// Are all moves planned as the twin's were, whenever the device waits for its memory, and does none of them wait for anything?
static bool steady(const struct sweep_window *window, const struct run_stretch *where)
{
    uint32_t before = where->step ? window->unsettled[where->step - 1] : 0;

    return where->last > where->step + 1 && window->unsettled[where->last - 1] == before &&
           window->loose[where->last - 1] == window->loose[where->step];
}

/// Is this block, but for its beginning, what the twin planned?
static bool planned(const struct sim_block *block, const struct sim_trail_step *step)
{
    return block->line == step->line && !memcmp(block->to_nm, step->to_nm, sizeof block->to_nm);
}

/// The branch's firmware reads the first two blocks: the rest of what it goes on in, and one whose beginning depends on that.
static bool begin(struct sim *branch, const struct sim_trail_step *step)
{
    struct sim_planner *planner = &branch->world.firmware.planner;
    int32_t depth = planner->depth;

    planner->depth = 2;
    firmware_feed(branch);
    planner->depth = depth;
    return planner->count == 2 && planned(planner_at(planner, 0), &step[0]) &&
           planned(planner_at(planner, 1), &step[1]) &&
           planner_at(planner, 1)->length_mm == step[1].length_mm;
}

/// A piece of motion of the branch as it was planned, where its motors stand. Tells the instant at which it ends.
static double lay(struct sim *branch, struct sim_piece *piece)
{
    int32_t *z_nm = &branch->world.firmware.z_nm[0];
    int64_t off = *z_nm - piece->from_nm[2];
    double end = piece->begin_us + piece->duration_us;

    piece->from_nm[2] += off;
    piece->to_nm[2] += off;
    *z_nm = (int32_t)piece->to_nm[2];
    branch->world.now_us = (int64_t)end + (end > (double)(int64_t)end);
    world_lay(branch, piece);
    return end;
}

static double lay_block(struct sim *branch, const struct sim_block *block, double at_us)
{
    struct sim_piece piece = {.e_nm = block->e_nm, .begin_us = at_us, .of_job = true};

    piece.duration_us = block_duration(block) * 1e6;
    piece.decay = plant_filament_decay(&branch->model, (int64_t)piece.duration_us);
    memcpy(piece.from_nm, block->from_nm, sizeof piece.from_nm);
    memcpy(piece.to_nm, block->to_nm, sizeof piece.to_nm);
    return lay(branch, &piece);
}

/// The first two pieces, from standstill. Tells the speed at their end.
static double lay_begin(struct sim *branch, const struct sim_trail_step *step, double *at_us)
{
    struct sim_planner *planner = &branch->world.firmware.planner;
    struct sim_block *first = planner_at(planner, 0), *second = planner_at(planner, 1);
    double reach2 = step[1].exit2 + 2.0 * second->accel * second->length_mm;

    block_leave(first, 0.0, second->entry2_max < reach2 ? second->entry2_max : reach2);
    block_leave(second, first->v1, step[1].exit2);
    *at_us = lay_block(branch, first, *at_us);
    *at_us = lay_block(branch, second, *at_us);
    return second->v1;
}

/// A step that the branch comes to at another speed than the twin did. Leaves the speed at its end.
static double lay_slower(struct sim *branch, const struct sim_trail_step *step, double at_us,
                         double *speed)
{
    struct sim_block block = {
        .length_mm = step->length_mm, .speed = step->speed, .accel = step->accel};

    block_leave(&block, *speed, step->exit2);
    *speed = block.v1;
    block.e_nm = step->e_nm;
    memcpy(block.from_nm, step->from_nm, sizeof block.from_nm);
    memcpy(block.to_nm, step->to_nm, sizeof block.to_nm);
    return lay_block(branch, &block, at_us);
}

static void lay_all(const struct sweep_window *window, struct sim *branch,
                    const struct run_stretch *where)
{
    const struct sim_trail_step *step = &window->trail->step[where->step];
    double at_us = (double)branch->world.now_us, speed = lay_begin(branch, step, &at_us);
    size_t k = where->step + 2;

    for (step += 2; k < where->last && speed != step[-1].v1; k++, step++)
        at_us = lay_slower(branch, step, at_us, &speed);
    for (; k < where->last; k++) {
        struct sim_piece piece = window->piece[k];
        piece.begin_us = at_us;
        at_us = lay(branch, &piece);
    }
}

// --- judging ---------------------------------------------------------------------------------------------

/// A part of a run's truth: entries [first, end) of its ledger, and its cuts renumbered.
static struct lab_truth slice(const struct lab_truth *truth, size_t first, size_t end)
{
    struct lab_truth out = *truth;

    out.ledger.entry = truth->ledger.entry + first;
    out.ledger.count = end - first;
    for (int i = 0; i < out.cuts; i++)
        out.cut[i].ledger_at -= first;
    out.completed = true; // both stretches end at the same place
    return out;
}

/// Lay the window, or walk it where the twin's plans would not do. Returns as walk.
static bool print_window(const struct sweep_window *window, struct sim *branch,
                         const struct run_stretch *where, size_t *count)
{
    if (!steady(window, where) || !begin(branch, &window->trail->step[where->step]))
        return run_same_stretch(&window->same, branch, where, count);
    lay_all(window, branch, where);
    *count = branch->truth.ledger.count;
    return true;
}

int sweep_window_judge(const struct sweep_window *window, struct sim *branch,
                       struct lab_verdict *verdict)
{
    const struct run *run = window->run;
    struct run_stretch where;
    size_t count;

    if (!run_same_place(&window->same, branch, &where))
        return 1;
    struct lab_truth *truth = &branch->truth;
    bool stalls = branch->world.firmware.stalls || window->stalls_to > where.step;
    truth->stall_us = stalls ? -1 : 0;
    truth->nv_bytes = (int64_t)(branch->nv.programmed - branch->nv_at_job);
    truth->nv_print_us = truth->on_us;
    truth->nv_wear_ppb = nv_wear_ppb(&branch->nv);
    if (!print_window(window, branch, &where, &count))
        return 1;
    struct lab_truth mine = slice(truth, where.first, count);
    return lab_judge_stretch(&mine, window->twin, where.first, where.end, &run->input->scenario,
                             verdict);
}
