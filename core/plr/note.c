// The recovery's own note: how often it was tried, whether the nozzle is clear. Never touches the job record.
// SPDX-License-Identifier: MIT
#include "core/plr/internal.h"

#define NOTE_BYTES 16u

int plr_note_write(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint8_t bytes[NOTE_BYTES] = {1, plr->lifted, (uint8_t)plr->tries, (uint8_t)(plr->tries >> 8)};
    for (uint32_t i = 0; i < 4; i++) {
        bytes[4 + i] = (uint8_t)(plr->session >> (8 * i));
        bytes[8 + i] = (uint8_t)((uint32_t)plr->lifted_nm >> (8 * i));
    }
    return plr_append(plr, port, ctx, PLR_RECORD_NOTE, bytes, sizeof bytes);
}

static const char *lifted_text(const struct plr *plr)
{
    static const char *const texts[] = {
        [PLR_LIFTED_NOT] = "the nozzle was left on the part, or close above it, nm",
        [PLR_LIFTED_BY] = "the nozzle was left clear of the part, nm",
        [PLR_LIFTED_HOMING] = "the nozzle was left on its way to the z_plus endstops, nm",
        [PLR_LIFTED_MOVING] =
            "power failed while Z moved, and nothing can tell where it stands, nm",
        [PLR_LIFTED_TOP] = "the nozzle was left at the z_plus endstops, nm"};
    return texts[plr->lifted];
}

int plr_note_read(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint8_t bytes[NOTE_BYTES];
    uint32_t session = 0, lift = 0;

    plr->tries = 0;
    plr->lifted = PLR_LIFTED_NOT;
    plr->lifted_nm = 0;
    int size =
        plr_journal_read(&plr->journal, &port->nv, ctx, PLR_RECORD_NOTE, bytes, sizeof bytes, NULL);
    if (size == PLR_EPOWER)
        return size;
    if (size != NOTE_BYTES || bytes[0] != 1)
        return 0;
    for (uint32_t i = 0; i < 4; i++) {
        session |= (uint32_t)bytes[4 + i] << (8 * i);
        lift |= (uint32_t)bytes[8 + i] << (8 * i);
    }
    if (session != plr->session)
        return 0;
    plr->tries = bytes[2] | (uint32_t)bytes[3] << 8;
    plr->lifted = bytes[1] > PLR_LIFTED_TOP ? PLR_LIFTED_NOT : bytes[1];
    plr->lifted_nm = (int32_t)lift;
    plr_debug(plr, port, ctx, "recoveries of this state begun before", plr->tries);
    plr_debug(plr, port, ctx, lifted_text(plr), plr->lifted_nm);
    return 0;
}
