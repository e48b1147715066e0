// What a printer told, kept alike for all kinds of links: state, console, positions and whether they were reached.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/link/internal.h"

static const struct link_heater no_heater = {LINK_NO_TEMPERATURE, LINK_NO_TEMPERATURE};

void link_forget(struct link *link)
{
    struct link_status *s = &link->status;

    s->file[0] = 0;
    s->file_at = s->file_size = LINK_UNKNOWN;
    s->layer = -1;
    s->job_us = LINK_UNKNOWN;
    for (int i = 0; i < 4; i++)
        s->at_nm[i] = LINK_UNKNOWN;
    memset(s->homed, 0, sizeof s->homed);
    s->nozzle = s->bed = s->chamber = no_heater;
    s->chamber_heater[0] = '\0';
    s->others = 0;
    s->heat_us = LINK_UNKNOWN;
}

struct link_heater *link_other(struct link_status *status, const char *name)
{
    for (int32_t i = 0; i < status->others; i++)
        if (!strncmp(status->other[i].name, name, LINK_HEATER - 1))
            return &status->other[i].heat;
    if (status->others == LINK_OTHERS)
        return NULL;
    struct link_other *more = &status->other[status->others++];
    link_copy(more->name, sizeof more->name, name, strlen(name));
    more->heat = no_heater;
    return &more->heat;
}

void link_state_is(struct link *link, enum link_state state, const char *why)
{
    struct link_status *s = &link->status;
    char was[LINK_LINE];

    memcpy(was, s->why, sizeof was);
    link_copy(s->why, sizeof s->why, why ? why : "", why ? strlen(why) : 0);
    if (s->state != state || strcmp(was, s->why) != 0)
        link->news = true;
    s->state = state;
    if (state == LINK_LOST)
        link_doubt(link);
}

void link_console(struct link *link, const char *line)
{
    if (link->said_count == LINK_CONSOLE) {
        link->said_first++;
        link->said_count--;
    }
    char *to = link->said[(link->said_first + link->said_count++) % LINK_CONSOLE];
    link_copy(to, LINK_LINE, line, strlen(line));
    link->news = true;
}

// --- positions ----------------------------------------------------------------------------------------------------

void link_told(struct link *link, int64_t now_us, int64_t due_us)
{
    struct link_sample *to;

    for (int i = 0; i < 3; i++)
        if (link->status.at_nm[i] == LINK_UNKNOWN)
            return;
    if (link->sample_count == LINK_SAMPLES) {
        link->sample_first++;
        link->sample_count--;
    }
    to = &link->sample[(link->sample_first + link->sample_count++) % LINK_SAMPLES];
    to->at_us = now_us;
    to->due_us = due_us;
    memcpy(to->at_nm, link->status.at_nm, sizeof to->at_nm);
    to->file_at = link->status.file_at;
}

void link_alive(struct link *link, int64_t at_us)
{
    if (link->status.alive_us == LINK_UNKNOWN || at_us > link->status.alive_us)
        link->status.alive_us = at_us;
    while (link->sample_count) {
        const struct link_sample *oldest = &link->sample[link->sample_first % LINK_SAMPLES];
        if (oldest->due_us > at_us)
            return;
        link->confirmed = *oldest;
        link->sample_first++;
        link->sample_count--;
    }
}

void link_doubt(struct link *link)
{
    link->sample_count = 0;
}
