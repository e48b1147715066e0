// Has a resumed run the state that the uninterrupted one had there: where the job goes on, a layer further, and at the end?
// SPDX-License-Identifier: MIT
#include "sim/run/same.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAD =
        64, // deposits before cut and resume that the oracle sees: enough to know the place by its shape
    LAYER_STEP_NM = 30000, // Z that rises by more between deposits begins a layer
    ENOUGH_NM = 10000000,  // a stretch is at least this long
    ROUNDING_NM = 10,      // of filament, of a few moves each rounded to the nanometre
    REACH = 20000          // deposits between cut and resume beyond which a window saves nothing
};

static bool new_layer(const struct lab_deposit *a, const struct lab_deposit *b)
{
    return labs((long)b->from_nm[2] - a->to_nm[2]) > LAYER_STEP_NM;
}

int run_same_open(struct run_same *same, const struct run *run, const struct sim_trail *trail)
{
    const struct lab_ledger *twin = &run->twin->truth.ledger;

    *same = (struct run_same){.run = run, .trail = trail};
    same->layer_end = malloc((twin->count + 1) * sizeof *same->layer_end);
    if (!same->layer_end)
        return -12;
    same->layer_end[twin->count] = twin->count;
    for (size_t i = twin->count; i-- > 0;) {
        bool last = i + 1 == twin->count || new_layer(&twin->entry[i], &twin->entry[i + 1]);
        same->layer_end[i] = last ? i + 1 : same->layer_end[i + 1];
    }
    return 0;
}

void run_same_free(struct run_same *same)
{
    free(same->layer_end);
    *same = (struct run_same){0};
}

// --- where -----------------------------------------------------------------------------------------------

/// End of the layer after that of deposit `at`, and far enough.
static size_t window_end(const struct run_same *same, size_t at)
{
    const struct lab_ledger *twin = &same->run->twin->truth.ledger;
    size_t end = same->layer_end[same->layer_end[at]];
    int64_t length = 0;

    for (size_t i = at; i < end && length < ENOUGH_NM; i++)
        length += lab_deposit_length(&twin->entry[i]);
    while (length < ENOUGH_NM && end < twin->count)
        length += lab_deposit_length(&twin->entry[end++]);
    return end;
}

/// Nothing is planned, nothing bars the way, and nothing was left out.
static bool at_rest(const struct firmware *fw)
{
    return !fw->planner.count && !fw->running && !fw->arc.active && !fw->barrier.set &&
           !fw->astray.is;
}

/// How near a fan must be to what it was. A user's macros give it in whole 255ths (M106 S), rounded.
static int32_t near_ppm(const struct lab_scenario *scenario)
{
    return scenario->dut == LAB_DUT_MACROS ? 1000000 / 255 / 2 + 1 : 0;
}

/// Is the twin no measure for a run that goes on here? Not for a device with a file of its own; nor where it goes back behind a line that
/// the user gave from the console, for the user does not say it twice.
static bool is_alone(const struct sim *branch)
{
    return branch->job_now.data != branch->job.data ||
           branch->world.firmware.feed_at < branch->said_at;
}

/// Does the job go on within a line that draws filament back, or pushes forward what was drawn back? Its state is that before the line.
static bool is_drawing(const struct run_same *same, const struct firmware *fw)
{
    const struct sim_trail *trail = same->trail;
    size_t n =
        fw->skip_ppm ? sim_trail_find_step(trail, fw->feed_at, fw->skip_ppm - 1) : trail->steps;

    if (n == trail->steps || trail->step[n].line != fw->feed_at)
        return false;
    int64_t e_nm = trail->step[n].e_nm;
    return e_nm < 0 || (e_nm > 0 && fw->ahead.retract_nm > 0);
}

bool run_same_state(const struct run_same *same, const struct sim *branch)
{
    const struct firmware *fw = &branch->world.firmware;
    const struct plr_modal *modal = &fw->ahead;
    const struct sim_trail_line *line = sim_trail_find_line(same->trail, fw->feed_at);

    if (is_alone(branch))
        return true;
    // the file may not say it again: a fan that the recovery forgot stands still to the end of the print
    bool told = fw->target_mc[0] == modal->bed_mc && fw->target_mc[1] == modal->nozzle_mc[0];
    for (int i = 0; i < PLR_FAN_MAX; i++)
        told = told && abs(fw->fan_ppm[i] - modal->fan_ppm[i]) <= near_ppm(branch->scenario);
    // nor does it say what the retraction before this place left in the nozzle
    int64_t drawn_nm = branch->filament_high_nm - branch->truth.filament_nm;
    told = told && (llabs(drawn_nm - modal->retract_nm) <= ROUNDING_NM || is_drawing(same, fw));
    return told && at_rest(fw) && line && sim_trail_state(modal) == line->state &&
           dut_knows(branch) == line->device;
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
bool run_same_place(const struct run_same *same, const struct sim *branch, struct run_stretch *out)
{
    const struct firmware *fw = &branch->world.firmware;
    const struct sim_trail *trail = same->trail;
    size_t before = branch->truth.cut[0].ledger_at, resume;

    if (is_alone(branch) || !undisturbed(branch) || !run_same_state(same, branch))
        return false;
    out->step = sim_trail_find_step(trail, fw->feed_at, fw->skip_ppm);
    if (out->step == trail->steps)
        return false;
    resume = trail->step[out->step].deposit;
    size_t far = resume > before ? resume : before;
    size_t near = resume < before ? resume : before;
    if (far >= same->run->twin->truth.ledger.count || far - near > REACH)
        return false;
    out->first = near > LEAD ? near - LEAD : 0;
    out->end = window_end(same, far);
    out->last = sim_trail_find_deposit(trail, out->end);
    return true;
}

// --- walking ---------------------------------------------------------------------------------------------

/// Did the branch come by each line with the state that the twin had there, as far as `trail` tells?
static bool same_lines(const struct run_same *same, const struct sim_trail *trail, uint64_t from)
{
    for (size_t i = 0; i < trail->lines; i++) {
        const struct sim_trail_line *mine = &trail->line[i];
        const struct sim_trail_line *twin = sim_trail_find_line(same->trail, mine->offset);
        if (mine->offset < from)
            continue;
        bool told = mine->device; // the last few may not have been told yet
        if (!twin || mine->state != twin->state || (told && mine->device != twin->device))
            return false;
    }
    return true;
}

/// Is the newest full state in the branch's memory that of the twin at its own place in the file?
static bool same_memory(const struct run_same *same, struct sim *branch)
{
    struct plr_state state;

    if (!branch->dut->kept)
        return true;
    const struct sim_trail_line *line = NULL;
    if (branch->dut->kept(branch, &state))
        line = sim_trail_find_line(same->trail, state.progress.file_offset);
    return line && sim_trail_state(&state.modal) == line->state;
}

/// A stretch being printed.
struct walk {
    struct sim_trail trail;            ///< what the run does
    uint64_t from;                     ///< the line at which it began
    const struct sim_trail_step *last; ///< of the twin's steps in it
    size_t done;                       ///< so many of its own steps are known to be in it
};

static void walk_begin(const struct run_same *same, struct walk *walk, struct sim *branch,
                       const struct run_stretch *where)
{
    *walk = (struct walk){.from = branch->world.firmware.feed_at,
                          .last = &same->trail->step[where->last - 1]};
    branch->trail = &walk->trail;
}

/// Has its last move been done? Then `count` is how many deposits the run had made by its end.
static bool walk_is_past(struct walk *walk, size_t *count)
{
    const struct sim_trail *trail = &walk->trail;
    const struct sim_trail_step *last = walk->last;
    size_t n = walk->done;

    while (n < trail->steps &&
           (trail->step[n].line < last->line ||
            (trail->step[n].line == last->line && trail->step[n].to_ppm < last->to_ppm)))
        n++;
    walk->done = n;
    if (n + 1 >= trail->steps)
        return false;
    *count = trail->step[n + 1].deposit;
    return true;
}

/// Returns whether it stayed in the twin's state.
static bool walk_end(const struct run_same *same, struct walk *walk, struct sim *branch)
{
    branch->trail = NULL;
    bool stayed = same_lines(same, &walk->trail, walk->from) && same_memory(same, branch);
    sim_trail_free(&walk->trail);
    return stayed;
}

bool run_same_stretch(const struct run_same *same, struct sim *branch,
                      const struct run_stretch *where, size_t *count)
{
    struct walk walk;
    bool on = true;

    walk_begin(same, &walk, branch, where);
    sim_release(branch);
    while (on && !walk_is_past(&walk, count)) {
        on = sim_step(branch);
        *count = branch->truth.ledger.count;
    }
    return walk_end(same, &walk, branch);
}

bool run_same_end(const struct run_same *same, const struct sim *branch)
{
    const struct sim *twin = same->run->twin;
    const struct firmware *mine = &branch->world.firmware, *its = &twin->world.firmware;

    if (!mine->job_done || branch->job_now.data != branch->job.data)
        return true;
    return sim_trail_state(&mine->exec) == sim_trail_state(&its->exec) &&
           dut_knows(branch) == dut_knows(twin);
}

// --- a whole run -------------------------------------------------------------------------------------------

/// Somebody who looks at a run that goes by.
struct looker {
    const struct run_same *same;
    struct walk walk;
    bool seen, alone, walks, stayed;
};

/// The job goes on here.
static void look(struct sim *sim, void *ctx)
{
    struct looker *looker = ctx;
    struct run_stretch where;

    looker->seen = !is_alone(sim);
    looker->alone = !looker->seen;
    looker->stayed = run_same_state(looker->same, sim);
    looker->walks = run_same_place(looker->same, sim, &where);
    if (looker->walks)
        walk_begin(looker->same, &looker->walk, sim, &where);
}

/// Is the stretch over, or the run?
static void look_on(struct looker *looker, struct sim *sim)
{
    size_t count;

    if (!looker->walks || (!sim->world.finished && !walk_is_past(&looker->walk, &count)))
        return;
    looker->walks = false;
    looker->stayed = walk_end(looker->same, &looker->walk, sim) && looker->stayed;
}

enum lab_state run_same_run(const struct run_same *same, struct sim *sim)
{
    struct looker looker = {.same = same, .stayed = true};

    sim->handed = look;
    sim->handed_ctx = &looker;
    while (!sim->world.finished) {
        (void)sim_step(sim);
        look_on(&looker, sim);
    }
    sim->handed = NULL;
    bool stayed = looker.alone || (run_same_end(same, sim) && looker.stayed);
    return !stayed ? LAB_STATE_OTHER : looker.seen ? LAB_STATE_SAME : LAB_STATE_UNSEEN;
}
