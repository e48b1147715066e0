// A link from inside: what all kinds keep alike, and what a kind adds.
// SPDX-License-Identifier: MIT
#ifndef LAB_LINK_INTERNAL_H
#define LAB_LINK_INTERNAL_H

#include "core/lab/link/link.h"
#include "core/lab/link/wire.h"

enum {
    LINK_CONSOLE = 64, ///< lines kept for link_said
    LINK_SAMPLES = 64, ///< positions told that no proof of life has followed yet
    LINK_SCRIPT = 4096 ///< bytes of G-code at once
};

/// Time, so that a test can have its own.
struct link_clock {
    int64_t (*now_us)(void *ctx);
    void *ctx;
};

/// A position as it was told.
struct link_sample {
    int64_t at_us;
    /// When the nozzle gets there, by the printer's own account; at_us when it gives none.
    int64_t due_us;
    int64_t at_nm[4];
    int64_t file_at;
};

struct link;

/// A kind. Functions get the instant that this turn is at.
struct link_ops {
    /// Look at the address, make what the kind keeps (link->own). As link_open.
    int (*open)(struct link *link, struct lab_error *err);
    void (*close)(struct link *link);
    /// Whatever time asks for: connect, ask again, give up. Sets link->wake_us, the latest instant of the next call.
    void (*step)(struct link *link, int64_t now_us);
    void (*heard)(struct link *link, const char *bytes, size_t size, int64_t now_us);
    /// The wire is dead; it is closed already.
    void (*gone)(struct link *link, const char *why, int64_t now_us);
    /// As link_gcode; the answer is begun and ended by the kind.
    int (*gcode)(struct link *link, const char *text);
    int (*print)(struct link *link, const char *file);
    int (*stop)(struct link *link);
    /// NULL: what is heard and said goes over link->wire. Else: hear and say what can be at once, or wait for it for so long. Returns 0 or a
    /// negative errno: this computer has no way to go on.
    int (*serve)(struct link *link, int64_t for_us);
    /// With `serve`, as link_rest_us.
    int64_t (*rest)(const struct link *link, int *fd);
};

extern const struct link_ops link_klipper, link_moonraker, link_marlin;

struct link {
    struct link_config config;
    const struct link_ops *ops;
    void *own;
    struct link_clock clock;
    struct link_wire wire;
    int64_t wake_us;
    struct link_status status;
    uint32_t abilities;
    bool news;  ///< since link_turn said so
    int answer; ///< as link_answer
    char answer_why[LINK_LINE];
    char said[LINK_CONSOLE][LINK_LINE];
    uint32_t said_first, said_count;
    struct link_sample sample[LINK_SAMPLES]; ///< a ring, oldest first
    uint32_t sample_first, sample_count;
    struct link_sample confirmed; ///< at_us LINK_UNKNOWN: none
};

int64_t link_now(const struct link *link);

/// Copy text, cut where it does not fit (between UTF-8 characters), control characters as blanks.
void link_copy(char *out, size_t room, const char *text, size_t size);

// --- what the printer told (status.c) -----------------------------------------------------------------------------

/// Nothing is known of job, places and temperatures.
void link_forget(struct link *link);

/// The further heater of that name, made known where there is room; else NULL.
struct link_heater *link_other(struct link_status *status, const char *name);

/// Another state; `why` may be NULL.
void link_state_is(struct link *link, enum link_state state, const char *why);

/// A line for link_said. The oldest goes when there are too many.
void link_console(struct link *link, const char *line);

/// status.at_nm and status.file_at were told now: `due_us` is when the nozzle will be there.
void link_told(struct link *link, int64_t now_us, int64_t due_us);

/// The microcontroller lived at that instant.
void link_alive(struct link *link, int64_t at_us);

/// Positions that no proof has followed yet will never be confirmed: it was reset, or nobody knows.
void link_doubt(struct link *link);

// --- what it was asked (ask.c) ------------------------------------------------------------------------------------

void link_answer_begin(struct link *link);

/// Code as link_answer; `why` may be NULL. Nothing when none runs.
void link_answer_end(struct link *link, int code, const char *why);

/// Does a line of the console refuse a command of this G-code as unknown? Both firmwares put the command in quotation marks.
bool link_refuses(const char *line, const char *script);

#endif
