// A GPIO chip made in configfs, read and pulled through sysfs.
// SPDX-License-Identifier: MIT
#include "rig/gpio/sim_chip.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 256 };

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t size = strlen(text);
    bool good = fd >= 0 && write(fd, text, size) == (ssize_t)size;

    if (fd >= 0)
        close(fd);
    return good;
}

static bool read_file(const char *path, char *out, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, out, room - 1);

    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return false;
    out[got] = '\0';
    out[strcspn(out, "\n")] = '\0';
    return true;
}

/// A file of the chip in configfs.
static const char *config(const struct sim_chip *chip, char out[PATH], const char *rest)
{
    snprintf(out, PATH, "/sys/kernel/config/gpio-sim/%s%s", chip->name, rest);
    return out;
}

static bool name_lines(const struct sim_chip *chip, const char *prefix)
{
    char path[PATH], rest[64], name[32];

    for (uint32_t i = 0; i < chip->lines; i++) {
        snprintf(rest, sizeof rest, "/bank0/line%u", (unsigned)i);
        if (mkdir(config(chip, path, rest), 0755))
            return false;
        snprintf(rest, sizeof rest, "/bank0/line%u/name", (unsigned)i);
        snprintf(name, sizeof name, "%s%u", prefix, (unsigned)i);
        if (!write_file(config(chip, path, rest), name))
            return false;
    }
    return true;
}

bool sim_chip_make(struct sim_chip *chip, const char *name, const char *label, uint32_t lines,
                   const char *prefix)
{
    char path[PATH], count[16], device[48], gpio[48];

    memset(chip, 0, sizeof *chip);
    snprintf(chip->name, sizeof chip->name, "%s", name);
    chip->lines = lines;
    snprintf(count, sizeof count, "%u", (unsigned)lines);
    if (mkdir(config(chip, path, ""), 0755) || mkdir(config(chip, path, "/bank0"), 0755) ||
        !write_file(config(chip, path, "/bank0/num_lines"), count) ||
        !write_file(config(chip, path, "/bank0/label"), label) || !name_lines(chip, prefix) ||
        !write_file(config(chip, path, "/live"), "1") ||
        !read_file(config(chip, path, "/dev_name"), device, sizeof device) ||
        !read_file(config(chip, path, "/bank0/chip_name"), gpio, sizeof gpio))
        return false;
    snprintf(chip->sysfs, sizeof chip->sysfs, "/sys/devices/platform/%s/%s", device, gpio);
    return true;
}

void sim_chip_remove(struct sim_chip *chip)
{
    char path[PATH], rest[64];

    write_file(config(chip, path, "/live"), "0");
    for (uint32_t i = 0; i < chip->lines; i++) {
        snprintf(rest, sizeof rest, "/bank0/line%u", (unsigned)i);
        rmdir(config(chip, path, rest));
    }
    rmdir(config(chip, path, "/bank0"));
    rmdir(config(chip, path, ""));
}

bool sim_chip_pull(const struct sim_chip *chip, uint32_t line, bool up)
{
    char path[PATH];

    snprintf(path, sizeof path, "%s/sim_gpio%u/pull", chip->sysfs, (unsigned)line);
    return write_file(path, up ? "pull-up" : "pull-down");
}

int sim_chip_level(const struct sim_chip *chip, uint32_t line)
{
    char path[PATH], text[8];

    snprintf(path, sizeof path, "%s/sim_gpio%u/value", chip->sysfs, (unsigned)line);
    return read_file(path, text, sizeof text) ? text[0] == '1' : -1;
}
