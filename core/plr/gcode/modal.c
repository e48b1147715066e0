// The modal state: how a line changes it, and what the machine must do for it.
// SPDX-License-Identifier: MIT
#include "core/plr/gcode/internal.h"

#include <string.h>

#define HEAT_MAX_MC 1000000

void plr_modal_init(struct plr_modal *modal)
{
    PLR_ASSERT(modal);
    memset(modal, 0, sizeof *modal);
    modal->feed_nm_s = 25 * PLR_NM_PER_MM;
    modal->feed_ppm = PLR_PPM;
    modal->flow_ppm = PLR_PPM;
    modal->corner_um_s = -1;
    modal->plane = 17;
    modal->motion = 1;
    modal->layer.number = -1;
    modal->layer.stated = -1;
}

void plr_modal_machine(const struct plr_modal *modal, int64_t machine_nm[PLR_AXES])
{
    PLR_ASSERT(modal && machine_nm);
    plr_modal_where(modal, modal->at_nm, machine_nm);
}

void plr_modal_set_machine(struct plr_modal *modal, uint32_t axes,
                           const int64_t machine_nm[PLR_AXES])
{
    PLR_ASSERT(modal && machine_nm);
    for (int i = 0; i < PLR_AXES; i++)
        if ((axes >> i) & 1u)
            modal->at_nm[i] =
                machine_nm[i] - modal->g92_nm[i] - (i < PLR_E ? modal->offset_nm[i] : 0);
}

int plr_modal_shift(struct plr_modal *modal, const int64_t offset_nm[3], bool move,
                    struct plr_action *action)
{
    int64_t machine[PLR_AXES];

    PLR_ASSERT(modal && offset_nm);
    plr_modal_machine(modal, machine);
    for (int i = 0; i < 3; i++) {
        if (offset_nm[i] < -PLR_XYZ_MAX_NM || offset_nm[i] > PLR_XYZ_MAX_NM)
            return PLR_ERANGE;
        machine[i] += offset_nm[i] - modal->offset_nm[i];
    }
    if (move && !plr_modal_in_range(machine))
        return PLR_ERANGE;
    for (int i = 0; i < 3; i++) {
        // without a move the machine stands where it stood, which is elsewhere in the file's coordinates
        if (!move)
            modal->at_nm[i] -= offset_nm[i] - modal->offset_nm[i];
        modal->offset_nm[i] = (int32_t)offset_nm[i];
    }
    if (move) {
        action->kind = PLR_ACT_MOVE;
        action->feed_nm_s =
            (int32_t)plr_clamp(plr_scale_ppm(modal->feed_nm_s, modal->feed_ppm), 1, INT32_MAX);
    }
    return 0;
}

void plr_modal_heat(struct plr_modal *modal, int heater, int64_t micro)
{
    int32_t target = (int32_t)plr_clamp(plr_div_round(micro, 1000), 0, HEAT_MAX_MC);

    PLR_ASSERT(heater >= -1 && heater <= PLR_TOOL_MAX);
    if (heater < 0)
        modal->chamber_mc = target;
    else if (heater == 0)
        modal->bed_mc = target;
    else
        modal->nozzle_mc[heater - 1] = target;
}

void plr_modal_wait(const struct plr_modal *modal, int heater, bool cool, struct plr_action *action)
{
    PLR_ASSERT(heater >= -1 && heater <= PLR_TOOL_MAX);
    action->kind = PLR_ACT_WAIT;
    action->heater = heater;
    action->wait_cool = cool;
    action->heat_mc[0] = heater < 0    ? modal->chamber_mc
                         : heater == 0 ? modal->bed_mc
                                       : modal->nozzle_mc[heater - 1];
    action->heat_mc[1] = cool ? action->heat_mc[0] : INT32_MAX;
}

/// "T1": another tool. The nozzle changes only when the machine stands.
static int select_tool(struct plr_modal *modal, const struct plr_gcode_line *line,
                       struct plr_action *action)
{
    if (line->code >= PLR_TOOL_MAX || line->sub) {
        action->kind = PLR_ACT_UNKNOWN;
        return 0;
    }
    if (modal->tool != line->code)
        action->kind = PLR_ACT_SYNC;
    modal->tool = (uint8_t)line->code;
    return 0;
}

static int apply_code(struct plr_modal *modal, const struct plr_gcode_line *line,
                      struct plr_action *action)
{
    switch (line->letter) {
    case 'G': return plr_modal_g(modal, line, action);
    case 'M': return plr_modal_m(modal, line, action);
    default: return select_tool(modal, line, action);
    }
}

/// Nothing to do. Where it leads from and to is not said yet.
static inline void clear(struct plr_action *action)
{
    action->kind = PLR_ACT_NONE;
    action->e_nm = action->time_us = 0;
    action->centre_nm[0] = action->centre_nm[1] = 0;
    action->clockwise = action->extrudes = action->wait_cool = action->new_layer = false;
    action->feed_nm_s = action->heater = 0;
    action->axes = 0;
    action->heat_mc[0] = action->heat_mc[1] = 0;
}

int plr_modal_apply(struct plr_modal *modal, const struct plr_gcode_line *line,
                    struct plr_action *action)
{
    int error = 0;

    PLR_ASSERT(modal && line && action);
    if (line->fault) {
        memset(action, 0, sizeof *action);
        return PLR_EINVAL;
    }
    clear(action);
    plr_modal_where(modal, modal->at_nm, action->from_nm);
    if (line->kind == PLR_GCODE_CODE && line->letter == 'G' && line->code <= 3 && !line->sub)
        return plr_modal_motion(modal, line, action); // nine lines of ten; it knows where they lead
    switch (line->kind) {
    case PLR_GCODE_EMPTY: action->new_layer = plr_layer_comment(modal, line); break;
    case PLR_GCODE_CODE: error = apply_code(modal, line, action); break;
    case PLR_GCODE_EXTENDED: error = plr_modal_extended(modal, line, action); break;
    case PLR_GCODE_WORDS: error = plr_modal_motion(modal, line, action); break;
    }
    plr_modal_where(modal, modal->at_nm, action->to_nm);
    return error;
}
