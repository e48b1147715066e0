// The machine as the core sees it: clock, memory, motion, senses, job and heat of a printer at the other end of a link.
// SPDX-License-Identifier: MIT
//
// A printer that is gone is, to the core, power that is gone: every call says PLR_EPOWER, and the core decides nothing.
#include "rig/host/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLOCK_SET_S 1577836800 // a computer whose clock is before 2020 was not told the time

static struct host *of(void *ctx)
{
    return ctx;
}

static int there(const struct host *host)
{
    return host->lost ? PLR_EPOWER : 0;
}

static uint64_t now_us(void *ctx)
{
    (void)ctx;
    return (uint64_t)lines_now_us();
}

static uint64_t wall_s(void *ctx)
{
    time_t now = time(NULL);

    (void)ctx;
    return now > CLOCK_SET_S ? (uint64_t)now : 0;
}

// --- memory -------------------------------------------------------------------------------------------------------

static int nv_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    return store_nv.read(&of(ctx)->store, block, offset, buffer, size);
}

static int nv_prog(void *ctx, uint32_t block, uint32_t offset, const void *data, uint32_t size)
{
    return store_nv.prog(&of(ctx)->store, block, offset, data, size);
}

static int nv_erase(void *ctx, uint32_t block)
{
    return store_nv.erase(&of(ctx)->store, block);
}

static int nv_sync(void *ctx)
{
    return store_nv.sync(&of(ctx)->store);
}

// --- motion -------------------------------------------------------------------------------------------------------

static void energise_klipper(struct host *host, uint32_t motors)
{
    static const char *const z[PLR_Z_MAX] = {"stepper_z", "stepper_z1", "stepper_z2", "stepper_z3"};

    for (int i = 0; i < host->plr.config.z_motors; i++)
        if ((motors >> i) & 1u)
            host_say(host, "SET_STEPPER_ENABLE STEPPER=%s ENABLE=1", z[i]);
    if (!(motors & PLR_MOTOR_XY))
        return;
    host_say(host, "SET_STEPPER_ENABLE STEPPER=stepper_x ENABLE=1");
    host_say(host, "SET_STEPPER_ENABLE STEPPER=stepper_y ENABLE=1");
}

/// Marlin has one switch for all motors of an axis.
static int energise(void *ctx, uint32_t motors)
{
    struct host *host = of(ctx);

    if (host->config.klipper)
        energise_klipper(host, motors);
    else
        host_say(host, motors & PLR_MOTOR_XY ? "M17" : "M17 Z");
    return there(host);
}

static int z_move(void *ctx, uint32_t motors, int32_t delta, int32_t speed, uint32_t watch)
{
    struct host *host = of(ctx);
    int bad = host->lost ? 0 : host_z_move(host, motors, delta, speed, watch);

    return host->lost ? PLR_EPOWER : bad;
}

static int xy_move(void *ctx, const int32_t to_nm[2], int32_t speed)
{
    struct host *host = of(ctx);

    host_say(host, "G90");
    host_say(host, "G0 X%s Y%s F%s", HOST_MM(to_nm[0]), HOST_MM(to_nm[1]), HOST_F(speed));
    host_say(host, "M400");
    return there(host);
}

static int xy_home(void *ctx)
{
    host_say(of(ctx), "G28 X Y");
    return there(of(ctx));
}

static int e_move(void *ctx, int32_t delta, int32_t speed)
{
    struct host *host = of(ctx);

    if (!delta)
        return there(host);
    host_say(host, "M83");
    host_say(host, "G1 E%s F%s", HOST_MM(delta), HOST_F(speed));
    host_say(host, "M400");
    return there(host);
}

/// By the time this computer hears of a cut nothing is left to brake.
static int brake(void *ctx)
{
    return there(of(ctx));
}

static int motion(void *ctx, struct plr_motion *out)
{
    struct host *host = of(ctx);
    int error = host->lost ? PLR_EPOWER : host->error;

    memset(out, 0, sizeof *out);
    host->error = 0;
    out->busy = host_busy(host);
    out->triggered = host->z.triggered;
    memcpy(out->z_motor_nm, host->z.at_nm, sizeof out->z_motor_nm);
    memcpy(out->latched_nm, host->z.at_nm, sizeof out->latched_nm);
    return error;
}

/// A save on this computer keeps no printer waiting.
static int32_t queued_us(void *ctx)
{
    (void)ctx;
    return INT32_MAX;
}

static int progress(void *ctx, struct plr_progress *out)
{
    struct host *host = of(ctx);

    memset(out, 0, sizeof *out);
    out->file_offset = host->place.at;
    out->fraction_ppm = host->place.ppm;
    memcpy(out->machine_nm, host->place.machine_nm, sizeof out->machine_nm);
    for (int i = 0; i < PLR_Z_MAX; i++)
        out->z_motor_nm[i] = (int32_t)host->place.machine_nm[PLR_Z];
    return there(host);
}

static int z_set(void *ctx, const int32_t z_motor_nm[PLR_Z_MAX])
{
    struct host *host = of(ctx);

    memcpy(host->z.at_nm, z_motor_nm, sizeof host->z.at_nm);
    host->z.astray = true;
    host_z_known(host);
    return there(host);
}

static int run_line(void *ctx, const char *line)
{
    host_say(of(ctx), "%s", line);
    return there(of(ctx));
}

static int hook(void *ctx, enum plr_hook which)
{
    struct host *host = of(ctx);

    if (which == PLR_HOOK_BEFORE_CALIBRATE) {
        host_say(host, "%s", host->config.before);
        host_say(host, "M400");
        host_z_adopt(host);
    }
    return there(host);
}

// --- sense --------------------------------------------------------------------------------------------------------

static int temperature(void *ctx, int heater, int32_t *mc)
{
    struct host *host = of(ctx);
    const struct link_status *status = link_status(host->link);
    const struct link_heater *of_all[] = {&status->chamber, &status->bed, &status->nozzle};

    if (heater < -1 || heater > 1)
        return host->lost ? PLR_EPOWER : PLR_ENOENT;
    *mc = of_all[heater + 1]->now_mc;
    return host->lost ? PLR_EPOWER : *mc == LINK_NO_TEMPERATURE ? PLR_ENOENT : 0;
}

static int switches(void *ctx, uint32_t *triggered)
{
    struct host *host = of(ctx);
    int bad = host_switches(host, triggered);

    return host->lost ? PLR_EPOWER : bad;
}

static int supply(void *ctx)
{
    return of(ctx)->lost ? PLR_EPOWER : 1;
}

// --- job file -----------------------------------------------------------------------------------------------------

static int job(void *ctx, struct plr_job *out)
{
    const struct lab_job *own = of(ctx)->config.job;
    size_t len = strlen(own->name), keep = sizeof out->name - 1;

    memset(out, 0, sizeof *out);
    if (len > keep)
        memcpy(out->name, own->name + (len - keep), keep);
    else
        memcpy(out->name, own->name, len);
    out->size = own->size;
    out->name_hash = own->name_hash;
    return there(of(ctx));
}

static int job_read(void *ctx, uint64_t offset, void *buffer, uint32_t size)
{
    const struct lab_job *own = of(ctx)->config.job;

    if (of(ctx)->lost)
        return PLR_EPOWER;
    if (offset >= own->size)
        return 0;
    uint64_t left = own->size - offset;
    uint32_t n = left < size ? (uint32_t)left : size;
    memcpy(buffer, own->data + offset, n);
    return (int)n;
}

// --- heaters and fans ---------------------------------------------------------------------------------------------

/// Where the printer tells of a heater in its chamber. To Klipper it is known by a name of its own. One that is off is not told so, for
/// not every Marlin that tells of a chamber can heat it.
static void heat_chamber(struct host *host, int32_t target_mc)
{
    const struct link_status *status = link_status(host->link);
    struct lab_decimal degrees = lab_micro((int64_t)target_mc * 1000);
    bool heats = status->chamber.target_mc != LINK_NO_TEMPERATURE &&
                 (target_mc || status->chamber.target_mc > 0);

    if (!heats)
        return;
    if (!host->config.klipper)
        host_say(host, "M141 S%s", degrees.s);
    else if (status->chamber_heater[0])
        host_say(host, "SET_HEATER_TEMPERATURE HEATER=\"%s\" TARGET=%s", status->chamber_heater,
                 degrees.s);
}

static int heat(void *ctx, int heater, int32_t target_mc)
{
    struct host *host = of(ctx);
    const struct lab_decimal degrees = lab_micro((int64_t)target_mc * 1000);

    if (heater == 0)
        host_say(host, "M140 S%s", degrees.s);
    else if (heater == 1)
        host_say(host, "M104 S%s", degrees.s);
    else if (heater > 1)
        host_say(host, "M104 T%d S%s", heater - 1, degrees.s);
    else
        heat_chamber(host, target_mc);
    return there(host);
}

/// M106 has 255 steps, rounded to the nearest. Further fans have numbers in Marlin, and names nobody told in Klipper.
static int fan(void *ctx, int which, int32_t ppm)
{
    struct host *host = of(ctx);
    int speed = (int)(((int64_t)ppm * 255 + PLR_PPM / 2) / PLR_PPM);

    if (which == 0)
        host_say(host, "M106 S%d", speed);
    else if (!host->config.klipper)
        host_say(host, "M106 P%d S%d", which, speed);
    return there(host);
}

static int heaters_off(void *ctx)
{
    struct host *host = of(ctx);

    host_say(host, "M104 S0");
    host_say(host, "M140 S0");
    heat_chamber(host, 0);
    host_say(host, "M107");
    return there(host);
}

// --- words --------------------------------------------------------------------------------------------------------

static void tell(const struct host *host, const char *what)
{
    if (host->config.tell)
        host->config.tell(host->config.ctx, what);
}

static void respond(void *ctx, const char *text, uint32_t len)
{
    char line[HOST_WHY];

    snprintf(line, sizeof line, "%.*s", (int)(len && text[len - 1] == '\n' ? len - 1 : len), text);
    tell(of(ctx), line);
}

static void log_line(void *ctx, const char *text, int64_t value)
{
    char line[HOST_WHY];

    if (value == PLR_LOG_PLAIN)
        snprintf(line, sizeof line, "%s", text);
    else
        snprintf(line, sizeof line, "%s: %" PRId64, text, value);
    tell(of(ctx), line);
}

const struct plr_port host_port = {
    .now_us = now_us,
    .nv = {nv_read, nv_prog, nv_erase, nv_sync},
    .energise = energise,
    .z_move = z_move,
    .xy_move = xy_move,
    .xy_home = xy_home,
    .e_move = e_move,
    .brake = brake,
    .motion = motion,
    .queued_us = queued_us,
    .progress = progress,
    .z_set = z_set,
    .run_line = run_line,
    .hook = hook,
    .temperature = temperature,
    .switches = switches,
    .supply = supply,
    .job = job,
    .job_read = job_read,
    .job_seek = host_job_seek,
    .job_run = host_job_run,
    .heat = heat,
    .fan = fan,
    .heaters_off = heaters_off,
    .wall_s = wall_s,
    .respond = respond,
    .log = log_line,
};
