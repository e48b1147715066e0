// A run as a report: the same JSON and JUnit as a simulated one, and what only a bench knows.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_FILL_H
#define RIG_RUN_FILL_H

#include "core/lab/report/report.h"
#include "rig/run/plan.h"
#include "rig/run/record.h"

enum { RUN_SAID = 1 + 2 * LAB_POWER_MAX };

/// A run told: rows that the report borrows. Large; keep it on the heap.
struct run_told {
    struct lab_truth truth;
    struct lab_verdict verdict;
    struct lab_report_rig rig;
    struct lab_rig_state state[RUN_TIMES];
    struct lab_rig_cut rig_cut[LAB_POWER_MAX];
    struct lab_rig_cut_relay cut_relay[LAB_POWER_MAX][BENCH_RELAYS];
    struct lab_rig_edge edge[RUN_EDGES];
    struct lab_report_cut cut[LAB_POWER_MAX];
    const char *note[RUN_NOTES + RUN_SAID];
    char said[RUN_SAID][RUN_NOTE]; ///< what a run has to say beside its plan
    const char *skipped[RUN_SKIPPED];
    struct lab_rig_word word[LAB_DISTURB_MAX];
    struct lab_rig_gauge gauge[BENCH_GAUGES];
    char word_key[LAB_DISTURB_MAX][16];
    char id[LAB_ID_BYTES];
    char reason[RUN_REASON];
};

/// Judge a run, and fill its report; both borrow from all that is given. A run that ended with a fault is an error of the bench, and
/// no measure of it counts; one with an outage that may not have reached the printer, or behind which it did not tell where in its job it went
/// on, is marginal at best, and one that went on elsewhere than where it was cut, or was done too soon (onward.h), has failed. Returns 0, or a negative status: it has no ID.
int run_tell(struct run_told *told, const struct bench *bench, const struct lab_input *input,
             const struct run_plan *plan, const struct run_record *record,
             struct lab_report *report);

/// The exit code of it.
int run_exit(const struct run_told *told, const struct run_record *record);

#endif
