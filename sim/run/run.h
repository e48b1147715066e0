// One scenario run: load, twin, interrupted run, verdict, report.
// SPDX-License-Identifier: MIT
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "core/lab/input/input.h"
#include "core/lab/report/report.h"
#include "core/lab/trace/trace.h"
#include "sim/world/world.h"

enum { RUN_STEPS_MAX = 64, RUN_REASON = 128 };

/// A finished run. Release with run_free.
struct run {
    const struct lab_input *input;
    uint64_t seed;
    struct sim *twin, *cut; ///< owned
    struct lab_verdict verdict;
    struct lab_twin_facts facts;
    enum lab_result result;
    char reason[RUN_REASON];
    char id[LAB_ID_BYTES];
    uint64_t marks;         ///< of the core that the interrupted run passed (core/plr/mark.h)
    char state[DUT_ANSWER]; ///< JSON: the saved state as the device last offered it; "" never
    // rows that the report borrows
    struct lab_report_cut cuts[LAB_TRUTH_CUTS];
    struct lab_report_step steps[RUN_STEPS_MAX];
    size_t step_count;
    struct lab_report_save saves[3];
    size_t save_count;
    struct lab_report_unknown unknown[LAB_UNKNOWN_MAX];
    const char *notes[SIM_NOTES_MAX];
};

/// lab_input_open, and whether the simulator can do what is asked. Returns 0 or a negative errno with `err`.
int run_load(struct lab_input *input, const char *operand, const char *root,
             const char *const *sets, size_t n, const uint64_t *seed, struct lab_error *err);

/// The twin alone: where every cut would fall. `trail`: recorded there, NULL for nobody. Returns 0 or a negative errno; -ENOENT with err when one never fires.
int run_dry(struct run *run, const struct lab_input *input, uint64_t seed, struct sim_trail *trail,
            struct lab_error *err);

/// Another twin for `run`, which has one: that of `machine` as it stands before its job, however it came to be so. `machine` is only looked at.
/// Returns 0 or a negative errno: the twin is the old one then.
int run_twin_from(struct run *run, const struct sim *machine);

/// The ID of this run with other cuts. Returns 0, or LAB_EFBIG when its overrides do not fit.
int run_id(const struct run *run, char (*cut)[LAB_CUT_BYTES], int cuts, char out[LAB_ID_BYTES]);

/// The scenario's word for why a run had this result ("bed_cold"), from what its device says; "" when there is none. Static.
const char *run_reason(enum lab_result result, enum plr_reason reason);

/// Judge a finished run of `sim`, cut as it was, against run->twin. `sim` belongs to the caller. Returns 0 or -ENOMEM.
int run_judge(const struct run *run, struct sim *sim, enum lab_result *result,
              char reason[RUN_REASON], struct lab_verdict *verdict);

/// After this instant a run of `scenario` against this twin has never finished.
int64_t run_patience(const struct run *run, const struct lab_scenario *scenario);

/// Twin and interrupted run, judged. Same returns.
int run_execute(struct run *run, const struct lab_input *input, uint64_t seed,
                struct lab_error *err);

/// Where a trace goes in pieces, in order. Returns 0 or a negative errno, which ends the writing (not the run).
struct run_sink {
    int (*put)(void *ctx, const void *bytes, size_t size);
    void *ctx;
    int error; ///< filled: the first error of `put`, or -ENOMEM; 0: the whole trace was put
};
/// The same, and the interrupted run is recorded (core/lab/trace) as it goes, with what was made of it at the end. The run is the same
/// as without. A run that fails (negative errno) leaves a trace without its end.
int run_execute_traced(struct run *run, const struct lab_input *input, uint64_t seed,
                       struct run_sink *sink, struct lab_error *err);
/// A sink's `put` into memory; zero it to begin, and free(bytes).
struct run_bytes {
    uint8_t *bytes;
    size_t size, room;
};
int run_bytes_put(void *ctx, const void *bytes, size_t size);

void run_free(struct run *run);

/// Let the core have this defect (enum plr_defect) from now on. Returns 0, or -ENOTSUP: only the test build can.
int run_defect(int32_t defect);

/// Fill a report (host figures are the caller's). It borrows from `run`.
void run_report(struct run *run, struct lab_report *report);

#endif
