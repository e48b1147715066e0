// GPIO through libgpiod 2.x.
// SPDX-License-Identifier: MIT
#include "rig/gpio/backend.h"

#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>

struct backend {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *event;
    unsigned offset[GPIO_LINES];
    size_t count;
    bool edges;
};

static void text(char *out, size_t room, const char *from)
{
    snprintf(out, room, "%s", from ? from : "");
}

int gpio_backend_chip(const char *path, struct gpio_chip *out)
{
    struct gpiod_chip *chip = gpiod_chip_open(path);
    struct gpiod_chip_info *info = chip ? gpiod_chip_get_info(chip) : NULL;
    int bad = info ? 0 : -errno;

    if (info) {
        text(out->path, sizeof out->path, path);
        text(out->name, sizeof out->name, gpiod_chip_info_get_name(info));
        text(out->label, sizeof out->label, gpiod_chip_info_get_label(info));
        out->lines = (uint32_t)gpiod_chip_info_get_num_lines(info);
        gpiod_chip_info_free(info);
    }
    if (chip)
        gpiod_chip_close(chip);
    return bad;
}

int gpio_backend_line(const char *path, uint32_t offset, struct gpio_line_info *out)
{
    struct gpiod_chip *chip = gpiod_chip_open(path);
    struct gpiod_line_info *info = chip ? gpiod_chip_get_line_info(chip, offset) : NULL;
    int bad = info ? 0 : -errno;

    if (info) {
        text(out->name, sizeof out->name, gpiod_line_info_get_name(info));
        text(out->consumer, sizeof out->consumer, gpiod_line_info_get_consumer(info));
        out->used = gpiod_line_info_is_used(info);
        out->output = gpiod_line_info_get_direction(info) == GPIOD_LINE_DIRECTION_OUTPUT;
        gpiod_line_info_free(info);
    }
    if (chip)
        gpiod_chip_close(chip);
    return bad;
}

// --- requests -----------------------------------------------------------------------------------------------------

static int fill_settings(struct gpiod_line_settings *settings, const struct gpio_request *request)
{
    static const enum gpiod_line_bias bias[] = {[GPIO_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
                                                [GPIO_BIAS_OFF] = GPIOD_LINE_BIAS_DISABLED,
                                                [GPIO_BIAS_UP] = GPIOD_LINE_BIAS_PULL_UP,
                                                [GPIO_BIAS_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN};

    gpiod_line_settings_set_active_low(settings, request->active_low);
    if (gpiod_line_settings_set_direction(settings, request->output ? GPIOD_LINE_DIRECTION_OUTPUT
                                                                    : GPIOD_LINE_DIRECTION_INPUT) ||
        gpiod_line_settings_set_bias(settings, bias[request->bias]))
        return -errno;
    if (request->edges && gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH))
        return -errno;
    return 0;
}

/// Settings of all lines, and their values one by one.
static int fill_lines(struct gpiod_line_config *lines, const struct gpio_request *request)
{
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    int bad = settings ? fill_settings(settings, request) : -ENOMEM;

    for (size_t i = 0; i < request->count && !bad; i++) {
        if (gpiod_line_settings_set_output_value(
                settings, request->on[i] ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE) ||
            gpiod_line_config_add_line_settings(lines, &request->offset[i], 1, settings))
            bad = -errno;
    }
    gpiod_line_settings_free(settings);
    return bad;
}

static int take_lines(struct backend *backend, struct gpiod_chip *chip,
                      const struct gpio_request *request, const char *consumer)
{
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *config = gpiod_request_config_new();
    int bad = lines && config ? fill_lines(lines, request) : -ENOMEM;

    if (!bad) {
        gpiod_request_config_set_consumer(config, consumer);
        backend->request = gpiod_chip_request_lines(chip, config, lines);
        bad = backend->request ? 0 : -errno;
    }
    gpiod_request_config_free(config);
    gpiod_line_config_free(lines);
    return bad;
}

int gpio_backend_open(const struct gpio_request *request, const char *consumer, void **out)
{
    struct backend *backend = calloc(1, sizeof *backend);

    if (!backend)
        return -ENOMEM;
    backend->edges = request->edges;
    backend->count = request->count;
    for (size_t i = 0; i < request->count; i++)
        backend->offset[i] = request->offset[i];
    struct gpiod_chip *chip = gpiod_chip_open(request->path);
    int bad = chip ? take_lines(backend, chip, request, consumer) : -errno;
    if (chip)
        gpiod_chip_close(chip); // the request outlives it
    if (!bad && !(backend->event = gpiod_edge_event_buffer_new(1)))
        bad = -ENOMEM;
    if (bad) {
        gpio_backend_close(backend);
        return bad;
    }
    *out = backend;
    return 0;
}

int gpio_backend_get(void *data, size_t n)
{
    struct backend *backend = data;
    enum gpiod_line_value value =
        gpiod_line_request_get_value(backend->request, backend->offset[n]);

    return value == GPIOD_LINE_VALUE_ERROR ? -errno : value == GPIOD_LINE_VALUE_ACTIVE;
}

int gpio_backend_set(void *data, const int on[GPIO_LINES])
{
    struct backend *backend = data;
    enum gpiod_line_value value[GPIO_LINES];

    for (size_t i = 0; i < backend->count; i++)
        value[i] = on[i] ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    return gpiod_line_request_set_values(backend->request, value) ? -errno : 0;
}

size_t gpio_backend_fds(void *data, int fd[GPIO_LINES])
{
    struct backend *backend = data;

    if (backend->edges)
        fd[0] = gpiod_line_request_get_fd(backend->request);
    return backend->edges;
}

int gpio_backend_edge(void *data, size_t n, size_t *line, bool *rising, int64_t *at_us)
{
    struct backend *backend = data;

    (void)n;
    if (gpiod_line_request_read_edge_events(backend->request, backend->event, 1) < 1)
        return -errno;
    struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(backend->event, 0);
    unsigned offset = gpiod_edge_event_get_line_offset(event);
    *line = 0;
    while (*line < backend->count && backend->offset[*line] != offset)
        ++*line;
    *rising = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
    *at_us = (int64_t)(gpiod_edge_event_get_timestamp_ns(event) / 1000);
    return *line < backend->count ? 0 : -EIO;
}

void gpio_backend_close(void *data)
{
    struct backend *backend = data;

    if (backend->event)
        gpiod_edge_event_buffer_free(backend->event);
    if (backend->request)
        gpiod_line_request_release(backend->request);
    free(backend);
}
