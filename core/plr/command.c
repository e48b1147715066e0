// The PLR_* commands.
// SPDX-License-Identifier: MIT
#include "core/plr/internal.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t bit;
} consents[] = {
    {"resume", PLR_CONSENT_RESUME},
    {"cold_bed", PLR_CONSENT_COLD_BED},
    {"file", PLR_CONSENT_FILE},
    {"calibration", PLR_CONSENT_CALIBRATION},
};

static bool same(const char *text, size_t len, const char *name)
{
    return strlen(name) == len && !memcmp(text, name, len);
}

/// "resume,cold_bed" to bits. PLR_EINVAL for a word that is none of them.
static int parse_consents(const char *text, size_t len, uint32_t *bits)
{
    while (len) {
        const char *comma = memchr(text, ',', len);
        size_t word = comma ? (size_t)(comma - text) : len;
        uint32_t found = 0;
        for (size_t i = 0; i < sizeof consents / sizeof *consents; i++)
            if (same(text, word, consents[i].name))
                found = consents[i].bit;
        if (!found)
            return PLR_EINVAL;
        *bits |= found;
        size_t used = word + (comma != NULL);
        text += used;
        len -= used;
    }
    return 0;
}

static int resume(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_gcode_line *line)
{
    const char *names;

    if (plr->phase != PLR_PHASE_CONSENT)
        return plr->result == PLR_RESULT_NOTHING ? PLR_ENOENT : PLR_EBUSY;
    plr->consents = PLR_CONSENT_RESUME;
    int len = plr_gcode_arg(line, "CONSENT", &names);
    if (len > 0) {
        int error = parse_consents(names, (size_t)len, &plr->consents);
        if (error)
            return error;
    }
    struct plr_motion motion;
    int error = port->motion(ctx, &motion);
    if (error)
        return error;
    plr->kept =
        !plr->booted && !motion.lost && !plr->recovering; // after a cancel the motors never let go
    plr->in_place = false;
    plr_debug(plr, port, ctx,
              plr->kept     ? "the motors never let go: their heights are kept, nothing is homed"
              : plr->booted ? "power was away: the motors' heights are not believed"
              : motion.lost ? "the motors let go: their heights are not believed"
                            : "power failed in a recovery: heights are not believed",
              PLR_LOG_PLAIN);
    return plr_recover(plr, port, ctx);
}

static int calibrate(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->phase != PLR_PHASE_IDLE)
        return PLR_EBUSY;
    int error = port->energise(ctx, plr_z_mask(plr) | PLR_MOTOR_XY);
    if (!error)
        error = port->hook(ctx, PLR_HOOK_BEFORE_CALIBRATE);
    if (error)
        return error;
    plr->result = PLR_RESULT_PENDING;
    plr_zhome_begin(plr, true);
    return plr_enter(plr, port, ctx, PLR_PHASE_CALIBRATE);
}

/// Level by the switches and find Z, outside any recovery: what a user's own macro asks for. The nozzle must be clear and XY where
/// nothing is above.
static int level(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->phase != PLR_PHASE_IDLE && plr->phase != PLR_PHASE_CONSENT)
        return PLR_EBUSY;
    uint8_t from = (uint8_t)plr->phase;
    int error = plr_gate_calibration(plr, port, ctx);
    if (error)
        return error < 0 ? error : PLR_ENOENT;
    error = port->energise(ctx, plr_z_mask(plr) | PLR_MOTOR_XY);
    if (!error)
        error = port->hook(ctx, PLR_HOOK_BEFORE_RESUME);
    if (error)
        return error;
    plr->alone = true;
    plr->alone_in = from;
    plr->result = PLR_RESULT_PENDING;
    plr_zhome_begin(plr, false);
    return plr_enter(plr, port, ctx, PLR_PHASE_HOME_Z0);
}

static int z_home(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_gcode_line *line)
{
    const char *mode;

    int len = plr_gcode_arg(line, "MODE", &mode);
    if (len < 0)
        return PLR_EINVAL;
    if (plr->config.z_reference != PLR_Z_PLUS)
        return PLR_ENOENT;
    if (same(mode, (size_t)len, "CALIBRATE"))
        return calibrate(plr, port, ctx);
    return same(mode, (size_t)len, "RESUME") ? level(plr, port, ctx) : PLR_EINVAL;
}

static int query(struct plr *plr, const struct plr_port *port, void *ctx,
                 const struct plr_gcode_line *line)
{
    int64_t json = 0;

    int error = plr_gcode_arg_number(line, "JSON", &json);
    if (error && error != PLR_ENOENT)
        return error;
    return plr_query(plr, port, ctx, json != 0);
}

static int answer(const struct plr_port *port, void *ctx, const char *text)
{
    port->respond(ctx, text, (uint32_t)strlen(text));
    return 0;
}

/// Keep the name of the bed mesh that is active now. That there is none is no error: macros name this whether there is a mesh or not.
static int save_mesh(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (!plr->mounted)
        return PLR_ENOENT;
    if (!plr->after.mesh[0])
        return answer(port, ctx, "no bed mesh is active: none is kept\n");
    memcpy(plr->kept_mesh, plr->after.mesh, sizeof plr->kept_mesh);
    return plr_store_session(plr, port, ctx, plr->ended);
}

/// Load the profile whose name was kept.
static int load_mesh(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    static const char load[] = "BED_MESH_PROFILE LOAD=";
    char line[sizeof load + sizeof plr->kept_mesh];

    if (!plr->kept_mesh[0])
        return answer(port, ctx, "no bed mesh was kept: none is loaded\n");
    memcpy(line, load, sizeof load);
    memcpy(line + sizeof load - 1, plr->kept_mesh, sizeof plr->kept_mesh);
    return port->run_line(ctx, line);
}

/// Forget the unfinished job: it is not offered again.
static int reset(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->phase != PLR_PHASE_CONSENT && plr->phase != PLR_PHASE_IDLE)
        return PLR_EBUSY;
    plr->phase = PLR_PHASE_IDLE;
    plr->result = PLR_RESULT_NOTHING;
    plr->reason = PLR_REASON_ENDED;
    return plr->mounted ? plr_store_session(plr, port, ctx, true) : 0;
}

static int unknown(const struct plr_port *port, void *ctx, const struct plr_gcode_line *line)
{
    static const char before[] = "unknown command: ";

    port->respond(ctx, before, sizeof before - 1);
    port->respond(ctx, line->name, (uint32_t)line->name_len);
    port->respond(ctx, "\n", 1);
    return PLR_ENOENT;
}

static int run(struct plr *plr, const struct plr_port *port, void *ctx,
               const struct plr_gcode_line *line)
{
    // lines of the job too: plr_line has seen them, the recorder acts on its next poll
    if (plr_gcode_is(line, "PLR_ENABLE") || plr_gcode_is(line, "PLR_DISABLE"))
        return 0;
    if (plr_gcode_is(line, "PLR_SAVE_PRINT_STATE")) {
        plr->save_wanted = plr->save_now = true;
        return 0;
    }
    if (plr_gcode_is(line, "PLR_SAVE_PRINT_STATE_WITH_LAYER")) { // a layer mark like any other
        plr->save_wanted |= plr->config.save_on_layer;
        return 0;
    }
    if (plr_gcode_is(line, "PLR_RESUME_PRINT"))
        return resume(plr, port, ctx, line);
    if (plr_gcode_is(line, "PLR_Z_HOME"))
        return z_home(plr, port, ctx, line);
    if (plr_gcode_is(line, "PLR_RESET_PRINT_DATA"))
        return reset(plr, port, ctx);
    if (plr_gcode_is(line, "PLR_QUERY_SAVED_STATE"))
        return query(plr, port, ctx, line);
    if (plr_gcode_is(line, "PLR_SAVE_MESH"))
        return save_mesh(plr, port, ctx);
    if (plr_gcode_is(line, "PLR_LOAD_MESH"))
        return load_mesh(plr, port, ctx);
    return unknown(port, ctx, line);
}

int plr_command(struct plr *plr, const struct plr_port *port, void *ctx, const char *text,
                size_t len)
{
    struct plr_gcode_line line;

    if (plr_gcode_lex(text, len, &line) || line.kind != PLR_GCODE_EXTENDED)
        return PLR_EINVAL;
    int error = run(plr, port, ctx, &line);
    plr->dead |= error == PLR_EPOWER;
    return error;
}
