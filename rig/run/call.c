// Calling a person in a fault.
// SPDX-License-Identifier: MIT
#include "rig/run/call.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig/bench/bench.h"
#include "rig/child/child.h"
#include "rig/lines/lines.h"
#include "rig/service/service.h"

void run_call_somebody(const char *command, const char *sentence)
{
    const struct timespec nap = {0, 10000000};
    char script[BENCH_COMMAND + 8];
    pid_t child;

    if (!command[0])
        return;
    snprintf(script, sizeof script, "%s \"$1\"", command);
    child = fork();
    if (child == 0)
        child_shell(script, sentence, STDERR_FILENO); // a report may go to stdout
    if (child > 0)
        setpgid(child, child);
    for (int n = 0; child > 0 && n < RUN_CALL_S * 100; n++) {
        if (waitpid(child, NULL, WNOHANG) != 0)
            return;
        service_alive(lines_now_us());
        nanosleep(&nap, NULL);
    }
    if (child > 0) {
        kill(-child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}
