// What a terminal can show: colours, blocks, how many columns.
// SPDX-License-Identifier: MIT
#define _DEFAULT_SOURCE // struct winsize

#include "core/lab/cli/cli.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
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

bool lab_cli_blocks(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *term = getenv("TERM"), *locale = NULL;

    for (size_t n = 0; n < sizeof names / sizeof *names && !(locale && locale[0]); n++)
        locale = getenv(names[n]);
    if (!locale || (term && strcmp(term, "dumb") == 0))
        return false;
    const char *dot = strchr(locale, '.');
    return dot && (strncasecmp(dot, ".utf-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0);
}

int lab_cli_columns(FILE *stream)
{
    struct winsize size;
    int file = fileno(stream);

    return file >= 0 && isatty(file) && ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
