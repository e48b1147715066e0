// What a run was: its states, cuts and edges with their times, and what became of the print.
// SPDX-License-Identifier: MIT
//
// Times are microseconds of CLOCK_MONOTONIC, as lines and link have them; -1 is never. A report counts them from `begun_us`.
#ifndef RIG_RUN_RECORD_H
#define RIG_RUN_RECORD_H

#include "core/lab/report/rig.h"
#include "rig/gauge/gauge.h"
#include "rig/lines/lines.h"
#include "rig/run/guard.h"

enum { RUN_TIMES = 64, RUN_EDGES = 8192, RUN_REASON = 160 };

struct run_time {
    enum run_state state;
    int64_t at_us;
};

/// A relay of a cut: its line driven and its read-back followed, off and on again; -1 it had no part, or has no read-back.
struct run_relay_record {
    int64_t line_us, sense_us, back_line_us, back_sense_us;
};

/// A cut: asked for there, made here.
struct run_cut_record {
    int cut;     ///< of the plan
    bool marked; ///< the printer said its marker
    /// The status that told of its place, or its marker, was heard, and its delay was over.
    int64_t due_us;
    int64_t status_us; ///< that status was heard
    int64_t job_us;    ///< since the job began
    int64_t file_at;   ///< what the printer said of itself then; LINK_UNKNOWN
    int32_t layer;     ///< -1
    int64_t at_nm[4];
    /// Of the first relay: all were told to open, its line was driven, its read-back followed.
    int64_t command_us, line_us, sense_us;
    /// The line may have been driven so much earlier: the length of the call.
    int64_t line_doubt_us;
    int64_t back_line_us, back_sense_us; ///< of the first one that closed again
    int64_t ready_us, asked_us, resumed_us;
    int64_t resumed_doubt_us; ///< it may have printed so much earlier: between two statuses
    /// Where it was first heard to print on: byte, layer as the printer counts it, size of the file; LINK_UNKNOWN, -1.
    int64_t resumed_at, resumed_size;
    int32_t resumed_layer;
    int64_t placed_us; ///< that was heard; -1
    int64_t done_us;   ///< it said that its job is done; -1
    /// What it tells of its file is ahead of its nozzle by so much.
    struct link_ahead ahead;
    bool untold; ///< it printed on as if nothing had been: a supply may have bridged the outage
    /// When the printer told of them first after the outage; LINK_NO_TEMPERATURE.
    int32_t nozzle_mc, bed_mc, chamber_mc;
    /// From the first that was off to the first that was on again, by the read-back where there is one.
    int64_t off_us;
    int64_t spread_us;                           ///< from the first that was off to the last
    struct run_relay_record relay[BENCH_RELAYS]; ///< by its index in the bench
};

/// A line of the console: due there, said here, answered.
struct run_word_record {
    int64_t due_us, said_us, done_us; ///< 0: not yet
};

struct run_record {
    int64_t begun_us, end_us;
    struct run_time time[RUN_TIMES];
    int times;
    int64_t job_begun_us;
    int64_t job_size; ///< of the file that the printer began to print, as it tells it; LINK_UNKNOWN
    struct run_cut_record cut[LAB_POWER_MAX];
    int cuts;
    struct run_word_record word[LAB_DISTURB_MAX];
    struct lines_edge edge[RUN_EDGES];
    size_t edges;
    uint64_t edges_seen, edges_lost;
    enum run_fault fault;
    char why[RUN_WHY];              ///< of the fault, and of what is not off
    bool calibrated, core_refused;  ///< a calibration was stored; it, or the recovery, was refused
    struct lab_rig_touched touched; ///< with dut: core, how it touched and looked
    bool unsafe;                    ///< not everything could be switched off, or nobody can tell
    bool judged;
    enum lab_result result;
    char reason[RUN_REASON]; ///< of a refusal, in the printer's words
    bool never_cut;
    bool completed;
    int64_t on_us; ///< with power
    struct gauge_readings readings;
};

/// A state was entered.
void run_record_state(struct run_record *record, enum run_state state, int64_t at_us);
/// Take in what happened on the lines since the last time.
void run_record_edges(struct run_record *record, const struct lines *lines);
/// Latencies of the cuts: the n-th one's, from the command to the relay's line and from there to the read-back's edge; -1 unknown.
int64_t run_line_latency(const struct run_cut_record *cut);
int64_t run_sense_latency(const struct run_cut_record *cut);

/// What is known of the truth: the outages' instants, and what gauges of the bench read.
void run_truth(const struct run_record *record, const struct bench *bench, struct lab_truth *out);

#endif
