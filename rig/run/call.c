// Calling a person in a fault.
// SPDX-License-Identifier: MIT
#include "rig/run/call.h"

#include <stdio.h>

#include "rig/bench/bench.h"
#include "rig/child/child.h"
#include "rig/lines/lines.h"
#include "rig/service/service.h"

static void alive(void)
{
    service_alive(lines_now_us());
}

void run_call_somebody(const char *command, const char *sentence)
{
    char script[BENCH_COMMAND + 8];

    if (!command[0])
        return;
    snprintf(script, sizeof script, "%s \"$1\"", command);
    (void)child_run(script, sentence, RUN_CALL_S * INT64_C(1000000), alive);
}
