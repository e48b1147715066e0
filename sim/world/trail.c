// Recording a trail, and finding places in it.
// SPDX-License-Identifier: MIT
#include "sim/world/trail.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/plr/plr.h"

void sim_trail_free(struct sim_trail *trail)
{
    free(trail->step);
    free(trail->line);
    free(trail->write);
    *trail = (struct sim_trail){0};
}

/// Room for one more. Returns 0 or -12.
static int grow(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return 0;
    size_t more = *room ? 2 * *room : 1024;
    void *bigger = realloc(*array, more * size);
    if (!bigger)
        return -12;
    *array = bigger;
    *room = more;
    return 0;
}

int sim_trail_add_step(struct sim_trail *trail, const struct sim_trail_step *step)
{
    void *array = trail->step;
    int bad = grow(&array, trail->steps, &trail->step_room, sizeof *step);

    trail->step = array;
    if (!bad)
        trail->step[trail->steps++] = *step;
    return bad;
}

int sim_trail_add_line(struct sim_trail *trail, const struct sim_trail_line *line)
{
    void *array = trail->line;
    int bad = grow(&array, trail->lines, &trail->line_room, sizeof *line);

    trail->line = array;
    if (!bad)
        trail->line[trail->lines++] = *line;
    return bad;
}

int sim_trail_add_write(struct sim_trail *trail, const struct sim_trail_write *write)
{
    void *array = trail->write;
    int bad = grow(&array, trail->writes, &trail->write_room, sizeof *write);

    trail->write = array;
    if (!bad)
        trail->write[trail->writes++] = *write;
    return bad;
}

static bool before(const struct sim_trail_step *step, uint64_t line, int32_t ppm)
{
    return step->line < line || (step->line == line && step->to_ppm <= ppm);
}

size_t sim_trail_find_step(const struct sim_trail *trail, uint64_t line, int32_t ppm)
{
    size_t low = 0, high = trail->steps;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (before(&trail->step[middle], line, ppm))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t sim_trail_find_deposit(const struct sim_trail *trail, size_t deposit)
{
    size_t low = 0, high = trail->steps;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trail->step[middle].deposit < deposit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/// trail->lines when no line begins there.
static size_t find_line(const struct sim_trail *trail, uint64_t offset)
{
    size_t low = 0, high = trail->lines;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trail->line[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < trail->lines && trail->line[low].offset == offset ? low : trail->lines;
}

const struct sim_trail_line *sim_trail_find_line(const struct sim_trail *trail, uint64_t offset)
{
    size_t at = find_line(trail, offset);
    return at < trail->lines ? &trail->line[at] : NULL;
}

void sim_trail_told(struct sim_trail *trail, uint64_t offset, uint64_t device)
{
    size_t at = find_line(trail, offset);

    if (at < trail->lines)
        trail->line[at].device = device;
}

uint64_t sim_trail_hash(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t word;

    for (size_t at = 0; at < size; at += sizeof word) {
        size_t left = size - at;
        word = 0;
        memcpy(&word, bytes + at, left < sizeof word ? left : sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

// What is hashed as it lies in memory has nothing in between; a new member has to be thought of here.
_Static_assert(offsetof(struct plr_modal, mesh) ==
                   2 * PLR_AXES * sizeof(int64_t) +
                       (17 + PLR_TOOL_MAX + PLR_FAN_MAX) * sizeof(int32_t) + 3,
               "numbers of a modal state lie side by side");
_Static_assert(offsetof(struct plr_layer, pending) == 5 * sizeof(int32_t) &&
                   sizeof(struct plr_modal) ==
                       offsetof(struct plr_modal, layer) + sizeof(struct plr_layer),
               "and so do those of a layer, at its end");

uint64_t sim_trail_state(const struct plr_modal *modal)
{
    const struct plr_layer *layer = &modal->layer;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + layer->pending;

    hash = sim_trail_hash(hash, modal, offsetof(struct plr_modal, mesh));
    hash = sim_trail_hash(hash, modal->mesh, strlen(modal->mesh));
    return sim_trail_hash(hash, layer, offsetof(struct plr_layer, pending));
}
