// The core's configuration out of printer, material and scenario.
// SPDX-License-Identifier: MIT
#include "core/lab/input/config.h"

#include "core/plr/options.h"

#include <assert.h>
#include <string.h>

static int32_t said(int64_t value, int32_t otherwise)
{
    return value < 0 ? otherwise : (int32_t)value;
}

/// Signed options: INT64_MIN is "not said".
static int32_t said_signed(int64_t value)
{
    return value == INT64_MIN ? 0 : (int32_t)value;
}

/// What a [power_loss_recovery] section may say, too: the same member here and there.
static void options(const struct lab_plr *p, struct plr_config *c)
{
#define SET(name, kind, member, ...)                             \
    int set_##name = plr_option_set(c, PLR_O_##name, p->member); \
    assert(set_##name == 0);
    PLR_OPTION_SET_LIST(SET)
#undef SET
}

static void recorder(const struct lab_plr *p, struct plr_config *c)
{
    c->on_command = p->record == 1;
    c->fans = plr_fans(p->part_cooling_fans);
    c->tick_interval_us = (uint32_t)said(p->tick_interval_us, 0);
    c->power_fail_input = p->power_fail_input != 0;
    c->lift_cycles = (uint8_t)said(p->lift_cycles, 0);
    c->load_guard = p->load_guard != 0;
    c->stability_check = p->stability_check != 0;
    c->adaptive_interval = p->adaptive_interval != 0;
}

static void z_homing(const struct lab_plr *p, struct plr_config *c)
{
    c->verify_tolerance_nm = said(p->verify_tolerance_nm, 0);
    for (int i = 0; i < 2; i++) {
        c->park_nm[i] = said(p->park_nm[i], 0);
        c->purge_nm[i] = said(p->purge_nm[i], 0);
    }
    c->purge_length_nm = said(p->purge_length_nm, 0);
    c->travel_nm_s = said(p->travel_nm_s, 0);
}

/// The bed may never have been below the top of the range in which this material lets go, and 5 K more.
static int32_t bed_gate(const struct lab_plr *p, const struct lab_material *material)
{
    if (p->bed_gate_mode == 0)
        return 0;
    return p->bed_gate_mode == 2 ? (int32_t)p->bed_gate_mc : material->release_max_mc + 5000;
}

/// What tells Z after the motors were off.
static enum plr_z_reference z_reference(const struct lab_printer *printer)
{
    if (printer->z_plus.kind != LAB_SWITCH_NONE)
        return PLR_Z_PLUS;
    return printer->z_drive == LAB_Z_BELT_GANTRY ? PLR_Z_LOOSE : PLR_Z_KEPT;
}

/// Corners stay a millimetre off the frame.
static int32_t overtravel(const struct lab_printer *printer)
{
    int64_t room = printer->hard_stop_nm - PLR_NM_PER_MM;
    return room > 0 ? (int32_t)room : 1;
}

void lab_plr_config(const struct lab_scenario *scenario, const struct lab_printer *printer,
                    const struct lab_material *material, struct plr_config *config)
{
    const struct lab_plr *p = &scenario->plr;

    memset(config, 0, sizeof *config);
    options(p, config);
    recorder(p, config);
    z_homing(p, config);
    config->z_motors = (uint8_t)printer->z_motors;
    config->drivers_us = (uint32_t)printer->driver_check_us;
    config->z_reference = z_reference(printer);
    config->z_overtravel_nm = overtravel(printer);
    config->cycle_nm = (int32_t)(4 * printer->z_fullstep_nm);
    config->z_max_nm = (int32_t)printer->travel_nm[2];
    config->soften_mc = material->soften_mc;
    config->ooze_mc = material->ooze_mc;
    config->bed_gate_mc = bed_gate(p, material);
    config->home_nozzle_mc = said(p->home_nozzle_mc, 0);
    config->soak_chamber_mc = said(p->soak_chamber_mc, 0);
    config->soak_max_us = p->soak_max_us < 0 ? 0 : (uint64_t)p->soak_max_us;
    config->calibration_max_age_s = (uint32_t)(p->calibration_max_age_us / (int64_t)PLR_US_PER_S);
    config->calibration_warns = p->calibration_warns != 0;
    config->drift_nm_per_k = said_signed(p->drift_nm_k);
    config->config_hash = scenario->hash_printer ^ scenario->hash_config;
}
