// What the files of Z+ homing share: its steps, its lengths, and how one step hands over to the next.
// SPDX-License-Identifier: MIT
//
//   find.c    CHECK TRAVEL FAST CONFIRM SCAN GATHER   where every switch is, roughly
//   sample.c  BACK SAMPLE RELEASE                     where exactly, and whether a corner hangs
//   settle.c  LEVEL FINISH SETTLE UNDO                what the touches mean, and the way down
#ifndef PLR_ZHOME_INTERNAL_H
#define PLR_ZHOME_INTERNAL_H

#include "core/plr/internal.h"

#define ZHOME_RACK_STEP_NM     400000 // a corner alone goes this far, then the next has its turn
#define ZHOME_SPREAD_NM        (2 * PLR_NM_PER_MM) // mounting differences between the switches at most
#define ZHOME_EARLY_NM         300000              // a touch this much before its place is false
#define ZHOME_CONFIRM_EXTRA_NM 300000 // how much further than the retract a touch may be confirmed

enum zhome_step {
    ZHOME_CHECK,   // no switch may be triggered to begin with
    ZHOME_RECHECK, // ... not even after backing off
    ZHOME_TRAVEL,  // fast, while far below
    ZHOME_FAST,    // all motors up to the first touch
    ZHOME_CONFIRM_DOWN,
    ZHOME_CONFIRM_UP,  // the first touch again, slowly
    ZHOME_SCAN_UP,     // all on together, past the first switch: which others fire, and where?
    ZHOME_SCAN_DOWN,   // all back to the first touch
    ZHOME_GATHER,      // the others up, in turn, in small steps
    ZHOME_BACK,        // all down by the sample retract
    ZHOME_SAMPLE_UP,   // all up, slowly, to the first touch
    ZHOME_SAMPLE_EACH, // the others to theirs
    ZHOME_RELEASE,     // each a little down until its switch opens: a corner that binds hangs on
    ZHOME_LEVEL,       // every motor to one height
    ZHOME_FINISH,      // offsets, once
    ZHOME_SETTLE,      // level again after the offsets
    ZHOME_UNDO         // refused: corners driven alone go back down
};

/// Hand over to a step; it has not started its motion yet. Returns PLR_ZHOME_BUSY.
int plr_zhome_go(struct plr *plr, enum zhome_step step);
/// Begin a pass with `step`: nothing touched, nothing sampled. Returns PLR_ZHOME_BUSY.
int plr_zhome_pass(struct plr *plr, enum zhome_step step);
/// Refuse, but first take back what was driven alone: the gantry is left as it was found. Returns PLR_ZHOME_BUSY.
int plr_zhome_give_up(struct plr *plr, enum plr_reason reason, int32_t value);
/// A set of touches went wrong: once more from its first one, unless that happened too often. Returns PLR_ZHOME_BUSY.
int plr_zhome_again(struct plr *plr, enum plr_reason reason, int32_t value);
/// A touch is known to be false: on with `step`. What was measured before stands, and strays do not add up: only more of them than
/// samples_tolerance_retries with no good touch in between (which clears `strays`) make motor `i`'s switch a bad one (-1: whose it
/// was is not known). Returns PLR_ZHOME_BUSY.
int plr_zhome_stray(struct plr *plr, enum zhome_step step, int32_t i);
/// Start this step's motion: `delta` nm at `speed` nm/s, stopped by the switches in `watch`. PLR_ZHOME_BUSY or a port error.
int plr_zhome_move(struct plr *plr, const struct plr_port *port, void *ctx, uint32_t motors,
                   int32_t delta, int32_t speed, uint32_t watch);
/// Let the core's phase name the corner at work; a calibration keeps its own.
void plr_zhome_show(struct plr *plr, enum plr_phase phase);
/// Lowest set bit's number; `bits` is not 0.
int32_t plr_zhome_first(uint32_t bits);
/// The next motor after `corner`, in a circle, whose bit is not in `done`; `corner` when there is none.
uint8_t plr_zhome_next(const struct plr *plr, uint8_t corner, uint32_t done);
/// Is the switch of motor `i` closed? One that closes while all motors stop for another gives no edge later, and its corner must
/// not be driven into the stop.
bool plr_zhome_closed(const struct plr_port *port, void *ctx, int i);
/// Where the switch of motor `i` triggers, by the calibration and what this machine's own data say of warmth.
int32_t plr_zhome_expected(const struct plr *plr, const struct plr_port *port, void *ctx, int i);
/// Temperature in mC, INT32_MIN when there is no sensor.
int32_t plr_zhome_temperature(const struct plr_port *port, void *ctx, int heater);

// find.c, sample.c, settle.c: each goes on with the step at hand, when the last motion has ended at `motion`.
int plr_zhome_find(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion);
int plr_zhome_sample(struct plr *plr, const struct plr_port *port, void *ctx,
                     const struct plr_motion *motion);
int plr_zhome_settle(struct plr *plr, const struct plr_port *port, void *ctx,
                     const struct plr_motion *motion);
/// The touches of a pass are complete: take them, and level, verify or calibrate.
int plr_zhome_evaluate(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion);

#endif
