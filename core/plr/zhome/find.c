// The first half of Z+ homing: where is every switch, roughly, without racking the gantry to find out?
// SPDX-License-Identifier: MIT
#include "core/plr/zhome/internal.h"

#define OVERTRAVEL_NM \
    (10 * PLR_NM_PER_MM) // how far above its nominal place the first switch is looked for
#define FRAME_MARGIN_NM PLR_NM_PER_MM // how far short of the frame the overtravel ends
// So far below where it began nothing is in the way: of the lift's margin, 5 mm.
#define SPARE_NM      (4 * PLR_NM_PER_MM)
#define SEEN_EXTRA_NM 300000 // a corner driven alone may touch this much beyond where it was seen

// --- approach ------------------------------------------------------------------------------------

/// How far all may come down from a touch that nothing has confirmed yet: no further below where homing began than the lift before it
/// has to spare, whatever the configuration says. Corners that stand above their switches are near the top, for sure.
static int32_t back_off(const struct plr *plr, const struct plr_motion *motion, int32_t wanted)
{
    if (plr->lifted == PLR_LIFTED_TOP || plr->zhome.second)
        return wanted;
    int32_t room = motion->z_motor_nm[0] - plr->zhome.begun_nm + SPARE_NM;
    return wanted < room ? wanted : room;
}

static int check(struct plr *plr, const struct plr_port *port, void *ctx,
                 const struct plr_motion *motion)
{
    uint32_t triggered;

    int error = port->switches(ctx, &triggered);
    if (error)
        return error;
    triggered &= plr_z_mask(plr);
    if (plr->zhome.step == ZHOME_CHECK)
        plr->zhome.begun_nm = motion->z_motor_nm[0];
    if (!triggered)
        return plr_zhome_go(plr, ZHOME_TRAVEL);
    if (plr->zhome.step == ZHOME_RECHECK) {
        PLR_MARK(switch_stuck);
        return plr_zhome_give_up(plr, PLR_REASON_SWITCH_STUCK, plr_zhome_first(triggered));
    }
    PLR_MARK(switch_closed_first);
    plr->zhome.step = ZHOME_RECHECK;
    int32_t above = plr->lifted == PLR_LIFTED_TOP ? plr->config.z_overtravel_nm : 0;
    return plr_zhome_move(plr, port, ctx, plr_z_mask(plr),
                          -back_off(plr, motion, above + 2 * plr->config.retract_nm),
                          plr->config.fast_move_nm_s, 0);
}

/// Corners only ever fall while power is off, so up to a height well below the switches fast is safe.
static int travel(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_motion *motion)
{
    if (plr->zhome.started)
        return plr_zhome_go(plr, motion->triggered ? ZHOME_CONFIRM_DOWN : ZHOME_FAST);
    int32_t upto = plr->config.fast_travel_upto_nm;
    if (!upto || motion->z_motor_nm[0] >= upto)
        return plr_zhome_go(plr, ZHOME_FAST);
    return plr_zhome_move(plr, port, ctx, plr_z_mask(plr), upto - motion->z_motor_nm[0],
                          plr->config.fast_travel_nm_s, plr_z_mask(plr));
}

static int fast(struct plr *plr, const struct plr_port *port, void *ctx,
                const struct plr_motion *motion)
{
    if (!plr->zhome.started) {
        int32_t room = plr->config.z_position_nm - motion->z_motor_nm[0] +
                       plr->config.max_adjustment_nm + OVERTRAVEL_NM;
        if (room < OVERTRAVEL_NM)
            room = OVERTRAVEL_NM;
        return plr_zhome_move(plr, port, ctx, plr_z_mask(plr), room, plr->config.fast_move_nm_s,
                              plr_z_mask(plr));
    }
    if (!motion->triggered) {
        PLR_MARK(switch_dead);
        return plr_zhome_give_up(plr, PLR_REASON_SWITCH_DEAD, -1);
    }
    return plr_zhome_go(plr, ZHOME_CONFIRM_DOWN);
}

/// On the verification pass heights are known: a touch far below its place is false.
static bool implausible(const struct plr *plr, const struct plr_port *port, void *ctx,
                        const struct plr_motion *motion)
{
    for (int i = 0; i < plr->config.z_motors && plr->zhome.second; i++)
        if (((motion->triggered >> i) & 1u) &&
            plr_zhome_expected(plr, port, ctx, i) - motion->latched_nm[i] > ZHOME_EARLY_NM)
            return true;
    return false;
}

/// From here on corners stand above their switches: after a further cut they must come down further than a stuck switch allows.
static int note_top(struct plr *plr, const struct plr_port *port, void *ctx)
{
    bool job = !plr->zhome.calibrate && !(plr->alone && plr->alone_in == PLR_PHASE_IDLE);
    if (!job || plr->lifted == PLR_LIFTED_TOP)
        return 0;
    plr->lifted = PLR_LIFTED_TOP;
    return plr_note_write(plr, port, ctx);
}

static int confirm(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion)
{
    uint32_t all = plr_z_mask(plr);

    if (plr->zhome.step == ZHOME_CONFIRM_DOWN) {
        if (plr->zhome.started)
            return plr_zhome_go(plr, ZHOME_CONFIRM_UP);
        plr->zhome.down_nm = back_off(plr, motion, plr->config.retract_nm);
        return plr_zhome_move(plr, port, ctx, all, -plr->zhome.down_nm, plr->config.fast_move_nm_s,
                              0);
    }
    if (!plr->zhome.started) {
        if (PLR_DEFECT(SHORT_RETRACT) && plr_defect_closed(port, ctx))
            return plr_zhome_give_up(plr, PLR_REASON_SWITCH_STUCK, -1);
        plr->zhome.from_nm[0] = motion->z_motor_nm[0];
        return plr_zhome_move(plr, port, ctx, all, plr->zhome.down_nm + ZHOME_CONFIRM_EXTRA_NM,
                              plr->config.slow_homing_nm_s, all);
    }
    bool early =
        motion->z_motor_nm[0] - plr->zhome.from_nm[0] < plr->zhome.down_nm - ZHOME_EARLY_NM;
    if (!motion->triggered || (!PLR_DEFECT(ONE_MOTOR_STOPS) && early) ||
        implausible(plr, port, ctx, motion)) {
        PLR_MARK(false_first_touch);
        port->log(ctx, "a z_plus endstop fired once and not again, ignored: at, nm",
                  motion->z_motor_nm[0]);
        return plr_zhome_stray(plr, ZHOME_FAST, -1);
    }
    plr_debug(plr, port, ctx, "the first endstop is confirmed, stepper_z at, nm",
              motion->z_motor_nm[0]);
    plr->zhome.strays = 0;
    plr->zhome.touched = motion->triggered & all;
    plr->zhome.seen = plr->zhome.touched;
    plr->zhome.rise_nm = 0;
    int error = note_top(plr, port, ctx);
    return error ? error : plr_zhome_go(plr, ZHOME_SCAN_UP);
}

// --- scan: all motors together past the first touch ------------------------------------------------

/// How far above the first touch the switch of corner `i` may be: what the corner may have fallen, and how much higher its
/// switch sits than the lowest one.
static int32_t highest(const struct plr *plr, int i)
{
    int32_t higher = 0;

    if (plr->zhome.calibrate)
        return ZHOME_SPREAD_NM;
    for (int k = 0; k < plr->config.z_motors; k++) {
        int32_t above = plr->calibration.trigger_nm[i] - plr->calibration.trigger_nm[k];
        higher = above > higher ? above : higher;
    }
    return (plr->zhome.second ? ZHOME_SPREAD_NM : plr->config.max_adjustment_nm) + higher +
           ZHOME_RACK_STEP_NM;
}

/// How far all go up together: to where the last silent corner may be, but no further than the frame allows the others.
static int32_t scan_limit(const struct plr *plr)
{
    int32_t limit = 0;

    for (int i = 0; i < plr->config.z_motors; i++)
        if (!((plr->zhome.seen >> i) & 1u) && highest(plr, i) > limit)
            limit = highest(plr, i);
    return limit < plr->config.z_overtravel_nm ? limit : plr->config.z_overtravel_nm;
}

/// Remember where the switches in `mask` fired.
static void see(struct plr *plr, uint32_t mask)
{
    for (int i = 0; i < plr->config.z_motors; i++)
        if (((mask & ~plr->zhome.seen) >> i) & 1u)
            plr->zhome.seen_nm[i] = plr->zhome.raised_nm[i] + plr->zhome.rise_nm;
    plr->zhome.seen |= mask & plr_z_mask(plr);
}

static int scan_up(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;
    uint32_t closed;

    if (z->started) {
        z->rise_nm += motion->z_motor_nm[0] - z->from_nm[0];
        see(plr, motion->triggered);
    }
    int error = port->switches(ctx, &closed); // one that closes while all stop gives no edge
    if (error)
        return error;
    see(plr, closed);
    int32_t up = scan_limit(plr) - z->rise_nm;
    if (up <= 0)
        return plr_zhome_go(plr, ZHOME_SCAN_DOWN);
    z->from_nm[0] = motion->z_motor_nm[0];
    return plr_zhome_move(plr, port, ctx, plr_z_mask(plr), up, plr->config.fast_move_nm_s,
                          plr_z_mask(plr) & ~z->seen);
}

static int scan_down(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_zhome *z = &plr->zhome;

    if (z->started || !z->rise_nm)
        return plr_zhome_go(plr, ZHOME_GATHER);
    return plr_zhome_move(plr, port, ctx, plr_z_mask(plr), -z->rise_nm, plr->config.fast_move_nm_s,
                          0);
}

// --- gather: corners alone, in turn ------------------------------------------------------------------

static bool seen(const struct plr *plr, int i)
{
    return (plr->zhome.seen >> i) & 1u;
}

/// How far corner `i` may be raised alone. Where its switch was seen, to there. A silent one is either dead or fell further than
/// all could rise together: only a max_adjustment beyond that says that it is believed.
static int32_t gather_limit(const struct plr *plr, int i)
{
    if (seen(plr, i))
        return plr->zhome.seen_nm[i] + SEEN_EXTRA_NM;
    bool trusted = !plr->zhome.calibrate && !plr->zhome.second &&
                   plr->config.max_adjustment_nm > plr->config.z_overtravel_nm;
    return trusted ? highest(plr, i) : 0;
}

/// Corner `i` was raised alone as far as it may, and is silent.
static int silent(struct plr *plr, const struct plr_port *port, void *ctx, int i)
{
    if (seen(plr, i)) { // what was seen was a false touch: look again
        plr_debug(plr, port, ctx,
                  "an endstop is not where it fired: all are looked for again; motor", i);
        if (++plr->zhome.tries > plr->config.samples_retries)
            return plr_zhome_give_up(plr, PLR_REASON_SWITCH_NOISY, i);
        return plr_zhome_go(plr, ZHOME_CONFIRM_DOWN);
    }
    if (plr->zhome.calibrate)
        return plr_zhome_give_up(plr, PLR_REASON_SWITCH_DEAD, i);
    // if its switch is dead the frame has stopped it, and its motor lost steps: no more is taken back than there was room. If it
    // fell further than was allowed, it keeps the rest of what was won
    if (!plr->zhome.second)
        PLR_MARK(max_adjustment);
    int32_t room = plr->config.z_overtravel_nm + FRAME_MARGIN_NM;
    if (plr->zhome.raised_nm[i] > room)
        plr->zhome.raised_nm[i] = room;
    return plr_zhome_give_up(plr,
                             plr->zhome.second ? PLR_REASON_BINDING : PLR_REASON_MAX_ADJUSTMENT, i);
}

/// Was the touch of corner `i`, on its way up alone, a false one? A true one leaves its switch closed. Close to where the switch was
/// seen it is believed all the same: the samples will tell.
static bool stray(const struct plr *plr, const struct plr_port *port, void *ctx, int i)
{
    bool here = seen(plr, i) && plr->zhome.seen_nm[i] - plr->zhome.raised_nm[i] <= ZHOME_EARLY_NM;
    return !here && !plr_zhome_closed(port, ctx, i);
}

static int gather(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_motion *motion)
{
    struct plr_zhome *z = &plr->zhome;

    if (z->started) {
        z->raised_nm[z->corner] += motion->z_motor_nm[z->corner] - z->from_nm[z->corner];
        bool fired = (motion->triggered >> z->corner) & 1u;
        if (fired && stray(plr, port, ctx, z->corner)) {
            PLR_MARK(false_in_gather);
            port->log(ctx, "a z_plus endstop fired and did not stay closed, ignored: motor",
                      z->corner);
            return plr_zhome_stray(plr, ZHOME_GATHER, z->corner);
        }
        z->strays = 0;
        z->touched |= (uint32_t)fired << z->corner;
    }
    if ((z->touched & plr_z_mask(plr)) == plr_z_mask(plr))
        return plr_zhome_go(plr, ZHOME_BACK);
    z->corner = plr_zhome_next(plr, z->corner, z->touched);
    z->from_nm[z->corner] = motion->z_motor_nm[z->corner];
    if (plr_zhome_closed(port, ctx, z->corner)) {
        z->touched |= 1u << z->corner;
        z->started = false;
        return PLR_ZHOME_BUSY;
    }
    if (z->raised_nm[z->corner] >= gather_limit(plr, z->corner))
        return silent(plr, port, ctx, z->corner);
    plr_zhome_show(plr,
                   z->second ? PLR_PHASE_VERIFY : (enum plr_phase)(PLR_PHASE_HOME_Z0 + z->corner));
    return plr_zhome_move(plr, port, ctx, 1u << z->corner, ZHOME_RACK_STEP_NM,
                          plr->config.fast_move_nm_s, 1u << z->corner);
}

int plr_zhome_find(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion)
{
    enum zhome_step step = (enum zhome_step)plr->zhome.step;

    if (step <= ZHOME_RECHECK)
        return check(plr, port, ctx, motion);
    if (step == ZHOME_TRAVEL)
        return travel(plr, port, ctx, motion);
    if (step == ZHOME_FAST)
        return fast(plr, port, ctx, motion);
    if (step <= ZHOME_CONFIRM_UP)
        return confirm(plr, port, ctx, motion);
    if (step == ZHOME_SCAN_UP)
        return scan_up(plr, port, ctx, motion);
    if (step == ZHOME_SCAN_DOWN)
        return scan_down(plr, port, ctx);
    return gather(plr, port, ctx, motion);
}
