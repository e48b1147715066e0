// The lines of a bench: opened together, listened to, let go.
// SPDX-License-Identifier: MIT
#include "rig/lines/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t lines_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// --- opening ------------------------------------------------------------------------------------------------------

/// The level at which a relay's line lets no power through.
static bool off_level(const struct bench_relay *relay)
{
    return relay->contact == BENCH_NORMALLY_CLOSED;
}

/// Find a line and add it to what will be requested. *slot becomes its number, BENCH_NONE for a line that the bench does not have.
static int add(struct lines *lines, struct gpio_want *want, const struct bench_line *line,
               bool output, bool on, int32_t *slot, struct lab_error *err)
{
    char why[200];

    *slot = BENCH_NONE;
    if (!line->address[0])
        return 0;
    struct gpio_want *next = &want[lines->count];
    int bad = gpio_find(line->address, &next->place, why, sizeof why);
    if (bad) {
        lab_error_at_file(err, lines->bench->path, "line %s: %s", line->address,
                          why[0] ? why : strerror(-bad));
        return bad;
    }
    next->output = output;
    next->on = on;
    next->edges = !output;
    next->active_low = line->active_low;
    next->bias = (enum gpio_bias)line->bias;
    lines->address[lines->count] = line->address;
    *slot = (int32_t)lines->count++;
    return 0;
}

static int add_all(struct lines *lines, struct gpio_want *want, struct lab_error *err)
{
    const struct bench *bench = lines->bench;
    int bad = 0;

    for (int32_t i = 0; i < bench->relays && !bad; i++)
        bad = add(lines, want, &bench->relay[i].line, true, off_level(&bench->relay[i]),
                  &lines->relay[i].slot, err);
    for (int32_t i = 0; i < bench->senses && !bad; i++)
        bad = add(lines, want, &bench->sense[i].line, false, false, &lines->sense[i].slot, err);
    bad = bad ? bad : add(lines, want, &bench->beeper, true, false, &lines->beeper, err);
    bad = bad ? bad : add(lines, want, &bench->led, true, false, &lines->led, err);
    return bad ? bad : add(lines, want, &bench->watchdog.line, true, false, &lines->watchdog, err);
}

static int request(struct lines *lines, const struct gpio_want *want, struct lab_error *err)
{
    size_t culprit;
    int bad = gpio_open(&lines->gpio, "plr-rig", want, lines->count, &culprit);

    if (bad == -EBUSY) {
        struct gpio_line_info info = {.used = false};
        (void)gpio_line(want[culprit].place.path, want[culprit].place.offset, &info);
        lab_error_at_file(err, lines->bench->path, "line %s is held by %s", lines->address[culprit],
                          info.consumer[0] ? info.consumer : "another program");
    } else if (bad) {
        lab_error_at_file(err, lines->bench->path, "line %s cannot be requested: %s",
                          lines->address[culprit], strerror(-bad));
    }
    return bad;
}

/// Inputs as they are now.
static int look(struct lines *lines)
{
    int64_t now = lines_now_us();

    for (int32_t i = 0; i < lines->bench->senses; i++) {
        struct input *sense = &lines->sense[i];
        int value = gpio_get(lines->gpio, (size_t)sense->slot);
        if (value < 0)
            return value;
        sense->raw = sense->said = value;
        sense->raw_us = sense->said_us = now;
        sense->changed_us = now - lines->bench->sense[i].debounce_us;
    }
    return 0;
}

int lines_open(struct lines **out, const struct bench *bench, struct lab_error *err)
{
    struct gpio_want want[GPIO_LINES] = {0};
    struct lines *lines = calloc(1, sizeof *lines);

    if (!lines)
        return -ENOMEM;
    lines->bench = bench;
    int bad = add_all(lines, want, err);
    bad = bad ? bad : request(lines, want, err);
    bad = bad ? bad : look(lines);
    bad = bad ? bad : lines_all_off(lines, err);
    if (bad)
        lines_close(lines);
    else
        *out = lines;
    return bad;
}

void lines_close(struct lines *lines)
{
    struct lab_error ignored = {0};

    if (lines && lines->gpio)
        (void)lines_all_off(lines, &ignored);
    if (lines)
        gpio_close(lines->gpio);
    free(lines);
}

// --- listening ----------------------------------------------------------------------------------------------------

void lines_note(struct lines *lines, const struct lines_edge *edge)
{
    lines->edge[lines->edges++ % LINES_EDGES] = *edge;
}

size_t lines_edges(const struct lines *lines, struct lines_edge *out, size_t room, uint64_t *lost)
{
    uint64_t kept = lines->edges < LINES_EDGES ? lines->edges : LINES_EDGES;
    uint64_t count = kept < room ? kept : room;

    for (uint64_t i = 0; i < count; i++)
        out[i] = lines->edge[(lines->edges - count + i) % LINES_EDGES];
    *lost = lines->edges - count;
    return (size_t)count;
}

/// An input changed. What it says changes when it has stayed so for its debounce time.
static void hear(struct lines *lines, const struct gpio_edge *edge)
{
    for (int32_t i = 0; i < lines->bench->senses; i++) {
        struct input *sense = &lines->sense[i];
        if (sense->slot != (int32_t)edge->line)
            continue;
        lines_note(lines, &(struct lines_edge){edge->at_us, false, i, edge->on});
        if (edge->at_us - sense->changed_us >= lines->bench->sense[i].debounce_us)
            sense->raw_us =
                edge->at_us; // after a quiet time: the first of a bounce dates all of it
        sense->raw = edge->on;
        sense->changed_us = edge->at_us;
    }
}

static void settle(struct lines *lines, int64_t now)
{
    for (int32_t i = 0; i < lines->bench->senses; i++) {
        struct input *sense = &lines->sense[i];
        if (sense->raw == sense->said ||
            now - sense->changed_us < lines->bench->sense[i].debounce_us)
            continue;
        sense->said = sense->raw;
        sense->said_us = sense->raw_us;
    }
}

/// When the next input that changed will have stayed so for long enough.
static int64_t next_settled(const struct lines *lines, int64_t until)
{
    for (int32_t i = 0; i < lines->bench->senses; i++) {
        const struct input *sense = &lines->sense[i];
        int64_t at = sense->changed_us + lines->bench->sense[i].debounce_us;
        if (sense->raw != sense->said && at < until)
            until = at;
    }
    return until;
}

int lines_listen(struct lines *lines, int64_t until_us)
{
    struct gpio_edge edge;
    int64_t now;

    do {
        now = lines_now_us();
        int64_t wait = next_settled(lines, until_us) - now;
        int heard = gpio_edge(lines->gpio, wait > 0 ? wait : 0, &edge);
        if (heard < 0)
            return heard;
        if (heard)
            hear(lines, &edge);
        now = lines_now_us();
        settle(lines, now);
        if (!heard && now >= until_us)
            return 0;
    } while (true);
}

bool lines_sense(const struct lines *lines, int32_t sense, int64_t *since_us)
{
    if (since_us)
        *since_us = lines->sense[sense].said_us;
    return lines->sense[sense].said;
}

// --- signals ------------------------------------------------------------------------------------------------------

static int signal_line(struct lines *lines, int32_t slot, bool on)
{
    return slot == BENCH_NONE ? 0
                              : gpio_set(lines->gpio, UINT64_C(1) << slot, on ? ~UINT64_C(0) : 0);
}

int lines_kick(struct lines *lines)
{
    lines->kicked = !lines->kicked;
    return signal_line(lines, lines->watchdog, lines->kicked);
}

int lines_beep(struct lines *lines, bool on)
{
    return signal_line(lines, lines->beeper, on);
}

int lines_led(struct lines *lines, bool on)
{
    return signal_line(lines, lines->led, on);
}
