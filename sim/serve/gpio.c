// Lines of the kernel's simulated GPIO chip, by its files.
// SPDX-License-Identifier: MIT
#include "sim/serve/gpio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/lab/doc/units.h"

static const int64_t usual_poll_us = 5000;

static const char *const words[GPIO_KEYS] = {"mains",   "24v",     "logic",    "host",
                                             "ac",      "dc",      "logic_ok", "z_plus0",
                                             "z_plus1", "z_plus2", "z_plus3"};

const char *gpio_word(enum gpio_key key)
{
    return words[key];
}

int gpio_key_of(const char *word, size_t size)
{
    for (int key = 0; key < GPIO_KEYS; key++)
        if (strlen(words[key]) == size && !memcmp(words[key], word, size))
            return key;
    return -1;
}

// --- the map -----------------------------------------------------------------------------------------------------

__attribute__((format(printf, 4, 5))) static int blame(struct lab_error *err, const char *map,
                                                       const char *token, const char *format, ...)
{
    char word[64];
    size_t size = strcspn(token, ",=");
    va_list args;

    snprintf(word, sizeof word, "%.*s", (int)(size < sizeof word ? size : sizeof word - 1), token);
    const struct lab_place place = {.file = "--gpio",
                                    .text = map,
                                    .size = strlen(map),
                                    .line = 1,
                                    .column = (int)(token - map) + 1,
                                    .token = word};
    va_start(args, format);
    lab_error_at(err, &place, format, args);
    va_end(args);
    return -EINVAL;
}

static void suggest(struct lab_error *err, const char *word, size_t size)
{
    const char *best = NULL;
    char asked[16];
    int distance = 3;

    snprintf(asked, sizeof asked, "%.*s", (int)(size < sizeof asked ? size : sizeof asked - 1),
             word);
    for (int key = 0; key < GPIO_KEYS; key++)
        lab_nearest(asked, words[key], &best, &distance);
    lab_error_suggest(err, best);
}

static int parse_poll(struct gpio *g, const char *map, const char *text, struct lab_error *err)
{
    char value[24];
    int64_t us = 0;
    size_t size = strcspn(text, ",");

    snprintf(value, sizeof value, "%.*s", (int)(size < sizeof value ? size : sizeof value - 1),
             text);
    if (lab_quantity_parse(value, LAB_TIME, &us, NULL) != LAB_Q_OK || us < 1000 || us > 1000000)
        return blame(err, map, text, "poll wants a time from 1ms to 1s");
    g->poll_us = us;
    return 0;
}

static int parse_line(struct gpio *g, const char *map, const char *text, int key,
                      struct lab_error *err)
{
    struct gpio_line *line = &g->line[key];
    char *end;

    if (line->number >= 0)
        return blame(err, map, text, "%s has a line already", words[key]);
    line->inverted = *text == '!';
    const char *digits = text + line->inverted;
    long number = strtol(digits, &end, 10);
    if (end == digits || *digits == '-' || *digits == '+' || (*end && *end != ',') || number > 1023)
        return blame(err, map, text, "a line is a number from 0 to 1023, or ! and that");
    for (int other = 0; other < GPIO_KEYS; other++)
        if (g->line[other].number == number)
            return blame(err, map, text, "line %ld is that of %s", number, words[other]);
    line->number = (int)number;
    return 0;
}

static int parse_entry(struct gpio *g, const char *map, const char *at, struct lab_error *err)
{
    size_t size = strcspn(at, ",=");
    int key = gpio_key_of(at, size);

    if (at[size] != '=')
        return blame(err, map, at, "KEY=LINE is wanted here");
    if (size == 4 && !memcmp(at, "poll", 4))
        return parse_poll(g, map, at + size + 1, err);
    if (key >= 0)
        return parse_line(g, map, at + size + 1, key, err);
    int bad = blame(err, map, at, "no relay or sense is called that");
    suggest(err, at, size);
    return bad;
}

int gpio_parse(struct gpio *g, const char *map, struct lab_error *err)
{
    size_t size = strcspn(map, ",");

    *g = (struct gpio){.set = true, .poll_us = usual_poll_us};
    for (int key = 0; key < GPIO_KEYS; key++)
        g->line[key] = (struct gpio_line){.number = -1, .fd = -1, .level = -1};
    if (!size || size >= sizeof g->folder)
        return blame(err, map, map, "the folder of a chip comes first");
    memcpy(g->folder, map, size);
    for (const char *at = map + size; *at; at += strcspn(at, ",")) {
        int bad = parse_entry(g, map, ++at, err);
        if (bad)
            return bad;
    }
    return 0;
}

// --- lines --------------------------------------------------------------------------------------------------------

int gpio_open(struct gpio *g, struct lab_error *err)
{
    char path[320];

    for (int key = 0; g->set && key < GPIO_KEYS; key++) {
        struct gpio_line *line = &g->line[key];
        bool relay = key < GPIO_RELAYS;
        if (line->number < 0)
            continue;
        snprintf(path, sizeof path, "%s/sim_gpio%d/%s", g->folder, line->number,
                 relay ? "value" : "pull");
        line->fd = open(path, (relay ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
        if (line->fd >= 0)
            continue;
        int bad = -errno;
        lab_error_at_file(err, NULL, "--gpio: %s of %s: %s", path, words[key], strerror(-bad));
        return bad;
    }
    return 0;
}

void gpio_close(struct gpio *g)
{
    for (int key = 0; g->set && key < GPIO_KEYS; key++)
        if (g->line[key].fd >= 0)
            close(g->line[key].fd);
    g->set = false;
}

bool gpio_relay(struct gpio *g, enum gpio_key relay)
{
    struct gpio_line *line = &g->line[relay];
    char value;

    if (line->fd < 0)
        return true;
    bool there = pread(line->fd, &value, 1, 0) == 1;
    g->gone |= !there;
    if (line->fault == GPIO_STUCK_ON || line->fault == GPIO_STUCK_OFF)
        return line->fault == GPIO_STUCK_ON;
    return there && (value == '1') != line->inverted;
}

static void drive(struct gpio *g, enum gpio_key key, bool state)
{
    static const char *const pulls[] = {"pull-down", "pull-up"};
    struct gpio_line *line = &g->line[key];

    if (line->fd < 0)
        return;
    if (line->fault == GPIO_STUCK_ON || line->fault == GPIO_STUCK_OFF)
        state = line->fault == GPIO_STUCK_ON;
    int level = state != line->inverted;
    if (line->fault == GPIO_CHATTERS)
        level = line->level == 0;
    if (level == line->level)
        return;
    line->level = level;
    if (pwrite(line->fd, pulls[level], strlen(pulls[level]), 0) < 0)
        g->gone = true;
}

void gpio_drive(struct gpio *g, const struct printer_rails *rails)
{
    drive(g, GPIO_AC, rails->mains);
    drive(g, GPIO_DC, rails->rail);
    drive(g, GPIO_LOGIC_OK, rails->logic);
    for (int i = 0; i < LAB_CORNERS; i++)
        drive(g, (enum gpio_key)(GPIO_Z_PLUS + i), (rails->z_plus >> i) & 1u);
}
