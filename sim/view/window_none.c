// Stands where window.c does in a build without SDL2.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>

#include "sim/view/window.h"

bool window_can(void)
{
    return false;
}

int window_run(const struct story *story, struct play *play, const struct window_ask *ask,
               char message[WINDOW_MESSAGE])
{
    (void)story;
    (void)play;
    (void)ask;
    snprintf(
        message, WINDOW_MESSAGE,
        "this plr-sim was built without SDL2 and has no window (--screenshot and --record need "
        "none); build it again where libsdl2-dev is installed");
    return -ENOTSUP;
}
