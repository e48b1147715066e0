// G0 to G3: where a move goes, how fast, and what it extrudes.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/move.h"

#include <string.h>

int plr_modal_motion(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    struct move move;

    memcpy(action->to_nm, action->from_nm, sizeof action->to_nm); // until nothing can fail
    if (!lay_out(modal, line, &move, false))
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
    action->new_layer = take(modal, line, &move);
    action->e_nm = move.e_nm;
    action->extrudes = extrudes(&move);
    action->feed_nm_s =
        (int32_t)plr_clamp(plr_scale_ppm(modal->feed_nm_s, modal->feed_ppm), 1, INT32_MAX);
    memcpy(action->to_nm, move.machine_nm, sizeof action->to_nm);
    return 0;
}
