// Saved states: the JSON of PLR_QUERY_SAVED_STATE JSON=1 and of the Klipper plugin, whose field names are the same.
// SPDX-License-Identifier: MIT
#include "core/resume/resume.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define STATE_MAX 1048576

/// One parse: the text is kept to point at what is wrong.
struct parse {
    struct resume_state *state;
    const char *file, *text;
    size_t size;
    struct lab_error *err;
};

// --- where a key stands -------------------------------------------------------------------------

/// Behind the string that begins at `at` (a quote).
static size_t behind_string(const struct parse *p, size_t at)
{
    for (at++; at < p->size && p->text[at] != '"'; at++)
        at += p->text[at] == '\\';
    return at + 1;
}

/// Offset of `key` among the members of the object whose brace is at `at`; p->size when it is not there. The text was parsed
/// before, so its form is known to be right.
static size_t find_key(const struct parse *p, size_t at, const char *key)
{
    size_t len = strlen(key), found = p->size;
    int depth = 0;

    for (; at < p->size; at++) {
        char c = p->text[at];
        if (c == '{' || c == '[')
            depth++;
        if ((c == '}' || c == ']') && --depth == 0)
            break;
        if (c != '"')
            continue;
        size_t end = behind_string(p, at), next = end;
        while (next < p->size && strchr(" \t\r\n", p->text[next]))
            next++;
        if (depth == 1 && next < p->size && p->text[next] == ':' && end - at == len + 2 &&
            !memcmp(p->text + at + 1, key, len))
            found = at;
        at = end - 1;
    }
    return found;
}

/// Offset of the key of a path "outer.inner".
static size_t find_path(const struct parse *p, const char *path)
{
    const char *dot = strchr(path, '.');
    char outer[64];
    size_t at = 0;

    while (at < p->size && p->text[at] != '{')
        at++;
    if (!dot)
        return find_key(p, at, path);
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - path), path);
    at = find_key(p, at, outer);
    while (at < p->size && p->text[at] != '{')
        at = p->text[at] == '"' ? behind_string(p, at) : at + 1;
    return find_key(p, at, dot + 1);
}

static void place(struct parse *p, int line, int column, const char *token, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void place(struct parse *p, int line, int column, const char *token, const char *format, ...)
{
    struct lab_place at = {p->file, p->text, p->size, line, column, token};
    va_list args;

    va_start(args, format);
    lab_error_at(p->err, &at, format, args);
    va_end(args);
}

/// Complain about the value of a key.
static int wrong(struct parse *p, const char *path, const char *what)
{
    size_t at = find_path(p, path), line_at = 0;
    int line = 1, column = 1;

    if (at == p->size)
        at = 0;
    for (size_t i = 0; i < at; i++)
        if (p->text[i] == '\n') {
            line++;
            line_at = i + 1;
        }
    for (size_t i = line_at; i < at; column++) {
        size_t step = lab_utf8(p->text + i, at - i);
        i += step ? step : 1;
    }
    const char *dot = strrchr(path, '.');
    place(p, line, column, dot ? dot + 1 : path, "'%s' %s", path, what);
    return LAB_EINVAL;
}

// --- values -----------------------------------------------------------------------------------------

/// Member "outer.inner" of the root; NULL when any of it is missing. *error is set when "outer" is no object.
static const json_t *member(struct parse *p, const json_t *root, const char *path, int *error)
{
    const char *dot = strchr(path, '.');
    char outer[64];

    if (!dot)
        return json_object_get(root, path);
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - path), path);
    const json_t *in = json_object_get(root, outer);
    if (in && !json_is_null(in) && !json_is_object(in)) {
        *error = wrong(p, outer, "must be an object");
        return NULL;
    }
    return json_object_get(in, dot + 1);
}

/// A number in millionths. 1 when it is there, 0 when not (or null), else an error.
static int take_number(struct parse *p, const json_t *root, const char *path, double low,
                       double high, int64_t *micro)
{
    int error = 0;
    const json_t *value = member(p, root, path, &error);
    char range[96];

    if (error || !value || json_is_null(value))
        return error;
    if (!json_is_number(value))
        return wrong(p, path, "must be a number");
    double number = json_number_value(value);
    if (!(number >= low && number <= high)) {
        snprintf(range, sizeof range, "must lie between %.10g and %.10g", low, high);
        return wrong(p, path, range);
    }
    *micro = (int64_t)(number * 1e6 + (number < 0 ? -0.5 : 0.5));
    return 1;
}

static int take_whole(struct parse *p, const json_t *root, const char *path, uint64_t most,
                      uint64_t *out)
{
    int error = 0;
    const json_t *value = member(p, root, path, &error);

    if (error || !value || json_is_null(value))
        return error;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > most)
        return wrong(p, path, "must be a whole number, not negative");
    *out = (uint64_t)json_integer_value(value);
    return 1;
}

static int take_text(struct parse *p, const json_t *root, const char *path, const char **out)
{
    int error = 0;
    const json_t *value = member(p, root, path, &error);

    if (error || !value || json_is_null(value))
        return error;
    if (!json_is_string(value))
        return wrong(p, path, "must be a text");
    *out = json_string_value(value);
    return 1;
}

static int take_point(struct parse *p, const json_t *root, const char *const paths[3],
                      int64_t point_nm[3], bool *has)
{
    int there = 0;

    for (int i = 0; i < 3; i++) {
        int taken = take_number(p, root, paths[i], -2000, 2000, &point_nm[i]);
        if (taken < 0)
            return taken;
        there += taken;
    }
    *has = there > 0;
    return 0;
}

/// Optional number with a mark that it was there.
static int take_marked(struct parse *p, const json_t *root, const char *path, double high,
                       int64_t divisor, int64_t *out, bool *has)
{
    int64_t micro;
    int taken = take_number(p, root, path, 0, high, &micro);

    if (taken > 0) {
        *out = micro / divisor;
        *has = true;
    }
    return taken < 0 ? taken : 0;
}

// --- the parts ----------------------------------------------------------------------------------------

static int take_file(struct parse *p, const json_t *root)
{
    struct resume_state *s = p->state;
    uint64_t fraction = 0, size = 0;
    const char *name;
    int error = take_whole(p, root, "file_progress.position", INT64_MAX, &s->file_position);

    if (error == 0)
        return wrong(p, "file_progress.position", "is missing: no place in the file is known");
    if (error > 0)
        error = take_whole(p, root, "file_progress.total_size", INT64_MAX, &s->total_size);
    s->has_size = error > 0 && s->total_size > 0;
    if (error >= 0)
        error = take_whole(p, root, "file_progress.fraction_ppm", PLR_PPM, &fraction);
    s->fraction_ppm = (int32_t)fraction;
    if (error >= 0)
        error = take_text(p, root, "current_file", &name);
    if (error > 0) {
        snprintf(s->name, sizeof s->name, "%s", name);
        s->has_name = s->name[0] != '\0';
    }
    if (error < 0)
        return error;
    error = take_whole(p, root, "window.offset", INT64_MAX, &s->window_at);
    if (error <= 0)
        return error;
    if ((error = take_whole(p, root, "window.size", 1u << 24, &size)) < 0)
        return error;
    const char *crc = "";
    char *end;
    if ((error = take_text(p, root, "window.crc32c", &crc)) < 0)
        return error;
    s->window_size = (uint32_t)size;
    s->window_crc = (uint32_t)strtoul(crc, &end, 16);
    if (strlen(crc) != 8 || *end)
        return wrong(p, "window.crc32c", "must be eight hexadecimal digits");
    s->has_window = size > 0;
    return 0;
}

/// "extruder", "extruder1" ...
static int take_tool(struct parse *p, const json_t *root)
{
    static const char word[] = "extruder";
    const char *name;
    int taken = take_text(p, root, "active_extruder", &name);

    if (taken <= 0)
        return taken;
    if (!strcmp(name, word))
        p->state->tool = 0;
    else if (!strncmp(name, word, sizeof word - 1) && name[8] > '0' &&
             name[8] < '0' + PLR_TOOL_MAX && !name[9])
        p->state->tool = name[8] - '0';
    else
        return wrong(p, "active_extruder", "must be extruder, extruder1, extruder2 or extruder3");
    return 0;
}

static int take_cancelled(struct parse *p, const json_t *root)
{
    struct resume_state *s = p->state;
    const json_t *list = json_object_get(root, "excluded_objects"), *value;
    size_t n;

    s->cancels_full = json_is_true(json_object_get(root, "excluded_objects_full"));

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return wrong(p, "excluded_objects", "must be a list of names");
    s->has_cancelled = true;
    json_array_foreach(list, n, value)
    {
        const char *name = json_string_value(value);
        if (!name || !name[0] || strlen(name) >= sizeof s->cancelled[0] || strpbrk(name, "\r\n\"'"))
            return wrong(p, "excluded_objects", "must be a list of names of up to 63 bytes");
        if (s->cancels == RESUME_CANCELLED_MAX)
            return wrong(p, "excluded_objects", "holds more names than there is room for");
        snprintf(s->cancelled[s->cancels++], sizeof s->cancelled[0], "%s", name);
    }
    return 0;
}

static int take_all(struct parse *p, const json_t *root)
{
    static const char *const position[3] = {"position.x", "position.y", "position.z"};
    static const char *const offset[3] = {"xyz_offsets.x", "xyz_offsets.y", "xyz_offsets.z"};
    struct resume_state *s = p->state;
    const char *schema = "";
    uint64_t layer = 0;
    int error = take_text(p, root, "schema", &schema);

    s->ours = error > 0 && !strcmp(schema, "plr-state/1");
    if (error > 0 && !s->ours)
        return wrong(p, "schema", "is unknown; this program reads plr-state/1");
    if ((error < 0) || (error = take_file(p, root)) ||
        (error = take_point(p, root, position, s->position_nm, &s->has_position)) ||
        (error = take_point(p, root, offset, s->offset_nm, &s->has_offsets)) ||
        (error = take_tool(p, root)) ||
        (error = take_marked(p, root, "hotend_temp", 1000, 1000, &s->hotend_mc, &s->has_hotend)) ||
        (error = take_marked(p, root, "bed_temp", 1000, 1000, &s->bed_mc, &s->has_bed)) ||
        (error = take_marked(p, root, "fan_speeds.fan", 1, 1, &s->fan_ppm, &s->has_fan)) ||
        (error = take_marked(p, root, "speed_factor", 100, 1, &s->speed_ppm, &s->has_speed)) ||
        (error = take_marked(p, root, "extrude_factor", 10, 1, &s->flow_ppm, &s->has_flow)) ||
        (error =
             take_marked(p, root, "pressure_advance", 10, 1, &s->advance_us, &s->has_advance)) ||
        (error = take_cancelled(p, root)))
        return error;
    error = take_whole(p, root, "layer", INT32_MAX, &layer);
    s->layer = error > 0 ? (int64_t)layer : -1;
    return error < 0 ? error : 0;
}

int resume_state_parse(struct resume_state *state, const char *file, const char *text, size_t size,
                       struct lab_error *err)
{
    struct parse p = {state, file, text, size, err};
    json_error_t bad;

    memset(state, 0, sizeof *state);
    state->tool = -1;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &bad);
    if (!root) {
        int line = bad.line > 0 ? bad.line : 1, column = bad.column > 0 ? bad.column : 1;
        place(&p, line, column, NULL, "this is no JSON: %s", bad.text);
        return LAB_EINVAL;
    }
    int error = LAB_EINVAL;
    if (json_is_object(root))
        error = take_all(&p, root);
    else
        place(&p, 1, 1, NULL, "a saved state is an object: {\"position\": ...}");
    json_decref(root);
    return error;
}

int resume_state_load(struct resume_state *state, const char *path, struct lab_error *err)
{
    FILE *in = fopen(path, "rb");
    char *text = in ? malloc(STATE_MAX + 1) : NULL;

    if (!text) {
        lab_error_at_file(err, path, "the saved state cannot be read: %s", strerror(errno));
        if (in)
            fclose(in);
        return in ? LAB_ENOMEM : LAB_ENOENT;
    }
    size_t size = fread(text, 1, STATE_MAX + 1, in);
    int error = ferror(in) ? LAB_EIO : size > STATE_MAX ? LAB_EFBIG : 0;
    fclose(in);
    if (error)
        lab_error_at_file(err, path,
                          error == LAB_EIO ? "the saved state cannot be read"
                                           : "is larger than 1 MiB: no saved state");
    else
        error = resume_state_parse(state, path, text, size, err);
    free(text);
    return error;
}
