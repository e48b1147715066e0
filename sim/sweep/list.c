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
    case SWEEP_MOVE: *last = twin->world.firmware.move_lines; break;
    case SWEEP_LAYER: *last = span->layer_last + 1; break;
    case SWEEP_EVENT:
        *first = span->event_first;
        *last = span->event_last;
        break;
    case SWEEP_MS: *last = (twin->job_end_us - twin->job_begin_us) / 1000; break;
    case SWEEP_NV_WRITE: // by the list of writes
    case SWEEP_EVERIES: break;
    }
}

static void instant(enum sweep_every every, int64_t number, struct lab_trigger *at)
{
    static const enum lab_trigger_kind kinds[] = {[SWEEP_NV_WRITE] = LAB_AT_NV_WRITE,
                                                  [SWEEP_MOVE] = LAB_AT_MOVE,
                                                  [SWEEP_LAYER] = LAB_AT_LAYER,
                                                  [SWEEP_EVENT] = LAB_AT_EVENT,
                                                  [SWEEP_MS] = LAB_AT_TIME};
    struct lab_mark mark = at->mark;

    *at = (struct lab_trigger){.kind = kinds[every],
                               .value = every == SWEEP_MS ? number * 1000 : number,
                               .fraction_ppm = 500000,
                               .count = 1,
                               .mark = mark};
    if (every == SWEEP_LAYER)
        at->layer = (int32_t)number;
}

static int add_at(struct sweep_list *list, const struct sweep_request *request,
                  const struct lab_scenario *scenario, int64_t number, struct lab_tear tear)
{
    struct sweep_cut cut;

    if (number < request->from || number > request->to)
        return 0;
    run_outage(scenario, 0, &cut.power);
    instant(request->every, number, &cut.power.at);
    cut.power.tear = tear;
    return add(list, &cut);
}

/// The prefixes of a write: 1 byte, half, all but one; or each length.
static int add_prefixes(struct sweep_list *list, const struct sweep_request *request,
                        const struct lab_scenario *scenario, const struct sim_trail_write *write)
{
    int32_t size = (int32_t)write->size, before = 0;
    const int32_t three[] = {1, size / 2, size - 1};
    int bad = 0;

    for (int32_t i = 0; i < (request->every_prefix ? size - 1 : 3) && !bad; i++) {
        int32_t bytes = request->every_prefix ? i + 1 : three[i];
        if (bytes > before && bytes < size)
            bad = add_at(list, request, scenario, write->number,
                         (struct lab_tear){LAB_TEAR_PREFIX, bytes});
        before = bytes;
    }
    return bad;
}

/// A write is cut in every way that was asked for and that the memory can do.
static int add_write(struct sweep_list *list, const struct sweep_request *request,
                     const struct lab_scenario *scenario, const struct sim_trail_write *write)
{
    uint32_t can = nv_tears((enum lab_nv_kind)scenario->sim.nv.kind, write->erase);
    uint32_t tears = request->tears ? request->tears & can : can & 1u << LAB_TEAR_PREFIX;
    int bad = 0;

    if (!request->tears && !tears) // this memory leaves no prefix: its own way
        return add_at(list, request, scenario, write->number, (struct lab_tear){0});
    for (int kind = LAB_TEAR_NONE; kind < LAB_TEARS && !bad; kind++) {
        if (!(tears >> kind & 1u))
            continue;
        bad = kind == LAB_TEAR_PREFIX ? add_prefixes(list, request, scenario, write)
                                      : add_at(list, request, scenario, write->number,
                                               (struct lab_tear){.kind = (enum lab_tear_kind)kind});
    }
    return bad;
}

int sweep_list_make(struct sweep_list *list, const struct sweep_request *request,
                    const struct run *twin, const struct sim_trail *trail)
{
    const struct lab_scenario *scenario = &twin->input->scenario;
    const struct sim_span *span = &twin->twin->span;
    int64_t first, last;
    int bad = 0;

    *list = (struct sweep_list){0};
    numbers(request->every, twin->twin, &first, &last);
    for (int64_t n = first; n < last && !bad; n += request->stride)
        bad = add_at(list, request, scenario, n, (struct lab_tear){0});
    for (size_t i = 0; i < trail->writes && request->every == SWEEP_NV_WRITE && !bad; i++) {
        const struct sim_trail_write *write = &trail->write[i];
        if (write->number >= span->nv_first && write->number < span->nv_last)
            bad = add_write(list, request, scenario, write);
    }
    return bad;
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
