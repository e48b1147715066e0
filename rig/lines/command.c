// A relay's command: in a process group of its own, watched while it runs, and ended with all its children.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rig/child/child.h"

/// Returns its process, which is its group, or a negative errno. A terminal's Ctrl-C is not for it, and our stdout is not its own.
static pid_t start(const char *text)
{
    pid_t child = fork();

    if (child == 0)
        child_shell(text, NULL, STDERR_FILENO);
    if (child > 0)
        setpgid(child, child); // whichever of both comes first
    return child < 0 ? -errno : child;
}

/// Has it ended, and how: its exit code or -EIO? It is left to be reaped: until then nobody else gets its number.
static bool ended(pid_t child, int *code)
{
    siginfo_t how = {0};

    if (waitid(P_PID, (id_t)child, &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid == 0)
        return false;
    *code = how.si_code == CLD_EXITED ? how.si_status : -EIO;
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

/// A moment for those around. Returns whether whoever is asked meanwhile has it go on; *heard is what listening found.
static bool pass(struct lines *lines, int fd, int *heard)
{
    enum { STEP_US = 10000 };
    int64_t until = lines_now_us() + STEP_US;

    *heard = fd < 0 ? lines_listen(lines, until) : lines_listen_beside(lines, fd, until);
    if (*heard < 0)
        nanosleep(&(struct timespec){0, STEP_US * 1000L}, NULL); // no chip to wait for
    return !lines->meanwhile || lines->meanwhile(lines->meanwhile_ctx);
}

void lines_pass(struct lines *lines, int fd)
{
    char why[LINES_WHY];
    int heard;

    (void)pass(lines, fd, &heard);
    if (lines_stopped(lines, why, sizeof why))
        lines_drop(lines);
}

int lines_command_turn(struct lines *lines)
{
    int heard;
    bool go_on = pass(lines, -1, &heard);

    return stopped(lines, heard, go_on);
}

static int watch(struct lines *lines, pid_t child, int64_t most_us)
{
    int64_t end = lines_now_us() + most_us;
    int code = 0;

    while (!ended(child, &code)) {
        code = lines_command_turn(lines);
        if (!code && lines_now_us() >= end)
            code = -ETIMEDOUT;
        if (code)
            break;
    }
    return code;
}

/// Where it failed, what it left behind must not act later.
static void reap(pid_t child, int code)
{
    if (code)
        kill(-child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

int lines_command(struct lines *lines, const char *text, int64_t most_us)
{
    pid_t child = start(text);

    if (child < 0)
        return (int)child;
    int code = watch(lines, child, most_us);
    reap(child, code);
    return code;
}

/// Has one of them come to its end, or its time?
static void look_at(struct lines_job *job, int64_t end)
{
    int64_t now = lines_now_us();

    if (!job->child || (!ended(job->child, &job->code) && now < end))
        return;
    if (now >= end && !ended(job->child, &job->code))
        job->code = -ETIMEDOUT;
    reap(job->child, job->code);
    job->child = 0;
    job->ended_us = now;
}

void lines_commands_off(struct lines *lines, struct lines_job *job, int32_t jobs, int64_t most_us)
{
    int64_t end = lines_now_us() + most_us;
    bool at_work = jobs > 0;

    for (int32_t i = 0; i < jobs; i++) {
        pid_t child = start(job[i].text);
        job[i].child = child > 0 ? child : 0;
        job[i].code = child > 0 ? 0 : (int)child;
    }
    while (at_work) {
        at_work = false;
        for (int32_t i = 0; i < jobs; i++) {
            look_at(&job[i], end);
            at_work = at_work || job[i].child;
        }
        if (at_work)
            lines_pass(lines, -1); // nothing ends an off
    }
}
