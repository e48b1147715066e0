// A link to Klipper, by its own socket or through Moonraker: one machine, two dialects.
// SPDX-License-Identifier: MIT
//
// Klipper's host process goes on telling positions for almost five seconds after its microcontroller has died. What proves that this lives is
// the count of bytes read from it, gathered once a second: two counts that differ say that it lived at some time between them.
#ifndef LAB_LINK_KLIPPY_H
#define LAB_LINK_KLIPPY_H

#include "core/lab/link/frames.h"
#include "core/lab/link/internal.h"
#include "core/lab/link/klippy_status.h"
#include "core/lab/link/ws.h"

enum {
    KLIPPY_LOOK_US = 500000,  ///< between looks for one that is not there
    KLIPPY_INFO_US = 1000000, ///< between questions for its state
    KLIPPY_MCU_SILENT_US =
        2500000, ///< the count comes once a second and a bit: less silence means nothing
    KLIPPY_PLAN_US =
        500000 ///< motion that is planned and not in print_time yet, and a tick of the status
};

/// What Klipper is told to call what it tells unasked.
#define KLIPPY_CALL_STATUS  "status"
#define KLIPPY_CALL_CONSOLE "console"

/// What is asked, at most one of each at a time.
enum klippy_request {
    KLIPPY_IDENTIFY,
    KLIPPY_INFO,
    KLIPPY_LIST,
    KLIPPY_HELP,
    KLIPPY_OUTPUT,
    KLIPPY_SUBSCRIBE,
    KLIPPY_SCRIPT,
    KLIPPY_STOP,
    KLIPPY_REQUESTS
};

/// What a message is.
enum klippy_told { KLIPPY_NOTHING, KLIPPY_ANSWER, KLIPPY_STATUS, KLIPPY_CONSOLE, KLIPPY_HOST };

struct klippy_message {
    enum klippy_told told;
    int64_t id;
    const json_t *result; ///< of an answer; NULL: it is an error
    const char *error;    ///< its words
    json_t *status;       ///< objects and what changed of them
    const char *text;     ///< console
    enum klippy_host host;
};

struct klippy_dialect {
    const char *name;
    const char *method[KLIPPY_REQUESTS]; ///< NULL: there is no such thing
    bool jsonrpc;
    /// Read what differs: anything but an answer.
    void (*read)(const json_t *message, const char *method, struct klippy_message *out);
};

enum klippy_phase {
    KLIPPY_AWAY,
    KLIPPY_MET,       ///< connected
    KLIPPY_ASKED,     ///< what are you?
    KLIPPY_ASKED_ALL, ///< ... and tell me
    KLIPPY_UP
};

struct klippy {
    const struct klippy_dialect *dialect;
    struct ws *ws; ///< NULL: a socket of this computer
    enum klippy_phase phase;
    struct frames frames;
    /// Last message; next look for it; next question for its state.
    int64_t heard_us, look_us, info_us;
    int64_t serial;
    int64_t waits[KLIPPY_REQUESTS]; ///< id of the request under way, 0 none
    struct klippy_known known;
    json_t *objects; ///< what there is to subscribe to
    int64_t step_us; ///< when the microcontroller's count was last seen to differ
    /// The status before the one that told the count first; the last status.
    int64_t before_us, told_us;
    bool answered; ///< something, since it was connected to
    bool mute;     ///< its microcontroller is silent
    char script[LINK_SCRIPT];
    char refused[LINK_LINE]; ///< what it said while the script ran
};

/// As struct link_ops, for both dialects. The address is a socket's path, or has become a WebSocket: then klippy->ws is set behind this.
int klippy_open(struct link *link, const struct klippy_dialect *dialect, struct lab_error *err);
void klippy_close(struct link *link);
void klippy_step(struct link *link, int64_t now_us);
void klippy_heard(struct link *link, const char *bytes, size_t size, int64_t now_us);
void klippy_gone(struct link *link, const char *why, int64_t now_us);
int klippy_gcode(struct link *link, const char *text);
int klippy_print(struct link *link, const char *file);
int klippy_stop(struct link *link);
int klippy_serve(struct link *link, int64_t for_us);
int64_t klippy_rest(const struct link *link, int *fd);

/// Send a request; takes over `params` (NULL: none). Does nothing where the dialect has no such thing. Returns 0 or a negative errno.
int klippy_ask(struct link *link, enum klippy_request what, json_t *params);

/// Take a message (klippy_hear.c).
void klippy_take(struct link *link, const char *text, size_t size, int64_t now_us);

/// It is lost; the wire is closed.
void klippy_lose(struct link *link, const char *why, int64_t now_us);

/// From what is known, the state of the link.
void klippy_judge(struct link *link, int64_t now_us);

/// Read the text of a message: its kind, by the dialect. Lives as long as `message`.
void klippy_read(const struct klippy_dialect *dialect, const json_t *message,
                 struct klippy_message *out);

extern const struct klippy_dialect klippy_own, klippy_moonraker;

#endif
