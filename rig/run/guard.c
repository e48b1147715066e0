// Limits, the link, the lines, the clock, and somebody's Ctrl-C.
// SPDX-License-Identifier: MIT
#include "rig/run/guard.h"

#include <stdio.h>
#include <string.h>

/// Longer than any supply holds up, and than it takes to hear of the microcontroller's last breath.
#define LIVED_US 4000000

/// A heater that is above `limit_mc`, or is to be. Unknown is neither.
static bool above(const struct link_heater *heater, int32_t limit_mc)
{
    bool now = heater->now_mc != LINK_NO_TEMPERATURE && heater->now_mc >= limit_mc;
    bool soon = heater->target_mc != LINK_NO_TEMPERATURE && heater->target_mc >= limit_mc;

    return now || soon;
}

bool run_is_cool(const struct bench_limits *limits, const struct link_status *status)
{
    int32_t limit = limits->cool_below_mc;

    return status->nozzle.now_mc != LINK_NO_TEMPERATURE && !above(&status->nozzle, limit) &&
           !above(&status->bed, limit) && !above(&status->chamber, limit);
}

static bool is_hot(const struct bench_limits *limits, const struct link_status *status)
{
    int32_t limit = limits->cool_below_mc;

    return above(&status->nozzle, limit) || above(&status->bed, limit) ||
           above(&status->chamber, limit);
}

static bool over_limit(const struct bench_limits *limits, const struct link_status *status,
                       char why[RUN_WHY])
{
    const struct {
        const char *name;
        const struct link_heater *heater;
        int32_t limit_mc;
    } heaters[] = {{"nozzle", &status->nozzle, limits->nozzle_mc},
                   {"bed", &status->bed, limits->bed_mc},
                   {"chamber", &status->chamber, limits->chamber_mc}};

    for (size_t i = 0; i < sizeof heaters / sizeof *heaters; i++) {
        int32_t now = heaters[i].heater->now_mc;
        if (now == LINK_NO_TEMPERATURE || now <= heaters[i].limit_mc)
            continue;
        snprintf(why, RUN_WHY, "the %s is at %d C, and the limit is %d C", heaters[i].name,
                 (int)(now / 1000), (int)(heaters[i].limit_mc / 1000));
        return true;
    }
    return false;
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
    if (status->state != LINK_LOST) {
        guard->hot = is_hot(guard->limits, status);
        if (over_limit(guard->limits, status, why))
            return RUN_TOO_HOT;
    }
    if (sight->lived_us > LIVED_US) {
        snprintf(
            why, RUN_WHY,
            "the printer prints on %lld s into the outage: its controller has power of its own "
            "(by USB?), and nobody told it",
            (long long)(sight->lived_us / 1000000));
        return RUN_LIVED;
    }
    return lost(guard, sight, why);
}

enum run_fault run_guard_look(struct run_guard *guard, const struct run_sight *sight,
                              char why[RUN_WHY])
{
    enum run_fault fault = of_lines(sight, why);

    if (!fault)
        fault = of_link(guard, sight, why);
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
