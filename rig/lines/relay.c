// Relays: their rules, switched on when these allow it, and believed only when their read-back follows.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
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

bool lines_level(const struct bench_relay *relay, bool on)
{
    return on != (relay->contact == BENCH_NORMALLY_CLOSED);
}

void lines_driven(struct lines *lines, int32_t relay, bool on, int64_t at_us)
{
    struct output *output = &lines->relay[relay];

    if (on && !output->on)
        output->cycle_us[output->cycles++ % LINES_CYCLES] = at_us;
    if (output->on != on || !output->changed_us)
        output->changed_us = at_us;
    if (output->on != on)
        lines_note(lines, &(struct lines_edge){at_us, true, relay, on});
    output->on = on;
}

/// Nobody knows when within the call a line changes: it has behind it, and had not before. Returns 0 or a negative errno.
static int drive_on(struct lines *lines, int32_t relay, struct lines_switched *out)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    struct output *output = &lines->relay[relay];
    int64_t before = lines_now_us();
    int bad;

    lines->tried = false;
    if (output->slot == BENCH_NONE)
        bad = lines_command(lines, rule->on_cmd, LINES_COMMAND_S * INT64_C(1000000));
    else
        bad = gpio_set(lines->gpio, UINT64_C(1) << output->slot,
                       lines_level(rule, true) ? ~UINT64_C(0) : 0);
    out->line_us = lines_now_us();
    out->line_doubt_us = out->line_us - before;
    if (!bad)
        lines_driven(lines, relay, true, out->line_us);
    return bad > 0 ? -EIO : bad;
}

// --- reading back -------------------------------------------------------------------------------------------------

/// Ask get_cmd until it says on. Returns 0; -EIO when it says otherwise to the end; or another negative errno: it may not be, or nobody can tell.
static int ask_on(struct lines *lines, const struct bench_relay *rule)
{
    int64_t ask_us = LINES_ASK_S * INT64_C(1000000), end = lines_now_us() + ask_us;
    int says, bad = 0;

    while ((says = lines_command(lines, rule->get_cmd, ask_us)) != 0) {
        if (says == -ECANCELED || says == -EINTR || lines_now_us() >= end)
            break;
        int64_t again = lines_now_us() + LINES_ASK_AGAIN_US;
        while (!bad && lines_now_us() < again)
            bad = lines_command_turn(lines);
        if (bad)
            return bad;
    }
    return says > 1 ? -ENODATA : says == 1 ? -EIO : says;
}

int lines_follow(struct lines *lines, int32_t relay, bool on, int64_t from_us)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];

    char why[LINES_WHY];
    const struct input *sense = &lines->sense[rule->sense];
    int64_t end = from_us + rule->switching_us + sense->debounce_us;
    while (sense->said != on || input_moves(sense, lines_now_us())) {
        bool halt = lines_stopped(lines, why, sizeof why);
        if (on && halt)
            return -ECANCELED;
        if (halt)
            lines_drop(lines);
        if (lines_now_us() > end)
            return -EIO;
        int64_t rest = sense->changed_us + sense->debounce_us;
        int bad = lines_listen(lines, sense->said == on && rest <= end ? rest : end + 1);
        if (bad < 0)
            return bad;
    }
    return 0;
}

int lines_followed(const struct lines *lines, int32_t relay, int64_t from_us, int64_t *sense_us)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];

    (void)lines_sense(lines, rule->sense, sense_us);
    return *sense_us - from_us > rule->switching_us ? -EIO : 0;
}

int lines_say_stuck(const struct lines *lines, int32_t relay, bool on, struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];

    if (rule->sense == BENCH_NONE) {
        lab_error_at_file(err, lines->bench->path,
                          "relay '%s' was switched %s, and get_cmd says otherwise after %d s: %s",
                          rule->name, on ? "on" : "off", LINES_ASK_S,
                          on ? "the outlet did not act" : "pull the plug");
        return -EIO;
    }

    lab_error_at_file(err, lines->bench->path,
                      "relay '%s' was switched %s, and %s did not follow within %lld ms: %s",
                      rule->name, on ? "on" : "off", lines->bench->sense[rule->sense].name,
                      (long long)(rule->switching_us / 1000),
                      on ? "the contact, its supply or the read-back is dead"
                         : "the contact may be welded; pull the plug");
    return -EIO;
}

int lines_ready(const struct lines *lines, int32_t relay, bool on, struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    int64_t wait = lines_wait_us(lines, relay, on);

    if (wait) {
        lab_error_at_file(err, lines->bench->path,
                          "relay '%s' may not be switched %s for another %lld ms%s", rule->name,
                          on ? "on" : "off", (long long)((wait + 999) / 1000),
                          on && wait > rule->min_off_us ? " (cycles_per_hour)" : "");
        return -EAGAIN;
    }
    // power that is there before a relay is switched on shows that it is not this relay that gives it
    if (on && !lines->relay[relay].on && rule->sense != BENCH_NONE &&
        lines_sense(lines, rule->sense, NULL)) {
        lab_error_at_file(err, lines->bench->path,
                          "relay '%s' is off, and %s says that power is there", rule->name,
                          lines->bench->sense[rule->sense].name);
        return -EIO;
    }
    return 0;
}

/// Drive on, and wait for the read-back.
static int switch_on(struct lines *lines, int32_t relay, struct lines_switched *out,
                     struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    char why[LINES_WHY];
    bool read_back = rule->sense != BENCH_NONE;
    bool was = read_back && lines_sense(lines, rule->sense, NULL);

    int bad = drive_on(lines, relay, out);
    int64_t from = out->line_us - (lines->relay[relay].slot == BENCH_NONE ? 0 : out->line_doubt_us);
    bool driven = !bad;
    if (driven)
        bad = read_back ? lines_follow(lines, relay, true, from) : ask_on(lines, rule);
    if (!bad && read_back && !was)
        bad = lines_followed(lines, relay, from, &out->sense_us);
    if (bad == -EIO && driven)
        return lines_say_stuck(lines, relay, true, err);
    if (bad == -ECANCELED && lines_stopped(lines, why, sizeof why))
        lab_error_at_file(err, lines->bench->path, "relay '%s' was not left on: %s", rule->name,
                          why);
    else if (bad)
        lab_error_at_file(err, lines->bench->path, "relay '%s' cannot be switched on: %s",
                          rule->name, strerror(-bad));
    return bad;
}

/// Keep that a relay goes on, before it does: what is killed in between has counted one too many.
static int count(struct lines *lines, int32_t relay, struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    struct cycles_clock now;

    if (rule->cycles_per_hour <= 0 || lines->relay[relay].on)
        return 0;
    cycles_now(&now);
    int bad = cycles_add(lines->cycles, &now, rule->name);
    lines->counted = true;
    if (bad)
        lab_error_at_file(err, lines->cycles,
                          "that relay '%s' goes on cannot be kept: %s; it stays off", rule->name,
                          strerror(-bad));
    return bad;
}

int lines_switch(struct lines *lines, int32_t relay, bool on, struct lines_switched *out,
                 struct lab_error *err)
{
    struct lines_switched all[BENCH_RELAYS];

    *out = (struct lines_switched){-1, -1, 0};
    if (!on) {
        int bad = lines_switch_off(lines, UINT32_C(1) << relay, false, all, err);
        *out = all[relay];
        return bad;
    }
    int bad = lines_ready(lines, relay, true, err);
    bad = bad ? bad : count(lines, relay, err);
    if (bad)
        return bad;
    bad = switch_on(lines, relay, out, err);
    if (!bad)
        return 0;
    (void)lines_drive_off(lines, UINT32_C(1) << relay, all);
    out->sense_us = -1;
    return bad;
}
