// Relays: switched when their rules allow it, and believed only when their read-back follows.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <string.h>

static const int64_t hour_us = INT64_C(3600000000);
static const int64_t command_us = LINES_COMMAND_S * INT64_C(1000000);
static const int64_t ask_us = LINES_ASK_S * INT64_C(1000000);

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

/// Note that a relay's line was driven.
static void driven(struct lines *lines, int32_t relay, bool on, int64_t at_us)
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

/// Commands that switch off: all at once, and what failed once more. Returns 0, or what the first of those says that failed twice.
static int commands_off(struct lines *lines, struct lines_job *job, int32_t jobs)
{
    for (int round = 0; round < 2; round++) {
        int32_t failed = 0;
        lines_commands_off(lines, job, jobs, command_us);
        for (int32_t i = 0; i < jobs; i++) {
            if (!job[i].code)
                driven(lines, job[i].relay, false, job[i].ended_us);
            else
                job[failed++] = job[i]; // an outlet on a network may have missed it
        }
        jobs = failed;
    }
    return jobs == 0 ? 0 : job[0].code > 0 ? -EIO : job[0].code;
}

/// Returns 0 or a negative errno.
static int drive_by_command(struct lines *lines, int32_t relay, bool on)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    struct lines_job off = {.text = rule->off_cmd, .relay = relay};

    if (!on)
        return commands_off(lines, &off, 1);
    int bad = lines_command(lines, rule->on_cmd, command_us);
    return bad > 0 ? -EIO : bad;
}

/// Nobody knows when within the call a line changes: it has behind it, and had not before.
static int drive(struct lines *lines, int32_t relay, bool on, struct lines_switched *out)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    struct output *output = &lines->relay[relay];
    int64_t before = lines_now_us();
    int bad;

    lines->tried = false;
    if (output->slot == BENCH_NONE)
        bad = drive_by_command(lines, relay, on);
    else
        bad =
            gpio_set(lines->gpio, UINT64_C(1) << output->slot, level(rule, on) ? ~UINT64_C(0) : 0);
    out->line_us = lines_now_us();
    out->line_doubt_us = out->line_us - before;
    if (!bad)
        driven(lines, relay, on, out->line_us);
    return bad;
}

// --- reading back -------------------------------------------------------------------------------------------------

enum { ASK_AGAIN_US = 200000 };

/// Ask get_cmd until it says on. Returns 0; -EIO when it says otherwise to the end; or another negative errno: it may not be, or nobody can tell.
static int ask_on(struct lines *lines, const struct bench_relay *rule)
{
    int64_t end = lines_now_us() + ask_us;
    int says, bad = 0;

    while ((says = lines_command(lines, rule->get_cmd, ask_us)) != 0) {
        if (says == -ECANCELED || says == -EINTR || lines_now_us() >= end)
            break;
        int64_t again = lines_now_us() + ASK_AGAIN_US;
        while (!bad && lines_now_us() < again)
            bad = lines_command_turn(lines);
        if (bad)
            return bad;
    }
    return says > 1 ? -ENODATA : says == 1 ? -EIO : says;
}

/// Ask all of them until they say off. Of each `code` becomes 0, -EIO or another negative errno, as above.
static void ask_off(struct lines *lines, struct lines_job *job, int32_t jobs)
{
    enum { OFF = 1 };
    int64_t end = lines_now_us() + ask_us;
    int32_t left = jobs;

    while (left > 0) {
        int64_t most = end - lines_now_us();
        lines_commands_off(lines, job, left, most > ASK_AGAIN_US ? most : ASK_AGAIN_US);
        for (int32_t i = left - 1; i >= 0; i--) {
            struct lines_job asked = job[i];
            if (asked.code != OFF)
                continue;
            job[i] = job[--left];
            job[left] = asked;
        }
        if (left == 0 || lines_now_us() >= end)
            break;
        for (int64_t again = lines_now_us() + ASK_AGAIN_US; lines_now_us() < again;)
            lines_pass(lines, -1);
    }
    for (int32_t i = 0; i < jobs; i++)
        job[i].code = job[i].code == OFF ? 0
                      : job[i].code == 0 ? -EIO
                      : job[i].code > 0  ? -ENODATA
                                         : job[i].code;
}

/// What get_cmd says of a relay of commands. Returns as above.
static int ask(struct lines *lines, int32_t relay, bool on)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    struct lines_job job = {.text = rule->get_cmd, .relay = relay};

    if (on)
        return ask_on(lines, rule);
    ask_off(lines, &job, 1);
    return job.code;
}

/// Wait until the read-back says so and rests, for as long as relay and debouncing may take. Returns 0, -EIO, -ECANCELED when it goes on and
/// nothing may, or another negative errno.
static int follow(struct lines *lines, int32_t relay, bool on, int64_t from_us)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];

    if (rule->sense == BENCH_NONE)
        return ask(lines, relay, on);
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

static int say_stuck(const struct lines *lines, int32_t relay, bool on, struct lab_error *err)
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

/// Power that is there before a relay is switched on shows that it is not this relay that gives it.
static int ready(const struct lines *lines, int32_t relay, bool on, struct lab_error *err)
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
    if (on && !lines->relay[relay].on && rule->sense != BENCH_NONE &&
        lines_sense(lines, rule->sense, NULL)) {
        lab_error_at_file(err, lines->bench->path,
                          "relay '%s' is off, and %s says that power is there", rule->name,
                          lines->bench->sense[rule->sense].name);
        return -EIO;
    }
    return 0;
}

/// Drive, and wait for the read-back.
static int switched(struct lines *lines, int32_t relay, bool on, struct lines_switched *out,
                    struct lab_error *err)
{
    const struct bench_relay *rule = &lines->bench->relay[relay];
    char why[LINES_WHY];
    bool was = rule->sense != BENCH_NONE && lines_sense(lines, rule->sense, NULL);

    int bad = drive(lines, relay, on, out);
    int64_t from = out->line_us - (lines->relay[relay].slot == BENCH_NONE ? 0 : out->line_doubt_us);
    bool driven = !bad;
    bad = bad ? bad : follow(lines, relay, on, from);
    if (!bad && rule->sense != BENCH_NONE && was != on) {
        (void)lines_sense(lines, rule->sense, &out->sense_us);
        if (out->sense_us - from > rule->switching_us)
            bad = -EIO; // late by less than its debounce time
    }
    if (bad == -EIO && driven)
        return say_stuck(lines, relay, on, err);
    if (bad == -ECANCELED && lines_stopped(lines, why, sizeof why))
        lab_error_at_file(err, lines->bench->path, "relay '%s' was not left on: %s", rule->name,
                          why);
    else if (bad)
        lab_error_at_file(err, lines->bench->path, "relay '%s' cannot be switched %s: %s",
                          rule->name, on ? "on" : "off", strerror(-bad));
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
    struct lines_switched back;

    *out = (struct lines_switched){-1, -1, 0};
    int bad = ready(lines, relay, on, err);
    if (!bad && on)
        bad = count(lines, relay, err);
    if (bad)
        return bad;
    bad = switched(lines, relay, on, out, err);
    if (bad && on)
        (void)drive(lines, relay, false, &back);
    if (bad)
        out->sense_us = -1;
    return bad;
}

// --- off ----------------------------------------------------------------------------------------------------------

/// The relays of commands. Returns as commands_off.
static int command_all_off(struct lines *lines)
{
    struct lines_job job[BENCH_RELAYS];
    int32_t jobs = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        if (lines->relay[i].slot == BENCH_NONE)
            job[jobs++] = (struct lines_job){.text = lines->bench->relay[i].off_cmd, .relay = i};
    return commands_off(lines, job, jobs);
}

/// The relays on lines, in one go.
static int drive_lines_off(struct lines *lines)
{
    uint64_t mask = 0, levels = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++) {
        int32_t slot = lines->relay[i].slot;
        if (slot == BENCH_NONE)
            continue;
        mask |= UINT64_C(1) << slot;
        levels |= (uint64_t)level(&lines->bench->relay[i], false) << slot;
    }
    int bad = mask ? gpio_set(lines->gpio, mask, levels) : 0;
    int64_t at = lines_now_us();
    for (int32_t i = 0; i < lines->bench->relays && !bad; i++)
        if (lines->relay[i].slot != BENCH_NONE)
            driven(lines, i, false, at);
    return bad;
}

void lines_drop(struct lines *lines)
{
    bool any = false;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        any = any || (lines->relay[i].on && lines->relay[i].slot != BENCH_NONE);
    if (any)
        (void)drive_lines_off(lines); // what fails is found when everything goes off
}

/// The relays on lines, then those of commands, which may take seconds.
static int drive_all_off(struct lines *lines)
{
    int bad = drive_lines_off(lines);
    int failed = command_all_off(lines);

    return bad ? bad : failed;
}

/// What became of each relay: 0, -EIO when it did not follow, or another negative errno when nobody can tell. Commands are asked together.
static void follow_all_off(struct lines *lines, int64_t begun, int found[BENCH_RELAYS])
{
    struct lines_job job[BENCH_RELAYS];
    int32_t jobs = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        if (lines->bench->relay[i].sense == BENCH_NONE)
            job[jobs++] = (struct lines_job){.text = lines->bench->relay[i].get_cmd, .relay = i};
    ask_off(lines, job, jobs);
    for (int32_t n = 0; n < jobs; n++)
        found[job[n].relay] = job[n].code;
    for (int32_t i = 0; i < lines->bench->relays; i++)
        if (lines->bench->relay[i].sense != BENCH_NONE)
            found[i] = follow(lines, i, false, begun);
}

int lines_all_off(struct lines *lines, struct lab_error *err)
{
    int bad = drive_all_off(lines), found[BENCH_RELAYS];
    int64_t begun = lines_now_us();

    if (bad)
        lab_error_at_file(err, lines->bench->path,
                          "not every relay could be switched off: %s; pull the plug",
                          strerror(-bad));
    follow_all_off(lines, begun, found);
    for (int32_t i = 0; i < lines->bench->relays; i++) {
        int failed = found[i];
        if (failed == -EIO)
            (void)say_stuck(lines, i, false, err);
        else if (failed)
            lab_error_at_file(err, lines->bench->path,
                              "relay '%s' was switched off, and nothing can tell whether it is: %s",
                              lines->bench->relay[i].name, strerror(-failed));
        bad = bad ? bad : failed;
    }
    lines->tried = true;
    if (bad)
        lines->watchdog = BENCH_NONE; // its line stands still for good: the safety relay drops
    return bad ? -EIO : 0;
}
