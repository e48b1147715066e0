// Copying a run, at the cost of what it uses.
// SPDX-License-Identifier: MIT
#include "sim/world/world.h"

#include <stddef.h>
#include <string.h>

/// Bytes [first, end) of a run.
static void span(struct sim *to, const struct sim *from, size_t first, size_t end)
{
    memcpy((char *)to + first, (const char *)from + first, end - first);
}

static bool same_span(const struct sim *a, const struct sim *b, size_t first, size_t end)
{
    return memcmp((const char *)a + first, (const char *)b + first, end - first) == 0;
}

bool sim_same_but_memory(const struct sim *a, const struct sim *b)
{
    const size_t text = offsetof(struct sim, world.firmware.script.text);
    const size_t behind_text = text + sizeof a->world.firmware.script.text;
    const size_t surface = offsetof(struct sim, surface), truth = offsetof(struct sim, truth);
    const size_t cut = offsetof(struct sim, cut), step = offsetof(struct sim, step);
    const size_t nv = offsetof(struct sim, nv), found = offsetof(struct sim, found);

    return same_span(a, b, 0, text + a->world.firmware.script.len) &&
           same_span(a, b, behind_text, nv) && same_span(a, b, nv + sizeof a->nv, surface) &&
           same_span(a, b, truth, cut) &&
           same_span(a, b, step, step + (size_t)a->steps * sizeof a->step[0]) &&
           same_span(a, b, step + sizeof a->step, offsetof(struct sim, note)) &&
           same_span(a, b, offsetof(struct sim, notes), found) &&
           same_span(a, b, found + sizeof a->found, sizeof *a);
}

void sim_copy(struct sim *to, const struct sim *from)
{
    const size_t text = offsetof(struct sim, world.firmware.script.text);
    const size_t nv = offsetof(struct sim, nv), step = offsetof(struct sim, step);
    const size_t note = offsetof(struct sim, note);

    span(to, from, 0, text + from->world.firmware.script.len);
    span(to, from, text + sizeof from->world.firmware.script.text, nv);
    nv_copy(&to->nv, &from->nv);
    span(to, from, nv + sizeof from->nv, step + (size_t)from->steps * sizeof from->step[0]);
    span(to, from, step + sizeof from->step, note + (size_t)from->notes * sizeof from->note[0]);
    span(to, from, note + sizeof from->note, sizeof *from);
}
