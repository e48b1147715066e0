// Loading and running a scenario.
// SPDX-License-Identifier: MIT
#include "sim/run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A recovery that takes longer than the whole print three times over, and a day, never finishes.
static const int64_t patience_us = 86400 * (int64_t)PLR_US_PER_S;

// --- loading ----------------------------------------------------------------------------------------------

/// A caller's set is made fit for an ID (run_place_set); one of an ID is already.
static int add_set(struct run_input *input, const char *text, bool of_id, const char *root,
                   struct lab_error *err)
{
    if (input->sets == RUN_SETS_MAX || strlen(text) >= sizeof input->set_text[0]) {
        lab_error_at_file(err, NULL,
                          "too many or too long --set options (%d of %zu characters at most)",
                          RUN_SETS_MAX, sizeof input->set_text[0] - 1);
        return -E2BIG;
    }
    size_t i = input->sets++;
    int bad = of_id ? 0 : run_place_set(text, root, input->set_text[i], err);
    if (bad)
        return bad;
    if (of_id)
        snprintf(input->set_text[i], sizeof input->set_text[i], "%s", text);
    input->set[i].text = input->set_list[i] = input->set_text[i];
    return 0;
}

static int take_id(struct run_input *input, const char *operand, const char *root,
                   struct lab_id *id, char *path, size_t room, struct lab_error *err)
{
    int bad = lab_id_parse(operand, id, err);
    if (!bad)
        bad = lab_id_refuse_cuts(id, err);
    if (!bad)
        bad = lab_id_find_scenario(root, id->name, path, room, err);
    for (int i = 0; i < id->sets && !bad; i++)
        bad = add_set(input, id->set[i], true, root, err);
    return bad;
}

/// A seed set by the caller beside one that counts more would be ignored in silence. `what` names the other.
static int check_seed(const struct run_input *input, const char *const *sets, size_t n,
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

static int choose_material(struct run_input *input, struct lab_error *err)
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

/// The simulator cuts the mains, or the controller's own supply. A 24 V rail or a host alone it cannot cut yet.
static int check_domains(const struct run_input *input, struct lab_error *err)
{
    const struct lab_scenario *s = &input->scenario;

    for (int i = 0; i < s->power_count; i++) {
        if (s->power[i].domains & (LAB_DOMAIN_MAINS | LAB_DOMAIN_LOGIC))
            continue;
        lab_scenario_blame(
            s, input->set, input->sets, s->power[i].at.mark, err,
            "the simulator cuts the domains mains and logic; 24v or host alone it cannot");
        return -EINVAL;
    }
    return 0;
}

int run_load(struct run_input *input, const char *operand, const char *root,
             const char *const *sets, size_t n, const uint64_t *seed, struct lab_error *err)
{
    struct lab_id *id = calloc(1, sizeof *id);
    char path[1024];
    int bad = id ? 0 : -ENOMEM;

    memset(input, 0, sizeof *input);
    snprintf(path, sizeof path, "%s", operand);
    bool by_id =
        !bad && (lab_id_is(operand) || (lab_id_meant(operand) && access(operand, F_OK) != 0));
    if (by_id)
        bad = take_id(input, operand, root, id, path, sizeof path, err);
    for (size_t i = 0; i < n && !bad; i++)
        bad = add_set(input, sets[i], false, root, err);
    if (!bad)
        bad = lab_scenario_load_root(path, root, input->set, input->sets, &input->scenario, err);
    if (!bad)
        bad = sim_job_open(&input->job, input->scenario.job_path, &input->scenario.printer, err);
    if (!bad)
        bad = choose_material(input, err);
    if (!bad && seed)
        bad = check_seed(input, sets, n, "--seed", *seed, err);
    else if (!bad && by_id)
        bad = check_seed(input, sets, n, "the run ID", id->seed, err);
    if (!bad) {
        lab_scenario_stem(path, input->stem, sizeof input->stem);
        if (by_id)
            input->scenario.seed = id->seed;
        if (seed)
            input->scenario.seed = *seed;
    }
    if (!bad && by_id && n == 0)
        bad = lab_id_check(id, &input->scenario, input->job.hash, err);
    free(id);
    if (!bad)
        bad = check_domains(input, err);
    if (bad)
        run_unload(input);
    return bad;
}

void run_unload(struct run_input *input)
{
    sim_job_close(&input->job);
}

// --- running -------------------------------------------------------------------------------------------------

static int make_id(struct run *run, struct lab_error *err)
{
    const struct run_input *in = run->input;
    struct lab_id *id = calloc(1, sizeof *id);
    int bad = id ? lab_id_make(id, &in->scenario, in->set, in->sets, in->job.hash) : -ENOMEM;

    if (!bad) {
        id->seed = run->seed;
        bad = lab_id_print(id, run->id, sizeof run->id);
    }
    free(id);
    if (bad >= 0)
        return 0;
    lab_error_at_file(err, in->scenario.path, "these overrides do not fit into a run ID");
    return bad;
}

/// A cut whose place the whole print never reached. Phases and outages belong to the interrupted run.
static bool on_twin(const struct lab_trigger *at)
{
    return at->kind <= LAB_AT_MOVE;
}

static int never_fires(const struct run *run, const struct sim *sim, bool twin,
                       struct lab_error *err)
{
    const struct run_input *in = run->input;
    const struct lab_scenario *s = &in->scenario;

    for (int i = 0; i < s->power_count; i++) {
        if (sim->power_fired_us[i] >= 0 || (twin && !on_twin(&s->power[i].at)))
            continue;
        lab_scenario_blame(
            s, in->set, in->sets, s->power[i].at.mark, err,
            "this cut never fires: the print (%d layers, %lld moves) never gets there",
            in->job.layers, (long long)in->job.moves);
        return -ENOENT;
    }
    for (int i = 0; i < s->disturb_count && !twin; i++) {
        if ((sim->world.disturbed >> i) & 1u)
            continue;
        lab_scenario_blame(s, in->set, in->sets, s->disturb[i].at.mark, err,
                           "this disturbance never happens");
        return -ENOENT;
    }
    return 0;
}

/// What the script itself keeps the machine dark for.
static int64_t outages(const struct lab_scenario *scenario)
{
    int64_t us = 0;
    for (int i = 0; i < scenario->power_count; i++)
        us += scenario->power[i].off_for_us;
    return us;
}

static int run_one(struct run *run, struct sim **out, bool twin)
{
    const struct run_input *in = run->input;
    struct sim *sim = calloc(1, sizeof *sim);

    *out = sim;
    if (!sim)
        return -ENOMEM;
    int bad = run_defect(in->scenario.defect);
    if (!bad)
        bad = sim_open(sim, &in->scenario, in->material, &in->job, run->seed, twin);
    if (bad)
        return bad;
    if (!twin)
        sim->limit_us = 3 * run->twin->world.now_us + patience_us + outages(&in->scenario);
    return sim_run(sim);
}

static int check_defect(const struct run_input *input, struct lab_error *err)
{
    const struct lab_scenario *s = &input->scenario;
    const char *word = lab_defect_word(s->defect);

    if (s->defect && s->dut != LAB_DUT_CORE) {
        lab_error_at_file(err, s->path, "defect: %s is one of dut: core", word);
        return -EINVAL;
    }
    int bad = run_defect(s->defect);
    if (bad)
        lab_error_at_file(err, s->path,
                          "defect: %s is only in the test build, plr-sim-defects; --set "
                          "defect=none runs the scenario as it should be",
                          word);
    return bad;
}

static int run_twin(struct run *run, const struct run_input *input, uint64_t seed,
                    struct lab_error *err)
{
    memset(run, 0, sizeof *run);
    run->input = input;
    run->seed = seed;
    int bad = check_defect(input, err);
    if (!bad)
        bad = make_id(run, err);
    if (!bad)
        bad = run_one(run, &run->twin, true);
    if (bad == -EINVAL)
        lab_error_at_file(err, input->scenario.path,
                          "this printer cannot be: check stiffness, anchors and memory size");
    return bad ? bad : never_fires(run, run->twin, true, err);
}

int run_dry(struct run *run, const struct run_input *input, uint64_t seed, struct lab_error *err)
{
    return run_twin(run, input, seed, err);
}

/// What happened, as far as it can be seen from outside.
static enum lab_result what_happened(const struct sim *sim)
{
    if (sim->world.now_us >= sim->limit_us)
        return LAB_NEVER_FINISHED;
    if (sim->world.firmware.job_done)
        return LAB_RESUMED;
    return sim->dut->result(sim) == PLR_RESULT_REFUSED || sim->dut->phase(sim) == PLR_PHASE_CONSENT
               ? LAB_REFUSED
               : LAB_NOTHING_TO_RESUME;
}

static void complete_truth(struct sim *sim, bool twin)
{
    struct lab_truth *truth = &sim->truth;

    truth->completed = sim->world.firmware.job_done;
    truth->nv_bytes = (int64_t)(sim->nv.programmed - sim->nv_at_job);
    truth->nv_print_us = truth->on_us;
    truth->nv_wear_ppb = nv_wear_ppb(&sim->nv);
    if (twin) // what a slicer counts: not the last open retraction, not the priming before the first layer
        truth->filament_nm = sim->filament_high_nm - sim->filament_base_nm;
    if (!twin && !truth->completed)
        world_note_end(sim);
    const struct firmware *fw = &sim->world.firmware;
    truth->stall_us = fw->stalled_us;
    if (!twin && fw->stalls)
        world_note(sim,
                   "the head stood still under saves %lld times, %.1f ms in all: its queue ran dry",
                   (long long)fw->stalls, (double)fw->stalled_us * 1e-3);
}

/// The reason in the scenario's word and in a sentence: "bed_cold: the bed is ...".
static void give_reason(struct run *run)
{
    enum plr_reason reason = run->cut->dut->reason(run->cut);

    if (run->result == LAB_REFUSED && reason == PLR_REASON_NONE)
        reason = PLR_REASON_NO_CONSENT;
    const char *word = lab_reason_word((int)reason);
    if (run->result == LAB_RESUMED && run->cut->world.dips && !run->cut->truth.cuts)
        snprintf(run->reason, sizeof run->reason,
                 "undisturbed: the supply rode through all that happened to the mains");
    if (run->result != LAB_RESUMED && reason != PLR_REASON_NONE)
        snprintf(run->reason, sizeof run->reason, "%s: %s", word ? word : "reason",
                 plr_reason_text(reason));
}

int run_execute(struct run *run, const struct run_input *input, uint64_t seed,
                struct lab_error *err)
{
    int bad = run_twin(run, input, seed, err);
    if (!bad)
        bad = run_one(run, &run->cut, false);
    if (bad)
        return bad;
    complete_truth(run->twin, true);
    complete_truth(run->cut, false);
    if (run->cut->world.firmware.job_done) {
        bad = never_fires(run, run->cut, false, err);
        if (bad)
            return bad;
    }
    run->result = what_happened(run->cut);
    give_reason(run);
    lab_twin_check(&run->twin->truth, run->twin->job_end_us - run->twin->print_begin_us,
                   input->job.data, input->job.size, &run->facts);
    return lab_judge(&run->cut->truth, &run->twin->truth, &input->scenario, run->result,
                     run->reason, &run->verdict);
}

void run_free(struct run *run)
{
    if (run->twin)
        sim_close(run->twin);
    if (run->cut)
        sim_close(run->cut);
    free(run->twin);
    free(run->cut);
    run->twin = run->cut = NULL;
}
