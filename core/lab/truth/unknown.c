// Truth of a bench before anything was measured.
// SPDX-License-Identifier: MIT
#include "core/lab/truth/truth.h"

static void cut_unknown(struct lab_truth_cut *cut)
{
    *cut = (struct lab_truth_cut){.mains_us = -1,
                                  .detected_us = -1,
                                  .stopped_us = -1,
                                  .drivers_us = -1,
                                  .logic_us = -1,
                                  .back_us = -1,
                                  .bed_mc = INT32_MIN,
                                  .nozzle_mc = INT32_MIN,
                                  .chamber_mc = INT32_MIN,
                                  .first_extrusion_us = -1,
                                  .committed_us = -1};
    for (int axis = 0; axis < 3; axis++)
        cut->stop_nm[axis] = INT64_MIN;
    for (int corner = 0; corner < LAB_TRUTH_CORNERS; corner++)
        cut->corner_before_nm[corner] = cut->corner_after_nm[corner] = INT32_MIN;
}

void lab_truth_unknown(struct lab_truth *truth)
{
    *truth = (struct lab_truth){.gauged = true,
                                .dive_nm = -1,
                                .collisions_part = -1,
                                .collisions_bed = -1,
                                .collisions_frame = -1,
                                .outage_contact_nm = -1,
                                .hot_dwell_us = -1,
                                .stall_us = -1,
                                .on_us = -1,
                                .nv_bytes = -1,
                                .filament_nm = -1,
                                .resume_us = -1};
    for (int n = 0; n < LAB_TRUTH_CUTS; n++)
        cut_unknown(&truth->cut[n]);
    for (int corner = 0; corner < LAB_TRUTH_CORNERS; corner++)
        truth->corner_start_nm[corner] = truth->corner_end_nm[corner] = INT32_MIN;
}
