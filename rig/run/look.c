// What a dry run sees of a bench.
// SPDX-License-Identifier: MIT
#include "rig/run/look.h"

#include <string.h>

#include "rig/gauge/gauge.h"

/// Returns 1 when something is wrong with a line.
static int look_at(const struct bench *bench, const struct bench_line *line, const char *whose,
                   FILE *out)
{
    struct gpio_line_info info = {0};
    struct gpio_place place;
    char why[200] = "";

    if (!line->address[0])
        return 0;
    int bad = gpio_find(line->address, &place, why, sizeof why);
    if (!bad)
        bad = gpio_line(place.path, place.offset, &info);
    if (bad || info.used)
        fprintf(out, "%s: line %s of %s: %s%s\n", bench->path, line->address, whose,
                info.used ? "held by "
                : why[0]  ? why
                          : strerror(-bad),
                info.used ? info.consumer : "");
    return bad || info.used;
}

int run_look(const struct bench *bench, FILE *out)
{
    struct gpio_chip chip[GPIO_CHIPS];
    int wrong = 0;

    if (gpio_chips(chip) == 0) { // somebody's desk: it needs no list
        fprintf(out, "%s: this computer has no GPIO chips\n", bench->path);
        return 1;
    }
    for (int32_t i = 0; i < bench->relays; i++)
        wrong += look_at(bench, &bench->relay[i].line, bench->relay[i].name, out);
    for (int32_t i = 0; i < bench->senses; i++)
        wrong += look_at(bench, &bench->sense[i].line, bench->sense[i].name, out);
    wrong += look_at(bench, &bench->beeper, "the beeper", out);
    wrong += look_at(bench, &bench->led, "the LED", out);
    return wrong + look_at(bench, &bench->watchdog.line, "the watchdog", out);
}

int run_look_gauges(const struct bench *bench, int *people, FILE *out)
{
    char why[GAUGE_WHY];
    int wrong = 0, unasked = 0;

    for (int32_t i = 0; i < bench->gauges; i++) {
        bool person = bench->gauge[i].kind == BENCH_GAUGE_PROMPT;
        if (!gauge_possible(&bench->gauge[i], why))
            continue;
        wrong++;
        unasked += person;
        fprintf(out, "%s: %s; %stake the gauge out of the bench file\n", bench->path, why,
                person ? "run this from a terminal, or " : "mend that, or ");
    }
    if (people)
        *people = unasked;
    return wrong;
}
