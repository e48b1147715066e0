// A captured signal as a scenario's power script.
// SPDX-License-Identifier: MIT
#include <string.h>

#include "core/lab/doc/units.h"
#include "core/lab/report/format.h"
#include "core/lab/scenario/scenario.h"
#include "core/lab/vcd/vcd.h"

/// Why no scenario takes it, if so.
static int check_count(const struct lab_vcd_script *script, const char *name, struct lab_error *err)
{
    char debounce[32];

    if (!script->outages && script->dropped.count) {
        lab_quantity_print(debounce, sizeof debounce, LAB_TIME, script->debounce_us);
        lab_error_at_file(err, name, "%s never goes off for %s or longer", script->signal,
                          debounce);
    } else if (!script->outages)
        lab_error_at_file(err, name, "%s never goes off", script->signal);
    else if (script->outages > LAB_POWER_MAX)
        lab_error_at_file(
            err, name,
            "%s goes off %zu times, and a scenario takes %d outages: --debounce makes "
            "short and close ones fewer",
            script->signal, script->outages, LAB_POWER_MAX);
    else
        return 0;
    return LAB_EINVAL;
}

static int check_length(const struct lab_vcd_script *script, const struct lab_vcd_outage *o,
                        const char *name, struct lab_error *err)
{
    char at[32], off[32];

    if (o->off_us < 0)
        lab_error_at_file(err, name,
                          "the capture ends while %s is off: --off-for says for how long",
                          script->signal);
    else if (o->off_us < LAB_OFF_MIN_US) {
        lab_quantity_print(at, sizeof at, LAB_TIME, o->t_us);
        lab_quantity_print(off, sizeof off, LAB_TIME, o->off_us);
        lab_error_at_file(err, name,
                          "at %s %s is off for %s, and a scenario's outages last 1ms at least: "
                          "--debounce 1ms leaves shorter ones out",
                          at, script->signal, off);
    } else
        return 0;
    return LAB_EINVAL;
}

bool lab_vcd_left_out(const struct lab_vcd_script *script, char *out, size_t room)
{
    const struct lab_vcd_dropped *d = &script->dropped;
    char less[32], all[32];

    if (!d->count)
        return false;
    lab_quantity_print(less, sizeof less, LAB_TIME, script->debounce_us);
    lab_quantity_print(all, sizeof all, LAB_TIME, d->off_us);
    if (d->count == 1)
        snprintf(out, room, "left out: once off for less than %s, for %s", less, all);
    else
        snprintf(out, room, "left out: %zu times off for less than %s, %s in all", d->count, less,
                 all);
    return true;
}

/// A line's time as a scenario takes it, to the microsecond; what people cannot read is told as a clock does, too.
static void print_time(const char *before, int64_t us, const char *after, FILE *out)
{
    char text[32];

    lab_quantity_print(text, sizeof text, LAB_TIME, us);
    fprintf(out, "%s%s%s", before, text, after);
    const char *unit = text + strspn(text, "0123456789");
    if (us >= 1000000 && (!strcmp(unit, "us") || !strcmp(unit, "ms")))
        fprintf(out, "  # %s", report_clock(us).text);
    fputc('\n', out);
}

int lab_vcd_print(const struct lab_vcd_script *script, const char *name, int64_t begin_us,
                  FILE *out, struct lab_error *err)
{
    char left_out[128];

    int bad = check_count(script, name, err);
    for (size_t i = 0; i < script->outages && !bad; i++)
        bad = check_length(script, &script->outage[i], name, err);
    if (bad)
        return bad;
    fprintf(out, "# %s in %s, a capture of %s\n", script->signal, name,
            report_span(script->length_us).text);
    if (lab_vcd_left_out(script, left_out, sizeof left_out))
        fprintf(out, "# %s\n", left_out);
    fputs("power:\n", out);
    for (size_t i = 0; i < script->outages; i++) {
        const struct lab_vcd_outage *o = &script->outage[i];
        print_time("  - at: {time: ", begin_us + o->t_us, "}", out);
        print_time("    off_for: ", o->off_us, "", out);
    }
    return 0;
}
