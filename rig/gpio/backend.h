// What the rest of this folder needs of libgpiod. One of v1.c and v2.c is built.
// SPDX-License-Identifier: MIT
#ifndef RIG_GPIO_BACKEND_H
#define RIG_GPIO_BACKEND_H

#include "rig/gpio/gpio.h"

/// Lines of one chip that are alike but for their value.
struct gpio_request {
    char path[GPIO_PATH];
    bool output, edges, active_low;
    enum gpio_bias bias;
    uint32_t offset[GPIO_LINES];
    int on[GPIO_LINES]; ///< of outputs; 0 or 1
    size_t count;
};

/// All return 0 (or what they say) or a negative errno.
int gpio_backend_chip(const char *path, struct gpio_chip *out);
int gpio_backend_line(const char *path, uint32_t offset, struct gpio_line_info *out);
int gpio_backend_open(const struct gpio_request *request, const char *consumer, void **out);
/// Value of the n-th line of the request: 0 or 1.
int gpio_backend_get(void *backend, size_t n);
/// Set all lines of the request.
int gpio_backend_set(void *backend, const int on[GPIO_LINES]);
/// File descriptors that become readable when an edge is there. Returns how many.
size_t gpio_backend_fds(void *backend, int fd[GPIO_LINES]);
/// Read one edge from the n-th of these: which line of the request, rising or not, when. Does not wait when poll said so.
int gpio_backend_edge(void *backend, size_t n, size_t *line, bool *rising, int64_t *at_us);
void gpio_backend_close(void *backend);

#endif
