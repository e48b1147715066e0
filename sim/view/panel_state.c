// Says in a word what is going on.
// SPDX-License-Identifier: MIT
#include "sim/view/panels.h"

#include <stdio.h>
#include <string.h>

int64_t panel_recovery(const struct lab_trace *trace, int64_t t_us)
{
    for (size_t i = trace->cuts; i-- > 0;) {
        const struct lab_trace_cut *cut = &trace->cut[i];
        if (cut->mains_us < 0 || t_us < cut->mains_us)
            continue;
        if (cut->back_us < 0 || t_us < cut->back_us)
            return -1;
        return cut->first_extrusion_us < 0 || t_us < cut->first_extrusion_us ? (int64_t)i : -1;
    }
    return -1;
}

/// Has the job ended, or not begun?
static bool job_is(const struct view *v, int64_t what)
{
    const struct lab_trace *trace = v->trace;

    for (int64_t i = v->now.event; i >= 0; i--)
        if (trace->event[i].kind == LAB_TRACE_EVENT_JOB)
            return trace->event[i].a == what;
    return false;
}

struct panel_state panel_state(const struct view *v)
{
    const uint32_t power = v->now.power;
    const char *phase = lab_trace_word(v->trace, LAB_TRACE_PHASE, v->now.phase);

    if (!phase[0]) // a bench whose printer tells no phases has states of its own
        phase = lab_trace_word(v->trace, LAB_TRACE_STATE, v->now.state);

    if (!(power & LAB_TRACE_MAINS) && (power & LAB_TRACE_LOGIC))
        return (struct panel_state){"POWER FAILS", power & LAB_TRACE_FAIL ? "noticed" : "",
                                    PAINT_BAD};
    if (!(power & LAB_TRACE_MAINS) && v->now.cut >= 0)
        return (struct panel_state){"DARK", "no power", PAINT_BAD};
    if (panel_recovery(v->trace, v->now.t_us) >= 0 && v->now.t_us >= v->story->end_us)
        return (struct panel_state){"ENDED", v->trace->verdict.result, PAINT_DIM};
    if (panel_recovery(v->trace, v->now.t_us) >= 0) {
        int64_t last =
            lab_trace_last(v->trace->phase, v->trace->phases, sizeof *v->trace->phase, v->now.t_us);
        bool begun = last >= 0 && v->trace->phase[last].t_us >= v->trace->cut[v->now.cut].back_us;
        return (struct panel_state){"RECOVERY", begun ? phase : "starts", PAINT_WARN};
    }
    if (job_is(v, 2))
        return (struct panel_state){"JOB DONE", "", PAINT_GOOD};
    if (v->now.deposits == 0)
        return (struct panel_state){"STARTING", "", PAINT_DIM};
    return (struct panel_state){v->now.cut >= 0 ? "PRINTING ON" : "PRINTING", "", PAINT_GOOD};
}

enum paint_mark panel_mark(const char *outcome)
{
    return !strcmp(outcome, "pass")                                ? PAINT_TICK
           : !strcmp(outcome, "marginal")                          ? PAINT_CARE
           : !strcmp(outcome, "fail") || !strcmp(outcome, "error") ? PAINT_CROSS
                                                                   : PAINT_OPEN;
}

const char *panel_counted(const struct view *v)
{
    return v->now.true_known || v->now.belief_nm[0] == LAB_TRACE_UNKNOWN ? "" : "counted ";
}

int panel_endstop(const struct lab_trace *trace, int corner)
{
    char name[32];

    snprintf(name, sizeof name, "z_plus%d", corner);
    for (size_t i = 0; i < trace->lines; i++)
        if (!strcmp(trace->line[i].name, name))
            return (int)i;
    return -1;
}

int panel_motors(const struct lab_trace_meta *meta)
{
    int64_t n = meta->z_motors;

    return n < 1 ? 1 : n > LAB_TRACE_CORNERS ? LAB_TRACE_CORNERS : (int)n;
}

struct panel_post panel_post(const struct lab_trace_meta *meta, int motor)
{
    static const char *const four[] = {"FL", "RL", "RR", "FR"};
    static const char *const fewer[] = {"Z0", "Z1", "Z2", "Z3"};
    int64_t x = meta->post_nm[motor][0] * 2 - meta->travel_nm[0];
    int64_t y = meta->post_nm[motor][1] * 2 - meta->travel_nm[1];

    return (struct panel_post){.right = x * 3 < -meta->travel_nm[0]  ? -1
                                        : x * 3 > meta->travel_nm[0] ? 1
                                                                     : 0,
                               .rear = y > 0,
                               .name = panel_motors(meta) == 4 ? four[motor] : fewer[motor]};
}
