// What the files of the plant share among themselves; nobody outside includes it.
// SPDX-License-Identifier: MIT
#ifndef SIM_PLANT_PARTS_H
#define SIM_PLANT_PARTS_H

#include "sim/plant/plant.h"

/// A statics problem: corners on springs below (or above) their motors. Lengths nm, forces N, stiffness N/nm.
struct balance {
    int n;                        ///< corners that are free: Z motors
    double target[PLANT_CORNERS]; ///< where each motor holds its corner at nominal load
    double load[PLANT_CORNERS];   ///< load beyond the nominal one (toolhead away from the middle)
    double base[PLANT_CORNERS];   ///< nominal load
    double weight[PLANT_CORNERS]; ///< lever weights of the nozzle
    double k, twist;              ///< one corner; coupling by the X beam
    double tip;                   ///< nozzle tip minus the corners' weighted height
    bool touchable;               ///< something lies under the nozzle ...
    double surface, contact;      ///< ... at this height, this stiff
    double stop[PLANT_CORNERS];   ///< hard stops at the top
    double stop_k;
    // of the nozzle's contact, which neither targets nor heights change; from the first solution that needs it on
    bool pressed_ready;
    double push[PLANT_CORNERS];  ///< force on each corner for its height
    double yield[PLANT_CORNERS]; ///< how corners give way to it, ...
    double on_yield;             ///< ... and the nozzle
};

/// Where the motors put the corners before elasticity: counter + slip + pulley - play + growth of the frame.
void gantry_targets(const struct plant *plant, const struct plant_model *model,
                    const int64_t motor_nm[PLANT_CORNERS], double target[PLANT_CORNERS]);
/// Fill a problem from the state of the plant.
void balance_set(struct balance *balance, const struct plant *plant,
                 const struct plant_model *model, const struct plant_pose *pose,
                 int64_t surface_nm);
/// Solve it: corner heights, belt forces, force on the nozzle.
void balance_solve(struct balance *balance, double h[PLANT_CORNERS], double force[PLANT_CORNERS],
                   double *nozzle);
/// The same for one of many that differ in targets alone, beginning with what touched in the one before (0: nothing).
void balance_follow(struct balance *balance, uint32_t *touching, double h[PLANT_CORNERS],
                    double force[PLANT_CORNERS]);
/// What touches at heights `h`: bits 0-3 stops, bit 4 the nozzle.
uint32_t balance_touching(const struct balance *balance, const double h[PLANT_CORNERS]);
/// By how much the belt force of corner i (row) grows with the target of corner j, N/nm, while exactly `touching` touch.
void balance_springs(const struct balance *balance, uint32_t touching,
                     double spring[PLANT_CORNERS][PLANT_CORNERS]);

/// Corners that go down without current, braked by their bridges: target i falls at `rate` times what its belt pulls beyond `held`,
/// never below `low`. Filled by the caller, for b.n corners.
struct descent {
    struct balance balance;     ///< targets: where they begin, and afterwards where they end
    double low[PLANT_CORNERS];  ///< nm
    double held[PLANT_CORNERS]; ///< N
    double rate[PLANT_CORNERS]; ///< nm/s for each N
};
/// Steps of 0.25 ms until the fastest corner is slower than 1 um/s, or for 10 s; the same as one after the other, at a cost that
/// goes with how often something touches, lands or comes to a stand. Returns the number of steps.
int descent_run(struct descent *descent);
/// Height of the tip over the weighted corners: the bed falls as the frame warms and rises as its own parts
/// warm, the nozzle grows, nm.
double gantry_tip(const struct plant *plant, const struct plant_model *model);
/// What a move changes between counters and corners: rotors without current stay behind, binding corners lag.
struct gantry_lag {
    int64_t slip_nm[PLANT_CORNERS], play_nm[PLANT_CORNERS];
};
void gantry_lag_of(struct gantry_lag *lag, const struct plant *plant);
void gantry_lag_move(struct gantry_lag *lag, const struct plant *plant,
                     const struct plant_model *model, const int64_t from_nm[PLANT_CORNERS],
                     const int64_t to_nm[PLANT_CORNERS]);
/// The same in the plant itself.
void gantry_play(struct plant *plant, const struct plant_model *model,
                 const int64_t from_nm[PLANT_CORNERS], const int64_t to_nm[PLANT_CORNERS]);
/// Corner heights for reports: those without a motor repeat the mean of the others.
void gantry_fill(const struct plant_model *model, double h[PLANT_CORNERS]);

/// Height at which a z_plus switch closes in this touch, nm.
double switch_height(const struct plant *plant, const struct plant_model *model, int i);
/// Pressed or not, for corner heights `h`.
void switch_update(struct plant *plant, const struct plant_model *model,
                   const double h[PLANT_CORNERS]);
/// A new touch of switch i: draw its error.
void switch_touch(struct plant *plant, const struct plant_model *model, int i);

/// Chipmunk: drive the motors from `from` to `to` (targets, nm) at `speed` (nm/s), let it settle, and read back. Fills h; returns
/// the deepest press of the nozzle in nm. `swing` not NULL: begins with that, and leaves in it what there was when motors stood again.
double full_move(const struct balance *balance, const struct plant_model *model,
                 const double from[PLANT_CORNERS], const double to[PLANT_CORNERS], double speed,
                 struct plant_swing *swing, double h[PLANT_CORNERS]);
/// Chipmunk: drive from `from` along `rate` (nm/s per corner) until a corner of `watch` passes `height`; returns the time in s, or
/// -1 when none does within `seconds`.
double full_trigger(const struct balance *balance, const struct plant_model *model,
                    const double from[PLANT_CORNERS], const double rate[PLANT_CORNERS],
                    const double height[PLANT_CORNERS], uint32_t watch, double seconds);

/// A motion as dynamics see it: all motors that move go along a trapezoid of this length from their targets on. m, s; `sign` -1 down.
struct full_way {
    double from[PLANT_CORNERS]; ///< nm
    uint32_t moving;
    double length, speed, accel, sign;
};

/// LAB_WHOLE: on which travel of `drive` a corner of `watch` passes `height`, nm; -1 when none does. Changes nothing.
int64_t swing_edge(const struct plant *plant, const struct plant_model *model,
                   const struct plant_pose *pose, const struct plant_drive *drive,
                   const double height[PLANT_CORNERS], uint32_t watch);

/// Chipmunk, from a swing on: motors stand for `seconds`, or until nothing is left of it.
void full_wait(const struct balance *balance, const struct plant_model *model,
               const double at[PLANT_CORNERS], double seconds, struct plant_swing *swing);
/// The same while motors go along `way`: how far, m, when a corner of `watch` passes `height`; -1 when none does.
double full_edge(const struct balance *balance, const struct plant_model *model,
                 const struct full_way *way, const double height[PLANT_CORNERS], uint32_t watch,
                 const struct plant_swing *swing);
/// The same until they have come `done` m far: the swing in that instant.
void full_drive(const struct balance *balance, const struct plant_model *model,
                const struct full_way *way, double done, struct plant_swing *swing);

/// Chipmunk: lift all corners 50 um off their rest, let go, and count how often a second their mean swings; Hz.
double full_ring_hz(const struct balance *balance, const struct plant_model *model);

/// A step of the heat grid led over a threshold of the part: it lets go of the bed, or the nozzle freezes into it or comes free.
void part_step(struct plant *plant, const struct plant_model *model);
/// The block fell below the melting temperature.
void filament_freeze(struct plant *plant, const struct plant_model *model);
/// Draw cte and release temperature.
void part_init(struct plant *plant, const struct plant_model *model);
/// Constants of the network of heat.
void heat_model_init(struct plant_heat_model *model, const struct lab_printer *printer,
                     const struct lab_material *material);
/// Start values of heat.
void heat_init(struct plant *plant, const struct plant_model *model, int64_t room_mc);
/// A new reading error of the nozzle's sensor (each power-up).
void heat_power_up(struct plant *plant, const struct plant_model *model);
/// A jump of the nozzle sideways by `xy_nm` while pressed by `nozzle_n` or bonded. True when it released the part.
bool part_sideways(struct plant *plant, const struct plant_model *model, int64_t z_nm,
                   const int64_t xy_nm[2], double nozzle_n);

/// The nozzle ran into the part by `depth_nm` on a way of `xy_nm`. True when that released it.
bool part_hit(struct plant *plant, const struct plant_model *model, int64_t z_nm,
              const int64_t xy_nm[2], int64_t depth_nm);

/// Corners of the motors in `lost` go to their detents and may sag. Fills class, wanted_nm and contact of `fall`.
void sag_fall(struct plant *plant, const struct plant_model *model, const struct plant_scene *scene,
              uint32_t lost, struct plant_fall *fall);
/// Motors went from `from` to where they are now: heights by the model's fidelity, deepest press noted.
void sag_read(struct plant *plant, const struct plant_model *model, const struct plant_scene *scene,
              const double from[PLANT_CORNERS], struct plant_fall *fall);

/// True XY minus commanded from homing and belts.
void sideways_update(struct plant *plant, const struct plant_model *model);

#endif
