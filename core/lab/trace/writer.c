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

/// Where the next byte of a record goes. A local of who makes the record, so that it stays in a register.
struct pen {
    uint8_t *at;
};

static inline void word(struct pen *pen, uint64_t value)
{
    while (value >= 128) {
        *pen->at++ = (uint8_t)(value | 128);
        value >>= 7;
    }
    *pen->at++ = (uint8_t)value;
}

static inline void number(struct pen *pen, int64_t value)
{
    word(pen, trace_zigzag(value));
}

/// A number by how much it is more than another, which it then becomes.
static inline void step(struct pen *pen, int64_t *last, int64_t value)
{
    number(pen, trace_less(value, *last));
    *last = value;
}

static void text(struct pen *pen, const char *words, size_t room)
{
    size_t size = strnlen(words, room - 1);

    word(pen, size);
    memcpy(pen->at, words, size);
    pen->at += size;
}

/// Room for one more record, and its first byte. `end` is to follow.
static inline struct pen begin(struct lab_trace_writer *w, enum trace_record kind)
{
    if (w->used >= LAB_TRACE_BLOCK)
        close_block(w);
    struct pen pen = {w->block + w->used};
    *pen.at++ = (uint8_t)kind;
    return pen;
}

static inline void end(struct lab_trace_writer *w, const struct pen *pen)
{
    w->used = (size_t)(pen->at - w->block);
}

/// The same for one that has a time.
static inline struct pen begin_at(struct lab_trace_writer *w, enum trace_record kind, int64_t t_us)
{
    struct pen pen = begin(w, kind);

    step(&pen, &w->last.t_us, t_us);
    return pen;
}

static inline void steps(struct pen *pen, int64_t *last, const int64_t *value, int count)
{
    for (int i = 0; i < count; i++)
        step(pen, &last[i], value[i]);
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
    struct pen pen = begin(w, TRACE_NUMBER);
    text(&pen, "source", LAB_TRACE_KEY);
    number(&pen, (int64_t)meta->source);
    end(w, &pen);
    for (size_t i = 0; i < trace_field_count; i++) {
        const struct trace_field *field = &trace_fields[i];
        const char *at = (const char *)meta + field->offset;
        pen = begin(w, field->room ? TRACE_TEXT : TRACE_NUMBER);
        text(&pen, field->key, LAB_TRACE_KEY);
        int64_t value;
        if (field->room) {
            text(&pen, at, field->room);
        } else {
            memcpy(&value, at, sizeof value);
            number(&pen, value);
        }
        end(w, &pen);
    }
}

void lab_trace_put_line(struct lab_trace_writer *w, const struct lab_trace_line *line)
{
    struct pen pen = begin(w, TRACE_LINE);
    word(&pen, (uint64_t)line->role);
    text(&pen, line->name, sizeof line->name);
    end(w, &pen);
}

void lab_trace_put_name(struct lab_trace_writer *w, enum lab_trace_domain domain, int64_t value,
                        const char *words)
{
    struct pen pen = begin(w, TRACE_NAME);
    word(&pen, (uint64_t)domain);
    number(&pen, value);
    text(&pen, words, LAB_TRACE_KEY);
    end(w, &pen);
}

void lab_trace_put_event(struct lab_trace_writer *w, const struct lab_trace_event *event)
{
    const int64_t payload[4] = {event->a, event->b, event->c, event->d};

    assert(event->kind >= 0 && event->kind < LAB_TRACE_EVENT_KINDS);
    struct pen pen = begin_at(w, TRACE_EVENT, event->t_us);
    word(&pen, (uint64_t)event->kind);
    number(&pen, trace_less(trace_less(event->number, w->last.event), 1)); // the next: 0
    w->last.event = event->number;
    steps(&pen, w->last.payload[event->kind], payload, 4);
    end(w, &pen);
}

void lab_trace_put_power(struct lab_trace_writer *w, const struct lab_trace_power *power)
{
    struct pen pen = begin_at(w, TRACE_POWER, power->t_us);
    word(&pen, power->bits);
    word(&pen, power->motors);
    end(w, &pen);
}

void lab_trace_put_phase(struct lab_trace_writer *w, const struct lab_trace_phase *phase)
{
    struct pen pen = begin_at(w, TRACE_PHASE, phase->t_us);
    word(&pen, (uint64_t)phase->domain);
    number(&pen, phase->value);
    end(w, &pen);
}

/// Are three numbers the same? Without a jump: this is asked five times of each motion.
static inline bool alike(const int64_t a[3], const int64_t b[3])
{
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2])) == 0;
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
    flags |= alike(m->from_nm, last->to_nm) && m->from_nm[3] == last->to_nm[3] ? MOTION_FROM : 0;
    flags |= m->v0_um_s == last->v1_um_s ? MOTION_SPEED : 0;
    flags |= m->cruise_um_s == last->cruise_um_s ? MOTION_CRUISE : 0;
    flags |= alike(m->to_nm, said) ? MOTION_EVENT : 0;
    if (m->true_known)
        flags |= MOTION_TRUE | (alike(off_nm, last->off_nm) ? MOTION_TRUE_FROM : 0);
    if (laid) {
        bool plain = m->true_known && alike(laid->from_nm, m->true_from_nm) &&
                     alike(laid->to_nm, m->true_to_nm);
        flags |= MOTION_LAID | (plain ? 0 : MOTION_PART);
    }
    return flags;
}

/// Truth by how far it is from belief, at both ends.
static void put_truth(struct lab_trace_writer *w, struct pen *pen, const struct lab_trace_motion *m,
                      uint64_t flags, const int64_t off_nm[3])
{
    int64_t off_to[3];

    if (!(flags & MOTION_TRUE_FROM))
        steps(pen, w->last.off_nm, off_nm, 3);
    apart(off_to, m->true_to_nm, m->to_nm, 3);
    steps(pen, w->last.off_nm, off_to, 3);
}

static void put_laid(struct lab_trace_writer *w, struct pen *pen, const struct lab_trace_motion *m,
                     uint64_t flags, const struct lab_trace_deposit *laid)
{
    int64_t part[3];

    // of a move of filament alone, and where some of it was drawn back, what was laid is not what E says
    number(pen, trace_less(laid->e_nm, trace_less(m->to_nm[3], m->from_nm[3])));
    number(pen, laid->deficit_nm);
    if (!(flags & MOTION_PART))
        return;
    apart(part, laid->from_nm, m->true_known ? m->true_from_nm : m->from_nm, 3);
    steps(pen, w->last.part_nm, part, 3);
    apart(part, laid->to_nm, m->true_known ? m->true_to_nm : m->to_nm, 3);
    steps(pen, w->last.part_nm, part, 3);
}

void lab_trace_put_motion(struct lab_trace_writer *w, const struct lab_trace_motion *m,
                          const struct lab_trace_deposit *laid)
{
    int64_t off_nm[3] = {0};

    struct pen pen = begin(w, TRACE_MOTION);
    if (m->true_known)
        apart(off_nm, m->true_from_nm, m->from_nm, 3);
    uint64_t flags = motion_flags(&w->last, m, off_nm, laid);
    word(&pen, flags);
    if (!(flags & MOTION_BEGINS))
        number(&pen, trace_less(m->t_us, w->last.end_us));
    word(&pen, (uint64_t)m->duration_us);
    word(&pen, (uint64_t)m->up_us);
    word(&pen, (uint64_t)m->down_us);
    if (!(flags & MOTION_SPEED))
        number(&pen, m->v0_um_s);
    if (!(flags & MOTION_CRUISE))
        number(&pen, m->cruise_um_s);
    number(&pen, m->v1_um_s);
    w->last.cruise_um_s = m->cruise_um_s;
    w->last.v1_um_s = m->v1_um_s;
    if (!(flags & MOTION_FROM))
        steps(&pen, w->last.to_nm, m->from_nm, 4);
    if (!(flags & MOTION_EVENT))
        steps(&pen, w->last.to_nm, m->to_nm, 3);
    memcpy(w->last.to_nm, m->to_nm, 3 * sizeof m->to_nm[0]);
    step(&pen, &w->last.to_nm[3], m->to_nm[3]);
    if (flags & MOTION_TRUE)
        put_truth(w, &pen, m, flags, off_nm);
    if (laid)
        put_laid(w, &pen, m, flags, laid);
    w->last.end_us = trace_plus(m->t_us, m->duration_us);
    w->last.t_us = w->last.end_us;
    end(w, &pen);
}

void lab_trace_put_corners(struct lab_trace_writer *w, const struct lab_trace_corners *corners)
{
    int64_t lag[LAB_TRACE_CORNERS];

    struct pen pen = begin_at(w, TRACE_CORNERS, corners->t_us);
    word(&pen, (uint64_t)corners->duration_us);
    steps(&pen, w->last.believed_nm, corners->believed_nm, LAB_TRACE_CORNERS);
    apart(lag, corners->true_nm, corners->believed_nm, LAB_TRACE_CORNERS);
    steps(&pen, w->last.lag_nm, lag, LAB_TRACE_CORNERS);
    end(w, &pen);
}

void lab_trace_put_temperature(struct lab_trace_writer *w, enum lab_trace_heat heat,
                               const struct lab_trace_temperature *point)
{
    struct pen pen = begin_at(w, TRACE_HEAT, point->t_us);
    word(&pen, (uint64_t)heat);
    step(&pen, &w->last.heat_mc[heat], point->mc);
    end(w, &pen);
}

void lab_trace_put_target(struct lab_trace_writer *w, const struct lab_trace_target *target)
{
    struct pen pen = begin_at(w, TRACE_TARGET, target->t_us);
    word(&pen, (uint64_t)target->heat);
    number(&pen, target->mc);
    end(w, &pen);
}

void lab_trace_put_levels(struct lab_trace_writer *w, const struct lab_trace_levels *levels)
{
    struct pen pen = begin_at(w, TRACE_LEVELS, levels->t_us);
    word(&pen, levels->bits ^ w->last.levels);
    w->last.levels = levels->bits;
    end(w, &pen);
}

void lab_trace_put_nv(struct lab_trace_writer *w, const struct lab_trace_nv *nv)
{
    struct pen pen = begin_at(w, TRACE_NV, nv->t_us);
    word(&pen, (uint64_t)nv->duration_us);
    number(&pen, nv->block);
    number(&pen, nv->offset);
    number(&pen, nv->size);
    word(&pen, (uint64_t)nv->end);
    end(w, &pen);
}

void lab_trace_put_place(struct lab_trace_writer *w, const struct lab_trace_place *place)
{
    struct pen pen = begin_at(w, TRACE_PLACE, place->t_us);
    steps(&pen, w->last.place_nm, place->at_nm, 4);
    step(&pen, &w->last.file_at, place->file_at);
    end(w, &pen);
}

void lab_trace_put_note(struct lab_trace_writer *w, int64_t t_us, const char *words)
{
    struct pen pen = begin_at(w, TRACE_NOTE, t_us);
    text(&pen, words, LAB_TRACE_TEXT);
    end(w, &pen);
}

void lab_trace_put_cut(struct lab_trace_writer *w, const struct lab_trace_cut *cut)
{
    int64_t fields[sizeof *cut / sizeof(int64_t)];
    const size_t count = sizeof fields / sizeof *fields;

    memcpy(fields, cut, sizeof fields);
    struct pen pen = begin(w, TRACE_CUT);
    word(&pen, count);
    for (size_t i = 0; i < count; i++)
        number(&pen, fields[i]);
    end(w, &pen);
}

void lab_trace_put_twin(struct lab_trace_writer *w, const struct lab_trace_deposit *deposit)
{
    struct pen pen = begin(w, TRACE_TWIN);
    step(&pen, &w->last.lay_end_us, deposit->t_us);
    word(&pen, (uint64_t)deposit->duration_us);
    w->last.lay_end_us = trace_plus(w->last.lay_end_us, deposit->duration_us);
    steps(&pen, w->last.lay, deposit->from_nm, 3);
    steps(&pen, w->last.lay, deposit->to_nm, 3);
    number(&pen, deposit->e_nm);
    number(&pen, deposit->deficit_nm);
    end(w, &pen);
}

void lab_trace_put_measure(struct lab_trace_writer *w, const struct lab_trace_measure *m)
{
    struct pen pen = begin(w, TRACE_MEASURE);
    text(&pen, m->key, sizeof m->key);
    text(&pen, m->unit, sizeof m->unit);
    text(&pen, m->outcome, sizeof m->outcome);
    word(&pen, (m->known ? 1u : 0u) | (m->limited ? 2u : 0u) | (m->warned ? 4u : 0u));
    const int64_t number_of[6] = {m->value, m->min, m->max, m->p95, m->limit, m->warn};
    for (int i = 0; i < 6; i++)
        number(&pen, number_of[i]);
    end(w, &pen);
}

void lab_trace_put_verdict(struct lab_trace_writer *w, const struct lab_trace_verdict *verdict)
{
    struct pen pen = begin(w, TRACE_VERDICT);
    text(&pen, verdict->outcome, sizeof verdict->outcome);
    text(&pen, verdict->result, sizeof verdict->result);
    text(&pen, verdict->reason, sizeof verdict->reason);
    text(&pen, verdict->why, sizeof verdict->why);
    word(&pen, verdict->trace_hash);
    end(w, &pen);
}

int lab_trace_flush(struct lab_trace_writer *w)
{
    close_block(w);
    return w->error;
}

int lab_trace_end(struct lab_trace_writer *w, int64_t end_us)
{
    struct pen pen = begin_at(w, TRACE_END, end_us);
    end(w, &pen);
    return lab_trace_flush(w);
}
