// Why a sweep would cut nothing: such a sweep proves nothing, so it must not pass.
// SPDX-License-Identifier: MIT
#include "sim/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>

/// "there is no layer from 5 to 7 in this print"
static void say_range(const struct sweep_work *work, struct lab_error *err)
{
    static const char *const words[SWEEP_EVERIES] = {[SWEEP_NV_WRITE] = "write to the memory",
                                                     [SWEEP_MOVE] = "move",
                                                     [SWEEP_LAYER] = "layer",
                                                     [SWEEP_PHASE] = "phase",
                                                     [SWEEP_EVENT] = "event to be cut",
                                                     [SWEEP_MS] = "millisecond to be cut"};
    const struct sweep_request *request = work->request;
    char to[40] = "";

    if (request->to < INT64_MAX)
        snprintf(to, sizeof to, " to %" PRId64, request->to);
    lab_error_at_file(err, work->run->input->scenario.path,
                      "nothing to cut: the print has no %s numbered from %" PRId64 "%s%s",
                      words[request->every], request->from, to[0] ? to : " on",
                      request->tears ? " that can be torn as --tear says" : "");
}

/// Can the memory do any of the tears?
static bool tears_fit(const struct sweep_work *work)
{
    enum lab_nv_kind nv = work->run->input->scenario.sim.nv.kind;
    uint32_t tears = work->request->tears;

    return !tears || tears & (nv_tears(nv, false) | nv_tears(nv, true));
}

int sweep_check_list(const struct sweep_work *work, struct lab_error *err)
{
    const struct lab_scenario *s = &work->run->input->scenario;

    if (!tears_fit(work))
        lab_error_at_file(
            err, s->path,
            "nothing to cut: this memory (sim.nv.kind: %s) cannot be torn as --tear says",
            lab_nv_word(s->sim.nv.kind));
    else if (work->list.count)
        return 0;
    else if (work->request->every == SWEEP_PHASE)
        lab_error_at_file(err, s->path,
                          "nothing to cut: --every phase cuts the recovery from the scenario's own "
                          "cut, and it has none in the print");
    else
        say_range(work, err);
    return -EINVAL;
}

int sweep_check_cuts(const struct sweep_work *work, int64_t cuts, struct lab_error *err)
{
    const struct sweep_request *request = work->request;
    const char *path = work->run->input->scenario.path;

    // of other lists a part may well hold nothing but cuts that the print ends before
    if (cuts || (request->of > 1 && request->every != SWEEP_PHASE))
        return 0;
    if (request->every == SWEEP_PHASE)
        lab_error_at_file(err, path,
                          "nothing was cut: the recovery from the scenario's own cut has no phase");
    else
        lab_error_at_file(err, path, "nothing was cut: the print got to none of the %zu places",
                          work->list.count);
    return -EINVAL;
}
