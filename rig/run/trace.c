// What a rig knows of a run, told as it happens.
// SPDX-License-Identifier: MIT
#include "rig/run/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/version.h"
#include "core/lab/trace/curve.h"
#include "core/lab/trace/writer.h"
#include "rig/run/internal.h"

static const int64_t flush_us = PLR_US_PER_S;

struct run_trace {
    struct lab_trace_writer to;
    uint64_t lost; ///< of its blocks, those that were told of
    const struct bench *bench;
    int64_t begun_us;
    bool begun;
    // what was told already
    int times;
    size_t edges;
    uint32_t levels;
    uint32_t power;
    bool powered;
    int phase;
    int64_t events, flushed_us, status_us, proved_us;
    int64_t event_us, power_us, levels_us, note_us; ///< of the newest of these
    int32_t layer;
    struct lab_trace_motion last;
    bool moved;
    struct lab_trace_curve curve[LAB_TRACE_HEATS];
    int32_t target_mc[LAB_TRACE_HEATS];
    struct gauge_readings readings;
};

// --- beginning ----------------------------------------------------------------------------------------------------

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%.*s", (int)room - 1, from);
}
#define COPY(to, from) copy(to, sizeof(to), from)

static void fill_meta(const struct lab_input *input, struct lab_trace_meta *meta)
{
    const struct lab_printer *p = &input->scenario.printer;
    bool far_corner = p->kinematics == LAB_COREXY;
    char cut[LAB_ID_CUTS][LAB_CUT_BYTES], id[LAB_ID_BYTES];

    memcpy(cut, input->cut, sizeof cut);
    meta->source = LAB_TRACE_RIG;
    if (!lab_input_id(input, input->scenario.seed, cut, input->cuts, id))
        COPY(meta->id, id);
    COPY(meta->scenario, input->stem);
    COPY(meta->about, input->scenario.about);
    COPY(meta->printer, p->name);
    COPY(meta->job, input->job.name);
    COPY(meta->material, input->material->name);
    COPY(meta->program, "plr-rig " LAB_VERSION);
    memcpy(meta->post_nm, p->anchor_nm, sizeof meta->post_nm);
    meta->z_motors = p->z_motors;
    meta->z_drive = (int64_t)p->z_drive;
    memcpy(meta->travel_nm, p->travel_nm, sizeof meta->travel_nm);
    for (int i = 0; i < 2; i++)
        meta->xy_endstop_nm[i] = far_corner ? p->travel_nm[i] : 0;
    meta->z_endstop_nm =
        p->z_plus.kind == LAB_SWITCH_NONE ? LAB_TRACE_UNKNOWN : input->scenario.plr.z_position_nm;
    meta->xy_step_nm = p->xy_microstep_nm;
    meta->z_step_nm = p->z_microstep_nm;
    meta->core_xy = p->kinematics == LAB_COREXY;
}

/// Relays first, then inputs: the lines' numbers.
static void put_lines(struct run_trace *t)
{
    const struct bench *b = t->bench;
    struct lab_trace_line line = {.role = LAB_TRACE_RELAY};

    _Static_assert(BENCH_RELAYS + BENCH_SENSES <= LAB_TRACE_LINES_MAX, "all lines have a number");
    for (int32_t i = 0; i < b->relays; i++) {
        COPY(line.name, b->relay[i].name);
        lab_trace_put_line(&t->to, &line);
    }
    for (int32_t i = 0; i < b->senses; i++) {
        line.role = b->sense[i].kind == BENCH_Z_PLUS ? LAB_TRACE_ENDSTOP : LAB_TRACE_INPUT;
        COPY(line.name, b->sense[i].name);
        lab_trace_put_line(&t->to, &line);
    }
}

static void put_names(struct run_trace *t)
{
    static const char *const events[] = {[LAB_TRACE_EVENT_LAYER] = "layer",
                                         [LAB_TRACE_EVENT_SUPPLY] = "supply",
                                         [LAB_TRACE_EVENT_JOB] = "job"};

    for (int i = 0; i < RUN_STATES; i++)
        lab_trace_put_name(&t->to, LAB_TRACE_STATE, i, run_state_name((enum run_state)i));
    for (int i = 0; i < PLR_PHASES && t->bench->dut == BENCH_DUT_CORE; i++)
        lab_trace_put_name(&t->to, LAB_TRACE_PHASE, i, plr_phase_name((enum plr_phase)i));
    for (int i = 0; i <= LAB_TRACE_EVENT_JOB; i++)
        if (events[i])
            lab_trace_put_name(&t->to, LAB_TRACE_EVENT, i, events[i]);
}

struct run_trace *run_trace_open(const struct bench *bench, const struct lab_input *input,
                                 int (*put)(void *ctx, const void *bytes, size_t size), void *ctx)
{
    struct run_trace *t = calloc(1, sizeof *t);
    struct lab_trace_meta *meta = calloc(1, sizeof *meta);

    if (t && meta) {
        t->bench = bench;
        t->phase = t->layer = -1;
        t->status_us = t->proved_us = INT64_MIN;
        for (int i = 0; i < LAB_TRACE_HEATS; i++)
            t->target_mc[i] = LINK_NO_TEMPERATURE;
        fill_meta(input, meta);
        COPY(meta->dut, bench->dut == BENCH_DUT_CORE ? "core" : "printer");
        lab_trace_begin(&t->to, put, ctx);
        lab_trace_put_meta(&t->to, meta);
        put_lines(t);
        put_names(t);
    } else {
        free(t);
        t = NULL;
    }
    free(meta);
    return t;
}

void run_trace_close(struct run_trace *trace)
{
    free(trace);
}

// --- what the bench knows -------------------------------------------------------------------------------------------

/// Edges come with the kernel's times, everything else with ours: what is told late counts as of the newest that was told.
static int64_t not_before(int64_t *newest_us, int64_t t_us)
{
    *newest_us = t_us > *newest_us ? t_us : *newest_us;
    return *newest_us;
}

static void put_note(struct run_trace *t, int64_t t_us, const char *words)
{
    lab_trace_put_note(&t->to, not_before(&t->note_us, t_us), words);
}

static void put_event(struct run_trace *t, int64_t t_us, enum lab_trace_event_kind kind, int64_t a,
                      int64_t b)
{
    lab_trace_put_event(&t->to, &(struct lab_trace_event){.t_us = not_before(&t->event_us, t_us),
                                                          .number = t->events++,
                                                          .kind = (int32_t)kind,
                                                          .a = a,
                                                          .b = b});
}

static bool level(const struct run_trace *t, int32_t line)
{
    return t->levels >> line & 1u;
}

/// Has a domain power, by what shows it best: the read-backs of its relays, else their lines, and its own senses? *known: something shows it.
/// BENCH_DOMAINS: all relays.
static bool has_power(const struct run_trace *t, enum bench_domain domain, bool *known)
{
    const struct bench *b = t->bench;
    bool all = true;

    *known = false;
    for (int32_t i = 0; i < b->relays; i++) {
        int32_t sense = b->relay[i].sense;
        if (domain != BENCH_DOMAINS && b->relay[i].domain != domain)
            continue;
        all = all && level(t, sense == BENCH_NONE ? i : b->relays + sense);
        *known = true;
    }
    for (int32_t i = 0; i < b->senses; i++) {
        if (b->sense[i].kind != BENCH_POWER || b->sense[i].domain != domain)
            continue;
        all = all && level(t, b->relays + i);
        *known = true;
    }
    return all && *known;
}

/// What a bench neither switches nor senses hangs on what stands in front of it: 24 V on the mains, the controller on the 24 V. (A bench
/// without mains has them as long as all its relays are on.)
static uint32_t power_bits(const struct run_trace *t)
{
    bool known, all = has_power(t, BENCH_DOMAINS, &known);
    bool mains = has_power(t, BENCH_MAINS, &known);

    mains = known ? mains : all;
    bool rail = has_power(t, BENCH_24V, &known);
    rail = mains && (rail || !known);
    bool logic = has_power(t, BENCH_LOGIC, &known);
    logic = known ? logic : rail;
    return (mains ? LAB_TRACE_MAINS : 0u) | (rail ? LAB_TRACE_RAIL : 0u) |
           (logic ? LAB_TRACE_LOGIC : 0u);
}

/// `lives`: the printer's firmware answers.
static void look_power(struct run_trace *t, int64_t t_us, bool lives)
{
    uint32_t bits = power_bits(t), supply = LAB_TRACE_MAINS | LAB_TRACE_RAIL;
    bool on = (bits & supply) == supply, was = (t->power & supply) == supply;

    bits |= bits & LAB_TRACE_LOGIC && lives ? LAB_TRACE_ALIVE : 0u;
    if (t->powered && bits == t->power)
        return;
    if (t->powered && on != was)
        put_event(t, t_us, LAB_TRACE_EVENT_SUPPLY, on ? 2 : 1, 0);
    lab_trace_put_power(
        &t->to, &(struct lab_trace_power){.t_us = not_before(&t->power_us, t_us), .bits = bits});
    t->power = bits;
    t->powered = true;
}

/// What the file had no room for is said, and what else would stay as it was before is said again.
static void look_gap(struct run_trace *t, int64_t t_us)
{
    char words[80];

    if (t->to.lost == t->lost)
        return;
    snprintf(words, sizeof words, "gap: %llu blocks of this trace are lost so far: a slow disk",
             (unsigned long long)t->to.lost); // this note may be lost, too
    t->lost = t->to.lost;
    put_note(t, t_us, words);
    lab_trace_put_levels(&t->to,
                         &(struct lab_trace_levels){not_before(&t->levels_us, t_us), t->levels});
    lab_trace_put_power(&t->to, &(struct lab_trace_power){.t_us = not_before(&t->power_us, t_us),
                                                          .bits = t->power});
    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        t->target_mc[i] = LINK_NO_TEMPERATURE;
    t->phase = -1;
}

static void look_edges(struct run_trace *t, const struct engine *engine)
{
    const struct run_record *record = engine->record;

    for (; t->edges < record->edges; t->edges++) {
        const struct lines_edge *edge = &record->edge[t->edges];
        int32_t line = edge->relay ? edge->index : t->bench->relays + edge->index;
        int64_t t_us = edge->at_us - t->begun_us;
        t->levels = edge->on ? t->levels | 1u << line : t->levels & ~(1u << line);
        lab_trace_put_levels(
            &t->to, &(struct lab_trace_levels){not_before(&t->levels_us, t_us), t->levels});
        look_power(t, t_us, t->power & LAB_TRACE_ALIVE);
    }
}

static void look_states(struct run_trace *t, const struct engine *engine)
{
    const struct run_record *record = engine->record;

    for (; t->times < record->times; t->times++) {
        const struct run_time *time = &record->time[t->times];
        int64_t t_us = time->at_us - t->begun_us;
        lab_trace_put_phase(&t->to,
                            &(struct lab_trace_phase){t_us, LAB_TRACE_STATE, (int64_t)time->state});
        if (time->state ==
            RUN_PRINTING) // for the first time it is told to print, later it prints again
            put_event(t, t_us, LAB_TRACE_EVENT_JOB, record->cuts ? 3 : 1, 0);
        if (time->state == RUN_MEASURING)
            put_event(t, t_us, LAB_TRACE_EVENT_JOB, 2, 0);
    }
}

static void look_gauges(struct run_trace *t, const struct engine *engine, int64_t t_us)
{
    const struct gauge_readings *now = &engine->record->readings;
    char words[LAB_TRACE_TEXT];

    for (int32_t i = 0; i < t->bench->gauges; i++) {
        const char *name = t->bench->gauge[i].name;
        if (now->before_known[i] && !t->readings.before_known[i]) {
            snprintf(words, sizeof words, "gauge %s before the print: %lld nm", name,
                     (long long)now->before_nm[i]);
            put_note(t, t_us, words);
        }
        if (now->after_known[i] && !t->readings.after_known[i]) {
            snprintf(words, sizeof words, "gauge %s behind it: %lld nm", name,
                     (long long)now->after_nm[i]);
            put_note(t, t_us, words);
        }
    }
    t->readings = *now;
}

// --- what the printer tells -----------------------------------------------------------------------------------------

/// From where it was at the status before straight to where it is now. What happened in between nobody tells.
static void look_place(struct run_trace *t, const struct link_status *status, int64_t t_us)
{
    struct lab_trace_motion m = {.kind = LAB_TRACE_STRAIGHT};

    for (int i = 0; i < 3; i++)
        if (status->at_nm[i] == LINK_UNKNOWN || llabs(status->at_nm[i]) > LAB_TRACE_PLACE_LIMIT_NM)
            return;
    memcpy(m.to_nm, status->at_nm, sizeof m.to_nm);
    if (m.to_nm[3] == LINK_UNKNOWN)
        m.to_nm[3] = t->last.to_nm[3];
    if (t->moved && !memcmp(m.to_nm, t->last.to_nm, sizeof m.to_nm))
        return;
    int64_t before_us = t->status_us - t->begun_us;
    bool straight = t->moved && t->status_us != INT64_MIN && before_us < t_us;
    m.t_us = straight ? before_us : t_us;
    m.duration_us = t_us - m.t_us;
    m.kind = straight ? LAB_TRACE_STRAIGHT : LAB_TRACE_JUMP;
    memcpy(m.from_nm, straight ? t->last.to_nm : m.to_nm, sizeof m.from_nm);
    lab_trace_put_motion(&t->to, &m, NULL);
    t->last = m;
    t->moved = true;
}

static void look_heat(struct run_trace *t, const struct link_status *status, int64_t t_us)
{
    const struct link_heater *const heater[LAB_TRACE_HEATS] = {[LAB_TRACE_NOZZLE] = &status->nozzle,
                                                               [LAB_TRACE_BED] = &status->bed,
                                                               [LAB_TRACE_CHAMBER] =
                                                                   &status->chamber};
    struct lab_trace_temperature bend;

    for (int i = 0; i < LAB_TRACE_HEATS; i++) {
        enum lab_trace_heat heat = (enum lab_trace_heat)i;
        if (heater[i]->now_mc != LINK_NO_TEMPERATURE &&
            lab_trace_curve_look(&t->curve[i], t_us, heater[i]->now_mc, LAB_TRACE_HEAT_MC, &bend))
            lab_trace_put_temperature(&t->to, heat, &bend);
        if (heater[i]->target_mc == LINK_NO_TEMPERATURE || heater[i]->target_mc == t->target_mc[i])
            continue;
        t->target_mc[i] = heater[i]->target_mc;
        lab_trace_put_target(&t->to, &(struct lab_trace_target){t_us, heat, heater[i]->target_mc});
    }
}

static void look_layer(struct run_trace *t, const struct link_status *status, int64_t t_us)
{
    if (status->layer < 0 || status->layer == t->layer || status->state != LINK_PRINTING)
        return;
    t->layer = status->layer;
    put_event(t, t_us, LAB_TRACE_EVENT_LAYER, status->layer,
              status->at_nm[2] == LINK_UNKNOWN || llabs(status->at_nm[2]) > LAB_TRACE_PLACE_LIMIT_NM
                  ? 0
                  : status->at_nm[2]);
}

static void look_proved(struct run_trace *t, const struct engine *engine)
{
    struct lab_trace_place place = {.file_at = LAB_TRACE_UNKNOWN};
    int64_t at_us = link_confirmed(engine->link, place.at_nm, &place.file_at);

    if (at_us == LINK_UNKNOWN || at_us <= t->proved_us || at_us < t->begun_us)
        return;
    t->proved_us = at_us;
    for (int i = 0; i < 4; i++)
        if (place.at_nm[i] == LINK_UNKNOWN)
            return;
    place.t_us = at_us - t->begun_us;
    lab_trace_put_place(&t->to, &place);
}

static void look_link(struct run_trace *t, const struct engine *engine)
{
    const struct link_status *status = link_status(engine->link);

    look_power(t, engine->facts.now_us - t->begun_us, engine->facts.link != LINK_LOST);
    if (status->at_us > t->status_us && status->at_us >= t->begun_us &&
        engine->facts.link != LINK_LOST) {
        int64_t t_us = status->at_us - t->begun_us;
        look_place(t, status, t_us);
        look_heat(t, status, t_us);
        look_layer(t, status, t_us);
        t->status_us = status->at_us;
    }
    look_proved(t, engine);
}

static void look_core(struct run_trace *t, const struct engine *engine)
{
    int phase = engine->host ? (int)host_result(engine->host)->phase : -1;

    if (phase < 0 || phase == t->phase)
        return;
    t->phase = phase;
    lab_trace_put_phase(&t->to, &(struct lab_trace_phase){engine->facts.now_us - t->begun_us,
                                                          LAB_TRACE_PHASE, phase});
}

// --- the loop's -----------------------------------------------------------------------------------------------------

void run_trace_look(struct run_trace *t, const struct engine *engine)
{
    if (!t)
        return;
    if (!t->begun) {
        t->begun_us = engine->record->begun_us;
        lab_trace_put_levels(&t->to, &(struct lab_trace_levels){0, 0}); // everything was found off
        t->begun = true;
    }
    int64_t t_us = engine->facts.now_us - t->begun_us;
    look_gap(t, t_us);
    look_edges(t, engine);
    look_states(t, engine);
    look_link(t, engine);
    look_core(t, engine);
    look_gauges(t, engine, t_us);
    if (t_us - t->flushed_us < flush_us)
        return;
    t->flushed_us = t_us;
    (void)lab_trace_flush(&t->to); // its error is kept, and told at the end
}

void run_trace_note(struct run_trace *t, int64_t at_us, const char *words)
{
    if (t)
        put_note(t, at_us, words);
}

// --- the end ----------------------------------------------------------------------------------------------------------

static void put_cuts(struct run_trace *t, const struct lab_report *report)
{
    for (size_t i = 0; i < report->cuts; i++) {
        const struct lab_report_cut *from = &report->cut[i];
        const struct lab_truth_cut *truth = &from->truth;
        const struct lab_trace_cut cut = {.mains_us = truth->mains_us,
                                          .detected_us = truth->detected_us,
                                          .stopped_us = truth->stopped_us,
                                          .drivers_us = truth->drivers_us,
                                          .logic_us = truth->logic_us,
                                          .back_us = truth->back_us,
                                          .first_extrusion_us = truth->first_extrusion_us,
                                          .event = -1,
                                          .layer = from->layer,
                                          .line = from->line,
                                          .offset = from->file_offset,
                                          .deposit = -1,
                                          .cut_at_nm = -1,
                                          .resumed_at_nm = -1};
        lab_trace_put_cut(&t->to, &cut);
    }
}

static void put_measures(struct run_trace *t, const struct lab_verdict *verdict)
{
    for (int i = 0; i < LAB_MEASURES; i++) {
        const struct lab_measure_info *info = lab_measure_info((enum lab_measure)i);
        const struct lab_measured *m = &verdict->measure[i];
        struct lab_trace_measure out = {.known = m->known,
                                        .limited = m->limited,
                                        .warned = m->warned,
                                        .value = m->value,
                                        .min = m->min,
                                        .max = m->max,
                                        .p95 = m->p95,
                                        .limit = m->limit,
                                        .warn = m->warn};
        COPY(out.key, info->key);
        COPY(out.unit, info->unit);
        COPY(out.outcome, lab_outcome_name(m->outcome));
        lab_trace_put_measure(&t->to, &out);
    }
}

int run_trace_end(struct run_trace *t, const struct run_record *record,
                  const struct lab_report *report)
{
    const struct lab_verdict *verdict = report->verdict;
    struct lab_trace_verdict out = {.known = true};
    struct lab_trace_temperature last;

    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        if (lab_trace_curve_keep(&t->curve[i], &last))
            lab_trace_put_temperature(&t->to, (enum lab_trace_heat)i, &last);
    put_cuts(t, report);
    put_measures(t, verdict);
    COPY(out.outcome, lab_outcome_name(verdict->outcome));
    COPY(out.result, record->judged ? lab_result_name(verdict->result) : "unknown");
    COPY(out.reason, record->reason);
    COPY(out.why, verdict->why);
    lab_trace_put_verdict(&t->to, &out);
    return lab_trace_end(&t->to, record->end_us - record->begun_us);
}

uint64_t run_trace_lost(const struct run_trace *t)
{
    return t ? t->to.lost : 0;
}
