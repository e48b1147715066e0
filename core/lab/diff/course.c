// What two runs did, kind by kind, whatever the instant: runs of other seeds and devices have no time in common.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/diff/diff.h"

typedef struct lab_trace trace;

/// The next event of a kind, from index i on; -1 none.
static int64_t next_of(const trace *t, int64_t kind, size_t i)
{
    for (; i < t->events; i++)
        if (t->event[i].kind == kind)
            return (int64_t)i;
    return -1;
}

/// Is the same done? Numbers of phases are each device's own: their words count. What a switch's counters stood at is not done.
static bool same_doing(const trace *a, const struct lab_trace_event *x, const trace *b,
                       const struct lab_trace_event *y)
{
    switch (x->kind) {
    case LAB_TRACE_EVENT_PHASE:
        return !strcmp(lab_trace_word(a, LAB_TRACE_PHASE, x->a),
                       lab_trace_word(b, LAB_TRACE_PHASE, y->a)) &&
               x->b == y->b;
    case LAB_TRACE_EVENT_SWITCH: return x->a == y->a;
    default: return x->a == y->a && x->b == y->b && x->c == y->c && x->d == y->d;
    }
}

bool lab_diff_close_nm(const int64_t *a, const int64_t *b, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t more =
            a[i] > b[i] ? (uint64_t)a[i] - (uint64_t)b[i] : (uint64_t)b[i] - (uint64_t)a[i];
        if (more >= LAB_DIFF_LITTLE_NM)
            return false;
    }
    return true;
}

bool lab_diff_close(const struct lab_trace_event *a, const struct lab_trace_event *b)
{
    const int64_t x[4] = {a->a, a->b, a->c, a->d}, y[4] = {b->a, b->b, b->c, b->d};

    switch (a->kind) {
    case LAB_TRACE_EVENT_MOVE: // outside the job its first is a kind
        return (a->a > 5 || b->a > 5 || a->a == b->a) && lab_diff_close_nm(x, y, 4);
    case LAB_TRACE_EVENT_LAYER: return a->a == b->a && lab_diff_close_nm(&x[1], &y[1], 1);
    case LAB_TRACE_EVENT_SWITCH: return a->a == b->a && lab_diff_close_nm(&x[1], &y[1], 3);
    default: return !memcmp(x, y, sizeof x);
    }
}

static void follow(const trace *a, const trace *b, int64_t kind, struct lab_diff_course *out)
{
    int64_t i = next_of(a, kind, 0), k = next_of(b, kind, 0);
    bool exact = true;

    *out = (struct lab_diff_course){.index = {-1, -1}};
    for (; i >= 0 && k >= 0; out->close++) {
        if (!same_doing(a, &a->event[i], b, &b->event[k])) {
            if (exact) {
                out->index[0] = i;
                out->index[1] = k;
                exact = false;
            }
            if (!lab_diff_close(&a->event[i], &b->event[k]))
                break;
        }
        out->alike += exact;
        i = next_of(a, kind, (size_t)i + 1);
        k = next_of(b, kind, (size_t)k + 1);
    }
    bool hidden = (i < 0 && !a->whole) || (k < 0 && !b->whole); // behind a tear
    out->much = (i >= 0 || k >= 0) && !hidden;
    out->much_index[0] = i;
    out->much_index[1] = k;
    if (exact)
        memcpy(out->index, out->much_index, sizeof out->index);
    out->differs = !exact || out->much;
}

static int64_t job_begin_us(const trace *t)
{
    for (size_t i = 0; i < t->events; i++)
        if (t->event[i].kind == LAB_TRACE_EVENT_JOB && t->event[i].a == 1)
            return t->event[i].t_us;
    return t->meta.begin_us;
}

struct lab_diff_since lab_diff_since(const struct lab_trace *t, int64_t t_us)
{
    struct lab_diff_since since = {.cut = -1, .us = t_us - job_begin_us(t)};

    for (size_t i = 0; i < t->cuts; i++)
        if (t->cut[i].mains_us >= 0 && t->cut[i].mains_us <= t_us)
            since = (struct lab_diff_since){(int64_t)i, t_us - t->cut[i].mains_us};
    return since;
}

/// When a course parts, from the job's begin: in the run where that is earlier. `index`: where, into the events of each.
static int64_t parts_us(const struct lab_diff *d, const int64_t index[2])
{
    int64_t at = INT64_MAX;

    for (int side = 0; side < 2; side++) {
        const trace *t = d->trace[side];
        if (index[side] < 0)
            continue;
        int64_t us = t->event[index[side]].t_us - job_begin_us(t);
        at = us < at ? us : at;
    }
    return at;
}

void lab_diff_courses(struct lab_diff *d)
{
    int64_t first = INT64_MAX;
    bool much = false;

    d->course_first = -1;
    for (int kind = 0; kind < LAB_TRACE_EVENT_KINDS; kind++) {
        follow(d->trace[0], d->trace[1], kind, &d->course[kind]);
        much = much || d->course[kind].much;
    }
    for (int kind = 0; kind < LAB_TRACE_EVENT_KINDS; kind++) {
        const struct lab_diff_course *course = &d->course[kind];
        const int64_t *index = much ? course->much_index : course->index;
        if (!(much ? course->much : course->differs) || parts_us(d, index) >= first)
            continue;
        first = parts_us(d, index);
        d->course_first = kind;
    }
}

bool lab_diff_measurable(const struct lab_diff *d, size_t i)
{
    if (i >= d->trace[0]->measures || i >= d->trace[1]->measures)
        return false;
    const struct lab_trace_measure *a = &d->trace[0]->measure[i], *b = &d->trace[1]->measure[i];
    if (strcmp(a->key, b->key) != 0 || strcmp(a->outcome, b->outcome) != 0 ||
        a->known != b->known || !lab_diff_same_limits(a, b))
        return true;
    int64_t more = a->value > b->value ? a->value : b->value;
    int64_t less = a->value > b->value ? b->value : a->value;
    return a->known && (uint64_t)more - (uint64_t)less > 1;
}
