// DUT "naive": saves and recovers as the field's plugin was measured to do (see naive.h).
// SPDX-License-Identifier: MIT
#include "sim/dut/naive.h"

#include "sim/world/world.h"

#include <stddef.h>
#include <string.h>

#define MAGIC   0x6e616976u
#define SAVE_US (30 * (uint64_t)PLR_US_PER_S)
// Collections in 10 s were measured to grow from 2 to 39 and stay there, at an interval of 5 s.
#define TIMERS_MAX 18
#define FAST_NM_S  (5 * PLR_NM_PER_MM)
#define SLOW_NM_S  PLR_NM_PER_MM
// What the other motors still run after their neighbour's switch fired: 0.19 s of the host's buffer, measured.
#define OVERRUN_FAST_NM 960000
#define OVERRUN_SLOW_NM 197500
#define BACK_NM         (2 * PLR_NM_PER_MM)
#define FAR_NM          (400 * PLR_NM_PER_MM)

static struct naive *naive(struct sim *sim)
{
    return &sim->world.dut.u.naive;
}

static const struct naive *naive_of(const struct sim *sim)
{
    return &sim->world.dut.u.naive;
}

static uint32_t all(const struct sim *sim)
{
    return (1u << sim->model.printer.z_motors) - 1u;
}

// --- memory: one file, rewritten in place ------------------------------------------------------------

static int put(struct sim *sim, uint32_t block, const void *data, uint32_t size)
{
    uint8_t buffer[2048] = {0};
    uint32_t unit = sim->nv.geometry.prog_size;
    uint32_t whole = (size + unit - 1) / unit * unit;

    memcpy(buffer, data, size);
    int error = firmware_port.nv.erase(sim, block);
    if (!error)
        error = firmware_port.nv.prog(sim, block, 0, buffer, whole);
    naive(sim)->dead |= error == PLR_EPOWER;
    return error;
}

static int save_calibration(struct sim *sim)
{
    struct naive *n = naive(sim);
    int32_t values[2 + PLR_Z_MAX] = {(int32_t)MAGIC, n->reference_nm};

    memcpy(&values[2], n->offset_nm, sizeof n->offset_nm);
    return put(sim, 1, values, sizeof values);
}

/// The file, as far as it was written: nothing checks it, and a variable that is missing at its end is nought.
static int read_state(struct sim *sim, struct naive_state *state)
{
    uint8_t bytes[sizeof *state];
    size_t size = sizeof bytes;
    int error = firmware_port.nv.read(sim, 0, 0, bytes, sizeof bytes);

    if (error)
        return error;
    while (size > 0 && bytes[size - 1] == 0xff)
        bytes[--size] = 0;
    memcpy(state, bytes, sizeof *state);
    return 0;
}

static int boot(struct sim *sim)
{
    struct naive *n = naive(sim);
    int32_t values[2 + PLR_Z_MAX];

    memset(n, 0, sizeof *n);
    int error = read_state(sim, &n->state);
    if (!error)
        error = firmware_port.nv.read(sim, 1, 0, values, sizeof values);
    if (error)
        return error;
    n->calibrated = values[0] == (int32_t)MAGIC;
    n->reference_nm = values[1];
    memcpy(n->offset_nm, &values[2], sizeof n->offset_nm);
    n->phase = PLR_PHASE_IDLE;
    if (n->state.magic == MAGIC) {
        n->phase = PLR_PHASE_CONSENT;
    } else {
        n->result = PLR_RESULT_NOTHING;
        n->reason = PLR_REASON_NO_RECORD;
    }
    return 0;
}

// --- saving --------------------------------------------------------------------------------------------

/// Position where the look-ahead ends, and how far the reader has come: not where the nozzle is.
static void collect(struct sim *sim)
{
    struct naive *n = naive(sim);
    const struct firmware *fw = &sim->world.firmware;
    struct naive_state *s = &n->history[n->collected % (NAIVE_HISTORY + 1)];

    memset(s, 0, sizeof *s);
    s->magic = MAGIC;
    s->file_position = fw->feed_at;
    s->modal = fw->ahead;
    // the file is the bytes of this struct: those behind its last field must not be whatever a compiler left there
    size_t used = offsetof(struct plr_layer, pending) + sizeof s->modal.layer.pending;
    memset((char *)&s->modal.layer + used, 0, sizeof s->modal.layer - used);
    plr_modal_machine(&fw->ahead, s->at_nm);
    firmware_port.temperature(sim, 1, &s->nozzle_mc);
    firmware_port.temperature(sim, 0, &s->bed_mc);
    n->collected++;
    if (n->collected <= NAIVE_DELAY)
        return;
    const struct naive_state *old =
        &n->history[(n->collected - 1 - NAIVE_DELAY) % (NAIVE_HISTORY + 1)];
    if (!put(sim, 0, old, sizeof *old))
        n->saves++;
}

static int job_begin(struct sim *sim)
{
    struct naive *n = naive(sim);
    n->active = true;
    n->phase = PLR_PHASE_PRINTING;
    n->layer = 0;
    n->collected_us = firmware_port.now_us(sim);
    return 0;
}

static int job_end(struct sim *sim)
{
    naive(sim)->active = false;
    return 0;
}

static void line(struct sim *sim, uint64_t offset, const char *text, size_t len)
{
    static const char mark[] = "PLR_SAVE_PRINT_STATE_WITH_LAYER";
    struct naive *n = naive(sim);

    (void)offset;
    if (len < sizeof mark || memcmp(text, mark, sizeof mark - 1))
        return;
    n->layer++;
    n->layer_due = true;
    sim->world.dut_wake_us = sim->world.now_us;
}

static void homed(struct sim *sim, uint32_t axes, const int64_t machine_nm[PLR_AXES])
{
    (void)sim, (void)axes, (void)machine_nm;
}

static int power_fail(struct sim *sim)
{
    (void)sim; // it has no such input
    return 0;
}

/// Each layer registers one more timer that never ends: sampling gets denser as the print goes on, until the host can do no more.
static int64_t record(struct sim *sim)
{
    struct naive *n = naive(sim);
    int32_t timers = 1 + n->layer < TIMERS_MAX ? 1 + n->layer : TIMERS_MAX;
    uint64_t now = firmware_port.now_us(sim), interval = SAVE_US / (uint64_t)timers;

    if (n->layer_due || now - n->collected_us >= interval) {
        n->layer_due = false;
        n->collected_us = now;
        collect(sim);
    }
    uint64_t passed = firmware_port.now_us(sim) - n->collected_us;
    return passed >= interval ? 1 : (int64_t)(interval - passed);
}

// --- Z homing --------------------------------------------------------------------------------------------

enum home_step { PROBE, OVERRUN, EACH_DOWN, EACH_UP, DOWN, SLOW, SLOW_OVERRUN, APPLY, HOMED };

static int rename_z(struct sim *sim, int32_t z_nm)
{
    int32_t z[PLR_Z_MAX] = {z_nm, z_nm, z_nm, z_nm};
    return firmware_port.z_set(sim, z);
}

/// The other three run on when the first switch fires; the host believes all are where the first is.
static int run_on(struct sim *sim, int32_t by_nm)
{
    uint32_t others = all(sim) & ~1u;
    return others ? firmware_port.z_move(sim, others, by_nm, FAST_NM_S, 0) : 0;
}

static void next_corner(struct sim *sim, uint8_t after)
{
    struct naive *n = naive(sim);
    n->corner++;
    n->step = n->corner < sim->model.printer.z_motors ? EACH_DOWN : after;
}

/// Returns 1 when homed, 0 busy, negative error.
static int home_z(struct sim *sim, bool calibrate)
{
    struct naive *n = naive(sim);
    struct plr_motion m;

    int error = firmware_port.motion(sim, &m);
    if (error || m.busy)
        return error;
    switch ((enum home_step)n->step) {
    case PROBE: n->step = OVERRUN; return firmware_port.z_move(sim, all(sim), FAR_NM, FAST_NM_S, 1);
    case OVERRUN:
        n->reference_nm = calibrate ? m.latched_nm[0] : n->reference_nm;
        n->corner = 1;
        n->step = sim->model.printer.z_motors > 1 ? EACH_DOWN : DOWN;
        return run_on(sim, OVERRUN_FAST_NM);
    case EACH_DOWN:
        if (n->corner == 1)
            error = rename_z(sim, m.z_motor_nm[0]);
        n->step = EACH_UP;
        return error ? error : firmware_port.z_move(sim, 1u << n->corner, -BACK_NM, FAST_NM_S, 0);
    case EACH_UP:
        if (!m.triggered) {
            if (m.z_motor_nm[n->corner] > m.z_motor_nm[0] + 30 * PLR_NM_PER_MM)
                return PLR_EIO; // "No trigger on stepper_zN after full movement"
            return firmware_port.z_move(sim, 1u << n->corner, 35 * PLR_NM_PER_MM, SLOW_NM_S,
                                        1u << n->corner);
        }
        if (calibrate)
            n->offset_nm[n->corner] = m.z_motor_nm[0] - m.latched_nm[n->corner];
        next_corner(sim, calibrate ? HOMED : DOWN);
        return 0;
    case DOWN:
        error = rename_z(sim, m.z_motor_nm[0]);
        n->step = SLOW;
        return error ? error : firmware_port.z_move(sim, all(sim), -PLR_NM_PER_MM, FAST_NM_S, 0);
    case SLOW:
        n->step = SLOW_OVERRUN;
        return firmware_port.z_move(sim, all(sim), BACK_NM, SLOW_NM_S, 1);
    case SLOW_OVERRUN:
        n->step = APPLY;
        n->corner = 1;
        return run_on(sim, OVERRUN_SLOW_NM);
    case APPLY: // stored offsets, not the measured ones
        if (n->corner >= sim->model.printer.z_motors) {
            n->step = HOMED;
            return 0;
        }
        n->corner++;
        return firmware_port.z_move(sim, 1u << (n->corner - 1), n->offset_nm[n->corner - 1],
                                    FAST_NM_S, 0);
    case HOMED: return 1;
    }
    return PLR_EINVAL;
}

// --- recovery ----------------------------------------------------------------------------------------------

static int64_t enter(struct sim *sim, enum plr_phase phase)
{
    naive(sim)->phase = phase;
    naive(sim)->step = 0;
    return PLR_US_PER_MS;
}

static int64_t heat_up(struct sim *sim)
{
    struct naive *n = naive(sim);
    int32_t mc;

    firmware_port.heat(sim, 0, n->state.bed_mc); // not waited for
    firmware_port.heat(sim, 1, n->state.nozzle_mc);
    int error = firmware_port.temperature(sim, 1, &mc);
    if (error)
        return error;
    return mc >= n->state.nozzle_mc - 2000 ? enter(sim, PLR_PHASE_LIFT) : 250 * PLR_US_PER_MS;
}

static int64_t lift(struct sim *sim)
{
    struct naive *n = naive(sim);

    if (n->step++ == 0) {
        int error = firmware_port.energise(sim, all(sim) | PLR_MOTOR_XY);
        if (!error)
            error = rename_z(sim, 0); // SET_KINEMATIC_POSITION Z=0
        if (!error)
            error = firmware_port.z_move(sim, all(sim), 5 * PLR_NM_PER_MM, 20 * PLR_NM_PER_MM, 0);
        return error ? error : PLR_US_PER_MS;
    }
    return enter(sim, PLR_PHASE_HOME_XY);
}

static int64_t home_xy(struct sim *sim)
{
    const int64_t *travel = sim->model.printer.travel_nm;
    int32_t centre[2] = {(int32_t)(travel[0] / 2), (int32_t)(travel[1] / 2)};
    int error;

    switch (naive(sim)->step++) {
    case 0: error = firmware_port.xy_home(sim); break;
    case 1: error = firmware_port.xy_move(sim, centre, 33 * PLR_NM_PER_MM); break;
    default:
        return enter(sim, sim->model.printer.z_plus.kind == LAB_SWITCH_NONE ? PLR_PHASE_PURGE
                                                                            : PLR_PHASE_HOME_Z0);
    }
    return error ? error : PLR_US_PER_MS;
}

static int64_t purge(struct sim *sim)
{
    struct naive *n = naive(sim);

    if (n->step++ == 0) {
        int error = 0;
        if (sim->model.printer.z_plus.kind != LAB_SWITCH_NONE)
            error = rename_z(sim, n->reference_nm);
        if (!error) // wherever it happens to be
            error = firmware_port.e_move(sim, 5 * PLR_NM_PER_MM, 30 * PLR_NM_PER_MM);
        return error ? error : PLR_US_PER_MS;
    }
    return enter(sim, PLR_PHASE_APPROACH);
}

static int64_t approach(struct sim *sim)
{
    struct naive *n = naive(sim);
    struct plr_progress at = {.file_offset = n->state.file_position};
    struct plr_motion m;
    int64_t machine[PLR_AXES];
    int32_t to[2] = {(int32_t)n->state.at_nm[0], (int32_t)n->state.at_nm[1]};
    int error = firmware_port.motion(sim, &m);

    switch (error ? 9 : n->step++) {
    case 0: error = firmware_port.xy_move(sim, to, 50 * PLR_NM_PER_MM); break;
    case 1: // the saved Z holds the offset already; it is set once more
        to[0] = (int32_t)n->state.at_nm[2] + n->state.modal.offset_nm[2] - m.z_motor_nm[0];
        error = to[0] ? firmware_port.z_move(sim, all(sim), to[0], 50 * PLR_NM_PER_MM, 0) : 0;
        break;
    case 2:
        for (int i = 0; i < PLR_FAN_MAX && !error; i++)
            error = firmware_port.fan(sim, i, n->state.modal.fan_ppm[i]);
        if (!error)
            error = firmware_port.job_seek(sim, &n->state.modal, NULL, &at, machine);
        if (!error)
            error = firmware_port.job_run(sim);
        n->result = PLR_RESULT_RESUMED;
        n->active = true;
        n->phase = PLR_PHASE_PRINTING;
        n->collected_us = firmware_port.now_us(sim);
        break;
    default: break;
    }
    return error ? error : PLR_US_PER_MS;
}

static int64_t home_z_phase(struct sim *sim)
{
    struct naive *n = naive(sim);
    bool calibrate = n->phase == PLR_PHASE_CALIBRATE;

    int done = home_z(sim, calibrate);
    if (done <= 0)
        return done ? done : PLR_US_PER_MS;
    if (!calibrate)
        return enter(sim, PLR_PHASE_PURGE);
    n->calibrated = true;
    n->phase = PLR_PHASE_IDLE;
    n->result = PLR_RESULT_CALIBRATED;
    int error = save_calibration(sim);
    return error ? error : 0;
}

static int64_t act(struct sim *sim)
{
    struct naive *n = naive(sim);
    struct plr_motion m;

    if (n->phase == PLR_PHASE_PRINTING)
        return n->active ? record(sim) : PLR_US_PER_S;
    if (n->phase == PLR_PHASE_IDLE || n->phase == PLR_PHASE_CONSENT)
        return PLR_US_PER_S;
    int error = firmware_port.motion(sim, &m);
    if (error || m.busy)
        return error ? error : PLR_US_PER_MS;
    if (n->phase == PLR_PHASE_WARM)
        return heat_up(sim);
    if (n->phase == PLR_PHASE_LIFT)
        return lift(sim);
    if (n->phase == PLR_PHASE_HOME_XY)
        return home_xy(sim);
    if (n->phase == PLR_PHASE_PURGE)
        return purge(sim);
    return n->phase == PLR_PHASE_APPROACH ? approach(sim) : home_z_phase(sim);
}

static int64_t poll(struct sim *sim)
{
    struct naive *n = naive(sim);

    if (n->dead)
        return PLR_EPOWER;
    int64_t wait = act(sim);
    if (wait < 0) {
        n->dead = wait == PLR_EPOWER;
        if (!n->dead) {
            n->result = PLR_RESULT_REFUSED;
            n->reason = PLR_REASON_MACHINE;
            n->phase = PLR_PHASE_IDLE;
        }
    }
    return wait;
}

static int command(struct sim *sim, const char *text, size_t len)
{
    static const char resume[] = "PLR_RESUME_PRINT", calibrate[] = "PLR_Z_HOME MODE=CALIBRATE";
    struct naive *n = naive(sim);

    if (len >= sizeof resume - 1 && !memcmp(text, resume, sizeof resume - 1) &&
        n->state.magic == MAGIC)
        enter(sim, PLR_PHASE_WARM);
    else if (len >= sizeof calibrate - 1 && !memcmp(text, calibrate, sizeof calibrate - 1))
        enter(sim, PLR_PHASE_CALIBRATE);
    return 0;
}

static enum plr_phase phase(const struct sim *sim)
{
    return naive_of(sim)->phase;
}

static enum plr_result result(const struct sim *sim)
{
    return naive_of(sim)->result;
}

static enum plr_reason reason(const struct sim *sim)
{
    return naive_of(sim)->reason;
}

static void saves(const struct sim *sim, int64_t *full, int64_t *ticks)
{
    *full = naive_of(sim)->saves;
    *ticks = 0;
}

const struct dut dut_naive = {
    .name = "naive",
    .boot = boot,
    .job_begin = job_begin,
    .job_end = job_end,
    .line = line,
    .homed = homed,
    .power_fail = power_fail,
    .command = command,
    .poll = poll,
    .phase = phase,
    .result = result,
    .reason = reason,
    .saves = saves,
};
