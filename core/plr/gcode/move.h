// A move from its words: laid out, where it can still fail, and taken. For who draws it (motion.c) and who only follows (follow.c).
// SPDX-License-Identifier: MIT
#ifndef PLR_GCODE_MOVE_H
#define PLR_GCODE_MOVE_H

#include "core/plr/gcode/internal.h"

/// Where a word leads its axis, which is at `at_nm` of the file's coordinates now. `plain`: the flags are known to say millimetres,
/// and absolute for all but E.
PLR_ALWAYS_INLINE int64_t lead(const struct plr_modal *modal, const struct plr_gcode_line *line,
                               char letter, uint32_t relative, int64_t at_nm, bool plain)
{
    if (!plr_gcode_has(line, letter))
        return at_nm;
    int64_t micro = line->value[letter - 'A'];
    int64_t value = plain ? micro : plr_modal_length(modal, micro);
    if (plain)
        relative &= PLR_MODAL_REL_E;
    return modal->flags & relative ? at_nm + value : value;
}

/// A move that was laid out and not taken yet.
struct move {
    int64_t at_nm[PLR_AXES];      ///< where it leads, in the file's coordinates
    int64_t machine_nm[PLR_AXES]; ///< the same in the machine's
    int64_t e_nm;                 ///< filament with the flow factor applied
    uint8_t motion;               ///< 0 to 3
    bool flat, moved;             ///< in XY; in XY or Z
};

/// Where the words of a line lead; `plain` as above. False: beyond what a machine can reach.
PLR_ALWAYS_INLINE bool lay_out(const struct plr_modal *modal, const struct plr_gcode_line *line,
                               struct move *move, bool plain)
{
    const uint32_t all = PLR_MODAL_REL_XYZ;
    int64_t *at = move->at_nm;

    at[PLR_X] = lead(modal, line, 'X', all, modal->at_nm[PLR_X], plain);
    at[PLR_Y] = lead(modal, line, 'Y', all, modal->at_nm[PLR_Y], plain);
    at[PLR_Z] = lead(modal, line, 'Z', all, modal->at_nm[PLR_Z], plain);
    at[PLR_E] = lead(modal, line, 'E', all | PLR_MODAL_REL_E, modal->at_nm[PLR_E], plain);
    plr_modal_where(modal, at, move->machine_nm);
    move->motion = line->kind == PLR_GCODE_CODE ? (uint8_t)line->code : modal->motion;
    move->flat =
        move->motion >= 2 || at[PLR_X] != modal->at_nm[PLR_X] || at[PLR_Y] != modal->at_nm[PLR_Y];
    move->moved = move->flat || at[PLR_Z] != modal->at_nm[PLR_Z];
    move->e_nm = plr_scale_ppm(at[PLR_E] - modal->at_nm[PLR_E], modal->flow_ppm);
    return plr_modal_in_range(move->machine_nm);
}

/// F is per minute; what is not positive is left out, as firmwares do.
static inline void take_feed(struct plr_modal *modal, const struct plr_gcode_line *line)
{
    if (!plr_gcode_has(line, 'F'))
        return;
    int64_t value = plr_modal_length(modal, line->value['F' - 'A']);
    if (value > 0)
        modal->feed_nm_s = (int32_t)plr_clamp(plr_div_round(value, 60), 1, INT32_MAX);
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

/// Take the move: here nothing can fail. Returns whether a layer begins.
PLR_ALWAYS_INLINE bool take(struct plr_modal *modal, const struct plr_gcode_line *line,
                            const struct move *move)
{
    PLR_ASSERT(move->motion <= 3);
    modal->motion = move->motion;
    take_feed(modal, line);
    modal->at_nm[PLR_X] = move->at_nm[PLR_X];
    modal->at_nm[PLR_Y] = move->at_nm[PLR_Y];
    modal->at_nm[PLR_Z] = move->at_nm[PLR_Z];
    modal->at_nm[PLR_E] = move->at_nm[PLR_E];
    // filament drawn back stays owed until as much was pushed forward again
    modal->retract_nm = (int32_t)plr_clamp(modal->retract_nm - move->e_nm, 0, INT32_MAX);
    return extrudes(move) && extrude(modal, move);
}

#endif
