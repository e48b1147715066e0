// plr-rig probe: the GPIO chips and lines of this computer, and a bench file to begin with.
// SPDX-License-Identifier: MIT
#include "rig/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int list(const struct gpio_chip *chip, int chips, FILE *out)
{
    for (int n = 0; n < chips; n++) {
        fprintf(out, "%s: label %s, %u lines\n", chip[n].path, chip[n].label,
                (unsigned)chip[n].lines);
        for (uint32_t i = 0; i < chip[n].lines; i++) {
            struct gpio_line_info line;
            int bad = gpio_line(chip[n].path, i, &line);
            if (bad)
                return bad;
            fprintf(out, "  %3u  %-20s %-6s %s%s\n", (unsigned)i, line.name[0] ? line.name : "-",
                    line.output ? "output" : "input", line.used ? "held by " : "", line.consumer);
        }
    }
    return 0;
}

// --- a proposal ---------------------------------------------------------------------------------------------------

/// Free lines of a chip, handed out one after the other.
struct supply {
    const struct gpio_chip *chip;
    uint32_t next;
};

/// The address of the next line that nobody holds. Lines that a Raspberry Pi pulls up at power-on (0 to 8) are left out: a relay there
/// would click. Returns false at the end.
static bool hand_out(struct supply *supply, char *out, size_t room)
{
    for (; supply->next < supply->chip->lines; supply->next++) {
        struct gpio_line_info line;
        struct gpio_place place;
        char why[8];
        if (gpio_line(supply->chip->path, supply->next, &line) || line.used)
            continue;
        if (line.name[0] && !gpio_find(line.name, &place, why, sizeof why))
            snprintf(out, room, "%s", line.name);
        else
            snprintf(out, room, "%s/%u", supply->chip->label, (unsigned)supply->next);
        supply->next++;
        return true;
    }
    return false;
}

static const char head[] =
    "# Proposed by plr-rig probe. Nothing of it is known to be wired like this: compare each line "
    "with your wiring.\n"
    "# 'plr-rig explain KEY' says what a key means; docs/BENCHFILE.md has the rest.\n"
    "about: my printer, my bench\n";
/// A line that toggles and drives no safety relay protects nobody, and would be taken for one that does: it stays a comment until it is wired.
static const char dog[] =
    "# A safety relay that drops when this line stands still takes the mains away when plr-rig or "
    "this computer dies: its contact in\n"
    "# series with the contactor's coil (docs/BENCH.md). Take the # away when it is wired, and was "
    "seen to drop.\n"
    "# watchdog: {line: %s, period: 100ms%s}\n";
static const char tail[] = "link: {kind: none}\n"
                           "limits: {nozzle: 280C, bed: 120C, chamber: 70C, run_time: 6h}\n";

static int propose(const struct gpio_chip *chip, FILE *out)
{
    static const char *const relays[][3] = {{"mains", "mains", "isolation"}, {"psu", "24v", "cut"}};
    static const char *const senses[][2] = {{"ac", "kind: power, domain: mains"},
                                            {"dc", "kind: power, domain: 24v"},
                                            {"stop", "kind: estop"},
                                            {"door", "kind: door"}};
    struct supply supply = {chip, chip->lines > 16 ? 9 : 0};
    char line[BENCH_ADDRESS];

    fputs(head, out);
    fputs("relays:\n", out);
    for (size_t i = 0; i < 2; i++) {
        if (!hand_out(&supply, line, sizeof line))
            return -ENOSPC;
        fprintf(out, "  - {name: %s, domain: %s, role: %s, line: %s, read_back: %s}\n",
                relays[i][0], relays[i][1], relays[i][2], line, senses[i][0]);
    }
    fputs("senses:\n", out);
    for (size_t i = 0; i < 4; i++) {
        if (!hand_out(&supply, line, sizeof line))
            return -ENOSPC;
        fprintf(out, "  - {name: %s, %s, line: %s, bias: up%s}\n", senses[i][0], senses[i][1], line,
                i < 2 ? ", active_low: true" : "");
    }
    if (!hand_out(&supply, line, sizeof line))
        return -ENOSPC;
    fprintf(out, dog, line, access("/dev/watchdog", F_OK) ? "" : ", device: /dev/watchdog");
    fputs(tail, out);
    return ferror(out) ? -EIO : 0;
}

/// The chip with most lines: on a Raspberry Pi that of the header.
static const struct gpio_chip *largest(const struct gpio_chip *chip, int chips)
{
    const struct gpio_chip *best = chip;

    for (int n = 1; n < chips; n++)
        best = chip[n].lines > best->lines ? &chip[n] : best;
    return best;
}

static int write_proposal(const char *path, const struct gpio_chip *chip)
{
    bool standard = !strcmp(path, "-");
    FILE *out = standard ? stdout : fopen(path, "wx"); // never over a file that somebody wrote

    if (!out) {
        fprintf(stderr, "plr-rig: %s: %s\n", path, strerror(errno));
        return LAB_EXIT_USAGE;
    }
    int bad = propose(chip, out);
    if (!standard && fclose(out))
        bad = bad ? bad : -EIO;
    if (bad)
        fprintf(stderr, "plr-rig: %s: %s\n", path,
                bad == -ENOSPC ? "too few free lines" : strerror(-bad));
    return bad ? LAB_EXIT_INFRA : LAB_EXIT_PASS;
}

int rig_probe(const struct rig_options *options)
{
    struct gpio_chip chip[GPIO_CHIPS];
    int chips = gpio_chips(chip);

    if (chips < 0) {
        fprintf(stderr, "plr-rig: the GPIO chips cannot be read: %s%s\n", strerror(-chips),
                chips == -EACCES ? " (is this user in the group gpio?)" : "");
        return LAB_EXIT_INFRA;
    }
    if (chips == 0) {
        fputs("plr-rig: this computer has no GPIO chips\n", stderr);
        return LAB_EXIT_INFRA;
    }
    bool standard = options->cli.output && !strcmp(options->cli.output, "-");
    int bad = options->cli.quiet ? 0 : list(chip, chips, standard ? stderr : stdout);
    if (bad) {
        fprintf(stderr, "plr-rig: %s\n", strerror(-bad));
        return LAB_EXIT_INFRA;
    }
    return options->cli.output ? write_proposal(options->cli.output, largest(chip, chips))
                               : LAB_EXIT_PASS;
}
