// Which cuts a sweep makes: numbered events of the uninterrupted print, torn as asked.
// SPDX-License-Identifier: MIT
#include "sim/sweep/sweep.h"

#include <stdlib.h>

static int add(struct sweep_list *list, const struct sweep_cut *cut)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        struct sweep_cut *more = realloc(list->cut, room * sizeof *more);
        if (!more)
            return -12;
        list->cut = more;
        list->room = room;
    }
    list->cut[list->count++] = *cut;
    return 0;
}

/// Numbers [*first, *last) of the events of this kind that the print met.
static void numbers(enum sweep_every every, const struct sim *twin, int64_t *first, int64_t *last)
{
    const struct sim_span *span = &twin->span;

    *first = 0;
    *last = 0;
    switch (every) {
    case SWEEP_NV_WRITE:
        *first = span->nv_first;
        *last = span->nv_last;
        break;
    case SWEEP_MOVE: *last = twin->world.firmware.move_lines; break;
    case SWEEP_LAYER: *last = span->layer_last + 1; break;
    case SWEEP_EVENT:
        *first = span->event_first;
        *last = span->event_last;
        break;
    case SWEEP_MS: *last = (twin->job_end_us - twin->job_begin_us) / 1000; break;
    case SWEEP_PHASE:
    case SWEEP_EVERIES: break;
    }
}

static void instant(enum sweep_every every, int64_t number, struct lab_trigger *at)
{
    static const enum lab_trigger_kind kinds[] = {
        [SWEEP_NV_WRITE] = LAB_AT_NV_WRITE, [SWEEP_MOVE] = LAB_AT_MOVE,
        [SWEEP_LAYER] = LAB_AT_LAYER,       [SWEEP_PHASE] = LAB_AT_PHASE,
        [SWEEP_EVENT] = LAB_AT_EVENT,       [SWEEP_MS] = LAB_AT_TIME};
    struct lab_mark mark = at->mark;

    *at = (struct lab_trigger){.kind = kinds[every],
                               .value = every == SWEEP_MS ? number * 1000 : number,
                               .fraction_ppm = 500000,
                               .count = 1,
                               .mark = mark};
    if (every == SWEEP_LAYER)
        at->layer = (int32_t)number;
}

int sweep_list_make(struct sweep_list *list, const struct sweep_request *request,
                    const struct run *twin)
{
    int64_t first, last;

    *list = (struct sweep_list){0};
    numbers(request->every, twin->twin, &first, &last);
    for (int64_t n = first; n < last; n += request->stride) {
        struct sweep_cut cut = {.number = n};
        if (n < request->from || n > request->to)
            continue;
        run_outage(&twin->input->scenario, 0, &cut.power);
        instant(request->every, n, &cut.power.at);
        int bad = add(list, &cut);
        if (bad)
            return bad;
    }
    return 0;
}

void sweep_list_free(struct sweep_list *list)
{
    free(list->cut);
    *list = (struct sweep_list){0};
}

int sweep_id(const struct run *run, const struct sweep_cut *cut, char out[LAB_ID_BYTES])
{
    char word[LAB_CUT_BYTES];

    if (lab_cut_print(&cut->power, word) < 0)
        return LAB_EINVAL;
    return run_id(run, &word, 1, out);
}
