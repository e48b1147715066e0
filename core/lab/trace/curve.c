// A curve told by its bends.
// SPDX-License-Identifier: MIT
//
// From the last point kept, every later one within a tolerance leaves a fan of straight lines that miss none of them. While a new
// point lies in the fan, the line to it serves all; when it does not, the one before it is the bend.
#include "core/lab/trace/curve.h"

/// Is the line from the last kept point through (t, value) less steep than the one through (other_us, other)? Times lie behind it.
static bool below(const struct lab_trace_curve *c, int64_t t_us, int64_t value, int64_t other_us,
                  int64_t other)
{
    return (value - c->from) * (other_us - c->from_us) < (other - c->from) * (t_us - c->from_us);
}

static void begin(struct lab_trace_curve *c, int64_t t_us, int64_t value)
{
    *c = (struct lab_trace_curve){
        .from_us = t_us, .from = value, .last_us = t_us, .last = value, .begun = true};
}

/// The fan narrows to lines that pass this point, too.
static void narrow(struct lab_trace_curve *c, int64_t t_us, int64_t value, int64_t tolerance)
{
    if (!c->open || below(c, t_us, value + tolerance, c->high_us, c->high)) {
        c->high_us = t_us;
        c->high = value + tolerance;
    }
    if (!c->open || below(c, c->low_us, c->low, t_us, value - tolerance)) {
        c->low_us = t_us;
        c->low = value - tolerance;
    }
    c->open = true;
    c->last_us = t_us;
    c->last = value;
}

bool lab_trace_curve_look(struct lab_trace_curve *c, int64_t t_us, int64_t value, int64_t tolerance,
                          struct lab_trace_temperature *out)
{
    if (!c->begun) {
        begin(c, t_us, value);
        *out = (struct lab_trace_temperature){t_us, value};
        return true;
    }
    if (t_us <= c->last_us)
        return false;
    bool fits = !c->open || (!below(c, t_us, value, c->low_us, c->low) &&
                             !below(c, c->high_us, c->high, t_us, value));
    if (!fits) {
        *out = (struct lab_trace_temperature){c->last_us, c->last};
        begin(c, c->last_us, c->last);
    }
    narrow(c, t_us, value, tolerance);
    return !fits;
}

bool lab_trace_curve_keep(struct lab_trace_curve *c, struct lab_trace_temperature *out)
{
    if (!c->open)
        return false;
    *out = (struct lab_trace_temperature){c->last_us, c->last};
    begin(c, c->last_us, c->last);
    return true;
}
