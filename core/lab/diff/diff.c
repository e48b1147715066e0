// Comparing two traces, kind by kind.
// SPDX-License-Identifier: MIT
#include "core/lab/diff/diff.h"

#include <assert.h>
#include <string.h>

typedef struct lab_trace trace;

static bool same_event(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_event *x = &a->event[i], *y = &b->event[i];
    return x->t_us == y->t_us && x->number == y->number && x->kind == y->kind && x->a == y->a &&
           x->b == y->b && x->c == y->c && x->d == y->d;
}

/// But for little.
static bool close_event(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_event *x = &a->event[i], *y = &b->event[i];
    return x->t_us == y->t_us && x->number == y->number && x->kind == y->kind &&
           lab_diff_close(x, y);
}

static bool same_power(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_power *x = &a->power[i], *y = &b->power[i];
    return x->t_us == y->t_us && x->bits == y->bits && x->motors == y->motors;
}

static bool same_phase(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_phase *x = &a->phase[i], *y = &b->phase[i];
    return x->t_us == y->t_us && x->domain == y->domain && x->value == y->value;
}

/// The same time and speeds, wherever.
static bool same_way(const struct lab_trace_motion *x, const struct lab_trace_motion *y)
{
    return x->t_us == y->t_us && x->duration_us == y->duration_us && x->up_us == y->up_us &&
           x->down_us == y->down_us && x->v0_um_s == y->v0_um_s &&
           x->cruise_um_s == y->cruise_um_s && x->v1_um_s == y->v1_um_s && x->kind == y->kind;
}

static bool same_motion(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_motion *x = &a->motion[i], *y = &b->motion[i];
    return same_way(x, y) && !memcmp(x->from_nm, y->from_nm, sizeof x->from_nm) &&
           !memcmp(x->to_nm, y->to_nm, sizeof x->to_nm);
}

static bool close_motion(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_motion *x = &a->motion[i], *y = &b->motion[i];
    return same_way(x, y) && lab_diff_close_nm(x->from_nm, y->from_nm, 4) &&
           lab_diff_close_nm(x->to_nm, y->to_nm, 4);
}

static bool same_place(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_motion *x = &a->motion[i], *y = &b->motion[i];

    if (x->true_known != y->true_known || x->t_us != y->t_us)
        return false;
    return !x->true_known || (!memcmp(x->true_from_nm, y->true_from_nm, sizeof x->true_from_nm) &&
                              !memcmp(x->true_to_nm, y->true_to_nm, sizeof x->true_to_nm));
}

static bool close_place(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_motion *x = &a->motion[i], *y = &b->motion[i];

    return x->true_known == y->true_known && x->t_us == y->t_us &&
           (!x->true_known || (lab_diff_close_nm(x->true_from_nm, y->true_from_nm, 3) &&
                               lab_diff_close_nm(x->true_to_nm, y->true_to_nm, 3)));
}

static bool same_corners(const trace *a, const trace *b, size_t i)
{
    return !memcmp(&a->corners[i], &b->corners[i], sizeof a->corners[i]); // numbers alone
}

static bool close_corners(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_corners *x = &a->corners[i], *y = &b->corners[i];

    return x->t_us == y->t_us && x->duration_us == y->duration_us &&
           lab_diff_close_nm(x->believed_nm, y->believed_nm, LAB_TRACE_CORNERS) &&
           lab_diff_close_nm(x->true_nm, y->true_nm, LAB_TRACE_CORNERS);
}

static bool same_point(const trace *a, const trace *b, int heat, size_t i)
{
    return a->heat[heat][i].t_us == b->heat[heat][i].t_us &&
           a->heat[heat][i].mc == b->heat[heat][i].mc;
}
static bool same_nozzle(const trace *a, const trace *b, size_t i)
{
    return same_point(a, b, LAB_TRACE_NOZZLE, i);
}
static bool same_bed(const trace *a, const trace *b, size_t i)
{
    return same_point(a, b, LAB_TRACE_BED, i);
}
static bool same_chamber(const trace *a, const trace *b, size_t i)
{
    return same_point(a, b, LAB_TRACE_CHAMBER, i);
}

static bool same_target(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_target *x = &a->target[i], *y = &b->target[i];
    return x->t_us == y->t_us && x->heat == y->heat && x->mc == y->mc;
}

static bool same_levels(const trace *a, const trace *b, size_t i)
{
    return a->levels[i].t_us == b->levels[i].t_us && a->levels[i].bits == b->levels[i].bits;
}

static bool same_nv(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_nv *x = &a->nv[i], *y = &b->nv[i];
    return x->t_us == y->t_us && x->duration_us == y->duration_us && x->block == y->block &&
           x->offset == y->offset && x->size == y->size && x->end == y->end;
}

static bool same_deposit(const trace *a, const trace *b, size_t i)
{
    return !memcmp(&a->deposit[i], &b->deposit[i], sizeof a->deposit[i]); // numbers alone
}

static bool close_deposit(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_deposit *x = &a->deposit[i], *y = &b->deposit[i];

    return x->t_us == y->t_us && x->duration_us == y->duration_us && x->motion == y->motion &&
           lab_diff_close_nm(x->from_nm, y->from_nm, 3) &&
           lab_diff_close_nm(x->to_nm, y->to_nm, 3) && lab_diff_close_nm(&x->e_nm, &y->e_nm, 1) &&
           lab_diff_close_nm(&x->deficit_nm, &y->deficit_nm, 1);
}

static bool same_proved(const trace *a, const trace *b, size_t i)
{
    return !memcmp(&a->place[i], &b->place[i], sizeof a->place[i]); // numbers alone
}

bool lab_diff_same_limits(const struct lab_trace_measure *a, const struct lab_trace_measure *b)
{
    return a->limited == b->limited && (!a->limited || a->limit == b->limit) &&
           a->warned == b->warned && (!a->warned || a->warn == b->warn);
}

static bool same_measure(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_measure *x = &a->measure[i], *y = &b->measure[i];

    if (strcmp(x->key, y->key) != 0 || strcmp(x->outcome, y->outcome) != 0 || x->known != y->known)
        return false;
    if (!lab_diff_same_limits(x, y))
        return false;
    return !x->known ||
           (x->value == y->value && x->min == y->min && x->max == y->max && x->p95 == y->p95);
}

static bool same_verdict(const trace *a, const trace *b, size_t i)
{
    const struct lab_trace_verdict *x = &a->verdict, *y = &b->verdict;

    (void)i;
    return !strcmp(x->outcome, y->outcome) && !strcmp(x->result, y->result) &&
           !strcmp(x->reason, y->reason) && !strcmp(x->why, y->why) &&
           x->trace_hash == y->trace_hash;
}

/// A kind: how many a trace has, when each is (NULL: no time), and whether one is the same in both; but for little (NULL: it has no
/// lengths).
struct kind {
    const char *word;
    size_t (*count)(const trace *t);
    int64_t (*when)(const trace *t, size_t i);
    bool (*same)(const trace *a, const trace *b, size_t i);
    bool (*close)(const trace *a, const trace *b, size_t i);
};

#define ARRAY(name, array, counted)                      \
    static size_t count_##name(const trace *t)           \
    {                                                    \
        return t->counted;                               \
    }                                                    \
    static int64_t when_##name(const trace *t, size_t i) \
    {                                                    \
        return t->array[i].t_us;                         \
    }

ARRAY(events, event, events)
ARRAY(power, power, powers)
ARRAY(phases, phase, phases)
ARRAY(motions, motion, motions)
ARRAY(corners, corners, corner_count)
ARRAY(nozzle, heat[LAB_TRACE_NOZZLE], heats[LAB_TRACE_NOZZLE])
ARRAY(bed, heat[LAB_TRACE_BED], heats[LAB_TRACE_BED])
ARRAY(chamber, heat[LAB_TRACE_CHAMBER], heats[LAB_TRACE_CHAMBER])
ARRAY(targets, target, targets)
ARRAY(levels, levels, level_count)
ARRAY(nvs, nv, nvs)
ARRAY(deposits, deposit, deposits)
ARRAY(proved, place, places)

static size_t count_measures(const trace *t)
{
    return t->measures;
}
static size_t count_verdicts(const trace *t)
{
    return t->verdict.known ? 1 : 0;
}

static const struct kind kinds[LAB_DIFF_KINDS] = {
    [LAB_DIFF_EVENTS] = {"events", count_events, when_events, same_event, close_event},
    [LAB_DIFF_POWER] = {"power", count_power, when_power, same_power, NULL},
    [LAB_DIFF_PHASES] = {"phases", count_phases, when_phases, same_phase, NULL},
    [LAB_DIFF_MOTIONS] = {"motions", count_motions, when_motions, same_motion, close_motion},
    [LAB_DIFF_PLACES] = {"places", count_motions, when_motions, same_place, close_place},
    [LAB_DIFF_CORNERS] = {"corners", count_corners, when_corners, same_corners, close_corners},
    [LAB_DIFF_NOZZLE] = {"nozzle", count_nozzle, when_nozzle, same_nozzle, NULL},
    [LAB_DIFF_BED] = {"bed", count_bed, when_bed, same_bed, NULL},
    [LAB_DIFF_CHAMBER] = {"chamber", count_chamber, when_chamber, same_chamber, NULL},
    [LAB_DIFF_TARGETS] = {"targets", count_targets, when_targets, same_target, NULL},
    [LAB_DIFF_LINES] = {"lines", count_levels, when_levels, same_levels, NULL},
    [LAB_DIFF_MEMORY] = {"memory", count_nvs, when_nvs, same_nv, NULL},
    [LAB_DIFF_DEPOSITS] = {"deposits", count_deposits, when_deposits, same_deposit, close_deposit},
    [LAB_DIFF_PROVED] = {"proved", count_proved, when_proved, same_proved, NULL},
    [LAB_DIFF_MEASURES] = {"measures", count_measures, NULL, same_measure, NULL},
    [LAB_DIFF_VERDICT] = {"verdict", count_verdicts, NULL, same_verdict, NULL},
};

const char *lab_diff_word(enum lab_diff_kind kind)
{
    return kinds[kind].word;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/// When record i is: in the trace where that is earlier.
static int64_t when(const struct kind *kind, const trace *a, const trace *b, size_t i)
{
    return earlier(i < kind->count(a) ? kind->when(a, i) : INT64_MAX,
                   i < kind->count(b) ? kind->when(b, i) : INT64_MAX);
}

/// Go on from the first record that differs to the first that differs by more than little.
static void find_much(const struct kind *kind, const trace *a, const trace *b,
                      struct lab_diff_place *out)
{
    size_t in_a = kind->count(a), in_b = kind->count(b), i = out->index;
    size_t both = in_a < in_b ? in_a : in_b;

    while (kind->close && i < both && kind->close(a, b, i))
        i++;
    bool hidden = (i == in_a && !a->whole) || (i == in_b && !b->whole);
    out->little = (i == in_a && i == in_b) || (hidden && i > out->index);
    out->much_us = out->little ? out->t_us : when(kind, a, b, i);
}

static void compare(const struct kind *kind, const trace *a, const trace *b,
                    struct lab_diff_place *out)
{
    size_t in_a = kind->count(a), in_b = kind->count(b), i = 0;
    size_t both = in_a < in_b ? in_a : in_b;

    while (i < both && kind->same(a, b, i))
        i++;
    *out = (struct lab_diff_place){.index = i, .in_a = i < in_a, .in_b = i < in_b};
    bool hidden = (i == in_a && !a->whole) || (i == in_b && !b->whole); // behind a tear
    out->differs = (out->in_a || out->in_b) && !hidden;
    if (!out->differs || !kind->when)
        return;
    out->t_us = when(kind, a, b, i);
    find_much(kind, a, b, out);
}

void lab_diff(struct lab_diff *out, const char *name_a, const struct lab_trace *a,
              const char *name_b, const struct lab_trace *b)
{
    *out = (struct lab_diff){.name = {name_a, name_b}, .trace = {a, b}};
    for (int i = 0; i < LAB_DIFF_KINDS; i++) {
        compare(&kinds[i], a, b, &out->place[i]);
        out->differs = out->differs || out->place[i].differs;
    }
    for (size_t i = 0; i < a->measures && i < b->measures; i++)
        out->measures += !same_measure(a, b, i);
    if (a->whole && b->whole)
        out->alone =
            a->measures > b->measures ? a->measures - b->measures : b->measures - a->measures;
    out->measures += out->alone;
    lab_diff_courses(out);
    out->same = !out->differs && a->whole && b->whole;
}
