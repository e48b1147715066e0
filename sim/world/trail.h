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
    double begin_us, duration_us;
    /// The planner's terms, and how the block was planned with them:
    double length_mm, speed, accel;
    double exit2;         ///< squared speed that the blocks behind it allowed at its end,
    double v1;            ///< mm/s at its end;
    int32_t outlook;      ///< so many blocks behind it were looked at for that
    int32_t target_mc[2]; ///< bed and nozzle
    size_t deposit;       ///< entry of the ledger that it made, or before which it was made
};

/// A line as it began.
struct sim_trail_line {
    uint64_t offset;
    uint64_t state;  ///< hash of the modal state before it
    uint64_t device; ///< hash of what the device knew before it was told of it (struct dut)
};

/// A program or an erase of the memory.
struct sim_trail_write {
    int64_t number; ///< nv_device.operations before it
    uint32_t size;  ///< bytes
    bool erase;
    int32_t cuts; ///< that had begun before
};

/// All in the order of the print. Owns its arrays; zero it to begin.
struct sim_trail {
    struct sim_trail_step *step;
    size_t steps, step_room;
    struct sim_trail_line *line;
    size_t lines, line_room;
    struct sim_trail_write *write;
    size_t writes, write_room;
    double exit2;    ///< of the block that began last: see step
    int32_t outlook; ///< the same
};

void sim_trail_free(struct sim_trail *trail);

/// Append. Return 0 or -12.
int sim_trail_add_step(struct sim_trail *trail, const struct sim_trail_step *step);
int sim_trail_add_line(struct sim_trail *trail, const struct sim_trail_line *line);
int sim_trail_add_write(struct sim_trail *trail, const struct sim_trail_write *write);

/// First step at or behind a place in the file; trail->steps when there is none.
size_t sim_trail_find_step(const struct sim_trail *trail, uint64_t line, int32_t ppm);
/// First step behind this entry of the ledger: where `deposit` entries are made, or the print is over.
size_t sim_trail_find_deposit(const struct sim_trail *trail, size_t deposit);
/// The line that begins at `offset`, or NULL.
const struct sim_trail_line *sim_trail_find_line(const struct sim_trail *trail, uint64_t offset);

/// The device is about to be told of the line at `offset`.
void sim_trail_told(struct sim_trail *trail, uint64_t offset, uint64_t device);

/// Hash of everything that lines to come depend on.
uint64_t sim_trail_state(const struct plr_modal *modal);

/// Go on with a hash (any number to begin with) over some bytes.
uint64_t sim_trail_hash(uint64_t hash, const void *data, size_t size);

#endif
