// A user's own macros in the simulated firmware: what `printer` is to a template, and the expansion of a call.
// SPDX-License-Identifier: MIT
#include "sim/firmware/macros.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/klipper/macro.h"
#include "core/klipper/section.h"
#include "sim/world/world.h"

struct sim_macros {
    struct klipper_conf *conf;
    struct klipper_macros *table;
    struct klipper_plr options;
};

int sim_macros_open(struct sim_macros **out, const char *path)
{
    struct sim_macros *macros = calloc(1, sizeof *macros);

    *out = macros;
    if (!macros)
        return -ENOMEM;
    int error = klipper_conf_open(&macros->conf, path, NULL);
    if (!error)
        error = klipper_plr_read(macros->conf, &macros->options, NULL);
    if (!error)
        error = klipper_macros_open(&macros->table, macros->conf, NULL);
    return error ? -EINVAL : 0;
}

void sim_macros_close(struct sim_macros *macros)
{
    if (!macros)
        return;
    klipper_macros_close(macros->table);
    klipper_conf_close(macros->conf);
    free(macros);
}

static const char *text_of(const struct sim_macros *macros, enum plr_option_id id)
{
    const char *text = macros->options.option[id].text;
    return text ? text : "";
}

const char *sim_macros_hook(const struct sim_macros *macros, enum plr_hook hook)
{
    static const enum plr_option_id options[] = {
        [PLR_HOOK_BEFORE_RESUME] = PLR_O_before_resume_gcode,
        [PLR_HOOK_AFTER_RESUME] = PLR_O_after_resume_gcode,
        [PLR_HOOK_BEFORE_CALIBRATE] = PLR_O_before_calibrate_gcode,
        [PLR_HOOK_AFTER_CALIBRATE] = PLR_O_after_calibrate_gcode};
    return text_of(macros, options[hook]);
}

const char *sim_macros_restart(const struct sim_macros *macros)
{
    return text_of(macros, PLR_O_restart_gcode);
}

struct sim_z_home sim_macros_z_home(const struct sim_macros *macros)
{
    static const char virtual_endstop[] = "probe:z_virtual_endstop";
    struct sim_z_home home = {0};
    const struct klipper_option *at =
        macros ? klipper_conf_find(macros->conf, "safe_z_home", "home_xy_position") : NULL;
    const struct klipper_option *pin =
        macros ? klipper_conf_find(macros->conf, "stepper_z", "endstop_pin") : NULL;

    home.probe = pin && strstr(pin->value, virtual_endstop);
    const char *comma = at ? strchr(at->value, ',') : NULL;
    if (comma) {
        const char *y = comma + 1 + strspn(comma + 1, " ");
        home.somewhere =
            plr_gcode_number(at->value, (size_t)(comma - at->value), &home.at_nm[0]) > 0 &&
            plr_gcode_number(y, strlen(y), &home.at_nm[1]) > 0;
    }
    return home;
}

// --- what a template sees --------------------------------------------------------------------------

/// printer.configfile.config: every section with its options as they stand.
static json_t *configfile(const struct sim_macros *macros)
{
    json_t *config = json_object();

    for (const struct klipper_section *s = klipper_conf_first(macros->conf); s; s = s->next) {
        json_t *section = json_object();
        for (const struct klipper_option *o = s->first; o; o = o->next)
            json_object_set_new(section, o->name, json_string(o->value));
        json_object_set_new(config, s->name, section);
    }
    return json_pack("{s:o}", "config", config);
}

/// printer.save_variables.variables: the saved state under the name the plugin's macros look for it.
static json_t *save_variables(struct sim *sim)
{
    json_t *variables = json_object();
    char told[DUT_ANSWER];

    (void)dut_ask(sim, "PLR_QUERY_SAVED_STATE JSON=1", told, sizeof told);
    json_t *state = json_loads(told, 0, NULL);
    if (json_is_true(json_object_get(state, "saved")))
        json_object_set(variables, "resume_meta_info", state);
    json_decref(state);
    return json_pack("{s:o}", "variables", variables);
}

/// This machine's fans: the part's is always there, others by their sections.
static json_t *fan(const struct sim *sim, const char *name)
{
    double speed = strcmp(name, "fan") ? 0.0 : (double)sim->world.firmware.fan_ppm[0] * 1e-6;
    return json_pack("{s:f}", "speed", speed);
}

/// A heater as its printer object: 0 the bed, 1 the nozzle.
static json_t *heater(struct sim *sim, int which)
{
    world_heat(sim);
    return json_pack("{s:f, s:f}", "temperature",
                     (double)plant_heat_read(&sim->world.plant, which) * 1e-3, "target",
                     (double)sim->world.firmware.target_mc[which] * 1e-3);
}

static json_t *object(void *ctx, const char *name)
{
    struct sim *sim = ctx;
    const struct firmware *fw = &sim->world.firmware;

    if (!strcmp(name, "configfile"))
        return configfile(sim->macros);
    if (!strcmp(name, "save_variables"))
        return save_variables(sim);
    if (!strcmp(name, "toolhead"))
        return json_pack("{s:s, s:{s:f, s:f, s:f}}", "extruder", "extruder", "position", "x",
                         (double)fw->xy_nm[0] * 1e-6, "y", (double)fw->xy_nm[1] * 1e-6, "z",
                         (double)fw->z_nm[0] * 1e-6);
    if (!strcmp(name, "fan"))
        return fan(sim, name);
    if (!strcmp(name, "heater_bed") || !strcmp(name, "extruder"))
        return heater(sim, name[0] == 'e');
    return klipper_conf_section(sim->macros->conf, name) ? fan(sim, name) : NULL;
}

static void respond(void *ctx, const char *text)
{
    world_note(ctx, "macro: %s", text);
}

/// Something of `printer` that is not simulated: said once for each place.
static void unknown(void *ctx, const struct klipper_unknown *what)
{
    struct sim *sim = ctx;
    const char *slash = strrchr(what->file, '/'), *file = slash ? slash + 1 : what->file;
    char text[SIM_NOTE];

    snprintf(text, sizeof text, "macro: nothing for %.44s (%.36s:%d)", what->name, file,
             what->line);
    for (int32_t i = 0; i < sim->notes; i++)
        if (!strcmp(sim->note[i], text))
            return;
    world_note(sim, "%s", text);
}

int sim_macros_expand(struct sim *sim, const char *line, char *out, size_t room)
{
    const struct klipper_host host = {object, respond, unknown, sim};
    size_t word = strcspn(line, " \t;=");
    struct lab_error err;

    const struct klipper_macro *macro =
        sim->macros ? klipper_macro_find(sim->macros->table, line, word) : NULL;
    if (!macro)
        return PLR_ENOENT;
    lab_error_clear(&err);
    int len = klipper_macro_expand(sim->macros->table, macro, line, &host, out, room, &err);
    if (len >= 0)
        return len;
    world_note(sim, "macro %s, line %d: %s", macro->name, (int)err.line, err.message);
    return PLR_EINVAL;
}
