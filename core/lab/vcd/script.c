// A captured signal as a scenario's power script.
// SPDX-License-Identifier: MIT
#include <inttypes.h>

#include "core/lab/doc/units.h"
#include "core/lab/scenario/scenario.h"
#include "core/lab/vcd/vcd.h"

static int check(const struct lab_vcd_script *script, const char *name, int64_t off_for_us,
                 struct lab_error *err)
{
    if (!script->outages)
        lab_error_at_file(err, name, "%s never goes off", script->signal);
    else if (script->outages > LAB_POWER_MAX)
        lab_error_at_file(
            err, name,
            "%s goes off %zu times, and a scenario takes %d outages: --debounce makes "
            "short and close ones fewer",
            script->signal, script->outages, LAB_POWER_MAX);
    else if (script->outage[script->outages - 1].off_us < 0 && off_for_us < 0)
        lab_error_at_file(err, name,
                          "the capture ends while %s is off: --off-for says for how long",
                          script->signal);
    else
        return 0;
    return LAB_EINVAL;
}

int lab_vcd_print(const struct lab_vcd_script *script, const char *name, int64_t begin_us,
                  int64_t off_for_us, FILE *out, struct lab_error *err)
{
    char length[32], at[32], off[32];

    int bad = check(script, name, off_for_us, err);
    if (bad)
        return bad;
    lab_quantity_print(length, sizeof length, LAB_TIME, script->length_us);
    fprintf(out, "# %s in %s, a capture of %s\n", script->signal, name, length);
    if (script->dropped.count) {
        lab_quantity_print(at, sizeof at, LAB_TIME, script->debounce_us);
        lab_quantity_print(off, sizeof off, LAB_TIME, script->dropped.off_us);
        fprintf(out, "# left out: %zu times off for less than %s, %s in all\n",
                script->dropped.count, at, off);
    }
    fputs("power:\n", out);
    for (size_t i = 0; i < script->outages; i++) {
        const struct lab_vcd_outage *o = &script->outage[i];
        lab_quantity_print(at, sizeof at, LAB_TIME, begin_us + o->t_us);
        lab_quantity_print(off, sizeof off, LAB_TIME, o->off_us < 0 ? off_for_us : o->off_us);
        fprintf(out, "  - at: {time: %s}\n    off_for: %s\n", at, off);
    }
    return 0;
}
