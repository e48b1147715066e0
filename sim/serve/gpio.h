// GPIO lines between a served printer and a rig: the rig's relays feed the printer, its senses and z_plus inputs are driven. For the
// kernel's gpio-sim, whose lines are files: what a rig drives is read from `value`, what it reads is set by `pull`.
// SPDX-License-Identifier: MIT
#ifndef SIM_SERVE_GPIO_H
#define SIM_SERVE_GPIO_H

#include "core/lab/doc/error.h"
#include "sim/serve/printer.h"

enum gpio_key {
    GPIO_MAINS, // relays
    GPIO_24V,
    GPIO_LOGIC,
    GPIO_HOST,
    GPIO_AC, // senses
    GPIO_DC,
    GPIO_LOGIC_OK,
    GPIO_Z_PLUS,
    GPIO_KEYS = GPIO_Z_PLUS + LAB_CORNERS,
    GPIO_RELAYS = GPIO_AC
};

/// What a line does in place of what it should.
enum gpio_fault { GPIO_FINE, GPIO_STUCK_ON, GPIO_STUCK_OFF, GPIO_CHATTERS };

struct gpio_line {
    int number; ///< -1: none
    bool inverted;
    int fd;
    int level; ///< last driven, -1 none
    enum gpio_fault fault;
};

struct gpio {
    bool set; ///< there is a map
    char folder[256];
    int64_t poll_us; ///< relays are looked at so often, by the host's clock
    int64_t next_us;
    struct gpio_line line[GPIO_KEYS];
    bool gone; ///< the chip went: its outputs hold nothing
};

/// Read "FOLDER,mains=17,24v=!27,ac=5,z_plus0=20,poll=5ms": line numbers, `!` turns a level around. Returns 0, or -EINVAL with `err`.
int gpio_parse(struct gpio *gpio, const char *map, struct lab_error *err);

/// Open the lines' files. Returns 0, or a negative errno with `err`. To be closed in any case.
int gpio_open(struct gpio *gpio, struct lab_error *err);
void gpio_close(struct gpio *gpio);

/// Is the relay of this domain (GPIO_MAINS ...) on? True when there is none.
bool gpio_relay(struct gpio *gpio, enum gpio_key relay);

/// Drive the senses as they are now.
void gpio_drive(struct gpio *gpio, const struct printer_rails *rails);

/// A key of the map by its word, -1: none.
int gpio_key_of(const char *word, size_t size);
/// The word. Static.
const char *gpio_word(enum gpio_key key);

#endif
