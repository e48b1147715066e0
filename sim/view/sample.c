// Takes a trace apart by columns of pixels.
// SPDX-License-Identifier: MIT
#include "sim/view/sample.h"

void sample_widen(struct sample_range *range, int64_t value)
{
    if (value == LAB_TRACE_UNKNOWN)
        return;
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
}

static void widen_z(struct sample *s, int64_t truth_nm, int64_t belief_nm, bool known, bool lost)
{
    sample_widen(&s->belief_nm, belief_nm);
    if (!known)
        return;
    sample_widen(&s->truth_nm, truth_nm);
    if (belief_nm != LAB_TRACE_UNKNOWN && !lost)
        sample_widen(&s->error_nm, truth_nm - belief_nm);
}

/// Is the count of Z lost as a motion begins, or (`ends`) as it ends?
static bool lost_at(const struct lab_trace *trace, int64_t t_us, bool ends)
{
    int64_t i = lab_trace_last(trace->lost, trace->losts, sizeof *trace->lost, t_us);

    return i >= 0 && t_us < trace->lost[i].until_us + ends;
}

/// Motions that begin or end within the column.
static void take_motions(const struct lab_trace *trace, int64_t from_us, int64_t to_us,
                         struct sample *s)
{
    int64_t i = s->at.motion < 0 ? 0 : s->at.motion;

    for (; i < (int64_t)trace->motions && trace->motion[i].t_us < to_us; i++) {
        const struct lab_trace_motion *m = &trace->motion[i];
        int64_t end_us = m->t_us + m->duration_us;
        if (m->t_us >= from_us)
            widen_z(s, m->true_from_nm[2], m->from_nm[2], m->true_known,
                    lost_at(trace, m->t_us, false));
        if (end_us >= from_us && end_us < to_us)
            widen_z(s, m->true_to_nm[2], m->to_nm[2], m->true_known,
                    lost_at(trace, end_us, m->duration_us > 0));
    }
}

static void take_power(const struct lab_trace *trace, int64_t from_us, int64_t to_us,
                       struct sample *s)
{
    int64_t i = lab_trace_last(trace->power, trace->powers, sizeof *trace->power, from_us);

    if (i >= 0)
        s->power_any = s->power_all = trace->power[i].bits;
    s->power_known = i >= 0;
    for (i++; i < (int64_t)trace->powers && trace->power[i].t_us < to_us; i++) {
        s->power_all = s->power_known ? s->power_all & trace->power[i].bits : trace->power[i].bits;
        s->power_any |= trace->power[i].bits;
        s->power_known = true;
    }
}

static void take_nv(const struct lab_trace *trace, int64_t from_us, int64_t to_us, struct sample *s)
{
    int64_t i = lab_trace_last(trace->nv, trace->nvs, sizeof *trace->nv, from_us - 1) + 1;

    for (; i < (int64_t)trace->nvs && trace->nv[i].t_us < to_us; i++) {
        s->nv_count++;
        s->nv_bytes += trace->nv[i].size;
        s->nv_torn = s->nv_torn || trace->nv[i].end == LAB_TRACE_NV_TORN;
    }
}

void sample_take(const struct lab_trace *trace, int64_t from_us, int64_t span_us,
                 struct sample *sample, int32_t count)
{
    const struct sample_range nothing = {INT64_MAX, INT64_MIN};

    for (int32_t i = 0; i < count; i++) {
        struct sample *s = &sample[i];
        int64_t begin = from_us + span_us * i / count, end = from_us + span_us * (i + 1) / count;
        *s = (struct sample){.truth_nm = nothing, .belief_nm = nothing, .error_nm = nothing};
        lab_trace_at(trace, begin, &s->at);
        // before and behind the run there is nothing to be known
        if (begin < trace->meta.begin_us || begin > trace->end_us)
            continue;
        widen_z(s, s->at.true_nm[2], s->at.belief_nm[2], s->at.true_known, s->at.lost);
        take_motions(trace, begin, end, s);
        take_power(trace, begin, end, s);
        take_nv(trace, begin, end, s);
    }
}
