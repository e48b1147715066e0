// A line that branches start from, and the mark that follows close behind it.
// SPDX-License-Identifier: MIT
//
// The first line is the uncut print. Where a recovery is cut again, its branch is the line of the second cuts.
#ifndef SIM_SWEEP_LINE_H
#define SIM_SWEEP_LINE_H

#include "sim/sweep/alike.h"
#include "sim/sweep/sweep.h"

/// A run that goes on, and one branch of it at a time.
struct sweep_line {
    const struct run *run;
    struct lab_scenario cut; ///< the branch's scenario: as many power entries as it has been cut
    struct sim *line;        ///< runs on; the line's own, or a branch of another
    struct sim *mark;        ///< how it was a few steps ago; its ledger and surface mean nothing
    struct sim *branch;      ///< runs from the mark; ledger and surface are its own
    struct surface surface_base; ///< of the branch, before this line began
    struct surface surface_then; ///< ... before the branch ran
    size_t ledger_base;          ///< entries of the first line, when this one began
    size_t ledger_same;          ///< so many entries of the branch's ledger are the line's
    int32_t since_mark;          ///< steps
    struct sweep_alike alike;    ///< the last of its branches that may stand for others
};

/// Room for marks and branches. Returns 0 or -12; close in every case.
int sweep_line_open(struct sweep_line *line, const struct run *run);
void sweep_line_close(struct sweep_line *line);

/// The uncut print as a line: owns the run it starts. `uncut` outlives it. Returns 0 or a negative errno.
int sweep_line_print(struct sweep_line *line, struct lab_scenario *uncut);
void sweep_line_print_end(struct sweep_line *line);

/// The branch of `trunk` as a line, from where it stands; until sweep_line_leave. Returns 0 or -12.
int sweep_line_follow(struct sweep_line *line, const struct sweep_line *trunk);
void sweep_line_leave(struct sweep_line *line);

/// The line stands where its job goes on: it may. What is cut from here on is cut behind this place, marks too.
void sweep_line_release(struct sweep_line *line);

/// Mark when it is time to, and go one step on. Returns sim_step's word.
bool sweep_line_step(struct sweep_line *line);

/// Run on until this cut's place has been passed. Returns whether it was (the print may end before).
bool sweep_line_pass(struct sweep_line *line, const struct sweep_cut *cut);

/// Begin the branch of a cut whose place has just been passed: its last power entry is the line's to make, those before it are
/// the line's past. It is line->branch; time stands before the cut. Returns 0 or -12.
int sweep_line_branch(struct sweep_line *line, const struct sweep_cut *cut);

/// Undo what the branch did to what is shared between branches.
void sweep_line_back(struct sweep_line *line);

#endif
