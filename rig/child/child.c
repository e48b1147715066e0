// Becoming a command, and running one to its end.
// SPDX-License-Identifier: MIT
#include "rig/child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

_Noreturn void child_shell(const char *text, const char *argument, int out)
{
    static const int usual[] = {SIGPIPE, SIGTTIN, SIGTTOU}; // exec resets what has a handler alone

    setpgid(0, 0);
    for (unsigned n = 0; n < sizeof usual / sizeof *usual; n++)
        signal(usual[n], SIG_DFL);
    int in = open("/dev/null",
                  O_RDONLY); // a terminal's stdin would stop a background group that reads it
    if (in >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execl("/bin/sh", "sh", "-c", text, "sh", argument, (char *)NULL);
    _exit(127);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/// Everything of it, so that nothing acts later.
static void kill_all(pid_t child)
{
    kill(-child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

int child_run(const char *text, const char *argument, int64_t most_us, void (*meanwhile)(void))
{
    int64_t end = now_us() + most_us;
    pid_t child = fork();
    pid_t reaped;
    int status = 0;

    if (child < 0)
        return -errno;
    if (child == 0)
        child_shell(text, argument, STDERR_FILENO); // a report may go to stdout
    setpgid(child, child);                          // whichever of both comes first
    while ((reaped = waitpid(child, &status, WNOHANG)) == 0) {
        if (now_us() >= end) {
            kill_all(child);
            return -ETIMEDOUT;
        }
        if (meanwhile)
            meanwhile();
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    if (reaped < 0) // whoever started us may have it that nobody hears of children
        return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}
