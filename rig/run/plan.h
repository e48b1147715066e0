// What a run on this bench will be: a scenario's cuts as places of the job and relays, and what of the scenario no bench can do.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_PLAN_H
#define RIG_RUN_PLAN_H

#include "core/lab/input/input.h"
#include "rig/bench/bench.h"
#include "rig/run/state.h"
#include "rig/run/trigger.h"

enum {
    RUN_NOTES = 24,
    RUN_NOTE = 200,
    RUN_KEY = 64,
    RUN_SKIPPED = LAB_POWER_MAX * BENCH_DOMAINS + LAB_DISTURB_MAX
};

/// A cut of the scenario.
struct run_cut {
    int entry; ///< power[entry]
    struct run_target target;
    uint32_t relays; ///< bit per relay of the bench that opens
    int64_t off_for_us;
};

/// A line that somebody says to the printer's console while it prints.
struct run_word {
    int entry; ///< disturb[entry]
    struct run_target target;
    char line[sizeof((struct lab_disturb *)0)->line];
};

struct run_plan {
    struct run_cut cut[LAB_POWER_MAX];
    int cuts;
    struct run_word word[LAB_DISTURB_MAX];
    int words;
    struct run_script script;
    char note[RUN_NOTES][RUN_NOTE];
    int notes;
    char skipped[RUN_SKIPPED][RUN_KEY]; ///< keys that were left out because somebody said so
    int skips;
};

/// Make the plan. What the bench cannot do is refused by its key and place. What one of the `n` keys of `skip` is, or begins, is left out
/// ("disturb[1]", "power[0].at", "disturb": an index left out means any), whether the bench could do it or not. A key that nothing has is
/// refused, and so is a plan whose scenario has cuts and of which none is left: a print that nobody cut would pass for one that came back.
/// (A scenario without `power` is one that nobody cuts.) Returns 0 or a negative status with err filled.
int run_plan_make(struct run_plan *out, const struct bench *bench, const struct lab_input *input,
                  const char *const *skip, size_t n, struct lab_error *err);

/// The plan of a calibration, in which nothing is cut and nobody says anything: of a scenario its printer alone. Returns as run_plan_make.
int run_plan_calibration(struct run_plan *out, const struct bench *bench,
                         const struct lab_input *input, struct lab_error *err);

/// Is `key` meant by `said`? As above.
bool run_key_meant(const char *key, const char *said);

/// Tell people what would be done.
void run_plan_tell(const struct run_plan *plan, const struct bench *bench,
                   const struct lab_input *input, FILE *out);

#endif
