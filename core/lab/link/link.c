// Links: opened, turned, asked; what differs between printers is behind struct link_ops.
// SPDX-License-Identifier: MIT
#include "core/lab/link/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/lab/link/internal.h"

enum { READ_AT_ONCE = 4096, READS_A_TURN = 64 };

static const struct {
    const char *name;
    const struct link_ops *ops;
    struct link_ahead ahead;
} kinds[] = {
    [LINK_KLIPPER] = {"klipper", &link_klipper, {2000000, 2}},
    [LINK_MOONRAKER] = {"moonraker", &link_moonraker, {2000000, 2}},
    [LINK_MARLIN] = {"marlin", &link_marlin, {2000000, 64}},
};

static int64_t monotonic_us(void *ctx)
{
    struct timespec now;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t link_now(const struct link *link)
{
    return link->clock.now_us(link->clock.ctx);
}

// --- opening ------------------------------------------------------------------------------------------------------

int link_open(struct link **out, const struct link_config *config, struct lab_error *err)
{
    struct link *link;

    *out = NULL;
    if (!config->address[0] || config->silence_us <= 0) {
        lab_error_at_file(err, NULL, "a link needs an address and a time of silence");
        return -EINVAL;
    }
    link = calloc(1, sizeof *link);
    if (!link) {
        lab_error_at_file(err, NULL, "no memory for a link");
        return -ENOMEM;
    }
    link->config = *config;
    link->ops = kinds[config->kind].ops;
    link->clock.now_us = monotonic_us;
    link->wire.fd = -1;
    link->status.at_us = link->status.alive_us = LINK_UNKNOWN;
    link->status.ahead = kinds[config->kind].ahead;
    link->confirmed.at_us = LINK_UNKNOWN;
    link_forget(link);
    int bad = link->ops->open(link, err);
    if (bad) {
        link_close(link);
        return bad;
    }
    *out = link;
    return 0;
}

void link_close(struct link *link)
{
    if (!link)
        return;
    link->ops->close(link);
    link_wire_close(&link->wire);
    free(link);
}

// --- turning ------------------------------------------------------------------------------------------------------

static void hang_up(struct link *link, int error, int64_t now_us)
{
    char why[LINK_LINE];

    snprintf(why, sizeof why, "%s: %s", link->config.address,
             error == -EPIPE ? "hung up" : strerror(-error));
    link_wire_close(&link->wire);
    link->ops->gone(link, why, now_us);
}

static void hear(struct link *link, int64_t now_us)
{
    char bytes[READ_AT_ONCE];
    int64_t got = 1;

    for (int i = 0; i < READS_A_TURN && got > 0; i++) {
        got = link_wire_read(&link->wire, bytes, sizeof bytes);
        if (got > 0)
            link->ops->heard(link, bytes, (size_t)got, now_us);
    }
    if (got < 0)
        hang_up(link, (int)got, now_us);
}

/// Until this instant nothing is due: wait for the printer.
static int wait_until(struct link *link, int64_t until_us, int64_t now_us)
{
    int64_t for_us = (link->wake_us < until_us ? link->wake_us : until_us) - now_us;

    if (for_us <= 0)
        return 0;
    return link->ops->serve ? link->ops->serve(link, for_us) : link_wire_wait(&link->wire, for_us);
}

int link_turn(struct link *link, int64_t until_us)
{
    for (;;) {
        int64_t now_us = link_now(link);
        int bad = link->ops->serve ? link->ops->serve(link, 0) : 0;
        if (bad)
            return bad;
        hear(link, now_us); // before time is judged: the silence may have been this computer's own
        link->ops->step(link, now_us);
        bad = link_wire_flush(&link->wire);
        if (bad)
            hang_up(link, bad, now_us);
        bool news = link->news;
        link->news = false;
        if (news)
            return 1;
        if (now_us >= until_us)
            return 0;
        bad = wait_until(link, until_us, now_us);
        if (bad)
            return bad;
    }
}

int64_t link_rest_us(const struct link *link, int *fd)
{
    if (link->ops->rest)
        return link->ops->rest(link, fd);
    return link_wire_rest_us(&link->wire, link->wake_us, fd);
}

// --- looking ------------------------------------------------------------------------------------------------------

const struct link_status *link_status(const struct link *link)
{
    return &link->status;
}

uint32_t link_abilities(const struct link *link)
{
    return link->abilities;
}

int64_t link_confirmed(const struct link *link, int64_t at_nm[4], int64_t *file_at)
{
    if (link->confirmed.at_us == LINK_UNKNOWN)
        return LINK_UNKNOWN;
    memcpy(at_nm, link->confirmed.at_nm, sizeof link->confirmed.at_nm);
    if (file_at)
        *file_at = link->confirmed.file_at;
    return link->confirmed.at_us;
}

int64_t link_reached_us(const struct link *link)
{
    return link->confirmed.at_us == LINK_UNKNOWN ? LINK_UNKNOWN : link->confirmed.due_us;
}

bool link_said(struct link *link, char line[LINK_LINE])
{
    if (!link->said_count)
        return false;
    memcpy(line, link->said[link->said_first++ % LINK_CONSOLE], LINK_LINE);
    link->said_count--;
    return true;
}

const char *link_kind_name(enum link_kind kind)
{
    return kinds[kind].name;
}

const char *link_state_name(enum link_state state)
{
    static const char *const name[] = {"lost",   "starting", "ready",     "printing",
                                       "paused", "done",     "cancelled", "fault"};

    return name[state];
}
