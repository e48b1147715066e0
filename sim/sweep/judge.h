// One cut judged, and the cuts inside its recovery.
// SPDX-License-Identifier: MIT
#ifndef SIM_SWEEP_JUDGE_H
#define SIM_SWEEP_JUDGE_H

#include "sim/sweep/line.h"

/// Branch off the line, which has just passed the cut's place; recover; judge by the window, and by the whole print where that
/// cannot tell, where something is wrong, and for a sample. Fills what is not yet filled of `out`. Returns 0 or a negative errno.
int sweep_judge(const struct sweep_work *work, struct sweep_line *line, const struct sweep_cut *cut,
                struct sweep_result *out);

/// Cut again, at every event that was asked for, in the recovery from a cut whose place `line` has just passed. `again` is a line of
/// this process, open, for these cuts to branch from. `index` is the first cut's. Returns 0, 1 when the listener had enough, or
/// a negative errno.
int sweep_second(const struct sweep_work *work, struct sweep_line *line, struct sweep_line *again,
                 size_t index, sweep_heard *heard, void *ctx);

#endif
