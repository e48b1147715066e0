// The control socket: a line of text comes in, a line of JSON goes out. For any number of answers, and a few clients at a time.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_CONTROL_H
#define SIM_SERVE_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/lab/doc/error.h"

enum { CONTROL_CLIENTS = 8, CONTROL_LINE = 512, CONTROL_POLLS = CONTROL_CLIENTS + 1 };

struct control_client {
    int fd; ///< -1: nobody
    char line[CONTROL_LINE];
    size_t size;
    char *out; ///< what waits until the client takes it; owned
    size_t at, left;
};

struct control {
    int fd;           ///< -1: none
    const char *path; ///< the caller's
    bool bound;
    struct control_client client[CONTROL_CLIENTS];
};

/// What a line is answered with, without a line feed; owned by the caller afterwards, NULL: no memory.
typedef char *control_answer(void *ctx, const char *line);

/// Listen at `path`. A socket there that nobody listens to any more is replaced, anything else is left alone. Returns 0, or a
/// negative errno with `err`. To be closed in any case.
int control_open(struct control *control, const char *path, struct lab_error *err);
void control_close(struct control *control);

/// What to poll for. Returns how many.
int control_polls(const struct control *control, struct pollfd out[CONTROL_POLLS]);
/// Let clients come, be answered, and go; waits for nobody.
void control_turn(struct control *control, control_answer *answer, void *ctx);

#endif
