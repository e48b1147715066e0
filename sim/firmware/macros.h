// A user's own macros in the simulated firmware: expansion with what the templates may see of this machine.
// SPDX-License-Identifier: MIT
//
// The table is made once for a run and never changes; what runs of it is text in the world (script.c).
#ifndef SIM_MACROS_H
#define SIM_MACROS_H

#include <stddef.h>

#include "core/plr/plr.h"

struct sim;
struct sim_macros;

/// Read the macros and hooks of a Klipper configuration that the loader has checked. Returns 0 or a negative errno; *out is the
/// caller's.
int sim_macros_open(struct sim_macros **out, const char *path);
void sim_macros_close(struct sim_macros *macros);

/// G-code that the user wants at this place, "" for none. Lives as long as the macros.
const char *sim_macros_hook(const struct sim_macros *macros, enum plr_hook hook);
/// The restart_gcode option, "" for none.
const char *sim_macros_restart(const struct sim_macros *macros);

/// How this machine's G28 finds Z, by [safe_z_home] and the endstop of [stepper_z].
struct sim_z_home {
    bool somewhere; ///< it goes to `at_nm` first
    int64_t at_nm[2];
    bool probe; ///< a probe: what lies under it stops it; else an endstop at bed level
};
struct sim_z_home sim_macros_z_home(const struct sim_macros *macros);

/// Expand the macro that `line` calls into `out`. Returns the length, PLR_ENOENT when it names none, PLR_EINVAL when the
/// template fails (a note of the run says where).
int sim_macros_expand(struct sim *sim, const char *line, char *out, size_t room);

#endif
