// Relays: switched when their rules allow it, and believed only when their read-back follows.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int64_t hour_us = INT64_C(3600000000);

bool lines_relay(const struct lines *lines, int32_t relay)
{
    return lines->relay[relay].on;
}

/// For how long a rule about cycles in an hour forbids another one.
static int64_t cycles_wait(const struct output *output, int32_t most, int64_t now)
{
    if (most <= 0 || output->cycles < (uint64_t)most)
        return 0;
    uint64_t which = output->cycles - (uint64_t)most; // the oldest that counts
    int64_t over = output->cycle_us[which % LINES_CYCLES] + hour_us;
    return over > now ? over - now : 0;
}

int64_t lines_wait_us(const struct lines *lines, int32_t relay, bool on)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    const struct output *output = &lines->relay[relay];
    int64_t now = lines_now_us(), least = on ? rule->min_off_us : rule->min_on_us;

    if (output->on == on)
        return 0;
    int64_t wait = output->changed_us + least - now;
    int64_t cycles = on ? cycles_wait(output, rule->cycles_per_hour, now) : 0;
    wait = wait > cycles ? wait : cycles;
    return wait > 0 ? wait : 0;
}

// --- driving ------------------------------------------------------------------------------------------------------

/// Level of the line that gives or takes power.
static bool level(const struct bench_relay *relay, bool on)
{
    return on != (relay->contact == BENCH_NORMALLY_CLOSED);
}

/// Run a command of the bench file. Returns its exit code, or a negative errno.
static int command(const char *text)
{
    int status = system(text);

    return status < 0 ? -errno : status == 0 ? 0 : 1;
}

static int drive(struct lines *lines, int32_t relay, bool on, int64_t *at_us)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    struct output *output = &lines->relay[relay];
    int bad;

    if (output->slot == BENCH_NONE) {
        bad = command(on ? rule->on_cmd : rule->off_cmd);
        *at_us = lines_now_us();
    } else {
        *at_us = lines_now_us();
        bad =
            gpio_set(lines->gpio, UINT64_C(1) << output->slot, level(rule, on) ? ~UINT64_C(0) : 0);
    }
    if (bad)
        return bad < 0 ? bad : -EIO;
    if (on && !output->on)
        output->cycle_us[output->cycles++ % LINES_CYCLES] = *at_us;
    if (output->on != on)
        output->changed_us = *at_us;
    output->on = on;
    lines_note(lines, &(struct lines_edge){*at_us, true, relay, on});
    return 0;
}

/// Wait until the read-back says so. Returns 0, or -EIO.
static int follow(struct lines *lines, int32_t relay, bool on, int64_t from_us, int64_t *sense_us)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];

    *sense_us = -1;
    if (rule->sense == BENCH_NONE)
        return 0;
    int64_t most = rule->switching_us + lines->bench->sense[rule->sense].debounce_us;
    int64_t end = from_us + most;
    do {
        int bad = lines_listen(lines, lines_now_us() + 1000 < end ? lines_now_us() + 1000 : end);
        if (bad)
            return bad;
        if (lines_sense(lines, rule->sense, sense_us) == on)
            return 0;
    } while (lines_now_us() < end);
    *sense_us = -1;
    return -EIO;
}

static int say_stuck(const struct lines *lines, int32_t relay, bool on, struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];

    lab_error_at_file(err, lines->bench->path,
                      "relay '%s' was switched %s, and %s did not follow within %lld ms: %s",
                      rule->name, on ? "on" : "off", lines->bench->sense[rule->sense].name,
                      (long long)(rule->switching_us / 1000),
                      on ? "the contact, its supply or the read-back is dead"
                         : "the contact may be welded; pull the plug");
    return -EIO;
}

int lines_switch(struct lines *lines, int32_t relay, bool on, struct lines_switched *out,
                 struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    int64_t wait = lines_wait_us(lines, relay, on), ignored;

    *out = (struct lines_switched){-1, -1};
    if (wait) {
        lab_error_at_file(err, lines->bench->path,
                          "relay '%s' may not be switched %s for another %lld ms", rule->name,
                          on ? "on" : "off", (long long)((wait + 999) / 1000));
        return -EAGAIN;
    }
    int bad = drive(lines, relay, on, &out->line_us);
    if (bad) {
        lab_error_at_file(err, lines->bench->path, "relay '%s' cannot be switched: %s", rule->name,
                          strerror(-bad));
        return bad;
    }
    bad = follow(lines, relay, on, out->line_us, &out->sense_us);
    if (bad == -EIO) {
        if (on)
            (void)drive(lines, relay, false, &ignored);
        return say_stuck(lines, relay, on, err);
    }
    return bad;
}

// --- off ----------------------------------------------------------------------------------------------------------

/// The relays on lines in one go, then those of commands, which may take seconds.
static int drive_all_off(struct lines *lines)
{
    uint64_t mask = 0, levels = 0;
    int64_t at, now = lines_now_us();
    int bad = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++) {
        struct output *output = &lines->relay[i];
        if (output->slot == BENCH_NONE)
            continue;
        mask |= UINT64_C(1) << output->slot;
        levels |= (uint64_t)level(&lines->bench->relay[i], false) << output->slot;
        if (output->on)
            lines_note(lines, &(struct lines_edge){now, true, i, false});
        output->changed_us = output->on || !output->changed_us ? now : output->changed_us;
        output->on = false;
    }
    bad = mask ? gpio_set(lines->gpio, mask, levels) : 0;
    for (int32_t i = 0; i < lines->bench->relays; i++)
        if (lines->relay[i].slot == BENCH_NONE) {
            int failed = drive(lines, i, false, &at);
            bad = bad ? bad : failed;
        }
    return bad;
}

int lines_all_off(struct lines *lines, struct lab_error *err)
{
    int64_t begun = lines_now_us(), ignored;
    int bad = drive_all_off(lines);

    if (bad)
        lab_error_at_file(err, lines->bench->path, "not every relay could be switched off: %s",
                          strerror(-bad));
    for (int32_t i = 0; i < lines->bench->relays; i++)
        if (follow(lines, i, false, begun, &ignored) == -EIO)
            bad = say_stuck(lines, i, false, err);
    return bad;
}
