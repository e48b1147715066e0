// Klipper's own socket: its dialect, and the kind of link.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/link/klippy.h"

/// {"method":"status","params":{"eventtime":1.0,"status":{...}}}, {"method":"console","params":{"response":"..."}}
static void read(const json_t *message, const char *method, struct klippy_message *out)
{
    const json_t *params = json_object_get(message, "params");
    const json_t *said = json_object_get(params, "response");

    if (!strcmp(method, KLIPPY_CALL_STATUS)) {
        out->told = KLIPPY_STATUS;
        out->status = json_object_get(params, "status");
    } else if (!strcmp(method, KLIPPY_CALL_CONSOLE) && json_is_string(said)) {
        out->told = KLIPPY_CONSOLE;
        out->text = json_string_value(said);
    }
}

const struct klippy_dialect klippy_own = {
    .name = "klipper",
    .method = {[KLIPPY_INFO] = "info",
               [KLIPPY_LIST] = "objects/list",
               [KLIPPY_HELP] = "gcode/help",
               [KLIPPY_OUTPUT] = "gcode/subscribe_output",
               [KLIPPY_SUBSCRIBE] = "objects/subscribe",
               [KLIPPY_SCRIPT] = "gcode/script",
               [KLIPPY_STOP] = "emergency_stop"},
    .read = read,
};

static int open_klipper(struct link *link, struct lab_error *err)
{
    return klippy_open(link, &klippy_own, err);
}

const struct link_ops link_klipper = {open_klipper, klippy_close, klippy_step,  klippy_heard,
                                      klippy_gone,  klippy_gcode, klippy_print, klippy_stop,
                                      NULL,         NULL};
