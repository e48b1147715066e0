// The excluded objects' own record: stored when the list changes. No place of the file has them, so no save delay can lose them.
// SPDX-License-Identifier: MIT
#include "core/plr/internal.h"

#include <string.h>

#define HEAD 8u ///< version, flags, 0, 0, session

enum { NUMBERED = 1, FULL = 2 };

int plr_objects_store(struct plr *plr, const struct plr_port *port, void *ctx)
{
    const struct plr_objects *o = &plr->objects;
    uint8_t bytes[HEAD + PLR_OBJECTS_BYTES] = {1};

    bytes[1] = (uint8_t)((o->numbered ? NUMBERED : 0) | (o->full ? FULL : 0));
    for (uint32_t i = 0; i < 4; i++)
        bytes[4 + i] = (uint8_t)(plr->session >> (8 * i));
    memcpy(bytes + HEAD, o->names, o->len);
    if (o->full)
        port->log(ctx, "no room for the name of an excluded object: a resume would print it again",
                  PLR_LOG_PLAIN);
    int done =
        plr_journal_append(&plr->journal, &port->nv, ctx, PLR_RECORD_OBJECTS, bytes, HEAD + o->len);
    if (done > 0)
        plr->objects_changed = false;
    return done < 0 ? done : 0;
}

/// Is it what was stored: names that are not empty and not too long, each with its end?
static bool names_plausible(const uint8_t *names, uint32_t len)
{
    uint32_t begin = 0;

    for (uint32_t i = 0; i < len; i++) {
        if (names[i])
            continue;
        if (i == begin || i - begin >= PLR_OBJECT_NAME)
            return false;
        begin = i + 1;
    }
    return begin == len;
}

int plr_objects_load(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_objects *o = &plr->objects;
    uint8_t bytes[HEAD + PLR_OBJECTS_BYTES];
    uint32_t session = 0;

    memset(o, 0, sizeof *o);
    int size = plr_journal_read(&plr->journal, &port->nv, ctx, PLR_RECORD_OBJECTS, bytes,
                                sizeof bytes, NULL);
    if (size == PLR_EPOWER)
        return size;
    if (size < (int)HEAD || bytes[0] != 1 || !names_plausible(bytes + HEAD, (uint32_t)size - HEAD))
        return 0;
    for (uint32_t i = 0; i < 4; i++)
        session |= (uint32_t)bytes[4 + i] << (8 * i);
    if (session != plr->session) { // another job's: not to be carried along for ever
        plr->objects_changed = size > (int)HEAD;
        return 0;
    }
    o->len = (uint16_t)((uint32_t)size - HEAD);
    o->numbered = (bytes[1] & NUMBERED) != 0;
    o->full = (bytes[1] & FULL) != 0;
    memcpy(o->names, bytes + HEAD, o->len);
    return 0;
}
