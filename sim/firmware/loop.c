// The firmware's main loop: tells the PLR what happens, lets it act, keeps the queue full.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <stddef.h>
#include <string.h>

void firmware_set_heater(struct sim *sim, int heater, int32_t target_mc)
{
    struct firmware *fw = &sim->world.firmware;

    if (heater > 1 || fw->target_mc[heater] == target_mc)
        return; // one nozzle; further ones are not simulated
    world_heat(sim);
    fw->target_mc[heater] = target_mc;
    plant_heat_target(&sim->world.plant, heater ? PLANT_NOZZLE : PLANT_BED, target_mc);
    world_event(sim, SIM_EVENT_HEATER, heater, target_mc, 0, 0);
    world_load(sim);
}

void firmware_set_fan(struct sim *sim, int fan, int32_t ppm)
{
    sim->world.firmware.fan_ppm[fan] = ppm;
    world_load(sim);
}

/// Nothing, but for what its lengths say is not in use: the queue's blocks, and the macro's text, which are most of it.
static void clear(struct firmware *fw)
{
    const size_t queue = offsetof(struct firmware, planner.queue);
    const size_t text = offsetof(struct firmware, script.text);

    memset(fw, 0, queue);
    memset((char *)fw + queue + sizeof fw->planner.queue, 0,
           text - queue - sizeof fw->planner.queue);
    memset((char *)fw + text + sizeof fw->script.text, 0,
           sizeof *fw - text - sizeof fw->script.text);
}

void firmware_boot(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    // what reports count, and where the head stands
    const int64_t moves = fw->moves, move_lines = fw->move_lines, job_begin_us = fw->job_begin_us;
    const int64_t stalls = fw->stalls, stalled_us = fw->stalled_us;
    const int64_t xy_nm[2] = {fw->xy_nm[0], fw->xy_nm[1]};

    // counters survive nowhere in the firmware, but heights are relative: the plant is told of the jump
    int64_t was[PLANT_CORNERS], now[PLANT_CORNERS] = {0};
    for (int i = 0; i < PLANT_CORNERS; i++)
        was[i] = fw->z_nm[i];
    plant_z_set(&sim->world.plant, was, now);
    clear(fw);
    fw->alive = true;
    fw->boot_us = sim->world.now_us;
    fw->moves = moves;
    fw->move_lines = move_lines;
    fw->job_begin_us = job_begin_us;
    fw->drivers_lost = true;
    fw->dry_us = -1;
    fw->stalls = stalls;
    fw->stalled_us = stalled_us;
    memcpy(fw->xy_nm, xy_nm, sizeof fw->xy_nm);
    planner_init(&fw->planner, sim->model.printer.queue_moves,
                 (double)sim->model.printer.corner_nm_s * 1e-6);
    plr_modal_init(&fw->ahead);
    plr_modal_init(&fw->exec);
    for (int heater = 0; heater < 2; heater++)
        plant_heat_target(&sim->world.plant, heater ? PLANT_NOZZLE : PLANT_BED, 0);
    world_event(sim, SIM_EVENT_SUPPLY, PLANT_POWER_GOOD, 1, 0, 0);
}

void firmware_job_begin(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    plr_modal_init(&fw->ahead);
    plr_modal_init(&fw->exec);
    fw->feed_at = fw->exec_at = fw->told_at = 0;
    fw->job_running = true;
    fw->job_done = fw->paused = false;
    fw->job_begin_us = sim->world.now_us;
    sim->job_begin_us = sim->world.now_us;
    world_event(sim, SIM_EVENT_JOB, 1, 0, 0, 0);
    trigger_time(sim); // before the DUT writes anything: that takes time
    sim->dut->job_begin(sim);
}

void firmware_tell(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    static const char prefix[] = "PLR_";

    while (fw->alive && fw->told_at < fw->exec_at) {
        uint64_t offset = fw->told_at;
        size_t len = lab_job_line(&sim->job_now, offset, &fw->told_at);
        const char *text = sim->job_now.data + offset;
        if (sim->trail)
            sim_trail_told(sim->trail, offset, dut_knows(sim));
        sim->dut->line(sim, offset, text, len);
        if (len > sizeof prefix && !memcmp(text, prefix, sizeof prefix - 1))
            sim->dut->command(sim, text, len);
    }
}

/// A PLR's phase is an event.
static void note_phase(struct sim *sim)
{
    struct world *w = &sim->world;
    uint8_t phase = (uint8_t)sim->dut->phase(sim);

    if (phase == w->phase)
        return;
    if (sim->steps > 0 && sim->step[sim->steps - 1].end_us < 0)
        sim->step[sim->steps - 1].end_us = w->now_us;
    w->phase = phase;
    bool recovery = phase >= PLR_PHASE_CONSENT && phase <= PLR_PHASE_RESUME;
    if (recovery && sim->steps < SIM_STEPS_MAX)
        sim->step[sim->steps++] = (struct sim_step){sim->truth.cuts - 1, phase, w->now_us, -1};
    w->phase_count[phase]++;
    world_event(sim, SIM_EVENT_PHASE, phase, w->phase_count[phase], 0, 0);
    trigger_phase(sim, phase);
}

/// Let the PLR do what is due. Returns when it wants to be called again.
static int64_t poll_dut(struct sim *sim)
{
    struct world *w = &sim->world;

    if (w->firmware.fail_pending) {
        w->firmware.fail_pending = false;
        sim->dut->power_fail(sim);
        note_phase(sim);
        return w->now_us;
    }
    note_phase(sim); // a command may have begun one
    if (w->dut_wake_us > w->now_us)
        return w->dut_wake_us;
    int64_t wait = sim->dut->poll(sim);
    note_phase(sim);
    if (w->firmware.fail_pending)
        return w->now_us; // it fell while the PLR was busy
    if (wait < 0)
        return INT64_MAX; // dead or in trouble: it has said so
    w->dut_wake_us = w->now_us + (wait > 0 ? wait : 1);
    if (wait == PLR_POLL_MOTION_US && w->firmware.manual.kind != MANUAL_NONE)
        w->dut_wake_us = w->firmware.manual.end_us; // its end wakes the PLR
    return w->dut_wake_us;
}

static void job_over(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    firmware_exec_to(sim, sim->job_now.size);
    firmware_tell(sim);
    fw->job_running = false;
    fw->job_done = true;
    sim->job_end_us = sim->world.now_us;
    sim->span.nv_last = sim->nv.operations;
    sim->span.event_last = (int64_t)sim->world.events;
    sim->span.layer_last = fw->exec.layer.number;
    world_event(sim, SIM_EVENT_JOB, 2, 0, 0, 0);
    sim->dut->job_end(sim);
}

/// Keep the job going: next block, what bars the way, or its end. Returns when it wants a turn.
static int64_t push_job(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    int64_t wake = INT64_MAX;

    if (sim->held)
        return wake;
    for (int guard = 0; guard < 1000 && fw->alive && fw->job_running; guard++) {
        if (fw->barrier.set && fw->manual.kind != MANUAL_NONE)
            return INT64_MAX;
        if (firmware_next_block(sim, (double)sim->world.now_us))
            return INT64_MAX;
        if (fw->barrier.set) {
            if (firmware_run_barrier(sim, &wake))
                return wake;
        } else if (fw->paused) {
            return INT64_MAX;
        } else if (fw->feed_at >= sim->job_now.size && !fw->arc.active) {
            job_over(sim);
        }
    }
    return fw->job_running ? sim->world.now_us + 1 : INT64_MAX;
}

/// The device has started the job, and nothing of it has been read yet.
static void hand_over(struct sim *sim)
{
    void (*handed)(struct sim * sim, void *ctx) = sim->handed;

    sim->handing = false;
    sim->handed = NULL;
    handed(sim, sim->handed_ctx);
}

int64_t firmware_turn(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;

    if (!fw->alive)
        return INT64_MAX;
    int64_t job = push_job(sim);
    int64_t script = firmware_script_turn(sim);
    job = script < job ? script : job;
    firmware_tell(sim);
    int64_t look = fw->alive ? firmware_look_at_drivers(sim) : INT64_MAX;
    int64_t dut = fw->alive ? poll_dut(sim) : INT64_MAX;
    dut = look < dut ? look : dut;
    if (sim->handing && fw->alive)
        hand_over(sim);
    if (fw->alive && fw->job_running && !fw->running)
        job = push_job(sim); // a PLR that has just started the job does not wait for its next poll
    return job < dut ? job : dut;
}
