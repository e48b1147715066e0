// Lines requested together: which of them are alike and so one request, set at once, watched for edges.
// SPDX-License-Identifier: MIT
#include "rig/gpio/backend.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/// Where a want went.
struct seat {
    size_t request, line;
};

struct gpio {
    struct gpio_request request[GPIO_LINES];
    void *backend[GPIO_LINES];
    size_t requests;
    struct seat seat[GPIO_LINES];
    size_t lines;
    size_t turn; ///< where to look first for an edge: a line that chatters hides no other
};

static bool alike(const struct gpio_request *request, const struct gpio_want *want)
{
    return !strcmp(request->path, want->place.path) && request->output == want->output &&
           request->edges == want->edges && request->active_low == want->active_low &&
           request->bias == want->bias;
}

/// Seat a want in a request of its kind.
static void seat(struct gpio *gpio, const struct gpio_want *want)
{
    size_t n = 0;

    while (n < gpio->requests && !alike(&gpio->request[n], want))
        n++;
    struct gpio_request *request = &gpio->request[n];
    if (n == gpio->requests) {
        gpio->requests++;
        memcpy(request->path, want->place.path, sizeof request->path);
        request->output = want->output;
        request->edges = want->edges;
        request->active_low = want->active_low;
        request->bias = want->bias;
    }
    gpio->seat[gpio->lines++] = (struct seat){n, request->count};
    request->offset[request->count] = want->place.offset;
    request->on[request->count] = want->on;
    request->count++;
}

/// The first want that sits in a request.
static size_t first_of(const struct gpio *gpio, size_t request)
{
    size_t n = 0;

    while (n < gpio->lines && gpio->seat[n].request != request)
        n++;
    return n;
}

int gpio_open(struct gpio **out, const char *consumer, const struct gpio_want *want, size_t count,
              size_t *culprit)
{
    struct gpio *gpio = calloc(1, sizeof *gpio);

    *culprit = 0;
    if (!gpio)
        return -ENOMEM;
    if (count > GPIO_LINES) {
        free(gpio);
        return -E2BIG;
    }
    for (size_t i = 0; i < count; i++)
        seat(gpio, &want[i]);
    for (size_t n = 0; n < gpio->requests; n++) {
        int bad = gpio_backend_open(&gpio->request[n], consumer, &gpio->backend[n]);
        if (bad) {
            *culprit = first_of(gpio, n);
            gpio_close(gpio);
            return bad;
        }
    }
    *out = gpio;
    return 0;
}

void gpio_close(struct gpio *gpio)
{
    for (size_t n = 0; gpio && n < gpio->requests; n++)
        if (gpio->backend[n])
            gpio_backend_close(gpio->backend[n]);
    free(gpio);
}

int gpio_get(struct gpio *gpio, size_t line)
{
    const struct seat *at = &gpio->seat[line];

    return gpio_backend_get(gpio->backend[at->request], at->line);
}

int gpio_set(struct gpio *gpio, uint64_t lines, uint64_t on)
{
    int level[GPIO_LINES][GPIO_LINES];
    bool changed[GPIO_LINES] = {false};
    int bad = 0;

    for (size_t n = 0; n < gpio->requests; n++)
        memcpy(level[n], gpio->request[n].on, sizeof level[n]);
    for (size_t i = 0; i < gpio->lines; i++) {
        const struct seat *at = &gpio->seat[i];
        if (!(lines >> i & 1u))
            continue;
        if (!gpio->request[at->request].output)
            return -EINVAL;
        level[at->request][at->line] = (int)(on >> i & 1u);
        changed[at->request] = true;
    }
    for (size_t n = 0; n < gpio->requests;
         n++) { // all: one that fails keeps no other from going off
        int failed = changed[n] ? gpio_backend_set(gpio->backend[n], level[n]) : 0;
        if (changed[n] &&
            !failed) // what failed is not done by the way with the next line of that request
            memcpy(gpio->request[n].on, level[n], sizeof level[n]);
        bad = bad ? bad : failed;
    }
    return bad;
}

// --- edges --------------------------------------------------------------------------------------------------------

/// Visits each file descriptor: `request` and the number among its own.
static size_t collect(const struct gpio *gpio, struct pollfd *out, struct seat *from, size_t room)
{
    size_t count = 0;

    for (size_t n = 0; n < gpio->requests; n++) {
        int fd[GPIO_LINES];
        size_t fds = gpio_backend_fds(gpio->backend[n], fd);
        for (size_t i = 0; i < fds && count < room; i++, count++) {
            out[count] = (struct pollfd){.fd = fd[i], .events = POLLIN};
            from[count] = (struct seat){n, i};
        }
    }
    return count;
}

/// The want that sits there.
static size_t want_at(const struct gpio *gpio, size_t request, size_t line)
{
    size_t n = 0;

    while (n < gpio->lines && (gpio->seat[n].request != request || gpio->seat[n].line != line))
        n++;
    return n;
}

int gpio_edge(struct gpio *gpio, int beside, int64_t timeout_us, struct gpio_edge *out)
{
    struct pollfd wait[GPIO_LINES + 1];
    struct seat from[GPIO_LINES];
    size_t count = collect(gpio, wait, from, GPIO_LINES), line;

    wait[count] = (struct pollfd){.fd = beside, .events = POLLIN}; // poll passes over -1
    int ready = poll(wait, (nfds_t)count + 1, (int)((timeout_us + 999) / 1000));

    if (ready <= 0)
        return ready < 0 ? -errno : 0;
    for (size_t k = 0; k < count; k++) {
        size_t i = (gpio->turn + k) % count;
        if (wait[i].revents & (POLLERR | POLLHUP | POLLNVAL))
            return -ENODEV;
        if (!(wait[i].revents & POLLIN))
            continue;
        gpio->turn = i + 1;
        int bad = gpio_backend_edge(gpio->backend[from[i].request], from[i].line, &line, &out->on,
                                    &out->at_us);
        if (bad)
            return bad;
        out->line = want_at(gpio, from[i].request, line);
        return 1;
    }
    return 0;
}
