// What the served printer's firmware is told: jobs, G-code, commands to the PLR, the emergency stop.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "sim/serve/inside.h"

static struct firmware *firmware_of(struct printer *p)
{
    return &p->sim->world.firmware;
}

/// Go on at a byte of the file, with everything else as the console has left it.
static int begin_at(struct printer *p, uint64_t offset)
{
    struct firmware *fw = firmware_of(p);
    const struct plr_progress at = {.file_offset = offset};
    struct plr_modal modal = fw->ahead;
    int64_t machine_nm[PLR_AXES] = {fw->xy_nm[0], fw->xy_nm[1], fw->z_nm[0], 0};

    plr_modal_set_machine(&modal, 7u, machine_nm);
    int bad = firmware_port.job_seek(p->sim, &modal, NULL, &at, machine_nm);
    if (bad)
        return bad;
    p->sim->begun = true;
    return firmware_port.job_run(p->sim);
}

int printer_begin(struct printer *p, uint64_t offset)
{
    if (firmware_of(p)->job_running)
        return -EBUSY;
    if (offset) {
        printer_touch(p);
        return begin_at(p, offset);
    }
    int bad = p->sim->begun ? printer_fresh(p) : 0;
    if (bad)
        return bad;
    printer_touch(p);
    bad = printer_twin(p);
    if (!bad)
        sim_begin(p->sim);
    return bad;
}

void printer_pause(struct printer *p, bool paused)
{
    printer_touch(p);
    firmware_of(p)->paused = paused;
}

int printer_gcode(struct printer *p, const char *line)
{
    printer_touch(p);
    if (!firmware_of(p)->job_running)
        return firmware_script(p->sim, line, strlen(line));
    firmware_console(p->sim, line);
    return 0;
}

bool printer_busy(const struct printer *p)
{
    return firmware_script_busy(p->sim) || p->sim->world.firmware.manual.kind != MANUAL_NONE;
}

bool printer_failed(struct printer *p)
{
    bool failed = firmware_of(p)->script.failed;

    firmware_of(p)->script.failed = false;
    return failed;
}

int printer_command(struct printer *p, const char *line, char *out, size_t room)
{
    struct plr_gcode_line lexed;

    printer_touch(p);
    out[0] = '\0';
    bool reads = !plr_gcode_lex(line, strlen(line), &lexed);
    if (reads && firmware_of(p)->job_running &&
        (plr_gcode_is(&lexed, "PLR_ENABLE") || plr_gcode_is(&lexed, "PLR_DISABLE"))) {
        firmware_command(p->sim, line); // it counts from this place of the file on
        return 0;
    }
    int error = dut_ask(p->sim, line, out, room);
    p->sim->world.dut_wake_us = p->sim->world.now_us;
    p->wake_us = p->sim->world.now_us + 1; // the turn of now was had, as by a scenario's consent
    p->turned = true;
    return error;
}

void printer_release(struct printer *p)
{
    printer_touch(p);
    (void)firmware_port.energise(p->sim, 0);
}

void printer_kill(struct printer *p)
{
    struct firmware *fw = firmware_of(p);

    printer_touch(p);
    firmware_freeze(p->sim);
    (void)firmware_port.heaters_off(p->sim);
    (void)firmware_port.energise(p->sim, 0);
    fw->job_running = fw->barrier.set = fw->alive = false;
    fw->drivers_lost = true;
    memset(&fw->script, 0, sizeof fw->script);
    world_note(p->sim, "M112: the firmware has halted itself");
}

void printer_no_wait(struct printer *p)
{
    struct script *script = &firmware_of(p)->script;

    printer_touch(p);
    if (script->wait == SCRIPT_HEAT || script->wait == SCRIPT_DWELL)
        script->wait = SCRIPT_NOTHING;
}
