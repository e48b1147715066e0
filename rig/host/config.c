// What a bench and a scenario say of the core on this computer.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/input/config.h"
#include "rig/host/host.h"

#define LEAST_TICK_US 1000000 // a printer proves its place a few times a second

/// The tap of each motor's endstop.
static int find_taps(struct host_config *out, const struct bench *bench, struct lab_error *err)
{
    int64_t debounce_us = 0;

    for (int motor = 0; motor < out->plr.z_motors; motor++) {
        out->sense[motor] = BENCH_NONE;
        for (int32_t i = 0; i < bench->senses; i++)
            if (bench->sense[i].kind == BENCH_Z_PLUS && bench->sense[i].motor == motor)
                out->sense[motor] = i;
        if (out->sense[motor] == BENCH_NONE) {
            lab_error_at_file(err, bench->path,
                              "this printer has %d Z motors, and no sense of kind z_plus is that "
                              "of motor %d",
                              out->plr.z_motors, motor);
            return -EINVAL;
        }
        int64_t own_us = bench->sense[out->sense[motor]].debounce_us;
        debounce_us = own_us > debounce_us ? own_us : debounce_us;
    }
    out->slack_us = bench->core.settle_us;
    out->settle_us = debounce_us + out->slack_us;
    return 0;
}

/// What the scenario consents to, in the command's words.
static void consents(uint32_t consent, char out[64])
{
    static const struct {
        uint32_t bit;
        const char *word;
    } known[] = {{PLR_CONSENT_COLD_BED, "cold_bed"},
                 {PLR_CONSENT_FILE, "file"},
                 {PLR_CONSENT_CALIBRATION, "calibration"}};

    snprintf(out, 64, "resume");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (consent & known[i].bit) {
            strcat(out, ",");
            strcat(out, known[i].word);
        }
}

/// On this computer a save keeps no printer waiting, and nobody is told of a cut.
static void fit(struct plr_config *c)
{
    c->z_reference = PLR_Z_PLUS;
    c->power_fail_input = c->load_guard = c->stability_check = c->adaptive_interval = false;
    c->lift_cycles = 0;
    if (c->tick_interval_us < LEAST_TICK_US)
        c->tick_interval_us = LEAST_TICK_US;
}

int host_config_make(struct host_config *out, const struct bench *bench,
                     const struct lab_input *input, struct lab_error *err)
{
    const struct lab_scenario *s = &input->scenario;
    const struct bench_core *core = &bench->core;

    memset(out, 0, sizeof *out);
    if (s->printer.z_plus.kind == LAB_SWITCH_NONE) {
        lab_error_at_file(err, s->printer_path,
                          "dut: core finds Z by z_plus endstops, and this printer has none");
        return -EINVAL;
    }
    lab_plr_config(s, &s->printer, input->material, &out->plr);
    fit(&out->plr);
    int bad = find_taps(out, bench, err);
    if (bad)
        return bad;
    if (strpbrk(input->job.name, "\"\\;*\r\n")) {
        lab_error_at_file(err, s->job_path, "a printer cannot be told a file of this name");
        return -EINVAL;
    }
    out->job = &input->job;
    snprintf(out->file, sizeof out->file, "%s", input->job.name);
    snprintf(out->store, sizeof out->store, core->store[0] ? "%.190s" : "%.190s.plr",
             core->store[0] ? core->store : bench->path);
    snprintf(out->before, sizeof out->before, "%s",
             core->calibrate_gcode[0] ? core->calibrate_gcode : "G28");
    consents(s->consent, out->consent);
    out->step_nm = core->step_nm;
    // touches of another step are known to another length: a calibration made by them is another one
    out->plr.config_hash ^= (uint32_t)core->step_nm * UINT32_C(2654435761);
    out->klipper = bench->link.kind != BENCH_MARLIN;
    return 0;
}
