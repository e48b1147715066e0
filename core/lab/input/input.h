// What a run was asked for: a scenario file or a run ID, with its sets, its job and its material.
// SPDX-License-Identifier: MIT
//
// The same for a simulated printer and a real one. What only one of them can do, it checks itself.
#ifndef LAB_INPUT_H
#define LAB_INPUT_H

#include "core/lab/input/place.h"
#include "core/lab/job/job.h"
#include "core/lab/scenario/id.h"
#include "core/lab/scenario/scenario.h"

enum { LAB_INPUT_SETS = 32 };

/// What does not change between the seeds of a scenario. Owns the job.
struct lab_input {
    struct lab_scenario scenario;
    char set_text[LAB_INPUT_SETS][LAB_PLACE_SET];
    struct lab_set set[LAB_INPUT_SETS];
    const char *set_list[LAB_INPUT_SETS];
    size_t sets;
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES]; ///< cuts of an ID, in the place of the scenario's own
    int cuts;
    struct lab_job job;
    const struct lab_material *material;
    char stem[64];
};

/// Load a scenario file or an ID (then its sets come first), with further sets, and open its job. `root`: where IDs, the files of
/// their sets, and a relative path that is not here are found (NULL: the current folder); files of `sets` are relative to the current folder all the same. `seed` (NULL: not
/// said) is --seed. Returns 0; or a negative errno with `err`, and nothing to close.
int lab_input_open(struct lab_input *input, const char *operand, const char *root,
                   const char *const *sets, size_t n, const uint64_t *seed, struct lab_error *err);
void lab_input_close(struct lab_input *input);

/// The power entry of another cut than the scenario's: how long, and which domains, as the scenario's own `which`-th (or last) entry
/// says; without any, mains for 90 s. Its instant is left to the caller.
void lab_input_outage(const struct lab_scenario *scenario, int which, struct lab_power *out);

/// The ID of a run with that seed and these cuts. Returns 0, LAB_EFBIG when its overrides do not fit, or -ENOMEM.
int lab_input_id(const struct lab_input *input, uint64_t seed, char (*cut)[LAB_CUT_BYTES], int cuts,
                 char out[LAB_ID_BYTES]);

#endif
