// Chips of this computer, and lines found on them by name.
// SPDX-License-Identifier: MIT
#include "rig/gpio/backend.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Several device files may lead to one chip (udev's links); they have one name.
static bool is_there(const struct gpio_chip *chip, int count, const char *name)
{
    while (count > 0 && strcmp(chip[count - 1].name, name) != 0)
        count--;
    return count > 0;
}

int gpio_chips(struct gpio_chip out[GPIO_CHIPS])
{
    glob_t found;
    int count = 0, bad = glob("/dev/gpiochip*", 0, NULL, &found);

    if (bad)
        return bad == GLOB_NOMATCH ? 0 : -EIO;
    for (size_t i = 0; i < found.gl_pathc && count < GPIO_CHIPS; i++) {
        struct gpio_chip chip;
        bad = strlen(found.gl_pathv[i]) < GPIO_PATH ? gpio_backend_chip(found.gl_pathv[i], &chip)
                                                    : -ENAMETOOLONG;
        if (bad)
            break;
        if (!is_there(out, count, chip.name))
            out[count++] = chip;
    }
    globfree(&found);
    return bad && bad != GLOB_NOMATCH ? bad : count;
}

int gpio_line(const char *path, uint32_t offset, struct gpio_line_info *out)
{
    return gpio_backend_line(path, offset, out);
}

// --- by address ---------------------------------------------------------------------------------------------------

/// An address, taken apart.
struct address {
    char label[GPIO_NAME]; ///< "" any chip
    const char *line;      ///< name, or
    bool numbered;         ///< offset
    uint32_t offset;
};

/// Returns false when the text is none.
static bool take_apart(const char *text, struct address *out)
{
    const char *slash = strchr(text, '/');
    char *end;

    memset(out, 0, sizeof *out);
    out->line = slash ? slash + 1 : text;
    if (slash && (slash == text || slash - text >= GPIO_NAME))
        return false;
    if (slash)
        memcpy(out->label, text, (size_t)(slash - text));
    if (!*out->line || strchr(out->line, '/'))
        return false;
    if (out->line[0] >= '0' && out->line[0] <= '9') {
        unsigned long offset = strtoul(out->line, &end, 10);
        out->numbered = slash && !*end && offset < 1024;
        out->offset = (uint32_t)offset;
        return out->numbered; // a number alone says no chip
    }
    return strlen(out->line) < GPIO_NAME;
}

/// The line of this chip that the address means. Returns 1, 0 when there is none, or a negative errno.
static int on_chip(const struct gpio_chip *chip, const struct address *address, uint32_t *offset)
{
    struct gpio_line_info line;

    if (address->numbered) {
        *offset = address->offset;
        return address->offset < chip->lines;
    }
    for (uint32_t i = 0; i < chip->lines; i++) {
        int bad = gpio_backend_line(chip->path, i, &line);
        if (bad)
            return bad;
        if (!strcmp(line.name, address->line)) {
            *offset = i;
            return 1;
        }
    }
    return 0;
}

/// Why no chip has that label: perhaps it is a name that another board gives to another chip.
static int no_chip(const struct gpio_chip *chip, int count, const char *label, char *why,
                   size_t room)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(chip[i].name, label)) {
            snprintf(why, room,
                     "'%s' is another chip on another board or kernel: call it by its label, '%s'",
                     label, chip[i].label);
            return -EINVAL;
        }
    snprintf(why, room, "no GPIO chip here has the label '%s'", label);
    return -ENOENT;
}

int gpio_find(const char *text, struct gpio_place *out, char *why, size_t room)
{
    struct gpio_chip chip[GPIO_CHIPS];
    struct address address;
    int chips = gpio_chips(chip), labelled = 0, found = 0;

    if (room)
        why[0] = '\0';
    if (chips < 0)
        return chips;
    if (!take_apart(text, &address)) {
        snprintf(why, room,
                 "a line is NAME, LABEL/OFFSET or LABEL/NAME, as in GPIO17 or "
                 "pinctrl-bcm2711/17");
        return -EINVAL;
    }
    for (int i = 0; i < chips; i++) {
        uint32_t offset = 0;
        if (address.label[0] && strcmp(chip[i].label, address.label) != 0)
            continue;
        labelled++;
        int here = on_chip(&chip[i], &address, &offset);
        if (here < 0)
            return here;
        if (here && !found++) {
            memcpy(out->path, chip[i].path, sizeof out->path);
            out->offset = offset;
        }
    }
    if (found == 1)
        return 0;
    if (found) {
        snprintf(why, room, "%d chips have a line '%s': say LABEL/%s", found, address.line,
                 address.line);
        return -EEXIST;
    }
    if (address.label[0] && !labelled)
        return no_chip(chip, chips, address.label, why, room);
    snprintf(why, room, "no GPIO chip here has a line '%s'", address.line);
    return -ENOENT;
}

int gpio_label(const char *address, char label[GPIO_NAME])
{
    struct gpio_place place;
    struct gpio_chip chip;
    char why[200];
    int bad = gpio_find(address, &place, why, sizeof why);

    bad = bad ? bad : gpio_backend_chip(place.path, &chip);
    if (!bad)
        memcpy(label, chip.label, GPIO_NAME);
    return bad;
}
