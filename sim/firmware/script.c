// Lines of G-code outside the job: a user's macros and hooks, one line after the other, each to its end.
// SPDX-License-Identifier: MIT
//
// A macro is expanded when its line is reached, in front of what follows. A line that gives the PLR a command waits for it; what the
// PLR then hooks in runs first, ahead of everything that was there: `outer` is where that begins. What is hooked in may hold commands, too.
#include "sim/firmware/macros.h"
#include "sim/world/world.h"

#include <string.h>
#include <strings.h>

enum { SCRIPT_LINES = 20000 }; // a macro that calls itself ends here
static const int64_t heat_poll_us = 250000;
static const int64_t home_speed_nm_s = 10 * PLR_NM_PER_MM;
static const int64_t home_travel_nm_s = 100 * PLR_NM_PER_MM;

static struct script *script_of(struct sim *sim)
{
    return &sim->world.firmware.script;
}

static void clear(struct script *s)
{
    memset(s, 0, sizeof *s);
}

/// Put text in front of what is still to run.
static int insert(struct script *s, const char *text, size_t len)
{
    size_t rest = s->len - s->at;

    if (rest + len + 1 > sizeof s->text)
        return PLR_EFBIG;
    memmove(s->text + len + 1, s->text + s->at, rest);
    memcpy(s->text, text, len);
    s->text[len] = '\n';
    s->outer = s->plr ? (uint32_t)(len + 1 + (s->outer - s->at)) : 0;
    s->at = 0;
    s->len = (uint32_t)(len + 1 + rest);
    return 0;
}

/// The modal state of the console stands where the machine does.
static void adopt(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    int64_t machine[PLR_AXES] = {fw->xy_nm[0], fw->xy_nm[1], fw->z_nm[0], 0};

    plr_modal_set_machine(&fw->ahead, 7u, machine);
    // not only lines set heaters: M140 S0 has to act on what they are at
    fw->ahead.bed_mc = fw->target_mc[0];
    fw->ahead.nozzle_mc[fw->ahead.tool] = fw->target_mc[1];
}

int firmware_script(struct sim *sim, const char *text, size_t len)
{
    struct script *s = script_of(sim);

    if (!len)
        return 0;
    if (s->at == s->len && s->wait == SCRIPT_NOTHING && !s->plr)
        clear(s);
    return insert(s, text, len);
}

bool firmware_script_busy(const struct sim *sim)
{
    const struct script *s = &sim->world.firmware.script;
    // while the PLR works on its command, what stands behind does not count
    return s->wait != SCRIPT_NOTHING || s->at < (s->plr ? s->outer : s->len);
}

/// A line that cannot be run ends the whole script, as Klipper does.
static void fail(struct sim *sim, const char *line, const char *why)
{
    world_note(sim, "G-code '%.60s': %s; the rest of the macro is not run", line, why);
    clear(script_of(sim));
    sim->world.firmware.script.failed = true;
}

// --- lines -----------------------------------------------------------------------------------------

/// SET_KINEMATIC_POSITION X= Y= Z=: the firmware believes it, wherever the machine stands.
static void set_position(struct sim *sim, const struct plr_gcode_line *line)
{
    static const char *const keys[] = {"X", "Y", "Z"};
    struct firmware *fw = &sim->world.firmware;
    int64_t was[2] = {fw->xy_nm[0], fw->xy_nm[1]}, nm;

    for (int i = 0; i < 2; i++)
        if (!plr_gcode_arg_number(line, keys[i], &nm))
            fw->xy_nm[i] = nm;
    plant_xy_set(&sim->world.plant, &sim->model, was, fw->xy_nm);
    if (!plr_gcode_arg_number(line, keys[2], &nm)) {
        int32_t z[PLR_Z_MAX];
        for (int i = 0; i < PLR_Z_MAX; i++) // relative heights stay as they are
            z[i] = fw->z_nm[i] - fw->z_nm[0] + (int32_t)nm;
        firmware_z_set(sim, z);
    }
    fw->energised |= PLR_MOTOR_XY | ((1u << sim->model.printer.z_motors) - 1u);
    adopt(sim);
}

/// FORCE_MOVE STEPPER=stepper_z1 DISTANCE= VELOCITY=: one Z motor alone, whatever the machine believes; and it goes on believing that.
static int force_move(struct sim *sim, const struct plr_gcode_line *line)
{
    static const char name[] = "stepper_z";
    struct firmware *fw = &sim->world.firmware;
    struct script *s = script_of(sim);
    const char *stepper;
    int64_t way_nm, speed_nm_s;
    int motor = 0, len = plr_gcode_arg(line, "STEPPER", &stepper);

    if (len < (int)sizeof name - 1 || strncasecmp(stepper, name, sizeof name - 1) != 0 ||
        len > (int)sizeof name)
        return PLR_EINVAL;
    if (len == (int)sizeof name)
        motor = stepper[sizeof name - 1] - '0';
    if (motor < 0 || motor >= sim->model.printer.z_motors || (motor == 0 && len == sizeof name) ||
        plr_gcode_arg_number(line, "DISTANCE", &way_nm) ||
        plr_gcode_arg_number(line, "VELOCITY", &speed_nm_s))
        return PLR_EINVAL;
    int error = firmware_port.energise(sim, fw->energised | 1u << motor);
    memcpy(s->forced_nm, fw->z_nm, sizeof s->forced_nm);
    if (!error)
        error = firmware_manual_z(sim, 1u << motor, way_nm, speed_nm_s, 0);
    if (!error)
        s->wait = SCRIPT_FORCED;
    return error;
}

static int start_move(struct sim *sim, const struct plr_action *action)
{
    struct firmware *fw = &sim->world.firmware;
    const uint32_t motors = PLR_MOTOR_XY | ((1u << sim->model.printer.z_motors) - 1u);

    if ((fw->energised & motors) != motors ||
        fw->drivers_lost) { // any move energises, as firmwares do
        int error = firmware_port.energise(sim, motors);
        if (error)
            return error;
    }
    return firmware_manual_line(sim, action->to_nm, action->e_nm, action->feed_nm_s);
}

/// G28: X and Y on their endstops at the height where the nozzle stands; then Z, downwards in any case. A machine with z_plus endstops
/// and nothing else said has its own Z endstop as a pin beside the bed. Others go down where they are, or where [safe_z_home] says.
static int home(struct sim *sim, const struct plr_action *action)
{
    struct script *s = script_of(sim);
    const uint32_t motors = PLR_MOTOR_XY | ((1u << sim->model.printer.z_motors) - 1u);

    s->axes = action->axes;
    s->wait = SCRIPT_HOME_XY;
    int error = firmware_port.energise(sim, motors);
    if (!error && (action->axes & 3u))
        error = firmware_manual_home_xy(sim);
    return error;
}

static int64_t true_tip(struct sim *sim)
{
    struct plant_pose pose;
    int64_t tip[3];

    world_heat(sim);
    firmware_pose(sim, &pose);
    plant_nozzle(&sim->world.plant, &sim->model, &pose, tip);
    return tip[2];
}

/// Down until the endstop at bed level (the pin's height, too), or whatever is first under a probe.
static int go_down(struct sim *sim)
{
    int64_t under = sim_macros_z_home(sim->macros).probe ? world_surface(sim) : 0;
    int64_t to = under > 0 ? under : 0; // beside the bed the bed's height is as good as any

    script_of(sim)->wait = SCRIPT_HOME_DOWN;
    return firmware_manual_z(sim, (1u << sim->model.printer.z_motors) - 1u, to - true_tip(sim),
                             home_speed_nm_s, 0);
}

static int home_z(struct sim *sim)
{
    struct script *s = script_of(sim);
    const struct sim_z_home place = sim_macros_z_home(sim->macros);
    const int64_t pin[2] = {sim->model.printer.travel_nm[0] * 2 / 3,
                            sim->model.printer.travel_nm[1]};

    s->wait = SCRIPT_NOTHING;
    if (!(s->axes & 4u))
        return 0;
    if (place.somewhere) {
        s->wait = SCRIPT_HOME_PLACE;
        return firmware_manual_xy(sim, place.at_nm, home_travel_nm_s);
    }
    if (place.probe || sim->model.printer.z_plus.kind == LAB_SWITCH_NONE)
        return go_down(sim);
    s->wait = SCRIPT_HOME_PLACE;
    return firmware_manual_xy(sim, pin, home_travel_nm_s);
}

/// All motors' counters shift alike, so that Z is `height_nm`.
static void homed_z(struct sim *sim, int64_t height_nm)
{
    struct firmware *fw = &sim->world.firmware;
    int32_t z[PLR_Z_MAX], was = fw->z_nm[0];

    for (int i = 0; i < PLR_Z_MAX; i++)
        z[i] = fw->z_nm[i] - was + (int32_t)height_nm;
    firmware_z_set(sim, z);
    adopt(sim);
}

/// Does the PLR still home Z, the one command that takes time?
static bool plr_at_work(struct sim *sim)
{
    enum plr_phase phase = sim->dut->phase(sim);
    return phase == PLR_PHASE_CALIBRATE ||
           (phase >= PLR_PHASE_HOME_Z0 && phase <= PLR_PHASE_VERIFY);
}

static bool takes_time(const char *line)
{
    static const char *const names[] = {"PLR_Z_HOME", "PLR_RESUME_PRINT"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncasecmp(line, names[i], strlen(names[i])))
            return true;
    return false;
}

/// A line gives the PLR a command. In a hook of one that is under way only what is done at once can be: the wait is the outer one's.
static int plr_command_line(struct sim *sim, const char *line, size_t len)
{
    struct script *s = script_of(sim);
    bool within = s->plr || plr_at_work(sim);

    if (within && takes_time(line)) {
        world_note(sim, "> %.70s: %s", line, plr_strerror(PLR_EBUSY));
        return PLR_EBUSY;
    }
    if (!within) {
        s->outer = s->at;
        s->plr = true;
    }
    int error = dut_tell(sim, line, len);
    sim->world.dut_wake_us = sim->world.now_us;
    return error;
}

static int act(struct sim *sim, const struct plr_action *action, const char *text, size_t len)
{
    struct script *s = script_of(sim);

    switch (action->kind) {
    case PLR_ACT_MOVE: return start_move(sim, action);
    case PLR_ACT_HOME: return home(sim, action);
    case PLR_ACT_DWELL:
        s->wait = SCRIPT_DWELL;
        s->until_us = sim->world.now_us + action->time_us;
        return 0;
    case PLR_ACT_WAIT:
        s->wait = SCRIPT_HEAT;
        s->heater = action->heater;
        s->low_mc = action->heat_mc[0];
        s->high_mc = action->heat_mc[1];
        s->cool_too = action->wait_cool;
        return 0;
    case PLR_ACT_COMMAND: return plr_command_line(sim, text, len);
    case PLR_ACT_ARC:
    case PLR_ACT_START: return PLR_ENOENT; // of a macro nobody expects them
    case PLR_ACT_NONE:
    case PLR_ACT_SYNC:
    case PLR_ACT_RETRACT:
    case PLR_ACT_END: break;
    case PLR_ACT_UNKNOWN:
        world_note(sim, "macro line '%.60s': unknown here, did nothing", text);
        break;
    }
    return 0;
}

static int run_line(struct sim *sim, const char *text, size_t len)
{
    struct firmware *fw = &sim->world.firmware;
    struct plr_modal before;
    struct plr_gcode_line line;
    struct plr_action action;

    if (plr_gcode_lex(text, len, &line))
        return PLR_EINVAL;
    if (line.kind == PLR_GCODE_EXTENDED && plr_gcode_is(&line, "SET_KINEMATIC_POSITION")) {
        set_position(sim, &line);
        return 0;
    }
    if (line.kind == PLR_GCODE_EXTENDED && plr_gcode_is(&line, "FORCE_MOVE"))
        return force_move(sim, &line);
    adopt(sim);
    before = fw->ahead;
    if (plr_modal_apply(&fw->ahead, &line, &action))
        return PLR_EINVAL;
    fw->exec = fw->ahead;
    firmware_outputs(sim, &before);
    return act(sim, &action, text, len);
}

/// Begin the next line. Macros are replaced by what they expand to.
static void next_line(struct sim *sim)
{
    struct script *s = script_of(sim);
    char line[512], expanded[SCRIPT_TEXT];
    size_t len = 0;

    while (s->at < s->len && s->text[s->at] != '\n') {
        if (len + 1 < sizeof line)
            line[len++] = s->text[s->at];
        s->at++;
    }
    s->at += s->at < s->len;
    line[len] = 0;
    const char *text = line + strspn(line, " \t");
    len = strlen(text);
    if (!len)
        return;
    if (++s->lines > SCRIPT_LINES) {
        fail(sim, text, "too many lines: a macro that calls itself?");
        return;
    }
    int size = sim_macros_expand(sim, text, expanded, sizeof expanded);
    if (size >= 0) {
        if (insert(s, expanded, (size_t)size))
            fail(sim, text, "too much text");
        return;
    }
    int error = size == PLR_ENOENT ? run_line(sim, text, len) : size;
    if (error)
        fail(sim, text, plr_strerror(error));
}

// --- turns -----------------------------------------------------------------------------------------

static bool warm(struct sim *sim, int64_t *wake)
{
    const struct script *s = script_of(sim);
    int heater = s->heater > 0 ? 1 : s->heater;

    world_heat(sim);
    int32_t now = plant_heat_read(&sim->world.plant, heater);
    int32_t target = heater >= 0 ? sim->world.firmware.target_mc[heater] : 0;
    int32_t low = s->low_mc != INT32_MIN ? s->low_mc : target ? target - 2000 : INT32_MIN;
    int32_t high = s->high_mc != INT32_MAX ? s->high_mc : s->cool_too ? target + 2000 : INT32_MAX;
    *wake = sim->world.now_us + heat_poll_us;
    return now >= low && now <= high;
}

/// Is what the last line began at its end?
static bool ended(struct sim *sim, int64_t *wake)
{
    struct script *s = script_of(sim);

    switch (s->wait) {
    case SCRIPT_NOTHING: return true;
    case SCRIPT_HEAT: return warm(sim, wake);
    case SCRIPT_DWELL: *wake = s->until_us; return sim->world.now_us >= s->until_us;
    case SCRIPT_HOME_XY:
    case SCRIPT_HOME_PLACE:
        if (s->wait == SCRIPT_HOME_XY ? home_z(sim) : go_down(sim))
            fail(sim, "G28", "a motor does not answer");
        adopt(sim);
        return s->wait == SCRIPT_NOTHING;
    case SCRIPT_HOME_DOWN: homed_z(sim, 0); return true;
    case SCRIPT_FORCED: firmware_z_set(sim, s->forced_nm); return true;
    }
    return true;
}

static bool active(const struct script *s)
{
    return s->at < s->len || s->wait != SCRIPT_NOTHING || s->plr;
}

int64_t firmware_script_turn(struct sim *sim)
{
    struct firmware *fw = &sim->world.firmware;
    struct script *s = &fw->script;
    int64_t wake = INT64_MAX;

    while (active(s) && fw->alive && !fw->job_running && fw->manual.kind == MANUAL_NONE) {
        if (!ended(sim, &wake))
            return wake;
        s->wait = SCRIPT_NOTHING;
        if (s->plr && s->at >= s->outer) {
            if (plr_at_work(sim))
                return INT64_MAX;
            s->plr = false;
        }
        if (s->at < s->len)
            next_line(sim);
    }
    return INT64_MAX;
}
