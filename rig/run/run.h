// A run on a bench: the loop that hears lines and link, steps the states, guards, and does what they ask for.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_RUN_H
#define RIG_RUN_RUN_H

#include "rig/run/plan.h"
#include "rig/run/record.h"

struct run_trace;

struct run_ask {
    const struct bench *bench;
    const struct run_plan *plan;
    /// NULL (not with dut: core): no job, with which the printer's file could be compared.
    const struct lab_input *input;
    bool calibrate;          ///< with dut: core: measure the switches in place of printing
    const char *file;        ///< the job's name on the printer
    bool locked;             ///< the caller has the bench's lock (lock.h), for longer than this run
    struct run_trace *trace; ///< takes all of it down (trace.h); NULL nobody
    bool (*interrupted)(void);                                ///< has somebody asked us to end?
    void (*tell)(void *ctx, int64_t at_us, const char *what); ///< a line for people; may be NULL
    void *ctx;
};

/// The bench's link. Returns as link_open.
int run_link_open(struct link **out, const struct bench *bench, struct lab_error *err);

/// Do it. Power is switched. When it returns everything is off, or out->unsafe says that nobody can vouch for it (as for a contact that was
/// welded before it began). Returns 0: `out` tells the rest, faults too; or a negative errno with err filled: it could not begin (another
/// run has the bench, no such line, the watchdog cannot be opened), and nothing was switched on. An orderly end or none, alarm_cmd has
/// been run for a fault.
int run_go(const struct run_ask *ask, struct run_record *out, struct lab_error *err);

#endif
