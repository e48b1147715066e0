// The field's plugin in miniature, wrong in its known ways, so that the oracle is seen red.
// SPDX-License-Identifier: MIT
//
// Facts measured on the real thing, written anew: saves on a timer and at layers, two states late; saves the look-ahead end and the reader's
// file position; each z_plus switch stops its own motor only, the others run on; calibration takes those heights for level;
// heats fully before it lifts; primes where it stands; applies the Z offset twice.
#ifndef SIM_NAIVE_H
#define SIM_NAIVE_H

#include "core/plr/plr.h"

enum { NAIVE_HISTORY = 3, NAIVE_DELAY = 2 };

/// What it saves.
struct naive_state {
    uint32_t magic;
    uint32_t layer;
    uint64_t file_position;    ///< of the reader
    int64_t at_nm[PLR_AXES];   ///< end of the look-ahead
    struct plr_modal modal;    ///< there
    int32_t nozzle_mc, bed_mc; ///< as measured
};

struct naive {
    bool dead, active, mounted, calibrated;
    enum plr_phase phase;
    enum plr_result result;
    enum plr_reason reason;
    uint8_t step, corner;
    uint64_t collected_us;
    bool layer_due;
    int32_t layer;
    struct naive_state history[NAIVE_HISTORY + 1];
    int32_t collected;
    struct naive_state state;
    int32_t offset_nm[PLR_Z_MAX]; ///< calibration: each motor against the first
    int32_t reference_nm;
    int32_t overrun_nm[PLR_Z_MAX];
    int64_t saves;
};

#endif
