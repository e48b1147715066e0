// What must hold in a run of a swarm, whatever was drawn: and how far a fault that was drawn may widen it.
// SPDX-License-Identifier: MIT
#include "sim/swarm/swarm.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BIT(reason) (1u << PLR_REASON_##reason)

enum { US_PER_MS = 1000, Z_UM = 100 /* when all is well */ };

static bool disturbed(const struct lab_scenario *s, enum lab_disturb_kind kind)
{
    for (int i = 0; i < s->disturb_count; i++)
        if (s->disturb[i].kind == kind)
            return true;
    return false;
}

/// The longest that the heaters were off at a stretch, and all of it together.
static int64_t dark(const struct lab_scenario *s, bool all)
{
    int64_t sum = 0, most = 0;

    for (int i = 0; i < s->power_count + s->disturb_count; i++) {
        int64_t us =
            i < s->power_count ? s->power[i].off_for_us : s->disturb[i - s->power_count].off_for_us;
        sum += us;
        most = us > most ? us : most;
    }
    return all ? sum : most;
}

/// Is the controller told of this outage?
static bool told(const struct lab_scenario *s, const struct lab_power *power)
{
    return s->plr.power_fail_input && (power->domains & LAB_DOMAIN_MAINS) &&
           power->at.kind != LAB_AT_NV_WRITE;
}

/// Does it hear in time to write down where it stood?
static bool in_time(const struct lab_scenario *s)
{
    bool quick = s->sim.nv.kind == LAB_NV_FRAM && s->sim.nv.sync_us < 0;
    bool usual = s->sim.hold_up_us < 0 && s->sim.detect_us == 5 * US_PER_MS;

    return quick && usual;
}

static bool warned(const struct lab_scenario *s, const struct lab_power *power)
{
    return told(s, power) && in_time(s);
}

/// Can it be that an outage was told of, and that there was no time to act on it? What was extruded twice
/// then hangs on how much of the record was written, and the place where the brakes would have ended is believed. When nobody is told, the oracle knows what nobody could know.
static bool too_late(const struct lab_scenario *s)
{
    bool any_told = false, torn = false;

    for (int i = 0; i < s->power_count; i++) {
        any_told = any_told || told(s, &s->power[i]);
        torn = torn || s->power[i].at.kind == LAB_AT_NV_WRITE;
    }
    // the write that is torn may be that of the hold-up; saves of a slow memory follow each other as if they were one
    return (any_told && (torn || !in_time(s))) || s->sim.nv.sync_us > 50 * US_PER_MS ||
           (disturbed(s, LAB_DISTURB_CANCEL) && !in_time(s));
}

static int unwarned(const struct lab_scenario *s)
{
    int count = 0;

    for (int i = 0; i < s->power_count; i++)
        count += !warned(s, &s->power[i]);
    return count;
}

// --- refusals that are true ---------------------------------------------------------------------------------------

/// How far a corner may have fallen by chance and by script.
static int64_t fall(const struct lab_scenario *s)
{
    const struct lab_printer *p = &s->printer;
    int64_t one = p->hold_ppm + p->creep_ppm < 1000000 ? p->drop_max_nm : p->creep_max_nm, sum;

    sum = one * s->power_count;
    for (int i = 0; i < s->disturb_count; i++)
        for (int corner = 0; corner < LAB_CORNERS; corner++)
            if (s->disturb[i].corner_nm[corner] > sum)
                sum = s->disturb[i].corner_nm[corner];
    return sum;
}

/// Do switches open when a touch backs off? The user may have chosen less than they need.
static bool opens(const struct lab_scenario *s)
{
    int64_t back =
        s->plr.sample_retract_nm < s->plr.retract_nm ? s->plr.sample_retract_nm : s->plr.retract_nm;

    return back > s->printer.z_plus.hysteresis_nm + 150000;
}

static uint32_t of_switches(const struct lab_scenario *s)
{
    const struct lab_plr *plr = &s->plr;
    bool strict = plr->samples_tolerance_nm < 30000 || plr->samples_range_nm < 30000 ||
                  plr->samples_retries < 2 || plr->sample_misses == 1;
    bool noisy = s->printer.z_plus.false_ppm > 10000 || s->printer.z_plus.sigma_nm > 6000;
    uint32_t bits = 0;

    if (fall(s) + 500000 > plr->max_adjustment_nm)
        bits |= BIT(MAX_ADJUSTMENT);
    if (strict || noisy) // the calibration may have been refused for that already
        bits |= BIT(SWITCH_NOISY) | BIT(VERIFY) | BIT(NO_CALIBRATION);
    if (plr->verify_tolerance_nm < 20000)
        bits |= BIT(VERIFY);
    if (disturbed(s, LAB_DISTURB_ENDSTOP))
        bits |= BIT(SWITCH_STUCK) | BIT(SWITCH_DEAD) | BIT(SWITCH_NOISY) | BIT(MAX_ADJUSTMENT) |
                BIT(VERIFY) | BIT(BINDING);
    if (disturbed(s, LAB_DISTURB_BIND)) // its switch opens late, or not at all
        bits |= BIT(BINDING) | BIT(VERIFY) | BIT(SWITCH_NOISY) | BIT(SWITCH_STUCK) |
                BIT(MAX_ADJUSTMENT);
    if (disturbed(
            s,
            LAB_DISTURB_SLIP)) // it may slip between the first pass and the second: it did not follow
        bits |= BIT(MAX_ADJUSTMENT) | BIT(VERIFY) | BIT(BINDING);
    if (!s->sim.calibrate || !opens(s))
        bits |= BIT(NO_CALIBRATION) | BIT(SWITCH_STUCK);
    if (plr->calibration_max_age_us)
        bits |= BIT(OLD_CALIBRATION);
    return bits;
}

static uint32_t reasons(const struct lab_scenario *s)
{
    const int64_t second = 1000 * US_PER_MS;
    uint32_t bits = 0;

    if (s->printer.z_plus.kind != LAB_SWITCH_NONE) {
        bits |= of_switches(s);
        if (!s->sim.soaked || s->sim.room_mc != INT64_MIN || dark(s, true) > 60 * second ||
            s->plr.soak_chamber_mc < 5000)
            bits |= BIT(HEAT_STATE);
    } else if (s->power_count > 1 || unwarned(s) ||
               disturbed(s, LAB_DISTURB_CANCEL)) { // nothing can find a Z that may have been moving
        bits |= BIT(Z_LOST);
    }
    if (s->printer.z_plus.kind == LAB_SWITCH_NONE)
        bits |= BIT(Z_BETWEEN); // a save that does not land leaves Z where it printed
    if (unwarned(s))            // how far it printed on behind the last record nobody knows
        bits |= BIT(TOO_OLD);
    if (!(s->consent & PLR_CONSENT_RESUME))
        bits |= BIT(NO_CONSENT);
    if (dark(s, true) > 15 * second)
        bits |= BIT(BED_COLD);
    if (disturbed(s, LAB_DISTURB_FILE))
        bits |= BIT(FILE_MISSING) | BIT(FILE_CHANGED);
    return bits;
}

// --- limits -------------------------------------------------------------------------------------------------------

/// Is Z measured again after every cut? Not when the motors never let go.
static bool kept(const struct lab_scenario *s)
{
    bool is = disturbed(s, LAB_DISTURB_CANCEL);

    for (int i = 0; i < s->power_count; i++)
        is = is || s->power[i].off_for_us < 1000 * US_PER_MS;
    return is;
}

static int64_t z_limit_um(const struct lab_scenario *s)
{
    int64_t um = Z_UM;

    for (int i = 0; i < s->disturb_count && kept(s);
         i++) // what happens to a Z that nobody looks at
        um += s->disturb[i].amount_nm / 1000;

    if (s->plr.verify_tolerance_nm > 20000)
        um += s->plr.verify_tolerance_nm / 1000;
    if (!s->sim.soaked || s->sim.held || dark(s, true) > 600 * (int64_t)1000000)
        um += 100;
    if ((s->consent & PLR_CONSENT_CALIBRATION) || s->plr.calibration_warns)
        um += 200; // the operator took a calibration of another heat
    return um;
}

static int64_t shift_limit_um(const struct lab_scenario *s)
{
    int64_t um = 100;

    for (int i = 0; i < s->disturb_count; i++)
        if (s->disturb[i].kind == LAB_DISTURB_RELEASE) // nobody can know that the part moved
            for (int axis = 0; axis < 2; axis++)
                um += llabs(s->disturb[i].xy_nm[axis]) / 1000;
    return um;
}

/// Without a warning: how old a saved state may be at most; -1: any age.
static int64_t age_ms(const struct lab_scenario *s)
{
    int64_t save = s->plr.save_interval_us, tick = s->plr.tick_interval_us;
    int64_t us = tick ? tick : save ? save * (s->plr.save_delay + 2) : 0;

    if (!us)
        return -1;
    us *= s->plr.adaptive_interval ? 8 : 1;
    return 2 * us / US_PER_MS + 5000;
}

/// Is what is printed afterwards what was begun? A line that was edited may lie beyond the window around the newest full state,
/// which is all of the file that is looked at.
static bool same_file(const struct lab_scenario *s)
{
    return !disturbed(s, LAB_DISTURB_FILE);
}

/// Can the oracle tell where what was printed belongs? A turn of a spiral that was moved by hand may lie where another turn was.
static bool comparable(const struct lab_scenario *s)
{
    return same_file(s) &&
           !(strstr(s->job_path, "vase_spiral") && disturbed(s, LAB_DISTURB_RELEASE));
}

/// Path that comes twice, and what lies beside it, is scraped by as much as Z is off.
static int64_t dive_um(const struct lab_scenario *s)
{
    int64_t z = z_limit_um(s);

    return z > Z_UM ? z : 0;
}

static int collisions(const struct lab_scenario *s)
{
    if (z_limit_um(s) > Z_UM)
        return 1000;
    // a hand may push the head to where no frame would let it: it grazes its way back
    return disturbed(s, LAB_DISTURB_NUDGE) ? 4 : 0;
}

__attribute__((format(printf, 2, 3))) static void add(char *out, const char *format, ...)
{
    size_t at = strlen(out);
    va_list args;

    va_start(args, format);
    int n = vsnprintf(out + at, LAB_PLACE_SET - at, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < LAB_PLACE_SET - at);
}

void swarm_expect(const struct lab_scenario *scenario, char out[LAB_PLACE_SET])
{
    uint32_t bits = reasons(scenario);
    int64_t age = age_ms(scenario), z = z_limit_um(scenario);
    int cuts = scenario->power_count + scenario->disturb_count;

    snprintf(out, LAB_PLACE_SET, "expect={result: resumed");
    for (int reason = 0, listed = 0; reason < PLR_REASONS; reason++)
        if (bits >> reason & 1u)
            add(out, "%s%s", listed++ ? ", " : ", or_refused: [", lab_reason_word(reason));
    add(out, "%s", bits ? "]" : "");
    bool same = comparable(scenario);
    if (same)
        add(out, ", z_offset_error: %" PRId64 "um", z);
    if (same)
        add(out, ", layer_shift: %" PRId64 "um, seam_gap: %dum", shift_limit_um(scenario),
            too_late(scenario) ? 3000 : 0);
    add(out, ", dive: %" PRId64 "um, collisions: %d", dive_um(scenario), collisions(scenario));
    if (scenario->consent & PLR_CONSENT_RESUME)
        add(out, ", hot_dwell: %ds", 60 * (cuts > 0 ? cuts : 1));
    if (same && !too_late(scenario))
        add(out, ", seam_overlap: %dum", 100 * (cuts > 0 ? cuts : 1));
    if (same && age >= 0)
        add(out, ", state_age: %" PRId64 "ms", age);
    add(out, "}");
}
