// What all gauges of a bench say together.
// SPDX-License-Identifier: MIT
#include "rig/gauge/gauge.h"

/// A gauge's reading of the run. False when it was not read as its rule wants.
static bool said(const struct gauge_readings *readings, const struct bench *bench, int32_t n,
                 int64_t *nm)
{
    bool relative = bench->gauge[n].relative;

    if (!readings->after_known[n] || (relative && !readings->before_known[n]))
        return false;
    *nm = readings->after_nm[n] - (relative ? readings->before_nm[n] : 0);
    return true;
}

/// Of a reading, or of the difference of two.
static int64_t doubt_of(const struct bench_gauge *gauge)
{
    const int64_t both[2] = {gauge->uncertainty_nm, gauge->relative ? gauge->uncertainty_nm : 0};
    return lab_length_nm(both, 2);
}

static bool surer(const struct bench_gauge *a, const struct lab_gauged *b)
{
    if (!b->known || a->independent != b->independent)
        return !b->known || a->independent;
    return doubt_of(a) < b->uncertainty_nm;
}

static void offset(const struct gauge_readings *readings, const struct bench *bench,
                   struct lab_gauged *out)
{
    int64_t nm;

    for (int32_t n = 0; n < bench->gauges; n++) {
        const struct bench_gauge *gauge = &bench->gauge[n];
        if (gauge->measure == BENCH_Z_OFFSET && said(readings, bench, n, &nm) && surer(gauge, out))
            *out = (struct lab_gauged){true, gauge->independent, nm, doubt_of(gauge)};
    }
}

/// One gauge reads the length, or two its parts along two axes, whose lengths and doubts add as squares.
static void shift(const struct gauge_readings *readings, const struct bench *bench,
                  struct lab_gauged *out)
{
    int64_t part[2] = {0, 0}, doubt[2] = {0, 0};
    int parts = 0;
    bool independent = true;

    for (int32_t n = 0; n < bench->gauges && parts < 2; n++) {
        const struct bench_gauge *gauge = &bench->gauge[n];
        if (gauge->measure != BENCH_LAYER_SHIFT)
            continue;
        if (!said(readings, bench, n, &part[parts]))
            return; // of one axis alone nothing follows
        doubt[parts++] = doubt_of(gauge);
        independent = independent && gauge->independent;
    }
    if (parts)
        *out =
            (struct lab_gauged){true, independent, lab_length_nm(part, 2), lab_length_nm(doubt, 2)};
}

static void corners(const struct gauge_readings *readings, const struct bench *bench,
                    struct lab_truth *out)
{
    bool any = false;

    for (int32_t n = 0; n < bench->gauges; n++) {
        const struct bench_gauge *gauge = &bench->gauge[n];
        if (gauge->measure != BENCH_CORNER || !readings->before_known[n] ||
            !readings->after_known[n])
            continue;
        out->corner_start_nm[gauge->corner] = (int32_t)readings->before_nm[n];
        out->corner_end_nm[gauge->corner] = (int32_t)readings->after_nm[n];
        if (gauge->uncertainty_nm > out->corner_uncertainty_nm)
            out->corner_uncertainty_nm = gauge->uncertainty_nm;
        out->corner_independent = (!any || out->corner_independent) && gauge->independent;
        any = true;
    }
}

void gauge_truth_touched(struct lab_truth *out, int64_t touch_nm)
{
    int64_t offset[2] = {out->z_offset.uncertainty_nm, touch_nm};
    // the oracle takes a tilt's four readings for twice the doubt of one; the two touches of two corners are half of that
    int64_t corner[2] = {out->corner_uncertainty_nm, touch_nm * 70711 / 100000};

    out->z_offset.uncertainty_nm = lab_length_nm(offset, 2);
    out->corner_uncertainty_nm = lab_length_nm(corner, 2);
}

void gauge_truth(const struct gauge_readings *readings, const struct bench *bench,
                 struct lab_truth *out)
{
    offset(readings, bench, &out->z_offset);
    shift(readings, bench, &out->layer_shift);
    corners(readings, bench, out);
}
