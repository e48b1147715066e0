// A command of a bench file in a process of its own.
// SPDX-License-Identifier: MIT
#ifndef RIG_CHILD_H
#define RIG_CHILD_H

/// Become a command, in a child just forked: /bin/sh with `text`, in a process group of its own, so that all of it can be ended and a
/// terminal's Ctrl-C is not for it; its input is empty, its output goes to the descriptor `out`. `argument` is its $1, NULL none. What plr-rig ignores
/// (SIGPIPE, SIGTTIN, SIGTTOU) is ignored by it no more, for a pipeline ends by that.
_Noreturn void child_shell(const char *text, const char *argument, int out);

#endif
