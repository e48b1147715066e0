// Triggers: when a scripted cut or disturbance begins.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <string.h>

/// The next power entry, or NULL.
static const struct lab_power *next_power(const struct sim *sim)
{
    const struct world *w = &sim->world;
    if (sim->twin || w->power_next >= sim->scenario->power_count || w->mains_off_us != INT64_MAX)
        return NULL;
    return &sim->scenario->power[w->power_next];
}

static void schedule(struct sim *sim, int64_t at_us)
{
    struct world *w = &sim->world;
    w->mains_off_us = at_us < w->now_us ? w->now_us : at_us;
    sim->power_fired_us[w->power_next] = w->mains_off_us;
    w->power_next++;
}

/// A disturbance is triggered: it happens after its delay.
static void disturb(struct sim *sim, int i)
{
    struct world *w = &sim->world;
    const struct lab_trigger *t = &sim->scenario->disturb[i].at;

    w->disturbed |= 1u << i;
    if (t->after_us > 0)
        w->disturb_us[i] = w->now_us + t->after_us;
    else
        world_disturb(sim, i);
}

/// Has disturbance `i` still to be triggered? On the twin only what the user wants of the print itself.
static bool waiting(const struct sim *sim, int i)
{
    bool wanted = !sim->twin || sim->scenario->disturb[i].kind == LAB_DISTURB_CONSOLE;
    return wanted && !((sim->world.disturbed >> i) & 1u);
}

/// Does the block that has just begun hold the instant? Then at which share of its line.
static bool in_block(const struct sim *sim, const struct lab_trigger *t, int32_t *line_ppm)
{
    const struct firmware *fw = &sim->world.firmware;
    const struct sim_block *b = &fw->block;
    bool begins = b->first_of_line;

    *line_ppm = t->fraction_ppm;
    switch (t->kind) {
    case LAB_AT_LAYER:
        if (fw->exec.layer.number != t->layer)
            return false;
        if (t->travel)
            return !b->extrudes && b->e_nm == 0 && fw->layer_travels == t->move + 1;
        if (t->retract)
            return b->e_nm < 0 && fw->layer_retracts == t->move + 1;
        return b->extrudes && fw->layer_moves == t->move + 1;
    case LAB_AT_Z: return b->extrudes && begins && b->to_nm[2] >= t->value;
    case LAB_AT_FILE: return begins && (int64_t)fw->exec_at > t->value;
    case LAB_AT_FILAMENT: return fw->e_nm + b->e_nm >= t->value;
    case LAB_AT_MOVE: return fw->move_lines == t->value + 1;
    case LAB_AT_TIME: return sim->world.now_us - sim->job_begin_us >= t->value;
    case LAB_AT_PHASE:
    case LAB_AT_EVENT:
    case LAB_AT_NV_WRITE:
    case LAB_AT_OUTAGE: break;
    }
    return false;
}

/// Sim time at which the running block reaches `line_ppm` of its line; -1 when it does not.
static int64_t instant(const struct sim *sim, const struct lab_trigger *t, int32_t line_ppm)
{
    const struct firmware *fw = &sim->world.firmware;
    const struct sim_block *b = &fw->block;
    double part;

    if (t->kind == LAB_AT_FILAMENT) {
        int64_t missing = t->value - fw->e_nm;
        part = b->e_nm > 0 ? (double)missing / (double)b->e_nm : 0.0;
    } else {
        if (line_ppm < b->line_from_ppm || line_ppm > b->line_to_ppm)
            return -1;
        part = (double)(line_ppm - b->line_from_ppm) / (double)(b->line_to_ppm - b->line_from_ppm);
    }
    double seconds = block_time(b, part * b->whole_mm);
    return (int64_t)(fw->block_begin + seconds * 1e6) + t->after_us;
}

static void disturb_by_block(struct sim *sim)
{
    int32_t ppm;

    for (int i = 0; i < sim->scenario->disturb_count; i++)
        if (waiting(sim, i) && in_block(sim, &sim->scenario->disturb[i].at, &ppm))
            disturb(sim, i);
}

/// On the twin nothing is cut: entries only leave where they would fall (for --dry-run, and to find those that never fire).
static void due_on_twin(struct sim *sim)
{
    int32_t ppm;

    for (int i = 0; i < sim->scenario->power_count; i++) {
        const struct lab_trigger *t = &sim->scenario->power[i].at;
        if (sim->power_due_us[i] < 0 && t->kind != LAB_AT_TIME && in_block(sim, t, &ppm))
            sim->power_due_us[i] = instant(sim, t, ppm);
    }
}

int64_t trigger_due(const struct sim *sim)
{
    int64_t at = INT64_MAX;

    for (int i = 0; i < sim->scenario->power_count && sim->twin; i++)
        if (sim->power_due_us[i] >= 0 && sim->power_fired_us[i] < 0 && sim->power_due_us[i] < at)
            at = sim->power_due_us[i];
    return at;
}

void trigger_reach(struct sim *sim)
{
    for (int i = 0; i < sim->scenario->power_count; i++) {
        if (sim->power_due_us[i] < 0 || sim->power_due_us[i] > sim->world.now_us ||
            sim->power_fired_us[i] >= 0)
            continue;
        sim->power_fired_us[i] = sim->power_due_us[i];
        world_where(sim, &sim->power_at[i]);
    }
}

void trigger_block(struct sim *sim)
{
    const struct lab_power *next = next_power(sim);
    int32_t ppm;

    if (sim->twin)
        due_on_twin(sim);

    if (next && next->at.kind != LAB_AT_TIME && in_block(sim, &next->at, &ppm)) {
        int64_t at = instant(sim, &next->at, ppm);
        if (at >= 0)
            schedule(sim, at);
    }
    if (sim->scenario->disturb_count)
        disturb_by_block(sim);
}

static bool phase_matches(const struct sim *sim, const struct lab_trigger *t, uint8_t phase)
{
    int32_t count = t->count ? t->count : 1;
    return t->kind == LAB_AT_PHASE && t->phase == phase && sim->world.phase_count[phase] == count;
}

void trigger_phase(struct sim *sim, uint8_t phase)
{
    const struct lab_power *next = next_power(sim);

    if (next && phase_matches(sim, &next->at, phase))
        schedule(sim, sim->world.now_us + next->at.after_us);
    for (int i = 0; i < sim->scenario->disturb_count; i++)
        if (waiting(sim, i) && phase_matches(sim, &sim->scenario->disturb[i].at, phase))
            disturb(sim, i);
}

void trigger_event(struct sim *sim)
{
    const struct lab_power *next = next_power(sim);

    if (next && next->at.kind == LAB_AT_EVENT && (int64_t)sim->world.events > next->at.value)
        schedule(sim, sim->world.now_us + next->at.after_us);
    for (int i = 0; i < sim->scenario->disturb_count; i++) {
        const struct lab_trigger *t = &sim->scenario->disturb[i].at;
        bool event = t->kind == LAB_AT_EVENT && (int64_t)sim->world.events > t->value;
        bool write = t->kind == LAB_AT_NV_WRITE && (int64_t)sim->nv.operations > t->value;
        if ((event || write) && waiting(sim, i))
            disturb(sim, i);
    }
}

bool trigger_nv(struct sim *sim)
{
    const struct lab_power *next = next_power(sim);
    return next && next->at.kind == LAB_AT_NV_WRITE && (int64_t)sim->nv.operations > next->at.value;
}

void trigger_time(struct sim *sim)
{
    const struct lab_power *next = next_power(sim);
    int64_t in_job = sim->world.now_us - sim->job_begin_us;

    if (next && next->at.kind == LAB_AT_TIME)
        schedule(sim, sim->job_begin_us + next->at.value + next->at.after_us);
    for (int i = 0; i < sim->scenario->power_count && sim->twin; i++)
        if (sim->scenario->power[i].at.kind == LAB_AT_TIME)
            sim->power_due_us[i] = sim->job_begin_us + sim->scenario->power[i].at.value +
                                   sim->scenario->power[i].at.after_us;
    for (int i = 0; i < sim->scenario->disturb_count; i++) {
        const struct lab_trigger *t = &sim->scenario->disturb[i].at;
        if (t->kind == LAB_AT_TIME && in_job >= t->value && waiting(sim, i))
            disturb(sim, i);
    }
}

void trigger_outage(struct sim *sim)
{
    for (int i = 0; i < sim->scenario->disturb_count; i++) {
        const struct lab_disturb *d = &sim->scenario->disturb[i];
        bool now = d->at.kind == LAB_AT_OUTAGE && d->at.value == sim->world.outage;
        if (now && d->kind != LAB_DISTURB_SAG && waiting(sim, i))
            disturb(sim, i);
    }
}
