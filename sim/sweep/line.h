// The line that branches start from, and the mark that follows close behind it.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_LINE_H
#define SIM_SWEEP_LINE_H

#include "sim/sweep/sweep.h"

/// A run without cuts, and one branch of it at a time.
struct sweep_line {
    const struct run *run;
    struct lab_scenario uncut, cut; ///< the scenario without its power entries; with a sweep's
    struct sim *line;               ///< runs on
    struct sim *mark;   ///< how it was a few steps ago; its ledger and surface mean nothing
    struct sim *branch; ///< runs from the mark; ledger and surface are its own
    struct surface surface_then; ///< of the branch, before it ran
    size_t ledger_same;          ///< so many entries of the branch's ledger are the line's
    int32_t since_mark;          ///< steps
};

/// Start it. Returns 0 or a negative errno; close in every case.
int sweep_line_open(struct sweep_line *line, const struct run *run);
void sweep_line_close(struct sweep_line *line);

/// Run on until this cut's place has been passed. Returns whether it was (the print may end before).
bool sweep_line_pass(struct sweep_line *line, const struct sweep_cut *cut);

/// Begin the branch of a cut whose place has just been passed. It is line->branch; time stands before the cut.
/// Returns 0 or -12.
int sweep_line_branch(struct sweep_line *line, const struct sweep_cut *cut);

/// Undo what the branch did to what is shared between branches.
void sweep_line_back(struct sweep_line *line);

#endif
