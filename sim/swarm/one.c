// One run of a swarm: drawn, made, judged.
// SPDX-License-Identifier: MIT
#include "sim/swarm/swarm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// Load the swarm's scenario with what was drawn, `more` overrides of the moment, and the caller's own over all.
static int load(const struct swarm_request *request, const struct swarm_draw *draw, uint64_t seed,
                const char *const *more, size_t mores, struct lab_input *input,
                struct lab_error *err)
{
    const char **set = calloc(draw->sets + mores + request->sets + 1, sizeof *set);
    char path[1024];
    size_t n = 0;

    int bad =
        set ? lab_id_find_scenario(request->root, SWARM_SCENARIO, path, sizeof path, err) : -ENOMEM;
    for (size_t i = 0; i < draw->sets && set; i++)
        set[n++] = draw->set[i];
    for (size_t i = 0; i < mores && set; i++)
        set[n++] = more[i];
    for (size_t i = 0; i < request->sets && set; i++)
        set[n++] = request->set[i];
    if (!bad)
        bad = run_load(input, path, request->root, set, n, &seed, err);
    free(set);
    return bad;
}

/// The second step wants to know what will be printed.
static int draw_events(const struct swarm_request *request, struct swarm_draw *draw, uint64_t seed,
                       struct lab_input *input, struct lab_error *err)
{
    static const char *const calm[] = {"power=[]"};
    struct sim_trail trail = {0};
    struct run twin = {0};

    int bad = load(request, draw, seed, calm, 1, input, err);
    if (bad)
        return bad;
    bad = run_dry(&twin, input, seed, &trail, err);
    if (!bad)
        swarm_draw_events(draw, &twin, &trail);
    sim_trail_free(&trail);
    run_free(&twin);
    lab_input_close(input);
    return bad;
}

/// "KEY=[...]" of all entries.
static void list(const char *key, char (*entry)[SWARM_ENTRY], int count, char out[LAB_PLACE_SET])
{
    int at = snprintf(out, LAB_PLACE_SET, "%s=[", key);

    for (int i = 0; i < count && at < LAB_PLACE_SET; i++)
        at += snprintf(out + at, (size_t)(LAB_PLACE_SET - at), "%s%s", i ? ", " : "", entry[i]);
    if (at < LAB_PLACE_SET)
        snprintf(out + at, (size_t)(LAB_PLACE_SET - at), "]");
}

static int load_whole(const struct swarm_request *request, struct swarm_draw *draw, uint64_t seed,
                      struct lab_input *input, struct lab_error *err)
{
    char power[LAB_PLACE_SET], disturb[LAB_PLACE_SET], expect[LAB_PLACE_SET];
    const char *const more[] = {power, expect, disturb};

    list("power", draw->cut, draw->cuts, power);
    list("disturb", draw->disturb, draw->disturbs, disturb);
    snprintf(expect, sizeof expect, "%s", "expect.result=any");
    size_t count = draw->disturbs ? 3 : 2;
    int bad = load(request, draw, seed, more, count, input, err);
    if (bad)
        return bad;
    swarm_expect(&input->scenario, expect);
    lab_input_close(input);
    return load(request, draw, seed, more, count, input, err);
}

// --- what never happens -------------------------------------------------------------------------------------------

static int forget(char (*entry)[SWARM_ENTRY], int count, uint32_t gone)
{
    int left = 0;

    for (int i = 0; i < count; i++)
        if (!(gone >> i & 1u))
            memmove(entry[left++], entry[i], SWARM_ENTRY);
    return left;
}

/// Is this the number of an outage that will not be? Entries of `disturb` name theirs.
static bool in_no_outage(const struct lab_disturb *disturb, int cuts)
{
    return disturb->at.kind == LAB_AT_OUTAGE && disturb->at.value > cuts;
}

/// Take away what the run never came to. Returns how many entries.
static int drop(struct swarm_draw *draw, const struct run *run)
{
    const struct lab_scenario *s = &run->input->scenario;
    const struct sim *sim = run->cut ? run->cut : run->twin;
    uint32_t cuts = 0, disturbs = 0;
    int before = draw->cuts + draw->disturbs;

    for (int i = 0; i < s->power_count; i++)
        if (sim->power_fired_us[i] < 0 && (run->cut || s->power[i].at.kind <= LAB_AT_MOVE))
            cuts |= 1u << i;
    draw->cuts = forget(draw->cut, draw->cuts, cuts);
    for (int i = 0; i < s->disturb_count; i++)
        if ((run->cut && !(sim->world.disturbed >> i & 1u)) ||
            in_no_outage(&s->disturb[i], draw->cuts))
            disturbs |= 1u << i;
    draw->disturbs = forget(draw->disturb, draw->disturbs, disturbs);
    return before - draw->cuts - draw->disturbs;
}

// --- what does not fit --------------------------------------------------------------------------------------------

/// Where nothing was cut before, the twin had another write than the run meets: a tear drawn for that one is made to fit this one. Returns
/// whether that changes anything.
static bool fit(struct swarm_draw *draw, const struct run *run)
{
    static const char key[] = ", tear: ";
    const struct sim_torn *torn = &run->cut->misfit;
    int32_t which = run->cut->misfit_entry;
    char before[SWARM_ENTRY], word[LAB_CUT_BYTES];
    char *at = torn->set && which < draw->cuts ? strstr(draw->cut[which], key) : NULL;

    if (!at)
        return false;
    memcpy(before, draw->cut[which], sizeof before);
    const char *rest = before + (at - draw->cut[which]) + strlen(key);
    rest += strcspn(rest, ",}");
    struct lab_tear tear = torn->tear;
    tear.bytes %= (int32_t)torn->size + 1;
    bool can = nv_can_tear(run->cut->nv.kind, torn->erase, torn->size, &tear); // else as it does itself
    snprintf(at, SWARM_ENTRY - (size_t)(at - draw->cut[which]), "%s%s%s", can ? key : "",
             can ? lab_tear_print(&tear, word) : "", rest);
    return strcmp(before, draw->cut[which]) != 0;
}

// --- the run ------------------------------------------------------------------------------------------------------

static void note(const struct run *run, struct swarm_row *out)
{
    const struct lab_verdict *v = &run->verdict;

    out->outcome = (uint8_t)v->outcome;
    out->result = (uint8_t)run->result;
    out->reason = (uint8_t)run->cut->dut->reason(run->cut);
    out->result_ok = v->result_ok;
    out->cuts = (uint8_t)run->cut->truth.cuts;
    for (int n = 0; n < LAB_MEASURES; n++) {
        out->measure_outcome[n] = (uint8_t)v->measure[n].outcome;
        out->known |= (uint32_t)v->measure[n].known << n;
        out->value[n] = v->measure[n].known ? v->measure[n].value : 0;
    }
    snprintf(out->why, sizeof out->why, "%s", v->why);
}

static void name_of(const char *path, char *out, size_t room)
{
    char stem[256];

    lab_scenario_stem(path, stem, sizeof stem);
    snprintf(out, room, "%.*s", (int)room - 1, stem);
}

static int attempt(const struct swarm_request *request, struct swarm_draw *draw, uint64_t seed,
                   struct lab_input *input, struct run *run, int *drops, struct lab_error *err)
{
    for (;;) {
        int bad = load_whole(request, draw, seed, input, err);
        if (bad)
            return bad;
        bad = run_execute(run, input, seed, err);
        if (!bad)
            return 0;
        int dropped = bad == -ENOENT ? drop(draw, run) : 0;
        bool again = dropped || (bad == -EINVAL && run->cut && fit(draw, run));
        *drops += dropped;
        run_free(run);
        lab_input_close(input);
        if (!again)
            return bad;
        memset(err, 0, sizeof *err);
    }
}

void swarm_one(const struct swarm_request *request, int64_t number, struct lab_input *input,
               struct run *run, struct swarm_result *result)
{
    struct swarm_draw *draw = malloc(sizeof *draw);
    struct swarm_row *row = &result->row;
    int drops = 0;

    memset(result, 0, sizeof *result);
    memset(run, 0, sizeof *run);
    row->number = number;
    result->bad = draw ? 0 : -ENOMEM;
    if (!draw)
        return;
    swarm_draw_machine(draw, request->seed, number, request->root);
    uint64_t seed = swarm_bits(draw, "seed", 0) % 1000000000u;
    result->bad = draw_events(request, draw, seed, input, &result->error);
    if (!result->bad)
        result->bad = attempt(request, draw, seed, input, run, &drops, &result->error);
    if (!result->bad) {
        note(run, row);
        snprintf(result->id, sizeof result->id, "%s", run->id);
        name_of(input->scenario.printer_path, row->printer, sizeof row->printer);
        name_of(input->scenario.job_path, row->job, sizeof row->job);
    }
    row->faults = draw->faults;
    row->dropped = (uint8_t)drops;
    free(draw);
}

// --- many ---------------------------------------------------------------------------------------------------------

/// The runs [first, last) of this process.
static int part(const void *work, size_t first, size_t last, jobs_heard *heard, void *ctx)
{
    const struct swarm_request *request = work;
    struct swarm_result *result = malloc(sizeof *result);
    struct lab_input *input = malloc(sizeof *input);
    struct run run;
    int bad = result && input ? 0 : -ENOMEM;

    for (size_t i = first; i < last && !bad; i++) {
        swarm_one(request, (int64_t)i, input, &run, result);
        run_free(&run);
        if (!result->bad)
            lab_input_close(input);
        bad = result->bad == -ENOMEM ? -ENOMEM : 0;
        if (!bad && !heard(ctx, result))
            break;
    }
    free(input);
    free(result);
    return bad;
}

int swarm_runs(const struct swarm_request *request, jobs_heard *heard, void *ctx,
               struct lab_error *err)
{
    const struct jobs jobs = {.work = request,
                              .part = part,
                              .size = sizeof(struct swarm_result),
                              .processes = request->jobs,
                              .err = err};
    return jobs_run(&jobs, (size_t)request->from, (size_t)request->to + 1, heard, ctx);
}
