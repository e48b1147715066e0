// GPIO lines of the computer that runs the rig: found by name, requested together, set, read and watched for edges.
// SPDX-License-Identifier: MIT
//
// Through libgpiod; which of its two interfaces (1.6, 2.x) is the build's affair, and nothing here hangs on it. Values are logical:
// with `active_low` a line that is on is at 0 V. Times are of CLOCK_MONOTONIC, put on an edge by the kernel.
//
// A line's state is not guaranteed once its owner is gone: what must be off then has to be wired so.
#ifndef RIG_GPIO_H
#define RIG_GPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GPIO_NAME = 32, ///< bytes of a name or label, as the kernel has them
    GPIO_PATH = 64,
    GPIO_LINES = 64, ///< that can be requested together
    GPIO_CHIPS = 32
};

enum gpio_bias { GPIO_BIAS_AS_IS, GPIO_BIAS_OFF, GPIO_BIAS_UP, GPIO_BIAS_DOWN };

struct gpio_chip {
    char path[GPIO_PATH]; ///< "/dev/gpiochip0": numbers differ between boards and kernels
    char name[GPIO_NAME];
    char label[GPIO_NAME]; ///< "pinctrl-bcm2711", "pinctrl-rp1": what a bench file names
    uint32_t lines;
};

struct gpio_line_info {
    char name[GPIO_NAME];     ///< "GPIO17", "" none
    char consumer[GPIO_NAME]; ///< who holds it, "" nobody says
    bool used, output;
};

/// Where a line is on this computer, now.
struct gpio_place {
    char path[GPIO_PATH];
    uint32_t offset;
};

/// A line to be requested.
struct gpio_want {
    struct gpio_place place;
    bool output;
    bool on;    ///< of an output, from the instant of the request
    bool edges; ///< of an input: tell of both edges
    bool active_low;
    enum gpio_bias bias;
};

/// What happened on an input.
struct gpio_edge {
    size_t line; ///< index among the wants
    bool on;     ///< rose, logically
    int64_t at_us;
};

/// Lines that were requested. Owned by whoever opened them.
struct gpio;

/// The chips of this computer, by path. Returns how many (at most GPIO_CHIPS), or a negative errno.
int gpio_chips(struct gpio_chip out[GPIO_CHIPS]);

/// Label of the chip that a line with this address is on (gpio_find). Returns 0 or a negative errno.
int gpio_label(const char *address, char label[GPIO_NAME]);

/// What is known of a line without requesting it. Returns 0 or a negative errno.
int gpio_line(const char *path, uint32_t offset, struct gpio_line_info *out);

/// Find a line by its address: "GPIO17" (a name that one chip alone has), "pinctrl-rp1/17" or "pinctrl-rp1/GPIO17" (label of a
/// chip, and offset or name). Returns 0; -ENOENT (no such chip or line), -EEXIST (several have that name) or -EINVAL with a
/// sentence in `why`; or another negative errno, without.
int gpio_find(const char *address, struct gpio_place *out, char *why, size_t room);

/// Request all lines, or none. Returns 0; or a negative errno, and *culprit is the index of a want of the request that failed: -EBUSY
/// when somebody holds the line. `consumer` is what others see.
int gpio_open(struct gpio **out, const char *consumer, const struct gpio_want *want, size_t count,
              size_t *culprit);

/// Is the line on? Of an output: what the chip drives. Returns 0, 1 or a negative errno.
int gpio_get(struct gpio *gpio, size_t line);

/// Set the outputs in `lines` (a bit per want) to the bits of `on`. Lines of one chip with the same polarity and bias change
/// together, others microseconds apart. Returns 0 or a negative errno.
int gpio_set(struct gpio *gpio, uint64_t lines, uint64_t on);

/// Take the next edge, waiting at most `timeout_us` (0: not at all), and no longer than until the file descriptor `beside` can be read
/// (-1: none). Returns 1 with *out, 0 when there was none, or a negative errno: -ENODEV when a chip was taken away.
int gpio_edge(struct gpio *gpio, int beside, int64_t timeout_us, struct gpio_edge *out);

/// Release everything. NULL is fine.
void gpio_close(struct gpio *gpio);

#endif
