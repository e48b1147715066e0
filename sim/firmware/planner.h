// The look-ahead planner of the simulated firmware: trapezoids and junction speeds, evaluated in closed form.
// SPDX-License-Identifier: MIT
//
// Millimetres, seconds, doubles; positions stay integers. A block popped from the queue is final: its speed profile can be asked
// for the distance at any instant and for the instant of any distance, so that a cut at any microsecond costs nothing.
// Junction speed: the square corner velocity rule (a 90 degree corner is taken at exactly that speed; from the
// centripetal acceleration on the circle that cuts the corner), limited on short segments by half their length.
#ifndef SIM_PLANNER_H
#define SIM_PLANNER_H

#include <stdbool.h>
#include <stdint.h>

enum { SIM_QUEUE = 64 };

/// One straight piece of motion.
struct sim_block {
    int64_t from_nm[4], to_nm[4]; ///< machine coordinates; [3] is E in the file's count
    int64_t e_nm;                 ///< filament pushed, flow factor applied
    double length_mm; ///< of the XYZ path, or of E for a move of E alone; what the profile covers
    /// Of the whole block, and where in it the profile begins (not 0 after braking began).
    double whole_mm, start_mm;
    double direction[3];                ///< unit vector; zero for a move of E alone
    double speed;                       ///< largest, mm/s
    double accel;                       ///< mm/s2
    double entry2_max;                  ///< squared speed the junction before it allows
    double entry2;                      ///< squared speed planned there
    uint64_t line;                      ///< file offset of the line it comes from
    int32_t line_from_ppm, line_to_ppm; ///< share of that line's path
    bool extrudes;                      ///< filament forward while moving
    bool first_of_line;
    // profile, set when popped
    double v0, v1, vc;             ///< entry, exit, cruise speed
    double t_up, t_cruise, t_down; ///< durations, s
    double d_up, d_cruise;         ///< distances, mm
};

struct sim_planner {
    struct sim_block queue[SIM_QUEUE];
    int32_t first, count;
    int32_t depth;    ///< blocks to look ahead, at most SIM_QUEUE
    double corner;    ///< square corner velocity, mm/s
    double speed_now; ///< exit speed of the block popped last
    double last_direction[3];
    double last_length;
    bool joined; ///< there is a block before the next one to be pushed
};

/// Empty queue, standing still.
void planner_init(struct sim_planner *planner, int32_t depth, double corner_mm_s);

static inline bool planner_full(const struct sim_planner *planner)
{
    return planner->count >= planner->depth;
}

/// Queue a block. `length_mm`, `direction`, `speed`, `accel` must be set and positive; the queue must not be full.
void planner_push(struct sim_planner *planner, const struct sim_block *block);

/// Take the next block with its final profile. False when the queue is empty. The caller keeps the queue full (or the
/// path really ends) before popping: what is not queued does not exist.
bool planner_pop(struct sim_planner *planner, struct sim_block *block);

/// Give a block that begins at speed `v0` its final profile: it ends at the squared speed `exit2`, or as near to that as it can get.
void block_leave(struct sim_block *block, double v0, double exit2);

/// What the block popped last was planned by: the squared speed that those behind it allowed at its end. Returns how many of
/// them decided that; more than are queued: all, and others might have, that were not queued yet.
int32_t planner_outlook(struct sim_planner *planner, double *exit2);

/// Take the next block as it is: its profile was made by braking. False when the queue is empty.
bool planner_pop_braking(struct sim_planner *planner, struct sim_block *block);

/// The i-th block in the queue, 0 is next. i < count.
struct sim_block *planner_at(struct sim_planner *planner, int32_t i);

/// The path ends here: the next block begins from standstill.
void planner_stop(struct sim_planner *planner);

/// Duration of a profiled block, s.
double block_duration(const struct sim_block *block);
/// Distance done `t` seconds after its beginning, clamped to the block.
double block_distance(const struct sim_block *block, double t);
/// Speed then, mm/s.
double block_speed(const struct sim_block *block, double t);
/// Instant at which a distance is reached, s.
double block_time(const struct sim_block *block, double distance_mm);
/// Profile for entry speed v0 and a wanted exit speed v1 (both within reach), within length, speed and accel.
void block_profile(struct sim_block *block, double v0, double v1);

#endif
