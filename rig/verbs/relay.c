// plr-rig relay: one relay by hand. It is on only while this runs.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lab/doc/units.h"
#include "rig/child/child.h"
#include "rig/run/lock.h"
#include "rig/verbs/hold.h"

/// What was asked for.
struct wish {
    int32_t relay;
    bool on, look;
    int64_t hold_us; ///< INT64_MAX: until somebody ends us
};

static int usage(const char *text, const char *what)
{
    fprintf(stderr, "plr-rig: %s%s\nTry 'plr-rig relay --help'.\n", text, what);
    return LAB_EXIT_USAGE;
}

static int read_wish(const struct rig_options *options, const struct bench *bench, struct wish *out)
{
    const char *name = options->cli.operand[0], *verb = options->cli.operand[1];

    out->relay = bench_relay(bench, name);
    if (out->relay == BENCH_NONE)
        return usage("the bench has no relay ", name);
    out->on = !strcmp(verb, "on");
    out->look = !strcmp(verb, "get");
    if (!out->on && !out->look && strcmp(verb, "off") != 0)
        return usage("relay wants on, off or get, not ", verb);
    out->hold_us = INT64_MAX;
    if (options->hold &&
        (lab_quantity_parse(options->hold, LAB_TIME, &out->hold_us, NULL) || out->hold_us <= 0))
        return usage("--for wants a time like 10s, not ", options->hold);
    if (out->on && !options->arm)
        return usage("nothing is switched on without ", "--arm");
    return 0;
}

// --- get ----------------------------------------------------------------------------------------------------------

/// What the read-back says, without touching a relay: 0, 1, or a negative errno with err filled.
static int look_at_line(const struct bench *bench, const struct bench_line *line,
                        struct lab_error *err)
{
    struct gpio_want want = {.active_low = line->active_low, .bias = (enum gpio_bias)line->bias};
    struct gpio *gpio;
    size_t culprit;
    struct run_lock lock;
    char why[200] = "";
    int bad = run_lock_lines(&lock, bench, err); // between the runs of a queue nobody slips in

    bad = bad ? bad : gpio_find(line->address, &want.place, why, sizeof why);
    if (!bad)
        bad = gpio_open(&gpio, "plr-rig get", &want, 1, &culprit);
    if (!bad) {
        bad = gpio_get(gpio, 0);
        gpio_close(gpio);
    }
    run_unlock(&lock);
    if (bad < 0)
        lab_error_at_file(err, bench->path, "line %s: %s", line->address,
                          bad == -EBUSY ? "another program holds it"
                          : why[0]      ? why
                                        : strerror(-bad));
    return bad;
}

static int get(const struct bench *bench, const struct wish *wish)
{
    const struct bench_relay *relay = &bench->relay[wish->relay];
    struct lab_error err = {0};
    int on = -ENOTSUP;

    if (relay->sense != BENCH_NONE) {
        on = look_at_line(bench, &bench->sense[relay->sense].line, &err);
    } else if (relay->get_cmd[0]) {
        int code = child_run(relay->get_cmd, NULL, LINES_ASK_S * INT64_C(1000000), NULL);
        on = code == 0 ? 1 : code == 1 ? 0 : -EIO;
        if (on < 0)
            lab_error_at_file(&err, bench->path, "get_cmd of relay '%s' failed%s", relay->name,
                              code == -ETIMEDOUT ? ": no answer within 5 s" : "");
    } else {
        lab_error_at_file(&err, bench->path,
                          "relay '%s' has no read_back and no get_cmd: nobody knows", relay->name);
    }
    if (on < 0)
        return rig_complain(&err, LAB_EXIT_INFRA);
    printf("%s is %s\n", relay->name, on ? "on" : "off");
    return LAB_EXIT_PASS;
}

// --- on -----------------------------------------------------------------------------------------------------------

static void tell(const struct bench *bench, int32_t index, const struct lines_switched *done)
{
    const struct bench_relay *relay = &bench->relay[index];

    if (done->sense_us >= 0)
        (void)verb_tell(
            stdout, "%s is on: %s followed %lld us after the line\n", relay->name,
            bench->sense[relay->sense].name,
            (long long)(done->sense_us > done->line_us ? done->sense_us - done->line_us : 0));
    else
        (void)verb_tell(stdout, "%s is on\n", relay->name);
}

static int switch_one(struct rig_hold *hold, int32_t relay, bool quiet)
{
    const struct bench *bench = hold->bench;
    struct lab_error err = {0};
    struct lines_switched done;
    // a relay that was just found off may have been on a moment ago; for one that went on too often nobody waits here
    int64_t wait = lines_wait_us(hold->lines, relay, true);
    int code = wait > bench->relay[relay].min_off_us
                   ? 0
                   : rig_hold_watch_until(hold, lines_now_us() + wait);

    if (code)
        return code;
    if (lines_switch(hold->lines, relay, true, &done, &err))
        return rig_interrupted() ? LAB_EXIT_INTERRUPTED : rig_complain(&err, LAB_EXIT_INFRA);
    if (!quiet)
        tell(bench, relay, &done);
    return 0;
}

/// The relay to go on next: what stands in front first, for without it no read-back shows anything. BENCH_NONE: all that it takes are on.
static int32_t next_on(const struct lines *lines, const struct bench *bench, int32_t wanted)
{
    int32_t next = lines_relay(lines, wanted) ? BENCH_NONE : wanted;

    for (int32_t i = 0; i < bench->relays && next != BENCH_NONE; i++)
        if (!lines_relay(lines, i) && bench_feeds(bench, i, next)) {
            next = i;
            i = -1; // and what stands in front of that
        }
    return next;
}

static int switch_on(struct rig_hold *hold, const struct wish *wish, bool quiet)
{
    const struct bench *bench = hold->bench;
    int code = rig_hold_warn(hold);
    int32_t relay;

    while (!code && (relay = next_on(hold->lines, bench, wish->relay)) != BENCH_NONE) {
        if (relay != wish->relay && !quiet)
            (void)verb_tell(stdout, "%s stands in front of %s\n", bench->relay[relay].name,
                            bench->relay[wish->relay].name);
        code = switch_one(hold, relay, quiet);
    }
    if (code)
        return code;
    int64_t now = lines_now_us();
    return rig_hold_watch_until(hold,
                                wish->hold_us < INT64_MAX - now ? now + wish->hold_us : INT64_MAX);
}

/// With all lines of the bench, and everything off.
static int by_hand(struct rig_hold *hold, const struct wish *wish, bool quiet)
{
    if (!wish->on) {
        if (!quiet)
            printf("%s is off, and so is everything else of the bench\n",
                   hold->bench->relay[wish->relay].name);
        return LAB_EXIT_PASS;
    }
    return switch_on(hold, wish, quiet);
}

int rig_relay(const struct rig_options *options)
{
    static struct bench bench;
    struct rig_hold hold;
    struct wish wish;
    struct rig_options asked = *options;

    asked.arm = options->arm && !strcmp(options->cli.operand[1], "on"); // off needs no leave
    int code = rig_load(&asked, &bench);
    code = code ? code : read_wish(options, &bench, &wish);
    if (code)
        return code;
    if (wish.look)
        return get(&bench, &wish);
    (void)rig_interrupted();
    code = rig_hold_open(&hold, &bench, "plr-rig relay", wish.on);
    if (code)
        return code;
    code = by_hand(&hold, &wish, options->cli.quiet);
    int unsafe = wish.on ? rig_hold_off(&hold) : 0;
    rig_hold_close(&hold, !unsafe);
    return unsafe ? unsafe : code;
}
