// Measures that truth states directly: tilt, dive, collisions, dwell, times, wear.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

static const int64_t YEAR_MS = 31557600000;

static void tilt(const struct lab_truth *run, struct lab_measured *measured)
{
    int64_t lowest = INT64_MAX, highest = INT64_MIN;
    for (int corner = 0; corner < LAB_TRUTH_CORNERS; corner++) {
        if (run->corner_start_nm[corner] == INT32_MIN || run->corner_end_nm[corner] == INT32_MIN)
            return;
        int64_t moved = (int64_t)run->corner_end_nm[corner] - run->corner_start_nm[corner];
        lowest = moved < lowest ? moved : lowest;
        highest = moved > highest ? moved : highest;
    }
    oracle_set(measured, lab_round_div(highest - lowest, 1000));
}

// The longest wait from power back to the first deposit on the part.
static void time_to_resume(const struct lab_truth *run, struct lab_measured *measured)
{
    int64_t longest = -1;
    for (int n = 0; n < run->cuts && n < LAB_TRUTH_CUTS; n++) {
        const struct lab_truth_cut *cut = &run->cut[n];
        if (cut->first_extrusion_us < 0 || cut->back_us < 0)
            continue;
        int64_t took = cut->first_extrusion_us - cut->back_us;
        longest = took > longest ? took : longest;
    }
    if (longest >= 0)
        oracle_set(measured, lab_round_div(longest, 1000));
}

int64_t lab_bytes_per_hour(int64_t nv_bytes, int64_t nv_print_us)
{
    int64_t print_ms = nv_print_us / 1000;

    return nv_bytes < 0 || print_ms <= 0 ? -1 : lab_round_div(nv_bytes * 3600000, print_ms);
}

static void memory(const struct lab_truth *run, struct lab_verdict *verdict)
{
    int64_t print_ms = run->nv_print_us / 1000;
    int64_t per_hour = lab_bytes_per_hour(run->nv_bytes, run->nv_print_us);
    if (per_hour >= 0)
        oracle_set(&verdict->measure[LAB_NV_BYTES_PER_HOUR], per_hour);
    if (print_ms <= 0 || run->nv_wear_ppb <= 0) // nothing worn: it lasts for ever
        return;
    int64_t years = lab_round_div(print_ms * 1000000000 / run->nv_wear_ppb, YEAR_MS);
    oracle_set(&verdict->measure[LAB_NV_WEAR_YEARS], years < INT32_MAX ? years : INT32_MAX);
}

void oracle_measure_facts(const struct lab_truth *run, struct lab_verdict *verdict)
{
    struct lab_measured *measure = verdict->measure;
    if (run->cuts > 0) {
        tilt(run, &measure[LAB_GANTRY_TILT]);
        oracle_gauged_tilt(run, &measure[LAB_GANTRY_TILT]);
        time_to_resume(run, &measure[LAB_TIME_TO_RESUME]);
    }
    if (run->dive_nm >= 0)
        oracle_set(&measure[LAB_DIVE], lab_round_div(run->dive_nm, 1000));
    if (run->collisions_part >= 0 && run->collisions_bed >= 0 && run->collisions_frame >= 0)
        oracle_set(&measure[LAB_COLLISIONS],
                   (int64_t)run->collisions_part + run->collisions_bed + run->collisions_frame);
    if (run->outage_contact_nm >= 0)
        oracle_set(&measure[LAB_OUTAGE_CONTACT], lab_round_div(run->outage_contact_nm, 1000));
    if (run->hot_dwell_us >= 0)
        oracle_set(&measure[LAB_HOT_DWELL], lab_round_div(run->hot_dwell_us, 1000));
    if (run->stall_us >= 0)
        oracle_set(&measure[LAB_PRINT_STALL], lab_round_div(run->stall_us, 1000));
    memory(run, verdict);
}
