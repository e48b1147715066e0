// What a report on a real printer adds: where cuts were asked for and where they fell, how fast relays were, every edge, every state.
// SPDX-License-Identifier: MIT
//
// Times are microseconds since the run began, -1 never; what the printer did not tell is INT64_MIN (a layer: -1).
#ifndef LAB_REPORT_RIG_H
#define LAB_REPORT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_rig_state {
    const char *state; ///< "armed"
    int64_t at_us;
};

struct lab_rig_edge {
    int64_t at_us;
    const char *name; ///< of the relay or sense
    bool relay;       ///< its line was driven; else an input changed
    bool on;
};

/// A relay of a cut: its line driven and its read-back followed, off and on again.
struct lab_rig_cut_relay {
    const char *name;
    int64_t line_us, sense_us, back_line_us, back_sense_us;
};

/// A cut: asked for, and made.
struct lab_rig_cut {
    const char *trigger; ///< "layer"
    /// Bytes, 1-based, -1 none; since the job began.
    int64_t asked_offset, asked_line, asked_z_nm, asked_us;
    int32_t asked_layer;
    bool marked;                           ///< the printer said the job's marker
    int64_t offset, at_nm[4], into_job_us; ///< what the printer said of itself when it was cut
    int32_t layer;
    int64_t status_us, due_us; ///< that was heard; the cut was due
    /// First relay: all were told to open, its line was driven, its read-back followed.
    int64_t command_us, line_us, sense_us;
    int64_t line_doubt_us;               ///< its line may have been driven so much earlier
    int64_t back_line_us, back_sense_us; ///< of the first that closed again
    int64_t off_us;                      ///< from the first that was off to the first that was back
    int64_t spread_us;                   ///< from the first that was off to the last
    const struct lab_rig_cut_relay *relay; ///< each of them, in the bench's order
    size_t relays;
    int64_t ready_us, told_us, resumed_us; ///< the printer, behind the outage
    int64_t resumed_doubt_us;              ///< it may have printed so much earlier
    /// Where in the job it was first heard to print on: the byte it read; -1 it did not tell, or it goes on with another file.
    int64_t resumed_offset;
    int32_t resumed_layer; ///< that byte's, or as the printer counts; -1
};

/// A line that the scenario said to the printer's console.
struct lab_rig_word {
    const char *key, *line;           ///< "disturb[0]", "M221 S95"
    int64_t due_us, said_us, done_us; ///< its place was reached; it was said; answered
};

/// A gauge, and what it read; INT64_MIN nothing.
struct lab_rig_gauge {
    const char *name, *measures; ///< "dial", "z_offset"
    /// The recovery did not use it; it counts from its reading before the print.
    bool independent, relative;
    int64_t before_nm, after_nm;
    /// It can read from here to there; half-width of its 95 % interval.
    int64_t low_nm, high_nm, uncertainty_nm;
    const char *why; ///< it could not be read behind the print; NULL it was, or nobody tried
};

/// The recovery's switches, touched through the link by the rig itself: small steps, and a look behind each.
struct lab_rig_touched {
    int64_t touch_nm;                      ///< a touch is known to this; 0: the rig touched nothing
    uint64_t looks, touches, late_touches; ///< late: its tap was too slow for the looks
    int64_t look_us;                       ///< longest from a step's end to its look
    int64_t edge_us;                       ///< longest from there to the edge of a tap
};

struct lab_report_rig {
    const char *bench;       ///< its one line
    const char *fault, *why; ///< "" none: why the run did not go on
    bool unsafe;             ///< nobody can vouch that everything is off
    const struct lab_rig_state *state;
    size_t states;
    const struct lab_rig_cut *cut;
    size_t cuts;
    const struct lab_rig_edge *edge;
    size_t edges;
    uint64_t edges_lost; ///< more than there was room for
    const char *const *skipped;
    size_t skips;
    const struct lab_rig_word *word;
    size_t words;
    const struct lab_rig_gauge *gauge;
    size_t gauges;
    struct lab_rig_touched touched;
};

/// Smallest, mean and largest of the cuts' latencies. `known` false: no cut had one.
struct lab_rig_spread {
    bool known;
    int64_t min_us, mean_us, max_us;
};
/// From the command to the relay's line, and from there to the read-back's first edge.
struct lab_rig_spread lab_rig_line_latency(const struct lab_report_rig *rig);
struct lab_rig_spread lab_rig_sense_latency(const struct lab_report_rig *rig);

#endif
