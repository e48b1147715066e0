// Becoming a command.
// SPDX-License-Identifier: MIT
#include "rig/child/child.h"

#include <fcntl.h>
#include <signal.h>
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
