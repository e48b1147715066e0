// Path view of a ledger: the deposits with XY length, and where on the path each lies.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <stdlib.h>

enum { GAP_NM = 50000 }; // a beginning further than this from the last end: a travel lies between
static const int64_t LONGEST_NM =
    2900000000; // longer is no printer's, and its square would not fit

int64_t lab_round_div(int64_t value, int64_t divisor)
{
    assert(divisor > 0);
    int64_t half = divisor / 2, rest = value % divisor, whole = value / divisor;
    if (rest > half || (rest == half && divisor % 2 == 0))
        return whole + 1;
    if (rest < -half || (rest == -half && divisor % 2 == 0))
        return whole - 1;
    return whole;
}

static int64_t xy_length(const struct lab_deposit *d)
{
    return lab_length_xy((int64_t)d->to_nm[0] - d->from_nm[0],
                         (int64_t)d->to_nm[1] - d->from_nm[1]);
}

static bool apart(const struct lab_deposit *a, const struct lab_deposit *b)
{
    return llabs((int64_t)b->from_nm[0] - a->to_nm[0]) > GAP_NM ||
           llabs((int64_t)b->from_nm[1] - a->to_nm[1]) > GAP_NM;
}

// More filament than way, and hardly any way, is a push in place that a gauge saw tremble.
static bool is_path(const struct lab_deposit *d, int64_t len)
{
    if (len <= 0 || (len < GAP_NM && d->e_nm > len))
        return false;
    return len <= LONGEST_NM && llabs((int64_t)d->to_nm[2] - d->from_nm[2]) <= LONGEST_NM;
}

int oracle_path_init(struct oracle_path *path, const struct lab_ledger *ledger)
{
    *path = (struct oracle_path){0};
    assert(ledger->count < UINT32_MAX);
    path->room = ledger->count + 1;
    path->seg = lab_bulk_resize(NULL, 0, path->room * sizeof *path->seg);
    if (!path->seg)
        return -12;
    for (size_t n = 0; n < ledger->count; n++) {
        const struct lab_deposit *d = &ledger->entry[n];
        int64_t len = xy_length(d);
        if (!is_path(d, len))
            continue;
        if (path->count)
            path->seg[path->count - 1].gap = apart(path->seg[path->count - 1].deposit, d);
        path->seg[path->count++] = (struct oracle_seg){.deposit = d,
                                                       .len = len,
                                                       .s = path->len,
                                                       .filament = path->filament,
                                                       .entry = (uint32_t)n,
                                                       .gap = true};
        path->len += len;
        path->filament += d->e_nm;
    }
    return 0;
}

void oracle_path_part(struct oracle_path *path, const struct oracle_path *whole, size_t first,
                      size_t end)
{
    size_t lo = oracle_path_at_entry(whole, first), hi = oracle_path_at_entry(whole, end);
    bool last = hi == whole->count;

    *path = (struct oracle_path){
        .seg = whole->seg + lo,
        .count = hi - lo,
        .from = lo == whole->count ? whole->len : whole->seg[lo].s,
        .len = last ? whole->len : whole->seg[hi].s,
        .filament = last ? whole->filament : whole->seg[hi].filament,
    };
}

void oracle_path_free(struct oracle_path *path)
{
    if (path->room) // else it is part of another's
        lab_bulk_free(path->seg, path->room * sizeof *path->seg);
    *path = (struct oracle_path){0};
}

size_t oracle_path_at_entry(const struct oracle_path *path, size_t entry)
{
    size_t lo = 0, hi = path->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (path->seg[mid].entry < entry)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t oracle_path_at(const struct oracle_path *path, int64_t s)
{
    size_t lo = 0, hi = path->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (path->seg[mid].s + path->seg[mid].len <= s)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

// Filament from the path's beginning to a coordinate.
static int64_t filament_to(const struct oracle_path *path, int64_t s)
{
    size_t n = oracle_path_at(path, s);
    if (n == path->count)
        return path->filament;
    const struct oracle_seg *seg = &path->seg[n];
    int64_t used = s > seg->s ? s - seg->s : 0;
    return seg->filament + oracle_muldiv(seg->deposit->e_nm, used, seg->len);
}

int64_t oracle_filament(const struct oracle_path *path, int64_t from_s, int64_t to_s)
{
    return filament_to(path, to_s) - filament_to(path, from_s);
}
