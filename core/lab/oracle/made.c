// Made-up ledgers for tests: jobs of known shape, and runs cut out of them.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/made.h"

#include <assert.h>
#include <string.h>

#define MM INT64_C(1000000)

enum { SPEED_NM_US = 100 };

int64_t made_random(uint64_t *seed, int64_t limit)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((*seed >> 33) % (uint64_t)limit);
}

void made_travel(struct made_pen *pen, int64_t x, int64_t y)
{
    pen->at[0] = x;
    pen->at[1] = y;
    pen->t_us += 50000;
}

static void add(struct made_pen *pen, const int64_t to[3], int64_t e, int64_t us)
{
    struct lab_deposit d = {.t_us = pen->t_us, .dt_us = (int32_t)us, .e_nm = (int32_t)e};
    for (int axis = 0; axis < 3; axis++) {
        d.from_nm[axis] = (int32_t)pen->at[axis];
        d.to_nm[axis] = (int32_t)to[axis];
        pen->at[axis] = to[axis];
    }
    pen->t_us += us;
    int error = lab_ledger_append(pen->ledger, &d);
    assert(!error);
}

void made_draw(struct made_pen *pen, int64_t x, int64_t y)
{
    int64_t to[3] = {x, y, pen->at[2] + pen->z_climb};
    int64_t delta[2] = {x - pen->at[0], y - pen->at[1]};
    int64_t length = lab_length_nm(delta, 2);
    add(pen, to, length * pen->flow_ppm / 1000000, length / SPEED_NM_US);
}

void made_push(struct made_pen *pen, int64_t e)
{
    int64_t to[3];
    memcpy(to, pen->at, sizeof to);
    add(pen, to, e, 20000);
}

void made_wait(struct made_pen *pen, int64_t us)
{
    pen->t_us += us;
}

static void square(struct made_pen *pen, int64_t x, int64_t y, int64_t side)
{
    made_travel(pen, x, y);
    made_push(pen, 500000);
    made_draw(pen, x + side, y);
    made_draw(pen, x + side, y + side);
    made_draw(pen, x, y + side);
    made_draw(pen, x, y);
}

static void infill(struct made_pen *pen, int64_t x, int64_t y, int64_t side)
{
    made_travel(pen, x, y);
    made_push(pen, 500000);
    for (int line = 0; line < 10; line++) {
        made_draw(pen, line % 2 ? x : x + side, y + line * (side / 10));
        made_draw(pen, line % 2 ? x : x + side, y + (line + 1) * (side / 10));
    }
}

void made_tower(struct lab_ledger *job, int layers)
{
    struct made_pen pen = {.ledger = job, .flow_ppm = 37000};
    for (int layer = 0; layer < layers; layer++) {
        pen.at[2] = 200000 * (layer + 1);
        square(&pen, 100 * MM, 100 * MM, 20 * MM);
        square(&pen, 101 * MM, 101 * MM, 18 * MM);
        infill(&pen, 102 * MM, 102 * MM, 16 * MM);
    }
}

void made_objects(struct lab_ledger *job, int layers)
{
    struct made_pen pen = {.ledger = job, .flow_ppm = 37000};
    for (int object = 0; object < 2; object++)
        for (int layer = 0; layer < layers; layer++) {
            pen.at[2] = 200000 * (layer + 1);
            square(&pen, (50 + 80 * object) * MM, 60 * MM, 20 * MM);
            infill(&pen, (51 + 80 * object) * MM, 61 * MM, 18 * MM);
        }
}

// Points of a circle by rotation in integers: exact enough for a test, and the same everywhere.
static void turn(int64_t v[2], int chords)
{
    // cos and sin of 2 pi / chords in 2^-30, for the numbers of chords used here
    static const struct {
        int chords;
        int64_t c, s;
    } table[] = {{24, 1037154959, 277904834},
                 {60, 1067859754, 112236583},
                 {64, 1068571464, 105245103},
                 {90, 1071126243, 74900443},
                 {360, 1073578288, 18739379}};
    for (size_t n = 0; n < sizeof table / sizeof *table; n++)
        if (table[n].chords == chords) {
            int64_t x = v[0], y = v[1];
            v[0] = (x * table[n].c - y * table[n].s) / 1073741824;
            v[1] = (x * table[n].s + y * table[n].c) / 1073741824;
            return;
        }
    assert(false); // a number of chords that is not in the table
}

void made_spiral(struct lab_ledger *job, int turns, int chords)
{
    struct made_pen pen = {.ledger = job, .flow_ppm = 37000, .z_climb = 200000 / chords};
    pen.at[2] = 200000;
    made_travel(&pen, 130 * MM, 100 * MM);
    for (int n = 0; n < turns; n++) {
        int64_t v[2] = {30 * MM, 0};
        for (int chord = 0; chord < chords; chord++) {
            turn(v, chords);
            made_draw(&pen, 100 * MM + v[0], 100 * MM + v[1]);
        }
    }
}

static void half_circle(struct made_pen *pen, int64_t x, int64_t y, int64_t from, int chords)
{
    int64_t v[2] = {0, from};
    for (int chord = 0; chord < chords / 2; chord++) {
        turn(v, chords);
        made_draw(pen, x + v[0], y + v[1]);
    }
}

void made_arcs(struct lab_ledger *job, int layers, int chords)
{
    struct made_pen pen = {.ledger = job, .flow_ppm = 37000};
    for (int layer = 0; layer < layers; layer++) {
        pen.at[2] = 200000 * (layer + 1);
        made_travel(&pen, 90 * MM, 90 * MM);
        made_draw(&pen, 140 * MM, 90 * MM);
        half_circle(&pen, 140 * MM, 100 * MM, -10 * MM, chords);
        made_draw(&pen, 90 * MM, 110 * MM);
        half_circle(&pen, 90 * MM, 100 * MM, 10 * MM, chords);
    }
}

void made_shapes(struct lab_ledger *job, int layers, uint64_t seed)
{
    struct made_pen pen = {.ledger = job, .flow_ppm = 37000};
    for (int layer = 0; layer < layers; layer++) {
        pen.at[2] = 200000 * (layer + 1);
        for (int shape = 0; shape < 3; shape++) {
            made_travel(&pen, 80 * MM + made_random(&seed, 80 * MM),
                        80 * MM + made_random(&seed, 80 * MM));
            for (int n = 0; n < 40; n++)
                made_draw(&pen, pen.at[0] + made_random(&seed, 12 * MM) - 6 * MM,
                          pen.at[1] + made_random(&seed, 12 * MM) - 6 * MM);
        }
    }
}

static int64_t xy(const struct lab_deposit *d)
{
    int64_t delta[2] = {(int64_t)d->to_nm[0] - d->from_nm[0], (int64_t)d->to_nm[1] - d->from_nm[1]};
    return lab_length_nm(delta, 2);
}

int64_t made_path(const struct lab_ledger *job)
{
    int64_t length = 0;
    for (size_t n = 0; n < job->count; n++)
        length += xy(&job->entry[n]);
    return length;
}

static int64_t noise(const struct made_piece *piece, uint64_t *seed)
{
    return piece->noise ? made_random(seed, 2 * piece->noise + 1) - piece->noise : 0;
}

// The part [a, b] in ppb of a deposit, displaced.
static struct lab_deposit part(const struct lab_deposit *d, int64_t a, int64_t b,
                               const struct made_piece *piece, const int64_t jitter[2][3])
{
    static const int64_t BILLION = 1000000000;
    struct lab_deposit out = *d;
    for (int axis = 0; axis < 3; axis++) {
        int64_t delta = (int64_t)d->to_nm[axis] - d->from_nm[axis];
        int64_t end[2] = {d->from_nm[axis] + delta * a / BILLION,
                          d->from_nm[axis] + delta * b / BILLION};
        for (int n = 0; n < 2; n++) {
            if (axis < 2)
                end[n] += (end[n] - piece->centre[axis]) * piece->scale_ppm / 1000000;
            end[n] += piece->shift[axis] + jitter[n][axis];
        }
        out.from_nm[axis] = (int32_t)end[0];
        out.to_nm[axis] = (int32_t)end[1];
    }
    int64_t flow = piece->flow_ppm ? piece->flow_ppm : 1000000;
    int64_t begin = d->e_nm * a / BILLION * flow / 1000000,
            end = d->e_nm * b / BILLION * flow / 1000000;
    out.e_nm = (int32_t)(end - begin);
    begin = d->dt_us * a / BILLION;
    out.t_us = d->t_us + begin;
    out.dt_us = (int32_t)(d->dt_us * b / BILLION - begin);
    return out;
}

// Split the part [a, b] at random and append what comes out.
static void append(struct lab_ledger *out, const struct lab_deposit *d, int64_t a, int64_t b,
                   const struct made_piece *piece, uint64_t *seed, int64_t jitter[2][3])
{
    int parts = piece->split > 1 ? 1 + (int)made_random(seed, piece->split) : 1;
    int64_t from = a;
    for (int n = 0; n < parts; n++) {
        int64_t to = n == parts - 1 ? b : from + made_random(seed, b - from + 1);
        for (int axis = 0; axis < 3; axis++) {
            jitter[0][axis] = jitter[1][axis]; // the end of one is the beginning of the next
            jitter[1][axis] = noise(piece, seed);
        }
        struct lab_deposit piece_of = part(d, from, to, piece, (const int64_t(*)[3])jitter);
        int error = lab_ledger_append(out, &piece_of);
        assert(!error);
        from = to;
    }
}

int64_t made_cut(struct lab_ledger *out, const struct lab_ledger *job,
                 const struct made_piece *piece)
{
    int64_t s = 0, to_s = piece->to_s < 0 ? INT64_MAX : piece->to_s, jitter[2][3] = {{0}};
    uint64_t seed = piece->seed;
    size_t first = out->count;
    for (size_t n = 0; n < job->count && s < to_s; n++) {
        const struct lab_deposit *d = &job->entry[n];
        int64_t length = xy(d), end = s + length;
        if (end > piece->from_s || (length == 0 && s > piece->from_s)) {
            int64_t a = piece->from_s > s ? (piece->from_s - s) * 1000000000 / length : 0;
            int64_t b = end > to_s ? (to_s - s) * 1000000000 / length : 1000000000;
            append(out, d, a, b, piece, &seed, jitter);
        }
        s = end;
    }
    int64_t late = out->count > first ? piece->t_us - out->entry[first].t_us : 0, t = piece->t_us;
    for (size_t n = first; piece->t_us && n < out->count; n++)
        out->entry[n].t_us += late;
    if (out->count > first)
        t = out->entry[out->count - 1].t_us + out->entry[out->count - 1].dt_us;
    return t;
}
