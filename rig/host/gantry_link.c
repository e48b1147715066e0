// The link to the printer of the host's tests: link.h once more, without a wire.
// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rig/host/gantry.h"

struct link {
    int none;
};
static struct link the_link;
struct link *const gantry_link = &the_link;

int link_gcode(struct link *link, const char *script)
{
    char line[256];

    (void)link;
    if (gantry.status.state == LINK_LOST)
        return -ENOTCONN;
    if (gantry.now_us < gantry.until_us)
        return -EBUSY;
    gantry.answer = 0;
    gantry.until_us = gantry.now_us + gantry.answer_us;
    while (*script && !gantry.answer) {
        size_t n = strcspn(script, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, script);
        gantry.answer = gantry_take(line);
        script += n + (script[n] != 0);
    }
    return 0;
}

int link_answer(const struct link *link, char *why, size_t room)
{
    (void)link;
    if (gantry.now_us < gantry.until_us)
        return 1;
    snprintf(why, room, "%s", gantry.answer == -EIO && gantry.words ? gantry.words : "");
    return gantry.answer;
}

int link_move_z(struct link *link, int motor, int64_t delta_nm, int64_t speed_nm_s)
{
    char command[128], index[4] = "";

    if (!(gantry.abilities & LINK_CAN_ONE_Z))
        return -ENOTSUP;
    if (motor)
        snprintf(index, sizeof index, "%d", motor);
    snprintf(command, sizeof command, "FORCE_MOVE STEPPER=stepper_z%s DISTANCE=%s VELOCITY=%s",
             index, HOST_MM(delta_nm), HOST_MM(speed_nm_s));
    return link_gcode(link, command);
}

const struct link_status *link_status(const struct link *link)
{
    (void)link;
    return &gantry.status;
}

uint32_t link_abilities(const struct link *link)
{
    (void)link;
    return gantry.abilities;
}

int64_t link_reached_us(const struct link *link)
{
    (void)link;
    return gantry.tells && gantry.now_us >= gantry.until_us ? gantry.now_us : gantry.confirmed_us;
}

int64_t link_confirmed(const struct link *link, int64_t at_nm[4], int64_t *file_at)
{
    (void)link;
    if (gantry.tells && gantry.now_us >= gantry.until_us) {
        memcpy(at_nm, gantry.modal.at_nm, sizeof gantry.modal.at_nm);
        return gantry.now_us;
    }
    memcpy(at_nm, gantry.confirmed_nm, sizeof gantry.confirmed_nm);
    if (file_at)
        *file_at = gantry.confirmed_file;
    return gantry.confirmed_us;
}
