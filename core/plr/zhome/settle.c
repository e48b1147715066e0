// The end of Z+ homing: what the touches mean, how every motor gets to one height, and the way back from a refusal.
// SPDX-License-Identifier: MIT
#include "core/plr/zhome/internal.h"

#include <string.h>

#define VERIFY_PASSES 3

static void sort(int32_t *values, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && values[j - 1] > values[j]; j--) {
            int32_t swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
}

/// Median of each motor's samples into trigger_nm. Returns the first motor whose samples do not agree, or -1.
static int32_t medians(struct plr *plr)
{
    struct plr_zhome *z = &plr->zhome;
    int count = plr->config.sample_size;

    for (int i = 0; i < plr->config.z_motors; i++) {
        int32_t *s = z->samples_nm[i];
        sort(s, count);
        z->trigger_nm[i] = s[count / 2];
        if (s[count - 1] - s[0] > plr->config.samples_range_nm ||
            s[count - 1] - z->trigger_nm[i] > plr->config.samples_tolerance_nm ||
            z->trigger_nm[i] - s[0] > plr->config.samples_tolerance_nm)
            return i;
    }
    return -1;
}

static int store_calibration(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_calibration *c = &plr->calibration;
    uint8_t bytes[64];

    memset(c, 0, sizeof *c);
    for (int i = 0; i < plr->config.z_motors; i++) {
        c->trigger_nm[i] = plr->zhome.trigger_nm[i];
        c->release_nm[i] = plr->zhome.release_nm[i];
    }
    c->bed_mc = plr_zhome_temperature(port, ctx, 0);
    c->nozzle_mc = plr_zhome_temperature(port, ctx, 1);
    c->chamber_mc = plr_zhome_temperature(port, ctx, -1);
    c->config_hash = plr->config.config_hash;
    c->made_s = port->wall_s(ctx);
    c->z_motors = plr->config.z_motors;
    plr->calibrated = true;
    if (!plr->mounted)
        return 0;
    int done = plr_journal_append(&plr->journal, &port->nv, ctx, PLR_RECORD_CALIBRATION, bytes,
                                  plr_calibration_encode(c, bytes));
    return done < 0 ? done : 0;
}

/// Did the user give any offset?
static bool any_offset(const struct plr *plr)
{
    int32_t any = plr->config.z_height_offset_nm;
    for (int i = 0; i < plr->config.z_motors; i++)
        any |= plr->config.adjust_offset_nm[i];
    return any != 0;
}

/// Take the measured value: shift each motor's believed height by what its switch says, divided by `share`.
/// Returns the largest correction, or an error.
static int64_t correct(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion, int32_t share)
{
    static const char *const off_text[PLR_Z_MAX] = {
        "the endstop of stepper_z is off by, nm", "the endstop of stepper_z1 is off by, nm",
        "the endstop of stepper_z2 is off by, nm", "the endstop of stepper_z3 is off by, nm"};
    int32_t z[PLR_Z_MAX] = {0}, worst = 0;

    for (int i = 0; i < plr->config.z_motors; i++) {
        int32_t off = plr_zhome_expected(plr, port, ctx, i) - plr->zhome.trigger_nm[i];
        z[i] = motion->z_motor_nm[i] + off / share;
        worst = plr_abs32(off) > worst ? plr_abs32(off) : worst;
        plr_debug(plr, port, ctx, off_text[i], off);
    }
    int error = PLR_DEFECT(Z_NOT_SET) && !any_offset(plr) ? 0 : port->z_set(ctx, z);
    return error ? error : worst;
}

int plr_zhome_evaluate(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;

    int32_t noisy = medians(plr);
    if (noisy >= 0) {
        PLR_MARK(samples_disagree);
        plr_debug(plr, port, ctx, "samples do not agree, the set is thrown away; motor", noisy);
        return plr_zhome_again(plr, PLR_REASON_SWITCH_NOISY, noisy);
    }
    if (z->calibrate) {
        int error = store_calibration(plr, port, ctx);
        return error ? error : plr_zhome_go(plr, ZHOME_LEVEL);
    }
    z->passes++;
    // the verification pass averages: half of what it still sees is its own noise
    int64_t worst = correct(plr, port, ctx, motion, z->second ? 2 : 1);
    if (worst < 0)
        return (int)worst;
    if (!z->second)
        return plr_zhome_go(plr, ZHOME_LEVEL);
    port->log(ctx, "verification: largest corner difference, nm", worst);
    if (worst <= plr->config.verify_tolerance_nm)
        return plr_zhome_go(plr,
                            z->passes < plr->config.probe_iterations ? ZHOME_LEVEL : ZHOME_FINISH);
    PLR_MARK(verify_again);
    plr_debug(plr, port, ctx, "verification: that is more than allowed, once more; allowed, nm",
              plr->config.verify_tolerance_nm);
    if (++z->verifies >= VERIFY_PASSES)
        return plr_zhome_give_up(plr, PLR_REASON_VERIFY, (int32_t)worst);
    return plr_zhome_go(plr, ZHOME_LEVEL);
}

// --- level and end -----------------------------------------------------------------------------------

static int32_t lowest(const struct plr *plr, const struct plr_motion *motion)
{
    int32_t low = motion->z_motor_nm[0];
    for (int i = 1; i < plr->config.z_motors; i++)
        low = motion->z_motor_nm[i] < low ? motion->z_motor_nm[i] : low;
    return low;
}

/// Drive the motors to `target_nm` in turn, no step longer than ZHOME_RACK_STEP_NM. Returns 1 when all are there.
static int drive_level(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;
    uint32_t done = 0;

    for (int i = 0; i < plr->config.z_motors; i++)
        done |= (uint32_t)(motion->z_motor_nm[i] == z->target_nm) << i;
    if (done == plr_z_mask(plr))
        return 1;
    z->corner = plr_zhome_next(plr, z->corner, done);
    int32_t delta = z->target_nm - motion->z_motor_nm[z->corner];
    if (plr_abs32(delta) > ZHOME_RACK_STEP_NM)
        delta = delta < 0 ? -ZHOME_RACK_STEP_NM : ZHOME_RACK_STEP_NM;
    return plr_zhome_move(plr, port, ctx, 1u << z->corner, delta, plr->config.fast_move_nm_s, 0);
}

static int level(struct plr *plr, const struct plr_port *port, void *ctx,
                 const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;

    plr_zhome_show(plr, PLR_PHASE_LEVEL);
    if (!z->started) { // all together first: then every corner's own way takes racking away, and none adds to it
        z->target_nm = lowest(plr, motion) - plr->config.sample_retract_nm;
        return plr_zhome_move(plr, port, ctx, plr_z_mask(plr), -plr->config.sample_retract_nm,
                              plr->config.fast_move_nm_s, 0);
    }
    int state = drive_level(plr, port, ctx, motion);
    if (state != 1)
        return state;
    if (z->step == ZHOME_SETTLE || z->calibrate)
        return PLR_ZHOME_DONE;
    z->second = true;
    plr_zhome_show(plr, PLR_PHASE_VERIFY);
    return plr_zhome_pass(plr, ZHOME_FAST);
}

/// The offsets the user gave, exactly once: a positive offset raises the nozzle.
static int finish(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_motion *motion)
{
    int32_t z[PLR_Z_MAX] = {0};

    for (int i = 0; i < plr->config.z_motors; i++)
        z[i] = motion->z_motor_nm[i] - plr->config.adjust_offset_nm[i] -
               plr->config.z_height_offset_nm;
    if (any_offset(plr))
        plr_debug(plr, port, ctx, "the user's offsets are added once; of all motors, nm",
                  plr->config.z_height_offset_nm);
    int error = port->z_set(ctx, z);
    return error ? error : plr_zhome_go(plr, ZHOME_SETTLE);
}

static int undo(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_zhome *z = &plr->zhome;
    uint32_t done = 0;

    for (int i = 0; i < plr->config.z_motors; i++)
        done |= (uint32_t)(z->raised_nm[i] <= 0) << i;
    if (done == plr_z_mask(plr)) {
        int error = plr_refuse(plr, port, ctx, plr->reason, plr->reason_value);
        return error ? error : PLR_ZHOME_REFUSED;
    }
    z->corner = plr_zhome_next(plr, z->corner, done);
    int32_t down =
        z->raised_nm[z->corner] < ZHOME_RACK_STEP_NM ? z->raised_nm[z->corner] : ZHOME_RACK_STEP_NM;
    z->raised_nm[z->corner] -= down;
    return plr_zhome_move(plr, port, ctx, 1u << z->corner, -down, plr->config.fast_move_nm_s, 0);
}

int plr_zhome_settle(struct plr *plr, const struct plr_port *port, void *ctx,
                     const struct plr_motion *motion)
{
    enum zhome_step step = (enum zhome_step)plr->zhome.step;

    if (step == ZHOME_LEVEL || step == ZHOME_SETTLE)
        return level(plr, port, ctx, motion);
    if (step == ZHOME_FINISH)
        return finish(plr, port, ctx, motion);
    PLR_ASSERT(step == ZHOME_UNDO);
    return undo(plr, port, ctx);
}
