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
