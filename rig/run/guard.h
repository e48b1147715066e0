// The guard of a run: what must never be, whatever state the run is in. Pure: it looks at what others have heard.
// SPDX-License-Identifier: MIT
#ifndef RIG_RUN_GUARD_H
#define RIG_RUN_GUARD_H

#include "rig/bench/bench.h"
#include "rig/run/state.h"

enum { RUN_WHY = 200 };

/// What the guard remembers. Zero it but for `limits` and `begun_us`.
struct run_guard {
    const struct bench_limits *limits;
    int64_t begun_us;
    /// Bit per heater: what was hot is so until the printer says otherwise, whatever it forgets.
    uint32_t hot;
    int64_t heat_us;     ///< a temperature was told last
    int64_t expected_us; ///< since then somebody is expected at the link
};

/// What it looks at.
struct run_sight {
    int64_t now_us;
    const struct link_status *status; ///< NULL: no link yet
    bool expected;                    ///< there should be somebody at the link (run_expects_link)
    const char *alarm;                ///< of the lines, NULL none
    int lines_bad;                    ///< 0, or the negative errno of lines that are gone
    int link_bad;                     ///< the same of a link that cannot go on on this computer
    int dog_bad;                      ///< the same of the computer's watchdog
    bool stuck;                       ///< a relay did not follow: whoever found it has the words
    int64_t lived_us; ///< so long into an outage the printer still prints; 0 it does not
    /// Power is back after so long, and the printer prints, who was not heard to do anything else since; 0 it is not so.
    int64_t unbroken_us;
    /// The file that it has begun to print has so many bytes, and the scenario's job so many others; 0 as far as is known they are alike.
    int64_t other_size, job_size;
    bool gauge_bad, core_bad; ///< a gauge cannot be read, the core cannot work: the same
    bool word_bad;            ///< the printer refused a line of the scenario: the same
    bool interrupted;         ///< somebody asked us to end
};

/// Look. Returns the worst that is wrong, with a sentence; or RUN_FINE, and `why` is as it was.
enum run_fault run_guard_look(struct run_guard *guard, const struct run_sight *sight,
                              char why[RUN_WHY]);

/// Is every heater that the printer tells below the limit, and not to be heated above it? A nozzle that nobody tells of is not.
bool run_is_cool(const struct bench_limits *limits, const struct link_status *status);

#endif
