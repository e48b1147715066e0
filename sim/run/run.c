// Loading and running a scenario.
// SPDX-License-Identifier: MIT
#include "sim/run/run.h"
#include "sim/run/same.h"
#include "sim/run/traced.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A recovery that takes longer than the whole print three times over, and a day, never finishes.
static const int64_t patience_us = 86400 * (int64_t)PLR_US_PER_S;

// --- loading ----------------------------------------------------------------------------------------------

/// What brings the print back stands in a configuration.
static int check_macros(const struct lab_input *input, struct lab_error *err)
{
    const struct lab_scenario *s = &input->scenario;

    if (s->dut != LAB_DUT_MACROS || s->config_path[0])
        return 0;
    lab_error_at_file(err, s->path,
                      "dut: macros runs the restart_gcode of a Klipper configuration, and no "
                      "plr.config names one");
    return -EINVAL;
}

/// The simulator cuts the mains, or the controller's own supply. A 24 V rail or a host alone it cannot cut yet.
static int check_domains(const struct lab_input *input, struct lab_error *err)
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

/// Can the scenario's memory be torn like that at all? Whether the operation that is met can, only the run tells.
static int check_tears(const struct lab_input *input, struct lab_error *err)
{
    const struct lab_scenario *s = &input->scenario;
    enum lab_nv_kind nv = s->sim.nv.kind;
    char text[LAB_CUT_BYTES];

    for (int i = 0; i < s->power_count; i++) {
        const struct lab_tear *tear = &s->power[i].tear;
        if (nv_can_tear(nv, false, INT32_MAX, tear) || nv_can_tear(nv, true, INT32_MAX, tear))
            continue;
        lab_scenario_blame(s, input->set, input->sets, s->power[i].at.mark, err,
                           "a cut cannot leave '%s' in this memory (sim.nv.kind: %s)",
                           lab_tear_print(tear, text), lab_nv_word(nv));
        return -EINVAL;
    }
    return 0;
}

int run_load(struct lab_input *input, const char *operand, const char *root,
             const char *const *sets, size_t n, const uint64_t *seed, struct lab_error *err)
{
    int bad = lab_input_open(input, operand, root, sets, n, seed, err);

    if (bad)
        return bad;
    bad = check_domains(input, err);
    if (!bad)
        bad = check_macros(input, err);
    if (!bad)
        bad = check_tears(input, err);
    if (bad)
        lab_input_close(input);
    return bad;
}

// --- running -------------------------------------------------------------------------------------------------

int run_id(const struct run *run, char (*cut)[LAB_CUT_BYTES], int cuts, char out[LAB_ID_BYTES])
{
    return lab_input_id(run->input, run->seed, cut, cuts, out);
}

static int make_id(struct run *run, struct lab_error *err)
{
    const struct lab_input *in = run->input;
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES];

    memcpy(cut, in->cut, sizeof cut);
    int bad = run_id(run, cut, in->cuts, run->id);

    if (bad)
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
    const struct lab_input *in = run->input;
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

/// A cut fell into an operation that cannot be torn as it asks for.
static int misfit(const struct run *run, const struct sim *sim, struct lab_error *err)
{
    const struct lab_input *in = run->input;
    const struct sim_torn *torn = &sim->misfit;
    char text[LAB_CUT_BYTES];

    if (!torn->set)
        return 0;
    lab_scenario_blame(&in->scenario, in->set, in->sets,
                       in->scenario.power[sim->misfit_entry].at.mark, err,
                       "the cut falls into %s of %u bytes: it cannot leave '%s' of that",
                       torn->erase ? "an erase" : "a program", (unsigned)torn->size,
                       lab_tear_print(&torn->tear, text));
    return -EINVAL;
}

/// What the script itself keeps the machine dark for.
static int64_t outages(const struct lab_scenario *scenario)
{
    int64_t us = 0;
    for (int i = 0; i < scenario->power_count; i++)
        us += scenario->power[i].off_for_us;
    return us;
}

int64_t run_patience(const struct run *run, const struct lab_scenario *scenario)
{
    return 3 * run->twin->world.now_us + patience_us + outages(scenario);
}

/// Opened, and not yet run. `recorder`: NULL for nobody.
static int open_one(struct run *run, struct sim **out, bool twin, struct sim_recorder *recorder)
{
    const struct lab_input *in = run->input;
    struct sim *sim = calloc(1, sizeof *sim);

    *out = sim;
    if (!sim)
        return -ENOMEM;
    int bad = run_defect(in->scenario.defect);
    if (!bad)
        bad = sim_open(sim, &in->scenario, in->material, &in->job, run->seed, twin);
    if (bad)
        return bad;
    if (!twin) {
        sim->limit_us = run_patience(run, &in->scenario);
        sim->own_dive_nm = run->twin->own_dive_nm;
        sim->kept_state = run->state;
    }
    if (recorder)
        run_traced_begin(run, sim, recorder);
    return 0;
}

/// The interrupted run, whose state is compared with that of the twin on the way. `trail`: the twin's, NULL: nobody looks.
static int run_cut(struct run *run, const struct sim_trail *trail, struct sim_recorder *recorder,
                   enum lab_state *state)
{
    struct run_same same = {0};
    int bad = trail ? run_same_open(&same, run, trail) : 0;

    plr_marks = 0;
    if (!bad)
        bad = open_one(run, &run->cut, false, recorder);
    if (!bad && trail)
        *state = run_same_run(&same, run->cut);
    else if (!bad)
        bad = sim_run(run->cut);
    run->marks = plr_marks;
    run_same_free(&same);
    return bad;
}

static int check_defect(const struct lab_input *input, struct lab_error *err)
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

static int run_twin(struct run *run, const struct lab_input *input, uint64_t seed,
                    struct sim_trail *trail, struct lab_error *err)
{
    memset(run, 0, sizeof *run);
    run->input = input;
    run->seed = seed;
    int bad = check_defect(input, err);
    if (!bad)
        bad = make_id(run, err);
    if (!bad)
        bad = open_one(run, &run->twin, true, NULL);
    if (!bad) {
        run->twin->trail = trail;
        bad = sim_run(run->twin);
    }
    if (bad == -EINVAL)
        lab_error_at_file(err, input->scenario.path,
                          "this printer cannot be: check stiffness, anchors and memory size");
    return bad ? bad : never_fires(run, run->twin, true, err);
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
    if (!twin)
        world_said(sim);
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

/// A device that was not allowed to go on gives no reason of its own.
static enum plr_reason reason_of(enum lab_result result, enum plr_reason said)
{
    return result == LAB_REFUSED && said == PLR_REASON_NONE ? PLR_REASON_NO_CONSENT : said;
}

const char *run_reason(enum lab_result result, enum plr_reason reason)
{
    const char *word = lab_reason_word((int)reason_of(result, reason));
    return result == LAB_RESUMED || !word ? "" : word;
}

/// The reason in the scenario's word and in a sentence: "bed_cold: the bed is ...".
static void give_reason(const struct sim *sim, enum lab_result result, char out[RUN_REASON])
{
    enum plr_reason reason = reason_of(result, sim->dut->reason(sim));
    const char *word = lab_reason_word((int)reason);

    out[0] = '\0';
    if (result == LAB_RESUMED && sim->world.dips && !sim->truth.cuts)
        snprintf(out, RUN_REASON,
                 "undisturbed: the supply rode through all that happened to the mains");
    if (result != LAB_RESUMED && reason != PLR_REASON_NONE)
        snprintf(out, RUN_REASON, "%s: %s", word ? word : "reason", plr_reason_text(reason));
}

int run_judge(const struct run *run, struct sim *sim, enum lab_result *result,
              char reason[RUN_REASON], struct lab_verdict *verdict)
{
    complete_truth(sim, false);
    *result = what_happened(sim);
    give_reason(sim, *result, reason);
    return lab_judge(&sim->truth, &run->twin->truth, &run->input->scenario, *result, reason,
                     verdict);
}

int run_dry(struct run *run, const struct lab_input *input, uint64_t seed, struct sim_trail *trail,
            struct lab_error *err)
{
    int bad = run_twin(run, input, seed, trail, err);
    if (!bad)
        complete_truth(run->twin, true);
    return bad;
}

/// A run opened for itself, brought to where `machine` stands. What it owns stays its own.
static void stand_as(struct sim *sim, const struct sim *machine)
{
    struct lab_ledger ledger = sim->truth.ledger;
    struct surface surface = sim->surface;
    struct sim_macros *macros = sim->macros;

    sim_copy(sim, machine);
    sim->truth.ledger = ledger;
    sim->surface = surface;
    sim->macros = macros;
    sim->edited = sim->answer = sim->kept_state = NULL;
    sim->trail = NULL;
    sim->watch = NULL;
    sim->twin = true;
}

int run_twin_from(struct run *run, const struct sim *machine)
{
    const struct lab_input *in = run->input;
    struct sim *twin = calloc(1, sizeof *twin);

    if (!twin)
        return -ENOMEM;
    int bad = sim_open(twin, &in->scenario, in->material, &in->job, run->seed, true);
    if (!bad) {
        stand_as(twin, machine);
        bad = sim_run(twin);
    }
    if (bad) {
        sim_close(twin);
        free(twin);
        return bad;
    }
    complete_truth(twin, true);
    sim_close(run->twin);
    free(run->twin);
    run->twin = twin;
    return 0;
}

static int execute(struct run *run, const struct lab_input *input, uint64_t seed,
                   struct sim_recorder *recorder, struct lab_error *err)
{
    enum { LOOK_BYTES = 4 << 20 }; // a trail takes some 13 bytes for each of the job
    enum lab_state state = LAB_STATE_UNSEEN;
    struct sim_trail trail = {0}, *looks = input->job.size <= LOOK_BYTES ? &trail : NULL;
    int bad = run_twin(run, input, seed, looks, err);

    if (!bad)
        bad = run_cut(run, looks, recorder, &state);
    if (run->twin)
        run->twin->trail = NULL;
    sim_trail_free(&trail);
    if (!bad)
        bad = misfit(run, run->cut, err);
    if (bad)
        return bad;
    complete_truth(run->twin, true);
    if (run->cut->world.firmware.job_done) {
        bad = never_fires(run, run->cut, false, err);
        if (bad)
            return bad;
    }
    lab_twin_check(&run->twin->truth, run->twin->job_end_us - run->twin->print_begin_us,
                   input->job.data, input->job.size, &run->facts);
    bad = run_judge(run, run->cut, &run->result, run->reason, &run->verdict);
    if (!bad)
        lab_judge_state(&run->verdict, state);
    return bad;
}

int run_execute(struct run *run, const struct lab_input *input, uint64_t seed,
                struct lab_error *err)
{
    return execute(run, input, seed, NULL, err);
}

int run_execute_traced(struct run *run, const struct lab_input *input, uint64_t seed,
                       struct run_sink *sink, struct lab_error *err)
{
    struct sim_recorder *recorder = sim_record_open(sink->put, sink->ctx);

    sink->error = recorder ? 0 : -ENOMEM;
    int bad = execute(run, input, seed, recorder, err);
    if (!bad && recorder)
        sink->error = run_traced_end(run, recorder);
    sim_record_close(recorder);
    return bad;
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
