// The machine as a PLR sees it: struct plr_port on top of the simulated firmware, plant and memory.
// SPDX-License-Identifier: MIT
#include "sim/firmware/macros.h"
#include "sim/world/world.h"

#include <stdio.h>
#include <string.h>

static const int64_t burst_gap_us = 100000;

static struct sim *of(void *ctx)
{
    return ctx;
}

static bool dead(const struct sim *sim)
{
    return !sim->world.firmware.alive;
}

static uint64_t now_us(void *ctx)
{
    const struct sim *sim = of(ctx);
    return (uint64_t)(sim->world.now_us - sim->world.firmware.boot_us) + 1;
}

// --- memory: calls return when the device is done, and power may go meanwhile ------------------------------

static int nv_read_call(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    struct sim *sim = of(ctx);
    if (dead(sim))
        return PLR_EPOWER;
    if (!nv_valid(&sim->nv, block, offset, size, false))
        return PLR_EINVAL;
    nv_read(&sim->nv, block, offset, buffer, size);
    return 0;
}

/// Since the newest burst of writes began, has nothing been saved but states that are stored late? They hold older places than the tick
/// before them.
static bool late_alone(const struct sim *sim)
{
    const struct lab_plr *plr = &sim->scenario->plr;
    int64_t full, ticks;

    if (plr->tick_interval_us <= 0 || plr->save_delay <= 0)
        return false;
    sim->dut->saves(sim, &full, &ticks);
    return full > sim->nv_burst_saves[0] && ticks == sim->nv_burst_saves[1];
}

int64_t world_committed(const struct sim *sim)
{
    return sim->nv_burst_us[sim->nv_busy || late_alone(sim) ? 1 : 0];
}

/// Writes that follow each other closely are parts of one save: what it is worth is seen when all of it stands.
static void begin_write(struct sim *sim)
{
    if (sim->nv_idle_us < 0 || sim->world.now_us - sim->nv_idle_us > burst_gap_us) {
        sim->nv_burst_us[1] = world_committed(sim);
        sim->nv_burst_us[0] = sim->world.now_us;
        sim->dut->saves(sim, &sim->nv_burst_saves[0], &sim->nv_burst_saves[1]);
    }
    sim->nv_busy = true;
}

/// Time passes until `end_us`. An erase that can be given up is, when the power-fail input falls in it.
static void pass(struct sim *sim, int64_t end_us, bool erase)
{
    bool told = sim->world.firmware.fail_pending;
    bool ends = erase && sim->nv.timing.give_up_us && !told;

    while (sim->world.now_us < end_us && !dead(sim)) {
        world_advance(sim, end_us, ends);
        if (ends && sim->world.firmware.fail_pending) {
            int64_t soon = sim->world.now_us + sim->nv.timing.give_up_us;
            end_us = soon < end_us ? soon : end_us;
            ends = false;
        }
    }
}

/// Who looks on is told of what the memory did.
static void watched(struct sim *sim, int64_t begin_us, const struct sim_nv *nv)
{
    if (sim->watch)
        sim->watch->nv(sim->watch->ctx, sim, begin_us, nv);
}

/// Time passes while the device works. Returns 0; PLR_EPOWER when power went meanwhile, or PLR_ECANCELED when an erase was given up:
/// then `cut` is what becomes of the operation.
static int work(struct sim *sim, int64_t whole_us, bool erase, uint32_t size, struct nv_cut *cut)
{
    int64_t begin = sim->world.now_us, spent_us = whole_us / 2;
    bool given_up = false;

    const struct sim_trail_write write = {sim->nv.operations, size, erase, sim->truth.cuts};

    if (sim->trail && sim_trail_add_write(sim->trail, &write))
        sim->world.stop_requested = true;
    sim->nv.operations++;
    begin_write(sim);
    memset(cut, 0, sizeof *cut);
    if (trigger_nv(sim)) {
        cut->tear = world_kill_write(sim, erase, size);
    } else {
        sim->world.firmware.blocked = true;
        pass(sim, begin + whole_us, erase);
        sim->world.firmware.blocked = false;
        spent_us = sim->world.now_us - begin;
        given_up = spent_us < whole_us;
        spent_us = given_up ? spent_us : whole_us - 1;
    }
    sim->nv_busy = false;
    sim->nv_idle_us = sim->world.now_us;
    cut->done = whole_us <= 0 ? size : (uint32_t)((int64_t)size * spent_us / whole_us);
    cut->draw = noise_bits(&sim->world.plant.noise, NOISE_MEMORY, sim->nv.operations);
    return dead(sim) ? PLR_EPOWER : given_up ? PLR_ECANCELED : 0;
}

static int nv_prog_call(void *ctx, uint32_t block, uint32_t offset, const void *data, uint32_t size)
{
    struct sim *sim = of(ctx);
    struct nv_cut cut;

    if (dead(sim))
        return PLR_EPOWER;
    if (!nv_valid(&sim->nv, block, offset, size, true))
        return PLR_EINVAL;
    world_hash(sim, data,
               size); // no CRC: that of a record which ends in its own is always the same
    world_event(sim, SIM_EVENT_NV, block, offset, size, 0);
    int64_t begin_us = sim->world.now_us;
    int error = work(sim, nv_prog_us(&sim->nv, size), false, size, &cut);
    watched(sim, begin_us, &(struct sim_nv){block, offset, size, error});
    if (error) {
        nv_prog_torn(&sim->nv, block, offset, data, size, &cut);
        return PLR_EPOWER;
    }
    nv_prog(&sim->nv, block, offset, data, size);
    sim->nv_write_us = sim->world.now_us;
    return 0;
}

static int nv_erase_call(void *ctx, uint32_t block)
{
    struct sim *sim = of(ctx);
    uint32_t size = sim->nv.geometry.erase_size;
    struct nv_cut cut;

    if (dead(sim))
        return PLR_EPOWER;
    if (block >= sim->nv.geometry.block_count)
        return PLR_EINVAL;
    world_event(sim, SIM_EVENT_NV, block, -1, size, 0);
    int64_t begin_us = sim->world.now_us;
    int error = work(sim, nv_erase_us(&sim->nv), true, size, &cut);
    watched(sim, begin_us, &(struct sim_nv){block, -1, size, error});
    if (error) {
        nv_erase_torn(&sim->nv, block, &cut);
        return error;
    }
    nv_erase(&sim->nv, block);
    return 0;
}

static int nv_sync_call(void *ctx)
{
    struct sim *sim = of(ctx);
    if (dead(sim))
        return PLR_EPOWER;
    if (sim->nv.timing.sync_us) { // until it returns no save is whole
        int64_t begin_us = sim->world.now_us;
        sim->world.firmware.blocked = sim->nv_busy = true;
        world_advance(sim, sim->world.now_us + sim->nv.timing.sync_us, false);
        sim->world.firmware.blocked = sim->nv_busy = false;
        sim->nv_idle_us = sim->world.now_us;
        watched(sim, begin_us, &(struct sim_nv){.error = dead(sim) ? PLR_EPOWER : 0});
    }
    if (dead(sim))
        return PLR_EPOWER;
    nv_sync(&sim->nv);
    return 0;
}

// --- motion --------------------------------------------------------------------------------------------------

static int energise(void *ctx, uint32_t motors)
{
    struct sim *sim = of(ctx);
    struct firmware *fw = &sim->world.firmware;
    struct plant_scene scene = {0};
    struct plant_fall fall;

    if (dead(sim))
        return PLR_EPOWER;
    if (!sim->world.plant.supply.rail)
        return PLR_EIO;
    if (motors == fw->energised && !fw->drivers_lost)
        return 0;
    world_heat(sim);
    firmware_pose(sim, &scene.pose);
    scene.surface_nm = world_surface(sim);
    bool held = sim->world.plant.part.released;
    plant_energise(&sim->world.plant, &sim->model, &scene, motors, &fall);
    if (!held && sim->world.plant.part.released)
        world_note(
            sim, "energising the motors tore the part off: the frozen nozzle was dragged sideways");
    for (int i = 0; i < PLR_Z_MAX && fw->drivers_lost; i++)
        fw->z_cycle_nm[i] = fw->z_nm[i]; // a driver that powers up begins at the start of its cycle
    fw->energised = motors;
    fw->drivers_lost = false;
    sim->world.track_us = -1;
    if (sim->world.dwelling)
        world_note_already(sim); // the rotors' snap is the outage's doing
    world_event(sim, SIM_EVENT_SUPPLY, 100, motors, 0, 0);
    world_load(sim);
    return 0;
}

static int z_move(void *ctx, uint32_t motors, int32_t delta, int32_t speed, uint32_t watch)
{
    return dead(of(ctx)) ? PLR_EPOWER : firmware_manual_z(of(ctx), motors, delta, speed, watch);
}

static int xy_move(void *ctx, const int32_t to_nm[2], int32_t speed)
{
    int64_t to[2] = {to_nm[0], to_nm[1]};
    return dead(of(ctx)) ? PLR_EPOWER : firmware_manual_xy(of(ctx), to, speed);
}

static int xy_home(void *ctx)
{
    return dead(of(ctx)) ? PLR_EPOWER : firmware_manual_home_xy(of(ctx));
}

static int e_move(void *ctx, int32_t delta, int32_t speed)
{
    if (dead(of(ctx)))
        return PLR_EPOWER;
    return delta ? firmware_manual_e(of(ctx), delta, speed) : 0;
}

static int brake(void *ctx)
{
    return dead(of(ctx)) ? PLR_EPOWER : firmware_brake(of(ctx));
}

static int motion(void *ctx, struct plr_motion *out)
{
    const struct sim *sim = of(ctx);
    const struct firmware *fw = &sim->world.firmware;
    struct plant_pose pose;

    memset(out, 0, sizeof *out);
    if (dead(sim))
        return PLR_EPOWER;
    firmware_pose(sim, &pose);
    out->busy = fw->running || fw->manual.kind != MANUAL_NONE || fw->barrier.set ||
                firmware_script_busy(sim);
    out->triggered = fw->latched;
    out->lost = fw->drivers_lost;
    for (int i = 0; i < PLR_Z_MAX; i++) {
        out->z_motor_nm[i] = (int32_t)pose.motor_nm[i];
        out->latched_nm[i] = fw->latched_nm[i];
    }
    return 0;
}

static int32_t queued_us(void *ctx)
{
    return firmware_queued_us(of(ctx));
}

static int progress(void *ctx, struct plr_progress *out)
{
    if (dead(of(ctx)))
        return PLR_EPOWER;
    firmware_progress(of(ctx), out);
    return 0;
}

static int z_set(void *ctx, const int32_t z_nm[PLR_Z_MAX])
{
    if (dead(of(ctx)))
        return PLR_EPOWER;
    firmware_z_set(of(ctx), z_nm);
    return 0;
}

static int run_line(void *ctx, const char *line)
{
    return dead(of(ctx)) ? PLR_EPOWER : firmware_script(of(ctx), line, strlen(line));
}

static int hook(void *ctx, enum plr_hook which)
{
    struct sim *sim = of(ctx);

    if (dead(sim))
        return PLR_EPOWER;
    if (!sim->macros)
        return 0;
    const char *text = sim_macros_hook(sim->macros, which);
    return firmware_script(sim, text, strlen(text));
}

// --- sense -----------------------------------------------------------------------------------------------------

static int temperature(void *ctx, int heater, int32_t *mc)
{
    struct sim *sim = of(ctx);
    if (dead(sim))
        return PLR_EPOWER;
    if (heater > 1)
        return PLR_ENOENT;
    world_heat(sim);
    *mc = plant_heat_read(&sim->world.plant, heater);
    return 0;
}

static int switches(void *ctx, uint32_t *triggered)
{
    struct sim *sim = of(ctx);
    if (dead(sim))
        return PLR_EPOWER;
    *triggered = plant_switches(&sim->world.plant, &sim->model);
    return 0;
}

static int supply(void *ctx)
{
    const struct sim *sim = of(ctx);
    return dead(sim) ? PLR_EPOWER : sim->world.plant.supply.mains && !sim->world.plant.supply.seen;
}

// --- job file ------------------------------------------------------------------------------------------------------

static int job(void *ctx, struct plr_job *out)
{
    const struct sim *sim = of(ctx);

    memset(out, 0, sizeof *out);
    if (dead(sim))
        return PLR_EPOWER;
    if (!sim->job_now.data)
        return PLR_ENOENT;
    size_t len = strlen(sim->job_now.name), keep = sizeof out->name - 1;
    const char *tail = sim->job_now.name + (len > keep ? len - keep : 0);
    memcpy(out->name, tail, strlen(tail));
    out->size = sim->job_now.size;
    out->name_hash = sim->job_now.name_hash;
    return 0;
}

static int job_read(void *ctx, uint64_t offset, void *buffer, uint32_t size)
{
    const struct sim *sim = of(ctx);

    if (dead(sim))
        return PLR_EPOWER;
    if (!sim->job_now.data)
        return PLR_ENOENT;
    if (offset >= sim->job_now.size)
        return 0;
    uint64_t left = sim->job_now.size - offset;
    uint32_t n = left < size ? (uint32_t)left : size;
    memcpy(buffer, sim->job_now.data + offset, n);
    return (int)n;
}

static int job_seek(void *ctx, const struct plr_modal *modal, const struct plr_objects *objects,
                    const struct plr_progress *at, int64_t machine_nm[PLR_AXES])
{
    struct sim *sim = of(ctx);
    struct firmware *fw = &sim->world.firmware;
    struct plr_modal behind = *modal;
    struct plr_gcode_line line;
    struct plr_action action;
    uint64_t next;

    if (dead(sim))
        return PLR_EPOWER;
    if (at->file_offset > sim->job_now.size)
        return PLR_ERANGE;
    fw->ahead = fw->exec = *modal;
    fw->feed_at = fw->exec_at = fw->told_at = fw->line = at->file_offset;
    fw->skip_ppm = at->fraction_ppm;
    memset(&fw->objects, 0, sizeof fw->objects);
    if (objects)
        fw->objects = *objects;
    memset(&fw->astray, 0, sizeof fw->astray);
    fw->layer_moves = modal->layer.moves;
    fw->barrier.set = false;
    fw->brake_on = false;
    planner_stop(&fw->planner);
    plr_modal_machine(modal, machine_nm);
    if (at->file_offset == sim->job_now.size)
        return 0;
    size_t len = lab_job_line(&sim->job_now, at->file_offset, &next);
    if (plr_gcode_lex(sim->job_now.data + at->file_offset, len, &line) ||
        plr_modal_apply(&behind, &line, &action))
        return 0;
    if (action.kind == PLR_ACT_MOVE)
        firmware_point(&action, at->fraction_ppm, machine_nm);
    else if (action.kind == PLR_ACT_ARC)
        firmware_arc_point(sim, &action, at->fraction_ppm, machine_nm);
    if (plr_objects_has(
            &fw->objects,
            modal->object)) // the rest of the line is left out: the head waits in its midst
        firmware_stand(fw, machine_nm);
    return 0;
}

/// Who asks to hold, or to be told, looks at the recovery from the last cut: after others the job goes on.
static bool is_last(const struct sim *sim)
{
    const struct world *w = &sim->world;
    bool to_come = w->power_next < sim->scenario->power_count || w->mains_off_us != INT64_MAX;

    return !to_come && w->plant.supply.mains;
}

static int job_run(void *ctx)
{
    struct sim *sim = of(ctx);
    if (dead(sim))
        return PLR_EPOWER;
    sim->world.firmware.job_running = true;
    sim->held = sim->hold && is_last(sim);
    sim->handing = sim->handed && is_last(sim);
    if (sim->held)
        world_take(sim);     // what is laid in a held run is in no later one's way
    sim->spot.track_us = -1; // what was worked out before may have changed since
    world_note_end(sim);
    world_event(sim, SIM_EVENT_JOB, 3, (int64_t)sim->world.firmware.feed_at, 0, 0);
    return 0;
}

// --- heaters ----------------------------------------------------------------------------------------------------------

static int heat(void *ctx, int heater, int32_t target_mc)
{
    if (dead(of(ctx)))
        return PLR_EPOWER;
    if (heater >= 0)
        firmware_set_heater(of(ctx), heater, target_mc);
    return 0;
}

static int fan(void *ctx, int which, int32_t ppm)
{
    if (dead(of(ctx)))
        return PLR_EPOWER;
    firmware_set_fan(of(ctx), which, ppm);
    return 0;
}

static int heaters_off(void *ctx)
{
    struct sim *sim = of(ctx);
    if (dead(sim))
        return PLR_EPOWER;
    for (int heater = 0; heater < 2; heater++)
        firmware_set_heater(sim, heater, 0);
    for (int i = 0; i < PLR_FAN_MAX; i++)
        firmware_set_fan(sim, i, 0);
    return 0;
}

/// The simulated machine's clock was set when the run began: to a day in 2026, so that nothing hangs on today.
static uint64_t wall_s(void *ctx)
{
    return UINT64_C(1767225600) + (uint64_t)(of(ctx)->world.now_us / PLR_US_PER_S);
}

static void respond(void *ctx, const char *text, uint32_t len)
{
    struct sim *sim = of(ctx);
    size_t used = sim->answer ? strlen(sim->answer) : 0;

    if (sim->answer && used + len < sim->answer_room) {
        memcpy(sim->answer + used, text, len);
        sim->answer[used + len] = 0;
    }
}

/// The core's integers in the units people read: "..., nm" in um, "..., mK" in K, "..., mC" in degC, "..., ms" in s.
static void note_value(struct sim *sim, const char *text, int64_t value, const char *times)
{
    static const char *const units[][2] = {{"nm", "um"}, {"mK", "K"}, {"mC", "degC"}, {"ms", "s"}};
    size_t len = strlen(text);
    const char *unit = len > 4 && text[len - 4] == ',' ? &text[len - 2] : "";

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i][0]) != 0)
            continue;
        world_note(sim, "%.*s %.3f %s%s", (int)len - 4, text, (double)value * 1e-3, units[i][1],
                   times);
        return;
    }
    if (value == PLR_LOG_PLAIN)
        world_note(sim, "%s%s", text, times);
    else
        world_note(sim, "%s: %lld%s", text, (long long)value, times);
}

/// A print says the same over and over: it is counted, and told when the print stops.
static void count_said(struct sim *sim, const char *text, int64_t value)
{
    int32_t i = 0;

    while (i < sim->saids && strcmp(sim->said[i].text, text) != 0)
        i++;
    if (i == SIM_SAID_MAX)
        return;
    if (i == sim->saids)
        sim->said[sim->saids++] = (struct sim_said){.text = text};
    sim->said[i].value = value;
    sim->said[i].times++;
}

void world_said(struct sim *sim)
{
    char times[64];

    for (int32_t i = 0; i < sim->saids; i++) {
        const struct sim_said *said = &sim->said[i];
        snprintf(times, sizeof times, " (printing; %lld times, this the last)",
                 (long long)said->times);
        note_value(sim, said->text, said->value, times);
    }
    sim->saids = 0;
}

static void log_line(void *ctx, const char *text, int64_t value)
{
    struct sim *sim = of(ctx);

    if (sim->dut->phase(sim) == PLR_PHASE_PRINTING) {
        if (sim->scenario->plr.debug_mode > 0)
            count_said(sim, text, value);
        return;
    }
    world_said(sim);
    note_value(sim, text, value, "");
}

const struct plr_port firmware_port = {
    .now_us = now_us,
    .nv = {nv_read_call, nv_prog_call, nv_erase_call, nv_sync_call},
    .energise = energise,
    .z_move = z_move,
    .xy_move = xy_move,
    .xy_home = xy_home,
    .e_move = e_move,
    .brake = brake,
    .motion = motion,
    .queued_us = queued_us,
    .progress = progress,
    .z_set = z_set,
    .run_line = run_line,
    .hook = hook,
    .temperature = temperature,
    .switches = switches,
    .supply = supply,
    .job = job,
    .job_read = job_read,
    .job_seek = job_seek,
    .job_run = job_run,
    .heat = heat,
    .fan = fan,
    .heaters_off = heaters_off,
    .wall_s = wall_s,
    .respond = respond,
    .log = log_line,
};
