// Edges, debouncing, and stops that act at once.
// SPDX-License-Identifier: MIT
#include "rig/lines/input.h"

#include <string.h>

enum { RESTLESS_US = 500000, RESTLESS_TIMES = 10 };

void input_begin(struct input *input, bool on, int64_t now_us)
{
    input->raw = input->said = on;
    input->heard =
        input->stops && on; // one that is let go of before anybody looked has been pressed
    input->due = false;
    input->raw_us = input->said_us = now_us;
    input->changed_us = now_us - input->debounce_us;
    memset(input->active_us, 0, sizeof input->active_us);
    input->newest = 0;
}

/// Longer than what a cable picks up.
static int64_t glitch_us(const struct input *input)
{
    return input->debounce_us < INPUT_GLITCH_US ? input->debounce_us : INPUT_GLITCH_US;
}

/// What stops was active from then to then. Is that enough, with what was before?
static bool enough(struct input *input, int64_t from_us, int64_t to_us)
{
    int64_t sum = 0, slot;

    if (to_us - from_us >= glitch_us(input)) // always, where the debounce time is 0
        return true;
    slot = to_us / input->debounce_us;
    if (slot - input->newest >= INPUT_SLOTS)
        memset(input->active_us, 0, sizeof input->active_us);
    else
        while (input->newest < slot)
            input->active_us[++input->newest % INPUT_SLOTS] = 0;
    input->newest = slot;
    input->active_us[slot % INPUT_SLOTS] += to_us - from_us;
    for (int n = 0; n < INPUT_SLOTS; n++)
        sum += input->active_us[n];
    return sum >= input->debounce_us;
}

void input_hear(struct input *input, bool on, int64_t at_us)
{
    if (at_us < input->changed_us)
        at_us = input->changed_us;
    if (input->stops && input->raw && enough(input, input->changed_us, at_us))
        input->due = true;
    if (at_us - input->changed_us >= input->debounce_us)
        input->raw_us = at_us; // after a quiet time: the first of a bounce dates all of it
    input->raw = on;
    input->changed_us = at_us;
}

static void say(struct input *input, bool on)
{
    input->said = on;
    input->said_us = input->raw_us;
    input->heard = input->heard || (input->stops && on);
}

bool input_settle(struct input *input, int64_t now_us)
{
    int64_t quiet_us = now_us - input->changed_us;
    bool acts = input->due || (input->raw && quiet_us >= glitch_us(input));

    input->due = false;
    if (input->stops && !input->said && acts)
        say(input, true);
    else if (input->raw != input->said && quiet_us >= input->debounce_us)
        say(input, input->raw);
    else
        return false;
    return true;
}

int64_t input_next_us(const struct input *input)
{
    if (input->due)
        return input->changed_us;
    if (input->raw == input->said)
        return INT64_MAX;
    return input->changed_us + (input->stops && input->raw ? glitch_us(input) : input->debounce_us);
}

bool input_moves(const struct input *input, int64_t now_us)
{
    return now_us - input->changed_us < input->debounce_us;
}

bool input_is_restless(const struct input *input, int64_t now_us)
{
    return input_moves(input, now_us) &&
           now_us - input->raw_us > RESTLESS_US + RESTLESS_TIMES * input->debounce_us;
}
