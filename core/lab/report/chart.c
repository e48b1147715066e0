// Charts of one line, in a text: the height error along a resumed path, and of a sweep against the cut.
// SPDX-License-Identifier: MIT
#include "core/lab/report/format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// Eight heights, in blocks and in what every terminal has.
static const char *const blocks[] = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                     "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                     "\xe2\x96\x87", "\xe2\x96\x88"};
static const char *const plain[] = {"_", ".", "-", "=", "+", "x", "*", "#"};
enum { HEIGHTS = sizeof blocks / sizeof *blocks };

size_t report_chart_columns(unsigned look)
{
    size_t asked = look >> 8;
    return asked && asked < REPORT_CHART ? asked : REPORT_CHART;
}

void report_chart(FILE *out, unsigned look, const int64_t *value, size_t count, int64_t low,
                  int64_t high)
{
    int64_t range = high > low ? high - low : 1;

    for (size_t n = 0; n < count; n++) {
        if (value[n] == INT64_MIN) {
            fputc(' ', out);
            continue;
        }
        int64_t above = value[n] < low ? 0 : value[n] > high ? range : value[n] - low;
        int64_t height = (above * (HEIGHTS - 1) + range / 2) / range;
        fputs((look & LAB_TEXT_BLOCKS ? blocks : plain)[height], out);
    }
}

// --- a sweep's curve ----------------------------------------------------------------------------------------

/// What of all cuts goes into one column.
struct column {
    int64_t worst; ///< |height error|, INT64_MIN none
    bool failed;
};

static void gather(const struct lab_curve *curve, struct column *column, size_t columns)
{
    struct lab_curve_cut cut;

    for (size_t n = 0; n < columns; n++)
        column[n] = (struct column){INT64_MIN, false};
    for (size_t n = 0; n < curve->count; n++) {
        if (!curve->cut(curve->ctx, n, &cut))
            continue;
        struct column *at = &column[n * columns / curve->count];
        int64_t error = llabs(cut.value[LAB_Z_OFFSET_ERROR]);
        at->failed = at->failed || cut.outcome == LAB_FAIL || cut.outcome == LAB_ERROR;
        if ((cut.known >> LAB_Z_OFFSET_ERROR & 1u) && error > at->worst)
            at->worst = error;
    }
}

void report_curve(const struct lab_curve *curve, unsigned look, FILE *out)
{
    struct column column[REPORT_CHART];
    int64_t value[REPORT_CHART], most = INT64_MIN;
    size_t columns = report_chart_columns(look);
    bool failed = false;

    columns = curve->count < columns ? curve->count : columns;
    if (columns < 2)
        return;
    gather(curve, column, columns);
    for (size_t n = 0; n < columns; n++) {
        value[n] = column[n].worst;
        most = value[n] > most ? value[n] : most;
        failed = failed || column[n].failed;
    }
    if (most == INT64_MIN)
        return;
    fprintf(out, "  %-10s  ", "z error");
    report_chart(out, look, value, columns, 0, most);
    fprintf(out, "  to %" PRId64 " um, by %s\n", most, curve->of);
    if (!failed)
        return;
    fprintf(out, "  %-10s  ", "failed");
    for (size_t n = 0; n < columns; n++)
        fputc(column[n].failed ? '^' : ' ', out);
    fputc('\n', out);
}
