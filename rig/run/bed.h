// What tests of whole runs stand on: a bench file, a scenario and its plan, over doubles of lines and link, and something that happens on the way.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_BED_H
#define RIG_RUN_BED_H

#include "rig/run/double.h"
#include "rig/run/run.h"

enum { BED_AC, BED_STOP, BED_DOOR }; ///< senses of its bench

struct bed {
    char path[128], dog[128],
        /// Of the bench file; of a watchdog, of an alarm: none is there at the beginning.
        alarm_file[128];
    struct bench bench;
    struct lab_input input;
    struct run_plan plan;
    struct run_record record;
    struct lab_error err;
    bool interrupted;        ///< somebody asks the run to end
    bool calibrates;         ///< in place of printing
    struct run_trace *trace; ///< taken down there, NULL nobody
    /// What a test wants to happen in a state, and how long after it was entered.
    struct {
        const char *state;
        int64_t after_us, at_us;
        void (*happen)(void);
    } event;
};

extern struct bed bed;

/// The bench file's text: a relay of the mains, its read-back, emergency stop and door, a Marlin that is told RESUME.
extern const char bed_bench[];

/// Of a group of tests: the folder and the scenario.
int bed_open(void **state);
int bed_close(void **state);
/// Of each test: a bench that is off, a cold printer, nothing that happens.
int bed_begin(void **state);

/// Run. Returns as run_go.
int bed_go(void);

/// Fails the test when anything is on.
void bed_is_off(void);

/// A file's text, "" when it is not there. Returns its size.
size_t bed_read(const char *file, char *out, size_t room);

// --- what may happen ------------------------------------------------------------------------------------------------

void bed_interrupt(void); ///< Ctrl-C
void bed_weld(void);      ///< the relay's contact stays as it is: closed

#endif
