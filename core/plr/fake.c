// The small machine of the core's tests: clock, memory, motion, switches, heat and job.
// SPDX-License-Identifier: MIT
#include "core/plr/fake.h"

#include <string.h>

#define SWITCH_NM     300000000 // true height of the z_plus switches
#define HYSTERESIS_NM 100000
#define AMBIENT_MC    25000

static const char standard_job[] = "M140 S60\n"                          // 0
                                   "M190 S60\n"                          // 1
                                   "M109 S220\n"                         // 2
                                   "G28\n"                               // 3
                                   "G90\n"                               // 4
                                   "M83\n"                               // 5
                                   "M106 S128\n"                         // 6
                                   ";LAYER_CHANGE\n"                     // 7
                                   ";Z:0.2\n"                            // 8
                                   "G1 X100 Y100 Z0.2 F6000\n"           // 9
                                   "G1 X120 Y100 E1 F1800\n"             // 10
                                   "G1 X120 Y120 E1\n"                   // 11
                                   "G1 X100 Y120 E1\n"                   // 12
                                   "G1 E-0.8 F1800\n"                    // 13
                                   "G1 X100 Y100 F6000\n"                // 14
                                   "G1 E0.8 F1800\n"                     // 15
                                   "M106 S255\n"                         // 16
                                   ";LAYER_CHANGE\n"                     // 17
                                   ";Z:0.4\n"                            // 18
                                   "G1 Z0.4 F600\n"                      // 19
                                   "G1 X120 Y100 E1 F1800\n"             // 20
                                   "G1 X120 Y120 E1\n"                   // 21
                                   "M221 S95\n"                          // 22
                                   "SET_PRESSURE_ADVANCE ADVANCE=0.04\n" // 23
                                   "G1 X100 Y120 E1\n"                   // 24
                                   "G1 X100 Y100 E1\n"                   // 25
                                   "M104 S0\n";                          // 26

static struct fake *of(void *ctx)
{
    return ctx;
}

/// Every call comes by here: logged, counted, answered with the dark or with an injected error.
static int enter(struct fake *fake, enum fake_what what, int64_t a, int64_t b)
{
    if (fake->calls < FAKE_CALLS && what != FAKE_MOTION) // the log is for what matters
        fake->call[fake->calls++] = (struct fake_call){what, a, b, fake->now_us, fake->plr->phase};
    if (fake->dark) {
        fake->dark_calls++;
        return PLR_EPOWER;
    }
    if (fake->calls_made++ == fake->cut_at_call) {
        fake->dark = true;
        return PLR_EPOWER;
    }
    if (fake->fail_times && fake->fail == what) {
        if (fake->fail_skip) {
            fake->fail_skip--;
            return 0;
        }
        fake->fail_times--;
        return fake->fail_error;
    }
    return 0;
}

static uint64_t now_us(void *ctx)
{
    return of(ctx)->now_us;
}

static void log_line(void *ctx, const char *text, int64_t value)
{
    struct fake *fake = of(ctx);

    if (fake->calls < FAKE_CALLS)
        fake->call[fake->calls++] =
            (struct fake_call){FAKE_LOG, 0, value, fake->now_us, fake->plr->phase};
    strncpy(fake->last_log, text, sizeof fake->last_log - 1);
}

static uint64_t wall_s(void *ctx)
{
    return of(ctx)->wall_s;
}

static void respond(void *ctx, const char *text, uint32_t len)
{
    struct fake *fake = of(ctx);
    uint32_t room = (uint32_t)sizeof fake->answer - 1 - fake->answered;

    len = len < room ? len : room;
    memcpy(fake->answer + fake->answered, text, len);
    fake->answered += len;
    fake->answer[fake->answered] = 0;
}

// --- memory ------------------------------------------------------------------------------------

static int nv_read(void *ctx, uint32_t block, uint32_t offset, void *buffer, uint32_t size)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_NV_READ, block, size);

    PLR_ASSERT(block < FAKE_BLOCKS && offset + size <= FAKE_BLOCK);
    if (!error)
        memcpy(buffer, fake->bytes[block] + offset, size);
    return error;
}

static int nv_prog(void *ctx, uint32_t block, uint32_t offset, const void *buffer, uint32_t size)
{
    struct fake *fake = of(ctx);
    const uint8_t *byte = buffer;
    int error = enter(fake, FAKE_NV_PROG, block, size);

    PLR_ASSERT(block < FAKE_BLOCKS && offset + size <= FAKE_BLOCK);
    for (uint32_t i = 0; i < size && !error; i++) {
        if (fake->programmed == fake->cut_at_byte) {
            fake->dark = true;
            return PLR_EPOWER;
        }
        fake->bytes[block][offset + i] = byte[i];
        fake->programmed++;
    }
    fake->now_us += fake->prog_us;
    return error;
}

static int nv_erase(void *ctx, uint32_t block)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_NV_ERASE, block, 0);

    PLR_ASSERT(block < FAKE_BLOCKS);
    if (!error) {
        memset(fake->bytes[block], 0xff, FAKE_BLOCK);
        fake->erases++;
    }
    return error;
}

static int nv_sync(void *ctx)
{
    return enter(of(ctx), FAKE_NV_SYNC, 0, 0);
}

// --- motion ------------------------------------------------------------------------------------

int32_t fake_racking(const struct fake *fake)
{
    int32_t low = fake->true_nm[0], high = low;

    for (int i = 1; i < fake->z_motors; i++) {
        low = fake->true_nm[i] < low ? fake->true_nm[i] : low;
        high = fake->true_nm[i] > high ? fake->true_nm[i] : high;
    }
    return high - low;
}

/// What of `way` of a motor its corner makes; the slack of one that hangs comes first.
static int32_t followed(struct fake *fake, int motor, int32_t way, int32_t slack)
{
    int32_t used = slack - way; // up takes it in, down gives it out

    fake->slack_nm[motor] = used < 0                      ? 0
                            : used > fake->hang_nm[motor] ? fake->hang_nm[motor]
                                                          : used;
    way += fake->slack_nm[motor] - slack;
    return (int32_t)((int64_t)way * fake->follow_ppm[motor] / PLR_PPM);
}

static int32_t noise(struct fake *fake, int motor)
{
    if (!fake->noise_nm || !((fake->noise_on >> motor) & 1u))
        return 0;
    fake->noise_state = fake->noise_state * 1664525u + 1013904223u;
    return (int32_t)((fake->noise_state >> 8) % (uint32_t)(2 * fake->noise_nm + 1)) -
           fake->noise_nm;
}

/// A corner on its way up by `delta` passes its switch: how far until that edge? INT32_MAX: never.
static int32_t edge(struct fake *fake, int motor, int32_t delta)
{
    uint32_t bit = 1u << motor;
    int64_t at = fake->true_nm[motor],
            early = (int64_t)fake->switch_nm[motor] - fake->early_nm[motor];
    int64_t top = at + delta;

    if (((fake->switch_dead | fake->switch_stuck | fake->closed) & bit) || delta <= 0)
        return INT32_MAX;
    if (fake->early_shots[motor] && at < early && top >= early) {
        if (!fake->early_skip[motor]) {
            fake->early_shots[motor]--;
            return (int32_t)(early - at);
        }
        fake->early_skip[motor]--;
    }
    int64_t true_edge = (int64_t)fake->switch_nm[motor] + noise(fake, motor);
    int64_t way = true_edge > at ? true_edge - at : 0;
    way = fake->follow_ppm[motor] ? way * PLR_PPM / fake->follow_ppm[motor] : INT32_MAX;
    way += fake->slack_nm[motor];
    return way <= delta ? (int32_t)way : INT32_MAX;
}

/// Where the motors are by now; switches close and open with them.
static void settle_motion(struct fake *fake)
{
    struct fake_motion *m = &fake->motion;
    uint64_t whole = m->ends_us - m->begun_us;
    uint64_t gone = fake->now_us >= m->ends_us ? whole : fake->now_us - m->begun_us;

    if (!m->z)
        return;
    for (int i = 0; i < fake->z_motors; i++) {
        if (!((m->motors >> i) & 1u))
            continue;
        int32_t way =
            whole ? (int32_t)((int64_t)m->delta_nm * (int64_t)gone / (int64_t)whole) : m->delta_nm;
        fake->believed_nm[i] = m->from_nm[i] + way;
        fake->true_nm[i] = m->true_from_nm[i] + followed(fake, i, way, m->slack_from_nm[i]);
        if (fake->true_nm[i] < fake->lowest_nm)
            fake->lowest_nm = fake->true_nm[i];
        if (fake->true_nm[i] < fake->switch_nm[i] - HYSTERESIS_NM)
            fake->closed &= ~(1u << i);
        else if (fake->true_nm[i] > fake->switch_nm[i] && !((fake->switch_dead >> i) & 1u))
            fake->closed |= 1u << i;
    }
    if (gone == whole) {
        m->z = false;
        for (int i = 0; i < fake->z_motors; i++)
            if (((m->triggered >> i) & 1u)) {
                fake->latched_nm[i] = fake->believed_nm[i];
                if (fake->true_nm[i] >= fake->switch_nm[i] - HYSTERESIS_NM)
                    fake->closed |= 1u << i;
            }
    }
    int32_t racking = fake_racking(fake);
    fake->racking_max_nm = racking > fake->racking_max_nm ? racking : fake->racking_max_nm;
}

static void start(struct fake *fake, uint64_t duration_us)
{
    settle_motion(fake);
    fake->motion =
        (struct fake_motion){.begun_us = fake->now_us, .ends_us = fake->now_us + duration_us};
}

static int energise(void *ctx, uint32_t motors)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_ENERGISE, motors, 0);

    if (!error) {
        fake->energised = motors;
        fake->lost = false;
    }
    return error;
}

static int z_move(void *ctx, uint32_t motors, int32_t delta_nm, int32_t speed_nm_s, uint32_t watch)
{
    struct fake *fake = of(ctx);
    int32_t way = delta_nm;
    uint32_t triggered = 0;
    int error = enter(fake, FAKE_Z_MOVE, motors, delta_nm);

    if (error)
        return error;
    PLR_ASSERT(speed_nm_s > 0 && (fake->energised & motors) == motors);
    if (fake->now_us < fake->motion.ends_us)
        return PLR_EBUSY;
    start(fake, 0);
    for (int i = 0; i < fake->z_motors; i++) {
        if (!((motors & watch) >> i & 1u))
            continue;
        int32_t until = edge(fake, i, delta_nm);
        if (until < way || (until == way && until != INT32_MAX)) {
            triggered = until < way ? 1u << i : triggered | 1u << i;
            way = until;
        }
    }
    uint64_t duration = (uint64_t)(way < 0 ? -way : way) * PLR_US_PER_S / (uint64_t)speed_nm_s;
    fake->motion = (struct fake_motion){.begun_us = fake->now_us,
                                        .ends_us = fake->now_us + duration,
                                        .motors = motors,
                                        .triggered = triggered,
                                        .delta_nm = way,
                                        .z = true};
    memcpy(fake->motion.from_nm, fake->believed_nm, sizeof fake->believed_nm);
    memcpy(fake->motion.true_from_nm, fake->true_nm, sizeof fake->true_nm);
    memcpy(fake->motion.slack_from_nm, fake->slack_nm, sizeof fake->slack_nm);
    return 0;
}

static int xy_move(void *ctx, const int32_t to_nm[2], int32_t speed_nm_s)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_XY_MOVE, to_nm[0], to_nm[1]);

    if (error)
        return error;
    PLR_ASSERT(speed_nm_s > 0 && (fake->energised & PLR_MOTOR_XY));
    fake->xy_nm[0] = to_nm[0];
    fake->xy_nm[1] = to_nm[1];
    start(fake, 1000000);
    return 0;
}

static int xy_home(void *ctx)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_XY_HOME, 0, 0);

    if (error)
        return error;
    PLR_ASSERT(fake->energised & PLR_MOTOR_XY);
    fake->xy_homed = true;
    fake->xy_nm[0] = fake->xy_nm[1] = 0;
    start(fake, 5000000);
    return 0;
}

static int e_move(void *ctx, int32_t delta_nm, int32_t speed_nm_s)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_E_MOVE, delta_nm, speed_nm_s);

    if (error)
        return error;
    fake->e_nm += delta_nm;
    start(fake, 500000);
    return 0;
}

static int motion(void *ctx, struct plr_motion *out)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_MOTION, 0, 0);

    if (error)
        return error;
    settle_motion(fake);
    memset(out, 0, sizeof *out);
    out->busy = fake->now_us < fake->motion.ends_us;
    out->triggered = fake->motion.triggered;
    out->lost = fake->lost;
    memcpy(out->z_motor_nm, fake->believed_nm, sizeof out->z_motor_nm);
    memcpy(out->latched_nm, fake->latched_nm, sizeof out->latched_nm);
    return 0;
}

static int z_set(void *ctx, const int32_t z_motor_nm[PLR_Z_MAX])
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_Z_SET, z_motor_nm[0], z_motor_nm[1]);

    if (!error)
        memcpy(fake->believed_nm, z_motor_nm, sizeof fake->believed_nm);
    return error;
}

static int run_line(void *ctx, const char *line)
{
    strncpy(of(ctx)->last_line, line, sizeof of(ctx)->last_line - 1);
    return enter(of(ctx), FAKE_RUN_LINE, line[0], 0);
}

static int32_t queued_us(void *ctx)
{
    return of(ctx)->queued_us;
}

static int hook(void *ctx, enum plr_hook which)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_HOOK, which, fake->xy_homed);

    if (!error)
        start(fake, fake->hook_us);
    return error;
}

// --- job ---------------------------------------------------------------------------------------

uint64_t fake_offset(const struct fake *fake, int line)
{
    uint64_t at = 0;

    while (line-- > 0) {
        while (at < fake->size && fake->text[at] != '\n')
            at++;
        at++;
    }
    return at;
}

static size_t line_length(const struct fake *fake, uint64_t at)
{
    const char *end = memchr(fake->text + at, '\n', (size_t)(fake->size - at));
    return end ? (size_t)(end - (fake->text + at)) : (size_t)(fake->size - at);
}

/// Machine position at `ppm` of the line at `at`, whose modal state before it is `modal`.
static void position(const struct fake *fake, const struct plr_modal *modal, uint64_t at,
                     int32_t ppm, int64_t machine_nm[PLR_AXES])
{
    struct plr_modal behind = *modal;
    struct plr_gcode_line line;
    struct plr_action action;

    plr_modal_machine(modal, machine_nm);
    if (plr_gcode_lex(fake->text + at, line_length(fake, at), &line) ||
        plr_modal_apply(&behind, &line, &action) || action.kind != PLR_ACT_MOVE)
        return;
    for (int i = 0; i < PLR_AXES; i++)
        machine_nm[i] += (action.to_nm[i] - action.from_nm[i]) * ppm / PLR_PPM;
}

static void fill_progress(struct fake *fake, struct plr_progress *out)
{
    memset(out, 0, sizeof *out);
    settle_motion(fake);
    out->file_offset = fake->line_at;
    out->fraction_ppm = fake->fraction_ppm;
    out->feed_nm_s = 30 * PLR_NM_PER_MM;
    position(fake, &fake->modal, fake->line_at, fake->fraction_ppm, out->machine_nm);
    for (int i = 0; i < fake->z_motors; i++) {
        out->z_motor_nm[i] = fake->believed_nm[i];
        out->z_phase_nm[i] = (fake->believed_nm[i] % 160000 + 160000) % 160000;
    }
}

static int progress(void *ctx, struct plr_progress *out)
{
    int error = enter(of(ctx), FAKE_PROGRESS, 0, 0);

    if (!error)
        fill_progress(of(ctx), out);
    return error;
}

/// The firmware's own modal state goes on to the line at `to`.
static void follow(struct fake *fake, uint64_t to)
{
    struct plr_gcode_line line;
    struct plr_action action;

    while (fake->line_at < to) {
        size_t len = line_length(fake, fake->line_at);
        if (!plr_gcode_lex(fake->text + fake->line_at, len, &line))
            (void)plr_modal_apply(&fake->modal, &line, &action);
        fake->line_at += len + 1;
    }
}

/// The corners stand where the job's Z is, each with what nobody knows of it.
static void stand(struct fake *fake)
{
    int64_t machine[PLR_AXES];

    position(fake, &fake->modal, fake->line_at, fake->fraction_ppm, machine);
    int32_t delta = (int32_t)machine[PLR_Z] - fake->believed_nm[0];
    for (int i = 0; i < fake->z_motors; i++) {
        fake->believed_nm[i] += delta;
        fake->true_nm[i] += delta;
    }
    fake->closed = 0;
}

static void tell(struct fake *fake)
{
    plr_line(fake->plr, fake->line_at, fake->text + fake->line_at,
             line_length(fake, fake->line_at));
}

static int brake(void *ctx)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_BRAKE, 0, 0);

    if (error)
        return error;
    if (fake->running && fake->brake_to) {
        follow(fake, fake->brake_to);
        fake->fraction_ppm = fake->brake_ppm;
        stand(fake);
    }
    start(fake, fake->brake_us);
    fake->running = false;
    return 0;
}

static int job(void *ctx, struct plr_job *out)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_JOB, 0, 0);

    if (error || fake->missing)
        return error ? error : PLR_ENOENT;
    memset(out, 0, sizeof *out);
    out->size = fake->size;
    out->name_hash = fake->name_hash;
    strcpy(out->name, "tower.gcode");
    return 0;
}

static int job_read(void *ctx, uint64_t offset, void *buffer, uint32_t size)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_JOB_READ, (int64_t)offset, size);

    if (error || fake->missing)
        return error ? error : PLR_ENOENT;
    if (offset >= fake->size)
        return 0;
    uint64_t left = fake->size - offset;
    uint32_t got = left < size ? (uint32_t)left : size;
    memcpy(buffer, fake->text + offset, got);
    return (int)got;
}

static int job_seek(void *ctx, const struct plr_modal *modal, const struct plr_objects *objects,
                    const struct plr_progress *at, int64_t machine_nm[PLR_AXES])
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_JOB_SEEK, (int64_t)at->file_offset, at->fraction_ppm);

    if (error)
        return error;
    fake->modal = fake->seeked = *modal;
    fake->objects = *objects;
    fake->line_at = at->file_offset;
    fake->fraction_ppm = at->fraction_ppm;
    position(fake, modal, at->file_offset, at->fraction_ppm, machine_nm);
    return 0;
}

static int job_run(void *ctx)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_JOB_RUN, 0, 0);

    if (!error)
        fake->running = true;
    return error;
}

// --- sense and heat ----------------------------------------------------------------------------

static int temperature(void *ctx, int heater, int32_t *mc)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_TEMPERATURE, heater, 0);

    if (!error && heater == -1 && fake->no_chamber)
        return PLR_ENOENT;
    if (!error)
        *mc = fake->mc[heater + 1];
    return error;
}

static int switches(void *ctx, uint32_t *triggered)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_SWITCHES, 0, 0);

    if (!error)
        *triggered = fake->closed | fake->switch_stuck;
    return error;
}

static int supply(void *ctx)
{
    int error = enter(of(ctx), FAKE_SUPPLY, 0, 0);
    return error ? error : !of(ctx)->supply_bad;
}

static int heat(void *ctx, int heater, int32_t target_mc)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_HEAT, heater, target_mc);

    if (!error)
        fake->target_mc[heater + 1] = target_mc;
    return error;
}

static int fan(void *ctx, int which, int32_t ppm)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_FAN, which, ppm);

    if (!error)
        fake->fan_ppm[which] = ppm;
    return error;
}

static int heaters_off(void *ctx)
{
    struct fake *fake = of(ctx);
    int error = enter(fake, FAKE_HEATERS_OFF, 0, 0);

    if (!error) {
        memset(fake->target_mc, 0, sizeof fake->target_mc);
        memset(fake->fan_ppm, 0, sizeof fake->fan_ppm);
    }
    return error;
}

const struct plr_port fake_port = {
    .now_us = now_us,
    .nv = {nv_read, nv_prog, nv_erase, nv_sync},
    .energise = energise,
    .z_move = z_move,
    .xy_move = xy_move,
    .xy_home = xy_home,
    .e_move = e_move,
    .brake = brake,
    .motion = motion,
    .queued_us = queued_us,
    .progress = progress,
    .z_set = z_set,
    .run_line = run_line,
    .hook = hook,
    .temperature = temperature,
    .switches = switches,
    .supply = supply,
    .job = job,
    .job_read = job_read,
    .job_seek = job_seek,
    .job_run = job_run,
    .heat = heat,
    .fan = fan,
    .heaters_off = heaters_off,
    .wall_s = wall_s,
    .respond = respond,
    .log = log_line,
};

// --- what tests do with it ----------------------------------------------------------------------

void fake_init(struct fake *fake, struct plr *plr)
{
    static const int32_t rates[] = {50, 1000, 5000, 5000, 5000, 5000};

    memset(fake, 0, sizeof *fake);
    memset(fake->bytes, 0xff, sizeof fake->bytes);
    fake->plr = plr;
    fake->now_us = 1000000;
    fake->cut_at_call = fake->cut_at_byte = FAKE_NEVER;
    fake->geometry = (struct plr_nv_geometry){32, FAKE_BLOCK, FAKE_BLOCKS, 0};
    fake->z_motors = 4;
    fake->queued_us = INT32_MAX;
    for (int i = 0; i < PLR_Z_MAX; i++) {
        fake->follow_ppm[i] = PLR_PPM;
        fake->switch_nm[i] = SWITCH_NM;
        fake->believed_nm[i] = fake->true_nm[i] = 20 * PLR_NM_PER_MM;
    }
    memcpy(fake->mc_per_s, rates, sizeof rates);
    fake->mc[0] = 40000;
    fake->mc[1] = 60000;
    fake->mc[2] = 150000;
    fake->target_mc[1] = 60000;
    fake->target_mc[2] = 150000;
    fake->energised = 0xf | PLR_MOTOR_XY;
    fake->brake_us = 20000;
    fake->name_hash = 77;
    strcpy(fake->text, standard_job);
    fake->size = sizeof standard_job - 1;
    plr_modal_init(&fake->modal);
}

struct plr_config fake_config(void)
{
    return (struct plr_config){
        .save_interval_us = 30000000,
        .power_fail_input = true,
        .z_motors = 4,
        .z_reference = PLR_Z_PLUS,
        .z_max_nm = 290000000,
        .z_position_nm = SWITCH_NM,
        .park_nm = {10000000, 20000000},
        .purge_nm = {5000000, 6000000},
        .soften_mc = 130000,
        .ooze_mc = 170000,
        .bed_gate_mc = 45000,
        .config_hash = 99,
    };
}

void fake_power_on(struct fake *fake)
{
    settle_motion(fake);
    fake->dark = fake->supply_bad = false;
    fake->cut_at_call = fake->cut_at_byte = FAKE_NEVER;
    fake->fail_times = 0;
    fake->lost = true;
    fake->xy_homed = fake->running = false;
    fake->energised = 0;
    memset(&fake->motion, 0, sizeof fake->motion);
    memset(fake->target_mc, 0, sizeof fake->target_mc);
    memset(fake->fan_ppm, 0, sizeof fake->fan_ppm);
    fake->now_us = 1000000;
    fake->calls = 0;
}

void fake_sag(struct fake *fake, const int32_t nm[PLR_Z_MAX])
{
    for (int i = 0; i < fake->z_motors; i++)
        fake->true_nm[i] -= nm[i];
    fake->racking_found_nm = fake->racking_max_nm = fake_racking(fake);
    fake->closed = 0;
}

void fake_wait(struct fake *fake, uint64_t us)
{
    fake->now_us += us;
    for (int i = 0; i < 2 + PLR_TOOL_MAX; i++) {
        int64_t step = (int64_t)us * fake->mc_per_s[i] / PLR_US_PER_S;
        int64_t to = i && fake->target_mc[i] > AMBIENT_MC ? fake->target_mc[i] : AMBIENT_MC;
        int64_t off = to - fake->mc[i];
        if (i == 0 && !fake->target_mc[0])
            continue; // a chamber without heater stays as the test made it
        fake->mc[i] += (int32_t)(off > step ? step : off < -step ? -step : off);
    }
}

void fake_print_to(struct fake *fake, int line, int32_t ppm)
{
    uint64_t to = fake_offset(fake, line);

    if (!fake->running)
        tell(fake);
    fake->running = true;
    while (fake->line_at < to) {
        follow(fake, fake->line_at + 1);
        tell(fake);
    }
    fake->fraction_ppm = ppm;
    stand(fake);
}

int fake_boot(struct fake *fake, const struct plr_config *config)
{
    int error = plr_init(fake->plr, config);
    return error ? error : plr_boot(fake->plr, &fake->geometry, &fake_port, fake);
}

int fake_begin(struct fake *fake)
{
    fake->line_at = 0;
    fake->running = false;
    plr_modal_init(&fake->modal);
    fake->mc[1] = fake->target_mc[1] = 60000;
    fake->mc[2] = fake->target_mc[2] = 220000;
    return plr_job_begin(fake->plr, &fake_port, fake);
}

int fake_calibrate(struct fake *fake)
{
    int error = fake_command(fake, "PLR_Z_HOME MODE=CALIBRATE");

    if (!error)
        (void)fake_run_to(fake, PLR_PHASE_IDLE);
    return error ? error : fake->plr->result == PLR_RESULT_CALIBRATED ? 0 : PLR_EIO;
}

int64_t fake_run_to(struct fake *fake, enum plr_phase phase)
{
    uint64_t end = fake->now_us + UINT64_C(7200000000);
    int64_t wait = 0;

    for (uint32_t polls = 0; polls < 200000 && fake->now_us < end; polls++) {
        if (fake->plr->phase == phase)
            return 0;
        wait = plr_poll(fake->plr, &fake_port, fake);
        if (wait < 0 || fake->plr->phase == PLR_PHASE_IDLE)
            return wait;
        uint64_t pass = (uint64_t)wait;
        if (fake->now_us < fake->motion.ends_us && fake->motion.ends_us - fake->now_us < pass)
            pass = fake->motion.ends_us - fake->now_us;
        fake_wait(fake, pass);
    }
    return wait;
}

int64_t fake_run(struct fake *fake, uint64_t most_us)
{
    uint64_t end = fake->now_us + most_us;
    enum plr_phase first = fake->plr->phase;
    int64_t wait = 0;

    for (uint32_t polls = 0; polls < 200000 && fake->now_us < end; polls++) {
        wait = plr_poll(fake->plr, &fake_port, fake);
        if (wait < 0 || (fake->plr->phase != first && fake->plr->phase == PLR_PHASE_IDLE))
            return wait;
        uint64_t left = end > fake->now_us ? end - fake->now_us : 0;
        fake_wait(fake, (uint64_t)wait < left ? (uint64_t)wait : left);
    }
    return wait;
}

int fake_command(struct fake *fake, const char *text)
{
    return plr_command(fake->plr, &fake_port, fake, text, strlen(text));
}

void fake_console(struct fake *fake, const char *text)
{
    struct plr_gcode_line line;
    struct plr_action action;

    if (!plr_gcode_lex(text, strlen(text), &line))
        (void)plr_modal_apply(&fake->modal, &line, &action);
    plr_console(fake->plr, text, strlen(text));
}

int fake_first(const struct fake *fake, enum fake_what what, uint32_t from)
{
    for (uint32_t i = from; i < fake->calls; i++)
        if (fake->call[i].what == what)
            return (int)i;
    return -1;
}

int fake_last(const struct fake *fake, enum fake_what what)
{
    for (uint32_t i = fake->calls; i > 0; i--)
        if (fake->call[i - 1].what == what)
            return (int)i - 1;
    return -1;
}

uint32_t fake_count(const struct fake *fake, enum fake_what what)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < fake->calls; i++)
        count += fake->call[i].what == what;
    return count;
}

int fake_first_heat(const struct fake *fake, int heater, int32_t at_least_mc)
{
    for (uint32_t i = 0; i < fake->calls; i++)
        if (fake->call[i].what == FAKE_HEAT && fake->call[i].a == heater &&
            fake->call[i].b >= at_least_mc)
            return (int)i;
    return -1;
}
