// What Klipper says of its objects, read into a link's status.
// SPDX-License-Identifier: MIT
//
// Moonraker hands the same objects on. Only what has changed is told; anything may be missing or null, and any JSON may come in.
#ifndef LAB_LINK_KLIPPY_STATUS_H
#define LAB_LINK_KLIPPY_STATUS_H

#include <jansson.h>

#include "core/lab/link/link.h"

enum klippy_host { KLIPPY_GONE, KLIPPY_STARTUP, KLIPPY_READY, KLIPPY_SHUTDOWN };

/// What is not in struct link_status.
struct klippy_known {
    enum klippy_host host;
    char host_why[LINK_LINE];
    enum link_state job; ///< LINK_READY: none; LINK_FAULT: it ended with an error
    char job_why[LINK_LINE];
    int64_t mcu_bytes; ///< read from the microcontroller so far; -1 not told
    /// By how much planned motion is ahead of time: print_time minus estimated_print_time.
    int64_t ahead_us;
    int64_t print_us, now_us; ///< those two; LINK_UNKNOWN not told
    bool layers;              ///< layers are told
    bool heat;                ///< a heater's temperature was told, since somebody set this to false
};

/// Nothing told yet.
void klippy_know_nothing(struct klippy_known *known);

/// Read a status object: names of objects, and their fields.
void klippy_read_status(json_t *status, struct klippy_known *known, struct link_status *out);

/// "ready", "startup", "shutdown", "error"; anything else is KLIPPY_GONE.
enum klippy_host klippy_host_of(const char *word);

/// Is this the name of a further heater (extruder1, heater_generic ...)? Others are those that `heaters` says are some.
bool klippy_is_heater(const char *object);

/// Is this the name of a heater or sensor of the chamber?
bool klippy_is_chamber(const char *object);

#endif
