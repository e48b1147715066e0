// The gauges of a run: read one after the other, while lines and link are listened to.
// SPDX-License-Identifier: MIT
#include "rig/run/internal.h"

#include <stdio.h>

/// Does it count from a reading before the print?
static bool compares(const struct bench_gauge *gauge)
{
    return gauge->relative || gauge->measure == BENCH_CORNER;
}

void engine_gauge(struct engine *engine)
{
    const struct run_machine *m = &engine->machine;
    bool after = m->state == RUN_MEASURING;

    engine->facts.measured = false;
    engine->gauging = (struct run_gauging){.after = after};
    // of a print that did not come back there is nothing to read
    engine->gauging.at_work = !after || m->result == LAB_RESUMED;
}

/// Before the print: there will be none. Behind it the others are read all the same: what was printed cannot be had again.
static void fail(struct engine *engine, const struct lab_error *err)
{
    char *why = engine->record->readings.why[engine->gauging.next];

    if (engine->gauging.after) {
        snprintf(why, GAUGE_WHY, "%.230s", err->message);
        engine_tell(engine, "%s", why);
        return;
    }
    engine->gauge_bad = true;
    engine->gauging.at_work = false;
    snprintf(engine->why, RUN_WHY, "%.190s", err->message);
}

static void keep(struct engine *engine, int64_t nm)
{
    struct gauge_readings *readings = &engine->record->readings;
    int32_t n = engine->gauging.next;

    if (engine->gauging.after) {
        readings->after_known[n] = true;
        readings->after_nm[n] = nm;
    } else {
        readings->before_known[n] = true;
        readings->before_nm[n] = nm;
    }
}

/// Begin the next one that is to be read; there may be none.
static void begin_next(struct engine *engine, struct lab_error *err)
{
    struct run_gauging *gauging = &engine->gauging;
    const struct bench *bench = engine->bench;

    while (gauging->next < bench->gauges && !gauging->after &&
           !compares(&bench->gauge[gauging->next]))
        gauging->next++;
    if (gauging->next >= bench->gauges) {
        gauging->at_work = false;
        return;
    }
    const struct bench_gauge *rule = &bench->gauge[gauging->next];
    gauging->under_way = !gauge_begin(&gauging->gauge, rule, engine->link, lines_now_us(), err);
    if (gauging->under_way)
        return;
    fail(engine, err);
    gauging->next++;
}

void engine_gauging(struct engine *engine)
{
    struct run_gauging *gauging = &engine->gauging;
    struct lab_error err = {0};
    int64_t nm;

    if (gauging->at_work && !gauging->under_way)
        begin_next(engine, &err);
    if (gauging->under_way) {
        int busy = gauge_turn(&gauging->gauge, lines_now_us(), &nm, &err);
        if (busy > 0)
            return;
        gauge_end(&gauging->gauge);
        gauging->under_way = false;
        if (busy)
            fail(engine, &err);
        else
            keep(engine, nm);
        gauging->next++;
    }
    engine->facts.measured = !gauging->at_work && !engine->gauge_bad;
}
