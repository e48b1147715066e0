// Lab truth: what physically is, filled by the simulated plant or by gauges on a bench. The oracle reads only this.
// SPDX-License-Identifier: MIT
//
// The ledger is append-only: an entry is a piece of path that the nozzle really took while filament was pushed, in the part's own
// frame (shifted and shrunk as the part is). Firmware beliefs, line numbers and DUT states never get here.
#ifndef LAB_TRUTH_H
#define LAB_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAB_TRUTH_CORNERS = 4, LAB_TRUTH_CUTS = 8 };

/// A straight piece of path during which filament was pushed forward above melting temperature.
struct lab_deposit {
    int64_t t_us; ///< begin; mains-on and outage time both count
    int32_t dt_us;
    int32_t from_nm[3]; ///< nozzle tip in part coordinates
    int32_t to_nm[3];
    int32_t e_nm;       ///< filament pushed (mm of filament in nm)
    int32_t deficit_nm; ///< of it, what pressure lag and empty nozzle left out
};
/// What of it can be hashed and compared: all but the padding at its end.
#define LAB_DEPOSIT_BYTES (offsetof(struct lab_deposit, deficit_nm) + sizeof(int32_t))

/// Append-only list of deposits; owns its memory.
struct lab_ledger {
    struct lab_deposit *entry;
    size_t count, room;
};

/// What one outage did, as physical facts.
struct lab_truth_cut {
    int64_t mains_us;    ///< mains went
    int64_t detected_us; ///< the power-fail input fell, -1 never
    int64_t stopped_us;  ///< motion stood still
    int64_t drivers_us;  ///< motor drivers lost power, -1 never (survived)
    int64_t logic_us;    ///< logic died, -1 never
    int64_t back_us;     ///< mains back
    int64_t stop_nm[3];  ///< nozzle tip when motion stood still, machine frame
    size_t ledger_at;    ///< deposits before the cut
    int32_t corner_before_nm[LAB_TRUTH_CORNERS]; ///< true heights at standstill
    /// At power return, after snap: where they fell to. What the part below a nozzle that rests on it shrank since is not in it (a few um).
    int32_t corner_after_nm[LAB_TRUTH_CORNERS];
    int32_t overrun_nm; ///< path travelled without drivers (braking outlasted the hold-up)
    int32_t bed_mc, nozzle_mc, chamber_mc; ///< at power return
    int32_t part_shift_nm[2];
    int64_t first_extrusion_us; ///< first deposit on the part after it, -1 none
    bool part_released;
    /// Logic died and nobody had been told: when the newest save that was whole by then had begun; -1 none, or there was a warning.
    int64_t committed_us;
    int64_t memory_us; ///< longest time for which the device's memory is busy in one piece
};

/// A length that a gauge of a bench read.
struct lab_gauged {
    bool known;
    bool independent; ///< the recovery itself did not use that gauge
    int64_t value_nm;
    int64_t uncertainty_nm; ///< half-width of its 95 % interval
};

/// Truth of one run. A negative or INT64_MIN field is unknown (no gauge).
struct lab_truth {
    struct lab_ledger ledger;
    struct lab_truth_cut cut[LAB_TRUTH_CUTS];
    int cuts;
    int32_t corner_start_nm[LAB_TRUTH_CORNERS]; ///< before the first cut, at standstill
    int32_t corner_end_nm[LAB_TRUTH_CORNERS];   ///< after recovery (at resume, or when it gave up)
    int64_t dive_nm;                            ///< commanded, after power return
    int32_t collisions_part, collisions_bed, collisions_frame;
    int64_t outage_contact_nm;
    int64_t hot_dwell_us;
    int64_t stall_us; ///< the head stood still because its queue ran dry under the device's writes
    int64_t on_us;    ///< time with mains on
    int64_t nv_bytes; ///< bytes programmed while printing
    int64_t nv_print_us; ///< over this printing time
    int64_t nv_wear_ppb; ///< share of the declared endurance used by the hardest-worn block, 1e-9
    bool completed;      ///< the job was printed to its end
    int64_t filament_nm; ///< net filament pushed over the whole run
    // of a bench, where nobody keeps a ledger: what was measured from outside
    bool gauged;
    struct lab_gauged z_offset; ///< nozzle height behind the cut minus before it, part coordinates
    struct lab_gauged layer_shift; ///< length of the XY displacement
    /// Longest time from power back until the printer said that it prints, -1 unknown; half-width.
    int64_t resume_us, resume_doubt_us;
    int64_t corner_uncertainty_nm; ///< of corner_start_nm and corner_end_nm; 0 exact
    bool corner_independent;
};

/// Truth of a bench before anything was measured: no ledger, everything unknown.
void lab_truth_unknown(struct lab_truth *truth);

void lab_ledger_free(struct lab_ledger *ledger);
/// Append a copy. Returns 0 or -12 (out of memory; the ledger is unchanged).
int lab_ledger_append(struct lab_ledger *ledger, const struct lab_deposit *deposit);
/// Length of a deposit's path in nm (XY and Z).
int64_t lab_deposit_length(const struct lab_deposit *deposit);
/// Length of a vector of `axes` (1-3) components, rounded to the nearest; integers only.
int64_t lab_length_nm(const int64_t *delta, int axes);
/// The same of two: what an oracle asks for every deposit.
int64_t lab_length_xy(int64_t x_nm, int64_t y_nm);

#endif
