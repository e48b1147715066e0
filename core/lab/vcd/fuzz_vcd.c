// Fuzzing the reader of captures: any bytes are outages in the order of time, or refused in a sentence.
// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "core/lab/vcd/vcd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lab_vcd_script script;
    struct lab_error err = {0};
    struct lab_vcd_ask ask = {.signal = "mains"};

    if (size && data[0] & 1) // without '$' in front a dump is none anyway
        ask = (struct lab_vcd_ask){
            .low_is_on = true, .debounce_us = 50, .off_for_us = data[0] & 2 ? 70 : 0};
    int bad = lab_vcd_read("x.vcd", (const char *)data, size, &ask, &script, &err);
    check(!bad == !lab_error_set(&err));
    for (size_t i = 0; !bad && i < script.outages; i++) {
        const struct lab_vcd_outage *o = &script.outage[i];
        check(o->t_us >= 0 && o->t_us <= script.length_us);
        check(o->off_us > 0 || (o->off_us == -1 && i + 1 == script.outages));
        check(!i || o->t_us >= o[-1].t_us + o[-1].off_us);
    }
    return 0;
}
