// DUT "core": our PLR core, unchanged, on the simulated firmware's port.
// SPDX-License-Identifier: MIT
#include "sim/run/config.h"
#include "sim/world/world.h"

#include <string.h>

static struct plr *core(struct sim *sim)
{
    return &sim->world.dut.u.core;
}

static const struct plr *core_of(const struct sim *sim)
{
    return &sim->world.dut.u.core;
}

static int boot(struct sim *sim)
{
    struct plr_config config;

    run_plr_config(sim, &config);
    int error = plr_init(core(sim), &config);
    return error ? error : plr_boot(core(sim), &sim->nv.geometry, &firmware_port, sim);
}

int dut_core_job_begin(struct sim *sim)
{
    return plr_job_begin(core(sim), &firmware_port, sim);
}

int dut_core_job_end(struct sim *sim)
{
    return plr_job_end(core(sim), &firmware_port, sim);
}

void dut_core_line(struct sim *sim, uint64_t offset, const char *text, size_t len)
{
    const struct plr *plr = core(sim);
    bool wanted = plr->save_wanted, due = plr_layer_due(plr);

    plr_line(core(sim), offset, text, len);
    if (plr_layer_due(plr) && !due)
        firmware_look_now(sim);
    if ((plr->save_wanted && !wanted) || (plr_layer_due(plr) && !due))
        sim->world.dut_wake_us = sim->world.now_us;
}

void dut_core_console(struct sim *sim, const char *text)
{
    plr_console(core(sim), text, strlen(text));
    sim->world.dut_wake_us = sim->world.now_us;
}

void dut_core_homed(struct sim *sim, uint32_t axes, const int64_t machine_nm[PLR_AXES])
{
    plr_homed(core(sim), axes, machine_nm);
}

static int power_fail(struct sim *sim)
{
    sim->world.dut_wake_us = sim->world.now_us;
    return plr_power_fail(core(sim), &firmware_port, sim);
}

static bool drivers(struct sim *sim, bool well)
{
    if (!well)
        sim->world.dut_wake_us = sim->world.now_us;
    (void)plr_drivers(core(sim), &firmware_port, sim, well);
    return true;
}

static int command(struct sim *sim, const char *text, size_t len)
{
    sim->world.dut_wake_us = sim->world.now_us;
    return plr_command(core(sim), &firmware_port, sim, text, len);
}

int dut_core_cancel(struct sim *sim)
{
    return plr_job_cancel(core(sim), &firmware_port, sim);
}

static int64_t poll(struct sim *sim)
{
    return plr_poll(core(sim), &firmware_port, sim);
}

static enum plr_phase phase(const struct sim *sim)
{
    return core_of(sim)->phase;
}

static enum plr_result result(const struct sim *sim)
{
    return core_of(sim)->result;
}

static enum plr_reason reason(const struct sim *sim)
{
    return core_of(sim)->reason;
}

void dut_core_saves(const struct sim *sim, int64_t *full, int64_t *ticks)
{
    *full = (int64_t)core_of(sim)->saves;
    *ticks = (int64_t)core_of(sim)->ticks;
}

uint64_t dut_core_knows(const struct sim *sim)
{
    const struct plr *plr = core_of(sim);
    const struct plr_job *job = &plr->state.job;
    const uint64_t numbers[] = {
        plr->mounted, plr->job_active, plr->dead,      plr->cancelled,        plr->phase,
        plr->session, job->size,       job->name_hash, plr->objects.numbered, plr->objects.full};

    uint64_t hash = sim_trail_hash(sim_trail_state(&plr->after), numbers, sizeof numbers);
    hash = sim_trail_hash(hash, plr->kept_mesh, strlen(plr->kept_mesh));
    return sim_trail_hash(hash, plr->objects.names, plr->objects.len);
}

bool dut_core_kept(struct sim *sim, struct plr_state *state)
{
    struct plr_journal journal = core(sim)->journal; // reading may find that a record has rotted
    uint64_t reads = sim->nv.reads;
    uint8_t bytes[PLR_STATE_BYTES];

    int size = plr_journal_read(&journal, &firmware_port.nv, sim, PLR_RECORD_JOB, bytes,
                                sizeof bytes, NULL);
    sim->nv.reads = reads;
    return size > 0 && !plr_state_decode(state, bytes, (uint32_t)size);
}

const struct dut dut_core = {
    .name = "core",
    .boot = boot,
    .job_begin = dut_core_job_begin,
    .job_end = dut_core_job_end,
    .line = dut_core_line,
    .console = dut_core_console,
    .homed = dut_core_homed,
    .power_fail = power_fail,
    .drivers = drivers,
    .command = command,
    .cancel = dut_core_cancel,
    .poll = poll,
    .phase = phase,
    .result = result,
    .reason = reason,
    .saves = dut_core_saves,
    .knows = dut_core_knows,
    .kept = dut_core_kept,
};
