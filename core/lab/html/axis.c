// Round numbers for axes, and their labels.
// SPDX-License-Identifier: MIT
#include "core/lab/html/axis.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { US_PER_MS = 1000, US_PER_S = 1000000 };

struct axis axis_of(const char *unit, int64_t unit_size)
{
    return (struct axis){
        .min = INT64_MAX, .max = INT64_MIN, .unit_size = unit_size, .unit = unit, .step = 1};
}

struct axis axis_of_time(int64_t min_us, int64_t max_us)
{
    static const struct {
        int64_t size_us, from_us; // used from ranges of so much on
        const char *unit;
    } units[] = {{3600 * (int64_t)US_PER_S, 3 * 3600 * (int64_t)US_PER_S, "h"},
                 {60 * (int64_t)US_PER_S, 10 * 60 * (int64_t)US_PER_S, "min"},
                 {US_PER_S, 2 * US_PER_S, "s"},
                 {US_PER_MS, 0, "ms"}};
    size_t n = 0;

    while (max_us - min_us < units[n].from_us)
        n++;
    struct axis axis = axis_of(units[n].unit, units[n].size_us);
    axis_include(&axis, min_us);
    axis_include(&axis, max_us);
    return axis;
}

struct axis axis_of_clock(void)
{
    struct axis axis = axis_of("", 1);

    axis.clock = true;
    return axis;
}

void axis_include(struct axis *axis, int64_t value)
{
    axis->min = value < axis->min ? value : axis->min;
    axis->max = value > axis->max ? value : axis->max;
}

// --- steps -------------------------------------------------------------------------------------------------

/// The n-th round number: 1, 2, 5, 10, 20 ... thousandths of a unit (or base units); 0 when it is too large for an integer.
static int64_t decimal_step(const struct axis *axis, int n)
{
    static const int64_t digit[] = {1, 2, 5};
    int64_t power = axis->unit_size >= 1000 ? axis->unit_size / 1000 : 1;

    for (int i = 0; i < n / 3; i++) {
        if (power > INT64_MAX / 100)
            return 0;
        power *= 10;
    }
    return digit[n % 3] * power;
}

/// The n-th division of a clock; 0 behind the last.
static int64_t clock_step(int n)
{
    static const int32_t s[] = {1,   2,   5,    10,   15,   20,   30,    60,    120,   300,
                                600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    static const int64_t ms[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    const int fine = (int)(sizeof ms / sizeof *ms), coarse = (int)(sizeof s / sizeof *s);

    if (n < fine)
        return ms[n] * US_PER_MS;
    return n < fine + coarse ? s[n - fine] * (int64_t)US_PER_S : 0;
}

/// The smallest round step of which `ticks` reach over the range.
static int64_t round_step(const struct axis *axis, int ticks)
{
    int64_t range = axis->max - axis->min, last = 1;

    for (int n = 0;; n++) {
        int64_t step = axis->clock ? clock_step(n) : decimal_step(axis, n);
        if (!step && !axis->clock)
            return last;
        if (!step) // days and more
            return (range / ticks / last + 1) * last;
        if (range / step < ticks || (range / step == ticks && range % step == 0))
            return step;
        last = step;
    }
}

static int64_t floor_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

static void make_range(struct axis *axis)
{
    if (axis->min > axis->max)
        axis->min = axis->max = 0;
    if (axis->min == axis->max) {
        axis->min -= axis->unit_size;
        axis->max += axis->unit_size;
    }
}

void axis_fit(struct axis *axis, int ticks)
{
    assert(ticks > 0);
    make_range(axis);
    axis->step = round_step(axis, ticks);
    axis->min = floor_to(axis->min, axis->step);
    axis->max = -floor_to(-axis->max, axis->step);
}

void axis_fit_inside(struct axis *axis, int ticks)
{
    assert(ticks > 0);
    make_range(axis);
    axis->step = round_step(axis, ticks);
}

int64_t axis_first(const struct axis *axis)
{
    return -floor_to(-axis->min, axis->step);
}

// --- places and labels --------------------------------------------------------------------------------------

int64_t axis_place(const struct axis *axis, int64_t value)
{
    int64_t range = axis->max - axis->min, over = value - axis->min;

    if (over <= 0)
        return 0;
    if (over >= range)
        return AXIS_SPAN;
    while (range > INT64_MAX / (2 * AXIS_SPAN)) {
        range /= 2;
        over /= 2;
    }
    return (over * AXIS_SPAN + range / 2) / range;
}

static void clock_text(int64_t us, int64_t step_us, char out[AXIS_TEXT])
{
    const char *sign = us < 0 ? "-" : "";
    int64_t ms = (us < 0 ? -us : us) / US_PER_MS, s = ms / 1000;
    int at;

    if (step_us % (60 * (int64_t)US_PER_S) == 0)
        at = snprintf(out, AXIS_TEXT, "%s%" PRId64 ":%02" PRId64, sign, s / 3600, s / 60 % 60);
    else
        at = snprintf(out, AXIS_TEXT, "%s%" PRId64 ":%02" PRId64 ":%02" PRId64, sign, s / 3600,
                      s / 60 % 60, s % 60);
    if (step_us % US_PER_S != 0 && at > 0 && at < AXIS_TEXT)
        snprintf(out + at, AXIS_TEXT - (size_t)at, ".%03" PRId64, ms % 1000);
}

static void number_text(int64_t value, int64_t unit_size, int digits, char out[AXIS_TEXT])
{
    int64_t scale = 1, size = value < 0 ? -value : value;

    for (int n = 0; n < digits; n++)
        scale *= 10;
    int64_t whole = size / unit_size, rest = size % unit_size;
    int64_t part = (rest * scale + unit_size / 2) / unit_size;
    whole += part / scale;
    part %= scale;
    const char *sign = value < 0 && (whole || part) ? "\xe2\x88\x92" : ""; // a minus sign
    if (digits)
        snprintf(out, AXIS_TEXT, "%s%" PRId64 ".%0*" PRId64, sign, whole, digits, part);
    else
        snprintf(out, AXIS_TEXT, "%s%" PRId64, sign, whole);
}

void axis_label(const struct axis *axis, int64_t value, char out[AXIS_TEXT])
{
    int digits = 0;

    if (axis->clock) {
        clock_text(value, axis->step, out);
        return;
    }
    for (int64_t step = axis->step; step % axis->unit_size && digits < 6; step *= 10)
        digits++;
    number_text(value, axis->unit_size, digits, out);
}

void axis_value(const struct axis *axis, int64_t value, int digits, char out[AXIS_TEXT])
{
    if (axis->clock)
        clock_text(value, 1, out);
    else
        number_text(value, axis->unit_size, digits, out);
}
