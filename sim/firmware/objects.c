// Excluded objects in the interpreter: their moves are left out, and the head goes on from where it stands.
// SPDX-License-Identifier: MIT
//
// As Klipper does it: the file's coordinates go on inside an excluded object, the head stays. Behind it a line moves only the axes
// that it names, until one with X or Y leads the head from its real place to the file's; with the first of them that moves
// filament or the head in XY, as much filament is drawn back as the file has it by now.
#include "sim/world/world.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool moves(const struct plr_action *action)
{
    return action->kind == PLR_ACT_MOVE || action->kind == PLR_ACT_ARC ||
           action->kind == PLR_ACT_RETRACT;
}

/// Straight from where the head stands to where the line leads, as far as it names axes.
static void rejoin(struct firmware *fw, struct plr_action *action, int32_t drawn_nm)
{
    struct astray *astray = &fw->astray;
    bool flat = action->kind == PLR_ACT_ARC || action->from_nm[0] != action->to_nm[0] ||
                action->from_nm[1] != action->to_nm[1];
    bool rises = action->from_nm[2] != action->to_nm[2];

    for (int i = 0; i < 2 && !flat; i++)
        action->to_nm[i] = astray->head_nm[i];
    if (!flat && !rises)
        action->to_nm[2] = astray->head_nm[2];
    memcpy(action->from_nm, astray->head_nm, sizeof astray->head_nm);
    if (flat || action->e_nm) {
        int64_t more = drawn_nm - astray->drawn_nm;
        action->e_nm -= more;
        action->from_nm[PLR_E] += more;
        astray->drawn_nm = fw->ahead.retract_nm;
    }
    action->kind = PLR_ACT_MOVE; // slicers travel first: an arc here is cut short
    action->extrudes = action->e_nm > 0 && (flat || rises);
    memcpy(astray->head_nm, action->to_nm, sizeof astray->head_nm);
    astray->is = !flat;
}

bool firmware_leave_out(struct firmware *fw, struct plr_action *action, int32_t drawn_nm)
{
    struct astray *astray = &fw->astray;

    if (!moves(action))
        return false;
    if (!plr_objects_has(&fw->objects, fw->ahead.object)) {
        if (astray->is)
            rejoin(fw, action, drawn_nm);
        return false;
    }
    if (!astray->is) {
        memcpy(astray->head_nm, action->from_nm, sizeof astray->head_nm);
        astray->drawn_nm = drawn_nm;
    }
    astray->is = true;
    return true;
}

void firmware_stand(struct firmware *fw, const int64_t machine_nm[PLR_AXES])
{
    fw->astray.is = true;
    memcpy(fw->astray.head_nm, machine_nm, sizeof fw->astray.head_nm);
    fw->astray.drawn_nm = fw->ahead.retract_nm;
}

bool firmware_is_command(const char *text)
{
    static const char prefix[] = "PLR_";
    return !strncasecmp(text + strspn(text, " \t"), prefix, sizeof prefix - 1);
}

void firmware_command(struct sim *sim, const char *text)
{
    struct firmware *fw = &sim->world.firmware;
    struct plr_gcode_line line;
    struct plr_action action;

    firmware_tell(sim); // what has begun before
    text += strspn(text, " \t");
    bool reads = !plr_gcode_lex(text, strlen(text), &line);
    bool records =
        reads && (plr_gcode_is(&line, "PLR_ENABLE") || plr_gcode_is(&line, "PLR_DISABLE"));
    if (records && fw->job_running) { // holds from here on, as what a console sets does
        (void)plr_modal_apply(&fw->ahead, &line, &action);
        (void)plr_modal_apply(&fw->exec, &line, &action);
        if (sim->dut->console)
            sim->dut->console(sim, text);
    }
    (void)dut_tell(sim, text, strlen(text));
}

void firmware_console(struct sim *sim, const char *text)
{
    struct firmware *fw = &sim->world.firmware;
    struct plr_modal before = fw->exec, ahead = fw->ahead;
    struct plr_gcode_line line;
    struct plr_action action;
    char named[PLR_OBJECT_NAME + 32];

    if (!fw->alive || !fw->job_running)
        return;
    firmware_tell(sim); // what has begun before
    if (plr_gcode_lex(text, strlen(text), &line) || plr_modal_apply(&ahead, &line, &action) ||
        action.kind != PLR_ACT_NONE) {
        world_note(sim, "console line '%.60s': only what sets something is simulated", text);
        return;
    }
    fw->ahead = ahead;
    (void)plr_modal_apply(&fw->exec, &line, &action);
    firmware_outputs(sim, &before);
    size_t known = fw->objects.len;
    (void)plr_objects_apply(&fw->objects, &line);
    if (fw->objects.len > known) { // by name, whichever was the current one here
        snprintf(named, sizeof named,
                 fw->objects.numbered ? "M486 P%s" : "EXCLUDE_OBJECT NAME=\"%s\"",
                 fw->objects.names + known);
        text = named;
    }
    if (sim->dut->console)
        sim->dut->console(sim, text);
}
