// Defects on purpose: those of the field, and what a restore may forget. Only the test build holds them.
// SPDX-License-Identifier: MIT
//
// An oracle that was never red proves nothing. `plr_defects` is this library built once more with PLR_DEFECTS defined: there
// PLR_DEFECT(NAME) asks which defect was selected. In the shipped library it is the constant false, and nothing of all this is in it.
// Put it first in a condition, so that what follows is not even compiled. docs/DEFECTS.md tells each one's story.
#ifndef PLR_DEFECT_H
#define PLR_DEFECT_H

#include "core/plr/plr.h"

// X(enum, word in a scenario, what it does wrong)
#define PLR_DEFECT_FIELD(X)                                                                        \
    X(ONE_MOTOR_STOPS, "one_motor_stops",                                                          \
      "a switch stops its own Z motor only, the others run on for 0.19 s and nobody knows")        \
    X(SHORT_RETRACT, "short_retract",                                                              \
      "as one_motor_stops, and a probe that begins on a closed switch is an error")                \
    X(LINE_END, "line_end", "goes on from the end of the running line, and from the line before")  \
    X(OLD_STATE, "old_state", "only what the history let go is read: no tick, no power-fail save") \
    X(TIMER_LEAK, "timer_leak", "each layer starts one more save timer that never ends")           \
    X(JOB_OVERWRITTEN, "job_overwritten", "a cut in a recovery is saved over the job's own place") \
    X(COMMENT_MARKER, "comment_marker", "cannot go on behind a line that is a comment")            \
    X(FORCED_M83, "forced_m83", "resumes every job with relative E")                               \
    X(HEAT_BEFORE_LIFT, "heat_before_lift", "heats fully while the nozzle rests on the part")      \
    X(PRIME_IN_AIR, "prime_in_air", "primes up at the switches, then goes straight to the part")   \
    X(LATE_FIRST_SAVE, "late_first_save",                                                          \
      "saves no power failure before the history has let go of a state of the print")              \
    X(MEASURED_TEMPERATURE, "measured_temperature",                                                \
      "saves the nozzle's temperature in place of its target")                                     \
    X(BED_NOT_AWAITED, "bed_not_awaited", "switches the bed on and does not wait for it")          \
    X(Z_NOT_SET, "z_not_set", "takes no measured Z when all of the user's offsets are 0")          \
    X(CHARACTERS, "characters", "counts the file in characters where it means bytes")

// What a restore may forget, one item each. test_restore.c holds every one.
#define PLR_DEFECT_RESTORE(X)                                                                \
    X(DROP_FAN, "drop_fan", "restores no fan")                                               \
    X(DROP_NOZZLE, "drop_nozzle", "restores no nozzle target")                               \
    X(DROP_BED, "drop_bed", "restores no bed target")                                        \
    X(DROP_CHAMBER, "drop_chamber", "restores no chamber target")                            \
    X(DROP_FEED, "drop_feed", "restores no feed rate (F)")                                   \
    X(DROP_FEED_FACTOR, "drop_feed_factor", "restores no feed factor (M220)")                \
    X(DROP_FLOW, "drop_flow", "restores no flow factor (M221)")                              \
    X(DROP_ADVANCE, "drop_advance", "restores no pressure advance")                          \
    X(DROP_ACCEL, "drop_accel", "restores no acceleration")                                  \
    X(DROP_VELOCITY, "drop_velocity", "restores no velocity limit")                          \
    X(DROP_CORNER, "drop_corner", "restores no square corner velocity")                      \
    X(DROP_E_MODE, "drop_e_mode", "restores no M83")                                         \
    X(DROP_E_VALUE, "drop_e_value", "restores no position of E")                             \
    X(DROP_AXIS_MODE, "drop_axis_mode", "restores no G91")                                   \
    X(DROP_UNITS, "drop_units", "restores no G20")                                           \
    X(DROP_PLANE, "drop_plane", "restores no G18 or G19")                                    \
    X(DROP_G92, "drop_g92", "restores no shift by G92")                                      \
    X(DROP_TOOL, "drop_tool", "restores no tool")                                            \
    X(DROP_MESH, "drop_mesh", "restores no mesh")                                            \
    X(DROP_OFFSET, "drop_offset", "restores no gcode offset, no babystep")                   \
    X(OFFSET_TWICE, "offset_twice", "adds the gcode offset to a Z that holds it already")    \
    X(DROP_RETRACTION, "drop_retraction", "forgets that filament was drawn back by the job") \
    X(DROP_ENABLED, "drop_enabled", "forgets that the file named PLR_ENABLE")                \
    X(DROP_OBJECT, "drop_object", "forgets which object is being printed")                   \
    X(DROP_EXCLUDED, "drop_excluded", "forgets which objects were excluded")

#define PLR_DEFECT_LIST(X) PLR_DEFECT_FIELD(X) PLR_DEFECT_RESTORE(X)

enum plr_defect {
    PLR_DEFECT_NONE,
#define PLR_DEFECT_ENUM(name, word, about) PLR_DEFECT_##name,
    PLR_DEFECT_LIST(PLR_DEFECT_ENUM)
#undef PLR_DEFECT_ENUM
        PLR_DEFECT_COUNT
};

#ifdef PLR_DEFECTS
#define PLR_DEFECT(name) plr_defect_is(PLR_DEFECT_##name)
#define PLR_DEFECT_BUILD true
#else
#define PLR_DEFECT(name) false
#define PLR_DEFECT_BUILD false
#endif

// All below is in the test build only. One defect at a time, for every `struct plr` of the program.

/// From now on the core has this defect (PLR_DEFECT_NONE: none), and remembers nothing of an earlier one.
void plr_defect_select(enum plr_defect defect);
bool plr_defect_is(enum plr_defect defect);

/// TIMER_LEAK: microseconds between two saves when every layer left a timer behind.
uint32_t plr_defect_leaked(const struct plr *plr);
/// LATE_FIRST_SAVE: has the history not let go of a state yet in which something was printed?
bool plr_defect_too_early(const struct plr *plr);
/// MEASURED_TEMPERATURE: the nozzle as it is, for its target.
void plr_defect_measure(const struct plr_port *port, void *ctx, struct plr_modal *modal);
/// JOB_OVERWRITTEN: store where a recovery stands as the job's place. Returns 0 or an error.
int plr_defect_overwrite(struct plr *plr, const struct plr_port *port, void *ctx,
                         const struct plr_progress *at);
/// ONE_MOTOR_STOPS, SHORT_RETRACT: when a probe with all motors has ended at `motion`, let the others run on. Returns 1 while they do,
/// then 0, with `motion` and the firmware's heights as if all had stopped at once; or an error.
int plr_defect_run_on(struct plr *plr, const struct plr_port *port, void *ctx,
                      struct plr_motion *motion);
/// SHORT_RETRACT: is any switch closed where a probe begins?
bool plr_defect_closed(const struct plr_port *port, void *ctx);
/// LINE_END: stand at the running line's end, and begin with the line before it. Returns 0 or an error.
int plr_defect_line_end(struct plr *plr, const struct plr_port *port, void *ctx);
/// What goes wrong between the restored state and its use. Returns 0 or an error.
int plr_defect_restore(struct plr *plr, const struct plr_port *port, void *ctx);
#endif
