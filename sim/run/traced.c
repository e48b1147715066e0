// What a trace says of a run beyond what was watched: whose run it is, and how it was judged.
// SPDX-License-Identifier: MIT
#include "sim/run/traced.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/version.h"

// Of the twin's path a viewer wants the layer of the cut; in a large layer so much of it on either side.
static const int64_t around_nm = 20000 * (int64_t)PLR_NM_PER_MM;
static const int64_t same_layer_nm = 20000;

int run_bytes_put(void *ctx, const void *bytes, size_t size)
{
    struct run_bytes *to = ctx;

    if (to->room - to->size < size) {
        size_t room = (to->room ? to->room * 2 : 1 << 20) + size;
        uint8_t *grown = realloc(to->bytes, room);
        if (!grown)
            return -ENOMEM;
        to->bytes = grown;
        to->room = room;
    }
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    return 0;
}

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%.*s", (int)room - 1, from);
}
#define COPY(to, from) copy(to, sizeof(to), from)

void run_traced_begin(const struct run *run, struct sim *sim, struct sim_recorder *recorder)
{
    const struct lab_input *in = run->input;
    struct lab_trace_meta *meta = calloc(1, sizeof *meta);

    if (!meta)
        return; // nothing is recorded then, and the end says so
    COPY(meta->id, run->id);
    COPY(meta->scenario, in->stem);
    COPY(meta->about, in->scenario.about);
    COPY(meta->printer, in->scenario.printer.name);
    COPY(meta->job, in->job.name);
    COPY(meta->dut, sim->dut->name);
    COPY(meta->material, in->material->name);
    COPY(meta->program, "plr-sim " LAB_VERSION);
    sim_record_run(recorder, sim, meta);
    free(meta);
}

// --- the twin around a cut -----------------------------------------------------------------------------------------

/// Entries of the twin's ledger in which a cut of the path at `at_nm` lies, and where the first of them begins along the path.
static void around(const struct lab_ledger *ledger, int64_t at_nm, size_t *first, size_t *end,
                   int64_t *begin_nm)
{
    int64_t path_nm = 0, z_nm = INT64_MIN;
    size_t i = 0;

    *first = 0;
    *begin_nm = 0;
    for (; i < ledger->count && path_nm <= at_nm; i++) {
        const struct lab_deposit *d = &ledger->entry[i];
        int64_t length = lab_length_xy(d->to_nm[0] - d->from_nm[0], d->to_nm[1] - d->from_nm[1]);
        if (length && (d->to_nm[2] > z_nm + same_layer_nm || d->to_nm[2] < z_nm - same_layer_nm)) {
            z_nm = d->to_nm[2];
            *first = i;
            *begin_nm = path_nm;
        }
        path_nm += length;
    }
    for (; i < ledger->count && path_nm < at_nm + around_nm; i++) {
        const struct lab_deposit *d = &ledger->entry[i];
        if (d->to_nm[2] > z_nm + same_layer_nm)
            break;
        path_nm += lab_length_xy(d->to_nm[0] - d->from_nm[0], d->to_nm[1] - d->from_nm[1]);
    }
    *end = i;
    for (; *first < *end && *begin_nm < at_nm - around_nm; ++*first) {
        const struct lab_deposit *d = &ledger->entry[*first];
        *begin_nm += lab_length_xy(d->to_nm[0] - d->from_nm[0], d->to_nm[1] - d->from_nm[1]);
    }
}

static void put_twin(struct lab_trace_writer *to, const struct lab_ledger *ledger, size_t first,
                     size_t end)
{
    for (size_t i = first; i < end; i++) {
        const struct lab_deposit *d = &ledger->entry[i];
        struct lab_trace_deposit laid = {.t_us = d->t_us,
                                         .duration_us = d->dt_us,
                                         .e_nm = d->e_nm,
                                         .deficit_nm = d->deficit_nm,
                                         .motion = -1};
        for (int k = 0; k < 3; k++) {
            laid.from_nm[k] = d->from_nm[k];
            laid.to_nm[k] = d->to_nm[k];
        }
        lab_trace_put_twin(to, &laid);
    }
}

// --- cuts --------------------------------------------------------------------------------------------------------------

static void fill_cut(const struct run *run, int i, struct lab_trace_cut *cut)
{
    const struct sim *sim = run->cut;
    const struct lab_truth_cut *t = &sim->truth.cut[i];
    const struct sim_cut *at = &sim->cut[i];

    *cut = (struct lab_trace_cut){
        .mains_us = t->mains_us,
        .detected_us = t->detected_us,
        .stopped_us = t->stopped_us,
        .drivers_us = t->drivers_us,
        .logic_us = t->logic_us,
        .back_us = t->back_us,
        .first_extrusion_us = t->first_extrusion_us,
        .event = (int64_t)at->event,
        .layer = at->layer,
        .line = (int64_t)lab_job_line_number(&sim->job, (uint64_t)at->file_offset),
        .offset = at->file_offset,
        .fraction_ppm = at->fraction_ppm,
        .deposit = (int64_t)t->ledger_at,
    };
    memcpy(cut->stop_nm, t->stop_nm, sizeof cut->stop_nm);
    for (int k = 0; k < LAB_TRACE_CORNERS; k++) {
        cut->before_nm[k] = t->corner_before_nm[k];
        cut->after_nm[k] = t->corner_after_nm[k];
    }
}

static void fill_aligned(const struct lab_aligned *found, struct lab_trace_cut *cut)
{
    cut->matched = found->matched;
    cut->cut_at_nm = found->cut_at_nm;
    cut->resumed_at_nm = found->resumed_at_nm;
    cut->z_error_nm = found->z_error_nm;
    cut->shift_x_nm = found->shift_nm[0];
    cut->shift_y_nm = found->shift_nm[1];
    cut->first_path_nm = found->first_path_nm;
}

static void put_cuts(const struct run *run, struct lab_trace_writer *to)
{
    const struct lab_ledger *twin = &run->twin->truth.ledger;
    int64_t twins = 0;

    for (int i = 0; i < run->cut->truth.cuts; i++) {
        struct lab_trace_cut cut;
        size_t first = 0, end = 0;
        fill_cut(run, i, &cut);
        if (i < run->verdict.cuts)
            fill_aligned(&run->verdict.cut[i], &cut);
        if (i < run->verdict.cuts && cut.cut_at_nm >= 0)
            around(twin, cut.cut_at_nm, &first, &end, &cut.twin_at_nm);
        cut.twin_from = twins;
        cut.twin_count = (int64_t)(end - first);
        twins += cut.twin_count;
        lab_trace_put_cut(to, &cut);
        put_twin(to, twin, first, end);
    }
}

// --- the verdict -------------------------------------------------------------------------------------------------------

static void put_measures(const struct run *run, struct lab_trace_writer *to)
{
    for (int i = 0; i < LAB_MEASURES; i++) {
        const struct lab_measure_info *info = lab_measure_info((enum lab_measure)i);
        const struct lab_measured *m = &run->verdict.measure[i];
        struct lab_trace_measure out = {.known = m->known,
                                        .limited = m->limited,
                                        .warned = m->warned,
                                        .value = m->value,
                                        .min = m->min,
                                        .max = m->max,
                                        .p95 = m->p95,
                                        .limit = m->limit,
                                        .warn = m->warn};
        COPY(out.key, info->key);
        COPY(out.unit, info->unit);
        COPY(out.outcome, lab_outcome_name(m->outcome));
        lab_trace_put_measure(to, &out);
    }
}

int run_traced_end(const struct run *run, struct sim_recorder *recorder)
{
    struct sim *sim = run->cut;

    if (!sim->watch)
        return -ENOMEM;
    struct lab_trace_writer *to = sim_record_over(recorder, sim);
    struct lab_trace_verdict verdict = {
        .known = true, .trace_hash = sim->world.hash ^ (run->twin->world.hash << 1)};
    put_cuts(run, to);
    put_measures(run, to);
    COPY(verdict.outcome, lab_outcome_name(run->verdict.outcome));
    COPY(verdict.result, lab_result_name(run->result));
    COPY(verdict.reason, run->reason);
    COPY(verdict.why, run->verdict.why);
    lab_trace_put_verdict(to, &verdict);
    return lab_trace_end(to, sim->world.now_us);
}
