// Keeping what happened.
// SPDX-License-Identifier: MIT
#include "rig/run/record.h"

void run_record_state(struct run_record *record, enum run_state state, int64_t at_us)
{
    if (record->times < RUN_TIMES)
        record->time[record->times++] = (struct run_time){state, at_us};
}

void run_record_edges(struct run_record *record, const struct lines *lines)
{
    struct lines_edge edge[LINES_EDGES];
    uint64_t before;
    size_t kept = lines_edges(lines, edge, LINES_EDGES, &before);
    uint64_t all = before + kept;

    for (size_t i = 0; i < kept; i++) {
        if (before + i < record->edges_seen)
            continue;
        if (record->edges < RUN_EDGES)
            record->edge[record->edges++] = edge[i];
        else
            record->edges_lost++;
    }
    if (before > record->edges_seen)
        record->edges_lost += before - record->edges_seen;
    record->edges_seen = all;
}

int64_t run_line_latency(const struct run_cut_record *cut)
{
    return cut->line_us < 0 ? -1 : cut->line_us - cut->command_us;
}

int64_t run_sense_latency(const struct run_cut_record *cut)
{
    if (cut->line_us < 0 || cut->sense_us < 0)
        return -1;
    return cut->sense_us > cut->line_us ? cut->sense_us - cut->line_us
                                        : 0; // within the line's doubt
}

/// Since the run began.
static int64_t since(const struct run_record *record, int64_t at_us)
{
    return at_us < 0 ? -1 : at_us - record->begun_us;
}

static void cut_truth(const struct run_record *record, const struct run_cut_record *cut,
                      struct lab_truth_cut *out)
{
    out->mains_us = since(record, cut->sense_us >= 0 ? cut->sense_us : cut->line_us);
    out->back_us = since(record, cut->back_sense_us >= 0 ? cut->back_sense_us : cut->back_line_us);
    out->nozzle_mc = cut->nozzle_mc;
    out->bed_mc = cut->bed_mc;
    out->chamber_mc = cut->chamber_mc;
}

/// The longest of the cuts' times from power back to a printer that prints. A relay without a read-back closes some time behind its line.
static void resume_time(const struct run_record *record, struct lab_truth *out)
{
    for (int i = 0; i < record->cuts; i++) {
        const struct run_cut_record *cut = &record->cut[i];
        int64_t back_us = cut->back_sense_us >= 0 ? cut->back_sense_us : cut->back_line_us;
        if (cut->resumed_us < 0 || back_us < 0 || cut->resumed_us - back_us <= out->resume_us)
            continue;
        out->resume_us = cut->resumed_us - back_us;
        out->resume_doubt_us = cut->resumed_doubt_us;
    }
}

void run_truth(const struct run_record *record, const struct bench *bench, struct lab_truth *out)
{
    lab_truth_unknown(out);
    out->cuts = record->cuts;
    for (int i = 0; i < record->cuts; i++)
        cut_truth(record, &record->cut[i], &out->cut[i]);
    resume_time(record, out);
    out->completed = record->completed;
    out->on_us = record->on_us;
    gauge_truth(&record->readings, bench, out);
    gauge_truth_touched(out, record->touched.touch_nm);
}
