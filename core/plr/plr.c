// The core's front door: start, boot, jobs, and the poll that drives everything else.
// SPDX-License-Identifier: MIT
#include "core/plr/answer.h"
#include "core/plr/internal.h"

#include <string.h>

static int32_t or_default(int32_t value, int32_t otherwise)
{
    return value ? value : otherwise;
}

/// Fill in the defaults that plr.h states in brackets.
static void defaults(struct plr_config *c)
{
    c->history_size = (uint8_t)or_default(c->history_size, 5);
    c->cycle_nm = or_default(c->cycle_nm, 160000);
    c->purge_length_nm = or_default(c->purge_length_nm, 8 * PLR_NM_PER_MM);
    c->travel_nm_s = or_default(c->travel_nm_s, 150 * PLR_NM_PER_MM);
    c->fast_move_nm_s = or_default(c->fast_move_nm_s, 5 * PLR_NM_PER_MM);
    c->slow_homing_nm_s = or_default(c->slow_homing_nm_s, PLR_NM_PER_MM);
    c->fast_travel_nm_s = or_default(c->fast_travel_nm_s, 50 * PLR_NM_PER_MM);
    c->retract_nm = or_default(c->retract_nm, PLR_NM_PER_MM);
    c->sample_retract_nm = or_default(c->sample_retract_nm, PLR_NM_PER_MM);
    c->samples_tolerance_nm = or_default(c->samples_tolerance_nm, 50000);
    c->samples_range_nm = or_default(c->samples_range_nm, 70000);
    c->max_adjustment_nm = or_default(c->max_adjustment_nm, 5 * PLR_NM_PER_MM);
    c->z_overtravel_nm = or_default(c->z_overtravel_nm, 5 * PLR_NM_PER_MM);
    c->verify_tolerance_nm = or_default(c->verify_tolerance_nm, 20000);
    c->sample_size = (uint8_t)or_default(c->sample_size, 3);
    c->samples_retries =
        c->samples_retries == PLR_NO_RETRIES ? 0 : (uint8_t)or_default(c->samples_retries, 3);
    c->sample_misses = (uint8_t)or_default(c->sample_misses, 3);
    c->probe_iterations = (uint8_t)or_default(c->probe_iterations, 2);
    c->drivers_us = (uint32_t)or_default((int32_t)c->drivers_us, (int32_t)PLR_US_PER_S);
    c->soak_chamber_mc = or_default(c->soak_chamber_mc, 5000);
}

int plr_init(struct plr *plr, const struct plr_config *config)
{
    PLR_ASSERT(plr && config);
    memset(plr, 0, sizeof *plr);
    plr->config = *config;
    defaults(&plr->config);
    const struct plr_config *c = &plr->config;
    if (c->z_motors < 1 || c->z_motors > PLR_Z_MAX || c->history_size < 2 || c->history_size > 20 ||
        c->save_delay > 4 || c->save_delay >= c->history_size || c->sample_size > 8 ||
        c->cycle_nm < 0 || c->soften_mc >= c->ooze_mc || c->max_adjustment_nm < 0)
        return PLR_EINVAL;
    plr_modal_init(&plr->modal);
    plr->after = plr->modal;
    plr->phase = PLR_PHASE_IDLE;
    return 0;
}

void plr_debug(const struct plr *plr, const struct plr_port *port, void *ctx, const char *text,
               int64_t value)
{
    struct plr_answer answer;

    if (!plr->config.debug_mode)
        return;
    port->log(ctx, text, value);
    plr_answer_begin(&answer, port, ctx);
    plr_answer_text(&answer, "// plr: ");
    plr_answer_text(&answer, text);
    if (value != PLR_LOG_PLAIN) {
        plr_answer_text(&answer, ": ");
        plr_answer_number(&answer, value);
    }
    plr_answer_text(&answer, "\n");
    plr_answer_end(&answer);
}

int plr_enter(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_phase phase)
{
    plr_debug(plr, port, ctx, plr_phase_name(phase), PLR_LOG_PLAIN);
    plr->phase = phase;
    plr->step = 0;
    plr->stable_since_us = 0;
    plr->phase_since_us = port->now_us(ctx);
    return 0;
}

int plr_refuse(struct plr *plr, const struct plr_port *port, void *ctx, enum plr_reason reason,
               int32_t value)
{
    plr->result = PLR_RESULT_REFUSED;
    plr->reason = reason;
    plr->reason_value = value;
    plr->phase = PLR_PHASE_IDLE;
    port->log(ctx, plr_reason_text(reason), PLR_LOG_PLAIN);
    plr_debug(plr, port, ctx, "refused: the number that goes with the reason", value);
    int error = port->heaters_off(ctx);
    plr->dead |= error == PLR_EPOWER;
    return error;
}

int plr_trouble(struct plr *plr, const struct plr_port *port, void *ctx, int error,
                enum plr_reason reason)
{
    PLR_ASSERT(error < 0);
    if (error == PLR_EPOWER) {
        plr->dead = true;
        return error;
    }
    if (plr->phase == PLR_PHASE_PRINTING) {
        port->log(ctx, "the recorder cannot save", error); // a print goes on without its recorder
        plr->collected_us = port->now_us(ctx);
        plr->ticked_us = plr->collected_us;
        plr->save_wanted = false;
        return 0;
    }
    return plr_refuse(plr, port, ctx, reason, error);
}

/// What the memory says about the last session: 1 it runs, 0 it ended or there is none.
static int read_session(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint8_t bytes[PLR_SESSION_BYTES];

    int size = plr_journal_read(&plr->journal, &port->nv, ctx, PLR_RECORD_SESSION, bytes,
                                sizeof bytes, NULL);
    if (size == PLR_EPOWER)
        return size;
    if (size != sizeof bytes || bytes[0] != 2)
        return 0;
    memcpy(plr->kept_mesh, bytes + 8, sizeof plr->kept_mesh);
    plr->kept_mesh[sizeof plr->kept_mesh - 1] = 0;
    plr->ended = bytes[1];
    plr->session = (uint32_t)bytes[4] | (uint32_t)bytes[5] << 8 | (uint32_t)bytes[6] << 16 |
                   (uint32_t)bytes[7] << 24;
    plr->reason = bytes[1] ? PLR_REASON_ENDED : PLR_REASON_NO_RECORD;
    return !bytes[1];
}

static int read_calibration(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint8_t bytes[64];

    int size = plr_journal_read(&plr->journal, &port->nv, ctx, PLR_RECORD_CALIBRATION, bytes,
                                sizeof bytes, NULL);
    if (size == PLR_EPOWER)
        return size;
    plr->calibrated = size > 0 && !plr_calibration_decode(&plr->calibration, bytes, (uint32_t)size);
    return 0;
}

/// Is there anything to offer? Decides between the phases IDLE and CONSENT.
static int look_back(struct plr *plr, const struct plr_port *port, void *ctx)
{
    plr->result = PLR_RESULT_NOTHING;
    plr->reason = PLR_REASON_NO_RECORD;
    int error = read_calibration(plr, port, ctx);
    if (error)
        return error;
    int running = read_session(plr, port, ctx);
    if (running >= 0)
        error = plr_objects_load(plr, port, ctx);
    if (running <= 0 || error)
        return running < 0 ? running : error;
    error = plr_restore(plr, port, ctx);
    if (error == PLR_EPOWER)
        return error;
    if (error) {
        PLR_MARK(nothing_saved);
        plr->reason = error == PLR_ENOENT ? PLR_REASON_NOT_STARTED : PLR_REASON_BAD_STATE;
        return 0;
    }
    int begun = plr_begun(plr, port, ctx);
    if (begun <= 0) {
        if (!begun)
            PLR_MARK(nothing_extruded);
        plr->reason = PLR_REASON_NOT_STARTED;
        return begun;
    }
    error = plr_note_read(plr, port, ctx);
    if (error)
        return error;
    plr->result = PLR_RESULT_PENDING;
    plr->reason = PLR_REASON_NONE;
    return plr_enter(plr, port, ctx, PLR_PHASE_CONSENT);
}

int plr_boot(struct plr *plr, const struct plr_nv_geometry *geometry, const struct plr_port *port,
             void *ctx)
{
    plr_enter(plr, port, ctx, PLR_PHASE_MOUNT);
    plr->dead = false;
    plr->booted = true;
    plr->alone = false;
    plr->job_active = false;
    plr->mounted = false;
    int error = plr_journal_mount(&plr->journal, geometry, &port->nv, ctx);
    if (!error) {
        plr->mounted = true;
        plr->phase = PLR_PHASE_IDLE;
        error = look_back(plr, port, ctx);
    }
    if (error)
        plr_trouble(plr, port, ctx, error, PLR_REASON_MEMORY);
    return error;
}

int plr_job_begin(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->phase != PLR_PHASE_IDLE && plr->phase != PLR_PHASE_CONSENT)
        return PLR_EBUSY;
    plr_modal_init(&plr->modal);
    plr->after = plr->modal;
    memset(&plr->state, 0, sizeof plr->state);
    plr->objects_changed |=
        plr->objects.len != 0; // else the last job's were carried along for ever
    memset(&plr->objects, 0, sizeof plr->objects);
    plr->session++;
    plr->print_before_us = 0;
    plr_record_begin(plr, port->now_us(ctx));
    plr->postpones = 0;
    plr->take_due_us = 0;
    plr->stretch = 0;
    plr->save_now = plr->laying = plr->note_due = false;
    plr->lifted = PLR_LIFTED_NOT;
    plr->tries = 0;
    plr->result = PLR_RESULT_PENDING;
    plr->reason = PLR_REASON_NONE;
    int error = port->job(ctx, &plr->state.job);
    if (!error)
        error = plr_window(port, ctx, &plr->state, 0);
    if (!error) {
        plr->job_active = true;
        plr->booted = false;
        plr->phase = PLR_PHASE_PRINTING;
        if (plr->mounted)
            error = plr_store_session(plr, port, ctx, false); // how slow the memory is shows here
    }
    plr->dead = error == PLR_EPOWER;
    return error;
}

int plr_job_end(struct plr *plr, const struct plr_port *port, void *ctx)
{
    plr->job_active = false;
    if (plr->phase == PLR_PHASE_PRINTING)
        plr->phase = PLR_PHASE_IDLE;
    if (!plr->mounted)
        return 0;
    int error = plr_store_session(plr, port, ctx, true);
    plr->dead |= error == PLR_EPOWER;
    return error;
}

/// Calibration: the user's own G-code, to the place of every Z homing, Z+ homing, the user's again.
static int64_t calibrate(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    int state = port->motion(ctx, &motion);
    if (!state && motion.busy)
        return PLR_POLL_MOTION_US;
    if (!state && plr->step == 0) {
        plr->step = 1;
        state = port->xy_move(ctx, plr->config.park_nm, plr->config.travel_nm_s);
        return state ? plr_trouble(plr, port, ctx, state, PLR_REASON_MACHINE) : PLR_POLL_MOTION_US;
    }
    if (!state)
        state = plr_zhome_poll(plr, port, ctx);
    if (state == PLR_ZHOME_DONE) {
        plr->result = PLR_RESULT_CALIBRATED;
        plr->phase = PLR_PHASE_IDLE;
        state = port->hook(ctx, PLR_HOOK_AFTER_CALIBRATE);
    } else if (state == PLR_ZHOME_REFUSED) {
        plr->phase = PLR_PHASE_IDLE;
        return 0;
    } else if (state == PLR_ZHOME_BUSY) {
        return PLR_POLL_MOTION_US;
    }
    return state < 0 ? plr_trouble(plr, port, ctx, state, PLR_REASON_MACHINE) : 0;
}

int64_t plr_poll(struct plr *plr, const struct plr_port *port, void *ctx)
{
    if (plr->dead)
        return PLR_EPOWER;
    switch (plr->phase) {
    case PLR_PHASE_PRINTING: return plr_record(plr, port, ctx);
    case PLR_PHASE_BRAKING: return plr_braking(plr, port, ctx);
    case PLR_PHASE_HOLDING: return plr_holding(plr, port, ctx);
    case PLR_PHASE_CALIBRATE: return calibrate(plr, port, ctx);
    case PLR_PHASE_IDLE:
    case PLR_PHASE_BOOT:
    case PLR_PHASE_MOUNT:
    case PLR_PHASE_CONSENT: return PLR_US_PER_S;
    case PLR_PHASE_WARM:
    case PLR_PHASE_LIFT:
    case PLR_PHASE_HEAT:
    case PLR_PHASE_HOME_XY:
    case PLR_PHASE_HOME_Z0:
    case PLR_PHASE_HOME_Z1:
    case PLR_PHASE_HOME_Z2:
    case PLR_PHASE_HOME_Z3:
    case PLR_PHASE_LEVEL:
    case PLR_PHASE_VERIFY:
    case PLR_PHASE_PURGE:
    case PLR_PHASE_APPROACH:
    case PLR_PHASE_RESUME: return plr_recovery_poll(plr, port, ctx);
    case PLR_PHASES: break;
    }
    PLR_ASSERT(false);
    return 0;
}
