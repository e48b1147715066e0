// Z+ homing: measures every Z motor against its own z_plus endstop, for calibration and for recovery.
// SPDX-License-Identifier: MIT
//
// All motors stop at any trigger. A corner is driven alone only in small steps, the corners in turn, so that no more than RACK_STEP_NM
// is ever added to the racking that was found. One touch is never believed: a switch can fire millimetres early once, hardly
// twice, so the first touch is confirmed and every value is a median. Calibration and recovery take the same path at the same
// speed, so that what the switches, belts and beams add is the same in both and cancels.
#include "core/plr/internal.h"

#include <string.h>

#define RACK_STEP_NM     400000
#define CONFIRM_EXTRA_NM 300000 // how much further than the retract a touch may be confirmed
#define SPREAD_NM        (2 * PLR_NM_PER_MM) // mounting differences between the switches at most
#define RELEASE_STEP_NM  25000               // how finely the opening of a switch is looked for
#define RELEASE_EXTRA_NM \
    150000 // how much later than at calibration it may open: more is a corner that hangs
#define EARLY_NM      300000 // a touch this much before its place is false
#define OVERTRAVEL_NM (10 * PLR_NM_PER_MM)
#define VERIFY_PASSES 3

enum step {
    CHECK,   // no switch may be triggered to begin with
    RECHECK, // ... not even after backing off
    TRAVEL,  // fast, while far below
    FAST,    // all motors up to the first touch
    CONFIRM_DOWN,
    CONFIRM_UP,  // the first touch again, slowly
    GATHER,      // the others up, in turn, in small steps
    BACK,        // all down by the sample retract
    SAMPLE_UP,   // all up, slowly, to the first touch
    SAMPLE_EACH, // the others to theirs
    RELEASE,     // each a little down until its switch opens: a corner that binds hangs on
    LEVEL,       // every motor to one height
    FINISH,      // offsets, once
    SETTLE,      // level again after the offsets
    UNDO         // refused: corners driven alone go back down
};

static struct plr_zhome *home(struct plr *plr)
{
    return &plr->zhome;
}

static int go(struct plr *plr, enum step step)
{
    plr->zhome.step = (uint8_t)step;
    plr->zhome.started = false;
    return PLR_ZHOME_BUSY;
}

static void show(struct plr *plr, enum plr_phase phase)
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

/// Begin a pass: nothing touched, nothing sampled.
static int new_pass(struct plr *plr, enum step step)
{
    plr->zhome.touched = 0;
    plr->zhome.sample = 0;
    plr->zhome.corner = 0;
    plr->zhome.tries = plr->zhome.hangs = 0;
    plr->zhome.below_nm = 0;
    memset(plr->zhome.raised_nm, 0, sizeof plr->zhome.raised_nm);
    return go(plr, step);
}

/// Refuse, but first take back what was driven alone: the gantry is left as it was found.
static int give_up(struct plr *plr, enum plr_reason reason, int32_t value)
{
    plr->reason = reason;
    plr->reason_value = value;
    return go(plr, UNDO);
}

/// A set of touches went wrong: once more from the gathering, unless that happened too often.
static int again(struct plr *plr, enum plr_reason reason, int32_t value)
{
    if (++plr->zhome.tries > plr->config.samples_retries)
        return give_up(plr, reason, value);
    plr->zhome.sample = 0;
    return go(plr, BACK);
}

static int start_move(struct plr *plr, const struct plr_port *port, void *ctx, uint32_t motors,
                      int32_t delta, int32_t speed, uint32_t watch)
{
    plr->zhome.started = true;
    int error = port->z_move(ctx, motors, delta, speed, watch);
    return error ? error : PLR_ZHOME_BUSY;
}

// --- approach ------------------------------------------------------------------------------------

static int32_t first_bit(uint32_t bits)
{
    int32_t which = 0;
    while (!((bits >> which) & 1u))
        which++;
    return which;
}

static int check(struct plr *plr, const struct plr_port *port, void *ctx)
{
    uint32_t triggered;

    int error = port->switches(ctx, &triggered);
    if (error)
        return error;
    triggered &= plr_z_mask(plr);
    if (!triggered)
        return go(plr, TRAVEL);
    if (plr->zhome.step == RECHECK)
        return give_up(plr, PLR_REASON_SWITCH_STUCK, first_bit(triggered));
    plr->zhome.step = RECHECK;
    return start_move(plr, port, ctx, plr_z_mask(plr), -2 * plr->config.retract_nm,
                      plr->config.fast_move_nm_s, 0);
}

/// Corners only ever fall while power is off, so up to a height well below the switches fast is safe.
static int travel(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_motion *motion)
{
    if (plr->zhome.started)
        return go(plr, motion->triggered ? CONFIRM_DOWN : FAST);
    int32_t upto = plr->config.fast_travel_upto_nm;
    if (!upto || motion->z_motor_nm[0] >= upto)
        return go(plr, FAST);
    return start_move(plr, port, ctx, plr_z_mask(plr), upto - motion->z_motor_nm[0],
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
        return start_move(plr, port, ctx, plr_z_mask(plr), room, plr->config.fast_move_nm_s,
                          plr_z_mask(plr));
    }
    if (!motion->triggered)
        return give_up(plr, PLR_REASON_SWITCH_DEAD, -1);
    return go(plr, CONFIRM_DOWN);
}

static int32_t temperature_or_unknown(const struct plr_port *port, void *ctx, int heater)
{
    int32_t mc;
    return port->temperature(ctx, heater, &mc) ? INT32_MIN : mc;
}

/// Where the switch of motor `i` triggers, by the calibration and what this machine's own data say of warmth.
static int32_t expected(const struct plr *plr, const struct plr_port *port, void *ctx, int i)
{
    int32_t chamber = temperature_or_unknown(port, ctx, -1);
    int64_t drift = 0;

    if (plr->config.drift_nm_per_k && chamber != INT32_MIN &&
        plr->calibration.chamber_mc != INT32_MIN)
        drift =
            (int64_t)plr->config.drift_nm_per_k * (chamber - plr->calibration.chamber_mc) / 1000;
    return plr->calibration.trigger_nm[i] + (int32_t)drift;
}

/// On the verification pass heights are known: a touch far below its place is false.
static bool implausible(const struct plr *plr, const struct plr_port *port, void *ctx,
                        const struct plr_motion *motion)
{
    for (int i = 0; i < plr->config.z_motors && plr->zhome.second; i++)
        if (((motion->triggered >> i) & 1u) &&
            expected(plr, port, ctx, i) - motion->latched_nm[i] > EARLY_NM)
            return true;
    return false;
}

static int confirm(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion)
{
    uint32_t all = plr_z_mask(plr);

    if (plr->zhome.step == CONFIRM_DOWN) {
        if (plr->zhome.started)
            return go(plr, CONFIRM_UP);
        return start_move(plr, port, ctx, all, -plr->config.retract_nm, plr->config.fast_move_nm_s,
                          0);
    }
    if (!plr->zhome.started) {
        plr->zhome.from_nm[0] = motion->z_motor_nm[0];
        return start_move(plr, port, ctx, all, plr->config.retract_nm + CONFIRM_EXTRA_NM,
                          plr->config.slow_homing_nm_s, all);
    }
    bool early = motion->z_motor_nm[0] - plr->zhome.from_nm[0] < plr->config.retract_nm - EARLY_NM;
    if (!motion->triggered || early || implausible(plr, port, ctx, motion)) {
        port->log(ctx, "a z_plus endstop fired once and not again, ignored: at, nm",
                  motion->z_motor_nm[0]);
        if (++plr->zhome.tries > plr->config.samples_retries)
            return give_up(plr, PLR_REASON_SWITCH_NOISY, -1);
        return go(plr, FAST);
    }
    plr->zhome.touched = motion->triggered & all;
    return go(plr, GATHER);
}

/// The next motor after `corner`, in a circle, whose bit is not in `done`.
static uint8_t next_corner(const struct plr *plr, uint8_t corner, uint32_t done)
{
    uint8_t n = plr->config.z_motors;
    for (uint8_t i = 1; i <= n; i++) {
        uint8_t candidate = (uint8_t)((corner + i) % n);
        if (!((done >> candidate) & 1u))
            return candidate;
    }
    return corner;
}

/// How far corner `i` may be raised alone: what it may have fallen, and how much higher its switch sits than the lowest one. Beyond
/// that lies the hard stop.
static int32_t gather_limit(const struct plr *plr, int i)
{
    int32_t higher = 0;

    if (plr->zhome.calibrate)
        return SPREAD_NM;
    for (int k = 0; k < plr->config.z_motors; k++) {
        int32_t above = plr->calibration.trigger_nm[i] - plr->calibration.trigger_nm[k];
        higher = above > higher ? above : higher;
    }
    return (plr->zhome.second ? SPREAD_NM : plr->config.max_adjustment_nm) + higher + RACK_STEP_NM;
}

/// A switch may close while all motors stop for another one: no edge will come, and its corner must not be driven into the stop.
static bool closed(const struct plr_port *port, void *ctx, int i)
{
    uint32_t triggered;
    return !port->switches(ctx, &triggered) && ((triggered >> i) & 1u);
}

static int gather(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_motion *motion)
{
    struct plr_zhome *z = home(plr);

    if (z->started) {
        uint32_t bit = 1u << z->corner;
        z->raised_nm[z->corner] += motion->z_motor_nm[z->corner] - z->from_nm[z->corner];
        if (motion->triggered & bit)
            z->touched |= bit;
        else if (z->raised_nm[z->corner] > gather_limit(plr, z->corner))
            return give_up(plr, z->second ? PLR_REASON_BINDING : PLR_REASON_MAX_ADJUSTMENT,
                           z->corner);
    }
    if ((z->touched & plr_z_mask(plr)) == plr_z_mask(plr))
        return go(plr, BACK);
    z->corner = next_corner(plr, z->corner, z->touched);
    z->from_nm[z->corner] = motion->z_motor_nm[z->corner];
    if (closed(port, ctx, z->corner)) {
        z->touched |= 1u << z->corner;
        z->started = false;
        return PLR_ZHOME_BUSY;
    }
    show(plr, z->second ? PLR_PHASE_VERIFY : (enum plr_phase)(PLR_PHASE_HOME_Z0 + z->corner));
    return start_move(plr, port, ctx, 1u << z->corner, RACK_STEP_NM, plr->config.fast_move_nm_s,
                      1u << z->corner);
}

// --- samples ---------------------------------------------------------------------------------------

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
            return give_up(plr, PLR_REASON_SWITCH_STUCK, first_bit(triggered));
        plr->zhome.below_nm = plr->config.sample_retract_nm;
        return go(plr, SAMPLE_UP);
    }
    return start_move(plr, port, ctx, plr_z_mask(plr), -down, plr->config.fast_move_nm_s, 0);
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
        return start_move(plr, port, ctx, all, plr->config.sample_retract_nm + CONFIRM_EXTRA_NM,
                          plr->config.slow_homing_nm_s, all);
    }
    plr->zhome.below_nm -= motion->z_motor_nm[0] - plr->zhome.from_nm[0];
    if (!motion->triggered)
        return again(plr, PLR_REASON_SWITCH_NOISY, -1);
    if (plr->zhome.below_nm > EARLY_NM) { // all were touched before: nothing can be there yet
        port->log(ctx, "a z_plus endstop fired early in a sample: taken again, nm",
                  plr->zhome.below_nm);
        return again(plr, PLR_REASON_SWITCH_NOISY, -1);
    }
    plr->zhome.touched = motion->triggered & all;
    plr->zhome.corner = 0;
    keep(plr, motion, plr->zhome.touched);
    return go(plr, SAMPLE_EACH);
}

static int evaluate(struct plr *plr, const struct plr_port *port, void *ctx,
                    const struct plr_motion *motion);

static int sample_each(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion)
{
    struct plr_zhome *z = home(plr);
    uint32_t bit = 1u << z->corner;

    if (z->started) {
        if (!(motion->triggered & bit)) { // it was touched too early before: look for it from here
            z->touched = plr_z_mask(plr) & ~bit;
            z->sample = 0;
            z->below_nm = 0;
            if (++z->tries > plr->config.samples_retries)
                return give_up(plr, PLR_REASON_SWITCH_NOISY, z->corner);
            return go(plr, GATHER);
        }
        keep(plr, motion, bit);
        z->touched |= bit;
    } else if (!(z->touched & bit) && closed(port, ctx, z->corner)) {
        z->samples_nm[z->corner][z->sample] = motion->z_motor_nm[z->corner];
        z->touched |= bit;
    }
    show(plr, z->second ? PLR_PHASE_VERIFY : (enum plr_phase)(PLR_PHASE_HOME_Z0 + z->corner));
    if (!(z->touched & bit))
        return start_move(plr, port, ctx, bit, RACK_STEP_NM, plr->config.slow_homing_nm_s, bit);
    z->started = false;
    if (++z->corner < plr->config.z_motors)
        return PLR_ZHOME_BUSY;
    z->below_nm = 0;
    if (++z->sample < plr->config.sample_size)
        return go(plr, BACK);
    z->corner = 0;
    memcpy(z->from_nm, motion->z_motor_nm, sizeof z->from_nm);
    return go(plr, RELEASE);
}

/// How far a corner may go down before its switch must have opened.
static int32_t release_limit(const struct plr *plr, int i)
{
    int32_t limit = plr->calibration.release_nm[i] + RELEASE_EXTRA_NM;
    return plr->zhome.calibrate || limit > RACK_STEP_NM ? RACK_STEP_NM : limit;
}

/// A corner that binds follows its motor up as before, but hangs on when the motor goes down: its switch opens late. Touches
/// from below alone would never show it.
static int release(struct plr *plr, const struct plr_port *port, void *ctx,
                   const struct plr_motion *motion)
{
    struct plr_zhome *z = home(plr);
    uint32_t triggered, bit = 1u << z->corner;

    int error = port->switches(ctx, &triggered);
    if (error)
        return error;
    int32_t down = z->from_nm[z->corner] - motion->z_motor_nm[z->corner];
    if ((triggered & bit) && down >= release_limit(plr, z->corner)) {
        if (++z->hangs > plr->config.samples_retries)
            return give_up(plr, PLR_REASON_BINDING, z->corner);
        z->sample = 0; // or its last touch was a false one: touch again
        return go(plr, BACK);
    }
    if (triggered & bit)
        return start_move(plr, port, ctx, bit, -RELEASE_STEP_NM, plr->config.slow_homing_nm_s, 0);
    z->release_nm[z->corner] = down;
    if (++z->corner < plr->config.z_motors)
        return PLR_ZHOME_BUSY;
    return evaluate(plr, port, ctx, motion);
}

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
    struct plr_zhome *z = home(plr);
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

// --- what the samples mean ---------------------------------------------------------------------------

static int store_calibration(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_calibration *c = &plr->calibration;
    uint8_t bytes[64];

    memset(c, 0, sizeof *c);
    for (int i = 0; i < plr->config.z_motors; i++) {
        c->trigger_nm[i] = plr->zhome.trigger_nm[i];
        c->release_nm[i] = plr->zhome.release_nm[i];
    }
    c->bed_mc = temperature_or_unknown(port, ctx, 0);
    c->nozzle_mc = temperature_or_unknown(port, ctx, 1);
    c->chamber_mc = temperature_or_unknown(port, ctx, -1);
    c->config_hash = plr->config.config_hash;
    c->z_motors = plr->config.z_motors;
    plr->calibrated = true;
    if (!plr->mounted)
        return 0;
    int done = plr_journal_append(&plr->journal, &port->nv, ctx, PLR_RECORD_CALIBRATION, bytes,
                                  plr_calibration_encode(c, bytes));
    return done < 0 ? done : 0;
}

/// Take the measured value: shift each motor's believed height by what its switch says, divided by `share`.
/// Returns the largest correction, or an error.
static int64_t correct(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion, int32_t share)
{
    int32_t z[PLR_Z_MAX] = {0}, worst = 0;

    for (int i = 0; i < plr->config.z_motors; i++) {
        int32_t off = expected(plr, port, ctx, i) - plr->zhome.trigger_nm[i];
        z[i] = motion->z_motor_nm[i] + off / share;
        worst = plr_abs32(off) > worst ? plr_abs32(off) : worst;
    }
    int error = port->z_set(ctx, z);
    return error ? error : worst;
}

static int evaluate(struct plr *plr, const struct plr_port *port, void *ctx,
                    const struct plr_motion *motion)
{
    struct plr_zhome *z = home(plr);

    int32_t noisy = medians(plr);
    if (noisy >= 0)
        return again(plr, PLR_REASON_SWITCH_NOISY, noisy);
    if (z->calibrate) {
        int error = store_calibration(plr, port, ctx);
        return error ? error : go(plr, LEVEL);
    }
    // the verification pass averages: half of what it still sees is its own noise
    int64_t worst = correct(plr, port, ctx, motion, z->second ? 2 : 1);
    if (worst < 0)
        return (int)worst;
    if (!z->second)
        return go(plr, LEVEL);
    port->log(ctx, "verification: largest corner difference, nm", worst);
    if (worst <= plr->config.verify_tolerance_nm)
        return go(plr, FINISH);
    if (++z->verifies >= VERIFY_PASSES)
        return give_up(plr, PLR_REASON_VERIFY, (int32_t)worst);
    return go(plr, LEVEL);
}

// --- level and end -----------------------------------------------------------------------------------

static int32_t lowest(const struct plr *plr, const struct plr_motion *motion)
{
    int32_t low = motion->z_motor_nm[0];
    for (int i = 1; i < plr->config.z_motors; i++)
        low = motion->z_motor_nm[i] < low ? motion->z_motor_nm[i] : low;
    return low;
}

/// Drive the motors to `target_nm` in turn, no step longer than RACK_STEP_NM. Returns 1 when all are there.
static int drive_level(struct plr *plr, const struct plr_port *port, void *ctx,
                       const struct plr_motion *motion)
{
    struct plr_zhome *z = home(plr);
    uint32_t done = 0;

    for (int i = 0; i < plr->config.z_motors; i++)
        done |= (uint32_t)(motion->z_motor_nm[i] == z->target_nm) << i;
    if (done == plr_z_mask(plr))
        return 1;
    z->corner = next_corner(plr, z->corner, done);
    int32_t delta = z->target_nm - motion->z_motor_nm[z->corner];
    if (plr_abs32(delta) > RACK_STEP_NM)
        delta = delta < 0 ? -RACK_STEP_NM : RACK_STEP_NM;
    return start_move(plr, port, ctx, 1u << z->corner, delta, plr->config.fast_move_nm_s, 0);
}

static int level(struct plr *plr, const struct plr_port *port, void *ctx,
                 const struct plr_motion *motion)
{
    struct plr_zhome *z = home(plr);

    show(plr, PLR_PHASE_LEVEL);
    if (!z->started) { // all together first: then every corner's own way takes racking away, and none adds to it
        z->target_nm = lowest(plr, motion) - plr->config.sample_retract_nm;
        return start_move(plr, port, ctx, plr_z_mask(plr), -plr->config.sample_retract_nm,
                          plr->config.fast_move_nm_s, 0);
    }
    int state = drive_level(plr, port, ctx, motion);
    if (state != 1)
        return state;
    if (z->step == SETTLE || z->calibrate)
        return PLR_ZHOME_DONE;
    z->second = true;
    show(plr, PLR_PHASE_VERIFY);
    return new_pass(plr, FAST);
}

/// The offsets the user gave, exactly once: a positive offset raises the nozzle.
static int finish(struct plr *plr, const struct plr_port *port, void *ctx,
                  const struct plr_motion *motion)
{
    int32_t z[PLR_Z_MAX] = {0};

    for (int i = 0; i < plr->config.z_motors; i++)
        z[i] = motion->z_motor_nm[i] - plr->config.adjust_offset_nm[i] -
               plr->config.z_height_offset_nm;
    int error = port->z_set(ctx, z);
    return error ? error : go(plr, SETTLE);
}

static int undo(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_zhome *z = home(plr);
    uint32_t done = 0;

    for (int i = 0; i < plr->config.z_motors; i++)
        done |= (uint32_t)(z->raised_nm[i] <= 0) << i;
    if (done == plr_z_mask(plr)) {
        int error = plr_refuse(plr, port, ctx, plr->reason, plr->reason_value);
        return error ? error : PLR_ZHOME_REFUSED;
    }
    z->corner = next_corner(plr, z->corner, done);
    int32_t down = z->raised_nm[z->corner] < RACK_STEP_NM ? z->raised_nm[z->corner] : RACK_STEP_NM;
    z->raised_nm[z->corner] -= down;
    return start_move(plr, port, ctx, 1u << z->corner, -down, plr->config.fast_move_nm_s, 0);
}

int plr_zhome_poll(struct plr *plr, const struct plr_port *port, void *ctx)
{
    struct plr_motion motion;

    int error = port->motion(ctx, &motion);
    if (error || motion.busy)
        return error;
    switch ((enum step)plr->zhome.step) {
    case CHECK:
    case RECHECK: return check(plr, port, ctx);
    case TRAVEL: return travel(plr, port, ctx, &motion);
    case FAST: return fast(plr, port, ctx, &motion);
    case CONFIRM_DOWN:
    case CONFIRM_UP: return confirm(plr, port, ctx, &motion);
    case GATHER: return gather(plr, port, ctx, &motion);
    case BACK: return back(plr, port, ctx);
    case SAMPLE_UP: return sample_up(plr, port, ctx, &motion);
    case SAMPLE_EACH: return sample_each(plr, port, ctx, &motion);
    case RELEASE: return release(plr, port, ctx, &motion);
    case LEVEL:
    case SETTLE: return level(plr, port, ctx, &motion);
    case FINISH: return finish(plr, port, ctx, &motion);
    case UNDO: return undo(plr, port, ctx);
    }
    PLR_ASSERT(false);
    return PLR_ZHOME_REFUSED;
}
