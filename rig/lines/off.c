// Switching off: lines in one call of their chips, commands behind them all at once, and only then all read-backs are waited for.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <string.h>

static bool is_among(uint32_t relays, int32_t relay)
{
    return relays >> relay & 1u;
}

/// All relays of the bench.
static uint32_t everything(const struct lines *lines)
{
    return (UINT32_C(1) << lines->bench->relays) - 1;
}

// --- driving ------------------------------------------------------------------------------------------------------

/// Those on lines, in one go.
static int drive_lines(struct lines *lines, uint32_t relays)
{
    uint64_t mask = 0, levels = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++) {
        int32_t slot = lines->relay[i].slot;
        if (slot == BENCH_NONE || !is_among(relays, i))
            continue;
        mask |= UINT64_C(1) << slot;
        levels |= (uint64_t)lines_level(&lines->bench->relay[i], false) << slot;
    }
    int bad = mask ? gpio_set(lines->gpio, mask, levels) : 0;
    int64_t at = lines_now_us();
    for (int32_t i = 0; i < lines->bench->relays && !bad; i++)
        if (lines->relay[i].slot != BENCH_NONE && is_among(relays, i))
            lines_driven(lines, i, false, at);
    return bad;
}

/// Those of commands: all at once, and what failed once more. Returns 0, or what the first of those says that failed twice.
static int drive_commands(struct lines *lines, uint32_t relays)
{
    struct lines_job job[BENCH_RELAYS];
    int32_t jobs = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        if (lines->relay[i].slot == BENCH_NONE && is_among(relays, i))
            job[jobs++] = (struct lines_job){.text = lines->bench->relay[i].off_cmd, .relay = i};
    for (int round = 0; round < 2; round++) {
        int32_t failed = 0;
        lines_commands_off(lines, job, jobs, LINES_COMMAND_S * INT64_C(1000000));
        for (int32_t i = 0; i < jobs; i++) {
            if (!job[i].code)
                lines_driven(lines, job[i].relay, false, job[i].ended_us);
            else
                job[failed++] = job[i]; // an outlet on a network may have missed it
        }
        jobs = failed;
    }
    return jobs == 0 ? 0 : job[0].code > 0 ? -EIO : job[0].code;
}

int lines_drive_off(struct lines *lines, uint32_t relays, struct lines_switched out[BENCH_RELAYS])
{
    int64_t before = lines_now_us();

    lines->tried = false;
    int bad = drive_lines(lines, relays);
    int64_t driven = lines_now_us();
    int failed = drive_commands(lines, relays);
    int64_t ended = lines_now_us();
    for (int32_t i = 0; i < lines->bench->relays; i++) {
        bool line = lines->relay[i].slot != BENCH_NONE;
        out[i] = (struct lines_switched){-1, -1, 0};
        if (is_among(relays, i))
            out[i] = (struct lines_switched){line ? driven : ended, -1,
                                             line ? driven - before : ended - driven};
    }
    return bad ? bad : failed;
}

void lines_drop(struct lines *lines)
{
    bool any = false;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        any = any || (lines->relay[i].on && lines->relay[i].slot != BENCH_NONE);
    if (any)
        (void)drive_lines(lines, everything(lines)); // what fails is found when everything goes off
}

// --- reading back -------------------------------------------------------------------------------------------------

/// Ask get_cmd of all of them until they say off. Of each `code` becomes 0, -EIO when it says otherwise to the end, or another negative errno:
/// nobody can tell.
static void ask(struct lines *lines, struct lines_job *job, int32_t jobs)
{
    enum { OFF = 1 };
    int64_t end = lines_now_us() + LINES_ASK_S * INT64_C(1000000);
    int32_t left = jobs;

    while (left > 0) {
        int64_t most = end - lines_now_us();
        lines_commands_off(lines, job, left, most > LINES_ASK_AGAIN_US ? most : LINES_ASK_AGAIN_US);
        for (int32_t i = left - 1; i >= 0; i--) {
            struct lines_job asked = job[i];
            if (asked.code != OFF)
                continue;
            job[i] = job[--left];
            job[left] = asked;
        }
        if (left == 0 || lines_now_us() >= end)
            break;
        for (int64_t again = lines_now_us() + LINES_ASK_AGAIN_US; lines_now_us() < again;)
            lines_pass(lines, -1);
    }
    for (int32_t i = 0; i < jobs; i++)
        job[i].code = job[i].code == OFF ? 0
                      : job[i].code == 0 ? -EIO
                      : job[i].code > 0  ? -ENODATA
                                         : job[i].code;
}

/// What became of each of `relays`: 0, -EIO when it did not follow, or another negative errno when nobody can tell. Commands are asked together.
static void follow(struct lines *lines, uint32_t relays, const int64_t from_us[BENCH_RELAYS],
                   int found[BENCH_RELAYS])
{
    struct lines_job job[BENCH_RELAYS];
    const struct bench *bench = lines->bench;
    int32_t jobs = 0;

    for (int32_t i = 0; i < bench->relays; i++)
        if (bench->relay[i].sense == BENCH_NONE && is_among(relays, i))
            job[jobs++] = (struct lines_job){.text = bench->relay[i].get_cmd, .relay = i};
    ask(lines, job, jobs);
    for (int32_t n = 0; n < jobs; n++)
        found[job[n].relay] = job[n].code;
    for (int32_t i = 0; i < bench->relays; i++)
        if (bench->relay[i].sense != BENCH_NONE && is_among(relays, i))
            found[i] = lines_follow(lines, i, false, from_us[i]);
}

// --- by the rules -------------------------------------------------------------------------------------------------

/// Not all of them could be driven.
static int say_not_driven(const struct lines *lines, uint32_t relays, int bad,
                          struct lab_error *err)
{
    int32_t which = 0;

    while (which + 1 < lines->bench->relays && !(is_among(relays, which) && lines->relay[which].on))
        which++;
    lab_error_at_file(err, lines->bench->path, "relay '%s' cannot be switched off: %s",
                      lines->bench->relay[which].name, strerror(-bad));
    return bad;
}

/// From when on a read-back may follow. Of a line: before the call that drove it; of a command: when it had ended.
static int64_t from(const struct lines *lines, int32_t relay, const struct lines_switched *done)
{
    return done->line_us - (lines->relay[relay].slot == BENCH_NONE ? 0 : done->line_doubt_us);
}

/// Wait until all of them are off. `was` is what each one's read-back said before.
static int follow_rules(struct lines *lines, uint32_t relays, uint32_t was,
                        struct lines_switched out[BENCH_RELAYS], struct lab_error *err)
{
    int64_t from_us[BENCH_RELAYS];
    int found[BENCH_RELAYS], bad = 0;

    for (int32_t i = 0; i < lines->bench->relays; i++)
        from_us[i] = from(lines, i, &out[i]);
    follow(lines, relays, from_us, found);
    for (int32_t i = 0; i < lines->bench->relays; i++) {
        if (!is_among(relays, i))
            continue;
        if (!found[i] && is_among(was, i))
            found[i] = lines_followed(lines, i, from_us[i], &out[i].sense_us);
        if (!found[i])
            continue;
        out[i].sense_us = -1;
        if (found[i] == -EIO)
            (void)lines_say_stuck(lines, i, false, err);
        else
            lab_error_at_file(err, lines->bench->path, "relay '%s' cannot be switched off: %s",
                              lines->bench->relay[i].name, strerror(-found[i]));
        bad = bad ? bad : found[i];
    }
    return bad;
}

int lines_switch_off(struct lines *lines, uint32_t relays, bool at_once,
                     struct lines_switched out[BENCH_RELAYS], struct lab_error *err)
{
    const struct bench *bench = lines->bench;
    uint32_t was = 0;
    int bad = 0;

    for (int32_t i = 0; i < bench->relays; i++) {
        out[i] = (struct lines_switched){-1, -1, 0};
        if (!is_among(relays, i))
            continue;
        bad = bad || at_once ? bad : lines_ready(lines, i, false, err);
        if (bench->relay[i].sense != BENCH_NONE && lines_sense(lines, bench->relay[i].sense, NULL))
            was |= UINT32_C(1) << i;
    }
    if (bad)
        return bad;
    bad = lines_drive_off(lines, relays, out);
    return bad ? say_not_driven(lines, relays, bad, err)
               : follow_rules(lines, relays, was, out, err);
}

// --- everything ---------------------------------------------------------------------------------------------------

int lines_all_off(struct lines *lines, struct lab_error *err)
{
    struct lines_switched ignored[BENCH_RELAYS];
    int64_t begun[BENCH_RELAYS];
    int bad = lines_drive_off(lines, everything(lines), ignored), found[BENCH_RELAYS];

    if (bad)
        lab_error_at_file(err, lines->bench->path,
                          "not every relay could be switched off: %s; pull the plug",
                          strerror(-bad));
    for (int32_t i = 0; i < lines->bench->relays; i++)
        begun[i] = lines_now_us();
    follow(lines, everything(lines), begun, found);
    for (int32_t i = 0; i < lines->bench->relays; i++) {
        int failed = found[i];
        if (failed == -EIO)
            (void)lines_say_stuck(lines, i, false, err);
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
