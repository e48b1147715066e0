// When relays went on: kept in a file beside the bench's, so that cycles_per_hour counts over runs and processes.
// SPDX-License-Identifier: MIT
//
// A line for each time, the oldest first: boot, microseconds since it, seconds of the calendar, whether that clock was kept by a time
// server, and the relay's name. What lies an hour back goes when the file is read.
#ifndef RIG_LINES_CYCLES_H
#define RIG_LINES_CYCLES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lab/doc/error.h"

enum { CYCLES_BOOT = 40, CYCLES_PATH = 512 };

/// An instant, as a computer knows it that may be started again, with or without a clock that runs on meanwhile.
struct cycles_clock {
    char boot[CYCLES_BOOT]; ///< which start of this computer; "-" it does not say
    int64_t up_us;          ///< since then (CLOCK_BOOTTIME)
    int64_t wall_s;         ///< of the calendar
    bool kept;              ///< that one follows a time server now
};

void cycles_now(struct cycles_clock *out);

/// How long ago was that, at least? Within one boot that is known. Across a boot the calendar counts where it was kept both times; where not, only
/// the time since the boot is sure.
int64_t cycles_age_us(const struct cycles_clock *then, const struct cycles_clock *now);

/// The file of a bench file: that one's true path, and ".cycles". Returns 0 or a negative errno.
int cycles_path(const char *bench, char out[CYCLES_PATH]);

/// Tell of each time in the last hour, the oldest first, and drop from the file what is older, with an end that was torn. No file: none. Returns 0 or
/// a negative errno with err filled (-EBADMSG: it is no such file).
int cycles_read(const char *path, const struct cycles_clock *now,
                void (*each)(void *ctx, const char *relay, int64_t age_us), void *ctx,
                struct lab_error *err);

/// Add one. It is in the kernel's hands when this returns; cycles_sync brings it to its medium. Return 0 or a negative errno.
int cycles_add(const char *path, const struct cycles_clock *now, const char *relay);
int cycles_sync(const char *path);

#endif
