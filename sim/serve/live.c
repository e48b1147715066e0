// The served printer's life: opening it, and letting it live from event to event.
// SPDX-License-Identifier: MIT
#include "sim/serve/printer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/serve/inside.h"

// A machine that has stood for longer before its job may have cooled, or been driven about.
static const int64_t stood_us = 60 * (int64_t)PLR_US_PER_S;

/// The scenario without what the outside does: cuts, and the consent.
static void leave_out(struct printer *p)
{
    p->input->scenario.power_count = 0;
    p->input->scenario.consent = 0;
    p->disturbs = p->input->scenario.disturb_count;
}

static void check_twin(struct printer *p)
{
    const struct lab_input *in = p->input;
    const struct sim *twin = p->run.twin;

    lab_twin_check(&twin->truth, twin->job_end_us - twin->print_begin_us, in->job.data,
                   in->job.size, &p->run.facts);
}

static int make_twin(struct printer *p, struct lab_error *err)
{
    int bad = run_dry(&p->run, p->input, p->input->scenario.seed, NULL, err);

    if (!bad)
        check_twin(p);
    return bad;
}

int printer_twin(struct printer *p)
{
    bool stood = p->sim->world.now_us - p->opened_us > stood_us;

    if (!stood && !p->stood)
        return 0;
    int bad = run_twin_from(&p->run, p->sim);
    if (!bad)
        check_twin(p);
    p->stood = stood;
    return bad;
}

static int open_machine(struct printer *p)
{
    const struct lab_input *in = p->input;

    int bad = sim_open(p->sim, &in->scenario, in->material, &in->job, in->scenario.seed, false);
    p->sim->own_dive_nm = p->run.twin->own_dive_nm;
    p->sim->kept_state = p->run.state;
    p->shift_us = p->sim->world.now_us - p->t_us;
    p->opened_us = p->sim->world.now_us;
    p->boot_us = p->sim->world.firmware.boot_us;
    p->turned = p->ahead = false;
    return bad;
}

int printer_open(struct printer *p, const char *operand, const char *root, const char *const *sets,
                 size_t n, const uint64_t *seed, struct lab_error *err)
{
    memset(p, 0, sizeof *p);
    p->input = calloc(1, sizeof *p->input);
    p->sim = calloc(1, sizeof *p->sim);
    p->before = calloc(1, sizeof *p->before);
    p->run.cut = p->sim;
    if (!p->input || !p->sim || !p->before)
        return -ENOMEM;
    int bad = run_load(p->input, operand, root, sets, n, seed, err);
    if (bad)
        return bad;
    p->loaded = true;
    leave_out(p);
    bad = make_twin(p, err);
    p->run.cut = p->sim; // who made the twin began with an empty run
    if (!bad)
        bad = open_machine(p);
    p->boots = 1;
    return bad;
}

void printer_close(struct printer *p)
{
    run_free(&p->run);
    if (p->loaded)
        lab_input_close(p->input);
    free(p->input);
    free(p->before);
    memset(p, 0, sizeof *p);
}

int printer_fresh(struct printer *p)
{
    sim_close(p->sim);
    memset(p->before, 0, sizeof *p->before);
    p->input->scenario.power_count = 0;
    p->input->scenario.disturb_count = p->disturbs;
    return open_machine(p);
}

/// The firmware has begun to run since somebody looked.
static void note_boot(struct printer *p)
{
    const struct firmware *fw = &p->sim->world.firmware;

    if (!fw->alive || fw->boot_us == p->boot_us)
        return;
    p->boot_us = fw->boot_us;
    p->boots++;
}

/// A cut that was armed has taken the mains.
static void note_cut(struct printer *p)
{
    const struct sim *sim = p->sim;

    if (p->lost || sim->world.plant.supply.mains)
        return;
    p->lost = LAB_DOMAIN_MAINS;
    p->lost_us = p->t_us;
}

/// What stood without power begins to run.
static void start(struct printer *p)
{
    p->t_us = p->starts_us;
    p->starting = false;
    p->shift_us = p->sim->world.now_us - p->t_us;
    p->turned = false;
    p->boots++;
}

int64_t printer_due(const struct printer *p)
{
    if (p->starting)
        return p->starts_us;
    if (p->off)
        return INT64_MAX;
    if (!p->turned)
        return p->t_us;
    int64_t due = sim_due(p->sim, p->wake_us);
    return due == INT64_MAX ? due : due - p->shift_us;
}

/// The firmware has its turn. What it was before is kept, because a memory write that it makes may have to be torn yet.
static void turn(struct printer *p)
{
    int64_t now_us = p->sim->world.now_us;

    sim_copy(p->before, p->sim);
    p->wake_us = sim_turn(p->sim);
    p->turned = true;
    p->ahead = p->sim->world.now_us > now_us;
}

void printer_undo(struct printer *p)
{
    struct lab_ledger ledger = p->sim->truth.ledger;

    if (!p->ahead || p->t_us + p->shift_us >= p->sim->world.now_us)
        return;
    sim_copy(p->sim, p->before);
    p->sim->truth.ledger.entry = ledger.entry; // it may have grown, and moved
    p->sim->truth.ledger.room = ledger.room;
    p->turned = p->ahead = false;
}

bool printer_step(struct printer *p, int64_t until_us)
{
    if (p->starting && p->starts_us <= until_us)
        start(p);
    if (!p->off && !p->starting && !p->turned)
        turn(p);
    int64_t due_us = printer_due(p);
    if (p->off || p->starting || due_us > until_us) {
        p->t_us = until_us > p->t_us ? until_us : p->t_us;
        return false;
    }
    int64_t at_us = due_us + p->shift_us, now_us = p->sim->world.now_us;
    world_advance(p->sim, at_us > now_us ? at_us : now_us + 1,
                  true); // some is overdue after a memory write
    p->turned = p->ahead = false;
    p->t_us = due_us > p->t_us ? due_us : p->t_us;
    note_boot(p);
    note_cut(p);
    return true;
}

int64_t printer_now(const struct printer *p)
{
    int64_t now_us = p->t_us + p->shift_us, world_us = p->sim->world.now_us;

    return p->off || p->starting || world_us > now_us ? world_us : now_us;
}

void printer_touch(struct printer *p)
{
    world_advance(p->sim, printer_now(p), false);
    p->turned = p->ahead = false;
}

bool printer_alive(const struct printer *p)
{
    return !p->off && !p->starting && p->sim->world.firmware.alive;
}

bool printer_prints(const struct printer *p)
{
    const struct firmware *fw = &p->sim->world.firmware;

    return printer_alive(p) && fw->job_running && !fw->paused && p->sim->world.plant.supply.mains;
}
