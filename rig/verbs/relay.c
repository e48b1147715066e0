// plr-rig relay: one relay by hand. It is on only while this runs.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/lab/doc/units.h"

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

/// Keep it on, kicking the watchdog, while nobody presses the emergency stop, opens the door or ends us. Returns an exit code.
static int hold(struct lines *lines, const struct bench *bench, const struct wish *wish)
{
    int64_t until = wish->hold_us == INT64_MAX ? INT64_MAX : lines_now_us() + wish->hold_us;

    while (!rig_interrupted() && lines_now_us() < until) {
        int64_t next = lines_now_us() + bench->watchdog.period_us;
        int bad = lines_listen(lines, next < until ? next : until);
        bad = bad ? bad : lines_kick(lines);
        if (bad && bad != -EINTR) {
            fprintf(stderr, "plr-rig: the lines are gone: %s\n", strerror(-bad));
            return LAB_EXIT_INFRA;
        }
        for (int32_t i = 0; i < bench->senses; i++) {
            bool stop = bench->sense[i].kind == BENCH_ESTOP || bench->sense[i].kind == BENCH_DOOR;
            if (stop && lines_sense(lines, i, NULL)) {
                fprintf(stderr, "plr-rig: %s: everything is switched off\n", bench->sense[i].name);
                return LAB_EXIT_INFRA;
            }
        }
    }
    return rig_interrupted() ? LAB_EXIT_INTERRUPTED : LAB_EXIT_PASS;
}

static void tell(const struct bench *bench, const struct wish *wish,
                 const struct lines_switched *done)
{
    const struct bench_relay *relay = &bench->relay[wish->relay];

    printf("%s is on", relay->name);
    if (done->sense_us >= 0)
        printf(": %s followed %lld us after the line", bench->sense[relay->sense].name,
               (long long)(done->sense_us - done->line_us));
    putchar('\n');
    fflush(stdout);
}

static int switch_on(struct lines *lines, const struct bench *bench, const struct wish *wish,
                     bool quiet)
{
    struct lab_error err = {0};
    struct lines_switched done;
    int64_t wait;

    // a relay that was just found off may have been on a moment ago
    while ((wait = lines_wait_us(lines, wish->relay, true)) > 0 && !rig_interrupted()) {
        int64_t now = lines_now_us(), next = now + 100000;
        (void)lines_listen(lines, now + wait < next ? now + wait : next);
        (void)lines_kick(lines);
    }
    if (rig_interrupted())
        return LAB_EXIT_INTERRUPTED;
    int bad = lines_switch(lines, wish->relay, true, &done, &err);
    if (bad)
        return rig_complain(&err, LAB_EXIT_INFRA);
    if (!quiet)
        tell(bench, wish, &done);
    return hold(lines, bench, wish);
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
    (void)rig_interrupted();
    int bad = lines_open(&lines, &bench, &err);
    if (bad)
        return rig_complain(&err, rig_exit(bad));
    if (wish.on)
        code = switch_on(lines, &bench, &wish, options->cli.quiet);
    else if (!options->cli.quiet)
        printf("%s is off\n", bench.relay[wish.relay].name);
    bad = lines_all_off(lines, &err);
    lines_close(lines);
    return bad ? rig_complain(&err, LAB_EXIT_INFRA) : code;
}
