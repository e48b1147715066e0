// A move from its words: laid out, where it can still fail, and taken. For who draws it (motion.c) and who only follows (follow.c).
// SPDX-License-Identifier: MIT
#ifndef PLR_GCODE_MOVE_H
#define PLR_GCODE_MOVE_H

#include "core/plr/gcode/internal.h"

/// A move that was laid out and not taken yet.
struct move {
    int64_t at_nm[PLR_AXES];      ///< where it leads, in the file's coordinates
    int64_t machine_nm[PLR_AXES]; ///< the same in the machine's
    int64_t e_nm;                 ///< filament with the flow factor applied
    int64_t feed;                 ///< F in nanometres a minute
    uint8_t motion;               ///< 0 to 3
    bool flat, moved;             ///< in XY; in XY or Z
};

/// The rest of a move of which at_nm, feed and motion are known. False: it leads beyond what a machine can reach.
PLR_ALWAYS_INLINE bool lay_out(const struct plr_modal *modal, struct move *move)
{
    const int64_t *at = move->at_nm, *from = modal->at_nm;

    plr_modal_where(modal, at, move->machine_nm);
    move->flat = move->motion >= 2 || at[PLR_X] != from[PLR_X] || at[PLR_Y] != from[PLR_Y];
    move->moved = move->flat || at[PLR_Z] != from[PLR_Z];
    move->e_nm = plr_scale_ppm(at[PLR_E] - from[PLR_E], modal->flow_ppm);
    return plr_modal_in_range(move->machine_nm);
}

/// What follows for state and layers from a move that extrudes. Returns whether a layer begins.
PLR_ALWAYS_INLINE bool extrude(struct plr_modal *modal, const struct move *move)
{
    if (move->flat)
        modal->flags |= PLR_MODAL_EXTRUDED;
    modal->reached_z_nm = (int32_t)move->machine_nm[PLR_Z];
    if (modal->reached_z_nm > modal->tallest_nm)
        modal->tallest_nm = modal->reached_z_nm;
    return plr_layer_move(modal, move->at_nm[PLR_Z]);
}

static inline bool extrudes(const struct move *move)
{
    return move->e_nm > 0 && move->moved;
}

/// F in nanometres a minute; what is not positive is left out, as firmwares do.
PLR_ALWAYS_INLINE void plr_modal_feed(struct plr_modal *modal, int64_t feed)
{
    if (feed > 0)
        modal->feed_nm_s = (int32_t)plr_clamp(plr_div_round(feed, 60), 1, INT32_MAX);
}

/// Take the move: here nothing can fail. Returns whether a layer begins.
PLR_ALWAYS_INLINE bool take(struct plr_modal *modal, const struct move *move)
{
    PLR_ASSERT(move->motion <= 3);
    modal->motion = move->motion;
    plr_modal_feed(modal, move->feed);
    modal->at_nm[PLR_X] = move->at_nm[PLR_X];
    modal->at_nm[PLR_Y] = move->at_nm[PLR_Y];
    modal->at_nm[PLR_Z] = move->at_nm[PLR_Z];
    modal->at_nm[PLR_E] = move->at_nm[PLR_E];
    // filament drawn back stays owed until as much was pushed forward again
    modal->retract_nm = (int32_t)plr_clamp(modal->retract_nm - move->e_nm, 0, INT32_MAX);
    return extrudes(move) && extrude(modal, move);
}

#endif
