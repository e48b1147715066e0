// DUT "resume": the core records, lifts, homes and levels; then an operator prints the file that plr-resume made of the saved state.
// SPDX-License-Identifier: MIT
//
// What is judged is the made file: prime, approach, every mode, the rest of the running move, the tail. It is printed from
// its first line, as a new job, by a firmware that knows nothing but where its axes stand (--z-from machine).
#include <stdlib.h>
#include <string.h>

#include "core/resume/resume.h"
#include "sim/world/world.h"

static struct operator_dut *operator_of(struct sim *sim)
{
    return &sim->world.dut.u.operated;
}

static bool printing(const struct sim *sim)
{
    return sim->world.dut.u.operated.printing;
}

static int boot(struct sim *sim)
{
    operator_of(sim)->printing = false;
    operator_of(sim)->failed = false;
    return dut_core.boot(sim);
}

/// The made file is an ordinary job to this printer: nothing of it is recorded.
static int job_end(struct sim *sim)
{
    return printing(sim) ? 0 : dut_core.job_end(sim);
}

static void line(struct sim *sim, uint64_t offset, const char *text, size_t len)
{
    if (!printing(sim))
        dut_core.line(sim, offset, text, len);
}

static void console(struct sim *sim, const char *text)
{
    if (!printing(sim))
        dut_core.console(sim, text);
}

static void homed(struct sim *sim, uint32_t axes, const int64_t machine_nm[PLR_AXES])
{
    if (!printing(sim))
        dut_core.homed(sim, axes, machine_nm);
}

static int power_fail(struct sim *sim)
{
    return printing(sim) ? 0 : dut_core.power_fail(sim);
}

/// The made file knows of no PLR.
static bool drivers(struct sim *sim, bool well)
{
    return !printing(sim) && dut_core.drivers(sim, well);
}

static int command(struct sim *sim, const char *text, size_t len)
{
    return printing(sim) ? 0 : dut_core.command(sim, text, len);
}

static int cancel(struct sim *sim)
{
    return printing(sim) ? 0 : dut_core.cancel(sim);
}

/// What the operator does at his computer: state and job in, file out. Returns the bytes, owned by the caller, or NULL.
static char *make_file(struct sim *sim, size_t *size, struct lab_error *err)
{
    struct resume_source job;
    struct resume_state *state = malloc(sizeof *state);
    struct resume_made *made = calloc(1, sizeof *made);
    struct resume_request request;
    char told[DUT_ANSWER], *file = NULL;

    (void)dut_ask(sim, "PLR_QUERY_SAVED_STATE JSON=1", told, sizeof told);
    resume_source_use(&job, sim->job_now.name, sim->job_now.data, sim->job_now.size);
    resume_request_init(&request);
    request.dialect = RESUME_KLIPPER;
    request.place = RESUME_BY_STATE;
    request.state = state;
    request.split_move = true;
    request.z_from = RESUME_Z_MACHINE;
    int error = state && made ? resume_state_parse(state, "state", told, strlen(told), err) : -1;
    if (!error)
        error = resume_make(&request, &job, made, err);
    if (!error) {
        *size = made->size + (size_t)(job.size - made->tail_at);
        file = malloc(*size);
    }
    if (file) {
        memcpy(file, made->text, made->size);
        memcpy(file + made->size, job.data + made->tail_at, (size_t)(job.size - made->tail_at));
    }
    if (made)
        resume_made_free(made);
    free(made);
    free(state);
    return file;
}

/// Print the made file from its start.
static int print_file(struct sim *sim)
{
    const struct plr_progress start = {0};
    const struct firmware *fw = &sim->world.firmware;
    struct lab_error err;
    struct plr_modal modal;
    int64_t machine[PLR_AXES] = {0};
    size_t size;

    lab_error_clear(&err);
    char *file = make_file(sim, &size, &err);
    int error =
        file ? lab_job_use(&sim->job_now, "resumed.gcode", file, size, &sim->model.printer, &err)
             : PLR_EINVAL;
    if (error) {
        world_note(sim, "plr-resume: %s", err.message);
        free(file);
        return error;
    }
    free(sim->edited);
    sim->edited = file;
    plr_modal_init(&modal);
    machine[0] = fw->xy_nm[0];
    machine[1] = fw->xy_nm[1];
    machine[2] = fw->z_nm[0];
    plr_modal_set_machine(&modal, 7u, machine);
    error = firmware_port.job_seek(sim, &modal, NULL, &start, machine);
    return error ? error : firmware_port.job_run(sim);
}

static int64_t poll(struct sim *sim)
{
    struct operator_dut *o = operator_of(sim);

    if (o->printing || o->failed)
        return PLR_US_PER_S;
    int64_t wait = dut_core.poll(sim);
    if (dut_core.phase(sim) != PLR_PHASE_PURGE)
        return wait;
    // Z is known, the nozzle is clear of the part: the rest is the made file's
    o->failed = print_file(sim) != 0;
    o->printing = !o->failed;
    return 0;
}

static enum plr_phase phase(const struct sim *sim)
{
    return printing(sim) ? PLR_PHASE_PRINTING : dut_core.phase(sim);
}

static enum plr_result result(const struct sim *sim)
{
    if (sim->world.dut.u.operated.failed)
        return PLR_RESULT_REFUSED;
    return printing(sim) ? PLR_RESULT_RESUMED : dut_core.result(sim);
}

static enum plr_reason reason(const struct sim *sim)
{
    return sim->world.dut.u.operated.failed ? PLR_REASON_BAD_STATE : dut_core.reason(sim);
}

const struct dut dut_resume = {
    .name = "resume",
    .boot = boot,
    .job_begin = dut_core_job_begin,
    .job_end = job_end,
    .line = line,
    .console = console,
    .homed = homed,
    .power_fail = power_fail,
    .drivers = drivers,
    .command = command,
    .cancel = cancel,
    .poll = poll,
    .phase = phase,
    .result = result,
    .reason = reason,
    .saves = dut_core_saves,
};
