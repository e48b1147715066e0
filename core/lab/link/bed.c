// What a test of a link stands on.
// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/lab/link/bed.h"

/// Of this computer's time, for what the kernel needs to carry bytes across a pseudo-terminal. Longer only when bytes were thrown away, as
/// opening a serial line does.
enum { CARRY_TRIES = 1000, CARRY_NS = 100000 };

struct bed bed;

static int64_t test_time(void *ctx)
{
    (void)ctx;
    return bed.now_us;
}

void bed_open(const struct fake_ops *kind)
{
    struct link_config config = {kind->kind, "", 115200, BED_SILENCE_US};
    struct lab_error err = {0};
    struct fake_printer *p = &bed.fake.printer;

    memset(&bed, 0, sizeof bed);
    bed.now_us = 1000000000;
    bed.fake.ops = kind;
    kind->open(&bed.fake);
    p->now_us = bed.now_us;
    p->logic = p->one_z = true;
    p->nozzle_mc = 24500;
    p->bed_mc = 23000;
    kind->plug(&bed.fake, true);
    memcpy(config.address, bed.fake.address, sizeof config.address);
    assert_int_equal(link_open(&bed.link, &config, &err), 0);
    bed.link->clock = (struct link_clock){test_time, NULL};
}

void bed_close(void)
{
    link_close(bed.link);
    bed.fake.ops->close(&bed.fake);
}

static bool carried(void)
{
    const struct link_wire *wire = &bed.link->wire;
    return (wire->fd < 0 && !bed.fake.elsewhere) ||
           (wire->in == bed.fake.out && wire->gone == bed.fake.in);
}

/// Turn both at this instant until neither says more.
static void settle(void)
{
    uint64_t in, out;
    int tries = 0;

    do {
        in = bed.fake.in;
        out = bed.fake.out;
        while (link_turn(bed.link, 0) == 1)
            ;
        bed.fake.ops->step(&bed.fake, bed.now_us);
        if (carried() && in == bed.fake.in && out == bed.fake.out)
            return;
        if (in == bed.fake.in && out == bed.fake.out) {
            (void)nanosleep(&(struct timespec){0, CARRY_NS}, NULL);
            tries++;
        }
    } while (tries < CARRY_TRIES);
    bed.fake.out = bed.link->wire.in;
    bed.fake.in = bed.link->wire.gone;
}

void bed_run(int64_t for_us)
{
    for (int64_t end = bed.now_us + for_us; bed.now_us < end; bed.now_us += BED_STEP_US)
        settle();
}

int64_t bed_until(enum link_state state, int64_t at_most_us)
{
    int64_t begin = bed.now_us;

    settle();
    while (link_status(bed.link)->state != state) {
        if (bed.now_us - begin > at_most_us)
            fail_msg("%s: %s (%s), not %s, after %lld ms", bed.fake.ops->name,
                     link_state_name(link_status(bed.link)->state), link_status(bed.link)->why,
                     link_state_name(state), (long long)(at_most_us / 1000));
        bed_run(BED_STEP_US);
    }
    return bed.now_us - begin;
}

int bed_answer(char why[LINK_LINE])
{
    return bed_answer_within(why, 60000000);
}

int bed_answer_within(char why[LINK_LINE], int64_t at_most_us)
{
    for (int64_t i = 0; i < at_most_us / BED_STEP_US; i++) {
        int answer = link_answer(bed.link, why, LINK_LINE);
        if (answer != 1)
            return answer;
        bed_run(BED_STEP_US);
    }
    fail_msg("%s: no answer", bed.fake.ops->name);
    return 0;
}

bool bed_hears(const char *line, int64_t within_us)
{
    char said[LINK_LINE];

    for (int64_t end = bed.now_us + within_us; bed.now_us <= end;) {
        while (link_said(bed.link, said))
            if (strstr(said, line))
                return true;
        bed_run(BED_STEP_US);
    }
    return false;
}

int bed_set_up(void **state)
{
    bed_open(*state);
    return 0;
}

int bed_set_up_ready(void **state)
{
    bed_open(*state);
    bed_until(LINK_READY, 10000000);
    return 0;
}

int bed_tear_down(void **state)
{
    (void)state;
    bed_close();
    return 0;
}
