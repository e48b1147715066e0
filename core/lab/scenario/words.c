// The words of scenario files: what may stand behind a key, and what it means.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/words.h"

#include "core/plr/defect.h"
#include "core/plr/plr.h"

#define END           \
    {                 \
        NULL, 0, NULL \
    }

const struct lab_word lab_nv_words[] = {
    {"fram", LAB_NV_FRAM, "FRAM: bytes in bus time, no erase"},
    {"eeprom", LAB_NV_EEPROM, "EEPROM: pages of milliseconds"},
    {"nor", LAB_NV_NOR, "NOR flash: programs pages, erases sectors slowly"},
    {"sd", LAB_NV_SD, "SD or eMMC behind a file system: may tear, may lose what was not synced"},
    END,
};
const struct lab_word lab_tear_words[] = {
    {"none", LAB_TEAR_NONE, "nothing of it"},
    {"prefix", LAB_TEAR_PREFIX, "with a number, prefix3: its first so many bytes"},
    {"some_bits", LAB_TEAR_SOME_BITS, "of the unit under way one changed bit"},
    {"most_bits", LAB_TEAR_MOST_BITS, "of the unit under way all changed bits but one"},
    {"complete", LAB_TEAR_COMPLETE, "all of it, but nobody heard so"},
    {"metastable", LAB_TEAR_METASTABLE, "cells in between, which read differently each time"},
    {"lost_unsynced", LAB_TEAR_LOST_UNSYNCED, "what was written since the last sync is lost"},
    {"garbage", LAB_TEAR_GARBAGE, "anything in the unit under way"},
    END,
};
const struct lab_word lab_gantry_words[] = {
    {"full", LAB_FULL,
     "rigid bodies on springs, in windows about edges of switches, falls and contacts"},
    {"quasistatic", LAB_QUASISTATIC, "equilibrium of the four corners, solved directly"},
    {"whole", LAB_WHOLE, "as full, but without a break: what the windows of full are held against"},
    END,
};
const struct lab_word lab_domain_words[] = {
    {"mains", LAB_DOMAIN_MAINS, "everything that hangs on the mains"},
    {"24v", LAB_DOMAIN_24V, "motors, heaters, fans"},
    {"logic", LAB_DOMAIN_LOGIC, "the board"},
    {"host", LAB_DOMAIN_HOST, "the host computer"},
    END,
};
const struct lab_word lab_disturb_words[] = {
    {"sag", LAB_DISTURB_SAG, "the corners fall as told in that outage"},
    {"nudge", LAB_DISTURB_NUDGE, "the head is moved by hand while off"},
    {"endstop", LAB_DISTURB_ENDSTOP, "a z_plus switch misbehaves from then on"},
    {"release", LAB_DISTURB_RELEASE, "the part lets go of the bed"},
    {"bind", LAB_DISTURB_BIND, "a corner follows its motor only so far"},
    {"slip", LAB_DISTURB_SLIP, "the pulley of a corner slips"},
    {"file", LAB_DISTURB_FILE, "the job file changes"},
    {"cancel", LAB_DISTURB_CANCEL, "the job is cancelled on purpose and resumed by command"},
    {"console", LAB_DISTURB_CONSOLE,
     "a line is said from the console; the user wants it, so the twin hears it, too"},
    END,
};
const struct lab_word lab_mode_words[] = {
    {"dead", LAB_ENDSTOP_DEAD, "endstop: never triggers"},
    {"stuck", LAB_ENDSTOP_STUCK, "endstop: always triggered"},
    {"false", LAB_ENDSTOP_FALSE, "endstop: triggers in mid-travel"},
    {"edited", LAB_FILE_EDITED, "file: other content"},
    {"truncated", LAB_FILE_TRUNCATED, "file: cut short"},
    {"gone", LAB_FILE_GONE, "file: not there"},
    END,
};
const struct lab_word lab_dut_words[] = {
    {"core", LAB_DUT_CORE, "the core of this project"},
    {"naive", LAB_DUT_NAIVE, "the field's plugin in miniature, wrong in its known ways"},
    {"resume", LAB_DUT_RESUME,
     "an operator with plr-resume: the core records and homes, the made file prints the rest"},
    {"macros", LAB_DUT_MACROS,
     "the core records, the restart_gcode of the configuration in plr.config brings the print "
     "back"},
    END,
};
#define DEFECT(name, word, about) {word, PLR_DEFECT_##name, about},
const struct lab_word lab_defect_words[] = {
    {"none", PLR_DEFECT_NONE, "as it should be"},
    PLR_DEFECT_LIST(DEFECT) END,
};
const struct lab_word lab_consent_words[] = {
    {"resume", PLR_CONSENT_RESUME, "go on; nothing heats or moves without it"},
    {"cold_bed", PLR_CONSENT_COLD_BED, "the bed was cold; the part has been checked and holds"},
    {"file", PLR_CONSENT_FILE, "the file changed; take it all the same"},
    {"calibration", PLR_CONSENT_CALIBRATION, "the calibration is old or of another state of heat"},
    END,
};
const struct lab_word lab_result_words[] = {
    {"resumed", LAB_RESUMED, "the print went on"},
    {"refused", LAB_REFUSED, "the device under test said no, with a reason"},
    {"nothing_to_resume", LAB_NOTHING_TO_RESUME, "there was nothing to go on with"},
    {"never_finished", LAB_NEVER_FINISHED, "neither went on nor gave up"},
    {"any", LAB_RESULT_ANY, "whatever; only the measures are judged"},
    END,
};

// the same words as plr_phase_name; phases outside a recovery are no triggers
const struct lab_word lab_phase_words[] = {
    {"boot", PLR_PHASE_BOOT, NULL},
    {"mount", PLR_PHASE_MOUNT, NULL},
    {"consent", PLR_PHASE_CONSENT, NULL},
    {"warm", PLR_PHASE_WARM, NULL},
    {"lift", PLR_PHASE_LIFT, NULL},
    {"heat", PLR_PHASE_HEAT, NULL},
    {"home_xy", PLR_PHASE_HOME_XY, NULL},
    {"home_z0", PLR_PHASE_HOME_Z0, NULL},
    {"home_z1", PLR_PHASE_HOME_Z1, NULL},
    {"home_z2", PLR_PHASE_HOME_Z2, NULL},
    {"home_z3", PLR_PHASE_HOME_Z3, NULL},
    {"level", PLR_PHASE_LEVEL, NULL},
    {"verify", PLR_PHASE_VERIFY, NULL},
    {"purge", PLR_PHASE_PURGE, NULL},
    {"approach", PLR_PHASE_APPROACH, NULL},
    {"resume", PLR_PHASE_RESUME, NULL},
    END,
};

const struct lab_word lab_reason_words[] = {
    {"no_record", PLR_REASON_NO_RECORD, "the memory holds no unfinished job"},
    {"not_started", PLR_REASON_NOT_STARTED, "nothing had been extruded yet"},
    {"ended", PLR_REASON_ENDED, "the job had ended or was given up"},
    {"bad_state", PLR_REASON_BAD_STATE, "a record checks but makes no sense"},
    {"no_consent", PLR_REASON_NO_CONSENT, "nobody consented"},
    {"file_missing", PLR_REASON_FILE_MISSING, "the job file is gone"},
    {"file_changed", PLR_REASON_FILE_CHANGED, "the job file has changed"},
    {"bed_cold", PLR_REASON_BED_COLD, "the bed was below its gate"},
    {"no_calibration", PLR_REASON_NO_CALIBRATION, "the z_plus endstops were never calibrated"},
    {"other_calibration", PLR_REASON_OTHER_CALIBRATION, "calibrated with another configuration"},
    {"old_calibration", PLR_REASON_OLD_CALIBRATION,
     "the calibration is older than calibration_max_age"},
    {"heat_state", PLR_REASON_HEAT_STATE, "not as warm as at calibration"},
    {"nozzle_cold", PLR_REASON_NOZZLE_COLD, "the nozzle does not reach its window"},
    {"heat_timeout", PLR_REASON_HEAT_TIMEOUT, "a heater does not reach its target"},
    {"switch_stuck", PLR_REASON_SWITCH_STUCK, "a z_plus switch is triggered where it cannot be"},
    {"switch_dead", PLR_REASON_SWITCH_DEAD, "a z_plus switch does not trigger where it must"},
    {"switch_noisy", PLR_REASON_SWITCH_NOISY, "samples do not agree"},
    {"max_adjustment", PLR_REASON_MAX_ADJUSTMENT, "a corner fell further than max_adjustment"},
    {"binding", PLR_REASON_BINDING, "a corner does not follow its motor"},
    {"verify", PLR_REASON_VERIFY, "the second pass does not agree with the first"},
    {"no_room", PLR_REASON_NO_ROOM, "no room to lift"},
    {"no_tool", PLR_REASON_NO_TOOL, "the machine has no heater for the job's tool"},
    {"z_loose", PLR_REASON_Z_LOOSE,
     "belts held nothing without power, and there is no switch to find Z"},
    {"z_lost", PLR_REASON_Z_LOST,
     "power failed while Z moved, or may have, and no switch can find it"},
    {"z_between", PLR_REASON_Z_BETWEEN,
     "Z stood half-way between two electrical cycles, and no switch can tell to which it went"},
    {"too_old", PLR_REASON_TOO_OLD, "a layer may lie above the place of the newest record"},
    {"memory", PLR_REASON_MEMORY, "the memory fails"},
    {"machine", PLR_REASON_MACHINE, "the machine reports an error"},
    END,
};

const char *lab_defect_word(int defect)
{
    return lab_word_text(lab_defect_words, defect);
}

const char *lab_gantry_word(enum lab_gantry gantry)
{
    return lab_word_text(lab_gantry_words, gantry);
}

const char *lab_nv_word(enum lab_nv_kind kind)
{
    return lab_word_text(lab_nv_words, kind);
}

const char *lab_reason_word(int reason)
{
    return lab_word_text(lab_reason_words, reason);
}
