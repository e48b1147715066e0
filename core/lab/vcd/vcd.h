// Waveforms: a trace as a value change dump (IEEE 1364) for GTKWave and sigrok, and a captured signal as a power script.
// SPDX-License-Identifier: MIT
#ifndef LAB_VCD_H
#define LAB_VCD_H

#include <stdio.h>

#include "core/lab/trace/trace.h"

// --- out -------------------------------------------------------------------------------------------------------

/// A stretch of a trace, us since the run began.
struct lab_vcd_window {
    int64_t from_us, to_us;
    bool whole; ///< all of the trace; step pulses only from `from_us` to `to_us`
};

enum { LAB_VCD_AROUND_US = 1000000 };

/// What "--window TEXT" means: "" the whole trace, with step pulses from a second before the first cut to a second behind it (none
/// without a cut); "cut" or "cut:N" just that, around the N-th cut (from 1); "FROM..TO" a stretch, in times with units since the run
/// began ("2231s..2232.5s"). Returns 0, or LAB_EINVAL with a sentence in `err`.
int lab_vcd_window(const char *text, const struct lab_trace *trace, struct lab_vcd_window *out,
                   struct lab_error *err);

/// Write. A microsecond is the unit; what happened before the run's zero happens at zero. Signals: mains, power_fail, rail_24v,
/// logic, firmware, motors_xy, motors_z (power_fail and motors of a bench are x: nobody measures them); a wire for each line of the trace (relay_NAME, sense_NAME, endstops by their names); nv_busy; phase and state as words; bed and nozzle on and off, their targets
/// and temperatures (degC); x, y, z, e and the tip as reals (mm) at the ends of motions, corners likewise; step and direction of
/// stepper_x to stepper_z3, pulses of 2 us or half a step. Returns 0, LAB_ENOMEM, LAB_EFBIG (more than 2^24 changes: a window too wide
/// for its steps) or LAB_EIO.
int lab_vcd_write(const struct lab_trace *trace, const struct lab_vcd_window *window, FILE *out);

// --- in --------------------------------------------------------------------------------------------------------

enum { LAB_VCD_OUTAGES_MAX = 4096 };

struct lab_vcd_outage {
    int64_t t_us;   ///< since the capture began
    int64_t off_us; ///< how long; -1: to the end of the capture, and longer
};

/// How a capture is read.
struct lab_vcd_ask {
    /// "mains", or with its scopes "top.mains"; NULL: the only signal of one bit.
    const char *signal;
    bool low_is_on; ///< the signal says that power is missing
    /// Shorter outages are none (an AC sense drops at each zero crossing); of the others two that are nearer to each other are one, with
    /// what was short between them.
    int64_t debounce_us;
    /// How long power stays away when the capture ends without it, counted from when it went; 0: nobody knows.
    int64_t off_for_us;
};

/// What `debounce_us` left out.
struct lab_vcd_dropped {
    size_t count;   ///< stretches of off time
    int64_t off_us; ///< all of them together
    /// They took more than half of the ten debounce times from here on: that looks like an outage amid chatter. -1: nowhere.
    int64_t dense_us;
    /// The longest of them up to there: with a debounce time of no more they are no longer too short.
    int64_t longest_us;
    bool at_end; ///< the last of them is where the capture ends: it may have been longer
};

struct lab_vcd_script {
    struct lab_vcd_outage outage[LAB_VCD_OUTAGES_MAX];
    size_t outages;
    char signal[LAB_TRACE_TEXT]; ///< its whole name
    int64_t length_us;           ///< of the capture
    int64_t debounce_us;         ///< as it was asked for
    bool ends_off;               ///< the capture ends while power is away
    struct lab_vcd_dropped dropped;
};

/// Read a capture. Before its first level a signal is on; where $dumpoff says x it is as it was; sections of other tools are passed
/// over. Returns 0; or LAB_EINVAL with `err` telling file, line, column and token when it
/// is no such dump, has no $timescale, no such signal or several, the signal is no single bit or is neither 0 nor 1 amid the capture, time goes back,
/// there are more outages than LAB_VCD_OUTAGES_MAX, or the capture sees power away at its end for longer than `off_for_us`.
int lab_vcd_read(const char *name, const char *text, size_t size, const struct lab_vcd_ask *ask,
                 struct lab_vcd_script *out, struct lab_error *err);

/// Print it as a scenario's `power:`, with comments: what was left out, and as a clock tells it what is long and in small units. `begin_us`: so long after the job began the capture begins. Returns 0, or LAB_EINVAL with a sentence in `err`: no outage, more than a scenario takes, an end that is not known.
int lab_vcd_print(const struct lab_vcd_script *script, const char *name, int64_t begin_us,
                  FILE *out, struct lab_error *err);

/// "left out: 3 times off for less than 20ms, 27ms in all". True when there is such a thing to say.
bool lab_vcd_left_out(const struct lab_vcd_script *script, char *out, size_t room);

#endif
