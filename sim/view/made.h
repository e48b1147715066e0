// A small trace made by hand, for tests of the view: eight layers of a square, a cut in the fifth, a recovery that purges, the rest.
// SPDX-License-Identifier: MIT
#ifndef SIM_VIEW_MADE_H
#define SIM_VIEW_MADE_H

#include "core/lab/trace/trace.h"

enum {
    MADE_LAYERS = 8,
    MADE_CUT_LAYER = 4,
    MADE_MOVE_US = 400000,
    MADE_OUTAGE_US = 30000000,
    MADE_Z_NM = 200000
};

/// Make it. Whoever asks owns it: lab_trace_free. Runs out of memory: the test fails.
void made_trace(struct lab_trace *trace);

#endif
