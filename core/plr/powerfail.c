// Power fails: make the machine safe, brake on the path, commit, and wait for the dark or for power to return.
// SPDX-License-Identifier: MIT
//
// Order matters. Heaters go off first: they drain the supply ten times faster than all the rest. Where the head was then is
// written while the axes still brake: a supply that dies early costs a braking distance extruded twice. Where the head *will* stop
// is known then, too, but a record of that leaves a gap when the supply dies before it does.
#include "core/plr/internal.h"

#include <string.h>

#define HOLD_POLL_US     5000
#define RETURN_STABLE_US 500000
#define LIFT_NM_S        10000000
#define CANCEL_LIFT_NM   (2 * PLR_NM_PER_MM)
#define ASKING           1 // step of PLR_PHASE_HOLDING: power failed while an operator was asked

/// State of the stop `at`: the modal state follows the lines that braking runs into.
static int stop_state(struct plr *plr, const struct plr_port *port, void *ctx,
                      struct plr_state *state, const struct plr_progress *at, uint32_t flags)
{
    *state = plr->state; // job identity and file window of the last save
    state->modal = plr->modal;
    if (PLR_DEFECT(MEASURED_TEMPERATURE))
        plr_defect_measure(port, ctx, &state->modal);
    state->progress = *at;
    state->session = plr->session;
    state->print_us = plr->print_before_us + (port->now_us(ctx) - plr->job_started_us);
    bool laid = plr_lays_first(plr, at) && at->fraction_ppm > 0;
    state->flags = flags | (laid ? PLR_STATE_LAID : 0);
    if (at->file_offset == plr->line_offset)
        return 0;
    if (at->file_offset < plr->line_offset)
        return PLR_EAGAIN;
    PLR_MARK(fail_reads_on);
    return plr_scan(port, ctx, &state->modal, plr->line_offset, at->file_offset);
}

static int commit(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_progress *at, uint32_t flags)
{
    struct plr_state state;

    int error = stop_state(plr, port, ctx, &state, at, flags);
    if (!error)
        error = plr_store(plr, port, ctx, &state, PLR_RECORD_FAIL);
    return error;
}

int plr_job_cancel(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->phase != PLR_PHASE_PRINTING)
        return PLR_EBUSY;
    int error = plr_power_fail(plr, port, ctx);
    plr->cancelled = true;
    return error;
}

/// Store the place of the last good look at the drivers as this failure's, newer than whatever was counted and recorded since.
static int commit_sure(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_state state = plr->sure;

    if (!plr->sure_set)
        return 0;
    PLR_MARK(fail_blind);
    state.flags |= PLR_STATE_BLIND;
    state.print_us = plr->print_before_us + (port->now_us(ctx) - plr->job_started_us);
    return plr_store(plr, port, ctx, &state, PLR_RECORD_FAIL);
}

/// Make the machine safe and record where it was. `blind`: the motors had let go before, and the place that is counted is not true.
static int stop(struct plr *plr, const struct plr_port *port, void *ctx, bool blind)
{
    struct plr_progress at;

    plr->cancelled = false;
    if (plr->dead || plr->phase == PLR_PHASE_BRAKING || plr->phase == PLR_PHASE_HOLDING)
        return 0;
    int safe = port->heaters_off(ctx);
    int error = safe == PLR_EPOWER ? safe : plr_where(port, ctx, &at);
    if (error != PLR_EPOWER) { // neither a heater nor a place that fails keeps an axis going
        int braked = port->brake(ctx);
        error = error ? error : braked;
    }
    enum plr_phase phase = plr->alone ? (enum plr_phase)plr->alone_in : plr->phase;
    plr->alone = false;
    plr->recovering = phase > PLR_PHASE_CONSENT && phase <= PLR_PHASE_RESUME;
    if (plr->recovering)
        PLR_MARK(fail_in_recovery);
    plr->stable_since_us = 0;
    plr->step = phase == PLR_PHASE_CONSENT ? ASKING : 0;
    if (plr->phase == PLR_PHASE_CALIBRATE) {
        plr->result = PLR_RESULT_REFUSED;
        plr->reason = PLR_REASON_MACHINE;
    }
    if (PLR_DEFECT(JOB_OVERWRITTEN) && !error && plr->recovering)
        error = plr_defect_overwrite(plr, port, ctx, &at);
    bool too_early = PLR_DEFECT(LATE_FIRST_SAVE) && plr_defect_too_early(plr);
    if (!error && plr->phase == PLR_PHASE_PRINTING && plr_recording(plr) && !too_early) {
        plr->phase = blind ? PLR_PHASE_HOLDING : PLR_PHASE_BRAKING;
        error =
            blind ? commit_sure(plr, port, ctx) : commit(plr, port, ctx, &at, PLR_STATE_BRAKING);
        if (!error && !blind)
            PLR_MARK(fail_braking);
    } else {
        plr->phase = PLR_PHASE_HOLDING;
    }
    if (error == PLR_EPOWER)
        plr->dead = true;
    return error ? error : safe;
}

int plr_power_fail(struct plr *plr, const struct plr_port *port, void *ctx)
{
    return stop(plr, port, ctx, false);
}

int plr_drivers(struct plr *plr, const struct plr_port *port, void *ctx, bool well)
{
    struct plr_state *fresh = &plr->history[plr->history_next]; // the recorder's next save begins there, too

    if (!well) {
        port->log(ctx, "the motors' drivers were without power, and nobody was told",
                  PLR_LOG_PLAIN);
        return stop(plr, port, ctx, true);
    }
    if (plr->dead || plr->phase != PLR_PHASE_PRINTING || !plr_recording(plr))
        return 0;
    int error = plr_collect(plr, port, ctx, fresh);
    if (!error) {
        plr->sure = *fresh;
        plr->sure_set = true;
    }
    plr->dead |= error == PLR_EPOWER;
    return error == PLR_EPOWER ? error : 0; // lines on their way: the look before still holds
}

/// Up to the next whole electrical cycle and `lift_cycles` more: at power-on the rotors then come back exactly here.
static int32_t lift_length(const struct plr *plr, const struct plr_progress *at)
{
    int32_t cycle = plr->config.cycle_nm;
    int32_t rest = at->z_phase_nm[0] % cycle;
    return (rest ? cycle - rest : 0) + plr->config.lift_cycles * cycle;
}

static int64_t after_stop(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_progress at;

    int error = plr_where(port, ctx, &at);
    if (!error && plr->step == 0) {
        uint32_t flags = plr->config.lift_cycles ? PLR_STATE_LIFTING : 0;
        error = commit(plr, port, ctx, &at, flags);
        if (!error)
            PLR_MARK(fail_final);
        plr_debug(plr, port, ctx,
                  flags ? "stands and is saved: lifts while power lasts, nm"
                        : "stands and is saved: lift_cycles is 0, does not lift",
                  flags ? lift_length(plr, &at) : PLR_LOG_PLAIN);
        if (!error && flags)
            error = port->z_move(ctx, plr_z_mask(plr), lift_length(plr, &at), LIFT_NM_S, 0);
        if (!error && flags) {
            memcpy(plr->resume_nm, at.machine_nm, sizeof plr->resume_nm);
            plr->step = 1;
            return PLR_US_PER_MS;
        }
    } else if (!error) {
        memcpy(at.machine_nm, plr->resume_nm, sizeof at.machine_nm); // the lift is the motors' only
        error = commit(plr, port, ctx, &at, PLR_STATE_LIFTED);
        if (!error)
            PLR_MARK(fail_lifted);
    }
    if (!error && plr->objects_changed)
        error = plr_objects_store(plr, port, ctx);
    if (error == PLR_EAGAIN)
        return PLR_US_PER_MS;
    if (error == PLR_EPOWER)
        plr->dead = true;
    plr->phase = PLR_PHASE_HOLDING;
    plr->step = 0;
    return error ? error : HOLD_POLL_US;
}

int64_t plr_braking(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    int error = port->motion(ctx, &motion);
    if (error) {
        plr->dead = error == PLR_EPOWER;
        return error;
    }
    return motion.busy ? PLR_US_PER_MS : after_stop(plr, port, ctx);
}

/// Power came back before the logic died: go on as if it had been away, but without homing when the drivers held.
static int64_t come_back(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    int error = port->motion(ctx, &motion);
    if (error)
        return error;
    plr->kept = plr->in_place = !motion.lost && !plr->recovering;
    if (motion.lost)
        PLR_MARK(back_too_late);
    else
        PLR_MARK(back_in_time);
    port->log(ctx,
              motion.lost ? "supply came back, but the motors had let go"
                          : "supply came back in time",
              PLR_LOG_PLAIN);
    if (!plr->job_active && !plr->recovering) {
        plr->phase = plr->step == ASKING ? PLR_PHASE_CONSENT : PLR_PHASE_IDLE;
        return PLR_US_PER_S;
    }
    plr->consents |= PLR_CONSENT_RESUME; // the operator never left a running job
    plr->job_active = false;
    error = plr_restore(plr, port, ctx);
    int begun = error ? error : plr_begun(plr, port, ctx);
    if (begun == PLR_EPOWER)
        return begun;
    if (begun <= 0) {
        plr->result = PLR_RESULT_NOTHING;
        plr->reason = error ? PLR_REASON_NO_RECORD : PLR_REASON_NOT_STARTED;
        plr->phase = PLR_PHASE_IDLE;
        return PLR_US_PER_S;
    }
    error = plr_recover(plr, port, ctx);
    return error ? error : 0;
}

/// A cancelled job stands: offer its state as after a power cut.
static int64_t wait_for_consent(struct plr *plr, const struct plr_port *port, void *ctx)
{
    PLR_MARK(cancelled);
    plr->cancelled = false;
    plr->job_active = false;
    int error = plr_restore(plr, port, ctx);
    int done = error ? error : plr_begun(plr, port, ctx);
    if (done == PLR_EPOWER)
        return done;
    bool begun = done > 0;
    plr->result = begun ? PLR_RESULT_PENDING : PLR_RESULT_NOTHING;
    plr->reason = begun ? PLR_REASON_NONE : error ? PLR_REASON_NO_RECORD : PLR_REASON_NOT_STARTED;
    plr_enter(plr, port, ctx, begun ? PLR_PHASE_CONSENT : PLR_PHASE_IDLE);
    error = 0;
    if (begun &&
        plr->config.z_reference != PLR_Z_PLUS) { // should power go now, nothing finds Z again
        plr->lifted = PLR_LIFTED_MOVING;
        error = plr_note_write(plr, port, ctx);
    }
    // nobody knows how long the answer takes: a hot nozzle does not wait on the part
    if (begun && !error)
        error = port->z_move(ctx, plr_z_mask(plr), CANCEL_LIFT_NM, LIFT_NM_S, 0);
    return error == PLR_EPOWER ? error : PLR_US_PER_S;
}

static int64_t hold(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->cancelled)
        return wait_for_consent(plr, port, ctx);
    int good = port->supply(ctx);
    if (good < 0)
        return good;
    uint64_t now = port->now_us(ctx);
    if (!good)
        plr->stable_since_us = 0;
    else if (!plr->stable_since_us)
        plr->stable_since_us = now;
    else if (now - plr->stable_since_us >= RETURN_STABLE_US)
        return come_back(plr, port, ctx);
    return HOLD_POLL_US;
}

int64_t plr_holding(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int64_t wait = hold(plr, port, ctx);
    plr->dead |= wait == PLR_EPOWER;
    return wait;
}
