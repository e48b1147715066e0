// A command of a bench file in a process of its own.
// SPDX-License-Identifier: MIT
#ifndef RIG_CHILD_H
#define RIG_CHILD_H

#include <stdint.h>

/// Become a command, in a child just forked: /bin/sh with `text`, in a process group of its own, so that all of it can be ended and a
/// terminal's Ctrl-C is not for it; its input is empty, its output goes to the descriptor `out`. `argument` is its $1, NULL none. What plr-rig ignores
/// (SIGPIPE, SIGTTIN, SIGTTOU) is ignored by it no more, for a pipeline ends by that.
_Noreturn void child_shell(const char *text, const char *argument, int out);

/// Run a command to its end, for `most_us` at most: then it is killed with its children. What it says goes to stderr. `meanwhile` is called every
/// 10 ms (NULL nobody). Returns its exit code; -EIO when a signal ended it, -ETIMEDOUT, or another negative errno.
int child_run(const char *text, const char *argument, int64_t most_us, void (*meanwhile)(void));

#endif
