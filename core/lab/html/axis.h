// Axes of a chart: a range widened to round numbers, where its ticks are, what stands beside them. Integers only.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_AXIS_H
#define LAB_HTML_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AXIS_SPAN = 10000, ///< an axis is so long: places on it are hundredths of a per cent
    AXIS_TEXT = 32,
};

/// A range of values in some small unit ("base": nm, us, m-degC), labelled in a larger one.
struct axis {
    int64_t min, max;  ///< in base units; after axis_fit multiples of `step`, max > min
    int64_t step;      ///< between ticks, by axis_fit
    int64_t unit_size; ///< base units in one of `unit`: 1000 of nm for um; at least 1
    const char *unit;  ///< for people: "µm", "s"; "" none
    bool clock;        ///< base is us, and ticks are labelled as a time of day: 1:20:00
};

/// An axis that nothing was put on yet.
struct axis axis_of(const char *unit, int64_t unit_size);

/// A time axis for a range of microseconds: ms, s, min or h, whatever gives short labels.
struct axis axis_of_time(int64_t min_us, int64_t max_us);

/// A time axis of a print: its ticks are clock times since the job began.
struct axis axis_of_clock(void);

/// Make the range hold a value. The first one makes the range.
void axis_include(struct axis *axis, int64_t value);

/// Widen the range to whole steps of 1, 2 or 5 times a power of ten (clocks: of what clocks are divided in), so that there are at
/// most `ticks` + 1 steps. An empty range becomes one step wide on each side.
void axis_fit(struct axis *axis, int ticks);

/// The same steps, but the range stays as it is: for times, where nothing is on either side.
void axis_fit_inside(struct axis *axis, int ticks);

/// The first tick, at or above the lower end.
int64_t axis_first(const struct axis *axis);

/// Where a value lies: 0 (min) to AXIS_SPAN (max); beyond, its end.
int64_t axis_place(const struct axis *axis, int64_t value);

/// A value in the axis's unit, with the digits that its steps need: "12.5", "1:20:00". Without the unit.
void axis_label(const struct axis *axis, int64_t value, char out[AXIS_TEXT]);

/// The same with `digits` behind the point, or as many as a clock needs to tell milliseconds.
void axis_value(const struct axis *axis, int64_t value, int digits, char out[AXIS_TEXT]);

#endif
