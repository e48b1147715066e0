// Making cuts again with the full gantry, and holding both results against each other.
// SPDX-License-Identifier: MIT
#include "sim/sweep/full.h"

#include "sim/sweep/judge.h"

#include <errno.h>
#include <stdlib.h>

int sweep_full_open(struct sweep_work *work, struct lab_error *err)
{
    const struct lab_input *input = work->run->input;

    if (!work->request->full_every)
        return 0;
    if (input->scenario.sim.gantry != LAB_QUASISTATIC) {
        lab_error_at_file(err, input->scenario.path,
                          "--full holds a sweep in balance against the full gantry, and this one "
                          "has it already");
        return -EINVAL;
    }
    struct sweep_full *full = calloc(1, sizeof *full);
    if (!full)
        return -ENOMEM;
    work->full = full;
    full->input = *input;
    full->input.scenario.sim.gantry = LAB_FULL;
    full->request = *work->request;
    full->request.full_every = 0;
    full->request.proof_every = 0;
    full->request.every2 = 0;
    return sweep_open(&full->work, &full->request, &full->run, &full->input, work->run->seed, err);
}

void sweep_full_close(struct sweep_work *work)
{
    if (!work->full)
        return;
    sweep_close(&work->full->work);
    run_free(&work->full->run);
    free(work->full);
    work->full = NULL;
}

bool sweep_full_wanted(const struct sweep_work *work, const struct sweep_result *result)
{
    if (!work->full || !result->fired || result->order)
        return false;
    return result->index % work->request->full_every == 0 || sweep_outcome(result) >= LAB_FAIL;
}

static int begin(const struct sweep_work *work, struct sweep_full_line *line)
{
    if (line->begun)
        return 0;
    line->begun = true;
    int bad = sweep_line_open(&line->print, &work->full->run);
    return bad ? bad : sweep_line_print(&line->print, &line->uncut);
}

void sweep_full_line_end(struct sweep_full_line *line)
{
    if (!line->begun)
        return;
    sweep_line_print_end(&line->print);
    sweep_line_close(&line->print);
}

int sweep_full_cut(const struct sweep_work *work, struct sweep_full_line *line,
                   const struct sweep_cut *cut, struct sweep_result *result)
{
    struct sweep_result full = {.index = result->index};
    int bad = begin(work, line);

    if (!bad && sweep_line_pass(&line->print, cut))
        bad = sweep_judge(&work->full->work, &line->print, cut, &full);
    if (bad)
        return bad;
    result->full = true;
    result->full_same = full.fired && sweep_outcome(&full) == sweep_outcome(result) &&
                        full.result == result->result && full.reason == result->reason;
    for (int n = 0; n < LAB_MEASURES; n++) {
        // wear is of what was printed: a window here, perhaps a whole print there
        bool both = n < LAB_NV_BYTES_PER_HOUR && (full.known & result->known) >> n & 1u;
        result->full_apart[n] = both ? full.value[n] - result->value[n] : 0;
        result->full_known |= (uint32_t)both << n;
    }
    return 0;
}

/// How far apart a measure of heights may be, um; -1: none of those. (How hard a falling gantry hits the part is what the dynamics are
/// for.) A corner's reading is a whole number of microsteps, and so is what it is moved by: where nanometres decide, each falls on
/// this side or on that, at both corners that make the tilt.
static int64_t most_um(int measure, const struct lab_printer *printer)
{
    const int64_t most = 2, steps = 4 * printer->z_microstep_nm / 1000;

    if (measure == LAB_Z_OFFSET_ERROR || measure == LAB_DIVE)
        return most;
    if (measure == LAB_GANTRY_TILT)
        return steps > most ? steps : most;
    return -1;
}

static int add(struct lab_sweep_full *sum, const struct sweep_result *result,
               const struct lab_printer *printer, const char *id)
{
    bool far = false;
    int bad = 0;

    sum->cuts++;
    sum->otherwise += !result->full_same;
    for (int n = 0; n < LAB_MEASURES && !bad; n++) {
        if (!(result->full_known >> n & 1u))
            continue;
        int64_t most = most_um(n, printer);
        far = far || (most >= 0 && llabs(result->full_apart[n]) > most);
        const struct lab_worst apart = {
            .known = true, .value = result->full_apart[n], .at = result->index, .id = id};
        bad = lab_worst_keep(&sum->apart[n], &apart, false);
    }
    sum->too_far += far;
    return bad;
}

int sweep_full_sum(const struct sweep_totals *totals, const struct sweep_work *work,
                   struct lab_sweep_full *sum)
{
    char id[LAB_ID_BYTES];
    int bad = 0;

    *sum = (struct lab_sweep_full){.every = work->request->full_every};
    for (size_t i = 0; i < totals->count && !bad; i++) {
        const struct sweep_result *result = &totals->result[i];
        if (!result->full)
            continue;
        bad = sweep_id(work->run, &work->list.cut[result->index], id);
        if (!bad)
            bad = add(sum, result, &work->run->input->scenario.printer, id);
    }
    return bad;
}
