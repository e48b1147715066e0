// The words of scenario files, and the list of measures.
// SPDX-License-Identifier: MIT
#ifndef LAB_WORDS_H
#define LAB_WORDS_H

#include "core/lab/scenario/tables.h"

extern const struct lab_word lab_nv_words[], lab_gantry_words[], lab_domain_words[],
    lab_disturb_words[], lab_mode_words[], lab_dut_words[], lab_defect_words[], lab_consent_words[],
    lab_result_words[], lab_tear_words[];

// X(enum, scenario name, JSON name, unit, JSON unit, base units in one JSON unit, lower is bad, definition)
#define LAB_MEASURE_LIST(X)                                                                        \
    X(LAB_Z_OFFSET_ERROR, "z_offset_error", "z_offset_error_um", LAB_LENGTH, "um", 1000, false,    \
      "over the first resumed extruded path (the rest of the layer; the next layer too when less " \
      "than 10 mm is "                                                                             \
      "left): true nozzle height in the part's own frame minus the twin's; + is too high")         \
    X(LAB_LAYER_SHIFT, "layer_shift", "layer_shift_um", LAB_LENGTH, "um", 1000, false,             \
      "over the same path: length of the mean XY displacement from the twin in part coordinates")  \
    X(LAB_SEAM_GAP, "seam_gap", "seam_gap_um", LAB_LENGTH, "um", 1000, false,                      \
      "path never extruded")                                                                       \
    X(LAB_SEAM_OVERLAP, "seam_overlap", "seam_overlap_um", LAB_LENGTH, "um", 1000, false,          \
      "path extruded twice")                                                                       \
    X(LAB_SEAM_OVERLAP_FILAMENT, "seam_overlap_filament", "seam_overlap_filament_um", LAB_LENGTH,  \
      "um", 1000, false, "filament of the path extruded twice")                                    \
    X(LAB_FLOW_DEFICIT, "flow_deficit", "flow_deficit_um", LAB_LENGTH, "um", 1000, false,          \
      "filament that pressure lag and an empty nozzle left out after the resume")                  \
    X(LAB_GANTRY_TILT, "gantry_tilt", "gantry_tilt_um", LAB_LENGTH, "um", 1000, false,             \
      "max minus min of the four true corner heights after recovery, relative to before the cut")  \
    X(LAB_DIVE, "dive", "dive_um", LAB_LENGTH, "um", 1000, false,                                  \
      "deepest the nozzle went below the printed surface by commanded motion after power "         \
      "returned")                                                                                  \
    X(LAB_COLLISIONS, "collisions", "collisions", LAB_COUNT, "", 1, false,                         \
      "hits of part, bed or frame by commanded motion after power returned")                       \
    X(LAB_OUTAGE_CONTACT, "outage_contact", "outage_contact_um", LAB_LENGTH, "um", 1000, false,    \
      "how far sag and rotor snap pressed the nozzle into the part: no fault of the device under " \
      "test")                                                                                      \
    X(LAB_HOT_DWELL, "hot_dwell", "hot_dwell_ms", LAB_TIME, "ms", 1000, false,                     \
      "time after power returned that a nozzle above softening temperature rested on the part")    \
    X(LAB_STATE_AGE, "state_age", "state_age_ms", LAB_TIME, "ms", 1000, false,                     \
      "how old the restored state was at the instant motion stopped")                              \
    X(LAB_TIME_TO_RESUME, "time_to_resume", "time_to_resume_ms", LAB_TIME, "ms", 1000, false,      \
      "power back to first extrusion")                                                             \
    X(LAB_PRINT_STALL, "print_stall", "print_stall_ms", LAB_TIME, "ms", 1000, false,               \
      "time in all that the head stood still in mid-print because its motion queue ran dry while " \
      "the device under test waited for its memory")                                               \
    X(LAB_NV_BYTES_PER_HOUR, "nv_bytes_per_hour", "nv_bytes_per_hour", LAB_BYTE_RATE, "B/h", 1,    \
      false, "bytes programmed per hour of printing")                                              \
    X(LAB_NV_WEAR_YEARS, "nv_wear_years", "nv_wear_years", LAB_YEARS, "years", 1, true,            \
      "years of such printing until the hardest-worn block reaches its declared endurance")

#endif
