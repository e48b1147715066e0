// A bench in the hands of a verb.
// SPDX-License-Identifier: MIT
#include "rig/verbs/hold.h"

#include <errno.h>
#include <string.h>

#include "rig/service/service.h"
#include "rig/verbs/verbs.h"

/// The loop has come round, or a command is at work: who watches us hears of it.
static int alive(struct rig_hold *hold)
{
    int64_t now = lines_now_us();

    service_alive(now);
    return run_dog_kick(&hold->dog, now);
}

/// While a command switches.
static bool meanwhile(void *ctx)
{
    return !alive(ctx) && !rig_interrupted();
}

static int open_all(struct rig_hold *hold, const char *who, bool armed, struct lab_error *err)
{
    struct lab_error ignored = {0};
    int bad = run_lock(&hold->lock, hold->bench, who, err);

    bad = bad ? bad : lines_open(&hold->lines, hold->bench, meanwhile, hold, err);
    if (bad == -EIO && armed) // not everything is off
        (void)run_dog_open(&hold->dog, hold->bench, lines_now_us(), &ignored);
    if (!bad && armed) // behind the lines, which may take their time to be off
        bad = run_dog_open(&hold->dog, hold->bench, lines_now_us(), err);
    return bad;
}

int rig_hold_open(struct rig_hold *hold, const struct bench *bench, const char *who, bool armed)
{
    struct lab_error err = {0};

    *hold = (struct rig_hold){.bench = bench, .lock = {.file = -1}, .dog = {.fd = -1}};
    int bad = open_all(hold, who, armed, &err);
    if (!bad) {
        (void)lines_led(hold->lines, armed);
        return 0;
    }
    bool off = hold->lines || bad != -EIO;
    int code = off ? rig_complain(&err, rig_exit(bad)) : rig_not_off(bench, &err);
    rig_hold_close(hold, off);
    return code;
}

int rig_hold_watch(struct rig_hold *hold, int64_t until_us)
{
    char why[120];
    int bad = alive(hold), heard = bad ? 0 : lines_listen(hold->lines, until_us);

    if (bad)
        (void)verb_tell(stderr, "plr-rig: the watchdog is gone: %s\n", strerror(-bad));
    else if (heard < 0)
        (void)verb_tell(stderr, "plr-rig: the lines are gone: %s\n", strerror(-heard));
    else if (lines_alarm(hold->lines, why, sizeof why))
        (void)verb_tell(stderr, "plr-rig: %s: everything is switched off\n", why);
    else
        return rig_interrupted() ? LAB_EXIT_INTERRUPTED : 0;
    return LAB_EXIT_INFRA;
}

int rig_hold_watch_until(struct rig_hold *hold, int64_t end_us)
{
    enum { SLICE_US = 10000 };
    int code = rig_hold_watch(hold, 0);

    while (!code && lines_now_us() < end_us) {
        int64_t slice = lines_now_us() + SLICE_US;
        code = rig_hold_watch(hold, slice < end_us ? slice : end_us);
    }
    return code;
}

int rig_hold_warn(struct rig_hold *hold)
{
    enum { WARN_US = 500000 };
    bool beeps = hold->bench->beeper.address[0];
    int bad = lines_beep(hold->lines, true);
    int code = rig_hold_watch_until(hold, beeps ? lines_now_us() + WARN_US : 0);

    bad = lines_beep(hold->lines, false) || bad;
    return bad && !code ? LAB_EXIT_INFRA : code;
}

int rig_hold_off(struct rig_hold *hold)
{
    struct lab_error err = {0};

    return lines_all_off(hold->lines, &err) ? rig_not_off(hold->bench, &err) : 0;
}

void rig_hold_close(struct rig_hold *hold, bool safe)
{
    if (hold->lines) { // some chips keep what nobody owns
        (void)lines_beep(hold->lines, false);
        (void)lines_led(hold->lines, false);
    }
    run_dog_close(&hold->dog, safe);
    lines_close(hold->lines);
    run_unlock(&hold->lock);
}
