// Limits, the link, the lines, the clock, and somebody's Ctrl-C.
// SPDX-License-Identifier: MIT
#include "rig/run/guard.h"

#include <stdio.h>
#include <string.h>

/// Longer than any supply holds up, and than it takes to hear of the microcontroller's last breath.
#define LIVED_US 4000000

/// No printer's supply bridges an outage of this length: 350 W for the 16 ms of its data sheet are 5.6 J (docs/PHYSICS.md, 8), and a printer
/// that prints takes 11 W at the very least, with its heaters off.
#define BRIDGED_US 500000

/// A heater that is above `limit_mc`, or is to be. Unknown is neither.
static bool above(const struct link_heater *heater, int32_t limit_mc)
{
    bool now = heater->now_mc != LINK_NO_TEMPERATURE && heater->now_mc >= limit_mc;
    bool soon = heater->target_mc != LINK_NO_TEMPERATURE && heater->target_mc >= limit_mc;

    return now || soon;
}

/// All that heats, by what it is called, and how hot it may be.
struct watched {
    const char *name;
    const struct link_heater *heater;
    int32_t limit_mc;
};

enum { WATCHED = 3 + LINK_OTHERS };

/// Of those that a printer has beside the three it is known by their names what they heat.
static int32_t limit_of(const struct bench_limits *limits, const char *name)
{
    bool tool = name[0] == 'T' && name[1] >= '0' && name[1] <= '9' && !name[2];

    if (tool || !strncmp(name, "extruder", 8))
        return limits->nozzle_mc;
    return strstr(name, "chamber") ? limits->chamber_mc : limits->other_mc;
}

static int watched(const struct bench_limits *limits, const struct link_status *status,
                   struct watched out[WATCHED])
{
    int count = 0;

    out[count++] = (struct watched){"nozzle", &status->nozzle, limits->nozzle_mc};
    out[count++] = (struct watched){"bed", &status->bed, limits->bed_mc};
    out[count++] = (struct watched){"chamber", &status->chamber, limits->chamber_mc};
    for (int32_t i = 0; i < status->others; i++)
        out[count++] = (struct watched){status->other[i].name, &status->other[i].heat,
                                        limit_of(limits, status->other[i].name)};
    return count;
}

/// Bits of those that are hot; one that nobody tells of now is as it was.
static uint32_t hot_ones(const struct bench_limits *limits, const struct link_status *status,
                         uint32_t hot)
{
    struct watched all[WATCHED];

    _Static_assert(WATCHED <= 32, "a bit each");
    for (int i = watched(limits, status, all) - 1; i >= 0; i--) {
        if (all[i].heater->now_mc != LINK_NO_TEMPERATURE)
            hot &= ~(UINT32_C(1) << i);
        if (above(all[i].heater, limits->cool_below_mc))
            hot |= UINT32_C(1) << i;
    }
    return hot;
}

bool run_is_cool(const struct bench_limits *limits, const struct link_status *status)
{
    return status->nozzle.now_mc != LINK_NO_TEMPERATURE && !hot_ones(limits, status, 0);
}

static bool over_limit(const struct bench_limits *limits, const struct link_status *status,
                       char why[RUN_WHY])
{
    struct watched all[WATCHED];
    int count = watched(limits, status, all);

    for (int i = 0; i < count; i++) {
        int32_t now = all[i].heater->now_mc;
        if (now == LINK_NO_TEMPERATURE || now <= all[i].limit_mc)
            continue;
        snprintf(why, RUN_WHY, "the %s is at %d C, and the limit is %d C", all[i].name,
                 (int)(now / 1000), (int)(all[i].limit_mc / 1000));
        return true;
    }
    return false;
}

/// Talks on, and tells no temperatures any more: nobody knows how hot it is.
static bool silent_of_heat(const struct run_guard *guard, const struct run_sight *sight,
                           char why[RUN_WHY])
{
    int64_t from_us = guard->heat_us > guard->expected_us ? guard->heat_us : guard->expected_us;
    int64_t age_us = sight->now_us - from_us;

    if (!guard->hot || !sight->expected || age_us <= guard->limits->heat_us)
        return false;
    snprintf(why, RUN_WHY, "the printer is hot, and has told no temperature for %lld s",
             (long long)(age_us / 1000000));
    return true;
}

/// Is somebody lost who should be there?
static enum run_fault lost(const struct run_guard *guard, const struct run_sight *sight,
                           char why[RUN_WHY])
{
    if (sight->link_bad) {
        snprintf(why, RUN_WHY, "this computer has no way to the printer any more: %s",
                 strerror(-sight->link_bad));
        return guard->hot ? RUN_LOST_HOT : RUN_LOST;
    }
    if (!sight->expected || sight->status->state != LINK_LOST)
        return RUN_FINE;
    snprintf(why, RUN_WHY, "the printer is lost%s: %.120s", guard->hot ? " while it was hot" : "",
             sight->status->why[0] ? sight->status->why : "it is silent");
    return guard->hot ? RUN_LOST_HOT : RUN_LOST;
}

static enum run_fault of_lines(const struct run_sight *sight, char why[RUN_WHY])
{
    if (sight->lines_bad) {
        snprintf(why, RUN_WHY, "the lines are gone: %s", strerror(-sight->lines_bad));
        return RUN_LINES_GONE;
    }
    if (sight->dog_bad) {
        snprintf(why, RUN_WHY, "the watchdog cannot be kicked: %s", strerror(-sight->dog_bad));
        return RUN_WATCHDOG;
    }
    if (sight->stuck)
        return RUN_STUCK;
    if (!sight->alarm)
        return RUN_FINE;
    snprintf(why, RUN_WHY, "%s", sight->alarm);
    return RUN_ALARM;
}

static enum run_fault of_link(struct run_guard *guard, const struct run_sight *sight,
                              char why[RUN_WHY])
{
    const struct link_status *status = sight->status;

    if (!status)
        return RUN_FINE;
    if (!sight->expected)
        guard->expected_us = sight->now_us;
    if (status->state != LINK_LOST) {
        guard->hot = hot_ones(guard->limits, status, guard->hot);
        guard->heat_us = status->heat_us > guard->heat_us ? status->heat_us : guard->heat_us;
        if (over_limit(guard->limits, status, why))
            return RUN_TOO_HOT;
        if (silent_of_heat(guard, sight, why))
            return RUN_LOST_HOT;
    }
    if (sight->lived_us > LIVED_US) {
        snprintf(
            why, RUN_WHY,
            "the printer prints on %lld s into the outage: its controller has power of its own "
            "(by USB?), and nobody told it",
            (long long)(sight->lived_us / 1000000));
        return RUN_LIVED;
    }
    if (sight->unbroken_us > BRIDGED_US) {
        snprintf(
            why, RUN_WHY,
            "the printer prints as if power had not been away for %lld ms: no reset was heard, "
            "and nobody told it to go on",
            (long long)(sight->unbroken_us / 1000));
        return RUN_LIVED;
    }
    return lost(guard, sight, why);
}

/// Every place of the job, and with it each cut, would be one of another file.
static enum run_fault of_job(const struct run_sight *sight, char why[RUN_WHY])
{
    if (!sight->other_size)
        return RUN_FINE;
    snprintf(why, RUN_WHY,
             "the printer's file of the job's name is another one: it has %lld bytes, and the "
             "scenario's job %lld",
             (long long)sight->other_size, (long long)sight->job_size);
    return RUN_OTHER_JOB;
}

enum run_fault run_guard_look(struct run_guard *guard, const struct run_sight *sight,
                              char why[RUN_WHY])
{
    enum run_fault fault = of_lines(sight, why);

    if (!fault)
        fault = of_link(guard, sight, why);
    if (!fault)
        fault = of_job(sight, why);
    if (!fault && sight->gauge_bad)
        fault = RUN_GAUGE;
    if (!fault && sight->core_bad)
        fault = RUN_CORE;
    if (!fault && sight->word_bad)
        fault = RUN_PRINTER;
    if (!fault && sight->interrupted) {
        snprintf(why, RUN_WHY, "somebody ended the run");
        fault = RUN_INTERRUPTED;
    }
    if (!fault && sight->now_us - guard->begun_us > guard->limits->run_us) {
        snprintf(why, RUN_WHY, "the run takes longer than limits.run_time");
        fault = RUN_TOO_LONG;
    }
    return fault;
}
