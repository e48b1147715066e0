// A printer as its YAML file describes it: geometry, drives, physics, and its share of the PLR options.
// SPDX-License-Identifier: MIT
//
// Plain integers in base units (names say which). Every field is one row of the table in printer_table.c, which holds its
// key, unit, default, range, mark (K configuration, D data sheet, M measured, S sourced, C calculated, E estimate), source and
// one-line meaning; loader, messages, schema, `plr-sim explain` and the reference page all come from that table.
#ifndef LAB_PRINTER_H
#define LAB_PRINTER_H

#include <stdbool.h>
#include <stdint.h>

enum { LAB_CORNERS = 4 }; ///< FL, RL, RR, FR: stepper_z, z1, z2, z3 of a Voron 2.4

enum lab_kinematics { LAB_COREXY, LAB_CARTESIAN };
enum lab_z_drive {
    LAB_Z_BELT_GANTRY, ///< flying gantry on belts: sags, four corners (Voron 2.4)
    LAB_Z_SCREW_BED,   ///< bed on screws, sinks little: one to three motors (Trident)
    LAB_Z_SCREW_X      ///< X beam on one or two screws (Ender 3)
};
enum lab_switch_kind {
    LAB_SWITCH_NONE,
    LAB_SWITCH_MICRO,
    LAB_SWITCH_OPTICAL,
    LAB_SWITCH_INDUCTIVE
};

/// One kind of endstop. Source: reference physics section 5 (docs/PHYSICS.md).
struct lab_switch {
    enum lab_switch_kind kind;
    int32_t sigma_nm;              ///< repeatability of one touch, 1 sigma
    int32_t hysteresis_nm;         ///< release minus trigger point
    int32_t bounce_us;             ///< longest bounce on release
    int32_t drift_nm_k;            ///< trigger point per K of chamber
    int32_t false_ppm;             ///< touches that fire grossly early
    int32_t false_nm;              ///< how early those fire
    int32_t place_nm[LAB_CORNERS]; ///< where each switch really sits, against nominal (mounting)
};

/// Options of the core that belong to machine or scenario; same meaning as struct plr_config.
/// A scenario's `plr:` node overrides the printer's. -1 (or INT64_MIN) means "not said".
struct lab_plr {
    char config[256];            ///< a Klipper configuration to take the values from, "" none
    char part_cooling_fans[128]; ///< names between commas, "" all
    int32_t record;              ///< 0 auto, 1 on_command
    int64_t save_interval_us, tick_interval_us;
    int32_t save_on_layer, history_size, save_delay, power_fail_input, lift_cycles;
    int64_t max_adjustment_nm, z_position_nm, z_height_offset_nm, adjust_offset_nm[LAB_CORNERS];
    int64_t fast_move_nm_s, slow_homing_nm_s, fast_travel_nm_s, fast_travel_upto_nm;
    int64_t retract_nm, sample_retract_nm, samples_tolerance_nm, samples_range_nm,
        verify_tolerance_nm;
    int32_t sample_size, samples_retries, sample_misses, probe_iterations, debug_mode;
    int64_t park_nm[2], purge_nm[2], purge_length_nm, travel_nm_s;
    int32_t bed_gate_mode; ///< 0 off, 1 auto (top of the material's release range + 5 K), 2 given
    int64_t bed_gate_mc;
    int64_t home_nozzle_mc, soak_chamber_mc, soak_max_us, drift_nm_k;
    int64_t calibration_max_age_us;
    int32_t calibration_warns, load_guard, stability_check, adaptive_interval;
};

struct lab_printer {
    char name[64];
    // kinematics and limits (firmware's side)
    enum lab_kinematics kinematics;
    enum lab_z_drive z_drive;
    int32_t z_motors;      ///< 1-4
    int64_t travel_nm[3];  ///< machine volume from 0
    int64_t velocity_nm_s; ///< largest path speed
    int64_t z_velocity_nm_s, z_accel_um_s2;
    int64_t accel_um_s2; ///< path acceleration
    int64_t corner_nm_s; ///< square corner velocity: speed through a 90 degree corner
    int64_t e_velocity_nm_s, e_accel_um_s2; ///< E-only moves
    int64_t z_home_nm_s, xy_home_nm_s, xy_home_second_nm_s;
    int32_t queue_moves; ///< look-ahead queue
    // drives
    /// Z per microstep and per full step; cycle = 4 full steps.
    int64_t z_microstep_nm, z_fullstep_nm;
    int64_t xy_microstep_nm, xy_fullstep_nm;
    int64_t filament_nm; ///< diameter
    // gantry (plant's side); anchors are the Z belts' or screws' XY in nozzle coordinates
    int64_t anchor_nm[LAB_CORNERS][2];
    int64_t gantry_mass_mg, toolhead_mass_mg;
    int64_t rear_extra_mass_mg; ///< A/B motors on the rear corners, both together
    int64_t corner_n_m;         ///< stiffness of a corner, N/m
    int64_t corner_damping_ppm; ///< damping ratio
    int64_t twist_unm_rad;      ///< X beam and joints against twist, uN m/rad
    int64_t hard_stop_nm;       ///< how far above the nominal switch the frame stops a corner
    // sag
    int64_t hold_ppm, creep_ppm; ///< share of corners that hold (snap only) / creep; the rest drop
    int64_t creep_min_nm, creep_max_nm, drop_min_nm, drop_max_nm;
    int64_t rear_factor_ppm; ///< how much likelier a rear corner sags than a front one
    int64_t sag_speed_nm_s;  ///< descent of a slipping corner
    int64_t slip_force_un;   ///< belt force at which a slipped corner stops (detent and friction)
    // switches
    struct lab_switch z_plus, x_stop, y_stop;
    /// 1 sigma of microstep and load angle at a Z trigger, one corner, one visit.
    int64_t motor_angle_nm;
    int64_t belt_visit_nm; ///< 1 sigma of stretch that differs between visits
    int64_t level_nm;      ///< 1 sigma of tilt that four corners leave at the nozzle
    int64_t xy_belt_nm;    ///< 1 sigma of XY from belt relaxation between visits, each axis
    // heat
    int64_t hotend_mj_k, hotend_mw_k, hotend_mw, sensor_lag_us, nozzle_sigma_mc;
    int64_t bed_mj_k, bed_mw_k, bed_mw;
    int64_t chamber_mj_k, chamber_mw_k; ///< mw_k: to the room
    int64_t ambient_mc;
    /// Bed-side parts: rise for a fully hot bed (80 K), and their lag.
    int64_t bed_rise_nm, bed_lag_us;
    int64_t frame_nm_k;       ///< reference falls per K of chamber
    int64_t heat_residual_nm; ///< 1 sigma of Z reference that no model explains, one visit
    int64_t nozzle_growth_nm_k;
    int32_t calibration_nozzle_mc;
    // filament
    int64_t ooze_first_nm, ooze_rate_nm_s, advance_us, melt_nm;
    // power
    int64_t hold_up_us;    ///< data-sheet time at full load
    int64_t supply_mw;     ///< full load
    int64_t detect_us;     ///< mains lost -> power-fail input
    int64_t logic_hold_us; ///< logic lives on after the 24 V rail collapsed
    /// Each Z motor; A and B (or X and Y) together.
    int64_t motor_z_mw, motor_xy_mw, logic_mw, fan_mw;
    int64_t driver_check_us; ///< between two looks at the drivers' status
    int64_t boot_us; ///< power good -> firmware runs
    struct lab_plr plr;
};

/// A material. Source: reference physics sections 6 and 7.
struct lab_material {
    char name[16];
    int32_t soften_mc; ///< nozzle in plastic is bonded below this
    int32_t ooze_mc;   ///< oozes from here
    int32_t melt_mc;   ///< extrudes from here
    /// Bed temperature at which a part lets go, drawn in this range.
    int32_t release_min_mc, release_max_mc;
    int32_t cte_min_ppb, cte_max_ppb; ///< linear expansion, 1e-9/K
    int32_t bond_min_mn, bond_max_mn; ///< pull-off force of a frozen nozzle, mN
    int32_t adhesion_kpa;             ///< part on the bed, hot
};

#endif
