// The trail of a run: what its firmware planned, for those who go on from a place without planning again.
// SPDX-License-Identifier: MIT
#ifndef SIM_TRAIL_H
#define SIM_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plr_modal;

/// A piece of motion as it was planned.
struct sim_trail_step {
    uint64_t line; ///< file offset
    int32_t from_ppm, to_ppm;
    int64_t from_nm[4], to_nm[4]; ///< machine coordinates commanded
    int64_t e_nm;                 ///< filament pushed, or drawn back
    int64_t t_us, dt_us;
    size_t deposit; ///< entry of the ledger that it made, or before which it was made
};

/// A line as it began.
struct sim_trail_line {
    uint64_t offset;
    uint64_t state; ///< hash of the modal state before it
};

/// A program or an erase of the memory.
struct sim_trail_write {
    int64_t number; ///< nv_device.operations before it
    uint32_t size;  ///< bytes
    bool erase;
};

/// All in the order of the print. Owns its arrays; zero it to begin.
struct sim_trail {
    struct sim_trail_step *step;
    size_t steps, step_room;
    struct sim_trail_line *line;
    size_t lines, line_room;
    struct sim_trail_write *write;
    size_t writes, write_room;
};

void sim_trail_free(struct sim_trail *trail);

/// Append. Return 0 or -12.
int sim_trail_add_step(struct sim_trail *trail, const struct sim_trail_step *step);
int sim_trail_add_line(struct sim_trail *trail, const struct sim_trail_line *line);
int sim_trail_add_write(struct sim_trail *trail, const struct sim_trail_write *write);

/// First step at or behind a place in the file; trail->steps when there is none.
size_t sim_trail_find_step(const struct sim_trail *trail, uint64_t line, int32_t ppm);
/// The line that begins at `offset`, or NULL.
const struct sim_trail_line *sim_trail_find_line(const struct sim_trail *trail, uint64_t offset);

/// Hash of everything that lines to come depend on.
uint64_t sim_trail_state(const struct plr_modal *modal);

#endif
