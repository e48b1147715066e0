// Bytes into a trace. Every byte is somebody else's: nothing is believed that was not looked at.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "core/lab/trace/format.h"
#include "core/lab/trace/model.h"
#include "core/lab/trace/writer.h"
#include "core/plr/journal/journal.h"

static const int64_t speed_limit_um_s = (int64_t)1 << 23;
static const int64_t write_limit = (int64_t)1
                                   << 24; // bytes of a write: thousands of them are added up

/// A block being read.
struct cursor {
    const uint8_t *at, *end;
    struct lab_trace *trace;
    struct lab_trace_context last;
    int64_t lag_us;  ///< how far motions go
    const char *bad; ///< what is wrong, NULL nothing
    int status;
};

static void spoil(struct cursor *c, const char *what)
{
    if (!c->bad)
        c->bad = what;
    c->status = LAB_EINVAL;
    c->at = c->end;
}

static uint8_t byte(struct cursor *c)
{
    if (c->at < c->end)
        return *c->at++;
    spoil(c, "a record ends in its midst");
    return 0;
}

static uint64_t word(struct cursor *c)
{
    uint64_t value = 0;

    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t next = byte(c);
        if (shift == 63 && next > 1)
            break;
        value |= (uint64_t)(next & 127) << shift;
        if (!(next & 128))
            return value;
    }
    spoil(c, "a number has too many bytes");
    return 0;
}

static int64_t number(struct cursor *c)
{
    return trace_unzigzag(word(c));
}

/// A small number that must be less than `limit`.
static uint64_t choice(struct cursor *c, uint64_t limit, const char *what)
{
    uint64_t value = word(c);

    if (value < limit)
        return value;
    spoil(c, what);
    return 0;
}

static int64_t step(struct cursor *c, int64_t *last)
{
    *last = trace_plus(*last, number(c));
    return *last;
}

static int64_t bounded(struct cursor *c, int64_t value, int64_t limit, const char *what)
{
    if (value >= -limit && value <= limit)
        return value;
    spoil(c, what);
    return 0;
}

static int64_t length(struct cursor *c, int64_t value_nm)
{
    return bounded(c, value_nm, TRACE_LENGTH_LIMIT_NM, "a length is beyond four kilometres");
}

static int64_t place(struct cursor *c, int64_t value_nm)
{
    return bounded(c, value_nm, LAB_TRACE_PLACE_LIMIT_NM, "a place is beyond 17 metres");
}

static int64_t counted(struct cursor *c)
{
    return bounded(c, number(c), TRACE_NUMBER_LIMIT, "a number is too large");
}

static int64_t speed(struct cursor *c, int64_t value_um_s)
{
    return bounded(c, value_um_s, speed_limit_um_s, "a speed is beyond eight metres a second");
}

static int64_t instant(struct cursor *c, int64_t t_us)
{
    return bounded(c, t_us, TRACE_TIME_LIMIT_US, "a time is beyond nine years");
}

static int64_t span(struct cursor *c)
{
    uint64_t value = word(c);

    if (value <= (uint64_t)TRACE_SPAN_LIMIT_US)
        return (int64_t)value;
    spoil(c, "something lasts longer than three days");
    return 0;
}

static int64_t when(struct cursor *c)
{
    return instant(c, step(c, &c->last.t_us));
}

static void text(struct cursor *c, char *to, size_t room)
{
    uint64_t size = word(c);

    to[0] = '\0';
    if (size >= room || size > (uint64_t)(c->end - c->at)) {
        spoil(c, "a text is too long");
        return;
    }
    if (memchr(c->at, 0, (size_t)size)) {
        spoil(c, "a text holds a zero byte");
        return;
    }
    memcpy(to, c->at, (size_t)size);
    to[size] = '\0';
    c->at += size;
}

static void steps(struct cursor *c, int64_t *last, int64_t *out, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = step(c, &last[i]);
}

/// What arrays hold is in the order of time: is this no earlier than the one before?
static bool in_order(struct cursor *c, const void *first, size_t count, size_t stride, int64_t t_us)
{
    int64_t before;

    if (!c->bad && count) {
        memcpy(&before, (const char *)first + (count - 1) * stride, sizeof before);
        if (t_us < before)
            spoil(c, "a record is earlier than the one of its kind before it");
    }
    if (!c->bad && t_us > c->trace->end_us)
        c->trace->end_us = t_us;
    return !c->bad;
}

#define APPEND(array, count, room, thing)                           \
    do {                                                            \
        if (in_order(c, array, count, sizeof(thing), (thing).t_us)) \
            c->status = TRACE_ADD(array, count, room, thing);       \
    } while (0)

// --- machine and run ---------------------------------------------------------------------------------------------

static const struct trace_field *field(const char *key)
{
    for (size_t i = 0; i < trace_field_count; i++)
        if (!strcmp(trace_fields[i].key, key))
            return &trace_fields[i];
    return NULL;
}

static void read_text(struct cursor *c)
{
    char key[LAB_TRACE_KEY], words[1024];

    text(c, key, sizeof key);
    text(c, words, sizeof words);
    const struct trace_field *f = field(key);
    if (!f || !f->room || c->bad)
        return; // of a later version
    if (strlen(words) >= f->room)
        spoil(c, "a text is too long");
    else
        memcpy((char *)&c->trace->meta + f->offset, words, strlen(words) + 1);
}

static void read_number(struct cursor *c)
{
    char key[LAB_TRACE_KEY];

    text(c, key, sizeof key);
    int64_t value = number(c);
    const struct trace_field *f = field(key);
    if (c->bad)
        return;
    if (!strcmp(key, "source") && (value == LAB_TRACE_SIM || value == LAB_TRACE_RIG))
        c->trace->meta.source = (enum lab_trace_source)value;
    if (!f || f->room)
        return;
    if ((value < f->min || value > f->max) && !(value == LAB_TRACE_UNKNOWN && f->unknown))
        spoil(c, "a number of the machine is none that it can be");
    memcpy((char *)&c->trace->meta + f->offset, &value, sizeof value);
}

static void read_line(struct cursor *c)
{
    struct lab_trace_line line = {0};

    line.role = (enum lab_trace_line_role)choice(c, LAB_TRACE_INPUT + 1, "a line has no such role");
    text(c, line.name, sizeof line.name);
    if (c->trace->lines == LAB_TRACE_LINES_MAX)
        spoil(c, "there are more than 32 lines");
    if (!c->bad)
        c->trace->line[c->trace->lines++] = line;
}

static void read_name(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_name name = {0};

    name.domain = (enum lab_trace_domain)choice(c, LAB_TRACE_DOMAINS, "a name is of no such kind");
    name.value = number(c);
    text(c, name.text, sizeof name.text);
    if (!c->bad)
        c->status = TRACE_ADD(t->name, t->names, t->name_room, name);
}

// --- what happened -------------------------------------------------------------------------------------------------

static void read_event(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_event event = {.t_us = when(c)};
    int64_t payload[4];

    event.kind = (int32_t)choice(c, LAB_TRACE_EVENT_KINDS, "an event is of no such kind");
    event.number = trace_plus(trace_plus(c->last.event, 1), number(c));
    c->last.event = event.number;
    steps(c, c->last.payload[event.kind], payload, 4);
    event.a = payload[0];
    event.b = payload[1];
    event.c = payload[2];
    event.d = payload[3];
    APPEND(t->event, t->events, t->event_room, event);
    if (event.kind != LAB_TRACE_EVENT_LAYER || c->bad || c->status)
        return;
    const struct lab_trace_layer layer = {event.t_us, event.a, place(c, event.b), 0};
    APPEND(t->layer, t->layers, t->layer_room, layer);
}

static void read_power(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_power power = {.t_us = when(c)};

    power.bits = (uint32_t)choice(c, UINT64_C(1) << 32, "there are no such power bits");
    power.motors = (uint32_t)choice(c, UINT64_C(1) << 32, "there are no such motors");
    APPEND(t->power, t->powers, t->power_room, power);
}

static void read_phase(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_phase phase = {.t_us = when(c)};

    phase.domain = (enum lab_trace_domain)choice(c, LAB_TRACE_EVENT, "a phase is of no such kind");
    phase.value = number(c);
    APPEND(t->phase, t->phases, t->phase_room, phase);
}

static void read_truth(struct cursor *c, struct lab_trace_motion *m, uint64_t flags)
{
    m->true_known = true;
    if (!(flags & MOTION_TRUE_FROM))
        for (int i = 0; i < 3; i++)
            (void)step(c, &c->last.off_nm[i]);
    for (int i = 0; i < 3; i++)
        m->true_from_nm[i] = place(c, trace_plus(m->from_nm[i], c->last.off_nm[i]));
    for (int i = 0; i < 3; i++)
        m->true_to_nm[i] = place(c, trace_plus(m->to_nm[i], step(c, &c->last.off_nm[i])));
}

static void read_laid(struct cursor *c, const struct lab_trace_motion *m, uint64_t flags)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_deposit laid = {.t_us = m->t_us, .duration_us = m->duration_us};
    const int64_t *from = m->true_known ? m->true_from_nm : m->from_nm;
    const int64_t *to = m->true_known ? m->true_to_nm : m->to_nm;

    laid.e_nm = length(c, trace_plus(m->to_nm[3] - m->from_nm[3], number(c)));
    laid.deficit_nm = length(c, number(c));
    laid.motion = (int64_t)t->motions;
    for (int i = 0; i < 3; i++)
        laid.from_nm[i] = flags & MOTION_PART
                              ? place(c, trace_plus(from[i], step(c, &c->last.part_nm[i])))
                              : from[i];
    for (int i = 0; i < 3; i++)
        laid.to_nm[i] =
            flags & MOTION_PART ? place(c, trace_plus(to[i], step(c, &c->last.part_nm[i]))) : to[i];
    APPEND(t->deposit, t->deposits, t->deposit_room, laid);
}

static void read_profile(struct cursor *c, struct lab_trace_motion *m, uint64_t flags)
{
    m->duration_us = span(c);
    m->up_us = span(c);
    m->down_us = span(c);
    if (m->up_us + m->down_us > m->duration_us)
        spoil(c, "a motion speeds up and slows down longer than it lasts");
    m->v0_um_s = speed(c, flags & MOTION_SPEED ? c->last.v1_um_s : number(c));
    m->cruise_um_s = speed(c, flags & MOTION_CRUISE ? c->last.cruise_um_s : number(c));
    m->v1_um_s = speed(c, number(c));
    if (m->v0_um_s < 0 || m->cruise_um_s < 0 || m->v1_um_s < 0)
        spoil(c, "a speed is negative");
    c->last.cruise_um_s = m->cruise_um_s;
    c->last.v1_um_s = m->v1_um_s;
}

static void read_motion(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_motion m = {0};
    struct lab_trace_context *last = &c->last;
    uint64_t flags = choice(c, MOTION_FLAGS, "a motion has flags of a later version");

    m.kind = (enum lab_trace_motion_kind)(flags & MOTION_KIND);
    if (m.kind >= LAB_TRACE_MOTIONS)
        spoil(c, "a motion is of no such kind");
    m.t_us = instant(c, flags & MOTION_BEGINS ? last->end_us : trace_plus(last->end_us, number(c)));
    read_profile(c, &m, flags);
    if (!(flags & MOTION_FROM))
        for (int i = 0; i < 4; i++)
            (void)step(c, &last->to_nm[i]);
    for (int i = 0; i < 4; i++)
        m.from_nm[i] = i < 3 ? place(c, last->to_nm[i]) : length(c, last->to_nm[i]);
    if (flags & MOTION_EVENT)
        memcpy(last->to_nm, last->payload[LAB_TRACE_EVENT_MOVE], 3 * sizeof last->to_nm[0]);
    for (int i = flags & MOTION_EVENT ? 3 : 0; i < 4; i++)
        (void)step(c, &last->to_nm[i]);
    for (int i = 0; i < 4; i++)
        m.to_nm[i] = i < 3 ? place(c, last->to_nm[i]) : length(c, last->to_nm[i]);
    if (flags & MOTION_TRUE)
        read_truth(c, &m, flags);
    if ((flags & MOTION_LAID) && !c->bad)
        read_laid(c, &m, flags);
    last->end_us = last->t_us = instant(c, trace_plus(m.t_us, m.duration_us));
    APPEND(t->motion, t->motions, t->motion_room, m);
    if (!c->bad && last->end_us > t->end_us)
        t->end_us = last->end_us;
}

static void read_corners(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_corners corners = {.t_us = when(c)};

    corners.duration_us = span(c);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++)
        corners.believed_nm[i] = place(c, step(c, &c->last.believed_nm[i]));
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        corners.true_nm[i] = trace_plus(corners.believed_nm[i], step(c, &c->last.lag_nm[i]));
        if (corners.true_nm[i] != LAB_TRACE_UNKNOWN)
            (void)place(c, corners.true_nm[i]);
    }
    APPEND(t->corners, t->corner_count, t->corners_room, corners);
}

static void read_heat(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_temperature point = {.t_us = when(c)};
    uint64_t heat = choice(c, LAB_TRACE_HEATS, "there is no such sensor");

    point.mc = length(c, step(c, &c->last.heat_mc[heat]));
    APPEND(t->heat[heat], t->heats[heat], t->heat_room[heat], point);
}

static void read_target(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_target target = {.t_us = when(c)};

    target.heat = (enum lab_trace_heat)choice(c, LAB_TRACE_HEATS, "there is no such heater");
    target.mc = length(c, number(c));
    APPEND(t->target, t->targets, t->target_room, target);
}

static void read_levels(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_levels levels = {.t_us = when(c)};

    levels.bits =
        (uint32_t)choice(c, UINT64_C(1) << 32, "there are no such lines") ^ c->last.levels;
    c->last.levels = levels.bits;
    APPEND(t->levels, t->level_count, t->levels_room, levels);
}

static void read_nv(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_nv nv = {.t_us = when(c)};

    nv.duration_us = span(c);
    nv.block = length(c, number(c));
    nv.offset = length(c, number(c));
    nv.size = bounded(c, number(c), write_limit, "a write is of more than 16 MiB");
    if (nv.size < 0)
        spoil(c, "a write is of less than nothing");
    nv.end =
        (enum lab_trace_nv_end)choice(c, LAB_TRACE_NV_GIVEN_UP + 1, "a write can have no such end");
    APPEND(t->nv, t->nvs, t->nv_room, nv);
}

static void read_place(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_place place = {.t_us = when(c)};

    for (int i = 0; i < 4; i++)
        place.at_nm[i] = length(c, step(c, &c->last.place_nm[i]));
    place.file_at = step(c, &c->last.file_at);
    APPEND(t->place, t->places, t->place_room, place);
}

static void read_note(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_note note = {.t_us = when(c)};

    text(c, note.text, sizeof note.text);
    APPEND(t->note, t->notes, t->note_room, note);
}

// --- what was made of it ---------------------------------------------------------------------------------------------

static void check_cut(struct cursor *c, const struct lab_trace_cut *cut, const int64_t *fields,
                      size_t count)
{
    const int64_t instants[] = {cut->mains_us,          cut->detected_us, cut->stopped_us,
                                cut->drivers_us,        cut->logic_us,    cut->back_us,
                                cut->first_extrusion_us};

    for (size_t i = 0; i < count; i++)
        (void)bounded(c, fields[i], TRACE_NUMBER_LIMIT, "a number of a cut is too large");
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        (void)instant(c, instants[i]);
    for (int i = 0; i < 3; i++)
        (void)place(c, cut->stop_nm[i]);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        (void)place(c, cut->before_nm[i]);
        (void)place(c, cut->after_nm[i]);
    }
}

static void read_cut(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_cut cut = {0};
    int64_t fields[sizeof cut / sizeof(int64_t)] = {0};
    uint64_t count = word(c);

    for (uint64_t i = 0; i < count && !c->bad; i++) { // more are of a later version
        int64_t value = number(c);
        if (i < sizeof fields / sizeof *fields)
            fields[i] = value;
    }
    memcpy(&cut, fields, sizeof cut);
    check_cut(c, &cut, fields, sizeof fields / sizeof *fields);
    if (!c->bad && t->cuts == LAB_TRACE_CUTS_MAX)
        spoil(c, "there are more than 64 cuts");
    if (!c->bad)
        c->status = TRACE_ADD(t->cut, t->cuts, t->cut_room, cut);
}

static void read_twin(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_deposit laid = {.motion = -1};

    laid.t_us = instant(c, step(c, &c->last.lay_end_us));
    laid.duration_us = span(c);
    c->last.lay_end_us = trace_plus(laid.t_us, laid.duration_us);
    for (int i = 0; i < 3; i++)
        laid.from_nm[i] = place(c, step(c, &c->last.lay[i]));
    for (int i = 0; i < 3; i++)
        laid.to_nm[i] = place(c, step(c, &c->last.lay[i]));
    laid.e_nm = length(c, number(c));
    laid.deficit_nm = length(c, number(c));
    if (!c->bad)
        c->status = TRACE_ADD(t->twin, t->twins, t->twin_room, laid);
}

static void read_measure(struct cursor *c)
{
    struct lab_trace *t = c->trace;
    struct lab_trace_measure m = {0};

    text(c, m.key, sizeof m.key);
    text(c, m.unit, sizeof m.unit);
    text(c, m.outcome, sizeof m.outcome);
    uint64_t flags = choice(c, 8, "a measure has flags of a later version");
    m.known = flags & 1;
    m.limited = flags & 2;
    m.warned = flags & 4;
    int64_t *const number_of[6] = {&m.value, &m.min, &m.max, &m.p95, &m.limit, &m.warn};
    for (int i = 0; i < 6; i++)
        *number_of[i] = counted(c);
    if (!c->bad)
        c->status = TRACE_ADD(t->measure, t->measures, t->measure_room, m);
}

static void read_verdict(struct cursor *c)
{
    struct lab_trace_verdict *v = &c->trace->verdict;

    text(c, v->outcome, sizeof v->outcome);
    text(c, v->result, sizeof v->result);
    text(c, v->reason, sizeof v->reason);
    text(c, v->why, sizeof v->why);
    v->trace_hash = word(c);
    v->known = !c->bad;
}

static void read_end(struct cursor *c)
{
    int64_t end_us = when(c);

    if (c->bad)
        return;
    c->trace->whole = true;
    if (end_us > c->trace->end_us)
        c->trace->end_us = end_us;
}

// --- the whole -----------------------------------------------------------------------------------------------------------

static void read_record(struct cursor *c)
{
    static void (*const reader[TRACE_SKIPPED])(struct cursor *) = {
        [TRACE_TEXT] = read_text,       [TRACE_NUMBER] = read_number,
        [TRACE_LINE] = read_line,       [TRACE_NAME] = read_name,
        [TRACE_EVENT] = read_event,     [TRACE_POWER] = read_power,
        [TRACE_PHASE] = read_phase,     [TRACE_MOTION] = read_motion,
        [TRACE_CORNERS] = read_corners, [TRACE_HEAT] = read_heat,
        [TRACE_TARGET] = read_target,   [TRACE_LEVELS] = read_levels,
        [TRACE_PLACE] = read_place,     [TRACE_NV] = read_nv,
        [TRACE_NOTE] = read_note,       [TRACE_CUT] = read_cut,
        [TRACE_TWIN] = read_twin,       [TRACE_MEASURE] = read_measure,
        [TRACE_VERDICT] = read_verdict, [TRACE_END] = read_end,
    };
    uint8_t kind = byte(c);

    if (kind >= TRACE_SKIPPED) {
        uint64_t size = word(c);
        if (size > (uint64_t)(c->end - c->at))
            spoil(c, "a record ends in its midst");
        else
            c->at += size;
    } else if (reader[kind]) {
        reader[kind](c);
    } else {
        spoil(c, "there is no such kind of record");
    }
}

static uint32_t little(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

/// What is wrong with the block at `at`, of which `left` bytes are there; NULL: it is whole. Then `size` is that of its records.
static const char *block_fault(const uint8_t *at, size_t left, size_t *size)
{
    if (left < TRACE_BLOCK_HEAD)
        return "it ends in the head of a block";
    if (memcmp(at, TRACE_BLOCK_MAGIC, 4) != 0)
        return "no block begins where one should";
    *size = little(at + 4, 4);
    if (*size > TRACE_BLOCK_MAX)
        return "a block says that it is larger than blocks are";
    if (*size > left - TRACE_BLOCK_HEAD)
        return "it ends in a block";
    if (plr_crc32c(0, at + TRACE_BLOCK_HEAD, *size) != little(at + 8, 4))
        return "the checksum of a block is wrong";
    return NULL;
}

/// `behind`: bytes behind the trace's end, when that is in this block.
static int read_block(const char *name, const uint8_t *bytes, size_t size, size_t offset,
                      struct lab_trace *trace, size_t *behind, struct lab_error *err)
{
    struct cursor c = {.at = bytes, .end = bytes + size, .trace = trace};

    c.last.event = -1;
    while (c.at < c.end && !c.status && !trace->whole)
        read_record(&c);
    *behind = (size_t)(c.end - c.at);
    if (c.bad)
        lab_error_at_file(err, name, "%s, in the block at byte %zu, %td bytes into it", c.bad,
                          offset, c.at - bytes);
    else if (c.status)
        lab_error_at_file(err, name, "out of memory");
    return c.status;
}

static int check_head(const char *name, const uint8_t *at, size_t size, struct lab_error *err)
{
    if (size < TRACE_HEAD || memcmp(at, TRACE_MAGIC, 8) != 0) {
        lab_error_at_file(err, name, "this is no trace");
        return LAB_EINVAL;
    }
    uint32_t version = little(at + 8, 2);
    if (version == TRACE_VERSION)
        return 0;
    lab_error_at_file(err, name, "a trace of version %u, and this program reads version %d",
                      (unsigned)version, TRACE_VERSION);
    return LAB_EINVAL;
}

/// A twin that is not there, behind a tear or by nonsense, is none.
static void check_twin(const struct lab_trace *trace, struct lab_trace_cut *cut)
{
    int64_t twins = (int64_t)trace->twins;

    if (cut->twin_from < 0 || cut->twin_from > twins || cut->twin_count < 0 ||
        cut->twin_count > twins - cut->twin_from)
        cut->twin_from = cut->twin_count = 0;
}

int lab_trace_read(const char *name, const void *bytes, size_t size, struct lab_trace *trace,
                   struct lab_error *err)
{
    const uint8_t *at = bytes;
    size_t offset = TRACE_HEAD, behind = 0;

    memset(trace, 0, sizeof *trace);
    trace->end_us = INT64_MIN;
    int bad = check_head(name, at, size, err);
    while (!bad && offset < size && !trace->whole) {
        size_t block = 0;
        const char *fault = block_fault(at + offset, size - offset, &block);
        if (fault) {
            snprintf(trace->torn, sizeof trace->torn, "%s, %zu bytes before its end", fault,
                     size - offset);
            break;
        }
        bad = read_block(name, at + offset + TRACE_BLOCK_HEAD, block, offset, trace, &behind, err);
        offset += TRACE_BLOCK_HEAD + block;
    }
    if (!bad && trace->whole && behind + size - offset)
        snprintf(trace->torn, sizeof trace->torn, "%zu bytes behind its end",
                 behind + size - offset);
    for (size_t i = 0; i < trace->cuts; i++)
        check_twin(trace, &trace->cut[i]);
    for (size_t i = 0; i < trace->layers; i++)
        trace->layer[i].deposit =
            (size_t)(lab_trace_last(trace->deposit, trace->deposits, sizeof *trace->deposit,
                                    trace->layer[i].t_us - 1) +
                     1);
    if (!bad && !trace->whole && !trace->torn[0])
        snprintf(trace->torn, sizeof trace->torn, "who wrote it did not come to its end");
    if (trace->end_us == INT64_MIN)
        trace->end_us = trace->meta.begin_us;
    if (!bad && ((!trace->whole && trace_make_cuts(trace)) || trace_find_lost(trace))) {
        lab_error_at_file(err, name, "out of memory");
        bad = LAB_ENOMEM;
    }
    return bad;
}
