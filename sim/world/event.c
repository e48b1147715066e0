// Events: numbered changes of state, each hashed with its payload into the trace hash.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/// One round of a 64-bit mix (multiply, xor-shift), enough to notice any changed bit.
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    return hash ^ (hash >> 29);
}

void world_hash(struct sim *sim, const void *data, size_t size)
{
    struct world *world = &sim->world;
    const uint8_t *bytes = data;
    uint64_t word;

    if (sim->unheard)
        return;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        world->hash = mix(world->hash, word);
    }
    word = 0;
    memcpy(&word, bytes, size);
    if (size)
        world->hash = mix(world->hash, word);
}

void world_event(struct sim *sim, enum sim_event_kind kind, int64_t a, int64_t b, int64_t c,
                 int64_t d)
{
    struct world *w = &sim->world;
    int64_t payload[6] = {(int64_t)kind, w->now_us, a, b, c, d};

    world_hash(sim, payload, sizeof payload);
    if (kind !=
        SIM_EVENT_MOVE) { // heights change outside moves; temperatures everywhere, moves are too many
        world_heat(sim); // as of now: how a run is sliced must not show
        world_hash(sim, w->plant.corner_nm, sizeof w->plant.corner_nm);
        int64_t warm[2] = {plant_heat_true(&w->plant, 0), plant_heat_true(&w->plant, 1)};
        world_hash(sim, warm, sizeof warm);
    }
    if (sim->watch)
        sim->watch->event(sim->watch->ctx, sim, (int)kind, payload + 2);
    w->events++;
    trigger_event(sim);
}

void world_note(struct sim *sim, const char *format, ...)
{
    va_list args;

    if (sim->unheard)
        return;
    if (sim->notes == SIM_NOTES_MAX) {
        snprintf(sim->note[SIM_NOTES_MAX - 1], SIM_NOTE,
                 "... and more than there is room for here");
        return;
    }
    va_start(args, format);
    vsnprintf(sim->note[sim->notes++], SIM_NOTE, format, args);
    va_end(args);
}
