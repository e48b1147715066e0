// The gate: may this print be resumed at all? Refuses with a reason rather than guess.
// SPDX-License-Identifier: MIT
#include "core/plr/internal.h"

#include <string.h>

static int check_file(struct plr *plr, const struct plr_port *port, void *ctx, bool *changed)
{
    struct plr_job job;
    struct plr_state seen;

    int error = port->job(ctx, &job);
    if (error)
        return error;
    *changed = job.size != plr->state.job.size || job.name_hash != plr->state.job.name_hash;
    if (*changed || !plr->state.window_size)
        return 0;
    error = plr_window(port, ctx, &seen, plr->state.window_at);
    *changed =
        seen.window_size != plr->state.window_size || seen.window_crc != plr->state.window_crc;
    return error;
}

static int refuse(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_reason reason,
                  int32_t value)
{
    int error = plr_refuse(plr, port, ctx, reason, value);
    plr->phase = PLR_PHASE_CONSENT; // nothing has moved: the operator may still consent to more
    return error ? error : 1;
}

static int gate_file(struct plr *plr, const struct plr_port *port, void *ctx)
{
    bool changed = false;

    int error = check_file(plr, port, ctx, &changed);
    if (error == PLR_ENOENT) {
        PLR_MARK(file_missing);
        return refuse(plr, port, ctx, PLR_REASON_FILE_MISSING, 0);
    }
    if (error)
        return error;
    if (changed && !(plr->consents & PLR_CONSENT_FILE)) {
        PLR_MARK(file_changed);
        return refuse(plr, port, ctx, PLR_REASON_FILE_CHANGED, 0);
    }
    plr_debug(plr, port, ctx,
              changed ? "gate: the file has changed, and the operator consents"
              : plr->state.window_size
                  ? "gate: the file has the saved size, name and CRC around the place; bytes"
                  : "gate: the file has the saved size and name, no CRC was saved; bytes",
              changed ? PLR_LOG_PLAIN : (int64_t)plr->state.job.size);
    return 0;
}

/// A tool that the machine cannot heat cannot go on, and not even leave the part.
static int gate_tool(struct plr *plr, const struct plr_port *port, void *ctx)
{
    const uint8_t tool = plr->state.modal.tool;
    int32_t mc;

    int error = port->temperature(ctx, 1 + tool, &mc);
    if (!error)
        plr_debug(plr, port, ctx, "gate: the machine has a heater for the tool", tool);
    return error == PLR_ENOENT ? refuse(plr, port, ctx, PLR_REASON_NO_TOOL, tool) : error;
}

/// Without mains a bed only cools, so what it shows now is the coldest since the cut.
static int gate_bed(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int32_t bed;

    const char *open = !plr->config.bed_gate_mc ? "gate: bed_gate is off"
                       : plr->consents & PLR_CONSENT_COLD_BED
                           ? "gate: the operator consents to any bed"
                       : !plr->state.modal.bed_mc ? "gate: the print was on a cold bed"
                                                  : NULL;
    if (open) {
        plr_debug(plr, port, ctx, open, PLR_LOG_PLAIN);
        return 0;
    }
    int error = port->temperature(ctx, 0, &bed);
    if (error)
        return error;
    if (bed < plr->config.bed_gate_mc) {
        PLR_MARK(bed_cold);
        return refuse(plr, port, ctx, PLR_REASON_BED_COLD, bed);
    }
    plr_debug(plr, port, ctx, "gate: the bed is above bed_gate by, mK",
              bed - plr->config.bed_gate_mc);
    return 0;
}

/// A calibration that may no longer be true: refused, unless the operator consents or the configuration says to warn only.
static int doubt(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_reason reason)
{
    if (plr->consents & PLR_CONSENT_CALIBRATION) {
        plr_debug(plr, port, ctx, "gate: the operator consents to a doubtful calibration; reason",
                  reason);
        return 0;
    }
    if (!plr->config.calibration_warns)
        return refuse(plr, port, ctx, reason, 0);
    port->log(ctx, plr_reason_text(reason), PLR_LOG_PLAIN);
    return 0;
}

/// A clock that was not set then or now, or runs backwards, says nothing about age.
static bool stale(const struct plr *plr, uint64_t now_s)
{
    uint64_t made_s = plr->calibration.made_s;
    return plr->config.calibration_max_age_s && made_s && now_s > made_s &&
           now_s - made_s > plr->config.calibration_max_age_s;
}

/// Which calibration Z is measured by, and how old it is, as far as clocks were set.
static void say_calibration(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    const struct plr_calibration *c = &plr->calibration;
    uint64_t now_s = port->wall_s(ctx);
    bool dated = c->made_s && now_s >= c->made_s;

    plr_debug(plr, port, ctx,
              dated ? "gate: Z is measured by the calibration of so many seconds ago"
                    : "gate: Z is measured by a calibration of unknown age",
              dated ? (int64_t)(now_s - c->made_s) : PLR_LOG_PLAIN);
}

int plr_gate_calibration(struct plr *plr, const struct plr_port *port, void *ctx)
{
    const struct plr_calibration *c = &plr->calibration;

    if (plr->config.z_reference != PLR_Z_PLUS || plr->kept) {
        plr_debug(plr, port, ctx,
                  plr->kept ? "gate: the motors kept Z, no calibration is needed"
                            : "gate: no z_plus endstops, no calibration is needed",
                  PLR_LOG_PLAIN);
        return 0;
    }
    if (!plr->calibrated) {
        PLR_MARK(calibration_missing);
        return refuse(plr, port, ctx, PLR_REASON_NO_CALIBRATION, 0);
    }
    if (c->z_motors !=
        plr->config.z_motors) // no consent makes up for a motor that was never measured
        return refuse(plr, port, ctx, PLR_REASON_OTHER_CALIBRATION, c->z_motors);
    int done = 0;
    if (c->config_hash != plr->config.config_hash)
        done = doubt(plr, port, ctx, PLR_REASON_OTHER_CALIBRATION);
    if (!done && stale(plr, port->wall_s(ctx)))
        done = doubt(plr, port, ctx, PLR_REASON_OLD_CALIBRATION);
    if (!done)
        say_calibration(plr, port, ctx);
    return done;
}

int plr_gate(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (!(plr->consents & PLR_CONSENT_RESUME))
        return refuse(plr, port, ctx, PLR_REASON_NO_CONSENT, 0);
    int done = gate_file(plr, port, ctx);
    if (!done && plr->config.z_reference == PLR_Z_LOOSE && !plr->kept) // no consent makes up for it
        done = refuse(plr, port, ctx, PLR_REASON_Z_LOOSE, 0);
    if (!done)
        done = gate_tool(plr, port, ctx);
    if (!done)
        done = gate_bed(plr, port, ctx);
    if (!done)
        done = plr_gate_calibration(plr, port, ctx);
    return done;
}
