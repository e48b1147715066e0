// The twin judged from outside: its filament, time and extent beside what the slicer says of its own file.
// SPDX-License-Identifier: MIT
#include "core/lab/oracle/internal.h"

#include <assert.h>
#include <string.h>

enum { WINDOW = 65536 };
static const int64_t LONGEST = 10000000000000; // 10 km in nm: longer is no print's

// A comment line being read.
struct text {
    const char *at, *end;
};

static void blanks(struct text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
        t->at++;
}

// Past a word, blanks before it; letters compare without case.
static bool word(struct text *t, const char *want)
{
    struct text probe = *t;
    blanks(&probe);
    for (; *want; want++, probe.at++) {
        if (probe.at == probe.end)
            return false;
        char c = *probe.at >= 'A' && *probe.at <= 'Z' ? (char)(*probe.at + 32) : *probe.at;
        if (c != *want)
            return false;
    }
    *t = probe;
    return true;
}

// A decimal number in millionths; false when there is none or it is absurd.
static bool millionths(struct text *t, int64_t *out)
{
    blanks(t);
    int64_t value = 0, unit = 1000000;
    bool digits = false, point = false;
    for (; t->at < t->end; t->at++) {
        if (*t->at == '.' && !point) {
            point = true;
            continue;
        }
        if (*t->at < '0' || *t->at > '9')
            break;
        digits = true;
        if (point)
            value += (*t->at - '0') * (unit /= 10);
        else if (value > LONGEST)
            return false;
        else
            value = value * 10 + (*t->at - '0') * INT64_C(1000000);
    }
    *out = value;
    return digits;
}

// "9249.79" or "12.5, 3" in mm; "1.2m, 0m" where a unit follows. Millionths of a mm are nm.
static bool lengths(struct text *t, int64_t *sum)
{
    bool any = false;
    int64_t value;
    *sum = 0;
    while (millionths(t, &value)) {
        if (!word(t, "mm") && word(t, "m"))
            value *= 1000;
        any = true;
        *sum += value;
        if (!word(t, ",") || *sum > LONGEST)
            break;
    }
    return any && *sum <= LONGEST;
}

// "1d 2h 3m 4s" in milliseconds.
static bool duration(struct text *t, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}};
    bool any = false;
    int64_t value;
    *ms = 0;
    while (millionths(t, &value)) {
        size_t n = 0;
        while (n < 4 && !word(t, units[n].unit))
            n++;
        if (n == 4)
            return any;
        *ms += value / 1000000 * units[n].ms;
        any = true;
    }
    return any;
}

static void read_comment(struct text t, struct lab_slicer_totals *out)
{
    int64_t value;
    struct text whole = t;
    if (word(&t, "filament used [mm] =") && lengths(&t, &value)) {
        out->has_filament = true;
        out->filament_nm = value;
    }
    t = whole;
    if (word(&t, "filament used:") && lengths(&t, &value)) {
        out->has_filament = true;
        out->filament_nm = value;
    }
    t = whole;
    if ((word(&t, "estimated printing time (normal mode) =") ||
         word(&t, "estimated printing time =")) &&
        duration(&t, &value)) {
        out->has_time = true;
        out->time_ms = value;
    }
    t = whole;
    if (word(&t, "time:") && millionths(&t, &value)) {
        out->has_time = true;
        out->time_ms = value / 1000;
    }
}

static void read_window(const char *from, const char *end, struct lab_slicer_totals *out)
{
    while (from < end) {
        const char *feed = memchr(from, '\n', (size_t)(end - from));
        const char *stop = feed ? feed : end;
        struct text t = {from, stop};
        if (word(&t, ";"))
            read_comment(t, out);
        from = stop + 1;
    }
}

void lab_slicer_totals(const char *file, size_t size, struct lab_slicer_totals *out)
{
    assert(file || size == 0);
    *out = (struct lab_slicer_totals){0};
    if (!size)
        return;
    size_t head = size < WINDOW ? size : WINDOW;
    read_window(file, file + head, out);
    if (size > head)
        read_window(file + (size - head), file + size, out);
}

static int64_t error_ppm(int64_t ours, int64_t theirs)
{
    if (theirs <= 0)
        return 0;
    int64_t unit = theirs > LONGEST / 10 ? 1000 : 1; // so that the product fits
    return lab_round_div((ours - theirs) / unit * 1000000, theirs / unit);
}

static void extent(const struct oracle_path *path, struct lab_twin_facts *out)
{
    out->path_nm = path->len;
    for (size_t n = 0; n < path->count; n++)
        for (int axis = 0; axis < 3; axis++) {
            int64_t a = path->seg[n].deposit->from_nm[axis], b = path->seg[n].deposit->to_nm[axis];
            int64_t low = a < b ? a : b, high = a < b ? b : a;
            if (n == 0 || low < out->box_nm[0][axis])
                out->box_nm[0][axis] = low;
            if (n == 0 || high > out->box_nm[1][axis])
                out->box_nm[1][axis] = high;
        }
}

void lab_twin_check(const struct lab_truth *twin, int64_t print_us, const char *file, size_t size,
                    struct lab_twin_facts *out)
{
    assert(twin && out);
    *out = (struct lab_twin_facts){.filament_nm = twin->filament_nm,
                                   .time_ms = print_us / 1000,
                                   .deposits = twin->ledger.count};
    lab_slicer_totals(file, size, &out->slicer);
    if (out->slicer.has_filament)
        out->filament_error_ppm = error_ppm(out->filament_nm, out->slicer.filament_nm);
    if (out->slicer.has_time)
        out->time_error_ppm = error_ppm(out->time_ms, out->slicer.time_ms);
    struct oracle_path path;
    if (!oracle_path_init(&path, &twin->ledger))
        extent(&path, out);
    oracle_path_free(&path);
}
