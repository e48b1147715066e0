// The recorder: what it is told, and what it looks at by itself.
// SPDX-License-Identifier: MIT
#include "sim/trace/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/trace/internal.h"

struct sim_recorder *sim_record_open(int (*put)(void *ctx, const void *bytes, size_t size),
                                     void *ctx)
{
    struct sim_recorder *r = calloc(1, sizeof *r);

    if (r)
        lab_trace_begin(&r->to, put, ctx);
    return r;
}

void sim_record_close(struct sim_recorder *recorder)
{
    free(recorder);
}

// --- what is looked at -----------------------------------------------------------------------------------------

static uint32_t power_bits(const struct sim *sim)
{
    const struct plant_supply *s = &sim->world.plant.supply;

    return (s->mains ? LAB_TRACE_MAINS : 0u) | (s->seen ? LAB_TRACE_FAIL : 0u) |
           (s->rail ? LAB_TRACE_RAIL : 0u) | (s->logic ? LAB_TRACE_LOGIC : 0u) |
           (sim->world.firmware.alive ? LAB_TRACE_ALIVE : 0u);
}

static void look_power(struct sim_recorder *r, const struct sim *sim)
{
    const struct lab_trace_power power = {
        .t_us = sim->world.now_us,
        .bits = power_bits(sim),
        .motors = sim->world.firmware.drivers_lost ? 0 : sim->world.firmware.energised,
    };

    if (r->powered && power.bits == r->power_bits && power.motors == r->motors)
        return;
    lab_trace_put_power(&r->to, &power);
    r->power_bits = power.bits;
    r->motors = power.motors;
    r->powered = true;
}

static void look_phase(struct sim_recorder *r, const struct sim *sim)
{
    if (r->phase == sim->world.phase)
        return;
    r->phase = sim->world.phase;
    lab_trace_put_phase(&r->to,
                        &(struct lab_trace_phase){sim->world.now_us, LAB_TRACE_PHASE, r->phase});
}

static void look_targets(struct sim_recorder *r, const struct sim *sim)
{
    static const enum lab_trace_heat heats[] = {LAB_TRACE_BED, LAB_TRACE_NOZZLE, LAB_TRACE_CHAMBER};
    const int32_t *target_mc = sim->world.firmware.target_mc;

    for (int i = 0; i < 2; i++) { // nothing heats the chamber
        if (r->targeted && target_mc[i] == r->target_mc[i])
            continue;
        lab_trace_put_target(&r->to,
                             &(struct lab_trace_target){sim->world.now_us, heats[i], target_mc[i]});
        r->target_mc[i] = target_mc[i];
    }
    r->targeted = true;
}

/// Endstops where the corners are now. While something moves by itself they are as it found them: what it leaves is told when it ends
/// (trace_manual), for the instant when it did.
static uint32_t levels(const struct sim *sim)
{
    const struct manual *manual = &sim->world.firmware.manual;

    if (manual->kind != MANUAL_NONE && manual->begin_us != sim->world.now_us)
        return plant_switches(&sim->world.plant, &sim->model);
    return firmware_switches(sim, sim->world.now_us);
}

static void look_levels(struct sim_recorder *r, const struct sim *sim)
{
    uint32_t bits = levels(sim);

    if (r->levelled && bits == r->levels)
        return;
    lab_trace_put_levels(&r->to, &(struct lab_trace_levels){sim->world.now_us, bits});
    r->levels = bits;
    r->levelled = true;
}

static void look_notes(struct sim_recorder *r, const struct sim *sim)
{
    for (; r->notes < sim->notes; r->notes++)
        lab_trace_put_note(&r->to, sim->world.now_us, sim->note[r->notes]);
}

static void look(struct sim_recorder *r, const struct sim *sim)
{
    look_power(r, sim);
    look_phase(r, sim);
    look_targets(r, sim);
    look_levels(r, sim);
    look_notes(r, sim);
    trace_places(r, sim);
}

// --- what is told ------------------------------------------------------------------------------------------------

static void event(void *ctx, const struct sim *sim, int kind, const int64_t payload[4])
{
    struct sim_recorder *r = ctx;
    const struct lab_trace_event e = {.t_us = sim->world.now_us,
                                      .number = (int64_t)sim->world.events,
                                      .kind = kind,
                                      .a = payload[0],
                                      .b = payload[1],
                                      .c = payload[2],
                                      .d = payload[3]};
    bool dies = kind == SIM_EVENT_SUPPLY &&
                (payload[0] == 10 + (int64_t)PLANT_POWER_LOGIC || payload[0] == 3);

    // while the job runs, neither its next line nor a write to the memory changes anything but what they themselves tell
    bool quiet = sim->world.firmware.running && (kind == SIM_EVENT_MOVE || kind == SIM_EVENT_NV);
    // a switch ends a motion that is not taken into the pose yet: where things stand is seen when time passes
    if (kind != SIM_EVENT_SWITCH && !quiet)
        look(r, sim);
    r->look = r->look || !quiet; // what it leads to, too
    if (dies)
        trace_heat_dark(r, sim);
    lab_trace_put_event(&r->to, &e);
}

static void passes(void *ctx, const struct sim *sim, int64_t to_us)
{
    struct sim_recorder *r = ctx;

    if (r->look)
        look(r, sim);
    r->look = false;
    if (to_us - r->sampled_us < PLR_US_PER_S)
        return;
    if (to_us - r->drifted_us >= 5 * PLR_US_PER_S)
        trace_drift(r, sim);
    trace_heat(r, sim, to_us);
}

static void nv(void *ctx, const struct sim *sim, int64_t begin_us, const struct sim_nv *op)
{
    struct sim_recorder *r = ctx;
    const struct lab_trace_nv n = {.t_us = begin_us,
                                   .duration_us = sim->world.now_us - begin_us,
                                   .block = op->block,
                                   .offset = op->offset,
                                   .size = op->size,
                                   .end = op->error == PLR_EPOWER      ? LAB_TRACE_NV_TORN
                                          : op->error == PLR_ECANCELED ? LAB_TRACE_NV_GIVEN_UP
                                                                       : LAB_TRACE_NV_DONE};

    lab_trace_put_nv(&r->to, &n);
}

// --- begin and end -----------------------------------------------------------------------------------------------

static void fill_meta(const struct sim *sim, struct lab_trace_meta *meta)
{
    const struct lab_printer *p = &sim->model.printer;
    bool far_corner = p->kinematics == LAB_COREXY; // where X and Y are homed

    meta->source = LAB_TRACE_SIM;
    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        memcpy(meta->post_nm[i], p->anchor_nm[i], sizeof meta->post_nm[i]);
    meta->z_motors = p->z_motors;
    meta->z_drive = (int64_t)p->z_drive;
    memcpy(meta->travel_nm, p->travel_nm, sizeof meta->travel_nm);
    for (int i = 0; i < 2; i++)
        meta->xy_endstop_nm[i] = far_corner ? p->travel_nm[i] : 0;
    meta->z_endstop_nm =
        p->z_plus.kind == LAB_SWITCH_NONE ? LAB_TRACE_UNKNOWN : sim->model.switch_nm;
    meta->xy_step_nm = p->xy_microstep_nm;
    meta->z_step_nm = p->z_microstep_nm;
    meta->core_xy = p->kinematics == LAB_COREXY;
    meta->begin_us = sim->world.now_us;
}

static void put_names(struct sim_recorder *r, const struct sim *sim)
{
    static const char *const events[LAB_TRACE_EVENT_KINDS] = {
        "move", "layer", "nv", "phase", "switch", "supply", "heater", "disturb", "job"};

    for (int i = 0; i < PLR_PHASES; i++)
        lab_trace_put_name(&r->to, LAB_TRACE_PHASE, i, plr_phase_name((enum plr_phase)i));
    for (int i = 0; i < LAB_TRACE_EVENT_KINDS; i++)
        lab_trace_put_name(&r->to, LAB_TRACE_EVENT, i, events[i]);
    const struct lab_printer *p = &sim->model.printer;
    for (int i = 0; i < p->z_motors && p->z_plus.kind != LAB_SWITCH_NONE; i++) {
        struct lab_trace_line line = {.role = LAB_TRACE_ENDSTOP};
        snprintf(line.name, sizeof line.name, "z_plus%d", i);
        lab_trace_put_line(&r->to, &line);
    }
}

void sim_record_run(struct sim_recorder *r, struct sim *sim, const struct lab_trace_meta *meta)
{
    struct lab_trace_meta whole = *meta;

    fill_meta(sim, &whole);
    lab_trace_put_meta(&r->to, &whole);
    put_names(r, sim);
    r->track_us = r->phase = -1;
    r->ledger = sim->truth.ledger.count;
    r->e_nm = sim->world.firmware.e_nm;
    r->notes = 0;
    r->sampled_us = sim->world.now_us - PLR_US_PER_S;
    r->watch = (struct sim_watch){.ctx = r,
                                  .event = event,
                                  .passes = passes,
                                  .piece = trace_piece,
                                  .manual = trace_manual,
                                  .nv = nv};
    look(r, sim);
    trace_heat(r, sim, sim->world.now_us);
    sim->watch = &r->watch;
}

struct lab_trace_writer *sim_record_over(struct sim_recorder *r, struct sim *sim)
{
    look(r, sim);
    trace_heat_end(r);
    sim->watch = NULL;
    return &r->to;
}
