// When to colour, and which exit code a verdict has.
// SPDX-License-Identifier: MIT
#include "core/lab/cli/cli.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool lab_cli_colour(enum lab_color asked, FILE *stream)
{
    if (asked != LAB_COLOR_AUTO)
        return asked == LAB_COLOR_ALWAYS;
    const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM");
    if (no && no[0])
        return false;
    if (force && force[0] && strcmp(force, "0") != 0)
        return true;
    if (term && strcmp(term, "dumb") == 0)
        return false;
    int file = fileno(stream);
    return file >= 0 && isatty(file);
}
