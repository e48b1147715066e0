// The plant: what physics does to a printer, whatever its firmware believes.
// SPDX-License-Identifier: MIT
//
// `struct plant` is plain data without pointers and part of the world (copied by memcpy). `struct
// plant_model` holds what never changes in a run (printer, material, precomputed stiffness) and is
// built once, outside the world. The surface (a height map of what is printed) is scratch, rebuilt
// from the ledger.
//
// Lengths are int64 nanometres, times int64 microseconds, temperatures int32 milli-degC, unless a
// name says otherwise. "Commanded" is what the firmware counts; the plant keeps how truth differs.
// Machine frame: the bed surface as it stands now is z = 0; + is away from the bed, for a
// moving bed too. Corners are FL, RL, RR, FR (stepper_z, z1, z2, z3); with fewer motors corner i <
// z_motors stands over screw i and the rest repeat their mean. Formulas: docs/PHYSICS.md.
#ifndef SIM_PLANT_H
#define SIM_PLANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lab/scenario/scenario.h"
#include "core/lab/truth/truth.h"
#include "sim/math/noise.h"

enum { PLANT_CORNERS = LAB_CORNERS, PLANT_MOTOR_XY = 1u << 7, PLANT_NO_SURFACE = INT32_MIN };

// --- the model: constant through a run
// --------------------------------------------------------------

/// Conductances in W/K, powers in W, and for a step of the grid: kelvins by a watt, and the share of a difference that each lag makes
/// up for.
enum { PLANT_HEAT_STATES = 8 }; ///< hotend ... part_high of struct plant_heat
struct plant_heat_model {
    double couple, from_mat, from_plate, hotend_w_k, chamber_w_k, bed_w_k;
    double hotend_w, bed_w; ///< the most that heaters give
    double mat_k_w, plate_k_w, hotend_k_w, chamber_k_w;
    double sensor_share, bed_parts_share, part_low_share, part_high_share;
    double soften, melt; ///< of the material, degC
    /// Some steps without any heater: what each state, and last the room, adds to each.
    double cold[PLANT_HEAT_STATES + 1][PLANT_HEAT_STATES];
};

struct plant_model {
    struct lab_printer printer;
    struct plant_heat_model heat;
    struct lab_material material;
    enum lab_gantry gantry; ///< fidelity
    uint64_t seed;
    uint32_t noise_off;
    bool gantry_hangs;            ///< LAB_Z_BELT_GANTRY: elastic, can sag. Else screws
    int32_t motors;               ///< Z motors
    int64_t switch_nm;            ///< nominal height of the z_plus switches
    double stiffness;             ///< of one corner, N/m
    double twist;                 ///< N/m: force on a corner per metre of h_FL - h_RL + h_RR - h_FR
    double damping;               ///< of one corner, N s/m
    double load[PLANT_CORNERS];   ///< N on each corner, toolhead in the middle of the travel
    double toolhead;              ///< N
    double middle[PLANT_CORNERS]; ///< lever weights of the toolhead there
    // worked out from these, for what is asked again and again
    /// Four corners: anchor FL, and 1/nm to the others, X and Y.
    double lever_from[2], lever_per[2];
    double give;                ///< nm by which a corner sinks under the whole toolhead
    double beam;                ///< share of a twist that the X beam bends back
    double stop[PLANT_CORNERS]; ///< hard stops, nm
};

/// Build. `sim` gives fidelity and noise terms. Returns 0, or -22 when the printer cannot be (no
/// stiffness, anchors on one line).
int plant_model_init(struct plant_model *model, const struct lab_printer *printer,
                     const struct lab_material *material, const struct lab_sim *sim, uint64_t seed);

// --- state
// --------------------------------------------------------------------------------------------

/// What the firmware commands now.
struct plant_pose {
    int64_t xy_nm[2];                ///< commanded nozzle position
    int64_t motor_nm[PLANT_CORNERS]; ///< step counter of each Z motor, as a height
};

enum plant_heater { PLANT_BED, PLANT_NOZZLE, PLANT_HEATERS };

struct plant_heat {
    int64_t t_us; ///< state is that of the last 250 ms grid point at or before this time
    int64_t grid; ///< number of that grid point
    int32_t target_mc[PLANT_HEATERS];
    bool mains, rail;      ///< bed is fed by mains, nozzle by the 24 V rail
    double hotend, sensor; ///< degC: block, and what its thermistor shows
    double mat, plate;     ///< degC: heater mat with the bed's thermistor, and the plate above it
    double chamber;        ///< degC: air, panels and frame
    double bed_parts;      ///< degC: bed-side parts, lagging behind the plate
    double part_low, part_high;        ///< degC: the part near the bed and far from it
    double hotend_sum, bed_sum;        ///< integrators of the controllers, W
    double room;                       ///< degC
    double bias;                       ///< K: block minus what is believed, drawn at each power-up
    double chamber_ref, bed_parts_ref; ///< degC at plant_reference
    double used_j;                     ///< heater energy taken since the start
};

struct plant_part {
    double cte;           ///< 1/K, drawn per run
    int32_t release_mc;   ///< bed temperature at which it lets go, drawn per run
    int64_t centre_nm[2]; ///< of the footprint: it shrinks about this point
    int64_t footprint_mm2;
    double low_ref, high_ref; ///< degC at the first cut: shrinkage counts from there
    bool cut;                 ///< a cut has been: the transform is no longer the identity
    bool released;            ///< it lost the bed (shift_nm says how far it went)
    int64_t shift_nm[2];
    bool resting;  ///< the nozzle touches it
    bool bonded;   ///< a frozen nozzle sticks in it
    double bond_n; ///< with this pull-off force
    int32_t dents;
    int64_t dent_nm; ///< deepest
};

struct plant_filament {
    double pressure;    ///< 0-1 of the steady pressure of printing
    int64_t missing_nm; ///< filament that must be pushed before it comes out again
    int64_t idle_us;    ///< hot and not pushed, since
    bool relieved;      ///< a retraction holds it back
};

struct plant_supply {
    int64_t t_us;
    bool mains;      ///< mains present
    bool seen;       ///< power-fail input says failing
    bool rail;       ///< 24 V lives: drivers hold
    bool logic;      ///< the controller lives
    int64_t lost_us; ///< when mains went, -1 when present
    int64_t rail_us; ///< when the rail collapsed, -1 when it lives
    double energy_j; ///< left in the bulk capacitors
    int64_t load_mw; ///< drawn from the rail now
};

/// A draw that has been looked at: who looks ahead at a touch and then makes it draws the same once.
struct plant_drawn {
    uint64_t cut;     ///< the noise's
    uint32_t ordinal; ///< of the draw, plus 1; 0: none
    double normal;
};

/// Everything that physically is. Plain data; about 1.2 KiB.
/// How the gantry swings about its balance: carried from motion to motion where nothing is taken to have settled (LAB_WHOLE).
struct plant_swing {
    int64_t at_us; ///< as it was then
    double above_nm[PLANT_CORNERS];
    double rate_nm_s[PLANT_CORNERS];
};

/// A straight motion of Z motors, alike for all that move: a trapezoid.
struct plant_drive {
    uint32_t moving;
    int64_t delta_nm, speed_nm_s, accel_nm_s2;
};

struct plant {
    struct noise noise;
    // gantry
    int64_t slip_nm[PLANT_CORNERS];   ///< rotor minus step counter, each Z motor
    int64_t phase_nm[PLANT_CORNERS];  ///< slip modulo the cycle that an energised driver holds
    int64_t pulley_nm[PLANT_CORNERS]; ///< belt minus rotor: a pulley that slipped
    int64_t play_nm[PLANT_CORNERS];   ///< lag of a binding corner behind its motor
    int64_t bind_nm[PLANT_CORNERS];   ///< largest such lag (0: moves freely)
    int64_t corner_nm[PLANT_CORNERS]; ///< true heights after the last plant_settle, probe or outage
    uint32_t energised;               ///< bit per Z motor, PLANT_MOTOR_XY
    uint32_t phase_lost;              ///< motors whose driver lost its place in the cycle
    int64_t home_nm[2];               ///< where the machine's XY origin truly is (homing noise)
    int64_t phase_ab_nm[2];           ///< as phase_nm, for the belts of X and Y
    int64_t slip_ab_nm[2];            ///< belts A and B (or X and Y): rotor minus step counter
    int64_t sideways_nm[2];           ///< true XY minus commanded, kept up to date: home + belts
    // switches
    uint32_t pressed;                ///< z_plus switches that are actuated
    uint32_t mode_set;               ///< switches with a disturbance ...
    uint8_t mode[PLANT_CORNERS];     ///< ... enum lab_endstop_mode
    int64_t false_nm[PLANT_CORNERS]; ///< LAB_ENDSTOP_FALSE: how early it fires
    int64_t early_nm[PLANT_CORNERS]; ///< how much too early the present touch fires falsely
    int64_t touch_nm[PLANT_CORNERS]; ///< error of the present or last touch
    int64_t visit_nm[PLANT_CORNERS]; ///< error of the present visit (docs/PHYSICS.md, error budget)
    int32_t visits, touches;
    struct plant_drawn drawn[PLANT_CORNERS]; ///< of the newest touch of each switch
    struct plant_heat heat;
    struct plant_part part;
    struct plant_filament filament;
    struct plant_supply supply;
    /// How much higher the tip sits in the toolhead than at calibration (somebody hit it).
    int64_t knock_nm;
    struct plant_swing swing;
    int64_t contact_nm; ///< nozzle pressed into the part by outages, deepest so far
    int32_t skipped;    ///< electrical cycles lost at hard stops
};

/// Start: cold at the room's temperature, motors on, truth equal to command but for the first XY
/// homing, mains on, t = 0. Draws material, first visit errors are zero. `room_mc` INT64_MIN: the
/// printer's ambient.
void plant_init(struct plant *plant, const struct plant_model *model, int64_t room_mc);

/// Put bed, chamber and frame where they settle after hours with the bed at `bed_mc`; nozzle at
/// `nozzle_mc`; targets set so.
void plant_soak(struct plant *plant, const struct plant_model *model, int32_t bed_mc,
                int32_t nozzle_mc);

/// The state of heat now is the one in which commanded zero is the bed surface (Z offset tuned
/// here).
void plant_reference(struct plant *plant);

// --- swing: with LAB_WHOLE alone; with all others these two do nothing
// -------------------------------------------------------------------------------------------

/// Motors stand in `pose` up to now (heat's): the swing goes on, and dies away. Before each motion and each change of current.
void plant_swing_wait(struct plant *plant, const struct plant_model *model,
                      const struct plant_pose *pose, int64_t surface_nm);

/// From there motors went `done_nm` (with its sign) of `drive`, and stand since now. Before the plant_settle that ends the motion.
void plant_swing_drive(struct plant *plant, const struct plant_model *model,
                       const struct plant_pose *pose, const struct plant_drive *drive,
                       int64_t done_nm, int64_t surface_nm);

// --- gantry
// -------------------------------------------------------------------------------------------

/// True corner heights in equilibrium. `surface_nm` is what lies under the nozzle (machine frame),
/// PLANT_NO_SURFACE for nothing. Changes nothing. Fills force_n (belt force of each corner) and
/// nozzle_n (contact force) when not NULL.
void plant_corners(const struct plant *plant, const struct plant_model *model,
                   const struct plant_pose *pose, int64_t surface_nm,
                   int64_t corner_nm[PLANT_CORNERS], double force_n[PLANT_CORNERS],
                   double *nozzle_n);

/// True position of the nozzle tip (machine frame) in equilibrium without contact.
void plant_nozzle(const struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *pose, int64_t tip_nm[3]);

/// Lever weights of a point over the anchors (sum 1): bilinear for four, plane for three, line for
/// two, constant for one.
void plant_weights(const struct plant_model *model, int64_t x_nm, int64_t y_nm,
                   double weight[PLANT_CORNERS]);

/// After any move outside the fast path (lifts, Z moves of single motors, homing): play of binding
/// corners, steps skipped at hard stops, switch states, corner_nm. `from` is where the move began.
void plant_settle(struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *from, const struct plant_pose *to, int64_t surface_nm);

/// Fast path while printing: all motors at one height. Prepare after heat advanced, an outage,
/// energising, homing; then each query costs about 40 operations. True XY is commanded plus
/// track.xy_nm.
struct plant_track {
    double at[PLANT_CORNERS]; ///< corner offsets at commanded zero, nm (slip, play, heat)
    double tip;               ///< nozzle growth, nm
    int64_t xy_nm[2];
};
void plant_track(struct plant_track *track, const struct plant *plant,
                 const struct plant_model *model);
/// True tip height in nm for a commanded (x, y, z) in nm.
int64_t plant_track_z(const struct plant_track *track, const struct plant_model *model,
                      int64_t x_nm, int64_t y_nm, int64_t z_nm);

/// The firmware renames heights: its counters jump from `was` to `now` without motion.
void plant_z_set(struct plant *plant, const int64_t was_nm[PLANT_CORNERS],
                 const int64_t now_nm[PLANT_CORNERS]);

// --- switches and homing
// --------------------------------------------------------------------------------

/// A Z+ homing session begins (calibration or resume): draws what differs between visits.
void plant_visit_begin(struct plant *plant, const struct plant_model *model);

struct plant_probe {
    int64_t travel_nm;  ///< motor travel (same sign as delta) until the first watched edge, or all
                        ///< of delta
    uint32_t triggered; ///< watched switches at that point; 0 none
    int64_t motor_nm[PLANT_CORNERS]; ///< counters there
    bool stalled;                    ///< a motor lost steps at a hard stop on the way
};

/// Drive the motors of `moving` by `delta` and find where the first switch of `watch` triggers.
/// State is left there (the firmware stops all motors at the edge; overrun, if any, is a further
/// plant_settle). pose->motor_nm is not changed: take probe.motor_nm. Returns 0, -22 when nothing
/// moves, -1 when a motor in `moving` has no current (it does not move).
int plant_z_probe(struct plant *plant, const struct plant_model *model,
                  const struct plant_pose *pose, uint32_t moving, int64_t delta_nm,
                  int64_t speed_nm_s, uint32_t watch, struct plant_probe *probe);

/// How far that would go: travel until the first edge, `delta` when there is none. Changes nothing but `drawn`; what heat moves until
/// then it cannot know. Returns as plant_z_probe.
int plant_z_look(struct plant *plant, const struct plant_model *model,
                 const struct plant_pose *pose, uint32_t moving, int64_t delta_nm,
                 int64_t speed_nm_s, uint32_t watch, int64_t *travel_nm);

/// z_plus switches now, as the controller reads them (dead: never; stuck: always).
uint32_t plant_switches(const struct plant *plant, const struct plant_model *model);
/// The same with the corners at `corner_nm`: the plant itself looks at its switches when it settles, homes or falls, not on the fast path
/// of a print. Changes nothing.
uint32_t plant_switches_at(const struct plant *plant, const struct plant_model *model,
                           const int64_t corner_nm[PLANT_CORNERS]);
/// How long the level of a switch chatters after the last press (`release` false) or release, us.
/// Draws.
int64_t plant_bounce_us(struct plant *plant, const struct plant_model *model, bool release);

/// Home X and Y (two touches each): draws where the machine origin truly comes to lie; belts' slips
/// are forgotten.
void plant_home_xy(struct plant *plant, const struct plant_model *model);
/// The firmware renames where it stands in X and Y, without motion.
void plant_xy_set(struct plant *plant, const struct plant_model *model, const int64_t was_nm[2],
                  const int64_t now_nm[2]);

// --- motors without and with current
// ----------------------------------------------------------------------

struct plant_scene {
    struct plant_pose pose; ///< commanded when the current changed
    int64_t surface_nm;     ///< top of what lies under the nozzle, machine frame; PLANT_NO_SURFACE
    bool sag_given;         ///< LAB_DISTURB_SAG: corners fall by sag_nm instead of the draw
    int64_t sag_nm[PLANT_CORNERS];
};

struct plant_fall {
    int64_t before_nm[PLANT_CORNERS], after_nm[PLANT_CORNERS]; ///< true corner heights
    uint8_t class[PLANT_CORNERS];                              ///< 0 held, 1 crept, 2 dropped
    int64_t wanted_nm[PLANT_CORNERS];                          ///< extent drawn
    int64_t contact_nm; ///< deepest press of the nozzle into what is below it
    double nozzle_n;    ///< force on it at the end
    int64_t xy_nm[2];   ///< sideways jump of the nozzle
    bool released;      ///< a sideways load or pull released the part
};

/// Give current to exactly the motors of `mask` (bits 0-3, PLANT_MOTOR_XY). Motors that lose it go
/// to the nearest detent and may sag; motors that get it snap to the driver's phase. `fall` may be
/// NULL.
void plant_energise(struct plant *plant, const struct plant_model *model,
                    const struct plant_scene *scene, uint32_t mask, struct plant_fall *fall);

/// Drivers lost power: as plant_energise with 0, and their phases are lost. `cut` identifies the
/// cut for the noise (see noise.h).
void plant_drivers_lost(struct plant *plant, const struct plant_model *model,
                        const struct plant_scene *scene, uint64_t cut, struct plant_fall *fall);

/// The whole outage: plant_drivers_lost, then cool-down to `back_us` (absolute) with mains off,
/// nozzle freezing into what it touches, release of the part below its threshold, ooze. Mains are
/// still off afterwards.
void plant_outage(struct plant *plant, const struct plant_model *model,
                  const struct plant_scene *scene, uint64_t cut, int64_t back_us,
                  struct plant_fall *fall);

/// Somebody moves the head by hand while XY has no current: to the nearest detents.
void plant_nudge(struct plant *plant, const struct plant_model *model, const int64_t xy_nm[2]);

/// How far a head with speed `v` (nm/s) still goes when its drivers die, nm along the path.
int64_t plant_coast_nm(const struct plant_model *model, int64_t v_nm_s);

/// The nozzle is knocked: from now on its tip sits `up_nm` higher in the toolhead than at calibration. No switch and no step counter
/// notices.
void plant_knock(struct plant *plant, int64_t up_nm);

/// Disturbances on switches and corners (LAB_DISTURB_ENDSTOP, BIND, SLIP).
void plant_disturb(struct plant *plant, const struct plant_model *model,
                   const struct lab_disturb *disturb);

// --- heat
// ---------------------------------------------------------------------------------------------------

/// All steps of the grid up to the absolute time `t_us`; plant_heat_advance calls it.
void plant_heat_steps(struct plant *plant, const struct plant_model *model, int64_t t_us);
/// Bring heat (and the part's and filament's share of it) to the absolute time `t_us`. Fixed grid:
/// slicing does not matter. Inline: most who ask come before the next step.
enum { PLANT_GRID_US = 250000 };
static inline void plant_heat_advance(struct plant *plant, const struct plant_model *model,
                                      int64_t t_us)
{
    if ((plant->heat.grid + 1) * PLANT_GRID_US <= t_us) {
        plant_heat_steps(plant, model, t_us);
    }
    if (t_us > plant->heat.t_us) {
        plant->heat.t_us = t_us;
    }
}
void plant_heat_target(struct plant *plant, enum plant_heater heater, int32_t target_mc);
/// Feeding: mains carries the bed, the rail the nozzle.
void plant_heat_power(struct plant *plant, bool mains, bool rail);
/// What a sensor shows: heater 0 bed, 1 nozzle, -1 chamber.
int32_t plant_heat_read(const struct plant *plant, int heater);
/// True temperature of block (1), plate (0), chamber (-1).
int32_t plant_heat_true(const struct plant *plant, int heater);
/// Earliest grid time at which the sensor of `heater` shows low <= T <= high, with present targets
/// and power; -1 when not before `until_us`. Works on a copy.
int64_t plant_heat_when(const struct plant *plant, const struct plant_model *model, int heater,
                        int32_t low_mc, int32_t high_mc, int64_t until_us);
/// Electric power of the heaters now, mW: [PLANT_BED] from mains, [PLANT_NOZZLE] from the rail.
void plant_heat_draw(const struct plant *plant, const struct plant_model *model,
                     int64_t mw[PLANT_HEATERS]);
/// Tip height that heat adds at a fixed count (frame growth minus bed rise minus nozzle growth),
/// nm.
int64_t plant_heat_z(const struct plant *plant, const struct plant_model *model);

// --- part
// ---------------------------------------------------------------------------------------------------

/// Tell the part's footprint (from the ledger or surface_footprint).
void plant_part_footprint(struct plant *plant, int64_t x_nm, int64_t y_nm, int64_t area_mm2);
/// True machine position of the tip -> the part's own frame (as printed). Identity before the first
/// cut.
void plant_part_from_machine(const struct plant *plant, const int64_t machine_nm[3],
                             int64_t part_nm[3]);
/// The same, where plant_part_near of its height is at hand: heat changes, and places stay.
void plant_part_from_machine_near(const struct plant *plant, const int64_t machine_nm[3],
                                  double near, int64_t part_nm[3]);
/// How much of the plate's warmth reaches this height, 1 to 0.
double plant_part_near(int64_t z_nm);
/// The way back.
void plant_part_to_machine(const struct plant *plant, const int64_t part_nm[3],
                           int64_t machine_nm[3]);
/// Shrinkage counts from the present temperatures, and the bed may let go from here on (the first cut does this; call it for a job
/// that is cancelled). Only the first call counts.
void plant_part_mark(struct plant *plant);
/// How much lower the part's top at height z is than as printed, nm.
int64_t plant_part_shrink(const struct plant *plant, int64_t z_nm);
/// Force that pulls the part off the bed now, N (temperature and footprint).
double plant_part_adhesion(const struct plant *plant, const struct plant_model *model);
/// A commanded motion begins at the scene's place and goes by `delta`. A bonded nozzle breaks off
/// or takes the part along. Returns true when it released the part.
bool plant_part_pull(struct plant *plant, const struct plant_model *model, int64_t z_nm,
                     const int64_t delta_nm[3]);
/// Let go by disturbance.
void plant_part_release(struct plant *plant, const int64_t shift_nm[2]);
/// Is the nozzle above the temperature at which it melts into what it touches?
bool plant_nozzle_soft(const struct plant *plant, const struct plant_model *model);
/// Does the nozzle, above softening temperature, rest on something at `surface_nm`? (hot_dwell_ms)
bool plant_hot_rest(const struct plant *plant, const struct plant_model *model,
                    const struct plant_pose *pose, int64_t surface_nm);

// --- surface of what is printed (scratch, outside the world)
// ---------------------------------------------------

/// What a cell was before a branch changed it.
struct surface_change {
    int32_t cell, was_nm;
};

/// Height map in part coordinates, 0.5 mm cells; owns its memory.
struct surface {
    int32_t *top_nm; ///< highest deposit over each cell; PLANT_NO_SURFACE where there is none
    int32_t nx, ny;
    int64_t x0_nm, y0_nm;
    int64_t sum_nm[2];  ///< of the positions of ...
    int64_t cells;      ///< ... cells with anything on them in the first layer
    int64_t highest_nm; ///< highest deposit of all
    size_t entries;     ///< ledger entries taken in
    bool marked;        ///< changes are kept, for surface_back
    struct surface_change *change;
    size_t changes, change_room;
};

/// For a machine volume. Returns 0 or -12.
int surface_init(struct surface *surface, const struct lab_printer *printer);
void surface_free(struct surface *surface);
/// Nothing printed.
void surface_clear(struct surface *surface);
/// Remember from here on what changes, so that a branch can be undone at the cost of what it changed. Marks nest.
void surface_mark(struct surface *surface);
/// Everything as it stood when `then`, a copy of the struct, was made: before its mark, which ends, or within an outer one.
void surface_back(struct surface *surface, const struct surface *then);
/// A deposit that will be taken in when somebody looks: till then only the highest of all knows it.
void surface_announce(struct surface *surface, const struct lab_deposit *deposit);
/// Take in one deposit / ledger entries from surface->entries up to `count`.
void surface_add(struct surface *surface, const struct lab_deposit *deposit);
void surface_take(struct surface *surface, const struct lab_ledger *ledger, size_t count);
/// Highest thing within the nozzle's tip (radius 0.5 mm) at a point, part frame; PLANT_NO_SURFACE
/// when there is none.
int64_t surface_top(const struct surface *surface, int64_t x_nm, int64_t y_nm);
/// The same in the machine frame, with the plate (z = 0, as risen) where nothing is printed;
/// PLANT_NO_SURFACE beside the bed.
int64_t surface_under(const struct surface *surface, const struct plant *plant,
                      const struct plant_model *model, const int64_t tip_nm[3]);
/// Centre and area of what touches the bed.
void surface_footprint(const struct surface *surface, int64_t centre_nm[2], int64_t *area_mm2);

enum plant_hit { PLANT_HIT_PART = 1, PLANT_HIT_BED = 2, PLANT_HIT_FRAME = 4 };
struct plant_contact {
    uint32_t hits;   ///< enum plant_hit: only what is deeper than tolerance and `already_nm`
    int64_t dive_nm; ///< deepest below the printed surface (0 when within tolerance)
    int64_t bed_nm;  ///< deepest below the plate
};

/// A straight way of the true tip: machine frame, and the same in the part's.
struct plant_way {
    int64_t from_nm[3], to_nm[3];
    int64_t part_from_nm[3], part_to_nm[3];
};

/// Could anything stand in this way? Within tolerance of the very top nothing can: printing itself costs no search. What was
/// announced must be taken in before a way is checked for which this is true.
bool surface_near(const struct surface *surface, const struct plant_way *way);

/// How deep the tip stands in what is printed on this way at most; 0: nowhere. Touches nothing.
int64_t surface_deepest(const struct surface *surface, const struct plant_way *way);

/// Can nothing stand in a tip's way here, in either frame? Of a straight way both ends say so for all of it.
bool plant_point_free(const struct plant_model *model, const struct surface *surface,
                      const int64_t tip_nm[3], const int64_t part_nm[3]);

/// Check a straight commanded motion. `already_nm`: how deep it stood at power return (that much is the outage's doing). Tolerances:
/// part 50 um (a quarter of a 0.2 mm layer), bed 50 um, frame 1 mm beyond the travel. A hit part is dented; with a cold nozzle
/// and sideways motion it may be released: then what the way says of the part's frame holds no longer.
void plant_contact_check(struct plant *plant, const struct plant_model *model,
                         const struct surface *surface, const struct plant_way *way,
                         int64_t already_nm, struct plant_contact *contact);

// --- filament
// -----------------------------------------------------------------------------------------------

/// Is the nozzle so hot that it loses filament by itself?
bool plant_filament_oozes(const struct plant *plant, const struct plant_model *model);
/// Time passes without pushing: pressure decays, an open hot nozzle oozes.
void plant_filament_idle(struct plant *plant, const struct plant_model *model, int64_t dt_us);
/// Push (or draw back) `e_nm` in dt_us. Returns the deficit: how much of it does not come out
/// (pressure lag, empty nozzle, all of it below melting temperature). Negative e_nm returns 0.
int64_t plant_filament_push(struct plant *plant, const struct plant_model *model, int64_t e_nm,
                            int64_t dt_us);
/// How much of the pressure's distance from where it goes is left after so long; and the same two for who knows that already.
double plant_filament_decay(const struct plant_model *model, int64_t dt_us);
void plant_filament_idle_by(struct plant *plant, const struct plant_model *model, int64_t dt_us,
                            double decay);
int64_t plant_filament_push_by(struct plant *plant, const struct plant_model *model, int64_t e_nm,
                               int64_t dt_us, double decay);
/// Would filament that is pushed now come out (block above melting)?
bool plant_filament_melts(const struct plant *plant, const struct plant_model *model);

// --- supply
// -------------------------------------------------------------------------------------------------

enum plant_power_event {
    PLANT_POWER_NONE,
    PLANT_POWER_SEEN, ///< the power-fail input falls
    PLANT_POWER_GOOD, ///< it rises again: mains came back in time
    PLANT_POWER_RAIL, ///< 24 V collapses: drivers lock out
    PLANT_POWER_LOGIC ///< brown-out of the controller
};

/// Mains go or come at `t_us` (a return after the rail collapsed refills it; the controller boots
/// printer.boot_us later).
void plant_supply_mains(struct plant *plant, const struct plant_model *model, int64_t t_us,
                        bool present);
/// The load on the rail changes at `t_us` (the energy until then is drained with the old load).
void plant_supply_load(struct plant *plant, const struct plant_model *model, int64_t t_us,
                       int64_t load_mw);
/// Load for a state of the machine: logic always, motors that have current, fans (ppm of all), the
/// nozzle heater.
int64_t plant_supply_need(const struct plant *plant, const struct plant_model *model,
                          int32_t fan_ppm);
/// The next event if nothing changes, and when (INT64_MAX with PLANT_POWER_NONE).
enum plant_power_event plant_supply_next(const struct plant *plant, const struct plant_model *model,
                                         int64_t *t_us);
/// Cut single domains behind the supply (LAB_DOMAIN_24V: the rail collapses now; LAB_DOMAIN_LOGIC).
void plant_supply_drop(struct plant *plant, int64_t t_us, uint32_t domains);
/// Advance to `t_us`, which must not lie behind the next event by plant_supply_next; that event,
/// when due at t_us, happens.
enum plant_power_event plant_supply_advance(struct plant *plant, const struct plant_model *model,
                                            int64_t t_us);
/// Everything dies at once (a cut inside an NV write: no hold-up).
void plant_supply_kill(struct plant *plant, int64_t t_us);

#endif
