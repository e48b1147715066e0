// A run whose prints are brought back by the core on this computer (dut: core), not by the printer.
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "rig/host/host.h"
#include "rig/run/internal.h"

enum { SOON_US = 10000 };

static void tell(void *ctx, const char *what)
{
    engine_tell(ctx, "core: %.200s", what);
}

int engine_core_open(struct engine *engine, struct lab_error *err)
{
    struct host_config config;

    if (engine->bench->dut != BENCH_DUT_CORE)
        return 0;
    int bad = host_config_make(&config, engine->bench, engine->ask->input, err);
    if (bad)
        return bad;
    config.tell = tell;
    config.ctx = engine;
    return host_open(&engine->host, &config, engine->lines, engine->link, err);
}

/// What this computer cannot do is no verdict on the core.
static void fails(struct engine *engine, const char *why)
{
    engine->core_bad = true;
    snprintf(engine->why, RUN_WHY, "the core on this computer: %.150s", why);
}

static void changed(struct engine *engine, const struct host_result *result)
{
    const char *word = lab_reason_word((int)result->reason);
    char words[RUN_REASON];

    if (result->state == HOST_LOST)
        fails(engine, result->why);
    engine->record->calibrated = result->state == HOST_CALIBRATED;
    engine->facts.nothing = result->state == HOST_NOTHING;
    if (result->state != HOST_REFUSED && result->state != HOST_NOTHING)
        return;
    engine->record->core_refused = true;
    engine->facts.given_up = engine->ask->calibrate;
    snprintf(words, sizeof words, "%s%s%.120s", word ? word : "", word ? ": " : "", result->why);
    engine_refused(engine, words);
}

/// What the report says of it.
static void note(struct engine *engine, const struct host_result *result)
{
    engine->record->touched =
        (struct lab_rig_touched){.touch_nm = result->touches ? result->touch_nm : 0,
                                 .looks = result->steps,
                                 .touches = result->touches,
                                 .late_touches = result->late_touches,
                                 .look_us = result->late_us,
                                 .edge_us = result->edge_us};
}

void engine_core(struct engine *engine)
{
    const struct run_machine *m = &engine->machine;

    if (!engine->host)
        return;
    const struct host_result *result = host_result(engine->host);
    if (m->state == RUN_PRINTING && m->begun && !engine->core_begun && !engine->ask->calibrate) {
        engine->core_begun = true;
        if (host_print(engine->host))
            fails(engine, "its memory cannot be written");
    }
    engine->core_wait_us = host_turn(engine->host);
    if (result->state == engine->core_was)
        return;
    engine->core_was = result->state;
    changed(engine, result);
    note(engine, result);
}

enum link_state engine_core_link(const struct engine *engine, enum link_state state)
{
    bool begun = engine->machine.state == RUN_PRINTING;

    if (!engine->ask->calibrate || !begun || state != LINK_READY)
        return state;
    switch (host_result(engine->host)->state) {
    case HOST_CALIBRATING: return LINK_PRINTING;
    case HOST_CALIBRATED: return LINK_DONE;
    case HOST_REFUSED: return LINK_CANCELLED;
    case HOST_IDLE:
    case HOST_PRINTING:
    case HOST_RECOVERING:
    case HOST_NOTHING:
    case HOST_LOST:
    case HOST_STATES: break;
    }
    return state;
}

bool engine_core_looks(const struct engine *engine)
{
    enum host_state state = engine->host ? host_result(engine->host)->state : HOST_IDLE;

    return (state == HOST_RECOVERING || state == HOST_CALIBRATING) &&
           engine->core_wait_us < SOON_US;
}
