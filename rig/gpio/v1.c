// GPIO through libgpiod 1.6.
// SPDX-License-Identifier: MIT
#include "rig/gpio/backend.h"

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>

struct backend {
    struct gpiod_chip *chip;
    struct gpiod_line_bulk lines;
    bool edges;
};

static void text(char *out, size_t room, const char *from)
{
    snprintf(out, room, "%s", from ? from : "");
}

int gpio_backend_chip(const char *path, struct gpio_chip *out)
{
    struct gpiod_chip *chip = gpiod_chip_open(path);

    if (!chip)
        return -errno;
    text(out->path, sizeof out->path, path);
    text(out->name, sizeof out->name, gpiod_chip_name(chip));
    text(out->label, sizeof out->label, gpiod_chip_label(chip));
    out->lines = gpiod_chip_num_lines(chip);
    gpiod_chip_close(chip);
    return 0;
}

int gpio_backend_line(const char *path, uint32_t offset, struct gpio_line_info *out)
{
    struct gpiod_chip *chip = gpiod_chip_open(path);
    int bad = 0;

    if (!chip)
        return -errno;
    struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
    if (line) {
        text(out->name, sizeof out->name, gpiod_line_name(line));
        text(out->consumer, sizeof out->consumer, gpiod_line_consumer(line));
        out->used = gpiod_line_is_used(line);
        out->output = gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT;
    } else {
        bad = -errno;
    }
    gpiod_chip_close(chip);
    return bad;
}

static int flags_of(const struct gpio_request *request)
{
    static const int bias[] = {[GPIO_BIAS_AS_IS] = 0,
                               [GPIO_BIAS_OFF] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
                               [GPIO_BIAS_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
                               [GPIO_BIAS_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN};

    return bias[request->bias] | (request->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0);
}

static int take_lines(struct backend *backend, const struct gpio_request *request,
                      const char *consumer)
{
    const struct gpiod_line_request_config config = {
        .consumer = consumer,
        .request_type = request->output  ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT
                        : request->edges ? GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES
                                         : GPIOD_LINE_REQUEST_DIRECTION_INPUT,
        .flags = flags_of(request)};

    gpiod_line_bulk_init(&backend->lines);
    for (size_t i = 0; i < request->count; i++) {
        struct gpiod_line *line = gpiod_chip_get_line(backend->chip, request->offset[i]);
        if (!line)
            return -errno;
        gpiod_line_bulk_add(&backend->lines, line);
    }
    return gpiod_line_request_bulk(&backend->lines, &config, request->on) ? -errno : 0;
}

int gpio_backend_open(const struct gpio_request *request, const char *consumer, void **out)
{
    struct backend *backend = calloc(1, sizeof *backend);

    if (!backend)
        return -ENOMEM;
    backend->edges = request->edges;
    backend->chip = gpiod_chip_open(request->path);
    int bad = backend->chip ? take_lines(backend, request, consumer) : -errno;
    if (bad) {
        gpio_backend_close(backend);
        return bad;
    }
    *out = backend;
    return 0;
}

/// All at once: of a bulk request, a single line's get would tell the first line's value, and its set send one value to all. Only lines that
/// are watched for edges have a handle each.
int gpio_backend_get(void *data, size_t n)
{
    struct backend *backend = data;
    int values[GPIO_LINES];

    if (backend->edges) {
        values[0] = gpiod_line_get_value(gpiod_line_bulk_get_line(&backend->lines, (unsigned)n));
        return values[0] < 0 ? -errno : values[0];
    }
    return gpiod_line_get_value_bulk(&backend->lines, values) ? -errno : values[n];
}

int gpio_backend_set(void *data, const int on[GPIO_LINES])
{
    struct backend *backend = data;

    return gpiod_line_set_value_bulk(&backend->lines, on) ? -errno : 0;
}

size_t gpio_backend_fds(void *data, int fd[GPIO_LINES])
{
    struct backend *backend = data;
    size_t count = backend->edges ? gpiod_line_bulk_num_lines(&backend->lines) : 0;

    for (size_t i = 0; i < count; i++)
        fd[i] = gpiod_line_event_get_fd(gpiod_line_bulk_get_line(&backend->lines, (unsigned)i));
    return count;
}

int gpio_backend_edge(void *data, size_t n, size_t *line, bool *rising, int64_t *at_us)
{
    struct backend *backend = data;
    struct gpiod_line_event event;

    if (gpiod_line_event_read(gpiod_line_bulk_get_line(&backend->lines, (unsigned)n), &event))
        return -errno;
    *line = n;
    *rising = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
    *at_us = (int64_t)event.ts.tv_sec * 1000000 + event.ts.tv_nsec / 1000;
    return 0;
}

void gpio_backend_close(void *data)
{
    struct backend *backend = data;

    if (backend->chip)
        gpiod_chip_close(backend->chip); // its lines with it
    free(backend);
}
