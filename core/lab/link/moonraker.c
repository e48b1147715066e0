// Moonraker: its dialect, and the kind of link.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/link/klippy.h"

/// {"jsonrpc":"2.0","method":"notify_status_update","params":[{...},1.0]}, notify_gcode_response ["..."], notify_klippy_ready ...
static void read(const json_t *message, const char *method, struct klippy_message *out)
{
    static const struct {
        const char *method;
        enum klippy_host host;
    } hosts[] = {{"notify_klippy_disconnected", KLIPPY_GONE},
                 {"notify_klippy_ready", KLIPPY_READY},
                 {"notify_klippy_shutdown", KLIPPY_SHUTDOWN}};
    json_t *first = json_array_get(json_object_get(message, "params"), 0);

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (!strcmp(method, hosts[i].method)) {
            out->told = KLIPPY_HOST;
            out->host = hosts[i].host;
        }
    if (!strcmp(method, "notify_status_update")) {
        out->told = KLIPPY_STATUS;
        out->status = first;
    } else if (!strcmp(method, "notify_gcode_response") && json_is_string(first)) {
        out->told = KLIPPY_CONSOLE;
        out->text = json_string_value(first);
    }
}

const struct klippy_dialect klippy_moonraker = {
    .name = "moonraker",
    .method = {[KLIPPY_IDENTIFY] = "server.connection.identify",
               [KLIPPY_INFO] = "printer.info",
               [KLIPPY_LIST] = "printer.objects.list",
               [KLIPPY_HELP] = "printer.gcode.help",
               [KLIPPY_SUBSCRIBE] = "printer.objects.subscribe",
               [KLIPPY_SCRIPT] = "printer.gcode.script",
               [KLIPPY_STOP] = "printer.emergency_stop"},
    .jsonrpc = true,
    .read = read,
};

static int open_moonraker(struct link *link, struct lab_error *err)
{
    return klippy_open(link, &klippy_moonraker, err);
}

const struct link_ops link_moonraker = {open_moonraker, klippy_close, klippy_step,  klippy_heard,
                                        klippy_gone,    klippy_gcode, klippy_print, klippy_stop,
                                        klippy_serve,   klippy_rest};
