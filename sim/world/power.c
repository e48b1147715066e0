// Power: the script, the supply's events, and what they do to firmware and plant.
// SPDX-License-Identifier: MIT
#include "core/plr/mark.h"
#include "sim/world/world.h"

#include <string.h>

static struct lab_truth_cut *cut_now(struct sim *sim)
{
    return sim->truth.cuts ? &sim->truth.cut[sim->truth.cuts - 1] : NULL;
}

void world_load(struct sim *sim)
{
    struct world *w = &sim->world;
    int32_t fan = w->firmware.fan_ppm[0];

    plant_supply_load(&w->plant, &sim->model, w->now_us,
                      plant_supply_need(&w->plant, &sim->model, fan));
}

/// What was going on when the mains went, in the words of the report.
static const char *during(const struct sim *sim)
{
    const struct firmware *fw = &sim->world.firmware;
    uint8_t phase = sim->world.phase;

    if (!fw->alive)
        return "off";
    if (phase > PLR_PHASE_HOLDING && phase != PLR_PHASE_CALIBRATE)
        return plr_phase_name((enum plr_phase)phase);
    if (fw->barrier.set)
        return fw->barrier.action.kind == PLR_ACT_WAIT || fw->barrier.action.kind == PLR_ACT_START
                   ? "heat"
                   : "wait";
    if (!fw->running)
        return "idle";
    if (fw->block.extrudes)
        return "print";
    if (fw->block.e_nm < 0)
        return "retract";
    return fw->block.e_nm > 0 ? "unretract" : "travel";
}

void world_where(const struct sim *sim, struct sim_cut *cut)
{
    const struct world *w = &sim->world;
    struct plr_progress at;

    memset(cut, 0, sizeof *cut);
    firmware_progress(sim, &at);
    cut->event = w->events;
    cut->layer = w->firmware.exec.layer.number;
    cut->file_offset = (int64_t)at.file_offset;
    cut->fraction_ppm = at.fraction_ppm;
    cut->during = during(sim);
    cut->saved_us = sim->nv_write_us;
    cut->programmed = sim->nv.programmed;
    sim->dut->saves(sim, &cut->saves, &cut->ticks);
}

void world_cut_begin(struct sim *sim)
{
    struct world *w = &sim->world;
    struct lab_truth *truth = &sim->truth;

    if (truth->cuts == LAB_TRUTH_CUTS)
        return;
    int i = truth->cuts++;
    struct lab_truth_cut *cut = &truth->cut[i];
    memset(cut, 0, sizeof *cut);
    cut->mains_us = w->now_us;
    cut->detected_us = cut->stopped_us = cut->drivers_us = cut->logic_us = cut->back_us =
        cut->first_extrusion_us = cut->committed_us = -1;
    cut->memory_us = nv_longest_us(&sim->nv);
    world_where(sim, &sim->cut[i]);
}

static void note_corners(struct sim *sim, struct lab_truth_cut *cut)
{
    struct plant_pose pose;
    int64_t corner[PLANT_CORNERS];

    firmware_pose(sim, &pose);
    plant_corners(&sim->world.plant, &sim->model, &pose, PLANT_NO_SURFACE, corner, NULL, NULL);
    for (int i = 0; i < PLANT_CORNERS; i++)
        cut->corner_before_nm[i] = (int32_t)corner[i];
}

void world_note_stop(struct sim *sim)
{
    struct lab_truth_cut *cut = cut_now(sim);
    struct plant_pose pose;

    if (!cut || cut->stopped_us >= 0)
        return;
    firmware_pose(sim, &pose);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, cut->stop_nm);
    cut->stopped_us = sim->world.now_us;
    cut->ledger_at = sim->truth.ledger.count;
    note_corners(sim, cut);
    if (sim->truth.cuts == 1)
        memcpy(sim->truth.corner_start_nm, cut->corner_before_nm, sizeof cut->corner_before_nm);
}

void world_note_end(struct sim *sim)
{
    struct lab_truth_cut at = {0};
    note_corners(sim, &at);
    memcpy(sim->truth.corner_end_nm, at.corner_before_nm, sizeof at.corner_before_nm);
}

/// The head goes on without its drivers until friction stops it.
static void coast(struct sim *sim, int64_t speed)
{
    struct lab_truth_cut *cut = cut_now(sim);
    struct firmware *fw = &sim->world.firmware;
    int64_t way = plant_coast_nm(&sim->model, speed);

    if (!way || !cut)
        return;
    cut->overrun_nm = (int32_t)way;
    // where it ends no step counter knows; XY is homed again anyway, so the truth is kept as belief plus slip
    for (int i = 0; i < 2; i++)
        sim->world.plant.slip_ab_nm[i] += sim_round((double)way * fw->block.direction[i]);
}

static void rail_down(struct sim *sim)
{
    struct world *w = &sim->world;
    struct firmware *fw = &w->firmware;
    struct lab_truth_cut *cut = cut_now(sim);
    int64_t speed = firmware_speed(sim);

    firmware_freeze(sim);
    world_note_stop(sim);
    coast(sim, speed);
    fw->drivers_lost = true;
    fw->drivers_reset = !(w->plant.supply.seen && sim->scenario->plr.power_fail_input);
    fw->job_running = false;
    fw->barrier.set = false;
    if (cut) {
        cut->drivers_us = w->now_us;
        note_corners(sim, cut); // a lift while power lasted is over: from here on the outage acts
    }
    plant_heat_power(&w->plant, w->plant.supply.mains, false);
}

/// Everything electric is gone: the outage runs its course in one step, up to the return of the mains.
static void outage(struct sim *sim)
{
    struct world *w = &sim->world;
    struct lab_truth_cut *cut = cut_now(sim);
    struct plant_scene scene = {0};
    struct plant_fall fall;

    w->in_outage = true;
    firmware_pose(sim, &scene.pose);
    scene.surface_nm = world_surface(sim);
    for (int i = 0; i < sim->scenario->disturb_count && !sim->twin; i++) {
        const struct lab_disturb *d = &sim->scenario->disturb[i];
        if (d->kind != LAB_DISTURB_SAG || d->at.kind != LAB_AT_OUTAGE || d->at.value != w->outage)
            continue;
        scene.sag_given = true;
        memcpy(scene.sag_nm, d->corner_nm, sizeof scene.sag_nm);
        w->disturbed |= 1u << i;
    }
    int64_t centre[2], area;
    surface_footprint(&sim->surface, centre, &area);
    plant_part_footprint(&w->plant, centre[0], centre[1], area);
    plant_outage(&w->plant, &sim->model, &scene, w->plant.noise.cut, w->mains_on_us, &fall);
    trigger_outage(sim);
    if (!cut)
        return;
    for (int i = 0; i < PLANT_CORNERS; i++)
        cut->corner_after_nm[i] = (int32_t)fall.after_nm[i];
    if (fall.contact_nm > sim->truth.outage_contact_nm)
        sim->truth.outage_contact_nm = fall.contact_nm;
    cut->part_released = w->plant.part.released;
}

/// What was written between the power failure and the dark.
static void note_fail(struct sim *sim)
{
    const struct lab_truth_cut *cut = cut_now(sim);

    if (!cut || cut->detected_us < 0)
        return;
    struct sim_cut *at = &sim->cut[sim->truth.cuts - 1];
    at->fail_bytes = (int64_t)(sim->nv.programmed - at->programmed);
    at->fail_us = sim->nv_write_us;
}

void world_power_event(struct sim *sim, enum plant_power_event event)
{
    struct world *w = &sim->world;
    struct lab_truth_cut *cut = cut_now(sim);

    if (event == PLANT_POWER_NONE)
        return;
    world_event(sim, SIM_EVENT_SUPPLY, 10 + (int64_t)event, 0, 0, 0);
    if (event == PLANT_POWER_SEEN) {
        if (cut)
            cut->detected_us = w->now_us;
        w->firmware.fail_pending = sim->scenario->plr.power_fail_input != 0;
        w->firmware.drivers_reset &= !w->firmware.fail_pending;
    } else if (event == PLANT_POWER_RAIL) {
        rail_down(sim);
    } else if (event == PLANT_POWER_LOGIC) {
        w->firmware.alive = false;
        w->firmware.manual.kind = MANUAL_NONE; // without motor supply it moved nothing
        w->boot_us = INT64_MAX; // who was about to boot does not do so in the dark
        note_fail(sim);
        if (cut)
            cut->logic_us = w->now_us;
        if (cut && (cut->detected_us < 0 || !sim->scenario->plr.power_fail_input))
            cut->committed_us = world_committed(sim);
        if (w->mains_on_us != INT64_MAX)
            outage(sim);
    }
}

int64_t world_depth(struct sim *sim)
{
    struct plant_pose pose;
    int64_t at[3], surface = world_surface(sim);

    firmware_pose(sim, &pose);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, at);
    if (surface == PLANT_NO_SURFACE)
        surface = 0; // the bed
    return surface > at[2] ? surface - at[2] : 0;
}

void world_note_already(struct sim *sim)
{
    int64_t deep = world_depth(sim);

    if (deep > sim->world.already_nm)
        sim->world.already_nm = deep;
    if (deep > sim->truth.outage_contact_nm)
        sim->truth.outage_contact_nm = deep;
}

void world_note_return(struct sim *sim)
{
    const struct plant *plant = &sim->world.plant;
    struct lab_truth_cut *cut = cut_now(sim);

    if (!cut)
        return;
    cut->back_us = sim->world.now_us;
    cut->bed_mc = plant_heat_true(plant, 0);
    cut->nozzle_mc = plant_heat_true(plant, 1);
    cut->chamber_mc = plant_heat_true(plant, -1);
    if (!sim->world.in_outage)
        memcpy(cut->corner_after_nm, cut->corner_before_nm, sizeof cut->corner_after_nm);
    for (int i = 0; i < 2; i++)
        cut->part_shift_nm[i] = (int32_t)plant->part.shift_nm[i];
}

/// Did the supply's capacitors bridge it, and did nobody who was told act on it? What was told to nobody needs no recovery.
static bool rode_through(const struct sim *sim, const struct lab_truth_cut *cut)
{
    const struct firmware *fw = &sim->world.firmware;

    if (!cut || cut->back_us >= 0 || !fw->alive || cut->drivers_us >= 0 || cut->logic_us >= 0)
        return false;
    bool told = cut->detected_us >= 0 && sim->scenario->plr.power_fail_input;
    return !told || (fw->job_running && !fw->brake_on && !fw->fail_pending);
}

/// A dip, not a cut: nothing happened, and the run is as if it had not been.
static void forget_dip(struct sim *sim, const struct lab_truth_cut *dip)
{
    struct world *w = &sim->world;

    w->dips++;
    world_note(sim,
               "the mains were away for %.3f ms, %.3f s into the job: the supply rode through, and "
               "nothing noticed",
               (double)(w->now_us - dip->mains_us) * 1e-3,
               (double)(dip->mains_us - sim->job_begin_us) * 1e-6);
    w->outage--;
    w->plant.noise.cut = w->noise_before;
    sim->truth.cuts--;
    world_heat(sim);
    plant_supply_mains(&w->plant, &sim->model, w->now_us, true);
    plant_heat_power(&w->plant, true, true);
    world_event(sim, SIM_EVENT_SUPPLY, 2, 0, 0, 0);
    trigger_time(sim);
}

void world_mains_on(struct sim *sim)
{
    struct world *w = &sim->world;
    const struct lab_truth_cut *cut = cut_now(sim);

    w->mains_on_us = INT64_MAX;
    if (rode_through(sim, cut)) {
        forget_dip(sim, cut);
        return;
    }
    plant_supply_mains(&w->plant, &sim->model, w->now_us, true);
    plant_heat_power(&w->plant, true, true);
    w->after_power = true;
    w->dwelling = true;
    w->wait_from_us = w->now_us;
    w->heat_us = w->now_us;
    w->track_us = -1;
    world_note_return(sim);
    w->already_nm = 0;
    world_note_already(sim);
    world_event(sim, SIM_EVENT_SUPPLY, 2, 0, 0, 0);
    trigger_time(sim); // the next entry may be one by the clock
    if (!w->firmware.alive) {
        w->boot_us = w->now_us + sim->model.printer.boot_us;
        w->in_outage = false;
    }
}

void world_boot(struct sim *sim)
{
    struct world *w = &sim->world;

    w->boot_us = INT64_MAX;
    w->boots++;
    nv_sync(&sim->nv);              // what no tear took away had been written when the power went
    sim->found = nv_hash(&sim->nv); // what is booted from
    world_hash(sim, &sim->found, sizeof sim->found);
    firmware_boot(sim);
    sim->dut->boot(sim);
    w->phase = PLR_PHASE_BOOT;
    w->dut_wake_us = w->now_us;
    w->consent_us = w->now_us + 2 * PLR_US_PER_S; // the operator reads the question and answers
    world_load(sim);
}

/// When the mains come back from a cut that begins now; INT64_MAX: that will be said (world_return).
static int64_t back_from(const struct sim *sim, const struct lab_power *entry)
{
    return entry->off_for_us < 0 ? INT64_MAX : sim->world.now_us + entry->off_for_us;
}

void world_return(struct sim *sim, int64_t at_us)
{
    struct world *w = &sim->world;

    w->mains_on_us = at_us;
    if (!w->firmware.alive && !w->plant.supply.logic)
        outage(sim);
}

/// Identity of a cut for the noise: where it falls in the job and which outage it is. Not the time, which differs by microseconds
/// between fidelities: the same seed and cut must sag alike in both.
static uint64_t identity(const struct sim *sim)
{
    struct plr_progress at;

    firmware_progress(sim, &at);
    uint64_t permille = (uint64_t)(at.fraction_ppm + 500) / 1000u;
    uint64_t place = ((at.file_offset * 1001u + permille) << 6) + (uint64_t)sim->world.outage;
    if (sim->world.phase <= PLR_PHASE_HOLDING)
        return place;
    // cuts in a recovery differ by its phase, and by how many came before: corners are visited more than once
    return place + ((uint64_t)sim->world.phase << 56) + ((uint64_t)(sim->steps & 0xff) << 48);
}

/// Logic and rail die at once, without warning and without hold-up. When mains are away already, it is that outage's hold-up which
/// ends here.
static void die(struct sim *sim, const struct lab_power *entry)
{
    struct world *w = &sim->world;

    world_heat(sim);
    w->mains_on_us = back_from(sim, entry);
    bool fading = !w->plant.supply.mains && w->firmware.alive;
    if (!fading) {
        w->outage++;
        world_cut_begin(sim);
        w->plant.noise.cut = identity(sim);
    }
    int64_t speed = firmware_speed(sim);
    firmware_freeze(sim);
    world_note_stop(sim);
    if (!fading || !w->firmware.drivers_lost)
        coast(sim, speed);
    note_fail(sim);
    w->firmware.alive = false;
    w->boot_us = INT64_MAX;
    w->firmware.drivers_lost = true;
    w->firmware.job_running = false;
    w->firmware.barrier.set = false;
    plant_supply_kill(&w->plant, w->now_us);
    plant_heat_power(&w->plant, false, false);
    struct lab_truth_cut *cut = cut_now(sim);
    if (cut) {
        cut->logic_us = w->now_us;
        if (!fading || cut->drivers_us < 0)
            cut->drivers_us = w->now_us;
        // torn while the supply held: what was saved before counts
        if (!fading || sim->nv_busy)
            cut->committed_us = world_committed(sim);
    }
    world_event(sim, SIM_EVENT_SUPPLY, 3, 0, 0, 0);
    if (w->mains_on_us != INT64_MAX)
        outage(sim);
}

struct lab_tear world_kill_write(struct sim *sim, bool erase, uint32_t size)
{
    struct world *w = &sim->world;
    int32_t which = w->power_next++;
    const struct lab_power *entry = &sim->scenario->power[which];
    struct sim_torn torn = {.set = true, .erase = erase, .size = size, .tear = entry->tear};

    sim->power_fired_us[which] = w->now_us;
    die(sim, entry);
    sim->cut[sim->truth.cuts - 1].torn = torn;
    if (erase && sim->truth.cuts > 1 && sim->cut[sim->truth.cuts - 2].torn.erase)
        PLR_MARK(erase_cut_again);
    if (nv_can_tear(sim->nv.kind, erase, size, &entry->tear))
        return entry->tear;
    if (!sim->misfit.set) {
        sim->misfit = torn;
        sim->misfit_entry = which;
    }
    return (struct lab_tear){0};
}

void world_mains_off(struct sim *sim)
{
    struct world *w = &sim->world;
    const struct lab_power *entry = &sim->scenario->power[w->power_next - 1];

    w->mains_off_us = INT64_MAX;
    if (!(entry->domains &
          LAB_DOMAIN_MAINS)) { // the controller's own supply goes: a reset without warning
        die(sim, entry);
        return;
    }
    world_heat(sim);
    w->mains_on_us = back_from(sim, entry);
    w->outage++;
    world_cut_begin(sim);
    w->noise_before = w->plant.noise.cut;
    w->plant.noise.cut = identity(sim);
    world_load(sim);
    plant_supply_mains(&w->plant, &sim->model, w->now_us, false);
    plant_heat_power(&w->plant, false, w->plant.supply.rail);
    world_event(sim, SIM_EVENT_SUPPLY, 1, 0, 0, 0);
}
