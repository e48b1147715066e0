// G0 to G3: where a move goes, how fast, and what it extrudes.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/move.h"

#include <string.h>

/// Where a word leads its axis.
static int64_t lead(const struct plr_modal *modal, const struct plr_gcode_line *line, char letter,
                    enum plr_axis axis)
{
    uint32_t relative = PLR_MODAL_REL_XYZ | (axis == PLR_E ? PLR_MODAL_REL_E : 0);

    if (!plr_gcode_has(line, letter))
        return modal->at_nm[axis];
    int64_t value = plr_modal_length(modal, line->value[letter - 'A']);
    return modal->flags & relative ? modal->at_nm[axis] + value : value;
}

int plr_modal_motion(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    struct move move = {
        .at_nm = {[PLR_X] = lead(modal, line, 'X', PLR_X),
                  [PLR_Y] = lead(modal, line, 'Y', PLR_Y),
                  [PLR_Z] = lead(modal, line, 'Z', PLR_Z),
                  [PLR_E] = lead(modal, line, 'E', PLR_E)},
        .feed = plr_modal_length(modal, plr_gcode_get(line, 'F', 0)),
        .motion = line->kind == PLR_GCODE_CODE ? (uint8_t)line->code : modal->motion,
    };

    memcpy(action->to_nm, action->from_nm, sizeof action->to_nm); // until nothing can fail
    if (!lay_out(modal, &move))
        return PLR_ERANGE;
    if (move.motion >= 2) {
        action->clockwise = move.motion == 2;
        int error = plr_arc_centre(modal, line, action, move.machine_nm);
        if (error)
            return error;
        action->kind = PLR_ACT_ARC;
    } else if (move.moved || move.at_nm[PLR_E] != modal->at_nm[PLR_E]) {
        action->kind = PLR_ACT_MOVE;
    }
    action->new_layer = take(modal, &move);
    action->e_nm = move.e_nm;
    action->extrudes = extrudes(&move);
    action->feed_nm_s =
        (int32_t)plr_clamp(plr_scale_ppm(modal->feed_nm_s, modal->feed_ppm), 1, INT32_MAX);
    memcpy(action->to_nm, move.machine_nm, sizeof action->to_nm);
    return 0;
}
