// DUT "macros": the core records, but a user's own restart_gcode brings the print back, as with the Klipper plugin.
// SPDX-License-Identifier: MIT
//
// PLR_RESUME_PRINT runs the restart_gcode of the configuration; its macros heat, lift, home and move as they please, and ask the
// core for PLR_Z_HOME MODE=RESUME. When they are done the core takes the print up where they left the nozzle. No gate looks
// before they run: what they do wrong is what this device shows.
#include <string.h>

#include "sim/firmware/macros.h"
#include "sim/world/world.h"

static struct user_dut *user_of(struct sim *sim)
{
    return &sim->world.dut.u.user;
}

static int boot(struct sim *sim)
{
    user_of(sim)->running = user_of(sim)->failed = false;
    return dut_core.boot(sim);
}

static int command(struct sim *sim, const char *text, size_t len)
{
    static const char resume[] = "PLR_RESUME_PRINT";

    if (len < sizeof resume - 1 || memcmp(text, resume, sizeof resume - 1) != 0)
        return dut_core.command(sim, text, len);
    if (user_of(sim)->running || dut_core.phase(sim) != PLR_PHASE_CONSENT)
        return PLR_EBUSY;
    const char *restart = sim->macros ? sim_macros_restart(sim->macros) : "";
    user_of(sim)->running = restart[0] != 0;
    user_of(sim)->failed = !restart[0];
    if (!restart[0])
        world_note(sim, "the configuration has no restart_gcode: nothing brings the print back");
    return firmware_script(sim, restart, strlen(restart));
}

static int power_fail(struct sim *sim)
{
    user_of(sim)->running = false; // macros forget what they did
    return dut_core.power_fail(sim);
}

static bool drivers(struct sim *sim, bool well)
{
    user_of(sim)->running &= well;
    return dut_core.drivers(sim, well);
}

static int64_t poll(struct sim *sim)
{
    struct user_dut *user = user_of(sim);
    const struct script *script = &sim->world.firmware.script;

    if (!user->running || firmware_script_busy(sim) || script->plr)
        return dut_core.poll(sim);
    user->running = false;
    if (script->failed || dut_core.phase(sim) != PLR_PHASE_CONSENT)
        user->failed = true;
    else
        user->failed = plr_resume_here(&user->core, &firmware_port, sim) != 0;
    return 0;
}

static enum plr_phase phase(const struct sim *sim)
{
    const struct user_dut *user = &sim->world.dut.u.user;
    const struct script *script = &sim->world.firmware.script;
    enum plr_phase core = dut_core.phase(sim);

    if (!user->running || (core != PLR_PHASE_IDLE && core != PLR_PHASE_CONSENT))
        return core;
    if (script->wait == SCRIPT_HEAT)
        return PLR_PHASE_HEAT;
    return script->wait == SCRIPT_NOTHING ? PLR_PHASE_APPROACH : PLR_PHASE_HOME_XY;
}

static enum plr_result result(const struct sim *sim)
{
    const struct user_dut *user = &sim->world.dut.u.user;
    if (user->failed)
        return PLR_RESULT_REFUSED;
    return user->running ? PLR_RESULT_PENDING : dut_core.result(sim);
}

static enum plr_reason reason(const struct sim *sim)
{
    return sim->world.dut.u.user.failed ? PLR_REASON_MACHINE : dut_core.reason(sim);
}

const struct dut dut_macros = {
    .name = "macros",
    .boot = boot,
    .job_begin = dut_core_job_begin,
    .job_end = dut_core_job_end,
    .line = dut_core_line,
    .console = dut_core_console,
    .homed = dut_core_homed,
    .power_fail = power_fail,
    .drivers = drivers,
    .command = command,
    .cancel = dut_core_cancel,
    .poll = poll,
    .phase = phase,
    .result = result,
    .reason = reason,
    .saves = dut_core_saves,
    .knows = dut_core_knows,
    .kept = dut_core_kept,
};
