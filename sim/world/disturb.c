// Disturbances: what else goes wrong, by script.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

/// The file as the printer finds it afterwards: one digit of the line being printed edited, or its tail cut off.
static void change_file(struct sim *sim, enum lab_endstop_mode mode)
{
    struct lab_job *job = &sim->job_now;

    if (mode == LAB_FILE_GONE) {
        job->data = NULL;
        job->size = 0;
        return;
    }
    if (mode == LAB_FILE_TRUNCATED) {
        job->size -= job->size / 3;
        return;
    }
    sim->edited = malloc(job->size);
    if (!sim->edited) {
        sim->world.stop_requested = true;
        return;
    }
    memcpy(sim->edited, job->data, job->size);
    size_t at = (size_t)sim->world.firmware.line;
    while (at < job->size && (sim->edited[at] < '0' || sim->edited[at] > '8'))
        at++;
    if (at < job->size)
        sim->edited[at]++;
    job->data = sim->edited;
}

/// The user cancels: the firmware stops the job and tells the PLR; motors stay on, heaters go off.
static void cancel(struct sim *sim, const struct lab_disturb *d)
{
    struct world *w = &sim->world;

    w->firmware.job_cancelled = true;
    w->cancel_resume_us = w->now_us + d->off_for_us;
    w->consent_us = w->cancel_resume_us;
}

/// Who says something to a printer that is off, or that prints nothing, is not heard, and no other run is a measure for this one then.
static void hear(struct sim *sim, const char *line)
{
    const struct firmware *fw = &sim->world.firmware;
    bool command = firmware_is_command(line);
    uint64_t at = command || fw->job_running ? fw->feed_at : UINT64_MAX;

    if (at > sim->said_at)
        sim->said_at = at;
    if (command)
        firmware_command(sim, line);
    else
        firmware_console(sim, line);
}

void world_commands(struct sim *sim)
{
    struct world *w = &sim->world;

    for (int i = 0; i < sim->scenario->disturb_count && w->commands; i++) {
        if (!((w->commands >> i) & 1u) || !w->firmware.alive)
            continue;
        w->commands &= ~(1u << i);
        hear(sim, sim->scenario->disturb[i].line);
    }
}

void world_disturb(struct sim *sim, int32_t which)
{
    struct world *w = &sim->world;
    const struct lab_disturb *d = &sim->scenario->disturb[which];

    w->disturb_us[which] = INT64_MAX;
    world_event(sim, SIM_EVENT_DISTURB, which, d->kind, 0, 0);
    switch (d->kind) {
    case LAB_DISTURB_NUDGE: plant_nudge(&w->plant, &sim->model, d->xy_nm); break;
    case LAB_DISTURB_ENDSTOP:
    case LAB_DISTURB_BIND:
    case LAB_DISTURB_SLIP: plant_disturb(&w->plant, &sim->model, d); break;
    case LAB_DISTURB_RELEASE: plant_part_release(&w->plant, d->xy_nm); break;
    case LAB_DISTURB_FILE: change_file(sim, d->mode); break;
    case LAB_DISTURB_CANCEL: cancel(sim, d); break;
    case LAB_DISTURB_CONSOLE: w->commands |= 1u << which; break; // heard in the firmware's own turn
    case LAB_DISTURB_SAG: break; // takes part in the outage itself (power.c)
    }
    w->track_us = -1;
}
