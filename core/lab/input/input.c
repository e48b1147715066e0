// What a run was asked for: read, with its sets, its job and its material.
// SPDX-License-Identifier: MIT
#include "core/lab/input/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/plr/base.h"

/// A caller's set is made fit for an ID (lab_place_set); one of an ID is already.
static int add_set(struct lab_input *input, const char *text, bool of_id, const char *root,
                   struct lab_error *err)
{
    if (input->sets == LAB_INPUT_SETS || strlen(text) >= sizeof input->set_text[0]) {
        lab_error_at_file(err, NULL,
                          "too many or too long --set options (%d of %zu characters at most)",
                          LAB_INPUT_SETS, sizeof input->set_text[0] - 1);
        return -E2BIG;
    }
    size_t i = input->sets++;
    int bad = of_id ? 0 : lab_place_set(text, root, input->set_text[i], err);
    if (bad)
        return bad;
    if (of_id)
        snprintf(input->set_text[i], sizeof input->set_text[i], "%s", text);
    input->set[i].text = input->set_list[i] = input->set_text[i];
    return 0;
}

static int take_id(struct lab_input *input, const char *operand, const char *root,
                   struct lab_id *id, char *path, size_t room, struct lab_error *err)
{
    int bad = lab_id_parse(operand, id, err);
    if (!bad)
        bad = lab_id_find_scenario(root, id->name, path, room, err);
    for (int i = 0; i < id->sets && !bad; i++)
        bad = add_set(input, id->set[i], true, root, err);
    return bad;
}

void lab_input_outage(const struct lab_scenario *scenario, int which, struct lab_power *out)
{
    static const struct lab_power usual = {.off_for_us = 90 * (int64_t)PLR_US_PER_S,
                                           .domains = LAB_DOMAIN_MAINS};
    int last = scenario->power_count - 1;

    *out = last < 0 ? usual : scenario->power[which < last ? which : last];
    out->tear = (struct lab_tear){0};
}

/// The cuts of an ID take the place of the scenario's own.
static void take_cuts(struct lab_input *input, const struct lab_id *id)
{
    struct lab_scenario *s = &input->scenario;
    struct lab_power power[LAB_POWER_MAX];

    for (int i = 0; i < id->cuts; i++) {
        lab_input_outage(s, i, &power[i]);
        (void)lab_cut_parse(id->cut[i], &power[i]); // the ID's reader has read it already
        memcpy(input->cut[i], id->cut[i], sizeof input->cut[i]);
    }
    input->cuts = id->cuts;
    if (id->cuts) {
        memcpy(s->power, power, sizeof power);
        s->power_count = id->cuts;
    }
}

/// A seed set by the caller beside one that counts more would be ignored in silence. `what` names the other.
static int check_seed(const struct lab_input *input, const char *const *sets, size_t n,
                      const char *what, uint64_t seed, struct lab_error *err)
{
    bool said = false;

    for (size_t i = 0; i < n; i++)
        said |= !strncmp(sets[i], "seed=", 5);
    if (!said || input->scenario.seed == seed)
        return 0;
    lab_error_at_file(err, NULL,
                      "--set seed=%llu, but %s says seed %llu; --seed N is what changes it",
                      (unsigned long long)input->scenario.seed, what, (unsigned long long)seed);
    return -EINVAL;
}

static int choose_material(struct lab_input *input, struct lab_error *err)
{
    const char *name = input->scenario.material[0] ? input->scenario.material : input->job.material;
    char known[256];

    if (!name[0]) // many slicers do not say: the nozzle's target does, roughly
        name = input->job.nozzle_mc >= 245000   ? "ABS"
               : input->job.nozzle_mc >= 225000 ? "PETG"
                                                : "PLA";
    input->material = lab_material_find(name);
    if (input->material)
        return 0;
    lab_material_names(known, sizeof known);
    lab_error_at_file(err, input->scenario.path, "unknown material '%s'; known: %s", name, known);
    return -EINVAL;
}

/// By ID or by path: which, and its own sets, come first.
static int find(struct lab_input *input, const char *operand, const char *root, bool by_id,
                struct lab_id *id, char *path, size_t room, struct lab_error *err)
{
    snprintf(path, room, "%s", operand);
    if (!by_id && root && operand[0] != '/' && access(operand, F_OK) != 0) {
        char below[1024]; // what is there goes before
        snprintf(below, sizeof below, "%.500s/%.500s", root, operand);
        if (!access(below, F_OK))
            snprintf(path, room, "%s", below);
    }
    return by_id ? take_id(input, operand, root, id, path, room, err) : 0;
}

/// The seed that holds, and the cuts of an ID whose hash still fits.
static int settle(struct lab_input *input, const struct lab_id *id, bool by_id, size_t n,
                  const uint64_t *seed, struct lab_error *err)
{
    if (by_id)
        input->scenario.seed = id->seed;
    if (seed)
        input->scenario.seed = *seed;
    int bad = by_id && n == 0 ? lab_id_check(id, &input->scenario, input->job.hash, err) : 0;
    if (!bad && by_id)
        take_cuts(input, id);
    return bad;
}

int lab_input_open(struct lab_input *input, const char *operand, const char *root,
                   const char *const *sets, size_t n, const uint64_t *seed, struct lab_error *err)
{
    struct lab_id *id = calloc(1, sizeof *id);
    char path[1024];
    bool by_id = lab_id_is(operand) || (lab_id_meant(operand) && access(operand, F_OK) != 0);

    memset(input, 0, sizeof *input);
    int bad = id ? find(input, operand, root, by_id, id, path, sizeof path, err) : -ENOMEM;
    for (size_t i = 0; i < n && !bad; i++)
        bad = add_set(input, sets[i], false, root, err);
    if (!bad)
        bad = lab_scenario_load_root(path, root, input->set, input->sets, &input->scenario, err);
    if (!bad)
        bad = lab_job_open(&input->job, input->scenario.job_path, &input->scenario.printer, err);
    if (!bad) {
        lab_scenario_progress(&input->scenario, (int64_t)input->job.size);
        bad = choose_material(input, err);
    }
    if (!bad && seed)
        bad = check_seed(input, sets, n, "--seed", *seed, err);
    else if (!bad && by_id)
        bad = check_seed(input, sets, n, "the run ID", id->seed, err);
    if (!bad)
        lab_scenario_stem(path, input->stem, sizeof input->stem);
    if (!bad)
        bad = settle(input, id, by_id, n, seed, err);
    free(id);
    if (bad)
        lab_input_close(input);
    return bad;
}

void lab_input_close(struct lab_input *input)
{
    lab_job_close(&input->job);
}

int lab_input_id(const struct lab_input *input, uint64_t seed, char (*cut)[LAB_CUT_BYTES], int cuts,
                 char out[LAB_ID_BYTES])
{
    struct lab_id *id = calloc(1, sizeof *id);
    int bad =
        id ? lab_id_make(id, &input->scenario, input->set, input->sets, input->job.hash) : -ENOMEM;

    if (!bad) {
        id->seed = seed;
        id->cuts = cuts;
        memcpy(id->cut, cut, (size_t)cuts * sizeof *cut);
        bad = lab_id_print(id, out, LAB_ID_BYTES);
    }
    free(id);
    return bad < 0 ? bad : 0;
}
