// The loop of a run.
// SPDX-License-Identifier: MIT
#include "rig/run/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rig/run/internal.h"
#include "rig/run/lock.h"
#include "rig/run/trace.h"
#include "rig/service/service.h"

// --- beginning ----------------------------------------------------------------------------------------------------

int run_link_open(struct link **out, const struct bench *bench, struct lab_error *err)
{
    static const enum link_kind kinds[] = {[BENCH_KLIPPER] = LINK_KLIPPER,
                                           [BENCH_MOONRAKER] = LINK_MOONRAKER,
                                           [BENCH_MARLIN] = LINK_MARLIN};
    const struct bench_link *rule = &bench->link;
    struct link_config config = {
        .kind = kinds[rule->kind], .baud = rule->baud, .silence_us = rule->silence_us};

    _Static_assert(sizeof config.address >= sizeof rule->address, "an address fits");
    snprintf(config.address, sizeof config.address, "%s", rule->address);
    return link_open(out, &config, err);
}

/// While a command switches, which may take longer than a watchdog waits.
static bool meanwhile(void *ctx)
{
    struct engine *engine = ctx;
    int64_t now = lines_now_us();

    service_alive(now);
    engine_stop(engine); // relays on lines are off by then: no command is waited for
    return !run_dog_kick(&engine->dog, now) && !engine->ask->interrupted();
}

/// What has to be there beside the lines.
static int open_rest(struct engine *engine, struct lab_error *err)
{
    int bad = run_dog_open(&engine->dog, engine->bench, lines_now_us(), err);

    bad = bad ? bad : run_link_open(&engine->link, engine->bench, err);
    return bad ? bad : engine_core_open(engine, err);
}

/// Nothing is on yet: what fails here is said by its own error. But where nobody knows that everything is off that is a run's fault, with all
/// that goes with one. The watchdog comes behind the lines, which may take their time to be off; where they are not, it is there to bite.
static int begin(struct engine *engine, struct lab_error *err)
{
    struct lab_error off = {0}, ignored = {0};
    int bad = lines_open(&engine->lines, engine->bench, meanwhile, engine, err);

    if (bad && bad != -EIO)
        return bad;
    if (bad) {
        (void)run_dog_open(&engine->dog, engine->bench, lines_now_us(), &ignored);
        off = *err;
    } else {
        bad = open_rest(engine, err);
        if (!bad || !lines_all_off(engine->lines, &off))
            return bad;
        engine_tell(engine, "%s", err->message);
    }
    engine_not_off(engine, &off);
    *err = (struct lab_error){0};
    return 0;
}

// --- hearing ------------------------------------------------------------------------------------------------------

/// The printer's temperatures, when it tells them first after an outage.
static void keep_temperatures(struct engine *engine, const struct link_status *status)
{
    struct run_cut_record *cut = engine_cut(engine);

    if (engine->machine.state != RUN_RECOVERING || !cut || cut->nozzle_mc != LINK_NO_TEMPERATURE)
        return;
    cut->nozzle_mc = status->nozzle.now_mc;
    cut->bed_mc = status->bed.now_mc;
    cut->chamber_mc = status->chamber.now_mc;
}

/// What the printer is. A status from before power came on is none, and what a host says whose microcontroller has not lived since is not
/// the printer's. (One that has lost it says so.)
static enum link_state link_now(const struct engine *engine, const struct link_status *status)
{
    bool lives = status->alive_us != LINK_UNKNOWN && status->alive_us >= engine->powered_us;

    if (status->at_us < engine->powered_us)
        return LINK_LOST;
    return lives || status->state == LINK_FAULT ? status->state : LINK_LOST;
}

/// How long into the outage has the microcontroller proved that it prints on?
static int64_t lived_us(const struct engine *engine)
{
    const struct run_machine *m = &engine->machine;
    const struct link_status *status = link_status(engine->link);

    if (m->state != RUN_WAITING || status->state != LINK_PRINTING ||
        status->alive_us == LINK_UNKNOWN)
        return 0;
    return status->alive_us - m->cut_us;
}

/// Power is back, and the printer prints, who was heard neither to stop nor to be reset: that is no print that came back. How long was power
/// away?
static int64_t unbroken_us(struct engine *engine)
{
    bool prints = engine->machine.state == RUN_RECOVERING && engine->facts.link == LINK_PRINTING;

    return prints && engine->unlike_us == LINK_UNKNOWN ? engine_cut(engine)->off_us : 0;
}

/// When was it last heard to be anything else since the cut? Also before the last of several relays was on again.
static void note_unlike(struct engine *engine, const struct link_status *status)
{
    const struct run_cut_record *cut = engine_cut(engine);
    bool since = cut && cut->line_us >= 0 && status->at_us > cut->line_us;

    if (since && status->state != LINK_PRINTING && status->state != LINK_LOST)
        engine->unlike_us = status->at_us;
}

/// Before anything is cut: how large is the file that the printer has begun to print, when that is not the job's size? 0 alike, or not known.
/// (The core on this computer goes by its own file; behind an outage a printer may go on with a file that it wrote itself.)
static int64_t other_size(const struct engine *engine)
{
    const struct run_machine *m = &engine->machine;
    const struct lab_input *input = engine->ask->input;
    int64_t size = link_status(engine->link)->file_size;
    bool prints = engine->facts.link == LINK_PRINTING || engine->facts.link == LINK_PAUSED;

    if (engine->bench->dut == BENCH_DUT_CORE || !input || m->state != RUN_PRINTING || m->cut ||
        !prints || size <= 0)
        return 0;
    engine->record->job_size = size;
    return size == (int64_t)input->job.size ? 0 : size;
}

/// Of a print that came back: where did it go on? As soon as it tells, which may be behind the status that said that it prints.
static void note_place(struct engine *engine, const struct link_status *status)
{
    struct run_cut_record *cut = engine_cut(engine);
    bool back = cut && cut->resumed_us >= 0 && engine->machine.state == RUN_PRINTING;

    if (!back || cut->placed_us >= 0 || engine->facts.link != LINK_PRINTING ||
        status->file_at == LINK_UNKNOWN)
        return;
    cut->placed_us = status->at_us;
    cut->resumed_at = status->file_at;
    cut->resumed_size = status->file_size;
    cut->resumed_layer = status->layer;
}

/// Is the place of the next cut reached, and its delay over?
static bool is_due(struct engine *engine, const struct link_status *status, int64_t now)
{
    const struct run_machine *m = &engine->machine;
    struct run_record *record = engine->record;
    char said[LINK_LINE];
    bool marked = false;

    while (link_said(engine->link, said))
        marked = marked || run_marker(said) == m->cut + 1;
    if (m->state != RUN_PRINTING || engine->facts.link != LINK_PRINTING)
        return false;
    if (record->job_begun_us < 0)
        record->job_begun_us = now;
    if (m->cut >= engine->ask->plan->cuts)
        return false;
    const struct run_target *target = &engine->ask->plan->cut[m->cut].target;
    if (engine->due_us == INT64_MAX &&
        (marked || run_target_reached(target, status, now - record->job_begun_us))) {
        engine->due_us = now + target->after_us;
        engine->marked = marked;
    }
    return now >= engine->due_us;
}

/// Is anything wrong?
static enum run_fault guard(struct engine *engine, int64_t now)
{
    char alarm[RUN_WHY];
    const struct run_sight sight = {
        .now_us = now,
        .status = link_status(engine->link),
        .expected = run_expects_link(&engine->machine),
        .alarm =
            !engine->lines_bad && lines_alarm(engine->lines, alarm, sizeof alarm) ? alarm : NULL,
        .lines_bad = engine->lines_bad,
        .link_bad = engine->link_bad,
        .dog_bad = engine->dog.bad,
        .stuck = engine->stuck,
        .lived_us = lived_us(engine),
        .unbroken_us = unbroken_us(engine),
        .other_size = other_size(engine),
        .job_size = engine->ask->input ? (int64_t)engine->ask->input->job.size : 0,
        .gauge_bad = engine->gauge_bad,
        .core_bad = engine->core_bad,
        .word_bad = engine->word_bad,
        .interrupted = engine->ask->interrupted()};

    snprintf(engine->record->why, RUN_WHY, "%s", engine->why);
    return run_guard_look(&engine->guard, &sight, engine->record->why);
}

/// How long the lines are listened to before anything else is looked at: short where a cut may be due.
static int64_t tick_us(const struct engine *engine)
{
    const struct run_machine *m = &engine->machine;
    bool may_cut = m->state == RUN_PRINTING && m->cut < engine->ask->plan->cuts;

    if (engine_core_looks(engine))
        return 2000; // after each small step
    return may_cut || engine->switching ? 10000 : 20000;
}

/// Is there a line for the console that has not been said yet?
static bool has_words(const struct engine *engine)
{
    for (int i = 0; i < engine->ask->plan->words; i++)
        if (engine->machine.state == RUN_PRINTING && !engine->record->word[i].said_us)
            return true;
    return engine->word_asked;
}

/// Is there somebody to be looked after who cannot be waited for?
static bool is_busy(const struct engine *engine)
{
    const struct run_saying *saying = &engine->saying;

    return engine->host || engine->switching || engine->gauging.at_work || has_words(engine) ||
           (saying->gcode && !saying->said && !saying->refused);
}

/// The next instant at which a cut falls or ends by the clock; INT64_MAX none is known.
static int64_t next_instant_us(const struct engine *engine, int64_t now)
{
    const struct run_machine *m = &engine->machine;
    const struct run_plan *plan = engine->ask->plan;
    int64_t at_us = INT64_MAX;

    if (m->state == RUN_WAITING)
        at_us = m->cut_us + plan->script.off_for_us[m->cut];
    else if (m->state == RUN_PRINTING && engine->due_us != INT64_MAX)
        at_us = engine->due_us;
    else if (m->state == RUN_PRINTING && m->cut < plan->cuts &&
             plan->cut[m->cut].target.time_us != LINK_UNKNOWN)
        at_us = engine->record->job_begun_us + plan->cut[m->cut].target.time_us;
    return at_us > now ? at_us : INT64_MAX;
}

/// Until when the lines are listened to: where nothing but edges and the printer can bring news (*fd, -1 none), for longer.
static int64_t listen_until(const struct engine *engine, int *fd)
{
    enum { CALM_US = 250000 };
    int64_t now = lines_now_us(), soon = now + tick_us(engine), rest, next;

    *fd = -1;
    if (is_busy(engine))
        return soon;
    rest = link_rest_us(engine->link, fd);
    next = next_instant_us(engine, now);
    rest = rest < now + CALM_US ? rest : now + CALM_US;
    rest = rest > soon ? rest : soon;
    return rest < next ? rest : next;
}

/// Listen to lines and link for a moment, and put together what is known.
static void hear(struct engine *engine)
{
    struct run_facts *facts = &engine->facts;
    const struct link_status *status = link_status(engine->link);
    int fd;
    int64_t until = listen_until(engine, &fd);
    int heard = lines_listen_beside(engine->lines, fd, until);

    if (heard < 0)
        engine->lines_bad = heard;
    int turned = link_turn(engine->link, 0);
    if (turned < 0)
        engine->link_bad = turned;
    engine_switch(engine);
    engine_say(engine);
    engine_core(engine);
    engine_words(engine);
    engine_gauging(engine);
    run_record_edges(engine->record, engine->lines);
    int64_t now = facts->now_us = lines_now_us();
    facts->tested = true; // lines_open found everything off
    facts->link = engine_core_link(engine, link_now(engine, status));
    note_unlike(engine, status);
    note_place(engine, status);
    facts->cool = run_is_cool(engine->guard.limits, status);
    facts->refused = engine->saying.refused;
    facts->due = is_due(engine, status, now);
    if (facts->link != LINK_LOST)
        keep_temperatures(engine, status);
    facts->fault = guard(engine, now);
    if (!facts->fault)
        (void)run_dog_kick(&engine->dog, now);
    run_trace_look(engine->ask->trace, engine);
}

// --- stepping -----------------------------------------------------------------------------------------------------

/// It prints again: since some time behind the last status that said otherwise, or behind power, when there was none.
static void note_resumed(struct engine *engine, struct run_cut_record *cut)
{
    int64_t back_us = cut->back_sense_us >= 0 ? cut->back_sense_us : cut->back_line_us;

    cut->resumed_us = engine->facts.now_us;
    cut->resumed_doubt_us =
        cut->resumed_us - (engine->unlike_us < back_us ? back_us : engine->unlike_us);
    cut->untold = engine->unlike_us == LINK_UNKNOWN;
    note_place(engine, link_status(engine->link));
}

/// What a change of state says about the cut that was last.
static void note_change(struct engine *engine, enum run_state from)
{
    struct run_cut_record *cut = engine_cut(engine);
    const struct run_machine *m = &engine->machine;

    run_record_state(engine->record, m->state, engine->facts.now_us);
    engine_tell(engine, "%s%s%s", run_state_name(m->state), m->fault ? ": " : "",
                m->fault ? engine->record->why : "");
    if (from == RUN_RECOVERING && m->state == RUN_PRINTING && cut)
        note_resumed(engine, cut);
    if (from == RUN_PRINTING && m->state == RUN_MEASURING && m->result == LAB_RESUMED && cut)
        cut->done_us = engine->facts.now_us;
    if (m->state == RUN_MEASURING && m->result != LAB_RESUMED && !engine->record->reason[0])
        snprintf(engine->record->reason, RUN_REASON, "%.150s", link_status(engine->link)->why);
}

static void note_ready(struct engine *engine)
{
    struct run_cut_record *cut = engine_cut(engine);

    if (engine->machine.state == RUN_RECOVERING && cut->ready_us < 0 && engine->machine.acted)
        cut->ready_us = engine->facts.now_us;
}

/// Why the machine itself went to safe: the guard had nothing to say.
static void say_own_fault(struct engine *engine)
{
    static const char *const own[RUN_FAULTS] = {
        [RUN_NOT_READY] = "the printer did not become ready, or did not print",
        [RUN_NOT_COOL] = "it did not cool down within limits.cooldown",
        [RUN_PRINTER] = "the printer gave up before anything was cut",
        [RUN_GAUGE] = "the printer halted before everything was measured"};
    struct run_record *record = engine->record;
    const char *words = record->reason[0] ? record->reason : link_status(engine->link)->why;
    const char *text = own[engine->machine.fault];

    if (text && !engine->facts.fault)
        snprintf(record->why, RUN_WHY, "%s%s%.120s", text, words[0] ? ": " : "", words);
}

static void step(struct engine *engine)
{
    enum run_state from = engine->machine.state;
    enum run_act act = run_step(&engine->machine, &engine->facts);

    if (engine->machine.fault)
        say_own_fault(engine);
    if (engine->machine.state != from)
        note_change(engine, from);
    note_ready(engine);
    engine_do(engine, act);
}

/// What became of the print, and in whose words.
static void finish(struct engine *engine)
{
    struct run_record *record = engine->record;
    const struct run_machine *m = &engine->machine;

    record->fault = m->fault;
    record->judged = m->judged;
    record->result = m->result;
    record->never_cut = m->never_cut;
    record->completed = m->judged && m->result == LAB_RESUMED;
    record->end_us = lines_now_us();
    if (!engine->lines)
        return;
    run_record_edges(record, engine->lines);
    run_trace_look(engine->ask->trace, engine);
}

int run_go(const struct run_ask *ask, struct run_record *out, struct lab_error *err)
{
    struct engine engine = {.ask = ask,
                            .bench = ask->bench,
                            .record = out,
                            .dog = {.fd = -1},
                            .machine = {.script = &ask->plan->script},
                            .guard = {.limits = &ask->bench->limits},
                            .powered_us = INT64_MAX,
                            .due_us = INT64_MAX,
                            .unlike_us = LINK_UNKNOWN};
    struct run_lock lock = {.file = -1};
    int bad = ask->locked ? 0 : run_lock(&lock, ask->bench, ask->file, err);

    memset(out, 0, sizeof *out);
    out->job_begun_us = -1;
    out->job_size = LINK_UNKNOWN;
    out->begun_us = engine.guard.begun_us = lines_now_us();
    if (bad)
        return bad;
    run_record_state(out, RUN_OFF, out->begun_us);
    bad = begin(&engine, err);
    if (!bad && !out->unsafe)
        service_ready(ask->file);
    while (!bad && engine.machine.state != RUN_SAFE) {
        service_alive(lines_now_us());
        hear(&engine);
        step(&engine);
    }
    if (!bad)
        finish(&engine);
    run_dog_close(&engine.dog, !out->unsafe);
    host_close(engine.host);
    link_close(engine.link);
    lines_close(engine.lines);
    run_unlock(&lock);
    return bad;
}
