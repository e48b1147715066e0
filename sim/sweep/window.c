// Laying the twin's next moves through a branch's plant, and judging that stretch.
// SPDX-License-Identifier: MIT
#include "sim/sweep/window.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAD =
        64, // deposits before cut and resume that the oracle sees: enough to know the place by its shape
    LAYER_STEP_NM = 30000, // Z that rises by more between deposits begins a layer
    ENOUGH_NM = 10000000,  // a window is at least this long
    REACH = 20000,         // deposits between cut and resume beyond which a window saves nothing
};

static bool new_layer(const struct lab_deposit *a, const struct lab_deposit *b)
{
    return labs((long)b->from_nm[2] - a->to_nm[2]) > LAYER_STEP_NM;
}

int sweep_window_open(struct sweep_window *window, const struct run *run,
                      const struct sim_trail *trail)
{
    const struct lab_ledger *twin = &run->twin->truth.ledger;

    *window = (struct sweep_window){.run = run, .trail = trail};
    window->layer_end = malloc((twin->count + 1) * sizeof *window->layer_end);
    if (!window->layer_end)
        return -12;
    window->layer_end[twin->count] = twin->count;
    for (size_t i = twin->count; i-- > 0;) {
        bool last = i + 1 == twin->count || new_layer(&twin->entry[i], &twin->entry[i + 1]);
        window->layer_end[i] = last ? i + 1 : window->layer_end[i + 1];
    }
    return 0;
}

void sweep_window_free(struct sweep_window *window)
{
    free(window->layer_end);
    window->layer_end = NULL;
}

// --- where -----------------------------------------------------------------------------------------------

/// A stretch of the twin, as indices of its deposits.
struct stretch {
    size_t first;   ///< the oracle sees from here
    size_t step;    ///< of the trail: the branch goes on in this one, or before it
    size_t end;     ///< the window ends before this one
    int64_t off_nm; ///< how much higher the motors stand than the job believes
};

/// End of the layer after that of deposit `at`, and far enough.
static size_t window_end(const struct sweep_window *window, size_t at)
{
    const struct lab_ledger *twin = &window->run->twin->truth.ledger;
    size_t end = window->layer_end[window->layer_end[at]];
    int64_t length = 0;

    for (size_t i = at; i < end && length < ENOUGH_NM; i++)
        length += lab_deposit_length(&twin->entry[i]);
    while (length < ENOUGH_NM && end < twin->count)
        length += lab_deposit_length(&twin->entry[end++]);
    return end;
}

/// How much of a step is done where the branch goes on.
static double done_of(const struct sim_trail_step *step, uint64_t line, int32_t ppm)
{
    if (step->line != line || step->to_ppm <= step->from_ppm || ppm <= step->from_ppm)
        return 0.0; // it is the first of a later line
    return (double)(ppm - step->from_ppm) / (double)(step->to_ppm - step->from_ppm);
}

/// A step's point there.
static void point_of(const struct sim_trail_step *step, double part, int64_t point[4])
{
    if (part <= 0) {
        memcpy(point, step->from_nm, sizeof step->from_nm);
        return;
    }
    for (int i = 0; i < 4; i++)
        point[i] = step->from_nm[i] + sim_round((double)(step->to_nm[i] - step->from_nm[i]) * part);
}

bool sweep_window_same_state(const struct sweep_window *window, const struct sim *branch)
{
    const struct firmware *fw = &branch->world.firmware;
    const struct plr_modal *modal = &fw->ahead;
    const struct sim_trail_line *line = sim_trail_find_line(window->trail, fw->feed_at);

    if (branch->job_now.data != branch->job.data)
        return true;
    // the file may not say it again: a fan that the recovery forgot stands still to the end of the print
    bool told = fw->target_mc[0] == modal->bed_mc && fw->target_mc[1] == modal->nozzle_mc[0];
    for (int i = 0; i < PLR_FAN_MAX; i++)
        told = told && fw->fan_ppm[i] == modal->fan_ppm[i];
    return told && line && sim_trail_state(modal) == line->state;
}

/// Is there anything behind the window that could still make a difference? A disturbance to come, or a memory that lets the head wait
/// where the scenario limits that: the moves are laid without it.
static bool undisturbed(const struct sim *branch)
{
    const struct lab_scenario *s = branch->scenario;
    uint32_t all = (1u << s->disturb_count) - 1u;

    return (branch->world.disturbed & all) == all && !s->expect[LAB_PRINT_STALL].set;
}

/// Is this a place for a window, and where in the twin is it?
static bool place(const struct sweep_window *window, const struct sim *branch, struct stretch *out)
{
    const struct firmware *fw = &branch->world.firmware;
    const struct sim_trail_step *step;
    size_t before = branch->truth.cut[0].ledger_at, resume;

    if (branch->job_now.data != branch->job.data || !undisturbed(branch) ||
        !sweep_window_same_state(window, branch))
        return false;
    out->step = sim_trail_find_step(window->trail, fw->feed_at, fw->skip_ppm);
    if (out->step == window->trail->steps)
        return false;
    step = &window->trail->step[out->step];
    resume = step->deposit;
    size_t far = resume > before ? resume : before;
    size_t near = resume < before ? resume : before;
    if (far >= window->run->twin->truth.ledger.count || far - near > REACH)
        return false;
    out->first = near > LEAD ? near - LEAD : 0;
    out->end = window_end(window, far);
    int64_t believed[4];
    point_of(step, done_of(step, fw->feed_at, fw->skip_ppm), believed);
    out->off_nm = fw->z_nm[0] - believed[2];
    return true;
}

// --- laying ----------------------------------------------------------------------------------------------

/// One planned step through the branch's plant, `part` of it from its beginning left out.
static void lay(struct sim *branch, const struct sim_trail_step *step, int64_t off_nm, double part)
{
    int64_t from[4], to[4];
    double begin = (double)branch->world.now_us, us = (double)step->dt_us * (1.0 - part);

    point_of(step, part, from);
    memcpy(to, step->to_nm, sizeof to);
    from[2] += off_nm;
    to[2] += off_nm;
    branch->world.now_us += (int64_t)us;
    world_deposit(branch, from, to, step->e_nm - sim_round((double)step->e_nm * part), begin, us,
                  true);
}

static void lay_all(const struct sweep_window *window, struct sim *branch,
                    const struct stretch *where)
{
    const struct firmware *fw = &branch->world.firmware;
    const struct sim_trail_step *step = window->trail->step, *last = step + window->trail->steps;
    int64_t since = 0; // between twin's time and the branch's

    for (step += where->step; step < last && step->deposit < where->end; step++) {
        double part = done_of(step, fw->feed_at, fw->skip_ppm);
        if (since && step->t_us + since > branch->world.now_us) // waits between
            branch->world.now_us = step->t_us + since;
        lay(branch, step, where->off_nm, part);
        since = branch->world.now_us - step->t_us - step->dt_us;
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

int sweep_window_judge(const struct sweep_window *window, struct sim *branch,
                       struct lab_verdict *verdict)
{
    const struct run *run = window->run;
    struct stretch where;

    if (!place(window, branch, &where))
        return 1;
    lay_all(window, branch, &where);
    struct lab_truth *truth = &branch->truth;
    truth->nv_bytes = (int64_t)(branch->nv.programmed - branch->nv_at_job);
    truth->nv_print_us = truth->on_us;
    truth->nv_wear_ppb = nv_wear_ppb(&branch->nv);
    struct lab_truth mine = slice(truth, where.first, truth->ledger.count);
    struct lab_truth twin = slice(&run->twin->truth, where.first, where.end);
    return lab_judge_values(&mine, &twin, &run->input->scenario, LAB_RESUMED, "", verdict);
}
