// Filling a report from a finished run.
// SPDX-License-Identifier: MIT
#include "sim/run/run.h"

#include <stdio.h>
#include <string.h>

#include "core/lab/doc/version.h"

static void fill_cuts(struct run *run)
{
    const struct sim *sim = run->cut;
    char tear[LAB_CUT_BYTES];

    for (int i = 0; i < sim->truth.cuts; i++) {
        const struct sim_cut *at = &sim->cut[i];
        run->cuts[i] = (struct lab_report_cut){
            .truth = sim->truth.cut[i],
            .into_job_us = sim->truth.cut[i].mains_us - sim->job_begin_us,
            .event = at->event,
            .layer = at->layer,
            .line = (int32_t)lab_job_line_number(&sim->job, (uint64_t)at->file_offset),
            .file_offset = at->file_offset,
            .move_fraction_ppm = at->fraction_ppm,
            .during = at->during,
            .torn = at->torn.set,
            .torn_erase = at->torn.erase,
            .torn_size = at->torn.size,
        };
        snprintf(run->cuts[i].tear, sizeof run->cuts[i].tear, "%s",
                 lab_tear_print(&at->torn.tear, tear));
    }
}

static int64_t power_back_us(const struct run *run, const struct sim_step *step)
{
    return step->cut >= 0 ? run->cut->truth.cut[step->cut].back_us : run->cut->job_begin_us;
}

/// Steps of the same phase after the same cut become one row: the corners are visited several times.
static struct lab_report_step *row(struct run *run, const struct sim_step *step, const char *phase)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (run->steps[i].cut == step->cut && run->steps[i].phase == phase)
            return &run->steps[i];
    if (run->step_count == RUN_STEPS_MAX)
        return NULL;
    struct lab_report_step *fresh = &run->steps[run->step_count++];
    *fresh = (struct lab_report_step){.cut = step->cut,
                                      .phase = phase,
                                      .start_us = step->begin_us - power_back_us(run, step),
                                      .note = ""};
    return fresh;
}

/// A bout more: one that begins where the last one ended is the same.
static void add_bout(struct lab_report_step *row, int64_t start_us, int64_t duration_us)
{
    int32_t last = row->bouts - 1;

    row->duration_us += duration_us;
    if (last >= 0 && last < LAB_REPORT_BOUTS &&
        row->bout[last].start_us + row->bout[last].duration_us == start_us)
        row->bout[last].duration_us += duration_us;
    else if (row->bouts++ < LAB_REPORT_BOUTS)
        row->bout[row->bouts - 1] = (struct lab_report_bout){start_us, duration_us};
}

static void fill_steps(struct run *run)
{
    const struct sim *sim = run->cut;

    for (int32_t i = 0; i < sim->steps; i++) {
        const struct sim_step *step = &sim->step[i];
        struct lab_report_step *r = row(run, step, plr_phase_name((enum plr_phase)step->phase));
        int64_t end = step->end_us < 0 ? sim->world.now_us : step->end_us;
        if (r)
            add_bout(r, step->begin_us - power_back_us(run, step), end - step->begin_us);
    }
}

static void fill_saves(struct run *run)
{
    const struct sim *sim = run->cut;

    struct sim_cut end;
    world_where(sim, &end); // never cut: what was saved in the whole print, and of no age
    const bool cut = sim->truth.cuts > 0;
    const struct sim_cut *at = cut ? &sim->cut[0] : &end;
    int64_t stopped = cut ? sim->truth.cut[0].stopped_us : -1;
    int64_t bytes = (int64_t)(at->programmed - sim->nv_at_job);
    int64_t age = at->saved_us < 0 || !cut ? -1 : stopped - at->saved_us;
    struct lab_report_save *row = run->saves;
    *row++ =
        (struct lab_report_save){"state", at->saves, bytes, age}; // the bytes of ticks are in it
    *row++ = (struct lab_report_save){"tick", at->ticks, -1, -1};
    if (at->fail_bytes > 0) { // committed after the stop: not older than it
        int64_t old = stopped > at->fail_us ? stopped - at->fail_us : 0;
        *row++ = (struct lab_report_save){"power_fail", 1, at->fail_bytes, old};
    }
    run->save_count = (size_t)(row - run->saves);
}

/// What the device said on its way; not once more the reason that the verdict gives anyway.
static size_t fill_notes(struct run *run)
{
    const struct sim *sim = run->cut;
    const char *given = run->reason[0] ? plr_reason_text(sim->dut->reason(sim)) : "";
    size_t n = 0;

    for (int i = 0; i < sim->notes; i++)
        if (strcmp(sim->note[i], given) != 0)
            run->notes[n++] = sim->note[i];
    return n;
}

void run_report(struct run *run, struct lab_report *report)
{
    const struct lab_input *in = run->input;
    const struct sim *sim = run->cut;

    memset(report, 0, sizeof *report);
    report->version = LAB_VERSION;
    run->step_count = run->save_count = 0;
    fill_cuts(run);
    fill_steps(run);
    fill_saves(run);
    for (int i = 0; i < in->job.unknowns; i++)
        run->unknown[i] =
            (struct lab_report_unknown){in->job.unknown[i].name, in->job.unknown[i].count};
    report->id = run->id;
    report->about = in->scenario.about;
    report->printer = in->scenario.printer.name;
    report->job = in->job.name;
    report->material = in->material->name;
    report->scenario = &in->scenario;
    report->scenario_name = in->stem;
    report->seed = run->seed;
    report->set = in->set_list;
    report->sets = in->sets;
    report->hash_doc = in->scenario.hash_doc;
    report->hash_printer = in->scenario.hash_printer;
    report->hash_job = in->job.hash;
    report->hash_config = in->scenario.hash_config;
    report->dut = sim->dut->name;
    report->gantry = lab_gantry_word((enum lab_gantry)in->scenario.sim.gantry);
    report->reason = run->reason;
    report->verdict = &run->verdict;
    report->marks = run->marks;
    report->trace_hash = sim->world.hash ^ (run->twin->world.hash << 1);
    report->sim_ms = sim->truth.on_us / 1000;
    report->moves = sim->world.firmware.moves;
    report->cut = run->cuts;
    report->cuts = (size_t)sim->truth.cuts;
    report->step = run->steps;
    report->steps = run->step_count;
    report->save = run->saves;
    report->saves = run->save_count;
    report->unknown = run->unknown;
    report->unknowns = (size_t)in->job.unknowns;
    report->unknown_more = in->job.unknown_more;
    report->unknown_more_lines = in->job.unknown_more_lines;
    report->unknown_more_capped = in->job.unknown_more == LAB_UNKNOWN_NAMES;
    report->note = run->notes;
    report->notes = fill_notes(run);
    report->truth = &sim->truth;
    report->twin = &run->facts;
}
