// PLR_QUERY_SAVED_STATE: what is saved, and the calibration, for people and for machines.
// SPDX-License-Identifier: MIT
//
// The JSON has the field names of the Klipper plugin's guide; what the plugin has no name for stands beside them. Lengths in mm, as
// in a G-code file whose unit is mm: `position` is in the file's own coordinates.
#include "core/plr/answer.h"
#include "core/plr/internal.h"

static int64_t in_file(const struct plr_state *state, int axis)
{
    const struct plr_modal *m = &state->modal;
    int64_t offset = axis < PLR_E ? m->offset_nm[axis] : 0;
    return state->progress.machine_nm[axis] - m->g92_nm[axis] - offset;
}

static int64_t lifted_by(const struct plr_state *state)
{
    bool lifted = (state->flags & PLR_STATE_LIFTED) != 0;
    return lifted ? state->progress.z_motor_nm[0] - state->progress.machine_nm[PLR_Z] : 0;
}

static int64_t progress_ppm(const struct plr_state *state)
{
    return state->job.size ? (int64_t)(state->progress.file_offset * PLR_PPM / state->job.size) : 0;
}

/// "extruder", "extruder1" ...; the same for fans.
static void numbered(char out[16], const char *name, int number)
{
    int n = 0;
    for (; name[n] && n < 14; n++)
        out[n] = name[n];
    if (number)
        out[n++] = (char)('0' + number);
    out[n] = 0;
}

// --- JSON ------------------------------------------------------------------------------------------

static void decimal(struct plr_answer *a, const char *key, int64_t value, int places)
{
    plr_answer_key(a, key);
    plr_answer_decimal(a, value, places);
}

static void whole(struct plr_answer *a, const char *key, int64_t value)
{
    plr_answer_key(a, key);
    plr_answer_number(a, value);
}

static void yes(struct plr_answer *a, const char *key, bool value)
{
    plr_answer_key(a, key);
    plr_answer_text(a, value ? "true" : "false");
}

static void place(struct plr_answer *a, const struct plr_state *state)
{
    static const char *const axis[] = {"x", "y", "z"};

    plr_answer_key(a, "position");
    plr_answer_open(a);
    for (int i = 0; i < 3; i++)
        decimal(a, axis[i], in_file(state, i), 6);
    plr_answer_close(a);
    // a lift in the hold-up: the nozzle stands so far above `position`
    decimal(a, "lifted_by", lifted_by(state), 6);
    plr_answer_key(a, "xyz_offsets");
    plr_answer_open(a);
    for (int i = 0; i < 3; i++)
        decimal(a, axis[i], state->modal.offset_nm[i], 6);
    plr_answer_close(a);
    plr_answer_key(a, "fan_speeds");
    plr_answer_open(a);
    for (int i = 0; i < PLR_FAN_MAX; i++) {
        char name[16];
        numbered(name, "fan", i);
        if (!i || state->modal.fan_ppm[i]) // one that is not kept reads 0
            decimal(a, name, state->modal.fan_ppm[i], 6);
    }
    plr_answer_close(a);
    whole(a, "layer", state->modal.layer.number);
    decimal(a, "layer_height", state->modal.layer.height_nm, 6);
}

static void file(struct plr_answer *a, const struct plr_state *state)
{
    plr_answer_key(a, "file_progress");
    plr_answer_open(a);
    whole(a, "position", (int64_t)state->progress.file_offset);
    whole(a, "total_size", (int64_t)state->job.size);
    decimal(a, "progress_pct", progress_ppm(state), 4);
    whole(a, "fraction_ppm", state->progress.fraction_ppm);
    plr_answer_close(a);
    plr_answer_key(a, "window");
    plr_answer_open(a);
    whole(a, "offset", (int64_t)state->window_at);
    whole(a, "size", state->window_size);
    plr_answer_key(a, "crc32c");
    plr_answer_text(a, "\"");
    plr_answer_hex(a, state->window_crc);
    plr_answer_text(a, "\"");
    plr_answer_close(a);
    plr_answer_key(a, "current_file");
    plr_answer_string(a, state->job.name);
}

static void modes(struct plr_answer *a, const struct plr_modal *m)
{
    decimal(a, "speed_factor", m->feed_ppm, 6);
    decimal(a, "extrude_factor", m->flow_ppm, 6);
    decimal(a, "feedrate", m->feed_nm_s, 6);
    decimal(a, "pressure_advance", m->advance_us, 6);
    decimal(a, "max_accel", m->accel_um_s2, 3);
    yes(a, "absolute_coordinates", !(m->flags & PLR_MODAL_REL_XYZ));
    yes(a, "absolute_extrude", !(m->flags & (PLR_MODAL_REL_XYZ | PLR_MODAL_REL_E)));
    yes(a, "inches", (m->flags & PLR_MODAL_INCH) != 0);
    plr_answer_key(a, "bed_mesh");
    plr_answer_string(a, m->mesh);
}

static void objects(struct plr_answer *a, const struct plr_objects *o)
{
    plr_answer_key(a, "excluded_objects");
    plr_answer_list(a, true);
    for (const char *name = NULL; (name = plr_objects_next(o, name)) != NULL;)
        plr_answer_item(a, name);
    plr_answer_list(a, false);
    yes(a, "excluded_objects_full", o->full);
}

static void temperatures(struct plr_answer *a, const struct plr_modal *m)
{
    char tool[16];

    numbered(tool, "extruder", m->tool);
    plr_answer_key(a, "active_extruder");
    plr_answer_string(a, tool);
    decimal(a, "hotend_temp", m->nozzle_mc[m->tool], 3);
    decimal(a, "bed_temp", m->bed_mc, 3);
    decimal(a, "chamber_temp", m->chamber_mc, 3);
}

static void warmth(struct plr_answer *a, const char *key, int32_t mc)
{
    plr_answer_key(a, key);
    if (mc == INT32_MIN)
        plr_answer_text(a, "null");
    else
        plr_answer_decimal(a, mc, 3);
}

static void calibration(struct plr_answer *a, const struct plr *plr)
{
    const struct plr_calibration *c = &plr->calibration;

    plr_answer_key(a, "calibration");
    if (!plr->calibrated) {
        plr_answer_text(a, "null");
        return;
    }
    plr_answer_open(a);
    plr_answer_key(a, "offsets");
    plr_answer_open(a);
    for (int i = 0; i < c->z_motors; i++) {
        char name[16];
        numbered(name, "stepper_z", i);
        decimal(a, name, plr_calibration_offset(c, i), 6);
    }
    plr_answer_close(a);
    decimal(a, "reference_height", c->trigger_nm[0], 6);
    whole(a, "made", (int64_t)c->made_s);
    warmth(a, "hotend_temp", c->nozzle_mc);
    warmth(a, "bed_temp", c->bed_mc);
    warmth(a, "chamber_temp", c->chamber_mc);
    yes(a, "same_configuration", c->config_hash == plr->config.config_hash);
    plr_answer_close(a);
}

static void as_json(struct plr_answer *a, const struct plr *plr, const struct plr_state *state)
{
    plr_answer_open(a);
    plr_answer_key(a, "schema");
    plr_answer_string(a, "plr-state/1");
    yes(a, "saved", state != NULL);
    if (state) {
        place(a, state);
        file(a, state);
        temperatures(a, &state->modal);
        modes(a, &state->modal);
        objects(a, &plr->objects);
        whole(a, "session", state->session);
        decimal(a, "print_time", (int64_t)state->print_us, 6);
        yes(a, "braking", (state->flags & PLR_STATE_BRAKING) != 0);
    }
    calibration(a, plr);
    plr_answer_close(a);
    plr_answer_text(a, "\n");
}

// --- for people ------------------------------------------------------------------------------------

static void said(struct plr_answer *a, const char *before, int64_t value, int places,
                 const char *unit)
{
    plr_answer_text(a, before);
    plr_answer_decimal(a, value, places);
    plr_answer_text(a, unit);
}

static void say_state(struct plr_answer *a, const struct plr_state *state)
{
    const struct plr_modal *m = &state->modal;

    plr_answer_text(a, "saved state: ");
    plr_answer_text(a, state->job.name);
    plr_answer_text(a, ", layer ");
    plr_answer_number(a, m->layer.number);
    said(a, ", ", progress_ppm(state) / 1000, 1, " % of the file\n");
    said(a, "  position: X ", in_file(state, PLR_X) / 1000, 3, "");
    said(a, ", Y ", in_file(state, PLR_Y) / 1000, 3, "");
    said(a, ", Z ", in_file(state, PLR_Z) / 1000, 3, " mm");
    plr_answer_text(a, "; byte ");
    plr_answer_number(a, (int64_t)state->progress.file_offset);
    said(a, ", ", state->progress.fraction_ppm / 1000, 1, " % of that line\n");
    said(a, "  targets: hotend ", m->nozzle_mc[m->tool] / 100, 1, "");
    said(a, ", bed ", m->bed_mc / 100, 1, " degC");
    said(a, "; fan ", m->fan_ppm[0] / 1000, 1, " %");
    said(a, "; offset Z ", m->offset_nm[PLR_Z] / 1000, 3, " mm\n");
}

static void say_objects(struct plr_answer *a, const struct plr_objects *o)
{
    const char *name = NULL;

    if (!o->len && !o->full)
        return;
    plr_answer_text(a, "  excluded objects: ");
    for (bool first = true; (name = plr_objects_next(o, name)) != NULL; first = false) {
        plr_answer_text(a, first ? "" : ", ");
        plr_answer_text(a, name);
    }
    plr_answer_text(a, o->full ? "; NOT ALL: there was no room for more\n" : "\n");
}

static void say_calibration(struct plr_answer *a, const struct plr *plr, uint64_t now_s)
{
    const struct plr_calibration *c = &plr->calibration;

    if (!plr->calibrated) {
        plr_answer_text(a, "calibration: none; run PLR_Z_HOME MODE=CALIBRATE\n");
        return;
    }
    said(a, "calibration: stepper_z (reference) at ", c->trigger_nm[0] / 1000, 3, " mm\n");
    for (int i = 1; i < c->z_motors; i++) {
        char name[16];
        numbered(name, "stepper_z", i);
        plr_answer_text(a, "  ");
        plr_answer_text(a, name);
        said(a, " offset ", plr_calibration_offset(c, i) / 1000, 3, " mm\n");
    }
    if (c->nozzle_mc != INT32_MIN)
        said(a, "  made at hotend ", c->nozzle_mc / 100, 1, " degC");
    if (c->bed_mc != INT32_MIN)
        said(a, ", bed ", c->bed_mc / 100, 1, " degC");
    if (c->chamber_mc != INT32_MIN)
        said(a, ", chamber ", c->chamber_mc / 100, 1, " degC");
    if (c->made_s && now_s >= c->made_s)
        said(a, ", ", (int64_t)((now_s - c->made_s) * 10 / 3600), 1, " h ago");
    plr_answer_text(
        a, c->config_hash == plr->config.config_hash ? "\n" : ", WITH ANOTHER CONFIGURATION\n");
}

int plr_query(struct plr *plr, const struct plr_port *port, void *ctx, bool json)
{
    struct plr_state state;
    struct plr_answer answer;

    bool recovering = plr->phase >= PLR_PHASE_WARM && plr->phase <= PLR_PHASE_RESUME && !plr->alone;
    int error = plr->mounted ? plr_newest(plr, port, ctx, &state) : PLR_ENOENT;
    if (!error && recovering) // it knows more: progress ticks were read, too
        state = plr->state;
    if (error == PLR_EPOWER)
        return error;
    plr_answer_begin(&answer, port, ctx);
    if (json) {
        as_json(&answer, plr, error ? NULL : &state);
    } else {
        if (error)
            plr_answer_text(&answer, "saved state: none\n");
        else
            say_state(&answer, &state);
        if (!error)
            say_objects(&answer, &plr->objects);
        say_calibration(&answer, plr, port->wall_s(ctx));
    }
    plr_answer_end(&answer);
    return 0;
}
