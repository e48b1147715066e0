// Time: lets it pass from one event to the next, and runs a whole job.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <string.h>

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void world_heat(struct sim *sim)
{
    struct world *w = &sim->world;
    plant_heat_advance(&w->plant, &sim->model, w->now_us);
}

/// Time the hot nozzle rests on the part after power came back.
static void dwell(struct sim *sim, int64_t to_us)
{
    struct world *w = &sim->world;
    struct plant_pose pose;
    int64_t tip[3];

    if (!w->dwelling || w->firmware.manual.kind == MANUAL_Z || !w->plant.supply.mains)
        return; // in an outage nobody can lift
    if (w->firmware.job_running) {
        w->dwelling = false;
        return;
    }
    world_heat(sim);
    if (!plant_nozzle_soft(&w->plant, &sim->model))
        return;
    firmware_pose(sim, &pose);
    plant_nozzle(&w->plant, &sim->model, &pose, tip);
    if (world_clear(sim, tip[2]))
        return;
    if (plant_hot_rest(&w->plant, &sim->model, &pose, world_surface(sim)))
        sim->truth.hot_dwell_us += to_us - w->now_us;
}

/// When the next thing happens by itself.
static int64_t next_time(const struct sim *sim, int64_t until_us, int64_t *supply_us)
{
    const struct world *w = &sim->world;
    int64_t at = until_us;

    *supply_us = INT64_MAX;
    if (!w->in_outage)
        plant_supply_next(&w->plant, &sim->model, supply_us);
    at = earlier(at, *supply_us);
    at = earlier(at, firmware_motion_end(sim));
    at = earlier(at, w->mains_off_us);
    at = earlier(at, w->mains_on_us);
    if (sim->twin)
        at = earlier(at, trigger_due(sim));
    for (int i = 0; i < sim->scenario->disturb_count; i++)
        at = earlier(at, w->disturb_us[i]);
    return earlier(at, w->boot_us);
}

/// Let everything due now happen. Returns whether something did.
static bool happen(struct sim *sim, int64_t supply_us)
{
    struct world *w = &sim->world;
    int64_t now = w->now_us;
    bool did = false;

    if (sim->twin)
        trigger_reach(sim);
    if (firmware_motion_end(sim) <= now) {
        if (w->firmware.running)
            firmware_block_end(sim);
        else
            firmware_manual_end(sim);
        did = true;
    }
    if (supply_us <= now) {
        world_power_event(sim, plant_supply_advance(&w->plant, &sim->model, now));
        did = true;
    }
    if (w->mains_off_us <= now) {
        world_mains_off(sim);
        did = true;
    }
    if (w->mains_on_us <= now) {
        world_mains_on(sim);
        did = true;
    }
    for (int i = 0; i < sim->scenario->disturb_count; i++)
        if (w->disturb_us[i] <= now) {
            world_disturb(sim, i);
            did = true;
        }
    if (w->boot_us <= now) {
        world_boot(sim);
        did = true;
    }
    return did;
}

/// A cut that has stopped all motion is booked when motion ends by itself (braking), too.
static void note_standstill(struct sim *sim)
{
    const struct lab_truth *truth = &sim->truth;

    if (!truth->cuts || sim->world.firmware.running ||
        sim->world.firmware.manual.kind != MANUAL_NONE)
        return;
    if (truth->cut[truth->cuts - 1].stopped_us >= 0)
        return;
    if (sim->world.firmware.job_running && !sim->world.firmware.barrier.set)
        return;
    world_note_stop(sim);
}

void world_advance(struct sim *sim, int64_t until_us, bool attentive)
{
    struct world *w = &sim->world;
    bool alive = w->firmware.alive;

    while (w->now_us < until_us) {
        int64_t supply_us, at = next_time(sim, until_us, &supply_us);
        if (at > w->now_us) {
            dwell(sim, at);
            if (sim->watch)
                sim->watch->passes(sim->watch->ctx, sim, at);
            if (w->plant.supply.mains)
                sim->truth.on_us += at - w->now_us;
            w->now_us = at;
        }
        bool did = happen(sim, supply_us);
        note_standstill(sim);
        if (did && (attentive || (alive && !w->firmware.alive)))
            return; // a call that lost its power ends here
    }
}

/// Does the device still brake, boot or read its memory?
static bool not_asked_yet(const struct sim *sim)
{
    enum plr_phase phase = sim->dut->phase(sim);

    return phase == PLR_PHASE_BRAKING || phase == PLR_PHASE_HOLDING || phase == PLR_PHASE_BOOT ||
           phase == PLR_PHASE_MOUNT;
}

/// The operator consents; names of gates that are overridden go with it.
static void consent(struct sim *sim)
{
    static const char *const names[] = {"resume", "cold_bed", "file", "calibration"};
    struct world *w = &sim->world;
    char command[128] = "PLR_RESUME_PRINT CONSENT=";
    uint32_t bits = sim->scenario->consent;

    w->consent_us = INT64_MAX;
    if (w->cancel_resume_us <= w->now_us) { // a cancelled job comes back: the mains never went
        w->cancel_resume_us = INT64_MAX;
        world_note_return(sim);
    }
    dut_keep_state(sim);
    if (!(bits & PLR_CONSENT_RESUME) || !w->firmware.alive)
        return;
    bool first = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((bits >> i) & 1u) {
            if (!first)
                strcat(command, ",");
            strcat(command, names[i]);
            first = false;
        }
    // a device that still writes down where it stands is told again: it has not asked yet
    if (sim->dut->command(sim, command, strlen(command)) == PLR_EBUSY && not_asked_yet(sim))
        w->consent_us = w->now_us + PLR_US_PER_S;
    w->dut_wake_us = w->now_us;
}

/// The user's cancel takes effect in the firmware's own turn.
static void cancel(struct sim *sim)
{
    struct world *w = &sim->world;

    w->firmware.job_cancelled = false;
    world_cut_begin(sim);
    sim->truth.cut[sim->truth.cuts - 1].back_us = w->cancel_resume_us;
    plant_part_mark(&w->plant); // from here on the part cools and shrinks
    w->after_power = true;      // from here on commanded motion is the recovery's
    w->already_nm = world_depth(sim);
    w->dwelling = true;
    if (sim->dut->cancel)
        sim->dut->cancel(sim);
    w->dut_wake_us = w->now_us;
}

/// Is the run over?
static bool over(const struct sim *sim)
{
    const struct world *w = &sim->world;
    const struct firmware *fw = &w->firmware;

    if (w->stop_requested || w->now_us >= sim->limit_us)
        return true;
    if (w->mains_off_us != INT64_MAX || w->mains_on_us != INT64_MAX || w->boot_us != INT64_MAX)
        return false;
    if (fw->job_done)
        return true;
    if (!fw->alive || fw->job_running || fw->manual.kind != MANUAL_NONE || !w->after_power)
        return false;
    enum plr_phase phase = sim->dut->phase(sim);
    if (phase > PLR_PHASE_CONSENT || phase == PLR_PHASE_BRAKING || phase == PLR_PHASE_HOLDING ||
        firmware_script_busy(sim))
        return false;
    enum plr_result result = sim->dut->result(sim);
    bool gave_up = result == PLR_RESULT_REFUSED || result == PLR_RESULT_NOTHING;
    return gave_up || (phase == PLR_PHASE_CONSENT && w->consent_us == INT64_MAX);
}

void sim_begin(struct sim *sim)
{
    sim->begun = true;
    firmware_job_begin(sim);
}

int64_t sim_turn(struct sim *sim)
{
    struct world *w = &sim->world;

    if (w->firmware.job_cancelled && w->firmware.alive)
        cancel(sim);
    if (w->commands)
        world_commands(sim);
    int64_t wake = firmware_turn(sim);
    if (w->consent_us <= w->now_us && w->firmware.alive && !w->firmware.job_cancelled) {
        consent(sim);
        wake = w->now_us;
    }
    if (w->firmware.alive) // a dead one asks nobody
        wake = earlier(wake, w->consent_us);
    return wake > w->now_us ? wake : w->now_us + 1;
}

int64_t sim_due(const struct sim *sim, int64_t wake_us)
{
    int64_t supply_us;
    return next_time(sim, wake_us, &supply_us);
}

bool sim_step(struct sim *sim)
{
    struct world *w = &sim->world;

    if (!sim->begun)
        sim_begin(sim);
    int64_t wake = sim_turn(sim);
    w->finished = over(sim);
    wake = earlier(wake, sim->limit_us);
    if (!w->finished && !sim->held) // a held run stands where it is
        world_advance(sim, wake > w->now_us ? wake : w->now_us + 1, true);
    return !w->finished;
}

void sim_release(struct sim *sim)
{
    sim->hold = sim->held = false;
}

int sim_run(struct sim *sim)
{
    while (!sim->world.finished)
        (void)sim_step(sim);
    return 0;
}
