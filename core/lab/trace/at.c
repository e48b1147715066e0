// Asking a trace what was at an instant.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/trace/trace.h"

int64_t lab_trace_last(const void *first, size_t count, size_t stride, int64_t t_us)
{
    size_t low = 0, high = count; // below low: not later. From high on: later

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t at;
        memcpy(&at, (const char *)first + middle * stride, sizeof at);
        if (at <= t_us)
            low = middle + 1;
        else
            high = middle;
    }
    return (int64_t)low - 1;
}

#define LAST(array, count, t_us) lab_trace_last(array, count, sizeof *(array), t_us)

// --- a motion ------------------------------------------------------------------------------------------------

/// Way of a motion up to `t_us` behind its beginning, in um/s times us.
static int64_t way(const struct lab_trace_motion *m, int64_t t_us)
{
    int64_t done = 0, steady_us = m->duration_us - m->up_us - m->down_us;
    int64_t up = t_us < m->up_us ? t_us : m->up_us;

    if (m->up_us) // mean speed from its beginning
        done += (2 * m->v0_um_s + (m->cruise_um_s - m->v0_um_s) * up / m->up_us) * up / 2;
    t_us -= up;
    int64_t steady = t_us < steady_us ? t_us : steady_us;
    done += m->cruise_um_s * steady;
    t_us -= steady;
    if (t_us > 0 && m->down_us)
        done += (2 * m->cruise_um_s - (m->cruise_um_s - m->v1_um_s) * t_us / m->down_us) * t_us / 2;
    return done;
}

/// part of whole in millionths, for 0 <= part <= whole.
static int64_t millionths(int64_t part, int64_t whole)
{
    return whole > INT64_MAX / 1000000 ? part / (whole / 1000000) : part * 1000000 / whole;
}

int64_t lab_trace_share(const struct lab_trace_motion *m, int64_t t_us)
{
    int64_t into = t_us - m->t_us;

    if (into < 0)
        return 0;
    if (into >= m->duration_us)
        return 1000000;
    int64_t whole = way(m, m->duration_us);
    int64_t share = whole > 0 ? millionths(way(m, into), whole) : millionths(into, m->duration_us);
    return share > 1000000 ? 1000000 : share;
}

static void between(const int64_t *from, const int64_t *to, int count, int64_t share_ppm,
                    int64_t *out)
{
    for (int i = 0; i < count; i++)
        out[i] = from[i] + (to[i] - from[i]) * share_ppm / 1000000;
}

/// Belief Z at an instant; 0 where nobody knows.
static int64_t height(const struct lab_trace *trace, int64_t t_us)
{
    int64_t i = LAST(trace->motion, trace->motions, t_us), z_nm;

    if (i < 0)
        return trace->motions ? trace->motion[0].from_nm[2] : 0;
    const struct lab_trace_motion *m = &trace->motion[i];
    between(&m->from_nm[2], &m->to_nm[2], 1, lab_trace_share(m, t_us), &z_nm);
    return z_nm;
}

// --- the parts of a state --------------------------------------------------------------------------------------

static void motion_at(const struct lab_trace *trace, struct lab_trace_state *out)
{
    out->motion = LAST(trace->motion, trace->motions, out->t_us);
    for (int i = 0; i < 4; i++)
        out->belief_nm[i] = LAB_TRACE_UNKNOWN;
    if (out->motion < 0)
        return;
    const struct lab_trace_motion *m = &trace->motion[out->motion];
    out->share_ppm = lab_trace_share(m, out->t_us);
    out->moving = out->t_us < m->t_us + m->duration_us;
    out->true_known = m->true_known;
    between(m->from_nm, m->to_nm, 4, out->share_ppm, out->belief_nm);
    if (m->true_known)
        between(m->true_from_nm, m->true_to_nm, 3, out->share_ppm, out->true_nm);
}

/// Heights when this record has done its work, and the job's moves since have taken all along: `rise_nm`.
static void corners_behind(const struct lab_trace_corners *c, int64_t rise_nm,
                           int64_t believed_nm[LAB_TRACE_CORNERS],
                           int64_t true_nm[LAB_TRACE_CORNERS])
{
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        bool known = c->true_nm[i] != LAB_TRACE_UNKNOWN;
        believed_nm[i] = c->believed_nm[i] + rise_nm;
        true_nm[i] = known ? c->true_nm[i] + rise_nm : LAB_TRACE_UNKNOWN;
    }
}

/// Heights in the midst of the change of record `at`.
static void corners_amid(const struct lab_trace *trace, int64_t at, struct lab_trace_state *out)
{
    const struct lab_trace_corners *to = &trace->corners[at], *from = to - 1;
    int64_t believed[LAB_TRACE_CORNERS], corner[LAB_TRACE_CORNERS];
    int64_t share = millionths(out->t_us - to->t_us, to->duration_us);

    corners_behind(from, height(trace, to->t_us) - height(trace, from->t_us + from->duration_us),
                   believed, corner);
    between(believed, to->believed_nm, LAB_TRACE_CORNERS, share, out->believed_nm);
    for (int i = 0; i < LAB_TRACE_CORNERS; i++) {
        if (corner[i] == LAB_TRACE_UNKNOWN || to->true_nm[i] == LAB_TRACE_UNKNOWN)
            out->corner_nm[i] = LAB_TRACE_UNKNOWN;
        else
            between(&corner[i], &to->true_nm[i], 1, share, &out->corner_nm[i]);
    }
}

static void corners_at(const struct lab_trace *trace, struct lab_trace_state *out)
{
    int64_t at = LAST(trace->corners, trace->corner_count, out->t_us);

    out->corners_known = at >= 0;
    if (at < 0)
        return;
    const struct lab_trace_corners *c = &trace->corners[at];
    if (at > 0 && out->t_us < c->t_us + c->duration_us) {
        corners_amid(trace, at, out);
        return;
    }
    int64_t rise = height(trace, out->t_us) - height(trace, c->t_us + c->duration_us);
    corners_behind(c, rise, out->believed_nm, out->corner_nm);
}

static int64_t heat_at(const struct lab_trace_temperature *point, size_t count, int64_t t_us)
{
    int64_t i = LAST(point, count, t_us);

    if (i < 0)
        return LAB_TRACE_UNKNOWN;
    if ((size_t)i + 1 == count || point[i + 1].t_us == point[i].t_us)
        return point[i].mc;
    int64_t share = millionths(t_us - point[i].t_us, point[i + 1].t_us - point[i].t_us), mc;
    between(&point[i].mc, &point[i + 1].mc, 1, share, &mc);
    return mc;
}

static void targets_at(const struct lab_trace *trace, struct lab_trace_state *out)
{
    int64_t last = LAST(trace->target, trace->targets, out->t_us);
    int left = LAB_TRACE_HEATS;

    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        out->target_mc[i] = LAB_TRACE_UNKNOWN;
    for (int64_t i = last; i >= 0 && left; i--) {
        const struct lab_trace_target *target = &trace->target[i];
        if (out->target_mc[target->heat] != LAB_TRACE_UNKNOWN)
            continue;
        out->target_mc[target->heat] = target->mc;
        left--;
    }
}

static int64_t number_at(const struct lab_trace *trace, enum lab_trace_domain domain, int64_t t_us)
{
    int64_t i = LAST(trace->phase, trace->phases, t_us);

    while (i >= 0 && trace->phase[i].domain != domain)
        i--;
    return i < 0 ? -1 : trace->phase[i].value;
}

static bool lost_at(const struct lab_trace *trace, int64_t t_us)
{
    int64_t i = LAST(trace->lost, trace->losts, t_us);

    return i >= 0 && t_us < trace->lost[i].until_us;
}

static int64_t cut_at(const struct lab_trace *trace, int64_t t_us)
{
    int64_t newest = -1;

    for (size_t i = 0; i < trace->cuts; i++)
        if (trace->cut[i].mains_us <= t_us)
            newest = (int64_t)i;
    return newest;
}

bool lab_trace_sees_inside(const struct lab_trace *trace)
{
    return trace->meta.source == LAB_TRACE_SIM;
}

void lab_trace_at(const struct lab_trace *trace, int64_t t_us, struct lab_trace_state *out)
{
    memset(out, 0, sizeof *out);
    out->t_us = t_us;
    motion_at(trace, out);
    corners_at(trace, out);
    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        out->heat_mc[i] = heat_at(trace->heat[i], trace->heats[i], t_us);
    targets_at(trace, out);
    int64_t power = LAST(trace->power, trace->powers, t_us);
    out->power = power < 0 ? 0 : trace->power[power].bits;
    out->motors = power < 0 ? 0 : trace->power[power].motors;
    int64_t levels = LAST(trace->levels, trace->level_count, t_us);
    out->levels = levels < 0 ? 0 : trace->levels[levels].bits;
    out->phase = number_at(trace, LAB_TRACE_PHASE, t_us);
    out->state = number_at(trace, LAB_TRACE_STATE, t_us);
    out->event = LAST(trace->event, trace->events, t_us);
    out->nv = LAST(trace->nv, trace->nvs, t_us);
    out->nv_busy = out->nv >= 0 && t_us < trace->nv[out->nv].t_us + trace->nv[out->nv].duration_us;
    out->layer = LAST(trace->layer, trace->layers, t_us);
    out->deposits = (size_t)(LAST(trace->deposit, trace->deposits, t_us) + 1);
    out->cut = cut_at(trace, t_us);
    out->lost = lost_at(trace, t_us);
}
