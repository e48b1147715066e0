// A relay's command: in a process group of its own, watched while it runs, and ended with all its children.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void lines_while_switching(struct lines *lines, lines_meanwhile *meanwhile, void *ctx)
{
    lines->meanwhile = meanwhile;
    lines->meanwhile_ctx = ctx;
}

/// Returns its process, which is its group, or a negative errno. A terminal's Ctrl-C is not for it, and our stdout is not its own.
static pid_t start(const char *text)
{
    pid_t child = fork();

    if (child == 0) {
        setpgid(0, 0);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", text, (char *)NULL);
        _exit(127);
    }
    if (child > 0)
        setpgid(child, child); // whichever of both comes first
    return child < 0 ? -errno : child;
}

/// Has it ended? It is left to be reaped: until then nobody else gets its number.
static bool ended(pid_t child, int *bad)
{
    siginfo_t how = {0};

    if (waitid(P_PID, (id_t)child, &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid == 0)
        return false;
    *bad = how.si_code == CLD_EXITED && how.si_status == 0 ? 0 : -EIO;
    return true;
}

/// Why what switches on may not go on: 0 or a negative errno.
static int stopped(struct lines *lines, int heard, bool go_on)
{
    char why[LINES_WHY];

    if (heard < 0 && lines->count) // an emergency stop would not be seen
        return heard;
    if (lines_stopped(lines, why, sizeof why))
        return -ECANCELED;
    return go_on ? 0 : -EINTR;
}

static int watch(struct lines *lines, pid_t child, bool on)
{
    enum { MOST_US = 15000000, STEP_US = 10000 };
    int64_t end = lines_now_us() + MOST_US;
    int bad = 0;

    while (!ended(child, &bad)) {
        int heard = lines_listen(lines, lines_now_us() + STEP_US);
        if (heard < 0)
            nanosleep(&(struct timespec){0, STEP_US * 1000L}, NULL); // no chip to wait for
        bool go_on = !lines->meanwhile || lines->meanwhile(lines->meanwhile_ctx);
        bad = on ? stopped(lines, heard, go_on) : 0;
        if (!bad && lines_now_us() >= end)
            bad = -ETIMEDOUT;
        if (bad)
            break;
    }
    return bad;
}

int lines_command(struct lines *lines, const char *text, bool on)
{
    pid_t child = start(text);

    if (child < 0)
        return (int)child;
    int bad = watch(lines, child, on);
    if (bad) // what it left behind must not act later
        kill(-child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    return bad;
}
