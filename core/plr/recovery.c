// The recovery: one phase after the other, each started once and then polled.
// SPDX-License-Identifier: MIT
//
// The order is the point (docs/DESIGN.md section 5). The nozzle leaves the part first: warm enough to let go, too cool to ooze, with
// XY unpowered. Only clear of the part does it get hot, home and purge. Z is measured, not believed, and offsets are applied once.
#include "core/plr/internal.h"

#define WARM_MARGIN_MC   3000 // above softening, so that the sensor's error does not leave it bonded
#define REACHED_MC       2000    // a heater has arrived within this
#define STABLE_US        3000000 // and stays there this long
#define WARM_TIMEOUT_US  300000000ull
#define HEAT_TIMEOUT_US  3600000000ull
#define LIFT_MARGIN_NM   (5 * PLR_NM_PER_MM)
#define HELD_UP_NM       1500000 // more than gantries were seen to sag, their fallen corners aside
#define LIFT_KEPT_NM     (2 * PLR_NM_PER_MM)
#define LIFT_NM_S        (5 * PLR_NM_PER_MM)
#define DESCEND_NM_S     (10 * PLR_NM_PER_MM)
#define TOUCH_DOWN_NM    (2 * PLR_NM_PER_MM) // the last stretch down is made slowly
#define TOUCH_DOWN_NM_S  (2 * PLR_NM_PER_MM)
#define PURGE_NM_S       (3 * PLR_NM_PER_MM)
#define RETRACT_NM_S     (30 * PLR_NM_PER_MM)
#define PURGE_RETRACT_NM (PLR_DEFECT(PRIME_IN_AIR) ? 0 : 500000) // against ooze on the way back
#define POLL_HEAT_US     250000
#define POLL_HEAT_MOST   8     // no longer than so many of them
#define HOTEND_MC_S      15000 // faster is no hotend, up or down: 120 W make 12 K/s of the lightest
#define BED_MC_S         5000  // ... and no bed: 1 kW makes 2 K/s of a thin one

/// Without switches nothing can tell where Z stands when power went while it moved.
static bool z_lost(const struct plr *plr)
{
    if (plr->config.z_reference == PLR_Z_PLUS || plr->kept)
        return false;
    return plr->lifted == PLR_LIFTED_MOVING ||
           (plr->lifted == PLR_LIFTED_NOT && (plr->state.flags & PLR_STATE_LIFTING));
}

/// ... or to which electrical cycle its rotor went that stood between two. A rotor rests at the nearest full step, four to a cycle; at
/// the one in the middle, half a full step and a quarter around it for friction, it may go either way.
static bool z_between(const struct plr *plr)
{
    int32_t cycle = plr->config.cycle_nm;

    if (plr->config.z_reference == PLR_Z_PLUS || plr->kept || plr->lifted == PLR_LIFTED_BY)
        return false;
    for (int i = 0; i < plr->config.z_motors; i++) {
        int32_t phase = plr->state.progress.z_phase_nm[i];
        if (phase > cycle / 16 * 5 && phase < cycle / 16 * 11)
            return true;
    }
    return false;
}

/// May the print have gone on, untold, to where the restored state would be wrong? 1 when refused, 0, or an error.
static int gate_ahead(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int ahead = plr->kept ? 0 : plr_ahead(plr, port, ctx);
    enum plr_reason reason = PLR_REASON_NONE;

    if (ahead < 0)
        return ahead;
    if (plr->config.z_reference != PLR_Z_PLUS && (ahead & PLR_AHEAD_Z)) {
        PLR_MARK(z_unsure);
        reason = PLR_REASON_Z_LOST;
    } else if (ahead & PLR_AHEAD_LAYERS) {
        PLR_MARK(too_old);
        reason = PLR_REASON_TOO_OLD;
    }
    if (!reason)
        return 0;
    int error = plr_refuse(plr, port, ctx, reason, 0);
    return error ? error : 1;
}

/// Was the nozzle lifted clear while power lasted? Screws hold it there; a belt gantry sags, so there it takes more than that.
static bool held_up(const struct plr *plr)
{
    int32_t by = plr->state.progress.z_motor_nm[0] - (int32_t)plr->state.progress.machine_nm[PLR_Z];
    int32_t least = plr->config.z_reference != PLR_Z_PLUS ? plr->config.cycle_nm : HELD_UP_NM;

    return !plr->kept && plr->lifted == PLR_LIFTED_NOT && (plr->state.flags & PLR_STATE_LIFTED) &&
           by >= least;
}

int plr_recover(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int done =
        plr_gate(plr, port, ctx); // first: a file that changed must not be read as if it had not
    if (done > 0)
        return 0;
    if (!done)
        done = plr_catch_up(plr, port, ctx);
    if (PLR_DEFECT_BUILD && !done)
        done = plr_defect_restore(plr, port, ctx);
    if (!done && z_lost(plr)) {
        PLR_MARK(z_lost);
        return plr_refuse(plr, port, ctx, PLR_REASON_Z_LOST, (int32_t)plr->tries);
    }
    if (!done && z_between(plr)) {
        PLR_MARK(z_between);
        return plr_refuse(plr, port, ctx, PLR_REASON_Z_BETWEEN, plr->state.progress.z_phase_nm[0]);
    }
    if (!done)
        done = gate_ahead(plr, port, ctx);
    if (done > 0)
        return 0;
    if (!done && held_up(plr)) {
        PLR_MARK(held_up);
        plr->lifted = PLR_LIFTED_BY;
        plr->lifted_nm = 0; // the saved heights hold it already
        plr_debug(plr, port, ctx, "the nozzle was lifted before the dark, and stayed clear",
                  PLR_LOG_PLAIN);
    }
    if (!done) {
        if (plr->tries)
            PLR_MARK(tried_before);
        plr->tries++;
        done = plr_note_write(plr, port, ctx);
    }
    if (done)
        return plr_trouble(plr, port, ctx, done, PLR_REASON_MACHINE);
    port->log(ctx, "recovery begins; try", (int64_t)plr->tries);
    return plr_enter(plr, port, ctx, PLR_PHASE_WARM);
}

static uint64_t in_phase(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    return port->now_us(ctx) - plr->phase_since_us;
}

/// How long does a heater take at least until it is within reach of its target, ms?
/// Returns 0 when it is there, or an error.
static int32_t missing(const struct plr_port *port, void *ctx, int heater, int32_t target)
{
    int32_t mc;

    if (!target || (PLR_DEFECT(BED_NOT_AWAITED) && !heater))
        return 0;
    int error = port->temperature(ctx, heater, &mc);
    if (error)
        return error;
    int32_t off = plr_abs32(mc - target);
    return off <= REACHED_MC ? 0
                             : 1 + (off - REACHED_MC) / ((heater ? HOTEND_MC_S : BED_MC_S) / 1000);
}

/// When to look at heaters again that take at least so long: polls at which they cannot have arrived yet, nor this phase's time be
/// over, are left out. What comes of it comes at the same instant.
static int64_t heat_wait(const struct plr *plr, const struct plr_port *port, void *ctx, int32_t ms)
{
    int64_t polls = ms / (POLL_HEAT_US / 1000);
    int64_t left = ((int64_t)HEAT_TIMEOUT_US - (int64_t)in_phase(plr, port, ctx)) / POLL_HEAT_US;

    polls = polls > POLL_HEAT_MOST ? POLL_HEAT_MOST : polls;
    polls = polls > left ? left : polls;
    return POLL_HEAT_US * (polls > 1 ? polls : 1);
}

static int nozzle(const struct plr *plr)
{
    return 1 + plr->state.modal.tool;
}

// --- warm and lift --------------------------------------------------------------------------------

/// Middle of the window in which plastic lets go but does not run.
static int32_t warm_target(const struct plr *plr)
{
    if (PLR_DEFECT(HEAT_BEFORE_LIFT))
        return plr->state.modal.nozzle_mc[plr->state.modal.tool];
    return plr->config.soften_mc + (plr->config.ooze_mc - plr->config.soften_mc) / 2;
}

/// From here on the nozzle may leave the part.
static int32_t warm_enough(const struct plr *plr)
{
    if (PLR_DEFECT(HEAT_BEFORE_LIFT))
        return warm_target(plr) - REACHED_MC;
    return plr->config.soften_mc + WARM_MARGIN_MC;
}

static int64_t warm(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int32_t mc;

    if (plr->lifted && !plr->kept) { // clear of the part already: nothing to soften
        PLR_MARK(lifts_cold);
        port->log(ctx, "the nozzle was lifted before, and lifts further cold: from, nm",
                  plr->lifted_nm);
        return plr_enter(plr, port, ctx, PLR_PHASE_LIFT);
    }
    int error = port->temperature(ctx, nozzle(plr), &mc);
    if (!error && plr->step == 0) {
        // the bed keeps the part: it heats from the first moment
        error = port->heat(ctx, 0, plr->state.modal.bed_mc);
        if (!error && mc < warm_target(plr)) {
            PLR_MARK(warms_then_lifts);
            error = port->heat(ctx, nozzle(plr), warm_target(plr));
        }
        plr->step = 1;
    }
    if (error)
        return error;
    if (mc >= warm_enough(plr)) {
        plr_debug(plr, port, ctx, "warm enough to leave the part, mC", mc);
        return plr_enter(plr, port, ctx, PLR_PHASE_LIFT);
    }
    if (in_phase(plr, port, ctx) > WARM_TIMEOUT_US)
        return plr_refuse(plr, port, ctx, PLR_REASON_NOZZLE_COLD, mc);
    return POLL_HEAT_US; // it lies on the part, and no longer than it must
}

/// With unpowered rotors Z was kept up to the electrical cycle: they come back at the cycle nearest to their detent.
static int32_t snapped(const struct plr *plr, int32_t z_nm, int32_t phase_nm)
{
    int32_t cycle = plr->config.cycle_nm;
    int32_t full_step = cycle / 4;
    int32_t detent = (phase_nm + full_step / 2) / full_step * full_step;
    int32_t nearest = detent > cycle / 2 ? cycle : 0;
    return z_nm - phase_nm + nearest;
}

/// What the firmware may believe of Z before anything was measured.
static int believe(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int32_t z[PLR_Z_MAX] = {0};

    if (plr->kept)
        return 0;
    for (int i = 0; i < plr->config.z_motors; i++)
        z[i] = snapped(plr, plr->state.progress.z_motor_nm[i], plr->state.progress.z_phase_nm[i]) +
               plr->lifted_nm;
    plr_debug(plr, port, ctx, "until Z is measured stepper_z is believed at, nm", z[0]);
    return port->z_set(ctx, z);
}

/// Remember across a further cut how the nozzle was left.
static int note_height(struct plr *plr, const struct plr_port *port, void *ctx,
                       enum plr_lifted lifted, int32_t by_nm)
{
    plr->lifted = (uint8_t)lifted;
    plr->lifted_nm = by_nm;
    return plr_note_write(plr, port, ctx);
}

/// From `now_nm` to above everything that is printed, as far as the machine goes.
static int32_t clear_of_all(const struct plr *plr, int32_t now_nm)
{
    int32_t to = plr->state.modal.tallest_nm + LIFT_MARGIN_NM;
    if (to > plr->config.z_max_nm)
        to = plr->config.z_max_nm;
    return to > now_nm ? to - now_nm : 0;
}

static int32_t lift_wanted(const struct plr *plr, int32_t now_nm)
{
    int32_t top = plr->state.progress.z_motor_nm[0];

    if (plr->in_place)
        return PLR_NM_PER_MM;
    if (plr->kept) // a cancelled job: over all that is printed, on the way to where it purges
        return clear_of_all(plr, now_nm);
    if (plr->config.z_reference ==
        PLR_Z_PLUS) // a fallen corner lowers the nozzle elsewhere: clear all it may have fallen
        return plr->config.max_adjustment_nm + LIFT_MARGIN_NM;
    int32_t room = plr->config.z_max_nm - top;
    int32_t up = room < LIFT_KEPT_NM * 5 ? room : LIFT_KEPT_NM * 5;
    return up / plr->config.cycle_nm *
           plr->config.cycle_nm; // whole cycles: a further cut finds the rotors here again
}

/// The last trace before a Z that nothing can measure begins to move.
static int note_moving(struct plr *plr, const struct plr_port *port, void *ctx,
                       enum plr_lifted otherwise)
{
    bool blind = plr->config.z_reference != PLR_Z_PLUS;
    return note_height(plr, port, ctx, blind ? PLR_LIFTED_MOVING : otherwise,
                       blind ? plr->lifted_nm : 0);
}

/// Was the nozzle left somewhere on the way to the z_plus endstops?
static bool homing(const struct plr *plr)
{
    return plr->lifted == PLR_LIFTED_HOMING || plr->lifted == PLR_LIFTED_TOP;
}

/// May a z_plus switch trigger here? A corner that fell is lower than believed, never higher.
static bool at_top(const struct plr *plr, const struct plr_motion *motion)
{
    return homing(plr) || motion->z_motor_nm[0] > plr->config.z_position_nm - LIFT_MARGIN_NM;
}

/// Power went while Z was homed, with a corner on its switch: no edge would stop a lift from there.
static bool top_reached(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint32_t triggered;
    return homing(plr) && !port->switches(ctx, &triggered) && (triggered & plr_z_mask(plr));
}

/// Why it lifts so far.
static const char *lift_reason(const struct plr *plr)
{
    if (!plr->lift_nm)
        return "a corner is on its z_plus endstop already: does not lift, nm";
    if (plr->in_place)
        return "goes on where it stands: lifts a little, nm";
    if (plr->kept)
        return "cancelled: lifts over all that is printed, nm";
    if (plr->config.z_reference == PLR_Z_PLUS)
        return "lifts clear of all that a corner may have fallen, nm";
    return "no z_plus endstops: lifts whole electrical cycles, nm";
}

static int64_t start_lift(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;
    int error = port->motion(ctx, &motion);
    if (error || motion.busy) // who answers at once finds a cancelled job still lifting
        return error ? error : PLR_POLL_MOTION_US;
    int32_t up = lift_wanted(plr, motion.z_motor_nm[0]);
    if (up < LIFT_KEPT_NM && !plr->kept && !plr->lifted)
        return plr_refuse(plr, port, ctx, PLR_REASON_NO_ROOM, up);
    if (!plr->kept) // XY stays loose: a snap sideways would pull on the part
        error = port->energise(ctx, plr_z_mask(plr));
    if (!error)
        error = believe(plr, port, ctx);
    if (!error)
        error = port->motion(ctx, &motion);
    if (error)
        return error;
    plr->lift_from_nm = motion.z_motor_nm[0];
    plr->lift_nm = top_reached(plr, port, ctx) ? 0 : up;
    plr->lift_unwatched = plr->config.z_reference == PLR_Z_PLUS && !plr->kept ? 0 : plr_z_mask(plr);
    plr->step = 1;
    plr_debug(plr, port, ctx, lift_reason(plr), plr->lift_nm);
    if (!plr->lift_nm) {
        PLR_MARK(left_at_switch);
        return 0;
    }
    if (plr->config.z_reference != PLR_Z_PLUS)
        error = note_moving(plr, port, ctx, PLR_LIFTED_NOT);
    if (error)
        return error;
    error =
        port->z_move(ctx, plr_z_mask(plr), up, LIFT_NM_S, plr_z_mask(plr) & ~plr->lift_unwatched);
    return error ? error : PLR_POLL_MOTION_US;
}

static int64_t lift(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    if (plr->step == 0)
        return start_lift(plr, port, ctx);
    int error = port->motion(ctx, &motion);
    if (error || motion.busy)
        return error ? error : PLR_POLL_MOTION_US;
    int32_t missing = plr->lift_from_nm + plr->lift_nm - motion.z_motor_nm[0];
    if (motion.triggered && missing > 0 && !at_top(plr, &motion)) {
        PLR_MARK(false_touch_in_lift);
        port->log(ctx, "a z_plus endstop fired far below its place: lifts on without it",
                  (int64_t)motion.triggered);
        plr->lift_unwatched |= motion.triggered;
        error = port->z_move(ctx, plr_z_mask(plr), missing, LIFT_NM_S,
                             plr_z_mask(plr) & ~plr->lift_unwatched);
        return error ? error : PLR_POLL_MOTION_US;
    }
    if (!plr->kept || plr->config.z_reference == PLR_Z_PLUS) // else no record holds where it stands
        error =
            note_height(plr, port, ctx, homing(plr) ? (enum plr_lifted)plr->lifted : PLR_LIFTED_BY,
                        plr->lifted_nm + motion.z_motor_nm[0] - plr->lift_from_nm);
    return error ? error : plr_enter(plr, port, ctx, plr->kept ? PLR_PHASE_PURGE : PLR_PHASE_HEAT);
}

// --- heat ------------------------------------------------------------------------------------------

/// Nozzle temperature at which Z is homed: the calibration's, so that its growth cancels.
static int32_t homing_nozzle(const struct plr *plr)
{
    if (plr->config.home_nozzle_mc)
        return plr->config.home_nozzle_mc;
    if (plr->calibrated && plr->calibration.nozzle_mc > 0)
        return plr->calibration.nozzle_mc;
    return plr->state.modal.nozzle_mc[plr->state.modal.tool];
}

/// Is the machine as warm as it was when calibrated, or may we correct the difference?
/// Returns 1 ready, 0 wait, 2 refused, or an error.
static int soaked(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int32_t chamber;

    if (plr->config.z_reference != PLR_Z_PLUS || plr->calibration.chamber_mc == INT32_MIN)
        return 1;
    int error = port->temperature(ctx, -1, &chamber);
    if (error)
        return error == PLR_ENOENT ? 1 : error;
    int32_t off = chamber - plr->calibration.chamber_mc;
    if (plr_abs32(off) <= plr->config.soak_chamber_mc ||
        (plr->consents & PLR_CONSENT_CALIBRATION)) {
        plr_debug(plr, port, ctx, "goes on: the chamber differs from calibration by, mK", off);
        return 1;
    }
    if (plr->config.drift_nm_per_k) {
        port->log(ctx, "chamber differs from calibration: corrects the switches by own data, mK",
                  off);
        return 1;
    }
    if (in_phase(plr, port, ctx) < plr->config.soak_max_us) {
        PLR_MARK(waits_for_soak);
        if (plr->step == 1)
            port->log(ctx, "waits for the soak: chamber differs by, mK", off);
        plr->step = 2;
        return 0;
    }
    error = plr_refuse(plr, port, ctx, PLR_REASON_HEAT_STATE, off);
    return error ? error : 2;
}

static int64_t heat(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int error = 0;

    if (plr->step == 0) {
        error = port->heat(ctx, 0, plr->state.modal.bed_mc);
        if (!error)
            error = port->heat(ctx, nozzle(plr), homing_nozzle(plr));
        plr_debug(plr, port, ctx, "homes with the nozzle at, mC", homing_nozzle(plr));
        if (!error)
            error = port->heat(ctx, -1, plr->state.modal.chamber_mc);
        plr->step = 1;
    }
    int32_t bed = error ? error : missing(port, ctx, 0, plr->state.modal.bed_mc);
    int32_t tip = bed < 0 ? bed : missing(port, ctx, nozzle(plr), homing_nozzle(plr));
    if (tip < 0)
        return tip;
    uint64_t now = port->now_us(ctx);
    if (bed || tip)
        plr->stable_since_us = 0;
    else if (!plr->stable_since_us)
        plr->stable_since_us = now;
    if (plr->stable_since_us && now - plr->stable_since_us >= STABLE_US) {
        int ready = soaked(plr, port, ctx);
        if (ready < 0 || ready == 2)
            return ready < 0 ? ready : 0;
        if (ready)
            return plr_enter(plr, port, ctx, PLR_PHASE_HOME_XY);
    } else if (in_phase(plr, port, ctx) > HEAT_TIMEOUT_US) {
        return plr_refuse(plr, port, ctx, PLR_REASON_HEAT_TIMEOUT, bed ? 0 : nozzle(plr));
    }
    return heat_wait(plr, port, ctx, bed > tip ? bed : tip);
}

// --- home ------------------------------------------------------------------------------------------

static int64_t home_xy(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    int error = port->motion(ctx, &motion);
    if (error || motion.busy)
        return error ? error : PLR_POLL_MOTION_US;
    if (plr->step == 0) {
        error = port->energise(ctx, plr_z_mask(plr) | PLR_MOTOR_XY);
        if (!error)
            error = port->xy_home(ctx);
    } else if (plr->step == 1) {
        error = port->hook(ctx, PLR_HOOK_BEFORE_RESUME);
    } else if (plr->step == 2) {
        error = port->xy_move(ctx, plr->config.park_nm, plr->config.travel_nm_s);
    } else {
        if (plr->config.z_reference != PLR_Z_PLUS) {
            plr_debug(plr, port, ctx, "no z_plus endstops: Z is what the screws kept",
                      PLR_LOG_PLAIN);
            error = port->hook(ctx, PLR_HOOK_AFTER_RESUME);
            return error ? error : plr_enter(plr, port, ctx, PLR_PHASE_PURGE);
        }
        plr_zhome_begin(plr, false);
        if (plr->lifted != PLR_LIFTED_TOP)
            error = note_height(plr, port, ctx, PLR_LIFTED_HOMING, plr->lifted_nm);
        return error ? error : plr_enter(plr, port, ctx, PLR_PHASE_HOME_Z0);
    }
    plr->step++;
    return error ? error : PLR_POLL_MOTION_US;
}

static int64_t home_z(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int state = plr_zhome_poll(plr, port, ctx);
    if (state < 0)
        return state;
    if (state == PLR_ZHOME_BUSY)
        return PLR_POLL_MOTION_US;
    bool alone = plr->alone;
    plr->alone = false;
    if (state == PLR_ZHOME_REFUSED)
        return 0;
    int error = port->hook(ctx, PLR_HOOK_AFTER_RESUME);
    if (error)
        return error;
    if (!alone)
        return plr_enter(plr, port, ctx, PLR_PHASE_PURGE);
    plr->result = PLR_RESULT_HOMED;
    return plr_enter(plr, port, ctx, (enum plr_phase)plr->alone_in);
}

// --- purge, approach, resume -----------------------------------------------------------------------

static int32_t print_nozzle(const struct plr *plr)
{
    return plr->state.modal.nozzle_mc[plr->state.modal.tool];
}

static int descend(const struct plr_port *port, void *ctx, const struct plr *plr, int32_t to_nm,
                   int32_t speed)
{
    struct plr_motion motion;

    int error = port->motion(ctx, &motion);
    int32_t delta = to_nm - motion.z_motor_nm[0];
    if (error || !delta)
        return error;
    return port->z_move(ctx, plr_z_mask(plr), delta, speed, 0);
}

/// Height from which the last stretch down is made slowly.
static int32_t hover(const struct plr *plr)
{
    return (int32_t)plr->resume_nm[PLR_Z] + TOUCH_DOWN_NM;
}

/// Height at which the nozzle waits and travels: just clear of all that is printed, finished neighbours too.
static int32_t travel_height(const struct plr *plr)
{
    int32_t clear = plr->state.modal.tallest_nm + TOUCH_DOWN_NM;
    return clear > hover(plr) ? clear : hover(plr);
}

/// How long does the print's temperature take at least, of nozzle and bed? As missing.
static int32_t print_cold(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int32_t tip = missing(port, ctx, nozzle(plr), print_nozzle(plr));
    int32_t bed = tip < 0 ? tip : missing(port, ctx, 0, plr->state.modal.bed_mc);
    return bed < 0 || bed > tip ? bed : tip;
}

/// From here on it comes down again, and no corner stands above its switch. How far down nobody knows until it is there, so what comes
/// back from here looks for the switches from the lowest place that it can be.
static int note_descent(struct plr *plr, const struct plr_port *port, void *ctx)
{
    return homing(plr) ? note_height(plr, port, ctx, PLR_LIFTED_HOMING, TOUCH_DOWN_NM)
                       : note_moving(plr, port, ctx, PLR_LIFTED_NOT);
}

/// Beside the part and just above its height: there the nozzle gets hot, and what oozed away is replaced.
static int64_t purge(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;
    int error = port->motion(ctx, &motion);
    if (error || motion.busy)
        return error ? error : PLR_POLL_MOTION_US;
    switch (plr->step++) {
    case 0:
        if (PLR_DEFECT(LINE_END) && plr_defect_line_end(plr, port, ctx))
            return PLR_EIO;
        error = port->job_seek(ctx, &plr->state.modal, &plr->objects, &plr->state.progress,
                               plr->resume_nm);
        if (!error)
            error = note_descent(plr, port, ctx);
        if (!error && !plr->in_place && !PLR_DEFECT(PRIME_IN_AIR))
            error = port->xy_move(ctx, plr->config.purge_nm, plr->config.travel_nm_s);
        break;
    case 1:
        error = port->heat(ctx, 0, plr->state.modal.bed_mc);
        if (!error)
            error = port->heat(ctx, nozzle(plr), print_nozzle(plr));
        break;
    case 2: // on the way down the nozzle is already getting hot
        if (!PLR_DEFECT(PRIME_IN_AIR) && !plr->in_place &&
            motion.z_motor_nm[0] > travel_height(plr))
            error = descend(port, ctx, plr, travel_height(plr), DESCEND_NM_S);
        break;
    case 3: // a switch that is closed down here is not one that it stands on
        if (homing(plr))
            error = note_height(plr, port, ctx, PLR_LIFTED_BY, TOUCH_DOWN_NM);
        break;
    case 4: {
        int32_t cold = print_cold(plr, port, ctx);
        if (cold <= 0)
            return cold ? cold : PLR_POLL_MOTION_US;
        plr->step = 4;
        if (in_phase(plr, port, ctx) > HEAT_TIMEOUT_US)
            return plr_refuse(plr, port, ctx, PLR_REASON_HEAT_TIMEOUT, nozzle(plr));
        return heat_wait(plr, port, ctx, cold);
    }
    case 5:
        if (!plr->in_place)
            error = port->e_move(ctx, plr->config.purge_length_nm, PURGE_NM_S);
        break;
    case 6: error = port->e_move(ctx, -PURGE_RETRACT_NM, RETRACT_NM_S); break;
    default: return plr_enter(plr, port, ctx, PLR_PHASE_APPROACH);
    }
    return error ? error : PLR_POLL_MOTION_US;
}

static int restore_fans(const struct plr *plr, const struct plr_port *port, void *ctx)
{
    int error = 0;
    for (int i = 0; i < PLR_FAN_MAX && !error; i++)
        if (plr->state.modal.fan_ppm[i])
            error = port->fan(ctx, i, plr->state.modal.fan_ppm[i]);
    return error;
}

/// Filament drawn back where the job goes on: before its line, and by what of the line is done and is left out.
static int32_t drawn_back(const struct plr *plr)
{
    const struct plr_modal *modal = &plr->state.modal;
    int64_t before[PLR_AXES];

    plr_modal_machine(modal, before);
    int64_t pushed = (plr->resume_nm[PLR_E] - before[PLR_E]) * modal->flow_ppm / PLR_PPM;
    return pushed < modal->retract_nm ? (int32_t)(modal->retract_nm - pushed) : 0;
}

static int64_t approach(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;
    int32_t to[2];
    int error = port->motion(ctx, &motion);
    if (error || motion.busy)
        return error ? error : PLR_POLL_MOTION_US;
    switch (plr->step++) {
    case 0:
        to[0] = (int32_t)plr->resume_nm[PLR_X];
        to[1] = (int32_t)plr->resume_nm[PLR_Y];
        error = note_moving(plr, port, ctx, PLR_LIFTED_NOT);
        if (!error)
            error = port->xy_move(ctx, to, plr->config.travel_nm_s);
        break;
    case 1:
        error = restore_fans(plr, port, ctx);
        if (!error && !plr->in_place)
            error = descend(port, ctx, plr, hover(plr), DESCEND_NM_S);
        break;
    case 2:
        plr_debug(plr, port, ctx, "comes down on the part at Z, nm", plr->resume_nm[PLR_Z]);
        error = descend(port, ctx, plr, (int32_t)plr->resume_nm[PLR_Z], TOUCH_DOWN_NM_S);
        break;
    case 3: // what the file had drawn back stays drawn back (in place: still is): its own next line pushes it forward
        error = port->e_move(ctx, PURGE_RETRACT_NM - (plr->in_place ? 0 : drawn_back(plr)),
                             RETRACT_NM_S);
        break;
    default: return plr_enter(plr, port, ctx, PLR_PHASE_RESUME);
    }
    return error ? error : PLR_POLL_MOTION_US;
}

static int64_t resume(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->in_place)
        PLR_MARK(resumes_in_place);
    if (plr->state.progress.fraction_ppm)
        PLR_MARK(resumes_in_move);
    plr->modal = plr->state.modal;
    plr->after = plr->state.modal;
    plr->line_offset = plr->state.progress.file_offset;
    plr->print_before_us = plr->state.print_us;
    plr_record_begin(plr, port->now_us(ctx));
    plr->sure = plr->state; // the drivers were just energised
    plr->sure_set = true;
    plr->save_now = true; // from here on the old state is stale
    plr->job_active = true;
    plr->save_wanted = true;
    int error = port->job_run(ctx);
    if (error)
        return error;
    plr->result = PLR_RESULT_RESUMED;
    plr->reason = PLR_REASON_NONE;
    plr->lifted = PLR_LIFTED_NOT;
    plr->lifted_nm = 0;
    plr->kept = plr->in_place = plr->booted = false;
    plr->consents = 0; // they were for this cut, not for the next
    plr->tries = 0;
    plr->phase = PLR_PHASE_PRINTING;
    // nothing finds Z again: until a record says where it is now, the note says that it moves
    plr->note_due = plr->config.z_reference != PLR_Z_PLUS;
    error = plr->note_due ? 0 : plr_note_write(plr, port, ctx);
    return error ? error : 0;
}

int plr_resume_here(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->phase != PLR_PHASE_CONSENT)
        return PLR_EBUSY;
    int error = plr_catch_up(plr, port, ctx);
    if (!error)
        error = port->job_seek(ctx, &plr->state.modal, &plr->objects, &plr->state.progress,
                               plr->resume_nm);
    if (!error)
        error = (int)resume(plr, port, ctx);
    plr->dead |= error == PLR_EPOWER;
    return error;
}

int64_t plr_recovery_poll(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int64_t wait;

    if (plr->phase == PLR_PHASE_WARM)
        wait = warm(plr, port, ctx);
    else if (plr->phase == PLR_PHASE_LIFT)
        wait = lift(plr, port, ctx);
    else if (plr->phase == PLR_PHASE_HEAT)
        wait = heat(plr, port, ctx);
    else if (plr->phase == PLR_PHASE_HOME_XY)
        wait = home_xy(plr, port, ctx);
    else if (plr->phase == PLR_PHASE_PURGE)
        wait = purge(plr, port, ctx);
    else if (plr->phase == PLR_PHASE_APPROACH)
        wait = approach(plr, port, ctx);
    else if (plr->phase == PLR_PHASE_RESUME)
        wait = resume(plr, port, ctx);
    else
        wait = home_z(plr, port, ctx);
    if (wait < 0 && !plr->dead && plr->phase != PLR_PHASE_IDLE) {
        int error = plr_trouble(plr, port, ctx, (int)wait, PLR_REASON_MACHINE);
        return error;
    }
    return wait;
}
