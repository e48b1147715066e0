// Cuts inside a recovery, and in the print behind it: places are found, and cut, while it runs by.
// SPDX-License-Identifier: MIT
#include "sim/sweep/judge.h"

#include <string.h>

/// One recovery that is cut again and again.
struct recovery {
    const struct sweep_work *work;
    const struct sweep_cut *first;
    struct sweep_line *again;
    struct sim_trail trail;    ///< writes of the recovery
    size_t writes;             ///< ... of which so many have been cut
    int32_t begun[PLR_PHASES]; ///< phases, as often as they have been cut
    struct sweep_list list;    ///< cuts that the last step made possible
    struct sweep_result result;
    sweep_heard *heard;
    void *ctx;
};

/// What happened up to here is not the recovery's.
static void skip(struct recovery *r, const struct sim *line)
{
    r->writes = r->trail.writes;
    memcpy(r->begun, line->world.phase_count, sizeof r->begun);
}

/// List the cuts at what the last step brought.
static int look(struct recovery *r, const struct sim *line)
{
    const struct sweep_request *request = r->work->request;
    const struct lab_scenario *scenario = &r->work->run->input->scenario;
    int bad = 0;

    r->list.count = 0;
    for (; r->writes < r->trail.writes && !bad; r->writes++) {
        const struct sim_trail_write *write = &r->trail.write[r->writes];
        // the first cut may fall into the midst of the step that made it: what it had written before is the print's
        if (request->every2 & SWEEP_AGAIN_NV_WRITE && write->cuts >= r->first->cuts)
            bad = sweep_list_write(&r->list, request, scenario, r->first, write);
    }
    for (int phase = 0; phase < PLR_PHASES && !bad; phase++) {
        bool part = phase > PLR_PHASE_HOLDING && phase <= PLR_PHASE_RESUME;
        while (r->begun[phase] < line->world.phase_count[phase] && !bad) {
            int32_t count = ++r->begun[phase];
            if (part && request->every2 & SWEEP_AGAIN_PHASE)
                bad = sweep_list_phase(&r->list, scenario, r->first, (uint8_t)phase, count);
        }
    }
    return bad;
}

/// Numbers only: the list is gone when somebody asks.
static struct sweep_second as_second(const struct lab_power *power)
{
    return (struct sweep_second){.kind = (uint8_t)power->at.kind,
                                 .phase = power->at.phase,
                                 .count = power->at.count,
                                 .number = power->at.value,
                                 .tear = power->tear};
}

/// Make the cuts that were listed. Returns 0, 1 when the listener had enough, or a negative errno.
static int cut_all(struct recovery *r)
{
    int bad = 0;

    for (size_t i = 0; i < r->list.count && !bad; i++) {
        struct sweep_result result = {.index = r->result.index, .order = ++r->result.order};
        result.second = as_second(&r->list.cut[i].power[1]);
        bad = sweep_judge(r->work, r->again, &r->list.cut[i], &result);
        if (!bad)
            bad = !r->heard(r->ctx, &result);
    }
    return bad;
}

/// The recovery runs by, up to where the job goes on.
static int run_by(struct recovery *r)
{
    struct sim *line = r->again->line;
    bool on = true;
    int bad = 0;

    line->hold = true;
    line->trail = &r->trail;
    while (on && !line->held && !bad) {
        bool cut = line->world.power_next > 0; // before, it is the print's
        on = sweep_line_step(r->again);
        if (cut)
            bad = look(r, line);
        else
            skip(r, line);
        if (!bad)
            bad = cut_all(r);
    }
    line->trail = NULL;
    return bad;
}

/// The print goes on behind the recovery: layers begin, and each is cut.
static int run_on(struct recovery *r)
{
    const struct firmware *fw = &r->again->line->world.firmware;
    int32_t layer = fw->exec.layer.number, left = SWEEP_AGAIN_LAYERS;
    bool on = true;
    int bad = 0;

    sweep_line_release(r->again);
    while (on && left && !bad) {
        on = sweep_line_step(r->again);
        r->list.count = 0;
        if (fw->exec.layer.number == layer || !fw->layer_moves)
            continue;
        layer = fw->exec.layer.number;
        left--;
        bad = sweep_list_layer(&r->list, &r->work->run->input->scenario, r->first, layer);
        bad = bad ? bad : cut_all(r);
    }
    return bad;
}

int sweep_second(const struct sweep_work *work, struct sweep_line *line, struct sweep_line *again,
                 size_t index, sweep_heard *heard, void *ctx)
{
    struct recovery r = {.work = work,
                         .first = &work->list.cut[index],
                         .again = again,
                         .result.index = (uint32_t)index,
                         .heard = heard,
                         .ctx = ctx};
    int bad = sweep_line_branch(line, r.first);

    if (!bad) {
        bad = sweep_line_follow(again, line);
        bad = bad ? bad : run_by(&r);
        if (!bad && again->line->held && work->request->every2 & SWEEP_AGAIN_LAYER)
            bad = run_on(&r);
        sweep_line_leave(again);
    }
    sweep_line_back(line);
    sim_trail_free(&r.trail);
    sweep_list_free(&r.list);
    return bad;
}
