// G0 to G3: where a move goes, how fast, and what it extrudes.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#include <string.h>

/// Where the words of a move lead, in the file's coordinates.
static void target(const struct plr_modal *modal, const struct plr_gcode_line *line,
                   int64_t at_nm[PLR_AXES])
{
    static const char letters[PLR_AXES] = {'X', 'Y', 'Z', 'E'};

    for (int i = 0; i < PLR_AXES; i++) {
        at_nm[i] = modal->at_nm[i];
        if (!plr_gcode_has(line, letters[i]))
            continue;
        uint32_t relative = i == PLR_E ? PLR_MODAL_REL_XYZ | PLR_MODAL_REL_E : PLR_MODAL_REL_XYZ;
        int64_t value = plr_modal_length(modal, line->value[letters[i] - 'A']);
        at_nm[i] = modal->flags & relative ? at_nm[i] + value : value;
    }
}

/// F is per minute; what is not positive is left out, as firmwares do.
static int32_t feed(const struct plr_modal *modal, const struct plr_gcode_line *line)
{
    int64_t value = plr_modal_length(modal, plr_gcode_get(line, 'F', 0));

    return value > 0 ? (int32_t)plr_clamp(plr_div_round(value, 60), 1, INT32_MAX)
                     : modal->feed_nm_s;
}

/// Filament drawn back stays owed until as much was pushed forward again.
static void track_retraction(struct plr_modal *modal, int64_t e_nm)
{
    modal->retract_nm = (int32_t)plr_clamp(modal->retract_nm - e_nm, 0, INT32_MAX);
}

/// What follows for state and layers from a move that extrudes.
static void track_extrusion(struct plr_modal *modal, struct plr_action *action, bool flat,
                            const int64_t machine_nm[PLR_AXES])
{
    PLR_ASSERT(action->e_nm > 0);
    action->extrudes = true;
    if (flat)
        modal->flags |= PLR_MODAL_EXTRUDED;
    modal->reached_z_nm = (int32_t)machine_nm[PLR_Z];
    if (modal->reached_z_nm > modal->tallest_nm)
        modal->tallest_nm = modal->reached_z_nm;
    action->new_layer = plr_layer_move(modal, modal->at_nm[PLR_Z]);
}

/// Take the move: from here on nothing can fail.
static void commit(struct plr_modal *modal, struct plr_action *action,
                   const int64_t at_nm[PLR_AXES], const int64_t machine_nm[PLR_AXES])
{
    const int64_t *from = action->from_nm;
    bool arc = action->kind == PLR_ACT_ARC;
    bool flat = arc || machine_nm[PLR_X] != from[PLR_X] || machine_nm[PLR_Y] != from[PLR_Y];
    bool moved = flat || machine_nm[PLR_Z] != from[PLR_Z];

    action->e_nm = plr_scale_ppm(at_nm[PLR_E] - modal->at_nm[PLR_E], modal->flow_ppm);
    for (int i = 0; i < PLR_AXES; i++)
        modal->at_nm[i] = at_nm[i];
    track_retraction(modal, action->e_nm);
    if (action->e_nm > 0 && moved)
        track_extrusion(modal, action, flat, machine_nm);
    if (!arc && (moved || machine_nm[PLR_E] != from[PLR_E]))
        action->kind = PLR_ACT_MOVE;
}

int plr_modal_motion(struct plr_modal *modal, const struct plr_gcode_line *line,
                     struct plr_action *action)
{
    uint8_t motion = line->kind == PLR_GCODE_CODE ? (uint8_t)line->code : modal->motion;
    int64_t at[PLR_AXES], machine[PLR_AXES];

    PLR_ASSERT(motion <= 3);
    target(modal, line, at);
    for (int i = 0; i < PLR_AXES; i++)
        machine[i] = at[i] + modal->g92_nm[i] + (i < PLR_E ? modal->offset_nm[i] : 0);
    memcpy(action->to_nm, action->from_nm, sizeof action->to_nm); // until nothing can fail
    if (!plr_modal_in_range(machine))
        return PLR_ERANGE;
    if (motion >= 2) {
        action->clockwise = motion == 2;
        int error = plr_arc_centre(modal, line, action, machine);
        if (error)
            return error;
        action->kind = PLR_ACT_ARC;
    }
    modal->motion = motion;
    modal->feed_nm_s = feed(modal, line);
    action->feed_nm_s =
        (int32_t)plr_clamp(plr_scale_ppm(modal->feed_nm_s, modal->feed_ppm), 1, INT32_MAX);
    memcpy(action->to_nm, machine, sizeof action->to_nm);
    commit(modal, action, at, machine);
    return 0;
}
