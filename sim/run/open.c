// Opening a run: machine, memory, warmth and calibration before the job begins.
// SPDX-License-Identifier: MIT
#include "sim/firmware/macros.h"
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

static const int64_t cold_calibration_us =
    400 * (int64_t)PLR_US_PER_S; // the nozzle reaches its calibration temperature
static const int64_t calibration_limit_us = 3600 * (int64_t)PLR_US_PER_S;

static void power_on(struct sim *sim)
{
    struct world *w = &sim->world;
    struct firmware *fw = &w->firmware;

    firmware_boot(sim);
    // this printer was in use before: motors hold, the head is 30 mm up
    fw->energised = PLR_MOTOR_XY | ((1u << sim->model.printer.z_motors) - 1u);
    fw->drivers_lost = false;
    for (int i = 0; i < PLR_Z_MAX; i++)
        fw->z_nm[i] = 30 * PLR_NM_PER_MM;
    plant_home_xy(&w->plant, &sim->model);
    firmware_level(sim);
    for (int i = 0; i < 2; i++)
        fw->xy_nm[i] = sim->scenario->plr.park_nm[i] > 0 ? sim->scenario->plr.park_nm[i] : 0;
    fw->visit_stale = true;
    w->phase = PLR_PHASE_IDLE;
    sim->dut->boot(sim);
    if (sim->scenario->sim.soaked) {
        firmware_set_heater(sim, 0, sim->job.bed_mc);
        firmware_set_heater(sim, 1, sim->model.printer.calibration_nozzle_mc);
    }
    world_load(sim);
}

/// Run the DUT's calibration to its end.
static void calibrate(struct sim *sim)
{
    static const char command[] = "PLR_Z_HOME MODE=CALIBRATE";
    struct world *w = &sim->world;
    int64_t limit = w->now_us + calibration_limit_us;

    if (sim->model.printer.z_plus.kind == LAB_SWITCH_NONE || !sim->scenario->sim.calibrate)
        return;
    if (!sim->scenario->sim.soaked) {
        firmware_set_heater(sim, 1, sim->model.printer.calibration_nozzle_mc);
        world_advance(sim, w->now_us + cold_calibration_us, false);
    }
    sim->dut->command(sim, command, sizeof command - 1);
    w->dut_wake_us = w->now_us;
    while ((sim->dut->phase(sim) == PLR_PHASE_CALIBRATE || firmware_script_busy(sim)) &&
           w->now_us < limit) { // the hook behind it, too
        int64_t wake = firmware_turn(sim);
        world_advance(sim, wake > w->now_us ? (wake < limit ? wake : limit) : w->now_us + 1, true);
    }
    if (sim->dut->result(sim) != PLR_RESULT_CALIBRATED)
        world_note(sim, "calibration failed: %s", plr_reason_text(sim->dut->reason(sim)));
    firmware_set_heater(sim, 1, 0);
}

static void start_world(struct sim *sim)
{
    struct world *w = &sim->world;
    const struct lab_sim *s = &sim->scenario->sim;

    w->hash = 0x706c722d73696d31ull; // "plr-sim1"
    w->mains_off_us = w->mains_on_us = w->boot_us = w->consent_us = w->cancel_resume_us = INT64_MAX;
    for (int i = 0; i < LAB_DISTURB_MAX; i++)
        w->disturb_us[i] = INT64_MAX;
    w->track_us = -1;
    plant_init(&w->plant, &sim->model, s->room_mc);
    if (s->soaked)
        plant_soak(&w->plant, &sim->model, sim->job.bed_mc,
                   sim->model.printer.calibration_nozzle_mc);
    plant_reference(&w->plant);
    if (s->held) // clamped: no temperature lets it go
        w->plant.part.release_mc = INT32_MIN / 2;
}

int sim_open(struct sim *sim, const struct lab_scenario *scenario,
             const struct lab_material *material, const struct lab_job *job, uint64_t seed,
             bool twin)
{
    memset(sim, 0, sizeof *sim);
    sim->scenario = scenario;
    sim->job = sim->job_now = *job;
    sim->twin = twin;
    static const struct dut *const duts[] = {[LAB_DUT_CORE] = &dut_core,
                                             [LAB_DUT_NAIVE] = &dut_naive,
                                             [LAB_DUT_RESUME] = &dut_resume,
                                             [LAB_DUT_MACROS] = &dut_macros};
    sim->dut = duts[scenario->dut];
    sim->limit_us = INT64_MAX;
    sim->nv_write_us = sim->print_begin_us = -1;
    sim->nv_burst_us[0] = sim->nv_burst_us[1] = sim->nv_idle_us = -1;
    for (int i = 0; i < LAB_POWER_MAX; i++)
        sim->power_fired_us[i] = sim->power_due_us[i] = -1;
    struct lab_printer printer = scenario->printer; // a scenario may fit another supply
    if (scenario->sim.hold_up_us >= 0)
        printer.hold_up_us = scenario->sim.hold_up_us;
    if (scenario->sim.detect_us >= 0)
        printer.detect_us = scenario->sim.detect_us;
    int error = plant_model_init(&sim->model, &printer, material, &scenario->sim, seed);
    if (!error)
        error = nv_init(&sim->nv, scenario->sim.nv.kind, scenario->sim.nv.size);
    if (scenario->sim.nv.sync_us >= 0)
        sim->nv.timing.sync_us = scenario->sim.nv.sync_us;
    if (!error && scenario->config_path[0])
        error = sim_macros_open(&sim->macros, scenario->config_path);
    if (!error)
        error = surface_init(&sim->surface, &scenario->printer);
    if (error)
        return error;
    start_world(sim);
    power_on(sim);
    calibrate(sim);
    sim->truth.on_us = 0;
    sim->truth.filament_nm = sim->filament_high_nm = 0;
    sim->nv_at_job = sim->nv.programmed;
    sim->span.nv_first = sim->nv.operations;
    sim->span.event_first = (int64_t)sim->world.events;
    return 0;
}

void sim_close(struct sim *sim)
{
    lab_ledger_free(&sim->truth.ledger);
    surface_free(&sim->surface);
    sim_macros_close(sim->macros);
    sim->macros = NULL;
    free(sim->edited);
    sim->edited = NULL;
}
