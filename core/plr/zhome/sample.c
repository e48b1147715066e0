// The middle of Z+ homing: every switch touched slowly, several times, and watched while it opens.
// SPDX-License-Identifier: MIT
#include "core/plr/zhome/internal.h"

#include <string.h>

#define RELEASE_STEP_NM 25000 // how finely the opening of a switch is looked for
#define RELEASE_EXTRA_NM \
    150000 // how much later than at calibration it may open: more is a corner that hangs

static int back(struct plr *plr, const struct plr_port *port, void *ctx)
{
    int32_t down = plr->config.sample_retract_nm - plr->zhome.below_nm;
    uint32_t triggered;

    if (plr->zhome.started || !down) {
        int error = port->switches(ctx, &triggered);
        if (error)
            return error;
        if (triggered &
            plr_z_mask(plr)) // it would never trigger again, and its corner be driven into the stop
            return plr_zhome_give_up(plr, PLR_REASON_SWITCH_STUCK, plr_zhome_first(triggered));
        plr->zhome.below_nm = plr->config.sample_retract_nm;
        return plr_zhome_go(plr, ZHOME_SAMPLE_UP);
    }
    return plr_zhome_move(plr, port, ctx, plr_z_mask(plr), -down, plr->config.fast_move_nm_s, 0);
}

static void keep(struct plr *plr, const struct plr_motion *motion, uint32_t motors)
{
    for (int i = 0; i < plr->config.z_motors; i++)
        if ((motors >> i) & 1u)
            plr->zhome.samples_nm[i][plr->zhome.sample] = motion->latched_nm[i];
}

static int sample_up(struct plr *plr, const struct plr_port *port, void *ctx,
                     const struct plr_motion *motion)
{
    uint32_t all = plr_z_mask(plr);

    if (!plr->zhome.started) {
        plr->zhome.from_nm[0] = motion->z_motor_nm[0];
        return plr_zhome_move(plr, port, ctx, all,
                              plr->config.sample_retract_nm + ZHOME_CONFIRM_EXTRA_NM,
                              plr->config.slow_homing_nm_s, all);
    }
    plr->zhome.below_nm -= motion->z_motor_nm[0] - plr->zhome.from_nm[0];
    if (!motion->triggered) {
        if (++plr->zhome.misses > plr->config.sample_misses)
            return plr_zhome_give_up(plr, PLR_REASON_SWITCH_DEAD, -1);
        plr->zhome.sample = 0;
        plr_debug(plr, port, ctx, "a touch never came, the set begins again; in a row",
                  plr->zhome.misses);
        return plr_zhome_go(plr, ZHOME_BACK);
    }
    plr->zhome.misses = 0;
    if (!PLR_DEFECT(ONE_MOTOR_STOPS) &&
        plr->zhome.below_nm > ZHOME_EARLY_NM) { // all were touched before: nothing can be there yet
        PLR_MARK(false_sample);
        port->log(ctx, "a z_plus endstop fired early in a sample: taken again, nm",
                  plr->zhome.below_nm);
        return plr_zhome_stray(plr, ZHOME_BACK, plr_zhome_first(motion->triggered));
    }
    plr->zhome.strays = 0;
    plr->zhome.touched = motion->triggered & all;
    plr->zhome.corner = 0;
    keep(plr, motion, plr->zhome.touched);
    return plr_zhome_go(plr, ZHOME_SAMPLE_EACH);
}

static int sample_each(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;
    uint32_t bit = 1u << z->corner;

    if (z->started) {
        if (!(motion->triggered & bit)) { // it was touched too early before: look for it from here
            z->touched = plr_z_mask(plr) & ~bit;
            z->sample = 0;
            z->below_nm = 0;
            plr_debug(plr, port, ctx, "an endstop had fired too early and is looked for; motor",
                      z->corner);
            if (++z->tries > plr->config.samples_retries)
                return plr_zhome_give_up(plr, PLR_REASON_SWITCH_NOISY, z->corner);
            return plr_zhome_go(plr, ZHOME_GATHER);
        }
        keep(plr, motion, bit);
        z->touched |= bit;
    } else if (!(z->touched & bit) && plr_zhome_closed(port, ctx, z->corner)) {
        z->samples_nm[z->corner][z->sample] = motion->z_motor_nm[z->corner];
        z->touched |= bit;
    }
    plr_zhome_show(plr,
                   z->second ? PLR_PHASE_VERIFY : (enum plr_phase)(PLR_PHASE_HOME_Z0 + z->corner));
    if (!(z->touched & bit))
        return plr_zhome_move(plr, port, ctx, bit, ZHOME_RACK_STEP_NM, plr->config.slow_homing_nm_s,
                              bit);
    z->started = false;
    if (++z->corner < plr->config.z_motors)
        return PLR_ZHOME_BUSY;
    z->below_nm = 0;
    if (++z->sample < plr->config.sample_size)
        return plr_zhome_go(plr, ZHOME_BACK);
    z->corner = 0;
    memcpy(z->from_nm, motion->z_motor_nm, sizeof z->from_nm);
    return plr_zhome_go(plr, ZHOME_RELEASE);
}

/// How far a corner may go down before its switch must have opened.
static int32_t release_limit(const struct plr *plr, int i)
{
    int32_t limit = plr->calibration.release_nm[i] + RELEASE_EXTRA_NM;
    return plr->zhome.calibrate || limit > ZHOME_RACK_STEP_NM ? ZHOME_RACK_STEP_NM : limit;
}

/// A corner that binds follows its motor up as before, but hangs on when the motor goes down: its switch opens late. Touches
/// from below alone would never show it.
static int release(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;
    uint32_t triggered, bit = 1u << z->corner;

    int error = port->switches(ctx, &triggered);
    if (error)
        return error;
    int32_t down = z->from_nm[z->corner] - motion->z_motor_nm[z->corner];
    if ((triggered & bit) && down >= release_limit(plr, z->corner)) {
        PLR_MARK(release_hangs);
        if (++z->hangs > plr->config.samples_retries)
            return plr_zhome_give_up(plr, PLR_REASON_BINDING, z->corner);
        plr_debug(plr, port, ctx, "an endstop opens late, the set is thrown away; motor",
                  z->corner);
        z->sample = 0; // or its last touch was a false one: touch again
        return plr_zhome_go(plr, ZHOME_BACK);
    }
    if (triggered & bit)
        return plr_zhome_move(plr, port, ctx, bit, -RELEASE_STEP_NM, plr->config.slow_homing_nm_s,
                              0);
    z->release_nm[z->corner] = down;
    if (++z->corner < plr->config.z_motors)
        return PLR_ZHOME_BUSY;
    return plr_zhome_evaluate(plr, port, ctx, motion);
}

int plr_zhome_sample(struct plr *plr, const struct plr_port *port, void *ctx,
                     const struct plr_motion *motion)
{
    enum zhome_step step = (enum zhome_step)plr->zhome.step;

    if (step == ZHOME_BACK)
        return back(plr, port, ctx);
    if (step == ZHOME_SAMPLE_UP)
        return sample_up(plr, port, ctx, motion);
    if (step == ZHOME_SAMPLE_EACH)
        return sample_each(plr, port, ctx, motion);
    return release(plr, port, ctx, motion);
}
