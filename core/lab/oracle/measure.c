// Measures that come from the alignment: height, shift and flow of the first resumed path, coverage, age of the state.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>

enum {
    RESOLUTION_NM = 50000, // gaps and overlaps shorter than this count as none
    LAYER_STEP_NM = 30000, // Z that jumps by more than this between moves (and 1/LEVEL_SHARE of a
    LEVEL_SHARE = 2000,    // travel: beds are not level) begins a layer
    ENOUGH_NM = 10000000,  // less left of a layer than this: the next layer counts too
    SPIRAL_NM = 50000000,  // path that counts where Z rises all along
    SPIRAL_RISE = 3300,    // ... by more than 1/SPIRAL_RISE of the path
    SAMPLE_NM = 1000000,   // long moves are sampled this often
};

// A sample with the path it stands for.
struct weighted {
    int64_t value, weight;
};

// Statistics over the first resumed path after one cut.
struct first_path {
    bool spread; // asked for extremes and percentiles too
    int64_t weight;
    int64_t sum_hi[3],
        sum_lo[3]; // of twice the displacement times weight, in two words: it may exceed 63 bits
    int64_t z_min, z_max, xy_min, xy_max;
    int64_t deficit_nm;
    struct weighted *z, *xy;
    size_t count, room;
    int64_t s0, s1;   // twin coordinates, of which the profile's parts are equal shares
    size_t entry;     // of the run's ledger, in which it begins,
    int64_t entry_nm; // so far along it
    int64_t part_sum[LAB_PROFILE], part_weight[LAB_PROFILE]; // nm times um, um
};

static const int64_t WORD = 1000000;

void oracle_set(struct lab_measured *measured, int64_t value)
{
    measured->known = true;
    measured->value = measured->min = measured->max = value;
    measured->p95 = value < 0 ? -value : value;
}

// --- the first resumed path -------------------------------------------------------------------------

// Does a new layer begin with segment n + 1?
static bool layer_ends(const struct oracle_path *twin, size_t n)
{
    const struct lab_deposit *a = twin->seg[n].deposit, *b = twin->seg[n + 1].deposit;
    int64_t step = llabs((int64_t)b->from_nm[2] - a->to_nm[2]);
    int64_t travel =
        llabs((int64_t)b->from_nm[0] - a->to_nm[0]) + llabs((int64_t)b->from_nm[1] - a->to_nm[1]);
    return step > LAYER_STEP_NM + travel / LEVEL_SHARE;
}

// End of the layer that segment n is in, as a coordinate; `next` is the first segment behind it.
static int64_t layer_end(const struct oracle_path *twin, size_t n, size_t *next)
{
    while (n + 1 < twin->count && !layer_ends(twin, n))
        n++;
    *next = n + 1;
    return twin->seg[n].s + twin->seg[n].len;
}

// Does Z rise all along the next SPIRAL_NM of path, inside moves?
static bool is_spiral(const struct oracle_path *twin, size_t n)
{
    int64_t rise = 0, fall = 0, length = 0;
    for (; n < twin->count && length < SPIRAL_NM; n++) {
        int64_t dz = (int64_t)twin->seg[n].deposit->to_nm[2] - twin->seg[n].deposit->from_nm[2];
        *(dz > 0 ? &rise : &fall) += llabs(dz);
        length += twin->seg[n].len;
    }
    return rise > length / SPIRAL_RISE && fall < rise / 8;
}

static int64_t first_path_end(const struct oracle_path *twin, int64_t s0)
{
    size_t n = oracle_path_at(twin, s0), next;
    if (n == twin->count)
        return s0;
    if (is_spiral(twin, n))
        return s0 + SPIRAL_NM;
    int64_t end = layer_end(twin, n, &next);
    if (end - s0 < ENOUGH_NM && next < twin->count)
        end = layer_end(twin, next, &next);
    return end;
}

// A first resumed path is a layer or two; layers too thin to be told apart must not fill the memory.
enum { SAMPLES_MOST = 1 << 18 };

static int push_sample(struct first_path *f, int64_t z, int64_t xy, int64_t weight)
{
    if (f->count == SAMPLES_MOST)
        return 0; // metres of it: what more there is says nothing new
    if (f->count == f->room) {
        size_t room = f->room ? f->room * 2 : 1024;
        struct weighted *more = realloc(f->z, room * sizeof *more);
        if (!more)
            return -12;
        f->z = more;
        more = realloc(f->xy, room * sizeof *more);
        if (!more)
            return -12;
        f->xy = more;
        f->room = room;
    }
    f->z[f->count] = (struct weighted){llabs(z), weight};
    f->xy[f->count++] = (struct weighted){xy, weight};
    return 0;
}

static void extremes(struct first_path *f, const int64_t q[3])
{
    int64_t xy = lab_length_nm(q, 2);
    bool first = f->count == 0;
    f->z_min = first || q[2] < f->z_min ? q[2] : f->z_min;
    f->z_max = first || q[2] > f->z_max ? q[2] : f->z_max;
    f->xy_min = first || xy < f->xy_min ? xy : f->xy_min;
    f->xy_max = first || xy > f->xy_max ? xy : f->xy_max;
}

// The stretch in the profile, cut where its parts end. Weighted by um: sums of nm times nm would not fit.
static void profile(struct first_path *f, const int64_t z[2], int64_t s, int64_t length)
{
    int64_t share = (f->s1 - f->s0) / LAB_PROFILE + 1, begin = s - f->s0, end = begin + length;

    for (int64_t from = begin, to; from < end; from = to) {
        int64_t part = from / share;
        to = (part + 1) * share < end ? (part + 1) * share : end;
        int64_t middle_ppm = (from + to - 2 * begin) * 500000 / length;
        int64_t weight_um = (to - from + 999) / 1000;
        f->part_sum[part] += (z[0] + (z[1] - z[0]) * middle_ppm / 1000000) * weight_um;
        f->part_weight[part] += weight_um;
    }
}

// Samples of a stretch over which the displacement goes linearly from q0 to q1.
static int sample(struct first_path *f, const int64_t q0[3], const int64_t q1[3], int64_t length)
{
    extremes(f, q0);
    int64_t parts = (length + SAMPLE_NM - 1) / SAMPLE_NM;
    for (int64_t n = 0; n < parts; n++) {
        int64_t weight = length * (n + 1) / parts - length * n / parts, q[3];
        for (int axis = 0; axis < 3; axis++)
            q[axis] = q0[axis] + oracle_muldiv(q1[axis] - q0[axis], 2 * n + 1, 2 * parts);
        if (push_sample(f, q[2], lab_length_nm(q, 2), weight))
            return -12;
    }
    extremes(f, q1);
    return 0;
}

// The stretch in the means: a displacement that goes linearly counts as that of its middle does.
static void add_stretch(struct first_path *f, const int64_t q0[3], const int64_t q1[3],
                        int64_t length)
{
    for (int axis = 0; axis < 3; axis++) {
        int64_t twice = q0[axis] + q1[axis];
        int64_t lower = f->sum_lo[axis] + twice * (length % WORD);
        f->sum_hi[axis] += twice * (length / WORD) + lower / WORD;
        f->sum_lo[axis] = lower % WORD;
    }
    f->weight += length;
}

static int64_t mean(const struct first_path *f, int axis)
{
    // long division, so that no product exceeds 63 bits
    int64_t whole = f->sum_hi[axis] / f->weight, rest = f->sum_hi[axis] % f->weight;
    return whole * (WORD / 2) + lab_round_div(rest * WORD + f->sum_lo[axis], 2 * f->weight);
}

static void swap(struct weighted *a, struct weighted *b)
{
    struct weighted kept = *a;
    *a = *b;
    *b = kept;
}

// Of samples [0, count) put those below the middle one's value first, then its equals. Returns where those begin and end.
static void partition(struct weighted *sample, size_t count, size_t *begin, size_t *end)
{
    int64_t pivot = sample[count / 2].value;
    size_t below = 0, at = 0, above = count;
    while (at < above) {
        if (sample[at].value < pivot)
            swap(&sample[at++], &sample[below++]);
        else if (sample[at].value > pivot)
            swap(&sample[at], &sample[--above]);
        else
            at++;
    }
    *begin = below;
    *end = above;
}

static int64_t weigh(const struct weighted *sample, size_t count)
{
    int64_t sum = 0;
    for (size_t n = 0; n < count; n++)
        sum += sample[n].weight;
    return sum;
}

// Smallest value that at least 95 % of the path does not exceed. Selected, not sorted: sweeps ask a million times.
static int64_t p95(struct weighted *sample, size_t count, int64_t weight)
{
    int64_t need = weight - weight / 20;
    while (count > 1) {
        size_t begin, end;
        partition(sample, count, &begin, &end);
        int64_t below = weigh(sample, begin), equal = weigh(sample + begin, end - begin);
        if (need <= below) {
            count = begin;
        } else if (need <= below + equal || end == count) {
            return sample[begin].value;
        } else {
            need -= below + equal;
            sample += end;
            count -= end;
        }
    }
    return count ? sample[0].value : 0;
}

// Collect the first resumed path: twin coordinates [span.s0, end).
static int collect(const struct oracle_align *a, const struct oracle_span *span, int64_t end,
                   struct first_path *f)
{
    struct oracle_walk walk = {.run = &a->run, .twin = &a->twin};
    for (size_t n = span->first; n < span->last; n++) {
        struct oracle_step step = a->step[n];
        int64_t base = a->twin.seg[step.twin].s, length = step.b[1] - step.b[0];
        if (base + step.b[0] >= end)
            break;
        if (base + step.b[1] > end) { // the path ends inside
            int64_t part = end - base - step.b[0];
            step.a[1] = step.a[0] + oracle_muldiv(step.a[1] - step.a[0], part, length);
            step.b[1] = step.b[0] + part;
            length = part;
        }
        const struct oracle_seg *seg = &a->run.seg[step.run];
        f->deficit_nm += oracle_muldiv(seg->deposit->deficit_nm, step.a[1] - step.a[0], seg->len);
        int64_t q0[3], q1[3];
        oracle_displacement(&walk, &step, 0, q0);
        oracle_displacement(&walk, &step, 1, q1);
        if (length <= 0)
            continue;
        if (!f->weight) {
            f->entry = seg->entry;
            f->entry_nm = step.a[0];
        }
        if (f->spread) {
            profile(f, (const int64_t[]){q0[2], q1[2]}, base + step.b[0], length);
            if (sample(f, q0, q1, length))
                return -12;
        }
        add_stretch(f, q0, q1, length);
    }
    return 0;
}

// Let a measure be that of the cut with the largest |value|.
static void worst(struct lab_measured *m, int64_t value, int64_t min, int64_t max, int64_t p)
{
    if (m->known && llabs(m->value) >= llabs(value))
        return;
    *m = (struct lab_measured){.known = true, .value = value, .min = min, .max = max, .p95 = p};
}

static int64_t um(int64_t nm)
{
    return lab_round_div(nm, 1000);
}

static void keep_profile(const struct first_path *f, struct lab_aligned *cut)
{
    cut->profiled = true;
    cut->profile_path_nm = f->s1 - f->s0;
    cut->first_entry = f->entry;
    cut->first_entry_nm = f->entry_nm;
    for (int n = 0; n < LAB_PROFILE; n++)
        cut->profile_nm[n] = f->part_weight[n]
                                 ? (int32_t)lab_round_div(f->part_sum[n], f->part_weight[n])
                                 : INT32_MIN;
}

static void settle(struct first_path *f, struct lab_aligned *cut, struct lab_measured *measure)
{
    cut->first_path_nm = f->weight;
    cut->z_error_nm = mean(f, 2);
    cut->shift_nm[0] = mean(f, 0);
    cut->shift_nm[1] = mean(f, 1);
    int64_t z = um(cut->z_error_nm), shift = um(lab_length_nm(cut->shift_nm, 2));
    if (f->spread) {
        keep_profile(f, cut);
        worst(&measure[LAB_Z_OFFSET_ERROR], z, um(f->z_min), um(f->z_max),
              um(p95(f->z, f->count, f->weight)));
        worst(&measure[LAB_LAYER_SHIFT], shift, um(f->xy_min), um(f->xy_max),
              um(p95(f->xy, f->count, f->weight)));
    } else {
        worst(&measure[LAB_Z_OFFSET_ERROR], z, z, z, llabs(z));
        worst(&measure[LAB_LAYER_SHIFT], shift, shift, shift, shift);
    }
    int64_t deficit = um(f->deficit_nm);
    worst(&measure[LAB_FLOW_DEFICIT], deficit, deficit, deficit, llabs(deficit));
}

static int first_path(const struct oracle_align *a, const struct oracle_span *span, bool spread,
                      struct lab_aligned *cut, struct lab_measured *measure)
{
    struct first_path f = {.spread = spread, .s0 = span->s0};
    f.s1 = first_path_end(&a->twin, span->s0);
    int error = collect(a, span, f.s1, &f);
    if (!error && f.weight > 0)
        settle(&f, cut, measure);
    free(f.z);
    free(f.xy);
    return error;
}

// --- age of the state ---------------------------------------------------------------------------------

// When the run was last at coordinate `place` in spans before `end`, as well as a place can be told; -1 never.
static int64_t time_at(const struct oracle_align *a, size_t end, int64_t place)
{
    for (size_t n = end; n-- > 0;) {
        const struct oracle_span *span = &a->span[n];
        if (place < span->s0 - RESOLUTION_NM || place > span->s1 + RESOLUTION_NM)
            continue;
        int64_t s = place < span->s0 ? span->s0 : place > span->s1 ? span->s1 : place;
        for (size_t k = span->last; k-- > span->first;) {
            const struct oracle_step *step = &a->step[k];
            int64_t at = s - a->twin.seg[step->twin].s;
            if (at < step->b[0] || at > step->b[1])
                continue;
            int64_t length = step->b[1] - step->b[0];
            int64_t used = step->a[0];
            if (length > 0)
                used += oracle_muldiv(step->a[1] - step->a[0], at - step->b[0], length);
            const struct oracle_seg *seg = &a->run.seg[step->run];
            return seg->deposit->t_us + oracle_muldiv(seg->deposit->dt_us, used, seg->len);
        }
    }
    return -1;
}

/// Of the time from `from` to `to`, how much did this cut take away: from its stop until filament was laid again?
static int64_t away(const struct lab_truth_cut *cut, int64_t from, int64_t to)
{
    int64_t begin = cut->stopped_us > from ? cut->stopped_us : from;
    bool again = cut->first_extrusion_us >= 0 && cut->first_extrusion_us < to;
    int64_t end = again ? cut->first_extrusion_us : to;

    return cut->stopped_us >= 0 && end > begin ? end - begin : 0;
}

/// `which`: of the run's cuts. A state that was restored twice ages by what was printed, not by the outage between.
static void state_age(const struct oracle_align *a, size_t span, const struct lab_truth *run,
                      int which, struct lab_aligned *cut, struct lab_measured *measure)
{
    const struct lab_truth_cut *truth = &run->cut[which];
    int64_t stop = truth->stopped_us >= 0 ? truth->stopped_us : truth->mains_us;
    cut->state_age_us = -1;
    if (stop < 0)
        return;
    // before anything of the path was laid no state of it can be old
    if (cut->cut_at_nm < 0 || cut->resumed_at_nm >= cut->cut_at_nm - RESOLUTION_NM) {
        cut->state_age_us = 0;
    } else {
        int64_t then = time_at(a, span, cut->resumed_at_nm);
        if (then < 0)
            return;
        cut->state_age_us = stop > then ? stop - then : 0;
        for (int i = 0; i < which; i++)
            cut->state_age_us -= away(&run->cut[i], then, stop);
    }
    int64_t ms = lab_round_div(cut->state_age_us, 1000);
    worst(measure, ms, ms, ms, ms);
}

// --- coverage -------------------------------------------------------------------------------------------

// The number of pieces that cover the path changes by `by` at `s`.
struct edge {
    int64_t s;
    int by;
};

static int by_place(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    return (x->s > y->s) - (x->s < y->s);
}

struct coverage {
    int64_t gap, overlap, filament;
    int64_t run_gap;                   // gap that is open,
    int64_t run_overlap, run_filament; // overlap that is open
};

static void close_gap(struct coverage *c)
{
    if (c->run_gap >= RESOLUTION_NM)
        c->gap += c->run_gap;
    c->run_gap = 0;
}

static void close_overlap(struct coverage *c)
{
    if (c->run_overlap >= RESOLUTION_NM) {
        c->overlap += c->run_overlap;
        c->filament += c->run_filament;
    }
    c->run_overlap = c->run_filament = 0;
}

// A stretch of path that was extruded `depth` times.
static void add_depth(struct coverage *c, const struct oracle_path *twin, int64_t from, int64_t to,
                      int depth)
{
    if (to <= from)
        return;
    if (depth != 0)
        close_gap(c);
    if (depth < 2)
        close_overlap(c);
    if (depth == 0)
        c->run_gap += to - from;
    if (depth >= 2) {
        c->run_overlap += (to - from) * (depth - 1);
        c->run_filament += oracle_filament(twin, from, to) * (depth - 1);
    }
}

static int coverage(const struct oracle_align *a, struct lab_measured *measure)
{
    struct edge *edge = malloc((2 * a->spans + 1) * sizeof *edge);
    if (!edge)
        return -12;
    size_t edges = 0;
    int64_t end = a->completed ? a->twin.len : a->twin.from, at = a->twin.from;
    for (size_t n = 0; n < a->spans; n++) {
        edge[edges++] = (struct edge){a->span[n].s0, 1};
        edge[edges++] = (struct edge){a->span[n].s1, -1};
        end = a->span[n].s1 > end ? a->span[n].s1 : end;
    }
    qsort(edge, edges, sizeof *edge, by_place);
    struct coverage c = {0};
    int depth = 0;
    for (size_t n = 0; n < edges; n++) {
        add_depth(&c, &a->twin, at, edge[n].s, depth);
        at = edge[n].s;
        depth += edge[n].by;
    }
    add_depth(&c, &a->twin, at, end, 0);
    close_gap(&c);
    close_overlap(&c);
    free(edge);
    oracle_set(&measure[LAB_SEAM_GAP], um(c.gap));
    oracle_set(&measure[LAB_SEAM_OVERLAP], um(c.overlap));
    oracle_set(&measure[LAB_SEAM_OVERLAP_FILAMENT], um(c.filament));
    return 0;
}

// Filament and path of a piece that no span holds.
static void stray(const struct oracle_align *a, const struct lab_truth *run, int piece,
                  struct lab_aligned *cut)
{
    size_t n = 0;
    size_t lo = run->cut[piece - 1].ledger_at, hi = run->ledger.count;
    if (piece < a->pieces - 1)
        hi = run->cut[piece].ledger_at < hi ? run->cut[piece].ledger_at : hi;
    size_t seg = oracle_path_at_entry(&a->run, lo);
    bool resumed = false; // pushes in place after the resume are unretractions, not purge
    for (size_t entry = lo; entry < hi; entry++) {
        bool path = seg < a->run.count && a->run.seg[seg].entry == entry;
        while (n < a->spans && a->span[n].run_hi <= seg)
            n++;
        bool inside = path && n < a->spans && seg >= a->span[n].run_lo;
        resumed = resumed || inside;
        if (!inside && (path || !resumed))
            cut->stray_filament_nm += run->ledger.entry[entry].e_nm;
        if (path && !inside)
            cut->stray_path_nm += a->run.seg[seg].len;
        seg += path;
    }
}

int oracle_measure_path(const struct oracle_align *a, const struct lab_truth *run, bool spread,
                        struct lab_verdict *verdict)
{
    bool covered = a->pieces == 1; // never cut
    int64_t last_s = -1;
    size_t n = 0;
    int stopped = 0; // the cut that stopped the print: one in a recovery stops nothing of it
    for (int piece = 0; piece < a->pieces; piece++) {
        if (piece > 0) {
            struct lab_aligned *cut = &verdict->cut[piece - 1];
            if (piece == 1 || verdict->cut[piece - 2].matched)
                stopped = piece - 1;
            cut->cut_at_nm = last_s;
            cut->resumed_at_nm = cut->state_age_us = -1;
            cut->nothing_left = a->completed && last_s >= a->twin.len - RESOLUTION_NM;
            stray(a, run, piece, cut);
            if (n < a->spans && a->span[n].piece == piece) {
                cut->matched = true;
                cut->resumed_at_nm = a->span[n].s0;
                state_age(a, n, run, stopped, cut, &verdict->measure[LAB_STATE_AGE]);
                if (first_path(a, &a->span[n], spread, cut, verdict->measure))
                    return -12;
            }
            covered = covered || cut->matched || cut->nothing_left;
        }
        for (; n < a->spans && a->span[n].piece == piece; n++)
            last_s = a->span[n].s1;
    }
    return covered ? coverage(a, verdict->measure) : 0;
}
