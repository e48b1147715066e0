// Where a scenario's cut falls on a real printer: found in the job file first, and recognised in what the link tells.
// SPDX-License-Identifier: MIT
//
// A printer tells where it is a few times a second, and what it tells of the file is where it reads, ahead of the nozzle. So a cut falls
// at the nearest status, and both instants are kept: the one asked for and the one it was. A G-code marker of the job (`M118 plr-cut 1`
// or RESPOND, M117, if the printer says it back) is as exact as the printer's queue: a cut that has one waits for it alone.
#ifndef RIG_RUN_TRIGGER_H
#define RIG_RUN_TRIGGER_H

#include "core/lab/job/job.h"
#include "core/lab/link/link.h"
#include "core/lab/scenario/scenario.h"

/// A place of the job.
struct run_target {
    enum lab_trigger_kind kind;
    int64_t byte; ///< that share of its line; -1: no place in the file (a time)
    int64_t line; ///< of the file, 1-based; 0 none
    int32_t layer;
    int64_t z_nm, time_us, after_us;
    int64_t mark; ///< line that says "plr-cut NUMBER"; 0 none
};

/// The scenario's key of it ("layer"); static.
const char *run_trigger_name(enum lab_trigger_kind kind);

/// Can a bench tell such an instant at all? (Phases, events and memory writes are inside the device.)
bool run_target_possible(enum lab_trigger_kind kind);

/// Find it. `number` is the cut's, 1-based; -1 it is none, and no marker is its. Returns 0, or LAB_ENOENT: the print never gets there (and *out says so with line 0).
int run_target_find(const struct lab_job *job, const struct lab_trigger *at, int number,
                    struct run_target *out);

/// Has the printer got there, as far as it tells? `job_us` is the time since the job began. A status that tells too little never does.
bool run_target_reached(const struct run_target *target, const struct link_status *status,
                        int64_t job_us);

/// The number behind "plr-cut" in a line of the printer's console; 0: there is none.
int run_marker(const char *said);

/// Layer and line in which a byte of the job lies. For reports: counts from the beginning.
void run_place(const struct lab_job *job, int64_t byte, int32_t *layer, int64_t *line);

#endif
