// One cut judged: by the window where that can tell, else by the whole print.
// SPDX-License-Identifier: MIT
#include "sim/sweep/judge.h"
#include "sim/sweep/window.h"

#include <string.h>

/// Results as they travel: numbers only.
static void note(struct sweep_result *out, const struct sim *sim, const struct lab_verdict *verdict)
{
    out->outcome = (uint8_t)verdict->outcome;
    out->result = (uint8_t)verdict->result;
    out->result_ok = verdict->result_ok;
    out->reason = (uint8_t)sim->dut->reason(sim);
    for (int n = 0; n < LAB_MEASURES; n++) {
        const struct lab_measured *m = &verdict->measure[n];
        out->measure_outcome[n] = (uint8_t)m->outcome;
        out->known |= (uint32_t)m->known << n;
        out->value[n] = m->known ? m->value : 0;
        out->limit[n] = m->limit;
    }
}

/// Run the branch to its end and judge it by the whole print. What it is at the end of its window, and at that of the job, is compared
/// with the twin on the way.
static int to_the_end(const struct sweep_window *window, struct sim *branch,
                      struct sweep_result *out)
{
    char reason[RUN_REASON];
    enum lab_result result;
    struct lab_verdict verdict;

    out->other_state |= run_same_run(&window->same, branch) == LAB_STATE_OTHER;
    int bad = run_judge(window->run, branch, &result, reason, &verdict);
    if (!bad)
        note(out, branch, &verdict);
    out->to_end = true;
    return bad;
}

/// Run the branch to the end of its recovery and judge it by the window. Returns 1 when that cannot tell.
static int by_window(const struct sweep_window *window, struct sim *branch,
                     struct sweep_result *out)
{
    struct lab_verdict verdict;

    branch->hold = true;
    while (!branch->held && sim_step(branch))
        ;
    if (!branch->held)
        return to_the_end(window, branch, out); // it has ended already
    out->other_state = !run_same_state(&window->same, branch);
    int bad = sweep_window_judge(window, branch, &verdict);
    if (!bad)
        note(out, branch, &verdict);
    return bad;
}

/// Do two verdicts on one cut say the same?
static bool agree(const struct sweep_result *window, const struct sweep_result *whole)
{
    bool same = window->outcome == whole->outcome && window->result == whole->result &&
                window->reason == whole->reason;

    for (int n = 0; n < LAB_NV_BYTES_PER_HOUR; n++) { // what wear there is, is of the whole print
        bool known = (window->known >> n) & 1u;
        if (known || n != LAB_PRINT_STALL)
            same =
                same && known == ((whole->known >> n) & 1u) && window->value[n] == whole->value[n];
    }
    return same;
}

static bool has_fired(const struct sim *branch)
{
    return branch->world.power_next == branch->scenario->power_count;
}

/// `marks` of the core were passed before those that the result has.
static void place_of(const struct sim *branch, uint64_t marks, struct sweep_result *out)
{
    out->fired = has_fired(branch);
    out->marks |= marks;
    out->state = branch->found;
    if (out->fired)
        out->cut_us = branch->truth.cut[0].mains_us - branch->job_begin_us;
}

/// Is this one of the sample that is printed to its end in any case?
static bool sampled(const struct sweep_request *request, const struct sweep_result *result)
{
    return request->proof_every && (result->index + result->order) % request->proof_every == 0;
}

/// Run the branch to the boot behind its last cut. Returns false when it stands or has ended before one.
static bool boot(struct sim *branch)
{
    int32_t before = branch->world.boots;
    bool on = true;

    branch->hold = true;
    while (on && !branch->held && branch->world.boots == before) {
        on = sim_step(branch);
        if (!has_fired(branch))
            before = branch->world.boots;
    }
    return on && !branch->held;
}

/// The branch by its window. Where another one like it was run already that one's result stands for it; it stands at its boot then.
/// Returns as by_window.
static int by_window_or_alike(const struct sweep_work *work, struct sweep_line *line, bool asks,
                              struct sweep_result *out)
{
    struct sim *branch = line->branch;
    int bad = 0;

    asks = asks && boot(branch);
    uint64_t marks = plr_marks;
    if (asks && sweep_alike_has(&line->alike, branch, &line->cut, out)) {
        place_of(branch, marks, out);
        return 0;
    }
    plr_marks = 0;
    if (asks)
        bad = sweep_alike_keep(&line->alike, branch);
    bad = bad ? bad : by_window(&work->window, branch, out);
    out->marks = plr_marks;
    if (asks && bad == 0 && !out->to_end && out->outcome != LAB_FAIL)
        sweep_alike_judged(&line->alike, branch, out);
    place_of(branch, marks, out);
    return bad;
}

int sweep_judge(const struct sweep_work *work, struct sweep_line *line, const struct sweep_cut *cut,
                struct sweep_result *out)
{
    struct sweep_result window = *out;
    bool sample = sampled(work->request, out);
    bool asks = !work->request->no_alike && !sample && sweep_alike_asks(cut);
    int bad = sweep_line_branch(line, cut);

    plr_marks = 0; // the line, which is no cut's, has left some
    if (bad)
        return bad;
    int state = by_window_or_alike(work, line, asks, &window);
    sweep_line_back(line);
    bool proof = sample && window.fired;
    bool sure = state == 0 && window.outcome != LAB_FAIL && !proof;
    if (state < 0 || sure || window.to_end) {
        *out = window;
        return state < 0 ? state : 0;
    }
    bad = sweep_line_branch(line, cut);
    uint64_t marks = window.marks; // of the window's run, which was the same as far as it went
    plr_marks = 0;
    if (!bad)
        bad = to_the_end(&work->window, line->branch, out);
    out->marks = plr_marks;
    place_of(line->branch, marks, out);
    out->other_state |= window.other_state;
    sweep_line_back(line);
    // a window that accuses is not believed; one that acquits must be right
    out->differs = state == 0 && window.outcome != LAB_FAIL && !agree(&window, out);
    return bad;
}
