// Finding a place of the run in the twin by shape: which vertex of the twin begins a path that looks the same?
// SPDX-License-Identifier: MIT
//
// Every vertex of the twin with the right heading is walked for a few moves (most fail at once); the nearest survivors are
// walked further and compared: first by residual, then by displacement (a neighbouring infill line is a neighbour, not a
// shift), then by distance to where the run is expected.
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TOLERANCE_NM = 60000, // shape may be off by this, and by 1/SHRINK of the extent
    SHRINK = 100,
    SHORT_STEPS = 8, // a first look: so many steps and this path
    SHORT_NM = 10000000,
    LONG_STEPS = 128,        // the second look
    NEAREST = 256,           // candidates that get one
    WEAK_NM = 2000000,       // a look at less than this, or at fewer steps than WEAK_STEPS,
    WEAK_STEPS = 3,          // proves a place only
    NEARBY_NM = 10000000,    // within this displacement
    SAME_PLACE_NM = 300000,  // displacements that differ by less are alike
    SAME_SHAPE_NM = 20000,   // residuals too
    STRAIGHT = 1000,         // a vertex that turns by less than 1/1000 is none
    NOISE_UM = 20,           // ends of a segment may be off by this
    BETTER = 4,              // vertices tried in search of a good likeness
    PATIENCE = 16,           // failures after which the search takes wider steps
    EXPECTED_NM = 100000000, // within this of where it is expected it is: a second's path
    FAR_NM = 1000000000, // so far from where it is expected a path is no neighbour: another layer's
};

struct candidate {
    size_t j;
    int64_t used;
    int64_t key;      // distance to the expected place
    int64_t residual; // mean deviation of shape
    int64_t apart;    // displacement
};

struct search {
    const struct oracle_align *align;
    size_t lo, hi;
    int64_t near_s;
    struct candidate best[NEAREST]; // by key
    size_t count;
};

static int64_t largest(const int64_t q[3])
{
    int64_t x = llabs(q[0]), y = llabs(q[1]);
    return x > y ? x : y;
}

static void direction(const struct oracle_seg *seg, int64_t out[2])
{
    for (int axis = 0; axis < 2; axis++)
        out[axis] = (int64_t)seg->deposit->to_nm[axis] - seg->deposit->from_nm[axis];
}

// Do two segments point the same way, to 1/share, as far as noise lets one tell? In um, so that
// products fit.
static bool same_heading(const struct oracle_seg *a, const struct oracle_seg *b, int64_t share,
                         int64_t noise_um)
{
    int64_t u[2], v[2];
    direction(a, u);
    direction(b, v);
    int64_t dot = u[0] / 1000 * (v[0] / 1000) + u[1] / 1000 * (v[1] / 1000);
    int64_t cross = llabs(u[0] / 1000 * (v[1] / 1000) - u[1] / 1000 * (v[0] / 1000));
    int64_t longer = (a->len > b->len ? a->len : b->len) / 1000;
    return dot >= 0 && cross <= dot / share + noise_um * longer;
}

static int64_t displacement(const struct oracle_align *align, size_t i, const struct candidate *c)
{
    int64_t p[3], q[3];
    oracle_point(&align->run.seg[i], 0, p);
    oracle_point(&align->twin.seg[c->j], c->used, q);
    int64_t delta[2] = {p[0] - q[0], p[1] - q[1]};
    return lab_length_nm(delta, 2);
}

// Walk on from a pair of vertices: does the shape stay the same? Fills residual and displacement.
static bool looks_alike(const struct search *s, size_t i, struct candidate *c, int steps,
                        int64_t path)
{
    struct oracle_found at = {.found = true, .i = i, .j = c->j};
    struct oracle_walk walk = oracle_walk_begin(s->align, 1, s->lo, s->hi, &at);
    struct oracle_step step;
    int64_t origin[3], q0[3], walked = 0, sum = 0;
    oracle_point(&s->align->run.seg[i], 0, origin);
    oracle_point(&s->align->twin.seg[c->j], 0, q0);
    for (int axis = 0; axis < 3; axis++)
        q0[axis] = origin[axis] - q0[axis];
    int n = 0;
    while ((n < steps || walked < path) && oracle_walk_step(&walk, &step)) {
        for (int end = 0; end < 2; end++) {
            int64_t q[3], p[3];
            oracle_displacement(&walk, &step, end, q);
            oracle_point(&s->align->run.seg[step.run], step.a[end], p);
            int64_t off[3] = {q[0] - q0[0], q[1] - q0[1], 0};
            int64_t extent = llabs(p[0] - origin[0]) + llabs(p[1] - origin[1]);
            if (largest(off) > TOLERANCE_NM + extent / SHRINK)
                return false;
            sum += llabs(off[0]) + llabs(off[1]);
        }
        walked += step.b[1] - step.b[0];
        n++;
    }
    if (walk.i < s->hi && walk.j >= s->align->twin.count)
        return false; // the run goes on where the twin has ended
    c->residual = n ? sum / (2 * n) : 0;
    c->apart = displacement(s->align, i, c);
    return n >= WEAK_STEPS && walked >= WEAK_NM ? true : n > 0 && c->apart <= NEARBY_NM;
}

// Keep the NEAREST candidates, by key.
static void keep(struct search *s, const struct candidate *c)
{
    size_t at = s->count;
    if (at == NEAREST) {
        if (c->key >= s->best[at - 1].key)
            return;
        at--;
    } else {
        s->count++;
    }
    for (; at > 0 && s->best[at - 1].key > c->key; at--)
        s->best[at] = s->best[at - 1];
    s->best[at] = *c;
}

// Path of the run that leads to segment i without a travel: the resume lies that much before.
static int64_t lead_in(const struct search *s, size_t i)
{
    int64_t length = 0;
    while (i > s->lo && !s->align->run.seg[i - 1].gap)
        length += s->align->run.seg[--i].len;
    return length;
}

// How far a place of the twin is from where the run is expected. Ahead counts twice: what goes on resumes at the cut or before it.
static int64_t from_expected(const struct search *s, int64_t at_s)
{
    int64_t ahead = at_s - s->near_s;
    return ahead > 0 ? 2 * ahead : -ahead;
}

static void gather(struct search *s, size_t i)
{
    const struct oracle_path *twin = &s->align->twin;
    int64_t lead = lead_in(s, i);
    s->count = 0;
    for (size_t j = 0; j < twin->count; j++) {
        struct candidate c = {.j = j, .key = from_expected(s, twin->seg[j].s - lead)};
        if (s->count == NEAREST && c.key >= s->best[NEAREST - 1].key)
            continue;
        if (same_heading(&s->align->run.seg[i], &twin->seg[j], 32, NOISE_UM) &&
            looks_alike(s, i, &c, SHORT_STEPS, SHORT_NM))
            keep(s, &c);
    }
}

// Is this the path that was expected, displaced, and the other one merely alike and far away? (A part that was moved by hand may lie
// where another layer's infill was.)
static bool is_rather(const struct candidate *c, const struct candidate *than)
{
    return than->key > FAR_NM && c->key <= EXPECTED_NM && c->apart <= NEARBY_NM / 2;
}

// The best of the candidates kept: shape, then displacement, then nearness (they are in that order already).
static bool choose(struct search *s, struct candidate *out)
{
    const struct candidate *first = NULL, *best = NULL;
    int64_t residual = INT64_MAX, apart = INT64_MAX;
    for (size_t n = 0; n < s->count; n++)
        if (s->best[n].residual < residual)
            residual = s->best[n].residual;
    if (s->count == 0)
        return false;
    int64_t shape = residual + residual / 2 + SAME_SHAPE_NM;
    for (size_t n = 0; n < s->count; n++)
        if (s->best[n].residual <= shape && s->best[n].apart < apart)
            apart = s->best[n].apart;
    for (size_t n = 0; n < s->count && !best; n++) {
        const struct candidate *c = &s->best[n];
        if (c->residual > shape)
            continue;
        first = first ? first : c;
        best = c->apart <= apart + SAME_PLACE_NM ? c : NULL;
    }
    *out = is_rather(first, best) ? *first : *best;
    return true;
}

static bool try_vertex(struct search *s, size_t i, struct candidate *out)
{
    gather(s, i);
    size_t left = 0;
    for (size_t n = 0; n < s->count; n++)
        if (looks_alike(s, i, &s->best[n], LONG_STEPS, 0))
            s->best[left++] = s->best[n];
    s->count = left;
    return choose(s, out);
}

// Where a point projects onto a segment: nm along it, within it.
static int64_t project(const struct oracle_seg *seg, const int64_t p[3])
{
    int64_t d[2];
    direction(seg, d);
    int64_t dot = 0, len_um = (seg->len + 500) / 1000;
    for (int axis = 0; axis < 2; axis++)
        dot += (p[axis] - seg->deposit->from_nm[axis]) * lab_round_div(d[axis], 1000);
    if (dot <= 0 || len_um == 0)
        return 0;
    int64_t along = dot / len_um;
    return along < seg->len ? along : seg->len;
}

// A piece so short that it has no vertex of its own: the line of the twin on which it lies.
static bool try_line(struct search *s, struct candidate *out)
{
    const struct oracle_path *twin = &s->align->twin;
    const struct oracle_seg *run = &s->align->run.seg[s->lo];
    int64_t begin[3];
    oracle_point(run, 0, begin);
    s->count = 0;
    for (size_t j = 0; j < twin->count; j++) {
        const struct oracle_seg *seg = &twin->seg[j];
        if (!same_heading(run, seg, 32, NOISE_UM))
            continue;
        struct candidate c = {.j = j, .used = project(seg, begin)};
        c.key = from_expected(s, seg->s + c.used);
        c.apart = displacement(s->align, s->lo, &c);
        if (c.apart <= NEARBY_NM && c.used + run->len <= seg->len + TOLERANCE_NM)
            keep(s, &c);
    }
    return choose(s, out);
}

// Does the path turn, jump or change its flow at the beginning of segment i?
static bool is_vertex(const struct search *s, size_t i)
{
    const struct oracle_seg *seg = s->align->run.seg;
    return i == s->lo || seg[i - 1].gap || !same_heading(&seg[i - 1], &seg[i], STRAIGHT, 0);
}

// The first vertex that looks like one of the twin. When the likeness is poor (a resume in mid-move is
// no vertex) the next few are tried too, and the best is taken.
static void try_vertices(struct search *s, struct oracle_found *out, struct candidate *found)
{
    int64_t residual = INT64_MAX;
    int better = BETTER;
    size_t failures = 0;
    for (size_t i = s->lo; i < s->hi; i += 1 + failures / PATIENCE) {
        struct candidate c;
        if (!is_vertex(s, i))
            continue;
        if (!try_vertex(s, i, &c)) {
            failures++;
        } else if (c.residual < residual) {
            residual = c.residual;
            *out = (struct oracle_found){.found = true, .i = i, .j = c.j};
            *found = c;
        }
        if (out->found && (residual <= SAME_SHAPE_NM || --better == 0))
            return;
    }
}

// Has the piece no vertex of its own? Then the twin's vertices say nothing: along its line only the displacement does.
static bool is_straight(const struct search *s)
{
    for (size_t i = s->lo + 1; i < s->hi; i++)
        if (is_vertex(s, i))
            return false;
    return true;
}

// Is the piece so short that noise bends it as much as it bends by itself? What it turns like says nothing then.
static bool is_crumb(const struct search *s)
{
    int64_t path = 0;
    for (size_t i = s->lo; i < s->hi; i++)
        path += s->align->run.seg[i].len;
    return path < WEAK_NM;
}

int oracle_locate(const struct oracle_align *align, size_t lo, size_t hi, int64_t near_s,
                  struct oracle_found *out)
{
    assert(lo <= hi && hi <= align->run.count);
    *out = (struct oracle_found){0};
    struct search *s = malloc(sizeof *s);
    if (!s)
        return -12;
    s->align = align;
    s->lo = lo;
    s->hi = hi;
    s->near_s = near_s;
    struct candidate vertex = {0}, c = {0};
    try_vertices(s, out, &vertex);
    // so few segments turn like many others: a line on which they lie says more than a vertex from which they are displaced
    bool weak = lo < hi && hi - lo <= WEAK_STEPS && try_line(s, &c);
    int64_t nearer = is_crumb(s) ? 0 : SAME_PLACE_NM;
    if (weak && (!out->found || is_straight(s) || c.apart + nearer < vertex.apart))
        *out = (struct oracle_found){.found = true, .i = lo, .j = c.j, .used = c.used};
    free(s);
    return 0;
}
