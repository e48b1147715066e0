// What Klipper says, message by message.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "core/lab/link/klippy.h"

static const char *text_of(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : "";
}

void klippy_read(const struct klippy_dialect *dialect, const json_t *message,
                 struct klippy_message *out)
{
    const json_t *id = json_object_get(message, "id");
    const json_t *method = json_object_get(message, "method");
    const json_t *error = json_object_get(message, "error");

    memset(out, 0, sizeof *out);
    out->error = out->text = "";
    if (json_is_string(method)) {
        dialect->read(message, json_string_value(method), out);
    } else if (json_is_integer(id)) {
        out->told = KLIPPY_ANSWER;
        out->id = json_integer_value(id);
        out->result = error ? NULL : json_object_get(message, "result");
        out->error = text_of(json_object_get(error, "message"));
    }
}

// --- what can it do -----------------------------------------------------------------------------------------------

static void hear_list(struct link *link, struct klippy *k, const json_t *result)
{
    static const char *const wanted[] = {"webhooks",   "virtual_sdcard", "print_stats",
                                         "gcode_move", "toolhead",       "mcu",
                                         "extruder",   "heater_bed",     "heaters"};
    const json_t *all = json_object_get(result, "objects");
    size_t i;
    json_t *name;

    json_decref(k->objects);
    k->objects = json_object();
    json_array_foreach((json_t *)(uintptr_t)all, i, name)
    {
        bool is = klippy_is_chamber(text_of(name)) || klippy_is_heater(text_of(name));
        for (size_t j = 0; j < sizeof wanted / sizeof *wanted; j++)
            is = is || !strcmp(text_of(name), wanted[j]);
        if (is)
            json_object_set_new(k->objects, text_of(name), json_null()); // null: all of its fields
    }
    if (json_object_get(k->objects, "virtual_sdcard"))
        link->abilities |= LINK_TELLS_FILE | LINK_CAN_SEEK;
}

/// The commands that it knows, and what they are for.
static void hear_help(struct link *link, const json_t *result)
{
    if (json_object_get(result, "FORCE_MOVE"))
        link->abilities |= LINK_CAN_ONE_Z;
    if (json_object_get(result, "SET_KINEMATIC_POSITION"))
        link->abilities |= LINK_CAN_SET_Z;
}

// --- status -------------------------------------------------------------------------------------------------------

/// The count was told, and differs from the last: the microcontroller lived at some time between the gathering of both. When the last one
/// was gathered is not told; but not before the status that came before the one that told it.
static void hear_count(struct link *link, struct klippy *k, int64_t was, int64_t now_us)
{
    if (k->known.mcu_bytes == was)
        return;
    if (was >= 0 && k->before_us != LINK_UNKNOWN)
        link_alive(link, k->before_us);
    k->before_us = k->told_us;
    k->step_us = now_us;
    link->abilities |= LINK_CAN_CONFIRM;
}

static void hear_status(struct link *link, struct klippy *k, json_t *status, int64_t now_us)
{
    int64_t was = k->known.mcu_bytes;

    k->known.heat = false;
    klippy_read_status(status, &k->known, &link->status);
    if (k->known.heat)
        link->status.heat_us = now_us;
    hear_count(link, k, was, now_us);
    // what is not told has not changed: the position is as new as this
    link_told(link, now_us, now_us + k->known.ahead_us + KLIPPY_PLAN_US);
    if (k->known.layers)
        link->abilities |= LINK_TELLS_LAYER;
    k->told_us = link->status.at_us = now_us;
    link->news = true;
}

/// Are there heaters that were not asked for yet? (Whoever writes a module of Klipper's may call his as he likes.)
static bool more_heaters(struct klippy *k, const json_t *status)
{
    const json_t *all = json_object_get(json_object_get(status, "heaters"), "available_heaters");
    bool more = false;
    size_t i;
    json_t *name;

    json_array_foreach((json_t *)(uintptr_t)all, i, name)
    {
        if (!json_is_string(name) || json_object_get(k->objects, text_of(name)))
            continue;
        json_object_set_new(k->objects, text_of(name), json_null());
        more = true;
    }
    return more;
}

/// The whole of it, at the beginning.
static void hear_first_status(struct link *link, struct klippy *k, const json_t *result,
                              int64_t now_us)
{
    enum klippy_host host = k->known.host;

    if (more_heaters(k, json_object_get(result, "status"))) {
        k->phase = KLIPPY_ASKED; // once more, for them, too
        return;
    }
    klippy_know_nothing(&k->known);
    k->known.host = host;
    link_forget(link);
    k->before_us = k->told_us = LINK_UNKNOWN;
    k->phase = KLIPPY_UP;
    k->step_us = now_us;
    hear_status(link, k, json_object_get(result, "status"), now_us);
}

// --- answers ------------------------------------------------------------------------------------------------------

/// The host process says how it is. One that was not there knows nothing of what was asked before.
static void host_is(struct klippy *k, enum klippy_host host)
{
    k->known.host = host;
    if (host == KLIPPY_GONE || host == KLIPPY_STARTUP)
        k->phase = KLIPPY_MET;
}

static void hear_info(struct klippy *k, const struct klippy_message *m)
{
    const json_t *state = json_object_get(m->result, "state");
    const json_t *why = json_object_get(m->result, "state_message");

    if (!m->result || !json_is_string(state)) {
        host_is(k, KLIPPY_GONE); // Moonraker, without anybody behind it
        return;
    }
    host_is(k, klippy_host_of(json_string_value(state)));
    if (json_is_string(why))
        link_copy(k->known.host_why, sizeof k->known.host_why, json_string_value(why),
                  json_string_length(why));
}

static void hear_script(struct link *link, struct klippy *k, const struct klippy_message *m)
{
    if (!m->result)
        link_answer_end(link, -EIO, m->error);
    else
        link_answer_end(link, k->refused[0] ? -EIO : 0, k->refused);
}

static void hear_answer(struct link *link, struct klippy *k, const struct klippy_message *m,
                        int64_t now_us)
{
    enum klippy_request what = 0;

    while (what < KLIPPY_REQUESTS && (k->waits[what] != m->id || !m->id))
        what++;
    if (what == KLIPPY_REQUESTS)
        return;
    k->waits[what] = 0;
    if (what == KLIPPY_INFO)
        hear_info(k, m);
    else if (what == KLIPPY_LIST)
        hear_list(link, k, m->result);
    else if (what == KLIPPY_HELP)
        hear_help(link, m->result);
    else if (what == KLIPPY_SCRIPT)
        hear_script(link, k, m);
    else if (what == KLIPPY_SUBSCRIBE && m->result)
        hear_first_status(link, k, m->result, now_us);
    else if (what == KLIPPY_SUBSCRIBE)
        k->phase = KLIPPY_MET; // it went meanwhile: begin again
}

/// One or more lines for people.
static void hear_console(struct link *link, struct klippy *k, const char *text)
{
    char line[LINK_LINE];

    while (*text) {
        size_t n = strcspn(text, "\n");
        link_copy(line, sizeof line, text, n);
        link_console(link, line);
        if (link->answer == 1 && link_refuses(line, k->script))
            memcpy(k->refused, line, sizeof line);
        text += n + (text[n] ? 1 : 0);
    }
}

void klippy_take(struct link *link, const char *text, size_t size, int64_t now_us)
{
    struct klippy *k = link->own;
    struct klippy_message m;
    json_t *message = json_loadb(text, size, 0, NULL);

    if (!message)
        return; // nothing that Klipper says
    k->answered = true;
    klippy_read(k->dialect, message, &m);
    if (m.told == KLIPPY_ANSWER)
        hear_answer(link, k, &m, now_us);
    else if (m.told == KLIPPY_STATUS && k->phase == KLIPPY_UP)
        hear_status(link, k, m.status, now_us);
    else if (m.told == KLIPPY_CONSOLE)
        hear_console(link, k, m.text);
    else if (m.told == KLIPPY_HOST)
        host_is(k, m.host);
    json_decref(message);
    klippy_judge(link, now_us);
}
