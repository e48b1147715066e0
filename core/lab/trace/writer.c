// Records into bytes, blocks into whoever keeps them.
// SPDX-License-Identifier: MIT
#include "core/lab/trace/writer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/lab/trace/format.h"
#include "core/plr/journal/journal.h"

static void little(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static void keep(struct lab_trace_writer *w, const void *bytes, size_t size)
{
    int bad = w->error ? w->error : w->put(w->ctx, bytes, size);

    if (bad == -EAGAIN)
        w->lost++;
    else
        w->error = bad;
}

/// A block tells nothing of the one before it.
static void open_block(struct lab_trace_writer *w)
{
    memset(&w->last, 0, sizeof w->last);
    w->last.event = -1;
    w->used = TRACE_BLOCK_HEAD;
}

static void close_block(struct lab_trace_writer *w)
{
    size_t size = w->used - TRACE_BLOCK_HEAD;

    if (!size)
        return;
    memcpy(w->block, TRACE_BLOCK_MAGIC, 4);
    little(w->block + 4, size, 4);
    little(w->block + 8, plr_crc32c(0, w->block + TRACE_BLOCK_HEAD, size), 4);
    keep(w, w->block, w->used);
    open_block(w);
}

// --- a record's parts ----------------------------------------------------------------------------------------

static void word(struct lab_trace_writer *w, uint64_t value)
{
    uint8_t *at = w->block + w->used;

    while (value >= 128) {
        *at++ = (uint8_t)(value | 128);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    w->used = (size_t)(at - w->block);
}

static void number(struct lab_trace_writer *w, int64_t value)
{
    word(w, trace_zigzag(value));
}

/// A number by how much it is more than another, which it then becomes.
static void step(struct lab_trace_writer *w, int64_t *last, int64_t value)
{
    number(w, trace_less(value, *last));
    *last = value;
}

static void text(struct lab_trace_writer *w, const char *words, size_t room)
{
    size_t size = strnlen(words, room - 1);

    word(w, size);
    memcpy(w->block + w->used, words, size);
    w->used += size;
}

/// Room for one more record, and its first byte.
static void begin(struct lab_trace_writer *w, enum trace_record kind)
{
    if (w->used >= LAB_TRACE_BLOCK)
        close_block(w);
    w->block[w->used++] = (uint8_t)kind;
}

/// The same for one that has a time.
static void begin_at(struct lab_trace_writer *w, enum trace_record kind, int64_t t_us)
{
    begin(w, kind);
    step(w, &w->last.t_us, t_us);
}

static void steps(struct lab_trace_writer *w, int64_t *last, const int64_t *value, int count)
{
    for (int i = 0; i < count; i++)
        step(w, &last[i], value[i]);
}

// --- records ---------------------------------------------------------------------------------------------------

void lab_trace_begin(struct lab_trace_writer *w,
                     int (*put)(void *ctx, const void *bytes, size_t size), void *ctx)
{
    uint8_t head[TRACE_HEAD] = TRACE_MAGIC;

    w->put = put;
    w->ctx = ctx;
    w->error = 0;
    w->lost = 0;
    little(head + 8, TRACE_VERSION, 2);
    little(head + 10, 0, 2);
    keep(w, head, sizeof head);
    open_block(w);
}

void lab_trace_put_meta(struct lab_trace_writer *w, const struct lab_trace_meta *meta)
{
    begin(w, TRACE_NUMBER);
    text(w, "source", LAB_TRACE_KEY);
    number(w, (int64_t)meta->source);
    for (size_t i = 0; i < trace_field_count; i++) {
        const struct trace_field *field = &trace_fields[i];
        const char *at = (const char *)meta + field->offset;
        begin(w, field->room ? TRACE_TEXT : TRACE_NUMBER);
        text(w, field->key, LAB_TRACE_KEY);
        int64_t value;
        if (field->room) {
            text(w, at, field->room);
        } else {
            memcpy(&value, at, sizeof value);
            number(w, value);
        }
    }
}

void lab_trace_put_line(struct lab_trace_writer *w, const struct lab_trace_line *line)
{
    begin(w, TRACE_LINE);
    word(w, (uint64_t)line->role);
    text(w, line->name, sizeof line->name);
}

void lab_trace_put_name(struct lab_trace_writer *w, enum lab_trace_domain domain, int64_t value,
                        const char *words)
{
    begin(w, TRACE_NAME);
    word(w, (uint64_t)domain);
    number(w, value);
    text(w, words, LAB_TRACE_KEY);
}

void lab_trace_put_event(struct lab_trace_writer *w, const struct lab_trace_event *event)
{
    const int64_t payload[4] = {event->a, event->b, event->c, event->d};

    assert(event->kind >= 0 && event->kind < LAB_TRACE_EVENT_KINDS);
    begin_at(w, TRACE_EVENT, event->t_us);
    word(w, (uint64_t)event->kind);
    number(w, trace_less(trace_less(event->number, w->last.event), 1)); // the next: 0
    w->last.event = event->number;
    steps(w, w->last.payload[event->kind], payload, 4);
}

void lab_trace_put_power(struct lab_trace_writer *w, const struct lab_trace_power *power)
{
    begin_at(w, TRACE_POWER, power->t_us);
    word(w, power->bits);
    word(w, power->motors);
}

void lab_trace_put_phase(struct lab_trace_writer *w, const struct lab_trace_phase *phase)
{
    begin_at(w, TRACE_PHASE, phase->t_us);
    word(w, (uint64_t)phase->domain);
    number(w, phase->value);
}

static bool alike(const int64_t *a, const int64_t *b, int count)
{
    for (int i = 0; i < count; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/// Places less others.
static void apart(int64_t *out, const int64_t *a, const int64_t *b, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = trace_less(a[i], b[i]);
}

static uint64_t motion_flags(const struct lab_trace_context *last, const struct lab_trace_motion *m,
                             const int64_t off_nm[3], const struct lab_trace_deposit *laid)
{
    const int64_t *said = last->payload[LAB_TRACE_EVENT_MOVE];
    uint64_t flags = (uint64_t)m->kind;

    flags |= m->t_us == last->end_us ? MOTION_BEGINS : 0;
    flags |= alike(m->from_nm, last->to_nm, 4) ? MOTION_FROM : 0;
    flags |= m->v0_um_s == last->v1_um_s ? MOTION_SPEED : 0;
    flags |= m->cruise_um_s == last->cruise_um_s ? MOTION_CRUISE : 0;
    flags |= alike(m->to_nm, said, 3) ? MOTION_EVENT : 0;
    if (m->true_known)
        flags |= MOTION_TRUE | (alike(off_nm, last->off_nm, 3) ? MOTION_TRUE_FROM : 0);
    if (laid) {
        bool plain = m->true_known && alike(laid->from_nm, m->true_from_nm, 3) &&
                     alike(laid->to_nm, m->true_to_nm, 3);
        flags |= MOTION_LAID | (plain ? 0 : MOTION_PART);
    }
    return flags;
}

/// Truth by how far it is from belief, at both ends.
static void put_truth(struct lab_trace_writer *w, const struct lab_trace_motion *m, uint64_t flags,
                      const int64_t off_nm[3])
{
    int64_t off_to[3];

    if (!(flags & MOTION_TRUE_FROM))
        steps(w, w->last.off_nm, off_nm, 3);
    apart(off_to, m->true_to_nm, m->to_nm, 3);
    steps(w, w->last.off_nm, off_to, 3);
}

static void put_laid(struct lab_trace_writer *w, const struct lab_trace_motion *m, uint64_t flags,
                     const struct lab_trace_deposit *laid)
{
    int64_t part[3];

    // of a move of filament alone, and where some of it was drawn back, what was laid is not what E says
    number(w, trace_less(laid->e_nm, trace_less(m->to_nm[3], m->from_nm[3])));
    number(w, laid->deficit_nm);
    if (!(flags & MOTION_PART))
        return;
    apart(part, laid->from_nm, m->true_known ? m->true_from_nm : m->from_nm, 3);
    steps(w, w->last.part_nm, part, 3);
    apart(part, laid->to_nm, m->true_known ? m->true_to_nm : m->to_nm, 3);
    steps(w, w->last.part_nm, part, 3);
}

void lab_trace_put_motion(struct lab_trace_writer *w, const struct lab_trace_motion *m,
                          const struct lab_trace_deposit *laid)
{
    int64_t off_nm[3] = {0};

    begin(w, TRACE_MOTION);
    if (m->true_known)
        apart(off_nm, m->true_from_nm, m->from_nm, 3);
    uint64_t flags = motion_flags(&w->last, m, off_nm, laid);
    word(w, flags);
    if (!(flags & MOTION_BEGINS))
        number(w, trace_less(m->t_us, w->last.end_us));
    word(w, (uint64_t)m->duration_us);
    word(w, (uint64_t)m->up_us);
    word(w, (uint64_t)m->down_us);
    if (!(flags & MOTION_SPEED))
        number(w, m->v0_um_s);
    if (!(flags & MOTION_CRUISE))
        number(w, m->cruise_um_s);
    number(w, m->v1_um_s);
    w->last.cruise_um_s = m->cruise_um_s;
    w->last.v1_um_s = m->v1_um_s;
    if (!(flags & MOTION_FROM))
        steps(w, w->last.to_nm, m->from_nm, 4);
    if (!(flags & MOTION_EVENT))
        steps(w, w->last.to_nm, m->to_nm, 3);
    memcpy(w->last.to_nm, m->to_nm, 3 * sizeof m->to_nm[0]);
    step(w, &w->last.to_nm[3], m->to_nm[3]);
    if (flags & MOTION_TRUE)
        put_truth(w, m, flags, off_nm);
    if (laid)
        put_laid(w, m, flags, laid);
    w->last.end_us = trace_plus(m->t_us, m->duration_us);
    w->last.t_us = w->last.end_us;
}

void lab_trace_put_corners(struct lab_trace_writer *w, const struct lab_trace_corners *corners)
{
    int64_t lag[LAB_TRACE_CORNERS];

    begin_at(w, TRACE_CORNERS, corners->t_us);
    word(w, (uint64_t)corners->duration_us);
    steps(w, w->last.believed_nm, corners->believed_nm, LAB_TRACE_CORNERS);
    apart(lag, corners->true_nm, corners->believed_nm, LAB_TRACE_CORNERS);
    steps(w, w->last.lag_nm, lag, LAB_TRACE_CORNERS);
}

void lab_trace_put_temperature(struct lab_trace_writer *w, enum lab_trace_heat heat,
                               const struct lab_trace_temperature *point)
{
    begin_at(w, TRACE_HEAT, point->t_us);
    word(w, (uint64_t)heat);
    step(w, &w->last.heat_mc[heat], point->mc);
}

void lab_trace_put_target(struct lab_trace_writer *w, const struct lab_trace_target *target)
{
    begin_at(w, TRACE_TARGET, target->t_us);
    word(w, (uint64_t)target->heat);
    number(w, target->mc);
}

void lab_trace_put_levels(struct lab_trace_writer *w, const struct lab_trace_levels *levels)
{
    begin_at(w, TRACE_LEVELS, levels->t_us);
    word(w, levels->bits ^ w->last.levels);
    w->last.levels = levels->bits;
}

void lab_trace_put_nv(struct lab_trace_writer *w, const struct lab_trace_nv *nv)
{
    begin_at(w, TRACE_NV, nv->t_us);
    word(w, (uint64_t)nv->duration_us);
    number(w, nv->block);
    number(w, nv->offset);
    number(w, nv->size);
    word(w, (uint64_t)nv->end);
}

void lab_trace_put_place(struct lab_trace_writer *w, const struct lab_trace_place *place)
{
    begin_at(w, TRACE_PLACE, place->t_us);
    steps(w, w->last.place_nm, place->at_nm, 4);
    step(w, &w->last.file_at, place->file_at);
}

void lab_trace_put_note(struct lab_trace_writer *w, int64_t t_us, const char *words)
{
    begin_at(w, TRACE_NOTE, t_us);
    text(w, words, LAB_TRACE_TEXT);
}

void lab_trace_put_cut(struct lab_trace_writer *w, const struct lab_trace_cut *cut)
{
    int64_t fields[sizeof *cut / sizeof(int64_t)];
    const size_t count = sizeof fields / sizeof *fields;

    memcpy(fields, cut, sizeof fields);
    begin(w, TRACE_CUT);
    word(w, count);
    for (size_t i = 0; i < count; i++)
        number(w, fields[i]);
}

void lab_trace_put_twin(struct lab_trace_writer *w, const struct lab_trace_deposit *deposit)
{
    begin(w, TRACE_TWIN);
    step(w, &w->last.lay_end_us, deposit->t_us);
    word(w, (uint64_t)deposit->duration_us);
    w->last.lay_end_us = trace_plus(w->last.lay_end_us, deposit->duration_us);
    steps(w, w->last.lay, deposit->from_nm, 3);
    steps(w, w->last.lay, deposit->to_nm, 3);
    number(w, deposit->e_nm);
    number(w, deposit->deficit_nm);
}

void lab_trace_put_measure(struct lab_trace_writer *w, const struct lab_trace_measure *m)
{
    begin(w, TRACE_MEASURE);
    text(w, m->key, sizeof m->key);
    text(w, m->unit, sizeof m->unit);
    text(w, m->outcome, sizeof m->outcome);
    word(w, (m->known ? 1u : 0u) | (m->limited ? 2u : 0u) | (m->warned ? 4u : 0u));
    const int64_t number_of[6] = {m->value, m->min, m->max, m->p95, m->limit, m->warn};
    for (int i = 0; i < 6; i++)
        number(w, number_of[i]);
}

void lab_trace_put_verdict(struct lab_trace_writer *w, const struct lab_trace_verdict *verdict)
{
    begin(w, TRACE_VERDICT);
    text(w, verdict->outcome, sizeof verdict->outcome);
    text(w, verdict->result, sizeof verdict->result);
    text(w, verdict->reason, sizeof verdict->reason);
    text(w, verdict->why, sizeof verdict->why);
    word(w, verdict->trace_hash);
}

int lab_trace_flush(struct lab_trace_writer *w)
{
    close_block(w);
    return w->error;
}

int lab_trace_end(struct lab_trace_writer *w, int64_t end_us)
{
    begin_at(w, TRACE_END, end_us);
    return lab_trace_flush(w);
}
