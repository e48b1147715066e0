// Parts of writing a waveform.
// SPDX-License-Identifier: MIT
#ifndef LAB_VCD_INTERNAL_H
#define LAB_VCD_INTERNAL_H

#include "core/lab/vcd/vcd.h"

enum { VCD_CHANGES_MAX = 1 << 24, VCD_SIGNALS = 128 };

enum vcd_kind {
    VCD_WIRE,
    VCD_MICRO, ///< a real: millionths (nm as mm)
    VCD_MILLI, ///< a real: thousandths (milli-degC as degC)
    VCD_COUNT, ///< a real without a fraction: libsigrok 0.5 stumbles over integers
    VCD_PHASE, ///< a word of that domain
    VCD_STATE
};

struct vcd_signal {
    char name[LAB_TRACE_KEY];
    enum vcd_kind kind;
};

/// A signal has this value from then on.
struct vcd_change {
    int64_t t_us;
    int64_t value;  ///< LAB_TRACE_UNKNOWN: x
    uint32_t order; ///< of those at one instant the later one counts
    uint16_t signal;
};

/// All changes, in any order while they are collected.
struct vcd {
    const struct lab_trace *trace;
    struct lab_vcd_window window;
    struct vcd_signal signal[VCD_SIGNALS];
    int signals;
    struct vcd_change *change;
    size_t changes, room;
    int error;
};

/// A new signal. Returns its number.
int vcd_signal(struct vcd *vcd, const char *name, enum vcd_kind kind);
/// It changes; the first error is kept.
void vcd_change(struct vcd *vcd, int signal, int64_t t_us, int64_t value);

/// steps.c: step and direction of all motors, within the window.
void vcd_steps(struct vcd *vcd);

#endif
