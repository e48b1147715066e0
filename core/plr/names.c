// Words for phases and reasons, for people and for cut triggers.
// SPDX-License-Identifier: MIT
#include "core/plr/plr.h"

static const char *const phase_names[PLR_PHASES] = {
    [PLR_PHASE_IDLE] = "idle",           [PLR_PHASE_PRINTING] = "printing",
    [PLR_PHASE_BRAKING] = "braking",     [PLR_PHASE_HOLDING] = "holding",
    [PLR_PHASE_BOOT] = "boot",           [PLR_PHASE_MOUNT] = "mount",
    [PLR_PHASE_CONSENT] = "consent",     [PLR_PHASE_WARM] = "warm",
    [PLR_PHASE_LIFT] = "lift",           [PLR_PHASE_HEAT] = "heat",
    [PLR_PHASE_HOME_XY] = "home_xy",     [PLR_PHASE_HOME_Z0] = "home_z0",
    [PLR_PHASE_HOME_Z1] = "home_z1",     [PLR_PHASE_HOME_Z2] = "home_z2",
    [PLR_PHASE_HOME_Z3] = "home_z3",     [PLR_PHASE_LEVEL] = "level",
    [PLR_PHASE_VERIFY] = "verify",       [PLR_PHASE_PURGE] = "purge",
    [PLR_PHASE_APPROACH] = "approach",   [PLR_PHASE_RESUME] = "resume",
    [PLR_PHASE_CALIBRATE] = "calibrate",
};

static const char *const reason_texts[PLR_REASONS] = {
    [PLR_REASON_NONE] = "no reason",
    [PLR_REASON_NO_RECORD] = "the memory holds no unfinished job",
    [PLR_REASON_NOT_STARTED] = "nothing had been extruded yet",
    [PLR_REASON_ENDED] = "the job had ended",
    [PLR_REASON_BAD_STATE] = "the saved state makes no sense",
    [PLR_REASON_NO_CONSENT] = "nobody consented",
    [PLR_REASON_FILE_MISSING] = "the job file is gone",
    [PLR_REASON_FILE_CHANGED] = "the job file has changed since the state was saved",
    [PLR_REASON_BED_COLD] = "the bed is below its gate: the part may have let go",
    [PLR_REASON_NO_CALIBRATION] = "the z_plus endstops were never calibrated",
    [PLR_REASON_OTHER_CALIBRATION] = "calibrated with another configuration",
    [PLR_REASON_OLD_CALIBRATION] = "the calibration is older than calibration_max_age",
    [PLR_REASON_HEAT_STATE] = "the machine is not as warm as when it was calibrated",
    [PLR_REASON_NOZZLE_COLD] = "the nozzle does not get warm enough to leave the part",
    [PLR_REASON_HEAT_TIMEOUT] = "a heater does not reach its target",
    [PLR_REASON_SWITCH_STUCK] = "a z_plus endstop is triggered where it cannot be",
    [PLR_REASON_SWITCH_DEAD] = "a z_plus endstop does not trigger",
    [PLR_REASON_SWITCH_NOISY] = "the samples of a z_plus endstop do not agree",
    [PLR_REASON_MAX_ADJUSTMENT] = "a corner is further off than max_adjustment",
    [PLR_REASON_BINDING] = "a corner does not follow its motor",
    [PLR_REASON_VERIFY] = "the verification pass does not agree",
    [PLR_REASON_NO_ROOM] = "there is no room to lift the nozzle off the part",
    [PLR_REASON_NO_TOOL] = "this machine has no heater for the job's tool",
    [PLR_REASON_Z_LOOSE] =
        "nothing held Z without power, and there is no z_plus endstop to find it",
    [PLR_REASON_Z_LOST] = "power failed while Z moved, or may have, and no endstop can find it",
    [PLR_REASON_Z_BETWEEN] =
        "Z stood half-way between two electrical cycles, and no endstop can find it",
    [PLR_REASON_TOO_OLD] = "a layer may lie above the place of the newest record",
    [PLR_REASON_MEMORY] = "the memory fails",
    [PLR_REASON_MACHINE] = "the machine reports an error",
};

const char *plr_phase_name(enum plr_phase phase)
{
    return (unsigned)phase < PLR_PHASES ? phase_names[phase] : "unknown";
}

const char *plr_reason_text(enum plr_reason reason)
{
    return (unsigned)reason < PLR_REASONS ? reason_texts[reason] : "unknown reason";
}
