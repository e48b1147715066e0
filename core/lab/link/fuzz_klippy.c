// Fuzzing what Klipper and Moonraker say: any bytes are messages or none, and nothing unknown becomes a number.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "core/lab/link/klippy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_heater(const struct link_heater *heater)
{
    check(heater->now_mc == LINK_NO_TEMPERATURE || heater->now_mc > -300000);
    check(heater->target_mc == LINK_NO_TEMPERATURE || heater->target_mc > -300000);
}

/// What the link makes of it, without a wire.
static void check_link(struct link *link, const struct link_status *s)
{
    int64_t at_nm[4], confirmed_us = link_confirmed(link, at_nm, NULL);

    check_heater(&s->nozzle);
    check_heater(&s->bed);
    check_heater(&s->chamber);
    check(s->layer >= -1);
    check(s->state <= LINK_FAULT);
    check(strlen(s->why) < sizeof s->why && strlen(s->file) < sizeof s->file);
    check(confirmed_us == LINK_UNKNOWN || confirmed_us <= s->alive_us);
}

static int64_t instant_us;

static int64_t now(void *ctx)
{
    (void)ctx;
    return instant_us;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct link_config config = {LINK_KLIPPER, "/nowhere", 0, 1000000};
    struct lab_error err = {0};
    struct link *link;

    if (!size)
        return 0;
    config.kind = data[0] & 1 ? LINK_MOONRAKER : LINK_KLIPPER;
    check(!link_open(&link, &config, &err));
    link->clock.now_us = now;
    instant_us = 1000;
    struct klippy *k = link->own;
    k->phase = KLIPPY_UP;
    k->waits[KLIPPY_INFO] = 1;
    k->waits[KLIPPY_LIST] = 2;
    k->waits[KLIPPY_HELP] = 3;
    k->waits[KLIPPY_SUBSCRIBE] = 4;
    k->waits[KLIPPY_SCRIPT] = 5;
    link_answer_begin(link);
    for (size_t i = 1; i < size; i += 97) {
        instant_us += 250000;
        klippy_heard(link, (const char *)data + i, size - i < 97 ? size - i : 97, instant_us);
        check_link(link, link_status(link));
    }
    link_close(link);
    return 0;
}
