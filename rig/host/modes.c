// The job goes on: every mode that its next line depends on is said again, then the printer reads on in its file.
// SPDX-License-Identifier: MIT
//
// No printer begins in the midst of a line. So what is left of the running line is said as a move of its own, and the file goes on with
// the line behind it. Everything else is as the modal state holds it (core/plr/gcode): modes last, for the moves before want their own.
#include "rig/host/internal.h"

#include <inttypes.h>
#include <string.h>

static struct host *of(void *ctx)
{
    return ctx;
}

int host_job_seek(void *ctx, const struct plr_modal *modal, const struct plr_objects *objects,
                  const struct plr_progress *at, int64_t machine_nm[PLR_AXES])
{
    struct host *host = of(ctx);
    struct plr_modal behind;
    struct plr_action action;
    const char *text;
    size_t len;
    uint64_t next;

    if (host->lost)
        return PLR_EPOWER;
    if (at->file_offset > host->config.job->size)
        return PLR_ERANGE;
    memset(&host->seek, 0, sizeof host->seek);
    host->seek.modal = *modal;
    host->seek.at = *at;
    if (objects)
        host->seek.objects = *objects;
    host_place_begin(host, modal, at->file_offset, at->fraction_ppm);
    (void)host_place_line(host, &host->place, &text, &len, &next, &behind, &action);
    if (action.kind != PLR_ACT_MOVE) // what is no straight line is begun again
        host->seek.at.fraction_ppm = host->place.ppm = 0;
    memcpy(machine_nm, host->place.machine_nm, sizeof host->place.machine_nm);
    if (modal->mesh[0]) // Z is known by now, and the way down is to follow it
        host_say(host, "BED_MESH_PROFILE LOAD=\"%s\"", modal->mesh);
    return 0;
}

static void limits(struct host *host, const struct plr_modal *m)
{
    host_say(host, "M220 S%s", lab_micro((int64_t)m->feed_ppm * 100).s);
    host_say(host, "M221 S%s", lab_micro((int64_t)m->flow_ppm * 100).s);
    if (m->accel_um_s2)
        host_say(host, "M204 S%s", lab_micro((int64_t)m->accel_um_s2 * 1000).s);
    if (m->velocity_um_s && host->config.klipper)
        host_say(host, "SET_VELOCITY_LIMIT VELOCITY=%s",
                 lab_micro((int64_t)m->velocity_um_s * 1000).s);
    if (m->corner_um_s >= 0 && host->config.klipper)
        host_say(host, "SET_VELOCITY_LIMIT SQUARE_CORNER_VELOCITY=%s",
                 lab_micro((int64_t)m->corner_um_s * 1000).s);
    if (m->advance_us)
        host_say(host, host->config.klipper ? "SET_PRESSURE_ADVANCE ADVANCE=%s" : "M900 K%s",
                 lab_micro(m->advance_us).s);
}

static void objects(struct host *host)
{
    const struct plr_objects *list = &host->seek.objects;

    for (const char *name = plr_objects_next(list, NULL); name; name = plr_objects_next(list, name))
        host_say(host, list->numbered ? "M486 P%s" : "EXCLUDE_OBJECT NAME=\"%s\"", name);
}

/// The nozzle stands at the place: its coordinates are what the file calls them.
static void coordinates(struct host *host, const struct plr_modal *m)
{
    const int64_t *at = host->place.machine_nm;
    int64_t file_nm[3];
    bool shifted = false;

    for (int i = 0; i < 3; i++) {
        int64_t shift = m->g92_nm[i] + m->offset_nm[i];
        file_nm[i] = at[i] - shift;
        shifted |= shift != 0;
    }
    if (!shifted)
        return;
    if (host->config.klipper)
        host_say(host, "SET_GCODE_OFFSET X=%s Y=%s Z=%s", HOST_MM(m->offset_nm[0]),
                 HOST_MM(m->offset_nm[1]), HOST_MM(m->offset_nm[2]));
    host_say(host, "G92 X%s Y%s Z%s", HOST_MM(file_nm[0]), HOST_MM(file_nm[1]),
             HOST_MM(file_nm[2]));
}

/// What is left of the running line. E is what the file says, without the flow that the printer adds.
static void finish_line(struct host *host, const struct plr_modal *m,
                        const struct plr_modal *behind)
{
    int64_t e_nm = behind->at_nm[PLR_E] - m->at_nm[PLR_E];
    int64_t left = PLR_PPM - host->seek.at.fraction_ppm;

    e_nm = e_nm / PLR_PPM * left + e_nm % PLR_PPM * left / PLR_PPM;
    host_say(host, "G1 X%s Y%s Z%s E%s F%s", HOST_MM(behind->at_nm[0]), HOST_MM(behind->at_nm[1]),
             HOST_MM(behind->at_nm[2]), HOST_MM(e_nm), HOST_F(behind->feed_nm_s));
}

static void modes(struct host *host, const struct plr_modal *m)
{
    bool firmware_retracted = (m->flags & PLR_MODAL_RETRACTED) != 0;

    if (firmware_retracted)
        host_say(host, "G10");
    host_say(host, "G92 E%s", HOST_MM(m->at_nm[PLR_E]));
    host_say(host, "G1 F%s", HOST_F(m->feed_nm_s));
    if (m->plane != 17)
        host_say(host, "G%d", m->plane);
    host_say(host, m->flags & PLR_MODAL_REL_E ? "M83" : "M82");
    if (m->flags & PLR_MODAL_REL_XYZ)
        host_say(host, "G91");
    if (m->flags & PLR_MODAL_INCH)
        host_say(host, "G20");
}

int host_job_run(void *ctx)
{
    struct host *host = of(ctx);
    const struct plr_modal *m = &host->seek.modal;
    struct plr_modal behind;
    struct plr_action action;
    const char *text;
    size_t len;
    uint64_t next = host->seek.at.file_offset;
    bool midst = host->seek.at.fraction_ppm > 0;

    if (host->lost)
        return PLR_EPOWER;
    (void)host_place_line(host, &host->place, &text, &len, &next, &behind, &action);
    host_z_known(host);
    if (m->tool)
        host_say(host, "T%d", m->tool);
    host_say(host, "G21");
    host_say(host, "G90");
    host_say(host, "M83");
    limits(host, m);
    objects(host);
    coordinates(host, m);
    if (midst)
        finish_line(host, m, &behind);
    modes(host, midst ? &behind : m);
    host_say(host, "M400");
    host_say(host, "M23 %s", host->config.file);
    host_say(host, "M26 S%" PRIu64, midst ? next : host->seek.at.file_offset);
    host_say(host, "M24");
    host->running = true;
    return 0;
}
