// A link to a Marlin-like printer, from inside: what it knows of the printer and where the conversation stands.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_MARLIN_H
#define LAB_LINK_MARLIN_H

#include "core/lab/link/internal.h"
#include "core/lab/link/marlin_talk.h"

enum {
    MARLIN_LOOK_US = 500000,   ///< between looks for a device that is not there
    MARLIN_HELLO_US = 1000000, ///< between greetings
    MARLIN_LATE_US =
        2000000, ///< a missing ok is asked for, or after a third of the silence that is lost
    MARLIN_FAST_US = 250000, ///< between questions for places while it prints
    MARLIN_SLOW_US = 1000000
};

enum marlin_phase {
    MARLIN_AWAY,     ///< there is no device
    MARLIN_GREETING, ///< there is one, and nobody has answered
    MARLIN_ASKING,   ///< what are you?
    MARLIN_UP,
    MARLIN_DEAD ///< it has shut itself down and says nothing until it is reset
};

enum marlin_cap {
    MARLIN_KNOWN = 1u << 0, ///< M115 was answered
    MARLIN_REPORTS_HEAT = 1u << 1,
    MARLIN_HAS_CARD = 1u << 2,
    MARLIN_MOVES_ONE = 1u << 3,
    MARLIN_NAMELESS = 1u << 4 ///< M115 was not
};

enum marlin_tag { MARLIN_POLL, MARLIN_SCRIPT }; ///< whose command it is

enum { MARLIN_POLL_HEAT, MARLIN_POLL_FILE, MARLIN_POLL_PLACE, MARLIN_POLLS };

struct marlin {
    enum marlin_phase phase;
    struct marlin_splitter splitter;
    struct marlin_talk talk;
    int64_t heard_us, hello_us; ///< the last line; the next greeting, or look for the device
    bool greeted_dead;          ///< it was greeted since it died
    uint32_t caps;
    size_t asked; ///< questions of the beginning
    int64_t poll_us[MARLIN_POLLS];
    char script[LINK_SCRIPT];
    size_t script_at, script_size; ///< 0: none runs
    bool paused, done;             ///< it said so since the job began
    int64_t paused_at;             ///< the byte at which it pauses; LINK_UNKNOWN not told yet
    bool begun;                    ///< M24 went through, or it told that a print goes on
    int64_t told_at;               ///< first byte told of a file of no job; LINK_UNKNOWN none
    int64_t job_us;                ///< when the job began, LINK_UNKNOWN
    char error[LINK_LINE];         ///< the last that it complained of, and when
    int64_t error_us;
};

/// Take a line that the printer said (marlin_hear.c).
void marlin_hear(struct link *link, const char *line, int64_t now_us);

/// Begin again: lines are counted anew, what was under way is lost, and `why` is what is said of it.
void marlin_greet(struct link *link, const char *why, int64_t now_us);

/// That, and the printer is lost.
void marlin_lose(struct link *link, const char *why, int64_t now_us);

#endif
