// plr-rig relay: one relay by hand. It is on only while this runs.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/lab/doc/units.h"
#include "rig/run/lock.h"

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
        int status = system(relay->get_cmd);
        on = status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? !WEXITSTATUS(status)
                                                                          : -EIO;
        if (on < 0)
            lab_error_at_file(&err, bench->path, "get_cmd of relay '%s' failed", relay->name);
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

/// Listen, unless something is wrong or somebody ends us. Returns 0 to go on, or an exit code.
static int watch(struct lines *lines, int64_t until)
{
    char why[120];
    int heard = lines_listen(lines, until);

    if (heard < 0) {
        (void)verb_tell(stderr, "plr-rig: the lines are gone: %s\n", strerror(-heard));
        return LAB_EXIT_INFRA;
    }
    if (lines_alarm(lines, why, sizeof why)) {
        (void)verb_tell(stderr, "plr-rig: %s: everything is switched off\n", why);
        return LAB_EXIT_INFRA;
    }
    return rig_interrupted() ? LAB_EXIT_INTERRUPTED : 0;
}

/// Watch until then.
static int watch_until(struct lines *lines, int64_t end)
{
    int code = watch(lines, 0);

    while (!code && lines_now_us() < end) {
        int64_t slice = lines_now_us() + 10000; // a signal is heard that soon
        code = watch(lines, slice < end ? slice : end);
    }
    return code;
}

/// Half a second of warning. The LED stays on.
static int warn(struct lines *lines)
{
    int bad = lines_led(lines, true);

    bad = bad ? bad : lines_beep(lines, true);
    int code = watch_until(lines, lines_now_us() + 500000);
    bad = bad ? bad : lines_beep(lines, false);
    return bad ? LAB_EXIT_INFRA : code;
}

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

static int switch_one(struct lines *lines, const struct bench *bench, int32_t relay, bool quiet)
{
    struct lab_error err = {0};
    struct lines_switched done;
    // a relay that was just found off may have been on a moment ago; for one that went on too often nobody waits here
    int64_t wait = lines_wait_us(lines, relay, true);
    int code =
        wait > bench->relay[relay].min_off_us ? 0 : watch_until(lines, lines_now_us() + wait);

    if (code)
        return code;
    if (lines_switch(lines, relay, true, &done, &err))
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

static int switch_on(struct lines *lines, const struct bench *bench, const struct wish *wish,
                     bool quiet)
{
    int code = warn(lines);
    int32_t relay;

    while (!code && (relay = next_on(lines, bench, wish->relay)) != BENCH_NONE) {
        if (relay != wish->relay && !quiet)
            (void)verb_tell(stdout, "%s stands in front of %s\n", bench->relay[relay].name,
                            bench->relay[wish->relay].name);
        code = switch_one(lines, bench, relay, quiet);
    }
    if (code)
        return code;
    int64_t now = lines_now_us();
    return watch_until(lines, wish->hold_us < INT64_MAX - now ? now + wish->hold_us : INT64_MAX);
}

static bool meanwhile(void *ctx)
{
    (void)ctx;
    return !rig_interrupted();
}

/// With all lines of the bench, and everything off.
static int by_hand(struct lines *lines, const struct bench *bench, const struct wish *wish,
                   bool quiet)
{
    struct lab_error err = {0};

    if (!wish->on) {
        if (!quiet)
            printf("%s is off, and so is everything else of the bench\n",
                   bench->relay[wish->relay].name);
        return LAB_EXIT_PASS;
    }
    int code = switch_on(lines, bench, wish, quiet);
    return lines_all_off(lines, &err) ? rig_not_off(bench, &err) : code;
}

int rig_relay(const struct rig_options *options)
{
    static struct bench bench;
    struct lab_error err = {0};
    struct lines *lines;
    struct wish wish;
    int code = rig_load(options, &bench);

    code = code ? code : read_wish(options, &bench, &wish);
    if (code)
        return code;
    if (wish.look)
        return get(&bench, &wish);
    (void)rig_interrupted();
    struct run_lock lock;
    int bad = run_lock(&lock, &bench, "plr-rig relay", &err);
    bad = bad ? bad : lines_open(&lines, &bench, &err);
    if (bad) {
        code = bad == -EIO ? rig_not_off(&bench, &err) : rig_complain(&err, rig_exit(bad));
    } else {
        lines_while_switching(lines, meanwhile, NULL);
        code = by_hand(lines, &bench, &wish, options->cli.quiet);
        lines_close(lines);
    }
    run_unlock(&lock);
    return code;
}
