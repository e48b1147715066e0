// What an assertion of the core does in a test program: say where, and abort.
// SPDX-License-Identifier: MIT
#include "core/plr/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void plr_panic(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
    abort();
}
