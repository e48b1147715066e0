// What a run does: relays in their order and times, G-code, and everything off.
// SPDX-License-Identifier: MIT
#include "rig/run/call.h"
#include "rig/run/internal.h"
#include "rig/run/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void engine_tell(struct engine *engine, const char *format, ...)
{
    char what[RUN_WHY + 80];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int64_t at_us = lines_now_us() - engine->record->begun_us;
    run_trace_note(engine->ask->trace, at_us, what);
    if (engine->ask->tell)
        engine->ask->tell(engine->ask->ctx, at_us, what);
}

struct run_cut_record *engine_cut(struct engine *engine)
{
    int cuts = engine->record->cuts;

    return cuts ? &engine->record->cut[cuts - 1] : NULL;
}

// --- relays -------------------------------------------------------------------------------------------------------

/// How far in front of the printer a relay is: what comes first on the way on.
static int rank(const struct bench_relay *relay)
{
    int domain = relay->domain == BENCH_MAINS ? 0 : relay->feeds == BENCH_FEEDS_EVERYTHING ? 2 : 4;

    return domain + (relay->role == BENCH_ISOLATION ? 0 : 1);
}

/// The next relay that is to go on: from the mains on. BENCH_NONE: all are on that should be.
static int32_t next_on(const struct engine *engine)
{
    const struct bench *bench = engine->bench;
    int32_t best = BENCH_NONE;

    for (int32_t i = 0; i < bench->relays; i++)
        if ((engine->wanted >> i & 1u) && !lines_relay(engine->lines, i) &&
            (best == BENCH_NONE || rank(&bench->relay[i]) < rank(&bench->relay[best])))
            best = i;
    return best;
}

/// Those that are on and should not be: a bit each.
static uint32_t all_to_go_off(const struct engine *engine)
{
    uint32_t relays = 0;

    for (int32_t i = 0; i < engine->bench->relays; i++)
        if (!(engine->wanted >> i & 1u) && lines_relay(engine->lines, i))
            relays |= UINT32_C(1) << i;
    return relays;
}

static void stuck(struct engine *engine, const struct lab_error *err)
{
    engine->stuck = true;
    snprintf(engine->why, RUN_WHY, "%.190s", err->message);
}

static int64_t earlier(int64_t a_us, int64_t b_us)
{
    return a_us < 0 || (b_us >= 0 && b_us < a_us) ? b_us : a_us;
}

/// Keep the instants of the relays of a cut: of each, of the first, and how far the last was behind it.
static void keep_off(struct engine *engine, uint32_t relays, int64_t command_us,
                     const struct lines_switched done[BENCH_RELAYS])
{
    struct run_cut_record *cut = engine_cut(engine);
    int64_t last_us = -1;

    if (engine->machine.state != RUN_CUT || cut->line_us >= 0)
        return;
    cut->command_us = command_us;
    for (int32_t i = 0; i < engine->bench->relays; i++) {
        int64_t off_us = done[i].sense_us >= 0 ? done[i].sense_us : done[i].line_us;
        if (!(relays >> i & 1u))
            continue;
        cut->relay[i].line_us = done[i].line_us;
        cut->relay[i].sense_us = done[i].sense_us;
        cut->line_us = earlier(cut->line_us, done[i].line_us);
        cut->sense_us = earlier(cut->sense_us, done[i].sense_us);
        cut->line_doubt_us =
            cut->line_us == done[i].line_us ? done[i].line_doubt_us : cut->line_doubt_us;
        last_us = off_us > last_us ? off_us : last_us;
    }
    cut->spread_us = last_us - (cut->sense_us >= 0 ? cut->sense_us : cut->line_us);
}

/// The same of one that closes again.
static void keep_on(struct engine *engine, int32_t relay, const struct lines_switched *done)
{
    struct run_cut_record *cut = engine_cut(engine);

    if (engine->machine.state != RUN_WAITING)
        return;
    cut->relay[relay].back_line_us = done->line_us;
    cut->relay[relay].back_sense_us = done->sense_us;
    if (cut->back_line_us >= 0)
        return;
    cut->back_line_us = done->line_us;
    cut->back_sense_us = done->sense_us;
    int64_t from = cut->sense_us >= 0 ? cut->sense_us : cut->line_us;
    cut->off_us = (done->sense_us >= 0 ? done->sense_us : done->line_us) - from;
}

/// All relays are as wanted.
static void settled(struct engine *engine, int64_t now)
{
    struct run_cut_record *cut = engine_cut(engine);

    engine->switching = false;
    if (engine->machine.state == RUN_CUT) {
        engine->facts.cut_us = cut->sense_us >= 0 ? cut->sense_us : cut->line_us;
        engine_tell(engine, "power is off");
        return;
    }
    engine->powered_us = now;
    engine->facts.on = true;
    engine_tell(engine, "power is on");
}

/// Once for each wait that is long: least times, cycles in an hour.
static void tell_rest(struct engine *engine, int32_t relay, int64_t wait_us)
{
    enum { LONG_US = 10000000 };
    int32_t rests = wait_us > LONG_US ? 1 + relay : 0;

    if (rests && rests != engine->rests)
        engine_tell(engine, "%s rests for another %lld s", engine->bench->relay[relay].name,
                    (long long)(wait_us / 1000000));
    engine->rests = rests ? rests : wait_us ? engine->rests : 0;
}

/// Switched, or not: -EINTR is somebody who ended the run, which is found next.
static bool has_switched(struct engine *engine, int bad, const struct lab_error *err)
{
    if (bad && bad != -EINTR)
        stuck(engine, err);
    return !bad;
}

/// All that are to go off, together, and so not before the rules of each allow it.
static void switch_off(struct engine *engine, uint32_t relays, int64_t now)
{
    struct lines_switched done[BENCH_RELAYS];
    struct lab_error err = {0};
    int64_t wait = 0;
    int32_t longest = 0;

    for (int32_t i = 0; i < engine->bench->relays; i++) {
        int64_t own = relays >> i & 1u ? lines_wait_us(engine->lines, i, false) : 0;
        longest = own > wait ? i : longest;
        wait = own > wait ? own : wait;
    }
    tell_rest(engine, longest, wait);
    if (wait)
        return;
    (void)lines_beep(engine->lines, false);
    int bad = lines_switch_off(engine->lines, relays, false, done, &err);
    if (has_switched(engine, bad, &err))
        keep_off(engine, relays, now, done);
}

/// One that is to go on, behind those in front of it.
static void switch_on(struct engine *engine, int32_t relay, int64_t now)
{
    struct lines_switched done;
    struct lab_error err = {0};
    char alarm[RUN_WHY];
    int64_t wait = lines_wait_us(engine->lines, relay, true);

    tell_rest(engine, relay, wait);
    if (now < engine->power_from_us || wait)
        return;
    if (engine->lines_bad || lines_alarm(engine->lines, alarm, sizeof alarm))
        return; // heard just now: the guard looks at it in this very turn
    (void)lines_beep(engine->lines, false);
    engine->powered = true;
    int bad = lines_switch(engine->lines, relay, true, &done, &err);
    if (has_switched(engine, bad, &err))
        keep_on(engine, relay, &done);
}

void engine_switch(struct engine *engine)
{
    int64_t now = lines_now_us();

    if (!engine->switching)
        return;
    uint32_t off = all_to_go_off(engine);
    int32_t on = next_on(engine);
    if (off)
        switch_off(engine, off, now);
    else if (on != BENCH_NONE)
        switch_on(engine, on, now);
    else
        settled(engine, now);
}

/// Everything on. People beside the printer are warned before it comes on first; then the LED says that it may any time.
static void power(struct engine *engine, int64_t warn_us)
{
    engine->wanted = (UINT32_C(1) << engine->bench->relays) - 1;
    engine->power_from_us = lines_now_us() + warn_us;
    engine->switching = true;
    (void)lines_led(engine->lines, true);
    (void)lines_beep(engine->lines, warn_us > 0);
}

/// Open the relays of the next cut, all at once.
static void cut(struct engine *engine)
{
    const struct link_status *status = link_status(engine->link);
    struct run_record *record = engine->record;
    const struct run_cut *plan = &engine->ask->plan->cut[engine->machine.cut];
    struct run_cut_record *own = &record->cut[record->cuts++];

    *own = (struct run_cut_record){.cut = engine->machine.cut,
                                   .marked = engine->marked,
                                   .due_us = engine->due_us,
                                   .status_us = status->at_us,
                                   .job_us = engine->due_us - record->job_begun_us,
                                   .file_at = status->file_at,
                                   .layer = status->layer,
                                   .command_us = -1,
                                   .line_us = -1,
                                   .sense_us = -1,
                                   .back_line_us = -1,
                                   .back_sense_us = -1,
                                   .ready_us = -1,
                                   .asked_us = -1,
                                   .resumed_us = -1,
                                   .resumed_at = LINK_UNKNOWN,
                                   .resumed_size = LINK_UNKNOWN,
                                   .resumed_layer = -1,
                                   .placed_us = -1,
                                   .done_us = -1,
                                   .ahead = status->ahead,
                                   .off_us = -1,
                                   .spread_us = -1,
                                   .nozzle_mc = LINK_NO_TEMPERATURE,
                                   .bed_mc = LINK_NO_TEMPERATURE,
                                   .chamber_mc = LINK_NO_TEMPERATURE};
    memcpy(own->at_nm, status->at_nm, sizeof own->at_nm);
    for (int32_t i = 0; i < BENCH_RELAYS; i++)
        own->relay[i] = (struct run_relay_record){-1, -1, -1, -1};
    engine->wanted &= ~plan->relays;
    engine->switching = true;
    engine->facts.on = false;
    engine->facts.cut_us = LINK_UNKNOWN;
    record->on_us += lines_now_us() - engine->powered_us;
    engine->powered_us = engine->due_us = INT64_MAX;
    engine->marked = false;
    engine->unlike_us = LINK_UNKNOWN;
    engine->word_asked = 0;
    if (engine->host)
        host_dark(engine->host);
    engine->core_was = HOST_IDLE;
    engine_switch(engine);
}

// --- words --------------------------------------------------------------------------------------------------------

static void say(struct engine *engine, const char *gcode, bool print)
{
    engine->saying = (struct run_saying){.gcode = gcode, .print = print};
    if (!engine->machine.judged)
        engine->record->reason[0] = '\0';
    engine_say(engine);
}

/// The printer will not. What it says counts as long as its print has not been judged.
void engine_refused(struct engine *engine, const char *words)
{
    engine->saying.refused = true;
    if (!engine->machine.judged)
        snprintf(engine->record->reason, RUN_REASON, "%s", words);
}

void engine_say(struct engine *engine)
{
    struct run_saying *saying = &engine->saying;
    char words[RUN_REASON];

    if (!saying->gcode || saying->refused)
        return;
    if (!saying->said) {
        int bad = saying->print ? link_print(engine->link, saying->gcode)
                                : link_gcode(engine->link, saying->gcode);
        saying->said = !bad;
        if (bad && bad != -EBUSY && bad != -ENOTCONN) // else it may still be taken
            engine_refused(engine, strerror(-bad));
    } else if (link_answer(engine->link, words, sizeof words) == -EIO) {
        engine_refused(engine, words);
    }
}

/// All heaters: also a chamber's and further tools' that are on.
static const char *heaters_off(struct engine *engine)
{
    const struct link_status *status = link_status(engine->link);
    char *gcode = engine->heat_gcode;
    size_t room = sizeof engine->heat_gcode;

    if (engine->bench->link.kind != BENCH_MARLIN)
        return "TURN_OFF_HEATERS";
    snprintf(gcode, room, "M104 S0\nM140 S0%s", status->chamber.target_mc > 0 ? "\nM141 S0" : "");
    for (int32_t i = 0; i < status->others; i++) {
        size_t used = strlen(gcode);
        if (status->other[i].heat.target_mc > 0)
            snprintf(gcode + used, room - used, "\nM104 %.2s S0", status->other[i].name);
    }
    return gcode;
}

void engine_do(struct engine *engine, enum run_act act)
{
    switch (act) {
    case RUN_POWER: power(engine, 500000); break;
    case RUN_CLOSE: power(engine, 0); break;
    case RUN_PRINT:
        if (engine->ask->calibrate)
            host_calibrate(engine->host);
        else
            say(engine, engine->ask->file, true);
        break;
    case RUN_OPEN: cut(engine); break;
    case RUN_RESTART: say(engine, engine->bench->restart_gcode, false); break;
    case RUN_RESUME:
        engine_cut(engine)->asked_us = lines_now_us();
        if (engine->host)
            host_recover(engine->host);
        else
            say(engine, engine->bench->resume_gcode, false);
        break;
    case RUN_COOL: say(engine, heaters_off(engine), false); break;
    case RUN_ALL_OFF: engine_off(engine); break;
    case RUN_MEASURE:
        if (!engine->ask->calibrate)
            engine_gauge(engine);
        break;
    case RUN_NOTHING:
    case RUN_TEST: break; // lines_open did
    }
}

// --- off ----------------------------------------------------------------------------------------------------------

void engine_stop(struct engine *engine)
{
    if (!engine->stopping || !engine->link)
        return;
    engine->stopping = false;
    int bad = link_stop(engine->link);
    for (int n = 0; bad == -EAGAIN && n < 20; n++) // it goes out first; nobody waits long for that
        if (link_turn(engine->link, lines_now_us() + 10000) < 0)
            break;
    if (!bad || bad == -EAGAIN)
        engine_tell(engine, "the printer is told to stop, too");
}

/// Relays first. Then, and while commands that switch off are waited for, the printer: where power did not go its heaters do, where it did nothing is lost.
static int all_off(struct engine *engine, struct lab_error *err)
{
    bool fault = engine->machine.fault != RUN_FINE;

    engine->stopping = fault && engine->powered;
    int bad = lines_all_off(engine->lines, err);
    engine->stopping = engine->stopping || (bad && !fault && engine->powered);
    engine_stop(engine);
    return bad;
}

/// A second of noise.
static void beep(struct engine *engine)
{
    int64_t end = lines_now_us() + 1000000;

    if (lines_beep(engine->lines, true))
        return;
    while (lines_now_us() < end && lines_listen(engine->lines, end) >= 0)
        continue;
    (void)lines_beep(engine->lines, false);
}

/// Nobody can vouch that everything is off: that is a fault, too, and of all there may have been the one to be told first.
static void not_off(struct engine *engine, const struct lab_error *err)
{
    struct run_record *record = engine->record;
    char before[RUN_WHY];

    memcpy(before, record->why, sizeof before);
    record->unsafe = true;
    if (engine->machine.fault)
        snprintf(record->why, RUN_WHY, "%.120s (and before: %.60s)", err->message, before);
    else
        snprintf(record->why, RUN_WHY, "%.190s", err->message);
    if (!engine->machine.fault)
        engine->machine.fault = RUN_STUCK;
    engine_tell(engine, "DANGER: %s", record->why);
}

void engine_off(struct engine *engine)
{
    struct run_record *record = engine->record;
    struct lab_error err = {0};

    if (engine->powered_us != INT64_MAX)
        record->on_us += lines_now_us() - engine->powered_us;
    engine->powered_us = INT64_MAX;
    engine->switching = false;
    if (engine->gauging.under_way)
        gauge_end(&engine->gauging.gauge);
    engine->gauging.under_way = false;
    if (all_off(engine, &err))
        not_off(engine, &err);
    if (engine->machine.fault)
        beep(engine);
    (void)lines_led(engine->lines, false);
    if (record->unsafe || (engine->machine.fault && engine->machine.fault != RUN_INTERRUPTED))
        run_call_somebody(engine->bench->alarm_cmd, record->why);
}

void engine_not_off(struct engine *engine, const struct lab_error *err)
{
    engine->machine.state = RUN_SAFE; // as safe as it gets: there is nothing to be switched
    run_record_state(engine->record, RUN_SAFE, lines_now_us());
    not_off(engine, err);
    engine->stopping = true; // it may have power, and the link may just have been opened
    if (engine->link)
        (void)link_turn(engine->link, 0);
    engine_stop(engine);
    run_call_somebody(engine->bench->alarm_cmd, engine->record->why);
}
