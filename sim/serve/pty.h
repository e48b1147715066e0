// A serial line made of a pseudo-terminal, found by a link at a path of the caller's.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_PTY_H
#define SIM_SERVE_PTY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/lab/doc/error.h"

struct serve_pty {
    int fd;           ///< -1: none
    const char *path; ///< of the link; the caller's
    char device[64];
};

/// Make one, raw, and let `path` lead to it. A symbolic link that is there already is replaced at once; anything else is left alone.
/// Returns 0, or a negative errno with `err`. To be closed in any case.
int pty_open(struct serve_pty *pty, const char *path, struct lab_error *err);
/// Hang up, and take the link away if it is still ours.
void pty_close(struct serve_pty *pty);

/// Has somebody opened it? While nobody has, what is written is lost, and poll would return at once.
bool pty_heard(const struct serve_pty *pty);

/// Bytes read, 0: none there.
size_t pty_read(const struct serve_pty *pty, char *out, size_t room);
/// Bytes taken; what a full line does not take stays with the caller.
size_t pty_write(const struct serve_pty *pty, const char *text, size_t size);

#endif
