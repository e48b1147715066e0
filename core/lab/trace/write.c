// A trace in memory back into bytes.
// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "core/lab/trace/writer.h"

/// The arrays that hang on time, in the order in which things of one instant are put.
enum stream {
    EVENTS,
    MOTIONS,
    POWERS,
    PHASES,
    CORNERS,
    HEAT,
    TARGETS = HEAT + LAB_TRACE_HEATS,
    LEVELS,
    NVS,
    NOTES,
    PLACES,
    STREAMS
};

struct feed {
    const struct lab_trace *trace;
    struct lab_trace_writer *to;
    size_t next[STREAMS];
    size_t deposit;
};

/// When the next of a stream is due: a motion is put when it ends. INT64_MAX: none is left.
static int64_t due(const struct feed *f, int stream)
{
    const struct lab_trace *t = f->trace;
    size_t i = f->next[stream];

    switch (stream) {
    case EVENTS: return i < t->events ? t->event[i].t_us : INT64_MAX;
    case MOTIONS: return i < t->motions ? t->motion[i].t_us : INT64_MAX;
    case POWERS: return i < t->powers ? t->power[i].t_us : INT64_MAX;
    case PHASES: return i < t->phases ? t->phase[i].t_us : INT64_MAX;
    case CORNERS: return i < t->corner_count ? t->corners[i].t_us : INT64_MAX;
    case TARGETS: return i < t->targets ? t->target[i].t_us : INT64_MAX;
    case LEVELS: return i < t->level_count ? t->levels[i].t_us : INT64_MAX;
    case NVS: return i < t->nvs ? t->nv[i].t_us : INT64_MAX;
    case NOTES: return i < t->notes ? t->note[i].t_us : INT64_MAX;
    case PLACES: return i < t->places ? t->place[i].t_us : INT64_MAX;
    default: return i < t->heats[stream - HEAT] ? t->heat[stream - HEAT][i].t_us : INT64_MAX;
    }
}

static void put_motion(struct feed *f, size_t i)
{
    const struct lab_trace *t = f->trace;
    const struct lab_trace_deposit *laid =
        f->deposit < t->deposits ? &t->deposit[f->deposit] : NULL;

    if (laid && laid->motion == (int64_t)i)
        f->deposit++;
    else
        laid = NULL;
    lab_trace_put_motion(f->to, &t->motion[i], laid);
}

static void put(struct feed *f, int stream)
{
    const struct lab_trace *t = f->trace;
    size_t i = f->next[stream]++;

    switch (stream) {
    case EVENTS: lab_trace_put_event(f->to, &t->event[i]); break;
    case MOTIONS: put_motion(f, i); break;
    case POWERS: lab_trace_put_power(f->to, &t->power[i]); break;
    case PHASES: lab_trace_put_phase(f->to, &t->phase[i]); break;
    case CORNERS: lab_trace_put_corners(f->to, &t->corners[i]); break;
    case TARGETS: lab_trace_put_target(f->to, &t->target[i]); break;
    case LEVELS: lab_trace_put_levels(f->to, &t->levels[i]); break;
    case NVS: lab_trace_put_nv(f->to, &t->nv[i]); break;
    case NOTES: lab_trace_put_note(f->to, t->note[i].t_us, t->note[i].text); break;
    case PLACES: lab_trace_put_place(f->to, &t->place[i]); break;
    default:
        lab_trace_put_temperature(f->to, (enum lab_trace_heat)(stream - HEAT),
                                  &t->heat[stream - HEAT][i]);
    }
}

static void put_all_by_time(struct feed *f)
{
    for (;;) {
        int first = 0;
        int64_t at = INT64_MAX;
        for (int i = 0; i < STREAMS; i++)
            if (due(f, i) < at) {
                at = due(f, i);
                first = i;
            }
        if (at == INT64_MAX)
            return;
        put(f, first);
    }
}

int lab_trace_write(const struct lab_trace *trace,
                    int (*put_bytes)(void *ctx, const void *bytes, size_t size), void *ctx)
{
    struct lab_trace_writer *to = malloc(sizeof *to);
    struct feed feed = {.trace = trace, .to = to};

    if (!to)
        return LAB_ENOMEM;
    lab_trace_begin(to, put_bytes, ctx);
    lab_trace_put_meta(to, &trace->meta);
    for (size_t i = 0; i < trace->lines; i++)
        lab_trace_put_line(to, &trace->line[i]);
    for (size_t i = 0; i < trace->names; i++)
        lab_trace_put_name(to, trace->name[i].domain, trace->name[i].value, trace->name[i].text);
    put_all_by_time(&feed);
    for (size_t i = 0; i < trace->cuts - trace->cuts_made; i++)
        lab_trace_put_cut(to, &trace->cut[i]);
    for (size_t i = 0; i < trace->twins; i++)
        lab_trace_put_twin(to, &trace->twin[i]);
    for (size_t i = 0; i < trace->measures; i++)
        lab_trace_put_measure(to, &trace->measure[i]);
    if (trace->verdict.known)
        lab_trace_put_verdict(to, &trace->verdict);
    int bad = trace->whole ? lab_trace_end(to, trace->end_us) : lab_trace_flush(to);
    free(to);
    return bad;
}

static int to_stream(void *ctx, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, ctx) == size ? 0 : LAB_EIO;
}

int lab_trace_write_file(const struct lab_trace *trace, void *stream)
{
    return lab_trace_write(trace, to_stream, stream);
}
