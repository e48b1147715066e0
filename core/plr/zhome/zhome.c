// Z+ homing: measures every Z motor against its own z_plus endstop, for calibration and for recovery.
// SPDX-License-Identifier: MIT
//
// All motors stop at any trigger. Every switch is first looked for with all motors together, which racks nothing. Only then is a
// corner driven alone, in small steps, the corners in turn, and towards a place where its switch was seen: no more than
// ZHOME_RACK_STEP_NM is added to the racking that was found. One touch is never believed: a switch can fire millimetres early
// once, hardly twice in a row, so the first touch is confirmed and every value is a median; what is known to be false is taken
// again by itself. Calibration and recovery take the same path at the same speed, so that what the switches, belts and beams add is
// the same in both and cancels.
#include "core/plr/zhome/internal.h"

#include <string.h>

int plr_zhome_go(struct plr *plr, enum zhome_step step)
{
    plr->zhome.step = (uint8_t)step;
    plr->zhome.started = false;
    return PLR_ZHOME_BUSY;
}

void plr_zhome_show(struct plr *plr, enum plr_phase phase)
{
    if (!plr->zhome.calibrate)
        plr->phase = phase;
}

void plr_zhome_begin(struct plr *plr, bool calibrate)
{
    PLR_ASSERT(plr->config.z_reference == PLR_Z_PLUS);
    memset(&plr->zhome, 0, sizeof plr->zhome);
    plr->zhome.calibrate = calibrate;
}

int plr_zhome_pass(struct plr *plr, enum zhome_step step)
{
    struct plr_zhome *z = &plr->zhome;

    z->touched = z->seen = 0;
    z->sample = 0;
    z->corner = 0;
    z->tries = z->hangs = z->strays = 0;
    z->below_nm = z->rise_nm = 0;
    memset(z->raised_nm, 0, sizeof z->raised_nm);
    return plr_zhome_go(plr, step);
}

int plr_zhome_give_up(struct plr *plr, enum plr_reason reason, int32_t value)
{
    plr->reason = reason;
    plr->reason_value = value;
    return plr_zhome_go(plr, ZHOME_UNDO);
}

int plr_zhome_again(struct plr *plr, enum plr_reason reason, int32_t value)
{
    if (++plr->zhome.tries > plr->config.samples_retries)
        return plr_zhome_give_up(plr, reason, value);
    plr->zhome.sample = 0;
    return plr_zhome_go(plr, ZHOME_BACK);
}

int plr_zhome_stray(struct plr *plr, enum zhome_step step, int32_t i)
{
    if (++plr->zhome.strays > plr->config.samples_retries)
        return plr_zhome_give_up(plr, PLR_REASON_SWITCH_NOISY, i);
    return plr_zhome_go(plr, step);
}

int plr_zhome_move(struct plr *plr, const struct plr_port *port, void *ctx, uint32_t motors,
                   int32_t delta, int32_t speed, uint32_t watch)
{
    plr->zhome.started = true;
    int error = port->z_move(ctx, motors, delta, speed, watch);
    return error ? error : PLR_ZHOME_BUSY;
}

int32_t plr_zhome_first(uint32_t bits)
{
    int32_t which = 0;

    PLR_ASSERT(bits);
    while (!((bits >> which) & 1u))
        which++;
    return which;
}

uint8_t plr_zhome_next(const struct plr *plr, uint8_t corner, uint32_t done)
{
    uint8_t n = plr->config.z_motors;
    for (uint8_t i = 1; i <= n; i++) {
        uint8_t candidate = (uint8_t)((corner + i) % n);
        if (!((done >> candidate) & 1u))
            return candidate;
    }
    return corner;
}

bool plr_zhome_closed(const struct plr_port *port, void *ctx, int i)
{
    uint32_t triggered;
    return !port->switches(ctx, &triggered) && ((triggered >> i) & 1u);
}

int32_t plr_zhome_temperature(const struct plr_port *port, void *ctx, int heater)
{
    int32_t mc;
    return port->temperature(ctx, heater, &mc) ? INT32_MIN : mc;
}

int32_t plr_zhome_expected(const struct plr *plr, const struct plr_port *port, void *ctx, int i)
{
    int32_t chamber = plr_zhome_temperature(port, ctx, -1);
    int64_t drift = 0;

    if (plr->config.drift_nm_per_k && chamber != INT32_MIN &&
        plr->calibration.chamber_mc != INT32_MIN)
        drift =
            (int64_t)plr->config.drift_nm_per_k * (chamber - plr->calibration.chamber_mc) / 1000;
    return plr->calibration.trigger_nm[i] + (int32_t)drift;
}

int plr_zhome_poll(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    int error = port->motion(ctx, &motion);
    if (error || motion.busy)
        return error;
    if (PLR_DEFECT(ONE_MOTOR_STOPS) || (PLR_DEFECT(SHORT_RETRACT) && !plr->zhome.calibrate)) {
        int on = plr_defect_run_on(plr, port, ctx, &motion);
        if (on)
            return on < 0 ? on : PLR_ZHOME_BUSY;
    }
    enum zhome_step step = (enum zhome_step)plr->zhome.step;
    if (step <= ZHOME_GATHER)
        return plr_zhome_find(plr, port, ctx, &motion);
    if (step <= ZHOME_RELEASE)
        return plr_zhome_sample(plr, port, ctx, &motion);
    return plr_zhome_settle(plr, port, ctx, &motion);
}
