// What is said to the printer, one thing after the other.
// SPDX-License-Identifier: MIT
#include "rig/host/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void host_failed(struct host *host, int error, const char *why)
{
    host->talk.size = 0;
    host->talk.asked = false;
    host->z.active = false;
    host->adopt_us = 0;
    host->error = PLR_EIO;
    // a printer that says no is the core's affair; one that is not there is nobody's
    host->lost |= error == -EPIPE || error == -ENOTCONN;
    snprintf(host->result.why, sizeof host->result.why, "%s", why);
}

void host_say(struct host *host, const char *format, ...)
{
    struct host_talk *talk = &host->talk;
    size_t room = sizeof talk->text - talk->size;
    va_list args;

    va_start(args, format);
    int n = vsnprintf(talk->text + talk->size, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n + 2 > room) {
        host_failed(host, -E2BIG, "too much to be said at once");
        return;
    }
    talk->size += (size_t)n;
    talk->text[talk->size++] = '\n';
    talk->text[talk->size] = '\0';
}

/// Is the answer there? False: it is still to come.
static bool answered(struct host *host)
{
    char why[LINK_LINE];
    int code;

    if (!host->talk.asked)
        return true;
    code = link_answer(host->link, why, sizeof why);
    if (code == 1)
        return false;
    host->talk.asked = false;
    if (code < 0)
        host_failed(host, code, why);
    return true;
}

bool host_talk_turn(struct host *host)
{
    struct host_talk *talk = &host->talk;

    if (!answered(host))
        return false;
    if (!talk->size)
        return true;
    int bad = link_gcode(host->link, talk->text);
    if (bad == -EBUSY) // somebody else of this program is asking
        return false;
    talk->size = 0;
    talk->asked = !bad;
    if (bad)
        host_failed(host, bad, strerror(-bad));
    return bad != 0;
}
