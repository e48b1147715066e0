// Which cuts a sweep makes: numbered events of the uninterrupted print, torn as asked.
// SPDX-License-Identifier: MIT
#include "sim/sweep/sweep.h"

#include <stdlib.h>

#include "core/plr/journal/journal.h"

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
    case SWEEP_PHASE:
    case SWEEP_EVERIES: break;
    }
}

static struct lab_trigger trigger(enum lab_trigger_kind kind, int64_t value)
{
    struct lab_trigger at = {.kind = kind, .value = value, .fraction_ppm = 500000, .count = 1};

    if (kind == LAB_AT_LAYER)
        at.layer = (int32_t)value;
    return at;
}

/// A cut at `at`, in the recovery from `before` when there is one.
static struct sweep_cut cut_at(const struct lab_scenario *scenario, const struct sweep_cut *before,
                               struct lab_trigger at, struct lab_tear tear)
{
    struct sweep_cut cut = {0};

    if (before)
        cut = *before;
    struct lab_power *power = &cut.power[cut.cuts];
    lab_input_outage(scenario, cut.cuts++, power);
    power->at = at;
    power->tear = tear;
    return cut;
}

struct sweep_cut sweep_cut_number(const struct sweep_request *request,
                                  const struct lab_scenario *scenario, int64_t number)
{
    static const enum lab_trigger_kind kinds[SWEEP_EVERIES] = {[SWEEP_MOVE] = LAB_AT_MOVE,
                                                               [SWEEP_LAYER] = LAB_AT_LAYER,
                                                               [SWEEP_EVENT] = LAB_AT_EVENT,
                                                               [SWEEP_MS] = LAB_AT_TIME};
    int64_t value = request->every == SWEEP_MS ? number * 1000 : number;

    return cut_at(scenario, NULL, trigger(kinds[request->every], value), (struct lab_tear){0});
}

int64_t sweep_list_least(const struct sweep_request *request, const struct run *twin)
{
    int64_t first, last;

    numbers(request->every, twin->twin, &first, &last);
    return first > request->from ? first : request->from;
}

/// Cuts of the print itself, but for those in writes.
static int add_number(struct sweep_list *list, const struct sweep_request *request,
                      const struct lab_scenario *scenario, int64_t number)
{
    const struct sweep_cut cut = sweep_cut_number(request, scenario, number);

    if (number < request->from || number > request->to)
        return 0;
    return add(list, &cut);
}

/// What is being added to a list: cuts in one write.
struct adding {
    struct sweep_list *list;
    const struct lab_scenario *scenario;
    const struct sweep_cut *before;
    int64_t number;
};

static int add_torn(const struct adding *a, enum lab_tear_kind kind, int32_t bytes)
{
    struct sweep_cut cut = cut_at(a->scenario, a->before, trigger(LAB_AT_NV_WRITE, a->number),
                                  (struct lab_tear){kind, bytes});
    return add(a->list, &cut);
}

/// The prefixes of a write: 1 byte, half, all but one; or each length.
static int add_prefixes(const struct adding *a, int32_t size, bool every)
{
    const int32_t three[] = {1, size / 2, size - 1};
    int32_t before = 0;
    int bad = 0;

    for (int32_t i = 0; i < (every ? size - 1 : 3) && !bad; i++) {
        int32_t bytes = every ? i + 1 : three[i];
        if (bytes > before && bytes < size)
            bad = add_torn(a, LAB_TEAR_PREFIX, bytes);
        before = bytes;
    }
    return bad;
}

int sweep_list_write(struct sweep_list *list, const struct sweep_request *request,
                     const struct lab_scenario *scenario, const struct sweep_cut *before,
                     const struct sim_trail_write *write)
{
    const struct adding a = {list, scenario, before, write->number};
    uint32_t can = nv_tears((enum lab_nv_kind)scenario->sim.nv.kind, write->erase);
    uint32_t tears = request->tears ? request->tears & can : can & 1u << LAB_TEAR_PREFIX;
    int bad = 0;

    if (!request->tears && !tears) // this memory leaves no prefix: its own way
        return add_torn(&a, LAB_TEAR_DEVICE, 0);
    for (int kind = LAB_TEAR_NONE; kind < LAB_TEARS && !bad; kind++) {
        if (!(tears >> kind & 1u))
            continue;
        bad = kind == LAB_TEAR_PREFIX
                  ? add_prefixes(&a, (int32_t)write->size, request->every_prefix)
                  : add_torn(&a, (enum lab_tear_kind)kind, 0);
    }
    return bad;
}

int sweep_list_phase(struct sweep_list *list, const struct lab_scenario *scenario,
                     const struct sweep_cut *before, uint8_t phase, int32_t count)
{
    struct lab_trigger at = trigger(LAB_AT_PHASE, 0);

    at.phase = phase;
    at.count = count;
    struct sweep_cut cut = cut_at(scenario, before, at, (struct lab_tear){0});
    return add(list, &cut);
}

int sweep_list_layer(struct sweep_list *list, const struct lab_scenario *scenario,
                     const struct sweep_cut *before, int32_t layer)
{
    struct sweep_cut cut =
        cut_at(scenario, before, trigger(LAB_AT_LAYER, layer), (struct lab_tear){0});

    return add(list, &cut);
}

/// The scenario's own first cut, by the clock: the one whose recovery is cut.
static int add_own(struct sweep_list *list, const struct run *twin)
{
    int64_t due_us = twin->twin->power_due_us[0];
    struct sweep_cut cut =
        cut_at(&twin->input->scenario, NULL,
               trigger(LAB_AT_TIME, due_us - twin->twin->job_begin_us), (struct lab_tear){0});
    return twin->input->scenario.power_count && due_us >= 0 ? add(list, &cut) : 0;
}

/// Cuts in the writes of the print.
static int add_writes(struct sweep_list *list, const struct sweep_request *request,
                      const struct run *twin, const struct sim_trail *trail)
{
    const struct sim_span *span = &twin->twin->span;
    int bad = 0;

    for (size_t i = 0; i < trail->writes && !bad; i++) {
        const struct sim_trail_write *write = &trail->write[i];
        bool job = write->number >= span->nv_first && write->number < span->nv_last;
        if (job && write->number >= request->from && write->number <= request->to)
            bad = sweep_list_write(list, request, &twin->input->scenario, NULL, write);
    }
    return bad;
}

int sweep_list_make(struct sweep_list *list, const struct sweep_request *request,
                    const struct run *twin, const struct sim_trail *trail)
{
    int64_t first, last;
    int bad = 0;

    *list = (struct sweep_list){0};
    if (request->every == SWEEP_PHASE)
        return add_own(list, twin);
    if (request->every == SWEEP_NV_WRITE)
        return add_writes(list, request, twin, trail);
    numbers(request->every, twin->twin, &first, &last);
    for (int64_t n = first; n < last && !bad;
         n = last - n > request->stride ? n + request->stride : last)
        bad = add_number(list, request, &twin->input->scenario, n);
    return bad;
}

void sweep_list_free(struct sweep_list *list)
{
    free(list->cut);
    *list = (struct sweep_list){0};
}

struct sweep_cut sweep_cut_of(const struct sweep_list *list, const struct lab_scenario *scenario,
                              const struct sweep_result *result)
{
    const struct sweep_cut *first = &list->cut[result->index];
    const struct sweep_second *second = &result->second;

    if (!result->order)
        return *first;
    struct lab_trigger at = trigger((enum lab_trigger_kind)second->kind, second->number);
    at.phase = second->phase;
    at.count = second->count;
    return cut_at(scenario, first, at, second->tear);
}

uint32_t sweep_list_hash(const struct sweep_list *list)
{
    char word[LAB_CUT_BYTES];
    uint32_t crc = 0;

    for (size_t i = 0; i < list->count; i++) {
        for (int n = 0; n < list->cut[i].cuts; n++) {
            int length = lab_cut_print(&list->cut[i].power[n], word);
            if (length > 0)
                crc = plr_crc32c(crc, word, (size_t)length + 1);
        }
    }
    return crc;
}

int sweep_id(const struct run *run, const struct sweep_cut *cut, char out[LAB_ID_BYTES])
{
    char word[SWEEP_DEPTH][LAB_CUT_BYTES];

    for (int i = 0; i < cut->cuts; i++)
        if (lab_cut_print(&cut->power[i], word[i]) < 0)
            return LAB_EINVAL;
    return run_id(run, word, cut->cuts, out);
}
