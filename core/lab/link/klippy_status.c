// What Klipper says of its objects.
// SPDX-License-Identifier: MIT
#include "core/lab/link/klippy_status.h"

#include <string.h>

#include "core/lab/link/internal.h"

void klippy_know_nothing(struct klippy_known *known)
{
    memset(known, 0, sizeof *known);
    known->host = KLIPPY_STARTUP;
    known->job = LINK_READY;
    known->mcu_bytes = -1;
    known->print_us = known->now_us = LINK_UNKNOWN;
}

enum klippy_host klippy_host_of(const char *word)
{
    if (!strcmp(word, "ready"))
        return KLIPPY_READY;
    if (!strcmp(word, "startup"))
        return KLIPPY_STARTUP;
    if (!strcmp(word, "shutdown") || !strcmp(word, "error"))
        return KLIPPY_SHUTDOWN;
    return KLIPPY_GONE;
}

// --- values -------------------------------------------------------------------------------------------------------

/// A number times `scale`, rounded. False when it is none, or nothing that a machine could say.
static bool number(const json_t *value, double scale, int64_t *out)
{
    const double most = 1e15;
    double v = json_number_value(value) * scale;

    if (!json_is_number(value) || !(v > -most && v < most))
        return false;
    *out = (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
    return true;
}

static void keep_number(const json_t *object, const char *key, double scale, int64_t *out)
{
    int64_t value;

    if (number(json_object_get(object, key), scale, &value))
        *out = value;
}

/// Returns whether there is one.
static bool keep_text(const json_t *object, const char *key, char *out, size_t room)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_string(value))
        link_copy(out, room, json_string_value(value), json_string_length(value));
    return json_is_string(value);
}

/// Returns whether it was told.
static bool keep_temperature(const json_t *object, const char *key, int32_t *out)
{
    int64_t value;

    if (!number(json_object_get(object, key), 1e3, &value) || value <= -300000 || value >= 2000000)
        return false;
    *out = (int32_t)value;
    return true;
}

/// Returns whether its temperature was told.
static bool heater(const json_t *object, struct link_heater *out)
{
    (void)keep_temperature(object, "target", &out->target_mc);
    return keep_temperature(object, "temperature", &out->now_mc);
}

// --- objects ------------------------------------------------------------------------------------------------------

static void webhooks(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    char word[32];

    (void)out;
    if (keep_text(object, "state", word, sizeof word))
        known->host = klippy_host_of(word);
    (void)keep_text(object, "state_message", known->host_why, sizeof known->host_why);
}

static void virtual_sdcard(const json_t *object, struct klippy_known *known,
                           struct link_status *out)
{
    (void)known;
    keep_number(object, "file_position", 1, &out->file_at);
    keep_number(object, "file_size", 1, &out->file_size);
}

static void job_state(const char *word, struct klippy_known *known)
{
    static const struct {
        const char *word;
        enum link_state state;
    } row[] = {{"standby", LINK_READY}, {"printing", LINK_PRINTING},   {"paused", LINK_PAUSED},
               {"complete", LINK_DONE}, {"cancelled", LINK_CANCELLED}, {"error", LINK_FAULT}};

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (!strcmp(word, row[i].word))
            known->job = row[i].state;
}

static void print_stats(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    const json_t *info = json_object_get(object, "info");
    char word[32];
    int64_t layer;

    if (keep_text(object, "state", word, sizeof word))
        job_state(word, known);
    (void)keep_text(object, "message", known->job_why, sizeof known->job_why);
    (void)keep_text(object, "filename", out->file, sizeof out->file);
    keep_number(object, "total_duration", 1e6, &out->job_us);
    if (!json_is_object(info))
        return;
    // slicers count from 1; 0 says that no layer has begun
    if (number(json_object_get(info, "current_layer"), 1, &layer) && layer >= 0 &&
        layer < INT32_MAX) {
        known->layers = true;
        out->layer = (int32_t)layer - 1;
    }
}

static void gcode_move(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    const json_t *place = json_object_get(object, "gcode_position");
    int64_t at_nm[4];

    (void)known;
    for (size_t i = 0; i < 4; i++)
        if (!number(json_array_get(place, i), 1e6, &at_nm[i]))
            return;
    memcpy(out->at_nm, at_nm, sizeof at_nm);
}

static void toolhead(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    char axes[16];

    if (keep_text(object, "homed_axes", axes, sizeof axes))
        for (int i = 0; i < 3; i++)
            out->homed[i] = strchr(axes, "xyz"[i]) != NULL;
    keep_number(object, "print_time", 1e6, &known->print_us);
    keep_number(object, "estimated_print_time", 1e6, &known->now_us);
    if (known->print_us == LINK_UNKNOWN || known->now_us == LINK_UNKNOWN)
        return;
    int64_t ahead_us = known->print_us - known->now_us;
    known->ahead_us = ahead_us > 0 ? ahead_us : 0;
}

static void mcu(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    (void)out;
    keep_number(json_object_get(object, "last_stats"), "bytes_read", 1, &known->mcu_bytes);
}

static void extruder(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    known->heat |= heater(object, &out->nozzle);
}

static void heater_bed(const json_t *object, struct klippy_known *known, struct link_status *out)
{
    known->heat |= heater(object, &out->bed);
}

bool klippy_is_chamber(const char *object)
{
    return strstr(object, "chamber") && (!strncmp(object, "heater_generic ", 15) ||
                                         !strncmp(object, "temperature_sensor ", 19) ||
                                         !strncmp(object, "temperature_fan ", 16));
}

static const char heats[] = "heater_generic ";

bool klippy_is_heater(const char *object)
{
    return !strncmp(object, heats, sizeof heats - 1) ||
           (!strncmp(object, "extruder", 8) && object[8] >= '0' && object[8] <= '9');
}

/// Of sensors and fans only heater_generic heats.
static void chamber(const char *name, const json_t *object, struct link_status *out)
{
    (void)heater(object, &out->chamber);
    if (!strncmp(name, heats, sizeof heats - 1))
        snprintf(out->chamber_heater, sizeof out->chamber_heater, "%.39s", name + sizeof heats - 1);
}

/// What has a target is heated, but for the fans that have one, and what has its own place.
static void other(const char *name, const json_t *object, struct klippy_known *known,
                  struct link_status *out)
{
    bool own = !strcmp(name, "extruder") || !strcmp(name, "heater_bed");
    bool heats_it = klippy_is_heater(name) ||
                    (json_object_get(object, "target") && strncmp(name, "temperature_", 12) != 0);
    struct link_heater *to = own || !heats_it ? NULL : link_other(out, name);

    if (to)
        known->heat |= heater(object, to);
}

void klippy_read_status(json_t *status, struct klippy_known *known, struct link_status *out)
{
    static const struct {
        const char *name;
        void (*read)(const json_t *, struct klippy_known *, struct link_status *);
    } objects[] = {{"webhooks", webhooks},       {"virtual_sdcard", virtual_sdcard},
                   {"print_stats", print_stats}, {"gcode_move", gcode_move},
                   {"toolhead", toolhead},       {"mcu", mcu},
                   {"extruder", extruder},       {"heater_bed", heater_bed}};
    const char *name;
    json_t *object;

    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        object = json_object_get(status, objects[i].name);
        if (json_is_object(object))
            objects[i].read(object, known, out);
    }
    json_object_foreach(status, name, object)
    {
        if (klippy_is_chamber(name))
            chamber(name, object, out);
        other(name, object, known, out);
    }
}
