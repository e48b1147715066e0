// What a printer is asked for, and how its answer stands.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/internal.h"

void link_copy(char *out, size_t room, const char *text, size_t size)
{
    size_t n = size < room ? size : room - 1;

    while (n < size && n && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7f ? ' ' : text[i];
    out[n] = 0;
}

void link_answer_begin(struct link *link)
{
    link->answer = 1;
    link->answer_why[0] = 0;
    link->wake_us = 0; // there is something to say
}

void link_answer_end(struct link *link, int code, const char *why)
{
    if (link->answer != 1)
        return;
    link->answer = code;
    link_copy(link->answer_why, sizeof link->answer_why, why ? why : "", why ? strlen(why) : 0);
    link->news = true;
}

int link_answer(const struct link *link, char *why, size_t room)
{
    if (room)
        link_copy(why, room, link->answer_why, strlen(link->answer_why));
    return link->answer;
}

/// May something be asked now?
static int may_ask(const struct link *link)
{
    if (link->status.state == LINK_LOST || link->status.state == LINK_STARTING)
        return -ENOTCONN;
    return link->answer == 1 ? -EBUSY : 0;
}

int link_gcode(struct link *link, const char *text)
{
    int bad = may_ask(link);

    if (!bad && strlen(text) >= LINK_SCRIPT)
        bad = -E2BIG;
    return bad ? bad : link->ops->gcode(link, text);
}

int link_print(struct link *link, const char *file)
{
    int bad = may_ask(link);

    // a name must not become a command
    if (!bad && (!file[0] || strpbrk(file, "\"\\;*\r\n")))
        bad = -EINVAL;
    if (!bad && strlen(file) >= LINK_FILE)
        bad = -E2BIG;
    return bad ? bad : link->ops->print(link, file);
}

int link_move_z(struct link *link, int motor, int64_t delta_nm, int64_t speed_nm_s)
{
    static const char *const stepper[] = {"stepper_z", "stepper_z1", "stepper_z2", "stepper_z3"};
    char text[LINK_LINE];

    if (motor < 0 || motor > 3 || speed_nm_s <= 0)
        return -EINVAL;
    if (!(link->abilities & LINK_CAN_ONE_Z))
        return -ENOTSUP;
    uint64_t far = delta_nm < 0 ? 0 - (uint64_t)delta_nm : (uint64_t)delta_nm;
    snprintf(text, sizeof text,
             "FORCE_MOVE STEPPER=%s DISTANCE=%s%" PRIu64 ".%06" PRIu64 " VELOCITY=%" PRId64
             ".%06" PRId64,
             stepper[motor], delta_nm < 0 ? "-" : "", far / 1000000, far % 1000000,
             speed_nm_s / 1000000, speed_nm_s % 1000000);
    return link_gcode(link, text);
}

int link_stop(struct link *link)
{
    return link->ops->stop(link);
}

bool link_refuses(const char *line, const char *script)
{
    const char *at = strstr(line, "nknown command");
    char word[LINK_LINE];

    if (!at || !(at = strchr(at, '"')))
        return false;
    size_t n = strcspn(at + 1, "\" ");
    link_copy(word, sizeof word, at + 1, n);
    return n && strstr(script, word) != NULL;
}
