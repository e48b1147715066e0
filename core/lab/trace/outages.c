// Cuts of a trace that is torn before they were written: made of what its records of supply and motion say.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/trace/model.h"

#define LAST(array, count, t_us) lab_trace_last(array, count, sizeof *(array), t_us)

/// Instants of a cut that a record of supply brings; `before` are the bits until then.
static void follow(struct lab_trace_cut *cut, const struct lab_trace_power *now, uint32_t before)
{
    uint32_t rose = now->bits & ~before, fell = before & ~now->bits;
    struct {
        bool is;
        int64_t *at_us;
    } const what[] = {{rose & LAB_TRACE_FAIL, &cut->detected_us},
                      {fell & LAB_TRACE_RAIL, &cut->drivers_us},
                      {fell & LAB_TRACE_LOGIC, &cut->logic_us},
                      {rose & LAB_TRACE_MAINS, &cut->back_us}};

    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        if (what[i].is && *what[i].at_us < 0)
            *what[i].at_us = now->t_us;
}

/// When motion stood still: with its last piece, or when the drivers went in its midst; -1 not known.
static int64_t stopped(const struct lab_trace *t, const struct lab_trace_cut *cut)
{
    int64_t dark_us = cut->drivers_us >= 0 ? cut->drivers_us : cut->back_us;
    int64_t i = dark_us < 0 ? -1 : LAST(t->motion, t->motions, dark_us);

    if (dark_us < 0)
        return -1;
    while (i >= 0 && !t->motion[i].duration_us)
        i--;
    int64_t end_us = i < 0 ? cut->mains_us : t->motion[i].t_us + t->motion[i].duration_us;
    if (end_us > dark_us)
        return cut->drivers_us; // -1: it went on
    return end_us > cut->mains_us ? end_us : cut->mains_us;
}

/// The end of the first piece that the job laid after `cut`, before `until_us`; -1 none.
static int64_t laid_again(const struct lab_trace *t, const struct lab_trace_cut *cut,
                          int64_t until_us)
{
    if (cut->back_us < 0)
        return -1;
    for (size_t i = (size_t)cut->deposit; i < t->deposits; i++) {
        const struct lab_trace_deposit *laid = &t->deposit[i];
        int64_t end_us = laid->t_us + laid->duration_us;
        if (laid->t_us >= until_us)
            break;
        if (end_us > cut->back_us && laid->motion >= 0 && (size_t)laid->motion < t->motions &&
            t->motion[laid->motion].kind == LAB_TRACE_MOVE)
            return end_us;
    }
    return -1;
}

static int64_t event_number(const struct lab_trace *t, int64_t mains_us)
{
    size_t i = (size_t)(LAST(t->event, t->events, mains_us - 1) + 1);

    while (i < t->events && t->event[i].t_us == mains_us &&
           t->event[i].kind != LAB_TRACE_EVENT_SUPPLY)
        i++;
    return i < t->events ? t->event[i].number : -1;
}

/// Everything else about a cut, up to the next one at `until_us`.
static void look(const struct lab_trace *t, struct lab_trace_cut *cut, int64_t until_us)
{
    struct lab_trace_state at;
    int64_t layer = LAST(t->layer, t->layers, cut->mains_us);

    cut->stopped_us = stopped(t, cut);
    cut->event = event_number(t, cut->mains_us);
    cut->layer = layer < 0 ? -1 : t->layer[layer].number;
    lab_trace_at(t, cut->stopped_us >= 0 ? cut->stopped_us : cut->mains_us, &at);
    cut->deposit = (int64_t)at.deposits;
    for (int i = 0; i < 3 && at.motion >= 0; i++)
        cut->stop_nm[i] = at.true_known ? at.true_nm[i] : at.belief_nm[i];
    for (int i = 0; i < LAB_TRACE_CORNERS && at.corners_known; i++)
        cut->before_nm[i] = at.corner_nm[i] != LAB_TRACE_UNKNOWN ? at.corner_nm[i] : 0;
    cut->first_extrusion_us = laid_again(t, cut, until_us);
    if (cut->back_us < 0)
        return;
    lab_trace_at(t, cut->back_us, &at);
    for (int i = 0; i < LAB_TRACE_CORNERS && at.corners_known; i++)
        cut->after_nm[i] = at.corner_nm[i] != LAB_TRACE_UNKNOWN ? at.corner_nm[i] : 0;
}

int trace_make_cuts(struct lab_trace *t)
{
    static const struct lab_trace_cut nothing = {.detected_us = -1,
                                                 .stopped_us = -1,
                                                 .drivers_us = -1,
                                                 .logic_us = -1,
                                                 .back_us = -1,
                                                 .first_extrusion_us = -1,
                                                 .line = -1,
                                                 .offset = -1,
                                                 .cut_at_nm = -1,
                                                 .resumed_at_nm = -1};
    int64_t told_us = t->cuts ? t->cut[t->cuts - 1].mains_us : INT64_MIN;
    size_t first = t->cuts;

    for (size_t i = 1; i < t->powers; i++) {
        const struct lab_trace_power *now = &t->power[i];
        uint32_t before = t->power[i - 1].bits;
        if ((before & ~now->bits & LAB_TRACE_MAINS) && now->t_us > told_us) {
            struct lab_trace_cut cut = nothing;
            cut.mains_us = now->t_us;
            if (t->cuts == LAB_TRACE_CUTS_MAX)
                break;
            if (TRACE_ADD(t->cut, t->cuts, t->cut_room, cut))
                return LAB_ENOMEM;
        }
        if (t->cuts > first)
            follow(&t->cut[t->cuts - 1], now, before);
    }
    for (size_t i = first; i < t->cuts; i++)
        look(t, &t->cut[i], i + 1 < t->cuts ? t->cut[i + 1].mains_us : INT64_MAX);
    t->cuts_made = t->cuts - first;
    return 0;
}
