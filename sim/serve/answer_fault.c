// Verbs of the control socket that put something wrong, or start anew.
// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "sim/serve/answers.h"

json_t *answer_mute(struct serve *s, const char *rest)
{
    if (*rest && strcmp(rest, "on") != 0 && strcmp(rest, "off") != 0)
        return answer_bad("mute [on|off]");
    s->marlin.mute = strcmp(rest, "off") != 0;
    return answer_good();
}

/// "z_offset 100um": the tip sits so much higher than at calibration.
static json_t *z_offset(struct serve *s, const char *rest)
{
    int64_t nm;

    if (!answer_quantity(&rest, LAB_LENGTH, &nm) || nm < -5000000 || nm > 5000000)
        return answer_bad("fault z_offset LENGTH, from -5mm to 5mm; + is higher");
    printer_knock(&s->printer, nm);
    return answer_good();
}

/// "endstop 2 dead": as a scenario's disturbance.
static json_t *endstop(struct serve *s, const char *rest)
{
    static const char *const modes[] = {"dead", "stuck", "false"};
    int64_t which;
    int mode = 0;

    if (answer_quantity(&rest, LAB_COUNT, &which) && which >= 0 &&
        which < s->printer.sim->model.printer.z_motors)
        for (; mode < 3; mode++)
            if (!strcmp(rest, modes[mode])) {
                printer_endstop(&s->printer, (int32_t)which, (enum lab_endstop_mode)mode);
                return answer_good();
            }
    return answer_bad("fault endstop WHICH dead|stuck|false");
}

/// "line ac chatter": a line of the map does not do what it should.
static json_t *line(struct serve *s, const char *rest)
{
    static const char *const words[] = {"fine", "on", "off", "chatter"};
    size_t size = strcspn(rest, " \t");
    int key = gpio_key_of(rest, size);
    const char *what = rest + size + strspn(rest + size, " \t");

    for (int i = 0; key >= 0 && s->gpio.set && i < 4; i++)
        if (!strcmp(what, words[i])) {
            s->gpio.line[key].fault = (enum gpio_fault)i;
            return answer_good();
        }
    return answer_bad(s->gpio.set ? "fault line KEY fine|on|off|chatter, with a key of the map"
                                  : "there is no --gpio map");
}

static json_t *deaf(struct serve *s, const char *rest)
{
    (void)rest;
    s->marlin.deaf = s->marlin.mute = true;
    return answer_good();
}

static json_t *none(struct serve *s, const char *rest)
{
    (void)rest;
    s->marlin.deaf = s->marlin.mute = false;
    for (int key = 0; s->gpio.set && key < GPIO_KEYS; key++)
        s->gpio.line[key].fault = GPIO_FINE;
    return answer_good();
}

json_t *answer_fault(struct serve *s, const char *rest)
{
    static const struct {
        const char *name;
        json_t *(*act)(struct serve *s, const char *rest);
    } faults[] = {{"z_offset", z_offset}, {"endstop", endstop}, {"line", line},
                  {"mute", answer_mute},  {"silence", deaf},    {"none", none}};
    size_t size = strcspn(rest, " \t");

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strlen(faults[i].name) == size && !memcmp(rest, faults[i].name, size))
            return faults[i].act(s, rest + size + strspn(rest + size, " \t"));
    return answer_bad("fault z_offset|endstop|line|mute|silence|none");
}

json_t *answer_speed(struct serve *s, const char *rest)
{
    int64_t speed;

    if (!answer_quantity(&rest, LAB_COUNT, &speed) || speed < 1 || speed > SERVE_SPEED_MOST)
        return answer_bad("speed N, from 1 to 100000");
    int64_t lost_us = s->clock.lost_us;
    clock_set(&s->clock, s->printer.t_us, speed);
    s->clock.lost_us = lost_us;
    return answer_good();
}

json_t *answer_again(struct serve *s, const char *rest)
{
    (void)rest;
    return answer_done(printer_again(&s->printer));
}
